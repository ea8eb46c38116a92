"""A community as it stands today: buildings, households, grids, who is missing. And files brought to plan with."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import shapely
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from shapely.geometry import Point, mapping, shape

from linli.access.rls import opened
from linli.bodies.models import Holding, Seat
from linli.charter.schema import Charter
from linli.frame.refusal import Refusal
from linli.frame.templatetags.linli import named
from linli.kit.coordinates import LocalMetres
from linli.kit.sheets import Unreadable, find_headings, read_rows, text_of
from linli.people.queries import counted
from linli.places import shapes
from linli.places.models import Place
from linli.places.reports import Problem
from linli.planning.grids.values import FEW
from linli.planning.models import Kind, Material

PLACES, REGISTER, FILE = "places", "register", "file"
BESIDE = 0.006  # degrees around the outermost buildings in which ways still count
FAR = 5.0  # km from all buildings beyond which barriers are not of this community
MOST_POINTS = 6000  # of the ways of one community: the page reckons along them each time
MOST_BUILDINGS = 1500  # of one community: distances are kept for each pair, and the page draws them all


@dataclass(frozen=True, slots=True)
class Building:
    pk: int
    code: str
    name: str
    grid: str  # its present grid's name; "": it is in none
    households: int | None
    lon: float | None
    lat: float | None
    shape: dict[str, Any] | None
    few: bool = False  # fewer than five by the register: not told

    @property
    def says(self) -> str:
        """Its households as they may be shown."""
        return _("fewer than 5 households") if self.few else "–" if self.households is None else f"{self.households:,}"


@dataclass(frozen=True, slots=True)
class Grid:
    pk: int
    code: str
    name: str
    shape: dict[str, Any] | None
    vacant: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """``counts``: where households are from: places, register or file; ``file`` that file's name."""

    community: Place
    grids: tuple[Grid, ...]
    buildings: tuple[Building, ...]
    barriers: tuple[dict[str, Any], ...]
    counts: str
    file: str
    materials: Mapping[str, Material] = field(default_factory=dict)
    ways: tuple[dict[str, Any], ...] = ()

    @property
    def uncounted(self) -> list[str]:
        return [b.name for b in self.buildings if b.households is None]

    @property
    def nowhere(self) -> list[str]:
        return [b.name for b in self.buildings if b.lon is None]

    @property
    def ready(self) -> bool:
        return bool(self.buildings) and not self.uncounted and not self.nowhere

    @property
    def households(self) -> int:
        return sum(b.households or 0 for b in self.buildings)

    def facts(self, fixed: Mapping[str, str] | None = None) -> dict[str, Any]:
        """What an alternative is made from. Only where ``ready``."""
        return {
            "sites": [[b.code, b.name, b.households, b.lon, b.lat, b.grid] for b in self.buildings],
            "grids": [[g.code, g.name] for g in self.grids], "barriers": list(self.barriers), "fixed": dict(fixed or {}),
            "counts": {"from": self.counts, "file": self.file, "few": [b.code for b in self.buildings if b.few]},
            **({"ways": list(self.ways)} if self.ways else {}),
        }  # fmt: skip

    def astray(self) -> list[str]:
        """Sentences about buildings that are in no grid, or stand outside the outline of theirs."""
        outlines = {g.name: shape(g.shape) for g in self.grids if g.shape}
        said = []
        for b in self.buildings:
            if not b.grid and self.grids:
                said.append(_("%(name)s is in no grid.") % {"name": b.name})
            elif b.grid in outlines and b.lon is not None and b.lat is not None and not outlines[b.grid].intersects(Point(b.lon, b.lat)):
                said.append(_("%(name)s belongs to %(grid)s but stands outside its outline.") % {"name": b.name, "grid": b.grid})
        return said

    def overlapping(self) -> list[str]:
        drawn = [(g.name, shape(g.shape)) for g in self.grids if g.shape]
        message = _("%(a)s and %(b)s share %(m2)s m². Draw the two apart, so that each building has one present grid.")
        return [
            message % {"a": drawn[a][0], "b": drawn[b][0], "m2": f"{size:,.0f}"}
            for a, b, size in (shapes.overlaps([g for _n, g in drawn]) if drawn else ())
        ]


