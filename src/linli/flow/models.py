"""Work under way and its history. The rules are in ``flow.procedure`` (pure); these tables hold what they decided."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from linli.bodies.models import Seat
from linli.charter.models import CharterVersion
from linli.places.ltree import PathField, PathIndex
from linli.places.models import Place, PlacedQuerySet

LATE_KINDS = ("overdue", "whole_overdue", "part_overdue")
"""Lines of history that say that a deadline was missed."""


class Flow(models.Model):
    """One piece of work moving through a procedure of the charter version it began under.

    ``seq`` counts its history lines and is the version two people race for; ``head`` is the hash of the last line.
    ``step`` is empty once ``end`` is set. ``wake_at`` is the next instant at which time alone changes something (null: never):
    the clock job reads nothing but that index. ``memory`` is the rest of ``procedure.State`` (returns used, who did what, parts,
    what is asked, the suspension).
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    charter = models.ForeignKey(CharterVersion, models.PROTECT, related_name="+", db_index=False)
    procedure = models.CharField(_("procedure"), max_length=40)
    kind = models.CharField(_("category"), max_length=80)  # key into the charter for route and time limit
    subject = models.CharField(max_length=40)  # "matters.matter": which room opens it
    subject_ref = models.CharField(_("number"), max_length=40)  # what people call it
    title = models.CharField(_("title"), max_length=200)
    place = models.ForeignKey(Place, models.PROTECT, related_name="+", verbose_name=_("place"), db_index=False)  # path is searched
    path = PathField(editable=False)

    step = models.CharField(_("step"), max_length=40, blank=True)
    end = models.CharField(_("ended as"), max_length=40, blank=True)
    level = models.CharField(_("level"), max_length=12)
    owner = models.ForeignKey(Seat, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("responsible"), db_index=False)
    seq = models.PositiveIntegerField(default=0)
    head = models.BinaryField(max_length=32, default=bytes)
    began_at = models.DateTimeField(_("began"))
    entered_at = models.DateTimeField(_("in this step since"))
    due_at = models.DateTimeField(_("due"), null=True, blank=True)  # this step
    whole_due_at = models.DateTimeField(_("whole due"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    overdue = models.BooleanField(_("overdue"), default=False)
    suspended = models.BooleanField(_("on the ledger"), default=False)
    escalations = models.PositiveSmallIntegerField(_("escalations"), default=0)
    wake_at = models.DateTimeField(null=True, blank=True)
    memory = models.JSONField(default=dict)
    is_demo = models.BooleanField(_("demonstration data"), default=False)

    objects = PlacedQuerySet.as_manager()

    class Meta:
        verbose_name = _("work")
        constraints = [
            models.CheckConstraint(name="flow_step_or_end", condition=(Q(step="") & ~Q(end="")) | (~Q(step="") & Q(end=""))),
            models.CheckConstraint(name="flow_ended", condition=Q(end="", ended_at=None) | (~Q(end="") & Q(ended_at__isnull=False))),
            models.CheckConstraint(name="flow_asleep_when_ended", condition=Q(end="") | Q(wake_at=None)),
        ]
        indexes = [
            models.Index(fields=["wake_at"], name="flow_wake", condition=Q(wake_at__isnull=False)),
            models.Index(fields=["owner", "due_at"], name="flow_owner_open", condition=Q(end="")),
            models.Index(fields=["-began_at", "-id"], name="flow_began"),
            # of all work ever some hundredths are open: what lists and pages ask of these
            models.Index(fields=["due_at", "id"], name="flow_due_open", condition=Q(end="")),
            models.Index(fields=["due_at"], name="flow_overdue", condition=Q(end="", overdue=True)),
            models.Index(fields=["wake_at"], name="flow_suspended", condition=Q(suspended=True)),
            PathIndex(fields=["path"], name="flow_path_open", condition=Q(end="")),
            models.Index(fields=["step"], name="flow_step_open", condition=Q(end="")),
        ]

    def __str__(self) -> str:
        return f"{self.subject_ref} {self.title}"

    @property
    def review_at(self) -> datetime | None:
        """When a suspension ends by itself; None while nothing is put aside."""
        said = self.memory.get("review_at") if self.suspended else None
        return datetime.fromisoformat(said) if said else None

    def seats_involved(self) -> set[int]:
        """Seats that take or took part: those with anything to do on it, ever, and those that do the work of these today."""
        return self.taking_part()[0]

    def seats_at_work(self) -> set[int]:
        """Those of them with something to do on it now."""
        return self.taking_part()[1]

    def taking_part(self) -> tuple[set[int], set[int]]:
        """``seats_involved`` and ``seats_at_work``, in one question."""
        ever: set[int] = set()
        now: set[int] = set()
        for seat, acting, done_at in self.todos.values_list("seat_id", "seat__acting_id", "done_at"):
            for part in (ever,) if done_at else (ever, now):
                part.update(s for s in (seat, acting) if s is not None)
        return ever, now


class Event(models.Model):
    """One line of history: who, what, when, on what, from which state to which. Append-only by trigger, chained by hash.

    ``data`` is what the state is made of. ``texts`` is free text (answer, finding, reason) with a ``salt``; the chain holds only its
    salted digest, so a text can be erased on a person's lawful request and the chain still proves that nothing else changed.
    """

    flow = models.ForeignKey(Flow, models.PROTECT, related_name="events", db_index=False)  # event_once begins with it
    seq = models.PositiveIntegerField()
    at = models.DateTimeField(_("when"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("who"))
    role = models.CharField(_("as"), max_length=60)  # the post id acted from, or "clock", "reporter", "system"
    kind = models.CharField(_("what"), max_length=20)
    step_from = models.CharField(max_length=40, blank=True)
    step_to = models.CharField(max_length=40, blank=True)  # step id, or "END name"
    outcome = models.CharField(max_length=20, blank=True)
    data = models.JSONField(default=dict)
    texts = models.JSONField(null=True, blank=True)
    salt = models.BinaryField(max_length=16, null=True, blank=True)
    text_digest = models.BinaryField(max_length=32)
    prev = models.BinaryField(max_length=32)
    hash = models.BinaryField(max_length=32)

    class Meta:
        verbose_name = _("history line")
        ordering = ["flow", "seq"]
        constraints = [models.UniqueConstraint(fields=["flow", "seq"], name="event_once")]
        indexes = [
            models.Index(fields=["at"], name="event_at"),
            # of all lines some hundredths say that a deadline was missed: whether any did is asked of thousands of works at once
            models.Index(fields=["flow"], name="event_late", condition=Q(kind__in=LATE_KINDS)),
        ]

    def __str__(self) -> str:
        return f"{self.seq} {self.kind}"


class Todo(models.Model):
    """Something a seat has to do, or had: the inbox over all kinds of work is this one table.

    Rows of an ended duty stay, with ``done_at``: they are also the record of which seats took part, and so of who may see the work.
    """

    class Role(models.TextChoices):
        LEAD = "lead", _("responsible")
        ASSIST = "assist", _("assisting")
        ANSWER = "answer", _("to answer for")
        APPROVE = "approve", _("to decide")
        TOLD = "told", _("for your attention")

    flow = models.ForeignKey(Flow, models.CASCADE, related_name="todos")
    seat = models.ForeignKey(Seat, models.PROTECT, related_name="todos", db_index=False)  # todo_seat_flow begins with it
    role = models.CharField(max_length=8, choices=Role.choices)
    since = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)

    objects = PlacedQuerySet.as_manager()

    class Meta:
        verbose_name = _("thing to do")
        constraints = [
            models.UniqueConstraint(fields=["flow", "seat", "role"], name="todo_open_once", condition=Q(done_at=None)),
        ]
        indexes = [
            models.Index(fields=["seat", "due_at", "flow"], name="todo_open", condition=Q(done_at=None)),
            models.Index(fields=["seat", "flow"], name="todo_seat_flow"),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.flow_id}"


class Attachment(models.Model):
    """A photo or document of a piece of work. Photos are decoded and written anew: no EXIF, no position, no trailing bytes."""

    class Kind(models.TextChoices):
        PHOTO = "photo", _("photo")
        DOCUMENT = "document", _("document")

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    flow = models.ForeignKey(Flow, models.CASCADE, related_name="attachments")
    step = models.CharField(max_length=40, blank=True)  # where it was added
    kind = models.CharField(max_length=10, choices=Kind.choices)
    name = models.CharField(_("file name"), max_length=120)
    mime = models.CharField(max_length=100)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    width = models.PositiveIntegerField(null=True, blank=True)
    height = models.PositiveIntegerField(null=True, blank=True)
    file = models.FileField(upload_to="attachments/%Y/%m")
    public = models.BooleanField(_("shown to the public"), default=False)
    at = models.DateTimeField(_("added"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("added by"))

    class Meta:
        verbose_name = _("attachment")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name


class DailyHead(models.Model):
    """The published fingerprint of the history written since the one before: a hash over the heads of all flows that moved, chained.

    It covers the log of looks too, by its last line then, which follows from all before it; ``last_look`` is null for heads from before it did.
    """

    day = models.DateField(unique=True)
    events = models.PositiveIntegerField()
    flows = models.PositiveIntegerField()
    last_event = models.BigIntegerField(default=0)  # id of the last line it covers
    looks = models.PositiveIntegerField(default=0)
    last_look = models.BigIntegerField(null=True)  # id of the last line of the log of looks
    prev = models.BinaryField(max_length=32)
    hash = models.BinaryField(max_length=32)

    class Meta:
        verbose_name = _("daily head")
        ordering = ["-day"]

    def __str__(self) -> str:
        return self.day.isoformat()
