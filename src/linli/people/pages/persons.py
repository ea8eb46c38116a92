"""A person's page: masked, with what is behind the mask for a purpose; correcting, custody, visited groups; taking an act back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from linli.access.scope import can
from linli.charter.store import charter_in_force
from linli.frame.refusal import Refusal
from linli.frame.templatetags.linli import named
from linli.kit.dates import age
from linli.people import actions, queries, words
from linli.people.addresses import whole_address
from linli.people.fields import number_of
from linli.people.forms import CorrectForm, CustodyForm, EndForm, GroupForm, ResidenceForm, UndoForm, UnmaskForm
from linli.people.groups import groups_of, memberships
from linli.people.models import Change, Household, Person, Residence, Secret
from linli.people.pages.base import form_page, must, person_seen, register
from linli.people.told import Told, blinds, is_adult, is_child, shown

UP = "household__dwelling__parent__parent__parent__parent"


@register()
def person(request: HttpRequest, pk: int) -> HttpResponseBase:
    """/people/<pk>/ : what is kept about somebody, as far as the reader's posts go."""
    return page(request, person_seen(request, pk))


def page(request: HttpRequest, found: Person, *, status: int = 200, unmask_form: Any = None, opened: Any = None) -> HttpResponse:
    today, user = timezone.localdate(), request.user
    child = is_child(found, today)
    shut = child and not can(user, "person.minor", found)
    homes = list(found.residences.select_related(UP).order_by("-since", "-pk"))
    lives = next((r for r in homes if r.until is None), None)
    secrets = [] if shut else list(found.secrets.filter(until=None).defer("sealed").order_by("kind", "pk"))
    may_unmask = bool(secrets) and not shut and can(user, "person.unmask", found)
    editable = can(user, "person.edit", found) and not found.merged_into_id
    young = found.born is None or age(found.born, today) < 18  # of grown-ups nobody has custody
    charter = charter_in_force()
    visits = [
        {"row": m, "name": named(g.name) if (g := charter.groups.get(m.group)) else m.group, "basis": named(g.basis) if g else ""}
        for m in memberships(user).filter(person=found).select_related("by").order_by("until", "-since")
    ]
    context = {
        "person": found, "name": found.name, "child": child, "shut": shut, "lives": lives, "facts": _facts(found, lives, today, shut=shut),
        "homes": homes, "numbers": [{"kind": s.get_kind_display(), "shown": shown(s)} for s in secrets],
        "opened": [{"kind": Secret.Kind(kind).label, "value": value} for kind, value in opened or ()], "was_opened": opened is not None,
        "may_unmask": may_unmask and opened is None, "unmask_form": unmask_form or UnmaskForm(),
        "custodies": [] if shut or not young else _custodies(user, found, lives),
        "wards": list(found.wards.open().select_related("child")) if can(user, "person.minor", found) else [],
        "visits": visits, "sees_groups": bool(groups_of(user, "group.see", str(found.path))),
        "may_group": not found.died and bool(groups_of(user, "group.edit", str(found.path))),
        "may_hand_out": not shut and not found.died and can(user, "person.unmask", found),
        "may_edit": editable and not shut, "may_home": editable and lives is not None,
        "history": words.lines(user, queries.history_of_person(found)),
    }  # fmt: skip
    return render(request, "people/person.html", context, status=status)


def _custodies(user: Any, child: Person, lives: Residence | None) -> list[dict[str, Any]]:
    """Who has and had custody. Of somebody who lives elsewhere the name is masked; of somebody outside the reader's area it isn't shown."""
    rows = list(child.custodies.order_by(F("until").desc(nulls_first=True), "-since"))
    seen = Person.objects.visible_to(user).in_bulk([c.custodian_id for c in rows])
    here = set(lives.household.residences.open().values_list("person_id", flat=True)) if lives else set()
    lines = []
    for row in rows:
        who, near = seen.get(row.custodian_id), row.custodian_id in here
        name = "" if who is None else who.name if near else who.masked_name
        lines.append({"row": row, "custodian": who, "name": name, "elsewhere": row.until is None and not near})
    return lines


def _facts(found: Person, lives: Residence | None, today, *, shut: bool) -> list[dict[str, Any]]:
    facts = []
    if shut:
        facts.append({"term": _("Age"), "value": _("under 14: protected, for posts that may see it")})
    else:
        facts.append({"term": _("Sex"), "value": found.get_sex_display()})
        born = found.born
        years = _("%(n)s years") % {"n": age(born, found.died or today)} if born else ""
        facts.append({"term": _("Date of birth"), "value": f"{date_format(born)} · {years}" if born else ""})
    if found.died:
        facts.append({"term": _("Died"), "value": date_format(found.died)})
    if lives:
        facts += [
            {
                "term": _("Lives at"),
                "value": whole_address(lives.household.dwelling),
                "url": reverse("people:household", args=[lives.household_id]),
            },
            {"term": _("To the head"), "value": lives.get_role_display()},
            {"term": _("Lives there by"), "value": lives.get_tenure_display()},
            {
                "term": _("Household registration"),
                "value": " · ".join(filter(None, (str(lives.get_registered_display()), lives.registered_at))),
            },
        ]
    return facts


