"""Durations as classes that add up. Plain Python: no database.

A median of places and days can't be put together from theirs; counts by class of duration can. Borders grow by a fixed factor, so that
a quantile read from the classes lies within one class of the true one: at most 19 % from it, and mostly far less.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import floor, log

FIRST = 60.0  # seconds: all below is one class
GROWTH = 2**0.25
CLASSES = 64  # the last begins at 37 days; what lies beyond is in it


def class_of(seconds: float) -> int:
    """0 for less than a minute, then one class for each factor of 2^(1/4)."""
    if seconds < FIRST:
        return 0
    return min(CLASSES, 1 + floor(log(seconds / FIRST, GROWTH) + 1e-9))


SQL = f"case when {{0}} < {FIRST} then 0 else least({CLASSES}, 1 + floor(ln({{0}} / {FIRST}) / ln(power(2, 0.25)) + 1e-9)::int) end"
"""The same in SQL, over a double precision expression."""


def border(number: int) -> float:
    """Seconds at which a class begins."""
    return 0.0 if number <= 0 else FIRST * GROWTH ** (number - 1)


def quantile(counts: Mapping[int, int], share: float) -> float | None:
    """Seconds below which ``share`` of the durations lie, read inside its class as if they lay evenly there. None where there are none."""
    total = sum(counts.values())
    if total <= 0:
        return None
    wanted, seen = share * total, 0
    for number in sorted(counts):
        if counts[number] and seen + counts[number] >= wanted:
            low, high = border(number), border(number + 1)
            return low + (high - low) * max(0.0, wanted - seen) / counts[number]
        seen += counts[number]
    return border(max(counts) + 1)
