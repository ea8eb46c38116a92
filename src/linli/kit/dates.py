"""Dates as people write them: 2026-11-28, 2026年11月28日, 2026.11.28, 20261128, 二〇二六年十一月二十八日. Pure.

The year has four digits: «55.3.1» would be a guess. Dates of the lunar calendar are refused, not guessed.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, timedelta

FAULTS = ("empty", "shape", "lunar", "year", "day", "float")
"""Everything ``read`` can find wrong."""
OLDEST = 130

_DIGITS = {c: str(i) for i, c in enumerate("〇一二三四五六七八九")} | {"零": "0", "○": "0", "O": "0", "Ｏ": "0"}
_CHINESE = re.compile(r"([〇零○O一二三四五六七八九]{4})年(元|正|[一二三四五六七八九十]{1,3})月([一二三四五六七八九十廿卅]{1,4})(?:日|号)?")
_SEPARATED = re.compile(r"([0-9]{1,4})(?:[-/.,、]|年)([0-9]{1,2})(?:[-/.,、]|月)([0-9]{1,2})(?:日|号)?(?:0{1,2}:00(?::00)?)?")
_PACKED = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_LUNAR = re.compile(r"农历|阴历|旧历|腊月|冬月|初[一二三四五六七八九十]|闰")


class BadDate(ValueError):
    """No date, and why: one of ``FAULTS``."""

    def __init__(self, fault: str) -> None:
        super().__init__(fault)
        self.fault = fault


def read(said: str) -> date:
    """The day in ``said``. Raises BadDate."""
    text = re.sub(r"\s+", "", unicodedata.normalize("NFKC", said))
    if not text:
        raise BadDate("empty")
    if _LUNAR.search(text):
        raise BadDate("lunar")
    if found := _CHINESE.fullmatch(text):
        year = int("".join(_DIGITS[c] for c in found[1]))
        return _day(year, 1 if found[2] in "元正" else _count(found[2]), _count(found[3]))
    if found := _PACKED.fullmatch(text) or _SEPARATED.fullmatch(text):
        if len(found[1]) != 4:
            raise BadDate("year")
        return _day(int(found[1]), int(found[2]), int(found[3]))
    if re.fullmatch(r"[0-9]{5}(\.[0-9]+)?", text):  # the days a spreadsheet counts
        raise BadDate("float")
    raise BadDate("shape")


def from_serial(days: float) -> date:
    """The day a spreadsheet means by a number of days (1900 system, its missing leap day included). Raises BadDate outside 1900 to 2100."""
    if not 61 <= days < 73415:
        raise BadDate("float")
    return date(1899, 12, 30) + timedelta(days=int(days))


def _count(text: str) -> int:
    """十二 12, 二十 20, 廿一 21, 卅 30."""
    text = text.replace("廿", "二十").replace("卅", "三十")
    tens, ten, ones = text.rpartition("十")
    if not ten:
        return int(_DIGITS[text]) if len(text) == 1 else 99
    if len(tens) > 1 or len(ones) > 1:
        return 99
    return int(_DIGITS.get(tens, "1")) * 10 + int(_DIGITS.get(ones, "0"))


def _day(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise BadDate("day") from None


def age(born: date, on: date) -> int:
    """Full years lived on a day. Who is born on 29 February comes of age on 1 March."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def long_ago(day: date, today: date) -> bool:
    """Longer ago than anybody lives."""
    return today.year - day.year > OLDEST
