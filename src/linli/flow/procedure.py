"""The rules of work. Plain Python on plain values: no database, no clock of its own.

``decide`` answers a command with events or ``Refused``; ``tick`` gives the events that time alone has caused, ``wake_at`` the next instant
at which it will; ``todos`` says who has what to do and ``offers`` what may be done next; ``apply`` makes the next state. Everything that
depends on the day, the calendar or who sits where is asked of ``World`` once, when it is decided, and written into the event.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from linli.charter.schema import LEVELS, Duration, Procedure, Step
from linli.flow import commands as do
from linli.flow.clockwork import climb, one_up, resume, shifted, supervised, tick, wake_at
from linli.flow.commands import Command, Found, Kind, Refused, World
from linli.flow.moves import (
    Offer,
    as_kept,
    by_hand,
    changed,
    deadline,
    ended,
    enter,
    event,
    handed,
    is_backward,
    kept,
    limit_of,
    line,
    move,
    needs_of,
    offers,
    reminder,
    routed,
    sent_back,
    target_of,
)  # fmt: skip
from linli.flow.state import Ask, Event, Order, Part, State, apply, text_of

__all__ = [
    "HARMLESS", "Ask", "Command", "Duty", "Event", "Found", "Kind", "Offer", "Order", "Part", "Refused", "State", "World",
    "apply", "decide", "is_backward", "needs_of", "offers", "sent_back", "tick", "todos", "wake_at",
]  # fmt: skip

NOTES = frozenset({"noted", "absorbed", "released", "linked", "unlinked", "rated_with", "split", "rejoined"})
"""What a line can be that moves nothing: a remark; another matter merged into it or separated again; a link; a rating given along with
the one it was merged into; a part split off or put back."""

HARMLESS = (NOTES - {"split", "rejoined"}) | {
    "reminded", "overdue", "part_overdue", "part_done", "whole_overdue", "urged", "topped", "supervised", "noticed", "order_overdue", "handover_overdue",
}  # fmt: skip
"""Events that take nothing from under the hands of somebody who has not seen them: no conflict with what they then do."""


WITHDRAWN, MERGED, UNDONE, ELSEWHERE = "withdrawn", "merged", "undone", "elsewhere"
ENDS = (WITHDRAWN, MERGED, UNDONE, ELSEWHERE)
"""The ends that every procedure has without naming them: taken back by whoever raised it; merged into another matter; a splitting undone;
handed to an authority outside."""
AWAY = (MERGED, UNDONE, ELSEWHERE)
"""Of these, those that are taken back or final: never opened again."""


@dataclass(frozen=True, slots=True)
class Duty:
    """A line of somebody's inbox: role is lead, assist, answer, approve or told."""

    seat: int
    role: str
    due_at: datetime | None


def todos(procedure: Procedure, state: State) -> tuple[Duty, ...]:
    """Who has what to do: at most one line for each seat and role."""
    if not state.step:
        return ()
    duties = [] if state.owner is None else [Duty(state.owner, "lead", state.review_at or state.due_at)]
    duties += [Duty(p.seat, "assist", p.due_at) for p in state.parts]
    working = {d.seat for d in duties}
    duties += [Duty(seat, "assist", state.review_at or state.due_at) for seat in state.beside if seat not in working]
    if state.ask:
        duties.append(Duty(state.ask.seat, "approve", state.ask.until if state.ask.what == "handover" else state.due_at))
    if (order := state.order) and not order.answered:
        duties.append(Duty(order.to, "answer", order.due_at))
    elif order and not (state.ask and state.ask.seat == order.seat):  # one line in an inbox for both
        duties.append(Duty(order.seat, "approve", None))
    busy = {d.seat for d in duties}
    return tuple(duties + [Duty(seat, "told", None) for seat in state.told if seat not in busy])


def decide(procedure: Procedure, state: State, command: Command, world: World) -> tuple[Event, ...]:
    """What the command makes of the state: first whatever time has caused up to now, then the command's own event, always the last.

    Raises Refused where the rules don't allow it; then nothing has happened.
    """
    if (state.seq == 0) != isinstance(command, do.Begin):
        raise Refused("not_begun" if state.seq == 0 else "begun")
    if state.at and world.now < state.at:  # clocks of two machines differ: history never runs backwards
        world = world._replace(now=state.at)
    caused = tick(procedure, state, world)
    for past in caused:
        state = apply(state, past)
    return (*caused, _RULES[type(command)](procedure, state, command, world))


