"""Convening: choose what and where, then plan it; and change what is planned."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from linli.access.pages import staff
from linli.access.scope import Held
from linli.bodies.models import Seat
from linli.charter.schema import Charter
from linli.charter.schema import Gathering as Kind
from linli.charter.store import charter_in_force, charter_of
from linli.flow.models import Flow
from linli.flow.queries import visible
from linli.flow.subjects import url_of
from linli.frame.refusal import Conflict, Refusal
from linli.gatherings import actions, queries
from linli.gatherings.forms import ChooseForm, PlanForm, places_to_convene, plan_initial
from linli.gatherings.kinds import CONVENE, kind_of, kinds_to_convene, may
from linli.gatherings.models import State
from linli.gatherings.pages.acts import conflict_page, no_longer, seen_seq
from linli.gatherings.pages.one import seen_by
from linli.places.codes import short_name
from linli.places.models import Place


@staff(CONVENE)
@never_cache
def new(request: HttpRequest) -> HttpResponse:
    """/gatherings/new/?kind=…&place=…[&about=number] : first what and where, then the rest."""
    charter, flow = charter_in_force(), _about(request)
    kinds = kinds_to_convene(request.user, charter, flow.procedure if flow else "")
    levels = {level for kind in kinds for level in kind.levels}
    places = _around(flow, levels) if flow else places_to_convene(request.user, levels)
    asked = {name: request.GET[name] for name in ("kind", "place") if name in request.GET}
    if flow and len(kinds) == 1 and len(places) == 1:  # nothing to choose
        asked = {"kind": kinds[0].id, "place": places[0].code}
    involved = flow.seats_involved() if flow else ()
    form = ChooseForm(asked or None, user=request.user, charter=charter, kinds=kinds, places=places, involved=involved)
    if asked and form.is_valid():
        chosen = form.cleaned_data
        return _plan(request, charter, chosen["kind"], chosen["place"], chosen["seats"], flow)
    context = {"form": form, "flow": flow, "flow_url": url_of(flow) if flow else "", "none": not kinds or not places}
    return render(request, "gatherings/choose.html", context, status=422 if asked else 200)


def _about(request: HttpRequest) -> Flow | None:
    """The piece of work it is to be about; 404 where there is none that the user sees."""
    number = request.GET.get("about", "")
    if not number:
        return None
    flow = visible(request.user).select_related("place").filter(subject_ref=number[:40]).first() if "\0" not in number else None
    if flow is None:
        raise Http404
    return flow


def _around(flow: Flow, levels: set[str]) -> list[Place]:
    """The places of these levels that the work lies in, the nearest first."""
    above = Place.objects.current().filter(path__ancestors=str(flow.path), level__in=levels).defer("shape")
    return sorted(above, key=lambda p: -len(str(p.path)))


def _plan(request: HttpRequest, charter: Charter, kind: Kind, place: Place, seats: list[Held], flow: Flow | None) -> HttpResponse:
    found = queries.people(charter, place, queries.body_at(kind, place), flow, timezone.now())
    initial = {"title": flow.title[:120]} if flow else {}
    data = request.POST if request.method == "POST" else None
    form = PlanForm(data, charter=charter, kind=kind, seats=seats, people=found, user=request.user, initial=initial)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            row = actions.plan_gathering(
                by=request.user, request_id=given["request_id"], kind=kind.id, seat=Seat.objects.get(pk=int(given["seat"])), place=place,
                plan=form.plan(), flow=flow, anyway=given["anyway"],
            )  # fmt: skip
        except Refusal as refusal:
            refusal.onto(form)
        else:
            messages.success(request, _("It is planned. Those who are invited find it among what waits for them today."))
            return redirect("gatherings:detail", row.pk)
    context = {
        "form": form, "kind": kind, "place": place, "place_name": short_name(place.name), "flow": flow, "flow_url": url_of(flow) if flow else "",
    }  # fmt: skip
    return render(request, "gatherings/plan.html", context, status=422 if form.is_bound else 200)


@staff(CONVENE)
@never_cache
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """/gatherings/<pk>/change/ : when, where, what, who."""
    gathering = seen_by(request, pk)
    if not may(request.user, CONVENE, gathering):
        raise PermissionDenied(CONVENE)
    if gathering.state != State.PLANNED:
        return no_longer(request, gathering)
    kind, charter = kind_of(gathering), charter_of(gathering.charter_id)
    assert kind is not None
    found = queries.people(charter, gathering.place, gathering.body, gathering.flow, timezone.now())
    given: dict[str, Any] = {"data": request.POST} if request.method == "POST" else {"initial": plan_initial(gathering, found)}
    form = PlanForm(charter=charter, kind=kind, people=found, **given)
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_gathering(
                by=request.user, gathering=gathering, seq=seen_seq(request), plan=form.plan(), anyway=form.cleaned_data["anyway"]
            )
        except Conflict as conflict:
            return conflict_page(request, gathering, conflict)
        except Refusal as refusal:
            refusal.onto(form)
        else:
            messages.success(request, _("The plan is changed. Look after those who have to know at once."))
            return redirect("gatherings:detail", gathering.pk)
    context = {
        "form": form, "kind": kind, "gathering": gathering, "place_name": short_name(gathering.place.name), "flow": gathering.flow,
        "seq": seen_seq(request) if form.is_bound else gathering.seq,
    }  # fmt: skip
    return render(request, "gatherings/plan.html", context, status=422 if form.is_bound else 200)
