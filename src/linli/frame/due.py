"""Deadlines in words: how late, or how long still."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

SOON = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Due:
    """``state``: none | later | soon | late | kept (done in time) | missed (done too late) | hold."""

    state: str
    words: str


def describe(due_at: datetime | None, *, done: datetime | None = None, hold: bool = False, now: datetime | None = None) -> Due:
    """What to say about a deadline (aware datetimes). ``hold``: the clock rests, 挂账."""
    if due_at is None:
        return Due("none", "")
    if done is not None:
        late = done - due_at
        return Due("missed", _("%(time)s late") % {"time": span(late)}) if late > timedelta(0) else Due("kept", _("in time"))
    if hold:
        return Due("hold", _("on the ledger"))
    left = due_at - (now or timezone.now())
    if left < timedelta(0):
        return Due("late", _("overdue by %(time)s") % {"time": span(-left)})
    return Due("soon" if left <= SOON else "later", _("%(time)s left") % {"time": span(left)})


def span(length: timedelta) -> str:
    """A length of time in its largest fitting unit: days from two days on, hours from two hours on, else minutes (at least one)."""
    seconds = int(length.total_seconds())
    if seconds >= 2 * 86400:
        return ngettext("%(n)d day", "%(n)d days", n := seconds // 86400) % {"n": n}
    if seconds >= 2 * 3600:
        return ngettext("%(n)d hour", "%(n)d hours", n := seconds // 3600) % {"n": n}
    return ngettext("%(n)d minute", "%(n)d minutes", n := max(1, seconds // 60)) % {"n": n}
