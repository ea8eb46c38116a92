"""How good a way of proposing is, on the situations nothing was learnt from. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from linli.matters.situations import Situation

Proposer = Callable[[str], Sequence[str]]  # text -> categories, likeliest first


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts over the texts that were tried. ``confused``: (right branch, proposed branch, "" for none) -> texts; ``missed``: leaf -> texts
    of it whose right category was not among the three."""

    tried: int
    first: int
    among_three: int
    silent: int
    confused: Counter[tuple[str, str]] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)

    def share(self, count: int) -> float:
        return count / self.tried if self.tried else 0.0

    def kept(self) -> dict[str, int]:
        """What is stored beside a model."""
        return {"tried": self.tried, "first": self.first, "among_three": self.among_three, "silent": self.silent}


def measure(proposer: Proposer, situations: Sequence[Situation]) -> Figures:
    """Try each situation's text: is the right category the first, is it among three, was nothing proposed?"""
    first = among = silent = 0
    confused: Counter[tuple[str, str]] = Counter()
    missed: Counter[str] = Counter()
    for situation in situations:
        right, found = situation["category"], list(proposer(situation["text"]))[:3]
        first += found[:1] == [right]
        among += right in found
        silent += not found
        confused[_branch(right), _branch(found[0]) if found else ""] += 1
        if right not in found:
            missed[right] += 1
    return Figures(len(situations), first, among, silent, confused, missed)


def _branch(category: str) -> str:
    return category.partition(".")[0]
