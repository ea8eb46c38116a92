"""Whatever door is opened, nobody is shown a matter that is none of theirs.

Every address of the URL map stands in ``DOORS``, with the ways it is opened, or in ``NONE`` with the reason why it shows no matter: a new
one fails here until it does. Random people (one or two posts over random places) go through all of them, and every answer (page, piece,
JSON, XML, spreadsheet) is searched for the numbers and words of matters that an oracle, reading charter and todos the slow way, says are
none of theirs. Names of whoever raised one stand nowhere.
"""

from __future__ import annotations

import io
import os
import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from linli.access.apikeys import GRANTABLE
from linli.access.models import User
from linli.bodies.models import Holding, Seat
from linli.charter.store import charter_in_force
from linli.flow.models import Todo
from linli.gatherings.actions import Plan, plan_gathering
from linli.gatherings.models import Gathering
from linli.matters.actions import attach, reveal_reporter
from linli.matters.api.writing import BODIES
from linli.matters.boxes import actions as boxes
from linli.matters.hotline.actions import take_order
from linli.matters.hotline.sheet import Order
from linli.matters.models import Box, Matter, Round
from linli.matters.reporters import ReporterInfo
from linli.matters.tests.calling import Caller, key_for
from linli.matters.tests.factories import go, make_town, photo, report
from linli.measures.actions import compute_measures
from linli.outbox.actions import add_subscription
from linli.outbox.models import Message
from linli.outbox.sending import About, Note, enqueue
from linli.people.actions.entering import enter_household
from linli.people.models import Household
from linli.people.told import Living, Told
from linli.places.ltree import label
from linli.places.models import Place
from tests.test_every_url import ALL

PEOPLE = int(os.environ.get("PEOPLE", "10"))
KINDS = ("environment.rubbish", "environment.bins", "", "utilities.heat-low", "neighbours.noise")
NAME, PHONE = "端木问之", "13912345678"


@dataclass
class District:
    """A town full of matters in all states, by all ways, each with words that stand in no other."""

    town: Any
    matters: list[Matter]
    box: Box
    round: Round
    gathering: Gathering
    household: Household
    subscription: Any
    message: Message

    def word(self, matter: Matter) -> str:
        return re.findall(r"暗号[0-9a-f]{8}", matter.text)[0]


@dataclass
class Asker:
    """Somebody who goes through the doors, and what an oracle says they may be shown."""

    district: District
    user: User | None
    client: Client
    chance: Random
    api: Caller | None = None
    keyed: User | None = None
    sample: list[Matter] = field(default_factory=list)

    def held(self) -> list[tuple[Any, Holding]]:
        rows = Holding.objects.current().filter(user=self.user).select_related("seat") if self.user else []
        posts = charter_in_force().posts
        return [(posts[h.seat.post], h) for h in rows]

    def area(self, *abilities: str) -> set[str]:
        """Numbers of matters below a place over which they have one of the abilities in full."""
        paths = [str(h.seat.path) for post, h in self.held() if post.reach == "area" and set(abilities) & set(post.abilities)]
        return {m.number for m in Matter.objects.all() if any(f"{m.path}.".startswith(f"{p}.") for p in paths)}

    def theirs(self) -> set[str]:
        """Their matters: of the area they see, what their seats take or took part in, what they raised."""
        seen = self.area("matter.see")
        for post, holding in self.held():
            if "matter.see" in post.abilities:
                for todo in Todo.objects.select_related("seat", "flow__matter"):
                    if holding.seat_id in (todo.seat_id, todo.seat.acting_id):
                        seen.add(todo.flow.matter.number)
            if "matter.report" in post.abilities:
                seen |= set(Matter.objects.filter(raised_from=holding.seat_id).values_list("number", flat=True))
        return seen


Ask = Callable[[Asker], Iterator[Any]]


@dataclass(frozen=True)
class Door:
    """How an address is opened, and which matters may be shown by it: (numbers, words)."""

    asks: Ask
    may: Callable[[Asker], tuple[set[str], set[str]]]


def _own(a: Asker) -> tuple[set[str], set[str]]:
    theirs = a.theirs()
    return theirs, theirs


