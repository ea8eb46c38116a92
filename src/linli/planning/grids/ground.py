"""The outlines a division gives its grids: present borders stay where both sides stay, ground goes with the building nearest to it. No database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from linli.kit.coordinates import LocalMetres
from linli.places import shapes

EDGE = 40.0  # metres around the outermost buildings where neither the community nor a grid has an outline
MILLIMETRE = 0.001
SAME = 25.0  # m² by which an outline may differ from the present one and still be the same


def redrawn(
    points: Sequence[tuple[float, float]], bodies: Sequence[dict[str, Any] | None], lab: Sequence[int], count: int,
    outline: dict[str, Any] | None, present: Sequence[dict[str, Any] | None],
) -> list[BaseGeometry]:  # fmt: skip
    """Each unit's outline (WGS-84; empty where none of its buildings lies in the area).

    ``points`` (longitude, latitude) and ``bodies`` (outline or None) are the buildings', ``lab`` their units; ``outline`` is the
    community's, ``present`` those of its grids.
    """
    where = np.array(points, float)
    lon, lat = ((where.min(0) + where.max(0)) / 2).tolist()
    flat = LocalMetres(lon, lat)
    x, y = flat.to_metres(where[:, 0], where[:, 1])
    xy = np.stack([x, y], 1)
    zones = _zones(xy, flat, outline, present)
    pieces: list[list[BaseGeometry]] = [[] for _ in range(count)]
    spots, units = shapely.points(xy), np.array(lab)
    taken = np.zeros(len(xy), bool)
    for zone in zones:
        inside = np.flatnonzero(shapely.intersects(spots, zone) & ~taken)
        taken[inside] = True
        cells = _cells(xy, inside if len(inside) else np.arange(len(xy)), zone)
        here = _unions([[cell for i, cell in cells if lab[i] == u] for u in range(count)])
        for of, one in zip(pieces, _in_pieces_with_buildings(here, spots, units) if len(inside) else here, strict=True):
            of.append(one)
    ground = _around_bodies(_unions(pieces), xy, bodies, lab, flat, shapes.union(zones, MILLIMETRE))
    stay = [part for zone in zones[: sum(map(bool, present))] for part in _polygons(zone)]
    return _apart([_to_degrees(_tidy(g, spots), flat) for g in _in_pieces_with_buildings(ground, spots, units, stay)])


def _unions(pieces: Sequence[Sequence[BaseGeometry]]) -> list[BaseGeometry]:
    return [shapes.union(of, MILLIMETRE) if of else shapely.Polygon() for of in pieces]


def _in_pieces_with_buildings(
    ground: Sequence[BaseGeometry], spots: Any, units: np.ndarray, stay: Sequence[BaseGeometry] = ()
) -> list[BaseGeometry]:
    """Without parts that lie apart and in which none of the unit's buildings stands: each goes to the unit it has the longest border with.

    A unit's largest part remains in any case, and so do ``stay``, whole parts of present grids.
    """
    solid: list[list[BaseGeometry]] = []
    loose: list[tuple[int, BaseGeometry]] = []
    for u, one in enumerate(ground):
        parts = sorted(_polygons(one), key=lambda p: -p.area)
        own = [p for p in parts if shapely.intersects(p, spots[units == u]).any()] or parts[:1]
        apart = [p for p in parts if not any(p is o for o in own)]
        as_today = [p for p in apart if any(shapely.symmetric_difference(p, s).area < shapes.GAP for s in stay)]
        solid.append([*own, *as_today])
        loose += [(u, p) for p in apart if not any(p is t for t in as_today)]
    while loose:  # the longest border first: what lies between loose parts alone follows
        borders = [(_border(part, of), n, u) for n, (_was, part) in enumerate(loose) for u, of in enumerate(solid)]
        length, n, unit = max(borders)
        was, part = loose.pop(n)
        solid[unit if length > 0 else was].append(part)
    return _unions(solid)


def _border(part: BaseGeometry, unit: Sequence[BaseGeometry]) -> float:
    """Metres that two have in common, to a hair's breadth."""
    return sum(shapely.intersection(part.boundary, shapely.buffer(one, MILLIMETRE * 10)).length for one in unit)


