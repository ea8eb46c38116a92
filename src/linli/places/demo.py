"""The demonstration district: real codes and names, everything else made from a seed and marked as demonstration data.

Outlines, grids, buildings and facilities of 青山区 are published nowhere; these are drawn to the sizes the sources give: about 3,530
households a community, 400 a grid, 40 a building.
"""

from __future__ import annotations

import csv
import json
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from importlib import resources

from django.db import connection, transaction
from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry

from linli.places import shapes
from linli.places.actions.base import shapes_changed
from linli.places.actions.loading import load_places
from linli.places.codes import building_code, grid_code, short_name
from linli.places.demo_shapes import COLUMNS, ROWS, Lattice, Rect, divide, footprints
from linli.places.ltree import label
from linli.places.models import Place

FILES = {"150204000000": "150204-qingshan.csv"}
TRIAL = {"150204000000": ("001", "002", "003", "006", "008")}  # 先锋道, 幸福路, 万青路, 青山路, 乌素图
FIRST = ("150204006019", "150204008015")  # 都兰社区, 建华社区: the two the source tells most about
GRID_HOUSEHOLDS = 400
SINCE = date(2024, 1, 1)
_HOUSES = ((3, 6, 2), (4, 5, 2), (3, 7, 2), (2, 11, 2), (4, 6, 2), (2, 10, 2))  # units, floors, dwellings a floor: 36 to 48
_ROW_HOUSE = (1, 1, 10)  # villages: ten doors in a row
_PUBLIC = (
    ("station", "社区服务站"), ("room", "居民活动室"), ("clinic", "社区卫生服务站"), ("canteen", "老年食堂"), ("noticeboard", "宣传栏"), ("school", "幼儿园"),
)  # fmt: skip
_STREETSIDE = (
    ("lamp", "路灯", 3), ("waste", "垃圾分类投放点", 1), ("hydrant", "消防栓", 1), ("bench", "休闲座椅", 1), ("manhole", "井盖", 2), ("charging", "电动车充电棚", 1),
)  # fmt: skip


class AlreadyThere(Exception):
    """The district is stored already; a demonstration is made in an empty database only."""


@dataclass(slots=True)
class _Plan:
    """One community on paper."""

    place: Place
    rect: Rect
    village: bool
    grids: list[Rect] = field(default_factory=list)
    buildings: list[list[tuple[int, int, int]]] = field(default_factory=list)  # per grid

    @property
    def households(self) -> int:
        return sum(u * f * d for grid in self.buildings for u, f, d in grid)


def trial_communities(root: str = "150204000000") -> list[str]:
    """Codes of a district's communities in the order in which demonstrations take them: the told ones, the trial streets', the others'."""
    codes = [c["code"] for c in _rows(root) if c["level"] == "community"]
    trial = TRIAL[root]

    def rank(code: str) -> tuple[int, int, str]:
        told = FIRST.index(code) if code in FIRST else len(FIRST)
        kind = 0 if code[6:9] in trial else 1 if code[9] == "0" else 2  # villages (…2xx) and the park (…498) last
        return told, kind, code

    return sorted(codes, key=rank)


def _rows(root: str) -> list[dict[str, str]]:
    return list(csv.DictReader(_text(root).splitlines()))


def _text(root: str) -> str:
    return (resources.files("linli.places") / "data" / FILES[root]).read_text("utf-8-sig")


def make_geography(
    charter_root: str = "150204000000", *, communities: int | None = None, seed: int = 1, dwellings: int = 2, valid_from: date = SINCE
) -> dict[str, int]:
    """Load the district's official places and draw what isn't published. Returns counts by kind, and ``households``.

    Every community gets its outline; the first ``communities`` (all when None) in the order of ``trial_communities`` also get grids,
    buildings and facilities, the first ``dwellings`` of these units and dwellings too. The same seed draws the same district, whatever
    the number. Raises AlreadyThere over a stored district, KeyError where no file for the root is packaged.
    """
    if Place.objects.filter(code=charter_root).exists():
        raise AlreadyThere(charter_root)
    with transaction.atomic():
        report = load_places(_text(charter_root), valid_from=valid_from, is_demo=True)
        if not report.ok:
            raise ValueError(str(report))
        plans = _plans(charter_root, seed)
        order = [code for code in trial_communities(charter_root) if code in plans]
        filled = order if communities is None else order[:communities]
        drawing = _Drawing(plans, Lattice([r for p in plans.values() for r in p.grids], seed), valid_from, seed)
        counts = drawing.store(filled, set(filled[:dwellings]))
        drawing.outline(charter_root)
        shapes_changed()
    return {"streets": Place.objects.filter(level="street").count(), "communities": len(plans), **counts}


