"""What may be shown a single time – a follow-up code, a secret, a password just made – waits sealed in the session for the page that shows it.

So a form that makes one leads on like every other: going back or reloading sends nothing again, and it stands in no address and no log.
"""

from __future__ import annotations

import json
import secrets
from base64 import b64decode, b64encode
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from linli.frame.access_rule import signed_in
from linli.frame.context import face_of
from linli.kit import crypto

_KEY = "once"
_MOST = 5  # that wait at a time: one for each window somebody works in


def show_once(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    """Lead on to a page that shows ``template`` with ``context`` (plain values) to this session, once."""
    token = secrets.token_urlsafe(9)
    said = DjangoJSONEncoder().encode([template, context])
    waiting = list(request.session.get(_KEY, {}).items())[1 - _MOST :]
    request.session[_KEY] = dict(waiting) | {token: b64encode(crypto.seal(said, _context(token))).decode()}
    return redirect("frame:once", token)


@signed_in
@require_GET
@never_cache
def once(request: HttpRequest, token: str) -> HttpResponse:
    """/once/<token>/ : shows it and forgets it; opened again, it says so."""
    waiting = dict(request.session.get(_KEY, {}))
    sealed = waiting.pop(token, None)
    if sealed is None:
        return render(request, "frame/once_gone.html", {"face": face_of(request)}, status=410)
    request.session[_KEY] = waiting
    template, context = json.loads(crypto.open(b64decode(sealed), _context(token)))
    return render(request, template, context)


def _context(token: str) -> str:
    return crypto.context("session", _KEY, token)
