"""``linli charter check|explain|draw|list|adopt``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from linli.conf.home import Home


def add(parser: argparse.ArgumentParser) -> None:
    subs = parser.add_subparsers(dest="act", metavar="ACT", required=True)
    check = subs.add_parser("check", help="load and lint; exit 1 on a finding")
    check.add_argument("target", nargs="?", metavar="KEY|PATH", help="a packaged charter, or a folder")
    check.add_argument("--all", action="store_true", help="every packaged charter")
    explain = subs.add_parser("explain", help="a readable account of a charter, with the arithmetic")
    explain.add_argument("target", metavar="KEY|PATH")
    draw = subs.add_parser("draw", help="a procedure as a drawing (SVG)")
    draw.add_argument("target", metavar="KEY|PATH")
    draw.add_argument("procedure", metavar="PROCEDURE")
    draw.add_argument("-o", "--output", type=Path, metavar="FILE", help="write to FILE instead of standard output")
    for sub in (check, explain, draw):
        sub.add_argument("--lang", choices=["zh", "en"], default="zh", help="language (default zh)")
    subs.add_parser("list", help="the packaged charters, and what has been in force here")
    adopt = subs.add_parser("adopt", help="put a charter in force; work under way keeps the one it began under")
    adopt.add_argument("target", metavar="KEY|PATH")
    adopt.add_argument("--by", default="", metavar="NAME", help="who decided it, for the record")


def run(args: argparse.Namespace, home: Home) -> int:
    from linli.charter import commands
    from linli.charter.loader import CharterError

    if args.act in ("adopt", "list"):
        return _in_database(args, home)
    try:
        if args.act == "check":
            if not (args.target or args.all):
                print("linli charter check: name a charter, or say --all.", file=sys.stderr)
                return 2
            return commands.check(args.target, args.all, sys.stdout, args.lang)
        if args.act == "explain":
            print(commands.explain_text(args.target, args.lang))
            return 0
        drawing = commands.draw_svg(args.target, args.procedure, args.lang)
    except (CharterError, KeyError) as error:
        print(f"linli: {error}", file=sys.stderr)
        return 1
    if args.output:
        args.output.write_text(drawing)
    else:
        print(drawing)
    return 0


def _in_database(args: argparse.Namespace, home: Home) -> int:
    from linli.charter.loader import CharterError
    from linli.conf.runtime import django_ready

    with django_ready(home):
        from linli.charter import commands

        try:
            if args.act == "list":
                commands.list_charters(sys.stdout)
            else:
                commands.adopt(args.target, by=args.by, out=sys.stdout)
        except (CharterError, KeyError) as error:
            print(f"linli: {error}", file=sys.stderr)
            return 1
    return 0
