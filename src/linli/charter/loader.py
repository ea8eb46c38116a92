"""TOML folder → Charter."""

from __future__ import annotations

from pathlib import Path

from linli.charter.schema import Charter


class CharterError(Exception):
    """The text can't be loaded; names file, line and the mend."""


def sources(folder: Path) -> dict[str, str]:
    raise CharterError


def parse(source: dict[str, str]) -> Charter:
    raise CharterError


def load(folder: Path) -> Charter:
    return parse(sources(folder))
