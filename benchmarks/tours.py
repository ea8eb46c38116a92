"""Walking tours beside PyVRP: a month of a village worker (152 visits of 8 a day on 19 days), and a quarter of 400 households.

The month: both search for the same seconds of the processor, three seeds each. The quarter: ours chooses who is seen in which month; the peer
gets thirds by chance, as a worker without a plan would take them, and has three seconds a month for the order. What is walked is counted by
code of its own, and every rule of ours is proven by the checker. PyVRP runs in a process of its own.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

import numpy as np

A_DAY, MONTHS, DAYS = 8, 3, 19
SECONDS, MONTH_SECONDS = 2.0, 3.0
SEEDS = (1, 2, 3)


def village(seed: int = 31, n: int = 400, hamlets: int = 6) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Metres among office and households, who must be seen each month, and each one's hamlet."""
    rng = np.random.default_rng(seed)
    middles = rng.uniform(0, 1500, (hamlets, 2))
    hamlet = rng.integers(0, hamlets, n)
    at = middles[hamlet] + rng.normal(0, 110, (n, 2))
    must = rng.random(n) < 0.08
    order = np.lexsort((at[:, 0], hamlet))
    at, must, hamlet = at[order], must[order], hamlet[order]
    at = np.vstack([at.mean(0), at])
    return np.round(1.25 * np.hypot(*(at[:, None] - at[None]).transpose(2, 0, 1))), must, hamlet


def month(far: np.ndarray, must: np.ndarray) -> np.ndarray:
    """A compact third, and those who must be seen, as a matrix."""
    others = np.flatnonzero(~must)
    who = np.r_[np.array_split(others, MONTHS)[0], np.flatnonzero(must)]
    at = np.r_[0, who + 1]
    return far[np.ix_(at, at)]


def run() -> list[dict[str, Any]]:
    from linli.planning.tours import Homes, Rules, plan
    from linli.planning.tours_check import broken

    far, must, _hamlet = village()
    one = month(far, must)
    homes, rules = Homes(one, np.zeros(len(one) - 1, bool)), Rules(months=1, days=DAYS, a_day=A_DAY)
    plan(homes, rules, rounds=1)  # compile
    began = time.process_time()
    plan(homes, rules, rounds=8)
    rounds = max(1, int(8 * SECONDS / (time.process_time() - began)))
    found, times = [], []
    for seed in SEEDS:
        began = time.process_time()
        tours = plan(homes, rules, seed=seed, rounds=rounds)
        times.append(time.process_time() - began)
        if wrong := broken(homes, rules, tours.days, tours.metres):
            raise RuntimeError(wrong[0])
        found.append(tours.metres)
    peer = [_alone("month", seed) for seed in SEEDS]
    ours, theirs = statistics.median(found), statistics.median(p["metres"] for p in peer)
    ratio = ours / theirs
    what = f"a month, {len(one) - 1} visits, {statistics.median(times):.1f} s of the processor (PyVRP {statistics.median(p['seconds'] for p in peer):.1f})"
    rows = [
        {
            "what": what,
            "ours": ours,
            "unit": "m",
            "goal": "≤ 1.002",
            "met": ratio <= 1.002,
            "peer": theirs,
            "peer_name": "PyVRP",
            "ratio": ratio,
        }
    ]
    homes, rules = Homes(far, must), Rules(months=MONTHS, days=DAYS, a_day=A_DAY)
    found, times = [], []
    for seed in SEEDS:
        began = time.process_time()
        tours = plan(homes, rules, seed=seed)
        times.append(time.process_time() - began)
        if wrong := broken(homes, rules, tours.days, tours.metres):
            raise RuntimeError(wrong[0])
        found.append(tours.metres)
    peer = [_alone("quarter", seed) for seed in SEEDS]
    ours, theirs = statistics.median(found), statistics.median(p["metres"] for p in peer)
    ratio, gap = ours / theirs, ours / tours.bound - 1
    what = f"a quarter, 400 households, every rule proven, within {gap:.0%} of the bound, {statistics.median(times):.1f} s"
    same = {"peer": theirs, "peer_name": "thirds by chance + PyVRP", "ratio": ratio}
    return [*rows, {"what": what, "ours": ours, "unit": "m", "goal": "≤ 0.97", "met": ratio <= 0.97, **same}]


def _alone(what: str, seed: int) -> dict[str, Any]:
    done = subprocess.run([sys.executable, __file__, what, str(seed)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return json.loads(done.stdout.splitlines()[-1])


class Spent:
    """PyVRP's stop: so many seconds of the processor, whatever the clock says."""

    def __init__(self, seconds: float) -> None:
        self.until = time.process_time() + seconds

    def __call__(self, _best: float) -> bool:
        return time.process_time() >= self.until


def peer_tours(far: np.ndarray, seconds: float, seed: int) -> float:
    from pyvrp import Client, Depot, Location, ProblemData, VehicleType, solve

    n = len(far)
    data = ProblemData(
        locations=[Location(0, 0) for _ in range(n)], clients=[Client(i, delivery=[1]) for i in range(1, n)], depots=[Depot(0)],
        vehicle_types=[VehicleType(DAYS, capacity=[A_DAY])], distance_matrices=[far.astype(np.int64)],
        duration_matrices=[np.zeros((n, n), np.int64)],
    )  # fmt: skip
    found = solve(data, Spent(seconds), seed=seed, display=False)
    seen, metres = [], 0.0
    for route in found.best.routes():
        row = [stop.idx + 1 for stop in route.schedule() if stop.is_client()]
        if len(row) > A_DAY:
            raise RuntimeError("a day with too many visits")
        seen += row
        way = [0, *row, 0]
        metres += float(far[way[:-1], way[1:]].sum())
    if sorted(seen) != list(range(1, n)):
        raise RuntimeError("somebody is not visited")
    return metres


def peer(what: str, seed: int) -> dict[str, Any]:
    far, must, _hamlet = village()
    began = time.process_time()
    if what == "month":
        return {"metres": peer_tours(month(far, must), SECONDS, seed), "seconds": time.process_time() - began}
    thirds = np.array_split(np.random.default_rng(seed).permutation(np.flatnonzero(~must)), MONTHS)
    at = [np.r_[0, np.r_[third, np.flatnonzero(must)] + 1] for third in thirds]
    return {"metres": sum(peer_tours(far[np.ix_(a, a)], MONTH_SECONDS, seed) for a in at), "seconds": time.process_time() - began}


if __name__ == "__main__":
    print(json.dumps(peer(sys.argv[1], int(sys.argv[2]))))
