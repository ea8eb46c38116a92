"""The rules over random procedures and random doings: what holds whatever people and time do."""

import json
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from linli.charter.schema import ACTIONS, BY_CLOCK, PRESSING, Duration, End, Hours, Name, Procedure, Rung, Step
from linli.flow import commands as do
from linli.flow.moves import target_of
from linli.flow.procedure import (
    ENDS,
    UNDONE,
    Event,
    Found,
    Kind,
    Refused,
    State,
    World,
    apply,
    decide,
    is_backward,
    offers,
    tick,
    todos,
    wake_at,
)
from linli.kit.calendar import Calendar, official_days

N = Name("名", "name")
CALENDAR = Calendar([Hours(time(8, 30), time(12)), Hours(time(14, 30), time(18))], official_days())
LADDER = {"worker": (1, "grid"), "head": (2, "community"), "desk": (3, "street"), "top": (4, "district"), "checker": (5, "community")}
ABOVE = {1: "head", 5: "head", 2: "desk", 3: "top"}
KINDS = [
    Kind("lamp", Duration(days=3), {"grid": "worker", "community": "head", "street": "desk"}, "grid"),
    Kind("noise", Duration(hours=6), {"community": "head", "district": "top"}, "community"),
    Kind("gas", Duration(hours=2, clock="natural"), {"grid": "worker", "street": "desk", "district": "top"}, "grid"),
]
START = datetime(2026, 1, 30, 2, 0, tzinfo=UTC)  # before the Spring Festival, with its make-up days


def seat(post):
    return Found(LADDER[post][0], post, LADDER[post][1]) if post in LADDER else None


def above(seat_id):
    return seat(ABOVE[seat_id]) if seat_id in ABOVE else None


def world(now, kind=KINDS[0]):
    return World(now, CALENDAR, kind, seat, above, above, lambda: kind.id == "lamp")  # of the others nobody left a telephone


lengths = st.one_of(
    st.builds(Duration, days=st.integers(1, 6)),
    st.builds(Duration, hours=st.integers(1, 30)),
    st.builds(Duration, hours=st.integers(1, 30), clock=st.just("natural")),
)


@st.composite
def procedures(draw):
    """Any procedure the linter would let pass: outcomes all wired, backward edges bounded, a way forward out of every step."""
    count = draw(st.integers(2, 5))
    ids = [f"s{i}" for i in range(count)]
    steps = {}
    for i, id in enumerate(ids):
        action = draw(st.sampled_from(sorted(ACTIONS)))
        forward = [*ids[i + 1 :], "END good", "END bad"]
        on = {outcome: draw(st.sampled_from([*ids, *forward])) for outcome in ACTIONS[action]}
        sure = BY_CLOCK.get(action) or ACTIONS[action][0]
        on[sure] = draw(st.sampled_from(forward))
        hand = [o for o in ACTIONS[action] if o != BY_CLOCK.get(action)]
        on[hand[0]] = draw(st.sampled_from(forward))
        steps[id] = Step(
            id=id,
            name=N,
            actor="reporter" if action == "rate" else draw(st.sampled_from(["route", "route", *LADDER])),
            action=action,
            on=on,
            needs=draw(st.sampled_from([(), ("result",), ("result", "photo?")])),
            within=draw(lengths) if action in BY_CLOCK else draw(st.one_of(st.none(), st.just("category"), lengths)),
            late=draw(st.sampled_from(["tell", "escalate"])),
            grace=draw(st.one_of(st.none(), lengths)),
            returns=draw(st.integers(0, 2)),
            exhausted=draw(st.sampled_from(["", *forward])),
            not_by=tuple(draw(st.sets(st.sampled_from(ids[:i]), max_size=1))) if i else (),
            extensions=draw(st.integers(0, 2)),
            suspend=draw(st.booleans()),
            joint=draw(st.booleans()),
            shares=draw(st.sampled_from(["", *ids[:i]])) if action == "callback" else "",
        )
    rungs = tuple(
        Rung(
            f"r{n}", N, draw(st.sampled_from(PRESSING)), draw(lengths), "desk", draw(lengths), steps=draw(st.sampled_from([(), (ids[0],)]))
        )
        for n in range(draw(st.integers(0, 4)))
    )
    return Procedure(
        id="p", name=N, start=ids[0], within=Duration(days=draw(st.integers(3, 40))), steps=steps,
        ends={"good": End("good", N, True), "bad": End("bad", N, False)}, reopen=draw(st.sampled_from(["", *ids])),
        reopens=draw(st.integers(0, 2)), reopen_within=draw(st.one_of(st.none(), lengths)), rungs=rungs,
    )  # fmt: skip


