"""Village merging as the pages ask it; the command line asks it through ``commands.plan``, by the same reading and the same making."""

from __future__ import annotations

import argparse
from functools import partial

from linli.planning.cli import Answer, Desk, Prepared, Watch
from linli.planning.commands import asked_of, given
from linli.planning.plan import Asked, Given, make
from linli.planning.plan import prepare as checked
from linli.planning.writing import features, figures, report


def prepare(args: argparse.Namespace, desk: Desk) -> Prepared:
    found, asked = given(args, desk), asked_of(args)
    checked(found, asked)
    return partial(_answer, found, asked)


def _answer(found: Given, asked: Asked, watch: Watch | None = None) -> Answer:
    made = make(found, asked, watch=watch)
    return Answer({**figures(made), "rounds": made.rounds}, lambda: report(made), features(made))
