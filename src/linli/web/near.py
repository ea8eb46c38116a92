"""What the residents' first page knows of a place: communities to choose from and what was done there lately.

Only what everybody may see: category, community, step, dates. No person, no dwelling, no text that somebody wrote.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from linli.charter.models import CharterVersion
from linli.charter.store import NoCharter, charter_in_force, charter_of
from linli.frame.templatetags.linli import named
from linli.matters.models import Matter
from linli.places.models import Level, Place

SHOWN = 5
LATELY = timedelta(days=90)
MOST_COMMUNITIES = 2000  # a district has hundreds at most


@dataclass(frozen=True, slots=True)
class Done:
    """One matter that was solved."""

    category: Any  # the charter's Name
    community: str
    raised_at: datetime
    ended_at: datetime
    number: str


@dataclass(frozen=True, slots=True)
class Nearby:
    streets: Sequence[tuple[str, Sequence[Place]]] = ()  # communities by street, in order of their codes
    chosen: Place | None = None
    root: str = ""  # the code of the district
    lines: Sequence[str] = ()  # names of the direct lines there are
    lately: Sequence[Done] = field(default_factory=tuple)


def nearby(code: str) -> Nearby:
    """Three queries at most: the communities, what was done in the chosen one (or anywhere), and the charter versions it ran under."""
    places = list(
        Place.objects.current()
        .filter(level=Level.COMMUNITY)
        .select_related("parent")
        .only("pk", "code", "name", "path", "parent__name")
        .order_by("code")[:MOST_COMMUNITIES]
    )
    streets: dict[str, list[Place]] = {}
    for place in places:
        streets.setdefault(place.parent.name if place.parent else "", []).append(place)
    chosen = next((p for p in places if p.code == code), None)
    return Nearby(list(streets.items()), chosen, root_code() if places else "", lines(), _lately(chosen, places))


def root_code() -> str:
    """The official code of the place at the root of the charter in force."""
    try:
        return charter_in_force().area.root
    except NoCharter:
        return ""


def lines() -> list[str]:
    """What the direct lines of the charter in force are called."""
    try:
        return [named(line.name) for line in charter_in_force().lines.values()]
    except NoCharter:
        return []


def _lately(chosen: Place | None, communities: Sequence[Place]) -> list[Done]:
    matters = Matter.objects.filter(is_public=True, raised_at__gte=timezone.now() - LATELY).exclude(flow__end="")
    if chosen:
        matters = matters.filter(path__descends=str(chosen.path))
    rows = matters.select_related("flow").only(
        "number", "category", "path", "raised_at", "flow__ended_at", "flow__end", "flow__procedure", "flow__charter_id"
    )
    found = []
    for m in rows.order_by("-flow__ended_at")[: SHOWN * 3]:
        try:
            charter = charter_of(m.flow.charter_id)
            category, end = charter.categories[m.category], charter.procedures[m.flow.procedure].ends[m.flow.end]
        except (CharterVersion.DoesNotExist, KeyError):
            continue
        if end.good and m.flow.ended_at:
            found.append(Done(category.name, _community(str(m.path), communities), m.raised_at, m.flow.ended_at, m.number))
    return found[:SHOWN]


def _community(path: str, communities: Sequence[Place]) -> str:
    """The community a path lies in; "" for one above the communities."""
    return next((c.name for c in communities if path == str(c.path) or path.startswith(f"{c.path}.")), "")