def standing(community: Place, charter: Charter, counts: str = "") -> Standing:
    """The community today, in a constant number of queries. ``counts`` says where households are from; "": the newest file, else places."""
    path = str(community.path)
    rows = list(Place.objects.current().within(path).filter(level__in=["grid", "building"]).order_by("code"))
    own = [p for p in rows if p.level == "grid" and p.parent_id == community.pk]
    names = {p.pk: p.name for p in own}
    vacant = _vacant([p.pk for p in own], charter)
    materials = {m.kind: m for m in Material.objects.filter(place=community).select_related("by")}
    file = materials.get(Kind.COUNTS)
    counts = counts if counts in (PLACES, REGISTER, FILE) else FILE if file else PLACES
    counts = PLACES if counts == FILE and not file else counts
    buildings = [p for p in rows if p.level == "building"]
    living = _register(path, buildings) if counts == REGISTER else {}
    found = []
    for p in buildings:
        households, few = p.households, False
        if counts == FILE and file:
            households = file.values.get(p.code)
        elif counts == REGISTER:
            households = living.get(p.pk, 0)
            few = 0 < households < FEW
            households = FEW - 1 if few else households
        found.append(Building(p.pk, p.code, p.name, names.get(p.parent_id or 0, ""), households, p.lon, p.lat, p.shape, few))
    barriers, ways = materials.get(Kind.BARRIERS), materials.get(Kind.WAYS)
    return Standing(
        community, tuple(Grid(p.pk, p.code, p.name, p.shape, vacant.get(p.pk, ())) for p in own), tuple(found),
        tuple(barriers.values) if barriers else (), counts, file.name if file and counts == FILE else "", materials,
        tuple(ways.values) if ways else (),
    )  # fmt: skip


def _vacant(grids: Sequence[int], charter: Charter) -> dict[int, tuple[str, ...]]:
    """By grid, the posts that do work there and that nobody holds."""
    posts = {p.id: str(named(p.name)) for p in charter.posts.values() if p.level == "grid" and "flow.act" in p.abilities}
    held = set(Holding.objects.current().filter(seat__place__in=grids).values_list("seat", flat=True))
    found: dict[int, list[str]] = {}
    for pk, post, place in Seat.objects.filter(place__in=grids, post__in=posts).order_by("post").values_list("pk", "post", "place"):
        if pk not in held:
            found.setdefault(place, []).append(posts[post])
    return {place: tuple(names) for place, names in found.items()}


def _register(path: str, buildings: Sequence[Place]) -> dict[int, int]:
    """Households that live in each building by the register: numbers, nobody's name."""
    with opened([path]):
        return {c.place.pk: c.households for c in counted(buildings)}


# --- files ------------------------------------------------------------------------------------------------------------------------------

_HEADINGS = {
    "id": ("楼栋编号", "楼栋代码", "编号", "代码", "编码", "id", "code"),
    "name": ("楼栋名称", "楼栋", "名称", "name"),
    "households": ("户数", "households"),
}
_UNREADABLE = {
    "kind": gettext_lazy("This is neither a spreadsheet nor a CSV in UTF-8 or GBK."),
    "damaged": gettext_lazy("The file can't be opened: it is damaged or locked with a password."),
    "empty": gettext_lazy("The file is empty."),
    "headings": gettext_lazy("These columns are missing: %(missing)s. Name them so in the line of headings."),
    "too_many": gettext_lazy("The file has too many rows."),
}


def read_counts(name: str, data: bytes, buildings: Sequence[Building]) -> tuple[dict[str, int], list[Problem]]:
    """Households by building's code from CSV, XLSX or GeoJSON; what can't be used, row by row."""
    from linli.places.geojson import features_of

    by_code, by_name = {b.code: b for b in buildings}, {text_of(b.name): b for b in buildings}
    if name.lower().endswith("json"):
        features = features_of(data)
        if isinstance(features, Problem):
            return {}, [features]
        kind, rows = "feature", [_feature(n, f) for n, f in enumerate(features, 1)]
    else:
        kind, rows = "row", _sheet(data)
    found: dict[str, int] = {}
    problems = []
    for number, code, called, said in rows:
        building = by_code.get(code) or by_name.get(called) or by_name.get(code)
        label = called or code
        if not label and not said:
            continue
        if building is None:
            message = _("No building of this community has this name or code. Correct it, or leave the row out.")
            problems.append(Problem(number, "name", message, label[:60], kind))
        elif building.code in found:
            problems.append(Problem(number, "name", _("It stands in the file twice. Leave one out."), label[:60], kind))
        elif (households := _count(said)) is None:
            message = _("The number of households is missing or is no whole number from 0 to %(most)s. Enter it; 0 where nobody lives.")
            problems.append(Problem(number, "households", message % {"most": "100,000"}, label[:60], kind))
        else:
            found[building.code] = households
    if not found and not problems:
        problems.append(Problem(None, "", _("The file is empty.")))
    return found, problems


def _feature(number: int, feature: Any) -> tuple[int, str, str, str]:
    from linli.planning.reading import value

    properties = (feature.get("properties") if isinstance(feature, dict) else None) or {}
    id, name, households = (text_of(value(properties, f)) for f in ("id", "name", "households"))
    return number, id, name, households


