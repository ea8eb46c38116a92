"""What happens without anybody: messages are carried out as they come, what was left behind each minute, what is old is stripped each night."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from linli.frame.jobs import beat
from linli.outbox.config import BadConfig, config
from linli.outbox.delivery import State
from linli.outbox.models import Attempt, Message
from linli.outbox.worker import LINGER, next_due, run

log = structlog.get_logger("linli.outbox")

SOON = timedelta(seconds=60)
"""What is due within it gets a job of its own; anything later is found by the sweep of its minute."""


@app.task(name="outbox.deliver", queueing_lock="outbox.deliver")
def deliver() -> None:
    """Carry out whatever is due."""
    run()
    _look_again()


@app.periodic(cron="* * * * *")
@app.task(name="outbox.sweep", queueing_lock="outbox.sweep")
def sweep(timestamp: int) -> None:
    """Each minute: what is to be tried again, what a worker left behind, what nobody was told of."""
    run()
    _look_again()
    beat("outbox")


@app.periodic(cron="40 18 * * *")
@app.task(name="outbox.tidy", queueing_lock="outbox.tidy")
def tidy(timestamp: int) -> None:
    """Twenty to three at night in China."""
    strip_old()
    beat("outbox.tidy")


def wake() -> None:
    """Tell the workers that there is something to carry. They are told once, however much there is."""
    try:
        with transaction.atomic():
            deliver.defer()
    except AlreadyEnqueued:
        pass


def _look_again(now: datetime | None = None) -> None:
    """Put off another look to the moment something is due, where that is soon. One for each such moment: a retry that is due before the
    one looked ahead for so far doesn't wait for it."""
    now = now or timezone.now()
    due = next_due(now)
    if due is None or due > now + SOON:
        return
    at = max(due - LINGER, now + timedelta(seconds=0.2))  # workers look for jobs every few seconds; the run waits for the moment itself
    try:
        with transaction.atomic():
            deliver.configure(schedule_at=at, queueing_lock=f"outbox.later.{at:%H%M%S}").defer()
    except AlreadyEnqueued:
        pass


def strip_old(now: datetime | None = None, batch: int = 2000) -> int:
    """Take out of old messages what they said and to whom; that they went, when and after how many attempts stays. Returns how many.

    What could not be delivered for so long is given up first: a recipient's address isn't kept for ever on the chance of it.
    """
    try:
        before = (now or timezone.now()) - timedelta(days=config().keep_days)
    except BadConfig as wrong:
        log.error("outbox_config", wrong=str(wrong))
        return 0
    Message.objects.filter(state=State.DEAD, ended_at__lt=before).update(state=State.GIVEN_UP, address_sealed=None, reason="keep_days")
    done = 0
    old = Message.objects.filter(stripped_at=None, ended_at__lt=before, state__in=[State.DELIVERED, State.KEPT, State.GIVEN_UP]).order_by(
        "ended_at"
    )
    while ids := list(old.values_list("pk", flat=True)[:batch]):
        with transaction.atomic():
            Attempt.objects.filter(message__in=ids).delete()
            done += Message.objects.filter(pk__in=ids).update(values={}, address_sealed=None, stripped_at=now or timezone.now())
    if done:
        log.info("outbox_stripped", messages=done)
    return done
