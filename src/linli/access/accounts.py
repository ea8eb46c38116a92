"""Accounts: made by those who fill posts, closed when somebody leaves for good, never deleted (history names them)."""

from __future__ import annotations

import secrets

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from linli.access.guard import DemoData, has_demo
from linli.access.models import User
from linli.access.scope import require, scope_of
from linli.bodies.actions import appoint, furnish, refresh_acting
from linli.bodies.models import Holding, Seat
from linli.charter.schema import CONFIDED
from linli.charter.store import NoCharter, charter_in_force
from linli.frame.actlog import record_act
from linli.frame.refusal import Refusal
from linli.places.models import Place

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that looks like something else on paper


def one_time_password() -> str:
    """14 characters in groups, 69 bits: read out or written down once."""
    picked = [secrets.choice(_LETTERS) for _i in range(14)]
    return "-".join("".join(picked[i : i + 5]) for i in range(0, 14, 5))


def create_account(*, by, username: str, name: str, seat: Seat, duty: str = "A", phone_last4: str = "", note: str = "") -> tuple[User, str]:
    """An account with its first post. Returns it and the one-time password, shown once and changed at the first use.

    Raises PermissionDenied where ``by`` may not fill the seat, Refusal for a name taken or a seat that is full, ValidationError for
    what a field can't hold.
    """
    password = one_time_password()
    with transaction.atomic():
        user = _make(username, name, password, must_change=True, phone_last4=phone_last4, is_demo=bool(by and by.is_demo))
        appoint(by=by, seat=seat, user=user, duty=duty, note=note)
        record_act(by, "access.account.made", user, {"username": user.username}, str(seat.path))
    return user, password


def create_admin(username: str, name: str, password: str, *, place: str | None = None, post: str | None = None) -> User:
    """``linli admin create``: an account in a post of the charter (by default the root place's first that may appoint others).

    ``place`` is a code, by default the charter's root. Bodies and seats are made where they are missing. Raises ValidationError, also
    where demonstration data is, no charter is in force, or the place isn't loaded.
    """
    if has_demo():
        raise ValidationError(str(DemoData()))
    try:
        charter = charter_in_force()
    except NoCharter:
        raise ValidationError("No charter is in force: run  linli charter adopt KEY") from None
    code = place or charter.area.root
    where = Place.objects.current().filter(code=code).first()
    if where is None:
        raise ValidationError(f"There is no place {code}: run  linli places load FILE")
    at_level = [p for p in charter.posts.values() if p.level == where.level and "post.assign" in p.abilities]
    if post is None and not at_level:
        raise ValidationError(f"No post of level {where.level} can appoint others; name a --post.")
    chosen = post or at_level[0].id
    if chosen not in charter.posts:
        raise ValidationError(f"The charter has no post {chosen}. It has: {', '.join(charter.posts)}")
    with transaction.atomic():
        furnish(charter, where)
        seat = Seat.objects.filter(post=chosen, place=where).first()
        if seat is None:
            raise ValidationError(f"The post {chosen} is not held over {where.name}; it is held over each {charter.posts[chosen].level}.")
        user = _make(username, name, password, must_change=False)
        validate_password(password, user)
        appoint(by=None, seat=seat, user=user, note="linli admin create")
        record_act(None, "access.account.made", user, {"username": user.username}, str(seat.path))
    return user


def close_account(*, by, user: User, note: str = "") -> None:
    """Close an account: it can't sign in, is signed out everywhere at once, and its seats count as vacant. Its posts stay until released."""
    _require_over(by, user)
    if by is not None and by.pk == user.pk:
        raise Refusal(_("You can't close your own account."), code="own")
    _set_active(by, user, False, "access.account.closed", note)


def open_account(*, by, user: User, note: str = "") -> None:
    """Open a closed account again."""
    _require_over(by, user)
    _set_active(by, user, True, "access.account.opened", note)


def renew_password(*, by, user: User) -> str:
    """A new one-time password for somebody who lost theirs; ends their sessions and their second factor. Returns it, to be shown once."""
    from allauth.mfa.models import Authenticator

    _require_over(by, user)
    password = one_time_password()
    with transaction.atomic():
        user.set_password(password)
        user.must_change_password = True
        user.save(update_fields=["password", "must_change_password"])
        Authenticator.objects.filter(user=user).delete()
        end_sessions(user)
        record_act(by, "access.account.password_renewed", user, {}, _path(user))
    return password


def end_sessions(user: User) -> int:
    """Sign ``user`` out everywhere. Returns how many sessions ended. Inside a transaction of the caller's act."""
    from allauth.usersessions.models import UserSession
    from django.contrib.sessions.models import Session

    keys = list(UserSession.objects.filter(user=user).values_list("session_key", flat=True))
    Session.objects.filter(session_key__in=keys).delete()
    UserSession.objects.filter(user=user).delete()
    return len(keys)


def cut_off(*, by, user: User) -> int:
    """End every session of somebody of one's area: a lost phone. Returns how many."""
    _require_over(by, user)
    with transaction.atomic():
        ended = end_sessions(user)
        record_act(by, "access.account.signed_out", user, {"sessions": ended}, _path(user))
    return ended


def may_manage(by, user: User) -> bool:
    """Whether ``by`` may close the account, renew its password or end its sessions."""
    try:
        _require_over(by, user)
    except PermissionDenied:
        return False
    return True


def _require_over(by, user: User) -> None:
    """Over an account is who may appoint to every post it holds now, or held last; never somebody with less than it has."""
    if by is None:
        return
    require(by, "post.assign")
    scope, posts = scope_of(by), charter_in_force().posts
    held = list(Holding.objects.current().filter(user=user).select_related("seat"))
    if not held:
        held = list(Holding.objects.filter(user=user).select_related("seat").order_by("-since")[:1])
    if not held:
        raise PermissionDenied
    for holding in held:
        post, path = posts.get(holding.seat.post), str(holding.seat.path)
        needed = {"post.assign", *(post.abilities if post else ())} - CONFIDED
        if any(not scope.covers(ability, path) for ability in needed):
            raise PermissionDenied


def _make(username: str, name: str, password: str, *, must_change: bool, phone_last4: str = "", is_demo: bool = False) -> User:
    user = User(username=username.strip(), name=name.strip(), must_change_password=must_change, phone_last4=phone_last4, is_demo=is_demo)
    user.set_password(password)
    user.full_clean(exclude=["password"])
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError:
        raise Refusal(_("This user name is taken."), field="username", code="taken") from None
    return user


def _set_active(by, user: User, active: bool, act: str, note: str) -> None:
    with transaction.atomic():
        locked = User.objects.select_for_update().get(pk=user.pk)
        if locked.is_active == active:
            return
        locked.is_active = active
        locked.save(update_fields=["is_active"])
        if not active:
            end_sessions(locked)
        refresh_acting(Seat.objects.filter(holdings__in=Holding.objects.current().filter(user=user)))
        record_act(by, act, user, {"note": note}, _path(user))
    user.is_active = active


def _path(user: User) -> str:
    last = Holding.objects.filter(user=user).select_related("seat").order_by("-since").first()
    return str(last.seat.path) if last else ""
