"""A community divided into grids anew: all of it on one day, or nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from shapely.geometry import Point
from shapely.geometry import shape as to_geometry

from linli.frame.actlog import record_act
from linli.places import shapes
from linli.places.actions.base import ABILITY, below, one_at_a_time, shapes_changed, succeed
from linli.places.actions.editing import _free_code, end_place
from linli.places.actions.grids import Piece, clashes
from linli.places.guard import require
from linli.places.models import Facility, Place


@dataclass(frozen=True, slots=True)
class NewGrid:
    """A grid of the new division. ``code``: the present grid it continues; "": it is new. ``shape`` None: its outline stays as it is.

    ``buildings`` are the codes of all that belong to it.
    """

    name: str
    code: str
    shape: dict[str, Any] | None
    households: int | None
    buildings: frozenset[str]


Ending = Callable[[list[Place], list[Place]], None]


def redivide(
    community: Place, *, by: Any, grids: Sequence[NewGrid], before_ending: Ending | None = None, day: date | None = None
) -> tuple[list[Place], list[Place]]:
    """Give ``community`` these grids and no others from ``day`` (today) on. Grids that nothing changes for stay the same places.

    Buildings and facilities go over to the grid they belong to or stand in. ``before_ending(new, ended)`` is called when the new grids are
    there and the others still are, so that rooms above hand over what is open. Returns both. Raises ValidationError: nothing is changed.
    """
    if by is not None:
        require(by, ABILITY, community)
    day = day or timezone.localdate()
    with transaction.atomic():
        one_at_a_time()
        present = {p.code: p for p in Place.objects.current(day).filter(parent=community, level="grid")}
        wanted = {g.code for g in grids if g.code}
        if missing := wanted - set(present):
            raise ValidationError(_("A grid it continues is no more: %(codes)s.") % {"codes": _(", ").join(sorted(missing))})
        ended = [p for code, p in present.items() if code not in wanted]
        if young := [p.name for p in ended if p.valid_from >= day]:
            raise ValidationError(_("%(names)s began today and can end tomorrow at the earliest.") % {"names": _(", ").join(young)})
        names = [g.name for g in grids]
        if twice := {n for n in names if names.count(n) > 1}:
            raise ValidationError(_("Two grids can't have the same name: %(names)s.") % {"names": _(", ").join(sorted(twice))})
        placed = [_placed(community, g, present.get(g.code), day) for g in grids]
        _check_outlines(placed)
        moved = _move_buildings(community, grids, placed, day)
        _move_facilities(placed, ended)
        if before_ending is not None:
            before_ending(placed, ended)
        for place in ended:
            end_place(place, by=by, on=day)
        shapes_changed()
        told = {
            "from": day, "grids": [[p.code, p.name] for p in placed], "new": [p.code for g, p in zip(grids, placed, strict=True) if not g.code],
            "ended": [p.code for p in ended], "buildings": moved,
        }  # fmt: skip
        record_act(by, "places.community.redivided", community, told)
    return placed, ended


def _placed(community: Place, grid: NewGrid, old: Place | None, day: date) -> Place:
    geometry = None
    if grid.shape is not None:
        try:
            geometry = shapes.read(grid.shape)
        except shapes.ShapeError as error:
            raise ValidationError(f"{grid.name}: {error}") from None
    drawn: dict[str, Any] = {}
    if geometry is not None:
        lon, lat = shapes.inner_point(geometry)
        drawn = {"shape": shapes.write(geometry), "lon": lon, "lat": lat}
    if old is None:
        code = _free_code(community)
        return Place.objects.create(
            code=code, name=grid.name, level="grid", parent=community, path=below(community, code), households=grid.households, valid_from=day,
            is_demo=community.is_demo, **drawn,
        )  # fmt: skip
    changes = drawn | ({"name": grid.name} if grid.name != old.name else {})
    if changes:
        counted = {} if grid.households is None else {"households": grid.households}
        return succeed(old, day, **counted, **changes)
    if grid.households is not None and old.households != grid.households:
        old.households = grid.households
        old.save(update_fields=["households"])
    return old


def _check_outlines(placed: Sequence[Place]) -> None:
    pieces = [Piece(p.name, to_geometry(p.shape), n) for n, p in enumerate(placed, 1) if p.shape]
    if found := clashes(pieces):
        raise ValidationError([f"{piece.name}: {message}" for piece, message in found])


def _move_buildings(community: Place, grids: Sequence[NewGrid], placed: Sequence[Place], day: date) -> int:
    target = {code: place for grid, place in zip(grids, placed, strict=True) for code in grid.buildings}
    moved = 0
    for building in Place.objects.current(day).within(str(community.path)).filter(level="building").order_by("code"):
        to = target.get(building.code)
        if to is None:
            raise ValidationError(_("%(name)s is in no grid of the new division.") % {"name": building.name})
        if building.parent_id != to.pk:
            succeed(building, day, parent=to)
            moved += 1
    return moved


def _move_facilities(placed: Sequence[Place], ended: Sequence[Place]) -> None:
    """What stands between buildings goes with the ground; what stood in a grid that ends, to the nearest where there is no other."""
    ground = [(p, to_geometry(p.shape)) for p in placed if p.shape]
    gone = {p.pk for p in ended}
    for facility in Facility.objects.filter(place__in=[*gone, *(p.pk for p in placed)]):
        at = next((p for p, g in ground if g.intersects(Point(facility.lon, facility.lat))), None)
        if at is None and facility.place_id in gone:
            at = min(ground, key=lambda pair: pair[1].distance(Point(facility.lon, facility.lat)))[0] if ground else placed[0]
        if at is not None and at.pk != facility.place_id:
            Facility.objects.filter(pk=facility.pk).update(place=at, path=str(at.path))
