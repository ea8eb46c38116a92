"""What the reporter can do with their matter now: the same answer for the page that offers and the action that checks."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from linli.charter.store import charter_of
from linli.flow.engine import calendar_of
from linli.matters.models import Matter


def reporter_acts(matter: Matter, now: datetime | None = None) -> list[str]:
    """Of ``rate``, ``word``, ``reopen``, ``withdraw`` those open now, the likeliest first. No query."""
    flow, now = matter.flow, now or timezone.now()
    charter = charter_of(flow.charter_id)
    procedure = charter.procedures[flow.procedure]
    if not flow.end:
        step = procedure.steps[flow.step]
        rating = ((step.actor == "reporter" and step.action == "rate") or step.action == "callback") and not flow.suspended
        return [*(["rate"] if rating else []), "word", "withdraw"]
    used = flow.memory.get("reopens", 0)
    if not procedure.reopen or used >= procedure.reopens or flow.ended_at is None:
        return []
    if procedure.reopen_within and now > calendar_of(charter).add(flow.ended_at, procedure.reopen_within):
        return []
    return ["reopen"]
