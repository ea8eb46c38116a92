"""On the register's first page and among what waits today on the telephone: who of one's households was entered elsewhere by somebody else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import connection
from django.http import HttpRequest
from django.utils import timezone

from linli.access.scope import scope_of
from linli.people.actions.base import UNDO_DAYS
from linli.people.addresses import whole_address
from linli.places.models import Place

SHOWN = 10


def taken_elsewhere(request: HttpRequest, _thing: Any) -> dict[str, Any] | None:
    """Households somebody was taken over from, for a week: so long who did it can take it back. No names: they are the other place's now.

    One question (migration 0012), and another for addresses where there are any.
    """
    paths = scope_of(request.user).paths("person.edit")
    if not paths:
        return None
    since = timezone.now() - timedelta(days=UNDO_DAYS)
    with connection.cursor() as cursor:
        cursor.execute("select * from linli_people_taken(%s::ltree[], %s, %s, %s)", [paths, since, request.user.pk, SHOWN])
        found = cursor.fetchall()
    if not found:
        return None
    doors = Place.objects.select_related("parent__parent__parent__parent").in_bulk({dwelling for _h, dwelling, *_more in found})
    rows = [{"household": h, "address": whole_address(doors[d]), "who": who, "at": at, "people": n} for h, d, who, at, n in found]
    return {"rows": rows, "days": UNDO_DAYS}
