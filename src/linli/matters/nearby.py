"""Has somebody told this already? Matters of the same or a related kind, close by, open or closed lately, alike in what they say.

Residents are shown public matters of the same kind only. What another person wrote and where exactly theirs is play no part in what they
see, so that nobody can find it out by asking with these words and those, from here and from there: "close by" is by the grid; what is under
way, and can be followed, comes before what is answered or closed, the newest first. Staff see theirs, related kinds too, by likeness of the words, by
the metre where both positions are known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from linli.charter.schema import Category, Charter
from linli.charter.store import charter_of, version_in_force
from linli.flow.procedure import WITHDRAWN
from linli.flow.words import procedure_of
from linli.kit.coordinates import distance
from linli.matters.models import Matter
from linli.matters.queries import NOT_CASES
from linli.matters.suggest.keeping import model_of
from linli.matters.suggest.model import Model
from linli.matters.whereabouts import Whereabouts
from linli.places.lookup import index
from linli.places.models import Level, Place

CLOSED = timedelta(days=30)  # for so long after it was closed it may be the same again
OPEN = timedelta(days=365)  # what was raised longer ago is on somebody's ledger and no news
MOST = 3
ANSWERED = frozenset({"answer", "rate", "callback"})  # kinds of steps at which the work is done
READ = 60  # the latest candidates are compared by their words
SAME, RELATED = 0.03, 0.12  # how alike the words must be for staff, of the same kind and of another kind of its branch
CLEAR = 0.15  # how sure a kind proposed from the words must be for residents


@dataclass(frozen=True, slots=True)
class Similar:
    """A matter that may be the same. ``likeness`` of the words, 0 to 1, and ``metres`` for staff, the latter where both positions are known."""

    matter: Matter
    likeness: float | None = None
    metres: float | None = None


def similar_matters(
    *, text: str, where: Whereabouts | None, category: str = "", user: Any = None, but: int | None = None, now: datetime | None = None
) -> list[Similar]:
    """At most three, the likeliest first. ``user`` None: a resident. ``category`` empty: what the words point to. ``but``: not this one.

    Without a place, or where the kinds in question look for nothing (``near = 0`` in the charter), none. At most four queries.
    """
    if where is None:
        return []
    version = version_in_force()
    charter, model, now = charter_of(version), model_of(version), now or timezone.now()
    kinds = _kinds(charter, model, text, category, 0 if user is not None else CLEAR)
    related = _related(charter, kinds) if user is not None else {k: charter.categories[k] for k in kinds if charter.categories[k].near}
    if not related:
        return []
    away = _around(where, max(c.near for c in related.values()))
    if user is not None:
        return _for_staff(_rows(Matter.objects.visible_to(user), away, related, but, now), where, away, related, kinds, model, text)
    rows = _rows(Matter.objects.for_public(), away, related, but, now)
    near = [m for m in rows if away[m.place_id] <= related[m.category].near]
    return [Similar(m) for m in sorted(near, key=lambda m: (kinds.index(m.category), not is_under_way(m)))[:MOST]]


def is_under_way(matter: Matter) -> bool:
    """Whether somebody is still at work on it: neither over, nor done and only to be answered or rated."""
    step = procedure_of(matter.flow).steps.get(matter.flow.step)
    return not matter.flow.end and (step is None or step.action not in ANSWERED)


def _for_staff(
    rows: Sequence[Matter],
    where: Whereabouts,
    away: dict[int, float],
    related: dict[str, Category],
    kinds: list[str],
    model: Model,
    text: str,
) -> list[Similar]:
    found = []
    for matter, alike in zip(rows, model.likeness(text, [f"{m.title} {m.text}" for m in rows]), strict=True):
        metres = _metres(where, matter)
        far = away[matter.place_id] if metres is None else metres
        if far <= related[matter.category].near and alike >= (SAME if matter.category in kinds else RELATED):
            found.append((alike + 0.25 * (matter.category in kinds), matter.pk, Similar(matter, alike, metres)))
    return [s for _score, _pk, s in sorted(found, key=lambda f: f[:2], reverse=True)[:MOST]]


def _kinds(charter: Charter, model: Model, text: str, category: str, least: float) -> list[str]:
    """The kind it is, or those its words point to at least so surely, likeliest first."""
    if category:
        return [category] if category in charter.categories else []
    return [s.category for s in model.propose(text) if s.share >= least]


def _related(charter: Charter, kinds: list[str]) -> dict[str, Category]:
    """The kinds and all others of their branches, those that look for similar ones at all."""
    branches = {charter.categories[k].parent for k in kinds}
    return {c.id: c for c in charter.leaves() if c.near and (c.id in kinds or c.parent in branches)}


def _around(where: Whereabouts, metres: float) -> dict[int, float]:
    """Places whose matters count as close by, and how far their border is: the grid and those around, and their communities, of whose
    matters no grid is known. Of a community without a grid: all of it."""
    place = where.place
    if place.level != Level.GRID:
        return {place.pk: 0.0} | dict.fromkeys(
            Place.objects.current().filter(parent=place, level=Level.GRID).values_list("pk", flat=True), 0.0
        )
    lon, lat = (where.lon, where.lat) if where.lon is not None else (None, None)
    away = {n.place: n.metres for n in index().around(lon, lat, metres)} if lon is not None and lat is not None else {}
    away[place.pk] = 0.0
    for community in Place.objects.filter(children__in=list(away)).distinct().values_list("pk", flat=True):
        away[community] = 0.0
    return away


def _rows(matters: QuerySet[Matter], away: dict[int, float], related: dict[str, Category], but: int | None, now: datetime) -> list[Matter]:
    """The newest candidates. What was taken back is none: nobody is at work on it, and nothing was done. The index on place, category and
    time finds them among any number of others."""
    matters = matters.filter(place__in=list(away), category__in=list(related), raised_at__gte=now - OPEN)
    matters = matters.filter(Q(flow__end="") | Q(flow__ended_at__gte=now - CLOSED)).exclude(flow__end__in=(*NOT_CASES, WITHDRAWN))
    if but is not None:
        matters = matters.exclude(pk=but)
    return list(matters.select_related("flow", "place__parent").order_by("-raised_at", "-id")[:READ])


def _metres(where: Whereabouts, matter: Matter) -> float | None:
    if where.lon is None or where.lat is None or matter.lon is None or matter.lat is None:
        return None
    return distance(where.lon, where.lat, matter.lon, matter.lat)
