"""A small district with the small charter in force, everybody seated, and work to do in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from linli.access.models import User
from linli.bodies.acting import refresh_acting
from linli.bodies.furnish import furnish
from linli.bodies.models import Holding, Seat
from linli.charter.store import charter_of
from linli.charter.tests.factories import adopt_small
from linli.flow.actions import begin_flow, take_as_reporter, take_step
from linli.flow.models import Event, Flow, Todo
from linli.places.models import Place

MONDAY = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
"""Monday 2026-03-02 09:00 in China: a plain week."""

TREE = [
    ("D", "district", "试区", ""),
    ("S1", "street", "甲街道", "D"),
    ("C1", "community", "甲社区", "S1"),
    ("G1", "grid", "甲一网格", "C1"),
    ("G2", "grid", "甲二网格", "C1"),
    ("S2", "street", "乙街道", "D"),
    ("C2", "community", "乙社区", "S2"),
    ("G3", "grid", "乙一网格", "C2"),
]


@dataclass
class District:
    """Places by short names, and one person in each seat, by "post place"."""

    places: dict[str, Place]
    people: dict[str, User] = field(default_factory=dict)
    made: int = 0

    def seat(self, post: str, place: str) -> Seat:
        return Seat.objects.get(post=post, place=self.places[place])

    def person(self, post: str, place: str) -> User:
        return User.objects.get(pk=self.people[f"{post} {place}"].pk)  # as a new request reads them

    def matter(self, place: str = "G1", kind: str = "public.lamp", now: datetime = MONDAY, **more: Any) -> Flow:
        self.made += 1
        given = {"by": self.person("desk", "S1"), "role": "desk", "procedure": "matter", "subject": "matters.matter"} | more
        return begin_flow(kind=kind, subject_ref=f"QS-2026-{self.made:06}", title="路灯不亮", place=self.places[place], now=now, **given)


def district(charter: Any = None, vacant: tuple[str, ...] = (), **changes: Any) -> District:
    """Adopt the small charter (with changes), make the places, furnish them, seat somebody in every seat but the vacant."""
    version = charter or adopt_small(**changes)
    places: dict[str, Place] = {}
    for code, level, name, parent in TREE:
        above = places.get(parent)
        path = f"{above.path}.{code}" if above else code
        places[code] = Place.objects.create(code=code, level=level, name=name, parent=above, path=path, valid_from=date(2020, 1, 1))
    furnish(charter_of(version), places["D"])
    made = District(places)
    for number, seat in enumerate(Seat.objects.select_related("place").order_by("pk")):
        key = f"{seat.post} {seat.place.code}"
        if key not in vacant:
            user = made.people[key] = User.objects.create(username=f"u{number}", name=f"{seat.post}@{seat.place.name}", is_demo=True)
            Holding.objects.create(seat=seat, user=user, since=MONDAY - timedelta(days=400))
    refresh_acting()
    return made


def at_handling(town: District, **more: Any) -> Flow:
    """Work accepted and with the grid worker."""
    flow = town.matter(**more)
    return take_step(by=town.person("desk", "S1"), flow=flow, seq=flow.seq, outcome="accepted", now=more.get("now", MONDAY))


def to_the_end(town: District, flow: Flow, now: datetime) -> Flow:
    """Handled, checked, answered, rated: closed."""
    for post, place, outcome, name in (
        ("worker", "G1", "done", "result"),
        ("checker", "C1", "passed", "finding"),
        ("desk", "S1", "answered", "answer"),
    ):
        flow = take_step(by=town.person(post, place), flow=flow, seq=flow.seq, outcome=outcome, texts={name: "好了"}, now=now)
    return take_as_reporter(flow=flow, seq=flow.seq, outcome="satisfied", now=now)


def kinds(flow: Flow) -> list[str]:
    return list(Event.objects.filter(flow=flow).order_by("seq").values_list("kind", flat=True))


def open_todos(flow: Flow) -> set[tuple[str, str]]:
    """(post, role) of what is to do."""
    return set(Todo.objects.filter(flow=flow, done_at=None).values_list("seat__post", "role"))
