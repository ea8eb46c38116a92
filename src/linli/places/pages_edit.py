"""Changing places one by one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from linli.frame.access_rule import staff
from linli.places import actions
from linli.places.forms import BuildingForm, ChangeForm, EndForm, GridForm
from linli.places.guard import can
from linli.places.models import Place
from linli.places.pages import seen


def _editable(request: HttpRequest, pk: int, *levels: str) -> Place:
    found = seen(request, pk)
    if not can(request.user, "place.edit", found) or (levels and found.level not in levels):
        raise Http404
    return found


def _take(request: HttpRequest, form: forms.Form, act: Callable[[], Any]) -> Any:
    """Run an action; its complaints go to the form's fields. None where it refused."""
    try:
        return act()
    except ValidationError as error:
        if hasattr(error, "error_dict"):
            for field, errors in error.error_dict.items():
                form.add_error(field if field in form.fields else None, errors)
        else:
            form.add_error(None, error)
    return None


def _form_page(
    request: HttpRequest,
    place: Place,
    form: forms.Form,
    title: str | Promise,
    button: str | Promise,
    *,
    lede: str = "",
    danger: bool = False,
) -> HttpResponse:
    facts = {"place": place, "form": form, "page_title": title, "button": button, "lede": lede, "danger": danger}
    return render(request, "places/form.html", facts, status=422 if form.is_bound and form.errors else 200)


def _told(request: HttpRequest, done: str, warnings: list[str]) -> None:
    messages.success(request, done)
    for warning in warnings:
        messages.warning(request, warning)


@staff("place.edit")
def change(request: HttpRequest, pk: int) -> HttpResponse:
    place = _editable(request, pk)
    form = ChangeForm(request.POST or None, place=place)
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        if values.get("shape") is None:
            values.pop("shape", None)
        if done := _take(request, form, lambda: actions.change_place(place, by=request.user, **values)):
            _told(request, _("Saved."), done[1])
            return redirect("places:place", done[0].pk)
    lede = _("A new name or outline ends the place on the day you choose and begins another under the same code; its history stays.")
    return _form_page(request, place, form, _("Change %(name)s") % {"name": place.name}, _("Save the change"), lede=lede)


@staff("place.edit", fresh=True)
def end(request: HttpRequest, pk: int) -> HttpResponse:
    place = _editable(request, pk)
    form = EndForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        if _take(request, form, lambda: actions.end_place(place, by=request.user, on=values["on"], reason=values["reason"])):
            messages.success(request, _("%(name)s ends on %(day)s.") % {"name": place.name, "day": values["on"]})
            return redirect("places:place", pk)
    lede = _("Nothing is deleted: it stays in history, and no new work can be entered for it.")
    return _form_page(request, place, form, _("End %(name)s") % {"name": place.name}, _("End this place"), lede=lede, danger=True)


@staff("place.edit")
def grid(request: HttpRequest, pk: int) -> HttpResponse:
    community = _editable(request, pk, "community")
    form = GridForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        if done := _take(request, form, lambda: actions.draw_grid(community, by=request.user, **values)):
            _told(request, _("The grid was added."), done[1])
            return redirect("places:place", done[0].pk)
    return _form_page(request, community, form, _("Add a grid to %(name)s") % {"name": community.name}, _("Add the grid"))


@staff("place.edit")
def building(request: HttpRequest, pk: int) -> HttpResponse:
    parent = _editable(request, pk, "grid", "community")
    form = BuildingForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        if done := _take(request, form, lambda: actions.add_building(parent, by=request.user, **values)):
            messages.success(request, _("The building was added."))
            return redirect("places:place", done.pk)
    return _form_page(request, parent, form, _("Add a building to %(name)s") % {"name": parent.name}, _("Add the building"))
