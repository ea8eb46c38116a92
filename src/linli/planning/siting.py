"""Where the next facilities should stand: the fewest metres to walk, the most people within reach, or room enough for all. Pure.

``cost`` is metres from each demand point (row) to each candidate site (column), ``weight`` the households at each point. Every answer
carries a bound that no choice can beat, so the page can say how near the best it is; where bound and value meet it is proven the best.

Where no choice fits ``Impossible`` is raised: sites (fewer candidates than asked for), capacity (together they hold too little), shape, cost.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from linli.planning.relaxation import Relaxed, relax
from linli.planning.solving import solve
from linli.planning.task import Impossible

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Watch = Callable[[float], object]

TRIES = 200
"""Starts of one search after which going on is of little use: the proof is worth more."""
LARGEST = 60_000
"""Pairs of point and site up to which what is left open is solved exactly."""
GROUP = 32
"""Candidates looked at in one go."""
EQUAL = 1e-9
"""Relative difference below which two sums are the same: the order of adding is no difference."""


@dataclass(frozen=True, slots=True)
class Sited:
    """A choice of sites. ``chosen``: columns in rising order, those given as standing included; ``of``: which of them each point goes to.

    ``value`` is what was asked for (metres in all, or households within reach) and ``bound`` what no choice can beat. ``tries``: starts of
    the search; asked for again by that number it finds the same, whatever the machine's speed.
    """

    chosen: Ints
    of: Ints
    value: float
    bound: float
    tries: int = 0

    @property
    def gap(self) -> float:
        """How far from the bound, as a share of it: 0 is proven the best."""
        return abs(self.value - self.bound) / abs(self.bound) if self.bound else 0.0

    @property
    def proven(self) -> bool:
        return self.gap <= EQUAL


def p_median(
    cost: Floats, weight: Floats, more: int, *, standing: Sequence[int] = (), seed: int = 0, seconds: float = 5.0, whole: bool = False,
    tries: int | None = None, watch: Watch | None = None,
) -> Sited:  # fmt: skip
    """The ``more`` sites beside those ``standing`` with the fewest household metres in all.

    Interchange of single sites from several starts (Resende and Werneck 2004), against a bound by Lagrangian relaxation; it ends when the
    two meet, after ``TRIES`` starts, or when ``seconds`` are over. ``tries``: so many starts, whatever time they take. ``whole``: costs times
    weights are whole numbers, so a bound may be rounded up. ``watch`` is told the part of the time that is over and stops it by raising.
    """
    cost, weight, kept = _checked(cost, weight, more, standing)
    began, total = time.perf_counter(), len(kept) + more
    search = _Interchange(cost, weight, kept, _clock(watch, began, seconds))
    rng = np.random.default_rng(seed)
    best, tried = search.descend(_greedy(cost, weight, kept, more)), 0
    bound = -np.inf
    known = None
    for share in (0.1, 0.6):  # look around, bound; look around for longer, bound more sharply, solve what is left
        until = np.inf if tries is not None else began + share * seconds
        most = TRIES if tries is None else tries
        best, tried = _searched(search, best, more, rng, bound, until, tried, min(most, TRIES // 4) if share < 0.5 else most)
        known = relax(cost, weight, total, kept, best[0], until=time.perf_counter() + 0.15 * seconds)
        bound = _rounded(max(bound, known.bound), best[1], whole)
        if _met(best[1], bound):
            break
    else:
        assert known is not None
        until = max(began + seconds, time.perf_counter() + 0.2 * seconds)
        best, exact = _proven(cost, weight, total, known, best, until, search.tick if watch else None)
        bound = _rounded(max(bound, exact), best[1], whole)
    chosen = np.sort(best[0])
    return Sited(chosen, chosen[cost[:, chosen].argmin(1)], best[1], min(bound, best[1]), tried)


def _clock(watch: Watch | None, began: float, seconds: float) -> Callable[[], object]:
    if watch is None:
        return lambda: None
    return lambda: watch(min(1.0, (time.perf_counter() - began) / seconds))


def _proven(
    cost: Floats, weight: Floats, total: int, known: Relaxed, best: tuple[Ints, float], until: float, tick: Callable[[], object] | None
) -> tuple[tuple[Ints, float], float]:
    """The best choice and its bound, by solving exactly what the relaxation left open, where that is small enough."""
    left = until - time.perf_counter()
    if left < 0.5 or len(cost) * len(known.open) > LARGEST:
        return best, known.bound
    from scipy import sparse
    from scipy.optimize import Bounds, LinearConstraint

    points, sites = len(cost), len(known.open)
    served = sparse.kron(sparse.eye(points), np.ones((1, sites)))
    once = sparse.hstack([sparse.csr_matrix((points, sites)), served])
    there = sparse.hstack([sparse.kron(np.ones((points, 1)), sparse.eye(sites)), -sparse.eye(points * sites)])
    number = sparse.hstack([sparse.csr_matrix(np.ones((1, sites))), sparse.csr_matrix((1, points * sites))])
    lowest = np.r_[np.isin(known.open, known.sure), np.zeros(points * sites)]
    solved = solve(
        np.r_[np.zeros(sites), (weight[:, None] * cost[:, known.open]).ravel()],
        tick=tick,
        constraints=[LinearConstraint(once, 1, 1), LinearConstraint(there, 0, np.inf), LinearConstraint(number, total, total)],
        integrality=np.r_[np.ones(sites), np.zeros(points * sites)],  # with whole sites each point goes whole to the nearest
        bounds=Bounds(lowest, 1.0),
        options={"time_limit": left, "mip_rel_gap": 0.0},
    )
    bound = max(known.bound, float(solved.mip_dual_bound)) if solved.mip_dual_bound is not None else known.bound
    if solved.x is not None:
        chosen = known.open[solved.x[:sites] > 0.5]
        value = float(weight @ cost[:, chosen].min(1))
        best = (chosen, value) if value < best[1] else best
    return best, min(bound, best[1])


def _met(value: float, bound: float) -> bool:
    return value - bound <= EQUAL * abs(bound)


def _searched(
    search: _Interchange, best: tuple[Ints, float], more: int, rng: np.random.Generator, bound: float, until: float, tried: int, most: int
) -> tuple[tuple[Ints, float], int]:
    """A better choice, looked for around the best and now and then anywhere, until it can't be bettered or time or tries are over."""
    while tried < most and not _met(best[1], bound) and time.perf_counter() < until:
        tried += 1
        sites = search.cost.shape[1]
        start = _random(sites, search.kept, more, rng) if tried % 10 == 0 else _shaken(best[0], sites, search.kept, rng)
        found = search.descend(start)
        if found[1] < best[1] - EQUAL * abs(best[1]):
            best = found
    return best, tried


