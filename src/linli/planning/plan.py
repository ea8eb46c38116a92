"""From sites to a plan: one task for each community or township, all divided in one run, judged and put in words. No database.

``prepare`` refuses what can't be, naming it; ``make`` divides. Both are called by the command line and by jobs alike: ``watch`` is told the
part done and stops the run by raising.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from django.utils.translation import gettext as _
from shapely.geometry.base import BaseGeometry

from linli.kit.coordinates import LocalMetres
from linli.places.reports import Problem
from linli.planning import words
from linli.planning.adjacency import Links, distances, neighbours, network_distances, strays
from linli.planning.bound import SMALL, lower_bound, prove
from linli.planning.customs import apart_by_customs
from linli.planning.network import DETOUR, OFF
from linli.planning.pairs import chairs
from linli.planning.partition import ROUNDS, divide, divide_all, faults, judge, nearest
from linli.planning.reading import Site, flattened, metres
from linli.planning.task import Division, Impossible, Task, no_sum
from linli.planning.together import joined

LARGEST = 6000  # sites of one area: distances are kept for each pair


@dataclass(frozen=True, slots=True)
class Asked:
    """What is wanted. One of ``target`` (households of a unit), ``per`` (sites of a unit) and ``units`` (in all) says how many units."""

    kind: str = "grids"  # grids | villages
    target: float | None = None
    per: float | None = None
    units: int | None = None
    tolerance: float = 0.1
    around: str = "target"  # what the tolerance is of: "target", or "mean" of the units, as it always is where no target is given
    link: float = 120.0  # metres at most between neighbours
    off_way: float | None = OFF  # metres from the nearest way beyond which the straight line counts; None: as far as you like
    seed: int = 1
    rounds: int = ROUNDS
    seconds: float | None = None
    stay: float = 1000.0  # metres that a household's leaving its present unit counts as
    chair: float = 800.0  # households of one vice-chair; 0: none
    customs: tuple[str, ...] = ()
    customs_metres: float = 1000.0  # that one standard deviation of customs counts as
    anyway: bool = False  # a plan with units outside the band rather than none
    proof: float = 0.0  # seconds to look for a proof, for each area


@dataclass(frozen=True, slots=True)
class Given:
    """What is divided, as read: sites, barriers and ways (WGS-84), each site's present and fixed unit ("": none)."""

    sites: Sequence[Site]
    barriers: Sequence[BaseGeometry] = ()
    ways: Sequence[BaseGeometry] = ()
    present: Sequence[str] = ()
    fixed: Sequence[str] = ()
    codes: Mapping[str, str] = field(default_factory=dict)  # of present units, by name or by area and name, where they have some


@dataclass(frozen=True, slots=True)
class Part:
    """One area to be divided. ``task`` is what is searched, ``plain`` the same in true metres, without customs and with every site."""

    area: str
    members: np.ndarray
    task: Task
    plain: Task
    into: np.ndarray  # which of the searched ones each site is
    names: tuple[str, ...]  # of present and fixed units
    astray: tuple[tuple[str, int], ...]  # what lies too far from any way, with the metres to it
    cut: tuple[str, ...]  # what ways lead from to no more than half of the others, though it lies near one
    strays: tuple[tuple[tuple[str, ...], float], ...]  # what is joined though it lies farther than neighbours may, with the metres


@dataclass(frozen=True, slots=True)
class Result:
    """One area divided: units' names, vice-chairs' units, who walks farther and who less.

    ``bound``: what no division within the band goes below. ``proven``: this one is within the band, and none such is better.
    """

    part: Part
    division: Division
    units: tuple[str, ...]
    bound: float
    proven: bool
    chairs: tuple[tuple[int, ...], ...]
    before: np.ndarray  # metres of each site to the middle of its present unit; to itself where it has none
    after: np.ndarray


@dataclass(frozen=True, slots=True)
class Plan:
    given: Given
    asked: Asked
    flat: LocalMetres
    results: tuple[Result, ...] = ()
    problems: tuple[Problem, ...] = field(default=())
    rounds: int = 0


