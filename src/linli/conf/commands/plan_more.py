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


def not_negative(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number < 1e9:
        raise argparse.ArgumentTypeError(f"{text}: a number from 0 on")
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
    tours(subs)
    indicators(subs)
    staff(subs)


def _files(parser: argparse.ArgumentParser, what: str, *, placed: bool = True, required: bool = True) -> None:
    parser.add_argument("--in", dest="source", type=Path, required=required, metavar="FILE", help=what)
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="where it is written (JSON); must not exist")
    if placed:
        parser.add_argument("--datum", choices=["wgs84", "gcj02"], default="wgs84", help="of all coordinates that come in")
    parser.add_argument("--lang", choices=["zh", "en"], default="zh", help="language (default zh)")


def clock(text: str) -> float:
    hour, colon, minute = text.partition(":")
    if not (colon and hour.isdigit() and minute.isdigit() and int(hour) < 24 and int(minute) < 60):
        raise argparse.ArgumentTypeError(f"{text}: a time such as 9:00")
    return 60.0 * int(hour) + int(minute)


def place(text: str) -> tuple[float, float]:
    try:
        lon, lat = (float(part) for part in text.split(","))
    except ValueError:
        lon = lat = 999.0
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise argparse.ArgumentTypeError(f"{text}: longitude,latitude in degrees (WGS-84)")
    return lon, lat


def _on_foot(parser: argparse.ArgumentParser, pace: float = 80.0) -> None:
    parser.add_argument("--pace", type=positive, default=pace, metavar="M", help=f"metres walked in a minute ({pace:.0f})")
    parser.add_argument(
        "--network", type=Path, metavar="FILE", help="GeoJSON lines or .osm.pbf that people walk along (default: straight distance)"
    )
    parser.add_argument("--detour", type=positive, default=1.3, metavar="X", help="without a network: ways are so many times longer (1.3)")
    off_way_of(parser, 300.0)


def off_way_of(parser: argparse.ArgumentParser, metres: float) -> None:
    said = f"farther from any way the straight line counts, and it is said where ({metres:,.0f})"
    parser.add_argument("--off-way", type=positive, default=metres, metavar="M", help=said)


