"""The deny-list: what no group, category, duty or evidence may be about. The terms are in ``denied.toml`` beside this file."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from linli.charter.schema import Name

FILE = Path(__file__).with_name("denied.toml")


@dataclass(frozen=True, slots=True)
class Denial:
    """Why a text is refused: the term found in it, what it is about and the reason."""

    term: str
    about: str
    reason: Name


@dataclass(frozen=True, slots=True)
class _Rule:
    about: str
    reason: Name
    zh: tuple[str, ...]
    en: re.Pattern[str] | None
    unless: tuple[str, ...]
    columns: tuple[str, ...]


@cache
def _rules() -> tuple[_Rule, ...]:
    data = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return tuple(_rule(d) for d in data["denied"])


def _rule(d: dict[str, Any]) -> _Rule:
    reason, english = Name(d["zh_reason"], d["en_reason"]), _words(d["en"]) if d["en"] else None
    return _Rule(d["about"], reason, tuple(d["zh"]), english, tuple(d.get("unless", ())), tuple(d.get("columns", ())))


def _words(terms: list[str]) -> re.Pattern[str]:
    """One pattern of whole words; a hyphen in a term also stands for a space."""
    each = (re.escape(t).replace(r"\*", r"\w*").replace(r"\-", r"[ -]").replace(r"\ ", r"\s+") for t in terms)
    return re.compile(rf"(?<![a-z])(?:{'|'.join(each)})(?![a-z])")


def denied(text: str, *, column: bool = False) -> Denial | None:
    """Why ``text`` (a name, a word or an id) may not stand in a charter, or None. ``column``: nor head a column of a sheet of residents."""
    plain = unicodedata.normalize("NFKC", text).lower()
    plain = "".join(c for c in plain if unicodedata.category(c) != "Cf")  # zero-width signs hide nothing
    latin = re.sub(r"[._]+", " ", plain)
    for rule in _rules():
        packed = re.sub(r"\s+", "", plain)
        for harmless in rule.unless:
            packed = packed.replace(harmless, "")
        if term := next((t for t in (*rule.zh, *(rule.columns if column else ())) if t in packed), ""):
            return Denial(term, rule.about, rule.reason)
        if rule.en and (found := rule.en.search(latin) or rule.en.search(latin.replace("-", " "))):
            return Denial(found[0], rule.about, rule.reason)
    return None
