"""A matter as JSON. The schemas document the answers; the functions below make them, and the tests hold the one to the other."""

from __future__ import annotations

from collections.abc import Container, Mapping
from datetime import datetime
from functools import reduce
from typing import Any

from ninja import Schema

from linli.access.scope import scope_of
from linli.bodies.models import Seat
from linli.charter.store import charter_in_force, charter_of
from linli.flow import words
from linli.flow.models import Attachment, Flow
from linli.flow.procedure import UNDONE, Offer
from linli.flow.queries import holders, responsible
from linli.frame.templatetags.linli import named
from linli.matters.acts import Situation, acts_for, may_reveal
from linli.matters.categories import category_name
from linli.matters.joined import joined_to
from linli.matters.models import Link, Matter, Word
from linli.matters.queries import state_name, state_said
from linli.places.models import Place


class Named(Schema):
    id: str
    name: str


class PlaceOut(Schema):
    code: str
    name: str
    level: str


class OwnerOut(Schema):
    """The responsible seat: a post over a place."""

    seat: int
    post: str
    name: str
    place: PlaceOut


def place_of(place: Place) -> dict[str, Any]:
    return {"code": place.code, "name": place.name, "level": place.level}


def seat_of(seat: Seat) -> dict[str, Any]:
    return {"seat": seat.pk, "post": seat.post, "name": words.post_name(charter_in_force(), seat.post), "place": place_of(seat.place)}


class MatterRow(Schema):
    """A line of the list. No field of it is about a person."""

    number: str
    version: int
    title: str
    category: Named | None
    place: PlaceOut
    channel: str
    line: str
    raised_at: datetime
    state: Named
    ended: bool
    level: str
    owner: OwnerOut | None
    due_at: datetime | None
    overdue: bool
    suspended: bool
    public: bool


class MatterPage(Schema):
    items: list[MatterRow]
    next: str | None
    count: int | None = None
    more: bool | None = None


class Offered(Schema):
    outcome: str
    name: str
    needs: list[str]


class May(Schema):
    """What the key may do with the matter now: outcomes of the present step, and acts by their address."""

    steps: list[Offered]
    acts: list[str]
    reporter: bool


class MatterOut(MatterRow):
    text: str
    address: str
    lon: float | None
    lat: float | None
    place_found_by: str
    began_at: datetime
    entered_at: datetime
    ended_at: datetime | None
    whole_due_at: datetime | None
    responsible: str
    holders: list[str]
    answer: str
    answered_at: datetime | None
    rating: str
    reporter: str
    may: May


class Line(Schema):
    """A line of history. ``texts`` are what people wrote, by name. ``other``: the number of the matter it was merged with, separated or split
    from, put back into, linked with or rated with; null where the line speaks of none, or of one the key doesn't see."""

    seq: int
    at: datetime
    kind: str
    outcome: str
    step_from: str
    step_to: str
    said: str
    other: str | None
    by: str
    role: str
    key: str
    texts: dict[str, str]


class History(Schema):
    items: list[Line]
    next: str | None


class FileOut(Schema):
    uid: str
    kind: str
    name: str
    mime: str
    size: int
    sha256: str
    at: datetime
    step: str
    public: bool


class Files(Schema):
    items: list[FileOut]


class MessageOut(Schema):
    at: datetime
    from_reporter: bool
    by: str
    text: str


class Messages(Schema):
    items: list[MessageOut]
    next: str | None


class OtherOut(Schema):
    """Another matter. ``how``: main, merged, whole, part; of a link its kind: cause, related, follow (this one follows from that), followed
    (that one from this)."""

    number: str
    title: str
    state: Named
    how: str


class JoinedOut(Schema):
    items: list[OtherOut]
    merged_count: int


class Done(Schema):
    """The matter after an act. ``version`` is what the next ``If-Match`` needs."""

    number: str
    version: int
    state: Named
    ended: bool
    due_at: datetime | None
    said: str


class Made(Schema):
    number: str
    follow_code: str
    url: str


class ReporterOut(Schema):
    """As told; either may be empty."""

    name: str
    phone: str
    withheld: bool


# what a line of the list reads, by the names of the query: as values, for no list needs whole rows
_PLACE = ("code", "name", "level")
LISTED = (
    "number", "title", "category", "channel", "line", "raised_at", "is_public", "flow__seq", "flow__charter_id", "flow__procedure", "flow__step",
    "flow__end", "flow__level", "flow__due_at", "flow__overdue", "flow__suspended", "flow__owner_id", "flow__owner__post",
    *(f"{at}__{name}" for at in ("place", "flow__owner__place") for name in _PLACE),
)  # fmt: skip


def state_of(flow: Flow) -> dict[str, str]:
    return {"id": flow.end or flow.step, "name": state_name(flow)}


def _place(v: Mapping[str, Any], at: str) -> dict[str, Any]:
    return {name: v[f"{at}__{name}"] for name in _PLACE}


