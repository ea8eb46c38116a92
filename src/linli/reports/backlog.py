"""What is open at this moment, and how late it is: counted live, in one query, by age, step, post and place; never by person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

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


# The open rows are put together by numbers first, some thousand groups of tens of thousands; only those are given names.
_SQL = """
with lying as (
  select f.place_id, f.owner_id, f.step, {age} as age, count(*) as n, count(*) filter (where f.overdue) as late,
    count(*) filter (where f.suspended) as held
  from flow_flow f where f."end" = '' and f.subject = %(subject)s and f.path <@ %(path)s::ltree group by 1, 2, 3, 4
)
select grouping(age, step, post, place), age, step, post, place, sum(n), sum(late), sum(held)
from (
  select l.age, l.step, coalesce(s.post, 'none') as post, subpath(p.path, 0, nlevel(%(path)s::ltree) + 1)::text as place, l.n, l.late, l.held
  from lying l join places_place p on p.id = l.place_id and p.path <@ %(path)s::ltree left join bodies_seat s on s.id = l.owner_id
) x group by grouping sets ((age), (step), (post), (place), ())
"""
_KINDS = {0b0111: "age", 0b1011: "step", 0b1101: "post", 0b1110: "place"}


def _ages(now: datetime) -> tuple[str, dict[str, datetime]]:
    """The classes of the list's filter, as SQL and its values. Their bounds are the filter's own: figure and list count alike."""
    cases, values = [], {}
    for key, (_over, most) in AGES.items():
        if most:
            cases.append(f"when f.began_at >= %(since_{key})s then '{key}'")
            values[f"since_{key}"] = now - timedelta(days=most)
        else:
            cases.append(f"else '{key}'")
    return f"case {' '.join(cases)} end", values


def backlog(path: str, now: datetime) -> Backlog:
    """Open matters at or below ``path``."""
    found: dict[str, dict[str, Open]] = {kind: {} for kind in _KINDS.values()}
    whole = Open()
    age, values = _ages(now)
    with connection.cursor() as cursor:
        cursor.execute(_SQL.format(age=age), values | {"path": path, "subject": SUBJECT})
        for which, *keys, count, late, shelved in cursor.fetchall():
            if which == 0b1111:
                whole = Open(int(count or 0), int(late or 0), int(shelved or 0))
            else:
                kind = _KINDS[which]
                found[kind][next(k for k in keys if k is not None)] = Open(int(count), int(late), int(shelved))
    return Backlog(whole, found)
