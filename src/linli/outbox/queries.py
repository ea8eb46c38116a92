"""What stands in the outbox, in numbers; and what of it a person has to look at."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db.models import Count, QuerySet
from django.utils import timezone

from linli.outbox.config import BadConfig, config, goes_out
from linli.outbox.delivery import State
from linli.outbox.models import Channel, Message, Subscription

BEHIND = timedelta(minutes=15)
"""What has been due for so long should have gone."""


def counts(messages: QuerySet[Message]) -> Mapping[str, int]:
    """How many are in each state; every state is there. One query."""
    found = dict(messages.order_by().values_list("state").annotate(n=Count("pk")))
    return {state.value: found.get(state.value, 0) for state in State}


def staying(messages: QuerySet[Message]) -> list[Channel]:
    """The channels of messages that were only written down here, as far as the channel still doesn't go out. One query."""
    kept = set(messages.order_by().filter(state=State.KEPT).values_list("channel", flat=True).distinct())
    return [channel for channel in Channel if channel in kept and not goes_out(channel)]


def backlog(now: datetime | None = None) -> int:
    """Messages that should have gone and have not been tried."""
    now = now or timezone.now()
    return Message.objects.filter(due_at__lt=now - BEHIND).count()


def findings(now: datetime | None = None) -> list[str]:
    """What ``linli doctor`` says of the outbox, one sentence each: dead letters, a backlog, a configuration that can't be used."""
    said = []
    try:
        conf = config()
        said += [f"outbox.toml: {wrong}" for wrong in conf.wrong.values()]
        closed = [c for c in Channel.values if not conf.on(c) and Message.objects.filter(channel=c, ended_at=None).exists()]
        said += [f"messages wait for the channel {c}, which is off: turn it on in outbox.toml, or give them up" for c in closed]
    except BadConfig as wrong:
        said.append(str(wrong))
    if dead := Message.objects.filter(state=State.DEAD).count():
        said.append(f"{dead} messages could not be delivered: look at them under 发件箱, then  linli outbox retry --all")
    if late := backlog(now):
        said.append(f"{late} messages have been due for more than {BEHIND.seconds // 60} minutes: is the worker running?")
    return said


def last_deliveries(subscription: Subscription, most: int = 20) -> QuerySet[Message]:
    """The newest messages to one system."""
    return subscription.messages.order_by("-made_at", "-pk")[:most]
