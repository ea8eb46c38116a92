"""Accounts, the keys of programs, and the log of every look at protected fields."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from linli.bodies.models import Holding
from linli.places.ltree import PathField, PathIndex
from linli.places.models import Place, PlacedQuerySet


class User(AbstractUser):
    """A member of staff who signs in. What they may do is in their holdings, never here: is_staff and is_superuser stay unused.

    ``is_demo`` marks a demonstration sign-in; such accounts exist only in a database that holds nothing but demonstration data.
    """

    name = models.CharField(_("name"), max_length=60)
    phone_last4 = models.CharField(_("last four digits of the phone"), max_length=4, blank=True)
    is_demo = models.BooleanField(_("demonstration sign-in"), default=False)
    must_change_password = models.BooleanField(_("must set a new password"), default=False)
    language = models.CharField(_("language"), max_length=10, blank=True)

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    REQUIRED_FIELDS = ["name"]

    class Meta:
        verbose_name = _("account")

    def __str__(self) -> str:
        return self.name or self.username

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name


class Purpose(models.TextChoices):
    """Why a protected field is read: a closed list (privacy rules, PIPL art. 6)."""

    VISIT = "visit", _("visit")
    APPLICATION = "application", _("application")
    MATTER = "matter", _("matter")
    CORRECTION = "correction", _("correction")
    IMPORT_CHECK = "import_check", _("import check")
    FOR_THE_PERSON = "for_the_person", _("export for the person")


class ReadLog(models.Model):
    """One line for each look at somebody's protected fields. Append-only (trigger), hash-chained by ``access.readlog``."""

    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    subject = models.CharField(max_length=80)  # "matters.reporter:123": a record, never a person's name
    fields = models.CharField(max_length=200)
    purpose = models.CharField(max_length=20, choices=Purpose.choices)
    note = models.CharField(max_length=200, blank=True)
    path = PathField(default="", blank=True)  # place of the record, for the auditors of its area; empty: those of the whole only
    prev = models.BinaryField(max_length=32)
    hash = models.BinaryField(max_length=32, unique=True)

    class Meta:
        verbose_name = _("look at protected data")
        constraints = [models.CheckConstraint(name="readlog_purpose", condition=Q(purpose__in=[p.value for p in Purpose]))]
        indexes = [
            models.Index(fields=["subject", "at"], name="readlog_subject"),
            models.Index(fields=["by", "at"], name="readlog_by"),
            PathIndex(fields=["path"], name="readlog_path"),
        ]

    def __str__(self) -> str:
        return f"{self.subject} {self.fields}"


class ApiKeyQuerySet(PlacedQuerySet):
    def valid(self, now=None):
        """Those that open something at this moment, as far as the key itself says; whether its seat is still held is asked besides."""
        now = now or timezone.now()
        return self.filter(revoked_at=None, expires_at__gt=now)


class ApiKey(models.Model):
    """A key by which a program uses the interfaces. Only the SHA-256 of the secret is stored; it is shown once, when it is made.

    A staff key acts for the holder of one seat, with some of that post's abilities, and ends with the holding. A client key holds no
    post: it hands in matters for the place it is made for (Open311), like the residents' page, and reads nothing that isn't public.
    """

    class Kind(models.TextChoices):
        STAFF = "staff", _("acts from a post")
        CLIENT = "client", _("hands in matters (Open311)")

    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    name = models.CharField(_("name"), max_length=60)
    prefix = models.CharField(_("begins with"), max_length=16, unique=True)
    digest = models.CharField(max_length=64)
    holding = models.ForeignKey(Holding, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("holding"))
    abilities = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    place = models.ForeignKey(Place, models.PROTECT, related_name="+", verbose_name=_("place"), db_index=False)
    path = PathField(editable=False)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="api_keys", verbose_name=_("made by"))
    made_at = models.DateTimeField(_("made"))
    expires_at = models.DateTimeField(_("expires"))
    used_on = models.DateField(_("last used"), null=True, blank=True)  # the day only: nobody's hours are kept
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    revoked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        verbose_name = _("key")
        constraints = [
            models.CheckConstraint(
                name="apikey_staff_by_holding",
                condition=(Q(kind="staff", holding__isnull=False) & ~Q(abilities=[])) | Q(kind="client", holding=None, abilities=[]),
            ),
            models.CheckConstraint(name="apikey_ends", condition=Q(expires_at__gt=models.F("made_at"))),
            models.CheckConstraint(
                name="apikey_revoked", condition=Q(revoked_at=None, revoked_by=None) | Q(revoked_at__isnull=False, revoked_by__isnull=False)
            ),
        ]
        indexes = [PathIndex(fields=["path"], name="apikey_path")]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"
