"""Carrying messages out: claim a few, send them outside of any transaction, write down what came of each.

A claim is a lease. Whoever holds it says so in the row; if the process dies, the message is taken up again once the lease is over, with
the same uid. What a message is afterwards is decided by ``delivery`` and written only by the holder of the latest lease.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils import timezone

from linli.kit import crypto
from linli.outbox import seals, texts
from linli.outbox.adapters import Parcel
from linli.outbox.config import BadConfig, Config, config
from linli.outbox.delivery import OPEN, Outcome, Result, State, Verdict, after, most
from linli.outbox.models import Attempt, Channel, Message, Subscription

log = structlog.get_logger("linli.outbox")

SLOTS = 8
"""Messages on their way at a time, in one process."""

SHARE = 2
"""Of these, how many to one receiver: who is slow holds up nobody else. A channel to persons counts as one receiver with ``SLOTS``/2."""


LINGER = timedelta(seconds=3)
"""A run waits for what is due so soon."""


def claimable(now: datetime) -> QuerySet[Message]:
    """What may be sent now: due, and nothing before it on its lane is still under way. Reads nothing but the index on ``due_at``."""
    before = Message.objects.filter(lane=OuterRef("lane"), ended_at=None, pk__lt=OuterRef("pk"))
    return Message.objects.filter(~Exists(before), due_at__lte=now)


def ready(now: datetime, conf: Config) -> QuerySet[Message]:
    """Of these, what has a way out here."""
    off = [c for c in Channel.values if not conf.on(c)]
    return claimable(now).exclude(channel__in=off) if off else claimable(now)


@dataclass(frozen=True, slots=True)
class Claim:
    """A message we hold the lease of, as it was claimed."""

    message: Message
    attempt: int

    @property
    def receiver(self) -> str:
        return receiver_of(self.message)


def receiver_of(message: Message) -> str:
    return str(message.subscription_id) if message.subscription_id else message.channel


def share_of(receiver: str) -> int:
    return SHARE if receiver.isdigit() else SLOTS // 2


def claim(most_: int, busy: Counter[str], conf: Config, now: datetime | None = None) -> list[Claim]:
    """Take up to ``most_`` messages: each gets the next lease, for us alone (SKIP LOCKED). ``busy``: how many each receiver has of us."""
    now = now or timezone.now()
    full = [r for r, n in busy.items() if n >= share_of(r)]
    taken: list[Claim] = []
    with transaction.atomic():
        free = ready(now, conf)
        if channels := [r for r in full if not r.isdigit()]:
            free = free.exclude(channel__in=channels)
        if numbers := [int(r) for r in full if r.isdigit()]:
            free = free.exclude(subscription__isnull=False, subscription__in=numbers)
        rows = free.select_for_update(skip_locked=True, of=("self",)).select_related("subscription").order_by("due_at", "pk")
        share = Counter(busy)
        ended: list[Message] = []
        for message in rows[: most_ * 2]:
            if message.subscription and message.subscription.removed_at:
                Message.objects.filter(pk=message.pk).update(**_given_up(now))  # it was under way when its system was taken off
            elif message.state == State.SENDING and message.attempts >= most(conf.pauses):
                ended.append(message)  # each of its attempts was lost with its worker: a person has to look
            elif message.subscription and not message.subscription.active:
                Message.objects.filter(pk=message.pk).update(state=State.WAITING, due_at=None)
            elif len(taken) < most_ and share[receiver_of(message)] < share_of(receiver_of(message)):
                share[receiver_of(message)] += 1
                taken.append(Claim(message, message.attempts + 1))
        _note_lost([c.message for c in taken if c.message.state == State.SENDING] + ended)
        if ended:
            Message.objects.filter(pk__in=[m.pk for m in ended]).update(state=State.DEAD, due_at=None, ended_at=now)
        if taken:
            Message.objects.filter(pk__in=[c.message.pk for c in taken]).update(
                state=State.SENDING, due_at=now + timedelta(seconds=conf.lease), attempts=F("attempts") + 1, tried=F("tried") + 1
            )
    for c in taken:
        c.message.tried += 1
    return taken


def _given_up(now: datetime) -> dict[str, Any]:
    """What becomes of a message to a system that is told of nothing any more."""
    return {"state": State.GIVEN_UP, "due_at": None, "ended_at": now, "reason": "removed"}


def _note_lost(lost: list[Message]) -> None:
    """An attempt whose lease ran out is an attempt: it may have arrived."""
    rows = [Attempt(message=m, number=m.tried, at=m.due_at, result=Result.LOST) for m in lost if m.due_at]
    Attempt.objects.bulk_create(rows, ignore_conflicts=True)


def parcel_of(claim: Claim, now: datetime) -> Parcel | Outcome:
    """The message made ready, its seals opened; an outcome where that can't be done."""
    m = claim.message
    title = text = url = to = ""
    keys: dict[str, str] = {}
    try:
        if m.subscription:
            url, keys = m.subscription.url, {m.subscription.key: seals.unseal(m.subscription, "secret_sealed")}
            if m.subscription.old_until and m.subscription.old_until > now:
                keys[m.subscription.old_key] = seals.unseal(m.subscription, "old_secret_sealed")
        else:
            to = seals.unseal(m, "address_sealed")
            title, text = texts.written(m.topic, m.values)
    except crypto.Damaged:
        return Outcome(Result.NEVER, error="Damaged")
    except crypto.KeyringError as error:
        return Outcome(Result.AGAIN, error=type(error).__name__)
    except (KeyError, ValueError, TypeError):
        return Outcome(Result.NEVER, error="NoText")
    if not m.subscription and not to:
        return Outcome(Result.NEVER, error="NoRecipient")
    return Parcel(
        uid=m.uid, channel=m.channel, topic=m.topic, attempt=m.tried, made_at=m.made_at, subject_ref=m.subject_ref, to=to, title=title,
        text=text, values=m.values, url=url, keys=keys,
    )  # fmt: skip