@register("person.unmask")
@require_POST
def unmask(request: HttpRequest, pk: int) -> HttpResponseBase:
    """/people/<pk>/numbers/ : identity number and telephones, for a purpose, once; the look is in the log before they show."""
    found = person_seen(request, pk)
    form = UnmaskForm(request.POST)
    if not form.is_valid():
        return page(request, found, status=422, unmask_form=form)
    try:
        opened = actions.unmask(by=request.user, person=found, purpose=form.cleaned_data["purpose"], note=form.cleaned_data["note"])
    except Refusal as refusal:
        refusal.onto(form)
        return page(request, found, status=422, unmask_form=form)
    return page(request, found, opened=opened)


def _done(request: HttpRequest, found: Person, said: str) -> HttpResponse:
    messages.success(request, said)
    return redirect("people:person", pk=found.pk)


def _form(request: HttpRequest, form: Any, found: Person, **more: Any) -> HttpResponse:
    return form_page(request, form, back=reverse("people:person", args=[found.pk]), crumb=found.name, **more)


def _open_child(request: HttpRequest, found: Person) -> None:
    """What is protected of a child is only written by who may read it."""
    if is_child(found, timezone.localdate()) and not can(request.user, "person.minor", found):
        raise PermissionDenied("person.minor")


@register("person.edit")
def correct(request: HttpRequest, pk: int) -> HttpResponseBase:
    """/people/<pk>/correct/ : name, birth, sex, numbers."""
    found = person_seen(request, pk)
    must(request, "person.edit", found)
    _open_child(request, found)
    phones = list(found.secrets.filter(kind="phone", until=None).defer("sealed").order_by("pk"))
    initial = {"name": found.name, "born": found.born, "sex": found.sex}
    choices = [(str(s.pk), shown(s)) for s in phones]
    form = CorrectForm(request.POST if request.method == "POST" else None, phones=choices, initial=initial)
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        number = given.get("id_number")
        told = Told(given["name"], given["born"], given["sex"], number.text if number else "", (given["phone"],) if given["phone"] else ())
        try:
            changed = actions.correct_person(
                by=request.user, person=found, told=told, new_id=given["id_act"] != "keep",
                drop_phones=[s for s in phones if str(s.pk) in given.get("drop", ())], note=given["note"],
            )  # fmt: skip
        except Refusal as refusal:
            refusal.onto(form)
        else:
            return _done(request, found, _("It is put right.") if changed else _("Nothing was changed."))
    return _form(request, form, found, heading=_("Correct a person"), label=_("Put right"))


@register("person.edit")
def residence(request: HttpRequest, pk: int) -> HttpResponseBase:
    """/people/<pk>/residence/ : what they are to the head, by what right they live there, where they are registered, since when."""
    found = person_seen(request, pk)
    must(request, "person.edit", found)
    lives = found.residences.open().select_related("household__dwelling", "person").first()
    if lives is None:
        raise Http404
    initial = {n: getattr(lives, n) for n in ("role", "tenure", "registered", "registered_at", "since")}
    form = ResidenceForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_bound and form.is_valid():
        try:
            actions.correct_residence(
                by=request.user, residence=lives, living=form.living(), since=form.cleaned_data["since"], note=form.cleaned_data["note"]
            )
        except Refusal as refusal:
            refusal.onto(form)
        else:
            return _done(request, found, _("It is put right."))
    return _form(request, form, found, heading=_("How they live there"), label=_("Put right"))


@register("person.edit")
def custodian(request: HttpRequest, pk: int) -> HttpResponseBase:
    """/people/<pk>/custodian/ : who has custody of a child: somebody they live with, or, found by number, somebody who lives elsewhere."""
    found = person_seen(request, pk)
    must(request, "person.edit", found)
    _open_child(request, found)
    lives = found.residences.open().first()
    if lives is None:
        raise Http404
    today = timezone.localdate()
    rows = lives.household.residences.open().select_related("person").order_by("pk")
    adults = [r for r in rows if is_adult(r.person, today) and r.person_id != pk]
    sent = request.POST if request.method == "POST" else None
    asked = str(sent.get("custodian", "")) if sent else ""
    known = {found.pk, *(r.person_id for r in adults)}
    others = _elsewhere(request, [int(asked)] if asked.isascii() and asked.isdigit() and len(asked) < 16 else [], known)
    form = CustodyForm(sent, adults=adults, found=others)
    if sent and sent.get("elsewhere", "").strip():
        return _form(request, _looked_for(request, sent, adults, known), found, heading=_("Enter the custodian"), label=_("Enter"))
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        chosen = Person.objects.get(pk=int(given["custodian"]))
        try:
            actions.set_custodian(
                by=request.user, child=found, custodian=chosen, kind=given["kind"], since=given["since"], note=given["note"]
            )
        except Refusal as refusal:
            refusal.onto(form)
        else:
            return _done(request, found, _("The custodian is entered."))
    return _form(request, form, found, heading=_("Enter the custodian"), label=_("Enter"))


