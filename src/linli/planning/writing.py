"""A plan as GeoJSON with the record of how it came about, and in plain words."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import shapely
from django.utils.translation import gettext as _

from linli import __version__
from linli.places import shapes
from linli.planning import words
from linli.planning.customs import spread_within
from linli.planning.network import DETOUR
from linli.planning.plan import Plan, Result, held
from linli.planning.reading import Source

EDGE = 40.0  # metres around the outermost buildings that belong to their unit


def outlines(plan: Plan) -> dict[tuple[int, int], Any]:
    """Each unit's outline in metres, by (result, unit): the ground nearer to its sites than to others', to ``EDGE`` beyond the outermost."""
    at = np.vstack([r.part.plain.xy for r in plan.results])
    owner = np.array([(n, int(u)) for n, r in enumerate(plan.results) for u in r.division.lab])
    spots, first = np.unique(at.round(2), axis=0, return_index=True)
    around = [shapely.buffer(shapely.convex_hull(shapely.multipoints(r.part.plain.xy)), _edge(plan)) for r in plan.results]
    if len(spots) < 2:
        cells = [shapely.buffer(shapely.points(spots[0]), _edge(plan))]
    else:
        reach = shapely.box(*(spots.min(0) - 10 * EDGE - np.ptp(spots, 0)), *(spots.max(0) + 10 * EDGE + np.ptp(spots, 0)))
        found = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(spots), extend_to=reach))
        tree = shapely.STRtree(found)
        points, cell = tree.query(shapely.points(spots), predicate="intersects")
        chosen = dict(zip(points.tolist(), cell.tolist(), strict=True))
        cells = [found[chosen[i]] for i in range(len(spots))]
    pieces: dict[tuple[int, int], list[Any]] = {}
    for cell, i in zip(cells, first, strict=True):
        number, unit = (int(x) for x in owner[i])
        pieces.setdefault((number, unit), []).append(shapely.intersection(cell, around[number]))
    return {key: shapes.union(of, 0.001) for key, of in pieces.items()}


def _edge(plan: Plan) -> float:
    return EDGE if plan.asked.kind == "grids" else plan.asked.link / 4


def geojson(plan: Plan, sources: Sequence[tuple[str, Source]], lang: str) -> str:
    """The units as polygons with their figures, and under ``linli`` all that is needed to make the same plan again."""
    record = {
        "version": __version__, "command": f"linli plan {plan.asked.kind}", "options": asdict(plan.asked), "rounds": plan.rounds,
        "inputs": [{"as": role, "file": s.name, "sha256": s.sha256} for role, s in sources],
        "figures": figures(plan), "lang": lang, "words": report(plan),
    }  # fmt: skip
    return json.dumps({"type": "FeatureCollection", "linli": record, "features": features(plan)}, ensure_ascii=False, indent=1) + "\n"


def features(plan: Plan) -> list[dict[str, Any]]:
    """The units as polygons with their figures."""
    drawn = outlines(plan)
    return [_feature(plan, n, u, drawn.get((n, u))) for n, r in enumerate(plan.results) for u in range(r.division.k)]


def _feature(plan: Plan, n: int, u: int, outline: Any) -> dict[str, Any]:
    result = plan.results[n]
    division, part = result.division, result.part
    of = np.flatnonzero(division.lab == u)
    sites = [plan.given.sites[part.members[i]] for i in of]
    chair = next((number for number, pair in enumerate(result.chairs, 1) if u in pair), None)
    walked = result.after[of]
    middle = plan.given.sites[part.members[division.middle[u]]]
    properties = {
        "level": "grid" if plan.asked.kind == "grids" else "unit", "id": f"{part.area} {result.units[u]}".strip(), "name": result.units[u],
        "community": part.area,
        "households": int(division.households[u]), "sites": [s.id for s in sites], "middle": middle.id, "middle_name": middle.label,
        "metres_mean": round(float(np.average(walked, weights=part.plain.w[of] + 1e-9)), 1), "metres_farthest": round(float(walked.max()), 1),
        "continues": bool(division.heir[u] >= 0),
    } | ({"vice_chair": chair} if chair else {})  # fmt: skip
    codes, name = plan.given.codes, result.units[u]
    if division.heir[u] >= 0 and (code := codes.get(f"{part.area} {name}".strip()) or codes.get(name)):
        properties["code"] = code
    if plan.asked.kind == "villages":
        members = [(i, plan.given.sites[part.members[i]]) for i in of]
        properties["villages"] = [
            {
                "id": site.id, "name": site.label, "households": int(part.plain.w[i]), "metres": round(float(result.after[i])),
                "metres_before": round(float(result.before[i])),
            }
            for i, site in members
        ]  # fmt: skip
    shape = None
    if outline is not None and not outline.is_empty:
        shape = shapes.write(shapely.transform(outline, lambda xy: np.stack(plan.flat.to_degrees(xy[:, 0], xy[:, 1]), 1)))
    return {"type": "Feature", "properties": properties, "geometry": shape}


def figures(plan: Plan) -> dict[str, Any]:
    """The numbers of the whole plan: metres are means over households."""
    w = np.array([float(r.part.plain.w.sum()) for r in plan.results])
    sizes = np.concatenate([r.division.households for r in plan.results])
    walking = float(np.dot(w, [r.division.walking for r in plan.results]) / w.sum())
    kept = not plan.problems  # a bound and a proof are of divisions within what was asked for
    bound = float(np.dot(w, [r.bound for r in plan.results]) / w.sum()) if kept else 0.0
    after = np.concatenate([r.after for r in plan.results])
    before = np.concatenate([r.before for r in plan.results])
    weight = np.concatenate([r.part.plain.w for r in plan.results])
    farther, nearer = after > before + 0.5, after < before - 0.5
    found: dict[str, Any] = {
        "areas": len(plan.results), "sites": len(after), "households": int(w.sum()), "units": len(sizes), "smallest": int(sizes.min()),
        "largest": int(sizes.max()), "within_band": len(sizes) - sum(len(r.division.misses) for r in plan.results),
        "walking": round(walking, 2), "bound": round(bound, 2) if kept else None, "gap": round(walking / bound - 1, 4) if bound > 0 else None,
        "proven": kept and all(r.proven for r in plan.results), "moved": int(sum(r.division.moved for r in plan.results)),
        "median_metres": round(_quantile(after, weight, 0.5)), "p90_metres": round(_quantile(after, weight, 0.9)),
        "farthest_metres": round(float(after.max())), "households_nearer": int(weight[nearer].sum()),
        "households_farther": int(weight[farther].sum()), "vice_chairs": sum(len(r.chairs) for r in plan.results),
    }  # fmt: skip
    if astray := [{"name": name, "metres": metres} for r in plan.results for name, metres in r.part.astray]:
        found["astray"] = astray
    if cut := [name for r in plan.results for name in r.part.cut]:
        found["unjoined"] = cut
    if far_off := [{"names": list(names), "metres": round(metres)} for r in plan.results for names, metres in r.part.strays]:
        found["strays"] = far_off
    if plan.asked.customs:
        rows = [plan.given.sites[i].properties for r in plan.results for i in r.part.members]
        lab = np.concatenate([1000 * n + r.division.lab for n, r in enumerate(plan.results)])
        found["customs_within"] = round(spread_within(rows, plan.asked.customs, lab, weight), 3)
        found["customs_between_any"] = round(spread_within(rows, plan.asked.customs, np.zeros(len(rows)), weight), 3)
    return found


def _quantile(values: np.ndarray, weight: np.ndarray, share: float) -> float:
    order = np.argsort(values)
    return float(values[order][np.searchsorted(np.cumsum(weight[order]), share * weight.sum() - 1e-9)])


def report(plan: Plan) -> list[str]:
    """The arithmetic in plain words, a line for each thing."""
    lines = []
    for result in plan.results if len(plan.results) <= 40 else ():
        lines += _of_area(plan, result)
    lines += _whole(plan, figures(plan))
    lines.extend(f"! {problem}" for problem in plan.problems)
    return lines


def _of_area(plan: Plan, result: Result) -> list[str]:
    task, division = result.part.plain, result.division
    total, k = float(task.w.sum()), division.k
    values = {
        "area": result.part.area or _("All"), "households": words.number(total), "sites": task.n, "k": k, "mean": words.number(total / k),
        **words.band(task.low, task.high), "smallest": words.number(division.households.min()),
        "largest": words.number(division.households.max()), "target": words.number(plan.asked.target or 0),
        "quotient": f"{total / (plan.asked.target or total):.2f}", "tolerance": f"{plan.asked.tolerance:.0%}",
        "middle": words.number(plan.asked.target or 0) if held(plan.asked, total) else _("the mean"),
    }  # fmt: skip
    first = (
        _(
            "%(area)s: %(households)s households at %(sites)s sites; %(households)s ÷ %(target)s = %(quotient)s, so %(k)s units of %(mean)s on average."
        )
        if plan.asked.target
        else _("%(area)s: %(households)s households at %(sites)s sites in %(k)s units of %(mean)s on average.")
    )
    return [(first + " " + _("Allowed: %(low)s to %(high)s (%(middle)s ± %(tolerance)s); they have %(smallest)s to %(largest)s.")) % values]


def _whole(plan: Plan, f: dict[str, Any]) -> list[str]:
    customs = {k: v for k, v in f.items() if k.startswith("customs")}
    f = {**f, "told": {k: words.number(v) for k, v in f.items() if isinstance(v, int | float) and not isinstance(v, bool)} | customs}
    lines = [
        _("In all %(units)s units of %(smallest)s to %(largest)s households; %(within_band)s of %(units)s are within what is allowed.")
        % f["told"],
        _("Distances are measured along the ways given; what they do not reach counts straight, times %(detour)s.") % {"detour": DETOUR}
        if plan.given.ways
        else _("Distances are straight lines: walls and detours are not in them."),
        *words.borderless(
            [s.label for s in plan.given.sites if not s.area] if plan.asked.kind == "villages" else (), len(plan.given.sites)
        ),
        *words.strays(sorted((s for r in plan.results for s in r.part.strays), key=lambda s: -s[1]), plan.asked.link),
        *words.astray([a["name"] for a in f.get("astray", ())], f["sites"], plan.asked.off_way or 0.0, DETOUR),
        *words.unjoined(f.get("unjoined", ()), f["sites"], DETOUR),
        _(
            "A household walks %(walking)s m on average to the middle of its unit; half at most %(median_metres)s m, "
            "nine in ten at most %(p90_metres)s m, the farthest %(farthest_metres)s m."
        )
        % f["told"],
    ]
    if plan.problems:
        lines.append(_("Not every unit is within what was asked for, so nothing can be said of how near it is to the best."))
    elif f["proven"]:
        lines.append(_("No division can do better: that is proven."))
    elif f["gap"] is not None:
        lines.append(
            _("No division can do better than %(bound)s m on average; this one is within %(gap)s %%.")
            % {"bound": words.lowest(f["bound"]), "gap": words.within(f["gap"])}
        )
    known = sum(float(r.part.plain.w[r.part.plain.home >= 0].sum()) for r in plan.results)
    if known:
        values = {"moved": f["told"]["moved"], "households": words.number(known), "n": words.number(f["households"] - known)}
        lines.append(_("%(moved)s of %(households)s households come to another unit than today.") % values)
        if known < f["households"]:
            lines.append(_("%(n)s households have no present unit and are counted neither as staying nor as moving.") % values)
    if plan.asked.kind == "villages":
        lines.append(
            _("To their centre %(households_nearer)s households have less far than to today's, %(households_farther)s farther.") % f["told"]
        )
        lines += _losers(plan)
    if f["vice_chairs"]:
        lines.append(words.in_chairs(plan.asked.chair, [c for r in plan.results for c in r.chairs]))
    if plan.asked.customs:
        lines.append(
            _("Two households of one unit differ in custom by %(customs_within)s standard deviations, any two by %(customs_between_any)s.")
            % f["told"]
        )
    return lines


def _losers(plan: Plan) -> list[str]:
    found = []
    for result in plan.results:
        change = result.after - result.before
        found += [(float(change[i]), result, i) for i in np.argsort(-change)[:5] if change[i] > 0.5]
    found.sort(key=lambda x: -x[0])
    lines = []
    for change, result, i in found[:5]:
        site = plan.given.sites[result.part.members[i]]
        middle = plan.given.sites[result.part.members[result.division.middle[result.division.lab[i]]]]
        lines.append(
            "  "
            + _("%(name)s (%(households)s households): %(metres)s m farther, to %(middle)s.")
            % {"name": site.label, "households": site.households, "metres": f"{change:,.0f}", "middle": middle.label}
        )
    return [_("Who loses most:"), *lines] if lines else []
