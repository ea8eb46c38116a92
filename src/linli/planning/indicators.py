"""Composite indicators 综合指标: values made comparable, weighted, added up, and how far the ranking depends on the weights. Pure.

Three sources of weights: given ones; entropy (an indicator in which places differ more counts more); comparison of pairs by experts (the
analytic hierarchy process, Saaty 1980) with its consistency ratio. None of them is true: what a ranking rests on is shown beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from linli.planning.task import Impossible

Floats = NDArray[np.float64]
Scale = Literal["range", "deviation", "best", "rank"]

# mean consistency index of comparisons by chance, by size from 3 on: the ratio depends on whose table is used, so its name is told
RANDOM = {
    "saaty": (0.52, 0.89, 1.11, 1.25, 1.35, 1.40, 1.45, 1.49, 1.52, 1.54, 1.56, 1.58, 1.59),
    "donegan-dodd": (0.4914, 0.8286, 1.0591, 1.1797, 1.2519, 1.3171, 1.3733, 1.4055, 1.4213, 1.4497, 1.4643, 1.4822, 1.4969),
}
CONSISTENT = 0.1
"""The ratio above which comparisons contradict each other too much to be used."""


@dataclass(frozen=True, slots=True)
class Compared:
    """Weights out of comparisons. ``ratio``: 0 is free of contradiction; ``worst``: the pair that contradicts the others most."""

    weights: Floats
    ratio: float
    worst: tuple[int, int] | None
    would_be: float  # what the others say about that pair

    @property
    def consistent(self) -> bool:
        return self.ratio <= CONSISTENT


def compare(matrix: Floats, table: str = "saaty") -> Compared:
    """Weights of n things from ``matrix``: how many times row counts as much as column (reciprocal, n × n; up to 15 things)."""
    matrix = np.asarray(matrix, np.float64)
    n = len(matrix)
    if matrix.shape != (n, n) or not n or not np.isfinite(matrix).all() or (matrix <= 0).any():
        raise Impossible("comparisons")
    if not np.allclose(matrix * matrix.T, 1.0, rtol=1e-6) or n > 15:
        raise Impossible("comparisons" if n <= 15 else "compared_many")
    values, vectors = np.linalg.eig(matrix)
    first = int(values.real.argmax())
    weights = np.abs(vectors[:, first].real)
    weights /= weights.sum()
    if n < 3:
        return Compared(weights, 0.0, None, 1.0)
    ratio = max(0.0, float((values[first].real - n) / (n - 1) / RANDOM[table][n - 3]))
    off = np.abs(np.log(matrix * weights[None, :] / weights[:, None]))
    i, j = np.unravel_index(int(off.argmax()), off.shape)
    return Compared(weights, ratio, (int(i), int(j)) if ratio > 1e-9 else None, float(weights[i] / weights[j]))


def together(matrices: Sequence[Floats]) -> Floats:
    """Several experts as one: the geometric mean, the only one under which whose turn is asked first makes no difference."""
    return np.exp(np.mean([np.log(m) for m in matrices], axis=0))


def standardised(values: Floats, better: Sequence[bool], how: Scale = "range") -> Floats:
    """Each column so that more is better. range: 0 worst to 1 best; best: share of the best; deviation: standard deviations; rank: 0 to 1.

    ``better``: whether more is better. A column in which all are equal says nothing: 1 for all, or 0 standard deviations.
    """
    values = np.asarray(values, np.float64)
    up = np.where(np.asarray(better, bool), values, -values)
    if how == "deviation":
        spread = up.std(0)
        return np.where(spread > 0, (up - up.mean(0)) / np.where(spread > 0, spread, 1.0), 0.0)
    if how == "rank":
        n = len(up)
        below = (up[:, None, :] > up[None, :, :]).sum(1) + ((up[:, None, :] == up[None, :, :]).sum(1) - 1) / 2
        return below / max(1, n - 1)
    if how == "best":
        if (values <= 0).any():
            raise Impossible("shares_of_best")
        return np.where(np.asarray(better, bool), values / values.max(0), values.min(0) / values)
    low, high = up.min(0), up.max(0)
    return np.where(high > low, (up - low) / np.where(high > low, high - low, 1.0), 1.0)


def entropy_weights(values: Floats, better: Sequence[bool]) -> Floats:
    """Weights by how unevenly each indicator is spread over the places, 0 where all are equal."""
    scaled = standardised(values, better, "range")
    n = len(scaled)
    if n < 2:
        raise Impossible("entropy_few")
    total = scaled.sum(0)
    share = scaled / np.where(total > 0, total, 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        entropy = -np.where(share > 0, share * np.log(share), 0.0).sum(0) / np.log(n)
    even = np.ptp(scaled, axis=0) == 0
    apart = np.where(even, 0.0, np.maximum(0.0, 1.0 - entropy))
    if apart.sum() <= 0:
        raise Impossible("entropy_even")
    return apart / apart.sum()


def ranks(score: Floats) -> NDArray[np.int64]:
    """1 is best; equals share the better rank."""
    return 1 + (score[:, None] < score[None, :] - 1e-12).sum(1)


@dataclass(frozen=True, slots=True)
class Swing:
    """How far one weight can go before another place is first. ``lower``/``upper``: the weight at which that happens (None: never), to whom."""

    weight: float
    lower: float | None
    lower_to: int
    upper: float | None
    upper_to: int


def swings(scaled: Floats, weights: Floats) -> list[Swing]:
    """For each weight, the others keeping their proportions, where the first place changes hands: exact, not tried out."""
    score = scaled @ weights
    first = int(score.argmax())
    found = []
    for k in range(len(weights)):
        rest = weights.copy()
        rest[k] = 0.0
        others = scaled @ (rest / rest.sum()) if rest.sum() > 0 else score
        # at weight t the score is t × own + (1 - t) × others; where does somebody draw level with the first
        own = scaled[:, k]
        lead = (own[first] - others[first]) - (own - others)
        level = others - others[first]
        with np.errstate(divide="ignore", invalid="ignore"):
            at = np.where(np.abs(lead) > 1e-12, level / lead, np.inf)
        at[first] = np.inf
        at[(at < -1e-12) | (at > 1 + 1e-12)] = np.inf
        # who draws level only where nothing else counts any more passes nobody: so do all where an indicator is equal everywhere
        below, above = np.where(at <= weights[k], at, -np.inf), np.where((at > weights[k]) & (at < 1 - 1e-9), at, np.inf)
        i, j = int(below.argmax()), int(above.argmin())
        found.append(
            Swing(
                float(weights[k]), float(below[i]) if np.isfinite(below[i]) else None, i, float(above[j]) if np.isfinite(above[j]) else None, j
            )
        )  # fmt: skip
    return found


def shaken(
    scaled: Floats, weights: Floats, *, by: float = 0.1, times: int = 1000, seed: int = 1
) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
    """Best and worst rank of each place, and how often it is first, when every weight is off by up to ``by`` of itself at once."""
    rng = np.random.default_rng(seed)
    tried = weights * (1 + rng.uniform(-by, by, (times, len(weights))))
    tried /= tried.sum(1, keepdims=True)
    score = scaled @ tried.T
    place = np.stack([1 + len(s) - np.searchsorted(np.sort(s), s + 1e-12, side="right") for s in score.T], 1)
    return place.min(1), place.max(1), (place == 1).mean(1)
