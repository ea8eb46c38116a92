"""Files in and out: upload, check, see the difference, confirm."""

from __future__ import annotations

import secrets
from typing import Any

from django.contrib import messages
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.frame.access_rule import staff
from linli.places import actions
from linli.places.forms import FileForm
from linli.places.models import Facility, Place
from linli.places.reports import SHOWN, LoadReport

KEPT = 3600  # seconds between upload and confirmation
EXPORTED = ("district", "street", "community", "grid", "building")
EXPORT_CAP = 20_000


@staff("place.edit", fresh=True)
def import_file(request: HttpRequest) -> HttpResponse:
    """Take a file; it is kept for an hour under a number of its own and checked on the next page."""
    form = FileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        token = secrets.token_urlsafe(16)
        values = form.cleaned_data
        kept = {k: values[k] for k in ("kind", "datum", "valid_from")} | {"name": values["file"].name[:100], "data": values["file"].read()}
        cache.set(_key(request, token), kept, KEPT)
        return redirect("places:import_check", token)
    return render(request, "places/import.html", {"form": form}, status=422 if form.is_bound else 200)


def _key(request: HttpRequest, token: str) -> str:
    return f"places-import:{request.user.pk}:{token}"


@staff("place.edit", fresh=True)
def import_check(request: HttpRequest, token: str) -> HttpResponse:
    """What the file would change, or what in it must be mended. Confirming applies exactly the difference that was shown."""
    kept = cache.get(_key(request, token))
    if kept is None:
        messages.warning(request, _("The file is no longer kept. Choose it again."))
        return redirect("places:import")
    shown = request.POST.get("digest", "")
    changed = False
    if request.method == "POST":
        report = _run(request, kept, dry_run=True)
        changed = report.digest != shown
        if report.ok and not changed:
            report = _run(request, kept, dry_run=False)
            if report.applied:
                cache.delete(_key(request, token))
                messages.success(request, _("Saved: %(summary)s.") % {"summary": report.summary()})
                return redirect("places:home")
    else:
        report = _run(request, kept, dry_run=True)
    facts = {
        "report": report, "kept": kept, "token": token, "changed": changed, "shown": SHOWN, "changes": report.changes[:SHOWN],
        "missing": report.missing[:SHOWN], "problems": report.problems[:SHOWN], "warnings": report.warnings[:SHOWN],
    }  # fmt: skip
    return render(request, "places/import_check.html", facts, status=409 if changed else 200 if report.ok else 422)


def _run(request: HttpRequest, kept: dict[str, Any], *, dry_run: bool) -> LoadReport:
    if kept["kind"] == "csv":
        return actions.load_places(kept["data"], by=request.user, valid_from=kept["valid_from"], dry_run=dry_run)
    return actions.import_geojson(kept["data"], by=request.user, datum=kept["datum"], valid_from=kept["valid_from"], dry_run=dry_run)


@staff("place.see")
def export(request: HttpRequest) -> HttpResponse:
    """``?level=grid[&within=CODE]``: GeoJSON of the user's own area, with facilities where ``facilities=1``."""
    level = request.GET.get("level", "grid")
    if level not in EXPORTED:
        raise Http404
    rows = Place.objects.current().visible_to(request.user).filter(level=level)
    things = Facility.objects.visible_to(request.user)
    if code := request.GET.get("within"):
        area = Place.objects.current().visible_to(request.user).filter(code=code).defer("shape").first()
        if area is None:
            raise Http404
        rows, things = rows.within(str(area.path)), things.within(str(area.path))
    facilities = things[:EXPORT_CAP] if request.GET.get("facilities") == "1" else ()
    text = actions.export_geojson(rows.order_by("path")[:EXPORT_CAP], facilities=facilities)
    response = HttpResponse(text, content_type="application/geo+json")
    response["Content-Disposition"] = f'attachment; filename="linli-{level}-{timezone.localdate():%Y%m%d}.geojson"'
    return response
