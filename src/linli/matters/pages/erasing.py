"""Forgetting who raised a matter, when that person asks for it."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from linli.access.pages import staff
from linli.frame.refusal import Refusal
from linli.matters import actions
from linli.matters.acts import Situation, may_erase
from linli.matters.forms import EraseForm
from linli.matters.pages.desk import seen_by


@staff("matter.contact", fresh=True)
@never_cache
def erase(request: HttpRequest, number: str) -> HttpResponse:
    """/matters/<number>/contact/erase/ : asks once more, then erases the reporter's name and telephone for good."""
    matter = seen_by(request, number)
    if getattr(matter, "reporter", None) is None and Situation(matter, request.user).may("matter.intake"):
        messages.info(request, _("No name or telephone is kept with this matter."))
        return redirect("matters:detail", number)
    if not may_erase(Situation(matter, request.user)):
        raise PermissionDenied("erase")
    form = EraseForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            actions.erase_reporter(by=request.user, matter=matter, reason=form.cleaned_data["reason"])
        except Refusal as refusal:
            refusal.onto(form)
        else:
            messages.success(request, _("Name and telephone are erased. The matter goes on as an anonymous one."))
            return redirect("matters:detail", number)
    facts = {"matter": matter, "form": form, "sides": matter.parties.exists()}
    return render(request, "matters/erase.html", facts, status=422 if form.is_bound else 200)
