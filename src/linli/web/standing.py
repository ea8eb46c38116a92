"""Where the signed-in person stands, for the frame: the outermost place they hold a post over, their posts, what they may do."""

from __future__ import annotations

import time

from django.http import HttpRequest

from linli.access.scope import Held, scope_of
from linli.charter.store import NoCharter, charter_in_force
from linli.frame.menu import Standing
from linli.frame.templatetags.linli import named
from linli.places.models import Place


def standing_of(request: HttpRequest) -> Standing:
    """Read from the request's scope; asks nothing."""
    scope = scope_of(getattr(request, "user", None))
    if not scope.held:
        return Standing()
    outermost = min(scope.held, key=lambda h: (h.path.count("."), h.duty, h.seat))
    posts = "、".join(f"{h.at} {post_name(h)}".strip() for h in scope.held[:4])
    return Standing(outermost.at, posts, scope.abilities)


_KEPT = 60.0  # seconds a process may show an area's old name
_area: tuple[float, str, str] = (0.0, "", "")  # when, the code, the name


def area_name() -> str:
    """The name of the place at the root of the charter in force. At most one query a minute."""
    global _area
    try:
        code = charter_in_force().area.root
    except NoCharter:
        return ""
    when, known, name = _area
    if known != code or not name or time.monotonic() - when > _KEPT:
        name = Place.objects.current().filter(code=code).values_list("name", flat=True).first() or ""
        _area = (time.monotonic(), code, name)
    return name


def post_name(held: Held) -> str:
    """The post's name in the language of the page."""
    try:
        return named(charter_in_force().posts[held.post].name)
    except (NoCharter, KeyError):
        return held.post
