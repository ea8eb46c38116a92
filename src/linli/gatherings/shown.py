"""A gathering as lists, panels and the calendar show it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.gatherings.kinds import kind_name
from linli.gatherings.models import Gathering, State
from linli.gatherings.words import when

TONES = {State.PLANNED: "info", State.HELD: "good", State.CALLED_OFF: "plain"}


@dataclass(frozen=True, slots=True)
class Row:
    """``waits``: what still has to be written down, and ``due`` until when (for the minutes)."""

    gathering: Gathering
    url: str
    kind: str
    when: str
    state: str
    tone: str
    waits: str
    due: datetime | None


def row(gathering: Gathering, now: datetime | None = None) -> Row:
    """Asks the database nothing."""
    return Row(
        gathering, reverse("gatherings:detail", args=[gathering.pk]), kind_name(gathering), when(gathering.starts_at, gathering.ends_at),
        str(gathering.get_state_display()), TONES[State(gathering.state)], *waiting(gathering, now),
    )  # fmt: skip


def waiting(gathering: Gathering, now: datetime | None = None) -> tuple[str, datetime | None]:
    """What still has to be written down, and until when; "" for nothing."""
    now = now or timezone.now()
    if gathering.state == State.PLANNED and gathering.ends_at < now:
        return _("Write down who came, or call it off"), None
    if gathering.state == State.HELD and gathering.written_at is None and gathering.minutes_due_at is not None:
        return _("Minutes to be written"), gathering.minutes_due_at
    return "", None


def state_cell(gathering: Any) -> str:
    """The state, with what waits behind it: for the list and its sheet."""
    waits, _due = waiting(gathering)
    return f"{gathering.get_state_display()} · {waits}" if waits else str(gathering.get_state_display())
