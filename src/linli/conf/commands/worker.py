"""``linli worker``: the jobs: the clock, and whatever pages put off."""

from __future__ import annotations

import argparse
import contextlib
import io
import sys

from linli.conf.home import Home
from linli.conf.runtime import django_ready


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--concurrency", type=int, default=2, metavar="N", help="jobs at a time (default 2)")


def run(args: argparse.Namespace, home: Home) -> int:
    with django_ready(home):
        from django.core.management import call_command

        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(sys.stderr):  # its greeting; logs go to standard error
            call_command("procrastinate", "worker", concurrency=args.concurrency, delete_jobs="successful", shutdown_graceful_timeout=20)
    return 0
