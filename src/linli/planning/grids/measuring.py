"""The figures of a division, whoever made it, and what is wrong with the present one. No database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from django.utils.translation import gettext as _

from linli.planning.adjacency import neighbours
from linli.planning.pairs import touching
from linli.planning.plan import Given, apart, named_strays, ways_of
from linli.planning.reading import flattened, metres
from linli.planning.words import band, number, several


@dataclass(frozen=True, slots=True)
class Unit:
    """One grid of a division. ``mean`` and ``farthest`` are metres, along the ways where there are some, to its middle, the building from which
    its households walk least; ``spread`` is how far from there it reaches as the crow flies, whatever the ways; ``loose`` the buildings that
    don't hang together with the largest part of it."""

    name: str
    households: int
    buildings: int
    mean: float
    farthest: float
    loose: tuple[str, ...]
    spread: float = 0.0
    spread_name: str = ""


@dataclass(frozen=True, slots=True)
class Measured:
    units: tuple[Unit, ...]
    walking: float  # mean metres of a household
    moved: int  # households that come to another grid than today
    astray: tuple[tuple[str, int], ...] = ()  # buildings too far from any way, with the metres to it
    strays: tuple[tuple[tuple[str, ...], float], ...] = ()  # those joined to the rest though they lie farther than neighbours may
    near: tuple[tuple[int, int], ...] = ()  # units that touch, by their numbers

    @property
    def sizes(self) -> list[int]:
        return [u.households for u in self.units]

    @property
    def smallest(self) -> int:
        return min(self.sizes, default=0)

    @property
    def largest(self) -> int:
        return max(self.sizes, default=0)

    @property
    def households(self) -> int:
        return sum(self.sizes)

    @property
    def farthest(self) -> float:
        return max((u.farthest for u in self.units), default=0.0)

    @property
    def loose(self) -> int:
        return sum(bool(u.loose) for u in self.units)

    def within(self, low: float, high: float) -> int:
        return sum(low - 1e-6 <= size <= high + 1e-6 for size in self.sizes)


def measure(given: Given, link: float, lab: Sequence[int], names: Sequence[str], off_way: float | None = None) -> Measured:
    """Figures of the units ``lab`` puts the sites into (-1: into none); ``names`` are theirs."""
    if not given.sites:
        return Measured(tuple(Unit(n, 0, 0, 0.0, 0.0, ()) for n in names), 0.0, 0)
    xy, flat = metres(given.sites)
    far, _reached, astray = apart(xy, [s.label for s in given.sites], ways_of(given, flat), off_way)
    links = neighbours(xy, link, flattened(given.barriers, flat))
    w, units = np.array([s.households for s in given.sites], float), np.array(lab)
    found, walked = [], 0.0
    for number_, name in enumerate(names):
        of = np.flatnonzero(units == number_)
        if not len(of):
            found.append(Unit(name, 0, 0, 0.0, 0.0, ()))
            continue
        cost = far[np.ix_(of, of)] @ w[of]
        way = far[of[cost.argmin()], of]
        walked += float(cost.min())
        loose = [given.sites[i].label for part in links.components(units == number_)[1:] for i in part]
        mean = float(cost.min()) / float(w[of].sum()) if w[of].sum() else float(way.mean())
        reach = np.hypot(*(xy[of] - xy[of[cost.argmin()]]).T)
        widest = given.sites[of[reach.argmax()]].label
        found.append(Unit(name, int(w[of].sum()), len(of), mean, float(way.max()), tuple(loose), float(reach.max()), widest))
    moved = sum(
        s.households for s, u, home in zip(given.sites, units.tolist(), given.present, strict=True) if home and (u < 0 or names[u] != home)
    )
    inside = float(w[units >= 0].sum())
    strays = named_strays(xy, links, link, [s.label for s in given.sites])
    near = tuple((a, b) for a, b in touching(links, units).tolist() if a >= 0)
    return Measured(tuple(found), walked / inside if inside else 0.0, moved, astray, strays, near)


@dataclass(frozen=True, slots=True)
class Norms:
    """What grids should be like: households from ``low`` to ``high``, and nothing farther than ``farthest`` metres from the middle.

    ``asked``: the households are what was asked for, not what the charter allows.
    """

    target: float
    low: float
    high: float
    farthest: int
    asked: bool = False


@dataclass(frozen=True, slots=True)
class Fault:
    """``code``: size, loose, far, empty, vacant. ``grid`` is its name."""

    code: str
    grid: str
    text: str


def faults(found: Measured, norms: Norms, vacant: dict[str, Sequence[str]]) -> list[Fault]:
    """What is wrong with a division, grid by grid. ``vacant``: by grid's name, the posts nobody holds."""
    wrong: list[Fault] = []
    for u in found.units:
        if not u.buildings:
            wrong.append(Fault("empty", u.name, _("No building belongs to it.")))
        elif not norms.low - 1e-6 <= u.households <= norms.high + 1e-6:
            said = (
                _("%(households)s households; %(low)s to %(high)s were asked for.")
                if norms.asked
                else _("%(households)s households; %(low)s to %(high)s are allowed.")
            )
            wrong.append(Fault("size", u.name, said % {"households": number(u.households), **band(norms.low, norms.high)}))
        if u.loose:
            wrong.append(Fault("loose", u.name, _("It is in several pieces: apart lie %(names)s.") % {"names": several(u.loose)}))
        if u.spread > norms.farthest + 0.5:
            said = _("It is spread too far: %(name)s lies %(metres)s m from its middle; %(most)s m are allowed.")
            wrong.append(Fault("far", u.name, said % {"name": u.spread_name, "metres": number(round(u.spread)), "most": norms.farthest}))
        if posts := vacant.get(u.name):
            wrong.append(Fault("vacant", u.name, _("Nobody holds: %(posts)s.") % {"posts": _(", ").join(posts)}))
    return wrong
