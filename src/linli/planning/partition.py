"""Dividing: connected parts first, then rounds of search in each, each round a pure function of seed and number.

    task = Task(xy, w, far, links, k, low, high)
    division = divide(task, seed=1)

A first round grows units from seeds and anneals; the following ones warm the best up again, or grow anew while its band is missed.
Areas of more than ``LEAF`` units are halved until they are small, solved there, and then searched as a whole. What is measured is in
docs/benchmarks.md.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from time import monotonic

import numpy as np
from scipy.optimize import linear_sum_assignment

from linli.planning import starts
from linli.planning.anneal import Board, Heat, clashes, search
from linli.planning.task import Division, Impossible, Miss, Task

ROUNDS = 3
MORE = 8  # rounds that may miss a band and are not counted
PATIENT = 4  # rounds after which units are grown anew while the band is missed: from the present ones it may be out of reach
HALVINGS = 12  # of a large area in one round, of which the best is gone on with; two for each unit more than a leaf has, up to so many
LEAF = 10  # units that are searched from one growth
TRIES = 2200  # of one round, for each building
Watch = Callable[[float], None]


class Search:
    """One connected part. ``best`` holds labels, penalty and cost so far; ``round`` makes it better, never worse."""

    def __init__(self, task: Task, seed: int) -> None:
        self.task, self.seed = _numbered(task), seed
        self.names = np.unique(task.fixed[task.fixed >= 0])  # of the fixed units, by their number here
        self.done = self.good = 0  # rounds made, and those of them after which the band was kept
        self.board = Board(task.far, task.w, task.links.ptr, task.links.nbr)
        self.kept = bool((task.home >= 0).any())
        self.heir = np.full(task.k, -1)
        self.home = np.full(task.n, -1)
        self.frozen = task.fixed >= 0
        self.best: tuple[np.ndarray, float, float] | None = None
        if task.k == 1:
            self.best = np.zeros(task.n, np.int64), self._outside(np.zeros(task.n, np.int64)), 0.0

    def seen_from_outside(self, error: Impossible, members: np.ndarray) -> Impossible:
        """The same, with unit and buildings numbered as in the whole task."""
        given = dict(error.params)
        if "unit" in given:
            given["unit"] = int(self.names[given["unit"]])
        if "node" in given:
            given["node"] = int(members[given["node"]])
        return Impossible(error.code, **given)

    def wants(self, rounds: int) -> bool:
        """Whether another round is due: ``rounds`` from the first that kept within the band, and ``MORE`` to get there."""
        return self.good < rounds and self.done < rounds + MORE

    def _outside(self, lab: np.ndarray) -> float:
        weight = np.bincount(lab, weights=self.task.w, minlength=self.task.k)
        return float(np.maximum(0, np.maximum(weight - self.task.high, self.task.low - weight)).sum())

    def round(self, watch: Watch | None = None) -> None:
        self.done += 1
        if self.task.k == 1:
            self.good = self.done = 10**6
            return
        rng = np.random.default_rng([self.seed, self.done])
        missed = self.best is not None and self.best[1] > 1e-6
        if missed and self.done > PATIENT and (self.kept or self.task.k <= LEAF):
            found = self._anew(rng, watch)
        elif self.best is None or (missed and not self.kept and self.done % 2):
            found = self._begin(rng, watch)
        else:
            found = self._search(self.best[0], self._heat(0.5, 0.5), rng, watch)
        if self.best is None or (round(found[1], 6), found[2]) < (round(self.best[1], 6), self.best[2]):
            self.best = found
        self.good += self.best[1] <= 1e-6

    def _heat(self, hot: float, effort: float, faithful: bool = True) -> Heat:
        """A price per household that a penalty can't undercut, and a temperature that lets go of home before it settles the walking."""
        faithful = faithful and self.kept
        own = 1 + (self.task.stay / self.board.link if faithful else 0)
        if self.task.k > LEAF and not faithful:  # a penalty that rises: over a large area it takes time until households have moved up
            return Heat(int(3 * TRIES * self.task.n * effort), hot=0.6, cold=0.1, price=12, cheap=0.1, edge=0.05)
        return Heat(int(TRIES * self.task.n * effort), hot=hot * own, cold=0.1, price=1.5 * own)

    def _begin(self, rng: np.random.Generator, watch: Watch | None) -> tuple[np.ndarray, float, float]:
        task = self.task
        if self.kept:
            lab, heir = starts.carried(task)
            self.heir = heir
            self.home = _homes(task.home, heir)
            return self._search(lab, self._heat(0.5, 1), rng, watch)
        if (task.fixed >= 0).any():
            return self._search(starts.fresh(task, rng), self._heat(1, 1), rng, watch)
        if task.k > LEAF:  # how a large area was halved decides more than how long it is searched: the best of several
            halvings = min(HALVINGS, 2 * (task.k - LEAF))
            found = [self._search(leaves(task, rng), self._heat(1, 1 / 3), rng, watch) for _ in range(halvings)]
            return min(found, key=lambda f: (round(f[1], 6), f[2]))
        return self._search(starts.fresh(task, rng), self._heat(1, 1), rng, watch)

    def _anew(self, rng: np.random.Generator, watch: Watch | None) -> tuple[np.ndarray, float, float]:
        """Units grown and searched without regard to the present ones; each is then taken for the one it shares most households with."""
        task = self.task
        try:
            start = starts.fresh(task, rng) if task.k <= LEAF or (task.fixed >= 0).any() else leaves(task, rng)
        except Impossible:  # what is fixed leaves these no room; those carried over had some
            assert self.best is not None
            return self.best
        grown = self._search(start, replace(self._heat(1, 1, faithful=False), edge=0.05), rng, watch, faithful=False)[0]
        shared = np.zeros((task.k, task.k))
        known = self.home >= 0
        np.add.at(shared, (grown[known], self.home[known]), task.w[known])
        fixed = task.fixed >= 0
        np.add.at(shared, (grown[fixed], task.fixed[fixed]), float(task.w.sum()) + 1)
        return self._search(linear_sum_assignment(-shared)[1][grown], self._heat(0.5, 0.5), rng, watch)

    def _search(
        self, lab, heat: Heat, rng: np.random.Generator, watch: Watch | None, faithful: bool = True
    ) -> tuple[np.ndarray, float, float]:
        task = self.task
        band = np.full(task.k, task.low), np.full(task.k, task.high)
        return search(
            self.board, lab, *band, heat, rng, apart=task.apart, home=self.home, stay=task.stay if self.kept and faithful else 0.0,
            frozen=self.frozen, watch=watch,
        )  # fmt: skip