def _public(a: Asker) -> tuple[set[str], set[str]]:
    return {m.number for m in Matter.objects.filter(is_public=True)}, set()


def _numbers(*abilities: str) -> Callable[[Asker], tuple[set[str], set[str]]]:
    """Numbers only, of the area of an ability, besides their own."""
    return lambda a: (a.area(*abilities) | a.theirs(), a.theirs())


def page(*queries: dict[str, Any], **kwargs: Any) -> Callable[[str], Ask]:
    def of(name: str) -> Ask:
        def asks(a: Asker) -> Iterator[Any]:
            for query in queries or ({},):
                yield a.client.get(reverse(name, kwargs=kwargs), query)

        return asks

    return of


def each(send: dict[str, Any] | None = None, **kwargs: Any) -> Callable[[str], Ask]:
    """An address that names a matter, for some that are theirs and some that aren't."""

    def of(name: str) -> Ask:
        def asks(a: Asker) -> Iterator[Any]:
            for matter in a.sample:
                url = reverse(name, kwargs={"number": matter.number, **kwargs})
                yield a.client.get(url) if send is None else a.client.post(url, send)

        return asks

    return of


def sent(*data: dict[str, Any], **kwargs: Any) -> Callable[[str], Ask]:
    def of(name: str) -> Ask:
        return lambda a: iter([a.client.post(reverse(name, kwargs=kwargs), d) for d in data or ({},)])

    return of


def program(*queries: dict[str, Any]) -> Callable[[str], Ask]:
    """A read of the interface."""

    def of(name: str) -> Ask:
        def asks(a: Asker) -> Iterator[Any]:
            if a.api:
                yield from (a.api.get(reverse(name).removeprefix("/api/v1"), q) for q in queries or ({},))

        return asks

    return of


def program_each(data: dict[str, Any] | None = None) -> Callable[[str], Ask]:
    """A read or an act of the interface on a matter."""

    def of(name: str) -> Ask:
        def asks(a: Asker) -> Iterator[Any]:
            for matter in a.sample if a.api else ():
                path = reverse(name, kwargs={"number": matter.number}).removeprefix("/api/v1")
                yield a.api.get(path) if data is None else a.api.post(path, data, version="*")  # type: ignore[union-attr]

        return asks

    return of


def _list(name: str) -> Ask:
    def asks(a: Asker) -> Iterator[Any]:
        places = ["150204006000", "150204008000", "150204006019"]
        queries: list[dict[str, Any]] = [
            {}, {"state": "open"}, {"state": "ended"}, {"kind": "none"}, {"channel": "box"}, {"line": "secretary"}, {"mine": "1"},
            {"box": str(a.district.box.pk)}, {"sort": "due"}, *({"place": p} for p in places),
            *({"q": a.district.word(m)} for m in a.sample), *({"q": m.number} for m in a.sample),
        ]  # fmt: skip
        today = timezone.localdate()
        for which in ("raised,n,", "kind,n,environment.rubbish"):
            measure, letter, part = which.split(",")
            behind = f"{measure},{letter},{part},{today - timedelta(days=40)},{today},150204000000"
            queries.append({"behind": behind})
        url = reverse(name)
        for query in queries:
            yield a.client.get(url, query)
        for query in ("", "?state=open"):
            yield a.client.post(url + query, {"export": "xlsx", "why": "月度例会"})
        yield a.client.post(url, {"act": "urge", "selected": [m.pk for m in a.sample], "reason": "请抓紧"})
        yield a.client.post(url, {"act": "urge", "all": "1", "reason": "请抓紧"})

    return asks


def _typing(name: str) -> Ask:
    def asks(a: Asker) -> Iterator[Any]:
        for matter in a.sample:
            yield a.client.post(reverse(name), {"text": matter.text, "category": matter.category, "place": matter.place.code})
            yield a.client.post(reverse(name), {"text": matter.text, "lon": str(matter.lon or ""), "lat": str(matter.lat or "")})

    return asks


