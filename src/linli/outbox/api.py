"""Subscriptions for programs: which systems are told of matters, and what became of each message. The page's acts, within the key's scope."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from ninja import Router, Schema

from linli.access.api import need, once
from linli.access.scope import scope_of
from linli.frame.api import (
    IDEMPOTENCY,
    IF_UNCHANGED,
    Bad,
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
from linli.frame.lists import Filters
from linli.frame.refusal import Used
from linli.outbox import actions
from linli.outbox.actions import ABILITY
from linli.outbox.forms import SubscriptionData
from linli.outbox.models import Message, Subscription

router = Router(tags=["subscriptions"])


class SubscriptionOut(Schema):
    """``body`` is a key of the charter; null: all matters of the place. ``key`` is the id of the secret that signs."""

    id: str
    name: str
    url: str
    topics: list[str]
    place: str
    body: str | None
    active: bool
    key: str
    made_at: datetime
    changed_at: datetime


class WithSecret(SubscriptionOut):
    """``secret`` is shown this once; null where the request is a retry: rotate it if it was lost."""

    secret: str | None


class Subscriptions(Schema):
    items: list[SubscriptionOut]
    next: str | None


class AttemptOut(Schema):
    number: int
    at: datetime
    took_ms: int | None
    result: str
    status: int | None
    error: str


class DeliveryOut(Schema):
    """``id`` is the number the receiver sees in every attempt. ``state``: waiting, sending, retry, dead, delivered or given_up."""

    id: str
    topic: str
    number: str
    state: str
    attempts: int
    made_at: datetime
    due_at: datetime | None
    ended_at: datetime | None


class DeliveryWhole(DeliveryOut):
    tries: list[AttemptOut]


class Deliveries(Schema):
    items: list[DeliveryOut]
    next: str | None


class DeliveryParams(Filters):
    state = forms.ChoiceField(label=_("State"), choices=[("", _("all")), *((s.value, s.label) for s in Message.State)])


def _shown(s: Subscription) -> dict[str, Any]:
    return {
        "id": str(s.uid), "name": s.name, "url": s.url, "topics": list(s.topics), "place": s.place.code, "body": s.body.key if s.body else None,
        "active": s.active, "key": s.key, "made_at": s.made_at, "changed_at": s.changed_at,
    }  # fmt: skip


def _seen(request: HttpRequest) -> Any:
    return Subscription.objects.visible_to(request.user).select_related("place", "body")


def _one(request: HttpRequest, uid: UUID) -> Subscription:
    """The subscription, if the key manages it; 404 otherwise."""
    found = _seen(request).filter(uid=uid).first()
    if found is None:
        raise Http404
    return found


def _told(s: Subscription, status: int = 200, **more: Any) -> HttpResponse:
    return answer(_shown(s) | more, status, ETag=version(s.changed_at))


def _asked(request: HttpRequest) -> dict[str, Any]:
    data, files = sent(request)
    known(data, files, SubscriptionData.base_fields)
    said = valid(SubscriptionData(data, paths=scope_of(request.user).paths(ABILITY)))
    return said


EXAMPLE = {
    "name": "城管派单系统", "url": "https://dispatch.example.gov.cn/linli", "topics": ["matter.dispatched", "matter.ended"], "place": "150204000000",
    "body": "urban-management",
}  # fmt: skip
BODY = schema_of(SubscriptionData, optional=("active",))


@router.get("", response=Subscriptions, summary=words_of(_("List subscriptions")), openapi_extra=told(403, 422, params=params_of(Filters)))
def list_subscriptions(request: HttpRequest) -> HttpResponse:
    """Those of the key's places, by name."""
    need(request, ABILITY)
    known(request.GET, {}, ["cursor", "limit"])  # type: ignore[arg-type]
    found, following = page_of(request, _seen(request).order_by(), ("name",), name="subscriptions")
    return answer({"items": [_shown(s) for s in found], "next": following})


@router.post(
    "", response={200: WithSecret, 201: WithSecret}, summary=words_of(_("Make a subscription")),
    openapi_extra=told(400, 403, 413, 415, 422, params=[IDEMPOTENCY], body=BODY, example=EXAMPLE),
)  # fmt: skip
def make_subscription(request: HttpRequest) -> HttpResponse:
    """A system to be told of matters of a place, signed as docs/webhooks.md says. 201 with its secret; a retry gives 200 and no secret."""
    need(request, ABILITY)
    uid = once(request)
    said = _asked(request)
    active = said.pop("active")
    if (made := _seen(request).filter(uid=uid).first()) is not None:
        if (made.name, made.url) != (said["name"], said["url"].strip()):
            raise Used()
        return _told(made, secret=None)
    if Subscription.objects.filter(uid=uid).exists():  # made with it, and removed or moved out of sight since
        raise Used()
    row, secret = actions.add_subscription(by=request.user, uid=uid, **said)
    if active is False:
        row = actions.pause_subscription(by=request.user, subscription=row, pause=True)
    return _told(row, 201, secret=secret)


@router.get("/{uid}", response=SubscriptionOut, summary=words_of(_("Get a subscription")), openapi_extra=told(403, 404, 422))
def get_subscription(request: HttpRequest, uid: UUID) -> HttpResponse:
    """The `ETag` is its version."""
    need(request, ABILITY)
    return _told(_one(request, uid))


