"""Home pages, the phone shell, the switches of language and size, help, the styleguide."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe
from django.views.i18n import set_language

from linli.access import notice
from linli.access.pages import public, staff
from linli.access.scope import scope_of
from linli.frame import panels
from linli.frame.context import ELDER_COOKIE
from linli.web import near, samples, today
from linli.web.help import GUIDES

YEAR = 365 * 24 * 3600
AREA_COOKIE = "area"  # the community a resident chose to look at: a place, nothing about them


def _back(request: HttpRequest) -> str:
    """Where a switch returns to: the page it stood on, never another site."""
    wanted = request.POST.get("next", "")
    return wanted if url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure()) else "/"


@public
@require_POST
def elder(request: HttpRequest) -> HttpResponse:
    """Elder mode on or off: one cookie, no script needed."""
    response = redirect(_back(request))
    if request.POST.get("elder") == "1":
        response.set_cookie(ELDER_COOKIE, "1", max_age=YEAR, secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax")
    else:
        response.delete_cookie(ELDER_COOKIE, samesite="Lax")
    return response


@public
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Chinese or English, by Django's own cookie."""
    return set_language(request)


@public
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The residents' first page: raise, follow, my area, what was done lately."""
    asked = request.GET.get("area", request.COOKIES.get(AREA_COOKIE, ""))[:40]
    nearby = near.nearby(asked)
    response = render(request, "web/home.html", {"near": nearby})
    if "area" in request.GET and nearby.chosen:
        response.set_cookie(
            AREA_COOKIE, nearby.chosen.code, max_age=YEAR, secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax"
        )
    elif request.GET.get("area") == "":
        response.delete_cookie(AREA_COOKIE, samesite="Lax")
    return response


@public
@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """What is kept about residents: in plain words first, then item by item as the program has it."""
    return render(request, "web/privacy.html", {"items": notice.items(), "groups": notice.groups()})


@public
@require_safe
def help_index(request: HttpRequest) -> HttpResponse:
    return render(request, "web/help.html", {"guides": GUIDES.values()})


@public
@require_safe
def help_for(request: HttpRequest, who: str) -> HttpResponse:
    """The guide for one kind of user."""
    if who not in GUIDES:
        raise Http404
    return render(request, "web/guide.html", {"guide": GUIDES[who], "guides": GUIDES.values()})


@staff()
@require_safe
def desk(request: HttpRequest) -> HttpResponse:
    """My work today."""
    return render(request, "web/desk.html", {"today": today.of(request.user), "panels": panels.of("today", request)})


@staff()
@require_safe
def phone(request: HttpRequest) -> HttpResponse:
    """The field terminal opens on what is due today; for posts that report and act on nothing, on who one is."""
    may = scope_of(request.user).abilities & {"flow.act", "matter.report"}
    return redirect("matters:phone_today" if may else "web:phone_me")


@staff()
@require_safe
def phone_grid(request: HttpRequest) -> HttpResponse:
    """The grids one holds a post over: who else works there, what is open."""
    return render(request, "web/phone_grid.html", {"grids": today.grids_of(request.user)})


@staff()
@require_safe
def phone_me(request: HttpRequest) -> HttpResponse:
    return render(request, "web/phone_me.html")


@require_safe
def _styleguide(request: HttpRequest) -> HttpResponse:
    return render(request, "web/styleguide.html", samples.all_of_them())


styleguide = public(_styleguide) if settings.DEBUG else staff()(_styleguide)
