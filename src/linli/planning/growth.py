"""Where a search starts: seeds spread over the households, units grown from them, large areas halved first."""

from __future__ import annotations

import heapq

import numpy as np

from linli.planning.adjacency import Links


def seeds(xy: np.ndarray, w: np.ndarray, k: int, rng: np.random.Generator, rounds: int = 6) -> list[int]:
    """``k`` distinct buildings spread by households: k-means++ and a few rounds of k-means, each middle's nearest building."""
    n = len(w)
    weight = w + 1e-9
    chosen = [int(rng.choice(n, p=weight / weight.sum()))]
    near = ((xy - xy[chosen[0]]) ** 2).sum(1)
    for _ in range(k - 1):
        p = near * weight
        p = p / p.sum() if p.sum() > 0 else weight / weight.sum()
        chosen.append(int(rng.choice(n, p=p)))
        near = np.minimum(near, ((xy - xy[chosen[-1]]) ** 2).sum(1))
    middle = xy[chosen].astype(float)
    for _ in range(rounds):
        own = _squares(xy, middle).argmin(1)
        mass = np.bincount(own, weights=weight, minlength=k)
        for axis in (0, 1):
            moved = np.bincount(own, weights=weight * xy[:, axis], minlength=k) / np.maximum(mass, 1e-12)
            middle[:, axis] = np.where(mass > 0, moved, middle[:, axis])
    found: list[int] = []
    order = np.argsort(_squares(xy, middle), axis=0, kind="stable")
    for u in range(k):
        found.append(next(int(i) for i in order[:, u] if int(i) not in found))
    return found


def _squares(xy: np.ndarray, middle: np.ndarray) -> np.ndarray:
    return (xy[:, :1] - middle[None, :, 0]) ** 2 + (xy[:, 1:] - middle[None, :, 1]) ** 2


def grow(far: np.ndarray, w: np.ndarray, links: Links, lab: np.ndarray, middles: list[int]) -> np.ndarray:
    """Units grown over what is free (-1) in ``lab``: the lightest takes the free neighbour nearest to its middle, until nothing is free.

    ``middles[u]`` is the building unit u grows around. What no unit can reach stays -1.
    """
    lab = lab.copy()
    k = len(middles)
    weight = np.bincount(lab[lab >= 0], weights=w[lab >= 0], minlength=k).tolist()
    edges: list[list[tuple[float, int]]] = [[] for _ in range(k)]
    for i in np.flatnonzero(lab >= 0).tolist():
        for y in links.of(i):
            if lab[y] < 0:
                edges[lab[i]].append((far[middles[lab[i]], y], y))
    for edge in edges:
        heapq.heapify(edge)
    queue = [(weight[u], u) for u in range(k)]
    heapq.heapify(queue)
    while queue:
        _, u = heapq.heappop(queue)
        while edges[u] and lab[edges[u][0][1]] >= 0:
            heapq.heappop(edges[u])
        if not edges[u]:
            continue
        y = heapq.heappop(edges[u])[1]
        lab[y] = u
        weight[u] += w[y]
        row = far[middles[u]]
        for z in links.of(y):
            if lab[z] < 0:
                heapq.heappush(edges[u], (row[z], z))
        heapq.heappush(queue, (weight[u], u))
    return lab


def halve(xy: np.ndarray, w: np.ndarray, links: Links, share: float, turns: int = 8) -> np.ndarray:
    """Two connected halves, the first with about ``share`` of the households: True where a building belongs to it.

    An area is swept in several directions; each time one side grows from its end, and what it cuts off the other side joins it. Of the
    sweeps the one is taken that misses its share least and, among equals within one building, cuts the fewest links.
    """
    total, heavy = float(w.sum()), float(w.max())
    best: tuple[float, int, np.ndarray] | None = None
    for turn in range(turns):
        angle = np.pi * turn / turns
        along = xy @ np.array([np.cos(angle), np.sin(angle)])
        for order in (along, -along):
            first = _swept(order, w, links, share * total)
            off = abs(float(w[first].sum()) - share * total)
            key = (max(0.0, off - heavy / 2), links.cut(first))
            if best is None or key < best[:2]:
                best = (*key, first)
    assert best is not None
    return best[2]


def _swept(order: np.ndarray, w: np.ndarray, links: Links, wanted: float) -> np.ndarray:
    inside = np.zeros(len(w), bool)
    reached = np.zeros(len(w), bool)
    start = int(order.argmin())
    queue = [(float(order[start]), start)]
    reached[start] = True
    have, taken = 0.0, 0
    while queue and have < wanted and taken < len(w) - 1:  # one building at least stays outside, though nobody may live there
        _, i = heapq.heappop(queue)
        if have + w[i] - wanted > wanted - have:
            break
        inside[i] = True
        have, taken = have + float(w[i]), taken + 1
        for y in links.of(i):
            if not reached[y]:
                reached[y] = True
                heapq.heappush(queue, (float(order[y]), y))
    if not inside.any():
        inside[start] = True
    outer = links.components(~inside)
    for part in outer[1:]:
        inside[part] = True
    return inside
