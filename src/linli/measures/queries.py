"""Reading figures: each of these is one query over the one index."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from django.db import connection
from django.utils import timezone

from linli.charter.store import charter_in_force
from linli.measures import hot, spread
from linli.measures.declare import Measure, measures
from linli.measures.models import Run
from linli.measures.periods import Period, buckets, pieces


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of a measure: counts of records, to be shown as what the measure is."""

    measure: Measure
    numerator: int = 0
    denominator: int = 0

    def __reduce__(self) -> tuple[Any, ...]:
        """Kept by the measure's key, without its declaration."""
        return _figure, (self.measure.key, self.numerator, self.denominator)

    @property
    def few(self) -> bool:
        """There is something, but too little to show."""
        return 0 < self.denominator < self.measure.least

    @property
    def value(self) -> float | None:
        """A count; a share between 0 and 1; None for a share of nothing or of too little."""
        if self.measure.kind == "count":
            return self.denominator
        return self.numerator / self.denominator if self.denominator and not self.few else None

    @property
    def percent(self) -> float | None:
        return None if self.value is None or self.measure.kind == "count" else round(100 * self.value, 1)

    @property
    def goal(self) -> Fraction | None:
        """What the charter in force wants a share to reach or, where less is better, to stay below."""
        set_ = charter_in_force().goals.get(self.measure.key)
        return Fraction(set_.share) if set_ else None

    @property
    def misses_goal(self) -> bool:
        goal, value = self.goal, self.value
        if goal is None or value is None:
            return False
        return value > goal if self.measure.better == "less" else value < goal

    def __add__(self, other: Figure) -> Figure:
        return Figure(self.measure, self.numerator + other.numerator, self.denominator + other.denominator)

    def __sub__(self, other: Figure) -> Figure:
        return Figure(self.measure, self.numerator - other.numerator, self.denominator - other.denominator)


def _figure(key: str, numerator: int, denominator: int) -> Figure:
    return Figure(measures()[key], numerator, denominator)


Key = tuple[int, str, str]  # place, measure, part
_SUMS = """
with w as (select * from unnest(%s::bigint[], %s::text[]) as w (place, measure))
select place_id, measure, part, is_now, sum(numerator), sum(denominator) from ({pieces}) x group by 1, 2, 3, 4
"""
_PIECE = """
select v.place_id, v.measure, v.part, {now} as is_now, v.numerator, v.denominator
from w join {table} v on v.place_id = w.place and v.measure = w.measure and v.day between %s and %s
"""


# days that are not over yet, taken off again
_NOT_OVER = """
select v.place_id, v.measure, v.part, true as is_now, -v.numerator, -v.denominator
from w join measures_value v on v.place_id = w.place and v.measure = w.measure and v.day between %s and %s
where w.measure in ({keys})
"""


def waiting() -> list[str]:
    """Measures whose days count once they are over."""
    return [m.key for m in measures().values() if m.over]


def sums(period: Period) -> tuple[str, list[date]]:
    """The statement behind ``totals``, and its days after the two arrays. Each piece is a range of an index: whole months of theirs."""
    parts: list[str] = []
    days: list[date] = []
    for now, asked in (("true", period), ("false", period.before)):
        for table, first, last in _tables(asked):
            parts.append(_PIECE.format(now=now, table=table))
            days += [first, last]
    if (today := timezone.localdate()) <= period.until and (keys := waiting()):
        parts.append(_NOT_OVER.format(keys=", ".join(f"'{key}'" for key in keys)))
        days += [max(today, period.since), period.until]
    return _SUMS.format(pieces=" union all ".join(parts)), days


def _tables(period: Period) -> Iterator[tuple[str, date, date]]:
    """Where a period is read: whole months from their table, the days besides from theirs."""
    cut = pieces(period)
    if cut.months:
        yield "measures_month", *cut.months
    for first, last in cut.days:
        yield "measures_value", first, last


