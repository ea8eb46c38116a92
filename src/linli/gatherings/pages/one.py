"""One gathering: what it is, who is invited and came, minutes and result, what happened to it, what to do next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from linli.access.pages import staff
from linli.charter.store import charter_of
from linli.flow.subjects import url_of
from linli.flow.words import post_name
from linli.frame.context import face_of
from linli.frame.files import served
from linli.frame.templatetags.linli import named
from linli.gatherings import queries
from linli.gatherings.doing import ACTS, offered
from linli.gatherings.ics import Entry
from linli.gatherings.ics import calendar as ics_file
from linli.gatherings.kinds import SEE, kind_name, kind_of
from linli.gatherings.models import Gathering, Paper, State
from linli.gatherings.shown import row
from linli.gatherings.words import history, lines_of, turnout_words
from linli.places.codes import short_name

SEEN = "seq"  # the hidden field that says which state the person had before them


def seen_by(request: HttpRequest, pk: int) -> Gathering:
    """The gathering with those invited, if the user may see it; 404 otherwise, whether or not there is one."""
    rows = Gathering.objects.visible_to(request.user).select_related("place", "seat__place", "seat__acting", "body", "flow__place")
    found = queries.with_people(rows).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


@staff(SEE)
@never_cache
@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """/gatherings/<pk>/ : all of it."""
    return page(request, seen_by(request, pk))


def page(request: HttpRequest, gathering: Gathering, *, status: int = 200, **more: Any) -> HttpResponse:
    context = {
        **facts(gathering),
        "papers": list(gathering.papers.select_related("by")),
        "history": history(lines_of(gathering)),
        "acts": acts_for(request, gathering),
        "face": face_of(request),
        **more,
    }
    return render(request, "gatherings/detail.html", context, status=status)


@dataclass(frozen=True, slots=True)
class Invited:
    """One of the invited, as pages show them."""

    name: str
    post: str
    member: bool
    state: str
    label: str


def facts(gathering: Gathering) -> dict[str, Any]:
    """What the page and the printed sheets say of it. One query, for the minutes. Needs ``queries.with_people``."""
    kind, charter = kind_of(gathering), charter_of(gathering.charter_id)
    minutes = list(gathering.minutes.select_related("by"))
    found = queries.turnout_of(gathering)
    invited = [
        Invited(
            str(a.user),
            f"{post_name(charter, a.seat.post)} · {short_name(a.seat.place.name)}",
            a.member,
            a.state,
            str(a.get_state_display()),
        )
        for a in gathering.invited  # type: ignore[attr-defined]
    ]
    return {
        "gathering": gathering,
        "kind": kind,
        "kind_name": kind_name(gathering),
        "row": row(gathering),
        "convener": f"{post_name(charter, gathering.seat.post)} · {short_name(gathering.seat.place.name)}",
        "place_name": short_name(gathering.place.name),
        "about_url": url_of(gathering.flow) if gathering.flow else "",
        "invited": invited,
        "came": sum(a.state == "came" for a in invited),
        "sides": [(named(s.name), s.id in gathering.sides) for s in kind.sides] if kind else [],
        "turnout": turnout_words(found) if found else "",
        "turnout_met": bool(found and found.met),
        "minutes": minutes[-1] if minutes else None,
        "earlier": minutes[-2::-1],
    }


@dataclass(frozen=True, slots=True)
class Act:
    url: str
    label: Any
    icon: str
    first: bool = False  # the next thing to do


_SHOWN = {  # act -> the name of its page, its sign
    "hold": ("hold", "clipboard-check"), "minutes": ("minutes", "pencil"), "change": ("change", "pencil"), "off": ("call_off", "x-circle"),
    "recount": ("recount", "people"), "papers": ("papers", "paperclip"),
}  # fmt: skip


def acts_for(request: HttpRequest, gathering: Gathering) -> list[Act]:
    """What the user may do with it now, the next thing first."""
    found = []
    for name in offered(request.user, gathering):
        page_name, icon = _SHOWN[name]
        again = name == "minutes" and gathering.written_at is not None
        label = _("Correct the minutes") if again else ACTS[name].label
        found.append(Act(_at(page_name, gathering), label, icon, name in ("hold", "minutes") and not again))
    return found


def _at(name: str, gathering: Gathering) -> str:
    return reverse(f"gatherings:{name}", args=[gathering.pk])


@staff(SEE)
@require_safe
def paper(request: HttpRequest, uid: Any) -> HttpResponseBase:
    """/gatherings/files/<uid>/ : for those who see the gathering."""
    found = Paper.objects.filter(uid=uid, gathering__in=Gathering.objects.visible_to(request.user)).first()
    if found is None:
        raise Http404
    return served(found)


@staff(SEE)
@never_cache
@require_safe
def ics(request: HttpRequest, pk: int) -> HttpResponse:
    """/gatherings/<pk>/calendar.ics : for the calendar on one's telephone.

    Calendars are kept by others. Of a gathering about a piece of work it says the kind, the number and where it is, and no more.
    """
    gathering = seen_by(request, pk)
    kind = kind_name(gathering)
    lines = lines_of(gathering)
    about = gathering.flow
    entry = Entry(
        uid=f"{gathering.uid}@linli",
        summary=f"{kind} {about.subject_ref}" if about else f"{kind}: {gathering.title}",
        starts_at=gathering.starts_at,
        ends_at=gathering.ends_at,
        location=f"{short_name(gathering.place.name)} {gathering.where}",
        url=request.build_absolute_uri(_at("detail", gathering)),
        changed_at=lines[-1].at if lines else gathering.made_at,
        sequence=gathering.seq,
        off=gathering.state == State.CALLED_OFF,
        text="" if about else "\n".join(f"{n}. {item}" for n, item in enumerate(gathering.agenda, 1)),
    )
    response = HttpResponse(ics_file(entry), content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="gathering-{gathering.pk}.ics"'
    return response
