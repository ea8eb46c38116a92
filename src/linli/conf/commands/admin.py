"""``linli admin create``: the first account, in the district's leading post. Refused where demonstration data is."""

from __future__ import annotations

import argparse
import getpass
import os
import sys

from linli.conf.home import Home
from linli.conf.runtime import django_ready


def add(parser: argparse.ArgumentParser) -> None:
    subs = parser.add_subparsers(dest="act", metavar="ACT", required=True)
    create = subs.add_parser("create", help="make an account and seat it in a post of the charter")
    create.add_argument("--username", metavar="U", help="sign-in name (else asked)")
    create.add_argument("--name", metavar="N", help="the person's name (else asked)")
    create.add_argument("--post", metavar="POST", help="post of the charter (default: the first of the district that can appoint others)")
    create.add_argument("--place", metavar="CODE", help="code of the place (default: the charter's root)")


def run(args: argparse.Namespace, home: Home) -> int:
    with django_ready(home):
        from django.core.exceptions import ValidationError

        from linli.access.accounts import create_admin

        username = args.username or input("Sign-in name: ").strip()
        name = args.name or input("Name: ").strip()
        password = os.environ.get("LINLI_ADMIN_PASSWORD") or getpass.getpass("Password: ")
        if "LINLI_ADMIN_PASSWORD" not in os.environ and password != getpass.getpass("Once more: "):
            print("linli: the two passwords differ.", file=sys.stderr)
            return 1
        try:
            user = create_admin(username, name, password, place=args.place, post=args.post)
        except ValidationError as error:
            print("linli: " + " ".join(error.messages), file=sys.stderr)
            return 1
        print(f"{user.username} can sign in.")
    return 0
