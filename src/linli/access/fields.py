"""What is kept about residents, column by column: ``fields.toml`` beside this file. A column that isn't told there fails a test.

The notice to residents and the impact assessment are made from it.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("fields.toml")
CLASSES = ("identifier", "contact", "general", "sensitive", "minor")
"""identifier: says who it is. contact: reaches them. sensitive: PIPL art. 28. minor: of children under 14. general: everything else."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One column that says something of a resident."""

    column: str  # "people.Person.born"
    kind: str  # one of CLASSES
    kept_as: str  # plain, sealed, or indexed (a keyed digest)
    purpose_zh: str
    purpose_en: str
    basis_zh: str
    basis_en: str
    until_zh: str  # how long
    until_en: str


@cache
def kept() -> dict[str, Kept]:
    """Every personal column by its name."""
    found = {}
    for table in tomllib.loads(FILE.read_text(encoding="utf-8"))["field"]:
        for column in table["columns"]:
            found[column] = Kept(
                column, table["class"], table["kept"], table["purpose"]["zh"], table["purpose"]["en"], table["basis"]["zh"], table["basis"]["en"],
                table["until"]["zh"], table["until"]["en"],
            )  # fmt: skip
    return found


@cache
def plain() -> dict[str, frozenset[str]]:
    """Of each model that holds personal columns, the columns that say nothing of a person: keys, paths, marks."""
    return {model: frozenset(names) for model, names in tomllib.loads(FILE.read_text(encoding="utf-8"))["plain"].items()}
