"""The ``linli`` command. Each subcommand is a module of ``conf.commands`` with ``add(parser)`` and ``run(args, home) -> int``."""

from __future__ import annotations

import argparse
import importlib
import os
import sys

from linli import __version__
from linli.conf.home import Home
from linli.conf.postgres import PostgresError
from linli.conf.trouble import in_plain_words

COMMANDS = {
    "serve": "run the whole product: database, web server, worker",
    "migrate": "bring the database to this version's tables",
    "demo": "fill an empty deployment with the demonstration district",
    "charter": "check, explain, draw, list and adopt charters",
    "places": "load, import and export places",
    "admin": "create the first account",
    "keys": "the keys that protect residents' fields",
    "retain": "let go what has been kept for its time, or say how much that would be",
    "outbox": "messages to the outside: check the ways out, see what waits, try again",
    "measures": "bring the figures up to date, or check them",
    "plan": "grids, villages, 15-minute circles, sites, visiting tours, rankings, staff: near the proven bound, without a database",
    "suggest": "what proposes categories: learn anew, report how good it is",
    "verify": "prove that history is whole and unchanged",
    "backup": "write an encrypted backup of database and uploaded files",
    "restore": "put a backup back",
    "doctor": "look for what is wrong with this deployment",
    "worker": "run the jobs only (serve does this itself)",
    "django": "run one of Django's own commands",
}

EPILOG = """\
Data lives in one folder: --data DIR, or LINLI_DATA, or .linli here. Without DATABASE_URL the embedded PostgreSQL in that
folder is used, and started for the length of a command if it isn't running. Exit status: 0 done, 1 not done or something
was found, 2 wrong usage.
"""


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="linli",
        description="Linli (邻里): the platform on which a county or district runs its communities.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"linli {__version__}")
    top.add_argument("--data", metavar="DIR", help="the data folder")
    subs = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, help_text in COMMANDS.items():
        sub = subs.add_parser(name, help=help_text, description=help_text[0].upper() + help_text[1:] + ".")
        importlib.import_module(f"linli.conf.commands.{name}").add(sub)
        _take_data(sub)
    return top


def _take_data(parser: argparse.ArgumentParser) -> None:
    """``--data`` after the command and after each act of it, too: people write it last."""
    parser.add_argument("--data", metavar="DIR", default=argparse.SUPPRESS, help="the data folder")
    acts = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    for act in {act for action in acts for act in action.choices.values()}:
        _take_data(act)


def main(argv: list[str] | None = None) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "linli.conf.settings")
    args = parser().parse_args(argv)
    home = Home(args.data)
    os.environ["LINLI_DATA"] = str(home.data)
    command = importlib.import_module(f"linli.conf.commands.{args.command}")
    try:
        status = command.run(args, home)
        sys.stdout.flush()
    except PostgresError as error:
        print(f"linli: {error}", file=sys.stderr)
        status = 1
    except KeyboardInterrupt:
        status = 130
    except BrokenPipeError:  # whoever read our output has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 1
    except Exception as error:
        if not (said := in_plain_words(error)):
            raise
        print(f"linli: {said}", file=sys.stderr)
        status = 1
    sys.exit(status or 0)
