"""Changing places one by one at the desk."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from shapely.geometry import Point
from shapely.geometry import shape as to_geometry
from shapely.geometry.base import BaseGeometry

from linli.frame.actlog import record_act
from linli.kit.coordinates import to_wgs84
from linli.places import followers, shapes
from linli.places.actions.base import ABILITY, below, one_at_a_time, shapes_changed, succeed
from linli.places.actions.buildings import Inside, furnish, new_code, next_number
from linli.places.actions.grids import Piece, clashes, leftovers
from linli.places.codes import RANK, grid_code, is_grid, is_own
from linli.places.guard import require
from linli.places.models import Facility, FacilityKind, Place

_SUCCEEDS = ("name", "shape", "parent")  # changes that end one place and begin another; the others correct a detail


def _allowed(by: Any, thing: Any) -> None:
    if by is not None:  # the command line asks nobody
        require(by, ABILITY, thing)


def _refuse(field: str, message: str) -> ValidationError:
    return ValidationError({field: message})


def _geometry(value: Any, datum: str, types=shapes.AREAS, field: str = "shape") -> BaseGeometry:
    try:
        return shapes.read(value, datum=datum, types=types)
    except shapes.ShapeError as error:
        raise _refuse(field, str(error)) from None


def _siblings(community: Place, day: date, without: str = "") -> list[Place]:
    """Grids that hold on ``day`` or begin later: a change dated back must fit those as well."""
    grids = Place.objects.filter(Q(valid_to=None) | Q(valid_to__gt=day), parent=community, level="grid")
    return list(grids.exclude(code=without) if without else grids)


def _fits(community: Place, name: str, geometry: BaseGeometry, others: list[Place]) -> list[str]:
    """Refuse an overlap with the community's other grids. Returns warnings about gaps."""
    placed = [Piece(g.name, to_geometry(g.shape)) for g in others if g.shape]
    if found := clashes([*placed, Piece(name, geometry, 1)]):
        raise ValidationError({"shape": [message for _piece, message in found]})
    return leftovers(community, [*(p.geometry for p in placed), geometry])


def draw_grid(
    community: Place, *, by: Any, name: str, shape: dict, households: int | None = None, code: str = "", datum: str = "wgs84",
    valid_from: date | None = None,
) -> tuple[Place, list[str]]:  # fmt: skip
    """Give ``community`` one grid more, with a GeoJSON outline. Returns it and warnings about gaps left.

    Raises ValidationError by field: an outline that is no polygon or overlaps another grid, a name or code already there.
    """
    _allowed(by, community)
    if community.level != "community":
        raise _refuse("community", _("Only a community has grids."))
    day = valid_from or timezone.localdate()
    name = name.strip()
    if not name:
        raise _refuse("name", _("The name is empty. Enter it."))
    geometry = _geometry(shape, datum)
    with transaction.atomic():
        one_at_a_time()
        others = _siblings(community, day)
        if any(g.name == name for g in others):
            raise _refuse("name", _("This community already has a grid of that name."))
        code = code or _free_code(community)
        if not is_grid(code) or not code.startswith(community.code):
            raise _refuse("code", _("«%(code)s» is not a grid's code: the community's 12 digits and three more.") % {"code": code})
        if Place.objects.filter(Q(valid_to=None) | Q(valid_to__gt=day), code=code).exists():
            raise _refuse("code", _("The code %(code)s is taken.") % {"code": code})
        warnings = _fits(community, name, geometry, others)
        lon, lat = shapes.inner_point(geometry)
        grid = Place.objects.create(
            code=code, name=name, level="grid", parent=community, path=below(community, code), households=households,
            shape=shapes.write(geometry), lon=lon, lat=lat, valid_from=day, is_demo=community.is_demo,
        )  # fmt: skip
        shapes_changed()
        record_act(by, "places.grid.drawn", grid, {"name": name, "code": code, "from": day, "m2": round(shapes.area(geometry))})
    return grid, warnings


def _free_code(community: Place) -> str:
    taken = set(Place.objects.filter(level="grid", code__startswith=community.code).values_list("code", flat=True))
    for number in range(1, 1000):
        if (code := grid_code(community.code, number)) not in taken:
            return code
    raise _refuse("code", _("This community has used all 999 grid codes."))


