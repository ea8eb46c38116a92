"""Charters as loaded: immutable texts by hash. A running flow keeps the one it began under."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class CharterVersion(models.Model):
    """One text of a charter, never changed once stored (trigger). The version in force is the latest ``in_force_from`` not after now."""

    key = models.CharField(_("charter"), max_length=40)
    version = models.CharField(_("version"), max_length=40)
    sha256 = models.CharField(max_length=64, unique=True)
    source = models.JSONField()  # file name -> TOML text, as adopted, parents of ``extends`` included
    adopted_at = models.DateTimeField(_("adopted"))
    in_force_from = models.DateTimeField(_("in force from"))
    adopted_by = models.CharField(_("adopted by"), max_length=60, blank=True)

    class Meta:
        verbose_name = _("charter version")
        ordering = ["-in_force_from"]

    def __str__(self) -> str:
        return f"{self.key} {self.version}"
