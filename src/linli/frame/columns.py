"""The columns of a list: one description for the table on the screen, the cards on a phone and the spreadsheet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import formats, timezone


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    ``value``: a dotted path from the row («flow.owner»), or a function of the row; by default the attribute ``key``.
    ``kind``: text, number, date, time (a moment), or tag (a short state). ``sort`` names one of the list's sorts.
    ``link``: a function of the row giving an address. ``template`` draws the cell itself (``row``, ``value`` in its context).
    ``export=False``: on the screen only. Protected fields of persons are in neither.
    """

    key: str
    title: Any
    value: str | Callable[[Any], Any] | None = None
    kind: str = "text"
    sort: str = ""
    link: Callable[[Any], str] | None = None
    template: str = ""
    export: bool = True
    width: int = 16  # of the spreadsheet's column, in signs

    def of(self, row: Any) -> Any:
        if callable(self.value):
            return self.value(row)
        found = row
        for part in (self.value or self.key).split("."):
            if found is None:
                return None
            found = getattr(found, part)
            found = found() if callable(found) else found
        return found

    def text(self, row: Any) -> str:
        """As the screen shows it; "" for nothing."""
        value = self.of(row)
        if value is None:
            return ""
        if self.kind == "time" and isinstance(value, datetime):
            return timezone.localtime(value).strftime("%Y-%m-%d %H:%M")
        if self.kind == "date" and isinstance(value, datetime):
            value = timezone.localtime(value)
        if self.kind in ("date", "time") and hasattr(value, "strftime"):
            return value.strftime("%Y-%m-%d" if self.kind == "date" else "%H:%M")
        if self.kind == "number":
            return formats.localize(value)
        return str(value)


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell, ready for the template."""

    column: Column
    row: Any

    @property
    def value(self) -> Any:
        return self.column.of(self.row)

    @property
    def text(self) -> str:
        return self.column.text(self.row)

    @property
    def url(self) -> str:
        return self.column.link(self.row) if self.column.link else ""
