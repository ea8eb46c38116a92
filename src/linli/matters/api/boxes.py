"""Opinion boxes for programs: where they hang, their rounds, what became of each slip; by the forms and actions of the pages."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _
from ninja import Router, Schema

from linli.access.api import need, once
from linli.access.scope import can, scope_of
from linli.frame.api import IDEMPOTENCY, PAGING, answer, known, page_of, params_of, schema_of, sent, told, valid, words_of
from linli.frame.refusal import Used
from linli.matters.api.reading import etag
from linli.matters.api.shapes import Made, Named, OwnerOut, PlaceOut, place_of, seat_of, state_of
from linli.matters.boxes import actions
from linli.matters.boxes.actions import KEEP, MANAGE
from linli.matters.boxes.forms import AsideForm, BoxFilters, BoxForm, CountForm, OpenForm, RetireForm, SlipForm
from linli.matters.boxes.pages import STATES
from linli.matters.boxes.queries import is_late, next_slip
from linli.matters.boxes.queries import state_of as state_of_round
from linli.matters.boxes.reach import SEE, boxes_of, kept_box, kept_round, managed_box, paths_of, seen_box, seen_matters, seen_round
from linli.matters.models import Matter, Round, Slip

router = Router(tags=["boxes"])


class BoxYear(Schema):
    """Of the last 365 days: rounds owed, those of them opened by their day, slips counted, matters made of them."""

    owed: int
    kept: int
    slips: int
    matters: int


class BoxRow(Schema):
    """``due_on``: the day of the round that waits to be opened. ``entering``: slips of an opened one wait to be entered."""

    id: int
    number: str
    name: str
    place: PlaceOut
    where: str
    keeper: OwnerOut
    hung_on: date
    retired_on: date | None
    due_on: date | None
    entering: bool
    opened_last: datetime | None
    year: BoxYear


class BoxMay(Schema):
    """What the key may do with the box now: open it and enter its slips, change it and take it down."""

    keep: bool
    manage: bool


class BoxOut(BoxRow):
    """``stands_in``: who opens it while the keeper's post is vacant; null where the keeper does."""

    stands_in: OwnerOut | None
    may: BoxMay


class BoxPage(Schema):
    items: list[BoxRow]
    next: str | None


class RoundRow(Schema):
    """``due_on`` null: opened besides. ``state``: waiting, missed, entering, kept, late or extra. ``late``: something is overdue now."""

    id: str
    due_on: date | None
    state: Named
    late: bool
    opened_at: datetime | None
    opened_by: str
    second: str
    slips: int | None
    entered: int
    seal: str
    note: str
    enter_by: datetime | None
    completed_at: datetime | None


class Rounds(Schema):
    items: list[RoundRow]
    next: str | None


class SlipOut(Schema):
    """A matter (``state``; its ``number``, if the key sees it), or set ``aside`` for a reason."""

    slip: int
    at: datetime
    number: str | None
    state: Named | None
    aside: Named | None
    note: str


class OfBox(Schema):
    id: int
    number: str
    name: str


class RoundOut(RoundRow):
    """``next_slip``: the one to be entered or set aside next; null where none waits. ``photos``: how many; they are shown on the page only."""

    box: OfBox
    photos: int
    next_slip: int | None
    entries: list[SlipOut]


class OneSlip(forms.Form):
    slip = forms.IntegerField(label=_("Number of the slip"), min_value=1, max_value=actions.MOST)


# reading ------------------------------------------------------------------------------------------------------------------------------


def _row(box: Any) -> dict[str, Any]:
    return {
        "id": box.pk, "number": box.number, "name": box.name, "place": place_of(box.place), "where": box.where, "keeper": seat_of(box.keeper),
        "hung_on": box.hung_on, "retired_on": box.retired_on, "due_on": box.due_on, "entering": box.entering, "opened_last": box.opened_last,
        "year": {"owed": box.owed, "kept": box.kept, "slips": box.slips, "matters": box.matters},
    }  # fmt: skip


