"""``linli plan sites``: where the next facilities should stand, with what no choice can beat."""

from __future__ import annotations

import argparse
from functools import partial
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from linli.planning.cli import Answer, Desk, Prepared, Watch, point, unable
from linli.planning.cli.ways import Ways, ways
from linli.planning.siting import Sited, max_cover, p_median, with_room
from linli.planning.tables import Row, Table, flat_map, on_map
from linli.planning.task import Impossible
from linli.planning.words import number, within

LARGEST = 20_000_000
"""Pairs of building and candidate that are weighed."""


def prepare(args: argparse.Namespace, desk: Desk) -> Prepared:
    buildings = desk.table("in", args.source, "households")
    weight = np.array([float(buildings.whole(row, "households")) for row in buildings.rows])
    buildings.named()
    standing = desk.table("standing", args.standing) if args.standing else None
    candidates = desk.table("candidates", args.candidates) if args.candidates else buildings
    sites = [*(standing.rows if standing else []), *candidates.rows]
    kept = len(sites) - len(candidates.rows)
    room = _rooms(args, desk, standing, candidates) if args.goal == "room" else None
    if not weight.sum():
        desk.wrong(_("Nobody lives there: every number of households is 0."), "source")
    if len(buildings.rows) * len(sites) > LARGEST:
        said = _("%(n)s buildings and %(m)s candidates are too many pairs (%(most)s at most). Give fewer candidates.")
        desk.wrong(said % {"n": len(buildings.rows), "m": len(sites), "most": f"{LARGEST:,}"}, "candidates")
    desk.refuse()
    if args.number > len(candidates.rows):
        raise unable(Impossible("sites"))
    flat = flat_map([t for t in (buildings, candidates, standing) if t])
    along = ways(args, desk, flat, buildings, standing, candidates)
    at, there = on_map(buildings.points, flat), on_map(np.array([row.at for row in sites]), flat)
    return partial(_answer, args, buildings, weight, sites, kept, room, at, there, along)


def _answer(
    args: argparse.Namespace, buildings: Table, weight: np.ndarray, sites: list[Row], kept: int, room: np.ndarray | None, at: np.ndarray,
    there: np.ndarray, along: Ways, watch: Watch | None = None,
) -> Answer:  # fmt: skip
    cost = along.between(at, there)
    try:
        found = _chosen(args, cost, weight, room, list(range(kept)), watch)
    except Impossible as error:
        raise unable(error) from None
    figures = _figures(args, found, cost, weight, kept) | along.figures
    features = _features(found, cost, weight, sites, buildings, kept)
    return Answer(figures, lambda: [*along.words(), *_words(args, figures)], features, _rows(found, cost, weight, sites, buildings))


def _rooms(args: argparse.Namespace, desk: Desk, standing: Table | None, candidates: Table) -> np.ndarray:
    """Households each site has room for: its own column, or ``--room`` for all. That neither is given is told once, not of every row."""
    lacking = [t.source.name for t in (standing, candidates) if t and args.room is None and not t.has("room")]
    if lacking:
        said = _("%(files)s: no site says how many households it has room for. Give a column “room” (容量), or one number for all.")
        desk.wrong(said % {"files": _(", ").join(lacking)}, "room")
        desk.refuse()
    return np.array([t.number(row, "room", args.room) for t in (standing, candidates) if t for row in t.rows])


def _chosen(
    args: argparse.Namespace, cost: np.ndarray, weight: np.ndarray, room: np.ndarray | None, kept: list[int], watch: Watch | None
) -> Sited:
    if args.goal == "reach":
        return max_cover(cost <= args.minutes * args.pace, weight, args.number, standing=kept, seconds=args.seconds, watch=watch)
    same = {"standing": kept, "seed": args.seed, "seconds": args.seconds, "tries": args.tries, "watch": watch}
    return with_room(cost, weight, room, args.number, **same) if room is not None else p_median(cost, weight, args.number, **same)


def _figures(args: argparse.Namespace, found: Sited, cost: np.ndarray, weight: np.ndarray, kept: int) -> dict[str, Any]:
    served = np.where(found.of >= 0, cost[np.arange(len(cost)), found.of], cost[:, found.chosen].min(1))
    total, most = float(weight.sum()), args.minutes * args.pace
    before = cost[:, :kept].min(1) if kept else None
    return {
        "goal": args.goal, "sites": len(found.chosen), "new": len(found.chosen) - kept, "households": int(total),
        "mean_metres": round(float(weight @ served) / total, 1), "farthest_metres": round(float(served[weight > 0].max())),
        "within_reach": int(weight[cost[:, found.chosen].min(1) <= most].sum()),
        "mean_metres_before": None if before is None else round(float(weight @ before) / total, 1),
        "within_reach_before": None if before is None else int(weight[before <= most].sum()),
        "value": round(found.value, 3), "bound": round(found.bound, 3), "gap": round(found.gap, 6), "proven": found.proven,
        "tries": found.tries,
    }  # fmt: skip


def _words(args: argparse.Namespace, f: dict[str, Any]) -> list[str]:
    values = {k: number(v) if isinstance(v, float | int) and not isinstance(v, bool) else v for k, v in f.items()}
    values |= {"minutes": number(args.minutes), "gap": within(f["gap"], 2)}
    lines = [
        _("%(new)s new sites, %(sites)s in all, for %(households)s households.") % values,
        _("A household walks %(mean_metres)s m on average to its site, the farthest %(farthest_metres)s m.") % values,
        _("%(within_reach)s of %(households)s households are within %(minutes)s minutes.") % values,
    ]
    if f["mean_metres_before"] is not None:
        said = _("Today: %(mean_metres_before)s m on average, %(within_reach_before)s households within that time.")
        lines.append(said % values)
    if f["proven"]:
        lines.append(_("No choice can do better: that is proven."))
    elif args.goal == "reach":
        lines.append(_("No choice can reach more than %(bound)s households; this one is within %(gap)s %%.") % values)
    else:
        bound = number(f["bound"] / max(1, f["households"]))
        lines.append(_("No choice can do better than %(bound)s m on average; this one is within %(gap)s %%.") % {**values, "bound": bound})
    return lines


def _features(
    found: Sited, cost: np.ndarray, weight: np.ndarray, sites: list[Row], buildings: Table, kept: int
) -> list[dict[str, Any]]:  # fmt: skip
    made = []
    for site in found.chosen.tolist():
        mine = np.flatnonzero(found.of == site)
        made.append(
            point(
                sites[site].at, id=sites[site].text("id") or sites[site].text("name"), name=sites[site].label, standing=site < kept,
                households=int(weight[mine].sum()), buildings=[buildings.rows[n].text("id") or buildings.rows[n].label for n in mine],
                metres_mean=round(float(np.average(cost[mine, site], weights=weight[mine] + 1e-9)), 1) if len(mine) else None,
            )
        )  # fmt: skip
    return made


def _rows(found: Sited, cost: np.ndarray, weight: np.ndarray, sites: list[Row], buildings: Table) -> list[dict[str, Any]]:
    """Every building with the site it goes to; with the nearest where none is within reach."""
    to = np.where(found.of >= 0, found.of, found.chosen[cost[:, found.chosen].argmin(1)])
    return [
        {
            "id": row.text("id") or row.label, "name": row.label, "households": int(weight[n]), "site": sites[site].label,
            "metres": round(float(cost[n, site])), "lon": round(float(row.at[0]), 7), "lat": round(float(row.at[1]), 7),
        }
        for n, (row, site) in enumerate(zip(buildings.rows, to.tolist(), strict=True))
    ]  # fmt: skip
