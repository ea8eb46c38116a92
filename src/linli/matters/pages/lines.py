"""Direct lines 直通车: what they are for residents, and how they do for staff."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from linli.access.pages import public, staff
from linli.charter.schema import Charter, Line
from linli.charter.store import charter_in_force
from linli.flow.words import LEVELS, duration
from linli.frame.templatetags.linli import named
from linli.matters.models import Channel, Matter
from linli.matters.queries import area_numbers

SPAN = timedelta(days=90)


def told(charter: Charter, line: Line) -> dict[str, Any]:
    """A line as pages show it: whose it is, until when it is read, when one can come in person."""
    post, procedure = charter.post_of(line), charter.procedures[line.procedure]
    within = procedure.steps[procedure.start].within
    return {
        "id": line.id, "name": named(line.name), "about": named(line.about), "post": named(post.name),
        "level": LEVELS.get(post.level, post.level), "read": duration(str(within)) if within else "", "whole": duration(str(procedure.within)),
        "reception": named(line.reception) if line.reception else "",
        "kinds": [named(charter.categories[k].name) for k in line.categories],
        "stand_in": named(charter.posts[post.falls_to].name) if post.falls_to else "",
    }  # fmt: skip


@public
def lines(request: HttpRequest) -> HttpResponse:
    """/lines/ : the direct lines there are, each with the way to write."""
    charter = charter_in_force()
    place = urlencode({"place": request.GET["place"][:40]}) if request.GET.get("place") else ""
    found = [
        told(charter, line) | {"url": f"{reverse('matters:report')}?{urlencode({'line': line.id})}&{place}".rstrip("&")}
        for line in charter.lines.values()
    ]
    return render(request, "matters/lines.html", {"lines": found})


@staff("matter.see")
def desk(request: HttpRequest) -> HttpResponse:
    """/matters/lines/ : what came by each line in ninety days, and whether it was answered in time."""
    return render(request, "matters/lines_desk.html", {"lines": list(_rows(request))})


def _rows(request: HttpRequest) -> Iterator[dict[str, Any]]:
    """Two queries a line; a charter has a handful."""
    charter, since = charter_in_force(), timezone.localdate() - SPAN
    seen = Matter.objects.visible_to(request.user).filter(channel=Channel.DIRECT, raised_at__date__gte=since)
    for line in charter.lines.values():
        asked = {"line": line.id, "since": since.isoformat()}
        links = {
            state: f"{reverse('matters:list')}?{urlencode(asked | ({'state': state} if state else {}))}"
            for state in ("", "open", "overdue", "closed", "on_time")
        }
        yield told(charter, line) | {
            "numbers": area_numbers(seen.filter(line=line.id)), "all_url": links[""], "open_url": links["open"], "late_url": links["overdue"],
            "closed_url": links["closed"], "on_time_url": links["on_time"], "rules_url": reverse("charter:procedure", args=[line.procedure]),
        }  # fmt: skip
