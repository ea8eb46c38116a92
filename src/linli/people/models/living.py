"""Who lives where: households, people, their numbers, their lives together, whom they care for, who visits; units in a building."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from linli.people import names
from linli.people.models.base import PeriodQuerySet, RegisterQuerySet, _once
from linli.places.ltree import PathField, PathIndex
from linli.places.models import Place


class Household(models.Model):
    """People who keep house together at one dwelling, from when to when. A household that moves ends, and goes on as another."""

    dwelling = models.ForeignKey(Place, models.PROTECT, related_name="+", verbose_name=_("dwelling"))
    path = PathField(editable=False)
    since = models.DateField(_("since"))
    until = models.DateField(_("until"), null=True, blank=True)
    came_from = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="went_to", verbose_name=_("moved here from"))
    is_demo = models.BooleanField(_("demonstration data"), default=False)

    objects = PeriodQuerySet.as_manager()

    class Meta:
        verbose_name = _("household")
        constraints = [models.CheckConstraint(name="household_period", condition=Q(until=None) | Q(until__gte=F("since")))]
        indexes = [PathIndex(fields=["path"], name="household_path")]

    def __str__(self) -> str:
        return f"household {self.pk}"


class Sex(models.TextChoices):
    FEMALE = "f", pgettext_lazy("sex", "female")
    MALE = "m", pgettext_lazy("sex", "male")


class Person(models.Model):
    """A resident. The name is sealed; it is found by ``tokens``, keyed digests of the name, its sound and its initials (``names``).

    ``community`` is the code of the community they live in (or lived in last), by which a search stays within it on one index.
    """

    name_sealed = models.BinaryField()
    tokens = ArrayField(models.BigIntegerField(), editable=False)
    sex = models.CharField(_("sex"), max_length=1, choices=Sex.choices, blank=True)
    born = models.DateField(_("date of birth"), null=True, blank=True)
    died = models.DateField(_("date of death"), null=True, blank=True)
    community = models.CharField(max_length=40, editable=False)
    # another entry of the same person, which holds what is known now
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="merged", verbose_name=_("merged into"))
    path = PathField(editable=False)
    is_demo = models.BooleanField(_("demonstration data"), default=False)

    objects = RegisterQuerySet.as_manager()

    class Meta:
        verbose_name = _("person")
        constraints = [
            models.CheckConstraint(name="person_sex", condition=Q(sex__in=["", *Sex.values])),
            models.CheckConstraint(name="person_not_itself", condition=Q(merged_into=None) | ~Q(merged_into=F("id"))),
            models.CheckConstraint(name="person_lived", condition=Q(died=None) | Q(born=None) | Q(died__gte=F("born"))),
        ]
        indexes = [models.Index(fields=["community", "born"], name="person_born")]

    def __str__(self) -> str:  # never the name
        return f"person {self.pk}"

    @property
    def name(self) -> str:
        """As it is written. For pages of one person or household; lists show ``masked_name``."""
        return names.opened(self.name_sealed, self.pk)

    @property
    def masked_name(self) -> str:
        return names.masked(self.name)


class Secret(models.Model):
    """An identity number or a telephone. The product's role writes ``sealed`` and can't read it: ``linli_people_reveal`` gives it out.

    ``shown`` is the masked form (138****5678), sealed too. ``blind`` finds the exact value. A number that changes ends and another begins.
    """

    class Kind(models.TextChoices):
        ID = "id", _("identity number")
        PHONE = "phone", _("telephone")

    person = models.ForeignKey(Person, models.PROTECT, related_name="secrets")
    kind = models.CharField(max_length=5, choices=Kind.choices)
    sealed = models.BinaryField()
    shown = models.BinaryField()
    blind = models.BinaryField(max_length=32)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)
    path = PathField(editable=False)
    is_demo = models.BooleanField(default=False)

    objects = RegisterQuerySet.as_manager()

    class Meta:
        verbose_name = _("protected number")
        constraints = [
            models.CheckConstraint(name="secret_kind", condition=Q(kind__in=["id", "phone"])),
            models.CheckConstraint(name="secret_period", condition=Q(until=None) | Q(until__gte=F("since"))),
            # the same number is the same person
            models.UniqueConstraint(name="secret_id_once", fields=["blind"], condition=Q(kind="id", until=None)),
            models.UniqueConstraint(name="secret_one_id", fields=["person"], condition=Q(kind="id", until=None)),
            models.UniqueConstraint(name="secret_phone_once", fields=["person", "blind"], condition=Q(kind="phone", until=None)),
        ]
        indexes = [
            models.Index(fields=["blind"], name="secret_phone", condition=Q(kind="phone", until=None)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of person {self.person_id}"


class Role(models.TextChoices):
    """What somebody is to the head of the household 与户主关系."""

    HEAD = "head", _("head of the household")
    SPOUSE = "spouse", _("spouse")
    CHILD = "child", _("child")
    CHILD_IN_LAW = "child_in_law", _("child-in-law")
    GRANDCHILD = "grandchild", _("grandchild")
    PARENT = "parent", _("parent")
    PARENT_IN_LAW = "parent_in_law", _("parent-in-law")
    GRANDPARENT = "grandparent", _("grandparent")
    SIBLING = "sibling", _("brother or sister")
    OTHER_KIN = "other_kin", _("other relative")
    NOT_KIN = "not_kin", _("not related")
    UNKNOWN = "unknown", _("not known")


class Tenure(models.TextChoices):
    """By what right somebody lives there 居住方式."""

    OWN = "own", _("own dwelling")
    RENTED = "rented", _("rented")
    LODGING = "lodging", _("lodging with somebody")
    EMPLOYER = "employer", _("of the employer")
    OTHER = "other", _("otherwise")
    UNKNOWN = "unknown", _("not known")


class Registered(models.TextChoices):
    """Where the household registration 户籍 lies."""

    HERE = "here", _("registered here")
    ELSEWHERE = "elsewhere", _("registered elsewhere")
    UNKNOWN = "unknown", _("not known")


class Ended(models.TextChoices):
    """Why a residence ended."""

    MOVED = "moved", _("moved within the register")
    LEFT = "left", _("moved away")
    DIED = "died", _("died")


class Residence(models.Model):
    """That somebody lives in a household, from when to when. At most one household at a time: the database holds that."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="residences", verbose_name=_("person"))
    household = models.ForeignKey(Household, models.PROTECT, related_name="residences", verbose_name=_("household"))
    role = models.CharField(_("to the head of the household"), max_length=14, choices=Role.choices)
    tenure = models.CharField(_("lives there by"), max_length=10, choices=Tenure.choices)
    registered = models.CharField(_("household registration"), max_length=10, choices=Registered.choices)
    registered_at = models.CharField(_("registered at"), max_length=60, blank=True)  # province to street is enough, and all that is asked
    since = models.DateField(_("since"))
    until = models.DateField(_("until"), null=True, blank=True)  # first day they no longer live there
    ended = models.CharField(_("ended because"), max_length=5, choices=Ended.choices, blank=True)
    path = PathField(editable=False)
    is_demo = models.BooleanField(_("demonstration data"), default=False)

    objects = PeriodQuerySet.as_manager()

    class Meta:
        verbose_name = _("residence")
        constraints = [
            # of what has ended; one is open at most; and a trigger holds the two apart (linli_people_apart)
            _once("residence_one_household", "person", condition=Q(until__isnull=False)),
            models.UniqueConstraint(name="residence_one_open", fields=["person"], condition=Q(until=None)),
            models.UniqueConstraint(name="residence_one_head", fields=["household"], condition=Q(role="head", until=None)),
            models.CheckConstraint(name="residence_period", condition=Q(until=None) | Q(until__gte=F("since"))),
            models.CheckConstraint(
                name="residence_ended", condition=Q(until=None, ended="") | Q(until__isnull=False, ended__in=Ended.values)
            ),
            models.CheckConstraint(name="residence_role", condition=Q(role__in=Role.values)),
            models.CheckConstraint(name="residence_tenure", condition=Q(tenure__in=Tenure.values)),
            models.CheckConstraint(
                name="residence_registered", condition=Q(registered="elsewhere") | Q(registered__in=["here", "unknown"], registered_at="")
            ),
        ]

    def __str__(self) -> str:
        return f"person {self.person_id} in household {self.household_id}"


