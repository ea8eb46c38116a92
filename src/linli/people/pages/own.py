"""What is held about me: for residents, without an account, by a link from the service station. And handing that link out, for staff."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from linli.access.pages import public
from linli.access.rls import opened
from linli.charter.store import charter_in_force
from linli.frame.limits import rate_limit
from linli.frame.pdf import pdf_response
from linli.frame.refusal import Refusal
from linli.frame.squares import square
from linli.people import actions, panels
from linli.people.actions.handing import LASTS, VALID, Opened
from linli.people.forms import HandoutForm
from linli.people.held import filename, held
from linli.people.models import Handout, Person
from linli.people.pages.base import form_page, must, person_seen, register

COOKIE = "own"
PATH = "/my/"


@register("person.unmask")
def hand_out(request: HttpRequest, pk: int) -> HttpResponseBase:
    """/people/<pk>/handout/ : say how it was checked who stands there; then the link is shown once, to print or to scan."""
    found = person_seen(request, pk)
    must(request, "person.unmask", found)
    back = reverse("people:person", args=[pk])
    form = HandoutForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            made, token = actions.hand_out(by=request.user, person=found, way=form.cleaned_data["way"])
        except Refusal as refusal:
            refusal.onto(form)
        else:
            link = request.build_absolute_uri(reverse("own:open", args=[token]))
            return render(
                request,
                "people/own/handed.html",
                {"link": link, "qr": square(link), "made": made, "person": found, "lasts": _minutes(LASTS)},
            )
    return form_page(
        request, form, heading=_("Show somebody what is held about them"), label=_("Make the link"), back=back, crumb=found.name,
        lede=_(
            "Check first who it is: the link opens everything the register holds about this person, their whole numbers included."
            " It works once, within %(hours)s hours."
        ) % {"hours": int(VALID.total_seconds() // 3600)},
    )  # fmt: skip


def _minutes(span) -> int:
    return int(span.total_seconds() // 60)


# ------------------------------------------------------------------------------------------------------------------- for residents


@public
@never_cache
@rate_limit("people.own_open", count=20, seconds=600)
def open_link(request: HttpRequest, token: str) -> HttpResponse:
    """/my/open/<token>/ : a button first, so that no preview of a message uses the link up; then what is held."""
    if request.method != "POST":
        return render(request, "people/own/open.html", {"lasts": _minutes(LASTS)})
    session = actions.open_link(token=token)
    if session is None:
        return render(request, "people/own/gone.html", status=404)
    response = redirect("own:home")
    response.set_cookie(
        COOKIE, session, max_age=int(LASTS.total_seconds()), path=PATH, httponly=True, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE
    )
    return response


def mine(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponseBase]:
    """A page for whoever carries an opened link: with it, and the person it is of. Without, a friendly word and nothing else."""

    @public
    @never_cache
    @wraps(view)
    def own(request: HttpRequest, **more: str) -> HttpResponseBase:
        link = actions.reading(request.COOKIES.get(COOKIE, ""))
        if link is None:
            return render(request, "people/own/gone.html", status=404 if COOKIE in request.COOKIES else 200)
        with opened([link.path]):
            person = Person.objects.filter(pk=link.person).first()
            return view(request, link, person, **more) if person else render(request, "people/own/gone.html", status=404)

    return own


def _held(link: Opened, person: Person) -> dict[str, Any]:
    """From wherever it lies in the area: they may have lived elsewhere, and a line of history lies where the act reached, a sheet's over the
    whole community. Everything is asked for by the person's own key."""
    numbers = actions.own_numbers(link=link)
    root = charter_in_force().area.root
    with opened(["".join(link.path.partition(root)[:2])]):
        return held(person, numbers)


def _copy(link: Opened, person: Person) -> dict[str, Any]:
    """What the page shows and, in a copy, what the rooms above hold besides."""
    return _held(link, person) | panels.copied(person)


@require_safe
@mine
def home(request: HttpRequest, link: Opened, person: Person) -> HttpResponse:
    """/my/ : what is held about me, and who looked and why."""
    return render(
        request, "people/own/home.html",
        {"held": _held(link, person), "link": link, "way": Handout.Way(link.way).label, "panels": panels.of_own(link, person)},
    )  # fmt: skip


@require_safe
@mine
def copy_json(request: HttpRequest, link: Opened, person: Person) -> HttpResponse:
    """/my/copy.json : my copy, for a machine."""
    about = {"made": timezone.now(), "about": str(_("What is held about you in the register of residents"))}
    body = json.dumps(about | _copy(link, person), ensure_ascii=False, indent=1, cls=DjangoJSONEncoder)
    response = HttpResponse(body, content_type="application/json; charset=utf-8")
    response["Content-Disposition"] = content_disposition_header(True, filename("json")) or "attachment"
    return response


@require_safe
@mine
def copy_pdf(request: HttpRequest, link: Opened, person: Person) -> HttpResponse:
    """/my/copy.pdf : my copy, on paper."""
    context = {"held": _copy(link, person), "now": timezone.now(), "number": link.handout}
    return pdf_response(request, "people/own/paper.html", context, name=filename("pdf"))


@public
@never_cache
@require_POST
def end(request: HttpRequest) -> HttpResponse:
    """/my/end/ : done; nobody who comes to this screen next reads it."""
    actions.end_reading(session=request.COOKIES.get(COOKIE, ""))
    response = render(request, "people/own/ended.html")
    response.delete_cookie(COOKIE, path=PATH, samesite="Lax")
    return response
