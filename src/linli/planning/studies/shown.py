"""A study made ready for pages: its words, tables and map, and the record of how it came about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import cos, radians
from typing import Any

import shapely
from django.urls import reverse
from django.utils.translation import get_language
from shapely.affinity import scale

from linli import __version__
from linli.places import shapes as flat_shapes
from linli.planning.drawing import FILLS, STRONG
from linli.planning.models import Study, StudyFile, StudyState
from linli.planning.studies.forms import plain
from linli.planning.studies.kinds import Answered, Kind, Mark, kinds
from linli.planning.studies.kinds import Shown as Parts

SPOT, LARGE = 1 / 150, 1 / 60
"""Half the width of a spot on the map, as a part of the extent of all that is on it."""
LINE = 1 / 2
"""Half the width of a line, as a part of a small spot's."""
LEAST = 0.00006
"""Degrees a spot measures at least: a building's width."""
ON_PAGE = 100
"""Rows of a table on a page and on paper; the spreadsheet has all."""


@dataclass
class Shown:
    """``former``: the study it was made from, where the reader may see it."""

    row: Study
    asked_view: str = ""
    former: Study | None = None

    @cached_property
    def kind(self) -> Kind:
        return kinds()[self.row.kind]

    @property
    def done(self) -> bool:
        return self.row.state == StudyState.DONE

    @property
    def result(self) -> dict[str, Any]:
        return self.row.result or {}

    @cached_property
    def files(self) -> list[StudyFile]:
        return list(self.row.files.defer("data").order_by("id"))

    @property
    def inputs(self) -> list[tuple[Any, StudyFile]]:
        """Its files, each with what it holds."""
        labels = {role.name: role.label for role in self.kind.roles}
        return [(labels.get(f.role, f.role), f) for f in self.files]

    @property
    def fills(self) -> tuple[str, ...]:
        return FILLS if self.parts.pale else STRONG

    @property
    def paper_legend(self) -> list[tuple[str, Any]]:
        """Fills and what they mean."""
        return [(self.fills[tone], text) for tone, text in self.parts.legend]

    @property
    def words(self) -> list[str]:
        """The arithmetic in plain words, the bound among them, in the reader's language."""
        said = self.result["words"]
        return said.get(get_language()) or next(iter(said.values()))

    @cached_property
    def answered(self) -> Answered:
        result = self.result
        return Answered(self.row.options, result["figures"], result["features"], result["rows"], self.view)

    @cached_property
    def views(self) -> list[tuple[str, Any]]:
        return self.kind.views(self.result["features"])

    @property
    def view(self) -> str:
        """Which of several things the map shows: the one asked for, or the first."""
        values = [value for value, _name in self.views]
        return self.asked_view if self.asked_view in values else next(iter(values), "")

    @property
    def query(self) -> str:
        """What of an address leads to the same view."""
        return f"?view={self.view}" if self.view else ""

    @cached_property
    def changes(self) -> list[str]:
        """What is otherwise than in the former."""
        return self.kind.changed(Shown(self.former).answered, self.answered) if self.former and self.former.result else []

    @cached_property
    def parts(self) -> Parts:
        return self.kind.shown(self.answered)

    @property
    def sheets(self) -> list[dict[str, Any]]:
        """Tables for templates: what is shown of each, and how many rows are only in the spreadsheet."""
        return [
            {
                "number": n, "title": sheet.title, "columns": sheet.columns, "empty": sheet.empty, "more": max(0, len(sheet.rows) - ON_PAGE),
                "marked": any("mark" in row for row in sheet.rows[:1]),
                "lines": [(row.get("mark"), [(c, c.text(row)) for c in sheet.columns]) for row in sheet.rows[:ON_PAGE]],
            }
            for n, sheet in enumerate(self.parts.sheets)
            if not sheet.long
        ]  # fmt: skip

    @cached_property
    def drawn(self) -> list[tuple[Mark, Any]]:
        """Marks with what is drawn of each: a point is a spot whose size fits the map."""
        marks = [
            (m, flat_shapes.read(m.geometry, types=("Point", "LineString", "MultiLineString", *flat_shapes.AREAS)))
            for m in self.parts.marks
        ]
        if not marks:
            return []
        west, south, east, north = shapely.total_bounds([g for _m, g in marks]).tolist()
        wide = 1 / cos(radians((south + north) / 2))  # degrees of longitude are so much shorter
        extent = max((east - west) / wide, north - south)

        def body(mark: Mark, geometry: Any) -> Any:
            if geometry.geom_type in ("LineString", "MultiLineString"):
                return shapely.buffer(geometry, LINE * max(LEAST, extent * SPOT))
            if geometry.geom_type != "Point":
                return geometry
            size = max(LEAST, extent * (LARGE if mark.large else SPOT))
            return scale(shapely.buffer(geometry, size, quad_segs=4 if mark.large else 2), wide, 1.0)

        return [(mark, body(mark, geometry)) for mark, geometry in marks]

    def features(self) -> list[dict[str, Any]]:
        """For the map on the page."""
        found = []
        for mark, body in self.drawn:
            lon, lat = flat_shapes.inner_point(body) if mark.label else (None, None)
            properties = {"id": mark.id, "name": mark.name, "said": mark.said, "tone": mark.tone, "lon": lon, "lat": lat}
            found.append({"type": "Feature", "properties": properties, "geometry": flat_shapes.write(body)})
        return found

    @property
    def record(self) -> dict[str, Any]:
        """All that is needed to make it again."""
        row = self.row
        return {
            "version": __version__, "command": f"linli plan {row.kind}", "study": str(row.uid), "place": row.place.code,
            "former": str(self.former.uid) if self.former else None, "charter": str(row.charter),
            "options": row.options, "inputs": [{"as": f.role, "file": f.name, "sha256": f.sha256} for f in self.files], "digest": row.digest,
            "figures": self.result["figures"], "words": self.words,
        }  # fmt: skip

    @property
    def asked(self) -> list[tuple[Any, Any]]:
        """What was asked, field by field in the form's words."""
        return asked(self.kind, self.row.options)

    @property
    def url(self) -> str:
        return reverse("planning:study", args=[self.row.uid])


def asked(kind: Kind, options: Mapping[str, Any]) -> list[tuple[Any, Any]]:
    lines = []
    for name, field in kind.form.base_fields.items():
        if name not in options or options[name] in (None, "", []):
            continue
        value = options[name]
        choices = {str(k): v for k, v in getattr(field, "choices", ())}
        lines.append((field.label, choices.get(str(value), kind.told(name, plain(value)))))
    return lines
