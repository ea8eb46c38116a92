"""Shapes as values: from GeoJSON and back, valid or refused with the reason, overlaps and gaps in square metres. No database.

Tolerances, in square metres, are those of hand-digitised outlines: two grids may share up to ``OVERLAP`` (a border traced twice is
never the same to the last digit), and holes or overhangs below ``GAP`` are not worth a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import shapely
from django.utils.translation import gettext as _
from shapely.geometry import mapping, shape
from shapely.geometry.base import BaseGeometry

from linli.kit.coordinates import LocalMetres, gcj02_to_wgs84, valid

OVERLAP = 1.0
GAP = 10.0
SMALLEST = 1.0
MAX_POSITIONS = 20_000  # of one shape
DIGITS = 7  # of a degree: a centimetre
ONE = 1e-9  # of a degree: a tenth of a millimetre

AREAS = ("Polygon", "MultiPolygon")


_AT = re.compile(r"\[(-?[\d.]+) (-?[\d.]+)\]")


def called(kind: Any) -> str:
    """What somebody who draws calls a type of GeoJSON."""
    words = {
        "Point": _("a point"),
        "LineString": _("a line"),
        "Polygon": _("an area"),
        "GeometryCollection": _("several kinds of shapes in one"),
    }
    return words.get(str(kind).removeprefix("Multi"), _("no shape"))


class ShapeError(ValueError):
    """A geometry that can't be taken. The message says why and what to do."""


def positions(geometry: Any, depth: int = 0) -> list[list[float]]:
    """All positions of GeoJSON coordinates, each checked to be two finite numbers within the globe. Raises ShapeError."""
    if depth > 4 or not isinstance(geometry, (list, tuple)):
        raise ShapeError(_("The coordinates are not lists of positions. Export the shape again as GeoJSON."))
    if geometry and not isinstance(geometry[0], (list, tuple)):
        if len(geometry) not in (2, 3) or any(isinstance(n, bool) or not isinstance(n, (int, float)) for n in geometry):
            raise ShapeError(_("A position is two numbers, longitude and latitude; found %(found)s.") % {"found": str(geometry)[:60]})
        if not valid(geometry[0], geometry[1]):
            swapped = valid(geometry[1], geometry[0])
            hint = _("Longitude comes first: were the two swapped?") if swapped else _("Longitude is -180 to 180, latitude -90 to 90.")
            raise ShapeError(_("The position %(found)s is not on the globe.") % {"found": str(list(geometry))[:60]} + " " + hint)
        return [list(geometry)]
    found: list[list[float]] = []
    for part in geometry:
        found.extend(positions(part, depth + 1))
        if len(found) > MAX_POSITIONS:
            raise ShapeError(_("The shape has more than %(n)s positions. Simplify it.") % {"n": MAX_POSITIONS})
    return found


def read(geometry: Any, *, datum: str = "wgs84", types: Sequence[str] = AREAS) -> BaseGeometry:
    """A valid WGS-84 geometry of one of ``types`` from a GeoJSON geometry. Raises ShapeError."""
    if not isinstance(geometry, dict) or geometry.get("type") not in types:
        found = geometry.get("type") if isinstance(geometry, dict) else None
        needed = _(" or ").join(dict.fromkeys(map(called, types)))
        raise ShapeError(_("Here stands %(found)s; %(types)s is needed.") % {"types": needed, "found": called(found)})
    if not positions(geometry.get("coordinates")):
        raise ShapeError(_("The shape is empty. Draw it, or leave the feature out."))
    try:
        found = shapely.force_2d(shape(geometry))
    except (ValueError, TypeError, IndexError, AttributeError, shapely.errors.ShapelyError) as error:
        raise ShapeError(_("The shape can't be read (%(error)s). Export it again as GeoJSON.") % {"error": str(error)[:80]}) from None
    if datum == "gcj02":
        found = shapely.transform(found, lambda xy: np.array([gcj02_to_wgs84(x, y) for x, y in xy.tolist()]))
    if found.is_empty:
        raise ShapeError(_("The shape is empty. Draw it, or leave the feature out."))
    if not found.is_valid:
        why = shapely.is_valid_reason(found)  # «Self-intersection[109.9 40.6]»
        if at := _AT.search(why):
            why = f"{at[1]}, {at[2]}"
        raise ShapeError(_("The outline crosses itself or is not closed (%(why)s). Draw it again at that position.") % {"why": why[:100]})
    if found.geom_type in AREAS and area(found) < SMALLEST:
        raise ShapeError(_("The shape is smaller than one square metre. Draw it again."))
    return found


