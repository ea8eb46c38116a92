"""Changing matters: raising one, its steps, the acts besides them. Each is the page's act with the page's form; ``If-Match`` is its hidden field."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from ninja import Schema

from linli.access.api import need, noted, once
from linli.access.scope import scope_of
from linli.flow import words
from linli.frame.api import IDEMPOTENCY, IF_MATCH, Bad, answer, at_field, known, schema_of, sent, told, valid, words_of
from linli.frame.refusal import Conflict, Used
from linli.matters import actions
from linli.matters.actforms import (
    FORMS,
    AccountForm,
    AttachForm,
    DecideForm,
    ExtendForm,
    HandoverForm,
    JoinForm,
    JudgeForm,
    LiftForm,
    NoteForm,
    PartForm,
    ReassignForm,
    StepForm,
    SuperviseForm,
    SuspendForm,
)
from linli.matters.actions.flowing import told_plainly
from linli.matters.acts import ACTS, Situation
from linli.matters.api import shapes
from linli.matters.api.reading import etag, one, router
from linli.matters.doing import do, take
from linli.matters.forms import AskForm, CorrectForm, CounterForm, EraseForm, PhoneReportForm, PublicForm, ReasonForm, RevealForm, VoiceForm
from linli.matters.joinforms import LinkForm, MergeForm, OutsideForm, SplitForm, TransferForm, UnlinkForm
from linli.matters.models import Channel, Matter


class _Correct(CorrectForm, ReasonForm):
    """What can be put right, and why."""


class _Level(forms.Form):
    outcome = forms.CharField(label=_("Outcome"), max_length=20, help_text=_("One of those under may.steps of the matter."))
    category = forms.CharField(label=_("Kind of matter"), max_length=80, required=False)
    level = forms.CharField(label=pgettext_lazy("post", "To"), max_length=12, required=False)
    department = forms.IntegerField(label=_("Or to a department that the category doesn't name"), required=False, min_value=1)
    show_photos = forms.BooleanField(required=False)


def _step_body() -> dict[str, Any]:
    """What any step can take: which of it, the step's charter says (``needs``)."""
    body = schema_of(_Level)
    written = {n: {"type": "string", "maxLength": 2000, "title": label} for n, label in words.EVIDENCE.items() if n in WRITTEN}
    return body | {"properties": {**body["properties"], **written, **schema_of(AttachForm)["properties"]}}


WRITTEN = ("result", "answer", "finding", "reason", "opinion", "budget", "minutes")
# act -> its form for the schema, what of it may be left out there, an example
BODIES: dict[str, tuple[type[forms.Form], tuple[str, ...], dict[str, Any]]] = {
    "decide": (DecideForm, ("reason",), {"grant": "yes"}),
    "recall": (ReasonForm, ("reason",), {"reason": "改由本社区办理"}),
    "part": (PartForm, (), {"result": "照明已修复"}),
    "extend": (ExtendForm, (), {"days": 2, "reason": "等待配件到货"}),
    "suspend": (SuspendForm, (), {"until": "2027-04-01", "reason": "冬季无法施工"}),
    "resume": (ReasonForm, ("reason",), {"reason": "材料已到"}),
    "join": (JoinForm, (), {"seats": [12], "task": "协助清运", "days": 2}),
    "account": (AccountForm, (), {"answer": "配件明天到货，当天修复"}),
    "judge": (JudgeForm, ("days", "reason"), {"accept": "yes"}),
    "supervise": (SuperviseForm, (), {"task": "说明为什么超期、什么时候办完", "days": 2}),
    "lift": (LiftForm, (), {"what": "order", "reason": "施工受阻，已另行安排"}),
    "handover": (HandoverForm, (), {"seat": 12, "reason": "跨社区，请街道调解；材料三份随案移交"}),
    "leave": (ReasonForm, (), {"reason": "乙方表示不再调解"}),
    "urge": (ReasonForm, ("reason",), {"reason": "居民再次来电"}),
    "reassign": (ReassignForm, (), {"seat": 12, "reason": "属于第二网格"}),
    "escalate": (ReasonForm, (), {"reason": "需要街道协调"}),
    "reopen": (ReasonForm, (), {"reason": "问题重复出现"}),
    "correct": (_Correct, (), {"title": "5号楼北门垃圾未清运", "category": "environment.rubbish", "place": "150204006019", "reason": "位置有误"}),
    "ask": (AskForm, (), {"text": "请问是几单元门口？"}),
    "attach": (AttachForm, (), {}),
    "note": (NoteForm, (), {"text": "已电话联系物业"}),
    "public": (PublicForm, (), {"public": "no", "reason": "涉及个人住所"}),
    "merge": (MergeForm, ("into",), {"other": "QS-2026-000123", "into": "other", "reason": "同一处漏水"}),
    "separate": (ReasonForm, (), {"reason": "不是同一处"}),
    "split": (SplitForm, (), {"text": "楼前路灯也不亮", "category": "facilities.streetlamp", "place": "150204006019", "reason": "一件诉求说了两件事"}),
    "unsplit": (ReasonForm, (), {"reason": "其实是一件事"}),
    "link": (LinkForm, (), {"other": "QS-2026-000123", "kind": "cause", "reason": "同一处施工引起"}),
    "unlink": (UnlinkForm, (), {"other": "QS-2026-000123", "reason": "关联有误"}),
    "transfer": (TransferForm, (), {"place": "150204008000", "reason": "地点在相邻街道"}),
    "sendback": (ReasonForm, (), {"reason": "经核实不在本街道"}),
    "outside": (OutsideForm, (), {"authority": "包头市水务局", "told": "phone", "reason": "市管河道"}),
    "cameback": (ReasonForm, (), {"reason": "市水务局退回"}),
}  # fmt: skip
ANY_VERSION = {"ask", "attach", "note", "public", "link", "unlink"}  # they add, whatever the work has come to
ONCE = {"ask", "split"}  # they make something: a retry makes no second one
_KEY = re.compile(r"[!-~]{8,100}")


