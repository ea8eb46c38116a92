"""One alternative: its figures, its map, moving a building by hand."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from linli.access.pages import staff
from linli.access.scope import can
from linli.charter.store import charter_in_force
from linli.flow.models import Event
from linli.flow.procedure import WITHDRAWN
from linli.flow.queries import history, next_acts, responsible
from linli.frame.models import Job
from linli.frame.refusal import Refusal
from linli.places.pages import with_base_map
from linli.planning.grids import actions
from linli.planning.grids.actions import PLAN, SEE, SUBJECT, flows_of
from linli.planning.grids.adopting import change_of, movers
from linli.planning.grids.forms import COUNTS, MoveForm
from linli.planning.grids.reading import PLACES, Standing, standing
from linli.planning.models import Alternative, State


def seen(request: HttpRequest, uid: Any, ability: str = SEE) -> Alternative:
    """An alternative of a community whose division the user may see, or plan. Anything else answers 404."""
    rows = Alternative.objects.select_related("place", "made_by", "proposed_by", "flow__owner__place__parent")
    row = get_object_or_404(rows, uid=uid)
    if not can(request.user, ability, row):
        raise Http404
    return row


def today(row: Alternative) -> Standing:
    return standing(row.place, charter_in_force(), PLACES)


def move_form(row: Alternative, shown: Any, data: Any = None) -> MoveForm:
    buildings = [(s[0], f"{s[1]} · {shown.names[u]}") for s, u in zip(row.facts["sites"], shown.lab, strict=True)]
    return MoveForm(data, buildings=buildings, units=[(u, shown.names[u]) for u in shown.order], initial={"seq": row.seq})


@staff(SEE)
@never_cache
def show(request: HttpRequest, uid: Any) -> HttpResponse:
    """/plan/divisions/<uid>/ : the alternative, or how far its search is."""
    return page(request, seen(request, uid))


def page(request: HttpRequest, row: Alternative, form: MoveForm | None = None) -> HttpResponse:
    from linli.planning.grids.shown import Shown

    may = can(request.user, PLAN, row)
    facts: dict[str, Any] = {"row": row, "place": row.place, "may_plan": may, "count_words": COUNTS[row.facts["counts"]["from"]]}
    shown = Shown(row)
    if not shown.divided:
        job = Job.objects.filter(uid=row.job).first() if row.job else None
        going = job is not None and job.state in ("waiting", "running")
        return render(
            request,
            "planning/waiting.html",
            facts
            | {
                "job": _told(job, reverse("planning:alternative", args=[row.uid])) if going and job else None,
                "mine": job and job.by_id == request.user.pk,
            },
        )
    found = today(row)
    editable = may and row.state == State.KEPT
    change = change_of(row, found) if row.state in (State.KEPT, State.PROPOSED) else None
    moved = [code for code, _unit in row.moves]
    flows = list(flows_of(row)) if row.flow_id else []
    facts |= {
        "shown": shown, "editable": editable, "form": (form or move_form(row, shown)) if editable else None, "change": change, "changed": row.result.get("change"),
        "sites": [
            {"code": s[0], "name": s[1], "households": shown.households_of(n), "was": s[5], "now": shown.names[shown.lab[n]], "tone": shown.lab[n],
             "moved": s[0] in moved, "changes": bool(s[5]) and s[5] != shown.names[shown.lab[n]]}
            for n, s in enumerate(row.facts["sites"])
        ],
        "map": {"shapes": reverse("planning:shapes", args=[row.uid]), "level": "grid", "tianditu": "", "plain": True},
        "may_decide": _may_decide(request, row), "waits_for": responsible(row.flow) if row.flow else "",
        "may_withdraw": may and row.state == State.PROPOSED and row.proposed_by_id == request.user.pk,
        "may_drop": editable and not any(f.end != WITHDRAWN for f in flows), "history": _history(flows),
    }  # fmt: skip
    return with_base_map(render(request, "planning/alternative.html", facts, status=422 if form is not None else 200))


def _told(job: Job, back: str) -> dict[str, Any]:
    return {
        "title": job.title, "state": job.state, "done": job.done, "total": job.total, "message": job.message,
        "cancel_text": gettext("Stop"),
        "cancel_url": "" if job.cancel else f"{reverse('frame:job_cancel', args=[job.uid])}?next={back}",
    }  # fmt: skip


def _lines(flows: list[Any]) -> list[Event]:
    """History of every time it was proposed, oldest first."""
    return list(Event.objects.filter(flow__in=flows).order_by("at", "seq").select_related("by"))


def _history(flows: list[Any]) -> list[dict[str, Any]]:
    events = _lines(flows)
    lines = history(flows[0], events) if flows else []
    for line, event in zip(lines, events, strict=True):
        if event.kind == "withdrawn":  # by whoever proposed it: nobody else may
            line["what"] = gettext("The proposal was taken back")
    return lines


def _may_decide(request: HttpRequest, row: Alternative) -> bool:
    if row.state != State.PROPOSED or row.flow is None or row.flow.subject != SUBJECT or request.user.pk in movers(row):
        return False
    return bool(next_acts(row.flow, request.user).offers)


def _act(request: HttpRequest, row: Alternative, act: Any) -> HttpResponse:
    try:
        act()
    except Refusal as refusal:
        messages.error(request, refusal.message)
    return redirect("planning:alternative", row.uid)


@staff(PLAN)
@require_POST
def move(request: HttpRequest, uid: Any) -> HttpResponse:
    """/plan/divisions/<uid>/move/ : one building to another grid."""
    from linli.planning.grids.shown import Shown

    row = seen(request, uid, PLAN)
    if row.state != State.KEPT:
        messages.error(request, gettext("Only an alternative that is kept and not proposed can be changed."))
        return redirect("planning:alternative", row.uid)
    form = move_form(row, Shown(row), request.POST)
    if form.is_valid():
        d = form.cleaned_data
        try:
            actions.move_building(by=request.user, alternative=row, seq=d["seq"], building=d["building"], unit=d["unit"])
            return redirect(f"{reverse('planning:alternative', args=[row.uid])}#by-hand")
        except Refusal as refusal:
            if refusal.status == 409:
                raise
            refusal.onto(form)
    return page(request, row, form)


def seq_of(request: HttpRequest) -> int | None:
    said = request.POST.get("seq", "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 9 else None


@staff(PLAN)
@require_POST
def undo(request: HttpRequest, uid: Any) -> HttpResponse:
    row = seen(request, uid, PLAN)
    return _act(request, row, lambda: actions.undo_move(by=request.user, alternative=row, seq=seq_of(request)))


@staff(PLAN)
@require_POST
def again(request: HttpRequest, uid: Any) -> HttpResponse:
    """/plan/divisions/<uid>/again/ : make it again and see whether it comes out the same."""
    row = seen(request, uid, PLAN)
    try:
        job = actions.start_again(by=request.user, alternative=row)
        return redirect(f"{reverse('frame:job', args=[job.uid])}?next={reverse('planning:alternative', args=[row.uid])}")
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return redirect("planning:alternative", row.uid)


@staff(PLAN)
@require_POST
def drop(request: HttpRequest, uid: Any) -> HttpResponse:
    row = seen(request, uid, PLAN)
    try:
        actions.drop_alternative(by=request.user, alternative=row, seq=seq_of(request))
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return redirect("planning:alternative", row.uid)
    messages.success(request, gettext("Alternative %(number)s was dropped.") % {"number": row.number})
    return redirect("planning:community", row.place.code)
