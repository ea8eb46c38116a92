"""Sheets of residents: bring one, say what its columns are, see what it would do, enter it, take it back."""

from __future__ import annotations

import io
from typing import Any

from django.contrib import messages
from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_safe

from linli.access.scope import can, scope_of
from linli.frame.exports import MIME
from linli.frame.models import Job
from linli.frame.refusal import Refusal
from linli.kit import idnumber, phones
from linli.kit.sheet_writer import write_rows
from linli.kit.sheets import Unreadable, text_of
from linli.people import names
from linli.people.importing import actions, staging, words
from linli.people.importing.forms import FILE_SAYS, MAX_BYTES, ColumnsForm, SheetForm
from linli.people.importing.plan import CHANGED, EMPTY, NEW, WRONG
from linli.people.models import ImportFile
from linli.people.pages.areas import area_name
from linli.people.pages.base import register
from linli.places.models import Place

SHOWN = 20
PREVIEWED = 5


class InMemory(MemoryFileUploadHandler):
    """A sheet of residents never lies on the disk, not even for a moment; what one may weigh is looked at before anything is read."""

    def handle_raw_input(self, input_data, META, content_length, boundary, encoding=None):  # noqa: N803  # Django's own name
        self.activated = True


def _areas(request: HttpRequest) -> list[tuple[Place, str]]:
    """Where the user may bring a sheet: whole communities first, then grids."""
    rows = Place.objects.current().filter(scope_of(request.user).q("person.edit"), level__in=["community", "grid"])
    found = list(rows.select_related("parent").defer("shape").order_by("path")[:600])
    return [(p, area_name(p)) for p in sorted(found, key=lambda p: p.level != "community")]


@register("person.edit")
@csrf_exempt
def imports(request: HttpRequest) -> HttpResponseBase:
    """/people/import/ : the sheets one brought, and the next."""
    if request.method == "POST":
        if int(request.META.get("CONTENT_LENGTH") or 0) > MAX_BYTES + 100_000:
            messages.error(request, _("The file is larger than 20 MB. Split it."))
            return redirect("people:imports")
        request.upload_handlers = [InMemory(request)]  # type: ignore[assignment]
    return _imports(request)


@csrf_protect  # here, as it reads what was sent
def _imports(request: HttpRequest) -> HttpResponseBase:
    areas = _areas(request)
    form = SheetForm(request.POST if request.method == "POST" else None, request.FILES or None, areas=areas)
    if form.is_bound and form.is_valid():
        file, place = form.cleaned_data["file"], form.areas[form.cleaned_data["place"]]
        try:
            made = actions.bring_sheet(by=request.user, place=place, name=file.name, data=file.read())
            return redirect("people:import", made.uid)
        except Unreadable as fault:
            form.add_error("file", str(FILE_SAYS[fault.code]) % fault.params)
    files = list(actions.mine(request.user)[:20])
    context = {"form": form if areas else None, "files": [{"row": f, "place": area_name(f.place)} for f in files]}
    return render(request, "people/imports.html", context, status=422 if form.is_bound else 200)


@register("person.edit")
def sheet(request: HttpRequest, uid: Any) -> HttpResponseBase:
    """/people/import/<uid>/ : how far a sheet is, and what can be done with it now."""
    file = get_object_or_404(actions.mine(request.user), uid=uid)
    if not can(request.user, "person.edit", file):
        raise Http404
    last = actions.last_job(file)
    job = last if last and not last.is_over else None
    if request.headers.get("HX-Request") == "true":
        return _polled(request, file, job)
    if request.method == "POST":
        return _act(request, file)
    return _page(request, file, last)


def _polled(request: HttpRequest, file: ImportFile, job: Job | None) -> HttpResponse:
    """The part that changes while a job runs; once it is over, the page anew."""
    if job is None:
        response = HttpResponse(status=200)
        response["HX-Refresh"] = "true"
        return response
    return render(request, "frame/parts/job.html", {"job": _shown(file, job)})


def _shown(file: ImportFile, job: Job) -> dict[str, Any]:
    return {
        "title": job.title, "state": job.state, "done": job.done, "total": job.total, "message": job.message,
        "poll_url": reverse("people:import", args=[file.uid]), "cancel_url": "" if job.cancel else reverse("frame:job_cancel", args=[job.uid]),
    }  # fmt: skip


