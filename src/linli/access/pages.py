"""How a page says who may open it. Every view carries one of these; a test walks the URL map and fails on a view without."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from linli.access.scope import scope_of

View = Callable[..., HttpResponse]


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may open a view: everyone, or staff with any of ``abilities`` somewhere (the view itself narrows to the thing)."""

    public: bool = False
    abilities: tuple[str, ...] = ()
    fresh: bool = False


def public(view: View) -> View:
    """Open to everyone without signing in."""
    view.access = Rule(public=True)  # type: ignore[attr-defined]
    return view


def staff(*abilities: str, fresh: bool = False) -> Callable[[View], View]:
    """Signed in, holding a post with one of ``abilities`` (any post when none is named).

    ``fresh`` asks for the password again when the last proof is older than five minutes: for dangerous acts.
    """

    def wrap(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args, **kwargs) -> HttpResponse:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            scope = scope_of(request.user)
            if not scope.held or (abilities and not scope.abilities.intersection(abilities)):
                raise PermissionDenied
            if fresh:
                from allauth.account.internal.decorators import reauthentication_required

                return reauthentication_required(view)(request, *args, **kwargs)
            return view(request, *args, **kwargs)

        guarded.access = Rule(abilities=abilities, fresh=fresh)  # type: ignore[attr-defined]
        return guarded

    return wrap
