"""``linli worker``: the jobs: the clock, and whatever pages put off."""

from __future__ import annotations

import argparse

from linli.conf.home import Home
from linli.conf.runtime import django_ready


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--concurrency", type=int, default=2, metavar="N", help="jobs at a time (default 2)")


def run(args: argparse.Namespace, home: Home) -> int:
    with django_ready(home):
        from procrastinate.contrib.django import app

        from linli.outbox.jobs import wake

        wake()  # what was on its way when the last worker stopped
        with app.replace_connector(app.connector.get_worker_connector()):  # type: ignore[attr-defined]  # Django's connector has it
            app.run_worker(concurrency=args.concurrency, delete_jobs="successful", shutdown_graceful_timeout=20)
    return 0
