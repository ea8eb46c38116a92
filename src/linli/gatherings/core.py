"""What may be done with a gathering and when it counts. Pure: plain values in, plain values out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from math import ceil, floor

PLANNED, HELD, CALLED_OFF = "planned", "held", "called_off"

# act -> the state it is done in, and the state it leads to
ACTS = {
    "change": (PLANNED, PLANNED),
    "call_off": (PLANNED, CALLED_OFF),
    "hold": (PLANNED, HELD),
    "write": (HELD, HELD),
    "correct": (HELD, HELD),
    "recount": (HELD, HELD),
}


class Refused(Exception):
    """The act doesn't fit. ``code`` says why: called_off, held, planned, not_yet, no_agenda, written, not_written."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a gathering before an act. ``written``: its minutes are there."""

    state: str
    starts_at: datetime
    agenda: bool = False
    needs_agenda: bool = False
    written: bool = False


def after(facts: Facts, act: str, now: datetime) -> str:
    """The state after ``act``. Raises Refused."""
    needs, leads = ACTS[act]
    if facts.state != needs:
        raise Refused(facts.state)
    if act == "hold":
        if now < facts.starts_at:
            raise Refused("not_yet")
        if facts.needs_agenda and not facts.agenda:
            raise Refused("no_agenda")
    if act == "write" and facts.written:
        raise Refused("written")
    if act == "correct" and not facts.written:
        raise Refused("not_written")
    return leads


def needed(members: int, share: Fraction, *, more: bool) -> int:
    """How many of ``members`` have to come: at least the ``share``, or more than it. Never none: nobody decides nothing."""
    least = floor(members * share) + 1 if more else ceil(members * share)
    return max(1, least)


def met(members: int, came: int, share: Fraction, *, more: bool) -> bool:
    """Whether enough have come. A body without members never meets."""
    return members > 0 and came >= needed(members, share, more=more)


_NUMBER = re.compile(r"^[(\uff08]?(?:\d{1,2}|[一二三四五六七八九十]{1,3})[.\u3001)\uff09\uff0e]\s*(?=\S)")


def tidy_lines(text: str) -> list[str]:
    """The items of an agenda, one a line. Blank lines are left out, and so is what people number them with: pages number them."""
    return [_NUMBER.sub("", line) for raw in text.splitlines() if (line := " ".join(raw.split()))]
