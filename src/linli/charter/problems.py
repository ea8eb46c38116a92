"""What keeps a charter's text from being loaded, said in both languages with file, line and mend."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in the text. ``slug`` names its kind; ``line`` counts from 1, 0 where the whole file is meant."""

    slug: str
    file: str
    line: int
    zh: str
    en: str

    def text(self, lang: str = "en") -> str:
        """``file:line: what is wrong and how to mend it``, Chinese where ``lang`` starts with "zh"."""
        where = f"{self.file}:{self.line}" if self.line else self.file
        return f"{where}: {self.zh if lang.startswith('zh') else self.en}"


class CharterError(Exception):
    """The text can't be loaded. ``problems`` holds everything found, in the order of the files."""

    def __init__(self, problems: Iterable[Problem]):
        self.problems = tuple(problems)
        super().__init__("\n".join(p.text("en") for p in self.problems))

    def text(self, lang: str = "en") -> str:
        return "\n".join(p.text(lang) for p in self.problems)


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word that ``word`` was probably meant to be, or ""."""
    found = get_close_matches(word.lower(), list(known), n=1, cutoff=0.6)
    return found[0] if found else ""


def meant(word: str, known: Iterable[str]) -> tuple[str, str]:
    """The mend for a word that isn't one of ``known``, in Chinese and English."""
    known = list(known)
    if near := nearest(word, known):
        return f"是不是想写“{near}”？", f'Did you mean "{near}"?'
    if not known:
        return "", ""
    return f"可用：{'、'.join(known)}。", f"Known: {', '.join(known)}."
