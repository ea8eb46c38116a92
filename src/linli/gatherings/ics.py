"""One gathering as an iCalendar file (RFC 5545), for the calendar on somebody's telephone or computer. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

PRODUCT = "-//Linli//Gatherings//ZH"
_WIDTH = 75  # octets of a line


@dataclass(frozen=True, slots=True)
class Entry:
    """What a calendar is told. Times are aware; ``sequence`` grows with each change; ``off``: it was called off."""

    uid: str
    summary: str
    starts_at: datetime
    ends_at: datetime
    location: str
    url: str
    changed_at: datetime
    sequence: int
    off: bool = False
    text: str = ""


def calendar(entry: Entry) -> str:
    """The file, lines ended and folded as the standard says."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:{PRODUCT}",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        f"UID:{entry.uid}",
        f"DTSTAMP:{_utc(entry.changed_at)}",
        f"SEQUENCE:{entry.sequence}",
        f"DTSTART:{_utc(entry.starts_at)}",
        f"DTEND:{_utc(entry.ends_at)}",
        f"SUMMARY:{_text(entry.summary)}",
        f"LOCATION:{_text(entry.location)}",
        *([f"DESCRIPTION:{_text(entry.text)}"] if entry.text else []),
        f"URL:{entry.url}",
        f"STATUS:{'CANCELLED' if entry.off else 'CONFIRMED'}",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _text(text: str) -> str:
    """A text value: backslash, semicolon and comma escaped, line breaks as \\n, other control signs left out."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = "".join(c for c in text if c == "\n" or c.isprintable())
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _folded(line: str) -> str:
    """The line in pieces of at most 75 octets, never cut inside a sign; each further piece begins with a space."""
    pieces, piece, size = [], "", 0
    for sign in line:
        octets = len(sign.encode())
        if size + octets > _WIDTH:
            pieces.append(piece)
            piece, size = " ", 1
        piece, size = piece + sign, size + octets
    return "\r\n".join([*pieces, piece])