def carry(parcel: Parcel, conf: Config) -> tuple[Outcome, int]:
    """Send it, and how many milliseconds that took. Whatever an adapter did not foresee is an attempt that failed."""
    began = time.monotonic()
    try:
        outcome = conf.ways[parcel.channel].send(parcel)
    except Exception as error:
        outcome = Outcome(Result.AGAIN, error=type(error).__name__[:60])
        log.exception("outbox_adapter", channel=parcel.channel)
    return outcome, int((time.monotonic() - began) * 1000)


def record(claim: Claim, outcome: Outcome, took: int, conf: Config, now: datetime | None = None) -> bool:
    """Write down what came of it. False where our lease had run out and somebody else holds the message: then theirs counts."""
    now, m = now or timezone.now(), claim.message
    verdict = after(outcome, claim.attempt, now, m.uid, conf.pauses)
    over = verdict.state not in OPEN
    change: dict[str, Any] = {"state": verdict.state, "due_at": verdict.due_at, "ended_at": now if over else None}
    if verdict.state in (State.DELIVERED, State.KEPT):
        change["address_sealed"] = None
    elif m.subscription_id and Subscription.objects.filter(pk=m.subscription_id, removed_at__isnull=False).exists():
        verdict, change = Verdict(State.GIVEN_UP), _given_up(now)
    with transaction.atomic():
        ours = Message.objects.filter(pk=m.pk, state=State.SENDING, attempts=claim.attempt, tried=m.tried).update(**change)
        if not ours:
            return False
        Attempt.objects.bulk_create(
            [Attempt(message=m, number=m.tried, at=now, took_ms=took, result=outcome.result, status=outcome.status, error=outcome.error)],
            ignore_conflicts=True,
        )
        # those behind it on its lane: not before it, and at once when it is out of the way
        behind = Message.objects.filter(lane=m.lane, ended_at=None, pk__gt=m.pk, due_at__isnull=False).exclude(state=State.SENDING)
        if verdict.due_at is None:
            behind.filter(due_at__gt=now).update(due_at=now)
        else:
            behind.filter(due_at__lt=verdict.due_at).update(due_at=verdict.due_at)
    if verdict.state is State.DEAD:
        log.warning("outbox_dead", channel=m.channel, topic=m.topic, status=outcome.status, error=outcome.error)
    return True


def next_due(now: datetime) -> datetime | None:
    """When there is something to do next: now where something is ready, else at the next retry or end of a lease; None: nothing."""
    try:
        if ready(now, config()).exists():
            return now
    except BadConfig:
        return None
    # what is due already waits for another on its lane, and is called when that one is out of the way
    return Message.objects.filter(due_at__gt=now).order_by("due_at").values_list("due_at", flat=True).first()


_running = threading.Lock()
_again = threading.Event()


def run(seconds: float = 45.0) -> int:
    """Carry out whatever is due, until nothing is or the time is up. Returns how many attempts that made.

    One run in a process at a time: who comes while one is under way has it look once more, and leaves.
    """
    _again.set()
    if not _running.acquire(blocking=False):
        return 0
    try:
        return _run(time.monotonic() + seconds)
    finally:
        _running.release()


def _run(until: float) -> int:
    try:
        conf = config()
    except BadConfig as wrong:
        log.error("outbox_config", wrong=str(wrong))
        return 0
    done = 0
    busy: Counter[str] = Counter()
    under_way: dict[Future[tuple[Outcome, int]], Claim] = {}
    with ThreadPoolExecutor(SLOTS, thread_name_prefix="outbox") as pool:
        while True:
            while time.monotonic() < until and len(under_way) < SLOTS:
                _again.clear()
                taken = claim(SLOTS - len(under_way), busy, conf)
                for c in taken:
                    busy[c.receiver] += 1
                    under_way[_send(pool, c, conf)] = c
                if not taken:
                    break
            if not under_way:
                if not _again.is_set() and not _linger(until):
                    return done
                if time.monotonic() >= until:
                    return done
                continue
            for future, c in _finished(under_way):
                busy[c.receiver] -= 1
                record(c, *future.result(), conf)
                done += 1


def _linger(until: float) -> bool:
    """Wait for what is due in a moment, rather than for another job to look at it. False where nothing is."""
    now = timezone.now()
    due = next_due(now)
    if due is None or due > now + LINGER:
        return False
    seconds = min((due - now).total_seconds(), until - time.monotonic())
    if seconds > 0:
        _again.wait(seconds)
    return True


def _send(pool: ThreadPoolExecutor, c: Claim, conf: Config) -> Future[tuple[Outcome, int]]:
    parcel = parcel_of(c, timezone.now())
    if isinstance(parcel, Outcome):
        failed: Future[tuple[Outcome, int]] = Future()
        failed.set_result((parcel, 0))
        return failed
    return pool.submit(carry, parcel, conf)


def _finished(under_way: dict[Future[tuple[Outcome, int]], Claim]) -> Iterator[tuple[Future[tuple[Outcome, int]], Claim]]:
    """Those that are through; looks up after half a second, since new messages may have come for free slots."""
    for future in wait(under_way, timeout=0.5, return_when=FIRST_COMPLETED).done:
        yield future, under_way.pop(future)
