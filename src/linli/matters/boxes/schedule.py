"""On which days a box is to be opened. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date, timedelta

from linli.charter.schema import WEEKDAYS

LONGEST = 14  # days a run of days off can last: a round is moved no further


def due_days(days: Collection[str], after: date, until: date, working: Callable[[date], bool]) -> list[date]:
    """Days after ``after``, up to and including ``until``, on which a box opened on ``days`` of the week is to be opened, oldest first.

    One that falls on a day off moves to the next working day; two that come together there are one.
    """
    wanted = {WEEKDAYS.index(d) for d in days}
    first = after - timedelta(days=LONGEST)
    span = (until - first).days
    planned = (first + timedelta(days=n) for n in range(max(0, span + 1)))
    found = {_moved(day, working) for day in planned if day.weekday() in wanted}
    return sorted(day for day in found if after < day <= until)


def _moved(day: date, working: Callable[[date], bool]) -> date:
    for n in range(LONGEST + 1):
        if working(day + timedelta(days=n)):
            return day + timedelta(days=n)
    return day
