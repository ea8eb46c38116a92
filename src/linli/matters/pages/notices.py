"""通报: notices of the month, inside the house: drafts for whoever supervises, signed ones for all whose posts lie in the area."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Q
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
from linli.matters.notices import lines_of, month_after
from linli.matters.pages.tabs import tabs
from linli.places.codes import short_name
from linli.places.models import Level, Place

AREAS = (Level.DISTRICT, Level.STREET)
_MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")
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


def _reach(user: Any) -> Q:
    """Areas whose notices concern somebody: those their seats lie in, and those below them."""
    found = Q(pk__in=[])
    for held in scope_of(user).held:
        if "matter.see" in held.abilities:
            found |= Q(path__descends=[held.path]) | Q(path__ancestors=held.path)
    return found


@staff("matter.see")
@never_cache
def notices(request: HttpRequest) -> HttpResponse:
    """/matters/notices/ : the signed ones, the newest first; and the drafts of last month for those who sign."""
    areas = Place.objects.current().filter(_reach(request.user), level__in=AREAS)
    listing = Listing(
        request, Notice.objects.filter(place__in=areas.values("pk")).select_related("place"), page="matters:notices",
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
    place = Place.objects.current().filter(_reach(request.user), code=code, level__in=AREAS).defer("shape").first()
    parsed = _MONTH.fullmatch(month)
    if place is None or parsed is None:
        raise Http404
    first = date(int(parsed[1]), int(parsed[2]), 1)
    if first > timezone.localdate():  # nobody is named in a month that hasn't come
        raise Http404
    signs = can(request.user, "flow.supervise", place)
    editions = list(Notice.objects.filter(place=place, month=first).select_related("signed_by", "closed_by").order_by("-edition"))
    current = next((n for n in editions if n.state == Notice.State.SIGNED), None)
    draft = lines_of(place, first) if signs else []
    if not signs and not editions:
        raise Http404
    lines = current.lines if current else draft
    forms_: dict[str, forms.Form] = {
        "sign": SignForm(again=bool(current), initial={"remark": current.remark} if current else {}),
        "withdraw": WithdrawForm(),
    }
    if request.method == "POST":
        if request.POST.get("export"):
            return _export(request, place, first, lines)
        done = _act(request, place, first, current, forms_) if signs else None
        if done:
            return done
    over = timezone.localdate() >= month_after(first)
    numbers = [n for line in (*lines, *draft) for n in line["numbers"]]
    open_to = set(Matter.objects.visible_to(request.user).filter(number__in=numbers).values_list("number", flat=True)) if numbers else set()
    facts = {
        "place": place, "place_name": short_name(place.name), "month": first, "current": current, "editions": editions, "lines": _shown(lines, open_to),
        "draft": _shown(draft, open_to) if current and draft != current.lines else [], "signs": signs, "over": over,
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
