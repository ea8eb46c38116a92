"""What residents are shown: what is on in their community, and what came of it. Of the kinds that the charter makes public, no other."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from linli.access.pages import public
from linli.gatherings.kinds import kind_name
from linli.gatherings.models import Gathering, Minutes, State
from linli.gatherings.words import few, when
from linli.places.codes import short_name
from linli.places.models import Level, Place

BACK, MOST = timedelta(days=90), 40


@public
@require_safe
def coming(request: HttpRequest, code: str) -> HttpResponse:
    """/meet/<code>/ : the community's public gatherings, those to come first."""
    place = Place.objects.current().filter(code=code, level=Level.COMMUNITY).defer("shape").first() if "\0" not in code else None
    if place is None:
        raise Http404
    now = timezone.now()
    rows = Gathering.objects.for_public().filter(place=place).order_by("starts_at", "pk")
    ahead = rows.filter(ends_at__gte=now).exclude(state=State.HELD)[:MOST]
    held = rows.filter(state=State.HELD, starts_at__gte=now - BACK).order_by("-starts_at", "-pk")[:MOST]
    past = [_shown(g) for g in held]
    results = dict(Minutes.objects.filter(gathering__in=[p["pk"] for p in past]).order_by("number").values_list("gathering", "result"))
    for one in past:
        one["result"] = results.get(one["pk"], "")
    context = {"place": place, "name": short_name(place.name), "ahead": [_shown(g) for g in ahead], "past": past}
    return render(request, "gatherings/public.html", context)


def _shown(gathering: Gathering) -> dict[str, Any]:
    return {
        "pk": gathering.pk,
        "kind": kind_name(gathering),
        "title": gathering.title,
        "when": when(gathering.starts_at, gathering.ends_at),
        "where": gathering.where,
        "agenda": gathering.agenda,
        "off": gathering.state == State.CALLED_OFF,
        "residents": few(gathering.residents) if gathering.residents else "",
    }
