"""``linli verify``: every history chain re-hashed and replayed, the daily heads and the log of looks checked."""

from __future__ import annotations

import argparse

from linli.conf.home import Home
from linli.conf.runtime import django_ready


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--number", metavar="N", help="only the work with this number")


def run(args: argparse.Namespace, home: Home) -> int:
    with django_ready(home):
        from linli.access.readlog import verify_readlog
        from linli.flow.models import Flow
        from linli.flow.verify import verify

        ids = list(Flow.objects.filter(subject_ref=args.number).values_list("pk", flat=True)) if args.number else None
        if args.number and not ids:
            print(f"There is no work numbered {args.number}.")
            return 1
        report = verify(ids)
        print(report)
        looks = None if args.number else verify_readlog()
        if looks is not None:
            print(looks)
        return 0 if report.ok and (looks is None or looks.ok) else 1
