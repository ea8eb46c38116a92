"""A community to divide."""

from __future__ import annotations

from datetime import date

from linli.matters.tests.factories import LAT, LON, Town, make_town
from linli.places.ltree import label
from linli.places.models import Place

STEP = 0.0008  # 68 m
HOUSEHOLDS = (90, 90, 90, 60, 60, 60, 45, 45, 45, 45, 45, 45)


def make_block() -> Town:
    """The town with a row of twelve buildings in its first community: 450 households in g1, 270 in g2."""
    town = make_town()
    for n, households in enumerate(HOUSEHOLDS):
        grid = town.places["g1" if n < 6 else "g2"]
        code = f"{town.places['c1'].code}-B{n + 1:03d}"
        town.places[f"b{n + 1}"] = Place.objects.create(
            code=code, name=f"{n + 1}号楼", level="building", parent=grid, path=f"{grid.path}.{label(code)}", households=households,
            lon=round(LON + STEP / 2 + n * STEP, 7), lat=LAT + 0.0025, valid_from=date(2013, 1, 1), is_demo=True,
        )  # fmt: skip
    return town