def _files(name: str) -> Ask:
    def asks(a: Asker) -> Iterator[Any]:
        for matter in a.sample:
            for kept in matter.flow.attachments.all():
                kwargs = {"uid": kept.uid, **({} if name == "matters:attachment" else {"number": matter.number})}
                yield a.client.get(reverse(name, kwargs=kwargs))

    return asks


def _by(what: str, key: str = "pk", send: bool = False) -> Callable[[str], Ask]:
    """An address that names the box, the round, the subscription or the message."""

    def of(name: str) -> Ask:
        def asks(a: Asker) -> Iterator[Any]:
            url = reverse(name, kwargs={key: getattr(getattr(a.district, what), key)})
            yield a.client.post(url) if send else a.client.get(url)

        return asks

    return of


def _open311(name: str) -> Ask:
    def asks(a: Asker) -> Iterator[Any]:
        for form in ("json", "xml"):
            if name == "open311:request":
                numbers = ",".join(m.number for m in a.district.matters)
                yield a.client.get(reverse(name, kwargs={"form": form, "number": numbers}))
            else:
                for query in (
                    {},
                    {"status": "open"},
                    {"page_size": "3"},
                    {"service_request_id": ",".join(m.number for m in a.district.matters)},
                ):
                    yield a.client.get(reverse(name, kwargs={"form": form}), query)

    return asks


def _area(name: str) -> Ask:
    def asks(a: Asker) -> Iterator[Any]:
        for key in ("d", "s1", "s2", "c1", "c9"):
            yield a.client.get(reverse(name, kwargs={"code": a.district.town.places[key].code}))

    return asks


def _notice(name: str) -> Ask:
    def asks(a: Asker) -> Iterator[Any]:
        for key in ("d", "s1", "c1", "c9"):
            yield a.client.get(reverse(name, kwargs={"code": a.district.town.places[key].code, "month": f"{timezone.localdate():%Y-%m}"}))

    return asks


def _convening(name: str) -> Ask:
    """Before a meeting is planned: about nothing, and about matters."""

    def asks(a: Asker) -> Iterator[Any]:
        yield a.client.get(reverse(name))
        for matter in a.sample:
            yield a.client.get(reverse(name), {"about": matter.number})
            yield a.client.get(reverse(name), {"about": matter.number, "kind": "site-meeting", "place": "150204006019"})

    return asks


def _export(name: str) -> Ask:
    def asks(a: Asker) -> Iterator[Any]:
        from linli.frame.jobs import run_job
        from linli.frame.models import Job

        if a.api is None:
            return
        answer = a.api.post("/exports", {"why": "月度例会"}, key=str(uuid.uuid4()))
        yield answer
        if answer.status_code == 202:
            getattr(run_job, "func", run_job)(Job.objects.get(uid=answer.json()["id"]).pk)
            yield a.api.get(f"/exports/{answer.json()['id']}")
            yield a.api.get(f"/exports/{answer.json()['id']}/file")

    return asks


def _acknowledge(name: str) -> Ask:
    def asks(a: Asker) -> Iterator[Any]:
        if a.api:
            yield a.api.post("/hotline/answers", {"orders": ["RX1", "RX2"]})

    return asks


def _program_by(what: str, send: dict[str, Any] | None = None, more: str = "") -> Callable[[str], Ask]:
    def of(name: str) -> Ask:
        def asks(a: Asker) -> Iterator[Any]:
            if a.api:
                path = f"/subscriptions/{a.district.subscription.uid}{more.format(message=a.district.message.uid)}"
                yield a.api.get(path) if send is None else a.api.post(path, send, version="*")

        return asks

    return of


