"""Rooms above are told of each line of history, in the transaction that writes it: what they write for it is there with it or not at all.

    telling.add("matters.matter", tell)          # in a room's AppConfig.ready

A listener writes; it neither refuses nor sends. What it raises undoes the act.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from linli.flow.models import Flow
from linli.flow.state import Event

Told = tuple[Flow, Sequence[Event]]
"""A flow as it is after its new lines, and the lines, oldest first."""

Listener = Callable[[Sequence[Told]], None]

_listeners: dict[str, list[Listener]] = {}


def add(subject: str, listener: Listener) -> None:
    """Tell ``listener`` of work about ``subject`` from now on, of all that one act wrote at once."""
    known = _listeners.setdefault(subject, [])
    if listener not in known:
        known.append(listener)


def tell(written: Sequence[Told]) -> None:
    for subject, listeners in _listeners.items():
        if told := [one for one in written if one[0].subject == subject]:
            for listener in listeners:
                listener(told)
