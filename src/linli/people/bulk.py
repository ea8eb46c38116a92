"""Many rows at once. COPY doesn't go into tables with row-level security; it goes into a table of the transaction's own, and from there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

from django.db import connection, models

from linli.kit.copy_text import lines

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
    """Rows into a table of the connection's own. Text that somebody wrote has to go through ``meaning_itself``."""
    waiting = iter(rows)
    copy_lines(table, (lines(some) for some in iter(lambda: list(islice(waiting, 5000)), [])))


def copy_lines(table: str, texts: Iterable[str]) -> None:
    """The same with what ``lines`` made."""
    with connection.cursor() as cursor, cursor.cursor.copy(f"copy {table} from stdin") as copy:
        for text in texts:
            copy.write(text)
