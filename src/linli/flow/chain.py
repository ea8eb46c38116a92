"""The hash chain of a flow's history, and the published head of a day.

A line's hash covers everything it says and the hash of the line before it. Free texts enter only as a salted digest: a text can be
erased on a person's lawful request, and the chain still proves that nothing else changed. The salt is erased with the text, so the
digest that stays behind can't be tried against guesses.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

START = bytes(32)
NO_TEXT = sha256(b"").digest()
_encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


def canonical(value: Any) -> bytes:
    """JSON in the one form that is hashed: sorted keys, no spaces, UTF-8."""
    return _encode(value).encode()


def salted(texts: Mapping[str, str] | None) -> tuple[bytes | None, bytes]:
    """A fresh salt and the digest of ``texts`` under it; no salt where there is nothing to hide."""
    if not texts:
        return None, NO_TEXT
    salt = secrets.token_bytes(16)
    return salt, digest(texts, salt)


def digest(texts: Mapping[str, str], salt: bytes) -> bytes:
    return sha256(salt + canonical(texts)).digest()


def link(
    prev: bytes, uid: str, seq: int, kind: str, at: datetime, by: int | None, role: str,
    step_from: str, step_to: str, outcome: str, data: Mapping[str, Any], text_digest: bytes,
) -> bytes:  # fmt: skip
    """The hash of one line of the history of the flow ``uid``; its parts in the order of ``state.Event``."""
    line = [uid, seq, kind, at.astimezone(UTC).isoformat(), by, role, step_from, step_to, outcome, data, text_digest.hex()]
    return sha256(prev + canonical(line)).digest()


def day_head(prev: bytes, day: str, heads: Iterable[tuple[str, int, bytes]]) -> bytes:
    """The fingerprint of a day: over (flow uid, seq, hash) of each flow's last line of the day, chained to the day before."""
    rows = sorted((uid, seq, hash_.hex()) for uid, seq, hash_ in heads)
    return sha256(prev + canonical([day, rows])).digest()
