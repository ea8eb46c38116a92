"""The only writers of gatherings. Permission first, one transaction, one line in the log of acts.

No line of the log holds a title, an agenda, minutes or why it was called off: auditors read it who need not see what it was about.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from linli.access.scope import can, keyed, require
from linli.bodies.models import Seat
from linli.charter.schema import Gathering as Kind
from linli.charter.store import charter_of, version_in_force
from linli.flow.engine import calendar_of
from linli.flow.models import Flow
from linli.flow.subjects import names_concerned
from linli.flow.words import moment
from linli.frame.actlog import record_act
from linli.frame.files import keeping
from linli.frame.refusal import Conflict, Refusal
from linli.frame.uploads import Document, Photo
from linli.gatherings import core
from linli.gatherings.kinds import CONVENE, RECORD, convening, kind_of, may, sees_work
from linli.gatherings.models import Attendance, Gathering, Minutes, Paper, State
from linli.gatherings.queries import Person, body_at, clashes, people, users_of
from linli.gatherings.words import changes_since
from linli.kit.discreet import DWELLING, IDENTITY, NAME, PHONE, PLATE, indiscretions
from linli.places.models import Place

BACK = timedelta(days=31)  # so long afterwards it can be written down that people met about a piece of work
MOST_PAPERS = 20
MOST_INVITED = 200

REFUSED = {
    "planned": _("It has not been held yet."),
    "held": _("It has been held already. Look at it as it is now."),
    "called_off": _("It was called off. Look at it as it is now."),
    "not_yet": _("It has not begun yet. Write down who came once it has."),
    "no_agenda": _("This kind of gathering needs an agenda. Write it down first."),
    "written": _("The minutes are there already. Correct them instead."),
    "not_written": _("There are no minutes yet that could be corrected."),
}
_DETAIL = {
    PHONE: _("a telephone number"),
    IDENTITY: _("an identity number"),
    DWELLING: _("a dwelling"),
    PLATE: _("a vehicle's number"),
    NAME: _("a name of somebody concerned"),
}


@contextmanager
def _by_the_rules(field: str = "") -> Iterator[None]:
    try:
        yield
    except core.Refused as refused:
        raise Refusal(REFUSED[refused.code], field=field, code=refused.code) from None


def _discreet(texts: Mapping[str, str], flow: Flow | None, *, public: bool) -> None:
    """Refuse what names people: telephone and identity numbers anywhere, and who is concerned by the work it is about; dwellings where
    residents read it."""
    names = names_concerned(flow) if flow is not None and any(texts.values()) else ()
    for field, text in texts.items():
        if found := [d for d in indiscretions(text, names) if public or d not in (DWELLING, PLATE)]:
            told = "、".join(str(_DETAIL[d]) for d in found if d in _DETAIL)
            raise Refusal(_("Take out: %(what)s. A gathering names no residents."), field=field, code="indiscreet", params={"what": told})


# --- planning -------------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Plan:
    """What is planned: the same for a new gathering and for one that is changed. ``invite`` are holdings, of those who can be invited."""

    title: str
    where: str
    starts_at: datetime
    ends_at: datetime
    agenda: tuple[str, ...] = ()
    invite: frozenset[int] = frozenset()


def plan_gathering(
    *, by: Any, request_id: uuid.UUID, kind: str, seat: Seat, place: Place, plan: Plan, flow: Flow | None = None, anyway: bool = False,
    now: datetime | None = None,
) -> Gathering:  # fmt: skip
    """Convene a gathering from ``seat``, which ``by`` holds. The members of the kind's body and ``by`` are always invited.

    ``anyway``: although somebody is invited elsewhere at that time. The same ``request_id`` again gives the gathering planned before.
    Raises PermissionDenied; Refusal at the field: time, place, somebody who doesn't see the work, clash (code "clash").
    """
    now = now or timezone.now()
    version = version_in_force()
    charter = charter_of(version)
    chosen = charter.gatherings.get(kind)
    if chosen is None or not can(by, CONVENE):
        raise PermissionDenied(CONVENE)
    if flow is not None and not (flow.procedure in chosen.about and sees_work(by, flow)):
        raise PermissionDenied("flow")
    involved = flow.seats_involved() if flow else ()
    if seat.pk not in {h.seat for h in convening(by, chosen, place, involved)}:
        raise PermissionDenied(CONVENE)
    if place.level not in chosen.levels or (flow is not None and not f"{flow.path}.".startswith(f"{place.path}.")):
        raise Refusal(_("This kind of gathering isn't held for such a place."), field="place", code="place")
    if again := _planned_before(request_id, seat):
        return again
    body = body_at(chosen, place)
    _check(chosen, plan, flow, now, ahead=True, back=BACK if flow else None)
    invited = _invited(people(charter, place, body, flow, now), plan.invite, flow, convener=by)
    _check_clashes(invited, plan, anyway)
    row = Gathering(
        uid=request_id, charter=version, kind=kind, place=place, path=str(flow.path if flow else place.path), seat=seat, body=body, flow=flow,
        public=chosen.public, made_at=now, is_demo=place.is_demo,
    )  # fmt: skip
    _fill(row, plan, chosen)
    try:
        with transaction.atomic():
            row.save()
            Attendance.objects.bulk_create(Attendance(gathering=row, seat_id=p.seat, user_id=p.user, member=p.member) for p in invited)
            _record(by, "planned", row, {"kind": kind, "starts_at": row.starts_at, "invited": len(invited)}, now)
    except IntegrityError:
        if again := _planned_before(request_id, seat):  # sent twice at once
            return again
        raise
    return row


def _planned_before(request_id: uuid.UUID, seat: Seat) -> Gathering | None:
    """What the same form planned already. Raises PermissionDenied where somebody else's did."""
    again = Gathering.objects.filter(uid=request_id).first()
    if again is not None and again.seat_id != seat.pk:
        raise PermissionDenied("request_id")
    return again


