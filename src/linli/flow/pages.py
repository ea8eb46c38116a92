"""Staff pages over all kinds of work: what is to do, what waits for a word, what was sent on, the ledger, the published heads."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from linli.access.pages import staff
from linli.access.scope import scope_of
from linli.charter.store import charter_of
from linli.flow.models import DailyHead, Flow, Todo
from linli.flow.queries import WORD, WORK, inbox, ledger, responsible, sent_on, visible
from linli.flow.subjects import url_of
from linli.flow.words import moment, post_name, procedure_of, step_name
from linli.frame.lists import Column, Export, Filters, Listing
from linli.places.models import Level, Place
from linli.places.queries import place_label

AREAS = (Level.DISTRICT, Level.STREET, Level.COMMUNITY)
_STATES = [("", _("all")), ("late", _("overdue")), ("soon", _("due within a day")), ("hold", _("on the ledger"))]


class TodoFilters(Filters):
    """Narrows what is to do."""

    q = forms.CharField(label=_("Number or title"), max_length=60)
    state = forms.ChoiceField(label=_("State"), choices=_STATES)
    role = forms.ChoiceField(label=_("As"), choices=[("", _("all"))])

    def __init__(self, *args: Any, roles: tuple[str, ...] = WORK, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [("", _("all")), *((r, Todo.Role(r).label) for r in roles)]  # type: ignore[attr-defined]

    def filter_q(self, todos: QuerySet, value: str) -> QuerySet:
        return todos.filter(Q(flow__subject_ref__iexact=value) | Q(flow__title__icontains=value))

    def filter_state(self, todos: QuerySet, value: str) -> QuerySet:
        now = timezone.now()
        if value == "hold":
            return todos.filter(flow__suspended=True)
        running = todos.filter(flow__suspended=False)
        if value == "late":
            return running.filter(due_at__lt=now)
        return running.filter(due_at__gte=now, due_at__lt=now + timedelta(days=1))


class FlowFilters(Filters):
    """Narrows a list of work."""

    q = forms.CharField(label=_("Number or title"), max_length=60)

    def filter_q(self, flows: QuerySet, value: str) -> QuerySet:
        return flows.filter(Q(subject_ref__iexact=value) | Q(title__icontains=value))


def _step(flow: Flow) -> str:
    return step_name(procedure_of(flow), flow.step)


def _as(todo: Todo) -> str:
    """In which role, and for which seat; said where the seat is vacant and its work is done from here."""
    seat = f"{post_name(charter_of(todo.flow.charter_id), todo.seat.post)} · {place_label(todo.seat.place)}"
    parts = [todo.get_role_display(), seat, *([] if todo.seat.acting_id == todo.seat_id else [gettext("vacant")])]
    return " · ".join(parts)


def _shelved(flow: Flow) -> datetime | None:
    """Since when it lies there."""
    said = flow.memory.get("suspended_at")
    return datetime.fromisoformat(said) if said else None


def _reviewed(flow: Flow) -> str:
    return moment(flow.wake_at)[:10] if flow.wake_at else ""


_REVIEWS = [("", _("all")), ("late", _("review is due")), ("7", _("within 7 days")), ("30", _("within 30 days"))]


class LedgerFilters(FlowFilters):
    """Narrows the ledger: where, and when it is looked at again."""

    place = forms.ChoiceField(label=_("Place"))
    review = forms.ChoiceField(label=_("Looked at again"), choices=_REVIEWS)

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        paths = scope_of(user).paths("matter.see")
        areas = Place.objects.current().filter(level__in=AREAS, path__descends=paths).order_by("path") if paths else Place.objects.none()
        self.fields["place"].choices = [("", _("all")), *areas.values_list("path", "name")]  # type: ignore[attr-defined]

    def filter_place(self, flows: QuerySet, value: str) -> QuerySet:
        return flows.filter(path__descends=value)

    def filter_review(self, flows: QuerySet, value: str) -> QuerySet:
        today = timezone.localtime().replace(hour=23, minute=59, second=59)
        return flows.filter(wake_at__lte=today + timedelta(days=0 if value == "late" else int(value)))


TODO_COLUMNS = (
    Column("title", _("Work"), "flow.title", link=lambda t: url_of(t.flow), template="flow/parts/work_cell.html"),
    Column("step", _("Step"), lambda t: _step(t.flow)),
    Column("place", _("Place"), lambda t: place_label(t.flow.place)),
    Column("as", _("As"), _as),
    Column("since", _("Since"), kind="time", sort="since"),
    Column("due_at", _("Due"), kind="time", sort="due", template="flow/parts/due_cell.html"),
)
SENT_COLUMNS = (
    Column("title", _("Work"), link=url_of, template="flow/parts/work_cell.html"),
    Column("step", _("Step"), _step),
    Column("place", _("Place"), lambda f: place_label(f.place)),
    Column("owner", _("Lies with"), responsible),
    Column("entered_at", _("Since"), kind="time", sort="since"),
    Column("due_at", _("Due"), kind="time", sort="due", template="flow/parts/due_cell.html"),
)
LEDGER_COLUMNS = (
    Column("number", _("Number"), "subject_ref", link=url_of),
    Column("title", _("Work"), width=30),
    Column("place", _("Place"), lambda f: place_label(f.place)),
    Column("owner", _("Responsible"), responsible, width=24),
    Column("since", _("Since"), _shelved, kind="date"),
    Column("why", _("Why it waits"), width=40),
    Column("review", _("Looked at again on"), _reviewed, sort="review"),
)


def _tabs(request: HttpRequest) -> list[dict[str, Any]]:
    """The boxes of the inbox, with how much is in the two that ask for something."""
    boxes = (
        ("flow:inbox", _("To do"), lambda: inbox(request.user, WORK).order_by().count()),
        ("flow:waits", _("Waits for my word"), lambda: inbox(request.user, WORD).order_by().count()),
        ("flow:sent", _("Sent on"), None),
        ("flow:ledger", _("On the ledger"), None),
    )
    here = request.resolver_match.view_name if request.resolver_match else ""
    return [
        {"label": label, "url": reverse(name), "current": name == here, "count": count() if count else None} for name, label, count in boxes
    ]


def _page(request: HttpRequest, listing: Listing, **words: Any) -> HttpResponse:
    return render(request, "flow/inbox.html", {"listing": listing, "tabs": _tabs(request), **words})


def _todos(request: HttpRequest, page: str, roles: tuple[str, ...], **words: Any) -> HttpResponse:
    listing = Listing(
        request,
        inbox(request.user, roles).order_by(),
        page=page,
        filters=TodoFilters(request.GET, roles=roles),
        sorts={"due": ("due_at",), "since": ("-since",)},
        default_sort="due",
        columns=TODO_COLUMNS,
    )
    return _page(request, listing, **words)


@staff("flow.act", "flow.approve")
@never_cache
@require_safe
def inbox_page(request: HttpRequest) -> HttpResponse:
    """/tasks/ : what lies with my seats, overdue first."""
    return _todos(
        request, "flow:inbox", WORK, heading=_("To do"), none=_("Nothing is to do"),
        none_text=_("No open work lies with your seats. New work appears here the moment it is dispatched."),
    )  # fmt: skip


@staff("flow.act", "flow.approve")
@never_cache
@require_safe
def waits_page(request: HttpRequest) -> HttpResponse:
    """/tasks/waits/ : requests to decide, and late work I should know of."""
    return _todos(
        request, "flow:waits", WORD, heading=_("Waits for my word"), none=_("Nothing waits for your word"),
        none_text=_("Requests for more time or for the ledger, and work that is late below you, appear here."),
    )  # fmt: skip


@staff("flow.act", "flow.approve")
@never_cache
@require_safe
def sent_page(request: HttpRequest) -> HttpResponse:
    """/tasks/sent/ : what went through my hands and is open elsewhere."""
    listing = Listing(
        request, sent_on(request.user).order_by(), page="flow:sent", filters=FlowFilters, sorts={"since": ("-entered_at",), "due": ("due_at",)},
        default_sort="since", columns=SENT_COLUMNS,
    )  # fmt: skip
    return _page(
        request, listing, heading=_("Sent on"), none=_("Nothing of yours is open elsewhere"),
        none_text=_("Work you have taken a step of stays here until it ends, so that you see where it lies."),
    )  # fmt: skip


@staff("matter.see")
@never_cache
def ledger_page(request: HttpRequest) -> HttpResponseBase:
    """/tasks/ledger/ : 挂账, what waits for season, money or law, and when it is looked at again."""
    scope = scope_of(request.user)
    export = (
        Export(gettext("Ledger"), "flow.ledger.exported", ",".join(scope.paths("matter.export")))
        if "matter.export" in scope.abilities
        else None
    )
    listing = Listing(
        request, ledger(request.user).order_by(), page="flow:ledger", filters=LedgerFilters(request.GET, user=request.user), sorts={"review": ("wake_at",)},
        default_sort="review", columns=LEDGER_COLUMNS, export=export,
    )  # fmt: skip
    if listing.is_export:
        return listing.taken_out()
    return _page(
        request, listing, printed=True, heading=_("On the ledger"), none=_("Nothing is on the ledger"),
        none_text=_("Work that waits for season, money or law is listed here with its reason and the day it is looked at again."),
    )  # fmt: skip


@staff()
@never_cache
@require_safe
def show(request: HttpRequest, number: str) -> HttpResponse:
    """/tasks/<number>/ : on to the page of what the work is about, for whoever may see it; 404 for everybody else."""
    flow = visible(request.user).filter(subject_ref=number).first()
    url = url_of(flow) if flow else ""
    if not url:
        raise Http404
    return redirect(url)


@staff("audit.see")
@require_safe
def heads_page(request: HttpRequest) -> HttpResponse:
    """/tasks/heads/ : the published fingerprints of history, to print and keep."""
    listing = Listing(
        request, DailyHead.objects.all().order_by(), page="flow:heads", sorts={"day": ("-day",)}, default_sort="day",
        columns=(
            Column("day", _("Day"), kind="date", sort="day"),
            Column("events", _("Lines of history"), kind="number"),
            Column("flows", _("Pieces of work"), kind="number"),
            Column("looks", _("Looks"), kind="number"),
            Column("hash", _("Fingerprint (SHA-256)"), lambda h: bytes(h.hash).hex(), template="flow/parts/hash_cell.html"),
        ),
        size=31,
    )  # fmt: skip
    return render(request, "flow/heads.html", {"listing": listing})