def if_match(request: HttpRequest, *, needed: bool = True) -> int | None:
    """The version in ``If-Match``; None for ``*``, and where none is needed. Raises Bad."""
    text = request.headers.get("If-Match", "").strip()
    if text == "*" or (not text and not needed):
        return None
    if not text:
        raise Bad(428, detail=gettext("Send the ETag of the matter as you read it in the header If-Match."))
    found = re.fullmatch(r'"(\d{1,9})"', text, re.ASCII)
    if not found:
        raise Bad(400, "if_match", gettext("If-Match holds one ETag of the matter, in its quotation marks, or *."))
    return int(found[1])


def stale(matter: Matter, seq: int | None, changed: list[str]) -> Bad:
    """Somebody was quicker: 412 for who said what they had read, 409 for who didn't."""
    detail = gettext("Somebody else was quicker. See what changed, then decide again.")
    return Bad(409 if seq is None else 412, "conflict", detail, changed=changed)


def changes(matter: Matter, seq: int) -> list[str]:
    events = matter.flow.events.filter(seq__gt=seq).order_by("seq").select_related("by")
    return [words.line(e, matter.flow) for e in events]


def guarded(situation: Situation, seq: int | None, do: Callable[[], Any]) -> Any:
    """Do it; what is refused because the work has moved on is told as that."""
    try:
        return do()
    except Conflict as conflict:
        raise stale(situation.matter, seq, conflict.changed) from None
    except (PermissionDenied, Bad):
        if seq is not None and seq != situation.work.flow.seq:
            raise stale(situation.matter, seq, changes(situation.matter, seq)) from None
        raise


def done(number: str, said: Any) -> HttpResponse:
    """As it is after the act. Who has moved it out of their own sight is told that it is done, and where it stood."""
    matter = Matter.objects.select_related("flow").get(number=number)
    return answer(shapes.done(matter, str(said)), ETag=etag(matter))


# raising ------------------------------------------------------------------------------------------------------------------------------


def _raise_body() -> dict[str, Any]:
    body = schema_of(CounterForm, optional=("who", "place", "channel"), without=("request_id",))
    body["properties"]["channel"] = {
        "type": "string",
        "enum": ["counter", "phone", "field"],
        "default": "counter",
        "title": _("How it came"),
    }
    return body


