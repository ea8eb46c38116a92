"""Every address of the URL map as a door for the search for leaks: the ways it is opened, and whose matters it may show."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from linli.access.models import User
from linli.bodies.models import Holding
from linli.charter.store import charter_in_force
from linli.flow.models import Todo
from linli.gatherings.models import Gathering
from linli.matters.api.disputes import ENTERED
from linli.matters.api.writing import BODIES
from linli.matters.models import Box, Matter, Round
from linli.matters.tests.calling import Caller
from linli.outbox.models import Message
from linli.people.models import Household

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


def program_of(what: str, send: dict[str, Any] | None = None, *, key: str = "id", **more: Any) -> Callable[[str], Ask]:
    """A read or an act of the interface on the box, the round or the gathering."""

    def of(name: str) -> Ask:
        def asks(a: Asker) -> Iterator[Any]:
            if a.api:
                thing = getattr(a.district, what)
                path = reverse(name, kwargs={key: getattr(thing, "pk" if key == "id" else key), **more}).removeprefix("/api/v1")
                yield a.api.get(path) if send is None else a.api.post(path, send, version="*", key=str(uuid.uuid4()))

        return asks

    return of


def _gatherings_about(name: str) -> Ask:
    def asks(a: Asker) -> Iterator[Any]:
        for matter in a.sample if a.api else ():
            yield a.api.get(reverse(name).removeprefix("/api/v1"), {"about": matter.number})  # type: ignore[union-attr]
        yield from program()(name)(a)

    return asks


def program_each(data: dict[str, Any] | None = None, **more: Any) -> Callable[[str], Ask]:
    """A read or an act of the interface on a matter."""

    def of(name: str) -> Ask:
        def asks(a: Asker) -> Iterator[Any]:
            for matter in a.sample if a.api else ():
                path = reverse(name, kwargs={"number": matter.number, **more}).removeprefix("/api/v1")
                yield a.api.get(path) if data is None else a.api.post(path, data, version="*", key=str(uuid.uuid4()))  # type: ignore[union-attr]

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


def _program_typing(name: str) -> Ask:
    def asks(a: Asker) -> Iterator[Any]:
        for matter in a.sample if a.api else ():
            told = {"text": matter.text, "category": matter.category, "place": matter.place.code}
            yield a.api.post("/matters/propose", told)  # type: ignore[union-attr]
            yield a.api.post("/matters/propose", {"text": matter.text, "lon": matter.lon, "lat": matter.lat})  # type: ignore[union-attr]

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


def _program_notice(name: str) -> Ask:
    def asks(a: Asker) -> Iterator[Any]:
        months = [f"{timezone.localdate():%Y-%m}", f"{timezone.localdate().replace(day=1) - timedelta(days=1):%Y-%m}"]
        for key in ("d", "s1", "c9") if a.api else ():
            for month in months:
                path = reverse(name, kwargs={"code": a.district.town.places[key].code, "month": month}).removeprefix("/api/v1")
                yield a.api.get(path) if name == "api:get_notice" else a.api.post(path, REASON, version="*")  # type: ignore[union-attr]

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
SLIPS = _numbers("matter.see", "box.keep", "box.manage")
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
    "matters:box_round": (_by("round", "uid"), SLIPS),
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
    "api:propose": (_program_typing, _own),
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
        "account", "cameback", "handover", "judge", "leave", "lift", "link", "merge", "outside", "recall", "sendback", "separate", "split", "supervise",
        "transfer", "unlink", "unsplit")},
    "api:list_recurring": (program({}, {"days": "365"}), _own),
    "api:get_before": (program_each(), _own),
    "api:raise_root_cause": (program_each({"text": "点位不足，建议增设"}), _own),
    "api:list_pressings": (program({}, {"kind": "supervise"}), _own),
    "api:list_notices": (program(), _own),
    **dict.fromkeys(("api:get_notice", "api:sign_notice", "api:withdraw_notice"), (_program_notice, _own)),
    "api:voice_matter": (program_each({"text": "又有住户反映"}), _own),
    **dict.fromkeys(("api:get_dispute", "api:list_mediators"), (program_each(), _own)),
    **{f"api:enter_{entry}": (program_each(body), _own) for entry, (_form, body) in ENTERED.items()},
    **dict.fromkeys(("api:remove_party", "api:perform_obligation"), (program_each({}, id=1), _own)),
    "api:reveal_parties": (program_each({"purpose": "matter"}), _own),
    **dict.fromkeys(("api:list_gathering_kinds", "api:list_gathering_people"), (program(), _own)),
    "api:get_round": (program_of("round", key="uid"), SLIPS),
    "api:enter_slip": (program_of("round", {"text": "门口的路灯不亮"}, key="uid"), SLIPS),
    "api:set_slip_aside": (program_of("round", {"slip": 3, "aside": "empty"}, key="uid"), SLIPS),
    "api:take_slip_up": (program_of("round", {"slip": 1}, key="uid"), SLIPS),
    "api:count_slips": (program_of("round", {"slips": 9}, key="uid"), SLIPS),
    "api:list_gatherings": (_gatherings_about, _own),
    "api:get_gathering": (program_of("gathering"), _own),
    **{f"api:{act}_gathering": (program_of("gathering", REASON), _own) for act in ("hold", "minutes", "change", "off", "recount", "papers")},
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
        "matters:hotline_import", "matters:hotline_check", "frame:once", "frame:healthz", "frame:readyz", "frame:view_save", "frame:view_rename", "frame:view_drop",
        "frame:job", "frame:job_cancel", "frame:job_result", "open311:discovery", "open311:services", "open311:definition", "api:openapi", "api:docs",
        "api:me", "api:list_categories", "api:list_places", "api:place_at", "api:raise_matter", "api:hand_in_order", "api:plan_gathering",
        "reports:home",
    ],
    "opens with the code of the matter's own reporter or follower, and with nothing else": [
        "matters:raised", "matters:slip", "matters:follow_code", "matters:follow_word", "matters:follow_rate", "matters:follow_withdraw",
        "matters:follow_reopen", "matters:follow_file", "matters:watching", "matters:unwatch", "open311:token",
    ],
    "about how communities are divided, with counts of open work and no matter": [
        "planning:home", "planning:community", "planning:search", "planning:from_present", "planning:material", "planning:alternative", "planning:move",
        "planning:undo", "planning:again", "planning:drop", "planning:propose", "planning:decide", "planning:shapes", "planning:geojson", "planning:sheet",
        "planning:print", "planning:pdf", "planning:withdraw",
        *(f"planning:study{name}" for name in ("", "_new", "_example", "_again", "_drop", "_shapes", "_geojson", "_sheet", "_print", "_pdf")),
        "planning:studies",
    ],
    "about boxes, not about matters": [
        "matters:box_new", "matters:box_change", "matters:box_retire", "matters:box_notice", "matters:box_photo",
        "api:list_boxes", "api:get_box", "api:list_rounds", "api:hang_box", "api:change_box", "api:retire_box", "api:open_box",
    ],
    "a photo of a matter or of a job already asked for by another door here": [
        "matters:show", "api:get_file", "api:show_file", "api:get_export", "api:get_export_file",
    ],
    "a file of a gathering that another door here shows": ["gatherings:paper", "api:get_paper"],
    "about homes and who lives there; what lies beside them stands on the household's page, a door here": [
        *(f"people:{name}" for name in ("home", "found", "book", "print", "place", "dwelling", "household_new", "add", "birth", "move", "death", "person",
          "correct", "residence", "custodian", "group_join", "group_end", "undo", "unit_new", "unit_end", "unmask",
          "imports", "import", "import_sheet", "duplicates", "pair",
          "hand_out", "takeouts", "takeout", "takeout_withdraw", "takeout_sheet")),
        "rights:requests", "rights:request",
    ],
    "opens with a link from the service station and shows its own person": [
        "own:home", "own:open", "own:copy_json", "own:copy_pdf", "own:end", "rights:ask", "rights:withdraw",
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
