"""Reading a procedure, and the changes its moves make: which outcomes are open, who gets the next step, until when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction
from typing import Any

from linli.charter.schema import BY_CLOCK, LEVELS, Duration, Procedure, Step
from linli.flow.commands import Command, Found, Kind, World
from linli.flow.state import Event, State, dump, load
from linli.kit.calendar import Calendar

REMIND = Fraction(4, 5)
"""A reminder comes when this share of the working time is used up."""

NO = frozenset({"refused", "return", "rework", "refuse", "objected", "explained", "anew"})
"""Outcomes that say no. They need a reason; what a step ``needs`` is owed by those who say yes."""


CLOCK = "clock"
"""The role of what time alone causes."""


@dataclass(frozen=True, slots=True)
class Offer:
    """An outcome that may be taken now, where it leads, and the evidence it needs."""

    outcome: str
    to: str
    needs: tuple[str, ...]


def is_backward(procedure: Procedure, step: str, target: str) -> bool:
    """Whether the edge leads to the step itself or to one before it in the charter's order. Every cycle has such an edge."""
    for id in procedure.steps:  # the first met is the earlier one
        if id == target:
            return True
        if id == step:
            return False
    return False


def target_of(procedure: Procedure, state: State, outcome: str) -> str | None:
    """Where the outcome leads now: a step, ``END name``, or None when it isn't offered (unknown, or its returns are used up)."""
    step = procedure.steps[state.step]
    target = step.on.get(outcome)
    if target is None or not is_backward(procedure, step.id, target):
        return target
    bounding = procedure.bounding(step, outcome)
    if state.returns.get(f"{bounding.id}.{outcome}", 0) < bounding.returns:
        return target
    onward = bounding.exhausted
    return onward if onward and not is_backward(procedure, step.id, onward) else None  # what is on from there may be back from here


def needs_of(step: Step, outcome: str) -> tuple[str, ...]:
    """Evidence the outcome can't be taken without: a yes owes what the step needs, a no owes its reason."""
    no = outcome in NO or (step.action == "callback" and outcome == "dissatisfied")
    return ("reason",) if no else tuple(n for n in step.needs if not n.endswith("?"))


def sent_back(procedure: Procedure, state: State) -> bool:
    """Whether the work came to its present step by being sent back: a step from which a return leads here has used one."""
    back = (step for step in procedure.steps.values() if step.on.get("return") == state.step)
    return any(state.returns.get(f"{step.id}.return") for step in back)


def by_hand(step: Step) -> tuple[str, ...]:
    """The step's outcomes that people take; the others are the clock's."""
    return tuple(o for o in step.on if o != BY_CLOCK.get(step.action))


def offers(procedure: Procedure, state: State) -> tuple[Offer, ...]:
    """What can be taken now, in the charter's order. Nothing while suspended or ended."""
    if not state.step or state.suspended:
        return ()
    step = procedure.steps[state.step]
    found = ((o, target_of(procedure, state, o)) for o in by_hand(step))
    return tuple(Offer(o, to, needs_of(step, o)) for o, to in found if to is not None)


def event(kind: str, state: State, at: datetime, command: Command | None, change: Mapping[str, Any], /, **facts: Any) -> Event:
    """A line of history that leaves the step as it is: what it changes, and beside it the facts that explain it."""
    return line(kind, state, at, command, change, facts, "", "")


def line(
    kind: str, state: State, at: datetime, command: Command | None, change: Mapping[str, Any], facts: Mapping[str, Any], to: str, outcome: str
) -> Event:  # fmt: skip
    """A line of history. Facts that are empty are left out."""
    facts = {name: value for name, value in facts.items() if value is not None and value != ""}
    by, role = (command.by, command.role) if command else (None, CLOCK)
    return Event(kind, at, by, role, state.step, to, outcome, change, facts)


_STAY: dict[str, Any] = {
    "due_at": None, "remind_at": None, "escalate_at": None, "clock": "working", "overdue": False, "suspended_at": None,
    "review_at": None, "extensions": 0, "urges": 0, "told": (), "parts": (), "ask": None, "owner": None, "rungs": 0, "rung_at": None,
    "aside": None,
}  # fmt: skip
_KEPT = (*_STAY, "order", "step", "level", "entered_at", "whole_due_at", "returns")


def changed(state: State, change: Mapping[str, Any]) -> dict[str, Any]:
    """Only what differs, so that a line of history says what it changed and no more."""
    return {name: value for name, value in change.items() if getattr(state, name) != value}


def limit_of(step: Step, kind: Kind) -> Duration | None:
    return kind.limit if step.within == "category" else step.within if isinstance(step.within, Duration) else None


def deadline(step: Step, start: datetime, limit: Duration | None, calendar: Calendar) -> dict[str, Any]:
    """Due time and reminder of a stay that begins at ``start``. Steps that the clock itself ends remind nobody."""
    if limit is None:
        return {"due_at": None, "remind_at": None, "clock": "working"}
    due, remind = calendar.term(start, limit, REMIND)
    if step.action in BY_CLOCK or not start < remind < due:
        return {"due_at": due, "remind_at": None, "clock": limit.clock}
    return {"due_at": due, "remind_at": remind, "clock": limit.clock}


