"""The division a search sets out from: grown anew, grown around what is fixed, or carried over from the present one."""

from __future__ import annotations

from collections import deque

import numpy as np

from linli.planning.adjacency import Links
from linli.planning.growth import grow, halve, seeds
from linli.planning.task import Impossible, Task


def fresh(task: Task, rng: np.random.Generator) -> np.ndarray:
    """Units grown from seeds spread over the households; fixed buildings are in theirs from the start."""
    middles = seeds(task.xy, task.w, task.k, rng)
    lab = np.full(task.n, -1)
    if (task.fixed >= 0).any():
        lab, middles = _around_fixed(task, middles)
    else:
        lab[middles] = np.arange(task.k)
    return grow(task.far, task.w, task.links, lab, middles)


def _around_fixed(task: Task, spread: list[int]) -> tuple[np.ndarray, list[int]]:
    """What is fixed, joined within each unit by the shortest ways over free buildings; the other units take the seeds that are left."""
    lab = task.fixed.copy()
    middles = [-1] * task.k
    for u in sorted(set(lab[lab >= 0].tolist())):
        of = np.flatnonzero(task.fixed == u)
        _join(task.links, lab, u, of)
        middles[u] = int(of[task.far[np.ix_(of, of)].sum(1).argmin()])
    left = [s for s in spread if lab[s] < 0]
    held = [m for m in middles if m >= 0]
    left.sort(key=lambda s: -min(task.far[m, s] for m in held))  # those far from what is fixed first
    free = iter([*left, *(i for i in np.flatnonzero(lab < 0).tolist() if i not in left)])
    for u in range(task.k):
        if middles[u] < 0:
            middles[u] = next(free, -1)
            if middles[u] < 0:
                raise Impossible("fixed_leave_none", units=task.k)
            lab[middles[u]] = u
    return lab, middles


def _join(links: Links, lab: np.ndarray, unit: int, of: np.ndarray) -> None:
    """Connect the buildings ``of`` a unit over free ones. Raises Impossible where others stand in the way."""
    have = {int(of[0])}
    wanted = set(of.tolist())
    while missing := wanted - _reach(links, lab, unit, next(iter(have))):
        origin: dict[int, int] = dict.fromkeys(_reach(links, lab, unit, next(iter(have))), -1)
        queue = deque(sorted(origin))
        hit = -1
        while queue and hit < 0:
            i = queue.popleft()
            for y in links.of(i):
                if y in origin or lab[y] not in (-1, unit):
                    continue
                origin[y] = i
                if y in missing:
                    hit = y
                    break
                queue.append(y)
        if hit < 0:
            raise Impossible("fixed_split", unit=unit, node=min(missing))
        while hit >= 0:
            lab[hit] = unit
            hit = origin[hit]


def _reach(links: Links, lab: np.ndarray, unit: int, start: int) -> set[int]:
    seen, stack = {start}, [start]
    while stack:
        for y in links.of(stack.pop()):
            if y not in seen and lab[y] == unit:
                seen.add(y)
                stack.append(y)
    return seen


def halves(task: Task, k: int) -> tuple[np.ndarray, int]:
    """Where to cut an area of ``k`` units in two: the first half, and how many units it gets."""
    inside = halve(task.xy, task.w, task.links, (k // 2) / k)
    share = float(task.w[inside].sum()) / max(float(task.w.sum()), 1e-9)
    first = min(max(1, round(share * k)), k - 1)
    return inside, min(max(first, k - int((~inside).sum())), int(inside.sum()))


def carried(task: Task) -> tuple[np.ndarray, np.ndarray]:
    """The present division made whole: ``(labels, heirs)``, where unit u continues present unit ``heirs[u]`` (-1: it is new).

    Present units in pieces keep their heaviest; what is new or cut off joins the lightest neighbour. Then units are joined with their
    lightest neighbour, lightest first, or halved, heaviest first, until there are k. Fixed buildings go where they are fixed.
    """
    lab = np.where(task.fixed >= 0, task.fixed, task.home).astype(np.int64)
    held = set(task.fixed[task.fixed >= 0].tolist())
    for u in sorted(set(lab[lab >= 0].tolist())):
        pieces = task.links.components(lab == u)
        keep = max(pieces, key=lambda p: (bool((task.fixed[p] == u).any()), float(task.w[p].sum()), -int(p[0])))
        for piece in pieces:
            if piece is not keep:
                lab[piece] = -1
    free = lab < 0
    lab[free & (task.fixed >= 0)] = task.fixed[free & (task.fixed >= 0)]
    for u in held:
        _join(task.links, lab, u, np.flatnonzero(lab == u))
    if not (lab >= 0).any():
        raise Impossible("nothing_kept")
    _fill(task, lab)
    names = sorted(set(lab.tolist()))
    while len(names) > task.k:
        _merge_lightest(task, lab, held)
        names = sorted(set(lab.tolist()))
    new = max([*names, *task.home.tolist(), *held]) + 1
    while len(names) < task.k:
        _split_heaviest(task, lab, new, held)
        names.append(new)
        new += 1
    heirs = np.array([u if u in set(task.home.tolist()) or u in held else -1 for u in names])
    return np.searchsorted(names, lab), heirs


def _fill(task: Task, lab: np.ndarray) -> None:
    weight = {u: float(task.w[lab == u].sum()) for u in set(lab[lab >= 0].tolist())}
    while (lab < 0).any():
        for i in np.flatnonzero(lab < 0).tolist():
            around = {int(lab[y]) for y in task.links.of(i) if lab[y] >= 0}
            if around:
                lab[i] = min(around, key=lambda u: (weight[u], u))
                weight[lab[i]] += float(task.w[i])


def _merge_lightest(task: Task, lab: np.ndarray, held: set[int]) -> None:
    weight = {u: float(task.w[lab == u].sum()) for u in set(lab.tolist())}
    free = [u for u in weight if u not in held]
    if not free:
        raise Impossible("fixed_more_units", units=task.k)
    u = min(free, key=lambda v: (weight[v], v))
    around = {int(lab[y]) for i in np.flatnonzero(lab == u).tolist() for y in task.links.of(i)} - {u}
    lab[lab == u] = min(around, key=lambda v: (weight[v], v))


def _split_heaviest(task: Task, lab: np.ndarray, new: int, held: set[int]) -> None:
    units = [u for u in set(lab.tolist()) if (lab == u).sum() > 1]
    if not units:
        raise Impossible("more_units_than_buildings", units=task.k, buildings=task.n)
    for u in sorted(units, key=lambda v: (-float(task.w[lab == v].sum()), v)):
        of = np.flatnonzero(lab == u)
        inside = halve(task.xy[of], task.w[of], task.links.part(of), 0.5)
        for half in (of[inside], of[~inside]):
            if len(half) and len(half) < len(of) and not (task.fixed[half] >= 0).any():
                lab[half] = new
                return
    raise Impossible("fixed_leave_none", units=task.k)
