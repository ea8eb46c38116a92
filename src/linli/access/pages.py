"""How a page says who may open it. Every view carries one of these; a test walks the URL map and fails on a view without."""

from __future__ import annotations

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from linli.access.scope import scope_of
from linli.frame.access_rule import Rule, View, keys, public, set_guard, signed_in, staff

__all__ = ["Rule", "View", "keys", "public", "signed_in", "staff"]


def _guard(request: HttpRequest, rule: Rule, view: View) -> View:
    """The view to call for this request: the view itself, the sign-in page, or the question for the password."""
    if not request.user.is_authenticated:
        return _sign_in
    if rule.signed_in:
        return view
    scope = scope_of(request.user)
    if not scope.held or (rule.abilities and not scope.abilities.intersection(rule.abilities)):
        raise PermissionDenied
    if rule.fresh:  # what was being sent is kept meanwhile, and goes through once the password is given
        from allauth.account.decorators import reauthentication_required

        return reauthentication_required(view)
    return view


def _sign_in(request: HttpRequest, *args, **kwargs) -> HttpResponse:
    return redirect_to_login(request.get_full_path())


set_guard(_guard)
