"""Many rows at once. COPY doesn't go into tables with row-level security; it goes into a table of the transaction's own, and from there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

from django.db import connection, models

_TYPES = "select attname, format_type(atttypid, atttypmod) from pg_attribute where attrelid = %s::regclass and attname = any(%s)"


def store(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence]) -> int:
    """Store rows of ``columns`` (as the database calls them). Inside a transaction in which their places are opened. Returns how many."""
    quote = connection.ops.quote_name
    table, listed = quote(model._meta.db_table), ", ".join(quote(c) for c in columns)
    with connection.cursor() as cursor:
        cursor.execute(_TYPES, [model._meta.db_table, list(columns)])  # not «like»: of a sealed column not even that may be read
        types = dict(cursor.fetchall())
        cursor.execute(f"create temp table incoming ({', '.join(f'{quote(c)} {types[c]}' for c in columns)}) on commit drop")
        with cursor.cursor.copy(f"copy incoming ({listed}) from stdin") as copy:
            for row in rows:
                copy.write_row(row)
        cursor.execute(f"insert into {table} ({listed}) select {listed} from incoming")  # noqa: S608  # a model's own table
        count = cursor.rowcount
        cursor.execute("drop table incoming")
    return count


def copy_text(table: str, rows: Iterable[Sequence[Any]]) -> None:
    """Rows into a table of the connection's own, as text made here in one go: quicker than giving COPY a million values one by one.

    Text that somebody wrote has to go through ``meaning_itself``.
    """
    waiting = iter(rows)
    with connection.cursor() as cursor, cursor.cursor.copy(f"copy {table} from stdin") as copy:
        while some := list(islice(waiting, 5000)):
            copy.write("".join(["\t".join([v if v.__class__ is str else _text(v) for v in row]) + "\n" for row in some]))


def _text(value: Any) -> str:
    if value.__class__ is bytes:
        return "\\\\x" + value.hex()
    if value.__class__ is list:
        return "{" + ",".join(map(str, value)) + "}"
    return "\\N" if value is None else str(value)


def meaning_itself(text: str) -> str:
    """Text as COPY takes it, with the signs that would mean something to it."""
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")
