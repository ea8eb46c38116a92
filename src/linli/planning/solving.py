"""HiGHS where somebody may want to stop it. Pure.

While it solves, scipy's solver hears nothing. With ``tick`` it therefore works in a process of its own, which ends when ``tick`` raises.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

EVERY = 0.3
"""Seconds between two looks."""
TOLD = ("x", "fun", "status", "mip_dual_bound")


def solve(cost: Any, *, tick: Callable[[], object] | None = None, **more: Any) -> Any:
    """``scipy.optimize.milp(cost, **more)``: its x, fun, status and mip_dual_bound. Raises what ``tick`` raises."""
    if tick is None:
        return _solved(cost, more)
    # not forked: threads and connections to the database stay here
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    worker = context.Process(target=_work, args=(theirs, cost, more), daemon=True)
    worker.start()
    theirs.close()
    try:
        while not ours.poll(EVERY):
            tick()
        return ours.recv()  # EOFError where it died: out of memory, say
    finally:
        worker.kill()
        worker.join()


def _solved(cost: Any, more: dict[str, Any]) -> SimpleNamespace:
    from scipy.optimize import milp

    found = milp(cost, **more)
    return SimpleNamespace(**{name: getattr(found, name, None) for name in TOLD})


def _work(pipe: Any, cost: Any, more: dict[str, Any]) -> None:
    pipe.send(_solved(cost, more))
