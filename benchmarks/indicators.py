"""Weights from comparisons of pairs beside AHPy: the same to a millionth, for 3 to 15 things, and the consistency ratio by the same table."""

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

SIZES = (3, 5, 8, 12, 15)
SCALE = np.array([1 / n for n in range(9, 1, -1)] + [float(n) for n in range(1, 10)])


def matrix(n: int) -> np.ndarray:
    """Comparisons on Saaty's scale that contradict each other a little."""
    rng = np.random.default_rng(n)
    weights, found = rng.dirichlet(np.full(n, 3.0)), np.ones((n, n))
    for i in range(n):
        for j in range(i + 1, n):
            near = np.abs(np.log(SCALE) - np.log(weights[i] / weights[j] * np.exp(rng.normal(0, 0.15))))
            found[i, j] = SCALE[near.argmin()]
            found[j, i] = 1 / found[i, j]
    return found


def run() -> list[dict[str, Any]]:
    from linli.planning.indicators import compare

    done = subprocess.run([sys.executable, __file__], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    peer = json.loads(done.stdout.splitlines()[-1])
    off, ratios, times = 0.0, 0.0, []
    for n in SIZES:
        began = time.process_time()
        found = compare(matrix(n), "donegan-dodd")
        times.append(time.process_time() - began)
        off = max(off, float(np.abs(found.weights - peer[str(n)]["weights"]).max()))
        ratios = max(ratios, abs(found.ratio - peer[str(n)]["ratio"]))
    ours, theirs = statistics.median(times), statistics.median(peer[str(n)]["seconds"] for n in SIZES)
    return [
        {"what": "weights, largest difference", "ours": off, "goal": "≤ 1e-6", "met": off <= 1e-6, "unit": ""},
        {"what": "consistency ratio, largest difference", "ours": ratios, "goal": "≤ 1e-6", "met": ratios <= 1e-6, "unit": ""},
        {"what": "one comparison", "ours": ours, "unit": "s", "goal": "shown", "met": True, "peer": theirs, "peer_name": "AHPy", "ratio": theirs / ours},
    ]  # fmt: skip


def peer() -> dict[str, Any]:
    import ahpy

    found = {}
    for n in SIZES:
        given = matrix(n)
        pairs = {(str(i), str(j)): float(given[i, j]) for i in range(n) for j in range(i + 1, n)}
        began = time.process_time()
        made = ahpy.Compare("all", pairs, precision=9, random_index="dd")
        seconds = time.process_time() - began
        found[str(n)] = {"weights": [made.local_weights[str(i)] for i in range(n)], "ratio": made.consistency_ratio, "seconds": seconds}
    return found


if __name__ == "__main__":
    print(json.dumps(peer()))
