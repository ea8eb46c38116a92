"""What every room may need: saved views, a count of tries, the log of acts, long jobs."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class SavedView(models.Model):
    """A list's filters under a name of the user's own."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_views")
    page = models.CharField(max_length=60)  # url name of the list
    name = models.CharField(_("name"), max_length=40)
    query = models.CharField(max_length=2000)

    class Meta:
        verbose_name = _("saved view")
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["user", "page", "name"], name="saved_view_once")]

    def __str__(self) -> str:
        return self.name


class Tries(models.Model):
    """How often a key (an address's keyed hash, never the address) tried an act within a window."""

    key = models.CharField(max_length=80)
    window = models.DateTimeField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "window"], name="tries_once")]

    def __str__(self) -> str:
        return f"{self.key} {self.count}"


class ActLog(models.Model):
    """One line for each act on posts, places, charters and accounts: what the flow history is for work, this is for the frame of it.

    Append-only (trigger). Written by ``frame.actlog.record_act`` and nothing else.
    """

    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")  # null: the command line
    act = models.CharField(max_length=60)  # dotted: bodies.holding.given
    subject = models.CharField(max_length=120)  # "places.place:12": a record, never a person's name
    data = models.JSONField(default=dict)
    path = models.TextField(blank=True)  # place it concerns, for scoping

    class Meta:
        verbose_name = _("act")
        indexes = [models.Index(fields=["-at"], name="actlog_at"), models.Index(fields=["subject", "at"], name="actlog_subject")]

    def __str__(self) -> str:
        return f"{self.act} {self.subject}"


class Job(models.Model):
    """Work that takes longer than a request: who wants it, how far it is, what came of it. Run by ``frame.jobs``."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=60)  # registered with @jobs.work
    title = models.CharField(_("title"), max_length=120)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="jobs", verbose_name=_("for"))
    args = models.JSONField(default=dict)
    language = models.CharField(max_length=10, default="zh-hans")  # of its messages
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(null=True, blank=True)
    message = models.CharField(max_length=300, blank=True)
    cancel = models.BooleanField(default=False)  # asked for; the work looks at it as it goes
    result = models.FileField(upload_to="results/%Y/%m", blank=True)
    result_name = models.CharField(max_length=120, blank=True)
    asked_at = models.DateTimeField(_("asked for"))
    began_at = models.DateTimeField(_("began"), null=True, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True)  # last sign of life
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    class Meta:
        verbose_name = _("job")
        constraints = [
            models.CheckConstraint(name="job_state", condition=Q(state__in=["waiting", "running", "done", "failed", "cancelled"])),
            models.CheckConstraint(
                name="job_ended",
                condition=Q(state__in=["waiting", "running"], ended_at=None)
                | Q(state__in=["done", "failed", "cancelled"], ended_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["by", "-asked_at"], name="job_by"),
            models.Index(fields=["state", "seen_at"], name="job_state_seen"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_over(self) -> bool:
        return self.state in ("done", "failed", "cancelled")


class Beat(models.Model):
    """When a standing job last ran to its end: what /readyz looks at."""

    name = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
