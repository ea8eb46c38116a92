"""Letting go what the register has kept for its time. What may go is asked by the database itself (migration 0004)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from django.db import connection

from linli.access.rls import opened
from linli.places.models import Place

_BATCH = 500


def forget_persons(before: date, apply: bool) -> int:
    """Whole persons who moved away or died before the day. A batch a transaction."""
    if not apply:
        return len(_due(before, 100_000_000))
    done, roots = 0, [str(p) for p in Place.objects.filter(parent=None).values_list("path", flat=True)]
    while ids := _due(before, _BATCH):
        with opened(roots):
            gone = erase(ids, before)
        done += gone
        if gone == 0:  # what lies below no root is not to keep us here for ever
            break
    return done


def _due(before: date, most: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("select * from linli_people_due(%s, %s)", [before, most])
        return [pk for (pk,) in cursor.fetchall()]


def erase(ids: list[int], before: date) -> int:
    """Erase those of the persons who live nowhere in the register since before the day, within what is opened. How many went."""
    with connection.cursor() as cursor:
        cursor.execute("select linli_people_erase(%s, %s)", [ids, before])
        return cursor.fetchone()[0]


def forget_parts(term: str) -> Callable[[date, bool], int]:
    """Of «number», «visits» or «custody»: what ended before the day, of everybody."""

    def forget(before: date, apply: bool) -> int:
        with connection.cursor() as cursor:
            cursor.execute("select linli_people_forget(%s, %s, %s)", [term, before, apply])
            return cursor.fetchone()[0]

    return forget
