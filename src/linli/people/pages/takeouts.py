"""Lists of households that are taken out: asked for on the book's page, withdrawn here, decided on here by a second person, fetched here."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from linli.access.pages import staff
from linli.access.rls import narrow
from linli.access.scope import scope_of
from linli.frame.exports import MIME
from linli.frame.lists import at_work
from linli.frame.refusal import Refusal
from linli.people import actions, queries
from linli.people.forms import BookFilters, DecideForm
from linli.people.models import Takeout
from linli.people.names import opened
from linli.people.pages.areas import COLUMNS, area_name
from linli.people.pages.base import form_page, register

SHOWN = 50


def waiting(user) -> Any:
    """Lists others ask for, in the places where the user may approve them."""
    rows = Takeout.objects.filter(scope_of(user).q("person.approve"), state=Takeout.State.ASKED).exclude(by=user)
    return rows.select_related("by", "place__parent").order_by("pk")


@staff("person.export", "person.approve", "audit.see")
@never_cache
def home(request: HttpRequest) -> HttpResponse:
    """/people/takeouts/ : what I asked for, and what waits for me; for who only reads the logs, what was asked for and what became of it."""
    now = timezone.now()
    mine = Takeout.objects.filter(by=request.user.pk).select_related("place__parent", "decided_by")[:SHOWN]
    rows = [
        {
            "row": t,
            "place": area_name(t.place),
            "open": t.state == Takeout.State.APPROVED and t.expires_at is not None and t.expires_at > now,
        }
        for t in mine
    ]
    asked = [{"row": t, "place": area_name(t.place)} for t in waiting(request.user)[:SHOWN]]
    decided = [
        {"row": t, "place": area_name(t.place)}
        for t in Takeout.objects.filter(decided_by=request.user.pk).select_related("by", "place__parent").order_by("-decided_at")[:SHOWN]
    ]
    scope = scope_of(request.user)
    context = {
        "mine": rows, "asks": "person.export" in scope.abilities, "asked": asked, "decides": bool(scope.paths("person.approve")), "decided": decided,
        "seen": _seen(request.user),
    }  # fmt: skip
    return render(request, "people/takeouts.html", context)


def _seen(user) -> list[dict[str, Any]] | None:
    """All of the places whose logs the user reads; None for whom that isn't."""
    scope = scope_of(user)
    if "audit.see" not in scope.abilities:
        return None
    rows = Takeout.objects.filter(scope.q("audit.see")).exclude(by=user).select_related("by", "decided_by", "place__parent")[:SHOWN]
    return [{"row": t, "place": area_name(t.place)} for t in rows]


@staff("person.approve")
@never_cache
def decide(request: HttpRequest, pk: int) -> HttpResponseBase:
    """/people/takeouts/<pk>/ : approve or refuse somebody else's list."""
    found = get_object_or_404(
        Takeout.objects.filter(scope_of(request.user).q("person.approve")).select_related("by", "decided_by", "place__parent"), pk=pk
    )
    back = reverse("people:takeouts")
    waits = found.state == Takeout.State.ASKED and found.by_id != request.user.pk
    form = DecideForm(request.POST if request.method == "POST" else None, names=found.wants_names) if waits else None
    if form is not None and form.is_bound and form.is_valid():
        given = form.cleaned_data
        try:
            actions.decide_takeout(
                by=request.user, takeout=found, approve=given["answer"] == "approve", names=given.get("names", False), note=given["note"]
            )
        except Refusal as refusal:
            refusal.onto(form)
        else:
            messages.success(request, _("Decided. Who asked sees it on their page."))
            return redirect("people:takeouts")
    says = {"who": found.by.name, "place": area_name(found.place), "n": found.count, "why": found.why}
    lede = " ".join(
        [
            _("%(who)s wants to take out the list of %(n)s households of %(place)s, for: %(why)s") % says,
            _("Chosen: %(which)s.")
            % {"which": "、".join(f"{label} {value}" for label, value in _chosen(found)) or _("all households there")},
            _("It holds: %(columns)s.") % {"columns": "、".join(str(c.title) for c in COLUMNS)},
        ]
    )
    became = "" if waits else _became(found, own=found.by_id == request.user.pk)
    return form_page(request, form, heading=_("Decide on a list"), label=_("Decide"), back=back, lede=lede, lists=True, said=became)


def _became(found: Takeout, *, own: bool) -> str:
    """Where there is nothing to decide: why."""
    if found.state == Takeout.State.ASKED and own:
        return _("This is your own list: somebody else decides on it.")
    at = date_format(timezone.localtime(found.decided_at), "Y-m-d H:i") if found.decided_at else ""
    return " · ".join(filter(None, (str(found.get_state_display()), found.decided_by.name if found.decided_by else "", at, found.note)))


@staff("person.export")
@never_cache
@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """/people/takeouts/<pk>/withdraw/ : no longer needed, before anybody has decided."""
    found = get_object_or_404(Takeout.objects.filter(by=request.user.pk), pk=pk)
    actions.withdraw_takeout(by=request.user, takeout=found)
    messages.success(request, _("Withdrawn. Nobody is asked any more."))
    return redirect("people:takeouts")


@register("person.export")
@require_POST
def fetch(request: HttpRequest, pk: int) -> HttpResponseBase:
    """/people/takeouts/<pk>/sheet/ : the sheet, of what is registered now."""
    found = get_object_or_404(Takeout.objects.filter(by=request.user.pk).select_related("place__parent"), pk=pk)
    narrow([str(found.path)])
    rows = _filters(found).apply(queries.book(str(found.path))).order_by("dwelling__parent__path", "door", "id")
    columns = [replace(c, value=_whole) if c.key == "head" and found.names else c for c in COLUMNS]
    title = _("Households of %(area)s") % {"area": area_name(found.place)}
    file, name = actions.fetch_takeout(by=request.user, takeout=found, rows=list(rows), columns=columns, title=title)
    response = FileResponse(file, as_attachment=True, filename=name, content_type=MIME)
    response["Cache-Control"] = "no-store"
    return response


def _filters(takeout: Takeout) -> BookFilters:
    asked = QueryDict(takeout.query, mutable=True)
    asked["area"] = str(takeout.place_id)
    return BookFilters(asked, areas=[(takeout.place_id, "")])


def _chosen(takeout: Takeout) -> list[tuple[str, str]]:
    """Which households of the place, as the filters of the list were set."""
    return [(label, value) for name, label, value in at_work(_filters(takeout)) if name != "area"]


def _whole(household: Any) -> str:
    return opened(household.head_name, household.head_pk) if household.head_pk else ""


def for_today(request: HttpRequest, _thing: Any) -> dict[str, Any] | None:
    """On the desk of who decides: how many wait. Asks nothing of others."""
    if "person.approve" not in scope_of(request.user).abilities:
        return None
    count = waiting(request.user).count()
    return {"count": count} if count else None
