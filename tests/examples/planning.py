"""Dividing communities into grids."""

from __future__ import annotations

from django.utils import timezone

from tests.examples.base import Example, example


def _division(world):
    """An alternative kept for C1: its one building in its one grid."""
    from linli.planning.models import Alternative

    building, grid = world.places["B1"], world.places["G11"]
    facts = {
        "sites": [[building.code, building.name, 40, 109.9, 40.65, grid.name]], "grids": [[grid.code, grid.name]], "barriers": [], "fixed": {},
        "counts": {"from": "places", "file": "", "few": []},
    }  # fmt: skip
    asked = {
        "target": None,
        "units": 1,
        "tolerance": 0.1,
        "link": 120,
        "stay": 1000,
        "seed": 1,
        "seconds": None,
        "rounds": None,
        "anyway": True,
    }
    return Alternative.objects.get_or_create(
        place=world.places["C1"], number=1,
        defaults={
            "path": str(world.places["C1"].path), "state": "kept", "facts": facts, "options": asked, "digest": "0" * 64, "lab": [0],
            "units": [{"name": grid.name, "grid": grid.code}], "result": {"by_hand": True}, "made_at": timezone.now(),
        },
    )[0]  # fmt: skip


for _name in ("community", "search", "from_present", "material"):
    example(f"planning:{_name}")(lambda world: Example({"code": world.places["C1"].code}, path="C1"))
for _name in ("alternative", "move", "undo", "again", "drop", "propose", "decide", "shapes", "geojson", "sheet", "print", "pdf"):
    example(f"planning:{_name}")(lambda world: Example({"uid": _division(world).uid}, path="C1"))
