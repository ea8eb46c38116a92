"""``linli suggest train|report``: the proposing of categories, learnt anew now, and how good it is."""

from __future__ import annotations

import argparse

from linli.conf.home import Home
from linli.conf.runtime import django_ready


def add(parser: argparse.ArgumentParser) -> None:
    subs = parser.add_subparsers(dest="act", metavar="ACT", required=True)
    subs.add_parser("train", help="learn anew from the charter in force, the shipped situations and this place's closed matters")
    report = subs.add_parser("report", help="how often it is right on the situations nothing was learnt from")
    report.add_argument("--worst", type=int, default=15, metavar="N", help="how many of the worst categories to name (default 15)")


def run(args: argparse.Namespace, home: Home) -> int:
    with django_ready(home):
        from linli.matters.suggest.keeping import train
        from linli.matters.suggest.report import report

        if args.act == "train":
            made = train()
            print(f"Learnt for {made.charter}: {made.figures['situations']} situations, {made.figures['matters']} closed matters.")
            print(f"{len(made.arrays):,} bytes, SHA-256 {made.sha256}")
        else:
            print(report(worst=args.worst))
    return 0