def _box(request: HttpRequest, pk: int) -> dict[str, Any]:
    found = seen_box(request.user, pk)
    acting, hangs = found.keeper.acting, found.retired_on is None
    return _row(found) | {
        "stands_in": seat_of(acting) if acting and acting.pk != found.keeper_id else None,
        "may": {"keep": hangs and can(request.user, KEEP, found), "manage": hangs and can(request.user, MANAGE, found)},
    }


def _line(round_: Round, entered: int) -> dict[str, Any]:
    state = state_of_round(round_)
    return {
        "id": str(round_.uid), "due_on": round_.due_on, "state": {"id": state, "name": str(STATES[state][0])}, "late": is_late(round_),
        "opened_at": round_.opened_at, "opened_by": str(round_.opened_by) if round_.opened_by else "", "second": round_.second,
        "slips": round_.slips, "entered": entered, "seal": round_.seal, "note": round_.note, "enter_by": round_.enter_by,
        "completed_at": round_.completed_at,
    }  # fmt: skip


def _round(request: HttpRequest, uid: UUID) -> dict[str, Any]:
    found = seen_round(request.user, uid)
    entries = list(found.entries.select_related("matter__flow"))
    seen = seen_matters(request.user, [e.matter_id for e in entries if e.matter_id])
    return _line(found, len(entries)) | {
        "box": {"id": found.box.pk, "number": found.box.number, "name": found.box.name}, "photos": found.photos.count(),
        "next_slip": next_slip(found), "entries": [_entry(e, seen) for e in entries],
    }  # fmt: skip


def _entry(slip: Slip, seen: set[int]) -> dict[str, Any]:
    matter = slip.matter
    return {
        "slip": slip.number, "at": slip.at, "note": slip.note, "number": matter.number if matter and matter.pk in seen else None,
        "state": state_of(matter.flow) if matter else None,
        "aside": {"id": slip.aside, "name": slip.get_aside_display()} if slip.aside else None,
    }  # fmt: skip


LIST_PARAMS = params_of(BoxFilters)


@router.get("", response=BoxPage, summary=words_of(_("List opinion boxes")), openapi_extra=told(403, 422, params=LIST_PARAMS))
def list_boxes(request: HttpRequest) -> HttpResponse:
    """Those of the key's places, by number, with what is owed and the figures of a year. What was taken down comes with `state=retired`."""
    need(request, *SEE)
    known(request.GET, {}, [p["name"] for p in LIST_PARAMS])  # type: ignore[arg-type]
    filters = BoxFilters(request.GET, within=paths_of(request.user))
    valid(filters)
    found, following = page_of(request, filters.apply(boxes_of(request.user)), ("number",), name="boxes")
    return answer({"items": [_row(b) for b in found], "next": following})


@router.get("/{int:id}", response=BoxOut, summary=words_of(_("Get an opinion box")), openapi_extra=told(403, 404))
def get_box(request: HttpRequest, id: int) -> HttpResponse:
    """Who keeps it, and what the key may do with it."""
    need(request, *SEE)
    return answer(_box(request, id))


@router.get("/{int:id}/rounds", response=Rounds, summary=words_of(_("List its rounds")), openapi_extra=told(403, 404, 422, params=PAGING))
def list_rounds(request: HttpRequest, id: int) -> HttpResponse:
    """Owed and opened ones, the latest first."""
    need(request, *SEE)
    known(request.GET, {}, ["cursor", "limit"])  # type: ignore[arg-type]
    rows = seen_box(request.user, id).rounds.select_related("opened_by").annotate(entered=Count("entries")).order_by()
    found, following = page_of(request, rows, ("-pk",), name="rounds")
    return answer({"items": [_line(r, r.entered) for r in found], "next": following})


@router.get("/rounds/{uid}", response=RoundOut, summary=words_of(_("Get a round")), openapi_extra=told(403, 404, 422))
def get_round(request: HttpRequest, uid: UUID) -> HttpResponse:
    """And what became of each slip. The number of a matter stands there only if the key sees that matter."""
    need(request, *SEE)
    return answer(_round(request, uid))


