"""Calling off, writing down who came, the minutes, corrections, papers: each a form behind one button."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from linli.access.pages import staff
from linli.charter.store import charter_of
from linli.frame.refusal import Conflict, Refusal
from linli.gatherings import actions, queries
from linli.gatherings.forms import CallOffForm, CorrectForm, HoldForm, MinutesForm, PapersForm, PresenceForm, RecountForm
from linli.gatherings.kinds import CONVENE, RECORD, kind_of, may
from linli.gatherings.models import Gathering, State
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


def _act(
    request: HttpRequest,
    pk: int,
    *,
    ability: str,
    states: tuple[str, ...],
    make: Callable[[Gathering, dict[str, Any]], forms.Form],
    do: Callable[[Gathering, Any], Any],
    template: str = "gatherings/act.html",
    **words: Any,
) -> HttpResponse:
    """The form behind a button, and doing it. ``make`` makes the form, ``do`` takes what was filled in."""
    gathering = seen_by(request, pk)
    if not may(request.user, ability, gathering):
        raise PermissionDenied(ability)
    if gathering.state not in states:
        return no_longer(request, gathering)
    given = {"data": request.POST, "files": request.FILES} if request.method == "POST" else {}
    form = make(gathering, given)
    if request.method == "POST" and form.is_valid():
        try:
            do(gathering, form)
        except Conflict as conflict:
            return conflict_page(request, gathering, conflict)
        except Refusal as refusal:
            refusal.onto(form)
        else:
            messages.success(request, words.pop("done"))
            return redirect("gatherings:detail", gathering.pk)
    context = {"gathering": gathering, "form": form, "seq": seen_seq(request) if form.is_bound else gathering.seq, **words}
    return render(request, template, context, status=422 if form.is_bound else 200)


@staff(CONVENE)
@never_cache
def call_off(request: HttpRequest, pk: int) -> HttpResponse:
    """/gatherings/<pk>/off/ : it won't take place."""
    return _act(
        request, pk, ability=CONVENE, states=(State.PLANNED,), make=lambda g, given: CallOffForm(**given),
        do=lambda g, form: actions.call_off_gathering(by=request.user, gathering=g, seq=seen_seq(request), reason=form.cleaned_data["reason"]),
        heading=_("Call it off"), danger=True, done=_("It is called off. Tell those who would come for nothing."),
        help=_("It stays in the list with the reason; nobody is told by message."),
    )  # fmt: skip


def _presence(kind_of_form: type[PresenceForm]) -> Callable[[Gathering, dict[str, Any]], PresenceForm]:
    def make(gathering: Gathering, given: dict[str, Any]) -> PresenceForm:
        charter, kind = charter_of(gathering.charter_id), kind_of(gathering)
        assert kind is not None
        found = queries.people(charter, gathering.place, gathering.body, gathering.flow, timezone.now())
        return kind_of_form(gathering=gathering, kind=kind, charter=charter, people=found, **given)

    return make


@staff(RECORD)
@never_cache
def hold(request: HttpRequest, pk: int) -> HttpResponse:
    """/gatherings/<pk>/hold/ : it took place; who came, what was said."""

    def do(gathering: Gathering, form: Any) -> None:
        actions.hold_gathering(
            by=request.user, gathering=gathering, seq=seen_seq(request), presence=form.presence(), text=form.cleaned_data["text"],
            result=form.cleaned_data["result"],
        )  # fmt: skip

    return _act(
        request, pk, ability=RECORD, states=(State.PLANNED,), make=_presence(HoldForm), do=do, template="gatherings/hold.html",
        heading=_("Write down who came"), done=_("It is written down."),
    )  # fmt: skip


@staff(RECORD)
@never_cache
def recount(request: HttpRequest, pk: int) -> HttpResponse:
    """/gatherings/<pk>/recount/ : who came, corrected."""

    def do(gathering: Gathering, form: Any) -> None:
        actions.recount_gathering(
            by=request.user, gathering=gathering, seq=seen_seq(request), presence=form.presence(), reason=form.cleaned_data["reason"]
        )

    return _act(
        request, pk, ability=RECORD, states=(State.HELD,), make=_presence(RecountForm), do=do, template="gatherings/hold.html",
        heading=_("Correct who came"), done=_("It is corrected. What stood there before is in its history."),
    )  # fmt: skip


@staff(RECORD)
@never_cache
def minutes(request: HttpRequest, pk: int) -> HttpResponse:
    """/gatherings/<pk>/minutes/ : the minutes, written or corrected."""
    last = seen_by(request, pk).minutes.order_by("-number").first()

    def make(gathering: Gathering, given: dict[str, Any]) -> forms.Form:
        kind = kind_of(gathering)
        assert kind is not None
        if last is None:
            return MinutesForm(kind=kind, public=gathering.public, **given)
        return CorrectForm(kind=kind, public=gathering.public, **(given or {"initial": {"text": last.text, "result": last.result}}))

    def do(gathering: Gathering, form: Any) -> None:
        data, seq = form.cleaned_data, seen_seq(request)
        if isinstance(form, CorrectForm):
            actions.correct_minutes(
                by=request.user, gathering=gathering, seq=seq, text=data["text"], result=data["result"], reason=data["reason"]
            )
        else:
            actions.write_minutes(by=request.user, gathering=gathering, seq=seq, text=data["text"], result=data["result"])

    return _act(
        request, pk, ability=RECORD, states=(State.HELD,), make=make, do=do,
        heading=_("Correct the minutes") if last else _("Write the minutes"), done=_("The minutes are kept."),
        help=_("The earlier version stays beside it, with your reason.") if last else "",
    )  # fmt: skip


@staff(RECORD)
@never_cache
def papers(request: HttpRequest, pk: int) -> HttpResponse:
    """/gatherings/<pk>/papers/ : the sheet people signed, what was handed out."""

    def do(gathering: Gathering, form: Any) -> None:
        data = form.cleaned_data
        actions.attach_papers(by=request.user, gathering=gathering, photos=data["photos"], documents=data["documents"])

    return _act(
        request, pk, ability=RECORD, states=(State.PLANNED, State.HELD), make=lambda g, given: PapersForm(**given), do=do,
        heading=_("Add photos or documents"), done=_("The files are kept."),
        help=_("Everybody who sees this gathering sees them. Cover names of residents on a sheet they signed."),
    )  # fmt: skip
