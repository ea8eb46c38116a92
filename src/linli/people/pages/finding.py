"""Finding people: by name, sound, initials, number or address. What was looked for is never in an address, only its keyed digest."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

from django import forms as djforms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from linli.access.scope import can, scope_of
from linli.frame.columns import Column
from linli.frame.lists import Listing
from linli.frame.sql import Joined
from linli.kit import idnumber
from linli.kit.dates import age
from linli.people import names, queries
from linli.people.addresses import is_address, places_at, whole_address
from linli.people.fields import number_of
from linli.people.forms import SearchForm
from linli.people.models import Household, Person, Secret
from linli.people.pages.base import register
from linli.people.pages.today import taken_elsewhere
from linli.people.told import blinds
from linli.places.codes import short_name
from linli.places.models import Place
from linli.places.queries import CURRENT

_SERVED = Joined(Place, only=("code", "name", "level", "path"))


def communities_of(user: Any) -> list[Place]:
    """The communities a user's posts serve, or whose part they serve."""
    paths, today = scope_of(user).paths("person.see"), timezone.localdate()
    near = "r.path <@ any(%s::text[]::ltree[]) or r.path @> any(%s::text[]::ltree[])"
    served = f"r.level = 'community' and {CURRENT} and ({near}) order by r.path limit 200"
    return _SERVED.where(served, [today, today, paths, paths])


@register()
def home(request: HttpRequest) -> HttpResponseBase:
    """/people/ : the search, and the areas one serves."""
    homes = communities_of(request.user)
    choices = [(h.code, short_name(h.name)) for h in homes]
    form = SearchForm(request.POST if request.method == "POST" else None, communities=choices)
    places: list[Place] = []
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        field = "what" if is_address(data["what"]) else "address"  # an address in the box for names is understood, too
        if data["address"] or field == "what":
            places = places_at(data[field], scope_of(request.user).paths("person.see"))
            if len(places) == 1:
                return redirect(_straight_to(places[0]))
            if not places:
                form.add_error(field, _("No dwelling or building of your area fits this. Write it as 3号楼2单元301."))
        elif url := _asked(request.user, data["what"], data.get("near", choices[0][0] if len(choices) == 1 else ""), form):
            return redirect(url)
    grids = Place.objects.current().filter(scope_of(request.user).q("person.see"), level="grid").select_related("parent").defer("shape")
    areas = queries.counted(list(grids.order_by("path")[:60]))
    context = {
        "form": form, "areas": areas, "found": [{"label": whole_address(p), "url": _page_of(p)} for p in places],
        "may_edit": can(request.user, "person.edit"), "taken": taken_elsewhere(request, None),
    }  # fmt: skip
    return render(request, "people/home.html", context, status=422 if form.errors else 200)


def _straight_to(place: Place) -> str:
    """The page of who lives there, where it is one household."""
    homes = list(Household.objects.open().filter(dwelling=place).values_list("pk", flat=True)[:2])
    return reverse("people:household", args=homes) if len(homes) == 1 else _page_of(place)


def _page_of(place: Place) -> str:
    return reverse("people:dwelling" if place.level == "dwelling" else "people:place", args=[place.pk])


def _asked(user: Any, what: str, near: str, form: djforms.Form) -> str:
    """Where the answer is, for an identity number the person; "" with an error at the field."""
    if any(c.isdigit() for c in idnumber.plain(what)):
        try:
            kind, number = number_of(what)
        except ValidationError as wrong:
            form.add_error("what", wrong)
            return ""
        marks = blinds(kind, number)
        if kind == Secret.Kind.PHONE:
            return _found("p", [b.hex() for b in marks])
        whose = list(_seen(user, queries.numbered(kind, marks)).values_list("pk", flat=True)[:2])
        return reverse("people:person", args=whose) if len(whose) == 1 else _found("i", [b.hex() for b in marks])
    key = names.query(what)
    if not near and not key.isascii() and len(key) < 2:
        form.add_error("what", _("In more than one community write at least two signs."))
        return ""
    return _found("n", [f"{token & (1 << 64) - 1:016x}" for token in names.sought(key)], near)


def _found(kind: str, tokens: list[str], near: str = "") -> str:
    return reverse("people:found") + "?" + urlencode({"k": kind, "t": ".".join(tokens), **({"near": near} if near else {})})


COLUMNS = (
    Column("name", _("Name"), value="masked_name", link=lambda p: reverse("people:person", args=[p.pk])),
    Column("age", _("Age"), value=lambda p: _age(p), kind="number"),
    Column("sex", _("Sex"), value="get_sex_display", kind="tag"),
    Column("home", _("Address"), value=lambda p: whole_address(p.lives.household.dwelling) if p.lives else "", width=30),
    Column("state", _("State"), value=lambda p: _state(p), kind="tag"),
)


def _age(person: Person) -> Any:
    return age(person.born, person.died or timezone.localdate()) if person.born else None


def _state(person: Any) -> Any:
    return _("died") if person.died else _("lives here") if person.lives else _("moved away")


@register()
def found(request: HttpRequest) -> HttpResponseBase:
    """/people/found/?k=…&t=… : who was found, masked."""
    kind, text, near = request.GET.get("k", ""), request.GET.get("t", ""), request.GET.get("near", "")[:40]
    ids = _ids(kind, text, near)
    seen = _seen(request.user, ids[: queries.MOST])
    listing = Found(request, seen.filter(queries.grown_up(timezone.localdate())), columns=COLUMNS)
    queries.with_homes(listing.rows)
    context = {"listing": listing, "more": len(ids) > queries.MOST, "most": queries.MOST, "kind": kind}
    return render(request, "people/found.html", context)


def _seen(user: Any, ids: list[int]) -> QuerySet[Person]:
    return Person.objects.visible_to(user).filter(pk__in=ids, merged_into=None)


class Found(Listing):
    """The list keeps what was looked for (its digest) in its addresses."""

    def __init__(self, request: HttpRequest, queryset: QuerySet, **more: Any) -> None:
        super().__init__(request, queryset, page="people:found", sorts={"born": ("born",)}, default_sort="born", size=30, **more)

    @property
    def query(self) -> str:  # type: ignore[override]
        asked = {name: self.params[name] for name in ("k", "t", "near", "sort") if self.params.get(name)}
        return urlencode(asked)


def _ids(kind: str, text: str, near: str) -> list[int]:
    if kind == "n" and re.fullmatch(r"[0-9a-f]{16}(\.[0-9a-f]{16})?", text):
        return queries.named([int.from_bytes(bytes.fromhex(t), "big", signed=True) for t in text.split(".")], near)
    if kind in ("i", "p") and re.fullmatch(r"[0-9a-f]{64}(\.[0-9a-f]{64})?", text):
        return queries.numbered(Secret.Kind.ID if kind == "i" else Secret.Kind.PHONE, [bytes.fromhex(t) for t in text.split(".")])
    return []
