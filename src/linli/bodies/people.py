"""One member of staff: their posts, where they are signed in, and closing, opening or setting back their account."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.bodies import forms, guard, queries
from linli.bodies.guard import scope_of
from linli.bodies.models import Holding
from linli.bodies.pages import told_once
from linli.charter.store import charter_in_force
from linli.frame.access_rule import staff
from linli.frame.refusal import Refusal


@staff("post.see")
def person(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(queries.visible_people(request.user), pk=pk)
    now, charter, scope = timezone.now(), charter_in_force(), scope_of(request.user)
    held = Holding.objects.filter(scope.q("post.see", path="seat__path"), user=found).select_related("seat__place", "seat__body")
    rows = [
        {"holding": h, "post": charter.posts.get(h.seat.post), "over": forms.is_over(h, now), "coming": h.since > now}
        for h in held.order_by("-since")
    ]
    manages = guard.accounts().may_manage(request.user, found)
    seen = (
        [{"device": guard.sessions().device(s.user_agent), "since": s.created_at} for s in guard.sessions().live_sessions(found)]
        if manages
        else []
    )
    return render(request, "bodies/person.html", {"person": found, "rows": rows, "manages": manages, "sessions": seen})


@staff("post.assign", fresh=True)
def person_act(request: HttpRequest, pk: int, act: str) -> HttpResponse:
    """Ask once more, then do: ``close``, ``open``, ``password``, ``sign-out``."""
    accounts = guard.accounts()
    found = get_object_or_404(queries.visible_people(request.user), pk=pk)
    if not accounts.may_manage(request.user, found):
        raise PermissionDenied
    asked = _questions(found).get(act)
    if asked is None:
        raise Http404
    if request.method != "POST":
        return render(request, "bodies/person_act.html", {"person": found, **asked})
    try:
        if act == "password":
            return told_once(request, found, accounts.renew_password(by=request.user, user=found))
        if act == "close":
            accounts.close_account(by=request.user, user=found)
        elif act == "open":
            accounts.open_account(by=request.user, user=found)
        else:
            accounts.cut_off(by=request.user, user=found)
    except Refusal as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, asked["done"])
    return redirect("bodies:person", pk=found.pk)


def _questions(person) -> dict[str, dict[str, Any]]:
    name = {"name": person.name}
    return {
        "close": {
            "title": _("Close the account of %(name)s?") % name,
            "text": _("They are signed out everywhere at once and can't sign in. Work of their posts falls to the next level."),
            "label": _("Close the account"),
            "done": _("The account is closed."),
            "danger": True,
        },
        "open": {
            "title": _("Open the account of %(name)s again?") % name,
            "text": _("They can sign in again and hold what they held."),
            "label": _("Open the account"),
            "done": _("The account is open."),
        },
        "password": {
            "title": _("Give %(name)s a new password?") % name,
            "text": _(
                "The old password, the second proof and all sessions end. The new password is shown once and must be changed when used."
            ),
            "label": _("Make a new password"),
            "danger": True,
        },
        "sign-out": {
            "title": _("Sign %(name)s out everywhere?") % name,
            "text": _("For a lost phone or computer. They can sign in again."),
            "label": _("Sign out everywhere"),
            "done": _("Signed out everywhere."),
        },
    }
