"""Signing in and one's own account under allauth's names (no signup, no mail), and the room's own pages under ``access:``."""

from __future__ import annotations

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from django.urls import include, path

from linli.access import impact_pages, key_pages
from linli.access.looks import looks
from linli.access.pages import public, signed_in
from linli.access.sessions import sessions

own = (
    [
        path("logs/looks/", looks, name="looks"),
        path("logs/impact/", impact_pages.impact, name="impact"),
        path("logs/impact.pdf", impact_pages.impact_pdf, name="impact_pdf"),
        path("accounts/keys/", key_pages.home, name="keys"),
        path("accounts/keys/new/", key_pages.new, name="key_new"),
        path("accounts/keys/<int:pk>/revoke/", key_pages.revoke, name="key_revoke"),
    ],
    "access",
)

urlpatterns = [
    # before signing in: the form, the second factor's form (it answers only within a sign-in), the word that an account is closed
    path("accounts/login/", public(account.login), name="account_login"),
    path("accounts/2fa/authenticate/", public(mfa.authenticate), name="mfa_authenticate"),
    path("accounts/closed/", public(account.account_inactive), name="account_inactive"),
    # signed in: the way out, the password, the second factor, the sessions
    path("accounts/logout/", public(account.logout), name="account_logout"),
    path("accounts/password/", signed_in(account.password_change), name="account_change_password"),
    path("accounts/again/", signed_in(account.reauthenticate), name="account_reauthenticate"),
    path("accounts/2fa/", signed_in(mfa.index), name="mfa_index"),
    path("accounts/2fa/again/", signed_in(mfa.reauthenticate), name="mfa_reauthenticate"),
    path("accounts/2fa/app/", signed_in(totp.activate_totp), name="mfa_activate_totp"),
    path("accounts/2fa/app/remove/", signed_in(totp.deactivate_totp), name="mfa_deactivate_totp"),
    path("accounts/2fa/codes/", signed_in(codes.view_recovery_codes), name="mfa_view_recovery_codes"),
    path("accounts/2fa/codes/new/", signed_in(codes.generate_recovery_codes), name="mfa_generate_recovery_codes"),
    path("accounts/2fa/codes/download/", signed_in(codes.download_recovery_codes), name="mfa_download_recovery_codes"),
    path("accounts/sessions/", sessions, name="usersessions_list"),
    path("", include(own)),
]
