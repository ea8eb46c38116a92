"""A plan carried out: everything is sealed into tables of the connection's own first, and goes into the register in one short transaction.

Killed at any moment, all of it is there or nothing is. Every row made or changed belongs to one line of history, so that the whole can be
taken back (``linli_people_undo``).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from itertools import islice
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from linli.frame.refusal import Conflict
from linli.kit.copy_text import meaning_itself
from linli.kit.hands import hands, mapped
from linli.people.actions.base import next_ids
from linli.people.bulk import copy_lines, copy_text
from linli.people.importing.plan import CHANGED, NEW, Step
from linli.people.importing.sealing import Somebody, Work, sealer
from linli.people.models import Change, Household, Person, Registered, Role, Secret, Tenure

BATCH = 2000
_KINDS = {"parent": ("child",), "grandparent": ("grandchild",)}

# table of the connection's own → its columns with their types
_TABLES: dict[str, str] = {
    "new_household": "id int8, dwelling_id int8, path ltree, since date, is_demo bool",
    "new_person": "id int8, name_sealed bytea, tokens int8[], sex text, born date, community text, path ltree, is_demo bool",
    "new_secret": "id int8, person_id int8, kind text, sealed bytea, shown bytea, blind bytea, path ltree, is_demo bool",
    "new_residence": "person_id int8, household_id int8, role text, tenure text, registered text, registered_at text, since date, path ltree,"
    " is_demo bool",
    "new_custody": "child_id int8, custodian_id int8, kind text, since date, path ltree, is_demo bool",
    "new_back": "id int8, path ltree, community text",
    "new_facts": "id int8, residence_id int8, sex text, born date, role text, tenure text, registered text, registered_at text",
    "new_touched": "person_id int8, path ltree",
}

# those that are joined with the register; the others are read from end to end
_JOINED = ("new_household", "new_custody", "new_back", "new_facts")

_STORE = (
    "insert into people_household (id, dwelling_id, path, since, is_demo) select id, dwelling_id, path, since, is_demo from new_household",
    "insert into people_person (id, name_sealed, tokens, sex, born, community, path, is_demo)"
    " select id, name_sealed, tokens, sex, born, community, path, is_demo from new_person",
    # who lived in the register before goes where they live now, and what follows them goes with them
    "update people_person p set path = b.path, community = b.community from new_back b where p.id = b.id",
    "update people_secret s set path = b.path from new_back b where s.person_id = b.id",
    "update people_membership m set path = b.path from new_back b where m.person_id = b.id",
    "update people_custody c set path = b.path from new_back b where c.child_id = b.id",
    "update people_person p set sex = f.sex, born = f.born from new_facts f where p.id = f.id and (p.sex <> f.sex or p.born is distinct from f.born)",
    "update people_residence r set role = f.role, tenure = f.tenure, registered = f.registered, registered_at = f.registered_at from new_facts f"
    " where r.id = f.residence_id and (r.role, r.tenure, r.registered, r.registered_at) <> (f.role, f.tenure, f.registered, f.registered_at)",
    "insert into people_secret (id, person_id, kind, sealed, shown, blind, since, path, is_demo)"
    " select id, person_id, kind, sealed, shown, blind, %(now)s, path, is_demo from new_secret",
    "insert into people_residence (person_id, household_id, role, tenure, registered, registered_at, since, ended, path, is_demo)"
    " select person_id, household_id, role, tenure, registered, registered_at, since, '', path, is_demo from new_residence",
    "insert into people_custody (child_id, custodian_id, kind, since, path, is_demo)"
    " select n.child_id, n.custodian_id, n.kind, n.since, n.path, n.is_demo from new_custody n"
    " where not exists (select 1 from people_custody c where c.child_id = n.child_id and c.until is null)",
    "insert into people_touched (change_id, person_id, path) select %(change)s, person_id, path from new_touched",
    # whoever is new stands there by their keys, which follow one another
    "insert into people_batch (change_id, first, last, path) select %(change)s, min(id), max(id), %(path)s::ltree"
    " from (select id, id - row_number() over (order by id) as run from new_person) n group by run",
)

# the register as the plan took it to be
_MOVED = """
select exists (select 1 from unnest(%(homes)s::bigint[]) w(id) where not exists
  (select 1 from people_household h where h.id = w.id and h.until is null))
 or exists (select 1 from new_facts f where not exists (select 1 from people_residence r where r.id = f.residence_id and r.until is null))
 or exists (select 1 from new_back b join people_residence r on r.person_id = b.id and r.until is null)
 or exists (select 1 from new_back b join people_person p on p.id = b.id where p.died is not null)
 or exists (select 1 from new_household n join people_household h on h.dwelling_id = n.dwelling_id and h.until is null)
