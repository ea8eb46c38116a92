"""A small register for tests: two streets with a community each, a building with four doors in each grid, and those who serve there."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import count

import pytest
from django.utils import timezone

from linli.access.models import User
from linli.access.rls import opened
from linli.bodies.tests import factories
from linli.bodies.tests.factories import District
from linli.charter.schema import Group, Name
from linli.frame.refusal import Refusal
from linli.kit import idnumber, phones
from linli.people import actions
from linli.people.models import Household, Person, Residence
from linli.people.told import Living, Told
from linli.places.models import Place

TODAY = timezone.localdate()
_serial = count()

SERVES = ("person.see", "person.edit", "person.unmask", "group.see", "group.edit")
_BASIS, _FOR = Name("老年人权益保障法", "Law on the elderly"), Name("看望", "to look in")
GROUPS = {
    "elderly-alone": Group("elderly-alone", Name("独居老人家庭", "Elderly alone"), _BASIS, _FOR, ("grid-worker", "station-head")),
    "head-only": Group("head-only", Name("困难家庭", "Hardship"), _BASIS, _FOR, ("station-head",)),
    "unsaid": Group("unsaid", Name("未写明", "Unsaid")),
}


def charter():
    made = factories.charter(groups=GROUPS)
    posts = dict(made.posts)
    posts["grid-worker"] = replace(posts["grid-worker"], abilities=(*factories.WORK, *SERVES))
    posts["station-head"] = replace(posts["station-head"], abilities=(*factories.LEAD, *SERVES, "person.minor", "person.export"))
    posts["street-coordinator"] = replace(posts["street-coordinator"], abilities=(*factories.LEAD, "audit.see"))
    posts["district-coordinator"] = replace(posts["district-coordinator"], abilities=(*factories.ALL, "person.see", "person.approve"))
    return replace(made, posts=posts)


@dataclass
class Register:
    """``area`` is the district. Doors by grid: ``door("G11", "101")``; people by what they do."""

    area: District
    staff: dict[str, User] = field(default_factory=dict)

    def place(self, code: str) -> Place:
        return Place.objects.get(code=code)

    def door(self, grid: str = "G11", door: str = "101") -> Place:
        return self.place(f"{grid}B-1-{door}")

    def __getattr__(self, name: str) -> User:
        if name in self.__dict__.get("staff", {}):
            return self.staff[name]
        raise AttributeError(name)


def make_register(monkeypatch) -> Register:
    area = factories.district(monkeypatch, charter())
    register = Register(area)
    for n, grid in enumerate(("G11", "G12", "G21", "G22"), 1):
        above = area.places[grid]
        building = _below(above, f"{grid}B", f"{n}号楼", "building")
        unit = _below(building, f"{grid}B-1", "1单元", "unit")
        for door in ("101", "102", "201", "202"):
            _below(unit, f"{grid}B-1-{door}", door, "dwelling")
    for key, post, place in (
        ("worker", "grid-worker", "G11"), ("neighbour", "grid-worker", "G12"), ("stranger", "grid-worker", "G21"), ("head", "station-head", "C1"),
        ("other_head", "station-head", "C2"), ("guide", "grid-guide", "G11"), ("street", "street-coordinator", "S1"), ("district", "district-coordinator", "D"),
    ):  # fmt: skip
        register.staff[key] = area.holder(post, place, name=f"员工{key}")
    return register


def _below(parent: Place, code: str, name: str, level: str) -> Place:
    label = code.replace("-", "_")
    return Place.objects.create(
        code=code, name=name, level=level, parent=parent, path=f"{parent.path}.{label}", valid_from=date(2020, 1, 1)
    )


def told(name: str = "王秀兰", *, years: int = 40, sex: str = "f", id_number: str | None = None, phone: str = "") -> Told:
    n = next(_serial)
    born = TODAY - timedelta(days=years * 365 + years // 4 + n % 200 + 1)
    number = idnumber.invented(born, sex, n % 500) if id_number is None else id_number
    return Told(name, born, sex, number, (phone or phones.invented(n),))


HEAD, SPOUSE, CHILD = Living("head"), Living("spouse"), Living("child")


def household(register: Register, door: Place | None = None, *people, by: User | None = None, since: date | None = None) -> Household:
    """A couple with a child of eight, unless told otherwise."""
    entries = people or (
        (told("张建国", years=42, sex="m"), HEAD),
        (told("王秀兰", years=40), SPOUSE),
        (Told("张欣怡", TODAY - timedelta(days=8 * 365), "f"), CHILD),
    )
    made = actions.enter_household(
        by=by or register.worker, dwelling=door or register.door(), people=entries, since=since or TODAY - timedelta(days=900)
    )
    return made


@contextmanager
def everything():
    """The whole district opened: for looking at what is there."""
    with opened(["D"]):
        yield


def people_of(household: Household) -> list[Person]:
    with everything():
        return [r.person for r in Residence.objects.open().filter(household=household).select_related("person").order_by("pk")]


def lives(person) -> str:
    """The dwelling somebody lives at now."""
    with everything():
        row = Residence.objects.open().filter(person=person.pk).select_related("household__dwelling").first()
        return row.household.dwelling.code if row else ""


def refused(code: str):
    return pytest.raises(Refusal, match=f"^{code}")
