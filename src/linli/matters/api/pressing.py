"""What presses on late work, for programs: the list of what was urged, supervised and named, and the notices of the month."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from ninja import Router, Schema

from linli.access.api import need
from linli.charter.store import charter_in_force
from linli.flow.words import post_name
from linli.frame.api import (
    IF_UNCHANGED,
    PAGING,
    answer,
    known,
    page_of,
    params_of,
    schema_of,
    sent,
    told,
    unchanged,
    valid,
    version,
    words_of,
)
from linli.matters import actions
from linli.matters.api.shapes import Named, OwnerOut, PlaceOut, place_of, seat_of
from linli.matters.models import Notice, Pressing
from linli.matters.notices import Noticed, areas_of, noticed
from linli.matters.pages.notices import SignForm, WithdrawForm
from linli.matters.pages.pressings import PressingFilters, visible
from linli.places.models import Place

router = Router(tags=["pressing"])
PARAMS = params_of(PressingFilters)


class PressingRow(Schema):
    """``kind``: urge, supervise or notice. ``state``: of a supervision whether it waits for the answer or the supervisor, and how it ended."""

    number: str
    seq: int
    title: str
    kind: Named
    state: Named
    responsible: OwnerOut
    supervisor: OwnerOut | None
    at: datetime
    due_at: datetime | None


class Pressings(Schema):
    items: list[PressingRow]
    next: str | None


class NoticeRow(Schema):
    """``named``: how many posts. ``reason``: why it was put right or withdrawn."""

    place: PlaceOut
    month: str
    edition: int
    state: Named
    named: int
    signed_at: datetime
    closed_at: datetime | None
    reason: str


class Notices(Schema):
    items: list[NoticeRow]
    next: str | None


class NoticeLine(Schema):
    body: str
    post: str
    place: str
    numbers: list[str]


class EditionOut(NoticeRow):
    lines: list[NoticeLine]
    remark: str
    signed_as: Named


class NoticeOut(Schema):
    """``current``: the one in force. ``draft``: whom it would name as things stand, for a key that signs. ``over``: the month is, so that it
    can be signed. ``editions``: all there were, the latest first."""

    place: PlaceOut
    month: str
    over: bool
    current: EditionOut | None
    draft: list[NoticeLine]
    editions: list[NoticeRow]
    signs: bool


@router.get(
    "/pressings",
    response=Pressings,
    summary=words_of(_("List what was urged, supervised and named")),
    openapi_extra=told(403, 422, params=PARAMS),
)
def list_pressings(request: HttpRequest) -> HttpResponse:
    """The newest first, of the work the key sees. Filters are those of the page. What was asked and answered stands in the matter's history."""
    need(request, "matter.see")
    known(request.GET, {}, [p["name"] for p in PARAMS])  # type: ignore[arg-type]
    filters = PressingFilters(request.GET, user=request.user)
    valid(filters)
    rows = visible(request.user).select_related("flow", "seat__place", "supervisor__place")
    found, following = page_of(request, filters.apply(rows), ("-at",), name="pressings")
    return answer({"items": [_pressing(p) for p in found], "next": following})


def _pressing(p: Pressing) -> dict[str, Any]:
    return {
        "number": p.flow.subject_ref, "seq": p.seq, "title": p.flow.title, "kind": {"id": p.kind, "name": p.get_kind_display()},
        "state": {"id": p.state, "name": p.get_state_display()}, "responsible": seat_of(p.seat),
        "supervisor": seat_of(p.supervisor) if p.supervisor else None, "at": p.at, "due_at": p.due_at,
    }  # fmt: skip


def _notice(n: Notice) -> dict[str, Any]:
    return {
        "place": place_of(n.place), "month": f"{n.month:%Y-%m}", "edition": n.edition, "state": {"id": n.state, "name": n.get_state_display()},
        "named": len(n.lines), "signed_at": n.signed_at, "closed_at": n.closed_at, "reason": n.reason,
    }  # fmt: skip


def _edition(n: Notice) -> dict[str, Any]:
    signed_as = {"id": n.signed_as, "name": post_name(charter_in_force(), n.signed_as)}
    return _notice(n) | {"lines": n.lines, "remark": n.remark, "signed_as": signed_as}


