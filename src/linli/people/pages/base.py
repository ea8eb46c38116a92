"""What every page of the register has in common: who may, what of the database is opened for it, and that nothing typed is repeated."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from linli.access.pages import staff
from linli.access.rls import opened
from linli.access.scope import can, scope_of
from linli.people.addresses import whole_address
from linli.people.models import Household, Person
from linli.places.models import Place

View = Callable[..., HttpResponseBase]
UP = "dwelling__parent__parent__parent__parent"


def register(*abilities: str) -> Callable[[View], View]:
    """A page of the register: for posts with one of ``abilities`` and «person.see», within the places these cover.

    The whole page is one transaction in which the database opens those places and no others. What was posted never comes back on an
    error page, and the browser keeps no copy of the answer.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def within(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            paths = scope_of(request.user).paths("person.see")
            if not paths:
                raise PermissionDenied
            with opened(paths):
                return view(request, *args, **kwargs)

        return staff(*(abilities or ("person.see",)))(never_cache(sensitive_post_parameters()(within)))

    return decorate


def household_seen(request: HttpRequest, pk: int) -> Household:
    """The household, if its place is opened; 404 otherwise, whether or not there is one."""
    rows = Household.objects.visible_to(request.user).select_related(UP)
    return get_object_or_404(rows, pk=pk)


def person_seen(request: HttpRequest, pk: int) -> Person:
    return get_object_or_404(Person.objects.visible_to(request.user), pk=pk)


def place_seen(request: HttpRequest, pk: int) -> Place:
    """A current place at or below those the user's posts serve."""
    rows = Place.objects.current().filter(scope_of(request.user).q("person.see"))
    return get_object_or_404(rows.select_related("parent__parent__parent__parent").defer("shape"), pk=pk)


def must(request: HttpRequest, ability: str, thing: Any) -> None:
    if not can(request.user, ability, thing):
        raise PermissionDenied(ability)


def form_page(request: HttpRequest, form: Any | None, *, heading: str, label: str, back: str, **more: Any) -> HttpResponse:
    """A page with one form: what it does, and a way out. Without one: what is ``said`` instead."""
    status = 422 if form is not None and form.is_bound else 200
    return render(request, "people/form.html", {"form": form, "heading": heading, "label": label, "back": back, **more}, status=status)


def address_line(household: Household) -> str:
    return whole_address(household.dwelling)
