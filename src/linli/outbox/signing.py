"""How a webhook proves who sent it and when. Pure. The receiver's side of it, with an example: docs/webhooks.md."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping

HEADER = "Linli-Signature"
WINDOW = 300
"""Seconds a signature may be old or, for clocks that differ, young."""

_PART = re.compile(r"t=(\d{1,12}),k=([A-Za-z0-9_-]{1,32}),v1=([0-9a-f]{64})")


def digest(secret: str, at: int, body: bytes) -> str:
    """HMAC-SHA-256 over «time.body», in hex."""
    return hmac.new(secret.encode(), b"%d." % at + body, hashlib.sha256).hexdigest()


def signature(keys: Mapping[str, str], at: int, body: bytes) -> str:
    """The header's value: one signature for each key, newest first, set apart by a space. ``keys``: key id -> secret."""
    return " ".join(f"t={at},k={key},v1={digest(secret, at, body)}" for key, secret in keys.items())


def verify(header: str, body: bytes, keys: Mapping[str, str], now: int, window: int = WINDOW) -> str:
    """The id of the key that signed, or "" where the header is none of ours, too old, or for another body."""
    found = ""
    for part in header.split(" "):
        match = _PART.fullmatch(part)
        if match is None:
            continue
        at, key, said = int(match[1]), match[2], match[3]
        if key in keys and abs(now - at) <= window and hmac.compare_digest(digest(keys[key], at, body), said):
            found = found or key
    return found
