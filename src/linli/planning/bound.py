"""What no division can do better than, and, where it is small, the proof.

The bound is that of the capacitated p-median without regard to connectedness: k middles are chosen, every household goes to one, each
middle serves between ``low`` and ``high`` households, and buildings may even be split. Its linear programme has n² variables; the bound
is reached from the other side instead, by putting a price on serving each building and raising it until supply meets demand
(Lagrangian relaxation with subgradients; every price gives a valid bound, so stopping early only makes it weaker). It is as good as
the linear programme's to some parts in a thousand, for any n, in a second or so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

from linli.planning.task import Task

SMALL = 150  # buildings up to which a proof is tried
FEW = 60  # buildings up to which the linear programme itself is the quicker way to the bound


def lower_bound(task: Task, best: float, steps: int = 400) -> float:
    """Mean metres per household below which no division of ``task`` can go. ``best``: the walking of a known one, which leads the steps.

    Up to ``FEW`` buildings the linear programme itself is solved.
    """
    if task.w.sum() <= 0 or task.k == 1:
        return best
    if task.n <= FEW:
        return min(best, linear_bound(task))
    return max(0.0, min(best, value_of(task, _prices(task, best, steps))))


def _prices(task: Task, best: float, steps: int) -> np.ndarray:
    """Prices, in metres for each household of a building, found by following what is served too seldom or too often."""
    n, k, total, w = task.n, task.k, float(task.w.sum()), task.w
    m = min(n, max(24, int(np.ceil(4 * task.high / max(total / n, 1e-9)))))  # only what is close can be worth its price
    near = np.argsort(task.far, axis=1, kind="stable")[:, :m]
    metres, served = np.take_along_axis(task.far, near, 1), w[near]
    price = kept = np.full(n, 2 * best)
    found, pull, stale, direction = -np.inf, 0.5, 0, np.zeros(n)
    for _ in range(steps):
        cost, take = _middles(metres - price[near], served, task.low, task.high)
        chosen = np.argpartition(cost, k - 1)[:k]
        bound = float((w * price).sum() + cost[chosen].sum()) / total
        if bound > found + 1e-6 * best:
            found, kept, stale = bound, price, 0
        elif (stale := stale + 1) >= 12:
            price, pull, stale = kept, pull * 0.6, 0
        supply = np.bincount(near[chosen].ravel(), weights=take[chosen].ravel(), minlength=n)
        direction = 0.6 * direction + (1 - supply / np.maximum(w, 1e-9)) * (w > 0)
        size = float((w * direction**2).sum())
        if size < 1e-12 or pull < 1e-4:
            break
        price = price + pull * max(best - bound, 1e-4 * best) * total / size * direction
    return kept


def value_of(task: Task, price: np.ndarray, rows: int = 256) -> float:
    """The bound that ``price`` gives, over all middles and all buildings: valid whatever the prices."""
    cost = np.concatenate(
        [
            _middles(task.far[at : at + rows] - price, np.broadcast_to(task.w, task.far[at : at + rows].shape), task.low, task.high)[0]
            for at in range(0, task.n, rows)
        ]
    )
    return float((task.w * price).sum() + np.partition(cost, task.k - 1)[: task.k].sum()) / float(task.w.sum())


def _middles(value: np.ndarray, w: np.ndarray, low: float, high: float) -> tuple[np.ndarray, np.ndarray]:
    """What each middle costs at these prices when it takes what pays (up to ``high``) and must take at least ``low``; and what it takes."""
    order = np.argsort(value, axis=1, kind="stable")
    ordered = np.take_along_axis(value, order, 1)
    weight = np.take_along_axis(w, order, 1)
    before = np.cumsum(weight, axis=1) - weight
    taken = np.clip(np.where(ordered < 0, high, low) - before, 0, weight)
    take = np.zeros_like(taken)
    np.put_along_axis(take, order, taken, 1)
    return (taken * ordered).sum(1), take


@dataclass(frozen=True, slots=True)
class Proof:
    """``walking``: the optimum without regard to connectedness, ``bound`` what is proven, ``lab`` its units; None where time ran out."""

    walking: float | None
    bound: float
    lab: np.ndarray | None


def _programme(task: Task, pairs: np.ndarray, middles: np.ndarray) -> dict[str, Any]:
    """The p-median over the ``pairs`` (middle, building) that can still be in an optimum."""
    n, m = task.n, len(pairs)
    place = np.full(n, -1)
    place[middles] = np.arange(len(middles))
    v, y = np.arange(m), m + place[pairs[:, 0]]
    w = task.w[pairs[:, 1]]
    size = m + len(middles)
    cost = np.r_[w * task.far[pairs[:, 0], pairs[:, 1]], np.zeros(len(middles))]
    assign = sparse.csr_matrix((np.ones(m), (pairs[:, 1], v)), shape=(n, size))
    count = sparse.csr_matrix((np.ones(len(middles)), (np.zeros(len(middles), int), m + np.arange(len(middles)))), shape=(1, size))
    link = sparse.csr_matrix((np.r_[np.ones(m), -np.ones(m)], (np.r_[v, v], np.r_[v, y])), shape=(m, size))
    spot = place[pairs[:, 0]]
    rows, columns = np.r_[spot, np.arange(len(middles))], np.r_[v, m + np.arange(len(middles))]
    most = sparse.csr_matrix((np.r_[w, np.full(len(middles), -task.high)], (rows, columns)), shape=(len(middles), size))
    least = sparse.csr_matrix((np.r_[-w, np.full(len(middles), task.low)], (rows, columns)), shape=(len(middles), size))
    return {
        "c": cost,
        "equal": sparse.vstack([assign, count]),
        "right": np.r_[np.ones(n), task.k],
        "most": sparse.vstack([link, most, least]),
    }


def _all(task: Task) -> tuple[np.ndarray, np.ndarray]:
    a, b = np.meshgrid(np.arange(task.n), np.arange(task.n), indexing="ij")
    return np.stack([a.ravel(), b.ravel()], 1), np.arange(task.n)


def linear_bound(task: Task, near: int = 0) -> float:
    """The linear programme itself, by HiGHS: mean metres per household. A second or so at a hundred buildings, n⁴ from there.

    With ``near`` only so many pairs for each middle are in it; its prices then give a bound over all pairs (``value_of``).
    """
    pairs, middles = _all(task)
    if near:
        close = np.argsort(task.far, axis=1, kind="stable")[:, :near]
        pairs = np.stack([np.repeat(middles, near), close.ravel()], 1)
    of = _programme(task, pairs, middles)
    method = "highs-ipm" if near else "highs"
    found = linprog(
        of["c"], A_ub=of["most"], b_ub=np.zeros(of["most"].shape[0]), A_eq=of["equal"], b_eq=of["right"], bounds=(0, 1), method=method
    )
    if found.x is None:
        return 0.0
    if near:
        return value_of(task, found.eqlin.marginals[: task.n] / np.maximum(task.w, 1e-9))
    return float(found.fun) / float(task.w.sum())


def prove(task: Task, best: float, seconds: float = 60.0) -> Proof:
    """The optimum of a small task by HiGHS, connectedness relaxed: if its units hold together it is the optimum, else a bound.

    ``best`` is the walking of a known division: nothing dearer is looked for. Raises ValueError above ``SMALL`` buildings.
    """
    if task.n > SMALL:
        raise ValueError(f"{task.n} buildings; a proof is tried up to {SMALL}")
    total = float(task.w.sum())
    reach = task.far * task.w[None, :] <= best * total + 1e-6  # one building alone may not cost more than all together
    pairs, middles = _all(task)
    pairs = pairs[reach[pairs[:, 0], pairs[:, 1]]]
    of = _programme(task, pairs, middles)
    limits = [
        LinearConstraint(of["equal"], of["right"], of["right"]),
        LinearConstraint(of["most"], -np.inf, 0),
        LinearConstraint(sparse.csr_matrix(of["c"]), -np.inf, best * total * (1 + 1e-9) + 1e-6),
    ]
    found = milp(
        of["c"], constraints=limits, integrality=np.ones(len(of["c"])), bounds=Bounds(0, 1),
        options={"time_limit": seconds, "mip_rel_gap": 1e-6},
    )  # fmt: skip
    bound = (found.mip_dual_bound or 0.0) / total
    if found.x is None:
        return Proof(None, bound, None)
    chosen = middles[found.x[len(pairs) :] > 0.5]
    lab = np.zeros(task.n, np.int64)
    taken = pairs[found.x[: len(pairs)] > 0.5]
    lab[taken[:, 1]] = np.searchsorted(chosen, taken[:, 0])
    return Proof(float(found.fun) / total, bound, lab)
