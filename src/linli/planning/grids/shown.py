"""Alternatives and the present division, made ready for pages: figures, plain words, shapes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import shapely
from django.urls import reverse
from django.utils.translation import gettext as _

from linli.charter.schema import Charter, fraction
from linli.charter.store import charter_in_force
from linli.places import shapes as flat_shapes
from linli.planning.grids.adopting import final, names_of
from linli.planning.grids.measuring import Fault, Measured, Norms, Unit, faults, measure
from linli.planning.grids.reading import Standing
from linli.planning.grids.values import Options, given_of
from linli.planning.models import DIVIDED, Alternative
from linli.planning.network import DETOUR, OFF
from linli.planning.pairs import in_twos
from linli.planning.plan import band as held_band
from linli.planning.plan import reachable
from linli.planning.words import astray, band, in_chairs, lowest, number, strays, within

HUT = 0.00006  # degrees around a position that has no outline
HAIR = 0.00002  # degrees between outlines that touch
TONES = 6


def stale(row: Alternative, found: Standing) -> bool:
    """Whether the buildings stand in other grids today than when the alternative was made, or other ways are known: its figures are of then."""
    moved = {s[0]: s[5] for s in row.facts["sites"]} != {b.code: b.grid for b in found.buildings}
    return moved or list(found.ways) != (row.facts.get("ways") or [])


def norms(charter: Charter) -> Norms:
    target, share = float(charter.area.grid_households), float(fraction(charter.dividing.tolerance))
    return Norms(target, (1 - share) * target, (1 + share) * target, charter.dividing.farthest)


def measured_present(found: Standing, charter: Charter) -> Measured:
    """Figures of the grids there are. Only where buildings have positions; those without a number of households count as empty."""
    given = given_of(
        {
            "sites": [[b.code, b.name, b.households or 0, b.lon, b.lat, b.grid] for b in found.buildings if b.lon is not None],
            "barriers": found.barriers,
            "ways": found.ways,
        }
    )
    place = {g.name: n for n, g in enumerate(found.grids)}
    return measure(given, charter.dividing.link, [place.get(h, -1) for h in given.present], [g.name for g in found.grids], OFF)


@dataclass
class Shown:
    """An alternative with its figures, as it stands after what was moved by hand."""

    row: Alternative
    same_as: Alternative | None = None  # an earlier one that is the same division

    @property
    def divided(self) -> bool:
        return self.row.state in DIVIDED

    @cached_property
    def options(self) -> Options:
        return Options(**self.row.options)

    @cached_property
    def names(self) -> list[str]:
        return names_of(self.row)

    @cached_property
    def lab(self) -> list[int]:
        return final(self.row)

    @cached_property
    def few(self) -> set[str]:
        return set(self.row.facts["counts"].get("few", ()))

    @cached_property
    def measured(self) -> Measured:
        return measure(given_of(self.row.facts), self.options.link, self.lab, self.names, self.options.off_way)

    @property
    def by_hand(self) -> bool:
        """Whether it was made from the present division: then nothing was asked for."""
        return bool(self.row.result.get("by_hand"))

    @property
    def band(self) -> tuple[float, float]:
        """What was asked for; where nothing was, what the charter allows, as in the table of its grids."""
        if self.by_hand:
            allowed = norms(charter_in_force())
            return allowed.low, allowed.high
        return held_band(self.options.asked(), self.measured.households, len(self.names))

    @cached_property
    def norms(self) -> Norms:
        """What its grids are held to wherever they are shown: households as they were asked for, distances by the charter."""
        allowed, (low, high) = norms(charter_in_force()), self.band
        if band(low, high) == band(allowed.low, allowed.high):
            return allowed
        return replace(allowed, low=low, high=high, asked=True)

    @cached_property
    def faults(self) -> list[Fault]:
        return faults(self.measured, self.norms, {})

    @property
    def rows(self) -> list[tuple[int, Unit, list[str], str]]:
        """Its grids in order: number, figures, what is wrong, the code of the grid it continues."""
        wrong: dict[str, list[str]] = {}
        for fault in self.faults:
            wrong.setdefault(fault.grid, []).append(fault.text)
        return [(u, self.measured.units[u], wrong.get(self.names[u], []), self.row.units[u]["grid"]) for u in self.order]

    @property
    def objections(self) -> list[str]:
        """Everything that speaks against it by its figures: said to whoever proposes it and to whoever decides."""
        said = [_("%(grid)s: %(what)s") % {"grid": f.grid, "what": f.text} for f in self.faults]
        return [*said, self.by_charter] if self.by_charter and self.allowed < len(self.names) else said

    @property
    def allowed(self) -> int:
        """How many of its grids the charter's own band has."""
        own = norms(charter_in_force())
        return self.measured.within(own.low, own.high)

    @property
    def by_charter(self) -> str:
        """How many of its grids the charter allows, where something else was asked for."""
        if not self.norms.asked:
            return ""
        own = norms(charter_in_force())
        said = _("By the charter a grid may have %(low)s to %(high)s households: that holds for %(within)s of these %(k)s.")
        return said % {**band(own.low, own.high), "within": self.allowed, "k": len(self.names)}

    @cached_property
    def order(self) -> list[int]:
        """Its units in the order of the present grids, new ones last."""
        place = {code: n for n, (code, _name) in enumerate(self.row.facts["grids"])}
        return sorted(range(len(self.names)), key=lambda u: (place.get(self.row.units[u]["grid"], len(place)), u))

    @property
    def within(self) -> int:
        return self.measured.within(*self.band)

    @property
    def gap(self) -> float | None:
        """By which part it walks farther than the bound; None where the bound says nothing of it: some grid is outside what was asked for."""
        bound = self.row.result.get("bound")
        if not bound or self.within < len(self.names):
            return None
        return max(0.0, self.measured.walking / bound - 1)

    @property
    def bound_says(self) -> str:
        """How good it is, in one sentence."""
        if self.by_hand:
            return _("Made by hand from the present division: no bound was reckoned.")
        if self.gap is None:
            return _("Not every grid is within what was asked for, so the bound says nothing about it.")
        if self.row.result.get("proven") and not self.row.moves and self.gap < 1e-4:
            return _("No division can do better: that is proven.")
        return _("No division can do better than %(bound)s m on average; this one is within %(gap)s %%.") % {
            "bound": lowest(self.row.result["bound"]), "gap": within(self.gap),
        }  # fmt: skip

    @property
    def words(self) -> list[str]:
        """What it comes to, in plain words."""
        m, (low, high) = self.measured, self.band
        lines = [
            (
                _("%(households)s households in %(sites)s buildings make %(k)s grids of %(mean)s on average; by the charter %(low)s to %(high)s are allowed.")
                if self.by_hand
                else _("%(households)s households in %(sites)s buildings make %(k)s grids of %(mean)s on average; %(low)s to %(high)s were asked for.")
                if reachable(self.options.asked(), m.households)
                else _(
                    "%(households)s households in %(sites)s buildings make %(k)s grids of %(mean)s on average; no whole number of grids comes near "
                    "enough to what was asked for, so %(low)s to %(high)s, around the mean, were held to."
                )
            )
            % {
                "households": number(m.households), "sites": len(self.lab), "k": len(self.names), "mean": number(m.households / max(1, len(self.names))),
                **band(low, high),
            },
            (
                _("They have %(smallest)s to %(largest)s; %(within)s of %(k)s are within what the charter allows.")
                if self.by_hand
                else _("They have %(smallest)s to %(largest)s; %(within)s of %(k)s are within what was asked for.")
            )
            % {"smallest": number(m.smallest), "largest": number(m.largest), "within": self.within, "k": len(self.names)},
            *([self.by_charter] if self.by_charter else []),
            (
                _("A household walks %(walking)s m on average to the middle of its grid, the farthest %(farthest)s m, along the ways brought.")
                if self.row.facts.get("ways")
                else _("A household walks %(walking)s m on average to the middle of its grid, the farthest %(farthest)s m, as the crow flies: walls aren't in it.")
            )
            % {"walking": f"{m.walking:.0f}", "farthest": f"{m.farthest:.0f}"},
            *strays(m.strays, self.options.link),
            *astray([name for name, _metres in m.astray], len(self.lab), self.options.off_way or 0.0, DETOUR),
            self.bound_says,
        ]  # fmt: skip
        if self.row.facts["grids"]:
            lines.append(
                (
                    _("%(moved)s of %(households)s households came to another grid than before.")
                    if self.row.adopted_on
                    else _("%(moved)s of %(households)s households come to another grid than today.")
                )
                % {"moved": number(m.moved), "households": number(m.households)}
            )
        lines += self.by_chair
        if self.few:
            lines.append(_("Buildings with fewer than 5 households by the register are reckoned with 4."))
        return lines

    @property
    def by_chair(self) -> list[str]:
        """Which vice-chair of the committee speaks for which grids, where the charter has a norm for it."""
        norm = charter_in_force().staffing.chair
        if not norm:
            return []
        found = in_twos(np.array(self.measured.near, int).reshape(-1, 2), np.array(self.measured.sizes), norm)
        pairs = [" + ".join(self.names[u] for u in chair) for chair in found]
        return [in_chairs(norm, found), _("They could be: %(chairs)s.") % {"chairs": _("; ").join(pairs)}]

    @property
    def in_short(self) -> str:
        """Its figures in a line, to be seen beside the form by which it is changed."""
        m = self.measured
        said = _(
            "%(k)s grids of %(smallest)s to %(largest)s households, %(within)s of them within %(low)s to %(high)s; %(moved)s households come to another grid."
        )
        return said % {
            "k": len(self.names), "smallest": number(m.smallest), "largest": number(m.largest), "within": self.within, **band(*self.band),
            "moved": number(m.moved),
        }  # fmt: skip

    def households_of(self, n: int) -> str:
        """A building's households as they may be shown."""
        code, _name, households = self.row.facts["sites"][n][:3]
        return _("fewer than 5 households") if code in self.few else f"{households:,}"

    @property
    def url(self) -> str:
        return reverse("planning:alternative", args=[self.row.uid])


