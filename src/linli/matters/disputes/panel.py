"""What the page of a dispute shows besides what every matter's shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.db.models.functions import JSONObject
from django.utils import timezone

from linli.bodies.models import Seat
from linli.charter.schema import LEVELS
from linli.flow import words
from linli.flow.models import Event
from linli.matters.acts import Situation
from linli.matters.disputes import MEDIATE, PERFORMED
from linli.matters.disputes.models import Agreement, Enquiry, Mediator, Obligation, Party
from linli.matters.disputes.parties import BINDS, PartyInfo, is_bound, is_dispute, side_name
from linli.matters.disputes.rights import answering_seat, answers, may_enter_parties, may_look, may_read
from linli.matters.disputes.rules import is_concluded
from linli.matters.models import Matter

ASKED, GIVEN, SENT_BACK, RECALLED = "handover_asked", "handover_granted", "handover_refused", "handover_recalled"
ENDED_AS = {GIVEN: "taken", SENT_BACK: "back", RECALLED: "recalled"}


@dataclass(frozen=True, slots=True)
class Side:
    """Somebody on a side, as the page has them: who they are only where it was looked up."""

    pk: int
    number: int
    side: str
    organisation: str
    speaks: bool
    has_custodian: bool
    info: PartyInfo | None


@dataclass(frozen=True, slots=True)
class Due:
    """A thing agreed on."""

    pk: int
    side: str
    what: str
    due_on: date
    performed_on: date | None
    late: bool


@dataclass(frozen=True, slots=True)
class Handover:
    """A handover of the file, and what became of it: ``state`` is waiting, taken, back, recalled (by the sender), or dropped (it was overtaken by another act)."""

    seq: int
    at: datetime
    by: str
    sender: str
    receiver: str
    until: str
    why: str
    state: str
    answered_at: datetime | None = None
    answered_by: str = ""
    answer: str = ""


def handovers(situation: Situation, events: Sequence[Event]) -> list[Handover]:
    """All handovers, oldest first, from the history (``by`` joined). One query where there is any."""
    asked = [e for e in events if e.kind == ASKED]
    if not asked:
        return []
    ids = {e.data[n] for e in asked for n in ("from", "seat")}
    seats = {s.pk: s for s in Seat.objects.filter(pk__in=ids).select_related("body", "place")}
    return [_handover(situation, e, events, seats) for e in asked]


def seat_said(situation: Situation, pk: int) -> str:
    """A body and its post. One query."""
    return _seat(situation, Seat.objects.filter(pk=pk).select_related("body").first())


def _handover(situation: Situation, asked: Event, events: Sequence[Event], seats: dict[int, Seat]) -> Handover:
    later = [e for e in events if e.seq > asked.seq]
    stop = next((e.seq for e in later if e.kind == ASKED), None)
    reply = next((e for e in later if e.kind in ENDED_AS and (stop is None or e.seq < stop)), None)
    waiting = situation.work.state.ask is not None and situation.work.state.ask.what == "handover" and stop is None and reply is None
    state = "waiting" if waiting else "dropped" if reply is None else ENDED_AS[reply.kind]
    return Handover(
        asked.seq, asked.at, str(asked.by or ""), _seat(situation, seats.get(asked.data["from"])), _seat(situation, seats.get(asked.data["seat"])),
        words.moment(asked.data["until"]), (asked.texts or {}).get("reason", ""), state, reply.at if reply else None,
        str(reply.by or "") if reply else "", (reply.texts or {}).get("reason", "") if reply else "",
    )  # fmt: skip


def _seat(situation: Situation, seat: Seat | None) -> str:
    return f"{seat.body.name} · {words.post_name(situation.work.charter, seat.post)}" if seat else "–"


def settle_by(situation: Situation) -> dict[str, Any] | None:
    """Up to which level the charter wants it settled, and whether it has gone beyond."""
    category = situation.work.charter.categories.get(situation.work.state.kind)
    if category is None or not category.settle:
        return None
    level = situation.work.state.level
    beyond = level in LEVELS and LEVELS.index(level) < LEVELS.index(category.settle)
    return {"level": words.LEVELS[category.settle], "at": words.LEVELS.get(level, level), "beyond": beyond}


_KEPT = (
    ("sides", Party.objects.order_by("side", "role", "pk"), "matter", ("pk", "side", "role", "organisation", "has_custodian")),
    ("named", Mediator.objects.order_by("pk"), "matter", ("user__name", "user__username", "seat__body_id", "seat__body__name")),
    ("agreed", Agreement.objects.order_by("number"), "matter", (
        "pk", "number", "form", "facts", "responsibilities", "terms", "effective_on", "apply_by", "committee", "at", "applied_on", "court",
        "decided_on", "decision", "replaced_on",
    )),
    ("owed", Obligation.objects.filter(agreement__replaced_on=None).order_by("due_on", "pk"), "agreement__matter",
     ("pk", "side", "what", "due_on", "performed_on")),
    ("asked", Enquiry.objects.filter(agreement__replaced_on=None).order_by("on", "pk"), "agreement__matter",
     ("on", "found", "note", "by__name")),
)  # fmt: skip


def _kept(matter: Matter) -> dict[str, list[dict[str, Any]]]:
    """All that is kept of a mediation and isn't sealed, in one query."""
    found = {
        name: ArraySubquery(rows.filter(**{to: OuterRef("pk")}).values(kept=JSONObject(**{f: f for f in fields})))
        for name, rows, to, fields in _KEPT
    }
    row: Any = Matter.objects.filter(pk=matter.pk).values(**found).get()
    return dict(row)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def panel(situation: Situation, events: Sequence[Event], opened: Sequence[tuple[Party, PartyInfo]] | None = None) -> dict[str, Any] | None:
    """All of it, with who the sides are where they were just looked up. None for a matter that is no dispute. Two or three queries."""
    matter = situation.matter
    if not is_dispute(matter):
        return None
    seat = matter.flow.owner or answering_seat(matter)
    mine, kept, today = answers(situation.user, seat), _kept(matter), timezone.localdate()
    infos = {party.pk: info for party, info in opened or ()}
    reads = mine or may_read(situation.user, matter, situation.in_work[0])
    agreement = next((_agreement(a, whole=reads) for a in kept["agreed"] if not a["replaced_on"]), None)
    passed = handovers(situation, events)
    return {
        "parties": [
            Side(p["pk"], p["side"], side_name(p["side"]), p["organisation"], p["role"] == Party.Role.SPEAKER, p["has_custodian"], infos.get(p["pk"]))
            for p in kept["sides"]
        ],
        "opened": opened is not None,
        "may_look": opened is None and bool(kept["sides"]) and may_look(situation.user, matter, situation.in_work[0]),
        "may_enter": may_enter_parties(situation.user, matter, seat) and not is_bound(matter),
        "may_remove": not kept["agreed"],
        "mediators": [f"{m['user__name'] or m['user__username']} · {m['seat__body__name']}" for m in kept["named"]],
        "mediators_before": mine and _of_others(kept["named"], seat, passed),
        "mine": mine,
        "reads": reads,
        "agreement": agreement,
        "concluded": mine and agreement is not None and is_concluded(matter, agreement),
        "performed": matter.flow.end == PERFORMED,
        "binds": BINDS if mine and is_bound(matter) else "",
        "former": sum(1 for a in kept["agreed"] if a["replaced_on"]),
        "obligations": [_due(o, today) for o in kept["owed"] if reads],
        "enquiries": [e | {"on": _day(e["on"]), "found": Enquiry.Found(e["found"])} for e in kept["asked"] if reads],
        "confirmation": _confirmation(agreement, today),
        "may_agree": mine and situation.work.state.step == MEDIATE,
        "handovers": passed,
        "settle": settle_by(situation),
    }  # fmt: skip


