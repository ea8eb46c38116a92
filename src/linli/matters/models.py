"""What residents, workers and departments raise. The work on it is its flow; the person behind it is kept apart and encrypted."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from linli.bodies.models import Seat
from linli.flow.models import Flow
from linli.places.ltree import PathField, PathIndex
from linli.places.models import Place


class Channel(models.TextChoices):
    COUNTER = "counter", _("counter")
    WEB = "web", _("residents' page")
    FIELD = "field", _("field worker")
    PHONE = "phone", _("telephone")
    HOTLINE = "hotline", _("hotline 12345")
    OPEN311 = "open311", _("another service (Open311)")


class FoundBy(models.TextChoices):
    """How a matter's place was found, surest first: the desk knows what to check."""

    CHOSEN = "chosen", _("chosen")
    POSITION = "position", _("the phone's position")
    PHOTO = "photo", _("the photo's position")
    ADDRESS = "address", _("the address")
    COMMUNITY = "community", _("the community only")


_COMMUNITY = 4  # labels of a community's path above its own: province, city, district, street


class MatterQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Matters of the places the user's posts see, and those the user's seats take part in or raised.

        Who sees a street or more finds the next twenty of a list by going through it in its order. Of who sees a community or a grid most
        of a long list isn't theirs: theirs is put together first, each part by its own index.
        """
        from linli.access.scope import scope_of
        from linli.flow.queries import done_by, involved

        scope = scope_of(user)
        reporting = [h.seat for h in scope.held if "matter.report" in h.abilities]
        paths, seats = scope.paths("matter.see"), scope.own_seats("matter.see")
        if any(path.count(".") < _COMMUNITY for path in paths):
            seen = scope.q("matter.see", involved=lambda own: involved(own, "flow__"))
            return self.filter(seen | Q(raised_from__in=reporting) if reporting else seen)
        parts = [
            *([Q(path__descends=paths)] if paths else []),
            *([Q(flow__in=done_by(seats).values("flow"))] if seats else []),
            *([Q(raised_from__in=reporting)] if reporting else []),
        ]
        if not parts:
            return self.none()
        first, *others = (Matter.objects.order_by().filter(part).values("pk") for part in parts)
        return self.filter(pk__in=first.union(*others) if others else first)

    def for_public(self):
        """What anybody may read of, on pages that show neither person nor place below the community."""
        return self.filter(is_public=True)


class Matter(models.Model):
    """One matter, 诉求: about a kind of thing at a place, never about a kind of person.

    ``number`` is what people quote («QS-2026-000123»). ``request_id`` makes a retried intake the same matter. ``follow_digest`` is the
    SHA-256 of the code the reporter follows it with. The position is the matter's, exact for staff, the grid for everybody else.
    """

    number = models.CharField(_("number"), max_length=24, unique=True)
    request_id = models.UUIDField(unique=True, default=uuid.uuid4)
    follow_digest = models.CharField(max_length=64, unique=True)
    flow = models.OneToOneField(Flow, models.PROTECT, related_name="matter")
    # charter key, in the flow's charter version; empty while a resident's "I don't know" waits for the intake desk
    category = models.CharField(_("category"), max_length=80, blank=True)
    title = models.CharField(_("title"), max_length=120)
    text = models.TextField(_("what happened"), max_length=4000)
    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices)
    raised_from = models.ForeignKey(Seat, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("raised by"))
    place = models.ForeignKey(Place, models.PROTECT, related_name="matters", verbose_name=_("place"))
    path = PathField(editable=False)
    found_by = models.CharField(_("place found by"), max_length=10, choices=FoundBy.choices, default=FoundBy.CHOSEN)
    address = models.CharField(_("address"), max_length=200, blank=True)
    lon = models.FloatField(_("longitude"), null=True, blank=True)
    lat = models.FloatField(_("latitude"), null=True, blank=True)
    raised_at = models.DateTimeField(_("raised"))
    is_public = models.BooleanField(_("public"), default=True)  # as the category says, or as decided for this one
    public_decided = models.BooleanField(default=False)  # somebody decided: a change of category no longer changes it
    answer = models.TextField(_("answer"), blank=True)  # the answer given, written at the answer step and at no other
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)
    rating = models.CharField(_("rating"), max_length=12, blank=True)  # satisfied | dissatisfied | silent
    is_demo = models.BooleanField(_("demonstration data"), default=False)

    objects = MatterQuerySet.as_manager()

    class Meta:
        verbose_name = _("matter")
        ordering = ["-raised_at", "-id"]
        constraints = [
            models.CheckConstraint(name="matter_rating", condition=Q(rating__in=["", "satisfied", "dissatisfied", "silent"])),
            models.CheckConstraint(name="matter_point", condition=Q(lon=None, lat=None) | Q(lon__isnull=False, lat__isnull=False)),
            models.CheckConstraint(
                name="matter_answered", condition=Q(answer="", answered_at=None) | (~Q(answer="") & Q(answered_at__isnull=False))
            ),
        ]
        indexes = [
            models.Index(fields=["-raised_at", "-id"], name="matter_raised"),
            models.Index(fields=["category", "-raised_at"], name="matter_category"),
            # similar matters of a few grids are looked for while somebody types
            models.Index(fields=["place", "category", "-raised_at"], name="matter_near"),
            PathIndex(fields=["path"], name="matter_path"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    def seats_involved(self) -> list[int]:
        """Seats through which somebody with ``reach = "own"`` may deal with it: those of its work, and the one it was raised from."""
        return sorted(self.flow.seats_involved() | ({self.raised_from_id} if self.raised_from_id else set()))


class Reporter(models.Model):
    """Who raised it, encrypted (AES-GCM, bound to the row), shown to those who may with a purpose, each look logged.

    ``withheld``: nobody but the intake desk may see them. No row at all: raised anonymously. There is no way from a person to matters.
    """

    # the key of the row is the matter's: sealed values are bound to it before the row exists
    matter = models.OneToOneField(Matter, models.CASCADE, related_name="reporter", primary_key=True)
    name_sealed = models.BinaryField(null=True, blank=True)
    phone_sealed = models.BinaryField(null=True, blank=True)
    withheld = models.BooleanField(_("name withheld"), default=False)
    by_sms = models.BooleanField(_("told by text message"), default=False, db_default=False)  # as they asked when it was raised

    class Meta:
        verbose_name = _("reporter")
        constraints = [
            models.CheckConstraint(name="reporter_by_sms", condition=Q(by_sms=False) | Q(phone_sealed__isnull=False)),
        ]

    def __str__(self) -> str:  # never the person
        return f"reporter of matter {self.pk}"


class Word(models.Model):
    """Something the reporter added or the desk asked or told them while the matter was under way: their side of the talk."""

    matter = models.ForeignKey(Matter, models.CASCADE, related_name="words")
    at = models.DateTimeField(_("when"))
    from_reporter = models.BooleanField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("who"))
    text = models.TextField(_("message"), max_length=1000)
    # one sending of a form is one message, however often it is retried
    request_id = models.UUIDField(unique=True, default=uuid.uuid4)

    class Meta:
        verbose_name = _("message")
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"message {self.pk} of matter {self.matter_id}"


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

    class Meta:
        verbose_name = _("file of work orders")

    def __str__(self) -> str:
        return f"order file {self.pk}"


class WorkOrder(models.Model):
    """A work order of the hotline 12345, and the matter it became: each order once, answered back once."""

    number = models.CharField(_("order"), max_length=40, unique=True)
    matter = models.OneToOneField(Matter, models.PROTECT, related_name="order")
    file = models.ForeignKey(OrderFile, models.PROTECT, related_name="+")
    received_at = models.DateTimeField(_("received by the hotline"), null=True, blank=True)
    due_at = models.DateTimeField(_("due by the hotline"), null=True, blank=True)
    answered_back_at = models.DateTimeField(_("answered back"), null=True, blank=True)

    class Meta:
        verbose_name = _("work order")
        indexes = [models.Index(fields=["number"], name="order_to_answer", condition=Q(answered_back_at=None))]

    def __str__(self) -> str:
        return self.number


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
    ended = models.CharField(max_length=10, blank=True)  # good, bad, refused, withdrawn
    rated_at = models.DateTimeField(null=True)
    rating = models.CharField(max_length=12, blank=True)
    urged_at = models.DateTimeField(null=True)
    extended_at = models.DateTimeField(null=True)
    shelved_at = models.DateTimeField(null=True)
    reopened_at = models.DateTimeField(null=True)
    escalated = models.JSONField(default=dict)
    stays = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("course of a matter")

    def __str__(self) -> str:
        return f"course of work {self.flow_id}"


class Follower(models.Model):
    """Somebody who follows a matter instead of raising it again, known by a code and by nothing else: no name, no telephone, no device.

    ``follow_digest`` is the SHA-256 of their code. ``voice``: the desk noted that they told the same; else they tapped on the public page.
    """

    matter = models.ForeignKey(Matter, models.CASCADE, related_name="followers")
    request_id = models.UUIDField(unique=True)
    follow_digest = models.CharField(max_length=64, unique=True)
    since = models.DateField(_("since"))  # the day is enough
    voice = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("follower")

    def __str__(self) -> str:
        return f"follower {self.pk} of matter {self.matter_id}"


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


class NumberSeries(models.Model):
    """The running number per district and year, taken in a transaction of its own so that intake never queues behind it."""

    prefix = models.CharField(max_length=16, unique=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.prefix}: {self.last}"
