"""``linli keys init|list|rotate|check``: the keyring that protects residents' names and phones."""

from __future__ import annotations

import argparse
import sys

from linli.conf.home import Home
from linli.conf.runtime import django_ready


def add(parser: argparse.ArgumentParser) -> None:
    subs = parser.add_subparsers(dest="act", metavar="ACT", required=True)
    subs.add_parser("init", help="make a keyring; never replaces one")
    subs.add_parser("list", help="which keys there are and since when")
    subs.add_parser("rotate", help="a new key, and everything sealed anew under it; can be stopped and resumed")
    subs.add_parser("check", help="prove that every sealed field opens")


def run(args: argparse.Namespace, home: Home) -> int:
    from linli.kit.crypto import KeyringError

    try:
        if args.act == "init":
            from linli.access.keys import init

            print(init(home.keyring))
            return 0
        with django_ready(home, as_owner=True):  # the product itself may not read all it has sealed
            from linli.access import keys

            act = {"list": keys.list_keys, "rotate": keys.rotate, "check": keys.check}[args.act]
            return act(sys.stdout)
    except KeyringError as error:
        print(f"linli: {error}", file=sys.stderr)
        return 1
