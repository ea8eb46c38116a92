"""``linli plan …``: who covers what, who reaches what, who walks where. Needs no database."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from linli.conf.commands import plan_more, whole_number
from linli.conf.commands.plan_more import not_negative, off_way_of, positive, share
from linli.conf.home import Home


def _common(parser: argparse.ArgumentParser, link: float, off_way: float) -> None:
    parser.add_argument("--in", dest="source", type=Path, required=True, metavar="FILE", help="GeoJSON, or CSV with lon and lat")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="where the units are written (GeoJSON); must not exist")
    parser.add_argument(
        "--tolerance", type=share, default=0.1, metavar="SHARE", help="allowed either side of the target, or of the mean (default 10%%)"
    )
    parser.set_defaults(around="target")  # studies made before it was so are of the mean
    parser.add_argument("--keep", type=Path, metavar="FILE", help="the present units (outlines, or features or rows with id and unit)")
    parser.add_argument(
        "--stay", type=not_negative, default=1000.0, metavar="METRES", help="what a household's change of unit counts as (1000; 0: nothing)"
    )
    parser.add_argument("--fixed", type=Path, metavar="FILE", help="CSV with id and unit: these must be there")
    parser.add_argument("--barriers", type=Path, metavar="FILE", help="GeoJSON lines or areas that no unit crosses")
    parser.add_argument(
        "--network", type=Path, metavar="FILE", help="GeoJSON lines or .osm.pbf that people walk along (default: straight distance)"
    )
    off_way_of(parser, off_way)
    parser.add_argument("--link", type=positive, default=link, metavar="METRES", help=f"neighbours are at most so far apart ({link:.0f})")
    parser.add_argument("--seed", type=whole_number(0, 2**31), default=1, metavar="S", help="the same seed gives the same plan (1)")
    effort = parser.add_mutually_exclusive_group()
    effort.add_argument("--rounds", type=whole_number(1, 10_000), metavar="N", help="rounds of search (4)")
    effort.add_argument("--seconds", type=positive, metavar="T", help="search for so long; the rounds it made are in the record")
    parser.add_argument("--prove", type=positive, default=0.0, metavar="T", help="look for a proof, T seconds an area (up to 150 sites)")
    parser.add_argument("--anyway", action="store_true", help="write a plan with units outside the tolerance rather than none")
    parser.add_argument("--datum", choices=["wgs84", "gcj02"], default="wgs84", help="of all coordinates that come in")
    parser.add_argument("--lang", choices=["zh", "en"], default="zh", help="language (default zh)")


def add(parser: argparse.ArgumentParser) -> None:
    subs = parser.add_subparsers(dest="act", metavar="ACT", required=True)
    grids = subs.add_parser("grids", help="divide communities' buildings into grids of about as many households")
    _common(grids, 120.0, 300.0)
    many = grids.add_mutually_exclusive_group()
    many.add_argument("--target", type=positive, metavar="N", help="households of a grid (400)")
    many.add_argument("--units", type=whole_number(1), metavar="K", help="grids in all")
    grids.add_argument("--chair", type=float, default=800.0, metavar="N", help="households of one vice-chair (800; 0: none)")
    villages = subs.add_parser("villages", help="merge villages within township borders into units")
    _common(villages, 4200.0, 2000.0)
    many = villages.add_mutually_exclusive_group(required=True)
    many.add_argument("--target", type=positive, metavar="N", help="households of a unit")
    many.add_argument("--per", type=positive, metavar="N", help="villages of a unit")
    many.add_argument("--units", type=whole_number(1), metavar="K", help="units in all, shared out by households")
    villages.add_argument("--customs", default="", metavar="COLUMNS", help="columns (a,b,c) in which villages of a unit should be alike")
    villages.add_argument(
        "--customs-metres", type=positive, default=1000.0, metavar="M", help="what one standard deviation counts as (1000)"
    )
    plan_more.add(subs)
    example = subs.add_parser("example", help="write an input to try it on: made-up data, said so in each line")
    example.add_argument("which", choices=["community", "zhucheng"])
    example.add_argument("--out", type=Path, required=True, metavar="FILE", help="where to write it; must not exist")


def run(args: argparse.Namespace, home: Home) -> int:
    if args.out.exists():
        print(f"linli: {args.out} exists already; choose another name.", file=sys.stderr)
        return 1
    import django

    django.setup()
    from django.utils import translation

    from linli.planning import cli, commands

    if args.act == "example":
        args.out.write_text(commands.example(args.which))
        print(f"{args.out}: made-up data.")
        return 0
    with translation.override("zh-hans" if args.lang == "zh" else "en"):
        return (commands.plan if args.act in ("grids", "villages") else cli.answer)(args, sys.stdout, sys.stderr)
