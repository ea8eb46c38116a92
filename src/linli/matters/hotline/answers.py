"""What the hotline, and the person who rang it, is told of a work order: how it ended, in words, and when. The sheet, the page and the
interface for its system all ask here."""

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
    """How it ended (``end``, "" while how people rate it is still awaited, and in words), what the caller is told, when that was, and when
    it ended. ``rating`` is this caller's own. ``solved``: it ended well. ``returned``: it isn't for us and goes back to the hotline."""

    end: str
    result: str
    text: str
    at: datetime | None
    ended_at: datetime | None
    rating: str
    solved: bool
    returned: bool


def followed(order: WorkOrder) -> Matter:
    """The matter by which the order stands: its own or, merged, the one where work goes on."""
    return order.matter.main or order.matter


def answer_of(order: WorkOrder) -> Answer:
    """The answer given or, where it ended without one, how it ended, naming nobody. Merged: as the matter it was merged into, but for the
    rating, which is what whoever rang said, and nobody else.

    Needs ``matter__flow`` and ``matter__main__flow``.
    """
    matter = followed(order)
    flow, procedure = matter.flow, procedure_of(matter.flow)
    result, end = end_name(procedure, flow.end) if flow.end else pgettext("hotline", "Answered"), procedure.ends.get(flow.end)
    return Answer(
        flow.end, result, matter.answer or _ended(matter, result), matter.answered_at or flow.ended_at, flow.ended_at, order.matter.rating,
        solved=bool(end and end.good), returned=flow.end == "refused",
    )  # fmt: skip


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
