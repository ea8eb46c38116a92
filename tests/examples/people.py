"""The register of residents."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils import timezone

from linli.people.models import ImportFile
from tests.examples.base import Example, example
from tests.examples.world import World


def _at_home(make: Callable[[World], dict[str, Any]], **more: Any):
    """An object of the register in G11: seen by those with «person.see» there; what else the page asks stands in ``more``."""

    def example_of(world: World) -> Example:
        refused = more.get("refused")
        return Example(
            make(world),
            path="G11",
            ability="person.see",
            refused=(lambda v: refused(world, v)) if refused else None,
            query=more.get("query", {}),
        )

    return example_of


def _sheet(world: World) -> Example:
    """A sheet of residents is its bringer's alone."""
    owner, place = world.visitors["station-head inside"], world.places["C1"]
    kept, _made = ImportFile.objects.get_or_create(
        by=owner.user, name="台账.xlsx", defaults={"at": timezone.now(), "place": place, "path": place.path, "rows": 0, "kept": False}
    )
    return Example({"uid": kept.uid}, only=lambda v: v.key == owner.key)


def _lacks(ability: str):
    return lambda world, v: not world.covers(v, ability, "G11")


example("people:place")(_at_home(lambda w: {"pk": w.places["B1"].pk}))
example("people:print")(_at_home(lambda w: {"pk": w.places["G11"].pk}))
example("people:dwelling")(_at_home(lambda w: {"pk": w.home.dwelling_id}))
example("people:household")(_at_home(lambda w: {"pk": w.home.pk}))
example("people:person")(_at_home(lambda w: {"pk": w.resident.pk}))
example("people:unmask")(_at_home(lambda w: {"pk": w.resident.pk}, query={"purpose": "visit"}))
example("people:hand_out")(_at_home(lambda w: {"pk": w.resident.pk}, refused=_lacks("person.unmask")))
example("people:takeout")(lambda w: Example({"pk": w.takeout.pk}, path="G11"))
example("people:takeout_sheet")(lambda w: Example({"pk": w.takeout.pk}, path="G11", only=lambda v: False))
example("people:takeout_withdraw")(lambda w: Example({"pk": w.takeout.pk}, path="G11", only=lambda v: False))
example("rights:withdraw")(lambda w: Example({"number": "nobodys"}))
example("rights:request")(lambda w: Example({"number": w.own_request.flow.subject_ref}, path="C1", ability="matter.see"))
example("own:open")(lambda w: Example({"token": "nobodys"}))
for _name in ("add", "birth", "move", "death"):
    example(f"people:{_name}")(_at_home(lambda w: {"pk": w.home.pk}, refused=_lacks("person.edit")))
for _name in ("correct", "residence"):
    example(f"people:{_name}")(_at_home(lambda w: {"pk": w.resident.pk}, refused=_lacks("person.edit")))
example("people:custodian")(_at_home(lambda w: {"pk": w.resident.pk}, refused=_lacks("person.edit")))
example("people:import")(_sheet)
example("people:import_sheet")(_sheet)


@example("people:pair")
def _(world):
    return Example({"pk": world.pair.pk}, path="G11", ability="person.edit")


example("people:household_new")(_at_home(lambda w: {"pk": w.home.dwelling_id}, refused=_lacks("person.edit")))
example("people:unit_new")(_at_home(lambda w: {"pk": w.places["B1"].pk}, refused=_lacks("person.edit")))
example("people:unit_end")(_at_home(lambda w: {"pk": w.unit.pk}, refused=_lacks("person.edit")))
example("people:undo")(_at_home(lambda w: {"pk": w.entered.pk}, refused=_lacks("person.edit")))
example("people:group_join")(_at_home(lambda w: {"pk": w.resident.pk}, refused=_lacks("group.edit")))
example("people:group_end")(_at_home(lambda w: {"pk": w.visited.pk}, refused=_lacks("group.edit")))
