"""Keys of programs: made by those they act for, shown once, ended by time, by hand, or with the holding they stand on."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from linli.access.guard import demo_locked
from linli.access.models import ApiKey, User
from linli.access.scope import Held, keyed, require, scope_of, through_key
from linli.bodies.models import Holding, Seat
from linli.charter.store import NoCharter, charter_in_force
from linli.charter.words import ABILITY
from linli.frame.actlog import record_act
from linli.frame.refusal import Refusal
from linli.frame.sql import Joined
from linli.frame.templatetags.linli import named
from linli.places.models import Place

GRANTABLE = (
    "matter.see", "matter.report", "matter.intake", "matter.contact", "matter.export", "matter.publish", "matter.join", "matter.transfer",
    "hotline.exchange", "flow.act", "flow.urge", "flow.supervise", "flow.approve", "flow.assign", "flow.join", "place.see", "outbox.manage",
    "box.keep", "box.manage", "gathering.see", "gathering.convene", "gathering.record",
)  # fmt: skip
"""What a key can be given of its post's abilities. Appointing, drawing places and reading logs stay with people who have signed in."""
LONGEST = timedelta(days=366)
MOST = 20  # valid keys of one person


def create_staff_key(
    *, by: User, name: str, holding: Holding, abilities: Iterable[str], days: int, now: datetime | None = None
) -> tuple[ApiKey, str]:
    """A key that acts for ``by`` from one of their own holdings. Returns it and the secret, which is shown once and stored nowhere.

    Raises PermissionDenied for somebody else's or an ended holding, Refusal for abilities the post has not.
    """
    now = now or timezone.now()
    _in_person(by)
    if holding.user_id != by.pk or not Holding.objects.current(now).filter(pk=holding.pk).exists():
        raise PermissionDenied("holding")
    post = charter_in_force().posts.get(holding.seat.post)
    wanted = [a for a in GRANTABLE if a in set(abilities)]
    if not wanted or post is None or not set(abilities) <= set(post.abilities) & set(GRANTABLE):
        may = "、".join(named(ABILITY[a]) for a in GRANTABLE if post is not None and a in post.abilities)
        raise Refusal(
            _("Choose what the key may do, among what the post may: %(may)s."), field="abilities", code="abilities", params={"may": may}
        )
    return _keep(ApiKey(kind=ApiKey.Kind.STAFF, holding=holding, abilities=wanted, place=holding.seat.place), by, name, days, now)


def create_client_key(*, by: User, name: str, place: Place, days: int, now: datetime | None = None) -> tuple[ApiKey, str]:
    """A key by which another service hands in matters for the charter's area. Needs «post.assign» over the whole of it."""
    _in_person(by)
    require(by, "post.assign", place)
    if place.code != charter_in_force().area.root:
        raise Refusal(_("Such a key is made for the whole area."), field="place", code="place")
    return _keep(ApiKey(kind=ApiKey.Kind.CLIENT, place=place), by, name, days, now or timezone.now())


def _in_person(by: User) -> None:
    """Keys make no keys."""
    if keyed(by) is not None:
        raise PermissionDenied("key")


def _keep(key: ApiKey, by: User, name: str, days: int, now: datetime) -> tuple[ApiKey, str]:
    if not name.strip():
        raise Refusal(_("Give the key a name: which program uses it?"), field="name", code="required")
    if not 1 <= days <= LONGEST.days:
        raise Refusal(_("A key lasts between one day and a year."), field="days", code="days")
    with transaction.atomic():
        User.objects.select_for_update().get(pk=by.pk)  # two at once would pass the limit together
        if ApiKey.objects.valid(now).filter(made_by=by).count() >= MOST:
            raise Refusal(_("You have %(most)s keys already. Revoke one first."), code="too_many", params={"most": MOST})
        key.name, key.made_by, key.made_at, key.expires_at = name.strip(), by, now, now + timedelta(days=days)
        key.path = key.place.path
        key.prefix = f"lk{secrets.token_hex(5)}"
        token = f"{key.prefix}_{secrets.token_urlsafe(32)}"
        key.digest = _digest(token)
        key.full_clean(exclude=["path"])
        key.save(force_insert=True)
        about = {"name": key.name, "prefix": key.prefix, "kind": key.kind, "abilities": key.abilities, "until": key.expires_at}
        record_act(by, "access.key.made", key, about, str(key.path), now=now)
    return key, token