def reminder(step: Step, start: datetime, due: datetime, clock: str, calendar: Calendar) -> datetime | None:
    if step.action in BY_CLOCK:
        return None
    remind = calendar.share(start, due, REMIND, clock)
    return remind if start < remind < due else None


def routed(world: World, kind: Kind, level: str) -> tuple[str, Found | None]:
    """The seat of the category's route at ``level`` or, where the route has none, at the next level up that has one."""
    for higher in upward(level):
        if (post := kind.route.get(higher)) and (found := world.seat(post)):
            return higher, found
    return level, None


_UPWARD = {level: tuple(reversed(LEVELS[: n + 1])) for n, level in enumerate(LEVELS)}


def upward(level: str) -> tuple[str, ...]:
    """The level and those above it, nearest first."""
    return _UPWARD.get(level, ())


def _owner(step: Step, world: World, kind: Kind, level: str) -> tuple[str, Found | None]:
    """Level and seat of whoever has to take the step; no seat for the reporter's steps."""
    if step.actor == "reporter":
        return level, None
    if step.actor in ("route", "same"):  # «same» where nobody had it before, such as after an end
        return routed(world, kind, level)
    return level, world.seat(step.actor)


def agreed(step: Step, start: datetime, until: datetime | None, calendar: Calendar) -> dict[str, Any]:
    """Due time and reminder of a stay whose end was agreed on, by the clock on the wall; none where nothing was."""
    if step.within != "agreed" or until is None:
        return {}
    return {"due_at": until, "remind_at": reminder(step, start, until, "natural", calendar), "clock": "natural"}


def enter(
    procedure: Procedure, world: World, step_id: str, at: datetime, level: str, seat: Found | None = None, until: datetime | None = None
) -> tuple[dict, dict]:
    """The change that entering a step makes, and the facts that explain who got it."""
    step = procedure.steps[step_id]
    level, found = (level, seat) if seat else _owner(step, world, world.kind, level)
    change = _STAY | {"step": step_id, "entered_at": at, "level": level, "owner": found.seat if found else None}
    change |= deadline(step, at, limit_of(step, world.kind), world.calendar) | agreed(step, at, until, world.calendar)
    facts = {"owner": found.seat, "post": found.post, "fallen_from": found.fallen_from} if found else {}
    if not found and step.actor != "reporter":
        facts = {"unowned": step.actor}
    return change, facts


def kept(state: State) -> dict[str, Any]:
    """Where the work stands, as JSON, to be taken up there again."""
    stands = {name: getattr(state, name) for name in _KEPT}
    return dump({name: value for name, value in stands.items() if value != getattr(_BLANK, name)})


def as_kept(state: State) -> State:
    """The state as it stood when it was set aside; the instants are those of then."""
    stood = {name: getattr(_BLANK, name) for name in _KEPT} | load(state.aside or {})
    return state._replace(**stood, end="", ended_at=None)


_BLANK = State()


def ended(name: str, at: datetime) -> dict[str, Any]:
    return _STAY | {"step": "", "end": name, "ended_at": at, "whole_due_at": None, "order": None}


def handed(state: State, owner: int | None) -> dict[str, Any]:
    """A supervision goes with the work: whoever has it now owes the answer."""
    order = state.order
    return {"order": replace(order, to=owner)} if order and owner is not None and order.to == state.owner and not order.answered else {}


def passed_over(p: Procedure, w: World, step: str, target: str) -> str:
    """Where a way that leads to a call-back goes where there is nobody to ring: as if nobody had been reached in the end."""
    calling = p.steps.get(target)
    if calling is None or calling.action != "callback" or w.reachable():
        return target
    onward = calling.exhausted or calling.on["unreached"]
    return target if is_backward(p, calling.id, onward) or is_backward(p, step, onward) else onward


def move(
    p: Procedure, s: State, w: World, c: Command | None, at: datetime, outcome: str, target: str,
    *, level: str = "", seat: Found | None = None, until: datetime | None = None, facts: Mapping[str, Any] | None = None,
) -> Event:  # fmt: skip
    """The step is taken: on to the target, whoever took it being remembered. ``level`` or ``seat`` choose who gets the next one, ``until``
    by when, where that is agreed on."""
    change: dict[str, Any] = {"takers": {**s.takers, s.step: c.by if c else None}}
    why: dict[str, Any] = dict(facts or ())
    if s.ask:
        why["dropped"] = s.ask.what
    wired = p.steps[s.step].on[outcome]
    if target == wired and is_backward(p, s.step, target):
        key = f"{p.bounding(p.steps[s.step], outcome).id}.{outcome}"
        change["returns"] = {**s.returns, key: s.returns.get(key, 0) + 1}
    elif target != wired:
        why["exhausted"] = True
    if (onward := passed_over(p, w, s.step, target)) != target:
        target, why["passed_over"] = onward, target
    if target.startswith("END "):
        change |= ended(target[4:], at)
        why["order_dropped"] = s.order.seq if s.order else None
    else:
        if p.steps[target].actor == "same" and s.owner is not None:
            seat = seat or Found(s.owner, "", s.level)
        entered, who = enter(p, w, target, at, level or s.level, seat, until)
        change |= entered
        why |= who
    return line("taken", s, at, c, changed(s, change), why, target, outcome)
