"""``linli outbox check|status|retry``: the ways out, what waits in them, and what could not be delivered."""

from __future__ import annotations

import argparse
import sys
from uuid import UUID

from linli.conf.home import Home
from linli.conf.runtime import django_ready

CHANNELS = ("webhook", "sms", "wechat", "mail")


def add(parser: argparse.ArgumentParser) -> None:
    subs = parser.add_subparsers(dest="act", metavar="ACT", required=True)
    check = subs.add_parser("check", help="whether outbox.toml can be used and each way out answers; sends nothing to anybody")
    check.add_argument("channel", nargs="?", choices=CHANNELS, metavar="CHANNEL", help=f"only this one: {', '.join(CHANNELS)}")
    check.add_argument("--to", metavar="ADDRESS", help="also send a test to this telephone, openid or e-mail address (not webhook)")
    subs.add_parser("status", help="how many messages are in which state, by channel; 1 where some are undeliverable or behind")
    retry = subs.add_parser("retry", help="try undeliverable messages again from the first attempt on")
    which = retry.add_mutually_exclusive_group(required=True)
    which.add_argument("--all", action="store_true", help="all of them")
    which.add_argument("--channel", choices=CHANNELS, help="those of one channel")
    which.add_argument("--subscription", metavar="NAME", help="those to one system")
    which.add_argument("--uid", type=_uid, metavar="UID", help="one message")


def _uid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text}: the uid of a message") from None


def run(args: argparse.Namespace, home: Home) -> int:
    if args.act == "check" and args.to and args.channel in (None, "webhook"):
        print("linli: --to needs a channel to a person: sms, wechat or mail.", file=sys.stderr)
        return 2
    with django_ready(home):
        from linli.outbox import commands

        if args.act == "check":
            return commands.check(sys.stdout, args.channel or "", args.to or "")
        if args.act == "status":
            return commands.status(sys.stdout)
        return commands.retry(sys.stdout, channel=args.channel or "", subscription=args.subscription or "", uid=args.uid)
