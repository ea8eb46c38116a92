"""allauth, told how this product signs people in."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.utils.translation import gettext_lazy as _

from linli.access.guard import demo_locked
from linli.kit import crypto


class Adapter(DefaultAccountAdapter):
    """Accounts are made by those who fill posts, never by signing up."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "too_many_login_attempts": _("Too many failed attempts. Signing in is locked for 15 minutes; after that try again."),
        "username_password_mismatch": _("This user name and password don't belong together."),
        "incorrect_password": _("This is not your password."),
        "demo_over_real": _("Demonstration sign-ins are locked: this database holds real data."),
    }

    def is_open_for_signup(self, request) -> bool:
        return False

    def authenticate(self, request, **credentials):
        """A demonstration sign-in is refused as soon as anything real is in the database, whoever made it and however."""
        user = super().authenticate(request, **credentials)
        if user is not None and user.is_demo and demo_locked(at_once=True):
            raise self.validation_error("demo_over_real")
        return user


class MFAAdapter(DefaultMFAAdapter):
    """The secrets of second factors are sealed: a dump of the database is no second factor."""

    PLACE = "mfa_authenticator|data|secret"

    def encrypt(self, text: str) -> str:
        return crypto.seal(text, self.PLACE).hex()

    def decrypt(self, encrypted_text: str) -> str:
        return crypto.open(bytes.fromhex(encrypted_text), self.PLACE)
