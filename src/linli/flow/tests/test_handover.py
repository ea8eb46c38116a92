"""移交 by the rules alone: asked, taken over, sent back, unanswered; steps that stay with a seat, and steps due on a day agreed on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from linli.charter.tests.factories import PROCEDURE, small_charter
from linli.flow import commands as do
from linli.flow.engine import calendar_of
from linli.flow.procedure import Found, Kind, Refused, State, World, apply, decide, tick, todos

AT = datetime(2026, 11, 16, 1, 0, tzinfo=UTC)  # a Monday, 09:00 in Shanghai
CHARTER = small_charter(
    procedure=PROCEDURE.replace('within = "category"', 'within = "category"\nhandover = "P1D"').replace(
        'id = "check"\nname = { zh = "核查", en = "Check" }\nactor = "checker"\naction = "check"\nneeds = ["finding"]\nwithin = "P1D"',
        'id = "check"\nname = { zh = "核查", en = "Check" }\nactor = "same"\naction = "check"\nneeds = ["finding"]\nwithin = "agreed"',
    ).replace('not_by = ["handle"]\n', "")
)  # fmt: skip
P = CHARTER.procedures["matter"]
SEATS = {"desk": 1, "worker": 2, "head": 3, "checker": 4, "officer": 5, "coordinator": 6}
KIND = Kind("public.lamp", CHARTER.categories["public.lamp"].within, CHARTER.categories["public.lamp"].route, "grid")


def found(post):
    return Found(SEATS[post], post, CHARTER.posts[post].level)


def world(now):
    above = {2: "head", 3: "desk", 1: "coordinator", 4: "desk", 5: "coordinator"}
    return World(
        now, calendar_of(CHARTER), KIND, found, lambda seat: found(above[seat]) if seat in above else None, lambda seat: found("desk")
    )


def run(state, command, now=AT):
    for event in decide(P, state, command, world(now)):
        state = apply(state, event)
    return state


def handling():
    state = run(State(), do.Begin())
    return run(state, do.Take(by=1, outcome="accepted"), AT + timedelta(minutes=5))


def test_until_the_receipt_the_sender_is_responsible_and_from_then_on_the_receiver():
    state = run(handling(), do.AskHandover(by=2, seat=found("officer")), AT + timedelta(minutes=10))
    assert (state.owner, state.ask.what, state.ask.seat) == (2, "handover", 5)
    assert {(d.seat, d.role) for d in todos(P, state)} == {(2, "lead"), (5, "approve")}
    assert next(d.due_at for d in todos(P, state) if d.role == "approve") == state.ask.until
    taken = run(state, do.DecideRequest(by=9, grant=True, seat=found("officer")), AT + timedelta(minutes=20))
    assert (taken.owner, taken.level, taken.ask) == (5, "district", None)
    assert taken.due_at == state.due_at  # the time for it doesn't begin anew
    back = run(state, do.DecideRequest(by=9, grant=False), AT + timedelta(minutes=20))
    assert (back.owner, back.level, back.ask) == (2, "grid", None)


def test_what_is_handed_over_can_be_taken_back_until_the_receipt_is_given():
    asked = run(handling(), do.AskHandover(by=2, seat=found("officer")), AT + timedelta(minutes=10))
    back = run(asked, do.RecallRequest(by=2), AT + timedelta(minutes=20))
    assert (back.owner, back.ask, back.due_at) == (2, None, asked.due_at)
    assert {(d.seat, d.role) for d in todos(P, back)} == {(2, "lead")}
    with pytest.raises(Refused) as no:
        run(back, do.RecallRequest(by=2), AT + timedelta(minutes=30))
    assert no.value.code == "nothing_asked"
    again = run(back, do.AskHandover(by=2, seat=found("officer")), AT + timedelta(minutes=30))
    assert again.ask.seat == 5


def test_a_receipt_that_does_not_come_is_told_once_and_can_still_be_given():
    state = run(handling(), do.AskHandover(by=2, seat=found("officer")), AT + timedelta(minutes=10))
    late = AT + timedelta(days=2)
    events = tick(P, state, world(late))
    assert [e.kind for e in events].count("handover_overdue") == 1
    for e in events:
        state = apply(state, e)
    assert SEATS["coordinator"] in state.told
    assert state.owner == 2
    assert not [e for e in tick(P, state, world(late + timedelta(hours=1))) if e.kind == "handover_overdue"]
    assert run(state, do.DecideRequest(by=9, grant=True, seat=found("officer")), late).owner == 5


def test_what_cannot_be_handed_over():
    state = handling()
    for wrong, seat in (("same_seat", "worker"),):
        with pytest.raises(Refused) as no:
            run(state, do.AskHandover(by=2, seat=found(seat)))
        assert no.value.code == wrong
    asked = run(state, do.AskHandover(by=2, seat=found("officer")))
    with pytest.raises(Refused) as no:
        run(asked, do.AskHandover(by=2, seat=found("head")))
    assert no.value.code == "already_asked"
    with pytest.raises(Refused) as no:  # never by whoever asked
        run(asked, do.DecideRequest(by=2, grant=True, seat=found("officer")))
    assert no.value.code == "same_person"
    with pytest.raises(Refused) as no:
        run(run(State(), do.Begin()), do.AskHandover(by=1, seat=found("officer")))
    assert no.value.code == "no_handover"


def test_a_step_stays_with_whoever_had_the_one_before_and_is_due_when_that_was_agreed_on():
    until = AT + timedelta(days=9)
    state = run(handling(), do.AskHandover(by=2, seat=found("officer")))
    state = run(state, do.DecideRequest(by=9, grant=True, seat=found("officer")))
    state = run(state, do.Take(by=9, outcome="done", evidence=frozenset({"result"}), until=until), AT + timedelta(hours=1))
    assert (state.step, state.owner, state.due_at, state.clock) == ("check", 5, until, "natural")
    assert state.remind_at is not None
    assert state.remind_at < until
    without = run(handling(), do.Take(by=2, outcome="done", evidence=frozenset({"result"})), AT + timedelta(hours=1))
    assert (without.owner, without.due_at) == (2, None)
