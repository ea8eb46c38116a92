"""What every room may need: saved views, a count of tries, and the log of acts."""

from __future__ import annotations

from django.conf import settings
from django.db import models
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


class Tries(models.Model):
    """How often a key (an address's keyed hash, never the address) tried an act within a window."""

    key = models.CharField(max_length=80)
    window = models.DateTimeField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "window"], name="tries_once")]


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
