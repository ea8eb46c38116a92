"""``linli plan tours``: a worker's days, weeks, months, with every visit where the rules want it."""

from __future__ import annotations

import argparse
from collections import Counter
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
from django.utils.translation import gettext as _
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from linli.planning.circles import FEWEST
from linli.planning.cli import Answer, Desk, Prepared, Watch, Wrong, unable
from linli.planning.cli.ways import Ways, ways
from linli.planning.plan import Refused
from linli.planning.tables import Row, Table, flat_map, on_map
from linli.planning.task import Impossible
from linli.planning.tours import Climb, Day, Homes, Needs, Rules, Tours, bound_with_stairs, countable, plan
from linli.planning.tours_check import broken
from linli.planning.words import number, within

MONTHS = {"day": 1, "week": 1, "month": 1, "quarter": 3}
SAME = 1.0  # metres within which two doors are in one building
ENTRANCE = 15.0  # metres from one staircase of a building to the next
RIDE = 1.0  # metres that a floor counts as where there is a lift: its doors are gone through floor by floor
EVERYWHERE = 1e6


@dataclass(frozen=True, eq=False)
class _Asked:
    """One row for each household, and what is said of it; ``at`` its metres on ``flat``, ``start`` where the days begin and end."""

    args: argparse.Namespace
    rules: Rules
    rows: list[Row]
    must: np.ndarray
    pair: np.ndarray
    opens: np.ndarray
    closes: np.ndarray
    stays: np.ndarray
    floors: np.ndarray
    rides: np.ndarray
    stairs: np.ndarray  # a number for each staircase of a building
    flat: Any
    at: np.ndarray
    start: np.ndarray
    ways: Ways


def prepare(args: argparse.Namespace, desk: Desk) -> Prepared:
    table = desk.table("in", args.source)
    table.named()
    rows, must = _visited(table)
    opens = np.array([table.clock(row, "from", 0.0) for row in rows])
    closes = np.array([table.clock(row, "until", 24 * 60.0) for row in rows])
    stays = np.array([table.number(row, "minutes", args.visit, high=480) for row in rows])
    pair = np.array([table.flag(row, "pair") for row in rows], bool)
    for row, a, b in zip(rows, opens, closes, strict=True):
        if a > b:
            table.wrong(row, "until", _("It ends before it begins. Enter from and until in their order."))
    floors, rides = _floors(table, rows, args.lift_floors)
    desk.refuse()
    rules = _rules(args)
    try:
        countable(must, pair, rules)
    except Impossible as error:
        raise unable(error, [row.label for row in rows]) from None
    flat = flat_map([table])
    along = ways(args, desk, flat, table, also=[(_("Start and end"), tuple(args.start))] if args.start is not None else ())
    at = on_map(np.array([row.at for row in rows]), flat)
    _names, stairs = np.unique([row.text("unit") for row in rows], return_inverse=True)
    return partial(
        _answer,
        _Asked(args, rules, rows, must, pair, opens, closes, stays, floors, rides, stairs, flat, at, _start(args, at, flat), along),
    )


def _answer(asked: _Asked, watch: Watch | None = None) -> Answer:
    args, rules, rows = asked.args, asked.rules, asked.rows
    ground = _ground(asked)
    floors = _climbed(ground, asked.floors, asked.stairs)
    rides = _climbed(ground, asked.rides, asked.stairs)
    homes = Homes(ground + np.round(args.stairs * floors + RIDE * rides), asked.must, asked.pair, asked.opens, asked.closes, asked.stays)
    try:
        tours = plan(homes, rules, seed=args.seed, rounds=args.rounds, watch=watch)
    except Impossible as error:
        raise unable(error, [row.label for row in rows]) from None
    if wrong := broken(homes, rules, tours.days, tours.metres):
        raise RuntimeError(f"tours that break the rules: {wrong[:3]}")
    tours = replace(tours, bound=min(tours.metres, bound_with_stairs(ground, _climbs(asked, ground), homes, rules)))
    figures = _figures(tours, rules, sum(_along(floors, d) for d in tours.days), args) | asked.ways.figures
    where = np.vstack([np.stack(asked.flat.to_degrees(*asked.start.T), 1), [row.at for row in rows]])
    return Answer(
        figures,
        lambda: [*explained(tours.needs, rules, args.period), *asked.ways.words(), *_words(tours, figures, args)],
        [_feature(d, rows, where, homes.far, rules) for d in tours.days if d.homes],
        _buildings(rows, asked.must, tours),
    )


def _ground(asked: _Asked) -> np.ndarray:
    """Metres on the ground between all households and the start, which is number 0. Each place is measured once, however many live there."""
    spots, which = np.unique(np.vstack([asked.start, asked.at]), axis=0, return_inverse=True)
    far = asked.ways.between(spots, spots)
    apart = np.hypot(*(spots[:, None] - spots[None]).transpose(2, 0, 1))
    far = np.asarray(np.round(np.where(apart <= SAME, 0.0, np.minimum(far, far.T))), np.float64)
    if not np.isfinite(far).all() or far.max() > EVERYWHERE:
        raise Refused([Wrong(None, "", _("Some households are too far away or not joined by the ways given."), options=("network",))])
    far = far[np.ix_(which.ravel(), which.ravel())]
    homes = far[1:, 1:]
    homes[(homes == 0) & (asked.stairs[:, None] != asked.stairs[None, :])] = ENTRANCE
    return far