def totals(
    places: Collection[int], keys: Collection[str], period: Period, more: tuple[Collection[int], Collection[str]] = ((), ())
) -> tuple[dict[Key, Figure], dict[Key, Figure]]:
    """Figures of the period and of the one before it, by place, measure and part; what is nought is not there.

    ``more`` are further places with the measures wanted of those.
    """
    known = measures()
    now: dict[Key, Figure] = {}
    then: dict[Key, Figure] = {}
    statement, days = sums(period)
    pairs = [*((p, k) for p in places for k in keys), *((p, k) for p in more[0] for k in more[1])]
    with connection.cursor() as cursor:
        cursor.execute(statement, [[p for p, _k in pairs], [k for _p, k in pairs], *days])
        for place, key, part, is_now, n, d in cursor.fetchall():
            (now if is_now else then)[place, key, part] = Figure(known[key], int(n), int(d))
    return now, then


def trend(place: int, keys: Sequence[str], period: Period) -> tuple[list[tuple[date, date]], dict[str, list[Figure]]]:
    """The buckets of a period and each measure's figures in them, parts taken together."""
    cut, known = list(buckets(period)), measures()
    found = {key: [Figure(known[key])] * len(cut) for key in keys}
    sql = (
        "select measure, day, sum(numerator), sum(denominator) from measures_value"
        " where place_id = %s and measure = any(%s) and day between %s and %s and not (measure = any(%s) and day >= %s) group by 1, 2"
    )
    starts = [start for start, _end in cut]
    with connection.cursor() as cursor:
        cursor.execute(sql, [place, list(keys), period.since, period.until, waiting(), timezone.localdate()])
        for key, day, n, d in cursor.fetchall():
            at = _bucket(starts, day)
            found[key][at] = found[key][at] + Figure(known[key], int(n), int(d))
    return cut, found


def _bucket(starts: Sequence[date], day: date) -> int:
    return bisect_right(starts, day) - 1


@dataclass(frozen=True, slots=True)
class Times:
    """How long records lay in a step: how many, and seconds for the middle one and for nine in ten."""

    step: str
    count: int
    median: float
    p90: float


def times(place: int, key: str, figures: Mapping[Key, Figure]) -> list[Times]:
    """From the figures of ``totals``: one for each step, in no order."""
    spreads: dict[str, dict[int, int]] = {}
    for (where, measure, part), figure in figures.items():
        if where == place and measure == key:
            step, _, number = part.rpartition(" ")
            spreads.setdefault(step, {})[int(number)] = figure.denominator
    return [Times(s, sum(c.values()), spread.quantile(c, 0.5) or 0, spread.quantile(c, 0.9) or 0) for s, c in spreads.items()]


@dataclass(frozen=True, slots=True)
class Spot:
    """A part of a measure in a place, and how hot it is there."""

    place: int
    code: str
    name: str
    part: str
    heat: hot.Heat


_WINDOW = """
  select v.place_id, v.part, {number} as w, v.denominator as d from place p
  join measures_value v on v.place_id = p.id and v.measure = %(measure)s and v.day between %({since})s and %({until})s {where}
"""
_KNOWN = """exists (select from place p join measures_value v on v.place_id = p.id and v.measure = %(measure)s
    and v.day between %({since})s and %({until})s and v.denominator > 0)"""
_HEAT = """
with place as materialized (
  select id, code, name from places_place where path <@ %(path)s::ltree and level = %(level)s and valid_to is null
), known as materialized (select {known}), counted as ({windows}), cell as (
  select place_id, part, coalesce(sum(d) filter (where w = 0), 0) as now, coalesce(sum(d) filter (where w = 1), 0) as before,
    coalesce(sum(d) filter (where w = 2), 0) as y1, coalesce(sum(d) filter (where w = 3), 0) as y2, coalesce(sum(d) filter (where w = 4), 0) as y3
  from counted group by 1, 2
)
select c.place_id, p.code, p.name, c.part, c.now, c.before, c.y1 + c.y2 + c.y3, k.y1::int + k.y2::int + k.y3::int
from cell c join place p on p.id = c.place_id cross join known k where c.now >= %(least)s
""".replace(
    "{windows}",  # each is a range of the index of its own; the weeks before are read only where no former year is known
    " union all ".join(
        _WINDOW.format(number=n, since=since, until=until, where="where not (select y1 or y2 or y3 from known)" if n == 1 else "")
        for n, (since, until) in enumerate(zip("acegi", "bdfhj", strict=True))
    ),
).replace(
    "{known}", ", ".join(f"{_KNOWN.format(since=a, until=b)} as y{n}" for n, (a, b) in enumerate((("e", "f"), ("g", "h"), ("i", "j")), 1))
)


