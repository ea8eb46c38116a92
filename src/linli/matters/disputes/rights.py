"""Who may do what with a dispute: fewer than with other matters. Whoever answers for it writes; whoever takes part reads what was agreed on, and
may look who the sides are, with a purpose."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from linli.access.scope import can, scope_of
from linli.bodies.models import Seat
from linli.flow.models import Event, Todo
from linli.flow.words import procedure_of
from linli.matters.disputes.parties import is_dispute
from linli.matters.models import Matter, Reporter
from linli.matters.reporters import at_intake_desk


def answering_seat(matter: Matter) -> Seat | None:
    """The seat that answers for the dispute; of one that has ended, the one that did last."""
    rows = Seat.objects.select_related("body", "place")
    if matter.flow.owner_id:
        return rows.filter(pk=matter.flow.owner_id).first()
    last = Todo.objects.filter(flow=matter.flow_id, role=Todo.Role.LEAD).order_by("-since", "-pk").values("seat")[:1]
    return rows.filter(pk__in=last).first()


def answers(user: Any, seat: Seat | None) -> bool:
    """Whether the user does the work of the seat."""
    return seat is not None and seat.acting_id in scope_of(user).own_seats("flow.act")


def may_enter_parties(user: Any, matter: Matter, seat: Seat | None) -> bool:
    """The intake desk and the counter, while it is being taken in; whoever answers for it, always."""
    flow = matter.flow
    taken_in = flow.step == procedure_of(flow).start
    return not flow.end and (answers(user, seat) or (taken_in and can(user, "matter.intake", matter)))


def may_look(user: Any, matter: Matter, involved: Iterable[int] | None = None) -> bool:
    """Whether the user could see who the sides are, each time with a purpose: those who take part, and the intake desk it came to. Having
    the place is not enough. ``involved``: the seats that take part, if the caller has them."""
    scope = scope_of(user)
    if "matter.contact" not in scope.abilities:
        return False
    part = matter.flow.seats_involved() if involved is None else set(involved)
    return bool(set(scope.own_seats("matter.contact")) & part) or at_intake_desk(user, matter)


def may_know(user: Any, matter: Matter, reporter: Reporter) -> bool:
    """Whether the user may learn who raised it, if they may of matters at its place at all: a name withheld is the intake desk's alone, and
    whoever brings a dispute is mostly one of its sides."""
    if reporter.withheld:
        return at_intake_desk(user, matter)
    return not is_dispute(matter) or may_look(user, matter)


def may_read(user: Any, matter: Matter, involved: Iterable[int] | None = None) -> bool:
    """Whether the user reads what was agreed on, what of it was done and what the mediator found: those with a seat that takes or took part, the
    intake desk it came to, and who supervises over its place. Whoever else sees the dispute learns that there is an agreement, and its day.
    ``involved``: as for ``may_look``."""
    scope = scope_of(user)
    part = matter.flow.seats_involved() if involved is None else set(involved)
    return bool(set(scope.seats) & part) or scope.covers("flow.supervise", str(matter.path)) or at_intake_desk(user, matter)


def without_texts(lines: Iterable[Event]) -> None:
    """Take out of these lines of history, as they are shown, what was agreed on and found: for who may not read it."""
    for line in lines:
        if line.texts and "dispute" in line.texts:
            line.texts = {name: text for name, text in line.texts.items() if name != "text"}
