"""Demonstration data and real data never meet: who signs in with a password printed in the manual must find nothing real.

Rooms that hold real records register a model here; loaded places are official geography, not personal data, and don't count.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from django.contrib.auth import get_user_model

from linli.frame.sql import fetch

_REAL: dict[str, Callable[[], bool]] = {}


class RealData(Exception):
    """Demonstration data was asked for over real data. ``what`` names the rooms that hold some."""

    def __init__(self, what: list[str]):
        self.what = what
        super().__init__(
            f"This database holds real data ({', '.join(what)}); demonstration data can't be put over it. Use another --data folder."
        )


class DemoData(Exception):
    """Something real was asked for in a database that holds demonstration data."""

    def __init__(self) -> None:
        super().__init__(
            "This database holds demonstration data. Real accounts belong into a fresh one: another --data folder or DATABASE_URL."
        )


def holds_real(what: str, exists: Callable[[], bool]) -> None:
    """Register what counts as real, in ``AppConfig.ready``.

    ``holds_real("matters", lambda: Matter.objects.filter(is_demo=False).exists())``
    """
    _REAL[what] = exists


def real_data() -> list[str]:
    """The names of what is real in this database; empty while there is nothing but demonstration data and geography."""
    return [what for what, exists in _REAL.items() if exists()]


_FRESH = 10.0  # seconds a signed-in demonstration account may go on after the first real row
_looked_at = float("-inf")
_no_demo_at = float("-inf")


def has_demo() -> bool:
    """Whether there are demonstration accounts. That there are none is remembered for ten seconds: it is asked at each intake, and all
    accounts would be read for it."""
    global _no_demo_at
    if time.monotonic() - _no_demo_at < _FRESH:
        return False
    [(found,)] = fetch("SELECT EXISTS (SELECT FROM access_user WHERE is_demo)", ())
    if not found:
        _no_demo_at = time.monotonic()
    return bool(found)


def demo_locked(*, at_once: bool = False) -> bool:
    """Whether demonstration sign-ins are locked because something here is real. Looked up every ten seconds, or now (``at_once``)."""
    global _looked_at
    if not at_once and time.monotonic() - _looked_at < _FRESH:
        return False
    if real_data():
        return True
    _looked_at = time.monotonic()
    return False


def forget() -> None:
    """Look again at the next question: between tests."""
    global _looked_at, _no_demo_at
    _looked_at = _no_demo_at = float("-inf")


def guard_demo() -> None:
    """First line of whatever makes demonstration data. Raises RealData."""
    if found := real_data():
        raise RealData(found)


def _real_accounts() -> bool:
    return get_user_model().objects.filter(is_demo=False).exists()


holds_real("accounts", _real_accounts)