REASON = {"reason": "请抓紧办理"}
OUTBOX = _numbers("outbox.manage")
_TABLE: dict[str, tuple[Callable[[str], Ask], Callable[[Asker], tuple[set[str], set[str]]]]] = {
    # anybody's: public matters, their number and no word of anybody's
    **dict.fromkeys(("web:home", "matters:report", "matters:follow", "matters:lines"), (page(), _public)),
    "matters:propose": (_typing, _public),
    "matters:public": (each(), _public),
    "matters:watch": (each(), _public),
    "matters:public_attachment": (_files, _public),
    "matters:area": (_area, _public),
    "open311:requests": (_open311, _public),
    "open311:request": (_open311, _public),
    # the desk and the phone
    **dict.fromkeys(
        ("web:desk", "web:phone_grid", "flow:inbox", "flow:waits", "flow:sent", "flow:ledger", "matters:new", "matters:lines_desk",
         "matters:hotline", "matters:boxes", "matters:boxes_due", "matters:phone_today", "matters:phone_report"),
        (page(), _own),
    ),
    "matters:list": (_list, _own),
    "matters:desk_propose": (_typing, _own),
    "matters:attachment": (_files, _own),
    "matters:detail": (each(), _own),
    "matters:step": (each({"outcome": "accepted"}), _own),
    "matters:act": (each(name="note"), _own),
    "matters:reveal": (each({"purpose": "matter"}), _own),
    "matters:erase": (each(), _own),
    "flow:show": (each(), _own),
    "matters:hotline_answers": (sent(), _own),
    "matters:box": (_by("box"), _own),
    "matters:box_round": (_by("round", "uid"), _numbers("matter.see", "box.keep", "box.manage")),
    "matters:box_slip": (_by("round", "uid"), _own),
    "matters:box_open": (_by("box"), _own),
    "matters:calls": (page(), _own),
    "matters:call": (each(), _own),
    "matters:pressings": (page(), _own),
    "matters:supervision": (each(seq=2), _own),
    "matters:recurring": (page(), _own),
    "matters:root": (each(), _own),
    "matters:notices": (page(), _own),
    "matters:notice": (_notice, _own),
    "matters:disputes": (page(), _own),
    "matters:dispute_enter": (each(name="agreement"), _own),
    "matters:dispute_print": (each(what="agreement"), _own),
    "matters:dispute_receipt": (each(seq=2), _own),
    "matters:dispute_reveal": (each({"purpose": "matter"}), _own),
    "matters:dispute_remove": (each({}, pk=1), _own),
    "matters:dispute_perform": (each({}, pk=1), _own),
    # meetings about a matter, and homes beside which one lies
    "gatherings:public": (_area, _public),
    **dict.fromkeys(("gatherings:list", "gatherings:calendar"), (page(), _own)),
    "gatherings:new": (_convening, _own),
    **dict.fromkeys(
        (f"gatherings:{act}" for act in ("detail", "change", "call_off", "hold", "recount", "minutes", "papers", "print", "sheet", "ics")),
        (_by("gathering"), _own),
    ),
    "people:household": (_by("household"), _own),
    # logs and figures
    "access:looks": (page(), _numbers("audit.see")),
    "reports:area": (_area, _own),
    "reports:issues": (_area, _own),
    "reports:disputes": (_area, _own),
    # messages to the outside
    "outbox:messages": (page(), OUTBOX),
    "outbox:message": (_by("message", "uid"), OUTBOX),
    "outbox:subscription": (_by("subscription"), OUTBOX),
    # programs
    "api:list_matters": (program({}, {"count": "1"}, {"state": "open"}, {"channel": "box"}, {"kind": "none"}), _own),
    "api:list_inbox": (program({}, {"box": "word"}), _own),
    "api:list_orders": (program({}, {"number": "RX1"}), _numbers("hotline.exchange")),
    "api:list_answers": (program(), _numbers("hotline.exchange")),
    "api:acknowledge_answers": (_acknowledge, _numbers("hotline.exchange")),
    "api:ask_export": (_export, _own),
    **dict.fromkeys(
        ("api:get_matter", "api:get_joined", "api:get_history", "api:get_messages", "api:get_files"), (program_each(), _own)
    ),
    "api:take_step": (program_each({"outcome": "accepted"}), _own),
    **dict.fromkeys(
        (f"api:{act}_matter" for act in ("part", "extend", "suspend", "resume", "join", "urge", "reassign", "escalate", "reopen", "decide", "correct",
         "ask", "attach", "note", "public")),
        (program_each({**REASON, "text": "核实情况", "grant": "yes", "public": "no"}), _own),
    ),
    **{f"api:{act}_matter": (program_each(BODIES[act][2]), _own) for act in (
        "account", "cameback", "handover", "judge", "leave", "lift", "link", "merge", "outside", "sendback", "separate", "split", "supervise",
        "transfer", "unlink", "unsplit")},
    "api:reveal_reporter": (program_each({"purpose": "matter"}), _own),
    "api:erase_reporter": (program_each({"reason": "本人要求"}), _own),
    "api:list_deliveries": (_program_by("subscription", more="/deliveries"), OUTBOX),
    "api:get_delivery": (_program_by("subscription", more="/deliveries/{message}"), OUTBOX),
    "api:retry_delivery": (_program_by("subscription", {}, "/deliveries/{message}/retry"), OUTBOX),
}  # fmt: skip
DOORS = {name: Door(make(name), may) for name, (make, may) in _TABLE.items()}

