"""What is kept no longer than its time: for each term of ``fields.toml`` an act, which rooms register when they start.

    retention.keep("reporter", forget_reporters)        # in a room's AppConfig.ready

An act is given the day before which whatever ended is let go, and whether to do it; it gives the number of records it let go, or would.
``linli retain`` and the job of each night run all of them; what they did is a line in the log of acts, with counts and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils import timezone

from linli.access.fields import Term, terms
from linli.frame.actlog import record_act

ACT = "access.retention.applied"
Forget = Callable[[date, bool], int]
"""``forget(before, apply)``: how many records ended before that day; gone, if ``apply``."""

_acts: dict[str, Forget] = {}


@dataclass(frozen=True, slots=True)
class Gone:
    """Of one term: what ended before the day, and how many records that is."""

    term: Term
    before: date
    count: int


def keep(term: str, forget: Forget) -> None:
    """Register the act of a term."""
    _acts[term] = forget


def unkept() -> set[str]:
    """Terms without an act, and acts without a term: there are none."""
    return set(terms()) ^ set(_acts)


def apply(*, dry: bool = False, today: date | None = None) -> list[Gone]:
    """Let go what has been kept for its time, each term in a transaction of its own; with ``dry`` only count."""
    today = today or timezone.localdate()
    found = list(_each(today, dry))
    if not dry and any(gone.count for gone in found):
        with transaction.atomic():
            record_act(None, ACT, "access.retention", {gone.term.id: gone.count for gone in found if gone.count})
    return found


def _each(today: date, dry: bool) -> Iterator[Gone]:
    for term in terms().values():
        before = years_before(today, term.years)
        yield Gone(term, before, _acts[term.id](before, not dry))


def years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # 29 February
        return day.replace(year=day.year - years, day=28)