class Refused(Exception):
    """Nothing is made; ``problems`` says why."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(p) for p in problems))
        self.problems = tuple(problems)


def prepare(given: Given, asked: Asked) -> tuple[list[Part], LocalMetres]:
    """The areas, each with its task. Raises Refused with everything that can be seen to be wrong before anything is searched."""
    xy, flat = metres(given.sites)
    walls, ways = flattened(given.barriers, flat), ways_of(given, flat)
    areas: dict[str, list[int]] = {}
    for number, site in enumerate(given.sites):
        areas.setdefault(site.area, []).append(number)
    members = {area: np.array(of) for area, of in areas.items()}
    if asked.units is not None and asked.units < len(members):
        message = _("%(units)s units are too few for %(areas)s townships or communities: each has one at least. Ask for more.")
        raise Refused([Problem(None, "", message % {"units": asked.units, "areas": len(members)})])
    units = _units(given.sites, members, asked) if asked.target is None else {}
    parts, problems = [], []
    for area, of in members.items():
        if wrong := _unfit(area, of, given.sites, asked):
            problems.append(wrong)
            continue
        try:
            part = _part(area, of, units.get(area), xy, walls, ways, given, asked)
            parts.append(part)
            problems += [] if asked.anyway else _faults(part, given.sites)
        except Impossible as error:
            problems.append(Problem(None, area, words.impossible(error, [given.sites[i].label for i in of], ())))
    if problems:
        raise Refused(problems)
    return parts, flat


def _faults(part: Part, sites: Sequence[Site]) -> list[Problem]:
    labels = _labels(part, sites)
    found = [Problem(None, part.area, words.missed(miss, part.task, "", labels)) for miss in faults(part.task)]
    found += [Problem(None, part.area, words.overfull(name, households, part.plain)) for name, households in _overfull(part).items()]
    return found or _no_sum(part)


def _overfull(part: Part) -> dict[str, float]:
    """Units in which more households are fixed than one may have: no search changes that."""
    of = part.plain.fixed >= 0
    sums = np.bincount(part.plain.fixed[of], weights=part.plain.w[of], minlength=len(part.names)).tolist()
    return {name: held for name, held in zip(part.names, sums, strict=True) if held > part.plain.high + 1e-6}


def _no_sum(part: Part) -> list[Problem]:
    """That no whole buildings add up to units within the band, with what would do: then no search can find any."""
    common = no_sum(part.task)
    return [Problem(None, part.area, words.no_sum(part.task, common))] if common else []


def _labels(part: Part, sites: Sequence[Site]) -> list[str]:
    """Names of what is searched; of those that stay together, the first one's."""
    first = np.unique(part.into, return_index=True)[1]
    return [sites[part.members[i]].label for i in first]


def ways_of(given: Given, flat: LocalMetres) -> list[np.ndarray]:
    """The ways in metres, each k × 2."""
    return [np.array(part.coords) for line in flattened(given.ways, flat) for part in getattr(line, "geoms", [line])]


def apart(
    xy: np.ndarray, labels: Sequence[str], ways: Sequence[np.ndarray], off_way: float | None
) -> tuple[np.ndarray, np.ndarray, tuple[tuple[str, int], ...]]:
    """Metres between all pairs, along the ways where there are some; what ways lead to, and what lies too far from any, with the metres to it."""
    if not ways:
        return distances(xy), np.zeros(len(xy), bool), ()
    off = np.inf if off_way is None else off_way
    far, reached, away = network_distances(xy, ways, DETOUR, off)
    return far, reached, tuple((labels[i], round(float(away[i]))) for i in np.argsort(-away) if away[i] > off)


def _units(sites: Sequence[Site], members: dict[str, np.ndarray], asked: Asked) -> dict[str, int]:
    """Units of each area: so many sites each, or the whole number shared out by households (largest remainder)."""
    households = {area: sum(sites[i].households for i in of) for area, of in members.items()}
    if asked.units is not None:
        total = sum(households.values())
        quota = {area: h / total * asked.units for area, h in households.items()}
        found = {area: max(1, int(q)) for area, q in quota.items()}
        for area in sorted(quota, key=lambda a: found[a] - quota[a]):
            if sum(found.values()) < asked.units:
                found[area] += 1
        return found
    assert asked.per is not None
    return {area: max(1, round(len(of) / asked.per)) for area, of in members.items()}


def band(asked: Asked, households: float, k: int) -> tuple[float, float]:
    """Households a unit may have: the tolerance either side of the target, or of the mean of ``k`` units where there is none.

    What is made anyway, though no whole number of units comes near enough to the target, is held to the mean, too.
    """
    middle = asked.target if asked.target is not None and held(asked, households) else households / max(1, k)
    return (1 - asked.tolerance) * middle, (1 + asked.tolerance) * middle


