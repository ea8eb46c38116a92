"""Outlines, grids, buildings and facilities from GeoJSON: checked whole, then applied whole or not at all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from shapely.geometry import shape as to_geometry

from linli.frame.actlog import record_act
from linli.places import geojson, shapes
from linli.places.actions.base import Source, below, common_path, contents, may, one_at_a_time, settle, shapes_changed, succeed
from linli.places.actions.grids import Piece, clashes, leftovers
from linli.places.actions.standing import bring_buildings, bring_facilities
from linli.places.codes import grid_code
from linli.places.geojson import OUTLINES, Draft
from linli.places.models import Place
from linli.places.reports import Change, LoadReport, Problem

LOGGED = 1000


def import_geojson(
    file_or_text: Source, *, by: Any, datum: str = "wgs84", dry_run: bool = False, valid_from: date | None = None, is_demo: bool = False
) -> LoadReport:
    """Bring outlines, grids, buildings and facilities to what a FeatureCollection says (``linli.places.geojson`` lists the properties).

    Features are matched by code, grids and buildings without one by name within their community, facilities by kind and name. A shape or
    name that differs ends the old place on ``valid_from`` (today). Grids of one community may share ``shapes.OVERLAP`` m² at most; gaps
    are warned about. Coordinates are WGS-84, or GCJ-02 with ``datum="gcj02"``. ``by`` None is the command line. Nothing is saved while
    anything needs mending, nor with ``dry_run``.
    """
    drafts, problems = geojson.parse(contents(file_or_text), datum=datum)
    with transaction.atomic():
        one_at_a_time()
        work = Import(by, valid_from or timezone.localdate(), is_demo)
        report = work.report
        report.problems.extend(problems)
        work.find(drafts)
        work.outlines([d for d in drafts if d.level in OUTLINES])
        work.grids([d for d in drafts if d.level == "grid"])
        if report.ok:  # buildings stand in grids, so grids come first
            bring_buildings(work, [d for d in drafts if d.level == "building"])
            bring_facilities(work, [d for d in drafts if d.level == "facility"])
        return settle(report, dry_run, work.record)


class Import:
    """One file on its way in."""

    def __init__(self, by: Any, day: date, is_demo: bool) -> None:
        self.by, self.day, self.is_demo = by, day, is_demo
        self.report = LoadReport()
        self.places: dict[str, Place] = {}
        self.paths: list[str] = []
        self.later: dict[int, list[Place]] = defaultdict(list)  # grids that begin after the day: a file dated back must fit them too
        self.redrawn = False

    def find(self, drafts: Iterable[Draft]) -> None:
        """Every stored place that the file names, in one query."""
        codes = {c for d in drafts for c in (d.code, d.community, d.grid, d.code[:12] if d.level == "grid" else "") if c}
        self.places = {p.code: p for p in Place.objects.current(self.day).filter(code__in=codes)}

    def bad(self, draft: Draft, field: str, message: str) -> None:
        self.report.problems.append(Problem(draft.number, field, message, draft.name or draft.code, "feature"))

    def warn(self, draft: Draft | None, field: str, message: str) -> None:
        number = draft.number if draft else None
        self.report.warnings.append(Problem(number, field, message, draft.name if draft else "", "feature"))

    def note(self, what: str, place: Place, before: str = "", after: str = "") -> None:
        self.report.changes.append(Change(what, place.level, place.code, place.name, before, after))
        self.paths.append(str(place.path))

    def allowed(self, draft: Draft, path: str) -> bool:
        if may(self.by, path):
            return True
        self.bad(draft, "code" if draft.code else "community", _("This place is outside the area of your post. Leave it out."))
        return False

    def outlines(self, drafts: list[Draft]) -> None:
        seen: set[str] = set()
        groups: dict[int | None, list[Draft]] = defaultdict(list)
        for draft in drafts:
            place = self.places.get(draft.code)
            if draft.code in seen:
                self.bad(draft, "code", _("The code %(code)s comes twice in the file. Remove one of the two.") % {"code": draft.code})
            elif place is None or place.level != draft.level:
                message = _("No %(level)s with the code %(code)s is stored. Load the official places first, or mend the code.")
                self.bad(draft, "code", message % {"level": draft.level, "code": draft.code})
            elif self.allowed(draft, str(place.path)):
                groups[place.parent_id].append(draft)
            seen.add(draft.code)
        for parent, group in groups.items():
            named = {d.code for d in group}
            stored = Place.objects.current(self.day).filter(parent_id=parent, shape__isnull=False).exclude(code__in=named)
            self._overlaps([Piece(p.name, to_geometry(p.shape)) for p in stored if p.level == group[0].level], group)
            if self.report.ok:
                for draft in group:
                    place = self.places[draft.code]
                    self.bring(draft, place, {"households": draft.households, "aliases": draft.aliases}, draft.name or place.name)

    def _overlaps(self, stored: list[Piece], drafts: list[Draft]) -> None:
        by_number = {d.number: d for d in drafts}
        for piece, message in clashes([*stored, *(Piece(d.name or d.code, d.geometry, d.number) for d in drafts)]):
            self.bad(by_number[piece.number], "geometry", message)  # type: ignore[index]

    def bring(self, draft: Draft, place: Place, details: dict[str, Any], name: str, parent: Place | None = None) -> Place | None:
        """Bring a stored place to a draft: details in place, name, shape and parent by succession. None where that is refused."""
        wanted: dict[str, Any] = {k: v for k, v in details.items() if v is not None and v != getattr(place, k)}
        follows: dict[str, Any] = {}
        if name != place.name:
            follows["name"] = name
        if parent is not None and parent.pk != place.parent_id:
            follows["parent"] = parent
        point = shapes.inner_point(draft.geometry)
        if draft.geometry.geom_type == "Point":
            if (place.lon, place.lat) != point:
                wanted["lon"], wanted["lat"] = point
        elif place.shape is None or not self._same(place.shape, draft):
            (wanted if place.shape is None else follows)["shape"] = shapes.write(draft.geometry)
            wanted["lon"], wanted["lat"] = point
        if not wanted and not follows:
            self.report.unchanged += 1
            return place
        before = place.name, place.path.split(".")[-2] if "." in place.path else ""
        self.redrawn = self.redrawn or "shape" in follows or "shape" in wanted
        try:
            new = self._store(place, wanted, follows)
        except ValidationError as error:
            self.bad(draft, "code", error.messages[0])
            return None
        self._tell(new, wanted, follows, before)
        self.places[new.code] = new
        return new

    def _store(self, place: Place, wanted: dict[str, Any], follows: dict[str, Any]) -> Place:
        if follows:
            return succeed(place, self.day, **wanted, **follows)
        for field, value in wanted.items():
            setattr(place, field, value)
        place.save(update_fields=list(wanted))
        return place

    def _tell(self, new: Place, wanted: dict[str, Any], follows: dict[str, Any], before: tuple[str, str]) -> None:
        if "name" in follows:
            self.note("renamed", new, before[0], new.name)
        if "parent" in follows:
            self.note("moved", new, before[1], follows["parent"].code)
        if "shape" in follows or "shape" in wanted:
            self.note("redrawn", new)
        elif wanted and not follows:
            self.note("updated", new, "", ", ".join(f"{k}: {v}" for k, v in wanted.items()))

    @staticmethod
    def _same(stored: dict, draft: Draft) -> bool:
        written = shapes.write(draft.geometry)
        return stored == written or bool(to_geometry(stored).equals(to_geometry(written)))

    def grids(self, drafts: list[Draft]) -> None:
        by_community: dict[str, list[Draft]] = defaultdict(list)
        for draft in drafts:
            code = draft.community or draft.code[:12]
            community = self.places.get(code)
            if community is None or community.level != "community":
                message = _("No community with the code %(code)s is stored. Load the official places first, or mend the code.")
                self.bad(draft, "community", message % {"code": code})
            elif self.allowed(draft, str(community.path)):
                by_community[code].append(draft)
        if not by_community:
            return
        parents = [self.places[code].pk for code in by_community]
        stored: dict[int, list[Place]] = defaultdict(list)
        for grid in Place.objects.current(self.day).filter(parent__in=parents, level="grid"):
            stored[grid.parent_id].append(grid)  # type: ignore[index]
        for grid in Place.objects.filter(parent__in=parents, level="grid", valid_from__gt=self.day, shape__isnull=False):
            self.later[grid.parent_id].append(grid)  # type: ignore[index]
        plans = [self._plan(self.places[code], group, stored[self.places[code].pk]) for code, group in by_community.items()]
        if self.report.ok:
            for community, matched in plans:
                self._bring_grids(community, matched)

    def _plan(self, community: Place, drafts: list[Draft], stored: list[Place]) -> tuple[Place, list[tuple[Draft, Place | None]]]:
        """Which stored grid each draft means; what clashes is reported."""
        by_code = {g.code: g for g in stored}
        by_name = {g.name: g for g in stored}
        matched: list[tuple[Draft, Place | None]] = []
        names: set[str] = set()
        codes: set[str] = set()
        for draft in drafts:
            if draft.name in names:
                self.bad(draft, "name", _("The name %(name)s comes twice in this community. Change one of the two.") % {"name": draft.name})
            if draft.code and draft.code in codes:
                self.bad(draft, "code", _("The code %(code)s comes twice in the file. Remove one of the two.") % {"code": draft.code})
            names.add(draft.name)
            codes.add(draft.code)
            matched.append((draft, by_code.get(draft.code) if draft.code else by_name.get(draft.name)))
        meant = {grid.pk for _draft, grid in matched if grid}
        kept = [g for g in stored if g.pk not in meant]
        for draft, _grid in matched:
            if any(g.name == draft.name for g in kept):
                self.bad(draft, "name", _("This community already has a grid of that name."))
        pieces = [Piece(g.name, to_geometry(g.shape)) for g in kept if g.shape]
        file_codes = {draft.code or (grid.code if grid else "") for draft, grid in matched}
        later = [Piece(g.name, to_geometry(g.shape)) for g in self.later[community.pk] if g.shape and g.code not in file_codes]
        self._overlaps([*pieces, *later], drafts)
        if self.report.ok:
            for message in leftovers(community, [*(p.geometry for p in pieces), *(d.geometry for d in drafts)]):
                self.warn(None, "", message)
        return community, matched

    def _bring_grids(self, community: Place, matched: list[tuple[Draft, Place | None]]) -> None:
        community = self.places[community.code]  # an outline of the same file may have succeeded it
        used = set(Place.objects.filter(level="grid", code__startswith=community.code).values_list("code", flat=True))
        used |= {draft.code for draft, _grid in matched}
        free = (code for n in range(1, 1000) if (code := grid_code(community.code, n)) not in used)
        new: list[Place] = []
        for draft, grid in matched:
            if grid:
                self.bring(draft, grid, {"households": draft.households, "aliases": draft.aliases}, draft.name)
                continue
            code = draft.code or next(free, "")
            if not code:
                self.bad(draft, "code", _("This community has used all 999 grid codes."))
                continue
            new.append(self.make(draft, community, code))
        self.keep(new)

    def make(self, draft: Draft, parent: Place, code: str) -> Place:
        area = draft.geometry.geom_type != "Point"
        lon, lat = shapes.inner_point(draft.geometry)
        return Place(
            code=code, name=draft.name, level=draft.level, parent=parent, path=below(parent, code), households=draft.households,
            aliases=draft.aliases or "", shape=shapes.write(draft.geometry) if area else None, lon=lon, lat=lat, valid_from=self.day,
            is_demo=self.is_demo or parent.is_demo,
        )  # fmt: skip

    def keep(self, places: list[Place]) -> None:
        """Store new places in bulk."""
        for place in Place.objects.bulk_create(places, batch_size=2000):
            self.note("new", place)
            self.places[place.code] = place
            self.redrawn = self.redrawn or place.shape is not None

    def record(self) -> None:
        if self.redrawn:
            shapes_changed()
        changes = [[c.what, c.code, c.name] for c in self.report.changes[:LOGGED]]
        data = {"counts": self.report.counts, "changes": changes, "from": self.day}
        record_act(self.by, "places.file.imported", "places.file:geojson", data, common_path(self.paths))