def _zones(
    xy: np.ndarray, flat: LocalMetres, outline: dict[str, Any] | None, present: Sequence[dict[str, Any] | None]
) -> list[BaseGeometry]:
    """Present grids, and what of the community lies in none of them; each divided by itself, so that its border stays."""
    zones: list[BaseGeometry] = []
    for one in present:
        if one:
            rest = shapes.flat(shapely.geometry.shape(one), flat)
            for earlier in zones:
                rest = shapely.difference(rest, earlier)
            zones.append(rest)
    whole: Any = shapes.flat(shapely.geometry.shape(outline), flat) if outline else None
    if whole is None and not zones:
        whole = shapely.buffer(shapely.convex_hull(shapely.multipoints(xy)), EDGE)
    if whole is not None:
        rest = shapely.difference(whole, shapes.union(zones, MILLIMETRE)) if zones else whole
        zones += [part for part in shapely.get_parts(rest).tolist() if part.geom_type == "Polygon" and part.area >= shapes.GAP]
    return zones


def _cells(xy: np.ndarray, of: np.ndarray, zone: BaseGeometry) -> list[tuple[int, BaseGeometry]]:
    """The parts of ``zone`` that are nearest to each of some buildings."""
    spots, first = np.unique(xy[of].round(2), axis=0, return_index=True)
    if len(spots) == 1:
        return [(int(of[first[0]]), zone)]
    west, south, east, north = zone.bounds
    reach = shapely.box(
        min(west, spots[:, 0].min()) - EDGE, min(south, spots[:, 1].min()) - EDGE, max(east, spots[:, 0].max()) + EDGE,
        max(north, spots[:, 1].max()) + EDGE,
    )  # fmt: skip
    found = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(spots), extend_to=reach))
    point, cell = shapely.STRtree(found).query(shapely.points(spots), predicate="intersects")
    chosen = dict(zip(point.tolist(), cell.tolist(), strict=True))
    cut: list[tuple[int, Any]] = [(int(of[first[n]]), shapely.intersection(found[chosen[n]], zone)) for n in range(len(spots))]
    return [(i, part) for i, part in cut if not part.is_empty]


def _around_bodies(
    ground: list[BaseGeometry],
    xy: np.ndarray,
    bodies: Sequence[dict[str, Any] | None],
    lab: Sequence[int],
    flat: LocalMetres,
    whole: BaseGeometry,
) -> list[BaseGeometry]:
    """No border runs through a building: its whole outline is its own unit's."""
    for i, body in enumerate(bodies):
        own = shapes.flat(shapely.geometry.shape(body), flat) if body else None
        if own is None or not own.is_valid or shapely.covers(ground[lab[i]], own):
            continue
        own = shapely.intersection(own, whole)
        for u in range(len(ground)):
            if u != lab[i] and shapely.intersects(ground[u], own):
                ground[u] = shapely.difference(ground[u], own)
        ground[lab[i]] = shapely.union(ground[lab[i]], own)
    return ground


def _tidy(ground: BaseGeometry, spots: Any) -> BaseGeometry:
    """Without crumbs in which no building stands."""
    parts = _polygons(ground)
    kept = [p for p in parts if p.area >= shapes.GAP or shapely.intersects(p, spots).any()]
    return _whole(kept)


def _to_degrees(ground: BaseGeometry, flat: LocalMetres) -> BaseGeometry:
    return shapely.transform(ground, lambda xy: np.stack(flat.to_degrees(xy[:, 0], xy[:, 1]), 1).round(shapes.DIGITS))


def _apart(ground: list[BaseGeometry]) -> list[BaseGeometry]:
    """Rounded corners may overlap by a hair's breadth along a long border: what two share stays with the first."""
    found: list[BaseGeometry] = []
    for one in ground:
        one = one if one.is_valid else shapely.make_valid(one, method="structure")
        for earlier in found:
            if shapely.intersects(one, earlier):
                one = shapely.difference(one, earlier)
        found.append(_whole(_polygons(one)))
    return found


def _whole(parts: list[BaseGeometry]) -> BaseGeometry:
    """Areas that lie apart, as one outline."""
    whole: Any = parts[0] if len(parts) == 1 else shapely.multipolygons(parts) if parts else shapely.Polygon()
    return whole


def _polygons(ground: BaseGeometry) -> list[BaseGeometry]:
    """The areas in it, however they are wrapped up."""
    found: list[BaseGeometry] = []
    for part in shapely.get_parts(ground).tolist():
        if part.geom_type == "Polygon":
            found.append(part)
        elif hasattr(part, "geoms"):
            found += _polygons(part)
    return found


def same(one: BaseGeometry, present: dict[str, Any] | None) -> bool:
    """Whether an outline is the present one, but for a line traced twice."""
    if not present or one.is_empty:
        return False
    other = shapely.geometry.shape(present)
    return shapes.area(shapely.symmetric_difference(one, other)) < SAME if not one.equals(other) else True
