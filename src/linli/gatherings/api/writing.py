"""Convening, and the acts on a gathering. Each is the page's act with the page's form: what is left out stays as the form shows it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from linli.access.api import need, once
from linli.frame.api import IDEMPOTENCY, IF_UNCHANGED, Bad, answer, at_field, known, schema_of, sent, told, unchanged, valid, words_of
from linli.frame.refusal import Conflict, Used
from linli.gatherings import doing
from linli.gatherings.actions import REFUSED
from linli.gatherings.api import shapes
from linli.gatherings.api.reading import WhereForm, chosen_of, etag, router
from linli.gatherings.doing import ACTS
from linli.gatherings.forms import CallOffForm, CorrectForm, HoldForm, PapersForm, PlanForm, RecountForm
from linli.gatherings.kinds import CONVENE, may
from linli.gatherings.models import Attendance, Gathering
from linli.gatherings.pages.one import seen_by
from linli.gatherings.words import changes_since

_MARKS = ("came", "excused", "absent")
_NUMBERS = {"type": "array", "items": {"type": "integer"}}
_AGENDA = {"type": "array", "items": {"type": "string", "maxLength": 200}, "maxItems": 30}
_ANY_VERSION = {"papers"}  # they add, whatever it has come to
_MARKING = {"hold", "recount"}


def seq_of(request: HttpRequest, gathering: Gathering, *, needed: bool = True) -> int | None:
    """The version the program has read; None for ``*``. Raises Bad: 428 without one, 412 with what others did since."""
    text = request.headers.get("If-Match", "").strip()
    if not text and not needed:
        return None
    try:
        unchanged(request, etag(gathering))
    except Bad as bad:
        if bad.status == 412 and (read := text.strip('"')).isdecimal():
            bad.changed = changes_since(gathering, int(read))
        raise
    return None if text == "*" else gathering.seq


def filled(make: Callable[[doing.Given], Any], data: MultiValueDict, files: MultiValueDict) -> Any:
    """The form of what is sent; fields that are left out say what they do when the page opens the form."""
    opened = make({})
    said = {n: opened.get_initial_for_field(field, n) for n, field in opened.fields.items()}
    kept = {n: [str(v) for v in value] if isinstance(value, list) else [str(value)] for n, value in said.items() if value is not None}
    return make({"data": MultiValueDict({**kept, **dict(data.lists())}), "files": files})


def _lines(given: MultiValueDict) -> MultiValueDict:
    """An agenda as a list, or as lines of one text."""
    data = MultiValueDict(given)
    if "agenda" in data:
        data["agenda"] = "\n".join(data.getlist("agenda"))
    return data


# convening ----------------------------------------------------------------------------------------------------------------------------


def _plan_body(optional: Iterable[str] = ()) -> dict[str, Any]:
    body = schema_of(PlanForm, optional=optional, without=("request_id", "seat"))
    agenda, invite = body["properties"]["agenda"], body["properties"]["invite"]
    anyway = _("Holdings. The body's members are invited anyway, and so is whoever convenes it when it is convened.")
    body["properties"] |= {
        "agenda": {**_AGENDA, "title": agenda["title"]},
        "invite": {**_NUMBERS, "title": invite["title"], "description": anyway},
    }
    return body


def _convene_body() -> dict[str, Any]:
    plan, where = _plan_body(), schema_of(WhereForm)
    seat = {"seat": {"type": "integer", "title": _("Convened as")}}
    return plan | {"properties": {**where["properties"], **plan["properties"], **seat}, "required": [*where["required"], *plan["required"]]}


_PLAN = {
    "title": "楼道堆物整治", "day": "2027-03-16", "begin": "09:00", "until": "10:30", "where": "社区二楼会议室",
    "agenda": ["通报情况", "商定办法"], "invite": [17, 21],
}  # fmt: skip


@router.post(
    "", response={201: shapes.GatheringMade}, summary=words_of(_("Convene a gathering")),
    openapi_extra=told(400, 403, 413, 415, 422, params=[IDEMPOTENCY], body=_convene_body(),
                       example={"kind": "joint-meeting", "place": "150204006019", **_PLAN}),
)  # fmt: skip
def plan_gathering(request: HttpRequest) -> HttpResponse:
    """From the key's seat. Whoever is invited elsewhere at that time is a `clash`, refused unless `anyway` is true."""
    need(request, CONVENE)
    request_id = once(request)
    given, files = sent(request)
    chosen, flow = chosen_of(request, given)
    data = _lines(given)
    data["request_id"] = str(request_id)
    form = filled(lambda of: doing.planning(chosen, flow, of), data, files)
    known(given, files, [*form.fields.keys() - {"request_id"}, *WhereForm.base_fields])
    valid(form)
    made = doing.convene(request.user, request_id, chosen, flow, form)
    asked, plan = chosen.cleaned_data, form.plan()
    same = (made.kind, made.place_id, made.flow_id) == (asked["kind"].id, asked["place"].pk, flow.pk if flow else None)
    if not same or (made.seq == 1 and (made.title, made.starts_at) != (plan.title.strip(), plan.starts_at)):
        raise Used()
    url = request.build_absolute_uri(reverse("gatherings:detail", args=[made.pk]))
    return answer({"id": made.pk, "version": made.seq, "url": url}, 201, ETag=etag(made), Location=f"{request.path}/{made.pk}")


