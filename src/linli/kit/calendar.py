"""Working time by the official calendar of China, in Asia/Shanghai.

The rules, and where they come from (民法典 art. 200–204):

* ``PnD`` working days end at the close of business of the n-th working day after the day of start. The day of start is not
  counted (art. 201), and a term ends when business stops (art. 203), not at midnight.
* ``PTnH`` working hours count from the very moment (art. 201), through office hours only.
* a duration on the ``natural`` clock doesn't wait for the office: hours run through the night, and ``PnD natural`` ends at 24:00 of
  the n-th day after the day of start.

Which days are working days: Monday to Friday, except what the State Council's yearly notice says (holidays, and the weekend days
worked to make up for them). ``official_days.csv`` holds the notices; a year without one counts Monday to Friday and ``covered``
says so. No method walks through days: positions in working time are counted in closed form and corrected by bisection.
"""

from __future__ import annotations

import csv
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from fractions import Fraction
from itertools import accumulate
from pathlib import Path
from typing import Protocol

CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")
"""One offset: China has had no summer time since 1991."""

_ANCHOR = datetime(2000, 1, 1, tzinfo=CHINA).astimezone(UTC)  # a midnight in China that days are counted from
_ANCHOR_DAY = date(2000, 1, 1).toordinal()
_DAY = 86_400_000_000  # microseconds
_HOUR = 3_600_000_000
_OFFICIAL = Path(__file__).with_name("official_days.csv")
_COLUMNS = ("first", "last", "kind", "name", "notice")


class Stretch(Protocol):
    """A stretch of the working day: the charter's ``Hours``."""

    @property
    def start(self) -> time: ...
    @property
    def end(self) -> time: ...


class Span(Protocol):
    """What ``add`` takes: the charter's ``Duration``."""

    @property
    def days(self) -> int: ...
    @property
    def hours(self) -> int: ...
    @property
    def clock(self) -> str: ...


class CalendarError(ValueError):
    """A file of official days can't be used; the message names the row and what to do."""


@dataclass(frozen=True, slots=True)
class Days:
    """Days that differ from Monday to Friday: ``off`` and ``work`` are proleptic ordinals; ``years`` are those with a notice."""

    off: frozenset[int]
    work: frozenset[int]
    years: frozenset[int]
    names: dict[int, str]

    def __or__(self, later: Days) -> Days:
        """Both together; where they speak of the same year, ``later`` alone counts for it."""

        def keep(days: frozenset[int]) -> frozenset[int]:
            return frozenset(o for o in days if date.fromordinal(o).year not in later.years)

        names = {o: n for o, n in self.names.items() if date.fromordinal(o).year not in later.years} | later.names
        return Days(keep(self.off) | later.off, keep(self.work) | later.work, self.years | later.years, names)


