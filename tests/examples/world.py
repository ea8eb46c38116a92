"""A small district with a post of each kind inside and outside, and one object of each kind in it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from io import BytesIO
from typing import Any

from django.test import Client
from django.utils import timezone
from PIL import Image

from linli.access.models import User
from linli.access.rls import opened
from linli.bodies.acting import refresh_acting
from linli.bodies.furnish import furnish
from linli.bodies.models import Holding, Seat
from linli.charter.loader import find
from linli.charter.schema import CONFIDED, Charter, Post
from linli.charter.store import adopt, charter_of, forget
from linli.flow.actions import ask_handover, decide_request
from linli.flow.models import Attachment
from linli.frame.uploads import clean_photo
from linli.kit import crypto, idnumber
from linli.matters.actions import Raised, raise_matter, take_matter_step
from linli.matters.disputes import actions as disputes
from linli.matters.disputes.parties import PartyInfo
from linli.matters.models import Matter
from linli.matters.reporters import ReporterInfo
from linli.people.models import Change, Household, Membership, Pair, Person, Takeout, Unit
from linli.places.models import Place

TREE = [
    ("D", "district", "试区", ""),
    ("S1", "street", "甲街道", "D"),
    ("S2", "street", "乙街道", "D"),
    ("C1", "community", "甲社区", "S1"),
    ("C2", "community", "乙社区", "S2"),
    ("G11", "grid", "甲社区第一网格", "C1"),
    ("G21", "grid", "乙社区第一网格", "C2"),
    ("B1", "building", "甲苑1号楼", "G11"),
]
INSIDE = {"district": "D", "street": "S1", "community": "C1", "grid": "G11"}
OUTSIDE = {"street": "S2", "community": "C2", "grid": "G21"}  # the same post, in another street


@dataclass
class Visitor:
    """Somebody who opens pages. ``posts`` are those held now, each with the short name of its place."""

    key: str
    user: User | None
    posts: tuple[tuple[Post, str], ...] = ()

    @cached_property
    def client(self) -> Client:
        """Their browser, signed in once."""
        client = Client()
        if self.user is not None:
            client.force_login(self.user)
        return client


@dataclass
class World:
    """A district of two streets under the shipped charter, with one visitor for each kind of post inside and outside."""

    charter: Charter
    places: dict[str, Place]
    visitors: dict[str, Visitor] = field(default_factory=dict)

    @cached_property
    def raised(self) -> Raised:
        """A public matter in G11, with a photo the public may see and a reporter."""
        photo = Image.new("RGB", (64, 48), "red")
        photo.save(file := BytesIO(), "JPEG")
        raised = raise_matter(
            request_id=uuid.uuid4(),
            channel="web",
            text="5号楼北门垃圾堆了三天没人清",
            category="environment.rubbish",
            place=self.places["G11"],
            photos=[clean_photo(file.getvalue())],
            reporter=ReporterInfo("王秀兰", "13812345678"),
        )
        raised.matter.flow.attachments.update(public=True)
        return raised

    @cached_property
    def home(self) -> Household:
        """A household at a dwelling of B1, in G11: 赵德福, alone, visited under a group."""
        from linli.people.actions import enter_household
        from linli.people.told import Living, Told

        building = self.places["B1"]
        above = {"valid_from": date(2020, 1, 1), "level": "dwelling", "name": "301"}
        door = Place.objects.create(code="B1-301", parent=building, path=f"{building.path}.B1_301", **above)
        told = Told("赵德福", date(1940, 5, 1), "m", idnumber.invented(date(1940, 5, 1), "m", 9), ("15400000001",))
        return enter_household(by=None, dwelling=door, people=[(told, Living("head"))], since=date(2020, 1, 1))

    @property
    def resident(self) -> Person:
        with opened([str(self.places["D"].path)]):
            return Person.objects.filter(residences__household=self.home).earliest("pk")

    @property
    def entered(self) -> Change:
        with opened([str(self.places["D"].path)]):
            return Change.objects.get(act="household.entered", household_id=self.home.pk)

    @cached_property
    def visited(self) -> Membership:
        from linli.people.actions import join_group

        return join_group(by=None, person=self.resident, group="elderly-alone", since=date(2024, 1, 1), purpose="看望")

    @cached_property
    def pair(self) -> Pair:
        """赵德福 of B1 and somebody alike, who lives with him."""
        from linli.people.actions import add_person
        from linli.people.told import Living, Told

        alike = Told("赵德富", date(1940, 5, 1), "m", "", ("15400000002",))
        other = add_person(by=None, household=self.home, told=alike, living=Living("not_kin"), since=date(2024, 1, 1))
        with opened([str(self.places["D"].path)]):
            return Pair.objects.create(first=self.resident, second=other, reasons=["dwelling"], found_at=timezone.now())

    @cached_property
    def own_request(self) -> Any:
        """赵德福 asks for a correction."""
        from linli.people.actions.handing import Opened
        from linli.rights.actions import ask

        link = Opened(0, self.resident.pk, str(self.resident.path), 0, "card", timezone.now())
        return ask(link=link, kind="correct", item="phone", words="电话换了")

    @cached_property
    def takeout(self) -> Takeout:
        """A list of G11 that somebody without a post asked for."""
        by = User.objects.create(username="asks-for-a-list", name="员工名单")
        grid = self.places["G11"]
        return Takeout.objects.create(by=by, at=timezone.now(), place=grid, path=str(grid.path), count=1, why="例会")

    @cached_property
    def unit(self) -> Unit:
        from linli.people.actions import enter_unit

        return enter_unit(by=None, place=self.places["B1"], name="便民超市", kind="shop", since=date(2024, 1, 1))

    @property
    def matter(self) -> Matter:
        return self.raised.matter

    @cached_property
    def dispute(self) -> Matter:
        """A dispute in G11 that is mediated in C1, with its sides, something agreed on and a handover that was sent back."""
        return make_dispute(self)

    @property
    def disputing(self) -> tuple[int, ...]:
        """Seats that take part in the dispute."""
        return tuple(self.dispute.flow.todos.values_list("seat__acting", flat=True))

    @property
    def involved(self) -> tuple[int, ...]:
        """Seats that take part in the matter."""
        return tuple(self.matter.flow.todos.values_list("seat__acting", flat=True))

    @property
    def photo(self) -> Attachment:
        return self.matter.flow.attachments.get()

    def seat(self, post: str, place: str) -> Seat:
        return Seat.objects.select_related("place").get(post=post, place=self.places[place])

    def holding(self, post: str, place: str) -> Holding:
        """Somebody's holding that is no visitor's, so that pages may end it."""
        user, _made = User.objects.get_or_create(username=f"other-{post}-{place}", defaults={"name": "另一人"})
        return Holding.objects.get_or_create(
            seat=self.seat(post, place), user=user, defaults={"since": timezone.now() - timedelta(days=9)}
        )[0]

    def covers(self, visitor: Visitor, ability: str, place: str) -> bool:
        """Whether one of the visitor's posts has the ability over the place: from the charter, not from the code under test."""
        path = str(self.places[place].path)
        return any(
            ability in post.abilities
            and (post.reach == "area" or ability in ("place.see", "charter.see"))
            and f"{path}.".startswith(f"{self.places[held].path}.")
            for post, held in visitor.posts
        )

    def may_fill(self, visitor: Visitor, post: str, place: str) -> bool:
        return all(self.covers(visitor, a, place) for a in {"post.assign", *self.charter.posts[post].abilities} - CONFIDED)