def change_gathering(
    *, by: Any, gathering: Gathering, seq: int | None, plan: Plan, anyway: bool = False, now: datetime | None = None
) -> Gathering:
    """Change when, where and what of a gathering to come, and who is invited; who was excused stays so."""
    now = now or timezone.now()
    kind = _kind(gathering)
    with transaction.atomic():
        row = _locked(by, CONVENE, gathering, seq)
        with _by_the_rules():
            core.after(_facts(row, kind), "change", now)
        _check(kind, plan, row.flow, now, ahead=plan.starts_at != row.starts_at)
        found = people(charter_of(row.charter_id), row.place, row.body, row.flow, now)
        invited = _invited(found, plan.invite, row.flow)
        _check_clashes(invited, plan, anyway, but=row.pk)
        was = {name: getattr(row, name) for name in ("title", "where", "starts_at", "ends_at", "agenda")}
        _fill(row, plan, kind)
        changed = [name for name, value in was.items() if getattr(row, name) != value]
        more, fewer = _invite(row, invited, {p.user for p in found})
        if not changed and not more and not fewer:
            return row
        _save(row)
        data: dict[str, Any] = {"changed": changed, "invited": more, "no_longer": fewer}
        if "starts_at" in changed or "ends_at" in changed:
            data |= {"from": was["starts_at"], "to": row.starts_at}
        _record(by, "changed", row, data, now)
    return row


def _check(kind: Kind, plan: Plan, flow: Flow | None, now: datetime, *, ahead: bool, back: timedelta | None = None) -> None:
    """``ahead``: it has to lie ahead, or where people met about a piece of work without convening, no longer ``back`` than that."""
    if plan.ends_at <= plan.starts_at:
        raise Refusal(_("It has to end after it begins."), field="until", code="times")
    if ahead and plan.starts_at < now - (back or timedelta(0)):
        told = _("It lies more than a month back.") if back else _("The beginning has to lie ahead.")
        raise Refusal(told, field="day", code="past")
    _discreet({"title": plan.title, "where": plan.where, "agenda": "\n".join(plan.agenda)}, flow, public=kind.public)


