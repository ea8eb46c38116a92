"""``linli retain``: let go what has been kept for its time; the worker does it each night."""

from __future__ import annotations

import argparse

from linli.conf.home import Home
from linli.conf.runtime import django_ready


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dry-run", action="store_true", help="say how many records that would be, and let nothing go")


def run(args: argparse.Namespace, home: Home) -> int:
    with django_ready(home):
        from linli.access import retention

        for gone in retention.apply(dry=args.dry_run):
            print(f"{gone.term.id:10} {gone.count:8}  ended before {gone.before}: {gone.term.en}")
        print("Nothing was let go: this was a dry run." if args.dry_run else "Done. The counts stand in the log of acts.")
    return 0