def _begin(p: Procedure, s: State, c: do.Begin, w: World) -> Event:
    change, facts = enter(p, w, p.start, w.now, w.kind.start_level)
    change |= {"kind": w.kind.id, "began_at": w.now, "whole_due_at": w.calendar.add(w.now, p.within)}
    return event("began", s, w.now, c, changed(s, change), about=dict(c.facts), **facts)._replace(step_to=p.start)


def _take(p: Procedure, s: State, c: do.Take, w: World) -> Event:
    step = _open(p, s)
    target = target_of(p, s, c.outcome) if c.outcome in by_hand(step) else None
    if target is None:
        raise Refused("returns_used" if c.outcome in by_hand(step) else "outcome", outcome=c.outcome, bound=step.returns)
    if missing := tuple(n for n in needs_of(step, c.outcome) if n not in c.evidence):
        raise Refused("evidence", missing=missing)
    for earlier in step.not_by:
        if c.by is not None and s.takers.get(earlier) == c.by:
            raise Refused("same_person", step=earlier)
    if s.parts and "reason" not in c.evidence:
        raise Refused("parts_open", seats=tuple(x.seat for x in s.parts))
    _check_dispatch(p, step, target, c, w)
    facts = {"given": dict(c.facts) or None, "parts_dropped": [x.seat for x in s.parts] or None}
    return move(p, s, w, c, w.now, c.outcome, target, level=c.level, seat=c.seat, until=c.until, facts=facts)


def _check_dispatch(p: Procedure, step: Step, target: str, c: do.Take, w: World) -> None:
    """Only a dispatch chooses who is next, and only where the category's route decides otherwise."""
    if not c.level and c.seat is None:
        return
    if step.action not in ("dispatch", "entrust") or target not in p.steps or p.steps[target].actor != "route":
        raise Refused("no_choice")
    if c.level and c.level not in w.kind.route:
        raise Refused("no_route", level=c.level)


def _open(p: Procedure, s: State) -> Step:
    """The present step, if there is one that runs."""
    if not s.step:
        raise Refused("ended", end=s.end)
    if s.suspended:
        raise Refused("suspended", until=text_of(s.review_at) if s.review_at else "")
    return p.steps[s.step]


def _urge(p: Procedure, s: State, c: do.Urge, w: World) -> Event:
    _open(p, s)
    if s.owner is None:
        raise Refused("reporters_turn")
    return event("urged", s, w.now, c, {"urges": s.urges + 1}, seat=s.owner)


def _approver(s: State, w: World) -> Found:
    if s.ask:
        raise Refused("already_asked")
    found = w.approver(s.owner) if s.owner is not None else None
    if found is None:
        raise Refused("no_approver")
    return found


def _ask_extension(p: Procedure, s: State, c: do.AskExtension, w: World) -> Event:
    step = _open(p, s)
    if s.due_at is None or s.owner is None:
        raise Refused("no_deadline")
    if s.extensions >= step.extensions:
        raise Refused("extensions_used", bound=step.extensions)
    if w.now >= s.due_at:  # an extension is asked for before the time is up, or not at all
        raise Refused("too_late", due=text_of(s.due_at))
    found = _approver(s, w)
    ask = Ask("extension", found.seat, c.by, str(c.duration))
    return event("extension_asked", s, w.now, c, {"ask": ask}, seat=found.seat, post=found.post, length=str(c.duration))


def _ask_suspension(p: Procedure, s: State, c: do.AskSuspension, w: World) -> Event:
    if not _open(p, s).suspend:
        raise Refused("no_suspension")
    if c.until <= w.now:
        raise Refused("review_date")
    found = _approver(s, w)
    ask = Ask("suspension", found.seat, c.by, until=c.until)
    return event("suspension_asked", s, w.now, c, {"ask": ask}, seat=found.seat, post=found.post, until=text_of(c.until))


def _ask_handover(p: Procedure, s: State, c: do.AskHandover, w: World) -> Event:
    step = _open(p, s)
    if step.handover is None or s.owner is None:
        raise Refused("no_handover")
    if s.ask:
        raise Refused("already_asked")
    if c.seat.seat == s.owner:
        raise Refused("same_seat")
    until = w.calendar.add(w.now, step.handover)
    ask = Ask("handover", c.seat.seat, c.by, until=until)
    return event("handover_asked", s, w.now, c, {"ask": ask}, seat=c.seat.seat, post=c.seat.post, **{"from": s.owner}, until=text_of(until))


