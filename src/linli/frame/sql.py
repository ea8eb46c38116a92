"""The few statements that every act or every request needs, bound and prepared by the server.

Django puts a query together anew each time, interpolates parameters on the client and never prepares; for statements of this size that
and the planning would cost more than running. They run on Django's own connection, inside whatever transaction is open there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import islice
from typing import Any, cast

import psycopg
from django.db import connection
from django.db.models import Field, Model


def fetch(statement: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Run one statement and return its rows, in the driver's own types: JSON as Python, moments in UTC. Database errors are Django's."""
    connection.ensure_connection()
    connection.validate_no_broken_transaction()
    raw = connection.connection
    raw.prepare_threshold = 2
    with connection.wrap_database_errors, psycopg.Cursor(raw) as cursor:
        return cursor.execute(statement, params, binary=True).fetchall()


class Joined:
    """Rows of a model with the rows they point to, read by one prepared statement: what ``select_related`` gives, for the few rows that
    nearly every request begins with. Of wide rows Django takes longer to put the statement together than PostgreSQL to answer it.

        Joined(Matter, place=Joined(Place, only=("code", "name")), flow=Joined(Flow)).where("r.number = %s", [number])

    ``only`` names the columns wanted; the others are read when they are asked for. A name may lead to the other side of a one-to-one.
    """

    def __init__(self, model: type[Model], *, only: Sequence[str] = (), **joined: Joined) -> None:
        self.model, self.joined = model, joined
        self.fields: list[Field] = [f for f in model._meta.concrete_fields if not only or f.attname in only or f.primary_key]
        self.names = [f.attname for f in self.fields]

    def where(self, condition: str, params: Sequence[Any]) -> list[Any]:
        """The rows; ``r`` is the model's table in ``condition``, which is written by programmers, never taken from input."""
        return [self._made(iter(row)) for row in fetch(f"{self._select} WHERE {condition}", params)]

    @cached_property
    def _select(self) -> str:
        columns, joins = self._parts("r")
        return f'SELECT {", ".join(columns)} FROM "{self.model._meta.db_table}" r{"".join(joins)}'  # noqa: S608  names of our own columns

    def _parts(self, at: str) -> tuple[list[str], list[str]]:
        """Columns and joins, in the order in which ``_made`` takes the values."""
        columns = [
            f'{at}."{f.column}"' + ("::text" if f.db_type(connection) == "ltree" else "") for f in self.fields
        ]  # it has no binary form
        joins: list[str] = []
        for name, other in self.joined.items():
            there, pointer = f"{at}_{name}", cast(Any, self.model._meta.get_field(name))
            ours, theirs = (
                (pointer.column, other.model._meta.pk.column)
                if pointer.concrete
                else (self.model._meta.pk.column, pointer.remote_field.column)
            )
            joins.append(f' LEFT JOIN "{other.model._meta.db_table}" {there} ON {there}."{theirs}" = {at}."{ours}"')
            further = other._parts(there)
            columns += further[0]
            joins += further[1]
        return columns, joins

    def _made(self, values: Iterator[Any]) -> Any:
        """The object of the next values with those it points to; None where the join found none."""
        made = self.model.from_db("default", self.names, list(islice(values, len(self.names))))
        for name, other in self.joined.items():
            made._state.fields_cache[name] = other._made(values)
        return None if made.pk is None else made
