"""A text as counts of its pieces: one to three neighbouring Chinese signs, and whole words in Latin letters. Pure.

Where something is says nothing of what it is: «单元门口» is no door. Numbers say nothing of the kind of matter and much of a person (a
telephone, an identity, a door): every run of digits becomes one «0».
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

LONGEST = 3
_FILLED_IN = re.compile(r"\{\w*\}")
_WHEREABOUTS = re.compile(r"(?:单元|楼|小区|院|大)*门[口前外旁边]")
_DIGITS = re.compile(r"[0-9]+")
_RUNS = re.compile(r"[\u4e00-\u9fff0]+|[a-z]+")


def plain(text: str) -> str:
    """The text without what is only spelling or whereabouts: full-width signs, capitals, placeholders of a situation, the value of numbers."""
    spelt = _FILLED_IN.sub(" ", unicodedata.normalize("NFKC", text).lower())
    return _DIGITS.sub("0", _WHEREABOUTS.sub(" ", spelt))


def grams(text: str) -> Counter[str]:
    """How often each piece stands in the text; pieces never reach over a space, a sign or a change of script."""
    counts: Counter[str] = Counter()
    for run in _RUNS.findall(plain(text)):
        if run[0].isascii() and run[0] != "0":
            counts[run] += 1
            continue
        for size in range(1, LONGEST + 1):
            counts.update(run[at : at + size] for at in range(len(run) - size + 1))
    counts.pop("0", None)  # that there is some number says nothing; «0号楼» does
    return counts
