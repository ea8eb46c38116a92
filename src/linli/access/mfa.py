"""Who must have a second factor: whoever can appoint, redraw places, read the logs or see a resident's name and phone."""

from __future__ import annotations

import os

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled

from linli.access.scope import scope_of

DANGEROUS = frozenset({"post.assign", "place.edit", "audit.see", "matter.contact", "person.see", "person.approve", "outbox.manage"})


def mfa_demanded(user) -> bool:
    """Whether the user's posts need a second factor. ``LINLI_REQUIRE_MFA=0`` switches it off; demonstration sign-ins never need one."""
    if os.environ.get("LINLI_REQUIRE_MFA", "1") == "0" or user.is_demo:
        return False
    return bool(DANGEROUS & scope_of(user).abilities)


def lacks_mfa(request) -> bool:
    """Whether the user must set up a second factor before anything else. No query for those who signed in with theirs."""
    user = request.user
    if not mfa_demanded(user) or _came_with_mfa(request):
        return False
    return not is_mfa_enabled(user, [Authenticator.Type.TOTP])


def _came_with_mfa(request) -> bool:
    from allauth.account.internal.flows.login import get_authentication_records

    return any(record.get("method") == "mfa" for record in get_authentication_records(request, request.user))
