"""What wraps every request: a stopped database is told kindly, and each request leaves one line without personal data."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from linli.frame import context, errors

log = structlog.get_logger("linli.request")


class Outage:
    """Turns a database that can't be reached into a 503 page that gives back what was typed, and refusals into their pages.

    Here for views; what fails in other middleware or at a commit comes by ``errors.broken``. Bodies that are too large are refused
    before anything reads them (Django's own cap doesn't count files).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if _length(request) > errors.body_cap():
            log.info("request", method=request.method, view="-", status=413, ms=0)
            return errors.too_large(request)
        response = self.get_response(request)
        return errors.wrong_method(request, response) if response.status_code == 405 and not response.content else response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return errors.answer(request, exception)


def _length(request: HttpRequest) -> int:
    text = request.META.get("CONTENT_LENGTH") or "0"
    return int(text) if text.isascii() and text.isdigit() else 0


class RequestLog:
    """One line a request: number, method, route name, status, milliseconds. Never the path's values, the query, the address, the user.

    The number is ours, new for each request, in the answer's ``X-Request-ID``, on error pages and in every log line of the request.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        number = uuid.uuid4().hex[:16]
        request.id = number  # type: ignore[attr-defined]
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request=number)
        try:
            response = self.get_response(request)
            match = request.resolver_match
            response["X-Request-ID"] = number
            log.info(
                "request",
                method=request.method,
                view=match.view_name if match else "-",
                status=response.status_code,
                ms=round((time.perf_counter() - began) * 1000, 1),
            )
            return response
        finally:
            structlog.contextvars.clear_contextvars()


class Face:
    """Whoever chose the field's frame or the desk's keeps it on every page that can be shown in either, in every room (``frame.context``)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        face = context.chosen_face(request)
        if face and face != request.COOKIES.get(context.FACE_COOKIE):
            response.set_cookie(context.FACE_COOKIE, face, secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax")
        return response
