"""The few statements that every act or every request needs, bound and prepared by the server.

Django puts a query together anew each time, interpolates parameters on the client and never prepares; for statements of this size that
and the planning would cost more than running. They run on Django's own connection, inside whatever transaction is open there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg
from django.db import connection


def fetch(statement: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Run one statement and return its rows, in the driver's own types: JSON as Python, moments in UTC. Database errors are Django's."""
    connection.ensure_connection()
    connection.validate_no_broken_transaction()
    raw = connection.connection
    raw.prepare_threshold = 2
    with connection.wrap_database_errors, psycopg.Cursor(raw) as cursor:
        return cursor.execute(statement, params, binary=True).fetchall()
