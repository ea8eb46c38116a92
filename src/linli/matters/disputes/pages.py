"""The pages of one dispute: who the sides are, what was agreed on, what was done; and what is printed of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from linli.access.pages import staff
from linli.frame.refusal import Refusal
from linli.matters.acts import Situation
from linli.matters.disputes import actions
from linli.matters.disputes.entries import ENTRIES, may_enter
from linli.matters.disputes.forms import PerformedForm
from linli.matters.disputes.models import Obligation
from linli.matters.disputes.panel import handovers
from linli.matters.disputes.parties import is_dispute
from linli.matters.disputes.prints import sheet
from linli.matters.disputes.rights import answering_seat, answers
from linli.matters.disputes.rules import agreement_of
from linli.matters.forms import RevealForm
from linli.matters.models import Matter
from linli.matters.pages.desk import landed, page, seen_by


def dispute_seen(request: HttpRequest, number: str) -> Matter:
    """The dispute, if the user may see it; 404 otherwise, and for a matter that is none."""
    matter = seen_by(request, number)
    if not is_dispute(matter):
        raise Http404
    return matter


# --- the forms, one page for all of them ---------------------------------------------------------------------------------------------


@staff("flow.act", "matter.intake")
@never_cache
def enter(request: HttpRequest, number: str, name: str) -> HttpResponse:
    """/matters/<number>/dispute/<name>/ : one form about the dispute, and doing it."""
    matter, entry = dispute_seen(request, number), ENTRIES.get(name)
    if entry is None:
        raise Http404
    if not may_enter(request.user, matter, entry):
        raise PermissionDenied(name)
    form = entry.form(matter, {"data": request.POST} if request.method == "POST" else {})
    if request.method == "POST" and form.is_valid():
        try:
            entry.do(request.user, matter, form)
        except Refusal as refusal:
            refusal.onto(form)
        else:
            messages.success(request, entry.told(form))
            return landed(request, number)
    template = "matters/disputes/agreement.html" if name == "agreement" else "matters/disputes/form.html"
    return render(request, template, {"matter": matter, "entry": entry, "form": form}, status=422 if form.is_bound else 200)


@staff("flow.act", "matter.intake")
@require_POST
def remove(request: HttpRequest, number: str, pk: int) -> HttpResponse:
    """/matters/<number>/dispute/party/<pk>/remove/ : somebody was entered wrongly."""
    matter = dispute_seen(request, number)
    party = get_object_or_404(matter.parties, pk=pk)
    return _told(
        request, number, lambda: actions.remove_party(by=request.user, matter=matter, party=party), _("Taken out; nothing is left of it.")
    )


@staff("flow.act")
@require_POST
def perform(request: HttpRequest, number: str, pk: int) -> HttpResponse:
    """/matters/<number>/dispute/obligation/<pk>/ : a thing has been done, on a day; or was noted wrongly."""
    matter = dispute_seen(request, number)
    obligation = get_object_or_404(Obligation, pk=pk, agreement__matter=matter)
    if not answers(request.user, answering_seat(matter)):
        raise PermissionDenied("obligation")
    on = None
    if not request.POST.get("undo"):
        form = PerformedForm(request.POST)
        if not form.is_valid():
            messages.error(request, " ".join(str(e) for errors in form.errors.values() for e in errors))
            return landed(request, number)
        on = form.cleaned_data["performed_on"]
    return _told(
        request,
        number,
        lambda: actions.perform_obligation(by=request.user, matter=matter, obligation=obligation, performed_on=on),
        _("Entered."),
    )


def _told(request: HttpRequest, number: str, do: Callable[[], Any], said: str) -> HttpResponse:
    try:
        do()
    except Refusal as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, said)
    return landed(request, number)


@staff("matter.contact")
@never_cache
@require_POST
def reveal(request: HttpRequest, number: str) -> HttpResponse:
    """/matters/<number>/dispute/parties/ : who the sides are, for a purpose, once; the looks are in the log before they show."""
    matter = dispute_seen(request, number)
    form = RevealForm(request.POST)
    if form.is_valid():
        try:
            opened = actions.reveal_parties(by=request.user, matter=matter, **_purpose(form))
            return page(request, matter, opened=opened)
        except Refusal as refusal:
            refusal.onto(form)
    return page(request, matter, status=422, parties_form=form)


def _purpose(form: forms.Form) -> dict[str, Any]:
    return {name: form.cleaned_data[name] for name in ("purpose", "note")}


# --- what is printed -----------------------------------------------------------------------------------------------------------------

PRINTS = {
    "agreement": "matters/disputes/print_agreement.html",
    "application": "matters/disputes/print_application.html",
    "cover": "matters/disputes/print_cover.html",
}


@staff("flow.act", "matter.contact")
@never_cache
def printed(request: HttpRequest, number: str, what: str) -> HttpResponse:
    """/matters/<number>/dispute/print/<what>/ : the sheet, with blanks where names go; POST with a purpose puts the names in, logged."""
    matter, template = dispute_seen(request, number), PRINTS.get(what)
    agreement = agreement_of(matter)
    if template is None or (agreement is None and what != "cover"):
        raise Http404
    seat = answering_seat(matter)
    if not answers(request.user, seat):
        raise PermissionDenied(what)
    form, opened = RevealForm(request.POST if request.method == "POST" else None), None
    if form.is_valid():
        try:
            opened = actions.reveal_parties(by=request.user, matter=matter, **_purpose(form))
        except Refusal as refusal:
            refusal.onto(form)
    found = sheet(matter, agreement, seat, opened, whole=what == "cover")
    facts = {"matter": matter, "reveal_form": form, "opened": opened is not None, "what": what, "back_url": _back(matter), **found}
    return render(request, template, facts, status=422 if form.is_bound and opened is None else 200)


@staff("flow.act", "matter.contact")
@never_cache
def receipt(request: HttpRequest, number: str, seq: int) -> HttpResponse:
    """/matters/<number>/dispute/handover/<seq>/ : the receipt of a handover 移交回执, one half for each body. It names nobody concerned."""
    matter = dispute_seen(request, number)
    events = list(matter.flow.events.select_related("by").order_by("seq"))
    found = next((h for h in handovers(Situation(matter, request.user), events) if h.seq == seq), None)
    if found is None:
        raise Http404
    return render(request, "matters/disputes/print_receipt.html", {"matter": matter, "h": found, "back_url": _back(matter)})


def _back(matter: Matter) -> str:
    return reverse("matters:detail", args=[matter.number])
