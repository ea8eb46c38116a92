"""The arguments of ``linli plan circles|sites|tours|indicators|staff``. Imports nothing heavy: the help has to be there at once."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from linli.conf.commands import whole_number


def positive(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < 1e9:
        raise argparse.ArgumentTypeError(f"{text}: a number above 0")
    return number


def share(text: str) -> float:
    try:
        found = float(text.strip().removesuffix("%")) / (100 if text.strip().endswith("%") else 1)
    except ValueError:
        found = -1.0
    if not 0 < found < 1:
        raise argparse.ArgumentTypeError(f"{text}: a share such as 10% or 0.1")
    return found


def add(subs: Any) -> None:
    circles(subs)
    sites(subs)


def _files(parser: argparse.ArgumentParser, what: str, *, placed: bool = True) -> None:
    parser.add_argument("--in", dest="source", type=Path, required=True, metavar="FILE", help=what)
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="where it is written (JSON); must not exist")
    if placed:
        parser.add_argument("--datum", choices=["wgs84", "gcj02"], default="wgs84", help="of all coordinates that come in")
    parser.add_argument("--lang", choices=["zh", "en"], default="zh", help="language (default zh)")


def _on_foot(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--minutes", type=positive, default=15.0, metavar="N", help="what is in time (15)")
    parser.add_argument("--pace", type=positive, default=80.0, metavar="M", help="metres walked in a minute (80)")
    parser.add_argument("--network", type=Path, metavar="FILE", help="GeoJSON lines that people walk along (default: straight distance)")
    parser.add_argument("--detour", type=positive, default=1.3, metavar="X", help="without a network: ways are so many times longer (1.3)")


def _seed(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seed", type=whole_number(0, 2**31), default=1, metavar="S", help="the same seed gives the same plan (1)")


def circles(subs: Any) -> None:
    parser = subs.add_parser("circles", help="15-minute circles: who can walk to which kind of facility, and who is left out")
    _files(parser, "buildings: GeoJSON, or CSV with lon and lat; households, and where known residents and elderly")
    parser.add_argument("--facilities", type=Path, required=True, metavar="FILE", help="facilities with their kind")
    parser.add_argument("--kinds", default="", metavar="KINDS", help="which kinds (a,b,c), there or not (default: those in the file)")
    _on_foot(parser)


def sites(subs: Any) -> None:
    parser = subs.add_parser(
        "sites", help="where the next facilities should stand: the fewest metres, the most households in reach, or room for all"
    )
    _files(parser, "buildings with households: GeoJSON, or CSV with lon and lat")
    parser.add_argument("--number", type=whole_number(0), required=True, metavar="K", help="new sites")
    parser.add_argument(
        "--goal", choices=["walk", "reach", "room"], default="walk", help="fewest metres (default), most in reach, or room for all"
    )
    parser.add_argument("--candidates", type=Path, metavar="FILE", help="where a site may be (default: at any building)")
    parser.add_argument("--standing", type=Path, metavar="FILE", help="sites that stand already and stay")
    parser.add_argument("--room", type=positive, metavar="N", help="households of a site, where its column room says nothing")
    _on_foot(parser)
    _seed(parser)
    parser.add_argument(
        "--seconds", type=positive, default=20.0, metavar="T", help="search for so long at most (20); the starts made are in the record"
    )
    parser.add_argument("--tries", type=whole_number(0, 10**6), metavar="N", help="so many starts instead, whatever time they take")
