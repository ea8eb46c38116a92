"""Tours against a checker of their own, against every order where there are few, and what can't be kept."""

from __future__ import annotations

import sys
from dataclasses import replace
from itertools import pairwise, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.planning.task import Impossible
from linli.planning.tours import Climb, Homes, Rules, bound, bound_with_stairs, needs, plan
from linli.planning.tours_check import broken


def village(seed: int, n: int, **more) -> Homes:
    rng = np.random.default_rng(seed)
    at = rng.uniform(0, 900, (n + 1, 2))
    return Homes(np.round(np.hypot(*(at[:, None] - at[None]).transpose(2, 0, 1))), rng.random(n) < 0.15, **more)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 40), st.integers(1, 3), st.integers(2, 9))
def test_every_rule_is_kept_or_the_refusal_says_which_cannot_be(seed, n, months, a_day):
    rng = np.random.default_rng(seed)
    opens = np.where(rng.random(n) < 0.2, rng.uniform(540, 800, n), 0.0)
    homes = village(seed, n, pair=rng.random(n) < 0.1, opens=opens, closes=opens + 240 + 1e4 * (opens == 0), stays=np.full(n, 20.0))
    rules = Rules(months=months, days=9, a_day=a_day, least=0, pair_days=3, end=960.0)
    try:
        found = plan(homes, rules, seed=seed % 7, rounds=1)
    except Impossible as error:
        if error.code not in ("visits_days", "visits_pair", "visits_alone", "visits_time"):
            raise
        return
    assert broken(homes, rules, found.days, found.metres) == []
    assert found.bound <= found.metres


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32), st.integers(2, 6))
def test_one_day_is_the_shortest_way_there_is(seed, n):
    homes = replace(village(seed, n), must=np.zeros(n, bool))
    found = plan(homes, Rules(months=1, days=1, a_day=n, weeks=1, least=0), rounds=2)
    far = homes.far
    best = min(far[0, p[0]] + sum(far[a, b] for a, b in pairwise(p)) + far[p[-1], 0] for p in permutations(range(1, n + 1)))
    assert found.metres == best
    assert bound(far, n) <= best


def test_doors_behind_one_entrance_are_seen_one_after_the_other():
    """Five buildings of 24: no search that takes them for one crowd without distances finds that."""
    at = np.vstack([[0.0, 0.0], np.repeat([[80.0 * n, 50.0] for n in range(1, 6)], 24, axis=0)])
    homes = Homes(np.round(np.hypot(*(at[:, None] - at[None]).transpose(2, 0, 1))), np.zeros(120, bool))
    for seed in (1, 2, 3):
        found = plan(homes, Rules(months=3, days=5, least=0), seed=seed, rounds=1)
        assert found.metres <= 1.02 * found.bound


def test_the_same_seed_walks_the_same_way_and_a_longer_search_no_farther():
    homes = village(3, 60)
    rules = Rules(days=10)
    one, two, longer = plan(homes, rules, seed=5), plan(homes, rules, seed=5), plan(homes, rules, seed=5, rounds=16)
    assert one.days == two.days
    assert longer.metres <= one.metres * 1.01


def test_the_same_comes_out_without_numba(tmp_path):
    import subprocess

    code = (
        "import sys; {}; from linli.planning.tests.test_tours import village; from linli.planning.tours import Rules, plan; "
        "t = plan(village(3, 12), Rules(days=5, end=1050.0), rounds=1); print([d.homes for d in t.days])"
    )
    said = [
        subprocess.run([sys.executable, "-c", code.format(first)], capture_output=True, text=True, check=True).stdout
        for first in ("pass", "sys.modules['numba'] = None")
    ]
    assert said[0] == said[1] != ""


