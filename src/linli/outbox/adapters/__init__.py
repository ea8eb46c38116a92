"""What carries messages out: one adapter for each way, chosen for each channel in ``outbox.toml``.

    @adapter("file")
    @dataclass(frozen=True)
    class File(Adapter):
        folder: str = ""            # an option, by its type and default

        def send(self, parcel: Parcel) -> Outcome: ...

The fields of the class are its options: read from the file or the environment, checked by their types, then by ``__post_init__``
(raise ``Wrong``). ``send`` gets plain values, runs in a thread of its own, touches no database and raises nothing it can foresee;
``check`` says what is wrong without sending anything to anybody.
"""

from __future__ import annotations

import types
import typing
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from linli.outbox.delivery import Outcome

CHANNELS = ("webhook", "sms", "wechat", "mail")


class Wrong(ValueError):
    """An option that can't be used. The message says which, and what is wanted; it never quotes a secret."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """A message made ready to go. What is a person's or a secret is in no ``repr``."""

    uid: UUID
    channel: str
    topic: str
    attempt: int
    made_at: datetime
    subject_ref: str = ""
    to: str = field(default="", repr=False)
    title: str = field(default="", repr=False)
    text: str = field(default="", repr=False)
    values: Mapping[str, Any] = field(default_factory=dict, repr=False)
    url: str = ""
    keys: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Adapter(ABC):
    """A way out. ``channel`` is the channel it was chosen for; the fields of subclasses are its options."""

    channel: str

    @abstractmethod
    def send(self, parcel: Parcel) -> Outcome: ...

    def check(self) -> list[str]:
        """What is wrong, one sentence each; sends nothing."""
        return []

    @property
    def longest(self) -> float:
        """Seconds one attempt can take."""
        return 1.0

    @property
    def goes_out(self) -> bool:
        """Whether messages leave this machine."""
        return True


@dataclass(frozen=True, slots=True)
class Kind:
    name: str
    make: type[Adapter]
    channels: tuple[str, ...]


_KINDS: dict[str, Kind] = {}


def adapter(name: str, channels: tuple[str, ...] = CHANNELS) -> Callable[[type[Adapter]], type[Adapter]]:
    """Register an adapter under the name the configuration calls it by."""

    def keep(make: type[Adapter]) -> type[Adapter]:
        if _KINDS.setdefault(name, Kind(name, make, channels)).make is not make:
            raise ValueError(f"two adapters called {name!r}")
        return make

    return keep


def kinds() -> Mapping[str, Kind]:
    """All adapters there are."""
    from linli.outbox.adapters import files, mail, sms_http, webhook, wechat  # noqa: F401  (each registers itself)

    return _KINDS


def build(name: str, channel: str, options: Mapping[str, Any]) -> Adapter:
    """The adapter ``name`` for ``channel`` with its options checked. Raises Wrong."""
    kind = kinds().get(name)
    if kind is None:
        raise Wrong(f"adapter: {name!r} is none of {', '.join(['off', *kinds()])}")
    if channel not in kind.channels:
        raise Wrong(f"adapter: {name!r} can't carry {channel}; it carries {', '.join(kind.channels)}")
    hints = typing.get_type_hints(kind.make)
    known = {f.name: f for f in fields(kind.make) if f.name != "channel"}
    if unknown := sorted(set(options) - set(known)):
        raise Wrong(f"{unknown[0]}: the adapter {name} has no such option; it has {', '.join(known) or 'none'}")
    values = {key: _read(key, value, hints[key]) for key, value in options.items()}
    for key, spec in known.items():
        if key not in values and spec.default is MISSING and spec.default_factory is MISSING:
            raise Wrong(f"{key}: the adapter {name} needs it")
    return kind.make(channel=channel, **values)


_WANTED = {str: "a text", int: "a whole number", float: "a number", bool: "true or false"}


def _read(key: str, value: Any, wanted: Any) -> Any:
    """A value of the file, or a text of the environment, as the option's type. Raises Wrong."""
    origin = typing.get_origin(wanted)
    if origin is tuple:
        found = value.split(",") if isinstance(value, str) else value
        if not isinstance(found, list) or not all(isinstance(v, str) for v in found):
            raise Wrong(f"{key}: a list of texts is wanted")
        return tuple(v.strip() for v in found if v.strip())
    if origin in (dict, Mapping, typing.get_origin(Mapping[str, str])):
        if not isinstance(value, dict) or not all(isinstance(v, str) for v in value.values()):
            raise Wrong(f"{key}: a table of texts is wanted")
        return types.MappingProxyType(dict(value))
    if wanted is bool and isinstance(value, str) and value.lower() in ("1", "true", "0", "false"):
        return value.lower() in ("1", "true")
    if wanted in (int, float) and (isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool))):
        try:
            return wanted(value)
        except ValueError:
            raise Wrong(f"{key}: {_WANTED[wanted]} is wanted") from None
    if not isinstance(value, wanted) or (isinstance(value, bool) and wanted is not bool):
        raise Wrong(f"{key}: {_WANTED[wanted]} is wanted")
    return value
