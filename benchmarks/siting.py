"""Walking circles and siting: a town of 22,000 street corners and 20,000 buildings, the p-median instances of the OR-Library, one real size.

Peers, each in a process of its own: networkx for the circles, spopt (with HiGHS) for choosing sites. spopt is stopped after ``PATIENCE``
seconds; its time is then what it had, and its answer what it had found. All seconds are of the processor, the peers' too.

The instances of Beasley's OR-Library stand in ``orlib/`` with their optima. Where a file names a way twice the last cost counts.
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
from scipy import sparse
from scipy.sparse.csgraph import connected_components, floyd_warshall

from linli.planning.circles import circles
from linli.planning.network import Network
from linli.planning.siting import max_cover, p_median, whole_with_room, with_room

ORLIB = Path(__file__).parent / "orlib"
LIMIT, SECONDS, RUNS, PATIENCE = 1200.0, 10.0, 5, 240.0
DEMAND, CANDIDATES, SITES = 2000, 400, 12


def run() -> list[dict[str, Any]]:
    town = Town()
    return [*walking(town), *library(), *roomy(), *real_size(town)]


class Town:
    """Streets with gaps, buildings of uneven size, twelve kinds of facilities (6 to 240 of each). Always the same."""

    def __init__(self) -> None:
        rng, side, block = np.random.default_rng(3), 150, 55.0
        x, y = np.meshgrid(np.arange(side) * block, np.arange(side) * block)
        xy = np.c_[x.ravel(), y.ravel()] + rng.normal(0, 8, (side * side, 2))
        at = np.arange(side * side).reshape(side, side)
        ways = np.r_[np.c_[at[:, :-1].ravel(), at[:, 1:].ravel()], np.c_[at[:-1].ravel(), at[1:].ravel()]]
        ways = ways[rng.random(len(ways)) > 0.18]
        length = np.hypot(*(xy[ways[:, 0]] - xy[ways[:, 1]]).T) * rng.uniform(1, 1.15, len(ways))
        graph = sparse.csr_matrix((length, (ways[:, 0], ways[:, 1])), shape=(side * side, side * side))
        graph = graph + graph.T
        _n, piece = connected_components(graph, directed=False)
        kept = np.flatnonzero(piece == np.bincount(piece).argmax())
        self.network = Network(xy[kept], sparse.csr_matrix(graph[kept][:, kept]))
        rng = np.random.default_rng(4)
        weight = rng.lognormal(0, 0.6, 20000)
        self.node, _away = self.network.nearest(rng.uniform(0, 8200, (20000, 2)))
        self.households = np.maximum(4, np.round(40 * weight)).astype(np.int64)
        numbers = [int(n) for n in np.round(np.geomspace(6, 240, 12))]
        self.facilities = [np.unique(rng.integers(0, len(kept), n)) for n in numbers]

    def question(self) -> tuple[np.ndarray, np.ndarray]:
        """Metres and households of the real-size question."""
        rng = np.random.default_rng(8)
        demand = rng.choice(len(self.node), DEMAND, replace=False)
        sites = rng.choice(len(self.network.xy), CANDIDATES, replace=False)
        at = self.network.xy
        return self.network.between(at[self.node[demand]], at[sites]), self.households[demand].astype(float)


def walking(town: Town) -> list[dict[str, Any]]:
    at = town.network.xy
    buildings = at[town.node]
    kinds = {str(n): at[sites] for n, sites in enumerate(town.facilities)}
    none = np.zeros_like(town.households)
    times = []
    placed = town.network.nearest(buildings)  # networkx is told the corners of the buildings, too
    for _n in range(RUNS):
        began = time.process_time()
        found = circles(buildings, town.households, none, kinds, network=town.network, placed=placed)
        times.append(time.process_time() - began)
    ours = statistics.median(times)
    peer = _alone("circles")
    if not np.allclose([c.share for c in found], peer["shares"], atol=1e-9):
        raise RuntimeError("the shares differ from networkx")
    ratio = peer["seconds"] / ours
    what = f"circles of 12 kinds on {len(at):,} corners"
    same = {"unit": "s", "peer": peer["seconds"], "peer_name": "networkx", "ratio": ratio}
    return [
        {"what": what, "ours": ours, "goal": "≤ 0.05", "met": ours <= 0.05, **same},
        {"what": f"{what}, against networkx", "ours": ours, "goal": "≥ 20 ×", "met": ratio >= 20, **same},
    ]


def library() -> list[dict[str, Any]]:
    """Every instance given, one seed: the optimum within the time, and whether it was proven."""
    rows = []
    for name, best in optima().items():
        cost, number = instance(name)
        began = time.process_time()
        found = p_median(cost, np.ones(len(cost)), number, seed=1, seconds=SECONDS, whole=True)
        seconds = time.process_time() - began
        proof = "proven" if found.proven else f"within {found.gap:.2%}"
        what = f"{name} ({len(cost)} points, {number} sites): {found.value:,.0f}, {proof}"
        met = found.value == best and seconds <= SECONDS + 0.5
        rows.append({"what": what, "ours": seconds, "unit": "s", "goal": f"optimum {best:,} in ≤ {SECONDS:.0f}", "met": met})
    return rows


def optima() -> dict[str, int]:
    lines = (line.split() for line in (ORLIB / "pmedopt.txt").read_text().splitlines()[1:])
    known = {line[0]: int(line[1]) for line in lines if line}
    return {name: best for name, best in known.items() if (ORLIB / f"{name}.txt").exists()}


def instance(name: str) -> tuple[np.ndarray, int]:
    said = np.array((ORLIB / f"{name}.txt").read_text().split(), float)
    points, ways, number = (int(v) for v in said[:3])
    cost = np.full((points, points), np.inf)
    for a, b, length in said[3 : 3 + 3 * ways].reshape(-1, 3):
        cost[int(a) - 1, int(b) - 1] = cost[int(b) - 1, int(a) - 1] = length
    np.fill_diagonal(cost, 0)
    return floyd_warshall(cost), number


def roomy() -> list[dict[str, Any]]:
    """Room for all, at 50 and 100 points with a tenth of them as sites: beside the best that HiGHS finds in ``PATIENCE`` seconds."""
    rows = []
    for points, sites, seed in ((50, 5, 1), (50, 5, 2), (100, 10, 3), (100, 10, 4)):
        rng = np.random.default_rng(seed)
        at, weight = rng.uniform(1, 100, (points, 2)), rng.integers(1, 21, points).astype(float)
        cost = np.floor(np.hypot(*(at[:, None] - at[None]).transpose(2, 0, 1)))
        room = np.full(points, np.ceil(weight.sum() / sites / 0.85))
        began = time.process_time()
        found = with_room(cost, weight, room, sites, seed=1, seconds=SECONDS)
        seconds = time.process_time() - began
        best, bound = whole_with_room(cost, weight, room, np.zeros(0, np.int64), sites, found, PATIENCE / 4)
        known = min(found.value, best.value if best else np.inf)
        over = found.value / known - 1
        what = f"room for all, {points} points, {sites} sites: {found.value:,.0f}, best known {known:,.0f}, bound {max(bound, found.bound):,.0f}"
        rows.append({"what": what, "ours": 100 * over, "unit": "% above", "goal": "≤ 0.5", "met": over <= 0.005, "seconds": seconds})
    return rows


def real_size(town: Town) -> list[dict[str, Any]]:
    cost, weight = town.question()
    began = time.process_time()
    found = p_median(cost, weight, SITES, seed=1, seconds=SECONDS / 2)
    ours = time.process_time() - began
    peer = _alone("p_median")
    mean, theirs = found.value / weight.sum(), peer["value"] / weight.sum()
    ratio = peer["seconds"] / ours
    said = f"{theirs:.2f} m" if theirs < np.inf else "nothing yet"
    what = f"{SITES} of {CANDIDATES} sites for {DEMAND:,} points: {mean:.2f} m (spopt {said}), within {found.gap:.1%} of the bound"
    met = ratio >= 50 and found.value <= peer["value"] * (1 + 1e-9)
    same = {"unit": "s", "peer": peer["seconds"], "peer_name": f"spopt, stopped at {PATIENCE:.0f} s", "ratio": ratio}
    rows = [{"what": what, "ours": ours, "goal": "≥ 50 × and never worse", "met": met, **same}]
    began = time.process_time()
    covered = max_cover(cost <= LIMIT, weight, SITES)
    seconds = time.process_time() - began
    share = covered.value / weight.sum()
    said = f"most households within {LIMIT:,.0f} m of {SITES} sites: {share:.2%}, {'proven' if covered.proven else 'not proven'}"
    return [*rows, {"what": said, "ours": seconds, "unit": "s", "goal": "exact with proof", "met": covered.proven}]


def _alone(what: str) -> dict[str, Any]:
    done = subprocess.run([sys.executable, __file__, what], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return json.loads(done.stdout.splitlines()[-1])


def peer_circles() -> dict[str, Any]:
    import networkx

    town = Town()
    ways = town.network.ways.tocoo()
    graph = networkx.Graph()
    graph.add_nodes_from(range(len(town.network.xy)))
    graph.add_weighted_edges_from(zip(ways.row.tolist(), ways.col.tolist(), ways.data.tolist(), strict=True))
    began, shares = time.process_time(), []
    for sites in town.facilities:
        far = np.full(len(town.network.xy), np.inf)
        for node, metres in networkx.multi_source_dijkstra_path_length(graph, set(sites.tolist()), cutoff=LIMIT).items():
            far[node] = metres
        shares.append(float(town.households[far[town.node] <= LIMIT].sum() / town.households.sum()))
    return {"seconds": time.process_time() - began, "shares": shares}


def peer_p_median() -> dict[str, Any]:
    import pulp
    from spopt.locate import PMedian

    cost, weight = Town().question()
    began = time.process_time()
    model = PMedian.from_cost_matrix(cost, weight, p_facilities=SITES)
    try:
        model.solve(pulp.HiGHS(msg=False, timeLimit=PATIENCE))
    except RuntimeError:  # stopped before it found any choice
        return {"value": np.inf, "seconds": time.process_time() - began}
    seconds = time.process_time() - began
    chosen = [n for n, variable in enumerate(model.fac_vars) if (variable.value() or 0) > 0.5]
    value = float(weight @ cost[:, chosen].min(1)) if chosen else float(weight @ cost.max(1))
    return {"seconds": seconds, "value": value}


if __name__ == "__main__":
    print(json.dumps({"circles": peer_circles, "p_median": peer_p_median}[sys.argv[1]]()))