def make_dispute(world: World) -> Matter:
    """By the desk and the mediator of its own, who are no visitors."""
    now, today = timezone.now(), timezone.localdate()
    desk, mediator, street = (
        world.holding(post, place).user for post, place in (("street-desk", "S1"), ("mediation-chair", "C1"), ("street-mediator", "S1"))
    )
    refresh_acting()
    matter = raise_matter(
        request_id=uuid.uuid4(), channel="web", text="物业停了门禁卡，双方各说各的理", category="disputes.property", place=world.places["G11"],
    ).matter  # fmt: skip
    for side, name in ((1, "钱德旺"), (2, "孙玉梅")):
        disputes.add_party(by=desk, matter=matter, info=PartyInfo(side, name), now=now)
    matter = take_matter_step(by=desk, matter=matter, seq=None, outcome="accepted", now=now)
    matter = take_matter_step(by=mediator, matter=matter, seq=None, outcome="agree", now=now)
    ask_handover(by=mediator, flow=matter.flow_id, seq=None, seat=world.seat("street-mediator", "S1").pk, reason="请街道调解", now=now)
    decide_request(by=street, flow=matter.flow_id, seq=None, grant=False, reason="材料不齐", now=now)
    disputes.enter_agreement(
        by=mediator, matter=matter, form="written", facts="门禁卡被停", responsibilities="", terms="", signed_on=today,
        obligations=[disputes.Owed(2, "恢复门禁", today)], now=now,
    )  # fmt: skip
    return Matter.objects.select_related("flow").get(pk=matter.pk)


def build_world() -> World:
    """Inside an open transaction."""
    forget()
    charter = charter_of(adopt(find("qingshan"), by="test"))
    places: dict[str, Place] = {}
    for short, level, name, parent in TREE:
        above = places.get(parent)
        code = charter.area.root if short == "D" else short
        path = f"{above.path}.{code}" if above else code
        places[short] = Place.objects.create(code=code, level=level, name=name, parent=above, path=path, valid_from=date(2020, 1, 1))
    furnish(charter, places["D"])
    world = World(charter, places)
    world.visitors = {v.key: v for v in _visitors(world)}
    for visitor in world.visitors.values():
        assert visitor.client  # signed in here, so that no test's undoing takes a session away
    refresh_acting()
    try:
        crypto.load_keyring()
    except crypto.NoKeyring:
        crypto.new_keyring()
    assert world.raised
    assert world.dispute
    assert world.visited
    assert world.unit
    return world


def kinds_of_post(charter: Charter) -> list[Post]:
    """One post of each kind: of those with the same level, abilities and reach one stands for all."""
    kinds: dict[tuple, Post] = {}
    for post in charter.posts.values():
        kinds.setdefault((post.level, frozenset(post.abilities), post.reach), post)
    return list(kinds.values())


def _visitors(world: World):
    yield Visitor("a stranger", None)
    yield Visitor("an account without a post", _user("nothing"))
    left = _user("left")
    past = timezone.now() - timedelta(days=2)
    Holding.objects.create(seat=world.seat("station-head", "C1"), user=left, since=past - timedelta(days=9), until=past)
    yield Visitor("somebody released", left)
    for post in kinds_of_post(world.charter):
        for where, short in (("inside", INSIDE.get(post.level)), ("outside", OUTSIDE.get(post.level))):
            if short:
                user = _user(f"{post.id}-{where}")
                Holding.objects.create(seat=world.seat(post.id, short), user=user, since=timezone.now() - timedelta(days=30))
                yield Visitor(f"{post.id} {where}", user, ((post, short),))


def _user(username: str) -> User:
    user = User(username=username, name=username)
    user.set_password("long enough 7")
    user.save()
    return user