def spots(path: str, level: str, key: str, until: date) -> tuple[list[Spot], int]:
    """Parts of a measure in the places of ``level`` below ``path`` with enough records to be hot, hottest first; and of how many former
    years the season was known (where nothing is listed: 0).
    """
    now, before, former = hot.windows(until)
    values: dict[str, Any] = dict(zip("abcdefghij", (*now, *before, *(day for window in former for day in window)), strict=True))
    with connection.cursor() as cursor:
        cursor.execute(_HEAT, values | {"path": path, "level": level, "measure": key, "least": hot.LEAST})
        rows = cursor.fetchall()
    found = [
        Spot(place, code, name, part, hot.heat(int(count), int(past if years else weeks), years or hot.BEFORE / hot.WINDOW))
        for place, code, name, part, count, weeks, past, years in rows
    ]
    return sorted(found, key=lambda s: (-s.heat.score, -s.heat.count, s.code, s.part)), rows[0][7] if rows else 0


def last_run(source: str) -> Run | None:
    """How far a source has been counted; None: never."""
    return Run.objects.filter(source=source).first()


def counted_at(source: str) -> datetime | None:
    """Up to when a source has been counted; None: never."""
    return run.at if (run := last_run(source)) else None


@dataclass(frozen=True, slots=True)
class Issue:
    """A kind of matter in a community over a period: how many, how many of them again from the same grid, how many late."""

    place: int
    code: str
    name: str
    part: str
    count: int
    again: int
    late: int


_ISSUES = """
with place as materialized (
  select id, code from places_place where path <@ %(path)s::ltree and level = 'community' and valid_to is null
), own as (select place_id, part, sum(denominator) as d, sum(numerator) as n from ({own}) x group by 1, 2),
top as (select * from own where d >= %(least)s order by d desc, place_id, part limit %(most)s),
grid as materialized (
  select t.place_id as above, t.part, g.id from top t join places_place g on g.parent_id = t.place_id and g.level = 'grid'
), below as (select above as place_id, part, id, sum(d) as d from ({below}) x group by 1, 2, 3)
select t.place_id, p.code, p.name, t.part, t.d, t.n, count(b.id), coalesce(sum(b.d), 0)
from top t join places_place p on p.id = t.place_id left join below b on (b.place_id, b.part) = (t.place_id, t.part)
group by 1, 2, 3, 4, 5, 6 order by t.d desc, p.code, t.part
"""
_OWN = """select v.place_id, v.part, v.denominator, v.numerator from place p
  join {table} v on v.place_id = p.id and v.measure = %(measure)s and v.day between {range}"""
_BELOW = """select g.above, g.part, g.id, v.denominator as d from grid g
  join {table} v on v.place_id = g.id and v.measure = %(measure)s and v.part = g.part and v.day between {range}"""


def issues(path: str, key: str, period: Period, *, least: int = hot.LEAST, most: int = 100) -> list[Issue]:
    """Kinds of matter by community, the most frequent first. ``again`` counts all but the first of a kind in each grid; those whose grid
    isn't known count together as one grid.
    """
    values: dict[str, Any] = {"path": path, "measure": key, "least": least, "most": most}
    read = []
    for n, (table, first, last) in enumerate(_tables(period)):
        values |= {f"a{n}": first, f"b{n}": last}
        read.append((table, f"%(a{n})s and %(b{n})s"))
    own, below = (" union all ".join(piece.format(table=t, range=r) for t, r in read) for piece in (_OWN, _BELOW))
    with connection.cursor() as cursor:
        cursor.execute(_ISSUES.replace("{own}", own).replace("{below}", below), values)
        return [
            Issue(place, code, name, part, int(count), int(count) - grids - (1 if count > inside else 0), int(late))
            for place, code, name, part, count, late, grids, inside in cursor.fetchall()
        ]


def over(figures: Iterable[Figure], measure: Measure) -> Figure:
    """Figures taken together: a share is that of all the records, never a mean of shares."""
    total = Figure(measure)
    for figure in figures:
        total = total + figure
    return total