def row(v: Mapping[str, Any]) -> dict[str, Any]:
    """From the values of ``LISTED``."""
    charter, category, post, end = charter_of(v["flow__charter_id"]), v["category"], v["flow__owner__post"], v["flow__end"]
    state = state_said(charter.procedures[v["flow__procedure"]], v["flow__step"], end)
    owner = (
        {"seat": v["flow__owner_id"], "post": post, "name": words.post_name(charter, post), "place": _place(v, "flow__owner__place")}
        if post
        else None
    )
    return {
        "number": v["number"],
        "version": v["flow__seq"],
        "title": v["title"],
        "category": {"id": category, "name": category_name(charter, category)} if category else None,
        "place": _place(v, "place"),
        "channel": v["channel"],
        "line": v["line"],
        "raised_at": v["raised_at"],
        "state": {"id": end or v["flow__step"], "name": state},
        "ended": bool(end),
        "level": v["flow__level"],
        "owner": owner,
        "due_at": v["flow__due_at"],
        "overdue": v["flow__overdue"],
        "suspended": v["flow__suspended"],
        "public": v["is_public"],
    }


def _values(matter: Matter) -> dict[str, Any]:
    """Those of ``LISTED``, of a matter with ``flow__owner__place`` and ``place`` joined."""
    return {name: reduce(_part, name.split("__"), matter) for name in LISTED}


def _part(thing: Any, name: str) -> Any:
    return getattr(thing, name, None)


def whole(matter: Matter, user: Any) -> dict[str, Any]:
    """All of it that isn't somebody's name or telephone."""
    flow, situation = matter.flow, Situation(matter, user)
    reporter = getattr(matter, "reporter", None)
    return row(_values(matter)) | {
        "text": matter.text,
        "address": matter.address,
        "lon": matter.lon,
        "lat": matter.lat,
        "place_found_by": matter.found_by,
        "began_at": flow.began_at,
        "entered_at": flow.entered_at,
        "ended_at": flow.ended_at,
        "whole_due_at": flow.whole_due_at,
        "responsible": responsible(flow),
        "holders": holders(flow),
        "answer": matter.answer,
        "answered_at": matter.answered_at,
        "rating": matter.rating,
        "reporter": "anonymous" if reporter is None else "withheld" if reporter.withheld else "named",
        "may": {
            "steps": [
                {"outcome": o.outcome, "name": words.outcome_name(situation.step, o.outcome), "needs": _needs(situation, o)}
                for o in situation.offers
            ],
            "acts": [act.name for act in acts_for(situation)],
            "reporter": "matter.contact" in scope_of(user).abilities and may_reveal(situation),
        },
    }


def _needs(situation: Situation, offer: Offer) -> list[str]:
    """The evidence of an outcome, and what it can't be taken without as this matter stands."""
    step, more = situation.step, []
    if step and step.action == "accept" and offer.outcome == "accepted" and not situation.matter.category:
        more.append("category")
    if offer.outcome == "dispatched" and situation.sent_back:
        more.append("level")  # or a department
    return [*offer.needs, *more]


def joined(matter: Matter, user: Any) -> dict[str, Any]:
    found = joined_to(matter, user)
    part = matter.flow.end != UNDONE  # put back, it is none any more: from neither side
    rows = [
        *(("main", m) for m in (found.main,) if m),
        *(("whole", m) for m in (found.whole,) if m and part),
        *(("merged", m) for m in found.merged),
        *(("part", m) for m in found.parts),
        *(("followed" if link.kind == Link.Kind.FOLLOW and link.one_id != matter.pk else link.kind, m) for link, m in found.links),
    ]
    items = [{"number": m.number, "title": m.title, "state": state_of(m.flow), "how": how} for how, m in rows]
    return {"items": items, "merged_count": found.voices}


def done(matter: Matter, said: str) -> dict[str, Any]:
    flow = matter.flow
    return {
        "number": matter.number, "version": flow.seq, "state": state_of(flow), "ended": bool(flow.end), "due_at": flow.due_at, "said": said,
    }  # fmt: skip


def line(event: Any, flow: Flow, known: Container[str]) -> dict[str, Any]:
    """``known``: numbers of other matters that the key sees."""
    other = words.ref(event)
    charter = charter_of(flow.charter_id)
    return {
        "seq": event.seq, "at": event.at, "kind": event.kind, "outcome": event.outcome, "step_from": event.step_from, "step_to": event.step_to,
        "said": words.sentence(event, flow, known), "other": other if other in known else None,
        "by": str(event.by) if event.by else "", "role": words.role_name(charter, event.role),
        "key": event.data.get("key", ""), "texts": event.texts or {},
    }  # fmt: skip


def file_of(a: Attachment) -> dict[str, Any]:
    return {
        "uid": str(a.uid), "kind": a.kind, "name": a.name, "mime": a.mime, "size": a.size, "sha256": a.sha256, "at": a.at, "step": a.step,
        "public": a.public,
    }  # fmt: skip


def message(word: Word) -> dict[str, Any]:
    return {"at": word.at, "from_reporter": word.from_reporter, "by": str(word.by) if word.by else "", "text": word.text}


def category(c: Any, tops: Any) -> dict[str, Any]:
    """A leaf of the charter's tree."""
    top = tops.get(c.parent)
    return {
        "id": c.id, "name": named(c.name), "branch": named(top.name) if top else "", "urgent": c.urgent, "public": c.public,
        "filing": named(c.filing) if c.filing else "", "closing": named(c.closing) if c.closing else "",
        "within": words.duration(str(c.within)) if c.within else "",
    }  # fmt: skip


class CategoryOut(Schema):
    """A kind of matter: when it counts as one, when it is done, until when."""

    id: str
    name: str
    branch: str
    urgent: bool
    public: bool
    filing: str
    closing: str
    within: str


class Categories(Schema):
    charter: str
    version: str
    items: list[CategoryOut]
