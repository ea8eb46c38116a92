"""What ``linli plan …`` does: reads, plans, writes all or nothing, and says what it did."""

from __future__ import annotations

import argparse
import csv
import importlib.resources
import io
import json
from collections.abc import Sequence
from typing import TextIO

import numpy as np
from django.utils.translation import gettext as _

from linli.charter.denied import denied
from linli.places import csvfile
from linli.places.reports import Problem
from linli.planning import samples
from linli.planning.cli import Desk, tell
from linli.planning.network import ELSEWHERE
from linli.planning.partition import ROUNDS
from linli.planning.plan import Asked, Given, Refused, make
from linli.planning.reading import Source, nearest_way, read_fixed, read_lines, read_present, read_sites, read_ways, unit_codes
from linli.planning.words import barriers_elsewhere, elsewhere
from linli.planning.writing import geojson, report


def asked_of(args: argparse.Namespace) -> Asked:
    grids = args.act == "grids"
    target = args.target if args.target or args.units or not grids else 400.0
    return Asked(
        kind=args.act, target=target, per=None if grids else args.per, units=args.units, tolerance=args.tolerance,
        around=getattr(args, "around", "mean"), link=args.link, off_way=getattr(args, "off_way", None), seed=args.seed, rounds=args.rounds or ROUNDS,
        seconds=args.seconds, stay=args.stay, chair=args.chair if grids else 0.0,
        customs=() if grids else tuple(c.strip() for c in args.customs.split(",") if c.strip()),
        customs_metres=1000.0 if grids else args.customs_metres, anyway=args.anyway, proof=args.prove,
    )  # fmt: skip


def plan(args: argparse.Namespace, out: TextIO, err: TextIO) -> int:
    """0 when the plan is written; 1 when something must be mended first, each thing with its line on ``err``, and nothing is written."""
    desk = Desk(args.datum)
    try:
        made = make(given(args, desk), asked_of(args), watch=_progress(err) if err.isatty() else None)
    except Refused as refused:
        tell(refused.problems, err)
        return 1
    text = geojson(made, desk.sources, args.lang)
    with args.out.open("x", encoding="utf-8") as file:
        file.write(text)
    out.write("\n".join(report(made)) + "\n")
    out.write(
        _("Written: %(file)s. Seed %(seed)s, %(rounds)s rounds.") % {"file": args.out, "seed": args.seed, "rounds": made.rounds} + "\n"
    )
    return 0


def given(args: argparse.Namespace, desk: Desk) -> Given:
    """Everything read. Raises Refused with all that is wrong in any file."""

    def note(file: Source, found: Sequence[Problem]) -> None:
        desk.problems.extend(Problem(p.number, f"{file.name} {p.field}".strip(), p.message, p.name, p.kind) for p in found)

    file = desk.source("in", args.source)
    sites, wrong = read_sites(file, datum=args.datum)
    note(file, wrong)
    read: dict[str, list] = {"barriers": [], "network": [], "keep": [], "fixed": []}
    for role in read:
        if not (path := getattr(args, role)):
            continue
        file = desk.source(role, path)
        if role in ("barriers", "network"):
            read[role], wrong = (read_ways if role == "network" else read_lines)(file, datum=args.datum)
        else:
            read[role], wrong = read_present(file, sites, datum=args.datum) if role == "keep" else read_fixed(file, sites)
        note(file, wrong)
    columns = [c.strip() for c in getattr(args, "customs", "").split(",") if c.strip()]
    refused = [(c, why.reason) for c in columns if (why := denied(c, column=True))]
    desk.problems.extend(Problem(None, column, reason.zh if args.lang == "zh" else reason.en) for column, reason in refused)
    missing = [c for c in columns if not denied(c, column=True) and not any(s.properties.get(c) not in (None, "") for s in sites)]
    desk.problems.extend(Problem(None, c, _("No site says anything in this column. Is it the right name?")) for c in missing)
    desk.refuse()
    if read["barriers"] and (away := nearest_way(sites, read["barriers"])) > ELSEWHERE:
        desk.wrong(barriers_elsewhere(away), "barriers")
    if read["network"] and (away := nearest_way(sites, read["network"])) > ELSEWHERE:
        desk.wrong(elsewhere(away), "network")
    desk.refuse()
    codes = next((unit_codes(file) for role, file in desk.sources if role == "keep"), {})
    return Given(sites, read["barriers"], read["network"], read["keep"], read["fixed"], codes)


def _progress(err: TextIO):
    last = [-1]

    def watch(part: float) -> None:
        if (now := int(100 * part)) != last[0]:
            last[0] = now
            err.write(f"\r{now} %" + ("\r" if now >= 100 else ""))
            err.flush()

    return watch


def example(which: str) -> str:
    """GeoJSON to try planning on. Positions and numbers are made up; Zhucheng's townships are the official ones."""
    if which == "community":
        sites = samples.community()
    else:
        data = importlib.resources.files("linli.planning").joinpath("data/370782-zhucheng.csv").read_bytes()
        text = csvfile.decode(data)
        assert isinstance(text, str)
        towns = [row["name"] for row in csv.DictReader(io.StringIO(text)) if row["level"] == "street"]
        sites = samples.villages(towns)
    features = [
        {
            "type": "Feature",
            "properties": {**properties, "made_up": True},
            "geometry": {"type": "Point", "coordinates": np.round(position, 7).tolist()},
        }
        for position, properties in sites
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False, indent=1) + "\n"
