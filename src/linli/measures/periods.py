"""Periods of local days: the one asked for, and the one before it to compare with. Plain Python."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

NAMES = ("month", "quarter", "year", "last-month", "last-quarter", "last-year")
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
DAY = timedelta(days=1)
LONGEST = 3 * 366  # days that can be asked for at once


@dataclass(frozen=True, slots=True)
class Period:
    """From ``since`` to ``until``, both included. ``name`` is one of NAMES, or "" for days freely chosen."""

    since: date
    until: date
    name: str = ""

    @property
    def days(self) -> int:
        return (self.until - self.since).days + 1

    @property
    def bucket(self) -> str:
        """How a trend over it is cut: by day, week or month."""
        return "day" if self.days <= 35 else "week" if self.days <= 200 else "month"

    @property
    def before(self) -> Period:
        """What it is compared with: as much of the month, quarter or year before, or as many days just before."""
        months = _MONTHS.get(self.name.removeprefix("last-"))
        if months is None:
            return Period(self.since - self.days * DAY, self.since - DAY)
        since = _shift(self.since, -months)
        if self.name.startswith("last-"):
            return Period(since, self.since - DAY)
        return Period(since, min(since + (self.until - self.since), self.since - DAY))


def named(name: str, today: date) -> Period:
    """The period of that name as it stands ``today``; one under way ends today. Raises KeyError."""
    months = _MONTHS[name.removeprefix("last-")]
    first = date(today.year, (today.month - 1) // months * months + 1, 1)
    if not name.startswith("last-"):
        return Period(first, today, name)
    return Period(_shift(first, -months), first - DAY, name)


def between(since: date, until: date, today: date) -> Period:
    """Days freely chosen. Raises ValueError (reversed, ahead, too_long) where they make no period."""
    if since > until:
        raise ValueError("reversed")
    if since > today:
        raise ValueError("ahead")
    if (until - since).days >= LONGEST:
        raise ValueError("too_long")
    return Period(since, min(until, today))


@dataclass(frozen=True, slots=True)
class Pieces:
    """A period as whole months, by the first days of the first and the last of them (None: there are none), and single days besides."""

    months: tuple[date, date] | None
    days: tuple[tuple[date, date], ...]


def pieces(period: Period) -> Pieces:
    """Every day of the period once, in as few figures as there can be."""
    first = period.since if period.since.day == 1 else _shift(period.since.replace(day=1), 1)
    beyond = (period.until + DAY).replace(day=1)  # of the month that isn't whole any more
    if first >= beyond:
        return Pieces(None, ((period.since, period.until),))
    before, after = (period.since, first - DAY), (beyond, period.until)
    return Pieces((first, _shift(beyond, -1)), tuple(days for days in (before, after) if days[0] <= days[1]))


def _shift(first: date, months: int) -> date:
    """The first of the month so many months on."""
    number = first.year * 12 + first.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)


def buckets(period: Period) -> Iterator[tuple[date, date]]:
    """First and last day of each bucket of a trend, in order; the outer ones are cut to the period."""
    start = period.since
    while start <= period.until:
        if period.bucket == "day":
            end = start
        elif period.bucket == "week":
            end = start + (6 - start.weekday()) * DAY
        else:
            end = _shift(start.replace(day=1), 1) - DAY
        end = min(end, period.until)
        yield start, end
        start = end + DAY
