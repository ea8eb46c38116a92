"""The hotline's own system: hands in work orders, asks how they stand, fetches answers and says that it has them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from ninja import Router, Schema

from linli.access.api import need
from linli.access.scope import scope_of
from linli.frame.api import Bad, answer, known, page_of, params_of, schema_of, sent, told, valid, words_of
from linli.frame.lists import Filters
from linli.kit.discreet import plain_phone
from linli.matters.api.shapes import Named, state_of
from linli.matters.choices import PlaceField
from linli.matters.hotline import actions
from linli.matters.hotline.answers import answer_of, followed
from linli.matters.hotline.sheet import SKEW, Order
from linli.matters.models import WorkOrder

router = Router(tags=["hotline"])
ABILITY = "hotline.exchange"
MOST = 200  # answers acknowledged at once


class OrderForm(forms.Form):
    """A work order, with the fields of the hotline's files."""

    number = forms.CharField(label=_("Work order"), max_length=40)
    text = forms.CharField(label=_("What the person tells"), min_length=4, max_length=4000)
    title = forms.CharField(label=_("Title"), max_length=120, required=False)
    name = forms.CharField(label=_("Name of the person"), max_length=40, required=False)
    phone = forms.CharField(label=_("Telephone of the person"), max_length=20, required=False)
    withheld = forms.BooleanField(label=_("name withheld"), required=False)
    address = forms.CharField(label=_("Where exactly"), max_length=200, required=False)
    community = forms.CharField(label=_("Community"), max_length=60, required=False, help_text=_("Its name or its code."))
    category = forms.CharField(
        label=_("Kind of matter"), max_length=80, required=False, help_text=_("Name or id; unknown ones are left to the desk.")
    )
    received = forms.DateTimeField(label=_("received by the hotline"), required=False)
    due = forms.DateTimeField(label=_("due by the hotline"), required=False)
    place = PlaceField(
        label=_("Where the address leads nowhere"), levels=["community", "grid"], required=False, help_text=_("The code of a place."),
    )  # fmt: skip

    def clean_number(self) -> str:
        number = self.cleaned_data["number"].strip()
        if not number.isprintable():
            raise ValidationError(_("Write the number in one line."), code="number")
        return number

    def clean_received(self) -> datetime | None:
        received: datetime | None = self.cleaned_data["received"]
        if received is not None and received > timezone.now() + SKEW:
            raise ValidationError(_("This lies in the future."), code="future")
        return received

    def clean_phone(self) -> str:
        typed = self.cleaned_data["phone"].strip()
        try:
            return plain_phone(typed) if typed else ""
        except ValueError:
            raise ValidationError(_("This is not a telephone number."), code="phone") from None


class Taken(Schema):
    """``new`` false: the order was here already, and nothing has been made."""

    order: str
    number: str
    new: bool


class OrderOut(Schema):
    """A merged order stands as the matter it was merged into. ``solved``, ``returned``, ``ended_at``, ``rating``: see the answers; here
    they tell what became of an answer after it was acknowledged."""

    order: str
    number: str
    state: Named
    ended: bool
    raised_at: datetime
    due_at: datetime | None
    hotline_due_at: datetime | None
    overdue: bool
    answered_at: datetime | None
    answered_back_at: datetime | None
    ended_at: datetime | None
    solved: bool
    returned: bool
    rating: str


class Orders(Schema):
    items: list[OrderOut]
    next: str | None


class AnswerOut(Schema):
    """``result``: how it ended, or «answered» while how people rate it is still awaited. ``solved``: it ended as solved; false until it has
    ended. ``returned``: not for us, so it goes back to the hotline; the answer says whom to turn to. ``answer``: where it ended without one,
    how it ended, in words for the caller. A merged order is answered as the matter it was merged into; ``rating`` is its own caller's."""

    order: str
    number: str
    result: Named
    solved: bool
    returned: bool
    answer: str
    answered_at: datetime | None
    ended_at: datetime | None
    rating: str


class Answers(Schema):
    items: list[AnswerOut]
    next: str | None


class Told(Schema):
    order: str
    answered_back_at: datetime


class Acknowledged(Schema):
    items: list[Told]


class OrderParams(Filters):
    number = forms.CharField(label=_("Work order"), max_length=40)
    state = forms.ChoiceField(label=_("State"), choices=actions.STATES)

    lookups = {"number": "number"}

    def filter_state(self, orders: QuerySet, value: str) -> QuerySet:
        return actions.in_state(orders, value)


class AcknowledgeForm(forms.Form):
    orders = forms.CharField(label=_("Work orders"))


def _mine(request: HttpRequest) -> QuerySet[WorkOrder]:
    """Orders whose matters lie in the key's area, and those handed in from its seat, wherever their matters were handed on to since."""
    mine = scope_of(request.user).q(ABILITY, path="matter__path", involved=lambda seats: Q(matter__raised_from__in=seats))
    return WorkOrder.objects.filter(mine).select_related("matter__flow", "matter__main__flow")


