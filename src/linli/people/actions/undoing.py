"""Taking the last act back: within a week, while nothing has been built on it. The act and its undoing both stay in the history."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from linli.access.rls import opened
from linli.access.scope import can
from linli.frame.refusal import Conflict, Refusal
from linli.people.actions.base import UNDO_DAYS, changing, touch
from linli.people.actions.entering import root_path
from linli.people.models import Change, Household, Residence
from linli.places.models import Place

# the other end of a move or of a taking over is undone from where it began, a sheet on the page of its import
NEVER = frozenset({"undone", "people.came", "people.taken", "register.imported"})
FAR = frozenset({"people.moved", "household.entered", "person.entered"})
"""What may have a line at another dwelling, too."""


def may_undo(user, line: Change, now: datetime | None = None) -> bool:
    """Whether the page offers it; a later act on the same rows is found out when it is tried."""
    fresh = (now or timezone.now()) - line.at <= timedelta(days=UNDO_DAYS)
    return fresh and line.act not in NEVER and getattr(line, "undone_by", None) is None and can(user, "person.edit", line)


def undo(*, by, line: Change, note: str = "", now: datetime | None = None) -> Change:
    """Rows the act made go, rows it changed are as they were. Raises Conflict where something later stands on it, Refusal when it is too late."""
    now = now or timezone.now()
    if line.act in NEVER or now - line.at > timedelta(days=UNDO_DAYS):
        raise Refusal(_("It is too late to take this back. Correct it instead."), code="too_late")
    also = [str(p) for p in Place.objects.filter(pk=line.data.get("to")).values_list("path", flat=True)]  # where a move went
    with opened([str(line.path)]):
        if Change.objects.filter(undoes=line).exists():
            raise Conflict(_("This was taken back already."), code="undone")
    return take_back(by=by, line=line, persons=line.touched.values_list("person_id", flat=True), also=also, note=note, now=now)


def take_back(*, by, line: Change, persons: Iterable[int], also: Iterable[str] = (), note: str = "", now: datetime | None = None) -> Change:
    """Rows the act made go, rows it changed are as they were; the undoing stands on the pages of ``persons``. Raises Conflict."""
    with changing(
        "undone", by=by, at=line, household=line.household_id, person=line.person_id, also=also, data={"act": line.act}, note=note,
        undoes=line, now=now,
    ) as undoing:  # fmt: skip
        touch(undoing, persons)
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("select linli_people_undo(%s)", [line.pk])
                cursor.execute("set constraints all immediate")  # whoever came later into a household that goes is seen here
                cursor.execute("set constraints all deferred")
        except DatabaseError as error:
            if getattr(error.__cause__, "sqlstate", "") in ("2BP01", "23503", "23P01", "23505"):
                raise Conflict(_("Something later stands on this. Take that back first, or correct it."), code="built_on") from None
            raise
        if line.act != "register.imported":
            _whole(line)
        if line.act in FAR:
            _there(undoing, line)
    return undoing


def _whole(line: Change) -> None:
    """Raises Conflict where somebody would live in a household that has ended meanwhile, or nobody in one that goes on."""
    persons = [*line.touched.values_list("person_id", flat=True), line.person_id]
    with opened([root_path()]):
        homes = {
            line.household_id,
            line.data.get("household"),
            *Residence.objects.filter(person__in=persons).values_list("household", flat=True),
        }
        open_ones = set(Household.objects.open().filter(pk__in=homes - {None}).values_list("pk", flat=True))
        if open_ones != set(Residence.objects.open().filter(household__in=homes - {None}).values_list("household", flat=True)):
            raise Conflict(_("Something later stands on this. Take that back first, or correct it."), code="built_on")


def _there(undoing: Change, line: Change) -> None:
    """The other end's line of the same act is taken back with it, and says so on its page."""
    persons = list(line.touched.values_list("person_id", flat=True))
    with opened([root_path()]):
        for far in Change.objects.filter(touched__person__in=persons, data__change=line.pk, pk__gt=line.pk).distinct():
            Change.objects.create(
                at=undoing.at, by=undoing.by, act="undone", household_id=far.household_id, data={"act": far.act}, undoes=far, path=far.path
            )
