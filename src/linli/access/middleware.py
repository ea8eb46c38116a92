"""What holds for every signed-in request."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import logout
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from linli.access.guard import demo_locked
from linli.access.mfa import lacks_mfa, mfa_demanded

# What an account in want of a new password or a second factor may still open: the pages that mend it, and the way out.
MENDING = {
    "account_change_password",
    "account_logout",
    "account_reauthenticate",
    "mfa_activate_totp",
    "mfa_reauthenticate",
    "mfa_index",
    "mfa_view_recovery_codes",
    "mfa_generate_recovery_codes",
    "mfa_download_recovery_codes",
    "usersessions_list",
}


class SignedIn:
    """An account that must set a new password, or needs a second factor and has none, can do nothing else first."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        rule = getattr(view, "access", None)
        if (rule is not None and rule.public) or not request.user.is_authenticated:
            return None
        if request.user.is_demo and demo_locked():
            logout(request)
            messages.error(request, _("Demonstration sign-ins are locked: this database holds real data."))
            return redirect("account_login")
        name = request.resolver_match.view_name
        if name == "mfa_deactivate_totp" and mfa_demanded(request.user):
            messages.error(request, _("Your posts need a second factor, so it can't be switched off."))
            return redirect("mfa_index")
        if name in MENDING:
            return None
        if request.user.must_change_password:
            return redirect("account_change_password")
        if lacks_mfa(request):
            messages.warning(request, _("Your posts need a second factor. Set it up now; it takes a minute."))
            return redirect("mfa_activate_totp")
        return None
