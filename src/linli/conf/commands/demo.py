"""``linli demo``: the demonstration district: real codes and charter, everything else generated from a seed and marked as such."""

from __future__ import annotations

import argparse
import subprocess
import sys

from linli.conf.commands import whole_number
from linli.conf.home import Home
from linli.conf.runtime import django_ready


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--charter", default="qingshan", metavar="KEY", help="which place (default qingshan)")
    parser.add_argument(
        "--communities", type=whole_number(1), default=25, metavar="N", help="how many communities (default 25: the trial's)"
    )
    parser.add_argument("--days", type=whole_number(0, 3650), default=90, metavar="D", help="days of history up to now (default 90)")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="the same seed makes the same district (default 1)")
    parser.add_argument("--if-empty", action="store_true", help="do nothing when there are places already")
    parser.add_argument("--signins", action="store_true", help="only print the demonstration sign-ins")
    parser.add_argument("--address", default="", metavar="URL", help="where the sign-ins are printed for, like http://127.0.0.1:8000")


def run(args: argparse.Namespace, home: Home) -> int:
    if not (args.signins or args.if_empty):  # in a process of its own: it runs under the role that owns the tables
        tables = subprocess.run([sys.executable, "-m", "linli", "--data", str(home.data), "migrate"], stdout=subprocess.DEVNULL)
        if tables.returncode:
            return tables.returncode
    with django_ready(home):
        from linli.conf import demo

        if args.signins:
            return demo.print_signins(args.address)
        if args.if_empty and demo.filled():
            return 0
        try:
            demo.fill(args.charter, communities=args.communities, days=args.days, seed=args.seed, say=print)
        except demo.NotEmpty as error:
            print(f"linli: {error}", file=sys.stderr)
            return 1
    return 0
