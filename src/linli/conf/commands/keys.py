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
    rotate = subs.add_parser("rotate", help="a new key, and everything sealed anew under it; can be stopped and resumed")
    rotate.add_argument("--index", action="store_true", help="another key of the index, too: by what names and numbers are found")
    rotate.add_argument(
        "--cipher", choices=["aes", "sm4"], default="", help="what to seal with from now on (default: as before; first: aes)"
    )
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

            if args.act == "rotate":
                return keys.rotate(sys.stdout, index=args.index, cipher=args.cipher)
            return {"list": keys.list_keys, "check": keys.check}[args.act](sys.stdout)
    except KeyringError as error:
        print(f"linli: {error}", file=sys.stderr)
        return 1
