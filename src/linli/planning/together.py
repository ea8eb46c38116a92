"""Villages that were declared to stay together are divided as one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from linli.planning.adjacency import Links
from linli.planning.task import Impossible, Task


def joined(task: Task, groups: np.ndarray) -> tuple[Task, np.ndarray]:
    """``task`` with each group (same number in ``groups``, -1: by itself) as one, and which one every member became.

    A group stands at its own middle; its members' ways are those to or from there. Raises Impossible where a group's members are not
    connected with each other, or are fixed in different units.
    """
    names = np.where(groups >= 0, groups, -1 - np.arange(task.n))
    firsts = np.unique(names, return_index=True)[1]
    order = np.sort(firsts)
    place = {int(names[i]): number for number, i in enumerate(order)}
    into = np.array([place[int(g)] for g in names])
    m = len(order)
    middle = np.zeros(m, np.int64)
    members = [np.flatnonzero(into == g) for g in range(m)]
    for g, of in enumerate(members):
        if len(of) > 1 and len(task.links.part(of).components()) > 1:
            raise Impossible("together_apart", node=int(of[0]), members=of.tolist())
        if len({int(f) for f in task.fixed[of] if f >= 0}) > 1:
            raise Impossible("together_fixed", node=int(of[0]), members=of.tolist())
        middle[g] = of[(task.far[np.ix_(of, of)] @ task.w[of]).argmin()]
    share = np.zeros((task.n, m))
    share[np.arange(task.n), into] = task.w + 1e-9
    share /= share.sum(0)
    one = replace(
        task, xy=task.xy[middle], w=np.bincount(into, weights=task.w, minlength=m), far=np.ascontiguousarray(task.far[middle] @ share),
        links=Links.from_pairs(m, into[task.links.pairs]), home=task.home[middle], apart=task.apart[middle],
        fixed=np.array([max(task.fixed[of]) for of in members]),
    )  # fmt: skip
    return one, into
