"""Rows with named columns out of CSV or GeoJSON, each value checked where it stands. No database.

A table is asked for its columns by their English names and finds them under any of the headings people use. What is wrong is kept with the
row it is in, so that one reading tells everything that must be mended.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from linli.kit.coordinates import LocalMetres, to_wgs84, valid
from linli.places import shapes
from linli.places.csvfile import decode
from linli.places.geojson import features_of
from linli.places.reports import Problem
from linli.planning.reading import Source, foreign

MOST_ROWS = 100_000
HEADINGS: Mapping[str, tuple[str, ...]] = {
    "id": ("id", "code", "编号", "代码", "编码"),
    "name": ("name", "名称", "楼栋", "村名", "社区"),
    "kind": ("kind", "类别", "种类", "事项"),
    "households": ("households", "户数"),
    "residents": ("residents", "people", "人数", "人口"),
    "elderly": ("elderly", "老人户", "有老人户数"),
    "room": ("room", "capacity", "容量", "可容户数"),
    "lon": ("lon", "lng", "longitude", "经度"),
    "lat": ("lat", "latitude", "纬度"),
    "must": ("must", "必访"),
    "pair": ("pair", "双人"),
    "unit": ("unit", "单元"),
    "floor": ("floor", "楼层"),
    "lift": ("lift", "电梯"),
    "minutes": ("minutes", "分钟", "每件分钟"),
    "from": ("from", "最早"),
    "until": ("until", "最晚"),
    "indicator": ("indicator", "指标"),
    "better": ("better", "方向"),
    "weight": ("weight", "权重"),
    "first": ("first", "甲", "指标甲"),
    "second": ("second", "乙", "指标乙"),
    "ratio": ("ratio", "value", "比值"),
    "expert": ("expert", "专家"),
    "staff": ("staff", "人员", "工作人员"),
    "chairs": ("chairs", "vice_chairs", "副主任", "副主任人数"),
    "space": ("space", "面积", "用房面积"),
    "post": ("post", "岗位"),
    "count": ("count", "编制", "在岗人数"),
    "hours": ("hours", "每日小时"),
    "duties": ("duties", "固定职责小时", "每周固定小时"),
    "a_day": ("a_day", "每日件数"),
    "days": ("days", "时限", "时限工作日"),
    "spread": ("spread", "离散"),
    "kept": ("kept", "已按期", "去年按期"),
    "took": ("took", "去年用日", "实际用日"),
}
UNBOUNDED = 1e9
"""A number so large is no bound that people would be told."""
YES = ("1", "yes", "y", "true", "是", "有", "√")
NO = ("", "0", "no", "n", "false", "否", "无")


@dataclass(frozen=True, slots=True)
class Row:
    """One line or feature. ``at``: degrees, where the table is of things that stand somewhere."""

    number: int
    values: Mapping[str, Any]
    at: tuple[float, float] = (0.0, 0.0)

    @property
    def label(self) -> str:
        return self.called or str(self.number)

    @property
    def called(self) -> str:
        return self.text("name") or self.text("id")

    def text(self, column: str) -> str:
        found = next((self.values[h] for h in HEADINGS.get(column, (column,)) if self.values.get(h) not in (None, "")), "")
        return "" if isinstance(found, (dict, list)) else " ".join(str(found).split())[:200]


@dataclass
class Table:
    """The rows of one file; ``problems`` grows as they are asked."""

    source: Source
    kind: str = "row"
    rows: list[Row] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def wrong(self, row: Row | None, column: str, message: str) -> None:
        heading = next((h for h in HEADINGS.get(column, ()) if row and h in row.values), column)  # as the file itself calls it
        where = f"{self.source.name} {heading}".strip()
        self.problems.append(Problem(row.number if row else None, where, message, row.called if row else "", self.kind))

    def number(self, row: Row, column: str, default: float | None = None, *, low: float = 0.0, high: float = UNBOUNDED) -> float:
        """A number from ``low`` to ``high``; where there is none ``default``, or a problem."""
        text = row.text(column)
        if not text and default is not None:
            return default
        try:
            found = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
        except ValueError:
            found = np.nan
        if not text:
            self.wrong(row, column, _("It is empty. Enter it."))
            return low if np.isfinite(low) else 0.0
        if not low <= found <= high:
            message = _("«%(found)s» is no number from %(low)s to %(high)s. Enter one.")
            if high >= UNBOUNDED:
                message = (
                    _("«%(found)s» is no number. Enter one.") if low < 0 else _("«%(found)s» is no number from %(low)s on. Enter one.")
                )
            self.wrong(row, column, message % {"found": text[:40], "low": f"{low:,g}", "high": f"{high:,.12g}"})
            return low if np.isfinite(low) else 0.0
        return found

    def whole(self, row: Row, column: str, default: int | None = None, *, low: int = 0, high: int = MOST_ROWS) -> int:
        found = self.number(row, column, default, low=low, high=high)
        if found != int(found):
            message = _("«%(found)s» is no whole number. Enter how many.")
            self.wrong(row, column, message % {"found": row.text(column)[:40]})
        return int(found)

    def flag(self, row: Row, column: str) -> bool:
        text = row.text(column).lower()
        if text not in (*YES, *NO):
            self.wrong(row, column, _("«%(found)s» is neither yes nor no.") % {"found": text[:40]})
        return text in YES

    def clock(self, row: Row, column: str, default: float) -> float:
        """Minutes since midnight of a time such as 9:30."""
        text = row.text(column).replace("\uff1a", ":")
        if not text:
            return default
        hour, colon, minute = text.partition(":")
        if not (colon and hour.isdigit() and minute.isdigit() and int(hour) < 24 and int(minute) < 60):
            self.wrong(row, column, _("«%(found)s» is no time. Enter it as 9:30.") % {"found": text[:40]})
            return default
        return 60.0 * int(hour) + int(minute)

    def named(self, column: str = "id") -> None:
        """Each row has its own name in this column."""
        seen: dict[str, Row] = {}
        for row in self.rows:
            name = row.text(column) or (row.text("name") if column == "id" else "")
            if not name:
                self.wrong(row, column, _("It is empty. Enter it."))
            elif (first := seen.setdefault(name, row)) is not row:
                message = _("«%(id)s» is there already, as number %(number)s. Give each its own id, or leave one out.")
                self.wrong(row, column, message % {"id": name, "number": first.number})

    def has(self, column: str) -> bool:
        return any(row.text(column) for row in self.rows)

    def needs(self, *columns: str) -> bool:
        for column in columns:
            if self.rows and not any(h in row.values for row in self.rows for h in HEADINGS.get(column, (column,))):
                names = ", ".join(HEADINGS.get(column, (column,)))
                self.wrong(None, column, _("There is no such column. Its heading is one of: %(names)s.") % {"names": names})
        return not self.problems

    @property
    def points(self) -> np.ndarray:
        return np.array([row.at for row in self.rows], np.float64).reshape(-1, 2)


def table(source: Source, *, placed: bool, datum: str = "wgs84") -> Table:
    """The rows of a CSV or, where things stand somewhere, of a GeoJSON."""
    kind = "row" if source.name.lower().endswith(".csv") else "feature"
    found = Table(source, kind)
    if wrong := foreign(source, _("CSV or GeoJSON")):
        found.wrong(None, "", wrong.message)
        return found
    given = _lines(source.data) if kind == "row" else _features(source.data)
    if isinstance(given, Problem):
        found.wrong(None, "", given.message)
        return found
    for number, (values, geometry) in enumerate(given, 2 if kind == "row" else 1):
        row = Row(number, values)
        if placed:
            try:
                row = Row(number, values, _place(row, geometry, kind, datum))
            except shapes.ShapeError as error:
                found.wrong(row, "geometry", str(error))
        found.rows.append(row)
    if not found.rows:
        found.wrong(None, "", _("It has no rows below the heading.") if kind == "row" else _("It has no features."))
    elif len(found.rows) > MOST_ROWS:
        found.wrong(None, "", _("It has more than %(n)s rows. Split it by district.") % {"n": MOST_ROWS})
    return found


def _lines(data: bytes) -> list[tuple[dict[str, Any], Any]] | Problem:
    text = decode(data)
    if isinstance(text, Problem):
        return text
    try:
        rows = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        return Problem(None, "", _("The line can't be read as CSV (%(error)s). Look for a stray quote mark.") % {"error": error})
    return [({(k or "").strip(): v for k, v in row.items()}, None) for row in rows if any(str(v or "").strip() for v in row.values())]


def _features(data: bytes) -> list[tuple[dict[str, Any], Any]] | Problem:
    found = features_of(data)
    if isinstance(found, Problem):
        return found
    return [((f.get("properties") or {}, f.get("geometry")) if isinstance(f, dict) else ({}, None)) for f in found]


def _place(row: Row, geometry: Any, kind: str, datum: str) -> tuple[float, float]:
    if kind == "feature":
        return shapes.inner_point(shapes.read(geometry, datum=datum, types=("Point", *shapes.AREAS)))
    try:
        lon, lat = float(row.text("lon")), float(row.text("lat"))
    except ValueError:
        raise shapes.ShapeError(_("Longitude or latitude is missing or is no number. Enter both, in degrees.")) from None
    if not valid(lon, lat):
        said = _("The position %(found)s is not on the globe.") % {"found": f"{lon}, {lat}"}
        raise shapes.ShapeError(said + " " + _("Longitude is -180 to 180, latitude -90 to 90."))
    return to_wgs84(lon, lat, datum)


def flat_map(tables: Sequence[Table]) -> LocalMetres:
    """One map in metres around all that stands in these tables."""
    points = np.vstack([t.points for t in tables])
    lon, lat = ((points.min(0) + points.max(0)) / 2).tolist()
    return LocalMetres(lon, lat)


def on_map(points: np.ndarray, flat: LocalMetres) -> np.ndarray:
    return np.stack(flat.to_metres(points[:, 0], points[:, 1]), 1) if len(points) else np.zeros((0, 2))
