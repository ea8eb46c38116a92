"""People for whole communities of the demonstration district. Nobody of them exists: every identity number has the area code 000000,
which was never issued, every telephone begins with 154, which no network has; every row is marked as demonstration data."""

from __future__ import annotations

import random
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any

from django.db import transaction
from django.utils import timezone

from linli.access.demo import NAMES
from linli.access.guard import guard_demo
from linli.access.rls import opened
from linli.charter.schema import Charter
from linli.kit import crypto, idnumber, phones
from linli.people.actions.base import next_ids
from linli.people.bulk import store
from linli.people.demo.shapes import Home, Names, homes
from linli.people.models import Change, Custody, Household, Membership, Person, Residence, Secret, Touched, Unit
from linli.people.told import CHILD, Told, new_person, new_secret, values
from linli.places.models import Place

ELSEWHERE = (
    "内蒙古乌兰察布市集宁区",
    "内蒙古巴彦淖尔市临河区",
    "山西省大同市平城区",
    "河北省张家口市桥西区",
    "内蒙古包头市固阳县",
    "陕西省榆林市神木市",
)
SHOPS = (
    ("shop", "便民超市"),
    ("shop", "早点铺"),
    ("clinic", "药店"),
    ("shop", "理发店"),
    ("workshop", "修配部"),
    ("company", "物业服务部"),
    ("school", "托管中心"),
)
FIRMS = ("惠民", "同心", "福满", "青山", "万家", "和顺", "益康", "新苗")
TABLES: dict[type, tuple[str, ...]] = {
    Household: ("id", "dwelling_id", "path", "since", "until", "is_demo"),
    Person: ("id", "name_sealed", "tokens", "sex", "born", "died", "community", "path", "is_demo"),
    Secret: ("id", "person_id", "kind", "sealed", "shown", "blind", "since", "path", "is_demo"),
    Residence: (
        "id",
        "person_id",
        "household_id",
        "role",
        "tenure",
        "registered",
        "registered_at",
        "since",
        "until",
        "ended",
        "path",
        "is_demo",
    ),
    Membership: ("id", "person_id", "group", "since", "purpose", "path", "is_demo"),
    Custody: ("id", "child_id", "custodian_id", "kind", "since", "path", "is_demo"),
    Unit: ("id", "name", "kind", "place_id", "path", "since", "is_demo"),
    Change: ("id", "at", "act", "household_id", "data", "note", "path"),
    Touched: ("id", "change_id", "person_id", "path"),
}


@dataclass(frozen=True, slots=True)
class Made:
    """What ``make_people`` made."""

    communities: int
    households: int
    people: int
    memberships: int

    def __str__(self) -> str:
        return f"{self.households:,} households with {self.people:,} people in {self.communities} communities, {self.memberships:,} visited under a group"


@dataclass
class _Maker:
    charter: Charter
    rng: random.Random
    ring: crypto.Keyring
    today: date
    serials: Counter
    rows: dict[type, list[list[Any]]] = field(default_factory=lambda: {model: [] for model in TABLES})
    telephones: int = 0

    ids: dict[type, Iterator[int]] = field(default_factory=dict)

    def key(self, model: type) -> int:
        """The next key of the sequence: what is sealed is bound to it."""
        return next(self.ids[model])

    def put(self, model: type, **values: Any) -> int:
        pk = values.pop("id", None) or self.key(model)
        values["id"] = pk
        self.rows[model].append([values.get(c) for c in TABLES[model]])
        return pk

    def home(self, dwelling: Place, community: str, home: Home) -> None:
        path = str(dwelling.path)
        household = self.put(Household, dwelling_id=dwelling.pk, path=path, since=home.since, is_demo=True)
        entered = datetime.combine(home.since, time(2), UTC)
        line = self.put(Change, at=entered, act="household.entered", household_id=household, data="{}", note="", path=path)
        registered = "elsewhere" if home.elsewhere else "here"
        at = self.rng.choice(ELSEWHERE) if home.elsewhere else ""
        ids = []
        for person in home.people:
            pk = self.key(Person)
            ids.append(pk)
            told = self.told(person)
            row = new_person(told, pk, path=path, community=community, is_demo=True, ring=self.ring)
            self.put(Person, **{c: getattr(row, c) for c in TABLES[Person]})
            for kind, value in values(told):
                secret = new_secret(pk, kind, value, self.key(Secret), path=path, since=entered, is_demo=True, ring=self.ring)
                self.put(Secret, **{c: getattr(secret, c) for c in TABLES[Secret]})
            since = max(home.since, person.born)
            self.put(
                Residence, person_id=pk, household_id=household, role=person.role, tenure=home.tenure, registered=registered, registered_at=at,
                since=since, ended="", path=path, is_demo=True,
            )  # fmt: skip
            self.put(Touched, change_id=line, person_id=pk, path=path)
            if (self.today - person.born).days < CHILD * 365 + 4:
                kind = {"child": "parent", "grandchild": "grandparent"}.get(person.role, "kin")
                self.put(Custody, child_id=pk, custodian_id=ids[0], kind=kind, since=since, path=path, is_demo=True)
        for n, group in home.groups:
            if (known := self.charter.groups.get(group)) and known.purpose:
                since = max(home.since, home.people[n].born)
                self.put(Membership, person_id=ids[n], group=group, since=since, purpose=known.purpose.zh, path=path, is_demo=True)

    def told(self, person: Any) -> Told:
        years = (self.today - person.born).days // 365
        serial = self.serials[person.born, person.sex]
        self.serials[person.born, person.sex] += 1
        number = idnumber.invented(person.born, person.sex, serial % 500) if years >= 1 and serial < 500 else ""
        telephone: tuple[str, ...] = ()
        if years >= 16 and self.rng.random() < 0.9:
            self.telephones += 1
            telephone = (phones.invented(self.telephones * 7919 % 10**8),)
        return Told(person.name, person.born, person.sex, number, telephone)


