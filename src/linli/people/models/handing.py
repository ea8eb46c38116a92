"""What is given out: to residents by a link, and lists to staff."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from linli.people.models.base import RegisterQuerySet
from linli.people.models.living import Person
from linli.places.ltree import PathField, PathIndex
from linli.places.models import Place


class Handout(models.Model):
    """A link by which somebody reads what is held about them, once: given at the service station to whoever showed who they are.

    The link itself is stored nowhere, only its SHA-256; opened, it is used up, and ``session`` is the SHA-256 of what their browser then
    carries for a while. No foreign key in the database: whoever is erased takes their links along by a trigger.
    """

    class Way(models.TextChoices):
        CARD = "card", _("identity card shown, face compared")
        BOOKLET = "booklet", _("household booklet and another paper with a photo shown")
        OTHER_PHOTO = "photo", _("another official paper with a photo shown (passport, social security card)")
        CUSTODIAN = "custodian", _("custodian of a child: own identity card and proof of custody shown")

    person = models.ForeignKey(Person, models.DO_NOTHING, related_name="+", db_constraint=False)
    way = models.CharField(_("how it was checked who they are"), max_length=10, choices=Way.choices)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    expires_at = models.DateTimeField()
    digest = models.BinaryField(max_length=32, unique=True)
    used_at = models.DateTimeField(null=True, blank=True)
    session = models.BinaryField(max_length=32, unique=True, null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    path = PathField(editable=False)

    objects = RegisterQuerySet.as_manager()

    class Meta:
        verbose_name = _("link for a resident")
        constraints = [
            models.CheckConstraint(name="handout_way", condition=Q(way__in=["card", "booklet", "photo", "custodian"])),
            models.CheckConstraint(
                name="handout_used",
                condition=Q(used_at=None, session=None, ends_at=None) | Q(used_at__isnull=False, ends_at__isnull=False),
            ),
        ]
        indexes = [PathIndex(fields=["path"], name="handout_path"), models.Index(fields=["person"], name="handout_person")]

    def __str__(self) -> str:
        return f"link {self.pk} for person {self.person_id}"


class Takeout(models.Model):
    """A list of households that somebody wants to take out: what for, and what a second person says to it. Nobody answers their own.

    No sheet is kept: it is made when it is fetched, of what is registered then. ``names``: with the names whole; asked, and granted.
    """

    class State(models.TextChoices):
        ASKED = "asked", _("waits for a second person")
        APPROVED = "approved", pgettext_lazy("of a list", "approved")
        REFUSED = "refused", pgettext_lazy("of a list", "refused")
        WITHDRAWN = "withdrawn", pgettext_lazy("of a list", "withdrawn")

    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("asked for by"))
    at = models.DateTimeField(_("asked"))
    place = models.ForeignKey(Place, models.PROTECT, related_name="+", verbose_name=_("place"))
    path = PathField(editable=False)
    query = models.CharField(max_length=300, blank=True)  # the list's filters
    count = models.PositiveIntegerField(_("households"))  # when it was asked for
    why = models.CharField(_("what for"), max_length=200)
    wants_names = models.BooleanField(_("with whole names"), default=False)
    state = models.CharField(max_length=9, choices=State.choices, default=State.ASKED)
    names = models.BooleanField(default=False)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)  # or withdrawn
    note = models.CharField(_("note"), max_length=200, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    fetched = models.PositiveIntegerField(default=0)

    objects = RegisterQuerySet.as_manager()

    class Meta:
        verbose_name = _("list taken out")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(name="takeout_four_eyes", condition=Q(decided_by=None) | ~Q(decided_by=F("by"))),
            models.CheckConstraint(
                name="takeout_decided",
                condition=Q(state="asked", decided_by=None, decided_at=None, expires_at=None, names=False, fetched=0)
                | Q(state="withdrawn", decided_by=None, decided_at__isnull=False, expires_at=None, names=False, fetched=0)
                | Q(state="refused", decided_by__isnull=False, decided_at__isnull=False, expires_at=None, names=False, fetched=0)
                | Q(state="approved", decided_by__isnull=False, decided_at__isnull=False, expires_at__isnull=False),
            ),
            models.CheckConstraint(name="takeout_names", condition=Q(names=False) | Q(wants_names=True)),
        ]
        indexes = [PathIndex(fields=["path"], name="takeout_path"), models.Index(fields=["by", "-id"], name="takeout_by")]

    def __str__(self) -> str:
        return f"list {self.pk}"