ACTS = ["urge", "escalate", "reassign", "note", "withdraw", "supervise", "answer", "accept", "send back", "lift", "lift notice"]


def longest(p: Procedure) -> int:
    """More moves than this between two openings no one can make: each backward edge as often as allowed, and forward in between."""
    back = sum(p.bounding(s, o).returns for s in p.steps.values() for o, to in s.on.items() if is_backward(p, s.id, to))
    return (back + 1) * (len(p.steps) + 1)


class Work(RuleBasedStateMachine):
    """One piece of work kept twice: ``watched`` by a clock that never sleeps, ``left`` by one that only wakes for commands."""

    @initialize(procedure=procedures(), kind=st.sampled_from(KINDS))
    def begin(self, procedure, kind):
        self.p, self.kind, self.now = procedure, kind, START
        self.moves = 0
        self.watched = self.left = State()
        self.log: list[Event] = []
        self.log_left: list[Event] = []
        self.do(do.Begin(by=None, role="reporter"))

    def do(self, command):
        events = decide(self.p, self.watched, command, world(self.now, self.kind))
        late = decide(self.p, self.left, command, world(self.now, self.kind))
        for e in events:
            self.watched = apply(self.watched, e)
        for e in late:
            self.left = apply(self.left, e)
        self.log += events
        self.log_left += late
        self.moves = 0 if events[-1].kind in ("reopened", "transferred") else self.moves + sum(e.kind == "taken" for e in events)

    def try_(self, command):
        """Do it if the rules allow; if they refuse, they refuse both alike."""
        try:
            self.do(command)
        except Refused as refused:
            with pytest.raises(Refused, match=f"^{refused.code}$"):
                decide(self.p, self.left, command, world(self.now, self.kind))

    @rule(minutes=st.one_of(st.integers(1, 300), st.integers(300, 60 * 24 * 20)), looks=st.integers(1, 6))
    def time_passes(self, minutes, looks):
        for part in range(1, looks + 1):
            at = self.now + timedelta(minutes=minutes) * part / looks
            events = tick(self.p, self.watched, world(at, self.kind))
            for e in events:
                self.watched = apply(self.watched, e)
            self.log += events
            self.moves += sum(e.kind == "taken" for e in events)
        self.now += timedelta(minutes=minutes)

    @precondition(lambda self: self.watched.step)
    @rule(
        data=st.data(),
        by=st.integers(1, 4),
        evidence=st.sampled_from([frozenset(), frozenset({"reason"}), frozenset({"result", "reason"})]),
    )
    def take(self, data, by, evidence):
        outcome = data.draw(st.sampled_from([o for outcomes in ACTIONS.values() for o in outcomes]))
        self.try_(do.Take(by=by, role="x", outcome=outcome, evidence=evidence))

    @precondition(lambda self: self.watched.step)
    @rule(data=st.data(), by=st.integers(1, 4))
    def take_what_is_offered(self, data, by):
        offered = offers(self.p, self.watched)
        assume(offered)
        outcome = data.draw(st.sampled_from(offered)).outcome
        self.try_(do.Take(by=by, role="x", outcome=outcome, evidence=frozenset({"result", "reason"})))

    @precondition(lambda self: self.watched.step)
    @rule(length=lengths)
    def ask_for_time(self, length):
        self.try_(do.AskExtension(by=1, role="x", duration=length))

    @precondition(lambda self: self.watched.step)
    @rule(days=st.integers(0, 30))
    def ask_for_the_ledger(self, days):
        self.try_(do.AskSuspension(by=1, role="x", until=self.now + timedelta(days=days)))

    @precondition(lambda self: self.watched.ask)
    @rule(by=st.integers(1, 2), grant=st.booleans())
    def decide_request(self, by, grant):
        self.try_(do.DecideRequest(by=by, role="x", grant=grant))

    @precondition(lambda self: self.watched.ask)
    @rule()
    def recall_request(self):
        self.try_(do.RecallRequest(by=1, role="x"))

    @precondition(lambda self: self.watched.suspended)
    @rule()
    def resume(self):
        self.try_(do.Resume(by=1, role="x"))

    @precondition(lambda self: self.watched.step)
    @rule(seats=st.lists(st.sampled_from(sorted(LADDER)), max_size=2), length=lengths)
    def join(self, seats, length):
        self.try_(do.Join(by=1, role="x", seats=tuple(seat(s) for s in seats), duration=length))

    @precondition(lambda self: self.watched.parts)
    @rule(seat_id=st.integers(1, 5))
    def finish_part(self, seat_id):
        self.try_(do.FinishPart(by=1, role="x", seat=seat_id))

    @precondition(lambda self: self.watched.step)
    @rule(post=st.sampled_from(sorted(LADDER)), command=st.sampled_from(ACTS))
    def other_acts(self, post, command):
        assume(command != "withdraw" or post == "top")  # seldom
        made = {
            "urge": do.Urge(by=1),
            "escalate": do.Escalate(by=1),
            "reassign": do.Reassign(by=1, seat=seat(post), level=None),
            "note": do.Note(by=1),
            "withdraw": do.Withdraw(),
            "supervise": do.Supervise(by=1, seat=LADDER[post][0], duration=Duration(days=1)),
            "answer": do.AnswerOrder(by=2),
            "accept": do.DecideOrder(by=1),
            "send back": do.DecideOrder(by=1, duration=Duration(hours=3)),
            "lift": do.Lift(by=1, what="order"),
            "lift notice": do.Lift(by=1, what="notice"),
        }
        self.try_(made[command])

    @precondition(lambda self: self.watched.step)
    @rule(kind=st.sampled_from(KINDS))
    def reclassify(self, kind):
        was = self.watched.kind
        self.try_(do.Reclassify(by=1, kind=kind))
        if self.watched.kind != was:
            self.kind = kind

    @precondition(lambda self: self.watched.step)
    @rule(end=st.sampled_from(ENDS[1:]), hand_on=st.booleans())
    def set_aside(self, end, hand_on):
        if hand_on:
            self.try_(do.Transfer(by=1, role="x"))
        else:
            self.try_(do.SetAside(by=1, role="x", what="merged", end=end, kept=end != UNDONE))

    @precondition(lambda self: self.watched.aside or self.watched.end)
    @rule()
    def take_back(self):
        was, ended = self.watched, bool(self.watched.end)
        self.try_(do.TakeBack(by=1, role="x", what="unmerged"))
        if was.aside is not None:
            assert self.watched.step
            assert not self.watched.end
            assert len(self.log) < 2 or not ended or self.watched.entered_at <= was.ended_at

    @precondition(lambda self: self.watched.end)
    @rule()
    def reopen(self):
        self.try_(do.Reopen(by=None, role="reporter"))

    @invariant()
    def the_clock_that_slept_catches_up_with_the_one_that_watched(self):
        late = tick(self.p, self.left, world(self.now, self.kind))
        watched = tick(self.p, self.watched, world(self.now, self.kind))
        assert [e.said for e in (*self.log_left, *late)] == [e.said for e in (*self.log, *watched)]

    @invariant()
    def history_replays_to_the_state_even_after_a_stay_in_json(self):
        state = State()
        for e in self.log:
            state = apply(state, Event.told(*e.said[:-1], json.loads(json.dumps(e.data))))
        assert state == self.watched

    @invariant()
    def only_wired_moves_are_made(self):
        state = State()
        for e in self.log:
            if e.kind == "taken":
                step = self.p.steps[e.step_from]
                wired = {step.on[e.outcome], self.p.bounding(step, e.outcome).exhausted}
                over = self.p.steps.get(e.facts.get("passed_over", ""))
                assert e.step_to in (wired if over is None else {over.exhausted, over.on["unreached"]})
                assert over is None or (over.id in wired and over.action == "callback" and state.kind != "lamp")
            state = apply(state, e)

    @invariant()
    def each_rung_is_climbed_once_in_a_stay_in_their_order_late_and_never_on_the_ledger(self):
        state = State()
        for e in self.log:
            after = apply(state, e)
            if rung := e.facts.get("rung"):
                assert rung == self.p.ladder(state.step)[state.rungs].id
                assert (state.overdue, state.suspended, after.rungs) == (True, False, state.rungs + 1)
                assert e.at >= CALENDAR.add(state.due_at, self.p.ladder(state.step)[0].after)
            elif e.kind == "unmerged":  # it goes on where it stood
                assert after.rungs == state.aside.get("rungs", 0)
            else:
                assert after.rungs == state.rungs or (after.rungs == 0 and not after.overdue)
            state = after

    @invariant()
    def a_supervision_is_answered_by_those_who_have_the_work_and_never_by_its_supervisor(self):
        s = self.watched
        if s.order:
            owed = [d for d in todos(self.p, s) if d.seat == s.order.to and d.role == "answer"]
            assert bool(owed) != s.order.answered
            assert not s.end
        opened = [e for e in self.log if e.kind == "supervised"]
        shut = [e for e in self.log if e.kind == "order_accepted" or e.facts.get("what") == "order" or e.facts.get("order_dropped")]
        assert len(opened) + self._taken_up_again() - len(shut) == bool(s.order)

    def _taken_up_again(self) -> int:
        """How often a supervision went on with work that was taken back: the one that was open when the work was set aside."""
        state, count = State(), 0
        for e in self.log:
            after = apply(state, e)
            if state.order is None and after.order is not None and e.kind != "supervised":
                assert state.aside["order"]["seq"] == after.order.seq
                count += 1
            state = after
        return count

    @invariant()
    def it_ends_after_a_bounded_number_of_moves(self):
        assert self.moves <= longest(self.p)

    @invariant()
    def history_runs_forward_and_nothing_due_is_left_behind(self):
        assert all(a.at <= b.at for a, b in zip(self.log, self.log[1:], strict=False))
        state = self.watched
        for e in tick(self.p, state, world(self.now, self.kind)):
            state = apply(state, e)
        assert (wake_at(self.p, state) or self.now + timedelta(1)) > self.now
        if state.step and not state.suspended and state.due_at and state.due_at <= self.now:
            assert state.overdue

    @invariant()
    def ended_work_is_nobodys_and_nobody_has_a_duty_twice(self):
        s = self.watched
        duties = [(d.seat, d.role) for d in todos(self.p, s)]
        assert len(duties) == len(set(duties))
        if s.end:
            assert not duties
            assert not s.step
            assert wake_at(self.p, s) is None


