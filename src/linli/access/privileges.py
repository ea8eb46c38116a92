"""Which columns the product's role may read or write, where that is less than rows: said by the rooms, granted by the owner.

    narrow("people_secret", select=("id", "person_id", …), insert=True)          # in a room's AppConfig.ready

Grants aren't in backups (a backup is restored under whatever roles there are), so they are made anew at the end of each ``linli migrate``.
Where product and owner are one role nothing can be narrowed, and ``linli doctor`` says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection


@dataclass(frozen=True, slots=True)
class Rule:
    """What everybody but the owner may do with ``table``: columns to read, columns to change; whole rows to add or remove."""

    table: str
    select: tuple[str, ...]
    update: tuple[str, ...]
    insert: bool
    delete: bool


_rules: dict[str, Rule] = {}


def narrow(table: str, *, select: Sequence[str] = (), update: Sequence[str] = (), insert: bool = False, delete: bool = False) -> None:
    """Register a rule. Names are written by programmers, never taken from input."""
    _rules[table] = Rule(table, tuple(select), tuple(update), insert, delete)


_GRANTEES = """
select distinct r.rolname from pg_class c
  left join pg_attribute t on t.attrelid = c.oid
  cross join lateral (select grantee from aclexplode(c.relacl) union all select grantee from aclexplode(t.attacl)) a
  join pg_roles r on r.oid = a.grantee
 where c.oid = %s::regclass and a.grantee <> c.relowner
"""


def grant(**_signal) -> None:
    """Put the rules into force, as the owner: ``post_migrate``. What a rule no longer says is taken away."""
    with connection.cursor() as cursor:
        for rule in _rules.values():
            cursor.execute(
                "select to_regclass(%s), pg_get_userbyid(relowner) = current_user from pg_class where oid = to_regclass(%s)",
                [rule.table] * 2,
            )
            found = cursor.fetchone()
            if not found or not found[1]:  # not made yet, or we aren't its owner
                continue
            cursor.execute(_GRANTEES, [rule.table])
            for (role,) in cursor.fetchall():
                for statement in _statements(rule, connection.ops.quote_name(role)):
                    cursor.execute(statement)


def _statements(rule: Rule, role: str) -> list[str]:
    table = connection.ops.quote_name(rule.table)
    verbs = [v for v, may in (("insert", rule.insert), ("delete", rule.delete)) if may]
    verbs += [f"{v} ({', '.join(c)})" for v, c in (("select", rule.select), ("update", rule.update)) if c]
    return [f"revoke all on {table} from {role}", *(f"grant {v} on {table} to {role}" for v in verbs)]


def readable(table: str, column: str) -> bool:
    """Whether the role of this process may read a column."""
    with connection.cursor() as cursor:
        cursor.execute("select has_column_privilege(current_user, %s, %s, 'SELECT')", [table, column])
        return bool(cursor.fetchone()[0])


def findings() -> list[str]:
    """What the role of this process may do against the rules, one sentence each; nothing for the owner, of whom another check tells."""
    found = []
    with connection.cursor() as cursor:
        for rule in _rules.values():
            cursor.execute(
                "select a.attname from pg_attribute a join pg_class c on c.oid = a.attrelid where c.oid = to_regclass(%s) and a.attnum > 0"
                " and not a.attisdropped and not pg_has_role(current_user, c.relowner, 'member')"
                " and a.attname <> all(%s) and has_column_privilege(current_user, c.oid, a.attnum, 'SELECT')",
                [rule.table, list(rule.select)],
            )
            if names := [name for (name,) in cursor.fetchall()]:
                found.append(f"The product's role may read {rule.table}: {', '.join(names)}. Run  linli migrate  to take it away.")
    return found