# the boxes ----------------------------------------------------------------------------------------------------------------------------

BODY = schema_of(BoxForm, optional=("keeper",))
EXAMPLE = {"number": "YJX-03", "name": "菜市场北门", "place": "150204006019", "where": "北门东侧墙上，离地一米二"}


def _asked(request: HttpRequest) -> dict[str, Any]:
    data, files = sent(request)
    known(data, files, BoxForm.base_fields)
    return valid(BoxForm(data, within=scope_of(request.user).paths(MANAGE)))


@router.post(
    "", response={201: BoxOut}, summary=words_of(_("Enter a box")),
    openapi_extra=told(400, 403, 413, 415, 422, body=BODY, example=EXAMPLE),
)  # fmt: skip
def hang_box(request: HttpRequest) -> HttpResponse:
    """Needs «box.manage». `keeper` is the seat that opens it; left out, the nearest of the charter's usual post. Its number is its own: a
    retry makes no second box."""
    need(request, MANAGE)
    made = actions.hang_box(by=request.user, **_asked(request))
    return answer(_box(request, made.pk), 201, Location=f"/api/v1/boxes/{made.pk}")


@router.post(
    "/{int:id}", response=BoxOut, summary=words_of(_("Change or move")),
    openapi_extra=told(400, 403, 404, 413, 415, 422, body=BODY, example=EXAMPLE),
)  # fmt: skip
def change_box(request: HttpRequest, id: int) -> HttpResponse:
    """All of it is sent; `keeper` left out is chosen anew. Needs «box.manage» where it hung and where it is to hang."""
    need(request, MANAGE)
    found = managed_box(request.user, id)
    actions.change_box(by=request.user, box=found, **_asked(request))
    return answer(_box(request, id))


@router.post(
    "/{int:id}/retire", response=BoxOut, summary=words_of(_("Take down")),
    openapi_extra=told(400, 403, 404, 413, 415, 422, body=schema_of(RetireForm), example={"reason": "小区改造，拆除"}),
)  # fmt: skip
def retire_box(request: HttpRequest, id: int) -> HttpResponse:
    """For good. Refused while slips of it wait to be entered; its rounds and matters stay on record."""
    need(request, MANAGE)
    found = managed_box(request.user, id)
    data, files = sent(request)
    known(data, files, RetireForm.base_fields)
    actions.retire_box(by=request.user, box=found, reason=valid(RetireForm(data))["reason"])
    return answer(_box(request, id))


# rounds and slips ---------------------------------------------------------------------------------------------------------------------


@router.post(
    "/{int:id}/rounds", response={201: RoundOut}, summary=words_of(_("Write down a round")),
    openapi_extra=told(
        400, 403, 404, 413, 415, 422, params=[IDEMPOTENCY], files=True, example={"slips": 2, "second": "李老师", "seal": "0042"},
        body=schema_of(OpenForm, optional=("opened_at", "second"), without=("request_id",)),
    ),
)  # fmt: skip
def open_box(request: HttpRequest, id: int) -> HttpResponse:
    """The box was opened. `second`: who else was there, if the charter has boxes opened by two. `opened_at` left out is now; without a zone
    it is the place's own time. A box without slips is done with at once."""
    need(request, KEEP)
    request_id = once(request)
    box = kept_box(request.user, id)
    given, files = sent(request)
    data = MultiValueDict(given)
    data["request_id"] = str(request_id)
    form = OpenForm(data, files)
    form.fields["opened_at"].required = False
    known(given, files, form.fields.keys() - {"request_id"})
    said = valid(form)
    made = actions.open_box(by=request.user, box=box, **said)
    return answer(_round(request, made.uid), 201, Location=f"/api/v1/boxes/rounds/{made.uid}")


