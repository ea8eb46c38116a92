"""Where one is signed in, and signing out there."""

from __future__ import annotations

from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.sessions.models import Session
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from linli.access.pages import signed_in

_SYSTEMS = (("Windows", "Windows"), ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Mac OS", "macOS"), ("Linux", "Linux"))
_BROWSERS = (("MicroMessenger", "WeChat"), ("Edg", "Edge"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))


def live_sessions(user: Any) -> list[UserSession]:
    """The user's sessions that still open something, newest first. One query."""
    live = Session.objects.filter(expire_date__gt=timezone.now()).values("session_key")
    return list(UserSession.objects.filter(user=user, session_key__in=live).order_by("-created_at"))


def device(user_agent: str) -> str:
    """What a browser calls itself, in two words."""
    browser = next((name for sign, name in _BROWSERS if sign in user_agent), "")
    system = next((name for sign, name in _SYSTEMS if sign in user_agent), "")
    return " · ".join(part for part in (browser, system) if part) or _("unknown device")


def end(user: Any, keys: list[str]) -> int:
    """End those of the user's sessions that are among ``keys``. Returns how many."""
    with transaction.atomic():
        mine = UserSession.objects.filter(user=user, session_key__in=keys)
        found = list(mine.values_list("session_key", flat=True))
        Session.objects.filter(session_key__in=found).delete()
        mine.delete()
    return len(found)


@signed_in
def sessions(request: HttpRequest) -> HttpResponse:
    """The list; a POST with ``end`` (a row's id) ends that one, with ``others`` all but this one."""
    found = live_sessions(request.user)
    here = request.session.session_key
    if request.method == "POST":
        if "others" in request.POST:
            keys = [s.session_key for s in found if s.session_key != here]
        else:
            keys = [s.session_key for s in found if str(s.pk) == request.POST.get("end") and s.session_key != here]
        ended = end(request.user, keys)
        messages.success(request, ngettext("Signed out on %(n)d device.", "Signed out on %(n)d devices.", ended) % {"n": ended})
        return redirect("usersessions_list")
    rows = [{"id": s.pk, "device": device(s.user_agent), "since": s.created_at, "ip": s.ip, "here": s.session_key == here} for s in found]
    return render(request, "access/sessions.html", {"rows": rows})
