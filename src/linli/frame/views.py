"""Pages of the frame's own: is it alive, is it ready, saved views, long jobs."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.db import DatabaseError, IntegrityError, InterfaceError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from linli.frame.access_rule import public, staff
from linli.frame.errors import is_outage
from linli.frame.jobs import cancel_job, look_after
from linli.frame.models import Beat, Job, SavedView

BEAT = timedelta(minutes=5)  # the clock job runs each minute
GRACE = 180.0  # seconds after the start in which it may not have run yet
_BORN = time.monotonic()
VIEWS = 30  # saved views of one list


@public
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """The process is alive. Asks nobody."""
    return _plain({"status": "ok"}, 200)


@public
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Whether work can be done here: database, migrations, charter, clock. 503 names what is missing; details stay in the log."""
    checks: dict[str, str] = {}
    for name, check in CHECKS.items():
        try:
            checks[name] = check()
        except Exception as error:  # whatever it is, it isn't ready
            checks[name] = "unreachable" if is_outage(error) or isinstance(error, DatabaseError | InterfaceError) else "failing"
            if name == "database":
                break
    ready = all(checks.get(name) in ("ok", "starting") for name in CHECKS)
    return _plain({"status": "ready" if ready else "not ready", "checks": checks}, 200 if ready else 503)


def _plain(data: dict[str, Any], status: int) -> JsonResponse:
    response = JsonResponse(data, status=status)
    response["Cache-Control"] = "no-store"
    return response


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("select 1")
    return "ok"


_migrated = False


def _migrations() -> str:
    """Looked up until they are all there; they don't go away again under a running process."""
    global _migrated
    if not _migrated:
        executor = MigrationExecutor(connection)
        _migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    return "ok" if _migrated else "pending"


def _clock() -> str:
    if Beat.objects.filter(name="clock", at__gte=timezone.now() - BEAT).exists():
        return "ok"
    return "starting" if time.monotonic() - _BORN < GRACE else "late"


CHECKS: dict[str, Callable[[], str]] = {"database": _database, "migrations": _migrations, "clock": _clock}
"""What must be in order before work can be done, each "ok" or a word for what is missing; rooms above add their own when they load."""


# saved views ------------------------------------------------------------------------------------------------------------------------


def _here(request: HttpRequest, where: str) -> str:
    """``where``, if it is a page of this site; else nothing."""
    return where if url_has_allowed_host_and_scheme(where, {request.get_host()}, request.is_secure()) and where.startswith("/") else ""


def _next(request: HttpRequest) -> HttpResponse:
    """Back to the list, on this site only."""
    return redirect(_here(request, request.POST.get("next", "")) or "/")


def _name(request: HttpRequest) -> str:
    """The posted name, one line; "" with a message where it can't be used."""
    name = " ".join(request.POST.get("name", "").split())
    if not 1 <= len(name) <= 40 or not name.isprintable():
        messages.error(request, _("Give the view a name of up to 40 characters."))
        return ""
    return name


@staff()
@require_POST
def view_save(request: HttpRequest) -> HttpResponse:
    """Keep a list's filters under a name; the same name again replaces what it stood for."""
    page, query, name = request.POST.get("page", ""), request.POST.get("query", ""), _name(request)
    try:
        reverse(page)
    except NoReverseMatch:
        raise Http404 from None
    if len(page) > 60 or len(query) > 2000 or "\0" in query:
        messages.error(request, _("These filters are too long to keep."))
        return _next(request)
    if not name:
        return _next(request)
    user: Any = request.user
    mine = SavedView.objects.filter(user=user, page=page)
    if mine.exclude(name=name).count() >= VIEWS:
        messages.error(request, _("You keep %(most)s views of this list already. Forget one first.") % {"most": VIEWS})
        return _next(request)
    SavedView.objects.update_or_create(user=user, page=page, name=name, defaults={"query": query})
    messages.success(request, _("Kept as “%(name)s”.") % {"name": name})
    return _next(request)


def _mine(request: HttpRequest) -> SavedView:
    text = request.POST.get("id", "")
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise Http404
    return get_object_or_404(SavedView, pk=int(text), user=request.user)


@staff()
@require_POST
def view_rename(request: HttpRequest) -> HttpResponse:
    view, name = _mine(request), _name(request)
    if name:
        view.name = name
        try:
            with transaction.atomic():
                view.save(update_fields=["name"])
        except IntegrityError:
            messages.error(request, _("You already have a view called “%(name)s”.") % {"name": name})
    return _next(request)


@staff()
@require_POST
def view_drop(request: HttpRequest) -> HttpResponse:
    _mine(request).delete()
    messages.success(request, _("The view is forgotten. The list itself is as it was."))
    return _next(request)


# long jobs --------------------------------------------------------------------------------------------------------------------------


def _job(request: HttpRequest, uid: Any) -> Job:
    return get_object_or_404(Job, uid=uid, by=request.user)


@staff()
@require_safe
def job(request: HttpRequest, uid: Any) -> HttpResponse:
    """How far one's job is; for htmx only the part that changes. ``?next=`` is the page it was started on."""
    found = look_after(_job(request, uid))
    shown = {
        "title": found.title,
        "state": found.state,
        "done": found.done,
        "total": found.total,
        "message": found.message,
        "poll_url": reverse("frame:job", args=[uid]),
        "cancel_url": "" if found.cancel else reverse("frame:job_cancel", args=[uid]),
        "result_url": reverse("frame:job_result", args=[uid]) if found.result else "",
    }
    template = "frame/parts/job.html" if request.headers.get("HX-Request") == "true" else "frame/job.html"
    response = render(request, template, {"job": shown, "found": found, "back": _here(request, request.GET.get("next", ""))})
    response["Cache-Control"] = "no-store"
    response["Vary"] = "HX-Request"
    return response


@staff()
@require_POST
def job_cancel(request: HttpRequest, uid: Any) -> HttpResponse:
    cancel_job(by=request.user, job=_job(request, uid))
    return redirect(_here(request, request.GET.get("next", "")) or reverse("frame:job", args=[uid]))


@staff()
@require_safe
def job_result(request: HttpRequest, uid: Any) -> FileResponse:
    """The file that came of it, to the one who asked for it, always as a download."""
    found = _job(request, uid)
    if found.state != Job.State.DONE or not found.result:
        raise Http404
    try:
        file = found.result.open("rb")
    except FileNotFoundError:
        raise Http404 from None
    response = FileResponse(file, as_attachment=True, filename=found.result_name or found.title, content_type="application/octet-stream")
    response["Cache-Control"] = "no-store"
    return response
