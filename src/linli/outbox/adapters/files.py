"""Ways that stay on this machine: a file (what every channel does until somebody configures another), and the console."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from linli.conf.home import Home
from linli.outbox.adapters import Adapter, Parcel, adapter
from linli.outbox.delivery import Outcome, Result


def _line(parcel: Parcel) -> str:
    """What was said about what, as one line of JSON: never to whom."""
    said: dict[str, Any] = {
        "uid": str(parcel.uid), "channel": parcel.channel, "topic": parcel.topic, "about": parcel.subject_ref,
        "written": parcel.made_at.isoformat(timespec="seconds"), "attempt": parcel.attempt,
    }  # fmt: skip
    if parcel.channel == "webhook":
        said |= {"payload": dict(parcel.values)}
    else:
        said |= {"text": parcel.text}
    return json.dumps(said, ensure_ascii=False) + "\n"


@adapter("file")
@dataclass(frozen=True)
class File(Adapter):
    """Appends a line to ``outbox/<channel>.jsonl`` in the data folder, or in ``folder``."""

    folder: str = ""

    @property
    def path(self) -> Path:
        return (Path(self.folder) if self.folder else Home().data / "outbox") / f"{self.channel}.jsonl"

    @property
    def goes_out(self) -> bool:
        return False

    def send(self, parcel: Parcel) -> Outcome:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                os.write(descriptor, _line(parcel).encode())  # one write: lines of two threads don't mix
            finally:
                os.close(descriptor)
        except OSError as error:
            return Outcome(Result.AGAIN, error=type(error).__name__)
        return Outcome(Result.KEPT)

    def check(self) -> list[str]:
        folder = next((p for p in self.path.parents if p.exists()), Path("/"))
        return [] if os.access(folder, os.W_OK) else [f"{folder} can't be written to"]


@adapter("console")
@dataclass(frozen=True)
class Console(Adapter):
    """Prints a line on standard output: for trying things out."""

    @property
    def goes_out(self) -> bool:
        return False

    def send(self, parcel: Parcel) -> Outcome:
        sys.stdout.write(_line(parcel))
        sys.stdout.flush()
        return Outcome(Result.KEPT)