def read_days(path: Path) -> Days:
    """Official days from a CSV: ``first,last,kind,name,notice``, kind being ``off`` or ``work``. Raises CalendarError."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    if not rows or not set(_COLUMNS[:4]) <= set(rows[0]):
        raise CalendarError(f"{path.name}: the first line must be {','.join(_COLUMNS)}")
    off: set[int] = set()
    work: set[int] = set()
    years: set[int] = set()
    names: dict[int, str] = {}
    for number, row in enumerate(rows, start=2):
        first, last = _period(path, number, row)
        into = {"off": off, "work": work}.get(row["kind"] or "")
        if into is None:
            raise CalendarError(f"{path.name}, line {number}: kind must be off or work, not {row['kind']!r}")
        for ordinal in range(first.toordinal(), last.toordinal() + 1):
            if ordinal in names:
                raise CalendarError(f"{path.name}, line {number}: {date.fromordinal(ordinal)} is already in the file")
            into.add(ordinal)
            names[ordinal] = row["name"] or ""
        years.add(first.year)
    return Days(frozenset(off), frozenset(work), frozenset(years), names)


def _period(path: Path, number: int, row: dict[str, str]) -> tuple[date, date]:
    try:
        first, last = date.fromisoformat(row["first"] or ""), date.fromisoformat(row["last"] or "")
    except ValueError as error:
        raise CalendarError(f"{path.name}, line {number}: write days as 2026-10-01 ({error})") from None
    if not 0 <= (last - first).days < 31 or first.year != last.year:
        raise CalendarError(f"{path.name}, line {number}: last must follow first within a month and a year")
    return first, last


def official_days(*more: Path) -> Days:
    """The State Council's days as shipped, and a deployer's own files over them (a year in a later file replaces it)."""
    days = read_days(_OFFICIAL)
    for path in more:
        days |= read_days(path)
    return days


class Calendar:
    """Working time with given office hours.

    Instants are aware datetimes; answers are in UTC. All arithmetic is in whole microseconds, so that ``between(a, later(a, x)) == x``.
    """

    __slots__ = ("_a_day", "_before", "_counts", "_cumulative", "_days", "_exceptions", "_nths", "_stretches")

    def __init__(self, hours: Iterable[Stretch], days: Days | None = None) -> None:
        self._days = official_days() if days is None else days
        self._stretches = tuple(sorted((_micros(h.start), _micros(h.end)) for h in hours))
        if not self._stretches:
            raise CalendarError("A working day needs at least one stretch of hours.")
        for (start, end), following in zip(self._stretches, [*self._stretches[1:], None], strict=True):
            if end <= start or (following and following[0] < end):
                raise CalendarError("The hours of a working day must each end after they start and not overlap.")
        # working time of a day before each of its stretches
        self._before = (0, *accumulate(end - start for start, end in self._stretches))
        self._a_day = self._before[-1]
        changes = {o: -1 for o in self._days.off if _weekday(o)} | {o: 1 for o in self._days.work if not _weekday(o)}
        self._exceptions: Sequence[int] = sorted(changes)
        self._cumulative = (0, *accumulate(changes[o] for o in self._exceptions))
        self._counts: dict[int, int] = {}  # what was worked out before: deadlines of a day ask for the same few days again and again
        self._nths: dict[int, int] = {}

    def covered(self, year: int) -> bool:
        """Whether the State Council's notice for the year is in the calendar; if not, its days are merely Monday to Friday."""
        return year in self._days.years

    def name_of(self, day: date) -> str:
        """The holiday a day off, or a make-up day, belongs to; empty for ordinary days."""
        return self._days.names.get(day.toordinal(), "")

    def is_working_day(self, day: date) -> bool:
        return self._works(day.toordinal())

    def is_working(self, moment: datetime) -> bool:
        """Whether the office is open at the moment (its closing minute still counts as open)."""
        ordinal, micros = _place(moment)
        return self._works(ordinal) and any(start <= micros <= end for start, end in self._stretches)

    def add(self, start: datetime, span: Span) -> datetime:
        """When ``span`` that begins at ``start`` ends. Spans must be longer than nothing (ValueError)."""
        if span.days <= 0 and span.hours <= 0:
            raise ValueError(f"A deadline needs a length, not {span}.")
        if span.clock == "natural":
            return self._natural(start, span)
        if span.days:
            ordinal, _ = _place(start)
            return _moment(self._nth(self._count(ordinal) + span.days), self._stretches[-1][1])
        return self._at(self._worked(start) + span.hours * _HOUR)

    def later(self, start: datetime, working: timedelta) -> datetime:
        """The moment by which ``working`` time has passed since ``start``; ``start`` itself for none."""
        micros = working // timedelta(microseconds=1)
        return start if micros <= 0 else self._at(self._worked(start) + micros)

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Working time from ``start`` to ``end``; negative when ``end`` is the earlier one."""
        return timedelta(microseconds=self._worked(end) - self._worked(start))

    def share(self, start: datetime, due: datetime, part: Fraction, clock: str = "working") -> datetime:
        """The moment at which ``part`` of the time from ``start`` to ``due`` has passed (by plain time if none of it is worked)."""
        if clock == "natural":
            return start + _part(due - start, part)
        begun = self._worked(start)
        working = self._worked(due) - begun
        if working <= 0:
            return start + _part(due - start, part)
        return min(self._at(begun + working * part.numerator // part.denominator), due)

    def term(self, start: datetime, span: Span, part: Fraction) -> tuple[datetime, datetime]:
        """``add`` and ``share`` at once: when ``span`` ends, and when ``part`` of its time is used up."""
        if span.clock == "natural" or not (span.days > 0 or span.hours > 0):
            due = self.add(start, span)
            return due, self.share(start, due, part, span.clock)
        begun = self._worked(start)
        if span.days:
            last = self._nth(self._count(_place(start)[0]) + span.days)
            due, ended = _moment(last, self._stretches[-1][1]), self._count(last) * self._a_day
        else:
            ended = begun + span.hours * _HOUR
            due = self._at(ended)
        return due, min(self._at(begun + (ended - begun) * part.numerator // part.denominator), due)

    def _natural(self, start: datetime, span: Span) -> datetime:
        if span.hours:
            return start.astimezone(UTC) + timedelta(hours=span.hours)
        ordinal, _ = _place(start)
        return _moment(ordinal + span.days, _DAY)

    def _works(self, ordinal: int) -> bool:
        return ordinal in self._days.work or (_weekday(ordinal) and ordinal not in self._days.off)

    def _count(self, ordinal: int) -> int:
        """Working days from the first Monday of the calendar up to and with the day."""
        if (known := self._counts.get(ordinal)) is not None:
            return known
        weeks, rest = divmod(ordinal, 7)  # ordinal 1 was a Monday
        count = weeks * 5 + min(rest, 5) + self._cumulative[bisect_right(self._exceptions, ordinal)]
        return _keep(self._counts, ordinal, count)

    def _nth(self, count: int) -> int:
        """The day on which the working days reach ``count``: within the exceptions' reach of where it would be without them."""
        if (known := self._nths.get(count)) is not None:
            return known
        guess = count * 7 // 5
        reach = 10 + 2 * max(map(abs, self._cumulative))
        ordinal = guess - reach + bisect_left(range(guess - reach, guess + reach), count, key=self._count)
        return _keep(self._nths, count, ordinal)

    def _worked(self, moment: datetime) -> int:
        ordinal, micros = _place(moment)
        passed = 0
        before = self._count(ordinal - 1)
        if self._count(ordinal) > before:  # a working day
            for start, end in self._stretches:
                if micros > start:
                    passed += (micros if micros < end else end) - start
        return before * self._a_day + passed

    def _at(self, worked: int) -> datetime:
        """The first moment with this much working time behind it: the end of a stretch rather than the start of the next."""
        full, rest = divmod(worked - 1, self._a_day)
        rest += 1
        stretch = bisect_left(self._before, rest) - 1
        return _moment(self._nth(full + 1), self._stretches[stretch][0] + rest - self._before[stretch])


_MOST_KEPT = 8192


def _keep(known: dict[int, int], key: int, value: int) -> int:
    if len(known) >= _MOST_KEPT:
        known.clear()
    known[key] = value
    return value


def _weekday(ordinal: int) -> bool:
    return (ordinal - 1) % 7 < 5


def _micros(clock: time) -> int:
    return ((clock.hour * 60 + clock.minute) * 60 + clock.second) * 1_000_000 + clock.microsecond


def _place(moment: datetime) -> tuple[int, int]:
    """Day and microsecond of the day in China."""
    if moment.tzinfo is None:
        raise ValueError("Times must say their zone.")
    passed = moment - _ANCHOR
    return _ANCHOR_DAY + passed.days, passed.seconds * 1_000_000 + passed.microseconds


def _moment(ordinal: int, micros: int) -> datetime:
    return _ANCHOR + timedelta(ordinal - _ANCHOR_DAY, 0, micros)


def _part(span: timedelta, part: Fraction) -> timedelta:
    return timedelta(microseconds=(span // timedelta(microseconds=1)) * part.numerator // part.denominator)
