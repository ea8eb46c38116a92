"""What is open at this moment, and how late it is: counted live, in one query, by age, step, post and place; never by person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection

from linli.matters.actions.raising import SUBJECT
from linli.matters.pages.listing import AGES


@dataclass(frozen=True, slots=True)
class Open:
    """Open matters, how many of them are overdue, how many lie on the ledger."""

    count: int = 0
    late: int = 0
    shelved: int = 0


@dataclass(frozen=True, slots=True)
class Backlog:
    """``by`` is kind (age, step, post, place) → key → numbers; keys of places are their paths."""

    all: Open = Open()
    by: Mapping[str, Mapping[str, Open]] = field(default_factory=dict)


_SQL = """
select grouping(age, step, post, place), age, step, post, place, count(*), count(*) filter (where overdue), count(*) filter (where suspended)
from (
  select {age} as age, f.step, coalesce(s.post, 'none') as post, subpath(f.path, 0, nlevel(%(path)s::ltree) + 1)::text as place,
    f.overdue, f.suspended
  from flow_flow f left join bodies_seat s on s.id = f.owner_id
  where f."end" = '' and f.subject = %(subject)s and f.path <@ %(path)s::ltree
) x group by grouping sets ((age), (step), (post), (place), ())
"""
_KINDS = {0b0111: "age", 0b1011: "step", 0b1101: "post", 0b1110: "place"}


def _age() -> str:
    """The classes of the list's filter, as SQL. Their bounds are the filter's own: figure and list count alike."""
    cases = []
    for key, (_over, most) in AGES.items():
        cases.append(f"when f.began_at >= %(now)s::timestamptz - interval '{most} days' then '{key}'" if most else f"else '{key}'")
    return f"case {' '.join(cases)} end"


def backlog(path: str, now: datetime) -> Backlog:
    """Open matters at or below ``path``."""
    found: dict[str, dict[str, Open]] = {kind: {} for kind in _KINDS.values()}
    whole = Open()
    with connection.cursor() as cursor:
        cursor.execute(_SQL.format(age=_age()), {"path": path, "now": now, "subject": SUBJECT})
        for which, *keys, count, late, shelved in cursor.fetchall():
            if which == 0b1111:
                whole = Open(count, late, shelved)
            else:
                kind = _KINDS[which]
                found[kind][next(k for k in keys if k is not None)] = Open(count, late, shelved)
    return Backlog(whole, found)
