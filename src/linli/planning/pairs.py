"""Which vice-chair speaks for which grids: neighbours in twos, near the norm of households."""

from __future__ import annotations

import numpy as np
from scipy import sparse
from scipy.optimize import LinearConstraint, milp

from linli.planning.adjacency import Links
from linli.planning.task import Division


def touching(links: Links, lab: np.ndarray) -> np.ndarray:
    """Pairs of units with a link between them (m × 2, the smaller number first)."""
    pairs = np.sort(lab[links.pairs], axis=1)
    return np.unique(pairs[pairs[:, 0] != pairs[:, 1]], axis=0)


def chairs(division: Division, links: Links, norm: float = 800) -> list[tuple[int, ...]]:
    """Units by vice-chair, see ``in_twos``."""
    return in_twos(touching(links, division.lab), division.households, norm)


def in_twos(near: np.ndarray, households: np.ndarray, norm: float) -> list[tuple[int, ...]]:
    """As many pairs of neighbouring units (``near``, m × 2) as there can be and, of those, the ones whose ``households`` (by unit) are nearest to
    ``norm``; the rest single.

    Exact (HiGHS): a matching of the largest size and the least deviation.
    """
    units = len(households)
    if not len(near):
        return [(u,) for u in range(units)]
    off = np.abs(households[near].sum(1) - norm)
    gain = off.sum() + 1 - off  # any further pair outweighs all deviations
    once = sparse.csr_matrix((np.ones(2 * len(near)), (near.ravel(), np.repeat(np.arange(len(near)), 2))), shape=(units, len(near)))
    found = milp(-gain, constraints=LinearConstraint(once, -np.inf, 1), integrality=np.ones(len(near)), bounds=(0, 1))
    pairs = [tuple(int(u) for u in pair) for pair in near[found.x > 0.5]] if found.x is not None else []
    paired = {u for pair in pairs for u in pair}
    return sorted([*pairs, *((u,) for u in range(units) if u not in paired)])
