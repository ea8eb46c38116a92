"""Showing people what is held about them: a link handed out at the service station, opened once, without an account."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from linli.access.models import Purpose
from linli.access.rls import opened
from linli.access.scope import require
from linli.frame.actlog import record_act
from linli.frame.refusal import Refusal
from linli.people import told
from linli.people.actions.revealing import KINDS
from linli.people.models import Handout, Person
from linli.people.told import is_child

VALID = timedelta(hours=2)
"""From handing out to opening: somebody at the counter, or on the way home."""
LASTS = timedelta(minutes=30)
"""From opening on."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A link in use: whose it is, where they live, who checked who they are, how and when, and until when it can be read."""

    handout: int
    person: int
    path: str
    by: int
    way: str
    ends_at: datetime


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def hand_out(*, by, person: Person, way: str, now: datetime | None = None) -> tuple[Handout, str]:
    """A link for a person whose identity was checked, and its token, which is stored nowhere. One handed out before and not opened is void.

    Needs «person.unmask», of a child under 14 also «person.minor» and a custodian. Raises PermissionDenied, Refusal.
    """
    now = now or timezone.now()
    require(by, "person.unmask", person)
    child = is_child(person, timezone.localdate(now))
    if child:
        require(by, "person.minor", person)
    if way not in Handout.Way.values or (way == Handout.Way.CUSTODIAN) != child:
        raise Refusal(
            _("For a child under 14 the custodian comes, and only for a child. Choose how you checked who it is."), field="way", code="way"
        )
    token = secrets.token_urlsafe(24)
    with opened([str(person.path)]), transaction.atomic():
        Handout.objects.filter(person=person, used_at=None, expires_at__gt=now).update(expires_at=now)
        made = Handout.objects.create(
            person=person, way=way, by=by, at=now, expires_at=now + VALID, digest=_digest(token), path=str(person.path)
        )
        record_act(by, "people.handout.made", f"people.handout:{made.pk}", {"way": way}, str(person.path), now=now)
    return made, token


def open_link(*, token: str, now: datetime | None = None) -> str | None:
    """Use a link up: what the browser carries from now on. None for one that is used up, expired or nobody's; which, is told to nobody."""
    now = now or timezone.now()
    session = secrets.token_urlsafe(32)
    with connection.cursor() as cursor:
        cursor.execute("select linli_people_own_open(%s, %s, %s, %s)", [_digest(token), _digest(session), now, now + LASTS])
        return session if cursor.fetchone()[0] else None


def reading(session: str, now: datetime | None = None) -> Opened | None:
    """The link that a browser's session belongs to, while it can be read."""
    with connection.cursor() as cursor:
        cursor.execute("select * from linli_people_own(%s, %s)", [_digest(session), now or timezone.now()])
        row = cursor.fetchone()
    return Opened(*row) if row else None


def end_reading(*, session: str) -> None:
    """They have seen enough, or leave the screen to somebody else."""
    with connection.cursor() as cursor:
        cursor.execute("select linli_people_own_end(%s)", [_digest(session)])


def own_numbers(*, link: Opened, now: datetime | None = None) -> list[tuple[str, str]]:
    """Kind and value of their own numbers, by the one way there is: with a line in the log of looks, of whoever checked who they are."""
    with opened([link.path]), connection.cursor() as cursor:
        cursor.execute(
            "select id, kind, sealed from linli_people_reveal(%s, %s, %s, %s, %s, %s)",
            [link.person, link.by, list(KINDS), Purpose.FOR_THE_PERSON, str(_("own request, link %(n)s") % {"n": link.handout}),
             now or timezone.now()],
        )  # fmt: skip
        return [(kind, told.opened(pk, sealed)) for pk, kind, sealed in cursor.fetchall()]