def _climbs(asked: _Asked, ground: np.ndarray) -> list[Climb]:
    """What is climbed and what is ridden. Stairs are one where ``_climbed`` may take them for one, through others in between, too."""
    same = (ground[1:, 1:] == 0) & (asked.stairs[:, None] == asked.stairs[None, :])
    _count, stairs = connected_components(csr_matrix(same), directed=False)
    return [Climb(asked.args.stairs * asked.floors, stairs), Climb(RIDE * asked.rides, stairs)]


def _visited(table: Table) -> tuple[list[Row], np.ndarray]:
    """A row for each household: a line that stands for several is there as often; ``must`` says how many of them, or yes."""
    rows: list[Row] = []
    must: list[bool] = []
    for row in table.rows:
        count = table.whole(row, "households", 1, high=2_000)
        some = count > 1 and row.text("must").isdigit()
        often = table.whole(row, "must", 0, high=count) if some else count * table.flag(row, "must")
        rows += [row] * count
        must += [n < often for n in range(count)]
    if not rows:
        table.wrong(None, "households", _("Nobody lives there: every number of households is 0."))
    return rows, np.array(must, bool)


def _floors(table: Table, rows: list[Row], lift_floors: int | None) -> tuple[np.ndarray, np.ndarray]:
    """Floors above the ground of each household that are climbed, and those that a lift goes. ``lift_floors``: a building with so many has one,
    where its column says nothing."""
    floors = np.array([table.number(row, "floor", 1, low=-3, high=120) for row in rows], float)
    top: dict[tuple[float, float], float] = {}
    for row, floor in zip(rows, floors, strict=True):
        top[row.at] = max(floor, top.get(row.at, 0.0))
    said = [table.flag(row, "lift") for row in rows]
    lifts = [
        yes or (lift_floors is not None and not row.text("lift") and top[row.at] >= lift_floors)
        for row, yes in zip(rows, said, strict=True)
    ]
    above = np.abs(floors - 1)
    return np.where(lifts, 0.0, above), np.where(lifts, above, 0.0)


def _climbed(ground: np.ndarray, floors: np.ndarray, stairs: np.ndarray) -> np.ndarray:
    """Floors on the way between two doors, the start included: down and up again, or up from one to the other on the same stairs."""
    high = np.r_[0.0, floors]
    same = (ground[1:, 1:] == 0) & (stairs[:, None] == stairs[None, :])
    climbed = high[:, None] + high[None, :]
    climbed[1:, 1:] = np.where(same, np.abs(high[1:, None] - high[None, 1:]), climbed[1:, 1:])
    np.fill_diagonal(climbed, 0.0)
    return climbed


def _rules(args: argparse.Namespace) -> Rules:
    days = {"day": 1, "week": args.days_a_week, "month": args.days, "quarter": args.days}[args.period]
    least = args.least if args.period in ("month", "quarter") else 0
    weeks = 4 if args.period in ("month", "quarter") else 1
    return Rules(MONTHS[args.period], days, args.a_day, least, weeks, args.pair_days, args.begin, args.end, args.pace)


def _start(args: argparse.Namespace, at: np.ndarray, flat: Any) -> np.ndarray:
    """Where the days begin and end: as asked, or the door from which all the others are nearest."""
    if args.start is not None:
        return on_map(np.array([args.start]), flat)
    doors, households = np.unique(at, axis=0, return_counts=True)
    return doors[[(np.hypot(*(doors[:, None] - doors[None]).transpose(2, 0, 1)) @ households).argmin()]]


def _along(table: np.ndarray, day: Day) -> float:
    way = [0, *(h + 1 for h in day.homes), 0]
    return float(sum(table[a, b] for a, b in pairwise(way)))


def _figures(tours: Tours, rules: Rules, climbed: float, args: argparse.Namespace) -> dict[str, Any]:
    made = [d for d in tours.days if d.homes]
    n = tours.needs
    minutes = sum(d.over for d in made) - len(made) * rules.begin
    return {
        "households": n.households, "every_month": n.must, "visits": sum(len(d.homes) for d in made), "days": len(made),
        "a_month": [sum(len(d.homes) for d in made if d.month == m) for m in range(1, rules.months + 1)],
        "metres": round(tours.metres), "metres_as_stairs": round(args.stairs * climbed), "floors": round(climbed),
        "metres_a_visit": round(tours.metres / max(1, sum(len(d.homes) for d in made))), "bound": round(tours.bound),
        "gap": round(tours.metres / tours.bound - 1, 4) if tours.bound else None, "binds": n.binds, "turn": n.turn,
        "possible": n.possible, "visits_a_day": n.a_day, "least": n.least, "minutes": round(minutes),
        "walking_minutes": round(tours.metres / rules.pace), "mean_day_minutes": round(minutes / len(made)),
        "mean_day_walking_minutes": round(tours.metres / rules.pace / len(made)), "rounds": tours.rounds,
        "longest_day_minutes": round(max(d.over for d in made) - rules.begin),
        "checked": True,
    }  # fmt: skip


