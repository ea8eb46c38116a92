"""What was done: each act, whom it concerned, and what the rows were before it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from linli.people.models.base import RegisterQuerySet
from linli.people.models.living import Household, Person
from linli.places.ltree import PathField, PathIndex


class Change(models.Model):
    """One line of the register's history: who did what, when, to which household or person. Append-only, and no personal data in it.

    ``data`` holds names of fields, ids of places, dates. What a change replaced is in ``Past``.
    """

    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")  # null: the command line
    act = models.CharField(max_length=30)  # people.words.ACTS
    # no foreign keys: an entry that is undone goes, and its line stays
    household = models.ForeignKey(Household, models.DO_NOTHING, null=True, blank=True, related_name="changes", db_constraint=False)
    person = models.ForeignKey(Person, models.DO_NOTHING, null=True, blank=True, related_name="changes", db_constraint=False)
    data = models.JSONField(default=dict)
    note = models.CharField(_("note"), max_length=200, blank=True)
    undoes = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="undone_by")
    path = PathField(editable=False)

    objects = RegisterQuerySet.as_manager()

    class Meta:
        verbose_name = _("change of the register")
        ordering = ["-id"]
        indexes = [
            PathIndex(fields=["path"], name="change_path"),
            models.Index(fields=["at"], name="change_taken", condition=Q(act="people.taken")),  # who is told of it
        ]

    def __str__(self) -> str:
        return f"{self.act} {self.pk}"


class Touched(models.Model):
    """Which persons a change of several concerned, besides the one it names: so that it stands on each one's page."""

    change = models.ForeignKey(Change, models.PROTECT, related_name="touched")
    person = models.ForeignKey(Person, models.DO_NOTHING, related_name="+", db_constraint=False)
    path = PathField(editable=False)

    objects = RegisterQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "change"], name="touched_once")]
        indexes = [PathIndex(fields=["path"], name="touched_path")]

    def __str__(self) -> str:
        return f"change {self.change_id} of person {self.person_id}"


class Batch(models.Model):
    """Persons a change made, many at once, by the first and last of keys that follow one another: so that it stands on each one's page."""

    change = models.ForeignKey(Change, models.PROTECT, related_name="batches")
    first = models.BigIntegerField()
    last = models.BigIntegerField()
    path = PathField(editable=False)

    objects = RegisterQuerySet.as_manager()

    class Meta:
        constraints = [models.CheckConstraint(name="batch_in_order", condition=Q(first__lte=F("last")))]
        indexes = [models.Index(fields=["first", "last"], name="batch_keys"), PathIndex(fields=["path"], name="batch_path")]

    def __str__(self) -> str:
        return f"persons {self.first} to {self.last} of change {self.change_id}"


class Past(models.Model):
    """A row as it was before a change; ``was`` is null where the change made the row. Written by a trigger; the product can't read it.

    Rows made by one statement whose keys follow one another are one line: from ``row`` to ``upto``.
    """

    change = models.ForeignKey(Change, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=40)  # the table
    row = models.BigIntegerField()
    upto = models.BigIntegerField(null=True)
    was = models.JSONField(null=True)

    class Meta:
        indexes = [models.Index(fields=["kind", "row"], name="past_row")]

    def __str__(self) -> str:
        return f"{self.kind} {self.row} before change {self.change_id}"
