"""The rolled-up figures. All of it can be made again from the records: ``linli measures compute --scratch``."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from linli.places.models import Place


class Value(models.Model):
    """How many records of a place and a local day (Asia/Shanghai) count for a measure, and how many of them as good.

    Kept for each level from the grid up to the district. A day, place and part on which nothing counts has no row.
    """

    place = models.ForeignKey(Place, models.PROTECT, related_name="+", db_index=False)  # value_once begins with it
    measure = models.CharField(max_length=24)
    part = models.CharField(max_length=80, blank=True)
    day = models.DateField()
    numerator = models.PositiveIntegerField()
    denominator = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("figure")
        constraints = [
            models.UniqueConstraint(fields=["place", "measure", "day", "part"], name="value_once", include=["numerator", "denominator"]),
            models.CheckConstraint(name="value_share", condition=Q(denominator__gt=0, numerator__lte=F("denominator"))),
        ]

    def __str__(self) -> str:
        return f"{self.measure} {self.day}: {self.numerator}/{self.denominator}"


class Month(models.Model):
    """The same for a whole month, under its first day: added up from the days with which it is written, and made anew with them.

    A year of a district is hundreds of days of hundreds of parts; of whole months pages read these instead.
    """

    place = models.ForeignKey(Place, models.PROTECT, related_name="+", db_index=False)  # month_once begins with it
    measure = models.CharField(max_length=24)
    part = models.CharField(max_length=80, blank=True)
    day = models.DateField()
    numerator = models.PositiveIntegerField()
    denominator = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("figure of a month")
        constraints = [
            models.UniqueConstraint(fields=["place", "measure", "day", "part"], name="month_once", include=["numerator", "denominator"]),
            models.CheckConstraint(name="month_share", condition=Q(denominator__gt=0, numerator__lte=F("denominator"))),
            models.CheckConstraint(name="month_first", condition=Q(day__day=1)),
        ]

    def __str__(self) -> str:
        return f"{self.measure} {self.day:%Y-%m}: {self.numerator}/{self.denominator}"


class Run(models.Model):
    """How far a source has been counted: the last line of its log, the state of the geography then, and when."""

    source = models.CharField(max_length=24, primary_key=True)
    upto = models.BigIntegerField(default=0)
    geography = models.BigIntegerField(default=0)
    at = models.DateTimeField(_("counted up to"))

    class Meta:
        verbose_name = _("count")

    def __str__(self) -> str:
        return f"{self.source} {self.at}"
