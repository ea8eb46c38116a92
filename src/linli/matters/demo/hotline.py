"""Work orders of the demonstration: whatever came by the hotline has one, and most of what is answered has been answered back."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from django.utils import timezone

from linli.charter.models import CharterVersion
from linli.charter.store import charter_of
from linli.flow.engine import calendar_of
from linli.kit.calendar import Calendar
from linli.matters.models import Channel, Matter, WorkOrder
from linli.places.models import Place

DAYS = 5  # working days the hotline gives


def make_orders(version: CharterVersion, root: Place, *, seed: int, now: datetime | None = None) -> str:
    """A work order for each matter below ``root`` that came by the hotline. Returns a line that counts them."""
    now, chance, calendar = now or timezone.now(), Random(f"hotline {seed}"), calendar_of(charter_of(version))
    rows = Matter.objects.filter(channel=Channel.HOTLINE, is_demo=True, path__descends=str(root.path)).filter(order=None)
    orders = [_order(m, calendar, chance, now) for m in rows.select_related("flow", "main__flow").order_by("raised_at", "pk")]
    WorkOrder.objects.bulk_create(orders)
    return f"{len(orders)} work orders, {sum(o.answered_back_at is not None for o in orders)} of them answered back"


def _order(matter: Matter, calendar: Calendar, chance: Random, now: datetime) -> WorkOrder:
    received = matter.raised_at - timedelta(minutes=chance.randrange(5, 90))
    local = timezone.localtime(received)
    return WorkOrder(
        number=f"JB{local:%Y%m%d}{matter.pk:06d}",
        matter=matter,
        received_at=received,
        due_at=_due(received, calendar),
        answered_back_at=_told(matter, now),
    )


def _due(received: datetime, calendar: Calendar) -> datetime:
    """The end of the last of the working days the hotline gives, counted from the day after."""
    day, left = timezone.localtime(received), DAYS
    while left:
        day += timedelta(days=1)
        left -= calendar.is_working_day(day.date())
    return day.replace(hour=18, minute=0, second=0, microsecond=0)


def _told(matter: Matter, now: datetime) -> datetime | None:
    """Answered back the morning after it was answered, or ended without; what has been answered since still waits."""
    done = matter.answered_at or (matter.main or matter).flow.ended_at
    told = timezone.localtime(done + timedelta(days=1)).replace(hour=9, minute=0, second=0, microsecond=0) if done else None
    return told if told and told <= now else None
