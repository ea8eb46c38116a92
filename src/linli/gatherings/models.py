"""People convened: what for, who is invited, who came, what was said and decided. Residents are counted, never listed."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from linli.bodies.models import Body, Seat
from linli.charter.models import CharterVersion
from linli.charter.store import charter_in_force
from linli.flow.models import Flow, Todo
from linli.gatherings import core
from linli.places.ltree import PathField, PathIndex
from linli.places.models import Place, PlacedQuerySet


class State(models.TextChoices):
    PLANNED = core.PLANNED, pgettext_lazy("gathering", "to be held")
    HELD = core.HELD, pgettext_lazy("gathering", "held")
    CALLED_OFF = core.CALLED_OFF, pgettext_lazy("gathering", "called off")


def involving(seats: Any) -> Q:
    """Gatherings that any of the seats convened or is invited to, or for which it does a vacant seat's work."""
    invited = Attendance.objects.filter(Q(seat__in=seats) | Q(seat__acting__in=seats)).values("gathering")
    return Q(seat__in=seats) | Q(seat__acting__in=seats) | Q(pk__in=invited)


class GatheringQuerySet(PlacedQuerySet):
    def visible_to(self, user: Any):
        """Those of the places over which the user sees gatherings, and those a seat of theirs convened or is invited to.

        One that is about a piece of work is there only for those who see the work: it must not be told by its sessions. Where the charter
        closes such work, it is there only for those who take part in the work or the gathering, and for whoever supervises.
        """
        from linli.access.scope import scope_of
        from linli.flow.queries import visible

        scope = scope_of(user)
        seen = self.filter(scope.q("gathering.see", involved=involving))
        if closed := [p.id for p in charter_in_force().procedures.values() if p.closed]:
            seats = scope.own_seats("gathering.see")
            part = Exists(Todo.objects.filter(flow=OuterRef("flow"), seat__acting__in=seats))
            seen = seen.filter(Q(flow=None) | ~Q(flow__procedure__in=closed) | involving(seats) | part | scope.q("flow.supervise"))
        # asked of each gathering's own work: as a list, all the work one sees would be put together first
        return seen.filter(Q(flow=None) | Exists(visible(user).filter(pk__gte=OuterRef("flow"), pk__lte=OuterRef("flow"))))

    def for_public(self):
        """Those of the kinds that the charter shows to residents."""
        return self.filter(public=True)

    def unwritten(self, now: Any):
        """What waits to be written down: over and neither held nor called off, or held and its minutes still to come."""
        return self.filter(Q(state=State.PLANNED, ends_at__lt=now) | Q(state=State.HELD, written_at=None, minutes_due_at__isnull=False))


