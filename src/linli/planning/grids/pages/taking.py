"""An alternative as a file and on paper."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from linli import __version__
from linli.access.pages import staff
from linli.frame.columns import Column
from linli.frame.exports import Export, export_rows
from linli.frame.pdf import pdf_response
from linli.frame.refusal import Refusal
from linli.places.answers import geojson_answer
from linli.planning.drawing import FILLS, drawn
from linli.planning.grids.actions import SEE
from linli.planning.grids.pages.alternatives import seen, today
from linli.planning.models import Alternative

COLUMNS = (
    Column("code", gettext_lazy("Code"), lambda s: s["code"], width=22),
    Column("name", gettext_lazy("Building"), lambda s: s["name"], width=18),
    Column("households", gettext_lazy("Households"), lambda s: s["households"], kind="number", width=10),
    Column("was", gettext_lazy("Present grid"), lambda s: s["was"], width=18),
    Column("now", gettext_lazy("New grid"), lambda s: s["now"], width=18),
    Column("moved", gettext_lazy("By hand"), lambda s: _("yes") if s["moved"] else "", width=8),
)


def _shown(request: HttpRequest, uid: Any) -> Any:
    from linli.planning.grids.shown import Shown

    shown = Shown(seen(request, uid))
    if not shown.divided:
        raise Http404
    return shown


@staff(SEE)
@never_cache
@require_safe
def shapes(request: HttpRequest, uid: Any) -> HttpResponse:
    """/plan/divisions/<uid>/shapes/ : grids and buildings for the map."""
    from linli.planning.grids.shown import features

    shown = _shown(request, uid)
    return geojson_answer(features(shown, today(shown.row), buildings=True))


def record(shown: Any) -> dict[str, Any]:
    """All that is needed to make it again."""
    row: Alternative = shown.row
    return {
        "version": __version__, "community": row.place.code, "number": row.number, "options": row.options, "digest": row.digest,
        "result": {k: v for k, v in row.result.items() if k not in ("ground", "change")}, "moves": row.moves,
        "counts": {k: v for k, v in row.facts["counts"].items() if k != "few"}, "words": shown.words,
    }  # fmt: skip


@staff(SEE)
@never_cache
@require_safe
def geojson(request: HttpRequest, uid: Any) -> HttpResponse:
    """/plan/divisions/<uid>/grids.geojson : the grids with figures and the record of how they came about, to take along."""
    from linli.planning.grids.shown import features

    shown = _shown(request, uid)
    response = geojson_answer(features(shown, today(shown.row), buildings=False), linli=record(shown))
    response["Content-Disposition"] = f'attachment; filename="{slugify(shown.row.place.code)}-{shown.row.number}.geojson"'
    return response


@staff(SEE)
@require_POST
def sheet(request: HttpRequest, uid: Any) -> HttpResponseBase:
    """/plan/divisions/<uid>/sheet/ : every building with its present and its new grid, as a spreadsheet."""
    shown = _shown(request, uid)
    row = shown.row
    moved = {code for code, _unit in row.moves}
    lines = []
    for n, (code, name, households, _lon, _lat, was) in enumerate(row.facts["sites"]):
        told = shown.households_of(n) if code in shown.few else households
        lines.append({"code": code, "name": name, "households": told, "was": was, "now": shown.names[shown.lab[n]], "moved": code in moved})
    title = _("%(place)s, alternative %(number)s") % {"place": row.place.name, "number": row.number}
    try:
        return export_rows(request, lines, COLUMNS, Export(title, "planning.alternative.exported", str(row.path)), query=f"{row.uid}")
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return redirect("planning:alternative", row.uid)


@staff(SEE)
@never_cache
@require_safe
def paper(request: HttpRequest, uid: Any) -> HttpResponse:
    """/plan/divisions/<uid>/print/ : the alternative on paper: map, figures, every grid's buildings."""
    return render(request, "planning/print.html", _on_paper(request, uid))


@staff(SEE)
@never_cache
@require_safe
def pdf(request: HttpRequest, uid: Any) -> HttpResponse:
    """/plan/divisions/<uid>/paper.pdf : the same as a file."""
    context = _on_paper(request, uid)
    try:
        name = f"{context['place'].name}-{context['row'].number}.pdf"
        return pdf_response(request, "planning/paper.html", context, name=name)
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return redirect("planning:alternative", uid=uid)


def _on_paper(request: HttpRequest, uid: Any) -> dict[str, Any]:
    from linli.planning.grids.shown import outlines, tones

    shown = _shown(request, uid)
    row = shown.row
    grids = [
        (
            unit,
            continues,
            [(s[1], shown.households_of(n)) for n, s in enumerate(row.facts["sites"]) if shown.lab[n] == u],
            wrong,
        )
        for u, unit, wrong, continues in shown.rows
    ]
    ground = outlines(row, today(row))
    drawing = drawn(ground, shown.names, [FILLS[t] for t in tones(ground)], spots=[(s[3], s[4]) for s in row.facts["sites"]])
    return {
        "shown": shown,
        "row": row,
        "place": row.place,
        "grids": grids,
        "drawing": drawing,
        "back_url": reverse("planning:alternative", args=[row.uid]),
    }
