"""The demonstration's programs and systems outside: keys whose secrets nobody was told, and a department's system that stopped answering.

``connect`` comes before the acts of which it is told, ``hang_up`` after them: its messages are those that the real acts write.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from linli.access.apikeys import create_client_key, create_staff_key, revoke_key
from linli.bodies.models import Holding
from linli.outbox.actions import add_subscription, pause_subscription
from linli.outbox.events import Topic
from linli.outbox.models import Attempt, Message, Subscription
from linli.places.models import Place

NAME, URL = "城管工单系统（示例）", "https://city.invalid/linli"  # a name that no network resolves (RFC 2606)
DAYS = 180


def connect(root: Place, *, now: datetime | None = None) -> str:
    """Keys for programs, and a subscription; their secrets are thrown away. Returns a line that counts them."""
    now = now or timezone.now()
    head, desk = _held("district-coordinator", root), _held("street-desk", root)
    if head is None or desk is None:
        return ""
    create_client_key(by=head.user, name="市民服务小程序", place=root, days=DAYS, now=now - timedelta(days=70))
    create_staff_key(by=desk.user, name="台账统计表", holding=desk, abilities=["matter.see"], days=DAYS, now=now - timedelta(days=40))
    old, _secret = create_staff_key(
        by=desk.user, name="旧值班表", holding=desk, abilities=["matter.see"], days=DAYS, now=now - timedelta(days=90)
    )
    revoke_key(by=desk.user, key=old, now=now - timedelta(days=40))
    add_subscription(
        by=head.user, name=NAME, url=URL, topics=[Topic.ACCEPTED, Topic.DISPATCHED, Topic.ANSWERED, Topic.ENDED], place=root,
        now=now - timedelta(days=60),
    )  # fmt: skip
    return "3 keys for programs (one revoked), 1 subscription"


def hang_up(root: Place, *, now: datetime | None = None) -> str:
    """Its first message was refused (404), whereupon it was paused: the others wait for it to go on. Returns a line that counts them."""
    now = now or timezone.now()
    head, system = _held("district-coordinator", root), Subscription.objects.filter(name=NAME).first()
    if head is None or system is None:
        return ""
    if (dead := system.messages.order_by("pk").first()) is not None:
        mine = Message.objects.filter(pk=dead.pk)
        mine.update(state=Message.State.SENDING, due_at=now, attempts=1, tried=1)
        Attempt.objects.create(message=dead, number=1, at=now, took_ms=84, result=Attempt.Result.NEVER, status=404)
        mine.update(state=Message.State.DEAD, due_at=None, ended_at=now)
    pause_subscription(by=head.user, subscription=system, pause=True, now=now)
    return f"{Message.objects.count()} messages to the outside, {Message.objects.filter(state='dead').count()} of them undeliverable"


def _held(post: str, root: Place) -> Holding | None:
    """The first to hold the post: the one whose sign-in is there to try."""
    held = Holding.objects.current().filter(seat__post=post, seat__path__descends=str(root.path))
    return held.select_related("user", "seat__place").order_by("pk").first()
