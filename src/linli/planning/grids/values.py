"""What an alternative is made from and by which options, as JSON: the same facts and options give the same division again. No database.

``facts``: ``sites`` (code, name, households, longitude, latitude, present grid's name), ``grids`` (code, name), ``barriers`` (geometries),
``fixed`` (building's code → grid's name), ``counts`` (where the households are from), ``ways`` (geometries, where distances follow some).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shapely.geometry import Point, shape

from linli.planning.plan import Asked, Given
from linli.planning.reading import Site

FEW = 5
"""Fewer households than these are not told where they are counted from the register; they are planned with as ``FEW - 1``."""


@dataclass(frozen=True, slots=True)
class Options:
    """How an alternative was asked for. One of ``target`` (households of a grid) and ``units`` (how many grids)."""

    target: float | None = 400.0
    units: int | None = None
    tolerance: float = 0.1
    around: str = "mean"  # alternatives say "target" since the tolerance is of it
    link: int = 120
    off_way: int | None = None  # alternatives say how far since there is a limit
    stay: int = 1000
    seed: int = 1
    seconds: int | None = None
    rounds: int | None = None
    anyway: bool = False

    def asked(self) -> Asked:
        found: dict[str, Any] = {} if self.rounds is None else {"rounds": self.rounds}
        return Asked(
            target=self.target, units=self.units, tolerance=self.tolerance, around=self.around, link=float(self.link), off_way=self.off_way, stay=float(self.stay),
            seed=self.seed,
            seconds=None if self.seconds is None else float(self.seconds), chair=0.0, anyway=self.anyway, **found,
        )  # fmt: skip


def given_of(facts: dict[str, Any]) -> Given:
    """The facts as the planner takes them: buildings are points, grids go by their names."""
    sites = [
        Site(n, code, name, households, Point(lon, lat), unit=grid)
        for n, (code, name, households, lon, lat, grid) in enumerate(facts["sites"], 1)
    ]
    fixed = facts.get("fixed") or {}
    barriers = [shape(b) for b in facts.get("barriers") or ()]
    ways = [shape(w) for w in facts.get("ways") or ()]
    return Given(sites, barriers, ways, present=[s.unit for s in sites], fixed=[fixed.get(s.id, "") for s in sites])


def digest(facts: dict[str, Any], options: dict[str, Any]) -> str:
    """SHA-256 of what a division was made from."""
    text = json.dumps([facts, options], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def with_moves(lab: Sequence[int], moves: Sequence[Sequence[Any]], codes: Sequence[str]) -> list[int]:
    """The units of the buildings after what was moved by hand, in order: (building's code, unit)."""
    found, place = list(lab), {code: n for n, code in enumerate(codes)}
    for code, unit in moves:
        found[place[code]] = unit
    return found
