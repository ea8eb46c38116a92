"""Rooms above are told of each line of history, in the transaction that writes it: what they write for it is there with it or not at all.

    telling.add("matters.matter", tell)          # in a room's AppConfig.ready

A listener writes; it neither refuses nor sends. What it raises undoes the act.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from linli.flow.models import Flow
from linli.flow.state import Event

Listener = Callable[[Flow, Sequence[Event]], None]

_listeners: dict[str, list[Listener]] = {}


def add(subject: str, listener: Listener) -> None:
    """Tell ``listener`` of work about ``subject`` from now on: the flow as it is after the lines, and the lines, oldest first."""
    known = _listeners.setdefault(subject, [])
    if listener not in known:
        known.append(listener)


def tell(flow: Flow, events: Sequence[Event]) -> None:
    for listener in _listeners.get(flow.subject, ()):
        listener(flow, events)
