"""Reads of the register that are more than a filter. All of them see only what is opened (``access.rls``)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import Count, OuterRef, Prefetch, Q, QuerySet, Subquery, Value
from django.db.models.functions import LPad

from linli.people import names
from linli.people.addresses import floor_of, natural
from linli.people.models import Batch, Change, Household, Membership, Person, Residence, Role, Secret, Touched, Unit
from linli.people.told import CHILD
from linli.places.models import Place

MOST = 200
"""People one search finds at most; more are told to say more."""

LIVING = Q(residences__until=None)


def grown_up(today: date) -> Q:
    """Whom lists may show: children under 14 stand on the page of their household and their own, and nowhere else."""
    try:
        born = today.replace(year=today.year - CHILD)
    except ValueError:  # 29 February
        born = today.replace(year=today.year - CHILD, month=3, day=1)
    return Q(born=None) | Q(born__lte=born)


def named(tokens: Iterable[int], near: str) -> list[int]:
    """Ids of people found by a token of their name, in one community (its code) or, "", anywhere in what is opened. One more than MOST tells.

    There is more than one token of what is looked for only while the key of the index is being turned (``names.sought``).
    """
    found: list[int] = []
    with connection.cursor() as cursor:
        for token in tokens:
            cursor.execute("select * from linli_people_named(%s, %s, %s)", [token, near, MOST + 1])
            found += [pk for (pk,) in cursor.fetchall()]
    return list(dict.fromkeys(found))[: MOST + 1]


def numbered(kind: str, blinds: Iterable[bytes]) -> list[int]:
    """Ids of people who have this number (``told.blinds``): one for an identity number, a family for a telephone."""
    return list(Secret.objects.filter(kind=kind, blind__in=list(blinds), until=None).values_list("person_id", flat=True)[: MOST + 1])


def with_homes(people: Iterable[Person]) -> None:
    """Give each person ``lives``: their present residence with household and dwelling, or None. One query."""
    people = list(people)
    rows = Residence.objects.open().filter(person__in=people).select_related("household__dwelling__parent__parent__parent__parent")
    homes = {r.person_id: r for r in rows}
    for person in people:
        person.lives = homes.get(person.pk)  # type: ignore[attr-defined]


def book(path: str) -> QuerySet[Household]:
    """Households at or below a place, each with ``people``, ``from_elsewhere``, ``tenure`` and the sealed name of its head."""
    head = Residence.objects.open().filter(household=OuterRef("pk"), role=Role.HEAD)
    return (
        Household.objects.open()
        .within(path)
        .select_related("dwelling__parent__parent__parent")
        .annotate(
            door=LPad("dwelling__name", 8, Value("0")),  # 201 before 1001
            people=Count("residences", filter=LIVING),
            from_elsewhere=Count("residences", filter=LIVING & Q(residences__registered="elsewhere")),
            head_pk=Subquery(head.values("person_id")[:1]),
            head_name=Subquery(head.values("person__name_sealed")[:1]),
            tenure=Subquery(head.values("tenure")[:1]),
        )
    )


def head_of(household: Any) -> str:
    """The masked name of who answers the door, for a row of ``book``; "" where nobody is said to."""
    return names.masked(names.opened(household.head_name, household.head_pk)) if household.head_pk else ""


@dataclass(slots=True)
class Door:
    """A dwelling in the view of its building."""

    place: Place
    households: list[Household] = field(default_factory=list)

    @property
    def people(self) -> int:
        return sum(h.people for h in self.households)  # type: ignore[attr-defined]

    @property
    def answers(self) -> str:
        return "、".join(filter(None, (head_of(h) for h in self.households)))


@dataclass(slots=True)
class Stair:
    """A unit (or the building itself) with its floors from the top down, each with its doors."""

    place: Place
    floors: list[tuple[str, list[Door]]]


def stairs(building: Place) -> list[Stair]:
    """A building (or one unit of it) as one walks through it: units, floors from the top, doors. Three queries."""
    below = Place.objects.current().within(str(building.path)).defer("shape")
    places = list(below.filter(level__in=["unit", "dwelling"]).exclude(pk=building.pk if building.level == "dwelling" else None))
    doors = {p.pk: Door(p) for p in places if p.level == "dwelling"}
    for household in book(str(building.path)):
        if household.dwelling_id in doors:
            doors[household.dwelling_id].households.append(household)
    units = [p for p in places if p.level == "unit"] or [building]
    found = []
    for unit in sorted(units, key=lambda u: natural(u.name)):
        mine = [d for d in doors.values() if d.place.parent_id == unit.pk]
        floors: dict[str, list[Door]] = defaultdict(list)
        for door in sorted(mine, key=lambda d: natural(d.place.name)):
            floors[floor_of(door.place.name)].append(door)
        found.append(Stair(unit, sorted(floors.items(), key=lambda f: natural(f[0]), reverse=True)))
    return found


@dataclass(slots=True)
class Counted:
    """How many live at a place, for the list of an area."""

    place: Place
    households: int = 0
    people: int = 0


_COUNTED = """
select w.i, count(distinct h.id), count(r.id) from unnest(%s::ltree[]) with ordinality as w(path, i)
  join people_household h on h.path <@ w.path and h.until is null
  left join people_residence r on r.household_id = h.id and r.until is null
 group by 1
