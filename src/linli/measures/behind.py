"""What a figure counts, as a text that fits into an address: the way from every number to its records.

``on_time,n,,2026-11-01,2026-11-28,150204006000``: measure, which records (n: those that count as good, d: all of them, m: the others),
part, first and last day, place. A seventh piece, ``community``, leaves only those of which no community is known. The records are found by
the condition that counted them, in the digest they were counted from: figure and list are always of the same moment.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils import timezone

from linli.measures.actions import ZONE
from linli.measures.declare import LEVELS, measures, source_of
from linli.measures.periods import DAY

WHICH = {"n": "good", "d": "all", "m": "others"}


@dataclass(frozen=True, slots=True)
class Behind:
    """The records of one figure. ``place`` is a place's code; ``without`` a level of which they must have no area: what lies in none of the
    areas below a place."""

    measure: str
    which: str
    part: str
    since: date
    until: date
    place: str
    without: str = ""

    def __str__(self) -> str:
        pieces = (self.measure, self.which, self.part, self.since.isoformat(), self.until.isoformat(), self.place)
        return ",".join((*pieces, self.without) if self.without else pieces)


def read(text: str) -> Behind | None:
    """The figure a text stands for; None where it stands for none."""
    pieces = text.split(",")
    if len(pieces) not in (6, 7) or pieces[0] not in measures() or pieces[1] not in WHICH:
        return None
    measure, which, part, since, until, place, *without = pieces
    if without and without[0] not in LEVELS:
        return None
    try:
        days = date.fromisoformat(since), date.fromisoformat(until)
    except ValueError:
        return None
    return Behind(measure, which, part, *days, place, *without) if place and "\0" not in text and len(text) < 240 else None


def records(behind: Behind, place_id: int) -> tuple[str, list[Any]]:
    """A SELECT of the records' keys and its parameters."""
    m, table = measures()[behind.measure], source_of(behind.measure).table
    day = f"(({m.at}) at time zone '{ZONE}')"
    only = {"n": f" and ({m.good})", "m": f" and not ({m.good})", "d": ""}[behind.which]
    sql = f"select r.flow_id {m.counted(table)} and %s = any(r.areas[1:{m.depth}]) and {day} >= %s and {day} < %s::date + 1{only}"
    until = min(behind.until, timezone.localdate() - DAY) if m.over else behind.until
    values: list[Any] = [place_id, behind.since, until]
    if behind.without:
        sql += " and not exists (select from places_place b where b.id = any(r.areas) and b.level = %s)"
        values.append(behind.without)
    if m.kind == "times":  # a step, whatever the class of its duration
        return sql + " and split_part(s.part, ' ', 1) = %s", [*values, behind.part]
    if m.split:
        return sql + f" and {m.part} = %s", [*values, behind.part]
    return sql, values
