"""Each minute: periods that began or ended since change who does a vacant seat's work, and end access for good."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from procrastinate.contrib.django import app

from linli.bodies.acting import refresh_acting
from linli.bodies.actions import sign_out_leavers
from linli.bodies.models import Holding
from linli.charter.store import NoCharter


def turn_holdings(now: datetime | None = None, back: timedelta = timedelta(hours=1)) -> tuple[int, int]:
    """Bring ``Seat.acting`` up to date for every seat, and sign out those whose last post ended within ``back``.

    Returns how many seats' work moved and how many sessions ended. Missed minutes are made up for: the first half looks at all seats,
    the second is convenience (a session without a post opens nothing).
    """
    now = now or timezone.now()
    try:
        with transaction.atomic():
            moved = refresh_acting(now=now)
            ended = Holding.objects.filter(until__gt=now - back, until__lte=now).values_list("user", flat=True)
            return moved, sign_out_leavers(list(ended), now)
    except NoCharter:
        return 0, 0


@app.periodic(cron="* * * * *")
@app.task(name="bodies.turn", queueing_lock="bodies.turn")
def turn(timestamp: int) -> None:
    """Every minute."""
    turn_holdings()