def _checked(cost: Floats, weight: Floats, more: int, standing: Sequence[int]) -> tuple[Floats, Floats, Ints]:
    cost, weight = np.ascontiguousarray(cost, np.float64), np.asarray(weight, np.float64)
    kept = np.unique(np.asarray(standing, np.int64))
    if cost.ndim != 2 or weight.shape != cost.shape[:1] or not cost.size:
        raise Impossible("shape")
    if not np.isfinite(cost).all() or (cost < 0).any() or not np.isfinite(weight).all() or (weight < 0).any():
        raise Impossible("cost")
    if more < 0 or len(kept) + more < 1 or len(kept) + more > cost.shape[1]:
        raise Impossible("sites")
    return cost, weight, kept


def _rounded(bound: float, value: float, whole: bool) -> float:
    return min(value, float(np.ceil(bound - 1e-6))) if whole else bound


def _greedy(cost: Floats, weight: Floats, kept: Ints, more: int) -> Ints:
    """One site after the other, each the one that saves most."""
    chosen = list(kept)
    near = cost[:, kept].min(1) if len(kept) else np.full(len(cost), cost.max())
    for _n in range(more):
        saved = weight @ np.maximum(near[:, None] - cost, 0.0)
        saved[chosen] = -1.0
        chosen.append(int(saved.argmax()))
        near = np.minimum(near, cost[:, chosen[-1]])
    return np.array(chosen, np.int64)


def _random(sites: int, kept: Ints, more: int, rng: np.random.Generator) -> Ints:
    free = np.setdiff1d(np.arange(sites), kept)
    return np.concatenate([kept, rng.choice(free, more, replace=False)])


