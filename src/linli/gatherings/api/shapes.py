"""A gathering as JSON. The schemas document the answers; the functions below make them, and the tests hold the one to the other."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ninja import Schema

from linli.bodies.models import Seat
from linli.charter.schema import Charter
from linli.charter.schema import Gathering as Kind
from linli.charter.store import charter_of
from linli.flow.words import post_name
from linli.frame.templatetags.linli import named
from linli.gatherings.doing import offered
from linli.gatherings.kinds import kind_name, kind_of
from linli.gatherings.models import Gathering, Minutes, Paper
from linli.gatherings.queries import Person, turnout_of
from linli.gatherings.shown import waiting
from linli.places.models import Place


class Labelled(Schema):
    id: str
    name: str


class GatheringPlace(Schema):
    code: str
    name: str
    level: str


class GatheringSeat(Schema):
    """A post over a place."""

    seat: int
    post: str
    name: str
    place: GatheringPlace


class GatheringRow(Schema):
    """A line of the list. ``unwritten``: over and not written down, or its minutes are still to come; ``about``: the number of the work."""

    id: int
    version: int
    kind: Labelled
    title: str
    place: GatheringPlace
    where: str
    starts_at: datetime
    ends_at: datetime
    state: Labelled
    unwritten: bool
    convened_by: GatheringSeat
    about: str | None
    public: bool
    minutes_due_at: datetime | None
    written_at: datetime | None


class GatheringPage(Schema):
    items: list[GatheringRow]
    next: str | None


class AttendanceOut(Schema):
    """One of the staff and bodies invited, or who came besides. ``state``: invited, came, excused or absent."""

    id: int
    name: str
    seat: GatheringSeat
    member: bool
    state: str


class TurnoutOut(Schema):
    """How a body's members stand against the charter's quorum; ``met`` false: what was decided doesn't count."""

    members: int
    came: int
    needed: int
    met: bool


class SideOut(Schema):
    id: str
    name: str
    present: bool


class MinutesOut(Schema):
    """The latest version; ``reason``: why the one before was corrected."""

    number: int
    text: str
    result: str
    reason: str
    at: datetime
    by: str


class PaperOut(Schema):
    uid: str
    kind: str
    name: str
    mime: str
    size: int
    sha256: str
    at: datetime
    by: str


class GatheringOut(GatheringRow):
    """``residents`` and ``others`` are counts: no list of names is kept. ``may``: what the key may do with it now, acts by their address."""

    agenda: list[str]
    body: str | None
    reason: str
    residents: int | None
    others: int | None
    sides: list[SideOut]
    attendance: list[AttendanceOut]
    turnout: TurnoutOut | None
    minutes: MinutesOut | None
    papers: list[PaperOut]
    may: list[str]


class GatheringMade(Schema):
    id: int
    version: int
    url: str


class GatheringDone(Schema):
    """The gathering after an act. ``version`` is what the next ``If-Match`` needs."""

    id: int
    version: int
    state: Labelled
    said: str


class GatheringKind(Schema):
    """``levels``: of the places it is held for; ``about``: procedures whose work it can be about; ``agenda``: it needs one."""

    id: str
    name: str
    levels: list[str]
    about: list[str]
    agenda: bool
    public: bool
    sides: list[Labelled]


class GatheringKinds(Schema):
    items: list[GatheringKind]


class PersonOut(Schema):
    """``holding`` is what `invite` and `besides` take. ``always``: invited without being named."""

    holding: int
    name: str
    post: str
    at: str
    member: bool
    always: bool


class People(Schema):
    items: list[PersonOut]


def _place(place: Place) -> dict[str, str]:
    return {"code": place.code, "name": place.name, "level": place.level}


def _seat(charter: Charter, seat: Seat) -> dict[str, Any]:
    return {"seat": seat.pk, "post": seat.post, "name": post_name(charter, seat.post), "place": _place(seat.place)}


def state_of(g: Gathering) -> dict[str, str]:
    return {"id": g.state, "name": str(g.get_state_display())}


def row(g: Gathering) -> dict[str, Any]:
    """Asks the database nothing, with ``place``, ``seat__place`` and ``flow`` joined."""
    return {
        "id": g.pk, "version": g.seq, "kind": {"id": g.kind, "name": kind_name(g)}, "title": g.title, "place": _place(g.place),
        "where": g.where, "starts_at": g.starts_at, "ends_at": g.ends_at, "state": state_of(g), "unwritten": bool(waiting(g)[0]),
        "convened_by": _seat(charter_of(g.charter_id), g.seat), "about": g.flow.subject_ref if g.flow else None, "public": g.public,
        "minutes_due_at": g.minutes_due_at, "written_at": g.written_at,
    }  # fmt: skip


def whole(g: Gathering, user: Any) -> dict[str, Any]:
    """All that its page shows. Needs ``queries.with_people``."""
    kind, charter, turnout = kind_of(g), charter_of(g.charter_id), turnout_of(g)
    minutes = g.minutes.select_related("by").order_by("-number").first()
    return row(g) | {
        "agenda": list(g.agenda), "body": g.body.name if g.body else None, "reason": g.reason, "residents": g.residents, "others": g.others,
        "sides": [{"id": s.id, "name": named(s.name), "present": s.id in g.sides} for s in kind.sides] if kind else [],
        "attendance": [
            {"id": a.pk, "name": str(a.user), "seat": _seat(charter, a.seat), "member": a.member, "state": a.state}
            for a in g.invited  # type: ignore[attr-defined]
        ],
        "turnout": {"members": turnout.members, "came": turnout.came, "needed": turnout.needed, "met": turnout.met} if turnout else None,
        "minutes": _minutes(minutes) if minutes else None,
        "papers": [_paper(p) for p in g.papers.select_related("by")], "may": offered(user, g),
    }  # fmt: skip


def _minutes(m: Minutes) -> dict[str, Any]:
    return {"number": m.number, "text": m.text, "result": m.result, "reason": m.reason, "at": m.at, "by": str(m.by)}


def _paper(p: Paper) -> dict[str, Any]:
    return {
        "uid": str(p.uid), "kind": p.kind, "name": p.name, "mime": p.mime, "size": p.size, "sha256": p.sha256, "at": p.at, "by": str(p.by),
    }  # fmt: skip


def kind_of_charter(kind: Kind) -> dict[str, Any]:
    return {
        "id": kind.id, "name": named(kind.name), "levels": list(kind.levels), "about": list(kind.about), "agenda": kind.agenda,
        "public": kind.public, "sides": [{"id": s.id, "name": named(s.name)} for s in kind.sides],
    }  # fmt: skip


def person(p: Person, *, always: bool) -> dict[str, Any]:
    return {"holding": p.holding, "name": p.name, "post": p.post, "at": p.group, "member": p.member, "always": always}