def _invited(found: list[Person], chosen: Collection[int], flow: Flow | None, *, convener: Any = None) -> list[Person]:
    """Of those who can be invited: the chosen, the body's members, and whoever convenes it. About a piece of work none who doesn't see it."""
    invited = [p for p in found if p.holding in chosen or p.always(convener)]
    if len(invited) > MOST_INVITED:
        raise Refusal(_("At most %(most)s can be invited."), field="invite", code="too_many", params={"most": MOST_INVITED})
    _all_see(invited, flow, "invite")
    return invited


def _all_see(found: list[Person], flow: Flow | None, field: str) -> None:
    """Refuse who does not see the work: what is said of it in a gathering is as confidential as the work itself."""
    if flow is None or not found:
        return
    accounts = users_of(found)
    if blind := [p.name for p in found if not sees_work(accounts[p.user], flow)]:
        raise Refusal(
            _("These don't see the work it is about: %(who)s. Call them in there first, or leave them out."),
            field=field,
            code="blind",
            params={"who": "、".join(blind)},
        )


def _check_clashes(invited: list[Person], plan: Plan, anyway: bool, *, but: int | None = None) -> None:
    """Warn of whoever is invited elsewhere at that time; only how many and who, for what it is there may be nobody's business here."""
    if anyway:
        return
    if found := clashes([p.user for p in invited], plan.starts_at, plan.ends_at, but=but):
        who = "、".join(f"{name} ({moment(times[0][0])}–{moment(times[0][1])[11:]})" for name, times in list(found.items())[:10])
        raise Refusal(
            _("Invited elsewhere at that time: %(who)s. Choose another time, leave them out, or plan it all the same."),
            field="anyway", code="clash", params={"who": who},
        )  # fmt: skip


def _fill(row: Gathering, plan: Plan, kind: Kind) -> None:
    row.title, row.where, row.agenda = plan.title.strip(), plan.where.strip(), list(plan.agenda)
    row.starts_at, row.ends_at = plan.starts_at, plan.ends_at
    row.minutes_due_at = calendar_of(charter_of(row.charter_id)).add(plan.ends_at, kind.minutes) if kind.minutes else None


def _invite(row: Gathering, invited: list[Person], could_be: Collection[int]) -> tuple[int, int]:
    """Make the list of the invited what it is to be. Returns how many came onto it and how many left it.

    Only those who ``could_be`` invited leave it: who holds no seat any more that could be chosen was unticked by nobody.
    """
    wanted = {p.user: p for p in invited}
    have = set(row.attendance.values_list("user", flat=True))
    gone = have & set(could_be) - set(wanted)
    row.attendance.filter(user__in=gone).delete()
    new = [Attendance(gathering=row, seat_id=p.seat, user_id=p.user, member=p.member) for u, p in wanted.items() if u not in have]
    Attendance.objects.bulk_create(new)
    return len(new), len(gone)


def call_off_gathering(*, by: Any, gathering: Gathering, seq: int | None, reason: str, now: datetime | None = None) -> Gathering:
    """It won't take place, or did not. The reason is shown to those who were invited; residents are shown only that it was called off."""
    now = now or timezone.now()
    if not (reason := reason.strip()):
        raise Refusal(_("Say why."), field="reason", code="required")
    with transaction.atomic():
        row = _locked(by, CONVENE, gathering, seq)
        with _by_the_rules():
            row.state = core.after(_facts(row, _kind(row)), "call_off", now)
        _discreet({"reason": reason}, row.flow, public=False)
        row.reason = reason
        _save(row)
        _record(by, "called_off", row, {"starts_at": row.starts_at}, now)
    return row


# --- writing it down ------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Presence:
    """Who came: of the invited by the key of their attendance, holdings of those who came besides, residents and others as counts."""

    came: Mapping[int, str]
    besides: frozenset[int] = frozenset()
    residents: int = 0
    others: int = 0
    sides: frozenset[str] = frozenset()