@router.post(
    "/rounds/{uid}/slips", response={201: Made}, summary=words_of(_("Enter a slip")),
    openapi_extra=told(
        400, 403, 404, 413, 415, 422, params=[IDEMPOTENCY], files=True, example={"text": "小区北门的路灯不亮，晚上看不清路"},
        body=schema_of(SlipForm, optional=("who",), without=("request_id",)),
    ),
)  # fmt: skip
def enter_slip(request: HttpRequest, uid: UUID) -> HttpResponse:
    """The next slip becomes a matter, anonymous unless `who` says otherwise, at the box's place unless another is told.

    `follow_code` is the reporter's only key to their side of it: send or hand it to them, where the slip says who wrote it.
    """
    need(request, KEEP)
    request_id = once(request)
    found = kept_round(request.user, uid)
    given, files = sent(request)
    data = MultiValueDict(given)
    data["request_id"] = str(request_id)
    data.setdefault("who", "anonymous")
    form = SlipForm(data, files, within=scope_of(request.user).paths(KEEP), here="")
    known(given, files, form.fields.keys() - {"request_id"})
    said = valid(form)
    if Matter.objects.filter(request_id=request_id).exclude(slip__round=found).exists():
        raise Used()
    raised = actions.enter_slip(
        by=request.user, round_=found, request_id=request_id, text=said["text"], category=said["category"], title=said["title"],
        place=said["place"], position=said["position"], address=said["address"], photos=said["photos"], reporter=form.reporter(),
    )  # fmt: skip
    if raised.again and raised.matter.text != said["text"].strip():
        raise Used()
    url = request.build_absolute_uri(reverse("matters:follow_code", args=[raised.follow_code]))
    made = {"number": raised.matter.number, "follow_code": raised.follow_code, "url": url}
    return answer(made, 201, ETag=etag(raised.matter), Location=f"/api/v1/matters/{raised.matter.number}")


def _of_round(request: HttpRequest, uid: UUID, form: type[forms.Form]) -> tuple[Round, dict[str, Any]]:
    """The round to be acted on, and what is said of it."""
    need(request, KEEP)
    found = kept_round(request.user, uid)
    data, files = sent(request)
    known(data, files, form.base_fields)
    return found, valid(form(data))


@router.post(
    "/rounds/{uid}/aside", response=RoundOut, summary=words_of(_("Set a slip aside")),
    openapi_extra=told(400, 403, 404, 409, 413, 415, 422, body=schema_of(AsideForm), example={"slip": 2, "aside": "unreadable"}),
)  # fmt: skip
def set_slip_aside(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Nothing can be made of it. `slip` is `next_slip` as it was read: 409 where another is next by now."""
    found, said = _of_round(request, uid, AsideForm)
    actions.set_aside(by=request.user, round_=found, **said)
    return answer(_round(request, uid))


@router.post(
    "/rounds/{uid}/take-up", response=RoundOut, summary=words_of(_("Take up a slip that was set aside")),
    openapi_extra=told(400, 403, 404, 413, 415, 422, body=schema_of(OneSlip), example={"slip": 2}),
)  # fmt: skip
def take_slip_up(request: HttpRequest, uid: UUID) -> HttpResponse:
    """It was set aside by mistake: it waits to be entered again, under its number."""
    found, said = _of_round(request, uid, OneSlip)
    actions.take_up_slip(by=request.user, round_=found, number=said["slip"])
    return answer(_round(request, uid))


@router.post(
    "/rounds/{uid}/count", response=RoundOut, summary=words_of(_("Correct the number")),
    openapi_extra=told(400, 403, 404, 413, 415, 422, body=schema_of(CountForm), example={"slips": 3}),
)  # fmt: skip
def count_slips(request: HttpRequest, uid: UUID) -> HttpResponse:
    """There were more slips than was written down, or fewer; never fewer than are entered already."""
    found, said = _of_round(request, uid, CountForm)
    actions.correct_slips(by=request.user, round_=found, slips=said["slips"])
    return answer(_round(request, uid))
