"""An example object for every address that names one, for the walk over all addresses in ``test_every_url``.

A page with something in its address («/posts/<int:pk>/») gets a function here, under its URL name:

    @example("bodies:seat")
    def seat(world):
        return Example({"pk": world.seat("grid-worker", "G11").pk}, path="G11")

``path`` names the place the object belongs to, by its short name in ``World``; all that is asked of a visitor then follows from the
view's rule: without its ability 403, with it but elsewhere 404, with it over the place the page. What doesn't follow from that is said
in the example: ``ability`` (which one the object asks for, where the view names none or several), ``involved`` (seats that take part),
``only`` (a function of the visitor that says whether the object exists for them), ``refused`` (whether the page answers 403). What a page
needs to be sent stands in ``query``; a page without an object in its address has an example only for that.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from io import BytesIO
from typing import Any

from django.core.files.base import ContentFile
from django.test import Client
from django.utils import timezone
from PIL import Image

from linli.access.models import User
from linli.access.rls import opened
from linli.bodies.acting import refresh_acting
from linli.bodies.furnish import furnish
from linli.bodies.models import Holding, Seat
from linli.charter.loader import find
from linli.charter.schema import CONFIDED, Charter, Duration, Post
from linli.charter.store import adopt, charter_of, forget
from linli.flow.actions import ask_handover, decide_request, supervise_flow
from linli.flow.models import Attachment
from linli.frame.jobs import beat
from linli.frame.uploads import clean_photo
from linli.kit import crypto, idnumber
from linli.matters.actions import Raised, follow_matter, raise_matter, take_matter_step
from linli.matters.disputes import actions as disputes
from linli.matters.disputes.parties import PartyInfo
from linli.matters.models import Matter, Notice, OrderFile, Pressing
from linli.matters.reporters import ReporterInfo
from linli.people.models import Change, Household, ImportFile, Membership, Pair, Person, Takeout, Unit
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
    beat("clock")  # /readyz asks for it
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


@dataclass
class Example:
    """What stands in an address. See the head of this file."""

    kwargs: dict[str, Any] = field(default_factory=dict)
    path: str = ""
    ability: str = ""
    involved: tuple[int, ...] = ()
    only: Callable[[Visitor], bool] | None = None
    refused: Callable[[Visitor], bool] | None = None
    query: dict[str, str] = field(default_factory=dict)  # sent along


EXAMPLES: dict[str, Callable[[World], Example]] = {}


def example(name: str):
    def keep(make: Callable[[World], Example]):
        assert name not in EXAMPLES, f"{name} has two examples"
        EXAMPLES[name] = make
        return make

    return keep


# --- posts


@example("bodies:seat")
def _(world):
    return Example({"pk": world.seat("grid-worker", "G11").pk}, path="G11")


@example("bodies:appoint")
def _(world):
    return Example({"pk": world.seat("grid-worker", "G11").pk}, path="G11", refused=lambda v: not world.may_fill(v, "grid-worker", "G11"))


@example("bodies:new_person")
def _(world):
    return Example({"pk": world.seat("grid-worker", "G11").pk}, path="G11", refused=lambda v: not world.may_fill(v, "grid-worker", "G11"))


@example("bodies:release")
def _(world):
    return Example({"pk": world.holding("grid-worker", "G11").pk}, path="G11")


@example("bodies:hand_over")
def _(world):
    return Example(
        {"pk": world.holding("grid-worker", "G11").pk}, path="G11", refused=lambda v: not world.may_fill(v, "grid-worker", "G11")
    )


@example("bodies:person")
def _(world):
    return Example({"pk": world.holding("grid-worker", "G11").user_id}, path="G11")


@example("bodies:person_act")
def _(world):
    held = world.holding("grid-worker", "G11")
    return Example({"pk": held.user_id, "act": "close"}, path="G11", refused=lambda v: not world.may_fill(v, "grid-worker", "G11"))


# --- places


@example("places:place")
def _(world):
    return Example({"pk": world.places["G11"].pk}, path="G11")


@example("places:change")
def _(world):
    return Example({"pk": world.places["G11"].pk}, path="G11")


@example("places:end")
def _(world):
    return Example({"pk": world.places["G11"].pk}, path="G11")


@example("places:draw_grid")
def _(world):
    return Example({"pk": world.places["C1"].pk}, path="C1")


@example("places:add_building")
def _(world):
    return Example({"pk": world.places["G11"].pk}, path="G11")


@example("places:import_check")
def _(world):
    return Example({"token": "nothing-here"})  # kept under the user's own number: who has no such file is sent to choose one


# --- the register of residents


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


# --- the frame, the home pages, the charter


def _job(world):
    from linli.frame.models import Job

    owner = world.visitors["district-coordinator inside"]
    job = Job.objects.create(kind="test", title="试", by=owner.user, asked_at=timezone.now())
    return Example({"uid": job.uid}, only=lambda v: v.key == owner.key)


def _view(world):
    from linli.frame.models import SavedView

    owner = world.visitors["station-head inside"]
    view, _made = SavedView.objects.get_or_create(user=owner.user, page="matters:list", name="试", defaults={"query": ""})
    return Example(query={"id": str(view.pk), "name": "另"}, only=lambda v: v.key == owner.key)


example("frame:view_rename")(_view)
example("frame:view_drop")(_view)


@example("frame:view_save")
def _(world):
    return Example(query={"page": "matters:list", "name": "试"})


example("frame:job")(_job)
example("frame:job_cancel")(_job)


@example("frame:job_result")
def _(world):
    return Example(_job(world).kwargs, only=lambda v: False)  # not done yet, so there is nothing to fetch


@example("web:guide")
def _(world):
    return Example({"who": "resident"})


@example("charter:procedure")
def _(world):
    return Example({"id": "matter"})


# --- matters: the reporter's side and the public's


def _by_code(world):
    return Example({"code": world.raised.follow_code})


for _name in ("raised", "slip", "follow_code", "follow_word", "follow_rate", "follow_withdraw", "follow_reopen"):
    example(f"matters:{_name}")(_by_code)


@example("matters:follow_file")
def _(world):
    return Example({"code": world.raised.follow_code, "uid": world.photo.uid})


@example("matters:public")
def _(world):
    return Example({"number": world.matter.number})


@example("matters:watch")
def _(world):
    return Example({"number": world.matter.number})


@example("matters:watching")
@example("matters:unwatch")
def _(world):
    return Example({"code": follow_matter(matter=world.matter, request_id=uuid.uuid4())})


@example("matters:public_attachment")
def _(world):
    return Example({"number": world.matter.number, "uid": world.photo.uid})


@example("matters:area")
def _(world):
    return Example({"code": world.places["C1"].code})


# --- matters: the desk


@example("matters:hotline_check")
def _(world):
    owner = world.visitors["street-desk inside"]
    kept = OrderFile.objects.create(by=owner.user, at=timezone.now(), name="工单.csv", orders=0)
    return Example({"uid": kept.uid}, only=lambda v: v.key == owner.key)


@example("matters:detail")
def _(world):
    return Example({"number": world.matter.number}, path="G11", ability="matter.see", involved=world.involved)


@example("matters:call")
def _(world):
    # it isn't to be rung up about: whoever sees it is led on to its page
    return Example({"number": world.matter.number}, path="G11", ability="matter.see", involved=world.involved)


@example("matters:supervision")
def _(world):
    if not Pressing.objects.filter(flow=world.matter.flow_id).exists():
        by = User.objects.get(pk=world.visitors["district-coordinator inside"].user.pk)
        supervise_flow(by=by, flow=world.matter.flow_id, seq=None, duration=Duration(days=2), task="今天答复")
    seq = Pressing.objects.values_list("seq", flat=True).get(flow=world.matter.flow_id)
    return Example({"number": world.matter.number, "seq": seq}, path="G11", ability="matter.see", involved=world.involved)


@example("matters:root")
def _(world):
    # nothing came before it: whoever sees it is led back to its page
    return Example({"number": world.matter.number}, path="G11", ability="matter.see", involved=world.involved)


@example("matters:notice")
def _(world):
    place, owner = world.places["S1"], world.visitors["street-coordinator inside"]
    Notice.objects.get_or_create(
        place=place, month=date(2026, 1, 1),
        defaults={"lines": [], "signed_at": timezone.now(), "signed_by": owner.user, "signed_as": "street-coordinator"},
    )  # fmt: skip
    paths = {str(place.path)}
    return Example(
        {"code": place.code, "month": "2026-01"},
        only=lambda v: any("matter.see" in post.abilities and _touches(world, at, paths) for post, at in v.posts),
    )


def _touches(world, at: str, paths: set[str]) -> bool:
    """Whether a place lies in one of the areas or around it."""
    path = str(world.places[at].path)
    return any(path == p or path.startswith(f"{p}.") or p.startswith(f"{path}.") for p in paths)


@example("matters:attachment")
def _(world):
    return Example({"uid": world.photo.uid}, path="G11", ability="matter.see", involved=world.involved)


@example("matters:step")
def _(world):
    # nothing is sent, so no outcome is offered: whoever sees it is refused
    return Example({"number": world.matter.number}, path="G11", ability="matter.see", involved=world.involved, refused=lambda v: True)


@example("matters:act")
def _(world):
    return Example(
        {"number": world.matter.number, "name": "correct"},
        path="G11",
        ability="matter.see",
        involved=world.involved,
        refused=lambda v: not world.covers(v, "matter.intake", "G11"),
    )


def _dispute(page: str, refused: Callable[[World, Visitor], bool], **kwargs: Any) -> None:
    @example(f"matters:dispute_{page}")
    def _(world):
        matter = world.dispute
        given = {k: v(world) if callable(v) else v for k, v in kwargs.items()}
        return Example(
            {"number": matter.number, **given}, path="G11", ability="matter.see", involved=world.disputing,
            refused=lambda v: refused(world, v),
        )  # fmt: skip


def _mediates(world: World, visitor: Visitor) -> bool:
    """Whether the visitor does the work of the seat that mediates."""
    return any((post.id, place) == ("mediation-chair", "C1") for post, place in visitor.posts)


_dispute("enter", lambda w, v: not _mediates(w, v), name="enquiry")
_dispute("print", lambda w, v: not _mediates(w, v), what="agreement")
_dispute("receipt", lambda w, v: False, seq=lambda w: w.dispute.flow.events.get(kind="handover_asked").seq)
_dispute("reveal", lambda w, v: False)
_dispute("remove", lambda w, v: not _mediates(w, v) and not w.covers(v, "matter.intake", "G11"), pk=lambda w: w.dispute.parties.first().pk)
_dispute("perform", lambda w, v: not _mediates(w, v), pk=lambda w: w.dispute.agreements.get().obligations.get().pk)


@example("matters:reveal")
def _(world):
    return Example({"number": world.matter.number}, path="G11", ability="matter.see", involved=world.involved)


@example("matters:erase")
def _(world):
    return Example(
        {"number": world.matter.number},
        path="G11",
        ability="matter.see",
        involved=world.involved,
        refused=lambda v: not world.covers(v, "matter.intake", "G11") or not world.covers(v, "matter.contact", "G11"),
    )


@example("matters:show")
def _(world):
    return Example({"number": world.matter.number, "uid": world.photo.uid}, path="G11", ability="matter.see", involved=world.involved)


# --- gatherings


def _gathering(world, *, held: bool = False):
    """A gathering of the street's communities, planned or held, convened by the street's coordinator, about nothing in particular."""
    from linli.gatherings.actions import Plan, Presence, hold_gathering, plan_gathering
    from linli.gatherings.models import Gathering

    found = Gathering.objects.filter(title="试", state="held" if held else "planned").first()
    if found is None:
        by, now = world.visitors["street-coordinator inside"].user, timezone.now()
        when = now - timedelta(hours=3) if held else now + timedelta(days=1)
        found = plan_gathering(
            by=by, request_id=uuid.uuid4(), kind="training", seat=world.seat("street-coordinator", "S1"), place=world.places["S1"],
            plan=Plan("试", "二楼", when, when + timedelta(hours=1)), now=when - timedelta(hours=1),
        )  # fmt: skip
        if held:
            found = hold_gathering(by=by, gathering=found, seq=None, presence=Presence({}), text="试", now=now)
    return found


def _to_gathering(ability: str, *, held: bool = False):
    """An act of planning or writing down: found by those who see it, refused to those who may not."""

    def make(world):
        row = _gathering(world, held=held)
        mine = (row.seat_id,)
        return Example(
            {"pk": row.pk},
            path="S1",
            ability="gathering.see",
            involved=mine,
            refused=lambda v: ability != "gathering.see" and not world.covers(v, ability, "S1"),
        )

    return make


for _name in ("detail", "sheet", "ics"):
    example(f"gatherings:{_name}")(_to_gathering("gathering.see"))
example("gatherings:print")(_to_gathering("gathering.see", held=True))
for _name in ("change", "call_off"):
    example(f"gatherings:{_name}")(_to_gathering("gathering.convene"))
for _name in ("hold", "papers"):
    example(f"gatherings:{_name}")(_to_gathering("gathering.record"))
for _name in ("recount", "minutes"):
    example(f"gatherings:{_name}")(_to_gathering("gathering.record", held=True))


@example("gatherings:paper")
def _(world):
    from linli.gatherings.models import Paper

    row, by = _gathering(world), world.visitors["street-coordinator inside"].user
    paper = Paper.objects.filter(gathering=row).first()
    if paper is None:
        paper = Paper(gathering=row, kind="document", name="试.txt", mime="text/plain", size=1, sha256="0" * 64, at=timezone.now(), by=by)
        paper.file.save("t.txt", ContentFile(b"x"))
    return Example({"uid": paper.uid}, path="S1", ability="gathering.see", involved=(row.seat_id,))


@example("gatherings:public")
def _(world):
    return Example({"code": world.places["C1"].code})


# --- dividing communities into grids


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


# --- reports


@example("reports:area")
def _(world):
    return Example({"code": world.places["C1"].code}, path="C1")


@example("reports:disputes")
def _(world):
    return Example({"code": world.places["C1"].code}, path="C1")


@example("reports:issues")
def _(world):
    return Example({"code": world.places["C1"].code}, path="C1")


# --- work


@example("flow:show")
def _(world):
    return Example({"number": world.matter.number}, path="G11", ability="matter.see", involved=world.involved)


# --- messages to the outside


def _subscription(world):
    from linli.outbox.actions import add_subscription
    from linli.outbox.models import Subscription

    found = Subscription.objects.filter(name="城管工单系统").first()
    if found is None:
        by = world.visitors["district-coordinator inside"].user
        found, _secret = add_subscription(
            by=by, name="城管工单系统", url="https://example.org/linli", topics=["matter.ended"], place=world.places["C1"]
        )
    return found


def _message(world):
    from linli.outbox.models import Message

    subscription = _subscription(world)
    message, _made = Message.objects.get_or_create(
        subscription=subscription,
        defaults={
            "channel": "webhook", "topic": "matter.ended", "subject": "matters.matter", "subject_ref": world.matter.number,
            "path": world.places["G11"].path, "lane": "1:x", "made_at": timezone.now(), "due_at": timezone.now(),
        },
    )  # fmt: skip
    return message


def _by_uid(world):
    return Example({"uid": _message(world).uid}, path="G11")


def _by_pk(world):
    return Example({"pk": _subscription(world).pk}, path="C1")


for _name in ("message", "retry", "give_up"):
    example(f"outbox:{_name}")(_by_uid)
for _name in ("subscription", "edit", "rotate", "pause", "remove", "test"):
    example(f"outbox:{_name}")(_by_pk)


# --- keys of programs, and what they call


@example("access:key_revoke")
def _(world):
    from linli.access.apikeys import create_staff_key
    from linli.access.models import ApiKey

    key = ApiKey.objects.first()
    if key is None:
        user = world.visitors["station-head inside"].user
        held = Holding.objects.select_related("seat__place").get(user=user)
        key, _token = create_staff_key(by=user, name="试", holding=held, abilities=["matter.see"], days=1)
    return Example({"pk": key.pk}, only=lambda v: v.user == key.made_by or world.covers(v, "post.assign", "C1"))


for _name in (
    "get_matter", "get_joined", "get_history", "get_messages", "get_files", "take_step", "decide_matter", "part_matter", "extend_matter", "suspend_matter",
    "resume_matter", "join_matter", "urge_matter", "reassign_matter", "escalate_matter", "reopen_matter", "correct_matter", "ask_matter",
    "attach_matter", "note_matter", "public_matter", "account_matter", "judge_matter", "supervise_matter", "lift_matter",
    "merge_matter", "separate_matter", "split_matter", "unsplit_matter", "link_matter",
    "unlink_matter", "transfer_matter", "sendback_matter", "outside_matter", "cameback_matter", "reveal_reporter",
    "erase_reporter",
    "handover_matter", "leave_matter",
):  # fmt: skip
    example(f"api:{_name}")(lambda world: Example({"number": world.matter.number}))


for _name in ("get_file", "show_file"):
    example(f"api:{_name}")(lambda world: Example({"number": world.matter.number, "uid": world.photo.uid}))


for _name in ("get_subscription", "change_subscription", "remove_subscription", "rotate_secret", "test_subscription", "list_deliveries"):
    example(f"api:{_name}")(lambda world: Example({"uid": _subscription(world).uid}))
for _name in ("get_delivery", "retry_delivery"):
    example(f"api:{_name}")(lambda world: Example({"uid": _subscription(world).uid, "delivery": _message(world).uid}))
for _name in ("get_export", "get_export_file"):
    example(f"api:{_name}")(lambda world: Example({"uid": uuid.uuid4()}))


# --- opinion boxes


def _box(world):
    """One at 甲社区, kept by its station."""
    from linli.matters.models import Box

    place = world.places["C1"]
    facts = {"name": "菜市场", "place": place, "path": place.path, "where": "北门", "keeper": world.seat("community-counter", "C1")}
    return Box.objects.get_or_create(number="YJX-1", defaults={**facts, "hung_on": date(2026, 1, 1)})[0]


def _round(world):
    from linli.matters.models import Round

    facts = {"opened_at": timezone.now(), "opened_by": world.visitors["station-head inside"].user, "slips": 2, "enter_by": timezone.now()}
    return Round.objects.get_or_create(box=_box(world), due_on=date(2026, 1, 5), defaults=facts)[0]


for _name in ("box", "box_notice", "box_change", "box_retire", "box_open"):
    example(f"matters:{_name}")(lambda world: Example({"pk": _box(world).pk}, path="C1"))
for _name in ("box_round", "box_slip"):
    example(f"matters:{_name}")(lambda world: Example({"uid": _round(world).uid}, path="C1"))


@example("matters:box_photo")
def _(world):
    from django.core.files.base import ContentFile

    from linli.matters.models import RoundPhoto

    kept = RoundPhoto.objects.first()
    if kept is None:
        kept = RoundPhoto(round=_round(world), mime="image/jpeg")
        kept.file.save("slips.jpg", ContentFile(b"-"))
    return Example({"uid": kept.uid}, path="C1")


# --- Open311


for _name, _more in (
    ("discovery", {}), ("services", {}), ("requests", {}), ("definition", {"code": "environment.rubbish"}),
):  # fmt: skip
    example(f"open311:{_name}")(lambda world, more=_more: Example({"form": "json", **more}))


@example("open311:request")
def _(world):
    return Example({"form": "json", "number": world.matter.number})


@example("open311:token")
def _(world):
    return Example({"form": "xml", "code": world.raised.follow_code})