NONE = {
    "shows what the visitor brings, or nothing at all": [
        "web:phone", "web:phone_me", "web:elder", "web:language", "web:help", "web:guide", "web:privacy", "web:styleguide", "access:impact", "access:impact_pdf",
        "matters:kinds", "matters:here",
        "matters:hotline_import", "matters:hotline_check", "frame:healthz", "frame:readyz", "frame:view_save", "frame:view_rename", "frame:view_drop",
        "frame:job", "frame:job_cancel", "frame:job_result", "open311:discovery", "open311:services", "open311:definition", "api:openapi", "api:docs",
        "api:me", "api:list_categories", "api:list_places", "api:place_at", "api:raise_matter", "api:hand_in_order", "reports:home",
    ],
    "opens with the code of the matter's own reporter or follower, and with nothing else": [
        "matters:raised", "matters:slip", "matters:follow_code", "matters:follow_word", "matters:follow_rate", "matters:follow_withdraw",
        "matters:follow_reopen", "matters:follow_file", "matters:watching", "matters:unwatch", "open311:token",
    ],
    "about how communities are divided, with counts of open work and no matter": [
        "planning:home", "planning:community", "planning:search", "planning:from_present", "planning:material", "planning:alternative", "planning:move",
        "planning:undo", "planning:again", "planning:drop", "planning:propose", "planning:decide", "planning:shapes", "planning:geojson", "planning:sheet",
        "planning:print", "planning:pdf",
    ],
    "about boxes, not about matters": [
        "matters:box_new", "matters:box_change", "matters:box_retire", "matters:box_notice", "matters:box_photo",
    ],
    "a photo of a matter or of a job already asked for by another door here": [
        "matters:show", "api:get_file", "api:show_file", "api:get_export", "api:get_export_file",
    ],
    "a file of a gathering that another door here shows": ["gatherings:paper"],
    "about homes and who lives there; what lies beside them stands on the household's page, a door here": [
        *(f"people:{name}" for name in ("home", "found", "book", "print", "place", "dwelling", "household_new", "add", "birth", "move", "death", "person",
          "correct", "residence", "custodian", "group_join", "group_end", "undo", "unit_new", "unit_end", "unmask",
          "imports", "import", "import_sheet", "duplicates", "pair",
          "hand_out", "takeouts", "takeout", "takeout_sheet")),
        "rights:requests", "rights:request",
    ],
    "opens with a link from the service station and shows its own person": [
        "own:home", "own:open", "own:copy_json", "own:copy_pdf", "own:end", "rights:ask",
    ],
    "about places": [
        "places:home", "places:map", "places:locate", "places:shapes", "places:import", "places:import_check", "places:export", "places:place",
        "places:change", "places:end", "places:draw_grid", "places:add_building",
    ],
    "about posts and who holds them": [
        "bodies:home", "bodies:grids", "bodies:seat", "bodies:appoint", "bodies:new_person", "bodies:release", "bodies:hand_over", "bodies:person",
        "bodies:person_act",
    ],
    "about the charter": ["charter:home", "charter:explain", "charter:procedure"],
    "fingerprints of a day, no matter among them": ["flow:heads"],
    "about systems that are told, not about what": [
        "outbox:subscriptions", "outbox:subscribe", "outbox:edit", "outbox:rotate", "outbox:remove", "outbox:pause", "outbox:test", "outbox:bulk",
        "outbox:retry", "outbox:give_up", "api:list_subscriptions", "api:make_subscription", "api:get_subscription", "api:change_subscription",
        "api:remove_subscription", "api:rotate_secret", "api:test_subscription",
    ],
    "one's own account and keys": [
        "account_login", "account_inactive", "account_logout", "account_change_password", "account_reauthenticate", "mfa_authenticate", "mfa_index",
        "mfa_reauthenticate", "mfa_activate_totp", "mfa_deactivate_totp", "mfa_view_recovery_codes", "mfa_generate_recovery_codes",
        "mfa_download_recovery_codes", "usersessions_list", "access:keys", "access:key_new", "access:key_revoke",
    ],
}  # fmt: skip


