"""Weights and rankings: by hand, and properties that hold whatever the numbers are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.planning.indicators import compare, entropy_weights, ranks, shaken, standardised, swings, together
from linli.planning.task import Impossible

SAATY = np.array([[1, 3, 5], [1 / 3, 1, 2], [1 / 5, 1 / 2, 1]])


def test_weights_from_comparisons_as_in_the_textbook():
    found = compare(SAATY)
    assert found.weights == pytest.approx([0.648, 0.230, 0.122], abs=1e-3)
    assert found.ratio == pytest.approx(0.0036, abs=1e-3)
    assert found.consistent
    assert compare(SAATY, "donegan-dodd").ratio == pytest.approx(found.ratio * 0.52 / 0.4914)


def test_a_contradiction_is_named_with_what_the_rest_says():
    found = compare(np.array([[1, 3, 1 / 5], [1 / 3, 1, 3], [5, 1 / 3, 1]]))
    assert not found.consistent
    assert found.worst is not None


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(0.1, 10), min_size=1, max_size=9))
def test_comparisons_free_of_contradiction_give_back_their_weights(weights):
    w = np.array(weights) / sum(weights)
    found = compare(w[:, None] / w[None, :])
    assert found.weights == pytest.approx(w)
    assert found.ratio == pytest.approx(0, abs=1e-9)
    assert together([w[:, None] / w[None, :]] * 2) == pytest.approx(w[:, None] / w[None, :])


@pytest.mark.parametrize("matrix", [np.ones((2, 3)), np.array([[1, 2], [2, 1]]), np.array([[1, -2], [-0.5, 1]]), np.ones((16, 16))])
def test_what_are_no_comparisons_is_refused(matrix):
    with pytest.raises(Impossible):
        compare(matrix)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32), st.integers(2, 12), st.integers(1, 5), st.sampled_from(["range", "deviation", "best", "rank"]))
def test_more_is_better_whatever_the_scale(seed, n, k, how):
    rng = np.random.default_rng(seed)
    values = rng.uniform(1, 100, (n, k)).round(1)
    better = (rng.random(k) < 0.5).tolist()
    scaled = standardised(values, better, how)
    for c in range(k):
        order = np.argsort(values[:, c] if better[c] else -values[:, c])
        assert (np.diff(scaled[order, c]) >= -1e-12).all()
    if how == "range":
        assert scaled.min() >= 0
        assert scaled.max() <= 1
    weights = entropy_weights(values, better) if np.ptp(values) > 0 else np.ones(k) / k
    assert weights.sum() == pytest.approx(1)
    assert (weights >= 0).all()


def test_an_indicator_in_which_all_are_equal_gets_no_weight_by_entropy():
    values = np.array([[1.0, 5], [2, 5], [9, 5]])
    assert entropy_weights(values, [True, True]).tolist() == [1, 0]
    with pytest.raises(Impossible):
        entropy_weights(np.ones((3, 2)), [True, True])


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32), st.integers(2, 8), st.integers(2, 4))
def test_the_first_changes_exactly_where_it_is_said(seed, n, k):
    rng = np.random.default_rng(seed)
    scaled, weights = rng.random((n, k)), rng.dirichlet(np.ones(k))
    first = int((scaled @ weights).argmax())
    for c, turn in enumerate(swings(scaled, weights)):
        rest = np.delete(weights, c) / np.delete(weights, c).sum()

        def leader(t, c=c, rest=rest):
            return int((scaled @ np.insert(rest * (1 - t), c, t)).argmax())

        for edge, to, out in ((turn.lower, turn.lower_to, -1e-6), (turn.upper, turn.upper_to, 1e-6)):
            stop = (0.0 if out < 0 else 1.0) if edge is None else edge
            assert all(leader(t) == first for t in np.linspace(weights[c], stop - out, 7)[:-1])
            if edge is not None and 1e-5 < edge < 1 - 1e-5:
                assert leader(edge + out) == to


def test_ranks_are_shared_and_shaking_by_nothing_changes_nothing():
    assert ranks(np.array([3.0, 1, 3])).tolist() == [1, 3, 1]
    scaled = np.array([[1.0, 0], [0.4, 0.9], [0, 0.2]])
    best, worst, first = shaken(scaled, np.array([0.5, 0.5]), by=1e-9)
    assert best.tolist() == worst.tolist() == [2, 1, 3]
    assert first.tolist() == [0, 1, 0]
    best, worst, _first = shaken(scaled, np.array([0.55, 0.45]), by=0.5)
    assert (best[0], worst[0]) == (1, 2)