@router.post(
    "", response={201: shapes.Made}, summary=words_of(_("Take a matter in")),
    openapi_extra=told(400, 403, 413, 415, 422, params=[IDEMPOTENCY], body=_raise_body(), files=True,
                       example={"text": "5号楼北门垃圾堆了三天没人清", "category": "environment.rubbish", "place": "150204006019"}),
)  # fmt: skip
def raise_matter(request: HttpRequest) -> HttpResponse:
    """For somebody at the counter or on the telephone («matter.intake»), or from the field («matter.report»: no reporter is taken then).

    `follow_code` is the reporter's only key to their side of it: give it to them.
    """
    need(request, "matter.intake", "matter.report")
    request_id = once(request)
    given, files = sent(request)
    data = MultiValueDict({**given, "request_id": [str(request_id)]})
    channel = data.get("channel") or Channel.COUNTER.value
    data.setdefault("channel", channel)
    data.setdefault("who", "named")
    form = _raise_form(request, channel, data, files)
    known(given, files, [*form.fields, "channel"])
    said = valid(form)
    if said.get("who") == "anonymous" and (said["name"] or said["phone"]):  # a page shows that they aren't kept; a program would never know
        raise at_field("who", gettext("A name or telephone is filled in below: choose who may see it, or take it out."), "dropped")
    raised = actions.raise_matter(
        by=request.user, request_id=request_id, channel=channel, text=said["text"], category=said["category"], title=said.get("title", ""),
        place=said["place"], position=said["position"], address=said["address"], photos=said["photos"], documents=said.get("documents", ()),
        line=said.get("line", ""),
        reporter=form.reporter() if isinstance(form, CounterForm) else None,
    )  # fmt: skip
    if raised.again and raised.matter.text != said["text"].strip():
        raise Used()
    number = raised.matter.number
    url = request.build_absolute_uri(reverse("matters:follow_code", args=[raised.follow_code]))
    made = {"number": number, "follow_code": raised.follow_code, "url": url}
    return answer(made, 201, ETag=etag(raised.matter), Location=f"{request.path}/{number}")


def _raise_form(request: HttpRequest, channel: str, data: Any, files: Any) -> Any:
    scope = scope_of(request.user)
    if channel == Channel.FIELD:
        need(request, "matter.report")
        return PhoneReportForm(data, files, within=None, by_program=True)
    need(request, "matter.intake")
    form = CounterForm(data, files, within=scope.paths("matter.intake"), by_program=True)
    form.fields["place"].required = False  # a position or an address will do
    return form


@router.post(
    "/{number}/voice", response={201: shapes.Made}, summary=words_of(ACTS["voice"].label),
    openapi_extra=told(
        400, 403, 404, 409, 413, 415, 422, params=[IDEMPOTENCY], body=schema_of(VoiceForm, without=("request_id",)), example={"text": "三单元也有住户反映"},
    ),
)  # fmt: skip
def voice_matter(request: HttpRequest, number: str) -> HttpResponse:
    """Somebody else tells the same: noted, without their person, instead of raised again. `follow_code` is for them, and follows nothing but
    this matter's public side.
    """
    need(request, "matter.intake")
    request_id = once(request)
    given, files = sent(request)
    situation = Situation(one(request, number), request.user)
    known(given, files, ["text"])
    _offered(situation, "voice")
    said = valid(FORMS["voice"](situation, {"data": MultiValueDict({**given, "request_id": [str(request_id)]})}))
    code = do("voice", request.user, situation.matter, None, said)
    url = request.build_absolute_uri(reverse("matters:watching", args=[code]))
    return answer({"number": number, "follow_code": code, "url": url}, 201)


# the step -----------------------------------------------------------------------------------------------------------------------------


@router.post(
    "/{number}/steps", response=shapes.Done, summary=words_of(_("Take the present step")),
    openapi_extra=told(
        400, 403, 404, 409, 412, 413, 415, 422, 428, params=[IF_MATCH], body=_step_body(), files=True,
        example={"outcome": "done", "result": "已清运"},
    ),
)  # fmt: skip
def take_step(request: HttpRequest, number: str) -> HttpResponse:
    """One of the outcomes under `may.steps`, with the evidence it needs. Photos count when sent along, or attached in this step before."""
    need(request, "flow.act")
    data, files = sent(request)
    seq = if_match(request)
    situation = Situation(one(request, number), request.user)
    return guarded(situation, seq, lambda: _take(request, situation, seq, data, files))


