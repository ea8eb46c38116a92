"""催办、督办、通报: what presses on late work, and the sheet of a supervision."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from linli.access.pages import staff
from linli.access.scope import scope_of
from linli.charter.store import charter_in_force, charter_of
from linli.flow.queries import involved
from linli.frame.lists import Column, Export, Filters, Listing
from linli.frame.templatetags.linli import named
from linli.matters.categories import category_name
from linli.matters.choices import PlaceField, bound_places, give_choices
from linli.matters.models import Pressing
from linli.matters.pages.desk import seen_by
from linli.matters.pages.tabs import tabs
from linli.matters.queries import state_name
from linli.matters.supervision import KINDS, seat_name, sheet_url, told
from linli.measures.declare import LEVELS

S, K = Pressing.State, Pressing.Kind
_DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class PressingFilters(Filters):
    q = forms.CharField(label=_("Number or title"), max_length=60)
    kind = forms.ChoiceField(label=_("How it is pressed"), choices=[("", _("all")), *K.choices])
    state = forms.ChoiceField(
        label=_("State"),
        choices=[
            ("", _("all")),
            ("open", _("to be answered")),
            ("late", _("answer overdue")),
            ("answered", _("waits for the supervisor")),
            ("shut", _("closed")),
        ],
    )
    place = PlaceField(levels=LEVELS)
    post = forms.ChoiceField(label=_("Responsible"))
    since = forms.DateField(label=_("From day"), widget=_DAY)
    until = forms.DateField(label=_("To day"), widget=_DAY)

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        posts = charter_in_force().posts.values()
        give_choices(self, "post", [("", _("all")), *((p.id, named(p.name)) for p in posts if "flow.act" in p.abilities)])
        bound_places(self, "place", scope_of(user).paths("matter.see") or None, empty=_("all"), wide=True)

    def filter_q(self, rows: QuerySet, value: str) -> QuerySet:
        return rows.filter(Q(flow__subject_ref__iexact=value) | Q(flow__title__icontains=value))

    def filter_state(self, rows: QuerySet, value: str) -> QuerySet:
        if value == "late":
            return rows.filter(state=S.OPEN, due_at__lt=timezone.now())
        return rows.filter(kind=K.SUPERVISE, state__in=[S.ACCEPTED, S.LIFTED, S.ENDED]) if value == "shut" else rows.filter(state=value)

    def filter_place(self, rows: QuerySet, value: Any) -> QuerySet:
        return rows.filter(flow__path__descends=str(value.path))

    def filter_post(self, rows: QuerySet, value: str) -> QuerySet:
        return rows.filter(seat__post=value)

    def filter_since(self, rows: QuerySet, value: Any) -> QuerySet:
        return rows.filter(at__gte=timezone.make_aware(datetime.combine(value, time.min)))

    def filter_until(self, rows: QuerySet, value: Any) -> QuerySet:
        return rows.filter(at__lt=timezone.make_aware(datetime.combine(value + timedelta(days=1), time.min)))


def _who(p: Pressing) -> str:
    return seat_name(charter_of(p.flow.charter_id), p.seat)


def _by(p: Pressing) -> str:
    return seat_name(charter_of(p.flow.charter_id), p.supervisor) if p.supervisor else ""


def _state(p: Pressing) -> str:
    if p.kind == K.SUPERVISE or p.state == S.LIFTED:
        return p.get_state_display()
    return ""


COLUMNS = (
    Column("number", _("Number"), "flow.subject_ref", link=lambda p: reverse("matters:detail", args=[p.flow.subject_ref]), width=18),
    Column("title", _("Title"), "flow.title", width=40),
    Column("kind", _("How it is pressed"), "get_kind_display", kind="tag"),
    Column("seat", _("Responsible"), _who, width=26),
    Column("supervisor", _("Supervised by"), _by, width=26),
    Column("at", _("Since"), kind="time", sort="since"),
    Column("due", _("To be answered by"), "due_at", kind="time", sort="due", template="matters/parts/pressing_due.html"),
    Column("state", _("State"), _state, kind="tag", link=lambda p: sheet_url(p.flow, p) if p.kind == K.SUPERVISE else ""),
)


def visible(user: Any) -> QuerySet[Pressing]:
    """What presses on the work the user sees."""
    scope = scope_of(user)
    return Pressing.objects.filter(scope.q("matter.see", path="flow__path", involved=lambda seats: involved(seats, "flow__")))


@staff("matter.see")
@never_cache
def pressings(request: HttpRequest) -> HttpResponseBase:
    """/matters/pressed/ : everything urged, supervised and named, the newest first; supervisions by their deadline."""
    paths = scope_of(request.user).paths("matter.export")
    rows = visible(request.user).select_related("flow", "seat__place__parent", "supervisor__place__parent")
    listing = Listing(
        request, rows, page="matters:pressings", filters=PressingFilters(request.GET, user=request.user),
        sorts={"since": ("-at",), "due": ("due_at",)}, default_sort="since", columns=COLUMNS,
        export=Export(_("Urged and supervised"), "matters.pressings.exported", paths[0]) if paths else None,
    )  # fmt: skip
    if listing.is_export:
        return listing.taken_out(flow__path__descends=paths)
    return render(request, "matters/pressings.html", {"listing": listing, "tabs": tabs(request)})


@staff("matter.see")
@never_cache
@require_safe
def supervision(request: HttpRequest, number: str, seq: int) -> HttpResponse:
    """/matters/<number>/supervision/<seq>/ : 督办单, to print and hand over."""
    matter = seen_by(request, number)
    flow = matter.flow
    found = flow.pressings.filter(seq=seq, kind=K.SUPERVISE).select_related("seat__place__parent", "supervisor__place__parent").first()
    if found is None:
        raise Http404
    events = list(flow.events.filter(kind__in=KINDS).select_related("by").order_by("seq"))
    charter = charter_of(flow.charter_id)
    facts = {
        "matter": matter, "flow": flow, "s": told(found, flow, events), "state": state_name(flow),
        "category_name": category_name(charter, matter.category, whole=True), "back_url": reverse("matters:detail", args=[number]),
    }  # fmt: skip
    return render(request, "matters/supervision.html", facts)
