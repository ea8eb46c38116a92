"""A bound for choosing sites that no choice can beat: Lagrangian relaxation with subgradient steps. Pure.

Each point pays a price for being served; a site then is worth what its points pay beyond the walk. The best sites at any prices, and
whatever the prices are, give a sum no real choice can go below; the prices are moved to make that sum as large as they can.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ROUNDS = 2000
_PATIENCE = 20
_SMALLEST_STEP = 1e-3


@dataclass(frozen=True, slots=True)
class Relaxed:
    """``bound``: no choice costs less. ``open``: sites that may still be in a better choice than the one known; ``sure``: those that must."""

    bound: float
    open: Ints
    sure: Ints


def relax(cost: Floats, weight: Floats, number: int, kept: Ints, known: Ints, *, until: float, rounds: int = ROUNDS) -> Relaxed:
    """What holds for every choice of ``number`` sites that holds ``kept``. ``known``: some choice; the better it is, the more is found.

    ``until`` is a time of ``perf_counter``; stopped early, less is found and nothing wrong.
    """
    walk = weight[:, None] * cost
    nearest = np.sort(walk[:, known], axis=1)[:, :2]
    value = float(nearest[:, 0].sum())
    price = nearest.mean(1)  # what the nearest and the next of the known choice cost: the best prices lie between
    best, at, step, since = -np.inf, price, 1.0, 0
    for _round in range(rounds):
        bound, served = _relaxed(walk, price, number, kept)
        since = since + 1 if bound <= best else 0
        if bound > best:
            best, at = bound, price.copy()
        if since >= _PATIENCE:
            step, since = step / 2, 0
        missing = 1.0 - served
        length = float(missing @ missing)
        if not length or step < _SMALLEST_STEP or value - best <= 1e-9 * abs(value) or time.perf_counter() >= until:
            break
        price += step * max(value * 1.0001 - bound, 1e-6 * abs(value)) / length * missing
    return Relaxed(min(best, value), *_decided(walk, at, number, kept, best, value))


def _decided(walk: Floats, price: Floats, number: int, kept: Ints, bound: float, value: float) -> tuple[Ints, Ints]:
    """Sites that taking in, or leaving out, would lift the bound above ``value`` are decided."""
    each = np.minimum(walk - price[:, None], 0.0).sum(0)
    if number == len(kept):
        return kept, kept
    each[kept] = -np.inf
    order = np.argsort(each, kind="stable")
    last_in, first_out = each[order[number - 1]], each[order[number]] if number < len(each) else np.inf
    slack = value - bound + 1e-9 * abs(value)
    return np.flatnonzero(each - last_in <= slack), np.flatnonzero(first_out - each > slack)


def _relaxed(walk: Floats, price: Floats, number: int, kept: Ints) -> tuple[float, Floats]:
    """The sum at these prices, and how many of the best sites each point would be served by."""
    worth = np.minimum(walk - price[:, None], 0.0)
    each = worth.sum(0)
    rank = each.copy()
    rank[kept] = -np.inf
    chosen = np.argpartition(rank, number - 1)[:number]
    served = (worth[:, chosen] < 0).sum(1).astype(np.float64)
    return float(price.sum() + each[chosen].sum()), served
