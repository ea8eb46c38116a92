"""What brings matters besides those who raise them: work orders of the hotline, opinion boxes with their rounds and slips."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from linli.bodies.models import Seat
from linli.matters.models.base import Matter
from linli.places.ltree import PathField, PathIndex
from linli.places.models import Place, PlacedQuerySet


class OrderFile(models.Model):
    """A file of the hotline's work orders. Until all are taken in, or the file is let go, they wait here sealed, for a day at most: they name people."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("brought by"))
    at = models.DateTimeField(_("brought"))
    name = models.CharField(_("file name"), max_length=100)
    # where orders go whose address leads nowhere
    place = models.ForeignKey(Place, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("place"))
    orders = models.PositiveIntegerField(_("orders"))
    sealed = models.BinaryField(null=True, blank=True)

    objects = PlacedQuerySet.as_manager()

    class Meta:
        verbose_name = _("file of work orders")

    def __str__(self) -> str:
        return f"order file {self.pk}"


class WorkOrder(models.Model):
    """A work order of the hotline 12345, and the matter it became: each order once. ``answered_back_at``: when its present answer was told."""

    number = models.CharField(_("order"), max_length=40, unique=True)
    matter = models.OneToOneField(Matter, models.PROTECT, related_name="order")
    file = models.ForeignKey(OrderFile, models.PROTECT, null=True, blank=True, related_name="+")  # none: handed in by the hotline's system
    received_at = models.DateTimeField(_("received by the hotline"), null=True, blank=True)
    due_at = models.DateTimeField(_("due by the hotline"), null=True, blank=True)
    answered_back_at = models.DateTimeField(_("answered back"), null=True, blank=True)

    objects = PlacedQuerySet.as_manager()

    class Meta:
        verbose_name = _("work order")
        indexes = [models.Index(fields=["number"], name="order_to_answer", condition=Q(answered_back_at=None))]

    def __str__(self) -> str:
        return self.number


class BoxQuerySet(PlacedQuerySet):
    def visible_to(self, user):
        """Boxes of the places whose matters the user sees, or whose boxes they keep or manage."""
        from linli.access.scope import scope_of

        scope = scope_of(user)
        return self.filter(scope.q("matter.see") | scope.q("box.keep") | scope.q("box.manage"))

    def hanging(self):
        return self.filter(retired_on=None)


class Box(models.Model):
    """An opinion box 意见箱: what it is called, where it hangs, and the seat whose work it is to open it."""

    number = models.CharField(_("box number"), max_length=20, unique=True)
    name = models.CharField(pgettext_lazy("box", "Name"), max_length=40)
    place = models.ForeignKey(Place, models.PROTECT, related_name="+", verbose_name=_("place"))
    path = PathField(editable=False)
    where = models.CharField(_("where it hangs"), max_length=120)
    keeper = models.ForeignKey(Seat, models.PROTECT, related_name="+", verbose_name=_("kept by"))
    hung_on = models.DateField(_("hung"))
    retired_on = models.DateField(_("taken down"), null=True, blank=True)
    is_demo = models.BooleanField(_("demonstration data"), default=False)

    objects = BoxQuerySet.as_manager()

    class Meta:
        verbose_name = _("opinion box")
        ordering = ["number"]
        constraints = [
            models.CheckConstraint(name="box_retired", condition=Q(retired_on=None) | Q(retired_on__gte=models.F("hung_on"))),
        ]
        indexes = [PathIndex(fields=["path"], name="box_path")]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"

    def seats_involved(self) -> list[int]:
        return [self.keeper_id]


class Round(models.Model):
    """A box opened, or to be opened: owed on ``due_on`` (none: opened besides), by two people, every slip in it counted.

    ``missed``: the next one was owed before anybody opened it. ``completed_at``: every slip is entered or set aside.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    request_id = models.UUIDField(unique=True, null=True, blank=True)  # of the form it was written down with, however often it was sent
    box = models.ForeignKey(Box, models.PROTECT, related_name="rounds")
    due_on = models.DateField(_("to be opened on"), null=True, blank=True)
    missed = models.BooleanField(_("missed"), default=False)
    opened_at = models.DateTimeField(_("opened"), null=True, blank=True)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("opened by")
    )
    second = models.CharField(_("together with"), max_length=40, blank=True)
    slips = models.PositiveSmallIntegerField(_("slips"), null=True, blank=True)
    seal = models.CharField(_("seal number"), max_length=40, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)
    enter_by = models.DateTimeField(_("to be entered by"), null=True, blank=True)
    completed_at = models.DateTimeField(_("completed"), null=True, blank=True)

    objects = PlacedQuerySet.as_manager()

    class Meta:
        verbose_name = _("round")
        ordering = ["-due_on", "-opened_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["box", "due_on"], name="round_owed_once"),
            models.UniqueConstraint(fields=["box"], condition=Q(opened_at=None, missed=False), name="round_waits_once"),
            models.CheckConstraint(
                name="round_opened",
                condition=Q(opened_at=None, opened_by=None, slips=None, enter_by=None, completed_at=None, due_on__isnull=False)
                | Q(opened_at__isnull=False, opened_by__isnull=False, slips__isnull=False, enter_by__isnull=False, missed=False),
            ),
        ]

    def __str__(self) -> str:
        return f"round {self.pk} of box {self.box_id}"


class RoundPhoto(models.Model):
    """A picture of the slips as they lay in the box. Handwriting tells who wrote: for those who enter them alone."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    round = models.ForeignKey(Round, models.CASCADE, related_name="photos")
    mime = models.CharField(max_length=100)
    file = models.FileField(upload_to="boxes/%Y/%m")

    class Meta:
        verbose_name = _("photo")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"photo {self.pk} of round {self.round_id}"


class Slip(models.Model):
    """One slip of a round: the matter it became, or why it was set aside."""

    class Aside(models.TextChoices):
        EMPTY = "empty", pgettext_lazy("slip", "empty")
        UNREADABLE = "unreadable", pgettext_lazy("slip", "unreadable")
        NOT_OURS = "not_ours", pgettext_lazy("slip", "not for us")

    round = models.ForeignKey(Round, models.PROTECT, related_name="entries")
    number = models.PositiveSmallIntegerField(_("slip"))
    matter = models.OneToOneField(Matter, models.PROTECT, null=True, blank=True, related_name="slip")
    aside = models.CharField(_("set aside"), max_length=10, choices=Aside.choices, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)
    at = models.DateTimeField(_("entered"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("entered by"))

    class Meta:
        verbose_name = _("slip")
        ordering = ["round", "number"]
        constraints = [
            models.UniqueConstraint(fields=["round", "number"], name="slip_once"),
            models.CheckConstraint(name="slip_settled", condition=(Q(matter=None) & ~Q(aside="")) | Q(matter__isnull=False, aside="")),
        ]

    def __str__(self) -> str:
        return f"slip {self.number} of round {self.round_id}"
