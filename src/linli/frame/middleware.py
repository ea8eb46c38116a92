"""What wraps every request: a stopped database is told kindly, and each request leaves one line without personal data."""

from __future__ import annotations

import time

import structlog
from django.db import OperationalError

log = structlog.get_logger("linli.request")


class Outage:
    """Turns a database that can't be reached into a 503 page that gives back what was typed."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, exception):
        if isinstance(exception, OperationalError):
            from linli.frame.errors import outage

            return outage(request)
        return None


class RequestLog:
    """One line a request: method, route name, status, milliseconds. Never the path's values, the query, the address or the user's name."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        began = time.perf_counter()
        response = self.get_response(request)
        match = request.resolver_match
        log.info(
            "request",
            method=request.method,
            view=match.view_name if match else "-",
            status=response.status_code,
            ms=round((time.perf_counter() - began) * 1000, 1),
        )
        return response
