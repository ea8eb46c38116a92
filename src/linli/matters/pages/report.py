"""Residents raise a matter: no signing in, no script needed, one form, one slip."""

from __future__ import annotations

from hashlib import sha256
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from linli.access.pages import public
from linli.charter.models import CharterVersion
from linli.charter.schema import Category
from linli.charter.store import charter_in_force, charter_of, version_in_force
from linli.flow.words import duration
from linli.frame.limits import rate_limit
from linli.frame.refusal import Refusal
from linli.frame.templatetags.linli import named
from linli.matters.actions import raise_matter
from linli.matters.forms import ReportForm
from linli.matters.models import Channel, FoundBy
from linli.matters.nearby import similar_matters
from linli.matters.pages.lines import told
from linli.matters.pages.typing import shown
from linli.matters.queries import by_code
from linli.matters.slips import slip_of
from linli.matters.suggest.keeping import model_of
from linli.matters.whereabouts import Position, Whereabouts
from linli.places.lookup import grid_at
from linli.places.models import Place

_SENT, _AGAIN = "sent", 600  # a cookie of this page, and the seconds it lives


@public
@never_cache
@rate_limit("matters.report", count=30, seconds=3600)
def report(request: HttpRequest) -> HttpResponse:
    """/report/ : the form, and what comes of it."""
    if request.method == "POST":
        form = ReportForm(request.POST, request.FILES)
        if form.is_valid():
            data = form.cleaned_data
            try:
                _not_told_already(request, data["text"], data["request_id"])
                raised = raise_matter(
                    request_id=data["request_id"], channel=Channel.WEB, text=data["text"], category=data["category"], place=data["place"],
                    position=data["position"], address=data["address"], photos=data["photos"], reporter=form.reporter(),
                    line=data["line"],
                )  # fmt: skip
            except Refusal as refusal:
                refusal.onto(form)
            else:
                response = redirect("matters:raised", code=raised.follow_code)
                _remember(response, data["text"], data["request_id"], raised.matter.number)
                return response
    else:
        form = ReportForm(initial={n: request.GET[n] for n in ("category", "place", "line") if n in request.GET})
    line = charter_in_force().lines.get(str(form["line"].value() or ""))
    lost_photos = bool(form.is_bound and form.files and "photos" not in form.errors)
    return render(
        request,
        "matters/report.html",
        {"form": form, "lost_photos": lost_photos, "line": told(charter_in_force(), line) if line else None},
        status=422 if form.is_bound else 200,
    )


def _not_told_already(request: HttpRequest, text: str, request_id: UUID) -> None:
    """Going back and sending again is no second matter: this browser has just sent these very words."""
    sent = (request.get_signed_cookie(_SENT, default="", max_age=_AGAIN) or "").split(" ")
    if len(sent) == 3 and sent[0] == _digest(text) and sent[1] != _digest(str(request_id)):
        raise Refusal(
            _("You have sent exactly these words a moment ago: they are matter %(number)s. For something else, say what is different."),
            field="text", code="told_already", params={"number": sent[2]},
        )  # fmt: skip


def _remember(response: HttpResponse, text: str, request_id: UUID, number: str) -> None:
    """For ten minutes, in the browser alone, and only as digests."""
    said = f"{_digest(text)} {_digest(str(request_id))} {number}"
    response.set_signed_cookie(_SENT, said, max_age=_AGAIN, httponly=True, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE)


def _digest(text: str) -> str:
    return sha256(text.strip().encode()).hexdigest()[:32]


@public
@never_cache
def raised(request: HttpRequest, code: str) -> HttpResponse:
    """/report/done/<code>/ : the number, the code and the slip. The code in the address is the only key to it."""
    matter = by_code(code)
    if matter is None:
        raise Http404
    link = request.build_absolute_uri(reverse("matters:follow_code", args=[code]))
    # whoever came without a script sees here what the others saw while typing
    where = Whereabouts(matter.place, FoundBy(matter.found_by), matter.lon, matter.lat)
    similar = [shown(s) for s in similar_matters(text=matter.text, where=where, category=matter.category, but=matter.pk)]
    context = {"matter": matter, "slip": slip_of(matter, code, link), "link": link, "similar": similar}
    return render(request, "matters/raised.html", context)


@public
@never_cache
def slip(request: HttpRequest, code: str) -> HttpResponse:
    """/report/done/<code>/slip/ : the same on paper."""
    matter = by_code(code)
    if matter is None:
        raise Http404
    link = request.build_absolute_uri(reverse("matters:follow_code", args=[code]))
    back = reverse("matters:raised", args=[code])
    return render(request, "matters/slip.html", {"slip": slip_of(matter, code, link), "back_url": back})


@public
def kinds(request: HttpRequest) -> HttpResponse:
    """/report/kinds/?q= : every kind of matter in plain words: when it counts, until when, when it is done."""
    version = version_in_force()
    charter = charter_of(version)
    said = request.GET.get("q", "").strip()[:40]
    leaves = _spoken_of(version, said) if said else list(charter.leaves())
    branches: dict[str, list[tuple[Category, str]]] = {}
    for c in leaves:
        top = charter.categories.get(c.parent)
        branches.setdefault(named(top.name) if top else "", []).append((c, duration(str(c.within)) if c.within else ""))
    return render(request, "matters/kinds.html", {"branches": branches.items(), "said": said, "count": len(leaves)})


def _spoken_of(version: CharterVersion, said: str) -> list[Category]:
    """Categories that have to do with the words: those proposed for them, likeliest first, then those whose name or words hold them."""
    charter = charter_of(version)
    likely = [charter.categories[s.category] for s in model_of(version).propose(said, most=5)]
    plain = "".join(said.lower().split())
    return likely + [c for c in charter.leaves() if c not in likely and _holds(plain, c)]


def _holds(plain: str, category: Category) -> bool:
    names = [category.name.zh, category.name.en if (get_language() or "").startswith("en") else "", *category.words]
    said = ["".join(n.lower().split()) for n in names if n]
    return any(plain in n or (len(n) > 1 and n in plain) for n in said)


@public
@rate_limit("matters.here", count=120, seconds=3600)
def here(request: HttpRequest) -> HttpResponse:
    """/report/here/ : which community and grid a position is in, in words (the page asks; a position is no address, so POST)."""
    found = None
    if request.method == "POST":
        try:
            at = Position(
                float(request.POST.get("lon", "")), float(request.POST.get("lat", "")), request.POST.get("datum") or "wgs84"
            ).wgs84()
        except ValueError:
            at = None
        pk = grid_at(*at) if at else None
        found = Place.objects.select_related("parent").filter(pk=pk).first() if pk else None
    return render(request, "matters/parts/here.html", {"grid": found})
