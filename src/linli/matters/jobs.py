"""Work of this room that takes longer than a request, and what happens at night."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.utils import timezone
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app

from linli.frame.columns import Column
from linli.frame.exports import write_sheet
from linli.frame.jobs import Progress, Result, beat, work
from linli.matters.boxes.actions import owe_rounds
from linli.matters.hotline import actions
from linli.matters.models import OrderFile
from linli.matters.suggest.keeping import train
from linli.matters.taking_out import WORK, export_matters

STATES = {actions.NEW: "已受理", actions.KNOWN: "此前已受理", actions.WRONG: "未受理"}  # for the hotline, in its own words
OUTCOMES = (
    Column("row", "行", kind="number", width=8),
    Column("order", "工单编号", width=24),
    Column("state", "状态", lambda o: STATES[o.state]),
    Column("number", "诉求编号", width=20),
    Column("why", "说明", width=50),
)


work(WORK)(export_matters)


@work(actions.WORK)
def take_orders(progress: Progress, *, file: int) -> Result:
    """Take in a file of work orders; the result is a sheet with what became of each row and no personal data."""
    kept = OrderFile.objects.select_related("by", "place").get(pk=file)
    by: Any = get_user_model().objects.get(pk=kept.by_id)
    unread = actions.unread_rows(kept)
    outcomes = actions.take_orders(by=by, kept=kept, told=progress)
    now, rows = timezone.now(), sorted([*unread, *outcomes], key=lambda o: o.row)
    sheet = write_sheet(rows, OUTCOMES, title=_("What became of the work orders"), stamp=kept.name, now=now)
    count = {state: sum(o.state == state for o in rows) for state in STATES}
    said = _("%(new)s taken in, %(known)s known already, %(wrong)s not taken in.") % count
    if len(outcomes) < kept.orders:
        said += " " + _("Stopped as you asked: the rest of the file waits.")
    return Result(said, sheet, f"{timezone.localtime(now):%Y%m%d-%H%M}.xlsx")


@app.periodic(cron="15 18 * * *")
@app.task(name="matters.forget_files", queueing_lock="matters.forget_files")
def forget_files(timestamp: int) -> None:
    """A quarter past two at night in China: work orders that nobody took in name people, and go."""
    actions.forget_files()
    beat("forget_files")


@app.periodic(cron="20 18 * * *")
@app.task(name="matters.learn", queueing_lock="matters.learn")
def learn_categories(timestamp: int) -> None:
    """Twenty past two at night in China (the schedule counts in UTC): proposing categories is learnt anew, with what was closed meanwhile."""
    train()
    beat("learn")


@app.periodic(cron="5 16 * * *")
@app.task(name="matters.box_rounds", queueing_lock="matters.box_rounds")
def box_rounds(timestamp: int) -> None:
    """Five past midnight in China: which opinion boxes are to be opened today."""
    owe_rounds()
    beat("box_rounds")
