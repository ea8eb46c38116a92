"""A small Qingshan with a committee, a mediation chair, two streets; gatherings in it, and work they are about."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from django.test import Client

import linli
from linli.access.models import User
from linli.bodies.actions import appoint
from linli.bodies.furnish import furnish
from linli.bodies.models import Seat
from linli.charter.store import adopt, charter_of, forget
from linli.flow.actions import begin_flow
from linli.flow.models import Flow
from linli.gatherings import actions
from linli.gatherings.actions import Plan, Presence
from linli.gatherings.models import Attendance, Gathering
from linli.gatherings.queries import people
from linli.places.models import Place

# a Monday, 09:00 in Shanghai
START = datetime(2026, 11, 16, 1, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)

TREE = [
    ("d", "150204000000", "青山区", "district", ""),
    ("s1", "150204006000", "青山路街道办事处", "street", "d"),
    ("s2", "150204008000", "幸福路街道办事处", "street", "d"),
    ("c1", "150204006019", "都兰社区居委会", "community", "s1"),
    ("c2", "150204006020", "昆仑社区居委会", "community", "s1"),
    ("c9", "150204008015", "建华社区居委会", "community", "s2"),
    ("g1", "150204006019001", "第一网格", "grid", "c1"),
    ("g2", "150204006019002", "第二网格", "grid", "c1"),
    ("g9", "150204008015001", "第一网格", "grid", "c9"),
]
POSTS = [
    ("worker", "grid-worker", "g1"), ("voice", "grid-voice", "g1"), ("guide", "grid-guide", "g1"), ("counter", "community-counter", "c1"),
    ("station", "station-head", "c1"), ("chair", "committee-chair", "c1"), ("vice", "committee-vice-chair", "c1"),
    ("vice2", "committee-vice-chair", "c1"), ("mediator", "mediation-chair", "c1"), ("party", "party-secretary", "c1"),
    ("desk", "street-desk", "s1"), ("street", "street-coordinator", "s1"), ("district", "district-coordinator", "d"),
    ("urban", "urban-management-officer", "d"), ("parks", "parks-officer", "d"), ("auditor", "auditor", "d"),
    ("neighbour", "station-head", "c2"), ("stranger", "station-head", "c9"), ("far_worker", "grid-worker", "g9"),
]  # fmt: skip


@dataclass
class Town:
    """Places and people by short names."""

    version: Any = None
    places: dict[str, Place] = field(default_factory=dict)
    people: dict[str, User] = field(default_factory=dict)
    seats: dict[str, Seat] = field(default_factory=dict)
    made: int = 0

    def who(self, name: str) -> User:
        """As a new request reads them."""
        return User.objects.get(pk=self.people[name].pk)

    def holding(self, name: str) -> int:
        """The holding of somebody's first post."""
        return self.people[name].holdings.order_by("pk").first().pk

    def signed_in(self, name: str) -> Client:
        client = Client()
        client.force_login(self.people[name], backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    def matter(self, place: str = "g1", **more: Any) -> Flow:
        """Work with the street's desk, about a place."""
        self.made += 1
        given = {
            "by": self.who("desk"),
            "role": "street-desk",
            "procedure": "matter",
            "subject": "matters.matter",
            "kind": "environment.rubbish",
        }
        return begin_flow(
            **{**given, **more}, subject_ref=f"QS-2026-{self.made:06}", title="垃圾堆放", place=self.places[place], now=START - DAY
        )


def make_town() -> Town:
    forget()
    town = Town(adopt(Path(linli.__file__).parent / "charters" / "qingshan", in_force_from=datetime(2026, 1, 1, tzinfo=UTC)))
    for key, code, name, level, parent in TREE:
        above = town.places.get(parent)
        path = f"{above.path}.{code}" if above else code
        town.places[key] = Place.objects.create(
            code=code, name=name, level=level, parent=above, path=path, valid_from=date(2013, 1, 1), is_demo=True
        )
    furnish(charter_of(town.version), town.places["d"])
    for name, post, key in POSTS:
        seat = Seat.objects.get(post=post, place=town.places[key])
        user = User.objects.create(username=name, name=f"员工{name}")
        town.people[name], town.seats[name] = user, seat
        appoint(by=None, seat=seat, user=user, since=datetime(2026, 1, 1, tzinfo=UTC))
    return town


def a_plan(**more: Any) -> Plan:
    given = {
        "title": "楼道堆物整治",
        "where": "社区二楼会议室",
        "starts_at": START + DAY,
        "ends_at": START + DAY + HOUR,
        "agenda": ("通报情况", "商定办法"),
    }
    return Plan(**{**given, **more})


def planned(
    town: Town, *, kind: str = "joint-meeting", by: str = "station", place: str = "c1", invite: tuple[str, ...] = (), flow: Flow | None = None,
    now: datetime = START, anyway: bool = False, seat: str = "", request_id: uuid.UUID | None = None, **plan: Any,
) -> Gathering:  # fmt: skip
    """A gathering planned by ``by`` from their own seat."""
    return actions.plan_gathering(
        by=town.who(by), request_id=request_id or uuid.uuid4(), kind=kind, seat=town.seats[seat or by], place=town.places[place], flow=flow,
        plan=a_plan(invite=frozenset(held(town, place, *invite, kind=kind, flow=flow)), **plan), anyway=anyway, now=now,
    )  # fmt: skip


def held(town: Town, place: str, *names: str, kind: str = "joint-meeting", flow: Flow | None = None) -> list[int]:
    """The holdings by which people can be chosen, as the form offers them."""
    from linli.gatherings.queries import body_at

    charter = charter_of(town.version)
    found = people(charter, town.places[place], body_at(charter.gatherings[kind], town.places[place]) if names else None, flow, START)
    by_user = {p.user: p.holding for p in found}
    return [by_user.get(town.people[n].pk, 0) for n in names]


def presence(gathering: Gathering, *came: Any, excused: tuple[Any, ...] = (), **more: Any) -> Presence:
    """Those of the users came, those excused, the rest not."""
    pks = {u.pk: Attendance.State.CAME for u in came} | {u.pk: Attendance.State.EXCUSED for u in excused}
    marks = {a.pk: str(pks.get(a.user_id, Attendance.State.ABSENT)) for a in gathering.attendance.all()}
    return Presence(came=marks, **more)


def hold(town: Town, gathering: Gathering, *came: str, by: str = "station", now: datetime | None = None, **more: Any) -> Gathering:
    texts = {name: more.pop(name) for name in ("text", "result") if name in more}
    return actions.hold_gathering(
        by=town.who(by), gathering=gathering, seq=None, presence=presence(gathering, *(town.people[n] for n in came), **more),
        now=now or gathering.ends_at, **texts,
    )  # fmt: skip