"""


def counted(places: Sequence[Place]) -> list[Counted]:
    """Households and people of each place: one query. These are counts of places, of the register itself."""
    found = [Counted(p) for p in places]
    if not places:
        return found
    with connection.cursor() as cursor:
        cursor.execute(_COUNTED, [[str(p.path) for p in places]])
        for i, households, people in cursor.fetchall():
            found[i - 1].households, found[i - 1].people = households, people
    return found


def with_somebody_born_by(places: Sequence[Place], day: date) -> list[int]:
    """Households of each place in which somebody lives who was born on ``day`` or before. One query; small numbers are not to be shown."""
    found = [0] * len(places)
    if not places:
        return found
    with connection.cursor() as cursor:
        cursor.execute(
            f"select w.i, count(distinct r.household_id) from {Residence._meta.db_table} r"  # noqa: S608  # models' own tables
            f" join {Person._meta.db_table} p on p.id = r.person_id and p.born <= %s"
            " join unnest(%s::ltree[]) with ordinality as w(path, i) on r.path <@ w.path where r.until is null group by 1",
            [day, [str(p.path) for p in places]],
        )
        for i, n in cursor.fetchall():
            found[i - 1] = n
    return found


def with_somebody_visited(places: Sequence[Place], groups: Iterable[str], today: date) -> list[int]:
    """Doors of each place behind which somebody lives who is visited under one of ``groups``. One query; small numbers are not to be shown."""
    found = [0] * len(places)
    if not places:
        return found
    with connection.cursor() as cursor:
        cursor.execute(
            f"select w.i, count(distinct r.path) from {Residence._meta.db_table} r"  # noqa: S608  # models' own tables
            f' join {Membership._meta.db_table} m on m.person_id = r.person_id and m."group" = any(%s) and m.since <= %s'
            " and (m.until is null or m.until > %s)"
            " join unnest(%s::ltree[]) with ordinality as w(path, i) on r.path <@ w.path where r.until is null group by 1",
            [list(groups), today, today, [str(p.path) for p in places]],
        )
        for i, n in cursor.fetchall():
            found[i - 1] = n
    return found


def units_of(place: Place) -> QuerySet[Unit]:
    return Unit.objects.open().within(str(place.path)).select_related("place__parent")


def history_of_units(place: Place, most: int = 12) -> list[Change]:
    """Units that came and went in a building, the latest first."""
    rows = Change.objects.within(str(place.path)).filter(act__in=["unit.entered", "unit.left"])
    return list(rows.select_related("by", "undone_by").order_by("-id")[:most])


def members(household: Household) -> list[Residence]:
    """Everybody who lives or lived there: those who do first, the head at their head. Two queries."""
    rows = list(
        household.residences.select_related("person").prefetch_related(
            Prefetch("person__secrets", Secret.objects.filter(kind="phone", until=None).defer("sealed").order_by("id"), to_attr="phones")
        )
    )
    order = [*Role.values]
    return sorted(rows, key=lambda r: (r.until is not None, order.index(r.role), r.person.born or date.max, r.pk))


def history_of_household(household: Household, most: int = 60) -> list[Change]:
    """Its own lines, and those of sheets that entered somebody who lives or lived there. Two queries."""
    persons = list(household.residences.values_list("person_id", flat=True))
    sheets = Touched.objects.filter(person__in=persons, change__act="register.imported")
    return _history(most, Change.objects.filter(household_id=household.pk), sheets, _made(persons))


def history_of_person(person: Person, most: int = 60) -> list[Change]:
    return _history(most, Change.objects.filter(person_id=person.pk), Touched.objects.filter(person_id=person.pk), _made([person.pk]))


def _made(persons: Sequence[int]) -> QuerySet[Batch]:
    """Where one of the persons was made among many."""
    runs = Q(pk__in=[])
    for pk in persons:
        runs |= Q(first__lte=pk, last__gte=pk)
    return Batch.objects.filter(runs)


def _history(most: int, own: QuerySet[Change], *also: QuerySet[Any]) -> list[Change]:
    """Each question by its own index, and their answers put together: asked as one with «or», every line there is would be looked at."""
    ids = own.order_by().values("pk").union(*(rows.order_by().values("change") for rows in also), all=True)
    return list(Change.objects.filter(pk__in=ids).select_related("by", "undone_by").order_by("-id")[:most])
