"""What keeps coming, for programs: places and kinds, what came before a matter at its place, and raising why."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _
from ninja import Router, Schema

from linli.access.api import need, once
from linli.charter.store import charter_in_force
from linli.frame.api import IDEMPOTENCY, answer, known, params_of, schema_of, sent, told, valid, words_of
from linli.frame.refusal import Refusal, Used
from linli.matters import actions
from linli.matters.api.reading import etag, one
from linli.matters.api.shapes import Made, Named, PlaceOut
from linli.matters.categories import category_name
from linli.matters.models import Matter
from linli.matters.pages.recurring import RecurringFilters, RootForm, days_of, title_of
from linli.matters.recurring import MOST, before, causes_of, described, recurring_places, rule_of
from linli.measures.queries import counted_at

router = Router(tags=["recurring"])
PARAMS = [p for p in params_of(RecurringFilters) if p["name"] not in ("cursor", "limit")]


class RecurringRow(Schema):
    """``most`` came within the charter's days, of which the key sees ``seen``; ``newest`` is the last, ``again`` a filter of the list of
    matters that gives those ``most``. ``roots``: causes raised that the key sees."""

    place: PlaceOut
    category: Named
    most: int
    seen: int
    last: datetime
    newest: str
    again: str
    roots: list[str]


class RecurringOut(Schema):
    """``full``: there are more than the 200 most frequent. ``counted_at``: when it was counted."""

    items: list[RecurringRow]
    full: bool
    counted_at: datetime | None


class RuleOut(Schema):
    """``times`` within ``near`` metres and ``days``."""

    times: int
    near: int
    days: int


class BeforeOut(Schema):
    """``rule`` null: the kind is not looked for. ``nth``: which of its kind here it is; ``hidden``: how many of those before the key doesn't
    see. ``raised``: root causes of its kind there that the key sees."""

    rule: RuleOut | None
    nth: int
    recurs: bool
    since: datetime | None
    earlier: list[str]
    hidden: int
    raised: list[str]


@router.get("/recurring", response=RecurringOut, summary=words_of(_("List what keeps coming")), openapi_extra=told(403, 422, params=PARAMS))
def list_recurring(request: HttpRequest) -> HttpResponse:
    """Places where the same kind came as often as the charter calls recurring, the most frequent first; seen from the place alone, never from
    who raised it. Counted every few minutes. `days` left out is 90."""
    need(request, "matter.see")
    known(request.GET, {}, [p["name"] for p in PARAMS])  # type: ignore[arg-type]
    filters = RecurringFilters(request.GET, user=request.user)
    valid(filters)
    matters = filters.apply(Matter.objects.visible_to(request.user))
    rows = described(request.user, list(recurring_places(matters, timezone.localdate() - timedelta(days=days_of(filters)))))
    return answer({"items": [_row(r) for r in rows], "full": len(rows) == MOST, "counted_at": counted_at("matters")})


def _row(r: dict[str, Any]) -> dict[str, Any]:
    return {
        "place": {"code": r["place__code"], "name": r["place__name"], "level": r["place__level"]},
        "category": {"id": r["category"], "name": category_name(charter_in_force(), r["category"])},
        "most": r["most"], "seen": r["seen"], "last": r["last"], "newest": r["number"], "again": r["peak_number"],
        "roots": [number for number, seen in r["roots"] if seen],
    }  # fmt: skip


@router.get(
    "/matters/{number}/root-cause", response=BeforeOut, summary=words_of(_("Read what came before it here")), openapi_extra=told(403, 404)
)
def get_before(request: HttpRequest, number: str) -> HttpResponse:
    """Of the same kind at the same place, the newest first, at most fifty of them by number: the grounds of a root cause."""
    need(request, "matter.see", "matter.report")
    matter = one(request, number)
    here, found = before(matter, request.user)
    rule, earlier = rule_of(matter), here.earlier if here else []
    raised = causes_of(matter, request.user).values_list("number", flat=True)[:50]
    return answer({
        "rule": rule._asdict() if rule else None, "nth": len(earlier) + 1, "recurs": bool(here and here.recurs),
        "since": here.since if here else None, "earlier": [m.number for m in found], "hidden": len(earlier) - len(found), "raised": list(raised),
    })  # fmt: skip


@router.post(
    "/matters/{number}/root-cause", response={201: Made}, summary=words_of(_("Raise the root cause")),
    openapi_extra=told(
        400, 403, 404, 413, 415, 422, params=[IDEMPOTENCY],
        body=schema_of(RootForm, optional=("title", "category"), without=("request_id",)),
        example={"text": "垃圾点只有两个桶，周末装不下，建议加桶并加密清运"},
    ),
)  # fmt: skip
def raise_root_cause(request: HttpRequest, number: str) -> HttpResponse:
    """One matter about why it keeps coming, at its place; needs «matter.report» there. `grounds` are numbers out of `earlier`, all of them if
    left out; the matter itself is always one. `title` and `category` left out follow the matter. 422 where nothing came before it."""
    need(request, "matter.report")
    request_id = once(request)
    matter = one(request, number)
    _here, found = before(matter, request.user)
    given, files = sent(request)
    known(given, files, RootForm.base_fields.keys() - {"request_id"})
    usual = {"title": [title_of(matter)], "category": [matter.category], "grounds": [m.number for m in found]}
    said = valid(RootForm(MultiValueDict(usual | dict(given) | {"request_id": [str(request_id)]}), found=found))
    if not found:
        raise Refusal(_("Nothing of its kind came before it here."), code="first")
    if Matter.objects.filter(request_id=request_id).exclude(place=matter.place, text=said["text"].strip()).exists():
        raise Used()
    raised = actions.raise_root_cause(
        by=request.user, matter=matter, grounds=[m for m in found if m.number in said["grounds"]], request_id=request_id,
        title=said["title"], text=said["text"], category=said["category"],
    )  # fmt: skip
    url = request.build_absolute_uri(reverse("matters:follow_code", args=[raised.follow_code]))
    made = {"number": raised.matter.number, "follow_code": raised.follow_code, "url": url}
    return answer(made, 201, ETag=etag(raised.matter), Location=f"/api/v1/matters/{raised.matter.number}")