@router.put(
    "/{uid}", response=SubscriptionOut, summary=words_of(_("Change a subscription")),
    openapi_extra=told(400, 403, 404, 412, 413, 415, 422, 428, params=[IF_UNCHANGED], body=BODY, example=EXAMPLE),
)  # fmt: skip
def change_subscription(request: HttpRequest, uid: UUID) -> HttpResponse:
    """All of it is sent. `active` false pauses it: what waits is kept and goes out when it goes on with true; left out, it stays as it is."""
    need(request, ABILITY)
    found = _one(request, uid)
    unchanged(request, version(found.changed_at))
    said = _asked(request)
    active = said.pop("active")
    row = actions.change_subscription(by=request.user, subscription=found, **said)
    if active is not None:
        row = actions.pause_subscription(by=request.user, subscription=row, pause=not active)
    return _told(row)


@router.delete(
    "/{uid}",
    response={204: None},
    summary=words_of(_("Remove a subscription")),
    openapi_extra=told(400, 403, 404, 412, 422, 428, params=[IF_UNCHANGED]),
)
def remove_subscription(request: HttpRequest, uid: UUID) -> HttpResponse:
    """For good: what waits for it is given up."""
    need(request, ABILITY)
    found = _one(request, uid)
    unchanged(request, version(found.changed_at))
    actions.remove_subscription(by=request.user, subscription=found)
    return HttpResponse(status=204, headers={"Cache-Control": "no-store"})


@router.post(
    "/{uid}/rotate", response=WithSecret, summary=words_of(_("Make a new secret")),
    openapi_extra=told(400, 403, 404, 412, 422, 428, params=[IF_UNCHANGED]),
)  # fmt: skip
def rotate_secret(request: HttpRequest, uid: UUID) -> HttpResponse:
    """The old one signs beside it for a day."""
    need(request, ABILITY)
    found = _one(request, uid)
    unchanged(request, version(found.changed_at))
    row, secret = actions.rotate_secret(by=request.user, subscription=found)
    return _told(row, secret=secret)


@router.post("/{uid}/test", response={202: DeliveryOut}, summary=words_of(_("Send a test")), openapi_extra=told(403, 404, 422))
def test_subscription(request: HttpRequest, uid: UUID) -> HttpResponse:
    """A message of the event «test», sent the way all go: ask for its delivery."""
    need(request, ABILITY)
    return answer(_delivery(actions.send_test(by=request.user, subscription=_one(request, uid))), 202)


def _delivery(m: Message) -> dict[str, Any]:
    return {
        "id": str(m.uid), "topic": m.topic, "number": m.subject_ref, "state": m.state, "attempts": m.tried, "made_at": m.made_at,
        "due_at": m.due_at, "ended_at": m.ended_at,
    }  # fmt: skip


def _mine(request: HttpRequest, uid: UUID) -> Any:
    """Messages to a subscription about the key's places."""
    return Message.objects.visible_to(request.user).filter(subscription=_one(request, uid))


def _message(request: HttpRequest, uid: UUID, delivery: UUID) -> Message:
    found = _mine(request, uid).filter(uid=delivery).first()
    if found is None:
        raise Http404
    return found


@router.get(
    "/{uid}/deliveries",
    response=Deliveries,
    summary=words_of(_("List deliveries")),
    openapi_extra=told(403, 404, 422, params=params_of(DeliveryParams)),
)
def list_deliveries(request: HttpRequest, uid: UUID) -> HttpResponse:
    """The newest first; never what a message says."""
    need(request, ABILITY)
    rows = _mine(request, uid)
    known(request.GET, {}, [*DeliveryParams.base_fields, "cursor", "limit"])  # type: ignore[arg-type]
    params = DeliveryParams(request.GET)
    valid(params)
    found, following = page_of(request, params.apply(rows).order_by(), ("-made_at",), name="deliveries")
    return answer({"items": [_delivery(m) for m in found], "next": following})


@router.get(
    "/{uid}/deliveries/{delivery}", response=DeliveryWhole, summary=words_of(_("Get a delivery")), openapi_extra=told(403, 404, 422)
)
def get_delivery(request: HttpRequest, uid: UUID, delivery: UUID) -> HttpResponse:
    """With each attempt."""
    need(request, ABILITY)
    return answer(_whole(_message(request, uid, delivery)))


def _whole(m: Message) -> dict[str, Any]:
    tries = [
        {"number": a.number, "at": a.at, "took_ms": a.took_ms, "result": a.result, "status": a.status, "error": a.error}
        for a in m.attempt_lines.order_by("number")[:200]
    ]
    return _delivery(m) | {"tries": tries}


@router.post(
    "/{uid}/deliveries/{delivery}/retry",
    response={202: DeliveryOut},
    summary=words_of(_("Send it again")),
    openapi_extra=told(403, 404, 409, 422),
)
def retry_delivery(request: HttpRequest, uid: UUID, delivery: UUID) -> HttpResponse:
    """One that could not be delivered, from its first attempt on, with the same number. 409 for any other."""
    need(request, ABILITY)
    found = _message(request, uid, delivery)
    if not actions.retry_messages(by=request.user, ids=[found.pk]):
        raise Bad(409, "not_dead", gettext("Only what could not be delivered is sent again."))
    found.refresh_from_db()
    return answer(_delivery(found), 202)
