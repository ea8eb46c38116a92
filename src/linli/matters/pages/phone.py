"""The field terminal: what is mine today, and a report in a photo, a line and one tap."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from linli.access.pages import staff
from linli.access.scope import scope_of
from linli.charter.store import charter_of
from linli.flow.models import Todo
from linli.flow.words import procedure_of
from linli.frame import panels
from linli.frame.refusal import Refusal
from linli.matters.actions import raise_matter
from linli.matters.actions.raising import SUBJECT
from linli.matters.boxes.queries import is_late, work_of
from linli.matters.categories import category_name
from linli.matters.forms import PhoneReportForm
from linli.matters.models import Channel, Matter
from linli.matters.queries import state_name

MOST = 50


@staff("flow.act", "matter.report")
@never_cache
def today(request: HttpRequest) -> HttpResponse:
    """/phone/today/ : my matters, overdue first; what others should know of; what I reported lately."""
    seats = scope_of(request.user).seats
    rows = (
        Todo.objects.filter(seat__acting__in=seats, done_at=None, flow__subject=SUBJECT)
        .select_related("flow__matter__place__parent", "flow__place")
        .order_by("due_at", "id")[: MOST + 1]
    )
    todos = list(rows)
    cards = [_card(t) for t in sorted(todos[:MOST], key=lambda t: (t.role == Todo.Role.TOLD, not t.flow.overdue))]
    reported = Matter.objects.filter(raised_from__in=seats).select_related("flow", "place").order_by("-raised_at", "-id")[:10]
    context = {
        "cards": [c for c in cards if c["role"] != Todo.Role.TOLD],
        "told": [c for c in cards if c["role"] == Todo.Role.TOLD],
        "more": len(todos) > MOST,
        "rounds": [{"round": r, "late": is_late(r)} for r in work_of(request.user)],
        "panels": panels.of("phone", request),
        "reported": [{"matter": m, "state": state_name(m.flow), "url": reverse("matters:detail", args=[m.number])} for m in reported],
    }
    return render(request, "matters/phone_today.html", context)


def _card(todo: Todo) -> dict:
    matter = todo.flow.matter
    charter = charter_of(todo.flow.charter_id)
    return {
        "matter": matter,
        "role": todo.role,
        "role_name": todo.get_role_display(),
        "due": todo.due_at,
        "late": todo.flow.overdue,
        "hold": todo.flow.suspended,
        "state": state_name(todo.flow),
        "category": category_name(charter, matter.category),
        "url": reverse("matters:call" if _rings(todo) else "matters:detail", args=[matter.number]),
    }


def _rings(todo: Todo) -> bool:
    """Whether somebody is to be rung up: that has a page of its own."""
    step = procedure_of(todo.flow).steps.get(todo.flow.step)
    return todo.role == Todo.Role.LEAD and step is not None and step.action == "callback"


@staff("matter.report")
@never_cache
def report(request: HttpRequest) -> HttpResponse:
    """/phone/report/ : photo, line, tap. The place comes from the position, the category by a tap on what the words point to, or from the desk."""
    within = scope_of(request.user).paths("matter.report") or None
    form = PhoneReportForm(request.POST or None, request.FILES or None, within=within)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            raised = raise_matter(
                by=request.user, request_id=data["request_id"], channel=Channel.FIELD, text=data["text"], category=data["category"],
                place=data["place"], position=data["position"], address=data["address"], photos=data["photos"],
            )  # fmt: skip
        except Refusal as refusal:
            refusal.onto(form)
        else:
            said = _("Saved on the server: %(number)s, %(place)s.") % {"number": raised.matter.number, "place": raised.matter.place.name}
            messages.success(request, said)
            return redirect("matters:phone_today")
    return render(request, "matters/phone_report.html", {"form": form}, status=422 if form.is_bound else 200)
