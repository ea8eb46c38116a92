"""What was counted of an area. The figures of a whole district take a twentieth of a second to gather: the job that counts them keeps
them ready for everybody until the next count, so that nobody is the first to wait.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.cache import cache
from django.db.models import Q
from django.utils import timezone

from linli import __version__
from linli.measures import queries
from linli.measures.models import Run
from linli.measures.periods import NAMES, Period, named
from linli.measures.queries import Figure, Key
from linli.places.models import Level, Place

HEADLINE = (
    "responded", "closing", "on_time", "solved", "satisfied", "satisfied_own", "satisfied_called", "called", "dispatch", "rework", "repeated",
)  # fmt: skip
COUNTS = (
    "raised", "filed", "due", "closed", "closed_in_time", "late", "returned", "urged", "supervised", "named", "extended", "shelved", "reopened",
    "recalled", "silent",
)  # fmt: skip
OF_PLACES = ("raised", "closing", "on_time", "satisfied", "late")
PARTED = ("channel", "kind", "escalated", "step")
TRENDS = (("raised", "closed", "late"), ("responded", "closing", "on_time"))
BELOW = {Level.DISTRICT: Level.STREET, Level.STREET: Level.COMMUNITY, Level.COMMUNITY: Level.GRID}
SPOTS = 8
KEPT = 3600  # seconds: many counts, should the next one be late


@dataclass(frozen=True, slots=True)
class Counted:
    """Of an area and a period, as it was counted last."""

    period: Period
    at: datetime | None  # None: never
    whole: Mapping[Key, Figure]
    before: Mapping[Key, Figure]
    buckets: Sequence[tuple[date, date]]
    trend: Mapping[str, Sequence[Figure]]
    hot: Sequence[queries.Spot]
    hot_years: int


def places_below(place: Place) -> list[Place]:
    """The places of today, then those that have ended: what happened there is part of the area's figures for ever."""
    level, today = BELOW[Level(place.level)], timezone.localdate()
    rows = Place.objects.filter(level=level).defer("shape").order_by("code")
    now = Q(pk__in=Place.objects.current(today).filter(parent=place, level=level).values("pk"))
    then = Q(pk__in=Place.objects.gone(today).within(str(place.path)).filter(level=level).values("pk"))
    return sorted(rows.filter(now | then), key=is_gone)


def is_gone(place: Place) -> bool:
    return place.valid_to is not None and place.valid_to <= timezone.localdate()


def rest_of(place: Place, below: Sequence[Place], figures: Mapping[Key, Figure]) -> dict[Key, Figure]:
    """What counts for an area and for none of the areas below, for it is not known in which it was: under the area's own key."""
    rest = {at: figure for at, figure in figures.items() if at[0] == place.pk}
    inside = {p.pk for p in below}
    for (where, key, part), figure in figures.items():
        if where in inside and (at := (place.pk, key, part)) in rest:
            rest[at] = rest[at] - figure
    return {at: figure for at, figure in rest.items() if figure.denominator > 0}


def counted(place: Place, below: Sequence[Place], period: Period, now: datetime) -> Counted:
    """Two queries where the figures are kept, four where they are gathered."""
    run = queries.last_run("matters")
    if run and place.level == Level.DISTRICT:
        of, kept = cache.get(_key(place, period), (None, None))
        if of == _of(period, now, run):
            return kept
    return _gathered(place, below, period, run)


def keep_ready(now: datetime | None = None, **_sent: Any) -> None:
    """Gather what was just counted of the districts, for all usual periods."""
    now, run = now or timezone.now(), queries.last_run("matters")
    if run is None:
        return
    for district in Place.objects.current().filter(level=Level.DISTRICT).defer("shape"):
        below = places_below(district)
        for name in NAMES:
            period = named(name, timezone.localdate(now))
            cache.set(_key(district, period), (_of(period, now, run), _gathered(district, below, period, run)), KEPT)


def _gathered(place: Place, below: Sequence[Place], period: Period, run: Run | None) -> Counted:
    whole, before = queries.totals([place.pk], [*HEADLINE, *COUNTS, *PARTED], period, more=([p.pk for p in below], OF_PLACES))
    cut, trend = queries.trend(place.pk, [k for keys in TRENDS for k in keys], period)
    level = Level.GRID if place.level == Level.COMMUNITY else Level.COMMUNITY
    spots, years = queries.spots(str(place.path), level, "kind", period.until)
    return Counted(period, run.at if run else None, whole, before, cut, trend, [s for s in spots if s.heat.hot][:SPOTS], years)


def _key(place: Place, period: Period) -> str:
    return f"situation:{__version__}:{place.pk}:{period.name}"


def _of(period: Period, now: datetime, run: Run) -> tuple[Any, ...]:
    """All that the answer depends on: days not over yet don't count, the geography may change."""
    return period.since, period.until, timezone.localdate(now), run.at, run.upto, run.geography
