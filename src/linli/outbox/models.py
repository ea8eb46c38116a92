"""What is to be said to the outside and what came of it; and which systems of departments are told what."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext, pgettext_lazy

from linli.bodies.models import Body
from linli.outbox.delivery import ENDED, OPEN, Result
from linli.outbox.events import Topic
from linli.places.ltree import PathField, PathIndex
from linli.places.models import Place, PlacedQuerySet


class Channel(models.TextChoices):
    WEBHOOK = "webhook", _("webhook")
    SMS = "sms", _("text message")
    WECHAT = "wechat", _("WeChat")
    MAIL = "mail", _("e-mail")


class SubscriptionQuerySet(PlacedQuerySet):
    def visible_to(self, user):
        """Those of the places over which the user manages the outbox."""
        from linli.access.scope import scope_of

        return self.filter(scope_of(user).q("outbox.manage"), removed_at=None)

    def listening(self, topics, path: str, bodies):
        """Those to be told of any of ``topics`` at ``path``, where the bodies that take part are ``bodies`` (ids, or a subquery)."""
        concerned = Q(body=None) | Q(body__in=bodies)
        return self.filter(concerned, active=True, topics__overlap=list(topics), path__ancestors=path)


class Subscription(models.Model):
    """A system of a department that is told of matters: of a place and, where ``body`` is set, only of those that came to that body.

    ``secret_sealed`` signs what is sent (key id ``key``); for a day after a rotation the old one signs beside it.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=60)
    url = models.CharField(_("address (URL)"), max_length=500)
    topics = ArrayField(models.CharField(max_length=40), verbose_name=_("is told when a matter is"))
    place = models.ForeignKey(Place, models.PROTECT, related_name="+", verbose_name=_("place"))
    path = PathField(editable=False)
    body = models.ForeignKey(Body, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("only matters that came to"))
    active = models.BooleanField(_("active"), default=True)
    key = models.CharField(_("key"), max_length=32)
    secret_sealed = models.BinaryField()
    old_key = models.CharField(max_length=32, blank=True)
    old_secret_sealed = models.BinaryField(null=True, blank=True)
    old_until = models.DateTimeField(null=True, blank=True)
    made_at = models.DateTimeField(_("made"))
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("made by"))
    changed_at = models.DateTimeField(_("changed"))
    removed_at = models.DateTimeField(null=True, blank=True)  # gone; the row stays while messages to it do

    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        verbose_name = _("subscription")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["name"], condition=Q(removed_at=None), name="subscription_name"),
            models.CheckConstraint(name="subscription_removed", condition=Q(removed_at=None) | Q(active=False, old_key="")),
            models.CheckConstraint(
                name="subscription_topics", condition=Q(topics__contained_by=[t.value for t in Topic]) & Q(topics__len__gt=0)
            ),
            models.CheckConstraint(
                name="subscription_old_key",
                condition=Q(old_key="", old_secret_sealed=None, old_until=None)
                | (~Q(old_key="") & Q(old_secret_sealed__isnull=False, old_until__isnull=False)),
            ),
        ]
        indexes = [PathIndex(fields=["path"], name="subscription_path")]

    def __str__(self) -> str:
        return self.name


class MessageQuerySet(PlacedQuerySet):
    def visible_to(self, user):
        """Those about the places over which the user manages the outbox."""
        from linli.access.scope import scope_of

        return self.filter(scope_of(user).q("outbox.manage"))

    def open(self):
        return self.filter(state__in=[s.value for s in OPEN])


