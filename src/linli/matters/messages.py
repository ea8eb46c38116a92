"""What the outside is told of a matter: departments' systems by webhook, and whoever raised it by text message where they asked for it.

A payload names the matter, never anybody in it: number, category, place down to the grid, step, outcome, times. No title, no text, no
address, no position: each of these can name a person. A text message holds the number and no code: the code opens the reporter's whole
side of the matter, and a text message passes through others' hands and lies on a locked screen (docs/adr/0007-outbox.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple
from uuid import uuid5

import structlog
from django.contrib.postgres.fields import ArrayField
from django.db.models import BinaryField, BooleanField, CharField, QuerySet, Subquery, Value
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from linli.bodies.models import Seat
from linli.charter.store import charter_of
from linli.flow.actions import REPORTER
from linli.flow.models import Flow
from linli.flow.procedure import Event
from linli.flow.state import text_of
from linli.flow.telling import Told, Writer
from linli.frame.sql import fetch
from linli.kit import crypto
from linli.matters.models import Reporter
from linli.outbox import texts
from linli.outbox.config import BadConfig, config, is_on
from linli.outbox.events import Topic
from linli.outbox.listening import anybody_listens
from linli.outbox.models import Channel, Subscription
from linli.outbox.sending import About, Note, enqueue
from linli.places.models import Place
from linli.places.points import PUBLIC_LEVELS

log = structlog.get_logger("linli.matters")

TAKEN_IN, ANSWERED, ENDED = "matters.taken_in", "matters.answered", "matters.ended"
MERGED, SEPARATED, ELSEWHERE = "matters.merged", "matters.separated", "matters.elsewhere"
_OF_KIND = {
    "began": Topic.RAISED, "reopened": Topic.REOPENED, "overdue": Topic.OVERDUE, "whole_overdue": Topic.OVERDUE, "escalated": Topic.ESCALATED,
    "withdrawn": Topic.ENDED, "merged": Topic.ENDED, "unsplit": Topic.ENDED, "handed_out": Topic.ENDED, "unmerged": Topic.REOPENED,
    "came_back": Topic.REOPENED, "transferred": Topic.MOVED, "sent_back": Topic.MOVED,
}  # fmt: skip
_OF_OUTCOME = {"accepted": Topic.ACCEPTED, "dispatched": Topic.DISPATCHED, "answered": Topic.ANSWERED}
_TOLD = {Topic.ACCEPTED: TAKEN_IN, Topic.ANSWERED: ANSWERED, Topic.ENDED: ENDED}
_TOLD_OF_KIND = {"merged": MERGED, "unmerged": SEPARATED, "handed_out": ELSEWHERE, "unsplit": ""}
_TOLD_ALL = {ANSWERED, ENDED, ELSEWHERE}  # to those whose matter was merged into this one, too
_TOPICS = ArrayField(CharField(max_length=40))


def register_texts() -> None:
    """At most 70 signs each, in plain words."""
    texts.register(TAKEN_IN, _("Your matter %(number)s has been accepted. Follow it with the code on your slip."), title=_("Accepted"))
    texts.register(ANSWERED, _("There is an answer to your matter %(number)s. Please read and rate it."), title=_("Answer to your matter"))
    texts.register(
        MERGED, _("Your matter %(number)s goes on together with another about the same. Your code shows how."), title=_("Merged")
    )
    texts.register(SEPARATED, _("Your matter %(number)s goes on by itself again. Your code shows how."), title=_("Separated"))
    texts.register(ELSEWHERE, _("Your matter %(number)s was handed to another authority. Your code shows which."), title=_("Handed on"))
    texts.register(ENDED, _("Your matter %(number)s has ended. Your follow-up code shows the result."), title=_("Ended"))


def topic_of(event: Event) -> Topic | None:
    """Which event of the closed list a line of history is; None for what changes no step."""
    if event.step_to.startswith("END "):
        return Topic.ENDED
    if event.kind == "taken":
        return _OF_OUTCOME.get(event.outcome, Topic.MOVED)
    return _OF_KIND.get(event.kind)


def text_for(event: Event, topic: Topic | None) -> str:
    """The text the reporter gets for it; "" for none. Nobody is told by message what they have just done, or told somebody on the telephone."""
    said_so = event.role == REPORTER or event.outcome in ("satisfied", "dissatisfied", "explained")
    return "" if topic is None or said_so else _TOLD_OF_KIND.get(event.kind, _TOLD.get(topic, ""))


def tell(about_to: Sequence[Told]) -> Writer | None:
    """What is to be said of these lines, before they are written: nothing mostly, and then it cost one question or none. Who is told by text
    message said so when the matter was raised; which systems are told of a line is asked once it is there, one question for each flow."""
    if is_on(Channel.WEBHOOK) and anybody_listens():
        return lambda written: _write(written, None)
    by_text = is_on(Channel.SMS)
    receivers = _reporters([f.pk for f, events in about_to if f.pk and by_text and any(text_for(e, topic_of(e)) for e in events)])
    return (lambda written: _write(written, receivers)) if receivers else None


def _write(written: Sequence[Told], receivers: Mapping[int, list[_Receiver]] | None) -> None:
    for s in (_said(flow, events) for flow, events in written):
        found = receivers.get(s.flow.pk) if receivers is not None else list(_receivers(s)) if s.lines else None
        if found:
            enqueue([note for seq, e, topic in s.lines for note in _notes(s.flow, seq, e, topic, s.by_text.get(seq, ""), found)])


class _Said(NamedTuple):
    """What is to be said of a flow's new lines: (seq, line, topic) of each, and seq → the text its reporter gets."""

    flow: Flow
    lines: list[tuple[int, Event, Topic]]
    by_text: dict[int, str]


