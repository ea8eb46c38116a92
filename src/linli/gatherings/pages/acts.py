"""Calling off, writing down who came, the minutes, corrections, papers: each a form behind one button."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from linli.access.pages import staff
from linli.frame.refusal import Conflict, Refusal
from linli.gatherings.doing import ACTS
from linli.gatherings.kinds import CONVENE, RECORD, may
from linli.gatherings.models import Gathering
from linli.gatherings.pages.one import SEEN, page, seen_by

_MACHINE = re.compile(r"[A-Za-z0-9_.:-]*")  # what was chosen, not written
_LABELS = {
    "text": gettext_lazy("Minutes"),
    "result": gettext_lazy("Result"),
    "reason": gettext_lazy("Reason"),
    "title": gettext_lazy("Title"),
    "where": gettext_lazy("Venue"),
    "agenda": gettext_lazy("Agenda"),
}


def seen_seq(request: HttpRequest) -> int | None:
    """The state of the gathering that the person had before them."""
    text = request.POST.get(SEEN, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def conflict_page(request: HttpRequest, gathering: Gathering, conflict: Conflict) -> HttpResponse:
    """409: the gathering as it is now, what changed, and what the person had written, to copy."""
    return page(request, seen_by(request, gathering.pk), status=409, conflict=conflict.changed, yours=typed(request))


def typed(request: HttpRequest) -> list[dict[str, str]]:
    """What the person had written themselves."""
    return [
        {"label": str(_LABELS.get(name, name)), "text": text}
        for name in request.POST
        for text in [request.POST.get(name, "")]
        if name not in (SEEN, "csrfmiddlewaretoken") and not _MACHINE.fullmatch(text.strip())
    ]


def no_longer(request: HttpRequest, gathering: Gathering) -> HttpResponse:
    """The act doesn't fit what the gathering has become: shown as it is now, with what was written where something was sent."""
    if request.method == "POST":
        return page(request, gathering, status=409, conflict=[], yours=typed(request))
    messages.info(request, _("This can't be done with it any more. It is shown as it is now."))
    return redirect("gatherings:detail", gathering.pk)


def act(
    request: HttpRequest,
    pk: int,
    name: str,
    *,
    words: Callable[[Gathering], dict[str, Any]] = lambda g: {},
    template: str = "gatherings/act.html",
) -> HttpResponse:
    """The form behind a button, and doing it. ``words`` are what its page says besides."""
    gathering, chosen = seen_by(request, pk), ACTS[name]
    if not may(request.user, chosen.ability, gathering):
        raise PermissionDenied(chosen.ability)
    if gathering.state not in chosen.states:
        return no_longer(request, gathering)
    form = chosen.make(gathering, {"data": request.POST, "files": request.FILES} if request.method == "POST" else {})
    if form.is_valid():
        try:
            chosen.do(request.user, gathering, seen_seq(request), form)
        except Conflict as conflict:
            return conflict_page(request, gathering, conflict)
        except Refusal as refusal:
            refusal.onto(form)
        else:
            messages.success(request, chosen.done)
            return redirect("gatherings:detail", gathering.pk)
    context = {
        "gathering": gathering, "form": form, "seq": seen_seq(request) if form.is_bound else gathering.seq, "heading": chosen.label,
        **words(gathering),
    }  # fmt: skip
    return render(request, template, context, status=422 if form.is_bound else 200)


@staff(CONVENE)
@never_cache
def call_off(request: HttpRequest, pk: int) -> HttpResponse:
    """/gatherings/<pk>/off/ : it won't take place."""
    return act(
        request, pk, "off", words=lambda g: {"danger": True, "help": _("It stays in the list with the reason; nobody is told by message.")}
    )


@staff(RECORD)
@never_cache
def hold(request: HttpRequest, pk: int) -> HttpResponse:
    """/gatherings/<pk>/hold/ : it took place; who came, what was said."""
    return act(request, pk, "hold", template="gatherings/hold.html")


@staff(RECORD)
@never_cache
def recount(request: HttpRequest, pk: int) -> HttpResponse:
    """/gatherings/<pk>/recount/ : who came, corrected."""
    return act(request, pk, "recount", template="gatherings/hold.html")


@staff(RECORD)
@never_cache
def minutes(request: HttpRequest, pk: int) -> HttpResponse:
    """/gatherings/<pk>/minutes/ : the minutes, written or corrected."""

    def words(gathering: Gathering) -> dict[str, Any]:
        if gathering.written_at is None:
            return {}
        return {"heading": _("Correct the minutes"), "help": _("The earlier version stays beside it, with your reason.")}

    return act(request, pk, "minutes", words=words)


@staff(RECORD)
@never_cache
def papers(request: HttpRequest, pk: int) -> HttpResponse:
    """/gatherings/<pk>/papers/ : the sheet people signed, what was handed out."""
    told = _("Everybody who sees this gathering sees them. Cover names of residents on a sheet they signed.")
    return act(request, pk, "papers", words=lambda g: {"help": told})