def _seed(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seed", type=whole_number(0, 2**31), default=1, metavar="S", help="the same seed gives the same plan (1)")


def _minutes(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--minutes", type=positive, default=15.0, metavar="N", help="what is in time (15)")


def circles(subs: Any) -> None:
    parser = subs.add_parser("circles", help="15-minute circles: who can walk to which kind of facility, and who is left out")
    _files(parser, "buildings: GeoJSON, or CSV with lon and lat; households, and where known residents and elderly")
    parser.add_argument("--facilities", type=Path, required=True, metavar="FILE", help="facilities with their kind")
    parser.add_argument("--kinds", default="", metavar="KINDS", help="which kinds (a,b,c), there or not (default: those in the file)")
    _minutes(parser)
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
    _minutes(parser)
    _on_foot(parser)
    _seed(parser)
    parser.add_argument(
        "--seconds", type=positive, default=20.0, metavar="T", help="search for so long at most (20); the starts made are in the record"
    )
    parser.add_argument("--tries", type=whole_number(0, 10**6), metavar="N", help="so many starts instead, whatever time they take")


def tours(subs: Any) -> None:
    parser = subs.add_parser("tours", help="a worker's walking tours for a day, week, month or quarter that keep the rules of visiting")
    _files(parser, "households: GeoJSON, or CSV with lon and lat; where known must, pair, unit, floor, lift, from, until, minutes")
    parser.add_argument(
        "--period", choices=["day", "week", "month", "quarter"], default="quarter", help="in which everyone is seen (quarter)"
    )
    parser.add_argument("--days", type=whole_number(1, 31), default=19, metavar="N", help="days in the field each month (19)")
    parser.add_argument("--days-a-week", type=whole_number(1, 7), default=5, metavar="N", help="of a plan for a week (5)")
    parser.add_argument("--a-day", type=whole_number(1, 100), default=8, metavar="N", help="visits a day at most (8)")
    parser.add_argument(
        "--least", type=whole_number(0, 2000), default=80, metavar="N", help="visits a month at least (80; 0: no such rule)"
    )
    parser.add_argument("--pair-days", type=whole_number(0, 31), default=4, metavar="N", help="days a month with a second person (4)")
    parser.add_argument(
        "--visit", type=positive, default=20.0, metavar="MIN", help="minutes of a visit, where its own column says nothing (20)"
    )
    parser.add_argument(
        "--stairs", type=positive, default=15.0, metavar="M", help="metres that a floor without a lift counts as (15); with one: 1"
    )
    parser.add_argument(
        "--lift-floors",
        type=whole_number(2, 120),
        metavar="N",
        help="a building with so many floors has a lift, where column lift is empty",
    )
    parser.add_argument("--begin", type=clock, default=540.0, metavar="TIME", help="when a day begins (9:00)")
    parser.add_argument("--end", type=clock, default=1050.0, metavar="TIME", help="when it is over (17:30)")
    parser.add_argument("--start", type=place, metavar="LON,LAT", help="where days begin and end (default: the door nearest to all)")
    _on_foot(parser, 67.0)
    _seed(parser)
    parser.add_argument("--rounds", type=whole_number(1, 1000), default=4, metavar="N", help="length of the search (4)")


def indicators(subs: Any) -> None:
    parser = subs.add_parser("indicators", help="rank places by weighted indicators, and say how far the ranking depends on the weights")
    _files(parser, "CSV or GeoJSON: id or name of each place, a column for each indicator", placed=False)
    parser.add_argument(
        "--indicators", type=Path, required=True, metavar="FILE", help="CSV: indicator, better (up or down), weight where given"
    )
    parser.add_argument("--weights", choices=["given", "entropy", "experts"], default="given", help="where weights come from (given)")
    parser.add_argument(
        "--experts", type=Path, metavar="FILE", help="CSV: first, second, ratio (1/9 to 9), and expert where there are several"
    )
    parser.add_argument(
        "--scale", choices=["range", "deviation", "best", "rank"], default="range", help="how values are made comparable (range)"
    )
    parser.add_argument("--missing", choices=["refuse", "mean"], default="refuse", help="what stands for a value that is missing (refuse)")
    parser.add_argument("--table", choices=["saaty", "donegan-dodd"], default="saaty", help="random index of the consistency ratio (saaty)")
    parser.add_argument("--shake", type=share, default=0.1, metavar="SHARE", help="how far every weight may be off at once (10%%)")
    parser.add_argument("--anyway", action="store_true", help="use comparisons that contradict each other")
    _seed(parser)


def staff(subs: Any) -> None:
    parser = subs.add_parser("staff", help="people and space against the norms, and which deadlines these people will keep")
    _files(parser, "CSV or GeoJSON: name, households; where known residents, staff, chairs, space", placed=False, required=False)
    parser.add_argument("--households", type=positive, metavar="N", help="households of a worker (34,000 / 124)")
    parser.add_argument("--residents", type=positive, metavar="N", help="residents of a worker (102,000 / 124)")
    parser.add_argument("--chair", type=positive, default=800.0, metavar="N", help="households of a vice-chair (800)")
    parser.add_argument("--space", type=Path, metavar="FILE", help="CSV: name (or id) of the community, space in m²; goes before --in")
    parser.add_argument(
        "--space-first", type=whole_number(0, 10**6), default=1000, metavar="M2", help="m² of rooms of every community (1,000)"
    )
    parser.add_argument(
        "--space-until", type=whole_number(0, 10**6), default=1000, metavar="N", help="households up to which they are enough (1,000)"
    )
    parser.add_argument("--space-more", type=whole_number(0, 10**6), default=50, metavar="M2", help="m² more for each so many beyond (50)")
    parser.add_argument(
        "--space-each", type=whole_number(1, 10**6), default=100, metavar="N", help="for each full so many households (100)"
    )
    parser.add_argument("--people", type=Path, metavar="FILE", help="CSV: post, count; where known hours a day, duties in hours a week")
    parser.add_argument(
        "--work",
        type=Path,
        metavar="FILE",
        help="CSV: kind, post, a_day, minutes, days (to be done within); spread (1), kept, took (before)",
    )
    parser.add_argument("--days", type=whole_number(20, 2500), default=250, metavar="N", help="working days that are simulated (250)")
    parser.add_argument("--goal", type=share, default=0.95, metavar="SHARE", help="how often a deadline is to be kept (95%%)")
    _seed(parser)
