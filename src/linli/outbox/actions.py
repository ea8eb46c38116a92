"""The only writers of subscriptions, and of what people do to messages. Permission first, one transaction, one line in the log of acts.

No line holds an address of a person, a secret, or anything a message says.
"""

from __future__ import annotations

import ipaddress
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from linli.access.scope import require
from linli.bodies.models import Body
from linli.frame.actlog import record_act
from linli.frame.refusal import Refusal
from linli.outbox import seals
from linli.outbox.adapters.http import HttpAdapter, NotAllowed, allowed, read_url
from linli.outbox.config import BadConfig, config
from linli.outbox.delivery import OPEN, State
from linli.outbox.events import TEST, Topic
from linli.outbox.listening import forget
from linli.outbox.models import Channel, Message, Subscription
from linli.outbox.sending import About, Note, enqueue
from linli.places.models import Place

ABILITY = "outbox.manage"
OVERLAP = timedelta(days=1)
"""For so long after a rotation the old secret signs beside the new one: time to put the new one in at the receiver."""

ADDRESS_WRONG = {
    "NotAnAddress": _("This is not an address. Write https://, the host and the path, without a user name."),
    "NotEncrypted": _("The address must begin with https://: what is sent must not be read on the way."),
    "AddressNotAllowed": _("This address lies in a private network that the system administrator has not opened for webhooks."),
}


# --- subscriptions -------------------------------------------------------------------------------------------------------------------


def check_url(url: str) -> None:
    """Refuse an address nothing could be sent to: the form of it, and a private number. Names are looked up when something is sent."""
    try:
        way = config().ways.get(Channel.WEBHOOK)
    except BadConfig:
        way = None
    http = way if isinstance(way, HttpAdapter) else None
    try:
        where = read_url(url, plain=http.http if http else False)
        try:
            number = ipaddress.ip_address(where.host)
        except ValueError:
            return
        if not allowed(number, http.networks if http else ()):
            raise NotAllowed("AddressNotAllowed")
    except NotAllowed as wrong:
        raise Refusal(ADDRESS_WRONG[wrong.args[0]], field="url", code=wrong.args[0]) from None


def _new_secret(subscription: Subscription) -> str:
    """A secret of 256 bits with a key id of its own, sealed into the row. The text is returned this once."""
    secret = secrets.token_urlsafe(32)
    subscription.key = secrets.token_hex(4)
    seals.seal(subscription, "secret_sealed", secret)
    return secret


def _facts(s: Subscription) -> dict[str, Any]:
    return {"name": s.name, "url": s.url.partition("?")[0], "topics": list(s.topics), "place": s.place.code, "body": s.body_id}


def add_subscription(
    *, by, name: str, url: str, topics: Sequence[str], place: Place, body: Body | None = None, now: datetime | None = None,
    uid: UUID | None = None,
) -> tuple[Subscription, str]:  # fmt: skip
    """A system to be told of matters. Returns it with its secret, which nobody can read again. Needs «outbox.manage» over the place.

    Raises PermissionDenied; Refusal at the field for an address that can't be used, an unknown event, a name that is taken.
    """
    require(by, ABILITY, place)
    now = now or timezone.now()
    row = Subscription(uid=uid or uuid4(), place=place, path=place.path, body=body, made_by=by, made_at=now, changed_at=now)
    _fill(row, name, url, topics)
    secret = _new_secret(row)
    try:
        with transaction.atomic():
            row.save()
            record_act(by, "outbox.subscription.added", row, _facts(row), now=now)
    except IntegrityError:
        raise Refusal(_("There is a subscription of this name already."), field="name", code="name") from None
    _heard()
    return row, secret


def _fill(row: Subscription, name: str, url: str, topics: Sequence[str]) -> None:
    check_url(url)
    if not topics or set(topics) - set(Topic.values):
        raise Refusal(_("Choose at least one event from the list."), field="topics", code="topics")
    row.name, row.url, row.topics = name.strip(), url.strip(), [t for t in Topic.values if t in topics]


