"""Reading a person's identity number or telephones: for a purpose, once, with a line in the log of looks before the value leaves."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from linli.access.models import Purpose
from linli.access.rls import opened
from linli.access.scope import require
from linli.frame.refusal import Refusal
from linli.people import told
from linli.people.actions.base import harmless
from linli.people.models import Person
from linli.people.told import is_child

KINDS = ("id", "phone")


def unmask(
    *, by, person: Person, kinds: Collection[str] = KINDS, purpose: str, note: str = "", now: datetime | None = None
) -> list[tuple[str, str]]:
    """Kind and value of each number. Needs «person.unmask», of a child under 14 also «person.minor». Raises Refusal for an unknown purpose.

    The database writes the line and gives the sealed values out in one statement (``linli_people_reveal``); the product's role has no
    other way to them.
    """
    now = now or timezone.now()
    require(by, "person.unmask", person)
    if is_child(person, timezone.localdate(now)):
        require(by, "person.minor", person)
    if purpose not in Purpose.values:
        raise Refusal(_("Choose what you need it for."), field="purpose", code="purpose")
    harmless(note, "note")
    wanted = sorted(set(kinds) & set(KINDS))
    with opened([str(person.path)]), connection.cursor() as cursor:
        cursor.execute(
            "select id, kind, sealed from linli_people_reveal(%s, %s, %s, %s, %s, %s)",
            [person.pk, by.pk, wanted, purpose, note.strip()[:200], now],
        )
        return [(kind, told.opened(pk, sealed)) for pk, kind, sealed in cursor.fetchall()]