def _handed_over(s: State, c: do.DecideRequest, w: World, ask: Ask) -> Event:
    """From the moment of the receipt the receiver answers for it, and names who works on it beside; the sender keeps its sight of it."""
    found = c.seat
    if found is None or found.seat != ask.seat:
        raise Refused("no_such_seat", seat=ask.seat)
    told = tuple(x for x in s.told if x != found.seat)
    change = changed(s, {"ask": None, "owner": found.seat, "level": found.level, "told": told, "beside": ()})
    return event("handover_granted", s, w.now, c, change, **{"from": s.owner}, to=found.seat, post=found.post, level=found.level)


def _decide_request(p: Procedure, s: State, c: do.DecideRequest, w: World) -> Event:
    step, ask = _open(p, s), s.ask
    if ask is None:
        raise Refused("nothing_asked")
    if c.by is not None and c.by == ask.by:
        raise Refused("same_person", step=s.step)
    if not c.grant:
        return event(f"{ask.what}_refused", s, w.now, c, {"ask": None}, seat=ask.seat if ask.what == "handover" else None)
    if ask.what == "handover":
        return _handed_over(s, c, w, ask)
    if ask.what == "suspension":
        if ask.until is None or ask.until <= w.now:
            raise Refused("review_date")
        change: dict[str, Any] = {"suspended_at": w.now, "review_at": ask.until, "ask": None}
        return event("suspended", s, w.now, c, change, until=text_of(ask.until))
    due = w.calendar.add(s.due_at or w.now, duration_of(ask.length))
    late = due <= w.now
    ladder: dict[str, Any] = {} if late else {"rungs": 0, "rung_at": None}
    remind = reminder(step, s.entered_at or w.now, due, s.clock, w.calendar)
    change = {"due_at": due, "extensions": s.extensions + 1, "ask": None, "overdue": s.overdue and late}
    change |= {"remind_at": remind if remind and remind > w.now else None, "escalate_at": s.escalate_at if late else None} | ladder
    return event("extension_granted", s, w.now, c, changed(s, change), due=text_of(due), length=ask.length)


def _recall_request(p: Procedure, s: State, c: do.RecallRequest, w: World) -> Event:
    _open(p, s)
    if s.ask is None:
        raise Refused("nothing_asked")
    return event(f"{s.ask.what}_recalled", s, w.now, c, {"ask": None}, seat=s.ask.seat)


def duration_of(text: str) -> Duration:
    """A duration as ``str(Duration)`` writes it."""
    length, _, clock = text.partition(" ")
    if length.startswith("PT"):
        return Duration(hours=int(length[2:-1]), clock=clock or "working")
    return Duration(days=int(length[1:-1]), clock=clock or "working")


def _resume(p: Procedure, s: State, c: do.Resume, w: World) -> Event:
    if not s.suspended:
        raise Refused("not_suspended")
    return resume(p, s, w, w.now, c)


def _join(p: Procedure, s: State, c: do.Join, w: World) -> Event:
    if not _open(p, s).joint:
        raise Refused("not_joint")
    due = w.calendar.add(w.now, c.duration)
    if s.due_at and not s.overdue and due > s.due_at:
        raise Refused("part_too_long", due=text_of(s.due_at))
    taken = {s.owner, *(x.seat for x in s.parts)}
    if not c.seats or len({f.seat for f in c.seats} - taken) < len(c.seats):
        raise Refused("already_in" if c.seats else "nobody_named")
    parts = (*s.parts, *(Part(f.seat, due) for f in c.seats))
    facts = {"seats": [f.seat for f in c.seats], "posts": [f.post for f in c.seats]}
    return event("joined", s, w.now, c, {"parts": parts}, due=text_of(due), **facts)


def _finish_part(p: Procedure, s: State, c: do.FinishPart, w: World) -> Event:
    _open(p, s)
    left = tuple(x for x in s.parts if x.seat != c.seat)
    if left == s.parts:
        raise Refused("no_part")
    return event("part_done", s, w.now, c, {"parts": left}, seat=c.seat)


def _reassign(p: Procedure, s: State, c: do.Reassign, w: World) -> Event:
    if _open(p, s).actor == "reporter":
        raise Refused("reporters_turn")
    if c.seat.seat == s.owner:
        raise Refused("same_seat")
    if c.level is not None and c.seat.level != c.level:
        raise Refused("other_level", level=c.level)
    told = tuple(x for x in s.told if x != c.seat.seat)
    change = changed(s, {"owner": c.seat.seat, "told": told} | handed(s, c.seat.seat))
    return event("reassigned", s, w.now, c, change, **{"from": s.owner}, to=c.seat.seat, post=c.seat.post)


