"""The number people quote: «QS-2026-000123», one running series for a district and a year."""

from __future__ import annotations

import re
from datetime import datetime

from django.db import connection
from django.utils import timezone

_SYLLABLE = re.compile(r"(zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw])?[aeiouv]+(?:ng(?![aeiouv])|n(?![aeiouv])|r(?![aeiouv]))?")

_TAKE = """
insert into matters_numberseries (prefix, last) values (%s, 1)
on conflict (prefix) do update set last = matters_numberseries.last + 1
returning last
"""


def initials(key: str) -> str:
    """First letters of a charter key's syllables, as a district shortens its name: qingshan → QS, shaxian → SX.

    A key that isn't pinyin gives its first two letters: standard → ST.
    """
    syllables = list(_SYLLABLE.finditer(key))
    read = "".join(s.group() for s in syllables)
    if read != key or len(syllables) < 2:
        return re.sub(r"[^a-z]", "", key)[:2].upper()
    return "".join(s.group()[0] for s in syllables)[:4].upper()


def take_number(key: str, now: datetime) -> str:
    """The next number of charter ``key`` in the local year of ``now``.

    Call it outside any transaction: the row is then locked for one statement only. A number taken for an intake that fails is
    left out, which is better than intakes waiting for each other.
    """
    prefix = f"{initials(key)}-{timezone.localtime(now).year}"
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [prefix])
        (last,) = cursor.fetchone()
    return f"{prefix}-{last:06d}"
