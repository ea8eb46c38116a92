"""通报: notices of the month, inside the house: drafts for whoever supervises, signed ones for all whose posts lie in the area."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from linli.access.pages import staff
from linli.access.scope import can, scope_of
from linli.charter.store import charter_in_force
from linli.flow.words import post_name
from linli.frame.exports import Export, export_rows
from linli.frame.lists import Column, Listing
from linli.frame.refusal import Refusal
from linli.matters import actions
from linli.matters.models import Matter, Notice
from linli.matters.notices import AREAS, areas_of, noticed
from linli.matters.pages.tabs import tabs
from linli.places.codes import short_name
from linli.places.models import Place

COLUMNS = (
    Column("month", gettext_lazy("Month"), lambda n: f"{n.month:%Y-%m}", link=lambda n: url_of(n.place, n.month), sort="month"),
    Column("place", gettext_lazy("Area"), lambda n: short_name(n.place.name)),
    Column("named", gettext_lazy("Posts named"), lambda n: len(n.lines), kind="number"),
    Column("edition", gettext_lazy("Edition"), kind="number"),
    Column("state", gettext_lazy("State"), "get_state_display", kind="tag"),
    Column("signed_at", gettext_lazy("Signed"), kind="time"),
)
LINES = (
    Column("body", gettext_lazy("Body"), lambda line: line["body"], width=28),
    Column("post", gettext_lazy("Post"), lambda line: line["post"], width=24),
    Column("place", gettext_lazy("Place"), lambda line: line["place"], width=20),
    Column("count", gettext_lazy("Matters"), lambda line: len(line["numbers"]), kind="number"),
    Column("numbers", gettext_lazy("Numbers"), lambda line: "、".join(line["numbers"]), width=60),
)


def url_of(place: Place, month: date) -> str:
    return reverse("matters:notice", args=[place.code, f"{month:%Y-%m}"])


@staff("matter.see")
@never_cache
def notices(request: HttpRequest) -> HttpResponse:
    """/matters/notices/ : the signed ones, the newest first; and the drafts of last month for those who sign."""
    listing = Listing(
        request, Notice.objects.filter(place__in=areas_of(request.user).values("pk")).select_related("place"), page="matters:notices",
        sorts={"month": ("-month", "-edition")}, default_sort="month", columns=COLUMNS,
    )  # fmt: skip
    today = timezone.localdate()
    last = date(today.year - (today.month == 1), (today.month - 2) % 12 + 1, 1)
    paths = scope_of(request.user).paths("flow.supervise")
    own = Place.objects.current().filter(level__in=AREAS, path__in=paths).defer("shape").order_by("path") if paths else []
    drafts = [{"label": short_name(p.name), "months": [(m, url_of(p, m)) for m in (last, today.replace(day=1))]} for p in own]
    return render(request, "matters/notices.html", {"listing": listing, "tabs": tabs(request), "drafts": drafts})


class SignForm(forms.Form):
    remark = forms.CharField(
        label=gettext_lazy("Remark"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Printed below the table. No names of people."),
    )  # fmt: skip
    reason = forms.CharField(
        label=gettext_lazy("Why is the signed one put right?"), max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )

    prefix = "sign"

    def __init__(self, *args: Any, again: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not again:
            del self.fields["reason"]


class WithdrawForm(forms.Form):
    prefix = "withdraw"
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


@staff("matter.see")
@never_cache
def notice(request: HttpRequest, code: str, month: str) -> HttpResponseBase:
    """/matters/notices/<code>/<month>/ : the notice in force, or for those who sign the draft; signing, putting right, withdrawing."""
    found = noticed(request.user, code, month)
    if found is None:
        raise Http404
    place, current = found.place, found.current
    lines = current.lines if current else found.draft
    forms_: dict[str, forms.Form] = {
        "sign": SignForm(again=bool(current), initial={"remark": current.remark} if current else {}),
        "withdraw": WithdrawForm(),
    }
    if request.method == "POST":
        if request.POST.get("export"):
            return _export(request, place, found.month, lines)
        done = _act(request, place, found.month, current, forms_) if found.signs else None
        if done:
            return done
    numbers = [n for line in (*lines, *found.draft) for n in line["numbers"]]
    open_to = set(Matter.objects.visible_to(request.user).filter(number__in=numbers).values_list("number", flat=True)) if numbers else set()
    changed = found.draft if current and found.draft != current.lines else []
    facts = {
        "place": place, "place_name": short_name(place.name), "month": found.month, "current": current, "editions": found.editions,
        "lines": _shown(lines, open_to), "draft": _shown(changed, open_to), "signs": found.signs, "over": found.over,
        "signed_as": post_name(charter_in_force(), current.signed_as) if current else "", "forms": forms_,
        "may_export": can(request.user, "matter.export", place),
    }  # fmt: skip
    return render(request, "matters/notice.html", facts, status=422 if any(f.is_bound for f in forms_.values()) else 200)


def _shown(lines: list[dict[str, Any]], open_to: set[str]) -> list[dict[str, Any]]:
    return [line | {"numbers": [(n, n in open_to) for n in line["numbers"]]} for line in lines]


def _act(request: HttpRequest, place: Place, month: date, current: Notice | None, forms_: dict[str, forms.Form]) -> HttpResponse | None:
    """Sign or withdraw; None where the form has to be mended."""
    wanted = "withdraw" if request.POST.get("act") == "withdraw" and current else "sign"
    form = forms_[wanted] = WithdrawForm(request.POST) if wanted == "withdraw" else SignForm(request.POST, again=bool(current))
    if not form.is_valid():
        return None
    data = form.cleaned_data
    try:
        if wanted == "withdraw" and current:
            actions.withdraw_notice(by=request.user, notice=current, reason=data["reason"])
            said = _("Withdrawn, with the reason.")
        else:
            actions.sign_notice(by=request.user, place=place, month=month, remark=data["remark"], reason=data.get("reason", ""))
            said = _("Signed. Everybody whose post lies in the area can read it.")
    except Refusal as refusal:
        refusal.onto(form)
        return None
    messages.success(request, said)
    return redirect(url_of(place, month))


def _export(request: HttpRequest, place: Place, month: date, lines: list[dict[str, Any]]) -> HttpResponseBase:
    if not can(request.user, "matter.export", place):
        raise Http404
    title = _("Notice of %(month)s, %(place)s") % {"month": f"{month:%Y-%m}", "place": short_name(place.name)}
    try:
        return export_rows(request, lines, LINES, Export(title, "matters.notice.exported", str(place.path)))
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return redirect(url_of(place, month))