def _escalate(p: Procedure, s: State, c: do.Escalate, w: World) -> Event:
    _open(p, s)
    up = one_up(p, s, w)
    if up is None:
        raise Refused("top")
    return climb(p, s, w, w.now, up, c)


def _reclassify(p: Procedure, s: State, c: do.Reclassify, w: World) -> Event:
    """Route and time limit are the new category's from now on: a limit counted from earlier could be over before anybody knew of it."""
    step = _open(p, s)
    if c.kind.id == s.kind:
        raise Refused("same_kind")
    level = c.kind.start_level if not s.escalations else min(s.level, c.kind.start_level, key=LEVELS.index)
    change: dict[str, Any] = {"kind": c.kind.id, "level": level}
    facts: dict[str, Any] = {"kind": c.kind.id, "was": s.kind}
    if step.actor == "route":
        level, found = routed(w, c.kind, level)
        change |= {"level": level, "owner": found.seat if found else None, "told": (), "ask": None}
        change |= handed(s, found.seat if found else None)
        facts |= {"owner": found.seat, "post": found.post} if found else {"unowned": "route"}
    if s.step == p.start and s.began_at and not s.reopens:  # at the door it may still turn out to be work of another procedure
        change["whole_due_at"] = w.calendar.add(s.began_at, p.within)
    if step.within == "category":
        change |= deadline(step, w.now, limit_of(step, c.kind), w.calendar)
        change |= {"overdue": False, "escalate_at": None, "rungs": 0, "rung_at": None}
    return event("reclassified", s, w.now, c, changed(s, change), **facts)


def _withdraw(p: Procedure, s: State, c: do.Withdraw, w: World) -> Event:
    """Whoever raised it may always take it back: no charter has to grant that. It says only what such an end is called."""
    if not s.step:
        raise Refused("ended", end=s.end)
    dropped = s.order.seq if s.order else None
    end = p.steps[s.step].withdrawn.removeprefix("END ") or WITHDRAWN
    return event("withdrawn", s, w.now, c, changed(s, ended(end, w.now)), order_dropped=dropped)._replace(step_to=f"END {end}")


def _set_aside(p: Procedure, s: State, c: do.SetAside, w: World) -> Event:
    """Work on the ledger can be set aside, too. What is undone must be untouched: nothing that somebody did is thrown away."""
    if not s.step:
        raise Refused("ended", end=s.end)
    if p.steps[s.step].actor == "reporter":
        raise Refused("reporters_turn")
    if not c.kept and s.takers:
        raise Refused("dealt_with")
    change = changed(s, ended(c.end, w.now)) | ({"aside": kept(s)} if c.kept else {})
    if c.end == ELSEWHERE:
        change |= _handed_on(p, s, "outside")
    dropped = s.order.seq if s.order else None
    return event(c.what, s, w.now, c, change, **c.facts, order_dropped=dropped)._replace(step_to=f"END {c.end}")


def _handed_on(p: Procedure, s: State, way: str) -> dict[str, Any]:
    """The bound keeps places from passing work to and fro. Work that two of them passed on can still be an authority's outside: each way
    is counted by itself."""
    used = getattr(s, way)
    if used >= p.transfers:
        raise Refused("transfers_used", bound=p.transfers)
    return {way: used + 1}


def _transfer(p: Procedure, s: State, c: do.Transfer, w: World) -> Event:
    """The receiving place looks at it as if it had just come; the time for the whole runs on. ``held``: working minutes it lay here."""
    if _open(p, s).actor == "reporter":
        raise Refused("reporters_turn")
    change, facts = enter(p, w, p.start, w.now, w.kind.start_level)
    stood = kept(s)
    stood.pop("aside", None)
    change |= _handed_on(p, s, "transfers") | handed(s, change["owner"]) | {"aside": stood, "returns": {}}
    held = round(w.calendar.between(s.entered_at or w.now, w.now).total_seconds() / 60)
    return event("transferred", s, w.now, c, changed(s, change), **c.facts, held=held, **facts)._replace(step_to=p.start)


