"""Proof that history is whole: every chain hashed again, every state replayed and compared with its row, the daily heads checked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django.db.models import Prefetch

from linli.flow.chain import NO_TEXT, START, digest, link
from linli.flow.heads import fingerprint
from linli.flow.models import DailyHead, Flow
from linli.flow.models import Event as Row
from linli.flow.procedure import Event, State, apply, todos, wake_at
from linli.flow.rows import state_of
from linli.flow.words import procedure_of

_MOST = 50  # faults named one by one


@dataclass
class Report:
    """What was checked, and each fault as (number or day, what is wrong)."""

    flows: int = 0
    events: int = 0
    days: int = 0
    erased: int = 0  # texts that were lawfully erased
    faults: list[tuple[str, str]] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.faults

    def __str__(self) -> str:
        head = (
            f"{self.flows} pieces of work, {self.events} lines of history, {self.days} daily heads; {self.erased} texts erased on request."
        )
        if self.ok:
            return f"{head}\nEvery chain is whole and every state is what its history says."
        more = f"\n… and {len(self.faults) - _MOST} more" if len(self.faults) > _MOST else ""
        return f"{head}\n{len(self.faults)} faults:\n" + "\n".join(f"  {where}: {what}" for where, what in self.faults[:_MOST]) + more


def verify(flow_ids: Iterable[int] | None = None) -> Report:
    """Check the given flows, or all of them and the daily heads. Reads only; memory doesn't grow with the history."""
    report = Report()
    flows = Flow.objects.order_by("pk")
    if flow_ids is not None:
        flows = flows.filter(pk__in=list(flow_ids))
    lines = Prefetch("events", Row.objects.order_by("seq"), to_attr="history")
    duties = Prefetch("todos", to_attr="duties")
    for flow in flows.prefetch_related(lines, duties).iterator(chunk_size=500):
        report.flows += 1
        report.faults += [(flow.subject_ref, fault) for fault in _faults(flow, report)]
    if flow_ids is None:
        report.faults += _day_faults(report)
    return report


def _faults(flow: Flow, report: Report) -> Iterator[str]:
    history = flow.history  # type: ignore[attr-defined]
    head, state = START, State()
    for number, row in enumerate(history, start=1):
        report.events += 1
        if row.seq != number:
            yield f"line {number} is missing"
            return
        yield from _line_faults(flow, row, head, report)
        head = bytes(row.hash)
        try:
            event = Event.told(row.kind, row.at, row.by_id, row.role, row.step_from, row.step_to, row.outcome, row.data)
            state = apply(state, event)
        except (TypeError, ValueError, KeyError):
            yield f"line {number} can't be replayed"
            return
    if not history:
        yield "has no history"
        return
    if bytes(flow.head) != head:
        yield "its last line is missing or was added by hand"
    yield from _state_faults(flow, state)


def _line_faults(flow: Flow, row: Row, head: bytes, report: Report) -> Iterator[str]:
    if bytes(row.prev) != head:
        yield f"line {row.seq} doesn't follow the line before it"
    if row.texts is not None and row.salt is not None:
        if digest(row.texts, bytes(row.salt)) != bytes(row.text_digest):
            yield f"a text of line {row.seq} was changed"
    elif row.texts is not None or row.salt is not None:
        yield f"a text of line {row.seq} lost its seal"
    elif bytes(row.text_digest) != NO_TEXT:
        report.erased += 1
    said = (row.kind, row.at, row.by_id, row.role, row.step_from, row.step_to, row.outcome, row.data, bytes(row.text_digest))
    if link(bytes(row.prev), str(flow.uid), row.seq, *said) != bytes(row.hash):
        yield f"line {row.seq} was changed"


def _state_faults(flow: Flow, state: State) -> Iterator[str]:
    """The row, and who has what to do, must be what history makes of them."""
    if state_of(flow) != state:
        yield "its state is not what its history says"
    procedure = procedure_of(flow)
    if flow.wake_at != wake_at(procedure, state) or flow.suspended != state.suspended:
        yield "its clock is not what its history says"
    owed = {(d.seat, d.role, d.due_at) for d in todos(procedure, state)}
    if {(t.seat_id, t.role, t.due_at) for t in flow.duties if t.done_at is None} != owed:  # type: ignore[attr-defined]
        yield "what is to do is not what its history says"


def _day_faults(report: Report) -> Iterator[tuple[str, str]]:
    """Published heads: each follows the one before, and says of what was written until then what the history still says."""
    prev, after, looked = START, 0, 0
    for head in DailyHead.objects.order_by("day"):
        report.days += 1
        if bytes(head.prev) != prev:
            yield str(head.day), "the daily head doesn't follow the one before it"
        hash_, *counts = fingerprint(bytes(head.prev), head.day, (after, head.last_event), (looked, head.last_look))
        if hash_ != bytes(head.hash) or counts != [head.events, head.flows, head.looks]:
            yield str(head.day), "the history written until this day is not what was published"
        prev, after, looked = bytes(head.hash), head.last_event, head.last_look or looked
