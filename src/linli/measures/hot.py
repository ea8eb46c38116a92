"""What is hot: more of a kind in a place than the season lets expect. Plain Python on counts.

Counted are four whole weeks, so that each weekday is in them equally often. Expected is what the same four weeks of former years had on
average; where there is no such history, half of what the eight weeks before had. The score is the difference in units of what chance
alone would make of it:

    score = (count - expected) / sqrt(expected * (1 + window / baseline) + 1)

The first term under the root is the scatter of a count about its mean and of the mean about the baseline it was taken from (both taken
for Poisson); the 1 shrinks what is seldom, so that three where none was expected is no alarm. Hot is a score of at least 2 with at least
5 matters.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from math import sqrt

WINDOW = 28  # days
YEAR = 364  # 52 whole weeks: the same weekdays
FORMER = 3  # years looked back
BEFORE = 56  # days
LEAST = 5
HOT = 2.0


@dataclass(frozen=True, slots=True)
class Heat:
    """A count against what was to be expected."""

    count: int
    expected: float
    score: float

    @property
    def hot(self) -> bool:
        return self.count >= LEAST and self.score >= HOT

    @property
    def change(self) -> float | None:
        """How many times as many as expected; None where none were."""
        return self.count / self.expected if self.expected else None


def score(count: int, expected: float, windows: float) -> float:
    """``windows`` is how many windows the baseline is long: 2 for eight weeks, n for n former years."""
    return (count - expected) / sqrt(expected * (1 + 1 / windows) + 1)


def heat(count: int, baseline: int, windows: float) -> Heat:
    """``baseline`` is the count over all of the baseline's windows."""
    expected = baseline / windows
    return Heat(count, expected, score(count, expected, windows))


def windows(until: date) -> tuple[tuple[date, date], tuple[date, date], tuple[tuple[date, date], ...]]:
    """The four weeks to ``until``, the eight before them, and the same four of former years, each with first and last day."""
    since = until - timedelta(days=WINDOW - 1)
    before = since - timedelta(days=BEFORE), since - timedelta(days=1)
    former = tuple((since - timedelta(days=YEAR * n), until - timedelta(days=YEAR * n)) for n in range(1, FORMER + 1))
    return (since, until), before, former