def change_place(place: Place, *, by: Any, valid_from: date | None = None, datum: str = "wgs84", **changes: Any) -> tuple[Place, list[str]]:
    """Change any of ``name``, ``shape`` (GeoJSON), ``parent``, ``aliases``, ``households``, ``lon`` and ``lat``.

    A new name, shape or parent ends this place on ``valid_from`` (today) and begins another under the same code; a first shape and the
    other details are filled in. Returns the place that holds from then on, and warnings. Raises ValidationError by field.
    """
    _allowed(by, place)
    if unknown := set(changes) - {"name", "shape", "parent", "aliases", "households", "lon", "lat"}:
        raise TypeError(f"change_place() can't change {', '.join(sorted(unknown))}")
    day = valid_from or timezone.localdate()
    with transaction.atomic():
        one_at_a_time()
        place = Place.objects.get(pk=place.pk)
        if place.valid_to and place.valid_to <= day:
            raise _refuse("valid_from", _("%(name)s ended on %(day)s.") % {"name": place.name, "day": place.valid_to})
        wanted, warnings = _checked(place, by, day, datum, changes)
        if not wanted:
            return place, warnings
        before = {k: _told(getattr(place, k)) for k in wanted}
        first_shape = "shape" in wanted and place.shape is None
        follows = {k: v for k, v in wanted.items() if k in _SUCCEEDS and not (k == "shape" and first_shape)}
        if follows:
            new = succeed(place, day, **wanted)
        else:
            for name, value in wanted.items():
                setattr(place, name, value)
            place.save(update_fields=list(wanted))
            new = place
        if {"shape", "parent", "name"} & set(wanted):
            shapes_changed()
        record_act(by, "places.place.changed", new, {"from": day, "before": before, "after": {k: _told(v) for k, v in wanted.items()}})
    return new, warnings


def _told(value: Any) -> Any:
    """A value as the log tells it: a shape by its area, a parent by its code."""
    if isinstance(value, Place):
        return value.code
    if isinstance(value, dict):
        geometry = to_geometry(value)
        return f"{value['type']} {shapes.area(geometry):,.0f} m²"
    return value


