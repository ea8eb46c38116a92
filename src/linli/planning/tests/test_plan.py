"""From sites to a plan: the households asked for are those that are held, or it is said why not."""

from __future__ import annotations

import numpy as np
import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, Point

from linli.planning import words
from linli.planning.plan import Asked, Given, Refused, make, prepare
from linli.planning.reading import Site
from linli.planning.task import adds_up
from linli.planning.writing import figures, report


def row(*households: int, step: float = 0.0005) -> list[Site]:
    """Buildings side by side, about 42 m apart."""
    return [Site(n, str(n), "", h, Point(109.87 + n * step, 40.65)) for n, h in enumerate(households, 1)]


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10_000), target=st.sampled_from([60.0, 110.0, 170.0]), tolerance=st.sampled_from([0.1, 0.25]), anyway=st.booleans()
)
def test_every_unit_has_the_households_asked_for_or_the_reason_is_given(seed, target, tolerance, anyway):
    r = np.random.default_rng(seed)
    sites = [Site(n, str(n), "", int(r.integers(5, 40)), Point(109.87 + x / 85_000, 40.65 + y / 111_000))
             for n, (x, y) in enumerate(r.uniform(0, 300, (24, 2)), 1)]  # fmt: skip
    made, problems = None, ()
    try:
        made = make(Given(sites), Asked(target=target, tolerance=tolerance, rounds=1, anyway=anyway))
    except Refused as refused:
        problems = refused.problems
    if made is None:
        assert problems
        assert not anyway
        return
    [result] = made.results
    within = (1 - tolerance) * target - 1e-6 <= result.division.households
    within &= result.division.households <= (1 + tolerance) * target + 1e-6
    assert within.all() or (anyway and made.problems)


def test_the_tolerance_is_of_the_target_and_where_units_are_asked_for_of_their_mean():
    sites = row(*[43] * 20)  # 860 households: two of 430
    [part], _flat = prepare(Given(sites), Asked(target=400.0))
    assert (part.plain.k, part.plain.low, part.plain.high) == pytest.approx((2, 360, 440))
    for asked in (Asked(units=2), Asked(target=400.0, around="mean")):  # as alternatives of before are made again
        [part], _flat = prepare(Given(sites), asked)
        assert (part.plain.low, part.plain.high) == pytest.approx((387, 473))


def test_a_mean_at_the_edge_of_the_band_is_told_with_figures_and_what_to_do():
    sites = row(28, 30, 31, 33, 28, 30, 31, 29)  # 240 households: only two of 119 to 121 would do
    with translation.override("en"), pytest.raises(Refused) as refused:
        make(Given(sites), Asked(target=110.0, rounds=1))
    said = refused.value.problems[-1].message
    assert "120 households on average, 1 from the edge of 99 to 121" in said
    assert "Ask for 2 units" in said
    assert "a tolerance of 20 %" in said
    assert make(Given(sites), Asked(target=110.0, tolerance=0.2, rounds=1)).results
    assert sorted(make(Given(sites), Asked(units=2, rounds=1)).results[0].division.households.tolist()) == [118, 122]


def test_what_no_whole_number_of_units_comes_near_is_held_to_the_mean_anyway_and_that_is_said():
    sites = row(*[43] * 13)  # 559: one of 559 or two of 280
    with pytest.raises(Refused):
        prepare(Given(sites), Asked(target=400.0))
    with translation.override("en"):
        said = "\n".join(report(make(Given(sites), Asked(target=400.0, rounds=1, anyway=True))))
    assert "Allowed: 252 to 307 (the mean ± 10%)" in said
    assert "neither is within 10% of 400" in said
    assert "proven" not in said


def test_a_plan_outside_the_band_is_proven_to_be_nothing_and_has_no_bound():
    sites = row(600, *[40] * 20)
    made = make(Given(sites), Asked(target=400.0, rounds=1, anyway=True))
    assert not made.results[0].proven
    found = figures(made)
    assert (found["bound"], found["gap"], found["proven"]) == (None, None, False)
    with translation.override("en"):
        said = "\n".join(report(made))
    assert "nothing can be said of how near it is to the best" in said
    assert "No division can" not in said


def test_parts_that_a_barrier_cuts_apart_each_have_as_many_units_as_suit_them():
    """1,720 households either side of a railway: four of 430 each, though nine of 382 come nearer to 400 on the whole."""
    sites = row(*[43] * 80)
    wall = LineString([(109.87 + 40.5 * 0.0005, 40), (109.87 + 40.5 * 0.0005, 41)])
    made = make(Given(sites, [wall]), Asked(target=400.0, link=300, rounds=1))
    assert made.results[0].division.households.tolist() == [430] * 8


def test_parts_far_from_the_others_are_named_though_they_are_joined():
    far = [Site(90 + n, f"F{n}", "", 43, Point(109.97 + n * 0.0005, 40.65)) for n in range(7)]
    made = make(Given([*row(*[43] * 13), *far]), Asked(target=430.0, rounds=1))
    with translation.override("en"):
        said = "\n".join(report(made))
    assert "F0, F1, F2, F3, F4 and 2 more: 7,9" in said
    assert "farther than neighbours may be (120 m)" in said
    assert figures(made)["strays"][0]["names"] == [f"F{n}" for n in range(7)]
    with translation.override("en"):
        assert "farther than" not in "\n".join(report(make(Given(row(*[43] * 20)), Asked(target=430.0, rounds=1))))
        [*lines, advice] = words.strays([([str(n)], 900.0 - n) for n in range(9)], 120)
    assert len(lines) == words.STRAYS + 1
    assert lines[-1].startswith("6 more parts")
    assert "allow longer links" in advice


def test_whole_buildings_that_cannot_add_up_are_told_before_any_search_with_what_would_do():
    sites = row(*[40] * 20)  # 800 into 7 of 103 to 125: only 120 is a multiple of 40
    with translation.override("en"), pytest.raises(Refused) as refused:
        make(Given(sites), Asked(units=7))
    [said] = [p.message for p in refused.value.problems]
    assert "a multiple of 40 households" in said
    assert "can be: 5, 10; or 7 units with a tolerance of 30 %" in said
    for asked in (Asked(units=5, rounds=1), Asked(units=10, rounds=1), Asked(units=7, tolerance=0.3, rounds=1)):
        assert make(Given(sites), asked).results
    with translation.override("en"):
        made = make(Given(sites), Asked(units=7, rounds=1, anyway=True))
    assert [p.message for p in made.problems] == [said]


def test_more_fixed_in_a_unit_than_it_may_have_is_told_before_any_search():
    sites = row(*[43] * 20)
    given = Given(sites, fixed=["东网格"] * 12 + [""] * 8)
    with translation.override("en"), pytest.raises(Refused) as refused:
        prepare(given, Asked(target=430.0))
    [said] = [p.message for p in refused.value.problems]
    assert said.startswith("东网格: what is fixed there has 516 households, more than the 473 a unit may have.")
    with translation.override("en"):
        made = make(given, Asked(target=430.0, rounds=1, anyway=True))
    assert said in [p.message for p in made.problems]
    assert "Give more time" not in "".join(p.message for p in made.problems if "东网格" in p.message)


@given(st.integers(1, 12), st.integers(1, 12), st.integers(1, 300), st.integers(0, 300))
def test_what_adds_up_is_what_can_be_added_up(common, k, low, more):
    reachable = {0}
    for _turn in range(k):
        reachable = {a + b for a in reachable for b in range(low, low + more + 1) if b % common == 0 and a + b <= 300}
    for whole in range(common, 301, common):
        assert adds_up(whole, common, k, low, low + more) == (whole in reachable)
