"""What the reporter can do with their matter now: the same answer for the page that offers and the action that checks."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from linli.charter.schema import Procedure
from linli.charter.store import charter_of
from linli.flow.engine import calendar_of
from linli.flow.procedure import AWAY
from linli.matters.disputes.parties import is_bound
from linli.matters.models import Matter


def goes_on(matter: Matter) -> bool:
    """Whether it was merged into a matter that is under way."""
    return matter.main is not None and not matter.main.flow.end


def is_asked(matter: Matter) -> bool:
    """Whether whoever raised it is asked how it was done: on their page, or on the telephone."""
    step = charter_of(matter.flow.charter_id).procedures[matter.flow.procedure].steps.get(matter.flow.step)
    return step is not None and ((step.actor == "reporter" and step.action == "rate") or step.action == "callback")


def reporter_acts(matter: Matter, now: datetime | None = None) -> list[str]:
    """Of ``rate``, ``word``, ``reopen``, ``withdraw`` those open now, the likeliest first. No query, or two where it was merged.

    What was done and answered isn't taken back: it is rated.
    """
    if matter.main_id:
        return _merged_acts(matter, now or timezone.now())
    flow, now = matter.flow, now or timezone.now()
    charter = charter_of(flow.charter_id)
    procedure = charter.procedures[flow.procedure]
    if not flow.end:
        asked = is_asked(matter)
        return [*(["rate"] if asked and not flow.suspended else []), "word", *([] if asked or is_bound(matter) else ["withdraw"])]
    used = flow.memory.get("reopens", 0)
    if flow.end in AWAY:
        return []
    if not procedure.reopen or used >= procedure.reopens or flow.ended_at is None:
        return []
    if procedure.reopen_within and now > calendar_of(charter).add(flow.ended_at, procedure.reopen_within):
        return []
    return ["reopen"]


def _merged_acts(matter: Matter, now: datetime) -> list[str]:
    """Merged: rate the answer to the main one once there is one, as long as that could be opened again, or, where that was refused and
    nobody is asked how it was done, have it taken up again; add to it, or take it back, while that one is under way."""
    main = matter.main
    assert main is not None
    charter = charter_of(main.flow.charter_id)
    procedure = charter.procedures[main.flow.procedure]
    step = procedure.steps.get(main.flow.step)
    answered = bool(main.answer) and (main.flow.ended_at is not None or (step is not None and step.action == "rate"))
    term = procedure.reopen_within
    late = bool(main.flow.ended_at and term and now > calendar_of(charter).add(main.flow.ended_at, term))
    said = "rate" if not main.flow.end or main.flow.end in _rated_ends(procedure) else "reopen"
    return [*([said] if answered and not late and not matter.rating else []), *(["word", "withdraw"] if goes_on(matter) else [])]


def _rated_ends(procedure: Procedure) -> set[str]:
    """How it ends once whoever raised it has been asked how it was done."""
    asking = [s for s in procedure.steps.values() if s.action in ("rate", "callback")]
    return {to.removeprefix("END ") for s in asking for to in (*s.on.values(), s.exhausted or "") if to.startswith("END ")}
