"""Gatherings as a list and as a month: of what the user sees, filters in the address, a spreadsheet."""

from __future__ import annotations

import calendar as months
import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
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
from linli.flow.words import post_name
from linli.frame.lists import Column, Export, Filters, Listing
from linli.frame.templatetags.linli import named
from linli.gatherings import queries
from linli.gatherings.forms import _choices
from linli.gatherings.kinds import CONVENE, SEE, kind_name, kinds_to_convene
from linli.gatherings.models import Gathering, State
from linli.gatherings.shown import Row, row, state_cell
from linli.gatherings.words import WEEKDAYS, few, turnout_words, when
from linli.places.codes import short_name
from linli.places.models import Level, Place

TAKE_OUT = "matter.export"  # the ability to take lists out as a spreadsheet
_MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")
MOST = 400  # gatherings of a month that a calendar shows


class MonthField(forms.CharField):
    """«2026-11»; cleans to the first day of the month."""

    widget = forms.TextInput(attrs={"type": "month", "placeholder": "2026-11"})

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if not text:
            return None
        found = _MONTH.fullmatch(text)
        if found is None:
            raise forms.ValidationError(_("Write the month like 2026-11."), code="month")
        return date(int(found[1]), int(found[2]), 1)

    def prepare_value(self, value: Any) -> Any:
        return f"{value:%Y-%m}" if isinstance(value, date) else value


def _areas(user: Any) -> dict[str, Place]:
    """Streets and communities over which the user sees gatherings, and those above that lie in their area. One query."""
    paths = scope_of(user).paths(SEE)
    if not paths:
        return {}
    levels = (Level.DISTRICT, Level.STREET, Level.COMMUNITY)
    return {p.code: p for p in Place.objects.current().filter(level__in=levels, path__descends=paths).defer("shape").order_by("path")}


class GatheringFilters(Filters):
    """What narrows the list. A month is by the day it begins."""

    q = forms.CharField(label=_("Words"), max_length=60)
    kind = forms.ChoiceField(label=_("Kind"))
    state = forms.ChoiceField(
        label=_("State"), choices=[("", _("all")), *((s.value, s.label) for s in State), ("unwritten", _("to be written down"))]
    )
    place = forms.ChoiceField(label=_("Place"))
    month = MonthField(label=_("Month"))
    mine = forms.ChoiceField(label=_("Whose"), choices=[("", _("all")), ("1", _("those I am invited to"))])

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        _choices(self, "kind", [("", _("all")), *((k.id, named(k.name)) for k in charter_in_force().gatherings.values())])
        self._areas = _areas(user)
        _choices(self, "place", [("", _("all")), *((code, short_name(p.name)) for code, p in self._areas.items())])

    def filter_q(self, rows: QuerySet, value: str) -> QuerySet:
        return rows.filter(Q(title__icontains=value) | Q(where__icontains=value) | Q(flow__subject_ref__iexact=value))

    def filter_state(self, rows: QuerySet, value: str) -> QuerySet:
        return rows.unwritten(timezone.now()) if value == "unwritten" else rows.filter(state=value)  # type: ignore[attr-defined]

    def filter_place(self, rows: QuerySet, value: str) -> QuerySet:
        return rows.filter(path__descends=str(self._areas[value].path))

    def filter_month(self, rows: QuerySet, value: date) -> QuerySet:
        since, until = span_of(value)
        return rows.filter(starts_at__gte=since, starts_at__lt=until)

    def filter_mine(self, rows: QuerySet, value: str) -> QuerySet:
        return rows.filter(attendance__user=self.user)


def span_of(month: date) -> tuple[datetime, datetime]:
    """The first moment of a month and of the one after it, by the clock of the place."""
    following = (month.replace(day=28) + timedelta(days=4)).replace(day=1)
    since, until = (timezone.make_aware(datetime.combine(d, time.min)) for d in (month, following))
    return since, until


def _convener(gathering: Gathering) -> str:
    seat = gathering.seat
    return f"{post_name(charter_of(gathering.charter_id), seat.post)} · {short_name(seat.place.name)}"


def _turnout(gathering: Gathering) -> str:
    found = queries.turnout_of(gathering)
    return turnout_words(found) if found else ""


def _when(gathering: Gathering) -> str:
    return when(gathering.starts_at, gathering.ends_at)


