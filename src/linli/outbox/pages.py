"""What goes out: messages and what became of them, for whoever manages the outbox of the area."""

from __future__ import annotations

from typing import Any

from django.contrib import messages as flash
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from linli.access.pages import staff
from linli.access.scope import scope_of
from linli.frame.lists import Column, Export, Listing, selected_ids
from linli.frame.refusal import Refusal
from linli.outbox import actions, texts
from linli.outbox.config import goes_out
from linli.outbox.delivery import State
from linli.outbox.events import TEST, Topic
from linli.outbox.forms import GiveUpForm, MessageFilters
from linli.outbox.models import Message, Subscription
from linli.outbox.queries import counts, staying

REASONS = {
    "keep_days": _("could not be delivered while it was kept"),
    "erased": _("the person was erased"),
    "removed": _("its subscription was removed"),
}
BULK = [{"value": "retry", "label": _("Try again")}, {"value": "give_up", "label": _("Give up"), "danger": True}]


def topic_name(message: Message) -> str:
    """What a message says, in a word."""
    if message.topic == TEST:
        return gettext("Test")
    if message.topic in Topic.values:
        return str(Topic(message.topic).label)
    text = texts.known().get(message.topic)
    return str(text.title) if text else message.topic


def receiver(message: Message) -> str:
    """A system by its name; of a person never more than that there is one."""
    return message.subscription.name if message.subscription else gettext("the person who raised it")


def subject_url(message: Message) -> str:
    """The page of what it is about; "" where there is none."""
    try:
        return reverse(f"{message.subject.partition('.')[0]}:detail", args=[message.subject_ref]) if message.subject else ""
    except NoReverseMatch:
        return ""


def reason_of(message: Message) -> str:
    return str(REASONS.get(message.reason, message.reason))


def _url(message: Message) -> str:
    return reverse("outbox:message", args=[message.uid])


COLUMNS = (
    Column("made_at", _("Written"), kind="time", sort="made", link=_url, width=18),
    Column("about", _("About"), "subject_ref", width=18),
    Column("topic", _("What"), topic_name),
    Column("channel", _("Channel"), "get_channel_display"),
    Column("receiver", _("To"), receiver, width=24),
    Column("state", _("State"), "get_state_display", template="outbox/parts/state_cell.html"),
    Column("attempts", _("Attempts"), "tried", kind="number", width=10),
    Column("due_at", _("Next attempt"), lambda m: m.due_at if m.state != State.SENDING else None, kind="time", sort="due", width=18),
)


def tabs(request: HttpRequest) -> list[dict[str, Any]]:
    """Messages and subscriptions side by side."""
    here = request.resolver_match.view_name if request.resolver_match else ""
    both = (("outbox:messages", _("Messages sent")), ("outbox:subscriptions", _("Subscriptions")))
    return [{"label": label, "url": reverse(name), "current": name == here} for name, label in both]


@staff(actions.ABILITY)
@never_cache
def messages(request: HttpRequest) -> HttpResponseBase:
    """/outbox/ : all messages of my area, and how many are in each state."""
    mine = Message.objects.visible_to(request.user)
    listing = Listing(
        request,
        mine.select_related("subscription"),
        page="outbox:messages",
        filters=MessageFilters(request.GET, subscriptions=Subscription.objects.visible_to(request.user)),
        sorts={"made": ("-made_at",), "due": ("due_at",)},
        default_sort="made",
        columns=COLUMNS,
        export=Export(_("Outbox"), "outbox.messages.exported", ",".join(scope_of(request.user).paths(actions.ABILITY))),
    )
    if listing.is_export:
        return listing.taken_out()
    n = counts(mine)
    stats = [
        {"label": _("Undeliverable"), "value": n["dead"], "url": "?state=dead", "tone": "late" if n["dead"] else "plain"},
        {"label": _("To be tried again"), "value": n["retry"], "url": "?state=retry", "tone": "warn" if n["retry"] else "plain"},
        {"label": _("Waiting or being sent"), "value": n["waiting"] + n["sending"], "url": "?state=fresh", "tone": "plain"},
        {"label": _("Delivered"), "value": n["delivered"], "url": "?state=delivered", "tone": "good"},
    ]
    if n["kept"]:
        stats.append({"label": _("Written down here only"), "value": n["kept"], "url": "?state=kept", "tone": "warn"})
    context = {
        "listing": listing, "stats": stats, "tabs": tabs(request), "bulk": BULK, "bulk_url": f"{reverse('outbox:bulk')}?{listing.query}",
        "staying": "、".join(str(channel.label) for channel in staying(mine)) if n["kept"] else "",
    }  # fmt: skip
    return render(request, "outbox/messages.html", context)


