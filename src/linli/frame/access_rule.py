"""What a view says about who may open it. Posts are known two floors up, so the guard that asks them is handed in by ``linli.access``.

Rooms above import these names from ``linli.access.pages``; only ``frame`` itself imports them from here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase

View = Callable[..., HttpResponseBase]


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may open a view: everyone, anybody signed in, or staff with any of ``abilities`` somewhere (the view narrows to the thing).

    ``keys``: programs with a key, which the view itself asks for; signing in opens nothing there, and cookies are not read.
    """

    public: bool = False
    abilities: tuple[str, ...] = ()
    fresh: bool = False
    signed_in: bool = False  # an account will do, no post needed: one's own password, sessions, second factor
    keys: bool = False


Guard = Callable[[HttpRequest, Rule, View], View]
"""Given the request, the rule and the view: the view to call (or one that asks for the password first). Raises PermissionDenied."""

_guard: Guard | None = None


def set_guard(guard: Guard) -> None:
    """Called once by ``linli.access`` with the function that reads holdings."""
    global _guard
    _guard = guard


def public(view: View) -> View:
    """Open to everyone without signing in."""
    view.access = Rule(public=True)  # type: ignore[attr-defined]
    return view


def keys(view: View) -> View:
    """Open to programs that bring a key of theirs; the endpoint asks for it (``linli.access.api``)."""
    view.access = Rule(public=True, keys=True)  # type: ignore[attr-defined]
    return view


def signed_in(view: View) -> View:
    """Open to everybody who has signed in, with or without a post: for what concerns nothing but their own account."""
    return _guarded(view, Rule(signed_in=True))


def staff(*abilities: str, fresh: bool = False) -> Callable[[View], View]:
    """Signed in, holding a post with one of ``abilities`` (any post when none is named).

    ``fresh`` asks for the password again when the last proof is older than five minutes: for dangerous acts.
    """
    rule = Rule(abilities=abilities, fresh=fresh)
    return lambda view: _guarded(view, rule)


def _guarded(view: View, rule: Rule) -> View:
    @wraps(view)
    def guarded(request: HttpRequest, *args, **kwargs) -> HttpResponseBase:
        if _guard is None:  # closed until somebody can say who holds what
            raise PermissionDenied
        return _guard(request, rule, view)(request, *args, **kwargs)

    guarded.access = rule  # type: ignore[attr-defined]
    return guarded