class Message(models.Model):
    """One message to one receiver. ``uid`` is its idempotency key: however often it is sent, a receiver that remembers it takes it once.

    ``due_at`` is when a worker takes it up next: for one that is being sent, when its lease runs out; null for one that is held (its
    subscription is paused) or over. Messages of one ``lane`` (one receiver, one subject) go in their order. ``address_sealed`` is the
    recipient's where that is a person; it goes the moment it is no longer needed. ``values`` fill the template, or are the payload.
    """

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("message", "waiting")
        SENDING = "sending", pgettext_lazy("message", "being sent")
        RETRY = "retry", pgettext_lazy("message", "to be tried again")
        DEAD = "dead", pgettext_lazy("message", "undeliverable")
        DELIVERED = "delivered", pgettext_lazy("message", "delivered")
        KEPT = "kept", pgettext_lazy("message", "written down here only")
        GIVEN_UP = "given_up", pgettext_lazy("message", "given up")

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    channel = models.CharField(pgettext_lazy("message", "channel"), max_length=10, choices=Channel.choices)
    subscription = models.ForeignKey(
        Subscription, models.PROTECT, null=True, blank=True, related_name="messages", verbose_name=_("subscription")
    )
    topic = models.CharField(_("what"), max_length=60)  # an event, or the key of a template
    subject = models.CharField(max_length=40, blank=True)  # "matters.matter": what it is about
    subject_ref = models.CharField(_("number"), max_length=40, blank=True)
    path = PathField(editable=False)
    lane = models.CharField(max_length=120)
    values = models.JSONField(default=dict)
    address_sealed = models.BinaryField(null=True, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.WAITING)
    due_at = models.DateTimeField(_("next attempt"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)  # of this round; begins anew when somebody tries again by hand
    tried = models.PositiveIntegerField(default=0)  # all attempts ever
    made_at = models.DateTimeField(_("written"))
    ended_at = models.DateTimeField(_("over since"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)  # why it was given up
    stripped_at = models.DateTimeField(null=True, blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("outbox", "message")
        ordering = ["-made_at", "-id"]
        constraints = [
            models.CheckConstraint(
                name="message_state",
                condition=Q(state="sending", due_at__isnull=False, ended_at=None, attempts__gte=1)
                | Q(state__in=["waiting", "retry"], ended_at=None)
                | Q(state__in=[s.value for s in ENDED], due_at=None, ended_at__isnull=False),
            ),
            # a recipient's address is kept while the message can still be sent, and not a moment longer
            models.CheckConstraint(
                name="message_address", condition=Q(address_sealed=None) | ~Q(state__in=["delivered", "kept", "given_up"])
            ),
            models.CheckConstraint(
                name="message_receiver",
                condition=Q(channel="webhook", subscription__isnull=False, address_sealed=None)
                | Q(channel__in=["sms", "wechat", "mail"], subscription=None),
            ),
            models.CheckConstraint(name="message_given_up", condition=~Q(state="given_up") | ~Q(reason="")),
            models.CheckConstraint(name="message_tried", condition=Q(tried__gte=F("attempts"))),
            models.CheckConstraint(name="message_stripped", condition=Q(stripped_at=None) | Q(values={}, address_sealed=None)),
        ]
        indexes = [
            models.Index(fields=["due_at"], name="message_due", condition=Q(due_at__isnull=False)),
            models.Index(fields=["lane", "id"], name="message_lane", condition=Q(ended_at=None)),
            models.Index(fields=["-made_at", "-id"], name="message_made"),
            models.Index(fields=["state", "ended_at"], name="message_over"),
            models.Index(fields=["subject", "subject_ref"], name="message_subject"),
            PathIndex(fields=["path"], name="message_path"),
        ]

    def __str__(self) -> str:  # never the recipient
        return f"message {self.uid}"

    @property
    def is_open(self) -> bool:
        return self.ended_at is None

    @property
    def tone(self) -> str:
        """How its state looks: see the badge."""
        return {"delivered": "good", "retry": "warn", "kept": "warn", "dead": "late", "sending": "info"}.get(self.state, "plain")

    @property
    def is_held(self) -> bool:
        """Waiting for its subscription to go on."""
        return self.is_open and self.due_at is None


class Attempt(models.Model):
    """One attempt: when, how long, what came of it. Never anything the receiver or the recipient said."""

    class Result(models.TextChoices):
        DELIVERED = "delivered", pgettext_lazy("message", "delivered")
        KEPT = "kept", pgettext_lazy("message", "written down here only")
        AGAIN = "again", pgettext_lazy("attempt", "failed, tried again")
        NEVER = "never", pgettext_lazy("attempt", "refused")
        LOST = "lost", pgettext_lazy("attempt", "not known: the worker stopped")

    message = models.ForeignKey(Message, models.CASCADE, related_name="attempt_lines")
    number = models.PositiveIntegerField()
    at = models.DateTimeField(_("when"))
    took_ms = models.PositiveIntegerField(_("took"), null=True, blank=True)
    result = models.CharField(_("result"), max_length=10, choices=Result.choices)
    status = models.PositiveSmallIntegerField(_("HTTP status"), null=True, blank=True)
    error = models.CharField(_("error"), max_length=60, blank=True)

    class Meta:
        verbose_name = _("attempt")
        ordering = ["message", "number"]
        constraints = [
            models.UniqueConstraint(fields=["message", "number"], name="attempt_once"),
            models.CheckConstraint(name="attempt_result", condition=Q(result__in=[r.value for r in Result])),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.result}"

    @property
    def says(self) -> str:
        """What came of it, in a word; of the last one of a message that is over, never that it is tried again."""
        if self.result == Result.AGAIN and self.message.ended_at and self.number == self.message.tried:
            return pgettext("attempt", "failed, the last one")
        return str(self.get_result_display())
