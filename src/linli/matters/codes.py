"""The code a reporter follows a matter with. It is the only key to their side of it, so only its digest is stored.

The code is made from the request by a keyed hash: a retried intake can show it again, and nobody without the server's key can
work it out from the database.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from uuid import UUID

from django.utils.crypto import salted_hmac

# read aloud and typed by thumb: no 0 O, 1 I L, U V
SIGNS = "23456789ABCDEFGHJKMNPQRSTWXYZ"
LENGTH = 12  # 29^12 is more than 58 bits
_ALIKE = str.maketrans({"0": "Q", "O": "Q", "1": "J", "I": "J", "L": "J", "U": "W", "V": "W"})


REPORTER, FOLLOWER = "linli.matters.follow", "linli.matters.follower"  # whose code it is


def follow_code(request_id: UUID, whose: str = REPORTER) -> str:
    """The code of a request, always the same: three groups of four, «7KQF-M2XD-9PWA». A follower's opens nothing of a reporter's."""
    number = int.from_bytes(salted_hmac(whose, request_id.bytes, algorithm="sha256").digest(), "big")
    signs = []
    for _ in range(LENGTH):
        number, rest = divmod(number, len(SIGNS))
        signs.append(SIGNS[rest])
    return "-".join("".join(signs[i : i + 4]) for i in range(0, LENGTH, 4))


def tidy(typed: str) -> str:
    """What somebody typed as a code would be written: case, spaces, dashes and signs that look alike don't matter."""
    plain = re.sub(r"[^0-9A-Z]", "", typed.upper()).translate(_ALIKE)
    return "-".join(plain[i : i + 4] for i in range(0, len(plain), 4))


def digest(code: str) -> str:
    """SHA-256 of a tidied code, in hex: what is stored and what is looked up."""
    return hashlib.sha256(tidy(code).encode()).hexdigest()


def same(stored: str, code: str) -> bool:
    """Whether ``code`` is the one stored, in a time that tells nothing."""
    return hmac.compare_digest(stored, digest(code))