def _numbered(task: Task) -> Task:
    """The same with present and fixed units numbered from 0, those with fixed sites first: they are units of the division by number."""
    held = np.unique(task.fixed[task.fixed >= 0])
    if len(held) > task.k:
        raise Impossible("fixed_more_units", units=task.k)
    others = np.setdiff1d(task.home[task.home >= 0], held)
    place = {int(name): number for number, name in enumerate([*held, *others])} | {-1: -1}
    return replace(
        task, home=np.array([place[int(h)] for h in task.home]), fixed=np.array([place[int(f)] for f in task.fixed])
    )  # fmt: skip


def leaves(task: Task, rng: np.random.Generator) -> np.ndarray:
    """A division of a large area: halved until a part has at most ``LEAF`` units, each part searched by itself."""
    if task.k <= LEAF:
        board = Board(task.far, task.w, task.links.ptr, task.links.nbr)
        if task.k == 1:
            return np.zeros(task.n, np.int64)
        band = np.full(task.k, task.low), np.full(task.k, task.high)
        none = np.full(task.n, -1)
        heat = Heat(TRIES * task.n // 2, hot=1.0, cold=0.1, price=1.5, edge=0.05)
        return search(
            board, starts.fresh(task, rng), *band, heat, rng, apart=task.apart, home=none, stay=0.0, frozen=np.zeros(task.n, bool)
        )[0]
    inside, first = starts.halves(task, task.k)
    lab = np.empty(task.n, np.int64)
    lab[inside] = leaves(task.part(np.flatnonzero(inside), first), rng)
    lab[~inside] = first + leaves(task.part(np.flatnonzero(~inside), task.k - first), rng)
    return lab


def _homes(home: np.ndarray, heir: np.ndarray) -> np.ndarray:
    """Each building's home as a unit's number; -1 where its present unit is not continued."""
    place = {int(h): u for u, h in enumerate(heir) if h >= 0}
    return np.array([place.get(int(h), -1) if h >= 0 else -1 for h in home])


def divide(task: Task, *, seed: int = 1, rounds: int = ROUNDS, seconds: float | None = None, watch: Watch | None = None) -> Division:
    """The best division of ``task`` that so many rounds find. See ``divide_all``."""
    return divide_all([task], seed=seed, rounds=rounds, seconds=seconds, watch=watch)[0]


def divide_all(
    tasks: Sequence[Task], *, seed: int = 1, rounds: int = ROUNDS, seconds: float | None = None, watch: Watch | None = None
) -> list[Division]:
    """The best division of each task found in so many rounds or, with ``seconds``, in as many as begin before they are over.

    Rounds that miss a band do not count, up to ``MORE`` of them. The rounds made are in the result: asked for again by number they give
    the same result again. Units outside their band are in ``misses`` with the reason. ``watch`` is told the part done (0 to 1) several
    times a second, and may raise to stop. Raises Impossible where there can be no division at all.
    """
    plans = [[_cut(task, members, k) for members, k in allot(task)] for task in tasks]
    searches = [[Search(part, seed) for _, part in plan] for plan in plans]
    flat = [one for of in searches for one in of]
    parts = [members for plan in plans for members, _ in plan]
    began, level = monotonic(), 0
    while level < rounds if seconds is None else level == 0 or monotonic() - began < seconds:
        level += 1
        for number, one in enumerate(flat):
            while one.wants(level):
                try:
                    one.round(_part_done(watch, level, number, len(flat), rounds, seconds, began))
                except Impossible as error:
                    raise one.seen_from_outside(error, parts[number]) from None
    return [_together(task, plan, of, level, seed) for task, plan, of in zip(tasks, plans, searches, strict=True)]


def _cut(task: Task, members: np.ndarray, k: int) -> tuple[np.ndarray, Task]:
    return (members, replace(task, k=k)) if len(members) == task.n else (members, task.part(members, k))


def _part_done(watch: Watch | None, level: int, number: int, count: int, rounds: int, seconds: float | None, began: float) -> Watch | None:
    if watch is None:
        return None
    if seconds is not None:
        return lambda part: watch(min(1.0, (monotonic() - began) / max(seconds, 1e-9)))
    return lambda part: watch((level - 1 + (number + part) / count) / rounds)


def allot(task: Task) -> list[tuple[np.ndarray, int]]:
    """The connected parts with the units each gets, by what keeps their size nearest to the middle of the band; k in all where it can be."""
    parts = task.links.components()
    if task.k > task.n:
        raise Impossible("more_units_than_buildings", units=task.k, buildings=task.n)
    if len(parts) > task.k:
        raise Impossible("more_parts_than_units", parts=len(parts), units=task.k, node=int(parts[-1][0]), members=parts[-1].tolist())
    weight = [float(task.w[p].sum()) for p in parts]
    middle = (task.low + task.high) / 2
    units = np.array([min(nearest(h, middle), len(p)) for h, p in zip(weight, parts, strict=True)])
    while units.sum() != task.k:
        step = 1 if units.sum() < task.k else -1
        able = [c for c in range(len(parts)) if 1 <= units[c] + step <= len(parts[c])]
        c = min(able, key=lambda c: abs(weight[c] / (units[c] + step) - middle))
        units[c] += step
    return [(p, int(u)) for p, u in zip(parts, units, strict=True)]


def nearest(households: float, size: float) -> int:
    """The number of units whose mean size is nearest to ``size``, at least one."""
    fewer = max(1, int(households / max(size, 1e-9)))
    return min((fewer, fewer + 1), key=lambda k: abs(households / k - size))


def faults(task: Task) -> list[Miss]:
    """What can be seen without a search to keep units out of their band: too large a building, a part cut off. Raises Impossible."""
    found = [Miss("too_large", -1, int(i), float(task.w[i])) for i in np.flatnonzero(task.w > task.high + 1e-6)]
    for members, k in allot(task):
        whole = float(task.w[members].sum())
        if not task.low - 1e-6 <= whole / k <= task.high + 1e-6:
            found.append(Miss("cut_off", -1, int(members[0]), whole, tuple(members.tolist())))
    return found


def _together(task: Task, plans: Sequence[tuple[np.ndarray, Task]], searches: Sequence[Search], rounds: int, seed: int) -> Division:
    lab = np.empty(task.n, np.int64)
    first = 0
    for (members, part), one in zip(plans, searches, strict=True):
        assert one.best is not None
        lab[members] = first + one.best[0]
        first += part.k
    return judge(task, lab, rounds=rounds, seed=seed)


def judge(task: Task, lab: np.ndarray, *, rounds: int = 0, seed: int = 0) -> Division:
    """A division looked at afresh, whoever made it: sizes, middles, walking, who moves, and why units are outside their band."""
    k = task.k
    households = np.bincount(lab, weights=task.w, minlength=k)
    middle, walked = np.zeros(k, np.int64), 0.0
    for u in range(k):
        of = np.flatnonzero(lab == u)
        cost = task.far[np.ix_(of, of)] @ task.w[of]
        middle[u] = of[cost.argmin()]
        walked += float(cost.min())
    heir, moved = _heirs(task, lab)
    outside = np.maximum(0, np.maximum(households - task.high, task.low - households))
    return Division(
        lab=lab, k=k, households=households, middle=middle, heir=heir, walking=walked / max(float(task.w.sum()), 1e-9), moved=moved,
        missed=float(outside[outside > 1e-6].sum()), clashes=clashes(task.apart, lab), rounds=rounds, seed=seed,
        misses=tuple(_why(task, lab, households)),
    )  # fmt: skip


def _heirs(task: Task, lab: np.ndarray) -> tuple[np.ndarray, float]:
    """Which present (or fixed) unit each unit continues, so that the fewest households change; and how many do."""
    heir = np.full(task.k, -1)
    named = np.where(task.fixed >= 0, task.fixed, task.home)
    known = named >= 0
    if not known.any():
        return heir, 0.0
    names = np.unique(named[known])
    shared = np.zeros((len(names), task.k))
    np.add.at(shared, (np.searchsorted(names, named[known]), lab[known]), task.w[known] + 1e-6)
    bound_to = task.fixed >= 0  # what is fixed names its unit, whatever the others' homes are
    np.add.at(shared, (np.searchsorted(names, task.fixed[bound_to]), lab[bound_to]), float(task.w.sum()) + 1)
    rows, columns = linear_sum_assignment(-shared)
    for r, c in zip(rows, columns, strict=True):
        if shared[r, c] > 0:
            heir[c] = names[r]
    had = task.home >= 0
    return heir, float(task.w[had & (heir[lab] != task.home)].sum())


def _why(task: Task, lab: np.ndarray, households: np.ndarray) -> list[Miss]:
    found = []
    heavy = task.w > task.high + 1e-6
    pieces = {int(i): (number, piece) for number, piece in enumerate(task.links.components()) for i in piece}
    for u in range(task.k):
        if task.low - 1e-6 <= households[u] <= task.high + 1e-6:
            continue
        of = np.flatnonzero(lab == u)
        piece = pieces[int(of[0])][1]
        whole = float(task.w[piece].sum())
        if heavy[of].any():
            i = int(of[heavy[of]][0])
            found.append(Miss("too_large", u, i, float(task.w[i])))
        elif not task.low - 1e-6 <= whole / len(np.unique(lab[piece])) <= task.high + 1e-6:
            found.append(Miss("cut_off", u, int(piece[0]), whole, tuple(piece.tolist())))
        elif heavy[piece].any():
            i = int(piece[heavy[piece]][0])
            found.append(Miss("beside_too_large", u, i, float(task.w[i])))
        else:
            found.append(Miss("not_found", u, int(of[0]), float(households[u]), tuple(of.tolist())))
    return found
