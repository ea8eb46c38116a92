"""A plausible district on paper: rectangles divided and divided again on a lattice of building blocks, then bent to look drawn by hand.

Everything is cut on one integer lattice, so that neighbours share every corner exactly: no overlap and no gap, at any size. Then each
corner is moved once, for all shapes that share it.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from math import ceil, pi, sin, sqrt
from typing import TypeVar

from shapely.geometry import Polygon

K = TypeVar("K", bound=Hashable)

WEST, EAST, SOUTH, NORTH = 109.83, 109.95, 40.62, 40.72
COLUMNS, ROWS = 200, 220  # lattice steps of some 50 m
_JITTER = 0.18  # of a step


@dataclass(frozen=True, slots=True)
class Rect:
    """Lattice steps: x from west, y from south."""

    x0: int
    y0: int
    x1: int
    y1: int

    @property
    def width(self) -> int:
        return self.x1 - self.x0

    @property
    def height(self) -> int:
        return self.y1 - self.y0


def divide(rect: Rect, parts: Sequence[tuple[K, float]]) -> dict[K, Rect]:
    """``rect`` cut into one rectangle for each part, sized by its weight, neighbours in the list staying neighbours on the ground."""
    if len(parts) == 1:
        return {parts[0][0]: rect}
    total = sum(weight for _key, weight in parts)
    cut, taken = 1, parts[0][1]
    while cut < len(parts) - 1 and taken + parts[cut][1] / 2 < total / 2:
        taken += parts[cut][1]
        cut += 1
    share = taken / total
    if rect.width >= rect.height:
        at = rect.x0 + min(max(round(rect.width * share), 2), rect.width - 2)
        first, second = Rect(rect.x0, rect.y0, at, rect.y1), Rect(at, rect.y0, rect.x1, rect.y1)
    else:
        at = rect.y0 + min(max(round(rect.height * share), 2), rect.height - 2)
        first, second = Rect(rect.x0, rect.y0, rect.x1, at), Rect(rect.x0, at, rect.x1, rect.y1)
    return divide(first, parts[:cut]) | divide(second, parts[cut:])


class Lattice:
    """The corners of all leaves, each moved by a little of its own, and the bent map under them."""

    def __init__(self, leaves: Sequence[Rect], seed: int) -> None:
        self._seed = seed
        corners = {(x, y) for r in leaves for x in (r.x0, r.x1) for y in (r.y0, r.y1)}
        self._on_x: dict[int, list[int]] = defaultdict(list)
        self._on_y: dict[int, list[int]] = defaultdict(list)
        for x, y in sorted(corners):
            self._on_x[x].append(y)
            self._on_y[y].append(x)
        self._moved = {corner: self._move(corner) for corner in sorted(corners)}

    def _move(self, corner: tuple[int, int]) -> tuple[float, float]:
        own = random.Random(f"{self._seed}:{corner}")
        return self.bend(corner[0] + own.uniform(-_JITTER, _JITTER), corner[1] + own.uniform(-_JITTER, _JITTER))

    @staticmethod
    def bend(x: float, y: float) -> tuple[float, float]:
        """Lattice position to WGS-84: streets a little askew, the outline a little round."""
        u, v = x / COLUMNS, y / ROWS
        lon = WEST + (EAST - WEST) * (0.03 + 0.9 * u + 0.04 * sin(pi * v) + 0.03 * (v - 0.5) * (u - 0.5) * 2)
        lat = SOUTH + (NORTH - SOUTH) * (0.04 + 0.9 * v + 0.03 * sin(pi * u) - 0.02 * (u - 0.5))
        return round(lon, 7), round(lat, 7)

    def polygon(self, r: Rect) -> Polygon:
        """The outline of a leaf, through every corner of a neighbour that lies on it."""
        south = [(x, r.y0) for x in self._on_y[r.y0] if r.x0 <= x < r.x1]
        east = [(r.x1, y) for y in self._on_x[r.x1] if r.y0 <= y < r.y1]
        north = [(x, r.y1) for x in reversed(self._on_y[r.y1]) if r.x0 < x <= r.x1]
        west = [(r.x0, y) for y in reversed(self._on_x[r.x0]) if r.y0 < y <= r.y1]
        return Polygon([self._moved[c] for c in (*south, *east, *north, *west)])


def footprints(r: Rect, count: int) -> list[list[tuple[float, float]]]:
    """Rings of ``count`` long houses in rows inside a leaf, clear of its moved border."""
    inset = 0.35
    width, height = r.width - 2 * inset, r.height - 2 * inset
    columns = max(1, ceil(sqrt(count * width / height * 0.6)))
    rows = ceil(count / columns)
    w, h = width / columns, height / rows
    rings = []
    for n in range(count):
        x, y = r.x0 + inset + (n % columns + 0.15) * w, r.y1 - inset - (n // columns + 0.7) * h
        corners = ((x, y), (x + 0.7 * w, y), (x + 0.7 * w, y + 0.32 * h), (x, y + 0.32 * h))
        ring = [Lattice.bend(*c) for c in corners]
        rings.append([*ring, ring[0]])
    return rings
