"""Made-up data to try planning on, by fixed seeds: the same today and in a year. Nothing in it is anybody's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from linli.kit.coordinates import LocalMetres

Sample = tuple[tuple[float, float], dict[str, Any]]
_QINGSHAN, _ZHUCHENG = LocalMetres(109.87, 40.65), LocalMetres(119.41, 36.0)


def buildings(seed: int = 11, n: int = 90, households: int = 3530) -> tuple[np.ndarray, np.ndarray]:
    """A community of about 0.25 km²: estates cut by roads, buildings in rows, households by a lognormal. Metres (n × 2), households."""
    r = np.random.default_rng(seed)
    s = max(1.0, np.sqrt(n / 84))
    width, height = 560.0 * s, 460.0 * s
    roads_x = np.sort(r.uniform(120, width - 120, 2))
    roads_y = r.uniform(150, height - 150, 1)
    points: list[tuple[float, float]] = []
    while len(points) < n:
        cells = [(x, y) for x in np.arange(20, width, 52) for y in np.arange(20, height, 40)]
        r.shuffle(cells)
        for x, y in cells:
            x += r.normal(0, 7)
            y += r.normal(0, 5)
            if np.min(np.abs(roads_x - x)) < 14 or np.min(np.abs(roads_y - y)) < 14:
                continue
            if r.random() < 0.12:
                continue
            points.append((x, y))
            if len(points) >= n:
                break
        if len(points) < n:
            points = []
    xy = np.array(points[:n])
    w = r.lognormal(0, 0.6, n)
    w = np.maximum(4, np.round(w * households / w.sum())).astype(int)
    while w.sum() != households:
        i = r.integers(n)
        w[i] += 1 if w.sum() < households else (-1 if w[i] > 4 else 0)
    return xy, w


def county(seed: int = 23, n: int = 1249, towns: int = 23) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """A county of about 2,180 km²: a village belongs to the nearest of the seats; customs are smooth over the county, with noise.

    Metres (n × 2), households, town, customs (n × 3, in standard deviations).
    """
    r = np.random.default_rng(seed)
    side = 46700.0
    seats: list[np.ndarray] = []
    while len(seats) < towns:
        p = r.uniform(2500, side - 2500, 2)
        if all(np.hypot(*(p - q)) > 6500 for q in seats):
            seats.append(p)
    points: list[np.ndarray] = []
    while len(points) < n:
        p = r.uniform(0, side, 2)
        if all(abs(p[0] - q[0]) > 420 or abs(p[1] - q[1]) > 420 for q in points) or r.random() < 0.05:
            points.append(p)
    xy = np.array(points)
    town = np.argmin(((xy[:, None] - np.array(seats)[None]) ** 2).sum(2), 1)
    w = np.clip(np.round(250 * r.lognormal(0, 0.5, n)), 30, 1100).astype(int)
    knots = r.uniform(0, side, (14, 2))
    loads = r.normal(0, 1, (14, 3))
    near = np.exp(-((xy[:, None] - knots[None]) ** 2).sum(2) / (2 * 7000.0**2))
    customs = near @ loads + r.normal(0, 0.25, (n, 3))
    customs = (customs - customs.mean(0)) / customs.std(0)
    return xy, w, town, customs


def community() -> Iterator[Sample]:
    """90 buildings with 3,530 households, somewhere in Qingshan."""
    xy, w = buildings()
    for n, ((x, y), households) in enumerate(zip(xy, w, strict=True), 1):
        yield _QINGSHAN.to_degrees(x, y), {"id": f"B{n:04d}", "name": f"{n}号楼", "households": int(households), "community": "示例社区"}


def villages(towns: Sequence[str], households: int = 312_000) -> Iterator[Sample]:
    """1,249 villages in Zhucheng's present townships, 208 × 1,500 households: the numbers of 2007, all positions and sizes made up."""
    xy, w, town, customs = county(towns=len(towns))
    w = np.maximum(20, np.round(w * households / w.sum())).astype(int)
    side = xy.max(0) / 2
    for n in range(len(w)):
        yield _ZHUCHENG.to_degrees(*(xy[n] - side)), {
            "id": f"V{n + 1:04d}", "name": f"{towns[town[n]].removesuffix('街道').removesuffix('镇')}{n + 1}号村", "households": int(w[n]),
            "township": towns[town[n]], "surname_share": round(float(np.clip(0.3 + 0.12 * customs[n, 0], 0.02, 0.95)), 3),
            "market": f"{'甲乙丙丁'[int(np.clip(customs[n, 1] + 2, 0, 3))]}集", "irrigation": round(float(customs[n, 2]), 2),
        }  # fmt: skip