def _elsewhere(request: HttpRequest, pks: list[int], known: set[int]) -> list[Person]:
    """Those of the user's area, besides whom is known already, who are eighteen and live here, with where."""
    today = timezone.localdate()
    if not set(pks) - known:
        return []
    seen = Person.objects.visible_to(request.user).filter(pk__in=set(pks) - known, merged_into=None, died=None).order_by("pk")
    people = [p for p in seen[: queries.MOST] if is_adult(p, today)]
    queries.with_homes(people)
    return [p for p in people if p.lives]  # type: ignore[attr-defined]


def _looked_for(request: HttpRequest, sent: Any, adults: list[Residence], known: set[int]) -> CustodyForm:
    """The form again, with whom the number found to be chosen from: nothing is entered before somebody has seen who it is."""
    wrong: Any = _("Nobody else of your area who is eighteen or older is found by it.")
    try:
        kind, number = number_of(sent["elsewhere"])
        others = _elsewhere(request, queries.numbered(kind, blinds(kind, number)), known)
    except ValidationError as fault:
        others, wrong = [], fault
    if not others:
        form = CustodyForm(sent, adults=adults)
        form.errors.clear()  # nothing else was asked yet
        form.add_error("elsewhere", wrong)
        return form
    messages.info(request, _("Found. See who it is, choose them as custodian, and enter."))
    initial = {name: sent.get(name, "") for name in ("kind", "since", "note")}
    return CustodyForm(adults=adults, found=others, initial=initial | ({"custodian": others[0].pk} if len(others) == 1 else {}))


# --------------------------------------------------------------------------------------------------------------------- groups


@register("group.edit")
def group_join(request: HttpRequest, pk: int) -> HttpResponseBase:
    """/people/<pk>/groups/ : visited under a group of the charter from now on."""
    found = person_seen(request, pk)
    open_to = groups_of(request.user, "group.edit", str(found.path))
    if not open_to:
        raise PermissionDenied("group.edit")
    groups = [g for g in charter_in_force().groups.values() if g.id in open_to]
    form = GroupForm(request.POST if request.method == "POST" else None, groups=groups)
    if form.is_bound and form.is_valid():
        try:
            actions.join_group(by=request.user, person=found, **form.cleaned_data)
        except Refusal as refusal:
            refusal.onto(form)
        else:
            return _done(request, found, _("The visits are entered."))
    about = [{"name": named(g.name), "purpose": named(g.purpose), "basis": named(g.basis)} for g in groups]
    return _form(request, form, found, heading=_("Enter visits under a group"), label=_("Enter"), about=about)


@register("group.edit")
def group_end(request: HttpRequest, pk: int) -> HttpResponseBase:
    """/people/groups/<pk>/end/ : the need is no more."""
    found = get_object_or_404(memberships(request.user).select_related("person"), pk=pk)
    if found.group not in groups_of(request.user, "group.edit", str(found.path)):
        raise PermissionDenied("group.edit")
    if found.until:
        messages.info(request, _("That it has ended is entered already."))
        return redirect("people:person", pk=found.person_id)
    form = EndForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            actions.leave_group(by=request.user, membership=found, **form.cleaned_data)
        except Refusal as refusal:
            refusal.onto(form)
        else:
            return _done(request, found.person, _("The visits under the group end."))
    group = charter_in_force().groups.get(found.group)
    heading = _("End the visits: %(group)s") % {"group": named(group.name) if group else found.group}
    return _form(request, form, found.person, heading=heading, label=_("End them"))


# ------------------------------------------------------------------------------------------------------------------ taking back


@register("person.edit")
def undo(request: HttpRequest, pk: int) -> HttpResponseBase:
    """/people/changes/<pk>/undo/ : ask once more, then take an act back."""
    line = get_object_or_404(Change.objects.visible_to(request.user).select_related("by", "undone_by"), pk=pk)
    must(request, "person.edit", line)
    back = _back(line)
    form = UndoForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            actions.undo(by=request.user, line=line, note=form.cleaned_data["note"])
        except Refusal as refusal:
            refusal.onto(form)
        else:
            messages.success(request, _("It is taken back: everything is as it was before."))
            return redirect(_left(line) or back)
    said = words.lines(None, [line])
    return form_page(request, form, heading=_("Take this back?"), label=_("Take it back"), back=back, danger=True, history=said)


def _back(line: Change) -> str:
    if line.household_id:
        return reverse("people:household", args=[line.household_id])
    if line.person_id:
        return reverse("people:person", args=[line.person_id])
    return reverse("people:place", args=[line.data["place"]]) if "place" in line.data else reverse("people:home")


def _left(line: Change) -> str:
    """Where to go when the page one came from has gone with the act."""
    if line.household_id and not Household.objects.filter(pk=line.household_id).exists():
        return reverse("people:home")
    return ""


__all__ = ["correct", "custodian", "group_end", "group_join", "person", "residence", "undo", "unmask"]
