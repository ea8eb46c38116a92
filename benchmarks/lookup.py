"""Point lookup: which grid is a position in, over 10,000 polygons in one process; and drawing the demonstration district's shapes.

``run()`` needs no database. Each figure is a dict with ``what``, ``ours``, ``unit``, ``goal`` and ``met``.
"""

from __future__ import annotations

import os
import random
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

SIDE = 100  # 100 × 100 grids
LOOKUPS = 20_000


def _polygons() -> list:
    """10,000 neighbouring grids with 16 corners each, borders shared, as a city's would be."""
    from shapely.geometry import Polygon

    own = random.Random(1)
    west, south, step = 109.6, 40.4, 0.003
    corner = {
        (x, y): (west + (x / 4 + own.uniform(-0.06, 0.06)) * step, south + (y / 4 + own.uniform(-0.06, 0.06)) * step)
        for x in range(SIDE * 4 + 1)
        for y in range(SIDE * 4 + 1)
        if x % 4 == 0 or y % 4 == 0
    }
    polygons = []
    for gx in range(SIDE):
        for gy in range(SIDE):
            x, y = gx * 4, gy * 4
            ring = [(x + n, y) for n in range(4)] + [(x + 4, y + n) for n in range(4)]
            ring += [(x + 4 - n, y + 4) for n in range(4)] + [(x, y + 4 - n) for n in range(4)]
            polygons.append(Polygon([corner[c] for c in ring]))
    return polygons


def _milliseconds(act, points: list[tuple[float, float]]) -> list[float]:
    took = []
    for lon, lat in points:
        began = time.perf_counter()
        act(lon, lat)
        took.append((time.perf_counter() - began) * 1000)
    return sorted(took)


def run() -> list[dict[str, Any]]:
    """The figures: p95 and p50 of a lookup, of a nearest-grid lookup, and how long the index takes to make."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "linli.conf.settings")
    import django

    django.setup()
    from linli.places.lookup import PointIndex

    polygons = _polygons()
    began = time.perf_counter()
    index = PointIndex(list(range(len(polygons))), polygons)
    made = time.perf_counter() - began
    own = random.Random(2)
    inside = [(own.uniform(109.601, 109.899), own.uniform(40.401, 40.699)) for _ in range(LOOKUPS)]
    assert sum(index.at(*p) is not None for p in inside) == LOOKUPS, "every position inside the city has its grid"
    hits = _milliseconds(index.at, inside)
    beside = [(109.5995, own.uniform(40.41, 40.69)) for _ in range(2000)]
    assert all(index.at(*p) is None and index.near(*p, 200) for p in beside)
    near = _milliseconds(lambda lon, lat: index.near(lon, lat, 200), beside)
    p95 = hits[int(len(hits) * 0.95)]
    return [
        {"what": "point lookup p95, 10,000 grids", "ours": round(p95, 4), "unit": "ms", "goal": "< 1", "met": p95 < 1},
        {"what": "point lookup p50, 10,000 grids", "ours": round(hits[len(hits) // 2], 4), "unit": "ms", "goal": "shown", "met": True},
        {
            "what": "nearest grid p95 within 200 m",
            "ours": round(near[int(len(near) * 0.95)], 4),
            "unit": "ms",
            "goal": "shown",
            "met": True,
        },
        {"what": "index of 10,000 grids made", "ours": round(made, 3), "unit": "s", "goal": "shown", "met": True},
    ]


if __name__ == "__main__":
    for figure in run():
        print(f"{figure['what']:<36} {figure['ours']:>10} {figure['unit']:<3} {figure['goal']}")
