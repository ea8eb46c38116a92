"""Sheets for the register: brought, understood, checked, entered as a whole, taken back as a whole. A sheet is its bringer's alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.access.rls import opened
from linli.access.scope import can, require
from linli.frame import jobs
from linli.frame.actlog import record_act
from linli.frame.models import Job
from linli.frame.refusal import Conflict, Refusal
from linli.kit.hands import hands
from linli.kit.sheets import read_rows
from linli.people.actions.base import UNDO_DAYS, changing
from linli.people.actions.undoing import take_back
from linli.people.importing import commit, staging
from linli.people.importing.columns import COLUMNS, WHERE
from linli.people.importing.plan import CHANGED, NEW, Plan, plan, unswept
from linli.people.importing.reading import read
from linli.people.models import Change, ImportColumn, ImportFile, ImportPiece
from linli.places.models import Place

CHECK, ENTER, UNDO = "people.check_sheet", "people.enter_sheet", "people.undo_sheet"
WORKS = (CHECK, ENTER, UNDO)
KEPT = timedelta(days=1)
ACT = "register.imported"
LEVELS = ("street", "community", "grid")
State = ImportFile.State


def remembered(place: Place) -> dict[str, str]:
    """Heading → field as it was chosen for the community before."""
    return dict(ImportColumn.objects.filter(place=_home(place)).values_list("heading", "field"))


def _home(place: Place) -> Place:
    """The community a grid belongs to: what its people call things holds for all of its grids."""
    return place.parent if place.level == "grid" and place.parent else place


def bring_sheet(*, by, place: Place, name: str, data: bytes, now: datetime | None = None) -> ImportFile:
    """Read a sheet and keep its rows, sealed, for a day. Needs «person.edit» over the place. Raises Unreadable."""
    require(by, "person.edit", place)
    if place.level not in LEVELS:
        raise Refusal(_("Choose a community or a grid."), field="place", code="level")
    read = staging.understood(read_rows(data), remembered(place))
    path = str(place.path)
    with opened([path]):
        file = ImportFile.objects.create(
            by=by, at=now or timezone.now(), name=name[:100], place=place, path=path, rows=staging.filled(read.rows),
            columns={str(c.at): c.field for c in read.columns if c.field},
        )  # fmt: skip
        staging.keep(file, read)
    return file


def mine(by) -> QuerySet[ImportFile]:
    """The sheets the user brought."""
    return ImportFile.objects.filter(by=by).select_related("place__parent")


def under_way(file: ImportFile) -> Job | None:
    """The job that works on the sheet now."""
    return Job.objects.filter(kind__in=WORKS, args__file=file.pk, state__in=(Job.State.WAITING, Job.State.RUNNING)).first()


def last_job(file: ImportFile) -> Job | None:
    return Job.objects.filter(kind__in=WORKS, args__file=file.pk).order_by("-asked_at").first()


def _locked(by, file: ImportFile, *states: str) -> ImportFile:
    """The sheet, held until the transaction ends, if it is the user's, free and in one of ``states``."""
    require(by, "person.edit", file)
    if file.by_id != by.pk:
        raise PermissionDenied("not yours")
    found = ImportFile.objects.select_for_update(of=("self",)).select_related("place__parent").get(pk=file.pk)
    if found.state not in states or under_way(found):
        raise Conflict(_("Somebody was quicker, or you in another window: look again at how far the sheet is."), code="again")
    return found


def check_sheet(*, by, file: ImportFile, columns: Mapping[int, str] | None = None) -> Job:
    """Have the rows looked at beside the register, as a job; ``columns`` (number → field) as they were chosen, remembered for the community.

    Raises Refusal where no name or no dwelling would be known, or a field stands twice.
    """
    with transaction.atomic():
        file = _locked(by, file, State.READ, State.CHECKED, State.UNDONE)
        if not file.kept:
            raise Refusal(_("The rows are no longer kept. Bring the sheet again."), code="gone")
        if columns is not None:
            with opened([str(file.path)]):
                headings = dict(staging.head_of(file).columns)
            _choose(file, {at: field for at, field in columns.items() if at in headings}, headings)
        if file.change_id is None:
            file.state = State.READ
        file.save(update_fields=["columns", "state"])
        return jobs.start(CHECK, by=by, title=_("Check of a sheet for the register"), args={"file": file.pk}, total=file.rows)