def hold_gathering(
    *, by: Any, gathering: Gathering, seq: int | None, presence: Presence, text: str = "", result: str = "", now: datetime | None = None
) -> Gathering:
    """It took place: who came, and the minutes and result if they are there already. Needs «gathering.record».

    The body's members are counted as they are when it is written down. Raises PermissionDenied, Refusal, Conflict; then nothing is stored.
    """
    now = now or timezone.now()
    with transaction.atomic():
        row = _locked(by, RECORD, gathering, seq)
        kind = _kind(row)
        with _by_the_rules():
            row.state = core.after(_facts(row, kind), "hold", now)
        _mark(row, kind, presence, now)
        if text.strip() or result.strip():
            _write(by, row, text, result, "", now)
        _save(row)
        _record(by, "held", row, {"came": _came(row), "residents": row.residents, "others": row.others}, now)
    return row


def recount_gathering(
    *, by: Any, gathering: Gathering, seq: int | None, presence: Presence, reason: str, now: datetime | None = None
) -> Gathering:
    """Correct who came. What was noted before stands in the log of acts, as counts."""
    now = now or timezone.now()
    if not reason.strip():
        raise Refusal(_("Say why."), field="reason", code="required")
    _discreet({"reason": reason}, gathering.flow, public=False)
    with transaction.atomic():
        row = _locked(by, RECORD, gathering, seq)
        kind = _kind(row)
        with _by_the_rules():
            core.after(_facts(row, kind), "recount", now)
        before = {"came": _came(row), "residents": row.residents, "others": row.others}
        _mark(row, kind, presence, now)
        _save(row)
        after = {"came": _came(row), "residents": row.residents, "others": row.others}
        _record(by, "recounted", row, {"before": before, "after": after, "why": reason.strip()}, now)
    return row


def _mark(row: Gathering, kind: Kind, presence: Presence, now: datetime) -> None:
    charter = charter_of(row.charter_id)
    if presence.sides - {s.id for s in kind.sides}:
        raise Refusal(_("Choose from the list."), field="sides", code="sides")
    found = people(charter, row.place, row.body, row.flow, now)
    have = set(row.attendance.values_list("user", flat=True))
    came_too = [p for p in found if p.holding in presence.besides and p.user not in have]
    _all_see(came_too, row.flow, "besides")
    rows = list(row.attendance.all())
    for one in rows:
        one.state = presence.came.get(one.pk, Attendance.State.ABSENT)
    Attendance.objects.bulk_update(rows, ["state"])
    Attendance.objects.bulk_create(
        Attendance(gathering=row, seat_id=p.seat, user_id=p.user, member=p.member, state=Attendance.State.CAME) for p in came_too
    )
    row.residents, row.others = presence.residents, presence.others
    row.sides = [s.id for s in kind.sides if s.id in presence.sides]
    if row.body_id is not None:
        members = {p.user for p in found if p.member} | set(row.attendance.filter(member=True).values_list("user", flat=True))
        row.members = len(members)
        row.members_came = row.attendance.filter(member=True, state=Attendance.State.CAME).count()


def write_minutes(*, by: Any, gathering: Gathering, seq: int | None, text: str, result: str = "", now: datetime | None = None) -> Gathering:
    """The minutes of a gathering that has been held, where they were not written with it."""
    now = now or timezone.now()
    with transaction.atomic():
        row = _locked(by, RECORD, gathering, seq)
        with _by_the_rules():
            core.after(_facts(row, _kind(row)), "write", now)
        _write(by, row, text, result, "", now)
        _save(row)
        _record(by, "written", row, {}, now)
    return row


def correct_minutes(
    *, by: Any, gathering: Gathering, seq: int | None, text: str, result: str, reason: str, now: datetime | None = None
) -> Gathering:
    """A new version of the minutes, with the reason. The earlier ones are kept and shown beside it."""
    now = now or timezone.now()
    if not reason.strip():
        raise Refusal(_("Say why."), field="reason", code="required")
    with transaction.atomic():
        row = _locked(by, RECORD, gathering, seq)
        with _by_the_rules():
            core.after(_facts(row, _kind(row)), "correct", now)
        last = row.minutes.order_by("-number").first()
        if last and (last.text, last.result) == (text.strip(), result.strip()):
            raise Refusal(_("Nothing is different."), field="text", code="same")
        _write(by, row, text, result, reason.strip(), now)
        _save(row)
        _record(by, "corrected", row, {}, now)
    return row