COLUMNS = (
    Column("starts_at", _("When"), _when, sort="when", width=24),
    Column("title", _("Title"), link=lambda g: reverse("gatherings:detail", args=[g.pk]), template="gatherings/parts/title_cell.html"),
    Column("place", _("Place"), lambda g: short_name(g.place.name)),
    Column("seat", _("Convened by"), _convener, width=24),
    Column("state", _("State"), state_cell, template="gatherings/parts/state_cell.html"),
)
SHEET = (
    Column("kind", _("Kind"), kind_name),
    Column("title", _("Title"), width=36),
    Column("place", _("Place"), lambda g: short_name(g.place.name)),
    Column("where", _("Venue"), width=24),
    Column("starts_at", _("Begins"), kind="time"),
    Column("ends_at", _("Ends"), kind="time"),
    Column("seat", _("Convened by"), _convener, width=28),
    Column("about", _("About"), lambda g: g.flow.subject_ref if g.flow else ""),
    Column("state", _("State"), state_cell, width=22),
    Column("n_invited", _("Invited"), kind="number"),
    Column("n_came", _("Came"), lambda g: g.n_came if g.state == State.HELD else None, kind="number"),
    Column("residents", _("Residents who came"), lambda g: few(g.residents)),
    Column("others", _("Others who came"), lambda g: few(g.others)),
    Column("turnout", _("Quorum"), _turnout, width=40),
    Column("minutes_due_at", _("Minutes due"), kind="time"),
    Column("written_at", _("Minutes written"), kind="time"),
)


@staff(SEE)
@never_cache
def gatherings(request: HttpRequest) -> HttpResponseBase:
    """/gatherings/ : the list; POST takes it out, of the places over which the user takes lists out."""
    scope = scope_of(request.user)
    rows = Gathering.objects.visible_to(request.user).select_related("place", "seat__place", "flow")
    paths = scope.paths(TAKE_OUT)
    export = Export(_("Gatherings"), "gatherings.list.exported", paths[0]) if paths else None
    taking = "export" in request.POST
    listing = Listing(
        request, queries.counted(rows) if taking else rows, page="gatherings:list", filters=GatheringFilters(request.GET, user=request.user),
        sorts={"when": ("-starts_at",)}, default_sort="when", columns=SHEET if taking else COLUMNS, export=export,
    )  # fmt: skip
    if listing.is_export:
        return listing.taken_out(path__descends=paths)
    return render(request, "gatherings/list.html", {"listing": listing, "may_convene": may_convene(request)})


def may_convene(request: HttpRequest) -> bool:
    """Whether the user could convene anything at all."""
    return CONVENE in scope_of(request.user).abilities and bool(kinds_to_convene(request.user, charter_in_force()))


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the calendar: ``inside`` the month shown, and what is on it."""

    day: date
    inside: bool
    today: bool
    rows: list[Row]


@staff(SEE)
@never_cache
@require_safe
def calendar(request: HttpRequest) -> HttpResponse:
    """/gatherings/calendar/?month=2026-11 : a month, as a calendar and as a table. Filters of the list hold here, too."""
    today = timezone.localdate()
    asked = request.GET.copy()
    asked.setdefault("month", f"{today:%Y-%m}")
    filters = GatheringFilters(asked, user=request.user)
    filters.errors  # noqa: B018  # validates
    month: date = filters.cleaned_data.pop("month", None) or today.replace(day=1)
    since, until = span_of(month)
    seen = filters.apply(Gathering.objects.visible_to(request.user)).filter(starts_at__gte=since, starts_at__lt=until)
    found = [row(g) for g in seen.select_related("place").order_by("starts_at", "pk")[: MOST + 1]]
    context = {
        "filters": filters,
        "month": month,
        "weeks": _weeks(month, today, found[:MOST]),
        "weekdays": WEEKDAYS,
        "rows": found[:MOST],
        "more": len(found) > MOST,
        "before": _url(request, _shifted(month, -1)),
        "after": _url(request, _shifted(month, 1)),
        "now": _url(request, today.replace(day=1)),
        "list_url": f"{reverse('gatherings:list')}?month={month:%Y-%m}",
        "may_convene": may_convene(request),
    }
    return render(request, "gatherings/calendar.html", context)


def _shifted(month: date, by: int) -> date:
    at = month.year * 12 + month.month - 1 + by
    return date(min(max(at // 12, 2000), 2099), at % 12 + 1, 1)


def _url(request: HttpRequest, month: date) -> str:
    query = request.GET.copy()
    query["month"] = f"{month:%Y-%m}"
    return f"{request.path}?{query.urlencode()}"


def _weeks(month: date, today: date, rows: list[Row]) -> list[list[Day]]:
    """The weeks of the month from Monday on, days of the neighbouring months empty."""
    by_day: dict[date, list[Row]] = {}
    for one in rows:
        by_day.setdefault(timezone.localdate(one.gathering.starts_at), []).append(one)
    weeks = months.Calendar().monthdatescalendar(month.year, month.month)
    return [
        [Day(d, d.month == month.month, d == today, by_day.get(d, []) if d.month == month.month else []) for d in week] for week in weeks
    ]
