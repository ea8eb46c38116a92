"""Row-level security, the second wall around residents' data: what a query may reach is said to PostgreSQL itself.

A protected table gets a policy (``policy_sql``, in a migration of its room): the app's role sees and changes a row only while the place
it belongs to lies at or below one of the paths opened for the transaction (``opened``). Nothing opened: no rows, whatever the query.
The owner of the tables is not held by it, so backups stay whole; the app is never the owner (``checks.role_findings``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.db import connection, transaction

SETTING = "linli.opened"


def policy_sql(table: str, path: str) -> tuple[str, str]:
    """Forward and backward SQL. ``path`` is an SQL expression of the row's ltree path, a scalar subquery for one that lies in another table.

    ``table`` and ``path`` are written by programmers in migrations, never taken from input.
    """
    test = f"({path}) <@ any(string_to_array(coalesce(current_setting('{SETTING}', true), ''), ',')::ltree[])"
    name = f"{table}_opened"
    forward = f"alter table {table} enable row level security;\ncreate policy {name} on {table} using ({test}) with check ({test});"
    return forward, f"drop policy if exists {name} on {table};\nalter table {table} disable row level security;"


@contextmanager
def opened(paths: Iterable[str]) -> Iterator[None]:
    """Within: the rows at or below ``paths`` can be reached. Opens a transaction; the setting ends with it, or with the block.

    For staff pass ``scope_of(user).paths(ability)``; for an intake, the path of the place the new row belongs to.
    """
    wanted = ",".join(str(p) for p in paths)
    outermost = not connection.in_atomic_block
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select current_setting(%s, true), set_config(%s, %s, true)", [SETTING, SETTING, wanted])
        before = cursor.fetchone()[0] or ""
        yield
        if not outermost:  # else it ends with the transaction
            cursor.execute("select set_config(%s, %s, true)", [SETTING, before])


def narrow(paths: Iterable[str]) -> None:
    """Only ``paths`` from here to the end of the ``opened`` block around: a page that has found its place needs no other."""
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("nothing is opened that could be narrowed")
    with connection.cursor() as cursor:
        cursor.execute("select set_config(%s, %s, true)", [SETTING, ",".join(str(p) for p in paths)])