def test_every_address_is_a_door_here_or_says_why_it_shows_no_matter():
    names = {address.name for address in ALL}
    excused = [name for reason in NONE.values() for name in reason]
    assert len(excused) == len(set(excused))
    assert not set(DOORS) & set(excused)
    assert set(DOORS) | set(excused) == names


# --- the district


@pytest.fixture(scope="module")
def district(django_db_setup, django_db_blocker, tmp_path_factory):
    from django.conf import settings as conf

    media, conf.MEDIA_ROOT = conf.MEDIA_ROOT, tmp_path_factory.mktemp("media")
    mfa, os.environ["LINLI_REQUIRE_MFA"] = os.environ.get("LINLI_REQUIRE_MFA"), "0"
    with django_db_blocker.unblock(), transaction.atomic():
        yield fill(make_town())
        transaction.set_rollback(True)
    conf.MEDIA_ROOT = media
    os.environ.pop("LINLI_REQUIRE_MFA") if mfa is None else os.environ.update(LINLI_REQUIRE_MFA=mfa)


def fill(town) -> District:
    chance, now = Random(3), timezone.now()
    made = []
    for n in range(26):
        place = town.places[chance.choice(["g1", "g2", "g3", "g9", "c1", "c9", "s1"])]
        told = ReporterInfo(NAME, PHONE, withheld=n % 3 == 0) if n % 4 else None
        lon, lat = (place.lon, place.lat) if place.lon and n % 2 else (None, None)
        matter = report(
            town, place=place, category=chance.choice(KINDS), reporter=told, now=now - timedelta(hours=n),
            text=f"暗号{uuid.uuid4().hex[:8]}:北门垃圾堆了三天没人清", photos=[photo()] if n % 5 == 0 else (), line="secretary" if n % 9 == 4 else "",
        ).matter  # fmt: skip
        Matter.objects.filter(pk=matter.pk).update(lon=lon, lat=lat)
        if n % 2 and matter.category and f"{place.path}.".startswith(f"{town.s1.path}.") and not matter.line:
            go(matter, town.desk, "accepted", now)
            if n % 4 == 1 and matter.flow.procedure == "matter":  # a dispute goes to mediators
                go(matter, town.desk, "dispatched", now)
        made.append(matter)
    box = boxes.hang_box(
        by=town.station, number="YJX-1", name="菜市场", place=town.c1, where="北门", keeper=Seat.objects.get(post="community-counter", place=town.c1),
        hung_on=date(2026, 1, 1),
    )  # fmt: skip
    round_ = boxes.open_box(by=town.counter, box=box, request_id=uuid.uuid4(), slips=3, second="李老师")
    for _n in range(2):
        text = f"暗号{uuid.uuid4().hex[:8]}:楼道灯不亮"
        made.append(boxes.enter_slip(by=town.counter, round_=round_, request_id=uuid.uuid4(), text=text).matter)
    for n, community in enumerate(("都兰社区", "建华社区"), 1):
        by = town.district
        take_order(by=by, order=Order(0, f"RX{n}", f"暗号{uuid.uuid4().hex[:8]}:热线来电", community=community))
        made.append(Matter.objects.get(order__number=f"RX{n}"))
    attach(by=town.desk, matter=next(m for m in made if str(m.path).startswith(str(town.s1.path))), photos=[photo()])
    named = next(m for m in made if hasattr(m, "reporter") and str(m.path).startswith(str(town.s1.path)) and not m.reporter.withheld)
    reveal_reporter(by=town.desk, matter=named, purpose="matter")
    subscription, _secret = add_subscription(
        by=town.district, name="城管", url="https://example.org/", topics=["matter.raised"], place=town.d
    )
    for matter in made[:6]:
        about = About("matters.matter", matter.number, str(matter.path))
        enqueue([Note("webhook", "matter.raised", about, {"number": matter.number}, subscription=subscription.pk)])
    compute_measures()
    matters = list(Matter.objects.select_related("flow", "place"))
    return District(
        town, matters, box, round_, a_gathering(town, matters), a_household(town), subscription, Message.objects.order_by("pk").first()
    )


