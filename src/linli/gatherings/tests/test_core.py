"""The pure rules: what may be done when, how many have to come, which times overlap."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.gatherings import core

NOON = datetime(2026, 11, 16, 4, tzinfo=UTC)
shares = st.tuples(st.integers(1, 40), st.integers(1, 40)).map(lambda p: Fraction(min(p), max(p)))


@given(st.integers(0, 500), st.integers(0, 500), shares)
def test_at_least_a_share_is_met_exactly_from_the_share_on(members, came, share):
    came = min(came, members)
    assert core.met(members, came, share, more=False) == (members > 0 and came >= 1 and Fraction(came, members or 1) >= share)


@given(st.integers(0, 500), st.integers(0, 500), shares.filter(lambda s: s < 1))
def test_more_than_a_share_is_met_only_beyond_it(members, came, share):
    came = min(came, members)
    assert core.met(members, came, share, more=True) == (members > 0 and Fraction(came, members or 1) > share)


@given(st.integers(1, 500), shares, st.booleans())
def test_what_is_needed_is_the_least_that_is_enough(members, share, more):
    least = core.needed(members, share, more=more)
    assert core.met(members, least, share, more=more)
    assert least == 1 or not core.met(members, least - 1, share, more=more)


def test_half_of_five_is_three_and_more_than_half_of_four_is_three():
    assert core.needed(5, Fraction(1, 2), more=False) == 3
    assert core.needed(4, Fraction(1, 2), more=True) == 3
    assert core.needed(4, Fraction(1, 2), more=False) == 2


@given(st.lists(st.tuples(st.sampled_from(sorted(core.ACTS)), st.integers(-3, 3)), max_size=25), st.booleans(), st.booleans())
def test_whatever_is_tried_in_whatever_order_the_rules_hold(tried, agenda, needs_agenda):
    state, written, seen = core.PLANNED, False, [core.PLANNED]
    for act, hours in tried:
        now = NOON + timedelta(hours=hours)
        facts = core.Facts(state, NOON, agenda, needs_agenda, written)
        try:
            after = core.after(facts, act, now)
        except core.Refused:
            continue
        assert core.ACTS[act][0] == state
        if act == "hold":
            assert now >= NOON
            assert agenda or not needs_agenda
        if act in ("write", "correct"):
            assert state == core.HELD
            assert written == (act == "correct")
            written = True
        state = after
        seen.append(state)
    ends = [s for s in seen if s != core.PLANNED]
    assert len(set(ends)) <= 1, "what was held is not called off, and the other way round"
    assert not (written and state != core.HELD)


@pytest.mark.parametrize("act", sorted(core.ACTS))
def test_nothing_more_is_done_with_what_was_called_off(act):
    with pytest.raises(core.Refused) as refused:
        core.after(core.Facts(core.CALLED_OFF, NOON, agenda=True), act, NOON)
    assert refused.value.code == core.CALLED_OFF


def test_an_agenda_is_its_lines_without_the_numbers_people_write():
    text = "1. 通报情况\n\n  二、商定办法  \n(3)表决\n2026年工作安排\n3号楼电梯"
    assert core.tidy_lines(text) == ["通报情况", "商定办法", "表决", "2026年工作安排", "3号楼电梯"]


@given(st.text(max_size=300))
def test_tidying_an_agenda_leaves_no_blank_line_and_is_done_once(text):
    once = core.tidy_lines(text)
    assert all(line.strip() == line and line for line in once)