def revoke_key(*, by: User, key: ApiKey, now: datetime | None = None) -> ApiKey:
    """End a key at once: one's own, or as who may appoint over its place. Revoked already: nothing changes."""
    _in_person(by)
    if key.made_by_id != by.pk:
        require(by, "post.assign", key)
    with transaction.atomic():
        key = ApiKey.objects.select_for_update(of=("self",)).get(pk=key.pk)
        if key.revoked_at is None:
            key.revoked_at, key.revoked_by = now or timezone.now(), by
            key.save(update_fields=["revoked_at", "revoked_by"])
            record_act(by, "access.key.revoked", key, {"name": key.name, "prefix": key.prefix}, str(key.path), now=now)
    return key


def visible_keys(user: User) -> QuerySet[ApiKey]:
    """One's own keys, and those over the places where one appoints."""
    found = Q(made_by=user)
    if paths := scope_of(user).paths("post.assign"):
        found |= Q(path__descends=paths)
    return ApiKey.objects.filter(found).select_related("place", "made_by", "holding__seat__place")


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


# the key as stored, with its owner, its holding's seat and its place: what every request of a program begins with
_KEY = Joined(
    ApiKey,
    made_by=Joined(User, only=("username", "name", "is_active", "is_demo", "must_change_password", "language")),
    holding=Joined(Holding, seat=Joined(Seat, only=("post", "place_id", "path"))),
    place=Joined(Place, only=("code", "name", "level", "path")),
)


def key_of(token: str, kind: str, now: datetime | None = None) -> ApiKey | None:
    """The valid key with this secret whose owner may still use it; None for anything else. One query, and one more on its first use of a day.

    A staff key's ``made_by`` acts by it from now on: through its seat and with its abilities, as far as the post still has them.
    """
    now = now or timezone.now()
    prefix, _sign, _rest = token.partition("_")
    if len(token) > 100 or not prefix.isascii() or not prefix.isalnum():
        return None
    found: list[ApiKey] = _KEY.where("r.prefix = %s AND r.kind = %s AND r.revoked_at IS NULL AND r.expires_at > %s", (prefix, kind, now))
    key = found[0] if found else None
    if key is None or not hmac.compare_digest(key.digest, _digest(token)) or not key.made_by.is_active:
        return None
    if key.made_by.is_demo and demo_locked():
        return None
    if key.kind == ApiKey.Kind.STAFF and not _act_by(key, now):
        return None
    if key.used_on != (today := timezone.localdate(now)):
        ApiKey.objects.filter(pk=key.pk).update(used_on=today)
    return key


def acting_by(key: int, now: datetime | None = None) -> User | None:
    """Whoever acts by the staff key of this number, narrowed to it, for work that goes on after the request; None where it has ended."""
    now = now or timezone.now()
    found = ApiKey.objects.valid(now).filter(pk=key, kind=ApiKey.Kind.STAFF).select_related("made_by", "holding__seat").first()
    return found.made_by if found is not None and found.made_by.is_active and _act_by(found, now) else None


def _act_by(key: ApiKey, now: datetime) -> bool:
    """Narrow the holder to what the key stands on; False where that has ended."""
    holding = key.holding
    assert holding is not None
    try:
        post = charter_in_force().posts.get(holding.seat.post)
    except NoCharter:
        post = None
    if post is None or holding.since > now or (holding.until is not None and holding.until <= now):
        return False
    may = frozenset(key.abilities) & frozenset(post.abilities)
    held = Held(holding.seat_id, post.id, holding.seat.place_id, str(holding.seat.path), may, post.reach, holding.duty)
    through_key(key.made_by, key.name, held)
    return True
