"""What is made of matters' histories and can be made again: for figures, supervision and the proposing of categories; and the notices signed upon it."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from linli.bodies.models import Seat
from linli.flow.models import Flow
from linli.places.models import Place, PlacedQuerySet


class Course(models.Model):
    """What the history of a matter says for the measures, one row a matter: made by ``measures.actions``, never written by hand.

    Nothing here is a source: all of it is made again from history whenever that changes. ``areas`` are the places it counts for,
    outermost first. ``due_at`` is the deadline of handling as it last stood; ``settled_at`` is when it was handled, checked and
    answered, as long as nothing led back. ``escalated`` is level → when; ``stays`` is step → [seconds in all, when last left].
    """

    flow = models.OneToOneField(Flow, models.CASCADE, primary_key=True, related_name="course")
    place = models.ForeignKey(Place, models.PROTECT, related_name="+", db_index=False)
    areas = ArrayField(models.BigIntegerField())
    category = models.CharField(max_length=80, blank=True)
    channel = models.CharField(max_length=10)
    raised_at = models.DateTimeField()
    responded_at = models.DateTimeField(null=True)  # taken up or refused, or the time for it ran out
    responded_late = models.BooleanField(default=False)
    filed_at = models.DateTimeField(null=True)
    dispatched_at = models.DateTimeField(null=True)
    returned_at = models.DateTimeField(null=True)
    checked_at = models.DateTimeField(null=True)
    reworked_at = models.DateTimeField(null=True)
    late_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended = models.CharField(max_length=10, blank=True)  # good, bad, refused, withdrawn, elsewhere, merged
    rated_at = models.DateTimeField(null=True)
    rating = models.CharField(max_length=12, blank=True)
    urged_at = models.DateTimeField(null=True)
    extended_at = models.DateTimeField(null=True)
    shelved_at = models.DateTimeField(null=True)
    reopened_at = models.DateTimeField(null=True)
    escalated = models.JSONField(default=dict)
    stays = models.JSONField(default=dict)
    rated_by = models.CharField(max_length=8, blank=True, db_default="")  # own, callback
    called_at = models.DateTimeField(null=True)  # the call-back came to its end
    reached = models.BooleanField(default=False, db_default=False)
    recalled_at = models.DateTimeField(null=True)  # taken up again after a call-back
    supervised_at = models.DateTimeField(null=True)
    named_at = models.DateTimeField(null=True)  # in a notice
    again = models.PositiveSmallIntegerField(
        null=True
    )  # so many of the kind at the place before it; null: of this kind it isn't looked for
    recurs = models.BooleanField(default=False, db_default=False)  # and these make it a recurring one by the charter

    class Meta:
        verbose_name = _("course of a matter")
        indexes = [models.Index(fields=["raised_at"], name="course_recurs", condition=Q(recurs=True))]

    def __str__(self) -> str:
        return f"course of work {self.flow_id}"


class Pressing(models.Model):
    """What pressed on a matter 催办、督办、通报: one row for each line of history that did, made from history (``pressing.follow``).

    ``seat`` is whoever was responsible, ``seq`` the line of history; what was asked and answered stands there. Only a supervision is open.
    """

    class Kind(models.TextChoices):
        URGE = "urge", _("urging")
        SUPERVISE = "supervise", _("supervision")
        NOTICE = "notice", _("naming in a notice")

    class State(models.TextChoices):
        OPEN = "open", _("to be answered")
        ANSWERED = "answered", _("waits for the supervisor")
        ACCEPTED = "accepted", _("accepted")
        LIFTED = "lifted", _("lifted")
        ENDED = "ended", _("ended with the matter")
        DONE = "done", _("done")

    flow = models.ForeignKey(Flow, models.PROTECT, related_name="pressings", db_index=False)
    seq = models.PositiveIntegerField()
    kind = models.CharField(_("what"), max_length=10, choices=Kind.choices)
    state = models.CharField(_("state"), max_length=8, choices=State.choices)
    at = models.DateTimeField(_("since"))
    by_hand = models.BooleanField(default=False)
    seat = models.ForeignKey(Seat, models.PROTECT, related_name="+", verbose_name=_("responsible"), db_index=False)
    supervisor = models.ForeignKey(Seat, models.PROTECT, null=True, related_name="+", verbose_name=_("supervised by"), db_index=False)
    due_at = models.DateTimeField(_("to be answered by"), null=True)
    late = models.BooleanField(_("overdue"), default=False)  # it was not answered in time
    answered_seq = models.PositiveIntegerField(null=True)
    closed_seq = models.PositiveIntegerField(null=True)

    objects = PlacedQuerySet.as_manager()

    class Meta:
        verbose_name = _("pressing on late work")
        constraints = [
            models.UniqueConstraint(fields=["flow", "seq"], name="pressing_once"),
            models.UniqueConstraint(
                fields=["flow"], name="pressing_one_supervision", condition=Q(kind="supervise", state__in=["open", "answered"])
            ),
            models.CheckConstraint(
                name="pressing_supervision",
                condition=~Q(kind="supervise") | Q(supervisor__isnull=False, due_at__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["kind", "-at"], name="pressing_kind")]

    def __str__(self) -> str:
        return f"{self.kind} {self.flow_id}/{self.seq}"


class Notice(models.Model):
    """通报: which bodies and posts of an area let supervised work lie, month by month. Signed, it stays as it is; put right, a new one follows.

    ``lines`` names bodies, posts, places and the numbers of matters; never a person.
    """

    class State(models.TextChoices):
        SIGNED = "signed", _("in force")
        REPLACED = "replaced", _("put right by a later one")
        WITHDRAWN = "withdrawn", _("withdrawn")

    place = models.ForeignKey(Place, models.PROTECT, related_name="+", verbose_name=_("area"))
    month = models.DateField(_("month"))  # its first day
    edition = models.PositiveSmallIntegerField(_("edition"), default=1)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.SIGNED)
    lines = models.JSONField()
    remark = models.TextField(_("remark"), max_length=1000, blank=True)
    signed_at = models.DateTimeField(_("signed"))
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("signed by"))
    signed_as = models.CharField(max_length=40)  # the post
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    reason = models.TextField(_("reason"), max_length=1000, blank=True)  # why it was put right or withdrawn

    objects = PlacedQuerySet.as_manager()

    class Meta:
        verbose_name = _("notice")
        constraints = [
            models.UniqueConstraint(fields=["place", "month", "edition"], name="notice_edition"),
            models.UniqueConstraint(fields=["place", "month"], name="notice_in_force", condition=Q(state="signed")),
            models.CheckConstraint(
                name="notice_closed",
                condition=Q(state="signed", closed_at=None, reason="") | (~Q(state="signed") & Q(closed_at__isnull=False) & ~Q(reason="")),
            ),
        ]

    def __str__(self) -> str:
        return f"notice {self.month:%Y-%m} of {self.place_id}"


class LearntModel(models.Model):
    """What proposing categories has learnt for one charter: plain arrays, never code, never changed (``suggest.keeping``).

    ``figures`` counts what it was learnt from and how it did on the situations held out. Pieces of people's own texts are in it only
    where three distinct matters hold them.
    """

    charter = models.ForeignKey("charter.CharterVersion", models.PROTECT, related_name="+", verbose_name=_("charter version"))
    made_at = models.DateTimeField(_("made"))
    sha256 = models.CharField(max_length=64)
    figures = models.JSONField(default=dict)
    arrays = models.BinaryField()

    class Meta:
        verbose_name = _("learnt model")
        indexes = [models.Index(fields=["charter", "-id"], name="learnt_model_newest")]

    def __str__(self) -> str:
        return f"model {self.pk} of charter {self.charter_id}"
