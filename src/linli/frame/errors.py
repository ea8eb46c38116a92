"""Error pages. None of them reads the database, the session or the user: they must come when those don't.

``conf.urls`` names the handlers. What happened is told in plain words; what was typed is given back.
"""

from __future__ import annotations

import sys
import traceback
from pathlib import Path
from typing import Any

import psycopg
import psycopg_pool
import structlog
from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.db import DataError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import translation

from linli.frame.context import is_elder
from linli.frame.kept import kept_of, wants_fragment
from linli.frame.problems import for_program
from linli.frame.refusal import Refusal, Unready, refusal_page

log = structlog.get_logger("linli.error")

AWAY = (
    OperationalError,
    InterfaceError,
    psycopg.OperationalError,
    psycopg.InterfaceError,
    psycopg_pool.PoolTimeout,
    psycopg_pool.PoolClosed,
)
AGAIN = 30  # seconds after which trying again makes sense


def is_outage(error: BaseException | None) -> bool:
    """The database can't be reached or couldn't finish: connection refused, lost, pool empty, server stopping, deadlock."""
    return isinstance(error, AWAY)


def page(request: HttpRequest, template: str, status: int, context: dict[str, Any] | None = None) -> HttpResponse:
    """An error page in the language of the request (no middleware may have run yet), without context processors; or what a program reads."""
    if (said := for_program(request, status)) is not None:
        return said
    language = translation.get_language_from_request(request)
    with translation.override(language):
        known = {
            "elder": is_elder(request),
            "now_path": request.path,
            "request_id": getattr(request, "id", ""),
            "status": status,
        }
        if wants_fragment(request):
            template = "frame/errors/fragment.html"
        response = HttpResponse(render_to_string(template, known | (context or {})), status=status)
    response["Cache-Control"] = "no-store"
    response["Content-Language"] = language
    response._has_been_logged = True  # type: ignore[attr-defined]  # Django would log the address; RequestLog has its own line
    return response


def kept_page(request: HttpRequest, template: str, status: int, context: dict[str, Any] | None = None) -> HttpResponse:
    """An error page that gives back what was typed."""
    return page(request, template, status, {"kept": kept_of(request), **(context or {})})


def outage(request: HttpRequest, error: BaseException | None = None) -> HttpResponse:
    """503: nothing can be read or saved now. Whether a save that was under way succeeded may be unknown; the page says so."""
    log.error("outage", kind=type(error).__name__ if error else "-", sqlstate=getattr(getattr(error, "__cause__", error), "sqlstate", None))
    response = kept_page(request, "frame/errors/503.html", 503)
    response["Retry-After"] = str(AGAIN)
    return response


def answer(request: HttpRequest, error: BaseException | None) -> HttpResponse | None:
    """The page for errors that mean something to the user; None for those that are our own mistakes."""
    if is_outage(error):
        return outage(request, error)
    if isinstance(error, Refusal):
        with translation.override(translation.get_language_from_request(request)):
            return refusal_page(request, error)
    if isinstance(error, Unready):
        log.warning("unready", kind=type(error).__name__)
        return kept_page(request, "frame/errors/unready.html", 503)
    if isinstance(error, DataError):  # a value PostgreSQL can't hold, past a form that should have said so
        log.warning("data_error", sqlstate=getattr(error.__cause__, "sqlstate", None))
        return kept_page(request, "frame/errors/400.html", 400)
    return None


def too_large(request: HttpRequest) -> HttpResponse:
    """413. Nothing of the body is read."""
    return page(request, "frame/errors/413.html", 413, {"most": body_cap() // 1_000_000})


def body_cap() -> int:
    """Bytes of one request, files included: six photos and five documents would never be sent at once at their largest."""
    return int(getattr(settings, "BODY_CAP", 80_000_000))


def too_many(request: HttpRequest, seconds: int) -> HttpResponse:
    """429 with the time after which it goes on, and what was typed."""
    minutes = max(1, -(-seconds // 60))
    response = kept_page(request, "frame/errors/429.html", 429, {"minutes": minutes})
    response["Retry-After"] = str(max(1, seconds))
    return response


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: the form was open too long, or came from elsewhere. Given back for copying, never for sending again as it is."""
    log.info("csrf_failed", reason=reason.split(" - ")[0][:60])
    return kept_page(request, "frame/errors/403_csrf.html", 403)


def bad_request(request: HttpRequest, exception: BaseException | None = None) -> HttpResponse:
    if isinstance(exception, RequestDataTooBig | TooManyFieldsSent | TooManyFilesSent):
        return too_large(request)
    return page(request, "frame/errors/400.html", 400)


def forbidden(request: HttpRequest, exception: BaseException | None = None) -> HttpResponse:
    return kept_page(request, "frame/errors/403.html", 403)


def missing(request: HttpRequest, exception: BaseException | None = None) -> HttpResponse:
    return page(request, "frame/errors/404.html", 404)


def wrong_method(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """405 with words, where Django gives an empty page; its headers stay."""
    told = page(request, "frame/errors/405.html", 405)
    response.content = told.content
    for name, value in told.headers.items():
        response[name] = value
    response["Content-Length"] = str(len(told.content))
    return response


def broken(request: HttpRequest) -> HttpResponse:
    """500; and what middleware of Django's own or a commit let through, where no ``process_exception`` is asked."""
    error = sys.exc_info()[1]
    found = answer(request, error)
    if found is not None:
        return found
    # the message of an exception may quote what somebody typed; where it happened can't
    frames = traceback.extract_tb(error.__traceback__) if error else []
    log.error("broken", kind=type(error).__name__, at=[f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in frames][-12:])
    return kept_page(request, "frame/errors/500.html", 500)
