"""What holds for every signed-in request."""

from __future__ import annotations

from django.shortcuts import redirect
from django.urls import reverse


class SignedIn:
    """An account that must set a new password can do nothing else first."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        user = request.user
        if user.is_authenticated and user.must_change_password:
            change = reverse("account_change_password")
            if not request.path.startswith(("/accounts/", "/static/")):
                return redirect(change)
        return self.get_response(request)
