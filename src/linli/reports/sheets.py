"""The reports as spreadsheets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from linli.frame.columns import Column
from linli.frame.templatetags.linli import named
from linli.matters.parts import UNKNOWN, part_name
from linli.measures import queries
from linli.measures.declare import measures
from linli.measures.periods import Period
from linli.measures.queries import Figure, Key
from linli.places.codes import short_name
from linli.places.models import Level, Place
from linli.reports.reading import BELOW, COUNTS, HEADLINE, PARTED, is_gone, places_below, rest_of
from linli.reports.shown import pick


@dataclass(frozen=True, slots=True)
class Line:
    """One figure: what it counts, of how many, its value, and the same for the period before."""

    place: str
    figure: str
    part: str
    count: int | None
    of: int | None
    percent: float | None
    before: float | None
    days: str


COLUMNS = (
    Column("place", _("Place"), width=18),
    Column("figure", _("Figure"), width=20),
    Column("part", _("Of it"), width=20),
    Column("count", _("Number of matters"), kind="number"),
    Column("of", _("Out of"), kind="number"),
    Column("percent", _("Per cent"), kind="number"),
    Column("before", _("Period before"), kind="number"),
    Column("days", _("Dates"), width=26),
)


def rows(place: Place, period: Period) -> Iterator[Line]:
    """Every figure of the area with its parts, then of the places below and of what lies in none of them."""
    below = places_below(place)
    places = [place, *below]
    now, then = queries.totals([p.pk for p in places], [*HEADLINE, *COUNTS, *PARTED[:-1]], period)
    days = f"{period.since} – {period.until}"
    for p in places:
        name = short_name(p.name)
        if is_gone(p):
            if not any(where == p.pk for where, _key, _part in [*now, *then]):
                continue
            name = gettext("%(name)s (ended)") % {"name": name}
        yield from _of(p.pk, name, now, then, days)
    rest, before = rest_of(place, below, now), rest_of(place, below, then)
    if below and (rest or before):
        yield from _of(place.pk, str(UNKNOWN[BELOW[Level(place.level)]]), rest, before, days)


def _of(place: int, name: str, now: Mapping[Key, Figure], then: Mapping[Key, Figure], days: str) -> Iterator[Line]:
    for key in (*HEADLINE, *COUNTS):
        yield _line(name, key, "", pick(now, place, key), pick(then, place, key), days)
    for key in PARTED[:-1]:
        for part in sorted({x for (where, k, x) in now if where == place and k == key}):
            yield _line(name, key, part, pick(now, place, key, part), pick(then, place, key, part), days)


def _line(place: str, key: str, part: str, now: Figure, then: Figure, days: str) -> Line:
    m = measures()[key]
    before = then.percent if m.kind == "share" else then.denominator
    if m.kind == "count" or now.few:
        count = None if now.few else now.denominator
        return Line(place, named(m.name), part_name(key, part), count, None, None, None if then.few else before, days)
    return Line(place, named(m.name), "", now.numerator, now.denominator, now.percent, before, days)


@dataclass(frozen=True, slots=True)
class IssueLine:
    """A kind of matter in a community."""

    place: str
    kind: str
    count: int
    again: int
    late: int
    url: str
    late_url: str

    @property
    def again_percent(self) -> int:
        return round(100 * self.again / self.count)

    @property
    def late_percent(self) -> int:
        return round(100 * self.late / self.count)


ISSUE_COLUMNS = (
    Column("place", _("Community"), width=18),
    Column("kind", _("Category"), width=30),
    Column("count", _("Number of matters"), kind="number"),
    Column("again", _("Again from the same grid"), kind="number"),
    Column("again_percent", _("Again, per cent"), kind="number"),
    Column("late", _("Ever late"), kind="number"),
    Column("late_percent", _("Ever late, per cent"), kind="number"),
)
