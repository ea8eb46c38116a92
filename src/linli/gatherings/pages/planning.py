"""Convening: choose what and where, then plan it; and change what is planned."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from linli.access.pages import staff
from linli.flow.models import Flow
from linli.flow.subjects import url_of
from linli.frame.refusal import Refusal
from linli.gatherings import doing
from linli.gatherings.forms import ChooseForm
from linli.gatherings.kinds import CONVENE, kind_of
from linli.gatherings.pages.acts import act
from linli.places.codes import short_name


@staff(CONVENE)
@never_cache
def new(request: HttpRequest) -> HttpResponse:
    """/gatherings/new/?kind=…&place=…[&about=number] : first what and where, then the rest."""
    flow = _about(request)
    form = doing.choosing(request.user, flow, {name: request.GET[name] for name in ("kind", "place") if name in request.GET})
    if form.is_valid():
        return _plan(request, form, flow)
    context = {"form": form, "flow": flow, "flow_url": url_of(flow) if flow else "", "none": form.nothing}
    return render(request, "gatherings/choose.html", context, status=422 if form.is_bound else 200)


def _about(request: HttpRequest) -> Flow | None:
    """The piece of work it is to be about; 404 where there is none that the user sees."""
    number = request.GET.get("about", "")
    flow = doing.work_seen(request.user, number) if number else None
    if number and flow is None:
        raise Http404
    return flow


def _plan(request: HttpRequest, chosen: ChooseForm, flow: Flow | None) -> HttpResponse:
    form = doing.planning(chosen, flow, {"data": request.POST} if request.method == "POST" else {})
    if form.is_valid():
        try:
            row = doing.convene(request.user, form.cleaned_data["request_id"], chosen, flow, form)
        except Refusal as refusal:
            refusal.onto(form)
        else:
            messages.success(request, _("It is planned. Those who are invited find it among what waits for them today."))
            return redirect("gatherings:detail", row.pk)
    kind, place = chosen.cleaned_data["kind"], chosen.cleaned_data["place"]
    context = {
        "form": form, "kind": kind, "place": place, "place_name": short_name(place.name), "flow": flow, "flow_url": url_of(flow) if flow else "",
    }  # fmt: skip
    return render(request, "gatherings/plan.html", context, status=422 if form.is_bound else 200)


@staff(CONVENE)
@never_cache
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """/gatherings/<pk>/change/ : when, where, what, who."""
    return act(
        request, pk, "change", template="gatherings/plan.html",
        words=lambda g: {"kind": kind_of(g), "place_name": short_name(g.place.name), "flow": g.flow},
    )  # fmt: skip
