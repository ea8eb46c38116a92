"""The log of every look at protected fields: written before the value leaves, hash-chained, never changed (trigger).

``look`` and the reading of the value belong in one transaction: where the line can't be written the value isn't shown.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from linli.access.models import Purpose, ReadLog
from linli.frame.refusal import Refusal

GENESIS = bytes(32)


def look(*, by, subject: str, fields: Iterable[str], purpose: str, note: str = "", path: str = "", now: datetime | None = None) -> ReadLog:
    """Write down that ``by`` reads ``fields`` of ``subject`` ("matters.reporter:123") for ``purpose``. Returns the line.

    ``path`` is the place the record belongs to, so that its area's auditors see the line. Call it inside the transaction that reads the
    value, before reading. Raises Refusal for a purpose that isn't on the list.
    """
    if purpose not in Purpose.values:
        raise Refusal(_("Choose what you need it for."), field="purpose", code="purpose")
    names = ",".join(sorted(fields))
    if not names:
        raise ValueError("a look at no field")
    given = [by.pk, subject, names, purpose, note[:200], path, now or timezone.now()]
    # the database makes the line and chains it (migration 0004): one place, from wherever a look is taken
    return next(iter(ReadLog.objects.raw("select * from linli_look(%s, %s, %s, %s, %s, %s::ltree, %s)", given)))


@dataclass(frozen=True, slots=True)
class Verified:
    """What ``verify_readlog`` found: how many lines hold, the id of the first that doesn't (0: all do), the hash of the last good line."""

    lines: int
    broken_at: int
    head: bytes

    @property
    def ok(self) -> bool:
        return not self.broken_at

    def __str__(self) -> str:
        if self.ok:
            return f"log of looks: {self.lines} lines, whole and unchanged, head {self.head.hex()[:16]}"
        return f"log of looks: line {self.broken_at} does not follow from the {self.lines} before it: something was changed or taken out"


def verify_readlog() -> Verified:
    """Walk the chain from its beginning; a line that was changed, added or taken out in between shows at the first place that doesn't fit.

    Lines cut off at the end show against a head kept elsewhere: the last daily head, or what ``linli verify`` prints.
    """
    head, count = GENESIS, 0
    for line in ReadLog.objects.order_by("pk").iterator(chunk_size=2000):
        if bytes(line.prev) != head or bytes(line.hash) != _hash(line):
            return Verified(count, line.pk, head)
        head, count = bytes(line.hash), count + 1
    return Verified(count, 0, head)


def _hash(line: ReadLog) -> bytes:
    """What ``linli_look`` hashes, said once more in Python: who checks a chain shouldn't ask the one who made it."""
    told = [
        line.at.astimezone(UTC).isoformat(timespec="microseconds"),
        line.by_id,
        line.subject,
        line.fields,
        line.purpose,
        line.note,
        line.path,
    ]
    return hashlib.sha256(bytes(line.prev) + json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()).digest()
