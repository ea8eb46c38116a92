"""What a file would change, and what in it must be mended first: one report for CSV and GeoJSON."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

SHOWN = 200  # lines of one kind that a printed report lists; the rest are counted


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend. ``number`` counts rows as a spreadsheet does (the heading is row 1) or features from 1; None: the whole file."""

    number: int | None
    field: str
    message: str  # what is wrong and what to do, in the language of the request
    name: str = ""  # what the row calls itself
    kind: str = "row"  # row | feature

    @property
    def where(self) -> str:
        if self.number is None:
            return _("The file")
        at = _("Row %(number)s") if self.kind == "row" else _("Feature %(number)s")
        return at % {"number": self.number} + (f" ({self.name})" if self.name else "")

    def __str__(self) -> str:
        return f"{self.where}, {self.field}: {self.message}" if self.field else f"{self.where}: {self.message}"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between the file and what is stored. ``what``: new | renamed | moved | redrawn | updated | ended | missing."""

    what: str
    level: str
    code: str
    name: str
    before: str = ""
    after: str = ""

    @property
    def word(self) -> str:
        return {
            "new": _("new"),
            "renamed": _("renamed"),
            "moved": _("moved"),
            "redrawn": _("redrawn"),
            "updated": _("updated"),
            "ended": _("ended"),
            "missing": _("not in the file"),
        }[self.what]

    def __str__(self) -> str:
        change = f": {self.before} → {self.after}" if self.before or self.after else ""
        return f"{self.word} {self.code} {self.name}{change}"


@dataclass(slots=True)
class LoadReport:
    """The outcome of checking (and, without problems, applying) a file. Nothing at all is saved while ``problems`` has an entry."""

    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    missing: list[Change] = field(default_factory=list)  # stored, not in the file: reported, left as they are unless asked
    unchanged: int = 0
    applied: bool = False

    @property
    def ok(self) -> bool:
        return not self.problems

    @property
    def counts(self) -> dict[str, int]:
        """How many changes of each kind, in the order new, renamed, moved, redrawn, updated, ended."""
        found = Counter(c.what for c in self.changes)
        return {what: found[what] for what in ("new", "renamed", "moved", "redrawn", "updated", "ended") if found[what]}

    @property
    def digest(self) -> str:
        """Names this difference: a confirmation given for one difference does not hold for another."""
        lines = [f"{c.what}|{c.code}|{c.name}|{c.before}|{c.after}" for c in [*self.changes, *self.missing]]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    def summary(self) -> str:
        words = {
            "new": _("%(n)s new"), "renamed": _("%(n)s renamed"), "moved": _("%(n)s moved"),
            "redrawn": _("%(n)s redrawn"), "updated": _("%(n)s updated"), "ended": _("%(n)s ended"),
        }  # fmt: skip
        parts = [words[what] % {"n": n} for what, n in self.counts.items()]
        parts.append(_("%(n)s unchanged") % {"n": self.unchanged})
        if self.missing:
            parts.append(_("%(n)s stored but not in the file") % {"n": len(self.missing)})
        return _(", ").join(parts)

    def __str__(self) -> str:
        lines = []
        if self.problems:
            lines.append(_("Nothing was saved: %(n)s to mend.") % {"n": len(self.problems)})
        elif not self.applied:
            lines.append(_("Checked, nothing saved."))
        lines.append(self.summary())
        for title, items in (
            (_("To mend:"), self.problems), (_("Warnings:"), self.warnings), (_("Changes:"), self.changes),
            (_("Stored but not in the file (left as they are):"), self.missing),
        ):  # fmt: skip
            if items:
                lines.append(title)
                lines.extend(f"  {item}" for item in items[:SHOWN])
                if len(items) > SHOWN:
                    lines.append("  " + _("… and %(n)s more") % {"n": len(items) - SHOWN})
        return "\n".join(lines)
