"""One module for each subcommand of ``linli``, and what several of them need."""

from __future__ import annotations

import argparse
from collections.abc import Callable


def whole_number(low: int, high: int | None = None) -> Callable[[str], int]:
    """A type for argparse: a whole number of at least ``low`` and at most ``high``."""

    def read(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            number = low - 1
        if number < low or (high is not None and number > high):
            raise argparse.ArgumentTypeError(f"{text}: a whole number from {low}" + (f" to {high}" if high is not None else " on"))
        return number

    return read