def _choose(file: ImportFile, columns: Mapping[int, str], headings: Mapping[int, str]) -> None:
    fields = [f for f in columns.values() if f]
    if unknown := set(fields) - set(COLUMNS):
        raise Refusal(_("Choose again."), field=next(iter(unknown)), code="unknown")
    if len(fields) != len(set(fields)):
        twice = next(at for at, f in columns.items() if f and fields.count(f) > 1)
        raise Refusal(_("Two columns stand for the same. Choose one of them."), field=f"column{twice}", code="twice")
    if "name" not in fields or not set(fields) & set(WHERE):
        raise Refusal(_("Say which column holds the name, and which the door or the address."), code="missing")
    file.columns = {str(at): f for at, f in columns.items() if f}
    for at, field in columns.items():
        heading = headings[at][:40]
        if sum(c.isdigit() for c in heading) < 6:  # else it is no heading but somebody's number
            ImportColumn.objects.update_or_create(place=_home(file.place), heading=heading, defaults={"field": field})


def _plan(by, file: ImportFile, told: Callable[[int], Any], now: datetime) -> Plan:
    """Calls ``told`` with rows done, read and beside the register each counting for half."""
    done = 0

    def step() -> None:
        nonlocal done
        done += 1
        if done % 100 == 0:
            told(done // 2)

    today = timezone.localdate(now)
    with closing(read(staging.waiting(file, today), hands(file.rows))) as rows:
        return plan(rows, file.place, today, may_minor=can(by, "person.minor", file), told=step)


def look_at_sheet(*, by, file: ImportFile, told: Callable[[int], Any] = lambda done: None, now: datetime | None = None) -> Plan:
    """What the sheet would do, written beside its rows. The work of the job that ``check_sheet`` starts."""
    require(by, "person.edit", file)
    made = _plan(by, file, told, now or timezone.now())
    with opened([str(file.path)]):
        staging.note_outcomes(file, made.outcomes)
        changed = ImportFile.objects.filter(pk=file.pk, state__in=(State.READ, State.CHECKED, State.UNDONE))
        changed.update(state=State.CHECKED, counts=made.counts(file.rows), change=None)
    return made


def enter_sheet(*, by, file: ImportFile) -> Job:
    """Enter what the check found new or changed, as a job. Raises Refusal, Conflict."""
    with transaction.atomic():
        file = _locked(by, file, State.CHECKED)
        if not file.kept:
            raise Refusal(_("The rows are no longer kept. Bring the sheet again."), code="gone")
        return jobs.start(ENTER, by=by, title=_("Entering a sheet into the register"), args={"file": file.pk}, total=file.rows)


def carry_out(*, by, file: ImportFile, told: Callable[[int], Any] = lambda done: None, now: datetime | None = None) -> Plan:
    """Enter the sheet, all of it or nothing. The work of the job that ``enter_sheet`` starts.

    Looked at anew, as the register may have changed since the check. Raises Conflict where it changes at this very moment.
    """
    require(by, "person.edit", file)
    now = now or timezone.now()
    if file.state != State.CHECKED:
        raise Conflict(_("Somebody was quicker, or you in another window: look again at how far the sheet is."), code="again")
    made = _plan(by, file, lambda done: told(done // 2), now)
    steps = made.todo()
    half = file.rows // 2
    with unswept(), commit.sealed(steps, made.homes, lambda done: told(half + done // 2)) as also:
        try:
            _store(by, file, made, also, now)
        except IntegrityError:
            raise Conflict(_("The register has changed meanwhile. Nothing was entered; check the sheet again."), code="moved") from None
    return made


def _store(by, file: ImportFile, made: Plan, also: list[str], now: datetime) -> None:
    steps, counts = made.todo(), made.counts(file.rows)
    with transaction.atomic():
        if not ImportFile.objects.select_for_update().filter(pk=file.pk, state=State.CHECKED, kept=True).exists():
            raise Conflict(_("Somebody was quicker, or you in another window: look again at how far the sheet is."), code="again")
        change = None
        if steps:
            data = {"new": counts[NEW], "changed": counts[CHANGED]}
            with changing(ACT, by=by, at=file, also=also, data=data, now=now) as change:
                commit.store(change, steps, now)
        with opened([str(file.path)]):
            staging.note_outcomes(file, made.outcomes)
        ImportFile.objects.filter(pk=file.pk).update(state=State.DONE, counts=counts, change=change)


def change_of(file: ImportFile) -> Change | None:
    """The line of history of what the sheet entered. With the file's place opened."""
    return Change.objects.filter(pk=file.change_id).first() if file.state == State.DONE and file.change_id else None


def may_undo(by, file: ImportFile, change: Change | None, now: datetime | None = None) -> bool:
    """Whether the whole sheet can be taken back by now."""
    fresh = change is not None and (now or timezone.now()) - change.at <= timedelta(days=UNDO_DAYS)
    return fresh and file.by_id == by.pk and can(by, "person.edit", file)


def undo_sheet(*, by, file: ImportFile) -> Job:
    """Take back everything the sheet entered, as a job. Raises Refusal when it is too late, Conflict."""
    with transaction.atomic():
        file = _locked(by, file, State.DONE)
        with opened([str(file.path)]):
            change = change_of(file)
        if not may_undo(by, file, change):
            raise Refusal(_("It is too late to take this back. Correct it instead."), code="too_late")
        return jobs.start(UNDO, by=by, title=_("Taking back a sheet of the register"), args={"file": file.pk})


def take_sheet_back(*, by, file: ImportFile, now: datetime | None = None) -> Change:
    """The work of the job that ``undo_sheet`` starts: all of it, or Conflict where something later stands on any of it."""
    require(by, "person.edit", file)
    with transaction.atomic():
        with opened([str(file.path)]):
            change = change_of(file)
            if change is None or not may_undo(by, file, change, now):
                raise Refusal(_("It is too late to take this back. Correct it instead."), code="too_late")
            persons = list(change.touched.values_list("person_id", flat=True))
        undone = take_back(by=by, line=change, persons=persons, now=now)
        ImportFile.objects.filter(pk=file.pk).update(state=State.UNDONE)
    return undone


def drop_sheet(*, by, file: ImportFile) -> None:
    """Let the rows go. What was entered stays."""
    with transaction.atomic():
        file = _locked(by, file, *State.values)
        _forget(file)


def _forget(file: ImportFile) -> None:
    with opened([str(file.path)]):
        ImportPiece.objects.filter(file=file).delete()
    ImportFile.objects.filter(pk=file.pk).update(kept=False)


def forget_sheets(now: datetime | None = None) -> int:
    """Rows wait no longer than a day, entered or not. Returns of how many sheets they went."""
    old = list(ImportFile.objects.filter(kept=True, at__lt=(now or timezone.now()) - KEPT))
    for file in old:
        _forget(file)
    return len(old)


def fetch_sheet(
    *, by, file: ImportFile, said: Callable[[str, list[Any]], tuple[str, str]], headings: tuple[str, str]
) -> Iterator[list[Any]]:
    """The rows as they came with what became of each, for whoever brought them; a line in the log of acts. Raises Refusal."""
    require(by, "person.edit", file)
    if file.by_id != by.pk:
        raise PermissionDenied("not yours")
    if not file.kept or file.state == State.READ:
        raise Refusal(_("The rows are no longer kept. Bring the sheet again."), code="gone")
    with transaction.atomic():
        record_act(by, "people.import.fetched", file, {"rows": file.rows}, str(file.path))
    return staging.with_outcomes(file, said, headings)
