"""Paper: the sheet to sign on, and the minutes."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from linli.access.pages import staff
from linli.gatherings.kinds import SEE
from linli.gatherings.models import State
from linli.gatherings.pages.one import facts, seen_by

BLANK = 12  # lines for those who were not invited by name


@staff(SEE)
@never_cache
@require_safe
def sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """/gatherings/<pk>/sheet/ : the invited with a line each to sign on, and blank lines for others."""
    gathering = seen_by(request, pk)
    context = {**facts(gathering), "blank": range(BLANK), "back_url": reverse("gatherings:detail", args=[pk])}
    return render(request, "gatherings/sheet.html", context)


@staff(SEE)
@never_cache
@require_safe
def minutes(request: HttpRequest, pk: int) -> HttpResponse:
    """/gatherings/<pk>/minutes/print/ : the minutes as a sheet to sign and file; 404 before it was held."""
    gathering = seen_by(request, pk)
    if gathering.state != State.HELD:
        raise Http404
    return render(request, "gatherings/minutes.html", {**facts(gathering), "back_url": reverse("gatherings:detail", args=[pk])})