def _found(request: HttpRequest, code: str, month: str) -> Noticed:
    found = noticed(request.user, code, month)
    if found is None:
        raise Http404
    return found


def _etag(found: Noticed) -> str:
    """Every signing and every withdrawal makes a new one."""
    last = found.editions[0] if found.editions else None
    return version(last.closed_at or last.signed_at) if last else '"0"'


def _told(request: HttpRequest, code: str, month: str) -> HttpResponse:
    found = _found(request, code, month)
    data = {
        "place": place_of(found.place), "month": f"{found.month:%Y-%m}", "over": found.over, "current": _edition(found.current) if found.current else None,
        "draft": found.draft, "editions": [_notice(n) for n in found.editions], "signs": found.signs,
    }  # fmt: skip
    return answer(data, ETag=_etag(found))


@router.get("/notices", response=Notices, summary=words_of(_("List notices of the month")), openapi_extra=told(403, 422, params=PAGING))
def list_notices(request: HttpRequest) -> HttpResponse:
    """Those signed for the districts and streets the key's seat lies in or above, the latest month first; put right and withdrawn ones too."""
    need(request, "matter.see")
    known(request.GET, {}, ["cursor", "limit"])  # type: ignore[arg-type]
    rows = Notice.objects.filter(place__in=areas_of(request.user).values("pk")).select_related("place")
    found, following = page_of(request, rows, ("-month", "-edition"), name="notices")
    return answer({"items": [_notice(n) for n in found], "next": following})


@router.get("/notices/{code}/{month}", response=NoticeOut, summary=words_of(_("Get the notice of a month")), openapi_extra=told(403, 404))
def get_notice(request: HttpRequest, code: str, month: str) -> HttpResponse:
    """Of a district or street by its code, for a month as `2026-10`. Before one is signed it is there only for a key that signs."""
    need(request, "matter.see")
    return _told(request, code, month)


def _closed(request: HttpRequest, code: str, month: str, act: Callable[[Noticed, Any, Any], None]) -> HttpResponse:
    """Signed or withdrawn as it was read, one after the other, and told as it stands then."""
    need(request, "flow.supervise")
    data, files = sent(request)
    with transaction.atomic():
        found = _found(request, code, month)
        Place.objects.select_for_update().get(pk=found.place.pk)
        found = _found(request, code, month)
        unchanged(request, _etag(found))
        act(found, data, files)
    return _told(request, code, month)


@router.post(
    "/notices/{code}/{month}", response=NoticeOut, summary=words_of(_("Sign the notice of a month")),
    openapi_extra=told(
        400, 403, 404, 412, 413, 415, 422, 428, params=[IF_UNCHANGED], body=schema_of(SignForm, optional=("reason",)),
        example={"remark": "请各责任单位对照整改"},
    ),
)  # fmt: skip
def sign_notice(request: HttpRequest, code: str, month: str) -> HttpResponse:
    """Whom it names as that stands now; once the month is over. Needs «flow.supervise» over the place. Where one is in force the new one puts
    it right and owes a `reason`."""

    def act(found: Noticed, data: Any, files: Any) -> None:
        form = SignForm(data, again=found.current is not None, prefix="")
        known(data, files, form.fields)
        said = valid(form)
        actions.sign_notice(by=request.user, place=found.place, month=found.month, remark=said["remark"], reason=said.get("reason", ""))

    return _closed(request, code, month, act)


@router.post(
    "/notices/{code}/{month}/withdraw", response=NoticeOut, summary=words_of(_("Withdraw a notice")),
    openapi_extra=told(
        400, 403, 404, 412, 413, 415, 422, 428, params=[IF_UNCHANGED], body=schema_of(WithdrawForm), example={"reason": "统计口径有误"},
    ),
)  # fmt: skip
def withdraw_notice(request: HttpRequest, code: str, month: str) -> HttpResponse:
    """The one in force, with the reason; it stays on record. 404 where none is. Needs «flow.supervise» over the place."""

    def act(found: Noticed, data: Any, files: Any) -> None:
        if found.current is None:
            raise Http404
        known(data, files, WithdrawForm.base_fields)
        actions.withdraw_notice(by=request.user, notice=found.current, reason=valid(WithdrawForm(data, prefix=""))["reason"])

    return _closed(request, code, month, act)