def held(asked: Asked, households: float) -> bool:
    """Whether the band is around a target."""
    return asked.target is not None and asked.around == "target" and reachable(asked, households)


def reachable(asked: Asked, households: float) -> bool:
    """Whether a whole number of units has a mean within the tolerance of the target."""
    if asked.target is None:
        return True
    return abs(households / nearest(households, asked.target) - asked.target) <= asked.tolerance * asked.target + 1e-9


def _unfit(area: str, of: np.ndarray, sites: Sequence[Site], asked: Asked) -> Problem | None:
    """Why an area can't be divided, whatever its buildings are like."""
    households = sum(sites[i].households for i in of)
    if len(of) > LARGEST:
        message = _("%(n)s sites are too many for one area (%(most)s at most). Give each its community.")
        return Problem(None, area, message % {"n": len(of), "most": LARGEST})
    if not households:
        return Problem(None, area, _("Nobody lives there: every number of households is 0."))
    return None if asked.anyway else _out_of_reach(area, households, asked)


def _out_of_reach(area: str, households: float, asked: Asked) -> Problem | None:
    """That no whole number of units comes near enough to the target, with what to do."""
    if asked.target is None or reachable(asked, households):
        return None
    fewer = max(1, int(households // asked.target))
    message = _(
        "%(households)s households make %(fewer)s units of %(a)s or %(more)s of %(b)s: neither is within %(tolerance)s of %(target)s. "
        "Choose another target, a larger tolerance, or the number of units."
    )
    said = message % {
        "households": words.number(households), "fewer": fewer, "more": fewer + 1, "a": words.number(households / fewer),
        "b": words.number(households / (fewer + 1)), "tolerance": f"{asked.tolerance:.0%}", "target": words.number(asked.target),
    }  # fmt: skip
    return Problem(None, area, said)


def _part(
    area: str,
    of: np.ndarray,
    k: int | None,
    xy: np.ndarray,
    walls: Sequence[BaseGeometry],
    ways: Sequence[np.ndarray],
    given: Given,
    asked: Asked,
) -> Part:
    """``k``: how many units; None where the target says it, for each of the parts that hang together by itself."""
    sites = [given.sites[i] for i in of]
    present = [given.present[i] for i in of] if given.present else [s.unit for s in sites]
    fixed = [given.fixed[i] for i in of] if given.fixed else [""] * len(of)
    names = tuple(sorted({*present, *fixed} - {""}))
    far, reached, astray = apart(xy[of], [s.label for s in sites], ways, asked.off_way)
    w = np.array([float(s.households) for s in sites])
    links = neighbours(xy[of], asked.link, walls)
    if k is None:
        assert asked.target is not None
        k = sum(nearest(float(w[piece].sum()), asked.target) for piece in links.components())
    low, high = band(asked, float(w.sum()), k)
    plain = Task(
        xy=xy[of], w=w, far=far, links=links, k=k, low=low, high=high, home=_numbers(present, names), fixed=_numbers(fixed, names),
        apart=_numbers([s.apart for s in sites]), stay=asked.stay,
    )  # fmt: skip
    if asked.customs:
        extra = apart_by_customs([s.properties for s in sites], asked.customs)
        task = replace(plain, far=far + asked.customs_metres * extra)
    else:
        task = plain
    task, into = joined(task, _numbers([s.together for s in sites])) if any(s.together for s in sites) else (task, np.arange(len(of)))
    far_off = named_strays(xy[of], links, asked.link, [s.label for s in sites])
    off = {name for name, _metres in astray}
    cut = tuple(s.label for s, there in zip(sites, reached, strict=True) if ways and not there and s.label not in off)
    return Part(area, of, task, plain, into, names, astray, cut, far_off)


def named_strays(xy: np.ndarray, links: Links, longest: float, labels: Sequence[str]) -> tuple[tuple[tuple[str, ...], float], ...]:
    """The names of each part that lies farther from the others than neighbours may, with the metres."""
    return tuple((tuple(labels[i] for i in part), far) for part, far in strays(xy, links, longest))


def _numbers(values: Sequence[str], names: Sequence[str] | None = None) -> np.ndarray:
    place = {name: number for number, name in enumerate(sorted({*values} - {""}) if names is None else names)}
    return np.array([place.get(v, -1) if v else -1 for v in values], np.int64)


def make(given: Given, asked: Asked, watch: Callable[[float], None] | None = None) -> Plan:
    """The plan. Raises Refused where an area can't be divided as asked (with ``anyway`` its misses are in ``problems`` instead)."""
    parts, flat = prepare(given, asked)
    try:
        found = divide_all([p.task for p in parts], seed=asked.seed, rounds=asked.rounds, seconds=asked.seconds, watch=watch)
    except Impossible:
        raise Refused(_impossible(parts, given, asked)) from None
    results = [_result(part, division, asked) for part, division in zip(parts, found, strict=True)]
    problems = [problem for result in results for problem in _missed(result, given.sites, asked)]
    if problems and (not asked.anyway or any(r.division.clashes for r in results)):  # apart is apart, whatever else may be missed
        raise Refused(problems)
    return Plan(given, asked, flat, tuple(results), tuple(problems), max((d.rounds for d in found), default=0))


def _impossible(parts: Sequence[Part], given: Given, asked: Asked) -> list[Problem]:
    """Which areas can't be divided at all, looked at one by one."""
    problems = []
    for part in parts:
        try:
            divide(part.task, seed=asked.seed, rounds=1)
        except Impossible as error:
            problems.append(Problem(None, part.area, words.impossible(error, _labels(part, given.sites), part.names)))
    return problems


def _result(part: Part, division: Division, asked: Asked) -> Result:
    whole = judge(part.plain, division.lab[part.into], rounds=division.rounds, seed=division.seed)
    bound = lower_bound(part.plain, whole.walking)
    proven = not whole.misses and bound >= whole.walking - 1e-6
    if asked.proof and not whole.misses and not proven and part.plain.n <= SMALL:
        bound = max(bound, min(whole.walking, prove(part.plain, whole.walking, asked.proof).bound))
        proven = bound >= whole.walking * (1 - 2e-6)
    of = chairs(whole, part.plain.links, asked.chair) if asked.chair and asked.kind == "grids" else []
    return Result(part, whole, _unit_names(whole, part.names), bound, proven, tuple(of), _before(part.plain), _to_middle(part.plain, whole))


def _unit_names(division: Division, names: Sequence[str]) -> tuple[str, ...]:
    """Units that continue a present one keep its name; new ones take the lowest free numbers."""
    kept = {names[h] for h in division.heir if h >= 0}
    free = (str(n) for n in range(1, division.k + len(names) + 2) if str(n) not in kept and str(n) not in names)
    return tuple(names[h] if h >= 0 else next(free) for h in division.heir)


def _before(task: Task) -> np.ndarray:
    before = np.zeros(task.n)
    for unit in np.unique(task.home[task.home >= 0]):
        of = np.flatnonzero(task.home == unit)
        before[of] = task.far[of[(task.far[np.ix_(of, of)] @ task.w[of]).argmin()], of]
    return before


def _to_middle(task: Task, division: Division) -> np.ndarray:
    return task.far[division.middle[division.lab], np.arange(task.n)]


def _missed(result: Result, sites: Sequence[Site], asked: Asked) -> list[Problem]:
    part = result.part
    labels = [sites[i].label for i in part.members]
    out_of_reach = _out_of_reach(part.area, float(part.plain.w.sum()), asked)
    found = [out_of_reach] if out_of_reach else []
    never, overfull = _no_sum(part), _overfull(part)
    found += [
        Problem(
            None,
            part.area,
            words.overfull(name, overfull[name], part.plain)
            if miss.code == "not_found" and (name := result.units[miss.unit]) in overfull
            else words.missed(miss, part.plain, words.unit(result.units[miss.unit]), labels),
        )
        for miss in result.division.misses
        if not (never and miss.code == "not_found")
    ]
    if any(miss.code == "not_found" for miss in result.division.misses):
        found += never
    if result.division.clashes:
        message = _("%(n)s pairs that were declared apart could not be kept apart. Ask for more units, or allow some pairs to be together.")
        found.append(Problem(None, part.area, message % {"n": result.division.clashes}))
    if not never and any(miss.code == "not_found" for miss in result.division.misses) and (tight := words.tight(part.plain)):
        found.append(Problem(None, part.area, tight))
    return found
