"""What residents, workers and departments raise. The work on it is its flow; the person behind it is kept apart and encrypted."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from linli.flow.models import Flow
from linli.places.ltree import PathField, PathIndex
from linli.places.models import Place


class Channel(models.TextChoices):
    COUNTER = "counter", _("counter")
    WEB = "web", _("residents' page")
    FIELD = "field", _("field worker")
    PHONE = "phone", _("telephone")


class Matter(models.Model):
    """One matter, 诉求: about a kind of thing at a place, never about a kind of person.

    ``number`` is what people quote («QS-2026-000123»). ``request_id`` makes a retried intake the same matter. ``follow_digest`` is the
    SHA-256 of the code the reporter follows it with. The position is the matter's, exact for staff, the grid for everybody else.
    """

    number = models.CharField(_("number"), max_length=24, unique=True)
    request_id = models.UUIDField(unique=True, default=uuid.uuid4)
    follow_digest = models.CharField(max_length=64, unique=True)
    flow = models.OneToOneField(Flow, models.PROTECT, related_name="matter")
    category = models.CharField(_("category"), max_length=80)  # charter key, in the flow's charter version
    title = models.CharField(_("title"), max_length=120)
    text = models.TextField(_("what happened"), max_length=4000)
    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices)
    place = models.ForeignKey(Place, models.PROTECT, related_name="matters", verbose_name=_("place"))
    path = PathField(editable=False)
    address = models.CharField(_("address"), max_length=200, blank=True)
    lon = models.FloatField(_("longitude"), null=True, blank=True)
    lat = models.FloatField(_("latitude"), null=True, blank=True)
    raised_at = models.DateTimeField(_("raised"))
    is_public = models.BooleanField(_("public"), default=True)  # as the category says, or as decided for this one
    answer = models.TextField(_("answer"), blank=True)  # the public answer, written at the answer step
    rating = models.CharField(_("rating"), max_length=12, blank=True)  # satisfied | dissatisfied | silent
    is_demo = models.BooleanField(_("demonstration data"), default=False)

    class Meta:
        verbose_name = _("matter")
        ordering = ["-raised_at", "-id"]
        constraints = [
            models.CheckConstraint(name="matter_rating", condition=Q(rating__in=["", "satisfied", "dissatisfied", "silent"])),
            models.CheckConstraint(name="matter_point", condition=Q(lon=None, lat=None) | Q(lon__isnull=False, lat__isnull=False)),
        ]
        indexes = [
            models.Index(fields=["-raised_at", "-id"], name="matter_raised"),
            models.Index(fields=["category", "-raised_at"], name="matter_category"),
            PathIndex(fields=["path"], name="matter_path"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class Reporter(models.Model):
    """Who raised it, encrypted (AES-GCM, bound to the row), shown to those who may with a purpose, each look logged.

    ``withheld``: nobody but the intake desk may see them. No row at all: raised anonymously. There is no way from a person to matters.
    """

    matter = models.OneToOneField(Matter, models.CASCADE, related_name="reporter")
    name_sealed = models.BinaryField(null=True, blank=True)
    phone_sealed = models.BinaryField(null=True, blank=True)
    withheld = models.BooleanField(_("name withheld"), default=False)

    class Meta:
        verbose_name = _("reporter")


class Word(models.Model):
    """Something the reporter added or the desk told them while the matter was under way: their side of the talk."""

    matter = models.ForeignKey(Matter, models.CASCADE, related_name="words")
    at = models.DateTimeField(_("when"))
    from_reporter = models.BooleanField()
    text = models.TextField(_("message"), max_length=1000)

    class Meta:
        verbose_name = _("message")
        ordering = ["at", "id"]


class NumberSeries(models.Model):
    """The running number per district and year, taken in a transaction of its own so that intake never queues behind it."""

    prefix = models.CharField(max_length=16, unique=True)
    last = models.PositiveIntegerField(default=0)