def explained(n: Needs, rules: Rules, period: str) -> list[str]:
    """The arithmetic of the rules: what everyone's turn asks for, what the least of a month gives, which binds."""
    values = {
        "all": n.households, "must": n.must, "others": n.households - n.must, "months": rules.months, "turn": n.turn, "least": n.least,
        "days": rules.days, "a_day": rules.a_day, "possible": n.possible, "pace": n.a_day, "three": n.least * rules.months,
    }  # fmt: skip
    lines = [
        _("%(all)s households, %(must)s of them each month: %(others)s ÷ %(months)s + %(must)s = %(turn)s visits a month.") % values
        if rules.months > 1
        else _("%(all)s households, each once.") % values,
        _("%(days)s days of %(a_day)s visits make %(possible)s possible; at least %(pace)s a day are needed.") % values,
    ]
    if period == "quarter" and n.least:
        if n.least * rules.months < n.households:
            lines.append(
                _(
                    "The least of %(least)s a month alone is not enough: %(least)s × %(months)s = %(three)s < %(all)s. Everyone's turn binds."
                )
                % values
            )
        elif n.binds == "month":
            lines.append(
                _("Everyone's turn takes %(turn)s a month, less than the least of %(least)s: the least binds, some are seen again.")
                % values
            )
    elif period == "month" and n.turn < n.least:
        lines.append(_("That is less than the least of %(least)s a month: some are to be seen again.") % values)
    return lines


def _words(tours: Tours, f: dict[str, Any], args: argparse.Namespace) -> list[str]:
    values = {k: number(v) if isinstance(v, int | float) else v for k, v in f.items()}
    values |= {"gap": within(f["gap"] or 0, 0), "stairs": number(args.stairs)}
    lines = [
        _("%(visits)s visits on %(days)s days: %(metres)s m on foot, %(metres_a_visit)s m a visit; every rule was checked afterwards.")
        % values
    ]
    if f["floors"]:
        lines.append(_("%(floors)s floors of stairs are in it, each as %(stairs)s m.") % values)
    lines.append(
        _(
            "A day takes %(mean_day_minutes)s minutes on average, %(mean_day_walking_minutes)s of them on foot; the longest takes %(longest_day_minutes)s."
        )
        % values
    )
    said = (
        _("No plan can do with less than %(bound)s m, stairs among them as in its own; this one is within %(gap)s %%.")
        if f["floors"]
        else _("No plan can do with less than %(bound)s m; this one is within %(gap)s %%.")
    )
    lines.append(said % values)
    if args.period in ("day", "week"):
        return lines + [_one_line(d) for d in tours.days if d.homes]
    return lines


def _one_line(day: Day) -> str:
    values = {"day": day.day, "visits": len(day.homes), "metres": number(day.metres), "over": _time(day.over)}
    return "  " + _("Day %(day)s: %(visits)s visits, %(metres)s m, back at %(over)s.") % values


def _time(minutes: float) -> str:
    return f"{int(minutes) // 60}:{int(minutes) % 60:02d}"


def _buildings(rows: list[Row], must: np.ndarray, tours: Tours) -> list[dict[str, Any]]:
    """What stands at each place: households, how many of them are seen each month (where they are not few), visits in all."""
    visits = Counter(h for d in tours.days for h in d.homes)
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for h, row in enumerate(rows):
        of = found.setdefault(
            (row.label, row.at), {"name": row.label, "lon": row.at[0], "lat": row.at[1], "households": 0, "every_month": 0, "visits": 0}
        )
        of["households"] += 1
        of["every_month"] += int(must[h])
        of["visits"] += visits[h]
    return [{**of, "every_month": of["every_month"] if of["every_month"] >= FEWEST else None} for of in found.values()]


def _feature(day: Day, rows: list[Row], where: np.ndarray, far: np.ndarray, rules: Rules) -> dict[str, Any]:
    way = [0, *(h + 1 for h in day.homes)]
    stops = [
        {
            "id": row.text("id") or row.text("name"), "name": row.label, "unit": row.text("unit"), "floor": row.text("floor"), "reached": _time(t),
            "metres": round(far[a, b]),
        }
        for row, t, (a, b) in zip([rows[h] for h in day.homes], day.reached, pairwise(way), strict=True)
    ]  # fmt: skip
    line = [[round(float(v), 7) for v in where[i]] for i in (*way, 0)]
    return {
        "type": "Feature", "geometry": {"type": "LineString", "coordinates": line},
        "properties": {
            "month": day.month, "week": day.week, "day": day.day, "two_persons": day.pair,
            "visits": len(day.homes), "metres": round(day.metres), "walking_minutes": round(day.metres / rules.pace),
            "minutes": round(day.over - rules.begin), "back": _time(day.over), "stops": stops,
        },
    }  # fmt: skip
