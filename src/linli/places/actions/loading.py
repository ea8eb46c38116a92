"""Official places from a CSV: checked whole, then applied whole or not at all."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.frame.actlog import record_act
from linli.places import csvfile
from linli.places.actions.base import Source, below, common_path, contents, may, one_at_a_time, settle, succeed
from linli.places.actions.editing import end_place
from linli.places.codes import OFFICIAL, RANK, level_of
from linli.places.csvfile import Row
from linli.places.models import Place
from linli.places.reports import Change, LoadReport, Problem

LOGGED = 1000  # changes named in the log line of one file; the counts hold all


def load_places(
    file: Source, *, by: Any = None, valid_from: date | None = None, dry_run: bool = False, end_missing: bool = False, is_demo: bool = False
) -> LoadReport:
    """Bring the official places to what a CSV (``code,name,level,parent``; UTF-8 or GBK) says, from ``valid_from`` (today) on.

    A renamed or moved place ends and another begins. Places stored below the file's area but not in it are reported as missing and
    left alone, unless ``end_missing``. ``by`` None is the command line; anybody else changes only places their posts cover.
    Nothing is saved while anything needs mending, nor with ``dry_run``.
    """
    rows, problems, failed = csvfile.read(contents(file))
    with transaction.atomic():
        one_at_a_time()
        load = _Load(rows, by, valid_from or timezone.localdate(), is_demo)
        load.report.problems.extend(problems)
        load.check(failed)
        if load.report.ok:
            load.apply()
            load.find_missing(end_missing)
        return settle(load.report, dry_run, load.record)


class _Load:
    """One file on its way in."""

    def __init__(self, rows: list[Row], by: Any, day: date, is_demo: bool) -> None:
        self.rows, self.by, self.day, self.is_demo = rows, by, day, is_demo
        self.report = LoadReport()
        self.paths: list[str] = []
        self.stored: dict[str, Place] = {p.code: p for p in Place.objects.current(day).filter(level__in=OFFICIAL).defer("shape")}

    def check(self, failed: set[str]) -> None:
        self.report.problems.extend(csvfile.check(self.rows, {code: p.level for code, p in self.stored.items()}, failed))
        later = dict(Place.objects.filter(valid_from__gt=self.day, level__in=OFFICIAL).values_list("code", "valid_from"))
        for row in self.rows:
            if row.code in later:
                message = _("A change of this place from %(day)s is already stored. Load with that day or a later one.")
                self._bad(row, "code", message % {"day": later[row.code]})

    def _bad(self, row: Row, field: str, message: str) -> None:
        self.report.problems.append(Problem(row.number, field, message, row.name))

    def apply(self) -> None:
        by_level: dict[str, list[Row]] = defaultdict(list)
        for row in self.rows:
            by_level[row.level].append(row)
        for level in OFFICIAL:
            fresh = [row for row in by_level[level] if row.code not in self.stored]
            known = [row for row in by_level[level] if row.code in self.stored]
            for row in known:
                self._bring(row)
            self._make(fresh)

    def _bring(self, row: Row) -> None:
        """Bring a stored place to its row."""
        place = self.stored[row.code]
        parent = self.stored.get(row.parent)
        old_parent = place.path.split(".")[-2] if "." in place.path else ""
        changes: dict[str, Any] = {}
        if place.name != row.name:
            changes["name"] = row.name
            self._note("renamed", row, place.name, row.name)
        if row.parent and row.parent != old_parent:
            changes["parent"] = parent
            self._note("moved", row, old_parent, row.parent)
        details = {k: v for k, v in (("households", row.households), ("aliases", row.aliases)) if v is not None and v != getattr(place, k)}
        if not changes and not details:
            self.report.unchanged += 1
            return
        if not may(self.by, str(place.path)) or ("parent" in changes and parent and not may(self.by, str(parent.path))):
            self._bad(row, "code", _("This place is outside the area of your post. Leave it as it is stored, or ask the level above."))
            return
        self.paths.append(str(place.path))
        if details:
            Place.objects.filter(pk=place.pk).update(**details)
            for name, value in details.items():
                self._note("updated", row, str(getattr(place, name) or "–"), str(value))
                setattr(place, name, value)
        if changes:
            try:
                self.stored[row.code] = succeed(Place.objects.get(pk=place.pk), self.day, **changes)
            except ValidationError as error:
                self._bad(row, "code", error.messages[0])
            if "parent" in changes:  # paths below have moved
                self.stored |= {p.code: p for p in Place.objects.current(self.day).filter(level__in=OFFICIAL).defer("shape")}

    def _make(self, rows: list[Row]) -> None:
        new = []
        for row in rows:
            parent = self.stored.get(row.parent)
            path = below(parent, row.code)
            if not may(self.by, path):
                self._bad(row, "code", _("This place is outside the area of your post. Leave it out, or ask the level above."))
                continue
            place = Place(
                code=row.code, name=row.name, level=row.level, parent=parent, path=path, households=row.households,
                aliases=row.aliases or "", valid_from=self.day, is_demo=self.is_demo,
            )  # fmt: skip
            new.append(place)
            self.paths.append(path)
            self._note("new", row)
        for place in Place.objects.bulk_create(new, batch_size=2000):
            self.stored[place.code] = place

    def _note(self, what: str, row: Row, before: str = "", after: str = "") -> None:
        self.report.changes.append(Change(what, row.level, row.code, row.name, before, after))

    def find_missing(self, end: bool) -> None:
        """Stored places below the area the file is about that it doesn't name."""
        named = {row.code for row in self.rows}
        roots = [str(self.stored[code].path) for code in self._areas() if code in self.stored]
        missing = [
            p for code, p in self.stored.items()
            if code not in named and any(str(p.path).startswith(f"{root}.") for root in roots)
        ]  # fmt: skip
        for place in sorted(missing, key=lambda p: (-RANK[p.level], p.code)):
            change = Change("ended" if end else "missing", place.level, place.code, place.name)
            if not end:
                self.report.missing.append(change)
                continue
            try:
                if not may(self.by, str(place.path)):
                    raise ValidationError(_("This place is outside the area of your post."))
                end_place(Place.objects.get(pk=place.pk), by=self.by, on=self.day)
                self.report.changes.append(change)
                self.paths.append(str(place.path))
            except ValidationError as error:
                self.report.problems.append(Problem(None, "", f"{place.code} {place.name}: {error.messages[0]}"))
        self.report.missing.sort(key=lambda c: c.code)

    def _areas(self) -> list[str]:
        """What the file is about: its tops; of a province or city with a single place below, that place (a district's file names both)."""
        children: dict[str, list[str]] = defaultdict(list)
        codes = {row.code for row in self.rows}
        tops = []
        for row in self.rows:
            if row.parent in codes:
                children[row.parent].append(row.code)
            else:
                tops.append(row.code)
        found = []
        for code in tops:
            while len(children[code]) == 1 and level_of(code) in ("province", "city"):
                code = children[code][0]
            found.append(code)
        return found

    def record(self) -> None:
        changes = [[c.what, c.code, c.name, c.before] for c in self.report.changes[:LOGGED]]
        data = {"counts": self.report.counts, "changes": changes, "from": self.day}
        record_act(self.by, "places.file.loaded", "places.file:csv", data, common_path(self.paths))
