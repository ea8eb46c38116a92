"""What departments' systems can be told of: a closed list, and the words for it."""

from __future__ import annotations

from django.db import models
from django.utils.translation import pgettext_lazy


class Topic(models.TextChoices):
    """An event. ``ended`` is said of whatever ends the matter, ``moved`` of every step that has no name of its own here."""

    RAISED = "matter.raised", pgettext_lazy("event", "raised")
    ACCEPTED = "matter.accepted", pgettext_lazy("event", "accepted")
    DISPATCHED = "matter.dispatched", pgettext_lazy("event", "dispatched")
    MOVED = "matter.moved", pgettext_lazy("event", "moved to another step")
    ANSWERED = "matter.answered", pgettext_lazy("event", "answered")
    ENDED = "matter.ended", pgettext_lazy("event", "ended")
    REOPENED = "matter.reopened", pgettext_lazy("event", "reopened")
    OVERDUE = "matter.overdue", pgettext_lazy("event", "overdue")
    ESCALATED = "matter.escalated", pgettext_lazy("event", "escalated")


TEST = "test"
"""What «send a test» sends; nobody subscribes to it."""
