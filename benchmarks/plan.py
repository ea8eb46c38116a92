"""Planning: grids and villages beside METIS, GerryChain's ReCom and the proven bound, on instances made by fixed seeds.

a: a community of 90 buildings and 3,530 households in 9 grids. b: a district of 25 communities. c: 1,249 villages in 23 townships, 208
units. one: the district as one area without community borders. city: 1,000 communities, 3.5 million households. Feasible: every unit in one
piece and within 10 % of its area's mean; J: household-weighted metres to the unit's own 1-median. Seconds are processor time of one core
(the peers, too, use one); peers run one at a time in processes of their own. ``run()`` needs no database.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "src"))

OPTIMUM = 64.676476  # of a, proven by HiGHS without regard to connectedness; its units are connected
SEEDS = (1, 2, 3)


def task_of(instance, tolerance=0.1):
    from linli.planning.adjacency import Links, distances
    from linli.planning.task import Task

    xy, w, links, k = instance
    mean = w.sum() / k
    return Task(
        xy=xy, w=w.astype(float), far=distances(xy), links=Links.from_lists(links), k=k, low=(1 - tolerance) * mean,
        high=(1 + tolerance) * mean,
    )  # fmt: skip


def peer(which: str, job: str, seed: int) -> dict[str, Any]:
    done = subprocess.run([sys.executable, str(HERE / "plan_peers.py"), which, job, str(seed)], capture_output=True, text=True)
    if done.returncode:
        return {"failed": done.stderr.strip().splitlines()[-1][:200]}
    return json.loads(done.stdout.strip().splitlines()[-1])


def row(what: str, ours: float, unit: str, goal: str, met: bool, **more: Any) -> dict[str, Any]:
    found = {"what": what, "ours": round(float(ours), 4), "unit": unit, "goal": goal, "met": bool(met), **more}
    print(f"  {found}", file=sys.stderr, flush=True)
    return found


def ours(parts: list, seeds=SEEDS, **options: Any) -> dict[str, Any]:
    """Medians over the seeds; feasible only if every seed is."""
    from linli.planning.partition import divide_all
    from linli.planning.tests import instances

    tasks = [task_of(p) for p in parts]
    found = []
    for seed in seeds:
        began = time.process_time()
        divisions = divide_all(tasks, seed=seed, **options)
        seconds = time.process_time() - began
        found.append({**instances.score(parts, [d.lab for d in divisions]), "seconds": seconds, "tasks": tasks, "divisions": divisions})
    middle = {key: statistics.median(f[key] for f in found) for key in ("J", "seconds")}
    return {
        **found[0],
        **middle,
        "in10": min(f["in10"] for f in found),
        "contig": min(f["contig"] for f in found),
        "worst": max(f["J"] for f in found),
    }


def community() -> list[dict[str, Any]]:
    from linli.planning.partition import divide
    from linli.planning.tests import instances

    parts = instances.parts("a")
    task = task_of(parts[0])
    began = time.process_time()
    found = [divide(task, seed=seed) for seed in range(100)]
    each = (time.process_time() - began) / 100
    hits = sum(not d.missed and d.walking < OPTIMUM + 1e-5 for d in found)
    plain = peer("plain", "a", 3)
    same = plain.get("lab") == found[3].lab.tolist()
    return [
        row("a: seeds of 100 at the proven optimum", hits, "", ">= 95", hits >= 95),
        row("a: one seed", each, "s", "<= 0.1", each <= 0.1),
        row("a: the same without numba" if same else "a: NOT the same without numba", plain["seconds"], "s", "<= 2, same", same and plain["seconds"] <= 2),
    ]  # fmt: skip


def beside_peers(job: str, over_bound: float, over_recom: float, over_metis: float | None) -> list[dict[str, Any]]:
    from linli.planning.bound import linear_bound
    from linli.planning.tests import instances

    parts = instances.parts(job)
    made = ours(parts)
    w = [p[1].sum() for p in parts]
    bound = float(np.dot(w, [linear_bound(t) for t in made["tasks"]]) / sum(w))
    feasible = made["in10"] == 1 and made["contig"] == 1
    rows = [
        row(f"{job}: units within 10 %, all in one piece", 100 * made["in10"], "%", "100", feasible),
        row(f"{job}: J {made['J']:.2f} over the LP bound {bound:.2f}", made["worst"] / bound, "", f"<= {over_bound}", made["worst"] <= over_bound * bound),
        row(f"{job}: time", made["seconds"], "s", "<= 3", made["seconds"] <= 3),
    ]  # fmt: skip
    metis = [peer("metis", job, seed) for seed in SEEDS]
    if good := [m for m in metis if "failed" not in m]:
        j, seconds = statistics.median(m["J"] for m in good), statistics.median(m["seconds"] for m in good)
        within = min(m["in10"] for m in good)
        ratio = made["J"] / j
        goal, met = (f"<= {over_metis}", ratio <= over_metis) if over_metis else ("shown", True)
        rows.append(
            row(
                f"{job}: J, METIS in {seconds:.2f} s with {100 * within:.0f} % within",
                made["J"],
                "m",
                goal,
                met,
                peer=j,
                peer_name="METIS",
                ratio=ratio,
            )
        )
    chains = [c for c in (peer("recom", job, seed) for seed in SEEDS) if "failed" not in c]
    if not chains:
        rows.append(row(f"{job}: ReCom failed", 0, "", "shown", True))
        return rows
    chain = {key: statistics.median(c[key] for c in chains) for key in ("J", "seconds")}
    ratio, times = made["J"] / chain["J"], made["seconds"] / chain["seconds"]
    rows.append(
        row(
            f"{job}: J beside ReCom",
            made["J"],
            "m",
            f"<= {over_recom}",
            ratio <= over_recom,
            peer=chain["J"],
            peer_name="ReCom",
            ratio=ratio,
        )
    )
    goal, met = ("<= 0.02", times <= 0.02) if job == "b" else ("shown", True)
    said = {"peer": chain["seconds"], "peer_name": "ReCom", "ratio": times}
    rows.append(row(f"{job}: time beside ReCom", made["seconds"], "s", goal, met, **said))
    return rows


def whole_district() -> list[dict[str, Any]]:
    from linli.planning.bound import lower_bound
    from linli.planning.tests import instances

    parts = instances.parts("one")
    made = ours(parts)
    began = time.process_time()
    bound = lower_bound(made["tasks"][0], made["J"])
    spent = time.process_time() - began
    feasible = made["in10"] == 1 and made["contig"] == 1
    return [
        row("one: units within 10 %, all in one piece", 100 * made["in10"], "%", "100", feasible),
        row(f"one: J {made['J']:.2f} over its bound {bound:.2f} ({spent:.1f} s)", made["worst"] / bound, "", "<= 1.04", made["worst"] <= 1.04 * bound),
        row("one: time", made["seconds"], "s", "<= 30", made["seconds"] <= 30),
    ]  # fmt: skip


def city() -> list[dict[str, Any]]:
    from linli.planning.tests import instances

    parts = list(instances.city())
    made = ours(parts, seeds=(1,), rounds=1)
    explained = all(d.misses for d in made["divisions"] if d.missed)
    causes: dict[str, int] = {}
    for d in made["divisions"]:
        for miss in d.misses:
            causes[miss.code] = causes.get(miss.code, 0) + 1
    return [
        row(f"city, one round: {made['units']} grids within 10 %; misses: {causes}", 100 * made["in10"], "%", ">= 99.8, explained",
            made["in10"] >= 0.998 and made["contig"] == 1 and explained),
        row("city, one round: time", made["seconds"], "s", "<= 30", made["seconds"] <= 30),
    ]  # fmt: skip


def run() -> list[dict[str, Any]]:
    from linli.planning.partition import divide
    from linli.planning.tests import instances

    divide(task_of(instances.parts("a")[0]), rounds=1)  # compile
    return [*community(), *beside_peers("b", 1.02, 0.97, 0.93), *beside_peers("c", 1.04, 0.96, None), *whole_district(), *city()]


if __name__ == "__main__":
    run()