def _seen(request: HttpRequest, uid: Any) -> Message:
    rows = Message.objects.visible_to(request.user).select_related("subscription")
    return get_object_or_404(rows, uid=uid)


@staff(actions.ABILITY)
@never_cache
@require_safe
def message(request: HttpRequest, uid: Any) -> HttpResponse:
    """/outbox/<uid>/ : one message: where it stands and each attempt."""
    return _message_page(request, _seen(request, uid))


def _message_page(request: HttpRequest, found: Message, form: GiveUpForm | None = None) -> HttpResponse:
    facts = [
        {"term": _("About"), "value": found.subject_ref, "url": subject_url(found)},
        {"term": _("What"), "value": topic_name(found)},
        {"term": _("Channel"), "value": found.get_channel_display()},
        {"term": _("To"), "value": receiver(found),
         "url": reverse("outbox:subscription", args=[found.subscription_id]) if found.subscription else ""},
        {"term": _("Message number (uid)"), "value": str(found.uid)},
    ]  # fmt: skip
    context = {
        "message": found, "facts": facts, "topic": topic_name(found), "reason": reason_of(found),
        "attempts": list(found.attempt_lines.order_by("-number")[:50]), "may_retry": found.state == State.DEAD,
        "may_give_up": found.state in (State.DEAD, State.WAITING, State.RETRY), "form": form or GiveUpForm(), "goes_out": goes_out(found.channel),
    }  # fmt: skip
    return render(request, "outbox/message.html", context, status=422 if form is not None else 200)


@staff(actions.ABILITY)
@require_POST
def retry(request: HttpRequest, uid: Any) -> HttpResponse:
    """/outbox/<uid>/retry/"""
    found = _seen(request, uid)
    _retried(request, actions.retry_messages(by=request.user, ids=[found.pk]))
    return redirect("outbox:message", uid=found.uid)


@staff(actions.ABILITY)
@require_POST
def give_up(request: HttpRequest, uid: Any) -> HttpResponse:
    """/outbox/<uid>/give-up/"""
    found = _seen(request, uid)
    form = GiveUpForm(request.POST)
    if not form.is_valid():
        return _message_page(request, found, form)
    _given_up(request, actions.give_up_messages(by=request.user, ids=[found.pk], reason=form.cleaned_data["reason"]))
    return redirect("outbox:message", uid=found.uid)


@staff(actions.ABILITY)
@require_POST
def bulk(request: HttpRequest) -> HttpResponse:
    """/outbox/bulk/ : the rows ticked in the list: tried again at once, given up after the reason. Then back to the list as it was."""
    mine = Message.objects.visible_to(request.user)
    filters = MessageFilters(request.GET, subscriptions=Subscription.objects.visible_to(request.user))
    asked = "reason" in request.POST  # the rows are settled by then, whatever has become of them since
    query = f"?{request.GET.urlencode()}"
    back = reverse("outbox:messages") + query
    try:
        ids = selected_ids(request, mine if asked else filters.apply(mine))
    except Refusal as refusal:
        flash.error(request, refusal.message)
        return redirect(back)
    if request.POST.get("act") == "retry":
        _retried(request, actions.retry_messages(by=request.user, ids=ids))
        return redirect(back)
    form = GiveUpForm(request.POST if asked else None)
    if asked and form.is_valid():
        _given_up(request, actions.give_up_messages(by=request.user, ids=ids, reason=form.cleaned_data["reason"]))
        return redirect(back)
    fields = [("act", "give_up"), *(("selected", pk) for pk in ids)]
    context = {"form": form, "fields": fields, "count": len(ids), "here": reverse("outbox:bulk") + query, "back": back}
    return render(request, "outbox/give_up.html", context, status=422 if asked else 200)


def _retried(request: HttpRequest, n: int) -> None:
    if n:
        flash.success(request, ngettext("%(n)s message is tried again.", "%(n)s messages are tried again.", n) % {"n": n})
    else:
        flash.warning(request, gettext("None of them is undeliverable, so nothing is tried again."))


def _given_up(request: HttpRequest, n: int) -> None:
    if n:
        flash.success(request, ngettext("%(n)s message is given up.", "%(n)s messages are given up.", n) % {"n": n})
    else:
        flash.warning(request, gettext("None of them could be given up: they have gone, or are on their way."))
