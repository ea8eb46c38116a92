"""How messages go out here: ``outbox.toml`` in the data folder, and over it ``LINLI_OUTBOX_…`` in the environment.

Without either every channel writes to a file in the data folder. What the file can say stands in docs/operations.md.
"""

from __future__ import annotations

import os
import threading
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import structlog

from linli.conf.home import Home
from linli.outbox.adapters import CHANNELS, Adapter, Wrong, build
from linli.outbox.delivery import PAUSES

log = structlog.get_logger("linli.outbox")

PREFIX = "LINLI_OUTBOX_"
OFF = "off"
_OWN = ("url", "keep_days", "pauses", "lease")


class BadConfig(Exception):
    """The configuration can't be used. The message says where, and what is wanted; no secret is in it."""


@dataclass(frozen=True, slots=True)
class Config:
    """What is configured. ``ways`` has no entry for a channel that is off."""

    ways: Mapping[str, Adapter]
    url: str = ""  # of the site, for links
    keep_days: int = 30
    pauses: tuple[float, ...] = PAUSES
    lease: float = 60.0
    wrong: Mapping[str, str] = field(default_factory=dict)  # channel -> why it can't be used

    def on(self, channel: str) -> bool:
        return channel in self.ways


def path_of(home: Home | None = None) -> Path:
    return (home or Home()).data / "outbox.toml"


_lock = threading.Lock()
_kept: tuple[Any, Config] | None = None


def config() -> Config:
    """What is in force, read again only when file or environment change. Raises BadConfig where the file as a whole can't be read; a
    channel that is configured wrongly is not on, and ``wrong`` says why.
    """
    global _kept
    path = path_of()
    env = tuple(sorted((k, os.environ[k]) for k in os.environ if k.startswith(PREFIX)))
    try:
        stat = path.stat()
        stamp: Any = (str(path), stat.st_mtime_ns, stat.st_size, stat.st_ino, env)
    except FileNotFoundError:
        stamp = (str(path), env)
    with _lock:
        if _kept is None or _kept[0] != stamp:
            _kept = stamp, _load(path, dict(env))
        return _kept[1]


def is_on(channel: str) -> bool:
    """Whether messages of the channel are carried here, for pages: a configuration that can't be read carries none."""
    try:
        return config().on(channel)
    except BadConfig as wrong:
        log.error("outbox_config", wrong=str(wrong))
        return False


def goes_out(channel: str) -> bool:
    """Whether messages of the channel leave this machine: until the administrator chose so, they are written to a file."""
    return is_on(channel) and config().ways[channel].goes_out


def _load(path: Path, env: Mapping[str, str]) -> Config:
    said: dict[str, Any] = {}
    if path.exists():
        try:
            said = tomllib.loads(path.read_text())
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise BadConfig(f"{path.name}: {error}" if isinstance(error, tomllib.TOMLDecodeError) else f"{path} can't be read") from None
    for name, value in env.items():
        _put(said, name.removeprefix(PREFIX).lower(), value)
    if unknown := sorted(set(said) - {*CHANNELS, *_OWN}):
        raise BadConfig(f"{path.name}: {unknown[0]!r} is none of {', '.join((*_OWN, *CHANNELS))}")
    try:
        own: dict[str, Any] = {name: _OWN_READERS[name](said[name]) for name in _OWN if name in said}
    except Wrong as wrong:
        raise BadConfig(f"{path.name}: {wrong}") from None
    ways, problems = _ways(said)
    found = Config(ways, **own, wrong=problems)
    if late := [c for c, way in ways.items() if way.longest >= found.lease]:
        raise BadConfig(
            f"{path.name}: lease: longer than an attempt by {late[0]} can take is wanted, more than {ways[late[0]].longest:g} seconds"
        )
    return found


def _put(said: dict[str, Any], name: str, value: str) -> None:
    """An environment variable: LINLI_OUTBOX_URL, or LINLI_OUTBOX_SMS_SECRET for an option of a channel."""
    channel, _, option = name.partition("_")
    if channel in CHANNELS and option:
        table = said.setdefault(channel, {})
        if isinstance(table, dict):
            table[option] = value
    else:
        said[name] = value


def _ways(said: Mapping[str, Any]) -> tuple[dict[str, Adapter], dict[str, str]]:
    ways, wrong = {}, {}
    for channel in CHANNELS:
        table = said.get(channel, {})
        if not isinstance(table, dict):
            wrong[channel] = f"[{channel}] a table is wanted"
            continue
        options = dict(table)
        name = options.pop("adapter", "file")
        if name == OFF:
            continue
        try:
            ways[channel] = build(str(name), channel, {k: _secret(k, v) for k, v in options.items()})
        except Wrong as problem:
            wrong[channel] = f"[{channel}] {problem}"
    return ways, wrong


def _secret(name: str, value: Any) -> Any:
    """«env:NAME» is what the environment says; so a secret needn't stand in the file."""
    if isinstance(value, dict):
        return {k: _secret(f"{name}.{k}", v) for k, v in value.items()}
    if not isinstance(value, str) or not value.startswith("env:"):
        return value
    found = os.environ.get(value[4:])
    if found is None:
        raise Wrong(f"{name}: the environment has no {value[4:]}")
    return found


def _url(value: Any) -> str:
    parts = urlsplit(value) if isinstance(value, str) else None
    if parts is None or parts.scheme not in ("https", "http") or not parts.netloc:
        raise Wrong("url: the site's address is wanted, such as https://linli.example.gov.cn")
    return value.rstrip("/")


def _days(value: Any) -> int:
    try:
        days = int(value)
    except (TypeError, ValueError):
        days = 0
    if isinstance(value, bool) or not 1 <= days <= 365:
        raise Wrong("keep_days: a number of days is wanted, 1 to 365")
    return days


def _pauses(value: Any) -> tuple[float, ...]:
    found = value.split(",") if isinstance(value, str) else value
    try:
        pauses = tuple(float(v) for v in found)
    except (TypeError, ValueError):
        pauses = ()
    if not 1 <= len(pauses) <= 50 or not all(0 < a < 864_000 for a in pauses) or list(pauses) != sorted(pauses):
        raise Wrong("pauses: seconds that grow are wanted, such as [10, 60, 600]")
    return pauses


def _lease(value: Any) -> float:
    try:
        lease = float(value)
    except (TypeError, ValueError):
        lease = 0
    if not 0 < lease <= 3600:
        raise Wrong("lease: seconds are wanted, at most 3600")
    return lease


_OWN_READERS: dict[str, Callable[[Any], Any]] = {"url": _url, "keep_days": _days, "pauses": _pauses, "lease": _lease}
