"""活地图 and 活档案: a building as one walks through it, an area by its buildings, the book of a grid on screen and on paper."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linli.access.rls import narrow
from linli.access.scope import can, scope_of
from linli.frame.actlog import record_act
from linli.frame.columns import Column
from linli.frame.exports import row_cap
from linli.frame.lists import Export, Listing
from linli.frame.refusal import Refusal
from linli.people import actions, queries, words
from linli.people.addresses import address_of, natural, whole_address
from linli.people.forms import BookFilters, EndForm, UnitForm
from linli.people.models import Household, Tenure, Unit
from linli.people.pages.base import form_page, must, place_seen, register
from linli.places.codes import short_name
from linli.places.models import Facility, Place
from linli.places.queries import facilities_of

PRINTED = 1500


@register()
def place(request: HttpRequest, pk: int) -> HttpResponseBase:
    """/people/places/<pk>/ : a building floor by floor; of an area its buildings, with how many live there."""
    here = place_seen(request, pk)
    if here.level == "dwelling":
        return redirect("people:dwelling", pk=here.pk)
    narrow([str(here.path)])
    common = {
        "place": here, "above": _above(request, here), "units": list(queries.units_of(here)[:100]), "may_edit": can(request.user, "person.edit", here),
    }  # fmt: skip
    if here.level in ("building", "unit"):
        things = list(Facility.objects.within(str(here.path)).order_by("kind", "name")[:50])
        stairs = queries.stairs(here)
        doors = [d for s in stairs for _floor, row in s.floors for d in row]
        totals = {"doors": len(doors), "empty": sum(not d.households for d in doors), "people": sum(d.people for d in doors)}
        lines = words.lines(request.user, queries.history_of_units(here))
        return render(request, "people/building.html", {**common, "stairs": stairs, "things": things, "totals": totals, "lines": lines})
    below = Place.objects.current().filter(parent=here).defer("shape")
    counted = queries.counted(sorted(below[:500], key=lambda p: natural(p.name) if p.level != "grid" else natural(p.code)))
    return render(request, "people/area.html", {**common, "counted": counted, "facilities": facilities_of(here)})


def _above(request: HttpRequest, here: Place) -> list[Place]:
    """The places above that the user's posts serve, outermost first."""
    paths = scope_of(request.user).paths("person.see")
    found, up = [], here.parent
    while up is not None:
        if any(f"{up.path}.".startswith(f"{p}.") for p in paths):
            found.append(up)
        up = up.parent
    return found[::-1]


def _areas(request: HttpRequest) -> list[Place]:
    rows = Place.objects.current().filter(scope_of(request.user).q("person.see"), level__in=["community", "grid"])
    return list(rows.select_related("parent").defer("shape").order_by("path")[:600])


def area_name(area: Place) -> str:
    return f"{short_name(area.parent.name)} {area.name}" if area.level == "grid" and area.parent else short_name(area.name)


COLUMNS = (
    Column(
        "address",
        gettext_lazy("Address"),
        value=address_of,
        link=lambda h: reverse("people:household", args=[h.pk]),
        sort="address",
        width=24,
    ),
    Column("head", gettext_lazy("Answers the door"), value=queries.head_of),
    Column("people", gettext_lazy("People"), kind="number", sort="people"),
    Column("tenure", gettext_lazy("Lives there by"), value=lambda h: Tenure(h.tenure).label if h.tenure else "", kind="tag"),
    Column(
        "from_elsewhere", gettext_lazy("Registered elsewhere"), kind="number", value=lambda h: h.from_elsewhere or None, sort="elsewhere"
    ),
    Column("since", gettext_lazy("Since"), kind="date", sort="since"),
)


