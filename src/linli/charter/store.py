"""Charters in the database: adopting one, and the typed charter behind a version, parsed once per process."""

from __future__ import annotations

import time
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from linli.charter.loader import load, parse, sources
from linli.charter.models import CharterVersion
from linli.charter.schema import Charter

_FRESH = 2.0  # seconds a process may not notice a newly adopted charter; running work is pinned to its own version anyway
_in_force: tuple[float, CharterVersion] | None = None


class NoCharter(Exception):
    """Nothing has been adopted yet: ``linli charter adopt KEY``."""


@lru_cache(maxsize=64)
def _typed(version_id: int, sha256: str) -> Charter:
    return parse(CharterVersion.objects.get(pk=version_id).source)


def charter_of(version: CharterVersion | int) -> Charter:
    """The typed charter of a stored version (its id will do). Immutable, so kept for the life of the process."""
    if isinstance(version, int):
        return _by_id(version)
    return _typed(version.pk, version.sha256)


@lru_cache(maxsize=64)
def _by_id(version_id: int) -> Charter:
    return charter_of(CharterVersion.objects.get(pk=version_id))


def version_in_force() -> CharterVersion:
    """The version in force now. At most one query every two seconds. Raises NoCharter."""
    global _in_force
    if _in_force and time.monotonic() - _in_force[0] < _FRESH:
        return _in_force[1]
    version = CharterVersion.objects.filter(in_force_from__lte=timezone.now()).order_by("-in_force_from", "-pk").first()
    if version is None:
        raise NoCharter
    _in_force = (time.monotonic(), version)
    return version


def charter_in_force() -> Charter:
    return charter_of(version_in_force())


def forget() -> None:
    """Drop what this process remembers: after an adoption, and between tests."""
    global _in_force
    _in_force = None
    _typed.cache_clear()
    _by_id.cache_clear()


def adopt(folder: Path, *, by: str = "", in_force_from: datetime | None = None) -> CharterVersion:
    """Store the charter in ``folder`` and put it in force. The same text again only comes into force again.

    Raises ``loader.CharterError`` where the text can't be loaded.
    """
    charter = load(folder)
    now = timezone.now()
    with transaction.atomic():
        version, _ = CharterVersion.objects.get_or_create(
            sha256=charter.sha256,
            defaults={
                "key": charter.id,
                "version": charter.version,
                "source": sources(folder),
                "adopted_at": now,
                "in_force_from": in_force_from or now,
                "adopted_by": by,
            },
        )
    transaction.on_commit(forget)
    return version
