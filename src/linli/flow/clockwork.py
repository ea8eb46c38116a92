"""What time alone makes of a state: reminders, lateness, escalation, the clock's own outcomes, the end of a suspension."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from linli.charter.schema import BY_CLOCK, LEVELS, Duration, Procedure
from linli.flow.commands import Command, Found, World
from linli.flow.moves import changed, event, handed, limit_of, move, target_of, upward
from linli.flow.state import Event, Order, Part, State, apply, text_of

_ORDER = ("resume", "remind", "part", "whole", "due", "escalate", "rung", "order", "handover")


def pending(state: State) -> list[tuple[datetime, int]]:
    """Instants at which time changes something, with what it changes."""
    if not state.step:
        return []
    if state.suspended:
        return [(state.review_at, 0)] if state.review_at else []
    found = [(state.remind_at, 1), *((p.due_at, 2) for p in state.parts if not p.overdue)]
    found.append((None if state.whole_overdue else state.whole_due_at, 3))
    found += [(None if state.overdue else state.due_at, 4), (state.escalate_at, 5), (state.rung_at, 6)]
    if state.order and not (state.order.overdue or state.order.answered):
        found.append((state.order.due_at, 7))
    if (ask := state.ask) and ask.what == "handover" and not ask.late:
        found.append((ask.until, 8))
    return [(at, what) for at, what in found if at is not None]


def wake_at(procedure: Procedure, state: State) -> datetime | None:
    """The next instant at which time alone changes something; None: never."""
    return min(pending(state), default=(None,))[0]


def tick(procedure: Procedure, state: State, world: World) -> tuple[Event, ...]:
    """Everything time alone has caused up to ``world.now``, each at its own instant and in true order, however long nobody looked."""
    caused: list[Event] = []
    while (first := min(pending(state), default=None)) and first[0] <= world.now:
        instant, what = first
        line = _BY_TIME[_ORDER[what]](procedure, state, world, max(instant, state.at or instant))
        caused.append(line)
        state = apply(state, line)
    return tuple(caused)


def _remind(p: Procedure, s: State, w: World, at: datetime) -> Event:
    return event("reminded", s, at, None, {"remind_at": None}, due=text_of(s.due_at) if s.due_at else None)


def _part_late(p: Procedure, s: State, w: World, at: datetime) -> Event:
    late = min((x for x in s.parts if not x.overdue), key=lambda x: x.due_at)
    parts = tuple(Part(x.seat, x.due_at, True) if x is late else x for x in s.parts)
    return event("part_overdue", s, at, None, {"parts": parts}, seat=late.seat)


def _whole_late(p: Procedure, s: State, w: World, at: datetime) -> Event:
    told, facts = _tell_above(s, w)
    return event("whole_overdue", s, at, None, {"whole_overdue": True, **told}, **facts)


def _late(p: Procedure, s: State, w: World, at: datetime) -> Event:
    """The step's time ran out: the clock's own outcome where it has one, otherwise it is overdue."""
    step = p.steps[s.step]
    outcome = BY_CLOCK.get(step.action)
    if outcome and (target := target_of(p, s, outcome)):
        return move(p, s, w, None, at, outcome, target)
    change: dict[str, Any] = {"overdue": True, "remind_at": None}
    if ladder := p.ladder(s.step):
        change["rung_at"] = w.calendar.add(at, ladder[0].after)
    if step.late == "escalate" and one_up(p, s, w):
        change["escalate_at"] = w.calendar.add(at, step.grace) if step.grace else at
        return event("overdue", s, at, None, change)
    told, facts = _tell_above(s, w)
    return event("overdue", s, at, None, change | told, **facts)


def _tell_above(s: State, w: World) -> tuple[dict[str, Any], dict[str, Any]]:
    above = w.above(s.owner) if s.owner is not None else None
    if above is None or above.seat in s.told or above.seat == s.owner:
        return {}, {}
    return {"told": (*s.told, above.seat)}, {"told": above.seat, "told_post": above.post}


def one_up(p: Procedure, s: State, w: World) -> tuple[str, Found] | None:
    """Level and seat one up from the present owner: along the category's route, or for a fixed post to whoever it falls to."""
    if p.steps[s.step].actor in ("route", "same"):
        for level in upward(s.level)[1:]:
            post = w.kind.route.get(level)
            if post and (found := w.seat(post)) and found.seat != s.owner and found.seat not in s.told:
                return level, found
        return None
    found = w.above(s.owner) if s.owner is not None else None
    return (s.level, found) if found and found.seat != s.owner and found.seat not in s.told else None


def climb(p: Procedure, s: State, w: World, at: datetime, up: tuple[str, Found], c: Command | None) -> Event:
    """One level up. Work that is late goes on climbing, a grace at each level, for as long as somebody stands above."""
    level, found = up
    step = p.steps[s.step]
    change: dict[str, Any] = {"level": level, "owner": found.seat, "escalations": s.escalations + 1, "ask": None, "escalate_at": None}
    change["told"] = s.told if s.owner is None else (*s.told, s.owner)
    change |= handed(s, found.seat)
    if step.late == "escalate" and s.overdue and one_up(p, s._replace(**change), w):
        change["escalate_at"] = w.calendar.add(at, step.grace or limit_of(step, w.kind) or p.within)
    facts = {"from": s.owner, "from_level": s.level, "to": found.seat, "post": found.post, "level": level}
    facts |= {"why": "route" if step.actor in ("route", "same") else "falls_to", "fallen_from": found.fallen_from}
    return event("escalated", s, at, c, changed(s, change), **facts, dropped=s.ask and s.ask.what)


