"""``linli plan tours``: a worker's days, weeks, months, with every visit where the rules want it."""

from __future__ import annotations

import argparse
from itertools import pairwise
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from linli.places.reports import Problem
from linli.planning.cli import Answer, Desk, Prepared
from linli.planning.cli.circles import network
from linli.planning.network import straight_between
from linli.planning.plan import Refused
from linli.planning.tables import Row, Table, flat_map, on_map
from linli.planning.task import Impossible
from linli.planning.tours import Day, Homes, Needs, Rules, Tours, needs, plan
from linli.planning.tours_check import broken
from linli.planning.words import impossible, number

MONTHS = {"day": 1, "week": 1, "month": 1, "quarter": 3}
SAME = 1.0  # metres within which two doors are in one building
EVERYWHERE = 1e6


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
    floors = np.array([_floor(table, row) for row in rows], float)
    desk.refuse()
    rules = _rules(args)
    flat = flat_map([table])
    net, how = network(args, desk, flat)
    at = on_map(np.array([row.at for row in rows]), flat)
    start = _start(args, desk, at, flat)
    there = np.vstack([start, at])
    ground = net.between(there, there) if net is not None else straight_between(there, there, args.detour)
    apart = np.hypot(*(there[:, None] - there[None]).transpose(2, 0, 1))
    ground = np.asarray(np.round(np.where(apart <= SAME, 0.0, np.minimum(ground, ground.T))), np.float64)
    if not np.isfinite(ground).all() or ground.max() > EVERYWHERE:
        desk.wrong(_("Some households are too far away or not joined by the ways given."), "network")
        desk.refuse()
    homes = Homes(ground + np.round(args.stairs * _climbed(ground, floors)), must, pair, opens, closes, stays)
    try:
        tours = plan(homes, rules, seed=args.seed, rounds=args.rounds)
    except Impossible as error:
        raise Refused([Problem(None, "", impossible(error, [row.label for row in rows], []))]) from None
    if wrong := broken(homes, rules, tours.days, tours.metres):
        raise RuntimeError(f"tours that break the rules: {wrong[:3]}")
    climbed = sum(_along(_climbed(ground, floors), d) for d in tours.days)
    figures = _figures(tours, rules, climbed, args)
    words = [*explained(needs(homes, rules), rules, args.period), how(), *_words(tours, figures, args)]
    where = np.vstack([np.stack(flat.to_degrees(start[:, 0], start[:, 1]), 1), [row.at for row in rows]])
    return lambda _watch: Answer(figures, lambda: words, [_feature(d, rows, where) for d in tours.days if d.homes])


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


def _floor(table: Table, row: Row) -> float:
    floor = table.number(row, "floor", 1, low=-3, high=120)
    return 0.0 if table.flag(row, "lift") else abs(floor - 1)


def _climbed(ground: np.ndarray, floors: np.ndarray) -> np.ndarray:
    """Floors on the way between two doors, the start included: down and up again, or up from one to the other in one building."""
    high = np.r_[0.0, floors]
    same = ground[1:, 1:] == 0
    climbed = high[:, None] + high[None, :]
    climbed[1:, 1:] = np.where(same, np.abs(high[1:, None] - high[None, 1:]), climbed[1:, 1:])
    np.fill_diagonal(climbed, 0.0)
    return climbed


def _rules(args: argparse.Namespace) -> Rules:
    days = {"day": 1, "week": args.days_a_week, "month": args.days, "quarter": args.days}[args.period]
    least = args.least if args.period in ("month", "quarter") else 0
    weeks = 4 if args.period in ("month", "quarter") else 1
    return Rules(MONTHS[args.period], days, args.a_day, least, weeks, args.pair_days, args.begin, args.end, args.pace)


def _start(args: argparse.Namespace, desk: Desk, at: np.ndarray, flat: Any) -> np.ndarray:
    """Where the days begin and end: as asked, or the door from which all the others are nearest."""
    if args.start is not None:
        return on_map(np.array([args.start]), flat)
    return at[[np.hypot(*(at[:, None] - at[None]).transpose(2, 0, 1)).sum(1).argmin()]]


def _along(table: np.ndarray, day: Day) -> float:
    way = [0, *(h + 1 for h in day.homes), 0]
    return float(sum(table[a, b] for a, b in pairwise(way)))


def _figures(tours: Tours, rules: Rules, climbed: float, args: argparse.Namespace) -> dict[str, Any]:
    made = [d for d in tours.days if d.homes]
    n = tours.needs
    return {
        "households": n.households, "every_month": n.must, "visits": sum(len(d.homes) for d in made), "days": len(made),
        "a_month": [sum(len(d.homes) for d in made if d.month == m) for m in range(1, rules.months + 1)],
        "metres": round(tours.metres), "metres_as_stairs": round(args.stairs * climbed), "floors": round(climbed),
        "metres_a_visit": round(tours.metres / max(1, sum(len(d.homes) for d in made))), "bound": round(tours.bound),
        "gap": round(tours.metres / tours.bound - 1, 4) if tours.bound else None, "binds": n.binds, "turn": n.turn,
        "possible": n.possible, "rounds": tours.rounds, "longest_day_minutes": round(max(d.over for d in made) - rules.begin),
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
    values |= {"gap": f"{100 * (f['gap'] or 0):.0f}", "stairs": number(args.stairs)}
    lines = [
        _("%(visits)s visits on %(days)s days: %(metres)s m on foot, %(metres_a_visit)s m a visit; every rule was checked afterwards.")
        % values
    ]
    if f["floors"]:
        lines.append(_("%(floors)s floors of stairs are in it, each as %(stairs)s m.") % values)
    lines.append(_("The longest day takes %(longest_day_minutes)s minutes.") % values)
    lines.append(_("No plan can do with less than %(bound)s m; this one is within %(gap)s %%.") % values)
    if args.period in ("day", "week", "month"):
        return lines + [_one_line(d) for d in tours.days if d.homes]
    return lines


def _one_line(day: Day) -> str:
    values = {"day": day.day, "visits": len(day.homes), "metres": number(day.metres), "over": _time(day.over)}
    return "  " + _("Day %(day)s: %(visits)s visits, %(metres)s m, back at %(over)s.") % values


def _time(minutes: float) -> str:
    return f"{int(minutes) // 60}:{int(minutes) % 60:02d}"


def _feature(day: Day, rows: list[Row], where: np.ndarray) -> dict[str, Any]:
    stops = [
        {"id": rows[h].text("id") or rows[h].text("name"), "reached": _time(t)} for h, t in zip(day.homes, day.reached, strict=True)
    ]  # fmt: skip
    line = [[round(float(v), 7) for v in where[i]] for i in (0, *(h + 1 for h in day.homes), 0)]
    return {
        "type": "Feature", "geometry": {"type": "LineString", "coordinates": line},
        "properties": {
            "month": day.month, "week": day.week, "day": day.day, "two_persons": day.pair,
            "visits": len(day.homes), "metres": round(day.metres), "back": _time(day.over), "stops": stops,
        },
    }  # fmt: skip
