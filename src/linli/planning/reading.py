"""Reading what is to be divided from GeoJSON or CSV, and refusing what can't be, feature by feature. No database.

A site is a building or a village. Properties (or columns), in English or Chinese: ``id``, ``name``, ``households``, and where wanted
``area`` (its community, or its township: units never cross it), ``unit`` (its present grid), ``apart``, ``together`` and customs.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from django.utils.translation import gettext as _
from shapely.geometry import Point
from shapely.geometry.base import BaseGeometry

from linli.kit.coordinates import LocalMetres, to_wgs84, valid
from linli.places import shapes
from linli.places.csvfile import decode
from linli.places.geojson import features_of
from linli.places.reports import Problem

MOST = 100_000  # households of one site
FARTHEST = 500  # km of a site from the middle of all: no district is so large
SLIVER = 0.001  # of the smaller of two outlines: what they share by rounded corners, and nobody lives in
_FOREIGN = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"%PDF")  # .xlsx and .zip, .xls, pictures, PDF
_NAMES = {
    "id": ("id", "code", "编号", "代码", "编码"),
    "name": ("name", "名称", "楼栋", "村", "村名"),
    "households": ("households", "户数"),
    "area": ("area", "community", "township", "street", "社区", "乡镇", "街道", "镇"),
    "unit": ("unit", "grid", "网格", "现网格"),
    "apart": ("apart", "不并"),
    "together": ("together", "同并"),
    "lon": ("lon", "lng", "longitude", "经度"),
    "lat": ("lat", "latitude", "纬度"),
}


@dataclass(frozen=True, slots=True)
class Site:
    """One building or village. ``number`` is its feature's (from 1) or its row's in the spreadsheet."""

    number: int
    id: str
    name: str
    households: int
    geometry: BaseGeometry
    area: str = ""
    unit: str = ""
    apart: str = ""
    together: str = ""
    properties: dict[str, Any] = field(default_factory=dict)

    @property
    def label(self) -> str:
        return self.name or self.id


@dataclass(frozen=True, slots=True)
class Source:
    """A file as it was read: its hash is in the record of what was made from it."""

    name: str
    data: bytes

    @classmethod
    def of(cls, path: Path) -> Source:
        return cls(path.name, path.read_bytes())

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


def foreign(source: Source, wanted: str) -> Problem | None:
    """That a file is none of those that can be read, by how it begins; None where it may be one."""
    if not source.data.startswith(_FOREIGN):
        return None
    message = _("It is a spreadsheet, picture or other file that isn't read here. %(wanted)s is wanted: save or export it as that.")
    return Problem(None, "", message % {"wanted": wanted})


def value(properties: dict[str, Any], field: str) -> Any:
    """What a feature says under any of a field's names."""
    return next((properties[name] for name in _NAMES.get(field, (field,)) if properties.get(name) not in (None, "")), None)


def _text(found: Any) -> str:
    return "" if found is None or isinstance(found, (dict, list, bool)) else " ".join(str(found).split())[:100]


def read_sites(source: Source, *, datum: str = "wgs84") -> tuple[list[Site], list[Problem]]:
    """The sites of a file and everything that must be mended first, each with its feature."""
    kind = "row" if source.name.lower().endswith(".csv") else "feature"
    if other := foreign(source, _("CSV or GeoJSON")):
        return [], [other]
    rows = _rows(source.data) if kind == "row" else features_of(source.data)
    if isinstance(rows, Problem):
        return [], [rows]
    if whole := [row for row in rows if isinstance(row, Problem)]:
        return [], whole
    sites: list[Site] = []
    problems: list[Problem] = []
    for number, row in enumerate(rows, 2 if kind == "row" else 1):
        site, wrong = _site(number, row, datum, kind)
        problems.extend(wrong)
        if site:
            sites.append(site)
    problems.extend(_twice(sites, kind))
    problems.extend(_overlapping(sites, kind))
    problems.extend(_astray(sites, kind))
    if not problems and not any(site.households for site in sites):
        problems.append(Problem(None, "households", _("Nobody lives there: every number of households is 0.")))
    return sites, sorted(problems, key=lambda p: p.number or 0)


def _heading(properties: dict[str, Any], field: str) -> str:
    """A field as the file itself calls it."""
    return next((name for name in _NAMES[field] if name in properties), field)


