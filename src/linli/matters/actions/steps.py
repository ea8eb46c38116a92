"""Taking the steps of a matter: the engine's moves with what a matter owes besides them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from linli.access.models import ReadLog
from linli.charter.schema import Step
from linli.charter.store import charter_of
from linli.flow.actions import answer_order, reopen_flow, take_step, take_steps
from linli.flow.models import Flow
from linli.flow.procedure import sent_back
from linli.flow.rows import state_of
from linli.frame.refusal import Refusal
from linli.frame.sql import Joined
from linli.frame.uploads import Document, Photo
from linli.kit.discreet import DWELLING, IDENTITY, NAME, PHONE, PLATE, indiscretions
from linli.matters.actions.flowing import told_plainly
from linli.matters.disputes.parties import is_dispute, party_names
from linli.matters.disputes.rules import TOGETHER, before_step
from linli.matters.files import MOST, keep_files, keeping
from linli.matters.models import Matter, Reporter
from linli.matters.reporters import open_reporter, subject_of
from linli.places.queries import AS_CALLED

SAID = ("satisfied", "dissatisfied", "explained")  # what somebody says who was rung up
FOLLOWS = ("answered", "satisfied", "dissatisfied", "silent", "explained", "unreached")
"""Outcomes after which the database writes the answer or the rating into the matter's own row."""
_SAID = {
    PHONE: _("a telephone number"),
    IDENTITY: _("an identity number"),
    DWELLING: _("a dwelling"),
    PLATE: _("a vehicle's number"),
    NAME: _("the name of the person who raised it"),
}
OTHERS_READ = _("Others read this text. Take out: %(what)s.")

_NOW = Joined(Matter, flow=Joined(Flow), place=AS_CALLED)


def take_matter_step(
    *,
    by,
    matter: Matter,
    seq: int | None,
    outcome: str,
    texts: Mapping[str, str] | None = None,
    photos: Iterable[Photo] = (),
    documents: Iterable[Document] = (),
    show_photos: bool = False,
    data: Mapping[str, Any] | None = None,
    until: datetime | None = None,
    now: datetime | None = None,
) -> Matter:
    """Take the present step. ``seq`` is the work as the person saw it; ``show_photos`` lets the public see the photos of this step;
    ``until`` is by when the next one is due, where that is agreed on.

    What this room adds to the engine's rules: a matter is accepted only with its category settled, and an answer that becomes public
    holds no telephone, identity number, dwelling or the reporter's name, nor does what is written about a call; what was sent back goes to whom the dispatch
    names. Raises PermissionDenied, Refusal, Conflict; then nothing is stored.
    """
    now, photos, documents = now or timezone.now(), list(photos), list(documents)
    [matter] = _NOW.where("r.id = %s", [matter.pk])
    flow = matter.flow
    _owes_nothing(matter, outcome, texts, data)
    step = _step_of(matter) if is_dispute(matter) else None
    rung, entered = _said_when_rung(matter, outcome), flow.entered_at
    with keeping() as kept, told_plainly(flow=flow):
        if step or photos or documents or rung:
            with transaction.atomic():
                if step:
                    until = before_step(matter, step, outcome, texts or {}, until, now)
                if photos or documents:
                    room_for(flow, len(photos) + len(documents))
                    keep_files(kept, flow, photos, documents, by=by, step=flow.step, public=show_photos and matter.is_public, at=now)
                matter.flow = take_step(by=by, flow=flow, seq=seq, outcome=outcome, texts=texts, data=data, until=until, now=now)
                if rung:  # last: whether they may at all comes first
                    _check_looked_up(matter, entered)
        else:  # one statement, which is a transaction by itself
            matter.flow = take_step(by=by, flow=flow, seq=seq, outcome=outcome, texts=texts, data=data, until=until, now=now)
    if outcome in FOLLOWS:
        matter.refresh_from_db(fields=["answer", "answered_at", "rating"])
    return matter


def take_matter_steps(
    *, by, matters: Sequence[Matter], outcome: str, texts: Mapping[str, str] | None = None, now: datetime | None = None
) -> dict[int, Exception]:
    """As ``take_matter_step``, for many in one act. Gives, by the key of its work, each that could not be done and the exception that says why."""
    refused: dict[int, Exception] = {}
    known = _behind(matters) if outcome in FOLLOWS else {}
    for matter in matters:
        try:
            _owes_nothing(matter, outcome, texts, behind=known.get(matter.pk))
            if _said_when_rung(matter, outcome):
                _check_looked_up(matter, matter.flow.entered_at)
            if is_dispute(matter):
                _alike(matter, outcome, texts or {}, now or timezone.now())
        except Refusal as refusal:
            refused[matter.flow_id] = refusal
    flows = [m.flow_id for m in matters if m.flow_id not in refused]
    return refused | take_steps(by=by, flows=flows, outcome=outcome, texts=texts, now=now or timezone.now())


def _alike(matter: Matter, outcome: str, texts: Mapping[str, str], now: datetime) -> None:
    """Disputes go together only through the steps that ask nothing of their own."""
    step = _step_of(matter)
    if step is None or step.id not in TOGETHER:
        raise Refusal(_("A dispute has sides and an agreement of its own: take this step there."), code="not_together")
    before_step(matter, step, outcome, texts, None, now)


def _step_of(matter: Matter) -> Step | None:
    return charter_of(matter.flow.charter_id).procedures[matter.flow.procedure].steps.get(matter.flow.step)


