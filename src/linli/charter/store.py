"""Charters in the database: adopting one, and the typed charter behind a version, parsed once per process."""

from __future__ import annotations

import time
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from linli.charter.linter import Finding, lint
from linli.charter.loader import parse, sources
from linli.charter.models import CharterInForce, CharterVersion
from linli.charter.problems import CharterError, Problem
from linli.charter.schema import Charter
from linli.frame.refusal import Unready

_FRESH = 2.0  # seconds a process may not notice a newly adopted charter; running work is pinned to its own version anyway
_in_force: tuple[float, CharterVersion] | None = None


class NoCharter(Unready):
    """Nothing has been adopted yet: ``linli charter adopt KEY``."""


class FaultyCharter(CharterError):
    """The linter finds errors in the text; ``findings`` are the errors."""

    def __init__(self, findings: list[Finding]):
        self.findings = tuple(findings)
        super().__init__(Problem(f.code, f.where, 0, f"{f.code}：{f.zh}", f"{f.code}: {f.en}") for f in findings)


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


def version_in_force(at: datetime | None = None) -> CharterVersion:
    """The version in force now (kept for two seconds), or at another instant. Raises NoCharter."""
    global _in_force
    if at is None and _in_force and time.monotonic() - _in_force[0] < _FRESH:
        return _in_force[1]
    line = CharterInForce.objects.filter(from_when__lte=at or timezone.now()).select_related("charter").first()
    if line is None:
        raise NoCharter
    if at is None:
        _in_force = (time.monotonic(), line.charter)
    return line.charter


def standing() -> str:
    """For /readyz: "ok", or "none" while no charter has been adopted."""
    try:
        version_in_force()
    except NoCharter:
        return "none"
    return "ok"


def charter_in_force() -> Charter:
    """The typed charter in force now. Raises NoCharter."""
    return charter_of(version_in_force())


def forget() -> None:
    """Drop what this process remembers: after an adoption, and between tests."""
    global _in_force
    _in_force = None
    _typed.cache_clear()
    _by_id.cache_clear()


def adopt(folder: Path, *, by: str = "", in_force_from: datetime | None = None, now: datetime | None = None) -> CharterVersion:
    """Store the charter in ``folder`` and put it in force at once, or from a later instant.

    Raises ``loader.CharterError`` where the text can't be loaded and FaultyCharter where the linter finds errors; nothing is stored then.
    """
    return adopt_sources(sources(folder), by=by, in_force_from=in_force_from, now=now)


def adopt_sources(
    source: dict[str, str], *, by: str = "", in_force_from: datetime | None = None, now: datetime | None = None
) -> CharterVersion:
    """``adopt`` for texts already read. A text stored before is not stored again: it only comes into force again."""
    charter = parse(source)
    if errors := [f for f in lint(charter) if f.severity == "error"]:
        raise FaultyCharter(errors)
    now = now or timezone.now()
    with transaction.atomic():
        version, _ = CharterVersion.objects.get_or_create(
            sha256=charter.sha256,
            defaults={"key": charter.id, "version": charter.version, "source": source, "adopted_at": now},
        )
        CharterInForce.objects.create(charter=version, from_when=in_force_from or now, decided_at=now, by=by)
        transaction.on_commit(forget)
    _forget_unseen()
    return version


def _forget_unseen() -> None:
    """The adopting process itself, a test inside a transaction included, sees the new charter at once."""
    global _in_force
    _in_force = None