def _of_others(named: Sequence[dict[str, Any]], seat: Seat | None, passed: Sequence[Handover]) -> bool:
    """Whether those named are of the body that handed it over: who takes it over names its own."""
    taken = any(h.state == "taken" for h in passed)
    return taken and bool(named) and seat is not None and all(m["seat__body_id"] != seat.body_id for m in named)


_READ = ("facts", "responsibilities", "terms", "applied_on", "court", "decided_on", "decision")


def _agreement(row: dict[str, Any], *, whole: bool) -> Agreement:
    """The agreement; for who may not read it, that there is one and its day."""
    if not whole:
        row = row | {name: None if name.endswith("_on") else "" for name in _READ}
    days = {n: _day(row[n]) for n in ("effective_on", "apply_by", "applied_on", "decided_on", "replaced_on")}
    return Agreement(**{**row, **days, "at": datetime.fromisoformat(row["at"])})


def _due(o: dict[str, Any], today: date) -> Due:
    due_on, performed_on = date.fromisoformat(o["due_on"]), _day(o["performed_on"])
    return Due(o["pk"], side_name(o["side"]), o["what"], due_on, performed_on, performed_on is None and due_on < today)


def _confirmation(agreement: Agreement | None, today: date) -> dict[str, Any] | None:
    """How it stands with the court: how many days are left to ask it, or that they are over."""
    if agreement is None:
        return None
    left = (agreement.apply_by - today).days
    return {"left": left, "open": agreement.applied_on is None and left >= 0, "over": agreement.applied_on is None and left < 0}