def _write(by: Any, row: Gathering, text: str, result: str, reason: str, now: datetime) -> None:
    text, result = text.strip(), result.strip()
    kind = _kind(row)
    if kind.minutes is not None and not text:
        raise Refusal(_("Write the minutes: what was said and decided."), field="text", code="required")
    if not text and not result:
        raise Refusal(_("Write the minutes or the result."), field="text", code="required")
    _discreet({"text": text, "reason": reason}, row.flow, public=False)
    _discreet({"result": result}, row.flow, public=row.public)
    Minutes.objects.create(gathering=row, number=row.minutes.count() + 1, text=text, result=result, reason=reason, at=now, by=by)
    row.written_at = row.written_at or now


def attach_papers(
    *, by: Any, gathering: Gathering, photos: Iterable[Photo] = (), documents: Iterable[Document] = (), now: datetime | None = None
) -> list[Paper]:
    """Keep photos and documents with a gathering: the sheet people signed, what was handed out. Needs «gathering.record»."""
    now, photos, documents = now or timezone.now(), list(photos), list(documents)
    with keeping() as kept, transaction.atomic():
        row = _locked(by, RECORD, gathering, None)
        if row.state == State.CALLED_OFF:
            raise Refusal(REFUSED["called_off"], code="called_off")
        have = row.papers.count()
        if have + len(photos) + len(documents) > MOST_PAPERS:
            raise Refusal(_("A gathering holds at most %(most)s files."), field="photos", code="too_many", params={"most": MOST_PAPERS})
        for n, photo in enumerate(photos, have + 1):
            paper = Paper(
                kind=Paper.Kind.PHOTO, name=f"photo-{n}.jpg", mime=photo.mime, size=len(photo.bytes), sha256=photo.sha256, width=photo.width,
                height=photo.height,
            )  # fmt: skip
            _keep(kept, paper, row, photo.bytes, "jpg", by, now)
        for document in documents:
            paper = Paper(
                kind=Paper.Kind.DOCUMENT, name=document.name, mime=document.mime, size=len(document.bytes), sha256=document.sha256
            )
            _keep(kept, paper, row, document.bytes, document.name.rpartition(".")[2], by, now)
        _record(by, "attached", row, {"files": len(kept)}, now)
    return kept


def _keep(kept: list[Paper], paper: Paper, row: Gathering, content: bytes, ending: str, by: Any, now: datetime) -> None:
    paper.gathering, paper.by, paper.at = row, by, now
    paper.file.save(f"{uuid.uuid4().hex}.{ending}", ContentFile(content), save=False)
    kept.append(paper)
    paper.save()


# --- shared ---------------------------------------------------------------------------------------------------------------------------


def _locked(by: Any, ability: str, gathering: Gathering, seq: int | None) -> Gathering:
    """The gathering as it is now, held until the transaction ends. Raises PermissionDenied, and Conflict where ``seq`` has passed."""
    require(by, ability)
    rows = Gathering.objects.select_for_update(of=("self",)).select_related("place", "seat", "flow", "body")
    row = rows.get(pk=gathering.pk)
    if not may(by, ability, row) or (row.flow is not None and not sees_work(by, row.flow)):
        raise PermissionDenied(ability)
    if seq is not None and seq != row.seq:
        changed = changes_since(row, seq)
        raise Conflict(_("Somebody else was quicker. See what changed, then decide again."), changed=changed)
    return row


def _kind(row: Gathering) -> Kind:
    kind = kind_of(row)
    assert kind is not None  # the charter version it was planned under names it and never changes
    return kind


def _facts(row: Gathering, kind: Kind) -> core.Facts:
    return core.Facts(row.state, row.starts_at, bool(row.agenda), kind.agenda, row.written_at is not None)


def _save(row: Gathering) -> None:
    row.seq += 1
    row.save()


def _came(row: Gathering) -> int:
    return row.attendance.filter(state=Attendance.State.CAME).count()


def _record(by: Any, act: str, row: Gathering, data: dict[str, Any], now: datetime) -> None:
    program = keyed(by)
    key = {"key": program.through} if program else {}
    record_act(by, f"gatherings.gathering.{act}", row, {**data, **key, "seq": row.seq}, now=now)
