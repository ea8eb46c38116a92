"""Made-up communities, districts and villages by fixed seeds: the same in tests and in benchmarks, today and in a year."""

from __future__ import annotations

import numpy as np
from scipy.spatial import Delaunay

from linli.planning.samples import buildings, county

Instance = tuple[np.ndarray, np.ndarray, list[list[int]], int]  # xy in metres, households, neighbours, number of units


def components(members, adjacency) -> list[list[int]]:
    left, found = set(members), []
    while left:
        start = left.pop()
        stack, part = [start], {start}
        while stack:
            for v in adjacency[stack.pop()]:
                if v in left:
                    left.discard(v)
                    part.add(v)
                    stack.append(v)
        found.append(sorted(part))
    return found


def neighbours(xy: np.ndarray, longest: float) -> list[list[int]]:
    """Delaunay links no longer than ``longest``; what that cuts off is joined again by the shortest links."""
    n = len(xy)
    links = set()
    for a, b, c in Delaunay(xy).simplices:
        for i, j in ((a, b), (b, c), (a, c)):
            links.add((min(i, j), max(i, j)))
    ordered = sorted(links, key=lambda e: np.hypot(*(xy[e[0]] - xy[e[1]])))
    parent = list(range(n))

    def root(i):
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    found: list[set[int]] = [set() for _ in range(n)]

    def join(i, j):
        found[i].add(int(j))
        found[j].add(int(i))
        parent[root(i)] = root(j)

    for i, j in ordered:
        if np.hypot(*(xy[i] - xy[j])) <= longest:
            join(i, j)
    for i, j in ordered:
        if root(i) != root(j):
            join(i, j)
    parts = components(range(n), found)  # points on top of each other can be left out by Delaunay
    while len(parts) > 1:
        a = parts[0]
        rest = np.array([i for part in parts[1:] for i in part])
        apart = np.hypot(*(xy[a][:, None] - xy[rest][None]).transpose(2, 0, 1))
        i, j = np.unravel_index(apart.argmin(), apart.shape)
        join(a[i], int(rest[j]))
        parts = components(range(n), found)
    return [sorted(s) for s in found]


def community(seed=11, n=90, households=3530, east=0.0, north=0.0):
    xy, w = buildings(seed, n, households)
    return xy + np.array([east, north]), w, neighbours(xy, 120.0)


def district(seed=5, count=25):
    r = np.random.default_rng(seed)
    found = []
    for i in range(count):
        households = int(np.clip(r.normal(3500, 550), 2200, 4900))
        n = int(np.clip(households / 39 * r.uniform(0.8, 1.2), 50, 140))
        found.append(community(1000 + i, n, households, east=(i % 5) * 760.0, north=(i // 5) * 640.0))
    return found


def villages():
    xy, w, town, customs = county()
    links = neighbours(xy, 4200.0)
    return xy, w, [[j for j in of if town[j] == town[i]] for i, of in enumerate(links)], town, customs


def shares(w: np.ndarray, town: np.ndarray, units: int = 208) -> np.ndarray:
    """Units of each town by the largest remainder, at least one."""
    quota = np.bincount(town, weights=w) / w.sum() * units
    k = np.maximum(1, np.floor(quota)).astype(int)
    for t in np.argsort(-(quota - k)):
        if k.sum() < units:
            k[t] += 1
    return k


def part(xy, w, links, members):
    place = {g: i for i, g in enumerate(members)}
    return xy[members], w[members], [[place[j] for j in links[g] if j in place] for g in members]


def parts(which: str) -> list[Instance]:
    """a: one community of 90 buildings; b: a district of 25; c: 1,249 villages in 23 towns; one: the district without borders."""
    if which == "a":
        xy, w, links = community()
        return [(xy, w, links, round(w.sum() / 400))]
    if which == "b":
        return [(xy, w, links, max(1, round(w.sum() / 400))) for xy, w, links in district()]
    if which == "one":
        of = district()
        xy, w = np.vstack([x[0] for x in of]), np.concatenate([x[1] for x in of])
        return [(xy, w, neighbours(xy, 120.0), round(w.sum() / 400))]
    if which == "c":
        xy, w, links, town, _ = villages()
        k = shares(w, town)
        return [(*part(xy, w, links, np.flatnonzero(town == t)), int(k[t])) for t in range(len(k))]
    raise ValueError(which)


def city(count=1000):
    r = np.random.default_rng(99)
    for i in range(count):
        households = int(np.clip(r.normal(3500, 550), 2200, 4900))
        n = int(np.clip(households / 39 * r.uniform(0.8, 1.2), 50, 140))
        xy, w, links = community(50000 + i, n, households)
        yield xy, w, links, max(1, round(w.sum() / 400))


def score(instances: list[Instance], divisions) -> dict:
    """Independent of the product: worst deviation, share within 10 %, share of parts whose units are all connected, J in metres."""
    worst, within, units, whole, walked, all_w = 0.0, 0, 0, 0, 0.0, 0.0
    for (xy, w, links, k), lab in zip(instances, divisions, strict=True):
        weight = np.bincount(lab, weights=w, minlength=k)
        off = np.abs(weight - w.sum() / k) / (w.sum() / k)
        worst = max(worst, float(off.max()))
        within += int((off <= 0.1 + 1e-9).sum())
        units += k
        whole += all(len(components(np.flatnonzero(lab == u), links)) == 1 for u in range(k))
        for u in range(k):
            of = np.flatnonzero(lab == u)
            if len(of):
                far = np.hypot(*(xy[of][:, None] - xy[of][None]).transpose(2, 0, 1))
                walked += float((far * w[of]).sum(1).min())
        all_w += float(w.sum())
    return {"dev": worst, "in10": within / units, "contig": whole / len(instances), "J": walked / all_w, "units": units}
