"""15-minute circles 15分钟生活圈: who can walk to which kinds of facilities in time, and who is left out. Pure.

Counts of households with an elderly person below ``FEWEST`` are not shown: they would point to somebody's door.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from linli.planning.network import DETOUR, Floats, Network, straight

FEWEST = 5
MINUTES = 15.0
PACE = 80.0
"""Metres a minute on foot: 4.8 km/h. Fifteen minutes are 1,200 m."""


@dataclass(frozen=True, slots=True)
class Circle:
    """One kind of facility. ``metres`` from each building (infinite: farther than was looked) and the most that is in time; households in
    all and reached; the elderly ones of both.
    """

    kind: str
    sites: int
    metres: Floats
    households: int
    reached: int
    elderly: int
    elderly_reached: int
    most: float = np.inf

    @property
    def share(self) -> float:
        """Of the households, how many can walk there in time: 0 to 1."""
        return self.reached / self.households if self.households else 0.0

    @property
    def left_out(self) -> int:
        return self.households - self.reached

    @property
    def elderly_left_out(self) -> int | None:
        """None where the number is so small that it would point to somebody."""
        out = self.elderly - self.elderly_reached
        return out if out == 0 or out >= FEWEST else None

    @property
    def out(self) -> NDArray[np.bool_]:
        """Buildings from which it is too far."""
        return ~(np.isfinite(self.metres) & (self.metres <= self.most))


def circles(
    buildings: Floats,
    households: NDArray[np.int64],
    elderly: NDArray[np.int64],
    facilities: Mapping[str, Floats],
    *,
    network: Network | None = None,
    minutes: float = MINUTES,
    pace: float = PACE,
    detour: float = DETOUR,
    look: float | None = None,
    placed: tuple[NDArray[np.int64], Floats] | None = None,
) -> list[Circle]:
    """A circle for each kind. Positions in metres, counts by building. Without a network by the straight line times ``detour``.

    ``placed``: what ``network.nearest(buildings)`` gives, where it is known already. ``look``: minutes up to which walks are measured though
    they are not in time, to say how far those left out have to go.
    """
    most = minutes * pace
    farthest = max(most, (look or 0.0) * pace)
    at, away = placed or (network.nearest(buildings) if network is not None else (np.zeros(0, np.int64), np.zeros(0)))
    found = []
    for kind, sites in facilities.items():
        metres = straight(buildings, sites, detour) if network is None else network.to_nearest(buildings, sites, farthest, (at, away))
        metres = np.where(metres <= farthest, metres, np.inf)
        near = metres <= most
        every, old = (int(households.sum()), int(households[near].sum())), (int(elderly.sum()), int(elderly[near].sum()))
        found.append(Circle(kind, len(sites), metres, *every, *old, most=most))
    return found


def complete(found: list[Circle]) -> NDArray[np.bool_]:
    """Buildings from which every kind can be reached in time: the whole circle."""
    return ~np.logical_or.reduce([c.out for c in found])