def write(geometry: BaseGeometry) -> dict:
    """The GeoJSON of a geometry, to a centimetre."""
    return _plain(mapping(_rounded(geometry)))


def _rounded(geometry: BaseGeometry) -> BaseGeometry:
    rounded = shapely.transform(geometry, lambda xy: xy.round(DIGITS))
    return rounded if rounded.is_valid else geometry


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items() if k in ("type", "coordinates")}
    return [_plain(v) for v in value] if isinstance(value, (list, tuple)) else value


def flat(geometry: BaseGeometry, about: LocalMetres | None = None) -> BaseGeometry:
    """The geometry in metres, on a local map around ``about`` (its own middle by default)."""
    if about is None:
        west, south, east, north = geometry.bounds
        about = LocalMetres((west + east) / 2, (south + north) / 2)

    def project(xy):
        x, y = about.to_metres(xy[:, 0], xy[:, 1])
        xy = xy.copy()
        xy[:, 0], xy[:, 1] = x, y
        return xy

    return shapely.transform(geometry, project)


def area(geometry: BaseGeometry) -> float:
    """Square metres."""
    return float(flat(geometry).area)


def inner_point(geometry: BaseGeometry) -> tuple[float, float]:
    """A point inside, ``(lon, lat)``: the centroid where it lies inside."""
    point = geometry.centroid
    if not geometry.intersects(point):
        point = geometry.representative_point()
    return round(point.x, DIGITS), round(point.y, DIGITS)


def overlaps(shapes: Sequence[BaseGeometry]) -> list[tuple[int, int, float]]:
    """Pairs of indices that share more than ``OVERLAP`` m², with the area."""
    tree = shapely.STRtree(shapes)
    found = []
    left, right = tree.query(shapes, predicate="intersects")
    for a, b in zip(left.tolist(), right.tolist(), strict=True):
        if a < b:
            shared = shapely.intersection(shapes[a], shapes[b])
            if shared.area and (size := area(shared)) > OVERLAP:
                found.append((a, b, size))
    return sorted(found)


def gaps(outline: BaseGeometry | None, shapes: Sequence[BaseGeometry]) -> list[tuple[float, float, float]]:
    """Holes of at least ``GAP`` m² that ``shapes`` leave in ``outline`` (in their own union without one): ``(m², lon, lat)``, largest first."""
    covered = union(shapes)
    if outline is None:
        outline = union(shapely.polygons(p.exterior) for p in _polygons(covered))
    return _pieces(shapely.difference(outline, covered))


def overhangs(outline: BaseGeometry, shapes: Sequence[BaseGeometry]) -> list[tuple[float, float, float]]:
    """Parts of at least ``GAP`` m² that lie outside ``outline``: ``(m², lon, lat)``, largest first."""
    return _pieces(shapely.difference(union(shapes), outline))


def _polygons(geometry: BaseGeometry) -> list:
    return [p for p in shapely.get_parts(geometry).tolist() if p.geom_type == "Polygon"]


def _pieces(geometry: BaseGeometry) -> list[tuple[float, float, float]]:
    sized = ((area(p), *inner_point(p)) for p in _polygons(geometry) if not p.is_empty)
    return sorted((piece for piece in sized if piece[0] >= GAP), reverse=True)


def union(shapes: Iterable[BaseGeometry], unit: float = ONE) -> BaseGeometry:
    """All of them in one. Corners nearer than ``unit`` (degrees, or metres in a plane of metres) become one: left to floating point alone,
    GEOS 3.14 loses whole areas where borders all but meet."""
    return shapely.union_all(list(shapes), grid_size=unit)