def a_gathering(town, matters: list[Matter]) -> Gathering:
    """Somewhere in the first community, about a matter there."""
    about = next(m for m in matters if str(m.path).startswith(str(town.c1.path)) and m.flow.procedure == "matter" and m.flow.step)
    seat, begins = Seat.objects.get(post="station-head", place=town.c1), timezone.now() + timedelta(days=2)
    plan = Plan(f"关于{about.number}的现场会", "北门", begins, begins + timedelta(hours=1))
    return plan_gathering(
        by=town.station, request_id=uuid.uuid4(), kind="site-meeting", seat=seat, place=town.c1, plan=plan, flow=about.flow
    )


def a_household(town) -> Household:
    """In the first grid, in a building in front of which something was raised."""
    door = town.g1
    for level, name in (("building", "5号楼"), ("unit", "1单元"), ("dwelling", "101")):
        code = f"{door.code}9"
        door = Place.objects.create(
            code=code, name=name, level=level, parent=door, path=f"{door.path}.{label(code)}", valid_from=date(2026, 1, 1)
        )
    Matter.objects.filter(place=town.g1).update(place=door.parent.parent, path=door.parent.parent.path)
    told = Told("某某", date(1961, 5, 3), "m")
    return enter_household(by=None, dwelling=door, people=[(told, Living("head"))], since=date(2026, 1, 2))


# --- people


HOLD = st.tuples(st.integers(0, 10**6), st.integers(0, 10**6))


def somebody(district: District, drawn: list[tuple[int, int]], seed: int) -> Asker:
    """A person with posts of the charter over places of the town."""
    user = User.objects.create(username=f"u{uuid.uuid4().hex[:8]}", name="某人")
    posts = sorted(charter_in_force().posts)
    for post_no, place_no in drawn:
        seats = Seat.objects.filter(post=posts[post_no % len(posts)]).order_by("pk")
        Holding.objects.get_or_create(
            seat=seats[place_no % len(seats)], user=user, until=None, defaults={"since": timezone.now() - timedelta(days=3)}
        )
    client = Client(raise_request_exception=False, headers={"Accept-Language": "zh-hans"})
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return Asker(district, user, client, Random(seed))


def choose(a: Asker) -> None:
    """Some matters that are theirs and some that aren't."""
    theirs = a.theirs()
    inside = [m for m in a.district.matters if m.number in theirs]
    outside = [m for m in a.district.matters if m.number not in theirs]
    a.sample = a.chance.sample(inside, min(2, len(inside))) + a.chance.sample(outside, min(3, len(outside)))


def said(response: Any) -> str:
    """All that an answer says, a spreadsheet's cells included."""
    content = b"".join(response.streaming_content) if response.streaming else response.content
    if content.startswith(b"PK\x03\x04"):
        rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
        return "\n".join(str(c) for row in rows for c in row)
    return content.decode(errors="replace")


def asked_for(response: Any) -> str:
    """What the asker wrote themselves, which an answer may give back."""
    request = response.wsgi_request
    return f"{request.get_full_path()} {request.GET.dict()} {request.POST.dict() if request.method == 'POST' else ''}"