@given(procedures(), st.sampled_from(KINDS), st.randoms(use_true_random=False))
@settings(max_examples=80, deadline=None)
def test_every_flow_ends_whatever_people_choose(procedure, kind, choice):
    """Nobody wants it to end: each takes any outcome offered, backward ones first, and where there is none time goes on."""
    state, now, moves = State(), START, 0

    def after(events):
        nonlocal state, moves
        for e in events:
            state = apply(state, e)
            moves += e.kind == "taken"

    after(decide(procedure, state, do.Begin(role="reporter"), world(now, kind)))
    while not state.end:
        order = list(procedure.steps)
        offered = offers(procedure, state)
        back = [o for o in offered if o.to in order and order.index(o.to) <= order.index(state.step)]
        if offered and choice.random() < 0.9:
            outcome = choice.choice(back or offered).outcome
            everything = frozenset({"result", "reason"})
            after(decide(procedure, state, do.Take(by=None, outcome=outcome, evidence=everything), world(now, kind)))
        else:
            wake = wake_at(procedure, state)
            now = max(now, wake) if wake else now
            after(tick(procedure, state, world(now, kind)))
        assert moves <= longest(procedure)


def test_a_way_back_that_is_used_up_leads_on_or_is_not_offered():
    """A call-back counted with the rating before it: where that one's used-up way leads to the call-back, it would go round for ever."""

    def step(id, action, on, **more):
        return Step(id=id, name=N, actor="desk", action=action, on=on, returns=1, **more)

    steps = {
        "handle": step("handle", "handle", {"done": "rate", "return": "handle"}, exhausted="rate"),
        "rate": step("rate", "rate", {"satisfied": "END good", "dissatisfied": "handle", "silent": "call"}, exhausted="call"),
        "call": step("call", "callback", {"satisfied": "END good", "dissatisfied": "handle"}, shares="rate"),
    }
    p = Procedure(id="p", name=N, start="handle", within=Duration(days=3), steps=steps, ends={"good": End("good", N, True)})
    used = State(step="call", returns={"rate.dissatisfied": 1})
    assert target_of(p, used, "dissatisfied") is None
    assert target_of(p, used._replace(step="rate"), "dissatisfied") == "call"
    assert target_of(p, used._replace(returns={}), "dissatisfied") == "handle"


Work.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestWork = Work.TestCase