def _plans(root: str, seed: int) -> dict[str, _Plan]:
    """Every community with its piece of the district, its grids and how many houses stand in each."""
    district = Place.objects.get(code=root)
    streets = list(Place.objects.filter(parent=district, level="street").order_by("code"))
    children: dict[int, list[Place]] = {}
    for place in Place.objects.filter(parent__in=streets, level="community").order_by("code"):
        children.setdefault(place.parent_id, []).append(place)  # type: ignore[arg-type]
    streets = [s for s in streets if s.pk in children]
    areas = divide(Rect(0, 0, COLUMNS, ROWS), [(s, sum(_weight(c) for c in children[s.pk])) for s in streets])
    plans = {}
    for street in streets:
        for place, rect in divide(areas[street], [(c, _weight(c)) for c in children[street.pk]]).items():
            plans[place.code] = _plan(place, rect, random.Random(f"{seed}:{place.code}"))
    return plans


def _is_village(place: Place) -> bool:
    return place.code[9] != "0"


def _weight(place: Place) -> float:
    """Ground a community takes: villages have their fields."""
    return 3.0 if _is_village(place) else 1.0


def _plan(place: Place, rect: Rect, own: random.Random) -> _Plan:
    village = _is_village(place)
    target = own.randint(350, 900) if village else own.randint(3300, 3760)
    grids = max(1, round(target / GRID_HOUSEHOLDS))
    plan = _Plan(place, rect, village)
    plan.grids = list(divide(rect, [(n, 1.0) for n in range(grids)]).values())
    for n in range(grids):
        wanted = target * (n + 1) // grids - target * n // grids
        plan.buildings.append(_houses(wanted, village, own))
    return plan


def _houses(wanted: int, village: bool, own: random.Random) -> list[tuple[int, int, int]]:
    """Buildings that together have about ``wanted`` dwellings."""
    found: list[tuple[int, int, int]] = []
    while wanted >= (5 if village else 18):
        house = _ROW_HOUSE if village else own.choice(_HOUSES)
        found.append(house)
        wanted -= house[0] * house[1] * house[2]
    return found


