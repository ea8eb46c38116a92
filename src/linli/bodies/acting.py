"""Where a vacant seat's work is done: the nearest held seat up the charter's ``falls_to`` ladder, for all seats in one statement."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.contrib.auth import get_user_model
from django.db import connection
from django.utils import timezone

from linli.bodies.models import Seat
from linli.charter.schema import Charter
from linli.charter.store import charter_in_force


def ladder(charter: Charter, post: str) -> list[str]:
    """The posts that do ``post``'s work while those before them are vacant, itself first. Ends also where a charter goes in a circle."""
    steps: list[str] = []
    while post in charter.posts and post not in steps:
        steps.append(post)
        post = charter.posts[post].falls_to
    return steps


# Each seat with each rung of its ladder; a rung counts at the seat's own place or any place above it, the nearest first.
_SQL = """
with held as (
    select distinct h.seat_id from bodies_holding h join {users} u on u.id = h.user_id and u.is_active
     where h.since <= %(now)s and (h.until is null or h.until > %(now)s)
), rungs(post, above, rank) as (
    select * from unnest(%(posts)s::text[], %(above)s::text[], %(ranks)s::int[])
), wanted as (
    select s.id, s.post, s.path, s.acting_id from bodies_seat s {where}
), up as (
    select w.id, w.post, n as depth, subpath(w.path, 0, n) as path from wanted w cross join lateral generate_series(1, nlevel(w.path)) n
), best as (
    select distinct on (up.id) up.id, a.id as acting
      from up join rungs r on r.post = up.post
      join bodies_seat a on a.post = r.above and a.path = up.path
      join held on held.seat_id = a.id
     order by up.id, r.rank, up.depth desc
)
update bodies_seat s set acting_id = best.acting
  from wanted w left join best on best.id = w.id
 where s.id = w.id and s.acting_id is distinct from best.acting
"""


def refresh_acting(seats: Iterable[Seat] | None = None, now: datetime | None = None, charter: Charter | None = None) -> int:
    """Work out anew who does the work of ``seats`` and of all whose ladder leads over them (None: every seat). Returns how many changed.

    Belongs into the transaction of whatever changed a holding, an account or the charter. One statement.
    """
    charter = charter or charter_in_force()
    rungs = [(post, above, rank) for post in charter.posts for rank, above in enumerate(ladder(charter, post))]
    params: dict = {
        "now": now or timezone.now(),
        "posts": [r[0] for r in rungs],
        "above": [r[1] for r in rungs],
        "ranks": [r[2] for r in rungs],
    }
    where = ""
    if seats is not None:
        chosen = list(seats)
        if not chosen:
            return 0
        touched = {s.post for s in chosen}
        params["paths"] = sorted({str(s.path) for s in chosen})
        params["lower"] = sorted({post for post, above, _ in rungs if above in touched} | touched)
        where = "where s.path <@ any(%(paths)s::ltree[]) and s.post = any(%(lower)s)"
    users = connection.ops.quote_name(get_user_model()._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(_SQL.format(users=users, where=where), params)
        return cursor.rowcount
