"""态势: how an area stands. One page for each district, street and community; and the kinds of matter that keep coming."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from linli.access.pages import staff
from linli.access.scope import can, scope_of
from linli.charter.store import charter_in_force
from linli.frame.exports import Export, export_rows
from linli.frame.refusal import Refusal
from linli.frame.templatetags.linli import named
from linli.matters.categories import category_name
from linli.measures import queries
from linli.measures.declare import measures, source_of
from linli.places.codes import short_name
from linli.places.models import Level, Place
from linli.places.pages import map_facts, with_base_map
from linli.reports import sheets
from linli.reports.periodform import PeriodForm
from linli.reports.reading import BELOW
from linli.reports.shown import link, number
from linli.reports.situation import AREAS, COLUMNS, column_name, hot_window, situation

ISSUES = 100


def area_seen(request: HttpRequest, code: str) -> Place:
    """An area whose figures the user may see, with those above it. Anything else answers 404."""
    found = Place.objects.current().filter(code=code, level__in=AREAS).select_related("parent__parent").defer("shape").first()
    if found is None or not scope_of(request.user).covers("measure.see", str(found.path)):
        raise Http404
    return found


def areas_above(request: HttpRequest, place: Place) -> list[Place]:
    """The areas above that the user may open, outermost first."""
    above: list[Place] = []
    scope = scope_of(request.user)
    up = place.parent
    while up is not None and up.level in AREAS:
        if scope.covers("measure.see", str(up.path)):
            above.insert(0, up)
        up = up.parent if "parent" in up._state.fields_cache else None
    return above


@staff("measure.see")
def home(request: HttpRequest) -> HttpResponse:
    """On to the outermost area one's posts cover, with what was asked; where they are several of a level, the list of them."""
    paths = scope_of(request.user).paths("measure.see")
    areas = (
        list(Place.objects.current().filter(path__descends=paths, level__in=AREAS).defer("shape").order_by("path")[:400]) if paths else []
    )
    own = [a for a in areas if str(a.path) in paths]
    outermost = [a for a in own or areas if not any(str(a.path).startswith(f"{b.path}.") for b in own or areas)]
    asked = f"?{request.GET.urlencode()}" if request.GET else ""
    if len(outermost) == 1:
        return redirect(reverse("reports:area", args=[outermost[0].code]) + asked)
    return render(request, "reports/home.html", {"areas": outermost, "asked": asked})


@staff("measure.see")
def area(request: HttpRequest, code: str) -> HttpResponseBase:
    place = area_seen(request, code)
    form = PeriodForm(request.GET)
    period = form.chosen
    may_export = can(request.user, "matter.export", place)
    if request.method == "POST":
        if not may_export:
            raise Http404
        export = Export(_("Situation of %(place)s") % {"place": short_name(place.name)}, "reports.area.exported", str(place.path))
        try:
            return export_rows(request, sheets.rows(place, period), sheets.COLUMNS, export, query=request.GET.urlencode())
        except Refusal as refusal:
            messages.error(request, refusal.message)
            return redirect(request.get_full_path())
    colour, sort = request.GET.get("colour", ""), request.GET.get("sort", "")
    found = situation(place, period, timezone.now(), colour=colour, sort=sort)
    kept = form.query | ({"colour": found.colour} if colour in COLUMNS else {})
    facts = {
        "s": found, "form": form, "period": period, "before": period.before, "above": areas_above(request, place), "place_name": short_name(place.name),
        "heads": _heads(kept, sort), "colours": [(k, column_name(k)) for k in COLUMNS], "query": form.query, "full_query": urlencode(form.query),
        "map": _map(place, found.places), "may_export": may_export, "linked": can(request.user, "matter.see", place), "window": hot_window(period),
        "meanings": [(named(m.name), named(m.meaning)) for m in measures().values() if source_of(m.key).key == "matters"],
    }  # fmt: skip
    return with_base_map(render(request, "reports/area.html", facts))


def _heads(kept: dict[str, str], sort: str) -> list[dict[str, str]]:
    """The heads of the table of places: the first click brings the most up."""
    heads = []
    for key in COLUMNS:
        down = sort == f"-{key}"
        query = urlencode(kept | {"sort": key if down else f"-{key}"})
        heads.append(
            {"label": column_name(key), "url": f"?{query}#places", "aria": "descending" if down else "ascending" if sort == key else ""}
        )
    return heads


def _map(place: Place, rows: Any) -> dict[str, str] | None:
    if not rows or place.lon is None:
        return None
    level = BELOW[Level(place.level)]
    outline = f"{reverse('places:shapes')}?{urlencode({'level': place.level, 'within': place.code})}"
    return map_facts(level, place.code) | {"outline": outline, "open": reverse("reports:area", args=["CODE"]) if level in AREAS else ""}


@staff("measure.see")
def issues(request: HttpRequest, code: str) -> HttpResponseBase:
    """年度热点: which kinds of matter keep coming in which community, how often again from the same grid, how many late."""
    place = area_seen(request, code)
    form = PeriodForm(request.GET, usual="year")
    period, charter = form.chosen, charter_in_force()
    lines = [
        sheets.IssueLine(
            short_name(i.name), category_name(charter, i.part, whole=True), i.count, i.again, i.late,
            link("kind", "d", i.part, period, i.code), link("kind", "n", i.part, period, i.code),
        )
        for i in queries.issues(str(place.path), "kind", period, most=ISSUES)
    ]  # fmt: skip
    may_export = can(request.user, "matter.export", place)
    if request.method == "POST":
        if not may_export:
            raise Http404
        export = Export(_("Hot issues of %(place)s") % {"place": short_name(place.name)}, "reports.issues.exported", str(place.path))
        try:
            return export_rows(request, lines, sheets.ISSUE_COLUMNS, export, query=request.GET.urlencode())
        except Refusal as refusal:
            messages.error(request, refusal.message)
            return redirect(request.get_full_path())
    facts = {
        "place": place, "place_name": short_name(place.name), "above": areas_above(request, place), "form": form, "period": period, "lines": lines,
        "may_export": may_export, "at": queries.counted_at("matters"), "query": urlencode(form.query), "most": number(ISSUES),
        "full": len(lines) == ISSUES, "linked": can(request.user, "matter.see", place),
    }  # fmt: skip
    return render(request, "reports/issues.html", facts)