def leaks(a: Asker, name: str, response: Any) -> list[str]:
    numbers, words = DOORS[name].may(a)
    text, theirs = said(response), asked_for(response)
    found = [f"{name}: {NAME}"] if NAME in text and name not in ("matters:reveal", "api:reveal_reporter") else []
    for matter in a.district.matters:
        word = a.district.word(matter)
        if matter.number in text and matter.number not in numbers and matter.number not in theirs:
            found.append(f"{name}: number of {matter.number}")
        if word in text and matter.number not in words and word not in theirs:
            found.append(f"{name}: words of {matter.number}")
    if response.status_code >= 500:
        found.append(f"{name}: {response.status_code}")
    return found


@settings(max_examples=PEOPLE, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(drawn=st.lists(HOLD, min_size=1, max_size=2), seed=st.integers(0, 10**6))
def test_no_door_shows_a_matter_outside_what_the_posts_say(district, django_db_blocker, drawn, seed):
    with django_db_blocker.unblock(), transaction.atomic():
        a = somebody(district, drawn, seed)
        choose(a)
        held = Holding.objects.filter(user=a.user).select_related("seat")
        posts = charter_in_force().posts
        able = [h for h in held if set(posts[h.seat.post].abilities) & set(GRANTABLE)]
        if len(held) == 1 and able:
            a.api = Caller(key_for(a.user), language="zh-hans")
        found = []
        for name, door in DOORS.items():
            with transaction.atomic():
                for response in door.asks(a):
                    found += leaks(a, name, response)
                transaction.set_rollback(True)
        found += wrong_counts(a)
        assert not found, "\n".join(f"{[(h.seat.post, str(h.seat.path)) for h in held]}: {f}" for f in found)
        transaction.set_rollback(True)


def wrong_counts(a: Asker) -> list[str]:
    """The numbers of lists and home pages are of their own matters, all of them and no other."""
    theirs = a.theirs()
    able = {x for post, _h in a.held() for x in post.abilities}
    found = []
    if "matter.see" in able:
        listing = a.client.get("/matters/").context["listing"]
        mine = {m.number for m in a.district.matters if m.number in theirs}
        if listing.count.number != len(mine):
            found.append(f"the list counts {listing.count}, of {len(mine)}")
        figures = a.client.get("/desk/").context["today"].figures
        still = Matter.objects.filter(number__in=mine, flow__end="").count()
        if figures.open != still:
            found.append(f"the desk counts {figures.open} open, of {still}")
        [line] = a.client.get("/matters/lines/").context["lines"]
        by_line = Matter.objects.filter(number__in=mine, line="secretary").count()
        if line["numbers"].raised != by_line:
            found.append(f"the line counts {line['numbers'].raised}, of {by_line}")
        if a.api:
            counted = a.api.get("/matters", {"count": "1"}).json()["count"]
            if counted != len(mine):
                found.append(f"the interface counts {counted}, of {len(mine)}")
    return found


def test_a_stranger_is_shown_public_matters_and_no_word_of_anybodys(district, django_db_blocker):
    with django_db_blocker.unblock(), transaction.atomic():
        a = Asker(district, None, Client(raise_request_exception=False, headers={"Accept-Language": "zh-hans"}), Random(1))
        a.sample = Random(1).sample(district.matters, 8)
        found = []
        for name, door in DOORS.items():
            if not name.startswith("api:"):
                for response in door.asks(a):
                    found += leaks(a, name, response)
        assert not found, "\n".join(found)
        public = {m.number for m in Matter.objects.filter(is_public=True).exclude(category="")}
        told = a.client.get("/open311/v2/requests.json").json()
        assert {r["service_request_id"] for r in told} == public
        transaction.set_rollback(True)


def test_the_search_itself_sees_a_leak(district, django_db_blocker):
    """With a wrong oracle the walk fails: what it looks for is really there to be found."""
    with django_db_blocker.unblock(), transaction.atomic():
        a = Asker(district, district.town.district, Client(headers={"Accept-Language": "zh-hans"}), Random(1))
        a.client.force_login(a.user, backend="allauth.account.auth_backends.AuthenticationBackend")
        a.sample = district.matters[:3]
        a.theirs = lambda: set()  # type: ignore[method-assign]
        for name in ("matters:list", "matters:detail", "matters:desk_propose", "matters:box_round"):
            assert [leak for response in DOORS[name].asks(a) for leak in leaks(a, name, response)], name
        transaction.set_rollback(True)
