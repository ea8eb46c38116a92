"""The one writer of the log of acts: who changed which post, place, charter or account, and when."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.utils import timezone

from linli.frame.models import ActLog


def in_transaction() -> bool:
    """Whether what is written now is kept or lost with something else."""
    return transaction.get_connection().in_atomic_block


def record_act(
    by: Any, act: str, subject: models.Model | str, data: dict[str, Any] | None = None, path: str = "", *, now: datetime | None = None
) -> ActLog:
    """Write one line, inside the transaction of the act itself.

    ``by`` is the user, or None for the command line. ``act`` is dotted: room, thing, what happened («places.place.ended»).
    ``subject`` is the record, or its name as «room.model:id». ``path`` is that of the place it concerns; taken from the subject
    where it has one. ``data`` holds no protected field of a person: this log is read by auditors.
    Raises TransactionManagementError outside a transaction, where the line could outlive an act that failed.
    """
    if not in_transaction():
        raise transaction.TransactionManagementError(f"record_act({act!r}) outside the transaction of its act")
    if isinstance(subject, models.Model):
        path = path or str(getattr(subject, "path", "") or "")
        subject = f"{subject._meta.label_lower}:{subject.pk}"
    plain = DjangoJSONEncoder().encode(data or {})
    return ActLog.objects.create(
        at=now or timezone.now(),
        by=by if getattr(by, "pk", None) else None,
        act=act,
        subject=subject[:120],
        data=json.loads(plain),
        path=path,
    )
