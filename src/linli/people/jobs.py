"""Work of this room that takes longer than a request, and what happens by itself. Jobs name a sheet by its key; no cell stands in one."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from procrastinate.contrib.django import app

from linli.access.rls import opened
from linli.frame.jobs import Progress, Result, beat, work
from linli.people import likeness
from linli.people.actions.entering import root_path
from linli.people.importing import actions
from linli.people.importing.plan import Plan
from linli.people.models import ImportFile


def _sheet(pk: int) -> ImportFile:
    return ImportFile.objects.select_related("by", "place__parent").get(pk=pk)


@work(actions.CHECK)
def check_sheet(progress: Progress, *, file: int) -> Result:
    """Look at every row beside the register."""
    found = _sheet(file)
    return Result(_told(actions.look_at_sheet(by=found.by, file=found, told=progress), to_come=True))


@work(actions.ENTER)
def enter_sheet(progress: Progress, *, file: int) -> Result:
    """Enter what is new or changed: all of it, or nothing."""
    found = _sheet(file)
    return Result(_told(actions.carry_out(by=found.by, file=found, told=progress), to_come=False))


@work(actions.UNDO)
def undo_sheet(progress: Progress, *, file: int) -> Result:
    """Take back what a sheet entered: all of it, or nothing."""
    found = _sheet(file)
    actions.take_sheet_back(by=found.by, file=found)
    return Result(_("Taken back. The register is as it was."))


def _told(plan: Plan, *, to_come: bool) -> str:
    counts: dict[str, Any] = plan.counts(0)
    if to_come:
        return _("%(new)s to be entered, %(changed)s to be changed, %(same)s unchanged, %(wrong)s that can't be entered.") % counts
    return _("%(new)s entered, %(changed)s changed, %(same)s unchanged, %(wrong)s not entered.") % counts


@app.periodic(cron="50 18 * * 0")
@app.task(name="people.find_pairs", queueing_lock="people.find_pairs")
def find_pairs(timestamp: int) -> None:
    """The night to Monday in China: who may stand in the register twice, for those who keep it to look at."""
    with opened([root_path()]):
        likeness.find_pairs()
    beat("find_pairs")


@app.periodic(cron="35 * * * *")
@app.task(name="people.forget_sheets", queueing_lock="people.forget_sheets")
def forget_sheets(timestamp: int) -> None:
    """Each hour: rows that have waited a day go."""
    actions.forget_sheets()
    beat("forget_sheets")
