"""What everybody may read: a matter without its person, an area's matters and the numbers they add up to."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode

from django import forms
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from linli.access.pages import public
from linli.charter.store import charter_in_force, charter_of
from linli.frame.lists import Column, Filters, Listing
from linli.frame.templatetags.linli import named
from linli.matters.categories import category_name, of_kind
from linli.matters.choices import give_choices
from linli.matters.models import Box, Matter
from linli.matters.queries import CLOSED, area_numbers, community_of, followers_of, moves_of, plain_steps, state_name, was_late
from linli.places.codes import short_name
from linli.places.models import Level, Place

PERIODS = [("", _("the last 90 days")), ("30", _("the last 30 days")), ("365", _("the last 12 months")), ("all", _("since the beginning"))]
USUAL = 90
AREAS = (Level.DISTRICT, Level.STREET, Level.COMMUNITY)


@public
def matter(request: HttpRequest, number: str) -> HttpResponse:
    """/m/<number>/ : kind, community, step, dates and answer. No person, no text of theirs, no place below the community."""
    found = Matter.objects.for_public().select_related("flow", "place__parent", "main").filter(number=number).first()
    if found is None:
        raise Http404
    category = charter_of(found.flow.charter_id).categories.get(found.category)
    community = community_of(found.place)
    context = {
        "matter": found,
        "category": category,
        "community": community,
        "state": state_name(found.flow),
        "followers": followers_of(found),
        "steps": plain_steps(found.flow, moves_of(found.flow)),
        "photos": [a for a in found.flow.attachments.all() if a.public and a.kind == "photo"],
        "area_url": reverse("matters:area", args=[community.code]) if community and community.level in AREAS else "",
    }
    return render(request, "matters/public.html", context)


class AreaFilters(Filters):
    """What narrows an area's public matters. The period counts from today, by the day of raising."""

    days = forms.ChoiceField(label=_("Raised"), choices=PERIODS, required=False)
    kind = forms.ChoiceField(label=_("Kind of matter"), required=False)
    state = forms.ChoiceField(
        label=_("State"), required=False,
        choices=[("", _("all")), ("open", _("open")), ("overdue", _("open and overdue")), ("closed", _("closed")), ("on_time", _("closed in time"))],
    )  # fmt: skip

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        tops = [c for c in charter_in_force().categories.values() if not c.parent]
        give_choices(self, "kind", [("", _("all")), *((c.id, named(c.name)) for c in tops)])

    def filter_days(self, matters: QuerySet, value: str) -> QuerySet:
        return matters  # the page has narrowed the list and its numbers to the period already

    def filter_kind(self, matters: QuerySet, value: str) -> QuerySet:
        return matters.filter(of_kind(value))

    def filter_state(self, matters: QuerySet, value: str) -> QuerySet:
        if value == "on_time":
            return matters.filter(CLOSED).filter(~was_late())
        if value == "overdue":
            return matters.filter(flow__end="", flow__overdue=True)
        return matters.filter(flow__end="") if value == "open" else matters.filter(CLOSED)


def since(matters: QuerySet, days: str) -> QuerySet:
    """Matters raised within so many days, today included; "all" leaves them as they are."""
    if days == "all":
        return matters
    return matters.filter(raised_at__gte=timezone.now() - timedelta(days=int(days or USUAL)))


COLUMNS = (
    Column("number", _("Number"), link=lambda m: reverse("matters:public", args=[m.number]), sort="raised"),
    Column("category", _("Kind of matter"), lambda m: category_name(charter_of(m.flow.charter_id), m.category)),
    Column("community", _("Community"), lambda m: short_name(getattr(community_of(m.place), "name", ""))),
    Column("state", _("Now"), lambda m: state_name(m.flow), kind="tag"),
    Column("raised_at", _("Raised"), kind="date", sort="raised"),
    Column("ended_at", _("Closed"), "flow.ended_at", kind="date", sort="closed"),
)


@public
def area(request: HttpRequest, code: str) -> HttpResponse:
    """/area/<code>/ : an area's public matters with filters, and its numbers, each a link to the matters behind it."""
    place = Place.objects.current().select_related("parent").filter(code=code, level__in=AREAS).first()
    if place is None:
        raise Http404
    days = request.GET.get("days", "")
    days = days if days in dict(PERIODS) else ""
    everything = Matter.objects.for_public().filter(path__descends=str(place.path)).select_related("flow", "place__parent")
    within = since(everything, days)
    listing = Listing(
        request, within, page="matters:area", filters=AreaFilters,
        sorts={"raised": ("-raised_at",), "closed": ("-flow__ended_at",)}, default_sort="raised", columns=COLUMNS,
    )  # fmt: skip
    numbers = area_numbers(within)
    context = {
        "place": place,
        "days": dict(PERIODS)[days],
        "listing": listing,
        "numbers": numbers,
        "links": {state: _link(request.path, days, state) for state in ("all", "open", "overdue", "closed", "on_time")},
        "parent_url": reverse("matters:area", args=[place.parent.code]) if place.parent and place.parent.level in AREAS else "",
        "boxes": list(Box.objects.hanging().filter(path__descends=str(place.path)).order_by("number")[:60])
        if place.level == Level.COMMUNITY
        else [],
        "lines": bool(charter_in_force().lines),
        "below": Place.objects.current().filter(parent=place, level__in=AREAS).order_by("code"),
    }
    return render(request, "matters/area.html", context)


def _link(path: str, days: str, state: str) -> str:
    """The list behind a number: the same period, and the state it counts."""
    query = urlencode({name: value for name, value in (("days", days), ("state", "" if state == "all" else state)) if value})
    return f"{path}?{query}" if query else path
