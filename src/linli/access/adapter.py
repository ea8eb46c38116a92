"""allauth, told how this product signs people in."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter


class Adapter(DefaultAccountAdapter):
    """Accounts are made by those who fill posts, never by signing up."""

    def is_open_for_signup(self, request) -> bool:
        return False
