"""Writing a message: beside what it tells, in the same transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone

from linli.outbox import seals, texts
from linli.outbox.config import is_on
from linli.outbox.models import Channel, Message


@dataclass(frozen=True, slots=True)
class About:
    """What a message is about: the thing («matters.matter»), its number, and the path of its place."""

    subject: str
    ref: str
    path: str


@dataclass(frozen=True, slots=True)
class Note:
    """A message to be written. ``uid``: the same again is the same message. ``to`` is a person's address, for no webhook."""

    channel: str
    topic: str
    about: About
    values: Mapping[str, Any]
    to: str = field(default="", repr=False)
    subscription: int | None = None
    uid: UUID = field(default_factory=uuid4)


def enqueue(notes: Iterable[Note], *, now: datetime | None = None) -> int:
    """Write messages inside the transaction of what they tell: none without it, and it never without them. Returns how many.

    One insert for all of them; a note whose uid is there already is left out, and so is one for a channel that is off here. Workers are
    told once the transaction is over. Raises TransactionManagementError outside of one, KeyError for a text nobody registered.
    """
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("enqueue outside the transaction of what it tells")
    now = now or timezone.now()
    rows = [_row(note, now) for note in notes if is_on(note.channel)]
    if not rows:
        return 0
    Message.objects.bulk_create(rows, ignore_conflicts=True)
    transaction.on_commit(_wake, robust=True)
    return len(rows)


def lane_of(note: Note) -> str:
    """What goes one after the other: messages to one receiver about one thing."""
    receiver = str(note.subscription) if note.subscription is not None else note.channel
    return f"{receiver}:{note.about.subject}:{note.about.ref or note.uid}"


def _row(note: Note, now: datetime) -> Message:
    person = note.channel != Channel.WEBHOOK
    if person:
        texts.known()[note.topic]  # a key nobody registered is found here, not by the worker
    row = Message(
        uid=note.uid, channel=note.channel, subscription_id=note.subscription, topic=note.topic, subject=note.about.subject,
        subject_ref=note.about.ref, path=note.about.path, lane=lane_of(note), values=dict(note.values), made_at=now, due_at=now,
    )  # fmt: skip
    if note.to and person:
        seals.seal(row, "address_sealed", note.to)
    return row


def _wake() -> None:
    from linli.outbox.jobs import wake

    wake()
