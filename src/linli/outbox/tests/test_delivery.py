"""The rules of delivery on their own: whatever happens, a message ends, and what has arrived is over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.outbox.delivery import ENDED, LONGEST, MOVES, OPEN, PAUSES, SPREAD, Outcome, Result, State, after, most, of_status, pause

NOW = datetime(2026, 11, 16, 1, 0, tzinfo=UTC)
uids = st.uuids(version=4)
schedules = st.lists(st.floats(0.1, 100_000), min_size=1, max_size=20).map(sorted).map(tuple)
waits = st.none() | st.floats(0, 10_000_000)


@given(uids, schedules, st.lists(st.tuples(st.sampled_from([Result.AGAIN, Result.NEVER, Result.DELIVERED]), waits), min_size=30))
def test_every_message_ends_within_the_attempts_there_are(uid, pauses, answers):
    state, now = State.WAITING, NOW
    for attempt, (result, wait) in enumerate(answers, 1):
        assert State.SENDING in MOVES[state]
        verdict = after(Outcome(result, wait=wait), attempt, now, uid, pauses)
        assert verdict.state in MOVES[State.SENDING]
        assert (verdict.due_at is None) == (verdict.state in ENDED)
        if verdict.state is not State.RETRY:
            assert attempt <= most(pauses)
            assert (verdict.state is State.DELIVERED) == (result is Result.DELIVERED)
            return
        assert verdict.due_at > now
        state, now = verdict.state, verdict.due_at
    raise AssertionError("it never ended")


@given(uids, schedules)
def test_pauses_grow_but_for_their_spread_and_are_the_same_when_asked_again(uid, pauses):
    found = [pause(n, uid, pauses).total_seconds() for n in range(1, len(pauses) + 1)]
    for seconds, planned in zip(found, pauses, strict=True):
        assert planned - 1e-5 <= seconds <= planned * (1 + SPREAD) + 1e-5
    assert found == [pause(n, uid, pauses).total_seconds() for n in range(1, len(pauses) + 1)]


@given(uids, st.integers(1, len(PAUSES)), st.floats(0, 10_000_000))
def test_a_receiver_that_asks_for_time_gets_it_within_a_day(uid, attempt, wait):
    assert pause(attempt, uid, wait=wait).total_seconds() >= min(wait, LONGEST) - 1e-5
    assert pause(attempt, uid, wait=wait) <= timedelta(seconds=LONGEST)


def test_twelve_attempts_take_a_weekend_morning_to_monday_evening():
    total = sum((pause(n, UUID(int=0)) for n in range(1, most())), timedelta())
    assert most() == 12
    assert timedelta(hours=36) < total < timedelta(hours=60)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_two_hundreds_are_delivered(status):
    assert of_status(status).result is Result.DELIVERED


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 599])
def test_what_speaks_of_the_moment_is_tried_again(status):
    assert of_status(status, 7.0) == Outcome(Result.AGAIN, status, wait=7.0)


@pytest.mark.parametrize("status", [301, 302, 307, 400, 401, 403, 404, 409, 410, 413, 422])
def test_what_speaks_of_the_request_is_dead_at_once(status):
    assert of_status(status).result is Result.NEVER
    assert after(of_status(status), 1, NOW, UUID(int=1)).state is State.DEAD


def test_what_has_arrived_or_was_given_up_never_moves_again():
    assert not MOVES[State.DELIVERED]
    assert not MOVES[State.GIVEN_UP]
    assert {*OPEN, *ENDED} == set(State) == set(MOVES)