@register()
def book(request: HttpRequest) -> HttpResponseBase:
    """/people/book/ : the households of an area, 活档案."""
    areas = _areas(request)
    wanted = request.GET.get("area", "")
    area = next((a for a in areas if str(a.pk) == wanted), None) or next(
        (a for a in areas if a.level == "grid"), areas[0] if areas else None
    )
    if area is None:
        return render(request, "people/book.html", {"listing": None})
    narrow([str(area.path)])
    asked = request.GET.copy()
    asked["area"] = str(area.pk)
    filters = BookFilters(asked, areas=[(a.pk, area_name(a)) for a in areas])
    may_export = can(request.user, "person.export", area)
    listing = Listing(
        request, queries.book(str(area.path)), page="people:book", filters=filters,
        sorts={"address": ("dwelling__parent__path", "door", "id"), "since": ("-since",), "people": ("-people",), "elsewhere": ("-from_elsewhere",)},
        default_sort="address", columns=COLUMNS, size=50,
        export=Export(_("Households of %(area)s") % {"area": area_name(area)}, "people.book.exported", str(area.path)) if may_export else None,
    )  # fmt: skip
    if listing.is_export:
        actions.ask_takeout(
            by=request.user, place=area, why=request.POST.get("why", ""), query=listing.query, names=request.POST.get("names") == "1",
            count=listing.chosen.order_by().values("pk")[: row_cap() + 1].count(),
        )  # fmt: skip
        messages.success(request, _("Asked for. It can be fetched here once somebody else has approved it."))
        return redirect("people:takeouts")
    context = {"listing": listing, "area": area, "title": area_name(area)}
    return render(request, "people/book.html", context)


@register()
def printed(request: HttpRequest, pk: int) -> HttpResponseBase:
    """/people/book/<pk>/print/ : the book of a grid or building on paper, masked like every list, and in the log of acts."""
    area = place_seen(request, pk)
    if area.level not in ("grid", "building", "unit"):
        raise Refusal(_("Print a grid at a time."), code="too_many")
    narrow([str(area.path)])
    rows = list(queries.book(str(area.path))[:PRINTED])
    rows.sort(key=lambda h: natural(address_of(h)))
    people: list[int] = [h.people for h in rows]  # type: ignore[attr-defined]
    pages = [{"building": name, "rows": [_row(h) for h in group]} for name, group in groupby(rows, key=_building)]
    record_act(request.user, "people.book.printed", area, {"households": len(rows)})
    context = {
        "area": area, "title": whole_address(area) if area.level != "grid" else area_name(area), "pages": pages,
        "households": len(rows), "people": sum(people), "by": request.user, "at": timezone.now(),
        "back_url": f"{reverse('people:book')}?area={area.pk}" if area.level == "grid" else reverse("people:place", args=[area.pk]),
    }  # fmt: skip
    return render(request, "people/print.html", context)


def _row(household: Any) -> dict[str, Any]:
    tenure = Tenure(household.tenure).label if household.tenure else ""
    return {"household": household, "door": _door(household), "head": queries.head_of(household), "tenure": tenure}


def _building(household: Household) -> str:
    here: Any = household.dwelling
    while here is not None and here.level != "building":
        here = here.parent
    return here.name if here else ""


def _door(household: Household) -> str:
    return address_of(household).removeprefix(_building(household))


@register("person.edit")
def unit_new(request: HttpRequest, pk: int) -> HttpResponseBase:
    """/people/places/<pk>/unit/ : a unit in a building."""
    here = place_seen(request, pk)
    must(request, "person.edit", here)
    form = UnitForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            actions.enter_unit(by=request.user, place=here, **form.cleaned_data)
        except Refusal as refusal:
            refusal.onto(form)
        else:
            messages.success(request, _("The unit is entered."))
            return redirect("people:place", pk=here.pk)
    return form_page(
        request, form, heading=_("Enter a unit"), label=_("Enter"), back=reverse("people:place", args=[here.pk]), lede=whole_address(here)
    )


@register("person.edit")
def unit_end(request: HttpRequest, pk: int) -> HttpResponseBase:
    """/people/units/<pk>/end/ : it is no longer there."""
    found = get_object_or_404(Unit.objects.visible_to(request.user).select_related("place__parent__parent__parent__parent"), pk=pk)
    must(request, "person.edit", found)
    back = reverse("people:place", args=[found.place_id])
    if found.until:
        messages.info(request, _("That it has ended is entered already."))
        return redirect(back)
    form = EndForm(request.POST if request.method == "POST" else None)
    del form.fields["note"]
    if form.is_bound and form.is_valid():
        try:
            actions.end_unit(by=request.user, unit=found, on=form.cleaned_data["on"])
        except Refusal as refusal:
            refusal.onto(form)
        else:
            messages.success(request, _("The unit is no longer listed."))
            return redirect(back)
    heading = _("%(name)s is no longer here") % {"name": found.name}
    return form_page(request, form, heading=heading, label=_("Enter"), back=back, lede=whole_address(found.place))
