"""Reading a GeoJSON file of outlines, grids, buildings and facilities into checked drafts, before anything is stored.

One FeatureCollection. Every feature has ``properties.level``:

========== ========================= ==========================================================================
level      geometry                  properties
========== ========================= ==========================================================================
community  Polygon, MultiPolygon     ``code`` of a stored place (district and street alike): its outline
grid       Polygon, MultiPolygon     ``community`` code, ``name``; optional ``code``, ``households``, ``aliases``
building   Point or Polygon          ``name``; optional ``code``, ``community``, ``grid``, ``households``, ``aliases``, ``units``, ``floors``, ``dwellings``
facility   Point                     ``kind``, ``name``; optional ``community``, ``note``
========== ========================= ==========================================================================
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from shapely.geometry.base import BaseGeometry

from linli.places import shapes
from linli.places.codes import is_grid, is_official, is_own
from linli.places.models import FacilityKind
from linli.places.reports import Problem

MAX_BYTES = 20_000_000
MAX_FEATURES = 20_000
MAX_COUNT = {"households": 100_000, "units": 50, "floors": 120, "dwellings": 40}

OUTLINES = ("district", "street", "community")
_GEOMETRY = {
    **dict.fromkeys(OUTLINES, shapes.AREAS), "grid": shapes.AREAS, "building": ("Point", *shapes.AREAS), "facility": ("Point",),
}  # fmt: skip
_LENGTH = {"name": 100, "aliases": 200, "note": 200}


@dataclass(frozen=True, slots=True)
class Draft:
    """One feature, checked by itself. ``dwellings`` is the number on one floor of one unit."""

    number: int
    level: str
    geometry: BaseGeometry
    code: str = ""
    name: str = ""
    community: str = ""
    grid: str = ""
    kind: str = ""
    note: str = ""
    aliases: str | None = None
    households: int | None = None
    units: int | None = None
    floors: int | None = None
    dwellings: int | None = None


def parse(data: bytes | str, *, datum: str = "wgs84") -> tuple[list[Draft], list[Problem]]:
    """The drafts of a file and what is wrong in each feature by itself."""
    whole = features_of(data)
    if isinstance(whole, Problem):
        return [], [whole]
    drafts: list[Draft] = []
    problems: list[Problem] = []
    for number, feature in enumerate(whole, 1):
        draft, wrong = _draft(number, feature, datum)
        problems.extend(wrong)
        if draft:
            drafts.append(draft)
    return drafts, problems


def features_of(data: bytes | str) -> list | Problem:
    """The features of a file as a whole, none of them looked at yet; or what is wrong with it."""
    raw = data.encode() if isinstance(data, str) else data
    if len(raw) > MAX_BYTES:
        return Problem(None, "", _("It is larger than %(mb)s MB. Split it by community.") % {"mb": MAX_BYTES // 1_000_000})
    if not raw.strip():
        return Problem(None, "", _("The file is empty. Export the layer as GeoJSON."))
    try:
        found = json.loads(raw.decode("utf-8-sig"), parse_constant=_no_constant)
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        at = f" ({error.lineno}:{error.colno})" if isinstance(error, json.JSONDecodeError) else ""
        return Problem(None, "", _("It is not GeoJSON in UTF-8%(at)s. Export it again as GeoJSON.") % {"at": at})
    if isinstance(found, dict) and found.get("type") == "Feature":
        found = {"type": "FeatureCollection", "features": [found]}
    if not isinstance(found, dict) or found.get("type") != "FeatureCollection" or not isinstance(found.get("features"), list):
        return Problem(None, "", _("It is not a GeoJSON FeatureCollection. Export the layer as GeoJSON."))
    if wrong := _foreign_crs(found):
        return wrong
    if not found["features"]:
        return Problem(None, "", _("It has no features."))
    if len(found["features"]) > MAX_FEATURES:
        return Problem(None, "", _("It has more than %(n)s features. Split it by community.") % {"n": MAX_FEATURES})
    return found["features"]


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _foreign_crs(found: dict) -> Problem | None:
    """Older files name their coordinate system; metres and other datums must not be read as degrees."""
    crs = found.get("crs")
    name = str(crs.get("properties", {}).get("name", "")) if isinstance(crs, dict) and isinstance(crs.get("properties", {}), dict) else ""
    if not name or name.upper().endswith(("CRS84", "4326", "4490")):
        return None
    message = _("Its coordinates are in %(crs)s. Export it in WGS 84 (EPSG:4326) or CGCS2000 (EPSG:4490).")
    return Problem(None, "crs", message % {"crs": name[:60]}, kind="feature")


def _draft(number: int, feature: Any, datum: str) -> tuple[Draft | None, list[Problem]]:
    properties = feature.get("properties") if isinstance(feature, dict) else None
    if not isinstance(feature, dict) or feature.get("type") != "Feature" or not isinstance(properties, dict):
        return None, [Problem(number, "", _("It is not a GeoJSON Feature with properties."), kind="feature")]
    label = str(properties.get("name") or properties.get("code") or "")[:60]
    level = properties.get("level")
    if not isinstance(level, str) or level not in _GEOMETRY:
        message = _("«%(level)s» is not known. Enter one of: %(levels)s.") % {"level": str(level)[:40], "levels": ", ".join(_GEOMETRY)}
        return None, [Problem(number, "level", message, label, "feature")]
    values, wrong = _values(level, properties)
    problems = [Problem(number, field, message, label, "feature") for field, message in wrong]
    try:
        geometry = shapes.read(feature.get("geometry"), datum=datum, types=_GEOMETRY[level])
    except shapes.ShapeError as error:
        problems.append(Problem(number, "geometry", str(error), label, "feature"))
    return (None, problems) if problems else (Draft(number, level, geometry, **values), [])


def _values(level: str, properties: dict) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    wrong: list[tuple[str, str]] = []
    values: dict[str, Any] = {}
    for field in ("code", "name", "community", "grid", "kind", "note"):
        values[field] = _text(properties.get(field))
    values["aliases"] = None if properties.get("aliases") is None else _text(properties["aliases"])
    for field, longest in _LENGTH.items():
        if values[field] and len(values[field]) > longest:
            wrong.append((field, _("It is longer than %(n)s characters. Shorten it.") % {"n": longest}))
    for field, most in MAX_COUNT.items():
        values[field] = count = _count(properties.get(field), most)
        if count == -1:
            wrong.append(
                (field, _("«%(value)s» is not a whole number from 0 to %(most)s.") % {"value": str(properties[field])[:20], "most": most})
            )
    wrong.extend(_codes_wrong(level, values))
    if level in ("grid", "building", "facility") and not values["name"]:
        wrong.append(("name", _("The name is empty. Enter it.")))
    if level == "facility" and values["kind"] not in FacilityKind.values:
        kinds = ", ".join(FacilityKind.values)
        wrong.append(
            ("kind", _("«%(kind)s» is not a kind of facility. Enter one of: %(kinds)s.") % {"kind": values["kind"][:40], "kinds": kinds})
        )
    if (
        level == "building"
        and any(values[f] for f in ("units", "floors", "dwellings"))
        and not all(values[f] for f in ("units", "floors", "dwellings"))
    ):
        wrong.append(("units", _("To make dwellings, give units, floors and dwellings (on one floor of one unit), each at least 1.")))
    return values, wrong


def _codes_wrong(level: str, values: dict[str, Any]) -> list[tuple[str, str]]:
    wrong = []
    code, community, grid = values["code"], values["community"], values["grid"]
    if level in OUTLINES and not is_official(code):
        wrong.append(
            ("code", _("«%(code)s» is not a code of 12 digits. Enter the official code in full, zeros included.") % {"code": code[:40]})
        )
    if level == "grid" and not community and not is_grid(code):
        wrong.append(("community", _("The community is missing. Enter its code of 12 digits.")))
    if community and not is_official(community):
        message = _("«%(code)s» is not a code of 12 digits. Enter the community's official code.")
        wrong.append(("community", message % {"code": community[:40]}))
    if level == "grid" and code and not is_grid(code):
        wrong.append(("code", _("«%(code)s» is not a grid's code: the community's 12 digits and three more.") % {"code": code[:40]}))
    elif level == "grid" and code and community and not code.startswith(community):
        wrong.append(
            (
                "code",
                _("The code %(code)s does not begin with its community's %(community)s.") % {"code": code, "community": community[:40]},
            )
        )
    if level == "building" and code and not is_own(code):
        wrong.append(("code", _("A code has letters, digits and dashes, at most 28; found «%(code)s».") % {"code": code[:40]}))
    if grid and not is_grid(grid):
        wrong.append(("grid", _("«%(code)s» is not a grid's code: the community's 12 digits and three more.") % {"code": grid[:40]}))
    return wrong


def _text(value: Any) -> str:
    if value is None or isinstance(value, (dict, list, bool)):
        return ""
    return " ".join(str(value).split())


def _count(value: Any, most: int) -> int | None:
    """A whole number, None where nothing is said, -1 where it is none."""
    if value is None or value == "":
        return None
    if isinstance(value, str) and value.strip().isascii() and value.strip().isdigit():
        value = int(value.strip()[:12])
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most else -1