def _take(request: HttpRequest, situation: Situation, seq: int | None, data: Any, files: Any) -> HttpResponse:
    outcome = data.get("outcome", "")
    offer = next((o for o in situation.offers if o.outcome == outcome), None)
    if offer is None:
        if not situation.offers:
            if situation.leads or (not situation.step and situation.may("flow.act")):
                raise not_now()
            raise PermissionDenied(outcome)
        ways = ", ".join(o.outcome for o in situation.offers)
        raise at_field("outcome", gettext("This step can't be taken that way. It can: %(ways)s.") % {"ways": ways}, "outcome")
    form = StepForm(data, files, situation=situation, offer=offer, prefix=None)
    for name in form.fields.keys() & {"photos", "documents"}:
        form.fields[name].required = False  # may be attached already; the rules look
    if situation.matter.category and "category" in form.fields:
        form.fields["category"].required = False  # left out, it stays
    known(data, files, [*form.fields, "outcome"])
    valid(form)
    matter = take(request.user, situation.matter, seq, outcome, form)
    said = gettext("Done: %(what)s.") % {"what": words.outcome_name(situation.step, outcome)}
    return answer(shapes.done(matter, said), ETag=etag(matter))


# the acts besides it ------------------------------------------------------------------------------------------------------------------


def _endpoint(name: str) -> Callable[[HttpRequest, str], HttpResponse]:
    def act(request: HttpRequest, number: str) -> HttpResponse:
        data, files = sent(request)
        seq = if_match(request, needed=name not in ANY_VERSION)
        situation = Situation(one(request, number), request.user)
        return guarded(situation, seq, lambda: _act(request, situation, seq, name, data, files))

    act.__name__ = f"{name}_matter"
    act.__doc__ = ACTS_TOLD[name]
    return act


def _offered(situation: Situation, name: str) -> None:
    """Raises PermissionDenied where the key may not do it, Bad where only what the matter has come to stands in the way."""
    act = ACTS[name]
    if act.offered(situation):
        return
    if not act.able(situation):
        raise PermissionDenied(name)
    raise not_now()


def not_now() -> Bad:
    return Bad(409, "not_now", gettext("As the matter stands this can't be done now. What can is under may."))


def _act(request: HttpRequest, situation: Situation, seq: int | None, name: str, given: Any, files: Any) -> HttpResponse:
    _offered(situation, name)
    data = MultiValueDict(given)
    if name in ONCE and request.headers.get("Idempotency-Key"):
        data["request_id"] = str(once(request))
    form = FORMS[name](situation, {"data": data, "files": files})
    known(given, files, form.fields.keys() - {"request_id"})
    cleaned = valid(form)
    with told_plainly(flow=situation.matter.flow):
        said = do(name, request.user, situation.matter, seq, cleaned)
    return done(situation.matter.number, said)


ACTS_TOLD = {
    "decide": "Grant or refuse what is asked: more time, a place on the ledger, or taking over what is handed over. Never by whoever asked.",
    "recall": "Take back what was asked for (more time, the ledger, a handover), as long as it isn't decided.",
    "part": "An assisting seat reports its part as done.",
    "extend": "Before the deadline; the post above decides.",
    "suspend": "Ask to put it on the ledger until a day within a year.",
    "resume": "Take it off the ledger before its review date.",
    "join": "Call in other seats, each with a task and a deadline.",
    "account": "Answer the supervision, by the seat that owes the answer.",
    "judge": "Accept the answer to a supervision, or send it back with a new deadline. Never by whoever answered.",
    "supervise": "Open a supervision: the responsible seat has to answer within some days. Who handles it stays the same.",
    "lift": "Take back a supervision, or the naming in the notice of the month.",
    "handover": "Hand the work over to another body, which takes it over or sends it back in time (`decide`). Until then you stay responsible.",
    "leave": "End a mediation because a side no longer wishes it, until there is an agreement: that binds.",
    "urge": "Ask whoever is responsible to get on with it, on record.",
    "reassign": "Move the work to another seat of the same level.",
    "escalate": "Hand it one level up.",
    "reopen": "Take an ended matter up again.",
    "correct": "Put title, category, place and address right. All four are sent; what is unchanged stays.",
    "ask": "Write to the reporter, who reads it with their code. `Idempotency-Key` keeps a retry from being a second message.",
    "attach": "Photos or documents for the present step, as multipart/form-data.",
    "note": "A remark for staff; it stays in the history.",
    "public": "Show it on the public pages, or take it off them.",
    "merge": "Two about the same thing become one piece of work. `into`: which goes on, the `other` or `this`. Needs «matter.join» over both.",
    "separate": "Undo a merging while the main one is under way: it goes on where it stood.",
    "split": "Split one thing off: a new matter from the same person. `said` names it. `Idempotency-Key` keeps a retry from being a second.",
    "unsplit": "Put a part back together with the whole, as long as nobody has dealt with it.",
    "link": "See-also, from both sides. `kind`: `cause` (same cause), `follow` (this one follows from the other), `related`; `joined` says it as `how`.",
    "unlink": "Take a link off again.",
    "transfer": "Hand it to another community or street, where it begins anew and can be sent back. Their codes: `/places` with `beyond`.",
    "sendback": "Send back what was handed here, before the first step.",
    "outside": "Hand it to an authority outside: it ends here. `told`: how the person was told, `phone`, `face` or `page`.",
    "cameback": "The authority outside sent it back: it goes on where it stood.",
}