def test_the_rule_that_binds_is_told_from_the_one_that_does_not():
    """Qingshan: 80 a month × 3 = 240 < 400; everyone's turn takes 134 and more."""
    homes = replace(village(1, 400), must=np.zeros(400, bool))
    asked = needs(homes, Rules())
    assert (asked.turn, asked.binds, asked.a_day, asked.met) == (134, "all", 8, True)
    with pytest.raises(Impossible) as refused:
        plan(homes, Rules(days=10))
    assert refused.value.code == "visits_days"
    assert refused.value.params["faster"] == 14
    assert refused.value.params["longer"] == 17
    assert needs(replace(village(1, 100), must=np.zeros(100, bool)), Rules()).binds == "month"


@pytest.mark.parametrize(
    ("more", "rules", "code"),
    [
        ({"pair": np.ones(20, bool)}, {"pair_days": 0}, "visits_pair"),
        ({"closes": np.r_[500.0, np.full(19, 1e4)]}, {}, "visits_alone"),
        ({"stays": np.full(20, 200.0)}, {"days": 5, "end": 900.0}, "visits_time"),
    ],
)
def test_what_cannot_be_kept_is_refused_by_name(more, rules, code):
    homes = replace(village(2, 20, **more), must=np.zeros(20, bool))
    with pytest.raises(Impossible) as refused:
        plan(homes, Rules(**{"months": 1, "days": 9, "a_day": 8, "least": 0, **rules}))
    assert refused.value.code == code


def test_the_checker_sees_what_is_wrong():
    homes, rules = village(4, 30), Rules(days=6)
    good = plan(homes, rules, rounds=1)
    day = next(d for d in good.days if len(d.homes) > 1)
    others = [d for d in good.days if d is not day]
    assert broken(homes, rules, others, good.metres)
    assert broken(homes, rules, [*others, replace(day, homes=day.homes[::-1])], good.metres)
    assert broken(homes, rules, good.days, good.metres + 1)
    assert broken(homes, replace(rules, a_day=len(day.homes) - 1), good.days, good.metres)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32), st.integers(2, 6), st.integers(1, 6), st.sampled_from([15.0, 7.3]))
def test_no_day_up_and_down_the_stairs_beats_the_bound_that_counts_them(seed, n, a_day, metres):
    homes, ground, climb = stairwells(seed, n, metres)
    months = 1 if a_day >= n else n
    rules = Rules(months=months, days=1, a_day=min(a_day, n), weeks=1, least=0)
    assert bound_with_stairs(ground, [climb], homes, rules) <= plan(homes, rules, rounds=1).metres
    if months == 1:
        far = homes.far
        best = min(far[0, p[0]] + sum(far[a, b] for a, b in pairwise(p)) + far[p[-1], 0] for p in permutations(range(1, n + 1)))
        assert bound_with_stairs(ground, [climb], homes, rules) <= best


def test_a_tower_alone_is_climbed_as_often_as_its_days_need():
    homes, ground, climb = stairwells(1, 6, 15.0, buildings=1, floors=np.arange(6.0))
    rules = Rules(months=2, days=1, a_day=3, weeks=1, least=0)
    assert climb.least(np.arange(6), 3) == 2 * 15 * (5 + 2)
    assert bound_with_stairs(ground, [climb], homes, rules) == plan(homes, rules, rounds=1).metres


def stairwells(seed: int, n: int, metres: float, buildings: int = 2, floors=None) -> tuple[Homes, np.ndarray, Climb]:
    """Households on several floors of a few buildings, the start on the ground."""
    rng = np.random.default_rng(seed)
    stairs = rng.integers(0, buildings, n)
    high = rng.integers(0, 7, n).astype(float) if floors is None else floors
    at = rng.uniform(0, 400, (buildings + 1, 2))[np.r_[0, stairs + 1]]
    ground = np.round(np.hypot(*(at[:, None] - at[None]).transpose(2, 0, 1)))
    up = np.r_[0.0, high]
    climbed = up[:, None] + up[None, :]
    climbed[1:, 1:] = np.where(stairs[:, None] == stairs[None, :], np.abs(high[:, None] - high[None, :]), climbed[1:, 1:])
    np.fill_diagonal(climbed, 0.0)
    return Homes(ground + np.round(metres * climbed), np.zeros(n, bool)), ground, Climb(metres * high, stairs)
