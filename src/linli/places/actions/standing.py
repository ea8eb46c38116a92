"""The part of an import that stands in grids: buildings and facilities, placed by their position."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from linli.places import lookup, shapes
from linli.places.actions.buildings import Inside, furnish, new_code, next_number
from linli.places.geojson import Draft
from linli.places.models import Facility, Place
from linli.places.reports import Change

if TYPE_CHECKING:
    from linli.places.actions.importing import Import

Placed = tuple[Draft, Place, Place]  # the draft, what it stands in (grid or community), its community


def _place(work: Import, drafts: list[Draft]) -> list[Placed]:
    """Where each draft stands: the grid it names, else the grid its position is in, else the community it names."""
    index = lookup.build(work.day)
    hits = {d.number: index.at(*shapes.inner_point(d.geometry)) for d in drafts}
    grids = {p.pk: p for p in Place.objects.filter(pk__in={h for h in hits.values() if h}).select_related("parent")}
    placed = []
    for draft in drafts:
        grid = grids.get(hits[draft.number] or 0)
        if draft.grid and (grid is None or grid.code != draft.grid):
            message = _("Its position is not in the grid %(grid)s but %(found)s. Mend the position or the grid's code.")
            found = f"{grid.code} {grid.name}" if grid else _("in none")
            work.bad(draft, "grid", message % {"grid": draft.grid, "found": found})
            continue
        parent: Place | None = grid
        if grid is None:
            parent = work.places.get(draft.community)
            if parent is None or parent.level != "community":
                work.bad(draft, "community", _("Its position is in no grid. Give the code of its community, or draw the grid first."))
                continue
            work.warn(draft, "geometry", _("Its position is in no grid; it is kept with its community."))
        elif draft.community and grid.parent and grid.parent.code != draft.community:
            message = _("Its position is in %(found)s of %(community)s, not in %(wanted)s. Mend the position or the community's code.")
            values = {"found": grid.name, "community": grid.parent.name, "wanted": draft.community}
            work.bad(draft, "community", message % values)
            continue
        assert parent is not None
        if work.allowed(draft, str(parent.path)):
            community = parent if parent.level == "community" else parent.parent
            assert community is not None
            placed.append((draft, parent, community))
    return placed


def bring_buildings(work: Import, drafts: list[Draft]) -> None:
    if not drafts:
        return
    by_community: dict[int, list[Placed]] = defaultdict(list)
    for one in _place(work, drafts):
        by_community[one[2].pk].append(one)
    named = {d.code for d in drafts if d.code}
    taken = {p.code: p for p in Place.objects.current(work.day).filter(code__in=named)}
    insides: list[tuple[Place, Inside]] = []
    new: list[Place] = []
    codes: set[str] = set()
    for group in by_community.values():
        made, furnished = _community(work, group, taken, codes)
        new.extend(made)
        insides.extend(furnished)
    if not work.report.ok:
        return
    work.keep(new)
    bare = {b.pk for b, _inside in insides} - set(
        Place.objects.filter(parent__in=[b.pk for b, _ in insides]).values_list("parent_id", flat=True)
    )
    furnish([(b, inside) for b, inside in insides if b.pk in bare])


def _community(
    work: Import, group: list[Placed], taken: dict[str, Place], codes: set[str]
) -> tuple[list[Place], list[tuple[Place, Inside]]]:
    """Match the buildings of one community with the stored ones; bring those, and return the new ones."""
    community = group[0][2]
    stored = {b.name: b for b in Place.objects.current(work.day).within(str(community.path)).filter(level="building")}
    number = next_number(community)
    names: set[str] = set()
    new: list[Place] = []
    insides: list[tuple[Place, Inside]] = []
    for draft, parent, _home in group:
        if draft.name in names:
            work.bad(draft, "name", _("The name %(name)s comes twice in this community. Change one of the two.") % {"name": draft.name})
            continue
        if draft.code and draft.code in codes:
            work.bad(draft, "code", _("The code %(code)s comes twice in the file. Remove one of the two.") % {"code": draft.code})
            continue
        names.add(draft.name)
        codes.add(draft.code)
        old = taken.get(draft.code) if draft.code else stored.get(draft.name)
        if old and old.level != "building":
            work.bad(draft, "code", _("The code %(code)s is taken.") % {"code": draft.code})
            continue
        if old and not work.allowed(draft, str(old.path)):
            continue
        place: Place | None
        if old:
            place = work.bring(draft, old, {"households": draft.households, "aliases": draft.aliases}, draft.name, parent)
        else:
            code = draft.code or new_code(community, number)
            number += not draft.code
            place = work.make(draft, parent, code)
            new.append(place)
        if place and draft.units and draft.floors and draft.dwellings:
            inside = Inside(draft.units, draft.floors, draft.dwellings)
            insides.append((place, inside))
            if place.households is None:
                place.households = inside.total
    return new, insides


def bring_facilities(work: Import, drafts: list[Draft]) -> None:
    if not drafts or not work.report.ok:
        return
    placed = _place(work, drafts)
    if not work.report.ok:
        return
    paths = {str(community.path) for _draft, _parent, community in placed}
    stored: dict[tuple[str, str, str], Facility] = {}
    for facility in Facility.objects.filter(path__descends=list(paths)).order_by("pk"):
        home = next(p for p in paths if f"{facility.path}.".startswith(f"{p}."))
        stored.setdefault((home, facility.kind, facility.name), facility)
    new: list[Facility] = []
    seen: set[tuple[str, str, str]] = set()
    for draft, parent, community in placed:
        key = (str(community.path), draft.kind, draft.name)
        if key in seen:
            work.bad(draft, "name", _("A %(kind)s of this name comes twice in this community. Number them.") % {"kind": draft.kind})
            continue
        seen.add(key)
        lon, lat = shapes.inner_point(draft.geometry)
        facility = Facility(
            kind=draft.kind, name=draft.name, place=parent, path=parent.path, lon=lon, lat=lat, note=draft.note,
            is_demo=work.is_demo or parent.is_demo,
        )  # fmt: skip
        old = stored.get(key)
        if old is None:
            new.append(facility)
            _note(work, "new", facility)
        elif (old.lon, old.lat, old.place_id, old.note) == (lon, lat, parent.pk, draft.note):
            work.report.unchanged += 1
        else:
            Facility.objects.filter(pk=old.pk).update(lon=lon, lat=lat, place=parent, path=str(parent.path), note=draft.note)
            _note(work, "updated", facility)
    Facility.objects.bulk_create(new, batch_size=2000)


def _note(work: Import, what: str, facility: Facility) -> None:
    work.report.changes.append(Change(what, "facility", facility.kind, facility.name))
    work.paths.append(str(facility.path))