@dataclass(frozen=True, slots=True)
class Line:
    """One figure of all divisions side by side."""

    label: str
    cells: Sequence[str]


def compared(present: Measured, charter: Charter, shown: Sequence[Shown]) -> list[Line]:
    """The present division, then each alternative: the same figures in the same order."""
    n = norms(charter)
    all_ = [present, *(s.measured for s in shown)]
    within = [m.within(n.low, n.high) for m in all_]
    return [
        Line(_("Grids"), [number(len(m.units)) for m in all_]),
        Line(_("Households of a grid"), [f"{number(m.smallest)} – {number(m.largest)}" for m in all_]),
        Line(_("Grids within what the charter allows"), [f"{a} / {len(m.units)}" for a, m in zip(within, all_, strict=True)]),
        Line(_("Mean walk to the middle (m)"), [f"{m.walking:.0f}" for m in all_]),
        Line(_("Farthest walk (m)"), [f"{m.farthest:.0f}" for m in all_]),
        Line(_("Grids in several pieces"), [number(m.loose) for m in all_]),
        Line(_("Households that come to another grid"), ["–", *(number(s.measured.moved) for s in shown)]),
        Line(_("Above the bound (%)"), ["–", *("–" if s.gap is None else f"{100 * s.gap:.1f}" for s in shown)]),
        Line(_("Buildings moved by hand"), ["–", *(number(len(s.row.moves)) for s in shown)]),
    ]


