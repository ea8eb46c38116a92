"""What a mediation keeps, for programs; by the forms and actions of the pages. Its steps are those of every matter."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import conditional_page
from ninja import Router, Schema

from linli.access.api import need, noted
from linli.flow.models import Flow
from linli.frame.api import IF_MATCH, IF_NONE_MATCH, Bad, answer, known, schema_of, sent, told, valid, words_of
from linli.matters.acts import Situation
from linli.matters.api import shapes
from linli.matters.api.reading import etag, one
from linli.matters.api.writing import changes, done, guarded, if_match, stale
from linli.matters.disputes import actions
from linli.matters.disputes.entries import ENTRIES, Entry, candidates, may_enter
from linli.matters.disputes.forms import (
    ROWS,
    AgreementForm,
    ApplicationForm,
    DecisionForm,
    EnquiryForm,
    MediatorsForm,
    PartyForm,
    PerformedForm,
)
from linli.matters.disputes.models import Obligation
from linli.matters.disputes.panel import Side, panel
from linli.matters.disputes.parties import is_dispute, side_name
from linli.matters.disputes.rights import answering_seat, answers, may_enter_parties
from linli.matters.forms import RevealForm
from linli.matters.models import Matter

router = Router(tags=["disputes"])
OWED = "obligations"


class PartyOut(Schema):
    """Somebody on a side. Who they are is looked up by itself, with a purpose."""

    id: int
    side: int
    side_name: str
    organisation: str
    speaker: bool
    has_custodian: bool


class AgreementOut(Schema):
    """``apply_by`` is the last day on which the court can be asked; ``replaced`` counts the agreements before it."""

    number: int
    form: str
    facts: str
    responsibilities: str
    terms: str
    committee: str
    effective_on: date
    apply_by: date
    applied_on: date | None
    court: str
    decided_on: date | None
    decision: str
    replaced: int


class ObligationOut(Schema):
    id: int
    side_name: str
    what: str
    due_on: date
    performed_on: date | None
    late: bool


class EnquiryOut(Schema):
    on: date
    found: str
    note: str
    by: str


class HandoverOut(Schema):
    """``state``: waiting, taken, back, recalled, or dropped where another act overtook it."""

    at: datetime
    sender: str
    receiver: str
    why: str
    state: str
    answered_at: datetime | None
    answer: str


class DisputeOut(Schema):
    """``may``: what the key can enter now, by its address. ``reads``: whether it reads what was agreed on; where not, the agreement has its days
    and no texts, and nothing is said of court, obligations and enquiries."""

    version: int
    reads: bool
    parties: list[PartyOut]
    mediators: list[str]
    agreement: AgreementOut | None
    obligations: list[ObligationOut]
    enquiries: list[EnquiryOut]
    handovers: list[HandoverOut]
    may: list[str]


class Person(Schema):
    """Whoever could mediate. ``holding`` is what `mediators` and `lead` name."""

    holding: int
    name: str
    body: str
    named: bool


class People(Schema):
    items: list[Person]


class Known(Schema):
    """As told; each may be empty."""

    id: int
    side_name: str
    organisation: str
    name: str
    phone: str
    address: str


class Looked(Schema):
    items: list[Known]


def dispute(request: HttpRequest, number: str) -> Matter:
    """The dispute, if the key sees it; 404 otherwise, and for a matter that is none."""
    matter = one(request, number)
    if not is_dispute(matter):
        raise Http404
    return matter


@router.get(
    "/{number}/dispute", response=DisputeOut, summary=words_of(_("Mediation")), openapi_extra=told(403, 404, params=[IF_NONE_MATCH])
)
@conditional_page
def get_dispute(request: HttpRequest, number: str) -> HttpResponse:
    """What is kept besides its steps, without a name of anybody concerned. The `ETag` is the matter's version."""
    need(request, "matter.see", "matter.report")
    situation = Situation(dispute(request, number), request.user)
    return answer(_shown(situation), ETag=etag(situation.matter))


_AGREED = (
    "number", "form", "facts", "responsibilities", "terms", "committee", "effective_on", "apply_by", "applied_on", "court", "decided_on", "decision",
)  # fmt: skip
_OWED = ("what", "due_on", "performed_on", "late")
_HANDED = ("at", "sender", "receiver", "why", "state", "answered_at", "answer")


