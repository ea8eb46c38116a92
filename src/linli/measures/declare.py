"""A measure is declared once, by the room whose records it counts, and everything else follows from the declaration.

A room keeps one row for each of its records with what its history says (the *digest*: when it was filed, when it was closed …; nothing
that can't be made again). A measure says by which moment of that row a record is counted, which records count at all and which of them
count as good. So each record counts at most once for a measure (or for each part it is split into); figures of days, places and parts
add up; a share is the sum of its numerators over the sum of its denominators; and the records behind a figure are found by the very
condition that counted them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from django.dispatch import Signal

from linli.charter.schema import Name

LEVELS = ("district", "street", "community", "grid")
"""Levels of the area tree that figures are rolled up to, outermost first."""


counted = Signal()
"""Sent when the job has brought the figures up to date: for rooms above that keep something ready of them."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One number. ``at``, ``where``, ``good`` and ``split`` are SQL over a row ``r`` of the digest.

    ``at`` is the moment by whose local day a record is counted (null: not yet). ``split`` is a table of (part, at[, seconds]) for each
    row; ``at`` is then its own. What is a count has no ``good``; of a share it is the numerator. ``least``: with fewer records a share
    is not shown, where a share of a few would tell of single people.
    """

    key: str
    name: Name
    meaning: Name
    at: str
    kind: Literal["count", "share", "times"] = "count"
    where: str = ""
    good: str = "true"
    split: str = ""
    depth: int = len(LEVELS)  # how many levels, from the outermost in, it is kept for
    better: Literal["more", "less", ""] = ""
    least: int = 1
    over: bool = False  # a day counts once it is over: what is due today may still be done today

    def counted(self, rows: str, more: str = "") -> str:
        """The rows that count, as ``FROM … WHERE …`` over the table ``rows``; ``more`` joins further tables."""
        split = f" cross join lateral ({self.split}) s" if self.split else ""
        where = f" and ({self.where})" if self.where else ""
        return f"from {rows} r{split}{more} where {self.at} is not null{where}"

    @property
    def part(self) -> str:
        return "s.part" if self.split else "''"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a room's measures come from.

    ``table`` is the digest (key ``flow_id``, the record's ``place_id``, ``areas``: ids of the places it counts for, outermost first).
    ``digest`` is the SELECT that makes its rows, in the order of ``columns``, for the records in the temporary table ``chosen (id)``;
    ``log`` an append-only table whose growing ``id`` and ``flow_id`` tell which records changed; ``moved`` selects those whose place
    changed without a line there. ``params`` are values for ``digest`` and ``also``, asked at each run. ``also`` selects further
    records whose digest changes with that of the chosen, once.
    """

    key: str
    table: str
    columns: tuple[str, ...]
    digest: str
    log: str
    every: str
    moved: str
    measures: tuple[Measure, ...]
    params: Callable[[], Mapping[str, Any]]
    also: str = ""


_sources: dict[str, Source] = {}


def declare(source: Source) -> None:
    """Register a room's measures, in ``AppConfig.ready``. Keys are unique over all rooms."""
    taken = {m.key for s in _sources.values() if s.key != source.key for m in s.measures}
    own = [m.key for m in source.measures]
    if twice := [k for k in own if k in taken or own.count(k) > 1]:
        raise ValueError(f"measures declared twice: {', '.join(sorted(set(twice)))}")
    _sources[source.key] = source


def sources() -> tuple[Source, ...]:
    return tuple(_sources.values())


def measures() -> dict[str, Measure]:
    """All of them by key, in the order of their declaration."""
    return {m.key: m for s in _sources.values() for m in s.measures}


def source_of(key: str) -> Source:
    """The source a measure comes from. Raises KeyError."""
    for source in _sources.values():
        if any(m.key == key for m in source.measures):
            return source
    raise KeyError(key)