class Membership(models.Model):
    """That somebody is visited under a group of the charter: since when, for what, entered by whom. Seen only by the posts it names."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="memberships", verbose_name=_("person"))
    group = models.CharField(_("group"), max_length=40)  # the charter's group id
    since = models.DateField(_("since"))
    until = models.DateField(_("until"), null=True, blank=True)
    purpose = models.CharField(_("what the visits are for"), max_length=200)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("entered by"))
    path = PathField(editable=False)
    is_demo = models.BooleanField(_("demonstration data"), default=False)

    objects = PeriodQuerySet.as_manager()

    class Meta:
        verbose_name = _("membership of a visited group")
        constraints = [
            _once("membership_once", "person", "group"),
            models.CheckConstraint(name="membership_period", condition=Q(until=None) | Q(until__gte=F("since"))),
            models.CheckConstraint(name="membership_purpose", condition=~Q(purpose="") & ~Q(group="")),
        ]
        indexes = [PathIndex(fields=["path"], name="membership_path")]

    def __str__(self) -> str:
        return f"membership {self.pk} of person {self.person_id}"


class Custody(models.Model):
    """Who has custody of a child 监护人, from when to when."""

    class Kind(models.TextChoices):
        PARENT = "parent", _("father or mother")
        GRANDPARENT = "grandparent", _("grandparent")
        KIN = "kin", _("brother, sister or other relative")
        APPOINTED = "appointed", _("appointed")

    child = models.ForeignKey(Person, models.PROTECT, related_name="custodies", verbose_name=_("child"))
    custodian = models.ForeignKey(Person, models.PROTECT, related_name="wards", verbose_name=_("custodian"))
    kind = models.CharField(_("custodian is"), max_length=12, choices=Kind.choices)
    since = models.DateField(_("since"))
    until = models.DateField(_("until"), null=True, blank=True)
    path = PathField(editable=False)
    is_demo = models.BooleanField(_("demonstration data"), default=False)

    objects = PeriodQuerySet.as_manager()

    class Meta:
        verbose_name = _("custody")
        constraints = [
            _once("custody_once", "child", "custodian"),
            models.CheckConstraint(name="custody_of_another", condition=~Q(child=F("custodian"))),
            models.CheckConstraint(name="custody_period", condition=Q(until=None) | Q(until__gte=F("since"))),
            models.CheckConstraint(name="custody_kind", condition=Q(kind__in=["parent", "grandparent", "kin", "appointed"])),
        ]
        indexes = [PathIndex(fields=["path"], name="custody_path")]

    def __str__(self) -> str:
        return f"custody {self.pk}"


class UnitKind(models.TextChoices):
    """What a unit 单位 is."""

    SHOP = "shop", _("shop or eating place")
    COMPANY = "company", _("company")
    WORKSHOP = "workshop", _("workshop")
    SCHOOL = "school", _("school or training place")
    CLINIC = "clinic", _("clinic or pharmacy")
    OFFICE = "office", _("public office")
    ASSOCIATION = "association", _("association")
    OTHER = "other", _("other unit")


class Unit(models.Model):
    """A unit 单位 in a building: a shop, a company, a school. What it is and where; nothing about who works there."""

    name = models.CharField(_("name"), max_length=100)
    kind = models.CharField(_("kind"), max_length=12, choices=UnitKind.choices)
    place = models.ForeignKey(Place, models.PROTECT, related_name="+", verbose_name=_("place"))
    path = PathField(editable=False)
    since = models.DateField(_("since"))
    until = models.DateField(_("until"), null=True, blank=True)
    is_demo = models.BooleanField(_("demonstration data"), default=False)

    objects = PeriodQuerySet.as_manager()

    class Meta:
        verbose_name = _("unit in the area")
        ordering = ["name", "id"]
        constraints = [
            models.CheckConstraint(name="unit_period", condition=Q(until=None) | Q(until__gte=F("since"))),
            models.CheckConstraint(name="unit_kind", condition=Q(kind__in=UnitKind.values)),
            _once("unit_once", "name", "place"),
        ]
        indexes = [PathIndex(fields=["path"], name="unit_path")]

    def __str__(self) -> str:
        return self.name
