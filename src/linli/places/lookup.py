"""Which grid is this position in: an index of the current grid shapes, in the memory of each process.

The index is made anew when ``Geography.version`` changes, which a process asks at most every ``FRESH`` seconds, and at midnight,
when validity periods begin and end.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from datetime import date

import numpy as np
import shapely
from django.utils import timezone
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from linli.kit.coordinates import LocalMetres, valid
from linli.places.shapes import flat

FRESH = 2.0  # seconds


@dataclass(frozen=True, slots=True)
class Near:
    """A grid found although the position is in none: ``metres`` away from its border. Show it as a guess, never as a fact."""

    place: int
    metres: float


class PointIndex:
    """Polygons by id. A position on a shared border belongs to the polygon that comes first, so to exactly one."""

    def __init__(self, ids: list[int], polygons: list[BaseGeometry]) -> None:
        self.ids = ids
        self._polygons = np.array(polygons, dtype=object)
        shapely.prepare(self._polygons)
        self._tree = shapely.STRtree(polygons)

    def __len__(self) -> int:
        return len(self.ids)

    def at(self, lon: float, lat: float) -> int | None:
        """The id of the polygon that holds the position, borders included; None where there is none."""
        if not valid(lon, lat):
            return None
        boxes = self._tree.query(shapely.points(lon, lat))
        if not len(boxes):
            return None
        hits = boxes[shapely.intersects_xy(self._polygons[boxes], lon, lat)]
        return self.ids[int(hits.min())] if len(hits) else None

    def near(self, lon: float, lat: float, metres: float) -> Near | None:
        """The nearest polygon at most ``metres`` away (0 m where the position is inside one)."""
        return next(iter(self.around(lon, lat, metres)), None)

    def around(self, lon: float, lat: float, metres: float) -> list[Near]:
        """All polygons at most ``metres`` away, nearest first; of equals the one that comes first."""
        if not valid(lon, lat) or not len(self.ids):
            return []
        here = LocalMetres(lon, lat)
        east, north = here.to_degrees(metres, metres)
        box = shapely.box(2 * lon - east, 2 * lat - north, east, north)
        origin = shapely.points(0, 0)
        boxes = self._tree.query(box).tolist()
        found = sorted((float(shapely.distance(flat(self._polygons[n], here), origin)), n) for n in boxes)
        return [Near(self.ids[n], away) for away, n in found if away <= metres]


_lock = threading.Lock()
_index: PointIndex | None = None
_version: tuple[int, date] | None = None
_asked = 0.0


def forget() -> None:
    """Ask again at the next look-up: after a change in this process, and between tests."""
    global _asked
    _asked = 0.0


def build(day: date | None = None) -> PointIndex:
    """An index of the grid shapes valid on ``day`` (today): one query."""
    from linli.places.models import Place

    rows = list(Place.objects.current(day).filter(level="grid", shape__isnull=False).order_by("code").values_list("id", "shape"))
    return PointIndex([pk for pk, _shape in rows], [shape(s) for _pk, s in rows])


def _stored_version() -> int:
    from linli.places.models import Geography

    return Geography.objects.values_list("version", flat=True).first() or 0


def index() -> PointIndex:
    """This process's index, made anew when shapes have changed. Most calls ask the database nothing."""
    global _index, _version, _asked
    kept = _index
    if kept is not None and time.monotonic() - _asked < FRESH and _asked:
        return kept
    with _lock:
        if _index is not None and _asked and time.monotonic() - _asked < FRESH:
            return _index
        wanted = (_stored_version(), timezone.localdate())  # read before the shapes: a change in between shows next time
        if _index is None or wanted != _version:
            _index, _version = build(), wanted
        _asked = time.monotonic()
        return _index


def grid_at(lon: float, lat: float) -> int | None:
    """The id of the grid that holds a WGS-84 position, or None."""
    return index().at(lon, lat)


def nearest_grid(lon: float, lat: float, metres: float = 50) -> Near | None:
    """The nearest grid within ``metres`` of a position that lies in none: a proposal, marked as such by its type."""
    return index().near(lon, lat, metres)
