"""Making the inside of buildings: units, and in each floor of each unit its dwellings, in bulk."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from linli.places.codes import building_code
from linli.places.ltree import label
from linli.places.models import Place

_NUMBER = re.compile(r"-B(\d+)$")


@dataclass(frozen=True, slots=True)
class Inside:
    """What a building is made of: ``dwellings`` on each of ``floors`` of each of ``units``."""

    units: int
    floors: int
    dwellings: int

    @property
    def total(self) -> int:
        return self.units * self.floors * self.dwellings


def furnish(buildings: Iterable[tuple[Place, Inside]]) -> int:
    """Make the units and dwellings of stored buildings: «2单元» and, in it, «301» for the first door of the third floor. Returns how many."""
    units = [
        (_below(building, f"{building.code}-{n}", f"{n}单元", "unit", inside.floors * inside.dwellings), inside)
        for building, inside in buildings
        for n in range(1, inside.units + 1)
    ]
    Place.objects.bulk_create([u for u, _ in units], batch_size=5000)
    dwellings = [
        _below(unit, f"{unit.code}-{floor}{door:02d}", f"{floor}{door:02d}", "dwelling", 1)
        for unit, inside in units
        for floor in range(1, inside.floors + 1)
        for door in range(1, inside.dwellings + 1)
    ]
    Place.objects.bulk_create(dwellings, batch_size=5000)
    return len(units) + len(dwellings)


def _below(parent: Place, code: str, name: str, level: str, households: int) -> Place:
    return Place(
        code=code, name=name, level=level, parent=parent, path=f"{parent.path}.{label(code)}", households=households,
        valid_from=parent.valid_from, is_demo=parent.is_demo,
    )  # fmt: skip


def next_number(community: Place) -> int:
    """The first number that no building of the community ever had: codes of ended buildings are not given again."""
    codes = Place.objects.filter(level="building", code__startswith=f"{community.code}-B").values_list("code", flat=True)
    return max((int(m[1]) for m in map(_NUMBER.search, codes) if m), default=0) + 1


def new_code(community: Place, number: int) -> str:
    return building_code(community.code, number)
