"""Citizens' identity numbers, 公民身份号码 (GB 11643-1999): 17 digits and a check character, which say place, birth date and sex.

A number is checked by what it says of itself; whether it was ever issued only the police know. The area code is not looked up: codes of
places that no longer exist are still on people's cards. Area code 000000 is never issued, so what is generated for demonstrations and
tests uses it (``invented``).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from operator import mul

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ZEROS = ord("0") * sum(_WEIGHTS)  # signs are multiplied, not digits
_CHECKS = "10X98765432"
_USUAL = re.compile(r"[0-9]{17}[0-9X]")
_SPACES = re.compile(r"[\s\u200b-\u200f\u2060\ufeff·.\-_—–'`‘’]+")
EARLIEST = date(1880, 1, 1)
NOBODY = "000000"

FAULTS = ("empty", "signs", "length", "old", "check", "date", "future", "float")
"""Everything ``read`` can find wrong. Who shows it to a person has a sentence for each."""


class BadIdNumber(ValueError):
    """Not an identity number, and why: one of ``FAULTS``. ``converted``: for an old number of 15 digits, the new one it would be."""

    def __init__(self, fault: str, converted: str = "") -> None:
        super().__init__(fault)  # never the number: the text of an error may reach a log
        self.fault, self.converted = fault, converted


@dataclass(frozen=True, slots=True)
class IdNumber:
    """``text`` is the one form it is stored and looked for in: 18 signs, X in upper case. ``sex``: "m" or "f"."""

    text: str
    born: date
    sex: str

    @property
    def area(self) -> str:
        return self.text[:6]

    def __repr__(self) -> str:  # never into a log
        return "IdNumber(…)"


def plain(said: str) -> str:
    """As people write it, in its one form: full-width signs, spaces, dashes and the apostrophe of spreadsheets are nothing, × and lower-case x are X."""
    text = unicodedata.normalize("NFKC", said).strip()
    return _SPACES.sub("", text).upper().replace("×", "X").replace("Х", "X")


def check_sign(digits: str) -> str:
    """The 18th sign for 17 digits (ISO 7064, MOD 11-2)."""
    return _CHECKS[(sum(map(mul, digits.encode(), _WEIGHTS)) - _ZEROS) % 11]


def read(said: str, today: date) -> IdNumber:
    """The number in ``said``. Raises BadIdNumber with what is wrong, the most telling fault first."""
    text = said if _USUAL.fullmatch(said) else _usual(said)
    born = _day(text[6:14])
    if born is None or born < EARLIEST:
        raise BadIdNumber("date")
    if text[17] != check_sign(text[:17]):
        raise BadIdNumber("check")
    if born > today:
        raise BadIdNumber("future")
    return IdNumber(text, born, "m" if int(text[16]) % 2 else "f")


def _usual(said: str) -> str:
    """Eighteen signs, however they are written. Raises BadIdNumber where they are none."""
    text = plain(said)
    if not text:
        raise BadIdNumber("empty")
    if re.fullmatch(r"[0-9]+E\+?[0-9]+", text):  # what a spreadsheet makes of it: the last digits are gone for good
        raise BadIdNumber("float")
    if not re.fullmatch(r"[0-9]*X?", text):
        raise BadIdNumber("signs")
    if len(text) == 15 and text.isdigit():
        raise BadIdNumber("old", _converted(text))
    if len(text) != 18:
        raise BadIdNumber("length")
    return text


def _converted(old: str) -> str:
    """What an old number of 15 digits became in 1999 (its year is of the 1900s); "" where it holds no date."""
    body = f"{old[:6]}19{old[6:]}"
    return body + check_sign(body) if _day(body[6:14]) else ""


@lru_cache(maxsize=50_000)  # days, not people
def _day(digits: str) -> date | None:
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return None


def masked(text: str) -> str:
    """1502**********21X: enough to tell two people of a household apart, not to be taken down."""
    return f"{text[:4]}{'*' * 11}{text[-3:]}" if len(text) == 18 else "*" * len(text)


def invented(born: date, sex: str, serial: int) -> str:
    """A number that passes every check and can be nobody's: area code 000000. ``serial`` 0 to 499 tells apart those born on a day."""
    order = serial * 2 + (1 if sex == "m" else 0)
    if not 0 <= order <= 999:
        raise ValueError(f"{serial} is not 0 to 499")
    body = f"{NOBODY}{born:%Y%m%d}{order:03d}"
    return body + check_sign(body)