def _locked(subscription: Subscription) -> Subscription:
    rows = Subscription.objects.select_for_update(of=("self",)).select_related("place", "body")
    return rows.get(pk=subscription.pk)


def change_subscription(
    *, by, subscription: Subscription, name: str, url: str, topics: Sequence[str], place: Place, body: Body | None,
    now: datetime | None = None,
) -> Subscription:  # fmt: skip
    """Put a subscription right. What was written already goes to the address that holds when it is sent."""
    require(by, ABILITY, subscription)
    require(by, ABILITY, place)
    now = now or timezone.now()
    try:
        with transaction.atomic():
            row = _locked(subscription)
            before = _facts(row)
            _fill(row, name, url, topics)
            row.place, row.path, row.body, row.changed_at = place, str(place.path), body, now
            row.save()
            after = _facts(row)
            changed = {k: [before[k], after[k]] for k in after if before[k] != after[k]}
            if changed:
                record_act(by, "outbox.subscription.changed", row, changed, now=now)
    except IntegrityError:
        raise Refusal(_("There is a subscription of this name already."), field="name", code="name") from None
    _heard()
    return row


def pause_subscription(*, by, subscription: Subscription, pause: bool, now: datetime | None = None) -> Subscription:
    """Stop telling a system, or go on. Paused, nothing new is written for it; what waits is held and goes out when it goes on."""
    require(by, ABILITY, subscription)
    now = now or timezone.now()
    with transaction.atomic():
        row = _locked(subscription)
        if row.active == (not pause):
            return row
        row.active, row.changed_at = not pause, now
        row.save(update_fields=["active", "changed_at"])
        waiting = row.messages.filter(state__in=[State.WAITING, State.RETRY])
        waiting.filter(due_at__isnull=not pause).update(state=State.WAITING, due_at=None if pause else now)
        record_act(by, f"outbox.subscription.{'paused' if pause else 'resumed'}", row, {"name": row.name}, now=now)
        _heard()
        if not pause:
            transaction.on_commit(_wake, robust=True)
    return row


def remove_subscription(*, by, subscription: Subscription, now: datetime | None = None) -> None:
    """A system is told of nothing any more: what waits for it is given up, its secrets are destroyed, its name is free again."""
    require(by, ABILITY, subscription)
    now = now or timezone.now()
    with transaction.atomic():
        row = _locked(subscription)
        if row.removed_at is not None:
            return
        waiting = row.messages.filter(state__in=[State.WAITING, State.RETRY, State.DEAD])
        waiting.update(state=State.GIVEN_UP, due_at=None, ended_at=now, reason="removed")
        row.active, row.changed_at, row.removed_at = False, now, now
        row.old_key, row.old_secret_sealed, row.old_until = "", None, None
        _new_secret(row)  # one that nobody has been told
        row.save()
        record_act(by, "outbox.subscription.removed", row, {"name": row.name}, now=now)
    _heard()


def rotate_secret(*, by, subscription: Subscription, now: datetime | None = None) -> tuple[Subscription, str]:
    """A new secret; the old one signs beside it for a day. Returns the new one, which nobody can read again."""
    require(by, ABILITY, subscription)
    now = now or timezone.now()
    with transaction.atomic():
        row = _locked(subscription)
        old = seals.unseal(row, "secret_sealed")
        row.old_key, row.old_until = row.key, now + OVERLAP
        seals.seal(row, "old_secret_sealed", old)
        secret = _new_secret(row)
        row.changed_at = now
        row.save()
        record_act(by, "outbox.secret.rotated", row, {"name": row.name, "key": row.key, "old_key": row.old_key}, now=now)
    return row, secret


def send_test(*, by, subscription: Subscription, now: datetime | None = None) -> Message:
    """Write a message of the event «test» for one system: it goes the way all go."""
    require(by, ABILITY, subscription)
    now = now or timezone.now()
    note = Note(
        Channel.WEBHOOK, TEST, About("", "", str(subscription.path)), {"version": 1, "at": now.isoformat(timespec="seconds")},
        subscription=subscription.pk,
    )  # fmt: skip
    with transaction.atomic():
        if not _locked(subscription).active:
            raise Refusal(_("The subscription is paused. Let it go on first."), code="paused")
        if not enqueue([note], now=now):
            raise Refusal(_("Webhooks are switched off here. Ask the system administrator."), code="off")
        record_act(by, "outbox.subscription.tested", subscription, {"name": subscription.name}, now=now)
    return Message.objects.get(uid=note.uid)


