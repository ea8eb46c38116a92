"""回访: who is to be rung up about how it was done, and the page before whoever rings."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from linli.access.models import Purpose
from linli.access.pages import staff
from linli.access.scope import scope_of
from linli.charter.schema import Charter
from linli.charter.store import charter_in_force
from linli.flow import words
from linli.flow.models import Event, Flow, Todo
from linli.flow.queries import responsible
from linli.flow.words import procedure_of
from linli.frame.context import face_of
from linli.frame.lists import Column, Filters, Listing
from linli.matters import actions
from linli.matters.actforms import StepForm
from linli.matters.acts import Situation, may_reveal
from linli.matters.categories import category_name
from linli.matters.models import Matter
from linli.matters.pages.desk import moved_on, seen_by, taken
from linli.matters.pages.tabs import tabs
from linli.places.queries import place_label

TOLD = ("result", "finding")  # what was done, as those who did it wrote it


def steps_of(charter: Charter) -> Q:
    """Work that stands in a call-back."""
    found = Q(pk__in=[])
    for p in charter.procedures.values():
        if calling := [s.id for s in p.steps.values() if s.action == "callback"]:
            found |= Q(flow__procedure=p.id, flow__step__in=calling)
    return found


class CallFilters(Filters):
    whose = forms.ChoiceField(label=gettext_lazy("Whose work"), choices=[("", gettext_lazy("all")), ("1", gettext_lazy("mine"))])
    due = forms.ChoiceField(
        label=gettext_lazy("Due"), choices=[("", gettext_lazy("all")), ("today", gettext_lazy("today")), ("late", gettext_lazy("overdue"))]
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def filter_whose(self, matters: QuerySet, value: str) -> QuerySet:
        seats = scope_of(self.user).seats
        return matters.filter(Exists(Todo.objects.filter(flow=OuterRef("flow"), done_at=None, role="lead", seat__acting__in=seats)))

    def filter_due(self, matters: QuerySet, value: str) -> QuerySet:
        now = timezone.now()
        if value == "late":
            return matters.filter(flow__due_at__lt=now)
        return matters.filter(flow__due_at__lt=timezone.localtime(now).replace(hour=23, minute=59, second=59))


def tries(flow: Flow) -> int:
    """How often nobody was reached so far."""
    return int((flow.memory.get("returns") or {}).get(f"{flow.step}.unreached", 0))


def _tries(matter: Matter) -> str:
    step = procedure_of(matter.flow).steps[matter.flow.step]
    return _("%(n)s of %(most)s") % {"n": tries(matter.flow), "most": step.returns + 1}


COLUMNS = (
    Column("number", gettext_lazy("Number"), link=lambda m: reverse("matters:call", args=[m.number]), width=18),
    Column("title", gettext_lazy("Title"), template="matters/parts/title_cell.html"),
    Column("place", gettext_lazy("Place"), lambda m: place_label(m.place)),
    Column("answered", gettext_lazy("Answered"), "answered_at", kind="time", sort="answered"),
    Column("tries", gettext_lazy("Not reached"), _tries),
    Column("owner", gettext_lazy("Lies with"), lambda m: responsible(m.flow)),
    Column("due", gettext_lazy("Due"), "flow.due_at", kind="time", sort="due", template="matters/parts/due_cell.html"),
)


@staff("matter.contact")
@never_cache
@require_safe
def calls(request: HttpRequest) -> HttpResponse:
    """/matters/calls/ : whoever left a telephone and did not rate the answer, those due first."""
    rows = Matter.objects.visible_to(request.user).filter(steps_of(charter_in_force()), flow__end="")
    listing = Listing(
        request, rows.select_related("flow__owner__place", "place__parent"), page="matters:calls", filters=CallFilters(request.GET, user=request.user),
        sorts={"due": ("flow__due_at",), "answered": ("-answered_at",)}, default_sort="due", columns=COLUMNS,
    )  # fmt: skip
    face = face_of(request)
    context = {"listing": listing, "tabs": tabs(request), "phone": face == "frame/phone.html", "face": face}
    return render(request, "matters/calls.html", context)


@staff("matter.contact", "flow.act")
@never_cache
def call(request: HttpRequest, number: str) -> HttpResponse:
    """/matters/<number>/call/ : what was promised and done, what to say, the number behind a logged look, and what came of it."""
    matter = seen_by(request, number)
    situation = Situation(matter, request.user)
    step = situation.step
    if step is None or step.action != "callback" or not situation.leads:
        return moved_on(request, matter, situation) or redirect("matters:detail", number=number)
    contact, may, bound = None, may_reveal(situation), None
    if request.method == "POST" and "outcome" in request.POST:
        found = taken(request, matter, situation)
        if isinstance(found, HttpResponse):
            return found
        bound = found
        matter = seen_by(request, number)
        situation = Situation(matter, request.user)
    if request.method == "POST" and (bound is None or "shown" in request.POST):  # shown again: a look again
        if may:
            contact = actions.reveal_reporter(by=request.user, matter=matter, purpose=Purpose.MATTER, note=_("call-back"))
        if contact is None or not contact.phone:
            messages.error(request, _("There is no number you may see. Say that nobody was reached."))
    context = {
        "matter": matter, "flow": matter.flow, "step": step, "contact": contact, "may_reveal": may, "seq": situation.work.flow.seq,
        "category_name": category_name(situation.work.charter, matter.category), "done": _done(matter.flow),
        "tries": tries(matter.flow), "most": step.returns + 1, "forms": _forms(situation, bound),
        "face": face_of(request),
    }  # fmt: skip
    return render(request, "matters/call.html", context, status=422 if bound else 200)


def _forms(situation: Situation, bound: StepForm | None) -> dict[str, dict[str, Any]]:
    """The four ways a call can end, one of them as it was sent; what the charter's bound no longer offers is left out."""
    found = {o.outcome: StepForm(situation=situation, offer=o) for o in situation.offers}
    if bound is not None:
        found[bound.offer.outcome] = bound
    return {outcome: {"form": form, "outcome": outcome, "label": words.OUTCOMES[outcome]} for outcome, form in found.items()}


def _done(flow: Flow) -> list[dict[str, Any]]:
    """What those who handled and checked it wrote last. One query."""
    found: dict[str, dict[str, Any]] = {}
    for e in Event.objects.filter(flow=flow, kind="taken", texts__isnull=False).order_by("seq"):
        for name in TOLD:
            if text := (e.texts or {}).get(name):
                found[name] = {"label": words.EVIDENCE[name], "text": text, "at": e.at}
    return list(found.values())
