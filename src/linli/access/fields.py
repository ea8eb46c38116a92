"""What is kept about residents, column by column: ``fields.toml`` beside this file. A column that isn't told there fails a test.

The notice to residents and the impact assessment are made from it.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("fields.toml")
CLASSES = ("identifier", "contact", "general", "sensitive", "minor")
"""identifier: says who it is. contact: reaches them. sensitive: PIPL art. 28. minor: of children under 14. general: everything else."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One column that says something of a resident."""

    column: str  # "people.Person.born"
    what_zh: str
    what_en: str
    kind: str  # one of CLASSES
    kept_as: str  # plain, sealed, or indexed (a keyed digest)
    purpose_zh: str
    purpose_en: str
    basis_zh: str
    basis_en: str
    until_zh: str  # how long
    until_en: str
    term: str  # a key of ``terms``; "" where a job of its own lets it go sooner


@dataclass(frozen=True, slots=True)
class Term:
    """How long something is kept after what ends it: the retention job has an act for each."""

    id: str
    years: int
    zh: str
    en: str


@cache
def _told() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


@cache
def terms() -> dict[str, Term]:
    return {key: Term(key, told["years"], told["zh"], told["en"]) for key, told in _told()["term"].items()}


@cache
def kept() -> dict[str, Kept]:
    """Every personal column by its name."""
    found = {}
    for table in _told()["field"]:
        purpose, basis, what = table["purpose"], table["basis"], table.get("what", table["purpose"])
        term = terms()[table["term"]] if "term" in table else None
        until = (term.zh, term.en) if term else (table["until"]["zh"], table["until"]["en"])
        for column in table["columns"]:
            found[column] = Kept(
                column, what["zh"], what["en"], table["class"], table["kept"], purpose["zh"], purpose["en"], basis["zh"], basis["en"],
                until[0], until[1], term.id if term else "",
            )  # fmt: skip
    return found


@cache
def plain() -> dict[str, frozenset[str]]:
    """Of each model that holds personal columns, the columns that say nothing of a person: keys, paths, marks."""
    return {model: frozenset(names) for model, names in _told()["plain"].items()}
