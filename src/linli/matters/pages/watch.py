"""Following somebody else's public matter: what it shows is what everybody may see, under a code that is nobody's name."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from linli.access.pages import public
from linli.charter.store import charter_of
from linli.frame.limits import rate_limit
from linli.frame.refusal import Refusal
from linli.matters.actions import follow_matter, stop_following
from linli.matters.categories import category_name
from linli.matters.forms import OnceForm
from linli.matters.models import Follower, Matter
from linli.matters.pages.follow import main_of
from linli.matters.queries import community_of, follower_by_code, followers_of, moves_of, plain_steps, state_name


@public
@never_cache
@rate_limit("matters.watch", count=20, seconds=3600)
def watch(request: HttpRequest, number: str) -> HttpResponse:
    """/m/<number>/watch/ : follow this one instead of raising it again."""
    matter = Matter.objects.for_public().select_related("flow", "place__parent").filter(number=number).first()
    if matter is None:
        raise Http404
    form = OnceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            code = follow_matter(matter=matter, request_id=form.cleaned_data["request_id"] or uuid.uuid4())
        except Refusal as refusal:
            refusal.onto(form)
        else:
            return redirect("matters:watching", code=code)
    return render(request, "matters/watch.html", _shown(matter) | {"form": form}, status=422 if form.is_bound else 200)


def _shown(matter: Matter) -> dict:
    return {
        "matter": matter,
        "category": category_name(charter_of(matter.flow.charter_id), matter.category),
        "community": community_of(matter.place),
        "state": state_name(matter.flow),
        "followers": followers_of(matter),
    }


@public
@never_cache
@rate_limit("matters.code", count=240, seconds=3600, methods=("GET", "HEAD"))
def watching(request: HttpRequest, code: str) -> HttpResponse:
    """/w/<code>/ : how far the matter somebody follows is. Not public any more: only that."""
    matter = _opened(code).matter
    context = {
        "code": code,
        "matter": matter,
        "shown": matter.is_public,
        "link": request.build_absolute_uri(reverse("matters:watching", args=[code])),
    }
    if matter.is_public:
        steps = [] if matter.main_id else plain_steps(matter.flow, moves_of(matter.flow))
        context |= _shown(matter) | {"steps": steps, "main": main_of(matter)}
    return render(request, "matters/watching.html", context)


@public
@require_POST
@rate_limit("matters.watch", count=20, seconds=3600)
def unwatch(request: HttpRequest, code: str) -> HttpResponse:
    """/w/<code>/stop/ : no longer."""
    stop_following(follower=_opened(code))
    messages.success(request, _("You no longer follow it. Nothing is kept of it."))
    return redirect("matters:follow")


def _opened(code: str) -> Follower:
    found = follower_by_code(code)
    if found is None:
        raise Http404
    return found
