"""Who may stand in the register twice: the pairs of one's places, each laid side by side; made one, or said to be two."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linli.access.rls import narrow
from linli.access.scope import can, scope_of
from linli.frame.refusal import Refusal
from linli.people import actions, likeness, names, queries
from linli.people.addresses import whole_address
from linli.people.models import Pair, Person, Secret
from linli.people.pages.base import register
from linli.people.told import is_child, shown

SHOWN = 50


class MergeForm(forms.Form):
    keep = forms.TypedChoiceField(label=gettext_lazy("Which entry stays?"), coerce=int, widget=forms.RadioSelect)
    note = forms.CharField(label=gettext_lazy("Note"), max_length=200, required=False)

    def __init__(self, *args: Any, persons: list[dict[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["keep"].choices = [(p["person"].pk, f"{p['name']} {p['where']}") for p in persons]  # type: ignore[attr-defined]
        self.fields["keep"].initial = persons[0]["person"].pk


def _narrowed(request: HttpRequest) -> None:
    """Only the places where the user may enter: a pair of which they may change but one half isn't theirs to settle."""
    narrow(scope_of(request.user).paths("person.edit"))


@register("person.edit")
def duplicates(request: HttpRequest) -> HttpResponseBase:
    """/people/duplicates/ : pairs nobody has settled; POST looks for them anew."""
    _narrowed(request)
    if request.method == "POST":
        likeness.find_pairs()
        messages.success(request, _("The register of your places was looked through."))
        return redirect("people:duplicates")
    today = timezone.localdate()
    pairs = likeness.open_pairs(SHOWN + 1)
    people = [p for pair in pairs for p in (pair.first, pair.second)]
    queries.with_homes(people)
    rows = [
        {
            "pair": pair,
            "people": [_line(p, today) for p in (pair.first, pair.second)],
            "reasons": [likeness.REASONS[r] for r in pair.reasons],
        }
        for pair in pairs[:SHOWN]
        if can(request.user, "person.minor") or not any(is_child(p, today) for p in (pair.first, pair.second))
    ]
    return render(request, "people/duplicates.html", {"rows": rows, "more": len(pairs) > SHOWN, "shown": SHOWN})


def _line(person: Any, today: Any) -> str:
    where = whole_address(person.lives.household.dwelling) if person.lives else str(_("moved away"))
    return f"{names.masked(person.name)} · {where}"


@register("person.edit")
def pair(request: HttpRequest, pk: int) -> HttpResponseBase:
    """/people/duplicates/<pk>/ : two entries side by side, masked; one person, or two."""
    _narrowed(request)
    found = get_object_or_404(Pair, pk=pk, settled_at=None)
    likeness.with_people([found])
    two = [found.first, found.second]
    if any(is_child(p, timezone.localdate()) and not can(request.user, "person.minor", p) for p in two):
        raise PermissionDenied("person.minor")
    persons = _side_by_side(two)
    form = MergeForm(request.POST if request.method == "POST" and "different" not in request.POST else None, persons=persons)
    try:
        if "different" in request.POST:
            actions.settle_pair(by=request.user, pair=found)
            messages.success(request, _("Remembered: these are two people. They aren't asked about again."))
            return redirect("people:duplicates")
        if form.is_bound and form.is_valid():
            keep, gone = two if form.cleaned_data["keep"] == two[0].pk else two[::-1]
            actions.merge_persons(by=request.user, keep=keep, gone=gone, note=form.cleaned_data["note"])
            messages.success(request, _("The two entries are one now. It can be taken back on this page within a week."))
            return redirect("people:person", pk=keep.pk)
    except Refusal as refusal:
        refusal.onto(form) if form.is_bound else messages.error(request, refusal.message)
    context = {
        "pair": found,
        "persons": persons,
        "form": form,
        "reasons": [likeness.REASONS[r] for r in found.reasons],
        "rows": _rows(persons),
    }
    return render(request, "people/pair.html", context, status=422 if form.is_bound else 200)


def _side_by_side(two: list[Person]) -> list[dict[str, Any]]:
    queries.with_homes(two)
    numbers: dict[int, list[Any]] = {p.pk: [] for p in two}
    for secret in Secret.objects.filter(person__in=two, until=None).defer("sealed").order_by("kind", "pk"):
        numbers[secret.person_id].append(secret)
    found = []
    for person in two:
        lives: Any = person.lives  # type: ignore[attr-defined]
        held = numbers[person.pk]
        found.append({
            "person": person, "name": person.name, "where": whole_address(lives.household.dwelling) if lives else _("moved away"),
            "born": person.born, "sex": person.get_sex_display(), "id": "\u3001".join(shown(s) for s in held if s.kind == "id"),
            "phone": "\u3001".join(shown(s) for s in held if s.kind == "phone"), "since": lives.since if lives else None,
            "role": lives.get_role_display() if lives else "",
        })  # fmt: skip
    return found


def _rows(persons: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What is compared, with whether it is the same."""
    named = (
        ("where", _("Lives at")), ("role", _("To the head")), ("since", _("Lives there since")), ("born", _("Date of birth")), ("sex", _("Sex")),
        ("id", _("Identity number")), ("phone", _("Telephone")),
    )  # fmt: skip
    return [{"term": term, "values": [p[key] for p in persons], "same": persons[0][key] == persons[1][key]} for key, term in named]
