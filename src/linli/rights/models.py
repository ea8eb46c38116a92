"""A resident's own request about what the register holds of them. Its words are sealed; deadline, step and history are those of its flow."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from linli.flow.models import Flow
from linli.kit import crypto
from linli.people.models import Person, RegisterQuerySet
from linli.places.ltree import PathField, PathIndex

LONGEST = 1000


class OwnRequest(models.Model):
    """That something is corrected or deleted, asked by the person it is about, and what was answered.

    ``path`` is the community that was asked. No foreign key to the person in the database: whoever is erased takes their requests along by
    a trigger; what stays is the flow, which holds no word and no name.
    """

    class Kind(models.TextChoices):
        CORRECT = "correct", _("correct it")
        DELETE = "delete", _("delete it")

    class Item(models.TextChoices):
        NAME = "name", pgettext_lazy("of a person", "name")
        BIRTH = "birth", _("date of birth or sex")
        NUMBER = "number", _("identity number")
        PHONE = "phone", _("telephone")
        HOME = "home", _("where or how you live")
        VISITS = "visits", _("visits under a group")
        CUSTODY = "custody", _("custody")
        OTHER = "other", _("something else")
        ALL = "all", _("everything")

    class State(models.TextChoices):
        ASKED = "asked", pgettext_lazy("of a resident's request", "not yet decided")
        GRANTED = "granted", pgettext_lazy("of a resident's request", "granted")
        RETURNED = "returned", pgettext_lazy("of a resident's request", "say more and ask again")
        REFUSED = "refused", pgettext_lazy("of a resident's request", "refused")
        WITHDRAWN = "withdrawn", pgettext_lazy("of a resident's request", "withdrawn")

    person = models.ForeignKey(Person, models.DO_NOTHING, related_name="+", db_constraint=False)
    kind = models.CharField(_("what is asked"), max_length=7, choices=Kind.choices)
    item = models.CharField(_("what it is about"), max_length=7, choices=Item.choices)
    words_sealed = models.BinaryField()
    answer_sealed = models.BinaryField(null=True, blank=True)
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.ASKED)
    flow = models.OneToOneField(Flow, models.PROTECT, related_name="+")
    at = models.DateTimeField(_("requested on"))
    decided_at = models.DateTimeField(null=True, blank=True)  # or withdrawn
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    path = PathField(editable=False)

    objects = RegisterQuerySet.as_manager()

    class Meta:
        verbose_name = _("resident's request")
        constraints = [
            models.CheckConstraint(name="own_request_kind", condition=Q(kind="correct") & ~Q(item="all") | Q(kind="delete")),
            models.CheckConstraint(
                name="own_request_decided",
                condition=Q(state="asked", decided_at=None, decided_by=None, answer_sealed=None)
                | Q(state="withdrawn", decided_at__isnull=False, decided_by=None, answer_sealed=None)
                | Q(state="granted", decided_at__isnull=False, decided_by__isnull=False)
                | Q(state__in=["returned", "refused"], decided_at__isnull=False, decided_by__isnull=False, answer_sealed__isnull=False),
            ),
        ]
        indexes = [
            PathIndex(fields=["path"], name="own_request_path"),
            models.Index(fields=["person", "-at"], name="own_request_person"),
            models.Index(fields=["decided_at"], name="own_request_ended"),
        ]

    def __str__(self) -> str:
        return f"request {self.pk}"

    @property
    def words(self) -> str:
        """In the resident's own words. For pages of this request only."""
        return crypto.open(self.words_sealed, context("words_sealed", self.pk))

    @property
    def answer(self) -> str:
        return crypto.open(self.answer_sealed, context("answer_sealed", self.pk)) if self.answer_sealed else ""


def context(column: str, pk: int) -> str:
    """What a sealed value of a row is bound to."""
    return crypto.context(OwnRequest._meta.db_table, column, pk)
