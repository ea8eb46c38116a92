"""PostgreSQL's ltree as a Django field: ``path__descends="a.b"`` is one GiST range, ``path__ancestors="a.b.c"`` the way up."""

from __future__ import annotations

import re

from django.contrib.postgres.indexes import GistIndex
from django.db import connection, models
from django.db.models import Lookup

_OTHER = re.compile(r"[^A-Za-z0-9_]")


def label(code: str) -> str:
    """The ltree label of a place's code: ASCII letters, digits and _."""
    return _OTHER.sub("_", code)


def rebase(model: type[models.Model], old: str, new: str) -> int:
    """Rewrite every ``path`` of ``model`` at or below ``old`` to lie at or below ``new``: the place moved. Returns how many.

    The paths of scoped rows are copies of their places', so that rewriting them overwrites nobody's statement.
    """
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"update {table} set path = case when path = %s::ltree then %s::ltree"  # noqa: S608  # a model's own table
            " else %s::ltree || subpath(path, nlevel(%s::ltree)) end where path <@ %s::ltree",
            [old, new, new, old, old],
        )
        return cursor.rowcount


class PathField(models.Field):
    """Dotted labels from the root, stored as ltree, read as text."""

    description = "ltree path"

    def db_type(self, connection) -> str:
        return "ltree"

    def from_db_value(self, value, expression, connection):
        return value

    def get_prep_value(self, value):
        return None if value is None else str(value)

    def get_placeholder(self, value, compiler, connection) -> str:
        return "%s::ltree"


@PathField.register_lookup
class Descends(Lookup):
    """At or below any of the given paths (one path, or a list of them)."""

    lookup_name = "descends"
    prepare_rhs = False

    def as_sql(self, compiler, connection):
        lhs, params = self.process_lhs(compiler, connection)
        if isinstance(self.rhs, str):
            return f"{lhs} <@ %s::ltree", [*params, self.rhs]
        return f"{lhs} <@ ANY(%s::ltree[])", [*params, list(self.rhs)]


@PathField.register_lookup
class Ancestors(Lookup):
    """At or above the given path."""

    lookup_name = "ancestors"
    prepare_rhs = False

    def as_sql(self, compiler, connection):
        lhs, params = self.process_lhs(compiler, connection)
        return f"{lhs} @> %s::ltree", [*params, self.rhs]


class PathIndex(GistIndex):
    """The index that both lookups use."""