def mark_same(shown: Sequence[Shown]) -> None:
    """Let each that is the same division as one before it say so: the same buildings together, continuing the same grids."""
    first: dict[frozenset[tuple[str, frozenset[str]]], Alternative] = {}
    for one in shown:
        together: list[set[str]] = [set() for _unit in one.row.units]
        for site, unit in zip(one.row.facts["sites"], one.lab, strict=True):
            together[unit].add(site[0])
        key = frozenset((u["grid"], frozenset(of)) for u, of in zip(one.row.units, together, strict=True))
        earlier = first.setdefault(key, one.row)
        one.same_as = None if earlier is one.row else earlier


def outlines(row: Alternative, found: Standing) -> list[Any]:
    """The ground of each unit: as it was drawn when it was adopted, else as it would be drawn today."""
    from linli.planning.grids.ground import redrawn

    if "ground" in row.result:
        return [shapely.geometry.shape(one) for one in row.result["ground"]]
    bodies = {b.code: b.shape for b in found.buildings}
    sites = row.facts["sites"]
    return redrawn(
        [(s[3], s[4]) for s in sites], [bodies.get(s[0]) for s in sites], final(row), len(row.units), found.community.shape,
        [g.shape for g in found.grids],
    )  # fmt: skip


def largest(ground: Any) -> Any:
    """Of an outline in several pieces the largest: there its name stands."""
    return max(shapely.get_parts(ground).tolist(), key=lambda part: part.area)


def tones(ground: Sequence[Any]) -> list[int]:
    """A colour for each so that those that touch differ, as far as there are colours: always the same for the same ground."""
    chosen: list[int] = []
    tree = shapely.STRtree(list(ground))
    for u, one in enumerate(ground):
        near = {} if one.is_empty else {chosen[n] for n in tree.query(one, predicate="dwithin", distance=HAIR).tolist() if n < u}
        free = [t for t in range(TONES) if t not in near] or list(range(TONES))
        chosen.append(min(free, key=lambda t: (chosen.count(t), t)))
    return chosen


def features(shown: Shown, found: Standing, *, buildings: bool) -> list[dict[str, Any]]:
    """GeoJSON features of its grids and, for the map, of the buildings above them."""
    made = []
    drawn = outlines(shown.row, found)
    tone = tones(drawn)
    for u, (ground, unit) in enumerate(zip(drawn, shown.measured.units, strict=True)):
        if ground.is_empty:
            continue
        lon, lat = flat_shapes.inner_point(largest(ground))
        properties = {
            "id": f"u{u}", "level": "grid", "name": unit.name, "households": unit.households, "buildings": unit.buildings, "lon": lon, "lat": lat,
            "metres_mean": round(unit.mean, 1), "metres_farthest": round(unit.farthest, 1), "continues": shown.row.units[u]["grid"], "tone": tone[u],
        }  # fmt: skip
        made.append({"type": "Feature", "properties": properties, "geometry": flat_shapes.write(ground)})
    if not buildings:
        return made
    bodies = {b.code: b.shape for b in found.buildings}
    for n, (code, name, _households, lon, lat, _grid) in enumerate(shown.row.facts["sites"]):
        body = bodies.get(code) or flat_shapes.write(shapely.buffer(shapely.Point(lon, lat), HUT, quad_segs=2))
        properties = {
            "id": f"b{code}", "building": code, "unit": shown.lab[n], "name": name, "parent": shown.names[shown.lab[n]], "lon": None, "lat": None,
            "said": shown.households_of(n), "tone": tone[shown.lab[n]],
        }  # fmt: skip
        made.append({"type": "Feature", "properties": properties, "geometry": body})
    return made
