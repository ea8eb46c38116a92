"""Which deadlines will these people keep? Work arrives by chance, is done by posts one piece at a time, the nearest deadline first. Pure.

A simulation of events in working minutes: it shows what averages hide, that a post busy 95 % of its time is late long before it is overfull.
Held against the known formula for posts of several people in the tests.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, sqrt

import numpy as np

WARM = 0.2
"""Part of the time that only fills the shelves and isn't counted."""
RUNS = 20
MOST_EVENTS = 2_000_000
SURE = 2.093
"""Student's t for 95 % with 19 degrees of freedom: the interval of ``RUNS`` runs."""


@dataclass(frozen=True, slots=True)
class Post:
    """``count`` people, each ``hours`` of a working day on such work, less ``duties`` hours a week that are bound elsewhere (visits, meetings)."""

    name: str
    count: int
    hours: float = 8.0
    duties: float = 0.0

    @property
    def minutes(self) -> float:
        """Minutes of one person on one day that are left for what arrives."""
        return max(0.0, self.hours - self.duties / 5) * 60


@dataclass(frozen=True, slots=True)
class Work:
    """``a_day`` pieces arrive on a working day, take ``minutes`` on average (``spread``: standard deviation as a part of that), by ``post``, and
    are to be done within ``days`` working days.
    """

    kind: str
    post: str
    a_day: float
    minutes: float
    days: float
    spread: float = 1.0


@dataclass(frozen=True, slots=True)
class Kept:
    """Of one kind: the share done in time, how sure (±), days from arrival to done: mean and nine in ten."""

    kind: str
    share: float
    plus_minus: float
    mean_days: float
    nine_in_ten: float


@dataclass(frozen=True, slots=True)
class Busy:
    """Of one post: minutes that arrive on a day, minutes there are, and the share; above 1 the shelf grows without end."""

    post: str
    asked: float
    there: float

    @property
    def load(self) -> float:
        return self.asked / self.there if self.there else np.inf


def busy(posts: Sequence[Post], works: Sequence[Work]) -> list[Busy]:
    return [Busy(p.name, sum(w.a_day * w.minutes for w in works if w.post == p.name), p.count * p.minutes) for p in posts]


def foresee(
    posts: Sequence[Post],
    works: Sequence[Work],
    *,
    days: int = 250,
    runs: int = RUNS,
    seed: int = 1,
    tick: Callable[[], object] | None = None,
) -> list[Kept]:
    """What ``days`` working days will be like, ``runs`` times over: for each kind how much is done in time. ``tick`` is called at each run and
    may stop it by raising.
    """
    found: dict[str, list[np.ndarray]] = {w.kind: [] for w in works}
    for post in posts:
        mine = [w for w in works if w.post == post.name]
        for run in range(runs):
            if tick:
                tick()
            for work, waits in zip(mine, _one(post, mine, days, np.random.default_rng([seed, run, _number(post.name)])), strict=True):
                found[work.kind].append(waits)
    return [_kept(w, found[w.kind]) for w in works]


def _number(name: str) -> int:
    """The same for the same name: each post has its own chances, whatever other posts there are."""
    return int.from_bytes(name.encode()[-6:], "big")


def _one(post: Post, works: Sequence[Work], days: int, rng: np.random.Generator) -> list[np.ndarray]:
    """Days from arrival to done of each piece that arrives after the warming up; infinite where it is never done. One post, one run."""
    if not works:
        return []
    per_day = post.minutes
    arrivals: list[tuple[float, int, float]] = []
    for n, work in enumerate(works):
        count = rng.poisson(work.a_day * days)
        when = np.sort(rng.uniform(0, days, count))
        shape = 1 / max(work.spread, 1e-3) ** 2
        lasts = rng.gamma(shape, work.minutes / shape, count)
        arrivals += list(zip(when.tolist(), [n] * count, lasts.tolist(), strict=True))
    arrivals.sort()
    waits: list[list[float]] = [[] for _ in works]
    if not per_day or not post.count:
        return [np.array([np.inf for a in arrivals if a[1] == n and a[0] >= WARM * days]) for n in range(len(works))]
    free = [0.0] * post.count  # when each is free again, in days
    shelf: list[tuple[float, float, int, float]] = []
    at = 0
    while at < len(arrivals) or shelf:
        now = free[0]
        if not shelf and at < len(arrivals):
            now = max(now, arrivals[at][0])
        while at < len(arrivals) and arrivals[at][0] <= now:
            came, n, took = arrivals[at]
            heapq.heappush(shelf, (came + works[n].days, came, n, took))
            at += 1
        _due, came, n, took = heapq.heappop(shelf)
        done = max(now, came) + took / per_day
        heapq.heapreplace(free, done)
        if came >= WARM * days:
            waits[n].append(done - came)
    return [np.array(w) for w in waits]


def _kept(work: Work, runs: Sequence[np.ndarray]) -> Kept:
    shares = np.array([float((r <= work.days + 1e-9).mean()) for r in runs if len(r)])
    every = np.concatenate(runs) if runs else np.zeros(0)
    if not len(shares):
        return Kept(work.kind, 1.0, 0.0, 0.0, 0.0)
    half = SURE * float(shares.std(ddof=1)) / sqrt(len(shares)) if len(shares) > 1 else 1.0
    return Kept(work.kind, float(shares.mean()), half, float(every.mean()), float(np.quantile(every, 0.9, method="inverted_cdf")))


def enough(
    post: Post, works: Sequence[Work], goal: float, *, days: int = 250, runs: int = RUNS, seed: int = 1, most: int = 500,
    tick: Callable[[], object] | None = None,
) -> int | None:  # fmt: skip
    """The fewest people with whom each kind of this post is done in time as often as ``goal`` asks; None where ``most`` are too few.

    More people never do worse in the same chances, so it is looked for by halving.
    """
    mine = [w for w in works if w.post == post.name]
    if not mine:
        return 0
    asked = sum(w.a_day * w.minutes for w in mine)
    if not post.minutes:
        return None

    def does(count: int) -> bool:
        one = Post(post.name, count, post.hours, post.duties)
        return all(k.share >= goal for k in foresee([one], mine, days=days, runs=runs, seed=seed, tick=tick))

    low = max(1, ceil(asked / post.minutes))
    high = low
    while not does(high):
        if high >= most:
            return None
        low, high = high + 1, min(most, 2 * high)
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if does(middle) else (middle + 1, high)
    return high
