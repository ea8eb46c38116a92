"""``linli measures``: bring the figures up to date, or prove that they are what counting from nothing gives."""

from __future__ import annotations

import argparse
import time

from linli.conf.home import Home
from linli.conf.runtime import django_ready


def add(parser: argparse.ArgumentParser) -> None:
    subs = parser.add_subparsers(dest="act", metavar="ACT", required=True)
    compute = subs.add_parser("compute", help="bring the figures up to date with the records (the worker does this every five minutes)")
    compute.add_argument("--scratch", action="store_true", help="throw all figures away first and count from nothing")
    subs.add_parser("check", help="count from nothing and compare; changes nothing, exit status 1 where something differs")


def run(args: argparse.Namespace, home: Home) -> int:
    with django_ready(home):
        from linli.measures.actions import check_measures, compute_measures

        if args.act == "compute":
            began = time.perf_counter()
            counted = compute_measures(scratch=args.scratch)
            print(f"{counted.records:,} records counted anew in {time.perf_counter() - began:.1f} s.")
            return 0
        found = check_measures()
        for source, differing in found.items():
            print(f"{source}: " + (f"{differing:,} figures differ; linli measures compute --scratch mends it." if differing else "right."))
        return 1 if any(found.values()) else 0
