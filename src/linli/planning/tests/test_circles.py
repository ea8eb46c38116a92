"""Walking: against the plainest way of searching, and by hand."""

from __future__ import annotations

import heapq
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse.csgraph import dijkstra

from linli.planning.circles import FEWEST, Circle, circles, complete
from linli.planning.network import NoNetwork, network_of, straight, straight_between

CROSS = [np.array([[0.0, 0], [600, 0], [1200, 0]]), np.array([[600.0, 0], [600, 900]])]


def test_ways_join_where_lines_share_a_point_and_nowhere_else():
    net = network_of([*CROSS, np.array([[300.0, -50], [300, 50]])])  # the last one is a bridge
    assert len(net.xy) == 4
    assert net.dropped == 2
    walk = net.from_sites(np.array([[0.0, 0]]), 5000)
    assert {tuple(p): w for p, w in zip(net.xy.tolist(), walk, strict=True)} == {
        (0.0, 0.0): pytest.approx(0, abs=1e-5),
        (600.0, 0.0): pytest.approx(600),
        (1200.0, 0.0): pytest.approx(1200),
        (600.0, 900.0): pytest.approx(1500),
    }


def test_a_site_off_the_street_is_farther_by_as_much():
    net = network_of(CROSS)
    walk = net.from_sites(np.array([[0.0, 30], [0.0, 10]]), 5000)
    assert walk.min() == pytest.approx(10)


def test_beyond_the_limit_nothing_is_reached_and_without_sites_nowhere():
    net = network_of(CROSS)
    assert np.isfinite(net.from_sites(np.array([[0.0, 0]]), 700)).sum() == 2
    assert not np.isfinite(net.from_sites(np.zeros((0, 2)), 700)).any()
    assert not np.isfinite(straight(np.zeros((3, 2)), np.zeros((0, 2)))).any()


@pytest.mark.parametrize("lines", [[], [np.zeros((1, 2))], [np.zeros((2, 2))]])
def test_lines_that_make_no_network_are_refused(lines):
    with pytest.raises(NoNetwork):
        network_of(lines)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.integers(2, 25), st.integers(1, 5))
def test_every_walk_is_the_shortest(seed, points, sites):
    rng = np.random.default_rng(seed)
    xy = rng.uniform(0, 1000, (points, 2)).round()
    lines = [xy[rng.choice(points, 2, replace=False)] for _n in range(points * 2)]
    try:
        net = network_of(lines)
    except NoNetwork:
        return
    at = rng.uniform(0, 1000, (sites, 2))
    known = _plain_search(net, *net.nearest(at))
    assert net.from_sites(at, np.inf) == pytest.approx(known)
    table = net.between(net.xy, at)
    assert table.min(1) == pytest.approx(known)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.integers(2, 60), st.integers(1, 5), st.sampled_from([0.0, 200.0, 900.0, np.inf]))
def test_compiled_or_not_every_walk_is_the_same(seed, points, sites, most):
    rng = np.random.default_rng(seed)
    xy = rng.uniform(0, 1000, (points, 2)).round()
    try:
        net = network_of([xy[rng.choice(points, 2, replace=False)] for _n in range(points * 2)])
    except NoNetwork:
        return
    at, away = net.nearest(rng.uniform(0, 1000, (sites, 2)))
    with_scipy = dijkstra(net._with_door(at, away), directed=True, indices=len(net.xy), limit=most)[:-1]
    assert net._spread(at, away, most).tolist() == with_scipy.tolist()


def test_what_stands_beside_a_long_straight_way_is_joined_where_it_stands():
    coarse, fine = network_of(CROSS), network_of(CROSS, fine=True)
    beside = np.array([[310.0, 20]])
    assert coarse.nearest(beside)[1][0] > 280
    assert fine.nearest(beside)[1][0] < 35
    assert fine.from_sites(np.array([[0.0, 0]]), 5000).max() == pytest.approx(1500)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([50.0, 200.0, np.inf]))
def test_what_lies_far_from_any_way_is_reached_straight_and_all_else_along_the_ways(seed, off):
    rng = np.random.default_rng(seed)
    net = replace(network_of(CROSS, fine=True), off=off, detour=1.3)
    points, sites = rng.uniform(-600, 1500, (12, 2)), rng.uniform(-600, 1500, (4, 2))
    table, crow = net.between(points, sites), straight_between(points, sites, 1.3)
    lost = (net.nearest(points)[1] > off)[:, None] | (net.nearest(sites)[1] > off)[None, :]
    assert table[lost] == pytest.approx(crow[lost])
    assert table[~lost] == pytest.approx(replace(net, off=np.inf).between(points, sites)[~lost])
    assert net.to_nearest(points, sites, np.inf) == pytest.approx(table.min(1))


def _plain_search(net, at, away):
    ways = net.ways.toarray()
    far = np.full(len(ways), np.inf)
    heap = [(d, n) for d, n in zip(away.tolist(), at.tolist(), strict=True)]
    heapq.heapify(heap)
    while heap:
        d, n = heapq.heappop(heap)
        if d >= far[n]:
            continue
        far[n] = d
        for m in np.flatnonzero(ways[n]):
            heapq.heappush(heap, (d + ways[n, m], int(m)))
    return far


def test_who_is_in_the_circle_and_who_is_left_out():
    at = np.array([[0.0, 0], [1199, 0], [1300, 0]])
    households, elderly = np.array([10, 20, 30]), np.array([1, 2, 4])
    found = circles(at, households, elderly, {"clinic": np.array([[0.0, 0]]), "park": np.zeros((0, 2))}, detour=1.0)
    clinic, park = found
    assert (clinic.reached, clinic.left_out, clinic.share) == (30, 30, 0.5)
    assert (park.reached, park.left_out, park.elderly_left_out) == (0, 60, 7)
    assert clinic.elderly_left_out is None  # four households: somebody's door
    assert clinic.out.tolist() == [False, False, True]
    assert not complete(found).any()


def test_a_slower_walk_reaches_less():
    at = np.array([[0.0, 0], [900, 0]])
    counts = np.array([5, 5])
    shares = [circles(at, counts, counts, {"clinic": at[:1]}, detour=1.0, pace=pace)[0].share for pace in (80.0, 50.0)]
    assert shares == [1.0, 0.5]


@pytest.mark.parametrize("out", range(8))
def test_few_elderly_households_are_never_counted_out_loud(out):
    circle = Circle("clinic", 1, np.zeros(1), 100, 50, 10, 10 - out)
    assert circle.elderly_left_out == (out if out == 0 or out >= FEWEST else None)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32))
def test_another_site_leaves_nobody_farther_away(seed):
    rng = np.random.default_rng(seed)
    at, sites = rng.uniform(0, 4000, (30, 2)), rng.uniform(0, 4000, (4, 2))
    counts = rng.integers(1, 9, 30)
    fewer, more = circles(at, counts, counts, {"a": sites[:3], "b": sites})
    assert (more.metres <= fewer.metres).all()
    assert more.reached >= fewer.reached