# the acts -----------------------------------------------------------------------------------------------------------------------------


def _presence_body(form: type[forms.Form]) -> dict[str, Any]:
    """Who came, by lists instead of a field for each of the invited."""
    body = schema_of(form, optional=("residents", "others"))
    fields = body["properties"]
    marks = {mark: {**_NUMBERS, "title": Attendance.State(mark).label} for mark in _MARKS}
    fields["besides"] = {**_NUMBERS, "title": fields["besides"]["title"]}
    del fields["sides"]["minItems"]
    return body | {"properties": {**marks, **fields}}


def _marked(fields: Iterable[str], given: MultiValueDict) -> MultiValueDict:
    """The lists of attendance as the form's fields, one for each of the invited. Raises Bad for who isn't, or is in two lists."""
    data, left = MultiValueDict(given), set(fields)
    for mark in _MARKS:
        for pk in given.getlist(mark):
            if f"a{pk}" not in left:
                raise at_field(mark, gettext("Each is one of the attendance of this gathering, in one of the lists."), "attendance")
            left.remove(f"a{pk}")
            data[f"a{pk}"] = mark
    return data


# act -> what is sent, an example of it, what it does
BODIES: dict[str, tuple[dict[str, Any], Any, str]] = {
    "hold": (
        _presence_body(HoldForm), {"absent": [42], "residents": 12, "text": "逐项商议", "result": "一致同意"},
        "It took place. `came`, `excused` and `absent` are ids of its attendance: who stands in none of them came.",
    ),
    "recount": (
        _presence_body(RecountForm), {"came": [42], "reason": "漏记一人"},
        "Who came, corrected. Of what is left out, what was noted stays; what stood there before is in its history.",
    ),
    "minutes": (
        schema_of(CorrectForm, optional=CorrectForm.base_fields), {"text": "逐项商议", "result": "一致同意"},
        "The minutes, or once there are some a correction with its `reason`: the earlier version stays beside it.",
    ),
    "change": (_plan_body(optional=PlanForm.base_fields), {"where": "三楼会议室"}, "When, where, what of, and who is invited. What is left out stays as it is."),
    "off": (schema_of(CallOffForm), {"reason": "临时停电"}, "It won't take place, or did not. Nobody is told by message."),
    "papers": (schema_of(PapersForm), None, "The sheet people signed, what was handed out, as multipart/form-data. Looks at no version unless told one."),
}  # fmt: skip


def _endpoint(name: str) -> Callable[[HttpRequest, int], HttpResponse]:
    act = ACTS[name]

    def endpoint(request: HttpRequest, id: int) -> HttpResponse:
        need(request, act.ability)
        given, files = sent(request)
        gathering = seen_by(request, id)
        if not may(request.user, act.ability, gathering):
            raise PermissionDenied(act.ability)
        seq = seq_of(request, gathering, needed=name not in _ANY_VERSION)
        if gathering.state not in act.states:
            raise Bad(409, gathering.state, REFUSED[gathering.state])
        try:
            act.do(request.user, gathering, seq, _form(name, gathering, given, files))
        except Conflict as conflict:
            raise Bad(412, "conflict", conflict.message, changed=conflict.changed) from None
        gathering.refresh_from_db(fields=["seq", "state"])
        done = {"id": gathering.pk, "version": gathering.seq, "state": shapes.state_of(gathering), "said": str(act.done)}
        return answer(done, ETag=etag(gathering))

    endpoint.__name__ = f"{name}_gathering"
    endpoint.__doc__ = BODIES[name][2]
    return endpoint


def _form(name: str, gathering: Gathering, given: MultiValueDict, files: MultiValueDict) -> Any:
    """The act's form, valid. Raises Bad."""
    fields = {f"a{a.pk}" for a in gathering.invited} if name in _MARKING else set()  # type: ignore[attr-defined]
    form = filled(partial(ACTS[name].make, gathering), _marked(fields, given) if name in _MARKING else _lines(given), files)
    known(given, files, form.fields.keys() - fields | (set(_MARKS) if name in _MARKING else set()))
    valid(form)
    return form


def _offer_acts() -> None:
    for name, (body, example, _told) in BODIES.items():
        needed = name not in _ANY_VERSION
        router.post(
            f"/{{id}}/{name}", response=shapes.GatheringDone, summary=words_of(ACTS[name].label), operation_id=f"{name}_gathering",
            openapi_extra=told(
                400, 403, 404, 409, 412, 413, 415, 422, *((428,) if needed else ()), params=[IF_UNCHANGED | {"required": needed}], body=body,
                files=name == "papers", example=example,
            ),
        )(_endpoint(name))  # fmt: skip


_offer_acts()
