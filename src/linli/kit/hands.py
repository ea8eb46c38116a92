"""More hands: pure work on hundreds of thousands of rows done by further processes, one or two. Knows no database.

What goes there and comes back goes through pipes and stands nowhere else: not on the disk, not in a command line. A hand reads the keyring
from its file, as this process does. Its pipe closes with this process, however that ends, and it ends with its pipe.
"""

from __future__ import annotations

import gc
import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Generator, Iterable, Iterator
from importlib import import_module
from typing import IO, Any, TypeVar

MOST = 2
"""Two are as many as one process with its database can serve."""
WORTH = 10_000
"""Rows for which a further process is worth its start."""
T = TypeVar("T")
R = TypeVar("R")


class Dropped(RuntimeError):
    """A hand failed. Says what kind of error and where; never what it worked on."""


def hands(rows: int) -> int:
    """How many are worth having here for so many rows: with one processor none."""
    if rows < WORTH:
        return 0
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(count, MOST) if count > 1 else 0


def mapped(make: Callable[[], Callable[[T], R]], work: Iterable[T], count: int) -> Generator[R, None, None]:
    """What comes of each piece of ``work``, in order, done by ``count`` hands; with none of them, here.

    ``make``, a function of a module's own, is called once in each hand and gives what does the work.
    """
    if not count:
        yield from map(make(), work)
        return
    line = [_Hand(make) for _ in range(count)]
    try:
        waiting = iter(work)
        busy = [hand for hand in line if hand.give(waiting)]
        while busy:
            hand = busy.pop(0)
            result = hand.take()
            if hand.give(waiting):  # the next piece first: it is at work while this one is looked at
                busy.append(hand)
            yield result
    finally:
        for hand in line:
            hand.go()


class _Hand:
    """One process: it gets a piece, gives back what came of it, and only then gets the next. So neither waits for the other to read."""

    def __init__(self, make: Callable[[], Callable[[Any], Any]]) -> None:
        name = f"{make.__module__}:{make.__qualname__}"
        path = os.pathsep.join(p for p in sys.path if p)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "linli.kit.hands", name], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": path},
        )  # fmt: skip

    def give(self, waiting: Iterator[Any]) -> bool:
        """The next piece, if there is one."""
        for piece in waiting:
            _write(self.process.stdin, piece)
            return True
        return False

    def take(self) -> Any:
        try:
            failed, result = pickle.load(self.process.stdout)  # type: ignore[arg-type]  # noqa: S301  # our own process wrote it
        except EOFError:
            raise Dropped("a hand was killed") from None
        if failed:
            raise Dropped(result)
        return result

    def go(self) -> None:
        self.process.kill()
        self.process.communicate()


def _write(pipe: IO[bytes] | None, what: Any) -> None:
    assert pipe is not None
    pickle.dump(what, pipe, pickle.HIGHEST_PROTOCOL)
    pipe.flush()


def _main(name: str) -> None:
    module, _colon, make = name.partition(":")
    do = getattr(import_module(module), make)()
    gc.disable()  # rows hold no circles
    source, target = sys.stdin.buffer, sys.stdout.buffer
    while True:
        try:
            piece = pickle.load(source)  # noqa: S301  # whoever started this process
        except EOFError:
            return
        try:
            answer = (False, do(piece))
        except Exception as error:
            trace = error.__traceback__
            while trace and trace.tb_next:
                trace = trace.tb_next
            answer = (True, f"{type(error).__name__} at {trace.tb_frame.f_code.co_name}:{trace.tb_lineno}" if trace else "")
        _write(target, answer)


if __name__ == "__main__":
    _main(sys.argv[1])