def _owes_nothing(
    matter: Matter, outcome: str, texts: Mapping[str, str] | None, data: Mapping[str, Any] | None = None, behind: Behind | None = None
) -> None:
    procedure = charter_of(matter.flow.charter_id).procedures[matter.flow.procedure]
    step = _step_of(matter)
    chosen = bool(data and (data.get("level") or data.get("seat")))
    if step and step.action == "dispatch" and not chosen and sent_back(procedure, state_of(matter.flow)):
        # never by itself to whoever sent it back
        raise Refusal(_("It was sent back: choose whom it goes to now."), field="level", code="choose_anew")
    if step and step.action == "accept" and outcome == "accepted" and not matter.category:
        raise Refusal(_("Choose the category first: it decides who handles it and until when."), field="category", code="no_category")
    if outcome == "answered":
        check_discreet(matter, (texts or {}).get("answer", ""), "answer", behind)
    if step and step.action == "callback":  # what people say on the telephone names them, and others
        check_kept(texts or {}, [matter.pk], behind)


def _said_when_rung(matter: Matter, outcome: str) -> bool:
    """Whether this is what somebody said who was rung up."""
    step = _step_of(matter) if outcome in SAID else None
    return step is not None and step.action == "callback"


def _check_looked_up(matter: Matter, since: datetime) -> None:
    """Refuse what nobody can have heard: the reporter's number was not looked up since they are to be rung up."""
    if not ReadLog.objects.filter(subject=subject_of(matter), at__gte=since).exists():
        raise Refusal(_("Ring them up first: nobody has looked up the number yet."), code="not_rung")


def reopen_matter(*, by, matter: Matter, seq: int | None, reason: str, now: datetime | None = None) -> None:
    """The desk takes an ended matter up again, as often and as long as the charter allows. Needs «matter.intake»."""
    with told_plainly("reason"):
        reopen_flow(by=by, flow=matter.flow_id, seq=seq, reason=reason, now=now)


@dataclass(frozen=True, slots=True)
class Behind:
    """Whether others were merged into a matter, and the names of all who raised it; for comparing, shown to nobody."""

    merged: bool
    names: tuple[str, ...]


def _behind(matters: Sequence[Matter]) -> dict[int, Behind]:
    """For many at once. Two queries."""
    keys = [m.pk for m in matters]
    merged = dict(Matter.objects.filter(main__in=keys).values_list("pk", "main_id"))
    names: dict[int, list[str]] = {pk: [] for pk in keys}
    for r in Reporter.objects.filter(matter__in=[*keys, *merged]):
        names[merged.get(r.pk, r.pk)].append(open_reporter(r).name)
    mains = set(merged.values())
    return {pk: Behind(pk in mains, tuple(n for n in found if n)) for pk, found in names.items()}


def check_discreet(matter: Matter, text: str, field: str, behind: Behind | None = None) -> None:
    """Refuse a text with personal details in it that would become public, or be read by others whose matters were merged into this one."""
    if not matter.is_public and not (behind.merged if behind else matter.merged.exists()):
        return
    if behind is None:
        refuse_indiscreet(text, [matter.pk], field)
    else:
        _refuse(text, behind.names, field, OTHERS_READ)


def refuse_indiscreet(text: str, matters: Sequence[int], field: str) -> None:
    """Refuse personal details in a text. The names of all who raised these, or what was merged into them, are compared here and shown to
    nobody. One query."""
    _refuse(text, _names(matters), field, OTHERS_READ)


def check_kept(texts: Mapping[str, str], matters: Sequence[int] = (), behind: Behind | None = None) -> None:
    """Refuse personal details, and the names of all who raised these ``matters``, in texts by field that stay in a history nothing is taken
    out of again. One query, where there is text at all."""
    said = {field: text for field, text in texts.items() if text.strip()}
    names = () if not said or not matters else behind.names if behind else _names(matters)
    for field, text in said.items():
        _refuse(text, names, field, _("This stays in the history. Take out: %(what)s."))


def answer_supervision(*, by, matter: Matter, seq: int | None, answer: str, now: datetime | None = None) -> None:
    """Answer a supervision, for whoever does the work of the seat that owes it. Raises PermissionDenied, Refusal, Conflict."""
    with transaction.atomic():
        answer_order(by=by, flow=matter.flow_id, seq=seq, answer=answer, now=now)
        check_kept({"answer": answer}, [matter.pk])  # last: whether they may at all comes first


def names_behind(flow: Flow) -> tuple[str, ...]:
    """Of all who raised the matter of this work or what was merged into it, and of the sides of a dispute; for comparing, shown to nobody."""
    matter = Matter.objects.filter(flow=flow).first()
    return (*_names([matter.pk]), *party_names(matter)) if matter else ()


def _names(matters: Sequence[int]) -> tuple[str, ...]:
    """Of all who raised these matters, or what was merged into them. One query."""
    reporters = Reporter.objects.filter(matter__in=matters).union(Reporter.objects.filter(matter__main__in=matters))
    return tuple(name for r in reporters if (name := open_reporter(r).name))


def _refuse(text: str, names: tuple[str, ...], field: str, why: Any) -> None:
    if found := indiscretions(text, names):
        raise Refusal(why, field=field, code="indiscreet", params={"what": "、".join(str(_SAID[f]) for f in found)})


def room_for(flow, more: int) -> None:
    if flow.attachments.count() + more > MOST:
        raise Refusal(_("A matter holds at most %(most)s files."), field="photos", code="too_many_files", params={"most": MOST})
