"""How far apart villages are in custom: surnames, dialect, market town, irrigation, whatever columns are given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np


def apart_by_customs(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> np.ndarray:
    """Distances between all pairs (n × n), in standard deviations. Raises KeyError for a column that no row has.

    A column of numbers counts by its difference in standard deviations; any other by being different (1) or the same (0). What is
    missing counts as the mean, or as nobody's.
    """
    n = len(rows)
    squares = np.zeros((n, n))
    for column in columns:
        values = [row.get(column) for row in rows]
        if all(v in (None, "") for v in values):
            raise KeyError(column)
        numbers = np.array([_number(v) for v in values])
        if all(np.isfinite(x) or v in (None, "") for x, v in zip(numbers, values, strict=True)):
            spread = np.nanstd(numbers) or 1.0
            numbers = np.nan_to_num((numbers - np.nanmean(numbers)) / spread)
            squares += (numbers[:, None] - numbers[None, :]) ** 2
        else:
            _, kinds = np.unique([str(v or "").strip() for v in values], return_inverse=True)
            squares += kinds[:, None] != kinds[None, :]
    return np.sqrt(squares)


def spread_within(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], lab: np.ndarray, w: np.ndarray) -> float:
    """The household-weighted mean distance in custom between two households of the same unit, in standard deviations."""
    far = apart_by_customs(rows, columns)
    pairs = (lab[:, None] == lab[None, :]) * (w[:, None] * w[None, :])
    return float((far * pairs).sum() / max(pairs.sum(), 1e-9))


def _number(value: Any) -> float:
    try:
        return float(str(value).strip().rstrip("%")) if value not in (None, "") and not isinstance(value, bool) else np.nan
    except ValueError:
        return np.nan
