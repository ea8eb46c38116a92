"""What happens to a place is told to the rooms above inside the same transaction, so that what they keep about it follows.

    followers.add(replaced=take_over, ended=leave)          # in a room's AppConfig.ready

A follower may raise ``django.core.exceptions.ValidationError`` to refuse the act; then nothing of it is saved. Followers are told
in the order in which their rooms stand in ``INSTALLED_APPS``, lower floors first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import models

from linli.places.ltree import rebase
from linli.places.models import Place


@dataclass(frozen=True, slots=True)
class Succession:
    """One row follows another from ``day`` on: the place was renamed, redrawn or moved. Everything below it has moved already.

    The row that went before is told by what it was: where a place is corrected on the very day it began, ``place`` is the same row.
    """

    place: Place
    old_id: int
    old_name: str
    old_path: str
    day: date

    @property
    def moved(self) -> bool:
        return str(self.place.path) != self.old_path


@dataclass(frozen=True, slots=True)
class Ending:
    """``place`` no longer holds from ``day`` on, and nothing follows it. ``by`` ended it (None: the command line)."""

    place: Place
    day: date
    by: Any


def carry(model: type[models.Model], change: Succession) -> None:
    """Rows of ``model`` at the place go over to the row that follows it (``place``); where it moved, all below it move (``path``)."""
    if change.place.pk != change.old_id:
        model._default_manager.filter(place=change.old_id).update(place=change.place)
    if change.moved:
        rebase(model, change.old_path, str(change.place.path))


_replaced: list[Callable[[Succession], None]] = []
_ended: list[Callable[[Ending], None]] = []


def add(*, replaced: Callable[[Succession], None] | None = None, ended: Callable[[Ending], None] | None = None) -> None:
    """Follow places from now on."""
    if replaced is not None and replaced not in _replaced:
        _replaced.append(replaced)
    if ended is not None and ended not in _ended:
        _ended.append(ended)


def tell_replaced(what: Succession) -> None:
    for follow in _replaced:
        follow(what)


def tell_ended(what: Ending) -> None:
    for follow in _ended:
        follow(what)
