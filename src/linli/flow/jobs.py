"""What happens without anybody: each minute the clock, each night the daily head. Plain functions; procrastinate only calls them."""

from __future__ import annotations

from datetime import datetime

import structlog
from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone
from procrastinate.contrib.django import app

from linli.flow.engine import wake, wake_each
from linli.flow.heads import publish_daily_head
from linli.flow.models import Flow
from linli.frame.jobs import beat

log = structlog.get_logger("linli.flow")

BATCH = 200


def run_clock(now: datetime | None = None, limit: int | None = None) -> int:
    """Write down what time alone has caused up to ``now``, in every flow whose ``wake_at`` has come. Returns how many flows moved.

    Reads nothing but the index on ``wake_at``. Several clocks can run at once (SKIP LOCKED). Whatever was missed while none ran is caught
    up with, each thing at the instant it was due. A flow that fails is logged and tried again the next time; it never holds up another.
    """
    now = now or timezone.now()
    moved, failed = 0, set[int]()
    while limit is None or moved < limit:
        with transaction.atomic():
            due = _due(now, failed, BATCH if limit is None else min(BATCH, limit - moved))
            done = _wake_all(due, now)
        moved += len(done)
        failed.update(set(due) - done)
        if not due:
            break
    return moved


def _due(now: datetime, failed: set[int], most: int) -> list[int]:
    """The next flows to wake, locked for this transaction."""
    flows = Flow.objects.select_for_update(skip_locked=True, of=("self",)).filter(wake_at__lte=now).exclude(pk__in=failed)
    return list(flows.order_by("wake_at").values_list("pk", flat=True)[:most])


def _wake_all(due: list[int], now: datetime) -> set[int]:
    """Those that moved. Together, in two statements; where that fails, each on its own, so that one alone stays behind."""
    try:
        with transaction.atomic():
            return wake_each(due, now=now)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        return {pk for pk in due if _wake(pk, now)}


def _wake(pk: int, now: datetime) -> bool:
    """Whether the flow moved. What goes wrong with one flow stays with it; a lost database concerns them all."""
    try:
        with transaction.atomic():
            return wake(pk, now=now) > 0
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        log.exception("clock_failed", flow=pk)
        return False


@app.periodic(cron="* * * * *")
@app.task(name="flow.clock", queueing_lock="flow.clock")
def clock(timestamp: int) -> None:
    """Every minute."""
    run_clock()
    beat("clock")


@app.periodic(cron="10 16 * * *")
@app.task(name="flow.head", queueing_lock="flow.head")
def head(timestamp: int) -> None:
    """Ten past midnight in China (the schedule counts in UTC)."""
    run_clock()
    publish_daily_head()
