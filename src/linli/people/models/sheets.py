"""Sheets that are brought in, and entries that may be one person."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from linli.people.models.base import RegisterQuerySet
from linli.people.models.keeping import Change
from linli.people.models.living import Person
from linli.places.ltree import PathField, PathIndex
from linli.places.models import Place


class ImportFile(models.Model):
    """A sheet that somebody brought for the register: where to, how far it is, how many rows came to what. No cell of it stands here.

    Its rows wait in ``ImportPiece``, sealed, for a day; this line stays, as a line of history does.
    """

    class State(models.TextChoices):
        READ = "read", pgettext_lazy("of an import", "read")
        CHECKED = "checked", pgettext_lazy("of an import", "checked")
        DONE = "done", pgettext_lazy("of an import", "entered")
        UNDONE = "undone", pgettext_lazy("of an import", "taken back")

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("brought by"))
    at = models.DateTimeField(_("brought"))
    name = models.CharField(_("file name"), max_length=100)
    place = models.ForeignKey(Place, models.PROTECT, related_name="+", verbose_name=_("place"))
    path = PathField(editable=False)
    state = models.CharField(_("state"), max_length=7, choices=State.choices, default=State.READ)
    columns = models.JSONField(default=dict)  # number of the column → field of importing.columns.COLUMNS
    rows = models.PositiveIntegerField(_("rows"))
    counts = models.JSONField(default=dict)  # state of a row → how many; "faults": code → how many
    change = models.ForeignKey(Change, models.PROTECT, null=True, blank=True, related_name="+")
    kept = models.BooleanField(default=True)  # its rows are still here

    objects = RegisterQuerySet.as_manager()

    class Meta:
        verbose_name = _("sheet for the register")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(name="import_state", condition=Q(state__in=["read", "checked", "done", "undone"])),
            models.CheckConstraint(name="import_change", condition=Q(change=None) | Q(state__in=["done", "undone"])),
        ]
        indexes = [models.Index(fields=["by", "-at"], name="import_by"), PathIndex(fields=["path"], name="import_path")]

    def __str__(self) -> str:
        return f"import {self.pk}"


class ImportPiece(models.Model):
    """Some rows of a sheet, sealed: number 0 is what stands above them, headings last. ``outcome`` says what became of each row:
    what a cell held stands there only as a word of the register's own lists."""

    file = models.ForeignKey(ImportFile, models.CASCADE, related_name="pieces")
    number = models.PositiveIntegerField()
    sealed = models.BinaryField()
    outcome = models.JSONField(null=True)  # [row, state, [what, …]]
    path = PathField(editable=False)

    objects = RegisterQuerySet.as_manager()

    class Meta:
        verbose_name = _("rows that wait")
        constraints = [models.UniqueConstraint(name="import_piece_once", fields=["file", "number"])]
        indexes = [PathIndex(fields=["path"], name="import_piece_path")]

    def __str__(self) -> str:
        return f"piece {self.number} of import {self.file_id}"


class ImportColumn(models.Model):
    """What a community chose a heading to mean: so the next sheet is understood at once. "" : nothing is taken from it."""

    place = models.ForeignKey(Place, models.CASCADE, related_name="+", verbose_name=_("place"))
    heading = models.CharField(_("heading"), max_length=40)
    field = models.CharField(_("field"), max_length=20, blank=True)

    class Meta:
        verbose_name = _("column as it was chosen")
        constraints = [models.UniqueConstraint(name="import_column_once", fields=["place", "heading"])]

    def __str__(self) -> str:
        return f"{self.heading}: {self.field}"


class Pair(models.Model):
    """Two entries that may be one person; or, settled, that are two people. Seen only where both are (a policy asks for either)."""

    # no foreign keys: an entry that is taken back goes, and with it what was said of it
    first = models.ForeignKey(Person, models.DO_NOTHING, related_name="+", db_constraint=False)
    second = models.ForeignKey(Person, models.DO_NOTHING, related_name="+", db_constraint=False)
    reasons = ArrayField(models.CharField(max_length=10))  # of likeness.REASONS
    found_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)  # said to be two people
    settled_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("pair of entries alike")
        constraints = [
            models.UniqueConstraint(name="pair_once", fields=["first", "second"]),
            models.CheckConstraint(name="pair_in_order", condition=Q(first__lt=F("second"))),
            models.CheckConstraint(
                name="pair_settled", condition=Q(settled_at=None, settled_by=None) | Q(settled_at__isnull=False, settled_by__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"persons {self.first_id} and {self.second_id}"
