"""Choosing sites: against every choice there is, where there are few."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.planning.siting import max_cover, p_median, with_room
from linli.planning.task import Impossible

QUICK = settings(max_examples=40, deadline=None)


@st.composite
def towns(draw):
    """Costs, weights, sites that stand, and how many more: few enough to try all."""
    points, sites = draw(st.integers(1, 9)), draw(st.integers(1, 7))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    cost = np.round(rng.uniform(0, 100, (points, sites)), draw(st.sampled_from([0, 3])))
    weight = rng.integers(0, 5, points).astype(float)
    kept = sorted(draw(st.sets(st.integers(0, sites - 1), max_size=max(0, sites - 1))))
    more = draw(st.integers(0 if kept else 1, sites - len(kept)))
    return cost, weight, kept, more


def choices(sites, kept, more):
    return [sorted({*kept, *extra}) for extra in combinations(sorted(set(range(sites)) - set(kept)), more)]


@QUICK
@given(towns())
def test_the_fewest_metres_are_found_and_no_choice_beats_the_bound(town):
    cost, weight, kept, more = town
    best = min(float(weight @ cost[:, c].min(1)) for c in choices(cost.shape[1], kept, more))
    found = p_median(cost, weight, more, standing=kept, seconds=2)
    assert found.value == pytest.approx(best)
    assert found.bound <= best * (1 + 1e-9) + 1e-9
    assert set(kept) <= set(found.chosen.tolist())
    assert len(found.chosen) == len(kept) + more
    assert float(weight @ cost[np.arange(len(cost)), found.of]) == pytest.approx(best)


@QUICK
@given(towns())
def test_the_most_households_within_reach_are_found_with_proof(town):
    cost, weight, kept, more = town
    within = cost < 40
    best = max(float(weight[within[:, c].any(1)].sum()) for c in choices(cost.shape[1], kept, more))
    found = max_cover(within, weight, more, standing=kept)
    assert found.value == pytest.approx(best)
    assert found.proven
    assert set(kept) <= set(found.chosen.tolist())
    assert all(within[n, site] if site >= 0 else not within[n, found.chosen].any() for n, site in enumerate(found.of))


@settings(max_examples=12, deadline=None)
@given(towns(), st.floats(1.0, 2.0))
def test_no_site_takes_more_than_it_has_room_for(town, spare):
    cost, weight, kept, more = town
    room = np.full(cost.shape[1], max(weight.max(), weight.sum() / (len(kept) + more)) * spare)
    try:
        found = with_room(cost, weight, room, more, standing=kept, seconds=1, tries=3)
    except Impossible as no:
        if no.code != "capacity":  # whole points may not fit though their sum does
            raise
        return
    assert all(weight[found.of == site].sum() <= room[site] + 1e-9 for site in found.chosen)
    assert set(found.of.tolist()) <= set(found.chosen.tolist())
    assert found.bound <= found.value


def test_room_for_all_comes_at_the_cost_of_a_longer_walk():
    cost = np.array([[0.0, 50], [1, 50], [2, 50], [3, 50]])
    free = p_median(cost, np.ones(4), 1, seconds=1)
    roomy = with_room(cost, np.ones(4), np.array([2.0, 2.0]), 2, seconds=1)
    assert (free.value, roomy.value) == (6.0, 101.0)
    assert roomy.of.tolist().count(0) == 2


def test_the_same_seed_finds_the_same_sites():
    rng = np.random.default_rng(1)
    at, sites = rng.uniform(0, 1000, (60, 2)), rng.uniform(0, 1000, (30, 2))
    cost = np.hypot(at[:, None, 0] - sites[:, 0], at[:, None, 1] - sites[:, 1])
    one = p_median(cost, np.ones(60), 4, seed=7, seconds=20)
    two = p_median(cost, np.ones(60), 4, seed=7, tries=one.tries)
    assert one.proven
    assert one.chosen.tolist() == two.chosen.tolist()


@pytest.mark.parametrize(
    ("cost", "weight", "more", "kept", "code"),
    [
        (np.ones((2, 2)), np.ones(2), 3, [], "sites"),
        (np.ones((2, 2)), np.ones(2), 0, [], "sites"),
        (np.ones((2, 2)), np.ones(2), 2, [0], "sites"),
        (np.ones((2, 2)), np.ones(3), 1, [], "shape"),
        (np.ones((0, 2)), np.ones(0), 1, [], "shape"),
        (np.full((2, 2), np.nan), np.ones(2), 1, [], "cost"),
        (-np.ones((2, 2)), np.ones(2), 1, [], "cost"),
    ],
)
def test_a_question_without_an_answer_is_refused(cost, weight, more, kept, code):
    with pytest.raises(Impossible) as refused:
        p_median(cost, weight, more, standing=kept)
    assert refused.value.code == code


def test_too_little_room_is_refused():
    with pytest.raises(Impossible) as refused:
        with_room(np.ones((4, 2)), np.ones(4), np.ones(2), 2)
    assert refused.value.code == "capacity"


class Enough(Exception):
    pass


def test_an_exact_search_can_be_watched_and_stopped_while_the_solver_is_at_work():
    rng = np.random.default_rng(5)
    at = rng.uniform(0, 1000, (60, 2))
    cost = np.hypot(*(at[:, None] - at[None]).transpose(2, 0, 1))
    weight = rng.integers(1, 50, 60).astype(float)
    told: list[float] = []
    assert max_cover(cost < 200, weight, 4, watch=told.append).value == max_cover(cost < 200, weight, 4).value
    assert told  # in a process of its own, for it starts slower than this is solved
    assert all(0 <= part <= 1 for part in told)

    def stop(part: float) -> None:
        raise Enough

    with pytest.raises(Enough):
        max_cover(cost < 200, weight, 4, seconds=60, watch=stop)
    with pytest.raises(Enough):
        with_room(cost, weight, np.full(60, weight.sum()), 4, seconds=60, watch=stop)