class _Drawing:
    """Turns plans into rows, stored by COPY."""

    def __init__(self, plans: dict[str, _Plan], lattice: Lattice, valid_from: date, seed: int) -> None:
        self.plans, self.valid_from, self.seed = plans, valid_from, seed
        self.pieces = {code: [lattice.polygon(r) for r in plan.grids] for code, plan in plans.items()}
        self.counts = dict.fromkeys(("grids", "buildings", "units", "dwellings", "facilities", "households"), 0)
        self.rows: list[tuple] = []
        self.facilities: list[tuple] = []
        self.ids: Iterator[int] = iter(())

    def store(self, filled: list[str], furnished: set[str]) -> dict[str, int]:
        self.ids = _ids(sum(_size(self.plans[code], code in furnished) for code in filled))
        for code in filled:
            self._community(self.plans[code], code in furnished)
        columns = "id code name level parent_id path households shape lon lat aliases valid_from is_demo"
        _copy("places_place", columns, self.rows)
        _copy("places_facility", "kind name place_id path lon lat note is_demo", self.facilities)
        return self.counts

    def _row(
        self, code: str, name: str, level: str, parent: tuple[int, str], households: int, shape: str | None = None, point=(None, None)
    ) -> tuple[int, str]:
        """Add a place; returns its id and path, as ``parent`` of the next."""
        pk, path = next(self.ids), f"{parent[1]}.{label(code)}"
        self.rows.append((pk, code, name, level, parent[0], path, households, shape, *point, "", self.valid_from, True))
        return pk, path

    def _community(self, plan: _Plan, furnished: bool) -> None:
        own = random.Random(f"{self.seed}:{plan.place.code}:things")
        home = plan.place.pk, str(plan.place.path)
        number = 0
        for n, (rect, polygon, houses) in enumerate(zip(plan.grids, self.pieces[plan.place.code], plan.buildings, strict=True), 1):
            households = sum(units * floors * doors for units, floors, doors in houses)
            grid = self._row(
                grid_code(plan.place.code, n), f"第{_numeral(n)}网格", "grid", home, households, _json(polygon), shapes.inner_point(polygon)
            )
            self.counts["grids"] += 1
            self.counts["households"] += households
            for house, ring in zip(houses, footprints(rect, len(houses)), strict=True):
                number += 1
                self._building(plan, grid, number, house, ring, furnished)
            for kind, name, many in _STREETSIDE:
                for m in range(1, many + 1):
                    self._facility(kind, f"{n}-{m}号{name}", grid, _somewhere(rect, own))
        for kind, name in _PUBLIC:
            self._facility(kind, short_name(plan.place.name) + name.removeprefix("社区"), home, _somewhere(own.choice(plan.grids), own))

    def _building(self, plan: _Plan, grid: tuple[int, str], number: int, house: tuple[int, int, int], ring: list, furnished: bool) -> None:
        units, floors, doors = house
        code = building_code(plan.place.code, number)
        middle = (round((ring[0][0] + ring[2][0]) / 2, 7), round((ring[0][1] + ring[2][1]) / 2, 7))
        shape = json.dumps({"type": "Polygon", "coordinates": [ring]})
        name = f"{number}排" if plan.village else f"{number}号楼"
        building = self._row(code, name, "building", grid, units * floors * doors, shape, middle)
        self.counts["buildings"] += 1
        for u in range(1, units + 1) if furnished else ():
            unit = self._row(f"{code}-{u}", f"{u}单元", "unit", building, floors * doors)
            self.counts["units"] += 1
            for floor in range(1, floors + 1):
                for door in range(1, doors + 1):
                    self._row(f"{code}-{u}-{floor}{door:02d}", f"{floor}{door:02d}", "dwelling", unit, 1)
                    self.counts["dwellings"] += 1

    def _facility(self, kind: str, name: str, place: tuple[int, str], at: tuple[float, float]) -> None:
        self.facilities.append((kind, name, *place, *at, "", True))
        self.counts["facilities"] += 1

    def outline(self, root: str) -> None:
        """Give communities the union of their grids, streets that of their communities, the district that of its streets."""
        by_parent: dict[int, list[BaseGeometry]] = defaultdict(list)
        sizes: dict[int, int] = defaultdict(int)
        changed: list[Place] = []
        for code, pieces in self.pieces.items():
            plan = self.plans[code]
            shape = shapes.union(pieces)
            _draw(plan.place, shape, plan.households)
            changed.append(plan.place)
            by_parent[plan.place.parent_id].append(shape)  # type: ignore[index]
            sizes[plan.place.parent_id] += plan.households  # type: ignore[index]
        streets = list(Place.objects.filter(pk__in=by_parent))
        for street in streets:
            _draw(street, shapes.union(by_parent[street.pk]), sizes[street.pk])
        district = Place.objects.get(code=root)
        _draw(district, shapes.union(s for parts in by_parent.values() for s in parts), sum(sizes.values()))
        Place.objects.bulk_update([*changed, *streets, district], ["shape", "lon", "lat", "households"], batch_size=200)


def _draw(place: Place, shape: BaseGeometry, households: int) -> None:
    place.shape, place.households = shapes.write(shape), households
    place.lon, place.lat = shapes.inner_point(shape)


def _somewhere(rect: Rect, own: random.Random) -> tuple[float, float]:
    return Lattice.bend(rect.x0 + own.uniform(0.4, rect.width - 0.4), rect.y0 + own.uniform(0.4, rect.height - 0.4))


def _size(plan: _Plan, furnished: bool) -> int:
    """How many rows a community makes."""
    houses = [house for grid in plan.buildings for house in grid]
    inside = sum(units + units * floors * doors for units, floors, doors in houses) if furnished else 0
    return len(plan.grids) + len(houses) + inside


def _ids(count: int) -> Iterator[int]:
    """Ids of places, taken from the sequence: rows made by COPY name their parents by them."""
    with connection.cursor() as cursor:
        cursor.execute("select nextval(pg_get_serial_sequence('places_place', 'id')) from generate_series(1, %s)", [count])
        return iter([pk for (pk,) in cursor.fetchall()])


def _copy(table: str, columns: str, rows: Iterable[tuple]) -> None:
    with connection.cursor() as cursor, cursor.cursor.copy(f"copy {table} ({', '.join(columns.split())}) from stdin") as copy:
        for row in rows:
            copy.write_row(row)


def _json(shape: BaseGeometry) -> str:
    return json.dumps(mapping(shape))


def _numeral(n: int) -> str:
    """1 to 99 as Chinese counts: 十二, 二十."""
    digits = "零一二三四五六七八九"
    tens, ones = divmod(n, 10)
    head = "" if not tens else "十" if tens == 1 else f"{digits[tens]}十"
    return head + (digits[ones] if ones or not tens else "")
