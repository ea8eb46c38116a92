"""Errors for programs, RFC 9457: what went wrong, in the caller's language, with the fields it is about. Never a page.

Reads neither database nor session: it must come when those don't.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import gettext_lazy as _

TITLES = {
    400: _("The request can't be read."),
    401: _("A valid key is needed."),
    403: _("This key may not do that."),
    404: _("There is no such thing here."),
    405: _("This address doesn't take that method."),
    409: _("This doesn't fit how it stands now."),
    412: _("It has changed since you read it."),
    413: _("This is too large."),
    415: _("This kind of content is not taken here."),
    422: _("Some of it can't be taken."),
    428: _("Say which version you have read."),
    429: _("Too many requests. Wait a while."),
    500: _("Something is broken here. It has been noted."),
    503: _("This can't be done at the moment. Try again soon."),
}
Render = Callable[[HttpRequest, int], HttpResponse]
_speakers: dict[str, Render] = {}


def answers_at(prefix: str, render: Render) -> None:
    """Errors of addresses below ``prefix`` are said by ``render`` (the request, the status) instead of by a page."""
    _speakers[prefix] = render


def for_program(request: HttpRequest, status: int) -> HttpResponse | None:
    """The error as a program reads it; None where a person reads."""
    render = next((r for prefix, r in _speakers.items() if request.path.startswith(prefix)), None)
    return render(request, status) if render else None


def problem(
    status: int,
    *,
    code: str = "",
    detail: Any = "",
    errors: Iterable[Mapping[str, str]] = (),
    changed: Iterable[Any] | None = None,
    retry_after: int = 0,
) -> HttpResponse:
    """``code`` is for programs, ``detail`` for people; ``errors`` are of single fields; ``changed`` is what others did meanwhile."""
    code = code or HTTPStatus(status).phrase.lower().replace(" ", "_")
    said: dict[str, Any] = {"type": f"urn:linli:problem:{code}", "title": str(TITLES[status]), "status": status, "code": code}
    if detail:
        said["detail"] = str(detail)
    if errors := list(errors):
        said["errors"] = errors
    if changed is not None:
        said["changed"] = [str(line) for line in changed]
    response = HttpResponse(json.dumps(said, ensure_ascii=False), status=status, content_type="application/problem+json")
    response["Cache-Control"] = "no-store"
    response["Content-Language"] = translation.get_language() or "en"
    if retry_after:
        response["Retry-After"] = str(retry_after)
    if status == 401:
        response["WWW-Authenticate"] = 'Bearer realm="linli"'
    response._has_been_logged = True  # type: ignore[attr-defined]  # RequestLog has its own line, without the address
    return response


def of_form(form: forms.BaseForm) -> list[dict[str, str]]:
    """Every error of a form, with its field; "" for the whole."""
    return [
        {"field": "" if name == "__all__" else name, "code": e["code"] or "invalid", "message": e["message"]}
        for name, found in form.errors.get_json_data().items()
        for e in found
    ]


def _plain(request: HttpRequest, status: int) -> HttpResponse:
    with translation.override(translation.get_language_from_request(request)):
        return problem(status)


answers_at("/api/", _plain)
