"""What presses on late work 催办、督办、通报, as rows to list: made of the lines of history in their transaction, and of nothing else."""

from __future__ import annotations

from collections.abc import Sequence

from linli.flow.models import Flow
from linli.flow.procedure import Event
from linli.flow.telling import Told, Writer
from linli.matters.models import Pressing

OPENS = {"urged": Pressing.Kind.URGE, "supervised": Pressing.Kind.SUPERVISE, "noticed": Pressing.Kind.NOTICE}
_CHANGES = {"order_overdue", "order_answered", "order_accepted", "order_returned", "lifted"}


def tell(about_to: Sequence[Told]) -> Writer | None:
    """What follows these lines; None where none of them presses on anybody."""
    return follow if any(_presses(e) for _flow, events in about_to for e in events) else None


def _presses(e: Event) -> bool:
    return e.kind in OPENS or e.kind in _CHANGES or "order_dropped" in e.facts or _moved_on(e)


def follow(written: Sequence[Told]) -> None:
    for flow, events in written:
        for seq, e in enumerate(events, flow.seq - len(events) + 1):
            if e.kind in OPENS:
                _open(flow, seq, e)
            elif e.kind in _CHANGES:
                _change(flow, seq, e)
            elif "order_dropped" in e.facts:
                _rows(flow, e.facts["order_dropped"]).update(state=Pressing.State.ENDED, closed_seq=seq)
            elif _moved_on(e):
                order = e.change["order"]
                state = Pressing.State.ANSWERED if order.answered else Pressing.State.OPEN
                _rows(flow, order.seq).update(seat=order.to, due_at=order.due_at, state=state, closed_seq=None)


def _moved_on(e: Event) -> bool:
    """Whether a line handed a supervision on with the work, moved its deadline by the time the work lay on the ledger, or took it up again
    with work that had been merged."""
    return e.change.get("order") is not None


def _rows(flow: Flow, seq: int):
    return Pressing.objects.filter(flow=flow.pk, seq=seq)


def _open(flow: Flow, seq: int, e: Event) -> None:
    seat = e.facts.get("seat")
    if seat is None:  # nobody is responsible: nobody was pressed
        return
    order = e.change.get("order")
    Pressing.objects.create(
        flow_id=flow.pk, seq=seq, kind=OPENS[e.kind], at=e.at, by_hand=not e.facts.get("rung"), seat_id=seat,
        state=Pressing.State.OPEN if order else Pressing.State.DONE, supervisor_id=order.seat if order else None,
        due_at=order.due_at if order else None,
    )  # fmt: skip


def _change(flow: Flow, seq: int, e: Event) -> None:
    rows = _rows(flow, e.facts["order"])
    order = e.change.get("order")
    if e.kind == "order_overdue":
        rows.update(late=True)
    elif e.kind == "order_answered":
        rows.update(state=Pressing.State.ANSWERED, answered_seq=seq)
    elif e.kind == "order_returned" and order:
        rows.update(state=Pressing.State.OPEN, due_at=order.due_at, seat=order.to)
    else:
        state = Pressing.State.ACCEPTED if e.kind == "order_accepted" else Pressing.State.LIFTED
        rows.update(state=state, closed_seq=seq)