def _act(request: HttpRequest, file: ImportFile) -> HttpResponseBase:
    act, by = request.POST.get("act", ""), request.user
    form = None
    try:
        if act == "check":
            if not file.kept:
                raise Refusal(_("The rows are no longer kept. Bring the sheet again."), code="gone")
            form = ColumnsForm(request.POST, columns=staging.head_of(file).columns, chosen=file.columns)
            if not form.is_valid():
                return _page(request, file, None, form)
            actions.check_sheet(by=by, file=file, columns=form.columns())
        elif act == "enter":
            actions.enter_sheet(by=by, file=file)
        elif act == "undo":
            actions.undo_sheet(by=by, file=file)
        elif act == "drop":
            actions.drop_sheet(by=by, file=file)
            messages.success(request, _("The rows are let go."))
            return redirect("people:imports")
        else:
            raise Http404
    except Refusal as refusal:
        if form is not None:
            refusal.onto(form)
            return _page(request, file, None, form)
        messages.error(request, refusal.message)
    return redirect("people:import", file.uid)


def _page(request: HttpRequest, file: ImportFile, last: Job | None, form: ColumnsForm | None = None) -> HttpResponse:
    job = last if last and not last.is_over else None
    choosing = file.kept and not job and (form is not None or file.state in ("read", "undone") or "columns" in request.GET)
    head = staging.head_of(file) if file.kept else None
    context: dict[str, Any] = {
        "file": file, "place": area_name(file.place), "job": _shown(file, job) if job else None,
        "failed": last.message if last and last.state in ("failed", "cancelled") else "", "choosing": choosing,
        "denied": head.denied if head else [], "may_undo": not job and actions.may_undo(request.user, file, actions.change_of(file)),
    }  # fmt: skip
    if choosing and head:
        context |= {"form": form or ColumnsForm(columns=head.columns, chosen=file.columns), "preview": _preview(file)}
    elif not job and file.state != "read":
        context |= _became(file)
    return render(request, "people/import.html", context, status=422 if form is not None else 200)


def _preview(file: ImportFile) -> dict[str, Any]:
    """The first rows as they are understood, masked."""
    fields = [f for f in words.COLUMN_NAMES if f in file.columns.values()]
    rows = [[_masked(f, cells.get(f)) for f in fields] for cells in staging.first_cells(file, PREVIEWED)]
    return {"headings": [words.COLUMN_NAMES[f] for f in fields], "rows": rows}


def _masked(field: str, cell: Any) -> str:
    text = text_of(cell)
    if field == "name":
        return names.masked(names.plain(text))
    if field == "id_number":
        return idnumber.masked(text) if len(text) == 18 else "·" * min(len(text), 18)
    if field == "phone":
        try:
            return phones.masked(phones.read(text)) if text else ""
        except phones.BadPhone:
            return "·" * min(len(text), 12)
    return text[:40]


def _became(file: ImportFile) -> dict[str, Any]:
    says = words.TO_COME if file.state == "checked" else words.DONE
    states = [
        {"state": state, "says": says[state], "count": file.counts.get(state, 0)}
        for state in says
        if state != EMPTY or file.counts.get(EMPTY)
    ]
    faults = [{"what": words.fault_named(name), "count": count} for name, count in file.counts.get("faults", {}).items()]
    wrong: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    alike: list[dict[str, Any]] = []
    for row, state, what in staging.outcomes_of(file):
        for kind, lines in ((WRONG, wrong), (CHANGED, changed), (NEW, alike)):
            if state == kind and what and len(lines) < SHOWN:
                lines.append({"row": row, "what": words.explained(state, what)})
    todo = file.counts.get("new", 0) + file.counts.get("changed", 0)
    total = sum(file.counts.get(state, 0) for state in says)
    return {
        "total": total,
        "states": states,
        "faults": faults,
        "wrong": wrong,
        "changed": changed,
        "alike": alike,
        "todo": todo,
        "shown": SHOWN,
    }


@register("person.edit")
@require_safe
def import_sheet(request: HttpRequest, uid: Any) -> HttpResponseBase:
    """/people/import/<uid>/sheet/ : the sheet as it came, with what became of each row behind it."""
    file = get_object_or_404(actions.mine(request.user), uid=uid)
    if not can(request.user, "person.edit", file):
        raise Http404
    says = words.TO_COME if file.state == "checked" else words.DONE
    try:
        rows = actions.fetch_sheet(
            by=request.user, file=file, headings=(_("State"), _("Explanation")),
            said=lambda state, what: (str(says[state]), words.explained(state, what)),
        )  # fmt: skip
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return redirect("people:import", file.uid)
    out = io.BytesIO()  # in memory: residents' rows leave no file behind
    write_rows(out, rows)
    out.seek(0)
    name = f"{file.name.rsplit('.', 1)[0][:60]}-{timezone.localtime():%Y%m%d-%H%M}.xlsx"
    response = FileResponse(out, as_attachment=True, filename=name, content_type=MIME)
    response["Cache-Control"] = "no-store"
    return response
