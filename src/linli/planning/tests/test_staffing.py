"""Norms by the sources' own numbers; the simulation against the formula that is known."""

from __future__ import annotations

from math import factorial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.planning.queueing import Post, Work, busy, enough, foresee
from linli.planning.staffing import Community, Norms, needed


def test_nine_communities_of_the_sources_need_their_124_staff():
    whole = needed(Community("九社区", 34_000, 102_000, staff=124), Norms())
    assert (whole.staff, whole.staff_short) == (124, 0)
    assert needed(Community("少两人", 34_000, 102_000, staff=122), Norms()).staff_short == 2


@pytest.mark.parametrize(("households", "space"), [(1, 1000), (1000, 1000), (1099, 1000), (1100, 1050), (3530, 2250), (0, 0)])
def test_space_grows_by_fifty_for_each_full_hundred_over_a_thousand(households, space):
    assert needed(Community("甲", households), Norms()).space == space


def test_a_vice_chair_for_each_800_households_begun():
    assert [needed(Community("甲", h), Norms()).chairs for h in (800, 801, 3530)] == [1, 2, 5]
    assert needed(Community("甲", 900), Norms()).chairs_short is None  # nobody told how many there are


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 50_000), st.integers(0, 50_000), st.integers(0, 50))
def test_more_households_never_need_fewer(households, more, staff):
    one, two = (needed(Community("甲", h, staff=staff, chairs=1, space=900), Norms()) for h in (households, households + more))
    assert (one.staff, one.chairs, one.space) <= (two.staff, two.chairs, two.space)
    assert one.staff_short == max(0, one.staff - staff)


@pytest.mark.parametrize(("people", "load"), [(1, 0.7), (3, 0.85)])
def test_waiting_is_as_the_formula_of_erlang_says(people, load):
    """M/M/c, all with the same deadline, so the nearest deadline is the first come."""
    minutes = 30.0
    a_day = load * people * 480 / minutes
    work = Work("件", "岗", a_day, minutes, 100.0)
    a = load * people
    wait = (
        a**people
        / factorial(people)
        / (1 - load)
        / (sum(a**k / factorial(k) for k in range(people)) + a**people / factorial(people) / (1 - load))
    )
    mean = wait * minutes / (people * (1 - load)) + minutes
    found = foresee([Post("岗", people)], [work], days=600, runs=12, seed=3)[0]
    assert found.mean_days * 480 == pytest.approx(mean, rel=0.08)
    assert found.share == 1.0


def test_an_overfull_post_falls_behind_and_a_free_one_does_not():
    works = [Work("证明", "窗口", 20, 12, 1), Work("纠纷", "调解", 3, 300, 5)]
    posts = [Post("窗口", 2), Post("调解", 1, duties=10)]
    assert [b.load > 1 for b in busy(posts, works)] == [False, True]
    counter, dispute = foresee(posts, works, runs=5)
    assert counter.share > 0.99
    assert dispute.share < 0.3
    assert foresee(posts, works, runs=5) == [counter, dispute]
    assert foresee(posts[1:], works[1:], runs=5) == [dispute]  # another post's chances are its own


def test_enough_is_the_fewest_that_keep_the_goal():
    post, work = Post("调解", 1), [Work("纠纷", "调解", 4, 200, 3)]
    count = enough(post, work, 0.95, runs=5)
    assert count is not None

    def share(n):
        return foresee([Post("调解", n)], work, runs=5)[0].share

    assert share(count) >= 0.95
    assert share(count - 1) < 0.95
    assert enough(post, [Work("纠纷", "调解", 0.1, 4000, 1)], 0.95, runs=3, most=8) is None


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 1000), st.floats(0.1, 2.0))
def test_more_people_never_keep_fewer_deadlines(seed, spread):
    work = [Work("件", "岗", 12, 60, 1, spread)]
    shares = [foresee([Post("岗", n)], work, days=60, runs=3, seed=seed)[0].share for n in (1, 2, 4)]
    assert (np.diff(shares) >= 0).all()


def test_nobody_there_does_nothing():
    found = foresee([Post("岗", 0)], [Work("件", "岗", 5, 10, 1)], days=30, runs=2)[0]
    assert found.share == 0
    assert found.mean_days == np.inf
