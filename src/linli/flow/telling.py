"""Rooms above are told of each line of history, in the transaction that writes it: what they write for it is there with it or not at all.

    telling.add("matters.matter", prepare)          # in a room's AppConfig.ready

A listener is asked before anything is written whether it has anything to say of what is about to be; mostly it has not, and then the act is
one statement and needs no transaction of its own. Otherwise it gives what writes it, called once the lines are there. It neither refuses
nor sends. What it raises undoes the act.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from linli.flow.models import Flow
from linli.flow.state import Event

Told = tuple[Flow, Sequence[Event]]
"""A flow and its new lines, oldest first: before they are written the flow as it was, afterwards as it is."""

Writer = Callable[[Sequence[Told]], None]
Listener = Callable[[Sequence[Told]], Writer | None]

_listeners: dict[str, list[Listener]] = {}


def add(subject: str, listener: Listener) -> None:
    """Ask ``listener`` about work on ``subject`` from now on, of all that one act writes at once."""
    known = _listeners.setdefault(subject, [])
    if listener not in known:
        known.append(listener)


def prepare(about_to: Sequence[Told]) -> Writer | None:
    """Whoever has to be told of these lines: what tells them, once they are written. None: nobody."""
    found: list[tuple[str, Writer]] = []
    for subject, listeners in _listeners.items():
        if told := [one for one in about_to if one[0].subject == subject]:
            found += [(subject, writer) for listener in listeners if (writer := listener(told))]
    if not found:
        return None

    def tell(written: Sequence[Told]) -> None:
        for subject, writer in found:
            if told := [one for one in written if one[0].subject == subject]:
                writer(told)

    return tell
