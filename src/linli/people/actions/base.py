"""What every act on the register has in common: who may, within which places, and the line it leaves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from django.db import connection, models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from linli.access.rls import opened
from linli.access.scope import require
from linli.charter.denied import denied
from linli.frame.refusal import Conflict, Refusal
from linli.frame.templatetags.linli import named
from linli.kit.discreet import IDENTITY, PHONE, indiscretions
from linli.people.models import Change, Household, Person, Touched

UNDO_DAYS = 7
CAME = _("This is before %(since)s, when they came to live there.")


@contextmanager
def changing(
    act: str,
    *,
    by,
    at: Any,
    household: Household | int | None = None,
    person: Person | int | None = None,
    touched: Iterable[Person | int] = (),
    also: Iterable[str] = (),
    data: dict[str, Any] | None = None,
    note: str = "",
    undoes: Change | None = None,
    now: datetime | None = None,
) -> Iterator[Change]:
    """One act: permission first, one transaction, one line; within, rows may be changed and what they were is kept.

    ``at`` is whatever the act is on (it has a ``path``); ``by`` needs «person.edit» there (None: the command line). ``also`` are further
    paths the act reaches. The line's household and person can be set on what is given back until the block ends.
    """
    if by is not None:
        require(by, "person.edit", at)
    harmless(note, "note")
    path = str(at.path)
    with opened([path, *also]):
        line = Change.objects.create(
            at=now or timezone.now(), by=by, act=act, data=data or {}, note=note.strip()[:200], undoes=undoes, path=path,
            household_id=getattr(household, "pk", household), person_id=getattr(person, "pk", person),
        )  # fmt: skip
        touch(line, touched)
        before = _open_change(str(line.pk))
        yield line
        _open_change(before)


def harmless(said: str, field: str) -> None:
    """Nothing is written beside somebody's entry that may not be kept about anybody, and no number: these are kept sealed. Raises Refusal."""
    if {PHONE, IDENTITY} & set(indiscretions(said)):
        raise Refusal(
            _("Leave numbers out: identity numbers and telephones are kept sealed, in fields of their own."), field=field, code="number"
        )
    if found := denied(said):
        raise Refusal(
            _("Leave out “%(word)s”. %(why)s"), field=field, code="denied", params={"word": found.term, "why": str(named(found.reason))}
        )


def touch(line: Change, persons: Iterable[Person | int]) -> None:
    """Let the line stand on the pages of these persons, too."""
    ids = {p if isinstance(p, int) else p.pk for p in persons} - {line.person_id}
    rows = [Touched(change=line, person_id=pk, path=line.path) for pk in ids]
    Touched.objects.bulk_create(rows, ignore_conflicts=True)


def _open_change(value: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("select current_setting('linli.change', true), set_config('linli.change', %s, true)", [value])
        return cursor.fetchone()[0] or ""


def next_ids(model: type[models.Model], count: int) -> list[int]:
    """Keys of rows to come: a sealed value is bound to its row's key before the row exists."""
    with connection.cursor() as cursor:
        cursor.execute("select nextval(pg_get_serial_sequence(%s, 'id')) from generate_series(1, %s)", [model._meta.db_table, count])
        return [pk for (pk,) in cursor.fetchall()]


def locked(household: Household) -> Household:
    """The household as it is now, held until the transaction ends. Raises Conflict where it has ended meanwhile."""
    found = Household.objects.select_for_update(of=("self",)).select_related("dwelling").filter(pk=household.pk).first()
    if found is None or found.until is not None:
        raise Conflict(_("This household has ended. Look at its page again."), code="household_ended")
    return found


def day_of(
    day: date, *, since: date | None = None, born: date | None = None, field: str = "on", early: Any = CAME, now: datetime | None = None
) -> None:
    """Raises Refusal for a day to come, one before somebody was born, or one before ``since``: ``early`` says what was then."""
    if day > timezone.localdate(now or timezone.now()):
        raise Refusal(_("This day is still to come."), field=field, code="future")
    if born is not None and day < born:
        raise Refusal(_("This is before they were born."), field=field, code="before_birth")
    if since is not None and day < since:
        raise Refusal(early, field=field, code="too_early", params={"since": since})
