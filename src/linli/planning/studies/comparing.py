"""Comparisons of pairs (AHP) on a form: a row for each pair of the indicators with how many times the first counts as much as the second.

What is kept of them is text, a line for each pair, as a file of comparisons has it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
from django import forms
from django.utils.translation import gettext as _

from linli.planning.indicators import CONSISTENT, compare
from linli.planning.studies.lines import LinesField, parts, typed

MOST = 15
"""Things that can be compared in pairs."""
RATIOS = [*(str(n) for n in range(9, 0, -1)), *(f"1/{n}" for n in range(2, 10))]


def number(text: str) -> bool:
    return text.replace(".", "", 1).isdecimal() and len(text) < 9


def compared(text: str) -> dict[tuple[str, str], str]:
    """The ratio of each pair as it was said, either way round."""
    found: dict[tuple[str, str], str] = {}
    for line in parts(text):
        if len(line) == 3 and all(line):
            first, second, ratio = line
            found[first, second] = ratio
            found[second, first] = ratio.removeprefix("1/") if ratio.startswith("1/") else "1" if ratio == "1" else f"1/{ratio}"
    return found


class PairsWidget(forms.Widget):
    """``names`` are compared with each other; ``table`` is the random index of their consistency. Both are set by the form."""

    template_name = "planning/widgets/pairs.html"
    use_fieldset = True

    def __init__(self, attrs: Any = None) -> None:
        super().__init__(attrs)
        self.names: Sequence[str] = ()
        self.table = "saaty"

    def value_from_datadict(self, data: Any, files: Any, name: str) -> str:
        if name in data or not hasattr(data, "getlist"):
            return str(data.get(name) or "")
        rows = zip(*(data.getlist(f"{name}-{part}") for part in ("first", "second", "ratio")), strict=False)
        return typed([row for row in rows if row[2]])

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        said, pairs = compared(value or ""), list(combinations(self.names[:MOST], 2))
        rows = [(first, second, said.get((first, second), "")) for first, second in pairs]
        return {
            "name": name, "attrs": attrs or {}, "many": len(self.names) > MOST, "consistency": self._consistency(said),
            "rows": [(a, b, ratio, [*RATIOS, *([ratio] if ratio and ratio not in RATIOS else [])]) for a, b, ratio in rows],
        }  # fmt: skip

    def _consistency(self, said: Mapping[tuple[str, str], str]) -> str:
        """How far what was said agrees with itself, in a sentence; nothing where it isn't whole or there is nothing to contradict."""
        n = len(self.names)
        if not 2 < n <= MOST:
            return ""
        matrix = np.ones((n, n))
        for i, j in combinations(range(n), 2):
            over, _slash, under = said.get((self.names[i], self.names[j]), "").partition("/")
            if not number(over) or not number(under or "1") or not float(over) or not float(under or "1"):
                return ""
            matrix[i, j] = float(over) / float(under or "1")
            matrix[j, i] = 1 / matrix[i, j]
        found = compare(matrix, self.table)
        values = {"ratio": f"{found.ratio:.3f}", "most": CONSISTENT}
        if found.consistent or found.worst is None:
            return _("Consistency ratio %(ratio)s: they agree well enough (at most %(most)s).") % values
        first, second = found.worst
        a, b, would = self.names[first], self.names[second], found.would_be
        if first > second:  # as the row has it
            a, b, would = b, a, 1 / would
        values |= {"a": a, "b": b, "said": said[a, b], "would": f"{would:.2g}"}
        return (
            _("Consistency ratio %(ratio)s, more than %(most)s: they contradict each other.") % values
            + " "
            + _("Most of all %(a)s to %(b)s: said to be %(said)s, from the rest about %(would)s.") % values
        )


class PairsField(LinesField):
    """Lines of two indicators and how many times the first counts as much as the second."""

    key = 2
    widget = PairsWidget

    def wrong(self, line: list[str]) -> str:
        if len(line) == 3 and all(line) and all(number(n) for n in line[2].split("/", 1)):
            return ""
        return _("«%(line)s»: two indicators and a ratio such as 3 or 1/3 are needed, with commas between.") % {
            "line": ", ".join(line)[:60]
        }


def among(text: str, names: Sequence[str]) -> tuple[str, list[tuple[str, str]]]:
    """The comparisons of these names alone, and the pairs that are missing."""
    said = compared(text)
    pairs = list(combinations(names, 2))
    kept = [(a, b, said[a, b]) for a, b in pairs if (a, b) in said]
    return typed(kept), [pair for pair in pairs if pair not in said]