def _shown(situation: Situation) -> dict[str, Any]:
    """What the page's panel has, for programs."""
    matter = situation.matter
    found = panel(situation, list(matter.flow.events.filter(kind__startswith="handover").order_by("seq").select_related("by")))
    assert found is not None
    agreement = found["agreement"]
    return {
        "version": matter.flow.seq,
        "reads": found["reads"],
        "parties": [_party(p) for p in found["parties"]],
        "mediators": found["mediators"],
        "agreement": {n: getattr(agreement, n) for n in _AGREED} | {"replaced": found["former"]} if agreement else None,
        OWED: [{"id": o.pk, "side_name": o.side} | {n: getattr(o, n) for n in _OWED} for o in found["obligations"]],
        "enquiries": [{"on": e["on"], "found": e["found"].value, "note": e["note"], "by": e["by__name"]} for e in found["enquiries"]],
        "handovers": [{n: getattr(h, n) for n in _HANDED} for h in found["handovers"]],
        "may": [name for name, entry in ENTRIES.items() if may_enter(situation.user, matter, entry)],
    }


def _party(p: Side) -> dict[str, Any]:
    return {
        "id": p.pk, "side": p.number, "side_name": p.side, "organisation": p.organisation, "speaker": p.speaks, "has_custodian": p.has_custodian,
    }  # fmt: skip


@router.get(
    "/{number}/dispute/mediators", response=People, summary=words_of(_("Who could mediate")), openapi_extra=told(403, 404),
)  # fmt: skip
def list_mediators(request: HttpRequest, number: str) -> HttpResponse:
    """For whoever answers for the dispute: members of its own body, and of mediation committees over its place."""
    need(request, "flow.act")
    matter = dispute(request, number)
    if not answers(request.user, answering_seat(matter)):
        raise PermissionDenied("mediators")
    named = set(matter.mediators.values_list("user", flat=True))
    found = [{"holding": h.pk, "name": str(h.user), "body": h.seat.body.name, "named": h.user_id in named} for h in candidates(matter)]
    return answer({"items": found})


# entering ------------------------------------------------------------------------------------------------------------------------------


def _write(request: HttpRequest, number: str, do: Callable[[Matter], Any], said: Any = None) -> HttpResponse:
    """``do`` with the dispute as it is now, in the version that ``If-Match`` names or not at all. Says ``said``, or what ``do`` gives."""
    seq = if_match(request)
    situation = Situation(dispute(request, number), request.user)

    def held() -> Any:
        with transaction.atomic():
            now = Flow.objects.select_for_update(of=("self",)).get(pk=situation.matter.flow_id).seq
            if seq is not None and seq != now:
                raise stale(situation.matter, seq, changes(situation.matter, seq))
            return do(situation.matter) or said

    return done(number, guarded(situation, seq, held))


def _endpoint(name: str, entry: Entry) -> Callable[[HttpRequest, str], HttpResponse]:
    def act(request: HttpRequest, number: str) -> HttpResponse:
        data, files = sent(request, OWED if name == "agreement" else "")

        def do(matter: Matter) -> str:
            if not may_enter(request.user, matter, entry):
                raise PermissionDenied(name)
            form = entry.form(matter, {"data": data})
            _known(data, files, form)
            _valid(form)
            entry.do(request.user, matter, form)
            return entry.told(form)

        return _write(request, number, do)

    act.__name__ = f"enter_{name}"
    act.__doc__ = TOLD[name]
    return act


_ROW = re.compile(r"(side|what|due)_([0-9]+)")


def _known(data: Any, files: Any, form: forms.Form) -> None:
    if isinstance(form, AgreementForm) and any((m := _ROW.fullmatch(name)) and int(m[2]) > ROWS for name in data):
        raise Bad(
            422, "invalid", errors=[{"field": OWED, "code": "too_many", "message": gettext("At most %(most)s things.") % {"most": ROWS}}]
        )
    known(data, files, form.fields)


def _valid(form: forms.Form) -> None:
    """As ``valid``; a row's error stands at its member: «due_2» is ``obligations[1].due``."""
    try:
        valid(form)
    except Bad as bad:
        for error in bad.errors:
            if isinstance(form, AgreementForm) and (m := _ROW.fullmatch(error["field"])):
                error["field"] = f"{OWED}[{int(m[2]) - 1}].{m[1]}"
        raise