def _rows(data: bytes) -> list[dict[str, Any]] | list[Problem]:
    """The lines, or what is wrong with the file as a whole."""
    text = decode(data)
    if isinstance(text, Problem):
        return [text]
    rows = list(csv.DictReader(io.StringIO(text)))
    if not rows:
        return [Problem(None, "", _("It has no rows below the heading."))]
    message = _("There is no such column. Its heading is one of: %(names)s.")
    missing = [w for w in ("households", "lon", "lat") if not any(name in rows[0] for name in _NAMES[w])]
    if missing:
        return [Problem(None, w, message % {"names": ", ".join(_NAMES[w])}) for w in missing]
    return [{"properties": row} for row in rows]


def _site(number: int, row: Any, datum: str, kind: str) -> tuple[Site | None, list[Problem]]:
    properties = row.get("properties") if isinstance(row, dict) else None
    if not isinstance(properties, dict):
        return None, [Problem(number, "", _("It is not a GeoJSON Feature with properties."), kind="feature")]
    name, id = _text(value(properties, "name")), _text(value(properties, "id"))
    label = name or id
    problems = []
    households = _count(value(properties, "households"))
    if households is None:
        message = _("The number of households is missing or is no whole number from 0 to %(most)s. Enter it; 0 where nobody lives.")
        problems.append(Problem(number, _heading(properties, "households"), message % {"most": f"{MOST:,}"}, label, kind))
    if not label:
        problems.append(Problem(number, "name", _("Neither id nor name is there. Enter one, so that it can be found again."), label, kind))
    geometry: BaseGeometry | None = None
    try:
        geometry = (
            _position(properties, datum) if kind == "row" else shapes.read(row.get("geometry"), datum=datum, types=("Point", *shapes.AREAS))
        )
    except shapes.ShapeError as error:
        problems.append(Problem(number, "geometry", str(error), label, kind))
    if problems or geometry is None or households is None:
        return None, problems
    rest = {f: _text(value(properties, f)) for f in ("area", "unit", "apart", "together")}
    return Site(number, id or name, name, households, geometry, properties=properties, **rest), []


def _count(found: Any) -> int | None:
    try:
        number = float(str(found).strip()) if not isinstance(found, bool) else -1.0
    except ValueError:
        return None
    return int(number) if 0 <= number <= MOST and number == int(number) else None


def _position(properties: dict[str, Any], datum: str) -> Point:
    try:
        lon, lat = float(value(properties, "lon")), float(value(properties, "lat"))
    except (TypeError, ValueError):
        raise shapes.ShapeError(_("Longitude or latitude is missing or is no number. Enter both, in degrees.")) from None
    if not valid(lon, lat):
        raise shapes.ShapeError(
            _("The position %(found)s is not on the globe.") % {"found": f"{lon}, {lat}"}
            + " "
            + _("Longitude is -180 to 180, latitude -90 to 90.")
        )
    return Point(*to_wgs84(lon, lat, datum))


def _twice(sites: Sequence[Site], kind: str) -> Iterable[Problem]:
    seen: dict[tuple[str, str], Site] = {}
    for site in sites:  # two townships may have a village of one name, but an id names one
        own = bool(_text(value(site.properties, "id")))
        first = seen.setdefault(("" if own else site.area, site.id), site)
        if first is not site:
            message = _("«%(id)s» is there already, as number %(number)s. Give each its own id, or leave one out.")
            yield Problem(site.number, "id", message % {"id": site.id, "number": first.number}, site.label, kind)


def _astray(sites: Sequence[Site], kind: str) -> Iterable[Problem]:
    if not sites:
        return
    lon, lat = np.radians([shapes.inner_point(site.geometry) for site in sites]).T
    at = np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], 1)
    away = 6371 * 2 * np.arcsin(np.clip(np.linalg.norm(at - np.median(at, axis=0), axis=1) / 2, 0, 1))
    message = _("It lies %(km)s km from where the others are. Correct its position, or leave it out.")
    for n in np.flatnonzero(away > FARTHEST).tolist():
        yield Problem(sites[n].number, "geometry", message % {"km": f"{away[n]:,.0f}"}, sites[n].label, kind)


def _overlapping(sites: Sequence[Site], kind: str) -> Iterable[Problem]:
    areas = [site for site in sites if site.geometry.geom_type in shapes.AREAS]
    for a, b, size in shapes.overlaps([site.geometry for site in areas]) if areas else ():
        message = _("It shares %(m2)s m² with %(other)s (number %(number)s). Draw the two apart, or leave one out.")
        said = message % {"m2": f"{size:,.0f}", "other": areas[b].label, "number": areas[b].number}
        yield Problem(areas[a].number, "geometry", said, areas[a].label, kind)


