"""What a mediation keeps beside its work. Names, telephones and addresses are sealed like a reporter's; nothing leads from a person here."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from linli.bodies.models import Seat

SIDES = 9


class Party(models.Model):
    """Somebody on a side of a dispute: a person or an organisation, or who speaks for that side.

    Name, telephone and address are AES-GCM, bound to the row, opened for one look at a time with a purpose that is logged. The name of an
    organisation is no secret. Of a minor nothing is kept but that a custodian acts for them. There is no index and no search over any of it.
    """

    class Role(models.TextChoices):
        PARTY = "party", pgettext_lazy("of a dispute", "party")
        SPEAKER = "speaker", _("speaks for this side")

    matter = models.ForeignKey("matters.Matter", models.CASCADE, related_name="parties")
    side = models.PositiveSmallIntegerField(_("side"))  # 1: 甲方, 2: 乙方 …
    role = models.CharField(_("as"), max_length=8, choices=Role.choices, default=Role.PARTY)
    organisation = models.CharField(_("organisation"), max_length=100, blank=True)
    name_sealed = models.BinaryField(null=True, blank=True)
    phone_sealed = models.BinaryField(null=True, blank=True)
    address_sealed = models.BinaryField(null=True, blank=True)
    has_custodian = models.BooleanField(_("has a custodian"), default=False)
    at = models.DateTimeField(_("entered"))

    class Meta:
        verbose_name = pgettext_lazy("of a dispute", "party")
        ordering = ["side", "role", "id"]
        constraints = [
            models.CheckConstraint(name="party_side", condition=Q(side__gte=1, side__lte=SIDES)),
            models.CheckConstraint(name="party_somebody", condition=~Q(organisation="") | Q(name_sealed__isnull=False)),
            models.CheckConstraint(name="party_custodian", condition=Q(has_custodian=False) | Q(organisation="", role="party")),
        ]

    def __str__(self) -> str:  # never the person
        return f"party {self.pk} of matter {self.matter_id}"


class Mediator(models.Model):
    """Somebody who mediates, and the seat they do it from; the first of them leads."""

    matter = models.ForeignKey("matters.Matter", models.CASCADE, related_name="mediators")
    seat = models.ForeignKey(Seat, models.PROTECT, related_name="+", verbose_name=_("seat"))
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("mediator"))

    class Meta:
        verbose_name = _("mediator")
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["matter", "user"], name="mediator_once")]

    def __str__(self) -> str:
        return f"mediator {self.user_id} of matter {self.matter_id}"


class Agreement(models.Model):
    """What the sides agreed on. It takes effect when the sides and the mediators have signed and the seal is on it, if it is written; when
    it is struck, if it is oral and the mediator wrote it down. One that was changed stays, with the day from which the next one holds.

    The texts say «甲方», «乙方», never a name: those are put in where it is printed. ``apply_by`` is the last day on which the sides can ask
    the court to confirm it, the thirtieth after the one it took effect on. ``mediators`` are the names of those who mediated, the leading
    one first, as they sign: whoever is named later changes nothing on the paper.
    """

    class Form(models.TextChoices):
        WRITTEN = "written", pgettext_lazy("agreement", "written")
        ORAL = "oral", _("oral, written down by the mediator")

    class Decision(models.TextChoices):
        CONFIRMED = "confirmed", _("confirmed")
        REFUSED = "refused", pgettext_lazy("court", "not confirmed")

    matter = models.ForeignKey("matters.Matter", models.CASCADE, related_name="agreements")
    number = models.PositiveSmallIntegerField(_("number"))  # of this matter
    form = models.CharField(_("form"), max_length=8, choices=Form.choices)
    facts = models.TextField(_("what happened and what is disputed"), max_length=2000)
    responsibilities = models.TextField(_("who answers for what"), max_length=1000, blank=True)
    terms = models.TextField(_("what is agreed on besides"), max_length=2000, blank=True)
    signed_on = models.DateField(_("signed on"))
    effective_on = models.DateField(_("in effect from"))
    apply_by = models.DateField(_("confirmation can be asked for until"))
    committee = models.CharField(_("committee"), max_length=120)
    mediators = ArrayField(models.CharField(max_length=150), verbose_name=_("mediators"), default=list, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("entered by"))
    at = models.DateTimeField(_("entered"))
    replaced_on = models.DateField(_("replaced on"), null=True, blank=True)

    applied_on = models.DateField(_("applied for on"), null=True, blank=True)
    court = models.CharField(_("court"), max_length=80, blank=True)
    decided_on = models.DateField(_("decided on"), null=True, blank=True)
    decision = models.CharField(_("decision"), max_length=10, choices=Decision.choices, blank=True)

    class Meta:
        verbose_name = _("mediation agreement")
        ordering = ["matter", "number"]
        constraints = [
            models.UniqueConstraint(fields=["matter", "number"], name="agreement_number"),
            models.UniqueConstraint(fields=["matter"], name="agreement_in_force", condition=Q(replaced_on=None)),
            models.CheckConstraint(name="agreement_effect", condition=Q(effective_on__gte=F("signed_on"))),
            models.CheckConstraint(
                name="agreement_applied", condition=Q(applied_on=None, court="") | (Q(applied_on__isnull=False) & ~Q(court=""))
            ),
            models.CheckConstraint(
                name="agreement_in_time",
                condition=Q(applied_on=None) | Q(applied_on__gte=F("effective_on"), applied_on__lte=F("apply_by")),
            ),
            models.CheckConstraint(
                name="agreement_decided",
                condition=Q(decided_on=None, decision="")
                | (Q(decided_on__gte=F("applied_on"), applied_on__isnull=False) & ~Q(decision="")),
            ),
        ]
        indexes = [models.Index(fields=["apply_by"], name="agreement_to_apply", condition=Q(replaced_on=None, applied_on=None))]

    def __str__(self) -> str:
        return f"agreement {self.number} of matter {self.matter_id}"


class Obligation(models.Model):
    """One thing a side has to do by a day."""

    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="obligations")
    side = models.PositiveSmallIntegerField(_("side"))
    what = models.CharField(_("what"), max_length=300)
    due_on = models.DateField(_("due on"))
    performed_on = models.DateField(_("performed on"), null=True, blank=True)

    class Meta:
        verbose_name = _("obligation")
        ordering = ["due_on", "id"]
        constraints = [models.CheckConstraint(name="obligation_side", condition=Q(side__gte=1, side__lte=SIDES))]
        indexes = [models.Index(fields=["due_on"], name="obligation_open", condition=Q(performed_on=None))]

    def __str__(self) -> str:
        return f"obligation {self.pk} of agreement {self.agreement_id}"


class Enquiry(models.Model):
    """The mediator asked how the agreement is kept 履行回访."""

    class Found(models.TextChoices):
        ALL = "all", _("all that is due has been done")
        PART = "part", _("done in part")
        NONE = "none", _("not done")

    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="enquiries")
    on = models.DateField(_("asked on"))
    found = models.CharField(_("what was found"), max_length=5, choices=Found.choices)
    note = models.CharField(_("note"), max_length=500, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("asked by"))
    at = models.DateTimeField(_("entered"))

    class Meta:
        verbose_name = _("enquiry into performance")
        ordering = ["on", "id"]

    def __str__(self) -> str:
        return f"enquiry {self.pk} of agreement {self.agreement_id}"


class DisputeCourse(models.Model):
    """What the history of a dispute says for the measures, one row a dispute: made by ``measures.actions``, never written by hand.

    ``level`` is where it was when it was settled; ``within``: that is not beyond the level the charter wants it settled on.
    """

    flow = models.OneToOneField("flow.Flow", models.CASCADE, primary_key=True, related_name="dispute_course")
    place = models.ForeignKey("places.Place", models.PROTECT, related_name="+", db_index=False)
    areas = ArrayField(models.BigIntegerField())
    category = models.CharField(max_length=80, blank=True)
    raised_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    begun_at = models.DateTimeField(null=True)  # all sides agreed to mediation
    concluded_at = models.DateTimeField(null=True)  # agreed on, or given up, whichever was last
    settled_at = models.DateTimeField(null=True)
    level = models.CharField(max_length=12, blank=True)
    within = models.BooleanField(default=False)
    handed_at = models.DateTimeField(null=True)
    applied_at = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    performed = models.BooleanField(null=True)

    class Meta:
        verbose_name = _("course of a dispute")

    def __str__(self) -> str:
        return f"course of dispute {self.flow_id}"
