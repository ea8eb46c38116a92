"""The days of an agreement. Pure: dates in, dates out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

CONFIRMATION_DAYS = 30
"""Days by the calendar from the day the agreement takes effect (People's Mediation Law, art. 33)."""

FIRST_ENQUIRY = timedelta(days=7)
"""When performance is asked for where nothing is due any more, or only what is late."""

_ZONE = ZoneInfo("Asia/Shanghai")


def apply_by(effective_on: date) -> date:
    """The last day on which the court can be asked: the day of taking effect itself doesn't count, holidays do."""
    return effective_on + timedelta(days=CONFIRMATION_DAYS)


def end_of(day: date) -> datetime:
    """The moment a local day is over."""
    return datetime.combine(day + timedelta(days=1), time(0), _ZONE)


def next_enquiry(open_due: Iterable[date], now: datetime) -> datetime:
    """When to ask how the agreement is kept: the end of the next day on which something is due; a week from now where none lies ahead."""
    today = now.astimezone(_ZONE).date()
    ahead = [day for day in open_due if day >= today]
    return end_of(min(ahead)) if ahead else now + FIRST_ENQUIRY
