"""Reads of places that are more than a filter."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q

from linli.frame.sql import Joined
from linli.places.codes import RANK, called_at
from linli.places.models import Facility, FacilityKind, Geography, Level, Place

AS_CALLED = Joined(Place, only=("code", "name", "level", "parent_id", "path"))
AS_LABELLED = Joined(Place, only=AS_CALLED.names, parent=AS_CALLED)
"""A place joined to what lies there: without its outline, which can be as long as all the rest."""
CURRENT = "r.valid_from <= %s and (r.valid_to is null or r.valid_to > %s)"
"""``Place.objects.current()`` as a condition of ``Joined``; its values are today, twice."""
TREE_LEVELS = ("province", "city", "district", "street", "community")
TREE_ROWS = 1500
SEARCH_ROWS = 60


@dataclass(slots=True)
class Line:
    """One row of the tree as the list shows it."""

    place: Place
    depth: int
    responsible: str = ""
    gone: bool = False  # it has ended, and nothing follows it


def tree(user, *, level: str = "") -> list[Line]:
    """The area tree a user sees, down to communities (or the one ``level``), parents before children. Grid workers see their grids."""
    seen = Place.objects.current().visible_to(user).defer("shape")
    rows = list(seen.filter(level__in=[level] if level else TREE_LEVELS).order_by("path")[:TREE_ROWS])
    if not rows and not level:
        rows = list(seen.filter(level="grid").order_by("path")[:TREE_ROWS])
    return _lines(rows)


def search(user, text: str, *, level: str = "", beyond: bool = False) -> list[Line]:
    """Places a user sees whose name, alias or code has ``text`` in it, outermost first; after them those that have ended. ``beyond``: also
    the streets and communities of elsewhere, which everybody may know."""
    seen = Place.objects.visible_to(user)
    if beyond:
        seen = seen | Place.objects.current().filter(level__in=[Level.STREET, Level.COMMUNITY])
    seen = seen.defer("shape")
    seen = seen.filter(level=level) if level else seen.exclude(level__in=["unit", "dwelling"])
    seen = seen.filter(Q(name__icontains=text) | Q(aliases__icontains=text) | Q(code__startswith=text))
    found = sorted(seen.current()[: SEARCH_ROWS + 1], key=lambda p: (RANK[p.level], p.code))
    gone = sorted(seen.gone()[: SEARCH_ROWS + 1 - len(found)], key=lambda p: (RANK[p.level], p.code))
    return [*(Line(p, 0) for p in found), *(Line(p, 0, gone=True) for p in gone)]


def _lines(rows: list[Place]) -> list[Line]:
    depths = {str(p.path): str(p.path).count(".") for p in rows}
    shallow = min(depths.values(), default=0)
    return [Line(p, min(depths[str(p.path)] - shallow, 6)) for p in rows]


def ancestors(place: Place) -> list[Place]:
    """The current places above, outermost first."""
    above = Place.objects.current().filter(path__ancestors=str(place.path)).exclude(code=place.code).defer("shape")
    return sorted(above, key=lambda p: len(str(p.path)))


def place_label(place: Place) -> str:
    """As ``codes.called_at``. Needs ``parent`` joined for a grid, or asks for it."""
    return called_at(place.name, place.level, place.parent.name if place.level == "grid" and place.parent else None)


def full_name(place: Place, above: Iterable[Place]) -> str:
    """Street to place in one line: 青山路街道都兰社区居委会第一网格."""
    return "".join(p.name for p in (*above, place) if p.level not in ("province", "city", "district"))


def validity(place: Place) -> list[Place]:
    """Everything that was ever stored under a place's code, newest first."""
    return list(Place.objects.filter(code=place.code).defer("shape").order_by("-valid_from"))


def children_of(place: Place, limit: int = 300) -> list[Place]:
    return list(Place.objects.current().filter(parent=place).defer("shape").order_by("code")[:limit])


def facilities_of(place: Place) -> list[tuple[str, int]]:
    """Kinds and numbers of facilities at or below a place, most frequent first."""
    rows = Facility.objects.within(str(place.path)).values_list("kind").annotate(n=Count("pk")).order_by("-n", "kind")
    words = dict(FacilityKind.choices)
    return [(str(words.get(kind, kind)), n) for kind, n in rows]


def geography_version() -> int:
    """Changes whenever any shape, name or validity that a map shows does."""
    return Geography.objects.values_list("version", flat=True).first() or 0


def drawn(within: Place | None, level: str, limit: int = 5000) -> list[dict[str, Any]]:
    """GeoJSON features of the current places of a level, at or below a place: one query."""
    rows = Place.objects.current().filter(level=level).exclude(shape=None, lon=None)
    if within:
        rows = rows.within(str(within.path))
    values = rows.order_by("path").values_list("id", "code", "name", "households", "shape", "lon", "lat", "parent__name")[:limit]
    return [
        {
            "type": "Feature", "id": pk, "geometry": shape or {"type": "Point", "coordinates": [lon, lat]},
            "properties": {"id": pk, "code": code, "name": name, "households": households, "parent": parent, "tone": n % 6, "lon": lon, "lat": lat},
        }
        for n, (pk, code, name, households, shape, lon, lat, parent) in enumerate(values)
    ]  # fmt: skip
