"""活户籍: a dwelling, the household that lives there, and what happens to it: entering, adding, birth, moving, death."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.access.scope import can, scope_of
from linli.frame.refusal import Refusal
from linli.kit.dates import age
from linli.people import actions, panels, queries, words
from linli.people.addresses import address, places_at, whole_address
from linli.people.forms import MOST_ROWS, AddForm, BirthForm, DeathForm, MoveForm, PersonRow, SinceForm, person_rows
from linli.people.groups import memberships
from linli.people.models import Household, Registered, Residence
from linli.people.pages.base import form_page, household_seen, must, place_seen, register
from linli.people.told import Living, is_adult, is_child, shown
from linli.places.models import Place

UP = "dwelling__parent__parent__parent__parent"


@register()
def dwelling(request: HttpRequest, pk: int) -> HttpResponseBase:
    """/people/dwellings/<pk>/ : who keeps house here now, who did before. One household: its page."""
    here = place_seen(request, pk)
    if here.level != "dwelling":
        return redirect("people:place", pk=here.pk)
    rows = list(queries.book(str(here.path)))
    before = list(Household.objects.filter(dwelling=here).exclude(until=None).order_by("-until")[:20])
    if len(rows) == 1 and not request.GET.get("all"):
        return redirect("people:household", pk=rows[0].pk)
    context = {
        "place": here, "address": whole_address(here), "households": [{"row": h, "head": queries.head_of(h)} for h in rows], "before": before,
        "building": here.parent.parent if here.parent and here.parent.level == "unit" else here.parent,
        "may_edit": can(request.user, "person.edit", here), "panels": panels.of(request, here),
    }  # fmt: skip
    return render(request, "people/dwelling.html", context)


@register()
def household(request: HttpRequest, pk: int) -> HttpResponseBase:
    """/people/households/<pk>/ : who lives here and how, what is open at the place, what happened."""
    found = household_seen(request, pk)
    today = timezone.localdate()
    rows = queries.members(found)
    seen = {m.person_id for m in memberships(request.user).on(today).filter(person__in=[r.person_id for r in rows if r.until is None])}
    here = found.dwelling
    context = {
        "household": found, "address": whole_address(here), "ended": found.until is not None,
        "building": here.parent.parent if here.parent and here.parent.level == "unit" else here.parent,
        "members": [_member(r, r.person_id in seen, today) for r in rows if r.until is None],
        "gone": [_member(r, False, today) for r in rows if r.until is not None],
        "went_to": list(found.went_to.select_related(UP)) if found.until else [], "came_from": _came_from(request, found),
        "may_edit": found.until is None and can(request.user, "person.edit", found),
        "panels": panels.of(request, here), "history": words.lines(request.user, queries.history_of_household(found)),
    }  # fmt: skip
    return render(request, "people/household.html", context)


def _came_from(request: HttpRequest, found: Household) -> Household | None:
    if found.came_from_id is None:
        return None
    return Household.objects.visible_to(request.user).filter(pk=found.came_from_id).select_related(UP).first()


def _member(row: Residence, visited: bool, today) -> dict[str, Any]:
    """One line of the household. Of a child under 14 only the name and what it is to the head."""
    person = row.person
    child = is_child(person, today)
    return {
        "row": row, "person": person, "name": person.name, "child": child, "visited": visited,
        "age": age(person.born, person.died or today) if person.born and not child else None,
        "sex": "" if child else person.get_sex_display(),
        "phone": "" if child else next((shown(s) for s in person.phones), ""),  # type: ignore[attr-defined]
        "elsewhere": row.registered == Registered.ELSEWHERE,
    }  # fmt: skip


def _landed(request: HttpRequest, pk: int, said: str) -> HttpResponse:
    messages.success(request, said)
    return redirect("people:household", pk=pk)


# ------------------------------------------------------------------------------------------------------------------- entering


@register("person.edit")
def household_new(request: HttpRequest, pk: int) -> HttpResponseBase:
    """/people/dwellings/<pk>/new/ : a household with its people at once."""
    here = place_seen(request, pk)
    must(request, "person.edit", here)
    asked = request.POST.get("rows", "")
    count = min(int(asked), MOST_ROWS) if asked.isascii() and asked.isdigit() and asked != "0" and len(asked) < 3 else 4
    if "more" in request.POST:
        count = min(count + 2, MOST_ROWS)
    data = request.POST if request.method == "POST" else None
    form, rows = SinceForm(data), person_rows(data, count)
    status = 200
    if data is not None and "more" not in data:
        status = 422
        good = form.is_valid()
        for row in rows:
            good = row.is_valid() and good
        if good:
            entries = [(row.told(), row.living()) for row in rows if not row.is_blank]
            given = form.cleaned_data
            try:
                made = actions.enter_household(
                    by=request.user, dwelling=here, people=entries, since=given["since"], take_over=given["take_over"],
                    another=given["another"], note=given["note"],
                )  # fmt: skip
            except Refusal as refusal:
                _onto(refusal, form, [r for r in rows if not r.is_blank])
            else:
                return _landed(request, made.pk, _("The household is entered."))
    elif data is not None:  # another row was asked for: nothing is checked yet, nothing typed is lost
        rows = [PersonRow(None, prefix=f"p{n}", first=n == 0, initial=_typed(data, f"p{n}")) for n in range(count)]
        form = SinceForm(initial={k: data.get(k, "") for k in ("since", "note")} | {
            "take_over": "take_over" in data, "another": "another" in data,
        })  # fmt: skip
    context = {
        "form": form,
        "rows": rows,
        "wrong": _wrong(rows),
        "count": count,
        "most": count >= MOST_ROWS,
        "place": here,
        "address": whole_address(here),
    }
    return render(request, "people/household_new.html", context, status=status)


def _wrong(rows: list[PersonRow]) -> list[dict[str, Any]]:
    """What is to be mended in the rows, each linked to its field; what concerns a row as a whole to its first one."""
    found = []
    for n, row in enumerate(rows):
        if row.is_bound and row.errors:
            who = _("Person %(n)s") % {"n": n + 1} if n else _("Head of the household")
            for name, errors in row.errors.items():
                field = row[name] if name in row.fields else row["name"]
                found += [{"id": field.id_for_label, "who": who, "label": field.label, "error": error} for error in errors]
    return found


def _typed(data: Any, prefix: str) -> dict[str, str]:
    names = ("name", "role", "id_number", "born", "sex", "phone", "tenure", "registered", "registered_at")
    return {n: data[f"{prefix}-{n}"] for n in names if data.get(f"{prefix}-{n}")}


def _onto(refusal: Refusal, form: SinceForm, rows: list[PersonRow]) -> None:
    """At the row it is about, where it says so."""
    number = str(refusal.params.get("row", ""))
    refusal.onto(rows[int(number)] if number.isdigit() and int(number) < len(rows) else form)


@register("person.edit")
def add(request: HttpRequest, pk: int) -> HttpResponseBase:
    """/people/households/<pk>/add/ : one more person."""
    found = household_seen(request, pk)
    must(request, "person.edit", found)
    form = AddForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        try:
            actions.add_person(
                by=request.user, household=found, told=form.told(), living=form.living(), since=given["since"],
                take_over=given["take_over"], another=given["another"], note=given["note"],
            )  # fmt: skip
        except Refusal as refusal:
            refusal.onto(form)
        else:
            return _landed(request, found.pk, _("The person is entered."))
    return _form(request, form, found, heading=_("Add a person"), label=_("Enter"))


@register("person.edit")
def birth(request: HttpRequest, pk: int) -> HttpResponseBase:
    """/people/households/<pk>/birth/ : a child was born."""
    found = household_seen(request, pk)
    must(request, "person.edit", found)
    adults = _adults(found)
    form = BirthForm(request.POST if request.method == "POST" else None, adults=adults)
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        custodian = next(r.person for r in adults if str(r.person_id) == given["custodian"])
        head = next((r for r in adults if r.role == "head"), adults[0])
        living = Living(given["role"], head.tenure, given["registered"])
        try:
            actions.enter_birth(by=request.user, household=found, told=form.told(), living=living, custodian=custodian, kind=given["kind"])
        except Refusal as refusal:
            refusal.onto(form)
        else:
            return _landed(request, found.pk, _("The birth is entered."))
    return _form(request, form, found, heading=_("Enter a birth"), label=_("Enter"))


def _living(found: Household) -> list[Residence]:
    return list(found.residences.open().select_related("person").order_by("pk"))


def _adults(found: Household) -> list[Residence]:
    today = timezone.localdate()
    return [r for r in _living(found) if is_adult(r.person, today)]


def _form(request: HttpRequest, form: Any, found: Household, **more: Any) -> HttpResponse:
    back = reverse("people:household", args=[found.pk])
    return form_page(request, form, back=back, lede=whole_address(found.dwelling), crumb=address(found.dwelling), **more)


# --------------------------------------------------------------------------------------------------------------------- moving


@register("person.edit")
def move(request: HttpRequest, pk: int) -> HttpResponseBase:
    """/people/households/<pk>/move/ : some or all go to another dwelling, or away."""
    found = household_seen(request, pk)
    must(request, "person.edit", found)
    living = _living(found)
    form = MoveForm(request.POST if request.method == "POST" else None, living=living)
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        people = {str(r.person_id): r.person for r in living}
        moving = [people[pk] for pk in given["persons"]]
        try:
            if given["where"] == "away":
                actions.move_away(
                    by=request.user, household=found, persons=moving, on=given["on"], head=people.get(given["head"]), note=given["note"]
                )
                return _landed(request, found.pk, _("The move is entered."))
            to = _new_dwelling(request, given["to"])
            made = actions.move_within(
                by=request.user, household=found, persons=moving, to=to, on=given["on"], into=_household_there(to, given["join"]),
                roles=form.roles(), tenure=given["tenure"], new_head=people.get(given["new_head"]), head=people.get(given["head"]),
                note=given["note"],
            )  # fmt: skip
        except Refusal as refusal:
            refusal.onto(form)
        else:
            return _landed(request, made.pk, _("The move is entered."))
    return _form(request, form, found, heading=_("Enter a move"), label=_("Enter the move"))


def _new_dwelling(request: HttpRequest, text: str) -> Place:
    found = places_at(text, scope_of(request.user).paths("person.edit"))
    doors = [p for p in found if p.level == "dwelling"]
    if not doors:
        raise Refusal(_("No dwelling of your area fits this. Write it as 3号楼2单元301."), field="to", code="no_dwelling")
    if len(doors) > 1:
        several = "、".join(whole_address(p) for p in doors[:6])
        raise Refusal(
            _("Several dwellings fit: %(several)s. Write the one you mean in full."),
            field="to",
            code="several",
            params={"several": several},
        )
    return doors[0]


def _household_there(to: Place, join: str) -> Household | None:
    if join != "join":
        return None
    there = list(Household.objects.open().filter(dwelling=to).select_related("dwelling")[:2])
    if not there:
        raise Refusal(_("Nobody lives there yet: choose “as a household of their own”."), field="join", code="nobody_there")
    if len(there) > 1:
        raise Refusal(
            _("Several households live there. Enter the move away, then add the person on the page of the right one."),
            field="join",
            code="several",
        )
    return there[0]


@register("person.edit")
def death(request: HttpRequest, pk: int) -> HttpResponseBase:
    """/people/households/<pk>/death/ : somebody has died."""
    found = household_seen(request, pk)
    must(request, "person.edit", found)
    living = _living(found)
    form = DeathForm(request.POST if request.method == "POST" else None, living=living)
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        people = {str(r.person_id): r.person for r in living}
        try:
            actions.enter_death(
                by=request.user,
                household=found,
                person=people[given["person"]],
                on=given["on"],
                head=people.get(given["head"]),
                note=given["note"],
            )
        except Refusal as refusal:
            refusal.onto(form)
        else:
            return _landed(request, found.pk, _("The death is entered."))
    return _form(request, form, found, heading=_("Enter a death"), label=_("Enter the death"), danger=True)
