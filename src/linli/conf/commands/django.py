"""``linli django ARGS…``: Django's own commands, for those who know them."""

from __future__ import annotations

import argparse

from linli.conf.home import Home
from linli.conf.runtime import django_ready


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--owner", action="store_true", help="as the role that owns the tables")
    parser.add_argument("args", nargs=argparse.REMAINDER, metavar="ARGS", help="for example: check, dbshell, makemigrations")


def run(args: argparse.Namespace, home: Home) -> int:
    with django_ready(home, as_owner=args.owner):
        from django.core.management import execute_from_command_line

        execute_from_command_line(["linli django", *args.args])
    return 0
