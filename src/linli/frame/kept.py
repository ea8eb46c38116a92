"""What the user typed, given back on a page that could not take it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

_SECRET = re.compile(r"(?i)password|passwd|otp|token|secret|recovery|^code$|credential|id_?(number|card|no)$|idcard|card_no")
_PHONE = re.compile(r"(?i)phone|mobile|^tel")
_MACHINE = re.compile(r"[A-Za-z0-9_.:,{}-]*\Z")  # ids, choices, coordinates: sent again, not shown
_SIGNS, _FIELDS = 20_000, 200

_LABELS = {
    "text": _("What happened"),
    "title": _("Title"),
    "address": _("Address"),
    "name": _("Name"),
    "phone": _("Phone"),
    "note": _("Note"),
    "reason": _("Reason"),
    "answer": _("Answer"),
    "finding": _("Finding"),
    "message": _("Message"),
    "why": _("Purpose"),
}


@dataclass(frozen=True, slots=True)
class Shown:
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Kept:
    """``pairs`` go into hidden inputs, ``shown`` is for reading and copying. ``token`` is the CSRF token as it was posted.

    ``resend``: the same request can be sent again as it was: nothing secret was left out. ``files``: some must be chosen again.
    ``once``: the request carries a number of its own, so that sending it twice enters it once.
    """

    action: str
    pairs: list[tuple[str, str]]
    shown: list[Shown]
    token: str
    resend: bool
    files: bool
    once: bool


def kept_of(request: HttpRequest) -> Kept | None:
    """What a POST carried; None for reading requests and bodies that can't be read. Touches no database, session or user.

    Secrets (passwords, codes, ID numbers, whatever a view marked as sensitive) are left out, so such a form can't be sent again from
    here. The CSRF token is the posted one and never a new one: with a valid token, a page of ours would hand a form forged elsewhere
    the one thing it lacks.
    """
    if request.method != "POST":
        return None
    try:
        posted = request.POST
        files = bool(request.FILES)
    except Exception:  # too big, cut off, malformed, read already
        return None
    marked = getattr(request, "sensitive_post_parameters", ())
    pairs: list[tuple[str, str]] = []
    shown: list[Shown] = []
    left_out = False
    for name in list(posted)[:_FIELDS]:
        if name == "csrfmiddlewaretoken":
            continue
        if marked == "__ALL__" or name in marked or _SECRET.search(name):
            left_out = True
            continue
        for value in posted.getlist(name):
            if len(value) > _SIGNS:
                left_out = True
            pairs.append((name, value[:_SIGNS]))
            if value and (not _MACHINE.match(value) or _PHONE.search(name)):
                shown.append(Shown(_label(name), _masked(value) if _PHONE.search(name) else value[:_SIGNS]))
    once = bool(posted.get("request_id"))
    action = request.get_full_path()
    return Kept(action, pairs, shown, posted.get("csrfmiddlewaretoken", ""), bool(pairs) and not left_out, files, once)


def _label(name: str) -> str:
    """The label of a field as the house usually calls it: the form itself may need the database that is away."""
    plain = name.rsplit("-", 1)[-1]
    return str(_LABELS.get(plain) or _("What you entered"))


def _masked(value: str) -> str:
    """138****5678, as everywhere: somebody may look over the shoulder at an error page."""
    return f"{value[:3]}****{value[-4:]}" if len(value) >= 9 else "****"


def wants_fragment(request: Any) -> bool:
    """Asked for by a script (htmx, fetch) that puts the answer into a page of its own."""
    return request.headers.get("HX-Request") == "true" or request.headers.get("Sec-Fetch-Dest") == "empty"