def read_lines(source: Source, *, datum: str = "wgs84") -> tuple[list[BaseGeometry], list[Problem]]:
    """Barriers or ways: lines, or the outlines of areas (a lake, a walled compound)."""
    found = foreign(source, _("GeoJSON")) or features_of(source.data)
    if isinstance(found, Problem):
        return [], [found]
    lines, problems = [], []
    for number, feature in enumerate(found, 1):
        try:
            given = feature.get("geometry") if isinstance(feature, dict) else None
            geometry = shapes.read(given, datum=datum, types=("LineString", "MultiLineString", *shapes.AREAS))
            lines.append(geometry.boundary if geometry.geom_type in shapes.AREAS else geometry)
        except shapes.ShapeError as error:
            problems.append(Problem(number, "geometry", str(error), kind="feature"))
    return lines, problems


def read_ways(source: Source, *, datum: str = "wgs84") -> tuple[list[BaseGeometry], list[Problem]]:
    """Ways to walk along: lines as GeoJSON, or an OpenStreetMap file (always WGS-84)."""
    from linli.planning.osm import is_osm, read_osm

    if not is_osm(source):
        return read_lines(source, datum=datum)
    lines, problems = read_osm(source)
    return [shapely.LineString(line) for line in lines], problems


def read_present(source: Source, sites: Sequence[Site], *, datum: str = "wgs84") -> tuple[list[str], list[Problem]]:
    """The present unit of each site ("" where there is none): of the outline it lies in, or of the feature or row with its id."""
    if other := foreign(source, _("CSV or GeoJSON")):
        return [], [other]
    if source.name.lower().endswith(".csv"):
        return _kept(*_assigned(source, sites, every=True))
    found = features_of(source.data)
    if isinstance(found, Problem):
        return [], [found]
    outlines, names, areas, codes, problems = [], [], [], [], []
    said: list[tuple[int, str, str]] = []
    for number, feature in enumerate(found, 1):
        properties = (feature.get("properties") if isinstance(feature, dict) else None) or {}
        try:
            geometry = shapes.read(
                feature.get("geometry") if isinstance(feature, dict) else None, datum=datum, types=("Point", *shapes.AREAS)
            )
        except shapes.ShapeError as error:
            problems.append(Problem(number, "geometry", str(error), _text(value(properties, "name")), "feature"))
            continue
        if unit := _text(value(properties, "unit")):
            said.append((number, _text(value(properties, "id")) or _text(value(properties, "name")), unit))
        elif geometry.geom_type in shapes.AREAS:
            outlines.append(geometry)
            names.append(_text(value(properties, "name")) or _text(value(properties, "id")) or str(number))
            areas.append(_text(value(properties, "area")))
            codes.append(_text(properties.get("code")))
    labels = [f"{area} {name}".strip() for area, name in zip(areas, names, strict=True)]
    for a, b, size in shapes.overlaps(outlines) if outlines else ():
        if size <= SLIVER * min(shapes.area(outlines[a]), shapes.area(outlines[b])):
            continue
        message = _("%(a)s and %(b)s share %(m2)s m². Draw the two apart, so that each building has one present grid.")
        problems.append(Problem(None, "geometry", message % {"a": labels[a], "b": labels[b], "m2": f"{size:,.0f}"}))
    theirs, wrong = _theirs([one for one in said if one[1] in {s.id for s in sites}], sites, "feature")
    problems += wrong
    called = {code: name for code, name in zip(codes, names, strict=True) if code}  # as buildings of an export say their grid
    present = [called.get(unit or site.unit, unit or site.unit) for unit, site in zip(theirs, sites, strict=True)]
    lies: dict[int, int] = {}
    if outlines:
        tree = shapely.STRtree(outlines)
        for n, site in enumerate(sites):
            inside = tree.query(Point(*shapes.inner_point(site.geometry)), predicate="intersects")
            if not present[n] and len(inside):
                lies[n] = int(inside[0])
    alike: dict[tuple[str, str], set[str]] = {}
    for n, of in lies.items():
        alike.setdefault((sites[n].area, names[of]), set()).add(areas[of])
    for n, of in lies.items():  # units are numbered anew in each area: where areas come together, a number alone names none
        present[n] = names[of] if len(alike[sites[n].area, names[of]]) == 1 else labels[of]
    return _kept(present, problems)


