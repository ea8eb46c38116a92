"""Pages of the systems that are told of matters: which there are, what they are told, whether it arrives."""

from __future__ import annotations

from typing import Any

from django.contrib import messages as flash
from django.db.models import Count, Max, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from linli.access.pages import staff
from linli.access.scope import scope_of
from linli.frame.lists import Column, Listing
from linli.frame.once import show_once
from linli.frame.refusal import Refusal
from linli.outbox import actions
from linli.outbox.config import goes_out
from linli.outbox.delivery import State
from linli.outbox.events import Topic
from linli.outbox.forms import SubscriptionForm
from linli.outbox.models import Channel, Subscription
from linli.outbox.pages import tabs, topic_name
from linli.outbox.queries import counts, last_deliveries


def _state(s: Subscription) -> str:
    return gettext("active") if s.active else gettext("paused")


COLUMNS = (
    Column("name", _("Subscription"), sort="name", link=lambda s: reverse("outbox:subscription", args=[s.pk]), width=24),
    Column("place", _("Matters of"), "place.name"),
    Column("body", _("Only those that came to"), lambda s: s.body.name if s.body else ""),
    Column("state", _("State"), _state, kind="tag"),
    Column("last", _("Last delivered"), kind="time"),
    Column("dead", _("Undeliverable"), kind="number"),
)


@staff(actions.ABILITY)
@never_cache
@require_safe
def subscriptions(request: HttpRequest) -> HttpResponse:
    """/outbox/subscriptions/"""
    rows = Subscription.objects.visible_to(request.user).select_related("place", "body").annotate(
        last=Max("messages__ended_at", filter=Q(messages__state=State.DELIVERED)),
        dead=Count("messages", filter=Q(messages__state=State.DEAD)),
    )  # fmt: skip
    listing = Listing(
        request, rows, page="outbox:subscriptions", sorts={"name": ("name",)}, default_sort="name", columns=COLUMNS, size=50,
    )  # fmt: skip
    return render(request, "outbox/subscriptions.html", {"listing": listing, "tabs": tabs(request), "goes_out": goes_out(Channel.WEBHOOK)})


def _seen(request: HttpRequest, pk: int) -> Subscription:
    rows = Subscription.objects.visible_to(request.user).select_related("place", "body", "made_by")
    return get_object_or_404(rows, pk=pk)


@staff(actions.ABILITY)
@never_cache
@require_safe
def subscription(request: HttpRequest, pk: int) -> HttpResponse:
    """/outbox/subscriptions/<pk>/ : one system, and what it was sent last."""
    found = _seen(request, pk)
    facts = [
        {"term": _("Address (URL)"), "value": found.url},
        {"term": _("Is told when a matter is"), "value": "、".join(str(Topic(t).label) for t in found.topics)},
        {"term": _("Matters of"), "value": found.place.name},
        {"term": _("Only those that came to"), "value": found.body.name if found.body else gettext("all of the place, whoever has them")},
        {"term": _("Key number"), "value": found.key},
        {"term": pgettext_lazy("subscription", "Made by"), "value": f"{found.made_by.name}, {timezone.localtime(found.made_at):%Y-%m-%d}"},
    ]
    last = [{"message": m, "topic": topic_name(m)} for m in last_deliveries(found)]
    n = counts(found.messages.all())
    records = f"{reverse('outbox:messages')}?subscription={found.pk}&state="
    stats = [
        {"label": _("Undeliverable"), "value": n["dead"], "url": f"{records}dead", "tone": "late" if n["dead"] else "plain"},
        {"label": _("To be tried again"), "value": n["retry"], "url": f"{records}retry", "tone": "warn" if n["retry"] else "plain"},
        {"label": _("Waiting or being sent"), "value": n["waiting"] + n["sending"], "url": f"{records}fresh", "tone": "plain"},
        {"label": _("Delivered"), "value": n["delivered"], "url": f"{records}delivered", "tone": "good"},
    ]
    context = {
        "subscription": found, "facts": facts, "last": last, "stats": stats, "goes_out": goes_out(Channel.WEBHOOK),
        "overlap": found.old_until if found.old_until and found.old_until > timezone.now() else None,
    }  # fmt: skip
    return render(request, "outbox/subscription.html", context)