def _escalate_late(p: Procedure, s: State, w: World, at: datetime) -> Event:
    if up := one_up(p, s, w):
        return climb(p, s, w, at, up, None)
    told, facts = _tell_above(s, w)
    return event("topped", s, at, None, {"escalate_at": None, **told}, **facts)


def _rung(p: Procedure, s: State, w: World, at: datetime) -> Event:
    """The next rung of the ladder: each once in a stay, each after the one before, for as long as the work is late."""
    ladder = p.ladder(s.step)
    rung, onward = ladder[s.rungs], ladder[s.rungs + 1 :]
    change: dict[str, Any] = {"rungs": s.rungs + 1, "rung_at": w.calendar.add(at, onward[0].after) if onward else None}
    facts = {"rung": rung.id, "seat": s.owner}
    if rung.does == "supervise" and s.order is None and s.owner is not None and (found := _supervisor(s, w, rung.by)):
        return supervised(p, s, w, at, found.seat, rung.within or rung.after, None, change, facts | {"post": found.post})
    if rung.does == "notice" and s.owner is not None:
        return event("noticed", s, at, None, change | {"named": s.seq + 1}, **facts)
    told, who = _tell_above(s, w)
    return event("urged", s, at, None, change | {"urges": s.urges + 1} | told, **facts, **who)


def _supervisor(s: State, w: World, post: str) -> Found | None:
    """The post's seat or the next one up that is not itself responsible and stands no lower than the work does."""
    found, seen = w.seat(post), set[int]()
    while found is not None and found.seat not in seen and (found.seat == s.owner or _below(found.level, s.level)):
        seen.add(found.seat)
        found = w.above(found.seat)
    return None if found is None or found.seat in seen else found


def _below(level: str, other: str) -> bool:
    return level in LEVELS and other in LEVELS and LEVELS.index(level) > LEVELS.index(other)


def supervised(
    p: Procedure, s: State, w: World, at: datetime, seat: int, within: Duration, c: Command | None, change: dict[str, Any], facts: dict[str, Any]
) -> Event:  # fmt: skip
    """A supervision opens: ``seat`` supervises whoever is responsible, who answers ``within``."""
    due = w.calendar.add(at, within)
    order = Order(s.seq + 1, seat, s.owner or 0, due)
    return event("supervised", s, at, c, change | {"order": order}, **facts, supervisor=seat, due=text_of(due))


def _order_late(p: Procedure, s: State, w: World, at: datetime) -> Event:
    order = s.order
    assert order is not None
    return event("order_overdue", s, at, None, {"order": replace(order, overdue=True)}, order=order.seq)


def shifted(s: State, w: World, since: datetime, at: datetime) -> dict[str, Any]:
    """Deadlines that lay ahead at ``since``, when the work was put aside, move by the time it lay there until ``at``."""
    lain: timedelta = w.calendar.between(since, at)

    def later(moment: datetime | None, clock: str = "working") -> datetime | None:
        if moment is None or moment <= since:
            return moment
        return moment + (at - since) if clock == "natural" else w.calendar.later(moment, lain)

    parts = tuple(Part(x.seat, later(x.due_at) or x.due_at, x.overdue) for x in s.parts)
    own: dict[str, Any] = {name: later(getattr(s, name), s.clock) for name in ("due_at", "remind_at", "escalate_at", "rung_at")}
    if s.order:
        own["order"] = replace(s.order, due_at=later(s.order.due_at) or s.order.due_at)
    return own | {"whole_due_at": later(s.whole_due_at), "parts": parts}


def resume(p: Procedure, s: State, w: World, at: datetime, c: Command | None = None) -> Event:
    change = shifted(s, w, s.suspended_at or at, at) | {"suspended_at": None, "review_at": None}
    return event("resumed", s, at, c, changed(s, change), why="" if c else "review date")


def _unanswered(p: Procedure, s: State, w: World, at: datetime) -> Event:
    """Nobody took the work over or sent it back in time: whoever stands above the body that was asked is told. The sender keeps it."""
    ask = s.ask
    assert ask is not None
    told, facts = _tell_above(s._replace(owner=ask.seat), w)
    return event("handover_overdue", s, at, None, {"ask": replace(ask, late=True), **told}, seat=ask.seat, **facts)


_BY_TIME: dict[str, Callable[[Procedure, State, World, datetime], Event]] = {
    "resume": resume,
    "remind": _remind,
    "part": _part_late,
    "whole": _whole_late,
    "due": _late,
    "escalate": _escalate_late,
    "rung": _rung,
    "order": _order_late,
    "handover": _unanswered,
}