class Gathering(models.Model):
    """One gathering 会、活动, of a kind of the charter version it was planned under.

    ``path`` is that of the work it is about, otherwise of its place: whoever sees the work's place sees it. ``seq`` is the version two
    people race for. ``members``/``members_came`` are those of the body, counted when it was held. ``minutes_due_at`` is when the minutes
    have to be there (null: none are asked for), ``written_at`` when they first were; the texts are ``Minutes``.
    """

    uid = models.UUIDField(
        default=uuid.uuid4, unique=True, editable=False
    )  # of the form it was planned with: sent twice, it is planned once
    charter = models.ForeignKey(CharterVersion, models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(_("kind"), max_length=40)
    title = models.CharField(_("title"), max_length=120)
    place = models.ForeignKey(Place, models.PROTECT, related_name="gatherings", verbose_name=_("place"))
    path = PathField(editable=False)
    where = models.CharField(_("venue"), max_length=120)
    starts_at = models.DateTimeField(_("begins"))
    ends_at = models.DateTimeField(_("ends"))
    seat = models.ForeignKey(Seat, models.PROTECT, related_name="gatherings", verbose_name=_("convened by"))
    body = models.ForeignKey(Body, models.PROTECT, null=True, blank=True, related_name="gatherings", verbose_name=_("body"))
    flow = models.ForeignKey(Flow, models.PROTECT, null=True, blank=True, related_name="gatherings", verbose_name=_("about"))
    agenda = ArrayField(models.CharField(max_length=200), default=list, blank=True, verbose_name=_("agenda"))
    public = models.BooleanField(_("public"), default=False)  # as the kind says
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.PLANNED)
    reason = models.CharField(_("reason"), max_length=200, blank=True)  # why it was called off
    residents = models.PositiveIntegerField(_("residents who came"), null=True, blank=True)
    others = models.PositiveIntegerField(_("others who came"), null=True, blank=True)
    members = models.PositiveIntegerField(_("members of the body"), null=True, blank=True)
    members_came = models.PositiveIntegerField(_("members who came"), null=True, blank=True)
    sides = ArrayField(models.CharField(max_length=40), default=list, blank=True, verbose_name=_("sides present"))
    minutes_due_at = models.DateTimeField(_("minutes due"), null=True, blank=True)
    written_at = models.DateTimeField(_("minutes written"), null=True, blank=True)
    seq = models.PositiveIntegerField(default=1)
    made_at = models.DateTimeField(_("planned on"))
    is_demo = models.BooleanField(_("demonstration data"), default=False)

    objects = GatheringQuerySet.as_manager()

    class Meta:
        verbose_name = _("gathering")
        ordering = ["-starts_at", "-id"]
        constraints = [
            models.CheckConstraint(name="gathering_times", condition=Q(ends_at__gt=F("starts_at"))),
            models.CheckConstraint(name="gathering_state", condition=Q(state__in=[s.value for s in State])),
            models.CheckConstraint(
                name="gathering_called_off", condition=(Q(state="called_off") & ~Q(reason="")) | (~Q(state="called_off") & Q(reason=""))
            ),
            models.CheckConstraint(
                name="gathering_counted",
                condition=Q(state="held", residents__isnull=False, others__isnull=False)
                | (~Q(state="held") & Q(residents=None, others=None, members=None, members_came=None, sides=[], written_at=None)),
            ),
            models.CheckConstraint(
                name="gathering_members",
                condition=Q(members=None, members_came=None)
                | Q(members__isnull=False, members_came__isnull=False, members_came__lte=F("members")),
            ),
            models.CheckConstraint(name="gathering_public", condition=Q(public=False) | Q(flow=None)),
        ]
        indexes = [
            models.Index(fields=["-starts_at", "-id"], name="gathering_starts"),
            PathIndex(fields=["path"], name="gathering_path"),
            models.Index(fields=["ends_at"], name="gathering_unwritten", condition=~Q(state="called_off") & Q(written_at=None)),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.title


class Attendance(models.Model):
    """Somebody invited, by the seat they hold, and whether they came. ``member``: of the body that meets."""

    class State(models.TextChoices):
        INVITED = "invited", pgettext_lazy("attendance", "invited")
        CAME = "came", pgettext_lazy("attendance", "came")
        EXCUSED = "excused", pgettext_lazy("attendance", "excused")
        ABSENT = "absent", pgettext_lazy("attendance", "absent")

    gathering = models.ForeignKey(Gathering, models.CASCADE, related_name="attendance", db_index=False)  # attendance_once begins with it
    seat = models.ForeignKey(Seat, models.PROTECT, related_name="+", verbose_name=_("seat"))
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("who"))
    member = models.BooleanField(_("member of the body"), default=False)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.INVITED)

    objects = PlacedQuerySet.as_manager()

    class Meta:
        verbose_name = _("attendance")
        ordering = ["gathering", "-member", "id"]
        constraints = [
            models.UniqueConstraint(fields=["gathering", "user"], name="attendance_once"),
            models.CheckConstraint(name="attendance_state", condition=Q(state__in=["invited", "came", "excused", "absent"])),
        ]

    def __str__(self) -> str:
        return f"{self.gathering_id} {self.user_id} {self.state}"


class Minutes(models.Model):
    """The minutes and the result as they stood from one moment on. A correction is a version of its own; none is ever changed (trigger)."""

    gathering = models.ForeignKey(Gathering, models.PROTECT, related_name="minutes", db_index=False)  # minutes_once begins with it
    number = models.PositiveSmallIntegerField()
    text = models.TextField(_("minutes"), max_length=10_000, blank=True)
    result = models.TextField(_("result"), max_length=2000, blank=True)
    reason = models.CharField(_("reason for the correction"), max_length=200, blank=True)
    at = models.DateTimeField(_("when"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("who"))

    class Meta:
        verbose_name = _("minutes")
        ordering = ["gathering", "number"]
        constraints = [
            models.UniqueConstraint(fields=["gathering", "number"], name="minutes_once"),
            models.CheckConstraint(name="minutes_said", condition=~Q(text="") | ~Q(result="")),
            models.CheckConstraint(name="minutes_reason", condition=Q(number=1, reason="") | (Q(number__gt=1) & ~Q(reason=""))),
        ]

    def __str__(self) -> str:
        return f"minutes {self.number} of {self.gathering_id}"


class Paper(models.Model):
    """A photo or document of a gathering: the sheet people signed, what was handed out. Cleaned before it comes here."""

    class Kind(models.TextChoices):
        PHOTO = "photo", _("photo")
        DOCUMENT = "document", _("document")

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    gathering = models.ForeignKey(Gathering, models.PROTECT, related_name="papers")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    name = models.CharField(_("file name"), max_length=120)
    mime = models.CharField(max_length=100)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    width = models.PositiveIntegerField(null=True, blank=True)
    height = models.PositiveIntegerField(null=True, blank=True)
    file = models.FileField(upload_to="gatherings/%Y/%m")
    at = models.DateTimeField(_("added"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("added by"))

    class Meta:
        verbose_name = _("paper")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name