def _sheet(data: bytes) -> list[tuple[int, str, str, str]]:
    try:
        rows = read_rows(data)
        required = ["households"]
        head = find_headings(rows, _HEADINGS, required)
        if not {"id", "name"} & set(head.places):
            raise Unreadable("headings", missing=_HEADINGS["name"][0])
    except Unreadable as fault:
        raise Refusal(_UNREADABLE[fault.code], field="file", params=fault.params or None) from None
    found = []
    for number, row in enumerate(rows[head.start + 1 :], head.start + 2):
        cells = head.cells(row)
        id, name, households = (text_of(cells.get(f, "")) for f in ("id", "name", "households"))
        found.append((number, id, name, households))
    return found


def _count(said: str) -> int | None:
    try:
        number = float(said.replace(",", ""))
    except ValueError:
        return None
    return int(number) if 0 <= number <= 100_000 and number == int(number) else None


def read_barriers(name: str, data: bytes, buildings: Sequence[Building]) -> tuple[list[dict[str, Any]], list[Problem]]:
    """Lines nobody walks across, as GeoJSON geometries. Where all of them lie far away it is the wrong file, or the wrong coordinates."""
    from linli.planning.reading import Source, read_lines

    lines, problems = read_lines(Source(name, data))
    at = [(b.lon, b.lat) for b in buildings if b.lon is not None and b.lat is not None]
    if lines and at and not problems and (km := _kilometres(lines, at)) > FAR:
        message = _("These barriers are %(km)s km away. Is it the right area, and are the coordinates WGS-84?")
        return [], [Problem(None, "", message % {"km": f"{km:,.0f}"})]
    return [json.loads(json.dumps(mapping(line))) for line in lines], problems


def _kilometres(lines: Sequence[Any], at: Sequence[tuple[float, float]]) -> float:
    """From the buildings to the nearest of the lines."""
    lon, lat = at[0]
    flat, spots = LocalMetres(lon, lat), shapely.multipoints(at)
    return min(shapely.distance(shapes.flat(line, flat), shapes.flat(spots, flat)) for line in lines) / 1000


def read_walked(name: str, data: bytes, buildings: Sequence[Building]) -> tuple[list[dict[str, Any]], list[Problem]]:
    """Ways people walk along, of an OpenStreetMap file or GeoJSON lines: those in and around the community, as GeoJSON geometries."""
    from linli.planning.reading import Source, read_ways

    lines, problems = read_ways(Source(name, data))
    at = [(b.lon, b.lat) for b in buildings if b.lon is not None and b.lat is not None]
    if problems or not at:
        return [], problems or [Problem(None, "", _("No buildings are stored for this community. Import them as GeoJSON first."))]
    (west, south), (east, north) = map(min, zip(*at, strict=True)), map(max, zip(*at, strict=True))
    near = [shapely.clip_by_rect(line, west - BESIDE, south - BESIDE, east + BESIDE, north + BESIDE) for line in lines]
    near = [part for line in near for part in shapely.get_parts(line) if part.geom_type == "LineString" and not part.is_empty]
    if not near:
        return [], [Problem(None, "", _("None of these ways is in this community. Is it the right area, and are the coordinates WGS-84?"))]
    if int(shapely.get_num_coordinates(near).sum()) > MOST_POINTS:
        return [], [Problem(None, "", _("These are too many ways for one community. Leave out those that nobody walks along."))]
    return [json.loads(json.dumps(mapping(line))) for line in near], []


def read_fixed(text: str, buildings: Sequence[Building], grids: Sequence[Grid]) -> dict[str, str]:
    """«building, grid» a line → building's code: grid's name. Raises Refusal naming every line that is wrong."""
    by_name = {b.code: b for b in buildings} | {b.name: b for b in buildings}
    wrong: list[Any] = []
    names = {g.code: g.name for g in grids} | {g.name: g.name for g in grids}
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        building, _comma, grid = (x.strip() for x in line.replace("\t", ",").replace("\uff0c", ",").replace("=", ",").partition(","))
        values = {"number": number, "building": building[:60], "grid": grid[:60]}
        if building not in by_name:
            wrong.append(_("Line %(number)s: this community has no building “%(building)s”.") % values)
        elif grid not in names:
            wrong.append(_("Line %(number)s: this community has no grid “%(grid)s”.") % values)
        elif found.setdefault(by_name[building].code, names[grid]) != names[grid]:
            wrong.append(_("Line %(number)s: “%(building)s” is fixed in another grid already.") % values)
    if wrong:
        raise Refusal("%(lines)s", field="fixed", params={"lines": " ".join(wrong[:10])})
    return found