def _shaken(chosen: Ints, sites: int, kept: Ints, rng: np.random.Generator) -> Ints:
    """``chosen`` with up to a quarter of what isn't standing put elsewhere."""
    moved = np.setdiff1d(chosen, kept)
    free = np.setdiff1d(np.arange(sites), chosen)
    number = min(len(moved), len(free), 1 + int(rng.integers(max(1, len(moved) // 4 + 1))))
    if not number:
        return chosen
    away = rng.choice(moved, number, replace=False)
    return np.concatenate([np.setdiff1d(chosen, away), rng.choice(free, number, replace=False)])


class _Interchange:
    """Swaps one chosen site for another as long as that helps: candidates are looked at in small groups, the best swap of a group is made."""

    def __init__(self, cost: Floats, weight: Floats, kept: Ints, tick: Callable[[], object]) -> None:
        self.cost, self.weight, self.kept, self.tick = cost, weight, kept, tick
        self.by_site = np.ascontiguousarray(cost.T)
        self.groups = [slice(at, at + GROUP) for at in range(0, len(self.by_site), GROUP)]

    def descend(self, chosen: Ints) -> tuple[Ints, float]:
        chosen = chosen.copy()
        served = self._served(chosen)
        fruitless, turn = 0, 0
        while fruitless < len(self.groups):
            self.tick()
            out, into, change = self._best_swap(chosen, served, self.groups[turn])
            turn = (turn + 1) % len(self.groups)
            fruitless += 1
            if change < -EQUAL * max(served.value, 1.0):
                chosen[out] = into
                served, fruitless = self._served(chosen), 0
        return chosen, served.value

    def _served(self, chosen: Ints) -> _Served:
        among = self.by_site[chosen]
        order, points = among.argmin(0), np.arange(among.shape[1])
        first = among[order, points]
        among[order, points] = np.inf if len(chosen) > 1 else self.cost.max()
        theirs = np.zeros(among.shape)
        theirs[order, points] = self.weight
        return _Served(first, among.min(0), theirs, theirs @ first, float(self.weight @ first))

    def _best_swap(self, chosen: Ints, served: _Served, group: slice) -> tuple[int, int, float]:
        """Of all pairs (chosen site out, site of the group in) the one that changes the sum most (Resende and Werneck 2004)."""
        new = self.by_site[group]
        closer = np.minimum(new, served.first) @ self.weight - served.value
        # what losing its nearest costs each point, given the new site
        back = np.minimum(np.maximum(new, served.first), served.second)
        change = served.theirs @ back.T - served.each[:, None] + closer
        change[np.isin(chosen, self.kept)] = np.inf
        change[:, chosen[(chosen >= group.start) & (chosen < group.stop)] - group.start] = np.inf
        out, into = np.unravel_index(int(change.argmin()), change.shape)
        return int(out), group.start + int(into), float(change[out, into])


@dataclass(frozen=True, slots=True)
class _Served:
    """How far the nearest and the next of the chosen are, point by point; each site's points by their weight; the sums by site and in all."""

    first: Floats
    second: Floats
    theirs: Floats
    each: Floats
    value: float


def max_cover(
    within: NDArray[np.bool_], weight: Floats, more: int, *, standing: Sequence[int] = (), seconds: float = 30.0, watch: Watch | None = None
) -> Sited:
    """The ``more`` sites beside those ``standing`` that bring the most households within reach: exact, with HiGHS's own proof.

    ``within[i, j]``: point i is within reach of site j. ``of`` is -1 for points that stay out of reach. ``watch`` as for ``p_median``.
    """
    from scipy import sparse
    from scipy.optimize import Bounds, LinearConstraint

    reach, weight, kept = _checked(np.asarray(within, np.float64), weight, more, standing)
    points, sites = reach.shape
    fixed = np.zeros(sites)
    fixed[kept] = 1.0
    counted = sparse.hstack([sparse.csr_matrix(reach), -sparse.eye(points)])
    number = sparse.hstack([sparse.csr_matrix(np.ones((1, sites))), sparse.csr_matrix((1, points))])
    total = len(kept) + more
    solved = solve(
        np.r_[np.zeros(sites), -weight],
        tick=_clock(watch, time.perf_counter(), seconds) if watch else None,
        constraints=[LinearConstraint(counted, 0, np.inf), LinearConstraint(number, total, total)],
        integrality=np.r_[np.ones(sites), np.zeros(points)],  # with whole sites the points are whole by themselves
        bounds=Bounds(np.r_[fixed, np.zeros(points)], 1.0),
        options={"time_limit": seconds, "mip_rel_gap": 0.0},
    )
    chosen = np.flatnonzero(solved.x[:sites] > 0.5) if solved.x is not None else _greedy_cover(reach, weight, kept, more)
    met = reach[:, chosen] > 0
    value = float(weight[met.any(1)].sum())
    bound = -float(solved.mip_dual_bound) if solved.mip_dual_bound is not None else float(weight.sum())
    return Sited(chosen, np.where(met.any(1), chosen[met.argmax(1)], -1), value, max(value, min(bound, float(weight.sum()))))


def _greedy_cover(reach: Floats, weight: Floats, kept: Ints, more: int) -> Ints:
    chosen = list(kept)
    for _n in range(more):
        out = ~(reach[:, chosen] > 0).any(1)
        gain = (weight * out) @ reach
        gain[chosen] = -1.0
        chosen.append(int(gain.argmax()))
    return np.sort(np.array(chosen, np.int64))


def with_room(
    cost: Floats, weight: Floats, room: Floats, more: int, *, standing: Sequence[int] = (), seed: int = 0, seconds: float = 20.0,
    tries: int | None = None, watch: Watch | None = None,
) -> Sited:  # fmt: skip
    """As ``p_median``, but no site takes more households than it has room for, and a point is never torn apart.

    Sites and assignment are bettered in turn: the assignment exactly (HiGHS) for the sites at hand, the sites by interchange. Up to
    ``LARGEST`` pairs of point and site the whole question then goes to HiGHS for its bound or proof; above, the bound is that of the same
    question without the limit of room, so the true gap may be smaller. Raises Impossible("capacity").
    """
    cost, weight, kept = _checked(cost, weight, more, standing)
    room = np.asarray(room, np.float64)
    if room.shape != cost.shape[1:]:
        raise Impossible("shape")
    total = len(kept) + more
    free_room = np.sort(np.delete(room, kept))[::-1][:more].sum()
    if room[kept].sum() + free_room < weight.sum() or room.max() < weight.max():
        raise Impossible("capacity")
    began = time.perf_counter()
    first = (lambda part: watch(part / 4)) if watch else None
    free = p_median(cost, weight, more, standing=standing, seed=seed, seconds=seconds / 4, tries=TRIES // 4, watch=first)
    search = _Roomy(cost, weight, room, kept, np.random.default_rng(seed), _clock(watch, began, seconds))
    small = len(cost) * cost.shape[1] <= LARGEST
    best = search.search(free.chosen, began + seconds * (0.5 if small else 1.0), tries)
    bound = free.bound
    if small:
        left = max(seconds / 4, began + seconds - time.perf_counter())
        best, exact = whole_with_room(cost, weight, room, kept, total, best, left, search.tick if watch else None)
        bound = max(bound, exact)
    if best is None:
        raise Impossible("capacity")
    return replace(best, bound=min(bound, best.value), tries=search.tried)


def whole_with_room(
    cost: Floats,
    weight: Floats,
    room: Floats,
    kept: Ints,
    total: int,
    best: Sited | None,
    seconds: float,
    tick: Callable[[], object] | None = None,
) -> tuple[Sited | None, float]:
    """The whole question as one model: its bound, and its choice where that is better."""
    from scipy import sparse
    from scipy.optimize import Bounds, LinearConstraint

    points, sites = cost.shape
    served = sparse.kron(sparse.eye(points), np.ones((1, sites)))
    once = sparse.hstack([sparse.csr_matrix((points, sites)), served])
    there = sparse.hstack([sparse.kron(np.ones((points, 1)), sparse.eye(sites)), -sparse.eye(points * sites)])
    load = sparse.hstack([sparse.diags(room), -sparse.kron(weight[None, :], sparse.eye(sites))])
    number = sparse.hstack([sparse.csr_matrix(np.ones((1, sites))), sparse.csr_matrix((1, points * sites))])
    lowest = np.zeros(sites + points * sites)
    lowest[kept] = 1.0
    solved = solve(
        np.r_[np.zeros(sites), (weight[:, None] * cost).ravel()],
        tick=tick,
        constraints=[
            LinearConstraint(once, 1, 1), LinearConstraint(there, 0, np.inf), LinearConstraint(load, 0, np.inf),
            LinearConstraint(number, total, total),
        ],
        integrality=1,
        bounds=Bounds(lowest, 1.0),
        options={"time_limit": seconds, "mip_rel_gap": 0.0},
    )  # fmt: skip
    if solved.status == 2:  # there is no way to place whole points in the room there is
        return None, np.inf
    if solved.x is not None and (best is None or solved.fun < best.value - EQUAL * best.value):
        of = solved.x[sites:].reshape(points, sites).argmax(1)
        value = float(weight @ cost[np.arange(points), of])
        if best is None or value < best.value:
            best = Sited(np.flatnonzero(solved.x[:sites] > 0.5), of, value, 0.0)
    return best, float(solved.mip_dual_bound) if solved.mip_dual_bound is not None else -np.inf


class _Roomy:
    """Search over sites with an exact assignment for each."""

    def __init__(
        self, cost: Floats, weight: Floats, room: Floats, kept: Ints, rng: np.random.Generator, tick: Callable[[], object]
    ) -> None:
        self.cost, self.weight, self.room, self.kept, self.rng, self.tick = cost, weight, room, kept, rng, tick
        self.tried = 0

    def search(self, chosen: Ints, until: float, tries: int | None) -> Sited | None:
        until, most = (until, TRIES) if tries is None else (np.inf, tries)
        best = self._bettered(chosen, until)
        while self.tried < most and time.perf_counter() < until:
            self.tried += 1
            self.tick()
            start = _shaken(best.chosen, self.cost.shape[1], self.kept, self.rng) if best else self._other(len(chosen))
            found = self._bettered(start, until)
            if found and (best is None or found.value < best.value - EQUAL * best.value):
                best = found
        return best

    def _other(self, number: int) -> Ints:
        """Sites by chance, roomy ones likelier, where the nearest ones hold too little."""
        free = np.setdiff1d(np.arange(len(self.room)), self.kept)
        odds = self.room[free] / self.room[free].sum()
        return np.concatenate([self.kept, self.rng.choice(free, number - len(self.kept), replace=False, p=odds)])

    def _bettered(self, chosen: Ints, until: float) -> Sited | None:
        """Assign, move each site to the middle of those assigned to it, assign again, until nothing moves."""
        found = self._assigned(np.sort(chosen), until)
        while found is not None:
            moved = self._middles(found)
            if (moved == found.chosen).all() or time.perf_counter() >= until:
                break
            again = self._assigned(np.sort(moved), until)
            if again is None or again.value >= found.value - EQUAL * found.value:
                break
            found = again
        return found

    def _middles(self, found: Sited) -> Ints:
        """For each site the candidate, of room enough, from which its own households walk least."""
        taken = set(found.chosen.tolist())
        middles = []
        for site in found.chosen:
            mine = found.of == site
            if site in self.kept or not mine.any():
                middles.append(int(site))
                continue
            walk = self.weight[mine] @ self.cost[mine]
            walk[self.room < self.weight[mine].sum()] = np.inf
            walk[[t for t in taken if t != site]] = np.inf
            middles.append(int(walk.argmin()))
            taken = (taken - {int(site)}) | {middles[-1]}
        return np.array(middles, np.int64)

    def _assigned(self, chosen: Ints, until: float) -> Sited | None:
        """Every point to one of ``chosen`` within its room, with the fewest household metres; None where they can't all be placed."""
        from scipy import sparse
        from scipy.optimize import Bounds, LinearConstraint, milp

        if self.room[chosen].sum() < self.weight.sum():
            return None
        points, sites = len(self.cost), len(chosen)
        once = sparse.kron(sparse.eye(points), np.ones((1, sites)))
        load = sparse.kron(self.weight[None, :], sparse.eye(sites))
        solved = milp(
            (self.weight[:, None] * self.cost[:, chosen]).ravel(),
            constraints=[LinearConstraint(once, 1, 1), LinearConstraint(load, -np.inf, self.room[chosen])],
            integrality=np.ones(points * sites),
            bounds=Bounds(0, 1),
            options={"time_limit": min(60.0, max(0.5, until - time.perf_counter())), "mip_rel_gap": 1e-4},
        )
        if solved.x is None:
            return None
        of = chosen[solved.x.reshape(points, sites).argmax(1)]
        return Sited(chosen, of, float(self.weight @ self.cost[np.arange(points), of]), 0.0)
