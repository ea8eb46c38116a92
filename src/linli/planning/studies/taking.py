"""A study as a file and on paper."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.text import slugify
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from linli.access.pages import staff
from linli.frame.exports import Export, export_rows
from linli.frame.pdf import pdf_response
from linli.frame.refusal import Refusal
from linli.places.answers import geojson_answer
from linli.planning import commands
from linli.planning.drawing import drawn
from linli.planning.studies.actions import PLAN, SEE
from linli.planning.studies.pages import seen, shown_to
from linli.planning.studies.shown import Shown

EXAMPLES = ("community", "zhucheng")


def _done(request: HttpRequest, uid: Any) -> Shown:
    shown = shown_to(request.user, seen(request, uid), request.POST.get("view") or request.GET.get("view", ""))
    if not shown.done:
        raise Http404
    return shown


@staff(SEE)
@never_cache
@require_safe
def shapes(request: HttpRequest, uid: Any) -> HttpResponse:
    """/plan/studies/<uid>/shapes/ : what is drawn on the map."""
    return geojson_answer(_done(request, uid).features())


@staff(SEE)
@never_cache
@require_safe
def geojson(request: HttpRequest, uid: Any) -> HttpResponse:
    """/plan/studies/<uid>/study.geojson : the answer as ``linli plan`` writes it, with the record of how it came about."""
    shown = _done(request, uid)
    rows = {"rows": shown.result["rows"]} if shown.result["rows"] else {}
    response = geojson_answer(shown.result["features"], linli=shown.record, **rows)
    name = f"{slugify(shown.row.kind)}-{slugify(shown.row.place.code)}-{shown.row.pk}"
    response["Content-Disposition"] = f'attachment; filename="{name}.geojson"'
    return response


@staff(SEE)
@require_POST
def sheet(request: HttpRequest, uid: Any) -> HttpResponseBase:
    """/plan/studies/<uid>/sheet/ : one of its tables as a spreadsheet (``table``: which)."""
    shown = _done(request, uid)
    said = request.POST.get("table", "0")
    sheets = shown.parts.sheets
    number = int(said) if said.isascii() and said.isdigit() and len(said) < 3 else 0
    if number >= len(sheets):
        raise Http404
    one = sheets[number]
    title = f"{shown.kind.name} {shown.row.called} {one.title}"
    try:
        return export_rows(
            request, one.rows, one.columns, Export(title, "planning.study.exported", str(shown.row.path)), query=f"{shown.row.uid}"
        )
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return redirect("planning:study", shown.row.uid)


@staff(SEE)
@never_cache
@require_safe
def paper(request: HttpRequest, uid: Any) -> HttpResponse:
    """/plan/studies/<uid>/print/ : the study on paper: map, words, tables, how it was made."""
    return render(request, "planning/study_print.html", _on_paper(request, uid))


@staff(SEE)
@never_cache
@require_safe
def pdf(request: HttpRequest, uid: Any) -> HttpResponse:
    """/plan/studies/<uid>/paper.pdf : the same as a file."""
    context = _on_paper(request, uid)
    try:
        return pdf_response(request, "planning/study_paper.html", context, name=f"{context['kind'].name}-{context['row'].called}.pdf")
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return redirect("planning:study", uid=uid)


def _on_paper(request: HttpRequest, uid: Any) -> dict[str, Any]:
    shown = _done(request, uid)
    marks = shown.drawn
    drawing = drawn(
        [body for _mark, body in marks],
        [m.name if m.label else "" for m, _body in marks],
        [shown.fills[m.tone] for m, _body in marks],
        spread=not shown.parts.pale,
    )
    return {
        "shown": shown,
        "row": shown.row,
        "kind": shown.kind,
        "place": shown.row.place,
        "drawing": drawing,
        "back_url": shown.url + shown.query,
    }


@staff(PLAN)
@require_safe
def example(request: HttpRequest, which: str) -> HttpResponse:
    """/plan/studies/example/<which>.geojson : a file to try a study on; positions and numbers are made up."""
    if which not in EXAMPLES:
        raise Http404
    response = HttpResponse(commands.example(which), content_type="application/geo+json")
    response["Content-Disposition"] = f'attachment; filename="{which}.geojson"'
    return response
