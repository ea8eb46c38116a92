"""Proposing an alternative, and deciding on one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from linli.access.pages import staff
from linli.flow.queries import next_acts
from linli.flow.words import outcome_name, procedure_of
from linli.frame.refusal import Refusal
from linli.planning.grids import adopting
from linli.planning.grids.actions import PLAN, SEE
from linli.planning.grids.forms import DecideForm, ProposeForm
from linli.planning.grids.pages.alternatives import seen, seq_of, today
from linli.planning.models import State


@staff(PLAN)
@never_cache
def propose(request: HttpRequest, uid: Any) -> HttpResponse:
    """/plan/divisions/<uid>/propose/ : what adopting would change; names of new grids, who takes over from those that end."""
    from linli.planning.grids.shown import Shown

    row = seen(request, uid, PLAN)
    if row.state != State.KEPT:
        messages.error(request, gettext("Only an alternative that is kept and not proposed can be proposed."))
        return redirect("planning:alternative", row.uid)
    change, names = adopting.change_of(row, today(row)), adopting.names_of(row)
    fresh = [(u, names[u]) for u, unit in enumerate(row.units) if not unit["grid"]]
    shown = Shown(row)
    form = ProposeForm(
        request.POST or None, fresh=fresh, leaving=change.leaving, units=names, faulty=bool(shown.objections), initial={"seq": row.seq}
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        try:
            adopting.propose_division(
                by=request.user, alternative=row, seq=form.cleaned_data["seq"], names=form.names, successors=form.successors,
                reason=form.cleaned_data["reason"],
            )  # fmt: skip
            messages.success(request, gettext("Proposed. It stands in the inbox of whoever decides."))
            return redirect("planning:alternative", row.uid)
        except Refusal as refusal:
            if refusal.status == 409:
                raise
            refusal.onto(form)
    facts = {"row": row, "place": row.place, "form": form, "change": change, "shown": shown}
    return render(request, "planning/propose.html", facts, status=422 if form.is_bound else 200)


@staff(PLAN)
@require_POST
def withdraw(request: HttpRequest, uid: Any) -> HttpResponse:
    """/plan/divisions/<uid>/withdraw/ : whoever proposed it takes it back, as long as nobody has decided."""
    row = seen(request, uid, PLAN)
    try:
        adopting.withdraw_proposal(by=request.user, alternative=row, seq=seq_of(request))
        messages.success(request, gettext("Taken back. It can be changed, dropped or proposed again."))
    except Refusal as refusal:
        if refusal.status == 409:
            raise
        messages.error(request, refusal.message)
    return redirect("planning:alternative", row.uid)


@staff(SEE)
@never_cache
def decide(request: HttpRequest, uid: Any) -> HttpResponse:
    """/plan/divisions/<uid>/decide/ : for the post that the procedure names, and never for whoever proposed it."""
    from linli.planning.grids.shown import Shown

    row = seen(request, uid)
    if row.state != State.PROPOSED or row.flow is None:
        messages.error(request, gettext("It isn't proposed, or has been decided on."))
        return redirect("planning:alternative", row.uid)
    offered = next_acts(row.flow, request.user)
    if not offered.offers or request.user.pk in adopting.movers(row):
        raise PermissionDenied
    step = procedure_of(row.flow).steps[row.flow.step]
    outcomes = [(o.outcome, str(outcome_name(step, o.outcome))) for o in offered.offers]
    form = DecideForm(request.POST or None, outcomes=outcomes, initial={"seq": row.seq})
    if request.method == "POST" and form.is_valid():
        d = form.cleaned_data
        try:
            row = adopting.decide_division(by=request.user, alternative=row, seq=d["seq"], outcome=d["outcome"], reason=d["reason"])
            said = gettext("The new division is in force from today on.") if row.state == State.ADOPTED else gettext("Decided.")
            messages.success(request, said)
            return redirect("planning:alternative", row.uid)
        except Refusal as refusal:
            if refusal.status == 409:
                raise
            refusal.onto(form)
    facts = {
        "row": row,
        "place": row.place,
        "form": form,
        "change": adopting.change_of(row, today(row)),
        "shown": Shown(row),
        "reason": adopting.reason_of(row),
        "help": offered.help,
    }
    return render(request, "planning/decide.html", facts, status=422 if form.is_bound else 200)
