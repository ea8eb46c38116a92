"""Reads that are more than a filter: the way a matter has gone, an area's numbers, the key to a reporter's side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Aggregate, Count, DurationField, Exists, F, OuterRef, Q, QuerySet

from linli.charter.schema import Procedure
from linli.flow.models import LATE_KINDS, Event, Flow
from linli.flow.procedure import MERGED, UNDONE
from linli.flow.queries import main_way
from linli.flow.words import end_name, procedure_of, step_name
from linli.frame.templatetags.linli import named
from linli.matters.codes import digest, same, tidy
from linli.matters.models import Follower, Matter
from linli.places.models import Level, Place

FEW = 5  # counts of people below it are not shown
NOT_CASES = (MERGED, UNDONE)
"""Ends of matters that are no case of their own: their case is the one they were merged into, or the one they came from."""


def by_code(code: str) -> Matter | None:
    """The matter a follow-up code opens. Found by the code's digest, compared once more in constant time."""
    if len(tidy(code)) != 14:
        return None
    found = (
        Matter.objects.select_related("flow__owner__place__parent", "place__parent", "main__flow__owner__place__parent", "split_from__flow")
        .filter(follow_digest=digest(code))
        .first()
    )
    return found if found and same(found.follow_digest, code) else None


def follower_by_code(code: str) -> Follower | None:
    """The follower a code belongs to."""
    if len(tidy(code)) != 14:
        return None
    rows = Follower.objects.select_related("matter__flow", "matter__place__parent", "matter__main__flow__owner__place__parent")
    found = rows.filter(follow_digest=digest(code)).first()
    return found if found and same(found.follow_digest, code) else None


def followers_of(matter: Matter) -> int | None:
    """How many people follow it, the one who raised it not counted, those of the matters merged into it with them; None where they are
    fewer than five: that could say who."""
    count = voices_of(matter)
    return count if count >= FEW else None


def voices_of(matter: Matter) -> int:
    """How many told the same or follow it besides the one who raised it. One query."""
    follow = Follower.objects.filter(Q(matter=matter) | Q(matter__in=matter.merged.values("pk"))).order_by().values("pk")
    merged = matter.merged.order_by().values("pk")
    return follow.union(merged, all=True).count()


def was_late() -> Exists:
    """Whether any deadline was missed on the way: said by the history, which forgets nothing when the work moves on."""
    return Exists(Event.objects.filter(flow=OuterRef("flow"), kind__in=LATE_KINDS))


# --- the way it went, for everybody's eyes -----------------------------------------------------------------------------------------------


def plain_steps(flow: Flow, moves: Sequence[tuple[str, datetime]]) -> list[dict[str, Any]]:
    """The line of steps without people: for the public and the reporter. ``moves``: (step left, when), oldest first.

    A step off the main way (sent back, supervised, declined) shows only where the work stands in it or has just ended from it.
    """
    procedure = procedure_of(flow)
    left = dict(moves)
    way = main_way(procedure, procedure.start)
    last = flow.step or (moves[-1][0] if moves else procedure.start)
    if last not in way:
        before = [s for s in way if s in left and list(procedure.steps).index(s) < list(procedure.steps).index(last)]
        way = [*before, last, *([] if flow.end else [s for s in way if s not in before])]
    here = way.index(last)
    line = []
    for n, step in enumerate(way):
        state = "done" if n < here or (n == here and flow.end) else "now" if n == here else "next"
        if flow.end and state == "next":
            break
        line.append({"name": named(procedure.steps[step].name), "state": state, "at": left.get(step) if state == "done" else None})
    if flow.end:
        line.append({"name": end_name(procedure, flow.end), "state": "done", "at": flow.ended_at})
    return line


def moves_of(flow: Flow) -> list[tuple[str, datetime]]:
    """(step left, when) of every step taken, oldest first. One query."""
    return list(flow.events.filter(kind="taken").order_by("seq").values_list("step_from", "at"))


def state_name(flow: Flow) -> str:
    """Where it stands: the present step's name, or how it ended."""
    return state_said(procedure_of(flow), flow.step, flow.end)


def state_said(procedure: Procedure, step: str, end: str) -> str:
    return end_name(procedure, end) if end else step_name(procedure, step)


# --- an area's numbers -----------------------------------------------------------------------------------------------------------------


CLOSED = ~Q(flow__end__in=("", *NOT_CASES))
"""Closed as a case of its own. What was merged into another matter is closed with that one."""


class _Median(Aggregate):
    function = "percentile_cont"
    template = "%(function)s(0.5) within group (order by %(expressions)s)"
    output_field = DurationField()


@dataclass(frozen=True, slots=True)
class AreaNumbers:
    """Counts of matters, not of people: nothing here needs suppressing. ``median`` from raising to closing, natural time."""

    raised: int
    closed: int
    on_time: int
    open: int
    overdue: int
    median: timedelta | None

    @property
    def median_days(self) -> float | None:
        return None if self.median is None else round(self.median / timedelta(days=1), 1)

    @property
    def on_time_share(self) -> int | None:
        return round(100 * self.on_time / self.closed) if self.closed else None


def area_numbers(matters: QuerySet[Matter]) -> AreaNumbers:
    """The numbers of ``matters`` (already narrowed to an area, a period, what may be seen). One query.

    On time means: ended without any deadline having been missed on the way.
    """
    closed, opened = CLOSED, Q(flow__end="")
    found = matters.order_by().annotate(_late=was_late()).aggregate(
        n=Count("pk"),
        closed=Count("pk", filter=closed),
        on_time=Count("pk", filter=closed & Q(_late=False)),
        open=Count("pk", filter=opened),
        overdue=Count("pk", filter=opened & Q(flow__overdue=True)),
        median=_Median(F("flow__ended_at") - F("raised_at"), filter=closed),
    )  # fmt: skip
    return AreaNumbers(found["n"], found["closed"], found["on_time"], found["open"], found["overdue"], found["median"])


def community_of(place: Place) -> Place | None:
    """The community a place belongs to, or the place itself where it is one or wider. Needs ``place.parent`` for a grid, and no more."""
    fine = {Level.GRID, Level.BUILDING, Level.UNIT, Level.DWELLING}
    found: Place | None = place
    while found is not None and found.level in fine:
        found = found.parent
    return found
