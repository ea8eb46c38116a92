"""How much open work lies with a seat: told by the flow engine, two floors up, through ``tell_open_work``."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OpenWork:
    """What lies with a seat now: how many open things, how many of them overdue."""

    open: int
    overdue: int


Counter = Callable[[Collection[int]], dict[int, OpenWork]]
_counter: Counter | None = None


def tell_open_work(counter: Counter) -> None:
    """Called once, when the flow room is ready: ``counter(seat ids) -> {seat id: OpenWork}`` in one query, idle seats left out."""
    global _counter
    _counter = counter


def open_work(seats: Collection[int]) -> dict[int, OpenWork]:
    """Open work by seat. Empty while nobody counts."""
    return _counter(seats) if _counter and seats else {}