def _said(flow: Flow, events: Sequence[Event]) -> _Said:
    lines = [(flow.seq - len(events) + n, e, topic) for n, e in enumerate(events, 1) if (topic := topic_of(e))]
    return _Said(flow, lines, {seq: key for seq, e, topic in lines if (key := text_for(e, topic))} if is_on(Channel.SMS) else {})


class _Receiver(NamedTuple):
    """A subscription with the events it wants and the code of the place it may know; or the reporter, with their sealed telephone."""

    key: int
    topics: list[str]
    place: str
    sealed: bytes | None
    number: str = ""  # of the reporter's own matter
    merged: bool = False  # into the one that is told of


def _receivers(said: _Said) -> Iterator[_Receiver]:
    """Everybody to be told of one flow's lines, in one query."""
    flow, path = said.flow, str(said.flow.path)
    code = told_place(path).values("code")[:1]
    nobody, none_of_it = Value(None, output_field=BinaryField(null=True)), Value(False, output_field=BooleanField())
    topics = [topic for _seq, _e, topic in said.lines]
    systems = Subscription.objects.listening(topics, path, Seat.objects.filter(todos__flow=flow.pk).values("body"))
    rows = systems.order_by().values_list("pk", "topics", Subquery(code), nobody, Value("", output_field=CharField()), none_of_it)
    if said.by_text:
        none = Cast(Value([], _TOPICS), _TOPICS)
        empty = Value("", output_field=CharField())
        for theirs, merged in _asked([flow.pk]):
            told = theirs.values_list("pk", none, empty, "phone_sealed", "matter__number", merged)
            rows = rows.union(told, all=True)
    return (_Receiver(*row) for row in rows)


_ASKED = """
SELECT m.flow_id, r.matter_id, r.phone_sealed, m.number, false FROM matters_matter m JOIN matters_reporter r ON r.matter_id = m.id
WHERE m.flow_id = ANY(%s::bigint[]) AND r.by_sms
UNION ALL
SELECT o.flow_id, r.matter_id, r.phone_sealed, m.number, true FROM matters_matter o JOIN matters_matter m ON m.main_id = o.id
JOIN matters_reporter r ON r.matter_id = m.id WHERE o.flow_id = ANY(%s::bigint[]) AND r.by_sms
"""
"""Who raised these matters, and whose matter was merged into one of them."""


