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


def _study(world):
    """A finished study of C1: of no kind of facility, one building."""
    from linli.charter.store import version_in_force
    from linli.planning.models import Study

    point = {"type": "Point", "coordinates": [109.9, 40.65]}
    building = {"id": "B1", "name": "1号楼", "households": 40, "minutes": {}, "missing": []}
    return Study.objects.get_or_create(
        place=world.places["C1"], kind="circles",
        defaults={
            "path": str(world.places["C1"].path), "state": "done", "options": {"kinds": "clinic", "minutes": 15, "pace": 80, "detour": 1.3}, "digest": "0" * 64,
            "charter": version_in_force(), "made_at": timezone.now(),
            "result": {
                "figures": {"kinds": []}, "words": {"zh-hans": [], "en": []}, "rows": [],
                "features": [{"type": "Feature", "properties": building, "geometry": point}],
            },
        },
    )[0]  # fmt: skip


for _name in ("community", "search", "from_present", "material"):
    example(f"planning:{_name}")(lambda world: Example({"code": world.places["C1"].code}, path="C1"))
for _name in (
    "alternative", "move", "undo", "again", "drop", "withdraw", "propose", "decide", "shapes", "geojson", "sheet", "print", "pdf",
):  # fmt: skip
    example(f"planning:{_name}")(lambda world: Example({"uid": _division(world).uid}, path="C1"))
for _name in ("study", "study_again", "study_drop", "study_shapes", "study_geojson", "study_sheet", "study_print", "study_pdf"):
    example(f"planning:{_name}")(lambda world: Example({"uid": _study(world).uid}, path="C1"))
example("planning:study_new")(lambda world: Example({"kind": "circles"}, path="C1", query={"place": world.places["C1"].code}))
example("planning:study_example")(lambda world: Example({"which": "community"}))
