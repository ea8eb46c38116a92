"""What `linli doctor` asks about access: the database role the product runs under, and the keyring."""

from __future__ import annotations

from django.db import connection

from linli.access import privileges
from linli.access.guard import has_demo, real_data
from linli.kit import crypto

_ROLE = """
select r.rolname, r.rolsuper, r.rolbypassrls, r.rolcreaterole, r.rolcreatedb,
       exists (select 1 from pg_class c join pg_namespace n on n.oid = c.relnamespace
               where n.nspname = current_schema() and c.relkind in ('r', 'p') and pg_has_role(r.oid, c.relowner, 'member')),
       has_schema_privilege(r.rolname, current_schema(), 'CREATE')
  from pg_roles r where r.rolname = current_user
"""


def role_findings() -> list[str]:
    """What is wrong with the database role this process uses: empty for a role that can read and write rows and nothing else."""
    with connection.cursor() as cursor:
        cursor.execute(_ROLE)
        name, super_, bypass, roles, databases, owner, create = cursor.fetchone()
    wrong = {
        "is a superuser": super_,
        "bypasses row-level security": bypass,
        "may create roles": roles,
        "may create databases": databases,
        "owns the tables, so triggers and row-level security don't hold it": owner and not super_,
        "may create tables": create and not (super_ or owner),
    }
    return [
        f"The database role {name} {what}. Run the product as a role with SELECT, INSERT, UPDATE and DELETE only."
        for what, is_so in wrong.items()
        if is_so
    ]


def key_findings() -> list[str]:
    """What is wrong with the keyring: missing, readable by others, not the one that sealed what is stored, or turned by half."""
    from linli.access.keys import check_columns

    try:
        ring = crypto.load_keyring()
    except crypto.KeyringError as error:
        return [str(error)]
    found = [f"{c.column}: {c.unknown} values were sealed with a key this keyring doesn't hold." for c in check_columns() if c.unknown]
    if ring.former is not None:
        found.append("The key of the index was turned and not everything is sealed anew yet. Run  linli keys rotate  to go on.")
    return found


def demo_findings() -> list[str]:
    """Whether demonstration sign-ins lie over real data (they are locked then, and belong removed)."""
    found = real_data() if has_demo() else []
    return [f"Demonstration accounts exist beside real data ({', '.join(found)}). They can't sign in; remove them."] if found else []


def findings() -> list[str]:
    """Everything above, one sentence each."""
    return [*role_findings(), *privileges.findings(), *key_findings(), *demo_findings()]
