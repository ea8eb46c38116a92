"""What of this room is sealed, and to which row: bound to the row's own uid, which is known before the database gives it a number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from linli.kit import crypto


def place(column: str) -> Callable[[Any], str]:
    """The context of a column, from its row."""
    return lambda row: crypto.context(row._meta.db_table, column, row.uid)


def seal(row: Any, column: str, text: str) -> None:
    """Set the column to the sealed text."""
    setattr(row, column, crypto.seal(text, place(column)(row)))


def unseal(row: Any, column: str) -> str:
    """The text behind the seal; "" where there is none. Raises crypto.KeyringError."""
    value = getattr(row, column)
    return crypto.open(value, place(column)(row)) if value is not None else ""
