"""Telephone numbers of the mainland: mobiles of 11 digits, fixed ones with or without their area code, 400/800 numbers. Pure.

Only the shape is checked; which numbers are in use changes every year.
"""

from __future__ import annotations

import re
import unicodedata

_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_FIXED = re.compile(r"(0[1-9][0-9]{1,2})?([2-9][0-9]{6,7})")
_SERVICE = re.compile(r"[48]00[0-9]{7}")
_BETWEEN = re.compile(r"[\s\u200b-\u200f\u2060\ufeff()（）.\-—–_]+")

FAULTS = ("empty", "signs", "length", "mobile", "shape", "float")
"""Everything ``read`` can find wrong."""


class BadPhone(ValueError):
    """Not a telephone number, and why: one of ``FAULTS``."""

    def __init__(self, fault: str) -> None:
        super().__init__(fault)  # never the number
        self.fault = fault


def plain(said: str) -> str:
    """Digits only: without spaces, dashes, brackets and the country's +86."""
    text = _BETWEEN.sub("", unicodedata.normalize("NFKC", said).strip())
    for prefix in ("+86", "0086"):
        if text.startswith(prefix):
            return text[len(prefix) :]
    return text[2:] if re.fullmatch(r"861[3-9][0-9]{9}", text) else text


def read(said: str) -> str:
    """The number in its one form, digits only. Raises BadPhone."""
    if _MOBILE.fullmatch(said):  # most are
        return said
    text = plain(said)
    if not text:
        raise BadPhone("empty")
    if re.fullmatch(r"[0-9]+[eE]\+?[0-9]+", text):
        raise BadPhone("float")
    if not re.fullmatch(r"[0-9]+", text):
        raise BadPhone("signs")
    if _MOBILE.fullmatch(text) or _SERVICE.fullmatch(text) or _FIXED.fullmatch(text):
        return text
    if text.startswith("1") and len(text) == 11:
        raise BadPhone("mobile")
    if not 7 <= len(text) <= 12:
        raise BadPhone("length")
    raise BadPhone("shape")


def is_mobile(text: str) -> bool:
    return _MOBILE.fullmatch(text) is not None


def masked(text: str) -> str:
    """138****5678; of a fixed number the last four signs stay."""
    if is_mobile(text):
        return f"{text[:3]}****{text[-4:]}"
    return f"{'*' * (len(text) - 4)}{text[-4:]}" if len(text) > 6 else "*" * len(text)


def invented(serial: int) -> str:
    """A number that passes for a mobile and rings nowhere: 154 is given to no network. For demonstrations and tests."""
    if not 0 <= serial < 10**8:
        raise ValueError(f"{serial} is not 0 to 99999999")
    return f"154{serial:08d}"
