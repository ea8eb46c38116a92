"""Rows as COPY takes them, in its text format, made in one go: quicker than giving it a million values one by one. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

NOTHING = "\\N"


def lines(rows: Iterable[Sequence[Any]]) -> str:
    """Text that somebody wrote has to go through ``meaning_itself`` first."""
    return "".join(["\t".join([v if v.__class__ is str else _text(v) for v in row]) + "\n" for row in rows])


def _text(value: Any) -> str:
    if value.__class__ is bytes:
        return "\\\\x" + value.hex()
    if value.__class__ is list:
        return "{" + ",".join(map(str, value)) + "}"
    return NOTHING if value is None else str(value)


def meaning_itself(text: str) -> str:
    """Text with the signs that would mean something to COPY."""
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")