"""


@contextmanager
def sealed(steps: Sequence[Step], homes: int, told: Callable[[int], Any]) -> Iterator[list[str]]:
    """Tables of the connection's own hold what is to be stored; gives the paths of those who come back from elsewhere.

    Not inside a transaction, so that ``told`` (of rows done) can be seen and can stop it.
    """
    _make_tables()
    try:
        yield _fill(steps, homes, told)
    finally:
        if not connection.needs_rollback:
            with connection.cursor() as cursor:
                cursor.execute(f"drop table if exists {', '.join(_TABLES)}")


def _make_tables() -> None:
    with connection.cursor() as cursor:
        for table, columns in _TABLES.items():
            cursor.execute(f"create temp table {table} ({columns})")


def store(change: Change, steps: Sequence[Step], now: datetime) -> None:
    """Into the register, inside the transaction of ``change``. Raises Conflict where the register is no longer what the plan was made of."""
    homes = sorted({-s.home for s in steps if s.home < 0})
    with connection.cursor() as cursor:
        cursor.execute("select id from people_household where id = any(%s) order by id for update", [homes])
        cursor.execute(_MOVED, {"homes": homes})
        if cursor.fetchone()[0]:
            raise Conflict(_("The register has changed meanwhile. Nothing was entered; check the sheet again."), code="moved")
        for table in _JOINED:
            cursor.execute(f"analyze {table}")
        for sql in _STORE:
            cursor.execute(sql, {"now": now, "change": change.pk, "path": str(change.path)})


def _fill(steps: Sequence[Step], homes: int, told: Callable[[int], Any]) -> list[str]:
    maker = _Maker(steps, homes)
    ready: deque[tuple[int, dict[str, list[tuple]]]] = deque()

    def unsealed() -> Iterator[Work]:
        todo = iter(steps)
        while batch := list(islice(todo, BATCH)):
            rows, work = maker.rows_of(batch)
            ready.append((len(batch), rows))
            yield work

    done = 0
    with closing(mapped(sealer, unsealed(), hands(len(steps)))) as sealed_lines:
        for people, numbers in sealed_lines:
            count, rows = ready.popleft()
            with transaction.atomic():
                copy_lines("new_person", [people])
                copy_lines("new_secret", [numbers])
                for table, found in rows.items():
                    copy_text(table, found)
            done += count
            told(done)
    copy_text("new_household", maker.households())
    return maker.paths


class _Maker:
    """Rows of the steps, with their keys taken beforehand: a sealed value is bound to its row's key."""

    def __init__(self, steps: Sequence[Step], homes: int) -> None:
        fresh = [s for s in steps if s.state == NEW]
        self.households_ids = next_ids(Household, homes) if homes else []
        ids = iter(next_ids(Person, sum(s.known is None for s in fresh)))
        self.persons = {s.entry.row: s.known.person if s.known else next(ids) for s in fresh}
        self.homes: dict[int, Step] = {}
        self.paths = sorted({s.known.path for s in fresh if s.known})
        for step in fresh:
            if step.home >= 0:
                first = self.homes.setdefault(step.home, step)
                if step.since and first.since and step.since < first.since:
                    self.homes[step.home] = step

    def households(self) -> Iterator[tuple]:
        for number, step in self.homes.items():
            pk, path, _community, is_demo = step.door
            yield self.households_ids[number], pk, path, step.since, is_demo

    def rows_of(self, batch: Sequence[Step]) -> tuple[dict[str, list[tuple]], Work]:
        """Table → its rows, and what is to be sealed first."""
        rows: dict[str, list[tuple]] = {table: [] for table in _TABLES if table not in ("new_household", "new_person", "new_secret")}
        secrets: list[tuple[int, str, str, str, bool]] = []
        people: list[Somebody] = []
        for step in batch:
            entry, (_pk, path, community, is_demo) = step.entry, step.door
            person = self.persons.get(entry.row) or step.known.person  # type: ignore[union-attr]
            if step.known is not None:
                rows["new_touched"].append((person, path))
            if step.state == CHANGED:
                self._changed(step, person, rows, secrets)
                continue
            if step.known is None:
                people.append((person, entry.name, entry.sex, entry.born, meaning_itself(community), path, is_demo))
                secrets += [(person, kind, value, path, is_demo) for kind, value in _numbers(entry.id_number, entry.phones)]
            else:
                rows["new_back"].append((person, path, meaning_itself(community)))
            household = self.households_ids[step.home] if step.home >= 0 else -step.home
            registered = entry.registered or Registered.UNKNOWN
            rows["new_residence"].append((
                person, household, entry.role or Role.UNKNOWN.value, entry.tenure or Tenure.UNKNOWN.value, str(registered),
                meaning_itself(entry.registered_at) if registered == Registered.ELSEWHERE else "", step.since, path, is_demo,
            ))  # fmt: skip
            if step.guardian is not None:
                guardian = self.persons[step.guardian] if step.guardian > 0 else -step.guardian
                kind = next((kind for kind, roles in _KINDS.items() if entry.role in roles), "kin")
                rows["new_custody"].append((person, guardian, kind, max(step.since, entry.born), path, is_demo))  # type: ignore[type-var]
        ids = next_ids(Secret, len(secrets)) if secrets else ()
        return rows, (people, [(pk, *secret) for pk, secret in zip(ids, secrets, strict=True)])

    def _changed(self, step: Step, person: int, rows: dict[str, list[tuple]], secrets: list) -> None:
        entry, k, (_pk, path, _community, is_demo) = step.entry, step.known, step.door
        assert k is not None
        registered = entry.registered or k.registered
        at = meaning_itself(entry.registered_at or k.registered_at) if registered == Registered.ELSEWHERE else ""
        role = entry.role if "role" in step.changes else k.role
        rows["new_facts"].append(
            (person, k.residence, k.sex or entry.sex, k.born or entry.born, role, entry.tenure or k.tenure, registered, at)
        )
        secrets += [(person, kind, v, path, is_demo) for kind, v in _numbers(entry.id_number if "id" in step.changes else "", step.phones)]


def _numbers(id_number: str, telephones: Iterable[str]) -> Iterator[tuple[str, str]]:
    if id_number:
        yield "id", id_number
    for phone in dict.fromkeys(telephones):
        yield "phone", phone