def _form(request: HttpRequest, initial: dict[str, Any] | None = None) -> SubscriptionForm:
    data = request.POST if request.method == "POST" else None
    return SubscriptionForm(data, initial=initial, paths=scope_of(request.user).paths(actions.ABILITY))


def _form_page(request: HttpRequest, form: SubscriptionForm, **words: Any) -> HttpResponse:
    return render(request, "outbox/subscription_form.html", {"form": form, **words}, status=422 if form.errors else 200)


@staff(actions.ABILITY, fresh=True)
@never_cache
def subscribe(request: HttpRequest) -> HttpResponse:
    """/outbox/subscriptions/new/ : a system more. Its secret is shown once, on the next page."""
    form = _form(request, {"topics": [Topic.DISPATCHED, Topic.ANSWERED, Topic.ENDED, Topic.REOPENED]})
    if request.method == "POST" and form.is_valid():
        try:
            row, secret = actions.add_subscription(by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            refusal.onto(form)
        else:
            return _told_once(request, row, secret)
    return _form_page(request, form, heading=_("New subscription"), label=_("Make the subscription"), back=reverse("outbox:subscriptions"))


def _told_once(request: HttpRequest, row: Subscription, secret: str) -> HttpResponse:
    return show_once(request, "outbox/secret.html", {"subscription": {"pk": row.pk, "name": row.name, "key": row.key}, "secret": secret})


@staff(actions.ABILITY, fresh=True)
@never_cache
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """/outbox/subscriptions/<pk>/edit/"""
    found = _seen(request, pk)
    initial = {
        "name": found.name, "url": found.url, "topics": found.topics, "place": str(found.place_id), "body": str(found.body_id or ""),
    }  # fmt: skip
    form = _form(request, initial)
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_subscription(by=request.user, subscription=found, **form.cleaned_data)
        except Refusal as refusal:
            refusal.onto(form)
        else:
            flash.success(request, gettext("The subscription is changed."))
            return redirect("outbox:subscription", pk=found.pk)
    back = reverse("outbox:subscription", args=[found.pk])
    return _form_page(request, form, heading=_("Change the subscription"), label=_("Save"), back=back, subscription=found)


@staff(actions.ABILITY, fresh=True)
@never_cache
def rotate(request: HttpRequest, pk: int) -> HttpResponse:
    """/outbox/subscriptions/<pk>/rotate/ : a new secret, after asking once more; shown once."""
    found = _seen(request, pk)
    if request.method == "POST":
        return _told_once(request, *actions.rotate_secret(by=request.user, subscription=found))
    return render(request, "outbox/rotate.html", {"subscription": found})


@staff(actions.ABILITY, fresh=True)
@never_cache
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """/outbox/subscriptions/<pk>/remove/ : for good, after asking once more."""
    found = _seen(request, pk)
    if request.method == "POST":
        actions.remove_subscription(by=request.user, subscription=found)
        flash.success(request, gettext("Removed. What went out stays on record."))
        return redirect("outbox:subscriptions")
    return render(request, "outbox/remove.html", {"subscription": found})


@staff(actions.ABILITY)
@require_POST
def pause(request: HttpRequest, pk: int) -> HttpResponse:
    """/outbox/subscriptions/<pk>/pause/ : stop telling it, or go on (``go`` in what is sent)."""
    found = _seen(request, pk)
    going = "go" in request.POST
    actions.pause_subscription(by=request.user, subscription=found, pause=not going)
    said = gettext("It is told again. What waited goes out now.") if going else gettext("It is paused. What waits is kept.")
    flash.success(request, said)
    return redirect("outbox:subscription", pk=found.pk)


@staff(actions.ABILITY)
@require_POST
def test(request: HttpRequest, pk: int) -> HttpResponse:
    """/outbox/subscriptions/<pk>/test/ : send it a test; its page shows what came of it."""
    found = _seen(request, pk)
    try:
        sent = actions.send_test(by=request.user, subscription=found)
    except Refusal as refusal:
        flash.error(request, refusal.message)
        return redirect("outbox:subscription", pk=found.pk)
    flash.success(request, gettext("A test is on its way. Load this page again in a moment to see what came of it."))
    return redirect("outbox:message", uid=sent.uid)
