"""Asking for a correction or a deletion on one's own page, and withdrawing it; and, for staff, what was asked, and the answer."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from linli.access.pages import staff
from linli.access.rls import opened
from linli.access.scope import can, scope_of
from linli.flow.models import Flow
from linli.flow.queries import history, next_acts, responsible, steps_line, visible
from linli.flow.words import outcome_name, procedure_of
from linli.frame.columns import Column
from linli.frame.limits import rate_limit
from linli.frame.lists import Listing
from linli.frame.refusal import Refusal
from linli.people.actions.entering import is_child
from linli.people.models import Person
from linli.people.pages.base import register
from linli.people.pages.own import mine
from linli.rights import actions
from linli.rights.actions import SUBJECT, Item, State, lives_here
from linli.rights.forms import AnswerForm, AskForm, RequestFilters
from linli.rights.models import OwnRequest

COLUMNS = (
    Column("number", gettext_lazy("Number"), "flow.subject_ref", link=lambda r: reverse("rights:request", args=[r.flow.subject_ref])),
    Column("kind", gettext_lazy("What is asked"), lambda r: r.get_kind_display()),
    Column("item", gettext_lazy("What it is about"), lambda r: r.get_item_display()),
    Column("at", gettext_lazy("Requested on"), kind="time", sort="at"),
    Column("due", gettext_lazy("Due"), lambda r: None if r.flow.end else r.flow.whole_due_at, kind="time", sort="due"),
    Column("state", gettext_lazy("State"), lambda r: r.get_state_display()),
)
NEXT = {Item.HOME: "people:residence", Item.CUSTODY: "people:custodian", Item.VISITS: "people:person", Item.OTHER: "people:person"}
"""Where what was granted is carried out; everything else on the page for corrections."""


# ------------------------------------------------------------------------------------------------------------------- for residents


@sensitive_post_parameters()
@mine
@rate_limit("rights.ask", count=10, seconds=600)
def ask(request: HttpRequest, link: Any, person: Person) -> HttpResponse:
    """/my/ask/ : that something is corrected or deleted, in one's own words."""
    if not actions.taken():
        return redirect("own:home")
    form = AskForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            actions.ask(link=link, **form.cleaned_data)
        except Refusal as refusal:
            refusal.onto(form)
        else:
            return redirect(reverse("own:home") + "#requests")
    return render(request, "rights/ask.html", {"form": form}, status=422 if form.is_bound else 200)


@mine
@rate_limit("rights.ask", count=10, seconds=600)
def withdraw(request: HttpRequest, link: Any, person: Person, number: str) -> HttpResponse:
    """/my/ask/<number>/withdraw/ : asked once more, then one's own request is taken back."""
    found = get_object_or_404(actions.of_person(person.pk).select_related("flow"), flow__subject_ref=number)
    if request.method == "POST" and found.state == State.ASKED:  # else the page says what became of it
        actions.withdraw(link=link, request=found)
        return redirect(reverse("own:home") + "#requests")
    return render(request, "rights/withdraw.html", {"row": found, "open": found.state == State.ASKED})


# ----------------------------------------------------------------------------------------------------------------------- for staff


@register()
def requests(request: HttpRequest) -> HttpResponseBase:
    """/people/requests/ : what residents of one's places ask for, without a name."""
    listing = Listing(
        request, OwnRequest.objects.visible_to(request.user).select_related("flow").order_by(), page="rights:requests",
        filters=RequestFilters(request.GET), sorts={"due": ("flow__whole_due_at",), "at": ("-at",)}, default_sort="at", columns=COLUMNS,
    )  # fmt: skip
    return render(request, "rights/requests.html", {"listing": listing})


@staff("person.see", "matter.see")
@never_cache
@sensitive_post_parameters()
def show(request: HttpRequest, number: str) -> HttpResponseBase:
    """/people/requests/<number>/ : what was asked, and the answer. Who sees the work but no residents sees how it stands, and no more."""
    with opened(scope_of(request.user).paths("person.see")):
        row = OwnRequest.objects.visible_to(request.user).select_related("flow__place__parent", "flow__owner__place__parent")
        found = row.filter(flow__subject_ref=number).first()
        person = Person.objects.filter(pk=found.person_id).first() if found else None
        shut = person is not None and is_child(person, timezone.localdate()) and not can(request.user, "person.minor", person)
        flow = found.flow if found else _flow(request, number)
        if found is None or shut:
            return _page(request, flow, None, None, None)
        form = _answering(request, found)
        if form is not None and form.is_bound and form.is_valid():
            try:
                found = actions.decide(
                    by=request.user, request=found, outcome=form.cleaned_data["outcome"], answer=form.cleaned_data["answer"]
                )
            except Refusal as refusal:
                refusal.onto(form)
            else:
                return _onward(request, found)
        return _page(request, flow, found, person, form)


def _flow(request: HttpRequest, number: str) -> Flow:
    flows = visible(request.user).select_related("place__parent", "owner__place__parent")
    flow = flows.filter(subject=SUBJECT, subject_ref=number).first()
    if flow is None:
        raise Http404
    return flow


def _answering(request: HttpRequest, found: OwnRequest) -> AnswerForm | None:
    """The form, for whom it lies with."""
    if found.state != State.ASKED or not can(request.user, "person.edit", found):
        return None
    offers = next_acts(found.flow, request.user).offers
    if not offers:
        return None
    step = procedure_of(found.flow).steps[found.flow.step]
    stays = found.item == Item.ALL and lives_here(found.person_id)
    outcomes = [(o.outcome, str(outcome_name(step, o.outcome))) for o in offers if not (stays and o.outcome == "agree")]
    initial = {"outcome": "refuse", "answer": str(actions.GROUND)} if stays else None
    return AnswerForm(request.POST if request.method == "POST" else None, outcomes=outcomes, initial=initial)


def _onward(request: HttpRequest, found: OwnRequest) -> HttpResponse:
    if found.state == State.GRANTED and found.item == Item.ALL:
        messages.success(request, _("Deleted. Nothing of this person is kept in the register."))
        return redirect("rights:requests")
    messages.success(request, _("Decided. The resident reads the answer on their own page."))
    return redirect("rights:request", number=found.flow.subject_ref)


def _page(request: HttpRequest, flow: Flow, found: OwnRequest | None, person: Person | None, form: AnswerForm | None) -> HttpResponse:
    procedure = procedure_of(flow)
    return render(
        request, "rights/request.html",
        {
            "flow": flow, "row": found, "person": person, "form": form, "help": procedure.steps[flow.step].help if form is not None else None,
            "stays": form is not None and found is not None and found.item == Item.ALL and lives_here(found.person_id),
            "responsible": responsible(flow), "steps": steps_line(flow), "history": history(flow),
            "carry_out": reverse(NEXT.get(Item(found.item), "people:correct"), args=[person.pk])
            if form is not None and found and person and found.item not in (Item.ALL, Item.OTHER) and can(request.user, "person.edit", person) else "",
        },
        status=422 if form is not None and form.is_bound else 200,
    )  # fmt: skip