def _reporters(flows: Sequence[int]) -> dict[int, list[_Receiver]]:
    """Of these, those whose reporter asked to be told, with the reporter. One query, or none."""
    found: dict[int, list[_Receiver]] = {}
    for flow, pk, sealed, number, merged in fetch(_ASKED, (list(flows), list(flows))) if flows else ():
        if sealed:
            found.setdefault(flow, []).append(_Receiver(pk, [], "", bytes(sealed), number, merged))
    return found


def _asked(flows: Sequence[int]) -> list[tuple[QuerySet[Reporter], Value]]:
    """Of those who asked to be told: who raised these matters, and whose matter was merged into one of them; apart, for the indexes."""
    asked = Reporter.objects.filter(by_sms=True)
    of = ((asked.filter(matter__flow__in=flows), False), (asked.filter(matter__main__flow__in=flows), True))
    return [(rows, Value(merged, output_field=BooleanField())) for rows, merged in of]


def told_place(path: str) -> QuerySet[Place]:
    """What is told of where it lies: the grid, or else the lowest place above it; never a building or dwelling."""
    return Place.objects.current().filter(level__in=PUBLIC_LEVELS, path__ancestors=path).order_by("-path")


def _notes(flow: Flow, seq: int, event: Event, topic: Topic, text: str, receivers: list[_Receiver]) -> Iterator[Note]:
    about = About(flow.subject, flow.subject_ref, str(flow.path))
    for r in receivers:
        if r.sealed is None and topic in r.topics:
            values = payload(flow, seq, event, r.place)
            yield Note(Channel.WEBHOOK, topic, about, values, subscription=r.key, uid=uuid5(flow.uid, f"{seq} webhook {r.key}"))
        elif r.sealed is not None and text and (not r.merged or text in _TOLD_ALL) and (phone := _phone(r)):
            own = replace(about, ref=r.number) if r.merged else about
            uid = uuid5(flow.uid, f"{seq} sms {r.key}" if r.merged else f"{seq} sms")
            yield Note(Channel.SMS, text, own, {"number": r.number}, to=phone, uid=uid)


def _phone(r: _Receiver) -> str:
    """The telephone behind the seal; "" where it doesn't open, which must hold up no work."""
    try:
        return crypto.open(r.sealed or b"", crypto.context(Reporter._meta.db_table, "phone_sealed", r.key))
    except crypto.KeyringError as error:
        log.error("reporter_not_told", error=type(error).__name__)
        return ""


def payload(flow: Flow, seq: int, event: Event, place: str) -> dict[str, Any]:
    """What a system is told of one line of history. Everything in it is the charter's, the calendar's or a number: docs/webhooks.md."""
    charter = charter_of(flow.charter_id)
    procedure, category = charter.procedures[flow.procedure], charter.categories.get(flow.kind)
    ended = event.step_to.removeprefix("END ") if event.step_to.startswith("END ") else ""
    step = procedure.steps.get("" if ended else event.step_to or event.step_from)
    return {
        "version": 1,
        "seq": seq,
        "at": text_of(event.at),
        "number": flow.subject_ref,
        "category": {"id": flow.kind, "name": category.name.zh if category else ""},
        "place": place,
        "step": {"id": step.id, "name": step.name.zh} if step else None,
        "outcome": event.outcome,
        "end": ended,
        "raised_at": _time(flow.began_at),
        "due_at": _time(flow.due_at),
        "ended_at": _time(flow.ended_at),
        "overdue": flow.overdue,
        "escalations": flow.escalations,
        "links": {"desk": _site() + reverse("matters:detail", args=[flow.subject_ref])},
    }


def _time(moment: datetime | None) -> str | None:
    return text_of(moment) if moment else None


def _site() -> str:
    """The site's address as configured; "" where it isn't: links then begin with a slash."""
    try:
        return config().url
    except BadConfig:
        return ""