def unit_codes(source: Source) -> dict[str, str]:
    """The codes of the outlines of present units, by their names and by area and name; a name that several have is left out."""
    found = [] if source.name.lower().endswith(".csv") else features_of(source.data)
    codes: dict[str, set[str]] = {}
    for feature in found if isinstance(found, list) else ():
        properties = (feature.get("properties") if isinstance(feature, dict) else None) or {}
        name, code = _text(value(properties, "name")), _text(properties.get("code"))
        if name and code and not value(properties, "unit"):
            for called in {name, f"{_text(value(properties, 'area'))} {name}".strip()}:
                codes.setdefault(called, set()).add(code)
    return {called: of.pop() for called, of in codes.items() if len(of) == 1}


def _kept(present: list[str], problems: list[Problem]) -> tuple[list[str], list[Problem]]:
    """A file in which nothing is found would be as good as none: nobody would notice."""
    if present and not problems and not any(present):
        problems.append(Problem(None, "", _("No site lies in a present unit. Is it the right file?")))
    return present, problems


def read_fixed(source: Source, sites: Sequence[Site]) -> tuple[list[str], list[Problem]]:
    """A CSV of ``id,unit``: sites that must be in that unit ("" where a site is free)."""
    return _assigned(source, sites)


def _assigned(source: Source, sites: Sequence[Site], every: bool = False) -> tuple[list[str], list[Problem]]:
    """The unit of each site by the rows of a CSV ("" where there is none), and what is wrong in them. ``every``: each row has to name one."""
    text = foreign(source, _("CSV")) or decode(source.data)
    if isinstance(text, Problem):
        return [], [text]
    rows = list(csv.DictReader(io.StringIO(text)))
    if not rows or any(not any(name in rows[0] for name in _NAMES[f]) for f in ("unit",)):
        message = _("There is no such column. Its heading is one of: %(names)s.") % {"names": ", ".join(_NAMES["unit"])}
        return [], [Problem(None, "unit", message)]
    said = [(n, _text(value(row, "id")) or _text(value(row, "name")), _text(value(row, "unit"))) for n, row in enumerate(rows, 2)]
    known = {s.id for s in sites} | {s.name for s in sites}
    strange = _("«%(id)s» is not among what is to be divided. Correct the id or leave the row out.")
    problems = [Problem(n, "id", strange % {"id": key[:60]}) for n, key, _unit in said if key not in known]
    if every:
        blank = _("It says no unit. Enter it, or leave the row out.")
        problems += [Problem(n, _heading(rows[0], "unit"), blank, key) for n, key, unit in said if not unit and key in known]
    found, wrong = _theirs(said, sites, "row")
    return found, sorted([*problems, *wrong], key=lambda p: p.number or 0)


def _theirs(said: Sequence[tuple[int, str, str]], sites: Sequence[Site], kind: str) -> tuple[list[str], list[Problem]]:
    """The unit of each site by (number, id or name, unit), and where one is said to be in two."""
    ids, found, problems = {s.id for s in sites}, [""] * len(sites), []
    places: dict[str, list[int]] = {}
    for n, site in enumerate(sites):
        places.setdefault(site.id, []).append(n)
        if site.name and site.name != site.id and site.name not in ids:
            places.setdefault(site.name, []).append(n)
    message = _("It is in «%(unit)s» here and in «%(other)s» by another line. Leave one out.")
    for number, key, unit in said:
        for n in places.get(key, ()) if unit else ():
            if found[n] and found[n] != unit:
                problems.append(Problem(number, "unit", message % {"unit": unit, "other": found[n]}, key, kind))
                break
            found[n] = unit
    return found, problems


def metres(sites: Sequence[Site]) -> tuple[np.ndarray, LocalMetres]:
    """Each site's inner point on one flat map around their middle (n × 2, metres), and the map."""
    points = np.array([shapes.inner_point(site.geometry) for site in sites])
    lon, lat = ((points.min(0) + points.max(0)) / 2).tolist()
    flat = LocalMetres(lon, lat)
    x, y = flat.to_metres(points[:, 0], points[:, 1])
    return np.stack([x, y], 1), flat


def flattened(lines: Sequence[BaseGeometry], flat: LocalMetres) -> list[BaseGeometry]:
    return [shapes.flat(line, flat) for line in lines]


def nearest_way(sites: Sequence[Site], ways: Sequence[BaseGeometry]) -> float:
    """Metres from any of the sites to the nearest of the ways (both WGS-84)."""
    xy, flat = metres(sites)
    return float(shapely.STRtree(flattened(ways, flat)).query_nearest(shapely.points(xy), return_distance=True)[1].min())
