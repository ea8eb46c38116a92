"""What a finding is, and the arithmetic of durations the rules share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from linli.charter.schema import LEVELS, Charter, Duration, Hours

CHARTER, MATTERS = "charter.toml", "matters.toml"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something the linter has to say about a charter.

    ``code`` is what it is and about what: ``"duty-short:month-80"``; ``[[accepted]]`` names it. ``severity`` is error, warning, or note
    (a warning the charter accepts; ``why`` is its reason). ``at`` leads to the line: section, id and keys below.
    """

    code: str
    severity: str
    where: str
    zh: str
    en: str
    at: tuple[str, ...] = ()
    why: str = ""

    @property
    def slug(self) -> str:
        return self.code.partition(":")[0]

    @property
    def subject(self) -> str:
        return self.code.partition(":")[2]

    def text(self, lang: str = "en") -> str:
        return self.zh if lang.startswith("zh") else self.en


def error(code: str, where: str, zh: str, en: str, *at: str) -> Finding:
    return Finding(code, "error", where, zh, en, at)


def warning(code: str, where: str, zh: str, en: str, *at: str) -> Finding:
    return Finding(code, "warning", where, zh, en, at)


def depth(level: str) -> int:
    """How far in a level is: 0 for the province. Unknown levels count as innermost."""
    return LEVELS.index(level) if level in LEVELS else len(LEVELS)


def day_hours(hours: tuple[Hours, ...]) -> float:
    """Working hours of a day; 8 where the charter's own make no sense (another rule says so)."""
    day = datetime(2000, 1, 1)  # noqa: DTZ001 - only the difference of two times of day is used
    total = sum((datetime.combine(day, h.end) - datetime.combine(day, h.start)).total_seconds() for h in hours) / 3600
    return total if total > 0 else 8.0


def working_days(duration: Duration, charter: Charter) -> float:
    """A duration in working days. A natural day counts as one: no working day is shorter, so no comparison is too strict."""
    per_day = 24.0 if duration.clock == "natural" else day_hours(charter.hours)
    return duration.days + duration.hours / per_day


def days_text(days: float) -> str:
    """``2.5`` as a number of days, without trailing zeros."""
    return f"{days:.2f}".rstrip("0").rstrip(".")