def _checked(place: Place, by: Any, day: date, datum: str, changes: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    wanted: dict[str, Any] = {}
    warnings: list[str] = []
    if "name" in changes:
        wanted["name"] = str(changes["name"]).strip()
        if not wanted["name"] or len(wanted["name"]) > 100:
            raise _refuse("name", _("Enter a name of 1 to 100 characters."))
    if "aliases" in changes:
        wanted["aliases"] = str(changes["aliases"] or "").strip()[:200]
    if "households" in changes:
        wanted["households"] = changes["households"]
        if changes["households"] is not None and (not isinstance(changes["households"], int) or changes["households"] < 0):
            raise _refuse("households", _("Enter a whole number, 0 or more."))
    if "parent" in changes:
        wanted["parent"] = _new_parent(place, by, changes["parent"])
    if changes.get("lon") is not None and changes.get("lat") is not None and "shape" not in changes:
        wanted |= dict(zip(("lon", "lat"), _position(changes["lon"], changes["lat"], datum), strict=True))
    if "shape" in changes:
        geometry = _geometry(changes["shape"], datum)
        if place.level == "grid" and place.parent:
            warnings = _fits(place.parent, place.name, geometry, _siblings(place.parent, day, place.code))
        wanted["shape"] = shapes.write(geometry)
        wanted["lon"], wanted["lat"] = shapes.inner_point(geometry)
    return {k: v for k, v in wanted.items() if getattr(place, k) != v}, warnings


def _new_parent(place: Place, by: Any, parent: Place) -> Place:
    if RANK[parent.level] >= RANK[place.level]:
        raise _refuse("parent", _("Choose a place further up."))
    _allowed(by, parent)
    return parent


def _position(lon: Any, lat: Any, datum: str) -> tuple[float, float]:
    try:
        return to_wgs84(float(lon), float(lat), datum)
    except (TypeError, ValueError):
        raise _refuse("lon", _("Enter longitude (-180 to 180) and latitude (-90 to 90).")) from None


def end_place(place: Place, *, by: Any, on: date | None = None, reason: str = "") -> Place:
    """``place`` no longer holds from ``on`` (today). Raises ValidationError while places below it still do."""
    _allowed(by, place)
    day = on or timezone.localdate()
    with transaction.atomic():
        one_at_a_time()
        place = Place.objects.get(pk=place.pk)
        if place.valid_to is not None:
            raise ValidationError(_("%(name)s ended on %(day)s.") % {"name": place.name, "day": place.valid_to})
        if place.valid_from >= day:
            raise _refuse("on", _("It holds from %(day)s. Choose a later day.") % {"day": place.valid_from})
        left = Place.objects.filter(Q(valid_to=None) | Q(valid_to__gt=day), parent=place)
        if names := list(left.values_list("name", flat=True)[:5]):
            message = _("Places below it still hold: %(names)s. End or move them first.")
            raise ValidationError(message % {"names": _(", ").join(names)})
        place.valid_to = day
        place.save(update_fields=["valid_to"])
        if place.shape:
            shapes_changed()
        followers.tell_ended(followers.Ending(place, day, by))
        record_act(by, "places.place.ended", place, {"on": day, "name": place.name, "code": place.code, "reason": reason[:200]})
    return place


def add_building(
    parent: Place, *, by: Any, name: str, lon: float | None = None, lat: float | None = None, shape: dict | None = None, datum: str = "wgs84",
    units: int = 0, floors: int = 0, dwellings: int = 0, households: int | None = None, aliases: str = "", code: str = "",
    valid_from: date | None = None,
) -> Place:  # fmt: skip
    """A building in a grid (or in a community without grids), with its units and dwellings in one step.

    ``dwellings`` counts those on one floor of one unit. ``households`` is what the numbers give unless said. Raises ValidationError by field.
    """
    _allowed(by, parent)
    if parent.level not in ("grid", "community"):
        raise _refuse("parent", _("A building belongs to a grid or a community."))
    inside = _inside(units, floors, dwellings)
    name = name.strip()
    if not name or len(name) > 100:
        raise _refuse("name", _("Enter a name of 1 to 100 characters."))
    community = parent if parent.level == "community" else parent.parent
    assert community is not None  # a grid has its community
    geometry = None
    if shape is not None:
        geometry = _geometry(shape, datum)
        lon, lat = shapes.inner_point(geometry)
    elif lon is not None and lat is not None:
        lon, lat = _position(lon, lat, datum)
    if parent.shape and lon is not None and lat is not None and not to_geometry(parent.shape).intersects(Point(lon, lat)):
        raise _refuse(
            "lon", _("The position lies outside %(name)s. Choose the grid it lies in, or mend the position.") % {"name": parent.name}
        )
    day = valid_from or timezone.localdate()
    with transaction.atomic():
        one_at_a_time()
        if Place.objects.current(day).within(str(community.path)).filter(level="building", name=name).exists():
            raise _refuse("name", _("%(community)s already has a building of that name.") % {"community": community.name})
        code = code or new_code(community, next_number(community))
        if not is_own(code) or Place.objects.filter(Q(valid_to=None) | Q(valid_to__gt=day), code=code).exists():
            raise _refuse("code", _("The code %(code)s is taken, or is not letters, digits and dashes.") % {"code": code})
        building = Place.objects.create(
            code=code, name=name, level="building", parent=parent, path=below(parent, code), aliases=aliases[:200],
            households=inside.total if households is None and inside.total else households,
            shape=shapes.write(geometry) if geometry is not None else None, lon=lon, lat=lat, valid_from=day, is_demo=parent.is_demo,
        )  # fmt: skip
        made = furnish([(building, inside)]) if inside.total else 0
        record_act(by, "places.building.added", building, {"name": name, "code": code, "units": units, "made": made})
    return building


def _inside(units: int, floors: int, dwellings: int) -> Inside:
    for field, value, most in (("units", units, 50), ("floors", floors, 120), ("dwellings", dwellings, 40)):
        if not isinstance(value, int) or not 0 <= value <= most:
            raise _refuse(field, _("Enter a whole number from 0 to %(most)s.") % {"most": most})
    if any((units, floors, dwellings)) and not all((units, floors, dwellings)):
        raise _refuse("units", _("To make dwellings, give units, floors and dwellings (on one floor of one unit), each at least 1."))
    return Inside(units, floors, dwellings)


def add_facility(place: Place, *, by: Any, kind: str, name: str, lon: float, lat: float, note: str = "", datum: str = "wgs84") -> Facility:
    """A facility at a position in ``place``. Raises ValidationError by field."""
    _allowed(by, place)
    if kind not in FacilityKind.values:
        raise _refuse("kind", _("Choose a kind of facility."))
    if not name.strip() or len(name.strip()) > 100:
        raise _refuse("name", _("Enter a name of 1 to 100 characters."))
    x, y = _position(lon, lat, datum)
    with transaction.atomic():
        facility = Facility.objects.create(
            kind=kind, name=name.strip(), place=place, path=place.path, lon=x, lat=y, note=note[:200], is_demo=place.is_demo
        )
        record_act(by, "places.facility.added", facility, {"kind": kind, "name": facility.name})
    return facility