TOLD = {
    "party": "A person, an organisation, or who speaks for a side; sealed. For whoever takes it in until it is taken in, then for whoever mediates.",
    "mediators": "The holdings of those who mediate, of `GET`'s list; whoever is not among them no longer does. `lead` is the one who leads.",
    "agreement": "What the sides agreed on, while it is mediated; «甲方», «乙方», never a name. At least one thing that is to be done, by whom, by when.",
    "application": "The sides have asked the court to confirm it: within 30 days of the day it took effect.",
    "decision": "What the court decided.",
    "enquiry": "Somebody asked how the agreement is kept.",
}
ENTERED: dict[str, tuple[type[forms.Form], dict[str, Any]]] = {
    "party": (PartyForm, {"side": 1, "name": "甲某"}),
    "mediators": (MediatorsForm, {"mediators": [31, 32], "lead": 31}),
    "agreement": (AgreementForm, {
        "form": "written", "facts": "甲方安装的空调外机噪声影响乙方休息", "signed_on": "2026-11-20",
        OWED: [{"side": 1, "what": "移装空调外机", "due": "2026-11-30"}],
    }),
    "application": (ApplicationForm, {"applied_on": "2026-11-25", "court": "青山区人民法院"}),
    "decision": (DecisionForm, {"decided_on": "2026-11-28", "decision": "confirmed"}),
    "enquiry": (EnquiryForm, {"on": "2026-12-01", "found": "all"}),
}  # fmt: skip


def _body(name: str, form: type[forms.Form]) -> dict[str, Any]:
    found = schema_of(form)
    if name == "agreement":
        row = {"side": {"type": "integer"}, "what": {"type": "string", "maxLength": 300}, "due": {"type": "string", "format": "date"}}
        item = {"type": "object", "additionalProperties": False, "properties": row, "required": list(row)}
        found["properties"][OWED] = {"type": "array", "items": item, "minItems": 1, "maxItems": ROWS, "title": _("What is to be done")}
        found["required"].append(OWED)
    return found


_STATUSES = (400, 403, 404, 409, 412, 413, 415, 422, 428)


def _offer_entries() -> None:
    for name, entry in ENTRIES.items():
        form, example = ENTERED[name]
        router.post(
            f"/{{number}}/dispute/{name}", response=shapes.Done, summary=words_of(entry.title), operation_id=f"enter_{name}",
            openapi_extra=told(*_STATUSES, params=[IF_MATCH], body=_body(name, form), example=example),
        )(_endpoint(name, entry))  # fmt: skip


_offer_entries()


@router.post(
    "/{number}/dispute/party/{int:id}/remove", response=shapes.Done, summary=words_of(_("Take this one out")),
    openapi_extra=told(*_STATUSES, params=[IF_MATCH]),
)  # fmt: skip
def remove_party(request: HttpRequest, number: str, id: int) -> HttpResponse:
    """Somebody was entered wrongly: nothing is left of them. Not once there is an agreement."""
    known(*sent(request), ())

    def do(matter: Matter) -> None:
        if not may_enter_parties(request.user, matter, answering_seat(matter)):
            raise PermissionDenied("party")
        actions.remove_party(by=request.user, matter=matter, party=get_object_or_404(matter.parties, pk=id))

    return _write(request, number, do, gettext("Taken out; nothing is left of it."))


@router.post(
    "/{number}/dispute/obligations/{int:id}", response=shapes.Done, summary=words_of(_("A thing agreed on has been done")),
    openapi_extra=told(*_STATUSES, params=[IF_MATCH], body=schema_of(PerformedForm, optional=["performed_on"]), example={"performed_on": "2026-11-28"}),
)  # fmt: skip
def perform_obligation(request: HttpRequest, number: str, id: int) -> HttpResponse:
    """On the day `performed_on`; left out or null: it was noted wrongly."""
    data, files = sent(request)
    known(data, files, PerformedForm.base_fields)
    on = valid(PerformedForm(data))["performed_on"] if data.get("performed_on") else None

    def do(matter: Matter) -> None:
        if not answers(request.user, answering_seat(matter)):
            raise PermissionDenied("obligation")
        obligation = get_object_or_404(Obligation, pk=id, agreement__matter=matter)
        actions.perform_obligation(by=request.user, matter=matter, obligation=obligation, performed_on=on)

    return _write(request, number, do, gettext("Entered."))


@router.post(
    "/{number}/dispute/reveal", response=Looked, summary=words_of(_("Show who they are")),
    openapi_extra=told(400, 403, 404, 413, 415, 422, body=schema_of(RevealForm), example={"purpose": "matter"}),
)  # fmt: skip
def reveal_parties(request: HttpRequest, number: str) -> HttpResponse:
    """Needs «matter.contact», and that the key's seat takes part, or took it in. Each look is written down, with the key, before the answer."""
    need(request, "matter.contact")
    data, files = sent(request)
    matter = dispute(request, number)
    known(data, files, RevealForm.base_fields)
    said = valid(RevealForm(data))
    found = actions.reveal_parties(by=request.user, matter=matter, purpose=said["purpose"], note=noted(request, said["note"]))
    return answer({"items": [{"id": p.pk, "side_name": side_name(p.side)} | {n: getattr(i, n) for n in _SEALED} for p, i in found]})


_SEALED = ("organisation", "name", "phone", "address")
