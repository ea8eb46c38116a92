"""Who sits where: bodies, the seats that a charter's posts make at places, and who holds them from when to when."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from linli.places.ltree import PathField, PathIndex
from linli.places.models import Place, PlacedQuerySet


class Body(models.Model):
    """An organisation at a place: a service station, a residents' committee, a department. ``key`` is the charter's body id."""

    key = models.CharField(_("kind"), max_length=40)
    name = models.CharField(_("name"), max_length=120)
    place = models.ForeignKey(Place, models.PROTECT, related_name="bodies", verbose_name=_("place"))
    is_demo = models.BooleanField(_("demonstration data"), default=False)

    objects = PlacedQuerySet.as_manager()

    class Meta:
        verbose_name = _("body")
        constraints = [models.UniqueConstraint(fields=["key", "place"], name="body_once_a_place")]

    def __str__(self) -> str:
        return self.name


class Seat(models.Model):
    """A post over a place: «居民服务员 of the third grid of 都兰社区». Work belongs to seats, so a handover moves it untouched.

    ``acting`` is where the work of this seat is done today: the seat itself while somebody holds it, otherwise the nearest held
    seat up the charter's ``falls_to`` ladder, or null where nobody at all holds one (shown as a fault on the area's page).
    """

    post = models.CharField(_("post"), max_length=40)  # the charter's post id
    body = models.ForeignKey(Body, models.PROTECT, related_name="seats", verbose_name=_("body"))
    place = models.ForeignKey(Place, models.PROTECT, related_name="seats", verbose_name=_("place"))
    path = PathField(editable=False)  # copied from the place
    acting = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="acts_for", verbose_name=_("work is done by"))

    objects = PlacedQuerySet.as_manager()

    class Meta:
        verbose_name = _("seat")
        constraints = [models.UniqueConstraint(fields=["post", "place"], name="seat_once_a_place")]
        indexes = [models.Index(fields=["acting"], name="seat_acting"), PathIndex(fields=["path"], name="seat_path")]

    def __str__(self) -> str:
        return f"{self.post} {self.path}"


class Duty(models.TextChoices):
    """AB岗: A is the holder's first duty, B the one they take besides it."""

    A = "A", _("A: first duty")
    B = "B", _("B: second duty")


class HoldingQuerySet(PlacedQuerySet):
    def current(self, now=None):
        now = now or timezone.now()
        return self.filter(Q(until=None) | Q(until__gt=now), since__lte=now)


class _Period(Func):
    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


class Holding(models.Model):
    """Who sits in a seat, from when to when. It alone gives access, and its end takes it the same minute."""

    seat = models.ForeignKey(Seat, models.PROTECT, related_name="holdings", verbose_name=_("seat"))
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="holdings", verbose_name=_("holder"))
    duty = models.CharField(_("duty"), max_length=1, choices=Duty.choices, default=Duty.A)
    since = models.DateTimeField(_("since"))
    until = models.DateTimeField(_("until"), null=True, blank=True)
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("appointed by")
    )
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("released by")
    )
    note = models.CharField(_("note"), max_length=200, blank=True)

    objects = HoldingQuerySet.as_manager()

    class Meta:
        verbose_name = _("holding")
        ordering = ["-since"]
        constraints = [
            models.CheckConstraint(name="holding_period", condition=Q(until=None) | Q(until__gte=F("since"))),
            ExclusionConstraint(
                name="holding_once",
                expressions=[
                    ("seat", RangeOperators.EQUAL),
                    ("user", RangeOperators.EQUAL),
                    (_Period("since", "until", RangeBoundary()), RangeOperators.OVERLAPS),
                ],
            ),
        ]
        indexes = [models.Index(fields=["user", "until"], name="holding_user")]

    def __str__(self) -> str:
        return f"{self.seat_id} {self.user_id} {self.since:%Y-%m-%d}"
