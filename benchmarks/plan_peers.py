"""Divisions of the same instances by others, in a process of its own: plan_peers.py metis|recom|plain a|b|c → JSON.

metis: pymetis, k-way, contiguous, ufactor 100, edges weighted by nearness. recom: GerryChain, recursive tree partition with early restarts,
then short bursts of ReCom, 2,000 steps, led by the walking that is measured. plain: ours without numba.
"""

from __future__ import annotations

import json
import logging
import random
import sys
import time
import warnings
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))
warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)

import numpy as np  # noqa: E402


def metis(xy, w, links, k, seed):
    import pymetis

    starts, flat = [0], []
    for row in links:
        flat += row
        starts.append(len(flat))
    length = np.array([np.hypot(*(xy[i] - xy[j])) for i in range(len(links)) for j in links[i]])
    near = np.maximum(1, np.round(20 * np.median(length) / np.maximum(length, np.median(length) / 10))).astype(int)
    options = pymetis.Options()
    options.seed, options.ufactor, options.ncuts, options.niter = seed, 100, 10, 30
    found = pymetis.part_graph(
        k, xadj=starts, adjncy=flat, vweights=w.tolist(), eweights=near.tolist(), recursive=False, contiguous=True, options=options
    )
    return np.array(found.vertex_part)


def recom(xy, w, links, k, seed, steps=2000):
    import networkx as nx
    from gerrychain import Graph, Partition, constraints, tree, updaters
    from gerrychain.optimization import SingleMetricOptimizer
    from gerrychain.proposals import recom as proposal

    graph = nx.Graph()
    for i in range(len(w)):
        graph.add_node(i, pop=int(w[i]))
    graph.add_edges_from((i, j) for i in range(len(links)) for j in links[i] if i < j)
    graph = Graph.from_networkx(graph)
    rng = random.Random(seed)
    split = partial(tree.bipartition_tree, max_attempts=300, warn_attempts=10**9)
    for _ in range(60):
        try:
            start = tree.recursive_tree_part(
                graph, parts=range(k), pop_target=w.sum() / k, pop_col="pop", epsilon=0.1, rng=rng, bipartition_tree_fn=split
            )
            break
        except Exception as error:
            last = error
    else:
        raise last
    far = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
    first = Partition(graph, assignment=start, updaters={"pop": updaters.Tally("pop")})
    own = first.graph
    name = getattr(own, "original_nx_node_id_for_internal_node_id", lambda n: n)

    def walking(division):
        total = 0.0
        for nodes in division.parts.values():
            of = np.array([name(n) for n in nodes])
            total += (far[np.ix_(of, of)] * w[of]).sum(1).min()
        return total

    led = SingleMetricOptimizer(
        proposal=partial(proposal, pop_col="pop", pop_target=w.sum() / k, epsilon=0.1, node_repeats=1),
        constraints=[constraints.within_percent_of_ideal_population(first, 0.1, "pop")],
        initial_state=first, optimization_metric=walking, maximize=False,
    )  # fmt: skip
    for _ in led.short_bursts(10, steps // 10, with_progress_bar=False):
        pass
    lab = np.zeros(len(w), int)
    for unit, nodes in enumerate(led.best_part.parts.values()):
        for n in nodes:
            lab[name(n)] = unit
    return lab


def plain(xy, w, links, k, seed):
    from plan import task_of

    from linli.planning.partition import divide

    return divide(task_of((xy, w, links, k)), seed=seed).lab


def main() -> None:
    which, job, seed = sys.argv[1], sys.argv[2], int(sys.argv[3])
    if which == "plain":
        sys.modules["numba"] = None  # type: ignore[assignment]
    from linli.planning.tests import instances

    parts = instances.parts(job)
    began = time.process_time()
    try:
        labs = [{"metis": metis, "recom": recom, "plain": plain}[which](*part, seed=seed) for part in parts]
    except Exception as error:
        print(json.dumps({"failed": f"{type(error).__name__}: {error}"[:200], "seconds": time.process_time() - began}))
        return
    seconds = time.process_time() - began
    print(json.dumps({**instances.score(parts, labs), "seconds": seconds, "lab": labs[0].tolist() if job == "a" else []}))


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    main()
