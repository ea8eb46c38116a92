"""What the hotline, and the person who rang it, is told of a work order: how it ended, in words, and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from linli.flow.procedure import ELSEWHERE, WITHDRAWN
from linli.flow.words import end_name, procedure_of
from linli.matters.disputes.parties import is_dispute
from linli.matters.models import Matter, WorkOrder


@dataclass(frozen=True, slots=True)
class Answer:
    """How it stands, what the caller is told, when that was, and when it ended (None: how people rate it is still awaited)."""

    result: str
    text: str
    at: datetime | None
    ended_at: datetime | None


def answer_of(order: WorkOrder) -> Answer:
    """The answer given or, where it ended without one, how it ended, naming nobody. Merged: as the matter it was merged into.

    Needs ``matter__flow`` and ``matter__main__flow``.
    """
    matter = order.matter.main or order.matter
    flow, text = matter.flow, order.matter.answer or matter.answer
    result = end_name(procedure_of(flow), flow.end) if flow.end else pgettext("hotline", "Answered")
    at = order.matter.answered_at or matter.answered_at or flow.ended_at
    return Answer(result, text or _ended(matter, result), at, flow.ended_at)


def _ended(matter: Matter, result: str) -> str:
    """How it ended, for the caller: of a dispute neither who was on the other side nor who left."""
    flow = matter.flow
    if not flow.end:
        return ""
    if flow.end == WITHDRAWN:
        return _("It was taken back by whoever raised it, and has ended.")
    if flow.end == ELSEWHERE:
        return _("It was handed to the authority that is responsible for it.")
    end = procedure_of(flow).ends.get(flow.end)
    if not is_dispute(matter):
        return _("It has ended: %(result)s.") % {"result": result}
    if end is not None and end.good:
        return _("The dispute was mediated and an agreement found. Result: %(result)s.") % {"result": result}
    return _(
        "The mediation has ended. Result: %(result)s. A court, or arbitration or the office in charge where the law provides for it, stays open."
    ) % {"result": result}