def make_people(charter: Charter, root: Place, *, communities: int = 2, seed: int = 1, now: datetime | None = None) -> Made:
    """Fill the first ``communities`` that have dwellings. The same seed gives the same people. Raises guard.RealData over real data."""
    guard_demo()
    now = now or timezone.now()
    filled = _with_dwellings(root, communities)
    made: Counter[str] = Counter()
    serials: Counter = Counter()  # one for all: an identity number is one person's
    with transaction.atomic(), opened([str(root.path)]):
        for number, community in enumerate(filled):
            made.update(_community(charter, community, seed, timezone.localdate(now), serials, number * 100_000))
    return Made(len(filled), made["Household"], made["Person"], made["Membership"])


_FURNISHED = """
select c.* from places_place c where c.level = 'community' and c.valid_to is null and c.path <@ %s::ltree
   and exists (select 1 from places_place d where d.path <@ c.path and d.level = 'dwelling' and d.valid_to is null)
 order by c.code limit %s
"""


def _with_dwellings(root: Place, most: int) -> list[Place]:
    return list(Place.objects.raw(_FURNISHED, [str(root.path), most]))


def _community(charter: Charter, community: Place, seed: int, today: date, serials: Counter, telephones: int) -> dict[str, int]:
    rng = random.Random(f"{seed}:{community.code}:people")
    with NAMES.open("rb") as file:
        known = tomllib.load(file)
    names = Names(rng, known["surnames"], known["surname_weights"])
    dwellings = list(
        Place.objects.current()
        .within(str(community.path))
        .filter(level="dwelling")
        .only("id", "path", "code", "name", "level")
        .order_by("path")
    )
    plan = [(d, home) for d, home in zip(dwellings, homes(rng, names, today), strict=False) if home is not None]
    people = sum(len(h.people) for _d, h in plan)
    maker = _Maker(charter, rng, crypto.load_keyring(), today, serials)
    buildings = list(Place.objects.current().within(str(community.path)).filter(level="building").only("id", "path").order_by("path"))
    most = {
        Household: len(plan),
        Change: len(plan),
        Person: people,
        Secret: people * 2,
        Residence: people,
        Touched: people,
        Membership: people * 4,
        Custody: people,
        Unit: len(buildings),
    }
    maker.ids = {model: iter(next_ids(model, count)) for model, count in most.items()}
    maker.telephones = telephones
    for dwelling, home in plan:
        maker.home(dwelling, community.code, home)
    for n, building in enumerate(buildings[::6]):
        kind, name = SHOPS[n % len(SHOPS)]
        maker.put(
            Unit,
            name=f"{rng.choice(FIRMS)}{name}",
            kind=kind,
            place_id=building.pk,
            path=str(building.path),
            since=date(2024, 1, 1),
            is_demo=True,
        )
    for model, rows in maker.rows.items():
        store(model, TABLES[model], rows)
    return {model.__name__: len(rows) for model, rows in maker.rows.items()}
