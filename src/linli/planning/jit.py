"""Numba where it is installed, plain Python where it isn't: the same functions, the same results.

What is decorated with ``compiled`` takes flat sequences and indexes them by one number, so that it runs on arrays (compiled) and on
lists (not compiled, where lists are three times quicker than arrays). It draws no random numbers and calls nothing from ``math``:
whatever could differ between the two comes in as an argument.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np

F = TypeVar("F", bound=Callable[..., Any])

try:
    from numba import njit
except ImportError:
    FAST = False

    def compiled(function: F) -> F:
        return function

    inlined = compiled
else:
    FAST = True

    def _compiled(function: F, **how: Any) -> F:
        try:
            return cast(F, njit(cache=True, **how)(function))
        except RuntimeError:  # no folder to keep compiled code in: compiled anew in each process
            return cast(F, njit(**how)(function))

    def compiled(function: F) -> F:
        return _compiled(function)

    def inlined(function: F) -> F:
        """The same for a part of an inner loop: called as a function it would take a third longer."""
        return _compiled(function, forceinline=True)


def plain(array: np.ndarray) -> Any:
    """An array as ``compiled`` functions take it: flat, and a list where nothing is compiled."""
    flat = np.ascontiguousarray(array).ravel()
    return flat if FAST else flat.tolist()