def _take_back(p: Procedure, s: State, c: do.TakeBack, w: World) -> Event:
    """It goes on where it stood. The time it lay aside, or with a place that sent it back, is nobody's here: deadlines move by it."""
    if s.aside is None:
        raise Refused("not_aside")
    stood = as_kept(s)
    if not s.end:  # a supervision went to the other place with the work, and comes back with it as it is now
        stood = stood._replace(order=handed(s, stood.owner).get("order", s.order))
    if not stood.suspended:
        stood = stood._replace(**shifted(stood, w, s.ended_at or s.entered_at or w.now, w.now))
    change = {name: value for name, value in stood._asdict().items() if value != getattr(s, name)}
    return event(c.what, s, w.now, c, change, **c.facts)._replace(step_to=stood.step)


def _reopen(p: Procedure, s: State, c: do.Reopen, w: World) -> Event:
    if s.ended_at is None:
        raise Refused("not_ended")
    if s.end in AWAY:
        raise Refused("aside")
    if not p.reopen:
        raise Refused("no_reopening")
    if s.reopens >= p.reopens:
        raise Refused("reopens_used", bound=p.reopens)
    if p.reopen_within and w.now > (last := w.calendar.add(s.ended_at, p.reopen_within)):
        raise Refused("reopen_late", until=text_of(last))
    change, facts = enter(p, w, p.reopen, w.now, s.level)
    change |= {"end": "", "ended_at": None, "reopens": s.reopens + 1, "returns": {}}
    change |= {"whole_due_at": w.calendar.add(w.now, p.within), "whole_overdue": False}
    return event("reopened", s, w.now, c, changed(s, change), was=s.end, **facts)._replace(step_to=p.reopen)


def _supervise(p: Procedure, s: State, c: do.Supervise, w: World) -> Event:
    _open(p, s)
    if s.owner is None:
        raise Refused("reporters_turn")
    if s.order:
        raise Refused("supervised")
    if c.seat == s.owner:
        raise Refused("own_work")
    return supervised(p, s, w, w.now, c.seat, c.duration, c, {}, {"seat": s.owner, "post": c.role})


def _order(p: Procedure, s: State) -> Order:
    _open(p, s)
    if s.order is None:
        raise Refused("no_order")
    return s.order


def _answer_order(p: Procedure, s: State, c: do.AnswerOrder, w: World) -> Event:
    order = _order(p, s)
    if order.answered:
        raise Refused("order_answered")
    return event("order_answered", s, w.now, c, {"order": replace(order, answered=True, by=c.by)}, order=order.seq)


def _decide_order(p: Procedure, s: State, c: do.DecideOrder, w: World) -> Event:
    order = _order(p, s)
    if not order.answered:
        raise Refused("order_open")
    if c.by is not None and c.by == order.by:
        raise Refused("own_answer")
    if c.duration is None:
        return event("order_accepted", s, w.now, c, {"order": None}, order=order.seq)
    due = w.calendar.add(w.now, c.duration)
    back = replace(order, answered=False, overdue=False, due_at=due, to=s.owner or order.to, by=None)
    return event("order_returned", s, w.now, c, {"order": back}, order=order.seq, due=text_of(due))


def _lift(p: Procedure, s: State, c: do.Lift, w: World) -> Event:
    if c.what == "order":
        return event("lifted", s, w.now, c, {"order": None}, what=c.what, order=_order(p, s).seq)
    if not s.named:
        raise Refused("not_named")
    return event("lifted", s, w.now, c, {"named": 0}, what=c.what, order=s.named)


def _note(p: Procedure, s: State, c: do.Note, w: World) -> Event:
    change = {} if c.beside is None else changed(s, {"beside": c.beside})
    return line(c.what, s, w.now, c, change, c.facts, "", c.outcome)


_RULES: dict[type[Command], Callable[..., Event]] = {
    do.Begin: _begin,
    do.Take: _take,
    do.Urge: _urge,
    do.AskExtension: _ask_extension,
    do.AskSuspension: _ask_suspension,
    do.AskHandover: _ask_handover,
    do.DecideRequest: _decide_request,
    do.RecallRequest: _recall_request,
    do.Resume: _resume,
    do.Join: _join,
    do.FinishPart: _finish_part,
    do.Reassign: _reassign,
    do.Escalate: _escalate,
    do.Reclassify: _reclassify,
    do.Withdraw: _withdraw,
    do.Reopen: _reopen,
    do.Note: _note,
    do.Supervise: _supervise,
    do.AnswerOrder: _answer_order,
    do.DecideOrder: _decide_order,
    do.Lift: _lift,
    do.SetAside: _set_aside,
    do.TakeBack: _take_back,
    do.Transfer: _transfer,
}
