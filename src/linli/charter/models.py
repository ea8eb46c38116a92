"""Charters as loaded: immutable texts by hash, and which was in force from when. A running flow keeps the one it began under."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class CharterVersion(models.Model):
    """One text of a charter, never changed once stored (trigger)."""

    key = models.CharField(_("charter"), max_length=40)
    version = models.CharField(_("version"), max_length=40)
    sha256 = models.CharField(max_length=64, unique=True)
    source = models.JSONField()  # file name -> TOML text, as adopted, parents of ``extends`` included
    adopted_at = models.DateTimeField(_("first adopted"))

    class Meta:
        verbose_name = _("charter version")
        ordering = ["-adopted_at", "-id"]

    def __str__(self) -> str:
        return f"{self.key} {self.version}"


class CharterInForce(models.Model):
    """A decision that a version holds from an instant on. Append-only (trigger): going back to an older text is another line.

    In force at a moment is the line with the latest ``from_when`` not after it; of two with the same, the one decided later.
    """

    charter = models.ForeignKey(CharterVersion, models.PROTECT, related_name="in_force", verbose_name=_("charter version"))
    from_when = models.DateTimeField(_("in force from"))
    decided_at = models.DateTimeField(_("adopted"))
    by = models.CharField(_("adopted by"), max_length=60, blank=True)  # a name; empty for the command line

    class Meta:
        verbose_name = _("charter in force")
        ordering = ["-from_when", "-id"]
        indexes = [models.Index(fields=["-from_when", "-id"], name="charter_in_force")]

    def __str__(self) -> str:
        return f"{self.charter} ({self.from_when:%Y-%m-%d})"