def _offer_acts() -> None:
    for name, (form, optional, example) in BODIES.items():
        needed = name not in ANY_VERSION
        body = schema_of(form, optional=optional, without=("request_id",))
        params = [IF_MATCH if needed else {**IF_MATCH, "required": False}]
        if name in ONCE:
            params.append({**IDEMPOTENCY, "required": False})
        statuses = (400, 403, 404, 409, 412, 413, 415, 422, *((428,) if needed else ()))
        router.post(
            f"/{{number}}/{name}", response=shapes.Done, summary=words_of(ACTS[name].label), operation_id=f"{name}_matter",
            openapi_extra=told(*statuses, params=params, body=body, files=name in ("part", "attach"), example=example or None),
        )(_endpoint(name))  # fmt: skip


_offer_acts()


class ShowForm(forms.Form):
    public = forms.BooleanField(required=False, label=_("shown to the public"))


@router.post(
    "/{number}/files/{uid}", response=shapes.FileOut, summary=words_of(_("Show a photo to the public, or no longer")),
    openapi_extra=told(400, 403, 404, 413, 415, 422, body=schema_of(ShowForm), example={"public": True}),
)  # fmt: skip
def show_file(request: HttpRequest, number: str, uid: uuid.UUID) -> HttpResponse:
    """Needs «matter.publish». Whether the matter itself is public is decided by `public`."""
    need(request, "matter.publish")
    data, files = sent(request)
    matter = one(request, number)
    attachment = matter.flow.attachments.filter(uid=uid).first()
    if attachment is None:
        raise Http404
    known(data, files, ["public"])
    public = valid(ShowForm(data))["public"]
    actions.show_attachment(by=request.user, matter=matter, attachment=attachment, public=public)
    return answer(shapes.file_of(attachment))


@router.post(
    "/{number}/reporter", response={200: shapes.ReporterOut, 204: None}, summary=words_of(_("See who raised it, for a purpose")),
    openapi_extra=told(400, 403, 404, 413, 415, 422, body=schema_of(RevealForm), example={"purpose": "matter"}),
)  # fmt: skip
def reveal_reporter(request: HttpRequest, number: str) -> HttpResponse:
    """Needs «matter.contact»; where the name is withheld, the intake desk. The look is written down, with the key's name, before the answer.

    204 where nobody was told.
    """
    need(request, "matter.contact")
    data, files = sent(request)
    matter = one(request, number)
    known(data, files, RevealForm.base_fields)
    said = valid(RevealForm(data))
    found = actions.reveal_reporter(by=request.user, matter=matter, purpose=said["purpose"], note=noted(request, said["note"]))
    if found is None:
        return HttpResponse(status=204, headers={"Cache-Control": "no-store"})
    return answer({"name": found.name, "phone": found.phone, "withheld": found.withheld})


class ErasedOut(Schema):
    """``erased`` false: nobody was told, so there was nobody to forget."""

    erased: bool


@router.post(
    "/{number}/reporter/erase", response=ErasedOut, summary=words_of(_("Erase who raised it")),
    openapi_extra=told(400, 403, 404, 413, 415, 422, body=schema_of(EraseForm), example={"reason": "本人要求删除"}),
)  # fmt: skip
def erase_reporter(request: HttpRequest, number: str) -> HttpResponse:
    """For good, on the person's lawful request. Needs «matter.contact» and «matter.intake»; where the name is withheld, the intake desk.

    The reason stays in the history, without a word of whom; asked for again, nothing happens.
    """
    need(request, "matter.contact")
    data, files = sent(request)
    matter = one(request, number)
    known(data, files, EraseForm.base_fields)
    said = valid(EraseForm(data))
    return answer({"erased": actions.erase_reporter(by=request.user, matter=matter, reason=said["reason"])})