ORDER = {
    "number": "RX20261116000042",
    "text": "都兰社区5号楼北门垃圾堆了三天没人清",
    "community": "都兰社区",
    "due": "2026-11-20T18:00:00+08:00",
}


@router.post(
    "/orders", response={200: Taken, 201: Taken}, summary=words_of(_("Hand in a work order")),
    openapi_extra=told(400, 403, 413, 415, 422, body=schema_of(OrderForm), example=ORDER),
)  # fmt: skip
def hand_in_order(request: HttpRequest) -> HttpResponse:
    """Each order number becomes one matter, however often it is handed in: 201 the first time, 200 after that.

    Times without a zone are the place's own.
    """
    need(request, ABILITY)
    data, files = sent(request)
    known(data, files, OrderForm.base_fields)
    said = valid(OrderForm(data))
    place, fields = said.pop("place"), {n: v for n, v in said.items() if v not in (None, "")}
    found = actions.take_order(by=request.user, order=Order(row=0, **fields), place=place)
    if found.state == actions.WRONG:
        raise Bad(422, "invalid", errors=[{"field": found.field, "code": "invalid", "message": found.why}])
    new = found.state == actions.NEW
    return answer({"order": found.order, "number": found.number, "new": new}, 201 if new else 200)


@router.get(
    "/orders",
    response=Orders,
    summary=words_of(_("Ask how work orders stand")),
    openapi_extra=told(403, 422, params=params_of(OrderParams)),
)
def list_orders(request: HttpRequest) -> HttpResponse:
    """One, by `number`, or all of them, the latest first."""
    need(request, ABILITY)
    known(request.GET, {}, [*OrderParams.base_fields, "cursor", "limit"])  # type: ignore[arg-type]
    params = OrderParams(request.GET)
    valid(params)
    found, following = page_of(request, params.apply(_mine(request)), ("-pk",), name="orders")
    return answer({"items": [_order(o) for o in found], "next": following})


def _order(o: WorkOrder) -> dict[str, Any]:
    flow, said = followed(o).flow, answer_of(o)
    return {
        "order": o.number, "number": o.matter.number, "state": state_of(flow), "ended": bool(flow.end), "raised_at": o.matter.raised_at,
        "due_at": flow.due_at, "hotline_due_at": o.due_at, "overdue": flow.overdue, "answered_at": followed(o).answered_at,
        "answered_back_at": o.answered_back_at, "ended_at": said.ended_at, "solved": said.solved, "returned": said.returned, "rating": said.rating,
    }  # fmt: skip


@router.get(
    "/answers",
    response=Answers,
    summary=words_of(_("Fetch the answers that are ready")),
    openapi_extra=told(403, 422, params=params_of(Filters)),
)
def list_answers(request: HttpRequest) -> HttpResponse:
    """What is answered, or has ended without an answer, and has not been acknowledged yet. An answer given anew comes anew.

    Nothing else makes an acknowledged order come again: how its answer is rated, and how it ends after that, the order itself says.
    """
    need(request, ABILITY)
    known(request.GET, {}, ["cursor", "limit"])  # type: ignore[arg-type]
    found, following = page_of(request, actions.to_answer(_mine(request)), ("pk",), name="answers")
    return answer({"items": [_answer(o) for o in found], "next": following})


def _answer(o: WorkOrder) -> dict[str, Any]:
    said = answer_of(o)
    return {
        "order": o.number, "number": o.matter.number, "result": {"id": said.end or "answered", "name": said.result}, "solved": said.solved,
        "returned": said.returned, "answer": said.text, "answered_at": said.at, "ended_at": said.ended_at, "rating": said.rating,
    }  # fmt: skip


ACKNOWLEDGE = {
    "type": "object", "additionalProperties": False, "required": ["orders"],
    "properties": {"orders": {"type": "array", "items": {"type": "string", "maxLength": 40}, "minItems": 1, "maxItems": MOST}},
}  # fmt: skip


@router.post(
    "/answers", response=Acknowledged, summary=words_of(_("Acknowledge answers")),
    openapi_extra=told(400, 403, 413, 415, 422, body=ACKNOWLEDGE, example={"orders": ["RX20261116000042"]}),
)  # fmt: skip
def acknowledge_answers(request: HttpRequest) -> HttpResponse:
    """The hotline has these answers: they count as answered back, once. All of them or none."""
    need(request, ABILITY)
    data, files = sent(request)
    known(data, files, ["orders"])
    valid(AcknowledgeForm(data))
    numbers = list(dict.fromkeys(data.getlist("orders")))
    if len(numbers) > MOST or any(len(n) > 40 or "\0" in n for n in numbers):
        raise Bad(
            422,
            "invalid",
            errors=[{"field": "orders", "code": "too_many", "message": str(_("At most %(most)s at a time.") % {"most": MOST})}],
        )
    path = next(iter(scope_of(request.user).paths(ABILITY)), "")
    found = actions.acknowledge(by=request.user, orders=_mine(request), numbers=numbers, path=path)
    return answer({"items": [{"order": o.number, "answered_back_at": o.answered_back_at} for o in found]})
