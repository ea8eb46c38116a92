"""What residents say, written by hand, one file a branch: the demonstration plays it, the proposing of categories learns from it.

A situation tells how it is put (``title``, ``text``, ``address``), what was done (``result``), what the checker saw (``finding``) and what
the person is told (``answer``). ``return_reason`` is why the first post sent it back, ``rework_reason`` what the checker found wanting,
``refuse_reason`` why it was not taken up, in words for the person, ``dissatisfied`` what the person said when it was not good enough.
``weight`` is how common it is, ``season`` the months it comes in (all year where absent). {building} is filled in with a building's name
(«3号楼»), {unit} with a unit's («2单元»); there is never a dwelling number and never a real person.

Of each category's situations some are held out (``learnt_and_held``): nothing is ever learnt from them, they only measure.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
TERMS = HERE / "terms.toml"

Situation = dict[str, Any]


@cache
def situations() -> tuple[Situation, ...]:
    """All of them, by branch, in the order of the files. Not to be changed by whoever reads them."""
    files = (file for file in sorted(HERE.glob("*.toml")) if file != TERMS)
    return tuple(s for file in files for s in tomllib.loads(file.read_text(encoding="utf-8"))["situation"])


@cache
def terms() -> dict[str, str]:
    """What things are called in each kind of matter, beside the charter's own words: category -> terms with spaces between."""
    return tomllib.loads(TERMS.read_text(encoding="utf-8"))["terms"]


def learnt_and_held() -> tuple[list[Situation], list[Situation]]:
    """Those to learn from and those held out: of every category one in four, chosen by the digest of the title and by nothing else.

    At least one of each category is held out and at least one is not; the choice is the same everywhere and needs no list.
    """
    by_category: dict[str, list[Situation]] = defaultdict(list)
    for situation in situations():
        by_category[situation["category"]].append(situation)
    learnt, held = [], []
    for told in by_category.values():
        drawn = sorted(told, key=lambda s: hashlib.sha256(s["title"].encode()).digest())
        size = max(1, len(drawn) // 4)
        held += drawn[:size]
        learnt += drawn[size:]
    return learnt, held
