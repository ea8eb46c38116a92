"""What is to be divided, and what comes of it: plain values."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import ceil, floor
from typing import Any

import numpy as np

from linli.planning.adjacency import Links


class Impossible(Exception):
    """No division can be as asked. ``code`` is one of a closed list (``planning.words`` says each in words); ``node`` numbers a building."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


def _none() -> np.ndarray:
    return np.empty(0, np.int64)


@dataclass(frozen=True, slots=True)
class Task:
    """Divide n buildings (or villages) into ``k`` connected units of ``low`` to ``high`` households, walking as little as can be.

    ``xy``: metres (n × 2). ``w``: households (n). ``far``: metres from the middle, row, to a member, column (n × n). ``links``: who is
    whose neighbour. ``home``: the present unit of each (-1: none), every household that leaves it counts as ``stay`` metres walked.
    ``fixed``: the unit each must be in (-1: free), numbered as in ``home``. ``apart``: those with the same number (-1: none) may not share
    a unit.
    """

    xy: np.ndarray
    w: np.ndarray
    far: np.ndarray
    links: Links
    k: int
    low: float
    high: float
    home: np.ndarray = field(default_factory=_none)
    fixed: np.ndarray = field(default_factory=_none)
    apart: np.ndarray = field(default_factory=_none)
    stay: float = 0.0

    def __post_init__(self) -> None:
        for name in ("home", "fixed", "apart"):
            if not len(getattr(self, name)):
                object.__setattr__(self, name, np.full(self.n, -1, np.int64))

    @property
    def n(self) -> int:
        return len(self.w)

    def part(self, members: np.ndarray, k: int) -> Task:
        """The same for some of the buildings, renumbered in their order."""
        return replace(
            self, xy=self.xy[members], w=self.w[members], far=np.ascontiguousarray(self.far[np.ix_(members, members)]),
            links=self.links.part(members), k=k, home=self.home[members], fixed=self.fixed[members], apart=self.apart[members],
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Miss:
    """Why a unit (or, with unit -1, a building by itself) is outside its band. ``code`` as in ``Impossible``."""

    code: str
    unit: int = -1
    node: int = -1
    households: float = 0.0
    members: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Division:
    """The result. ``lab``: each building's unit, 0 to k - 1. ``middle``: of each unit, the building from which its households walk least.

    ``heir``: the present unit each continues (-1: none). ``walking``: mean metres of a household to its unit's middle. ``moved``:
    households that leave their present unit. ``missed``: households outside the bands, 0 where all units are as asked.
    """

    lab: np.ndarray
    k: int
    households: np.ndarray
    middle: np.ndarray
    heir: np.ndarray
    walking: float
    moved: float
    missed: float
    clashes: int
    rounds: int
    seed: int
    misses: tuple[Miss, ...] = ()


def no_sum(task: Task) -> int:
    """The number of which every building's households are a multiple, where for that reason no units within the band add up to the whole; else 0."""
    common = int(np.gcd.reduce(np.round(task.w).astype(np.int64)))
    return common if common > 1 and not adds_up(float(task.w.sum()), common, task.k, task.low, task.high) else 0


def adds_up(whole: float, common: int, k: int, low: float, high: float) -> bool:
    """Whether ``k`` multiples of ``common`` between ``low`` and ``high`` can come to ``whole``."""
    least, most = common * ceil((low - 1e-6) / common), common * floor((high + 1e-6) / common)
    return least <= most and k * least <= whole <= k * most