def _heard() -> None:
    """This process knows at once; before the end of the transaction nobody else could."""
    forget()
    transaction.on_commit(forget)


# --- messages ------------------------------------------------------------------------------------------------------------------------


def retry_messages(*, by, ids: Sequence[int] | None = None, now: datetime | None = None, **which: Any) -> int:
    """Try undeliverable messages again from the first attempt on. Returns how many; those that are not undeliverable stay as they are.

    ``by`` None is the command line, which names them by ``which`` (filters on messages). A person needs «outbox.manage» over the place
    of each; others are left out.
    """
    now = now or timezone.now()
    rows = Message.objects.filter(state=State.DEAD, **which)
    if by is not None:
        rows = rows.visible_to(by).filter(pk__in=ids or [])
    with transaction.atomic():
        found = list(rows.select_for_update(of=("self",)).values_list("pk", "subscription__active"))
        held = [pk for pk, active in found if active is False]
        chosen = Message.objects.filter(pk__in=[pk for pk, _active in found])
        n = chosen.update(state=State.WAITING, attempts=0, ended_at=None, due_at=now)
        Message.objects.filter(pk__in=held).update(due_at=None)
        if n:
            record_act(by, "outbox.message.retried", _subject(chosen, n), {"count": n}, _path(chosen), now=now)
            transaction.on_commit(_wake, robust=True)
    return n


def give_up_messages(*, by, ids: Sequence[int], reason: str, now: datetime | None = None) -> int:
    """Give messages up for good, with the reason: undeliverable ones, and those that still wait. Returns how many.

    The recipient's address goes at once. One that is being sent this moment is left out: it may arrive.
    """
    reason = " ".join(reason.split())
    if not 2 <= len(reason) <= 200:
        raise Refusal(_("Say why, in 2 to 200 characters."), field="reason", code="reason")
    now = now or timezone.now()
    states = [State.DEAD, State.WAITING, State.RETRY]
    with transaction.atomic():
        rows = Message.objects.visible_to(by).filter(pk__in=ids, state__in=states)
        found = list(rows.select_for_update(of=("self",)).values_list("pk", flat=True))
        chosen = Message.objects.filter(pk__in=found)
        n = chosen.update(state=State.GIVEN_UP, due_at=None, ended_at=now, address_sealed=None, reason=reason)
        if n:
            record_act(by, "outbox.message.given_up", _subject(chosen, n), {"count": n, "reason": reason}, _path(chosen), now=now)
    return n


def forget_recipient(*, subject: str, ref: str, now: datetime | None = None) -> int:
    """A person is forgotten: nothing more is sent to them about this, and their address goes from what was to be sent. In the
    caller's transaction, which has asked permission. Returns how many messages that ended."""
    mine = Message.objects.filter(subject=subject, subject_ref=ref).exclude(channel=Channel.WEBHOOK)
    waiting = mine.filter(state__in=[*OPEN, State.DEAD])
    return waiting.update(state=State.GIVEN_UP, due_at=None, ended_at=now or timezone.now(), address_sealed=None, reason="erased")


def _subject(rows, count: int) -> str:
    """One message by its number, several as such."""
    return f"outbox.message:{rows.values_list('pk', flat=True).first()}" if count == 1 else "outbox.message"


def _path(rows) -> str:
    """The outermost place of those concerned, for the auditors of its area."""
    paths = [str(p) for p in rows.values_list("path", flat=True).distinct()[:100]]
    return min(paths, key=lambda p: p.count("."), default="") if len(paths) > 1 else "".join(paths)


def _wake() -> None:
    from linli.outbox.jobs import wake

    wake()
