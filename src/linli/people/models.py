"""The population register: who lives where, from when to when; what units there are in a building; who is visited so as not to be forgotten.

Household ≠ dwelling ≠ person. Every row carries the ``path`` of its place, and the database gives the product's role only rows below
places opened for the transaction (``access.rls``). Nothing is overwritten: what a change replaces is kept by a trigger (``Past``), and
without an open change the trigger refuses. Identity numbers and telephones lie in ``Secret``, whose sealed column that role can't read.
"""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from linli.people import names
from linli.places.ltree import PathField, PathIndex
from linli.places.models import Place


class RegisterQuerySet(models.QuerySet):
    """Rows that lie somewhere in the area tree and hold residents' data."""

    def within(self, path: str):
        return self.filter(path__descends=path)

    def visible_to(self, user):
        """Those of the places the user's posts cover."""
        from linli.access.scope import scope_of

        return self.filter(scope_of(user).q("person.see"))


class _Period(Func):
    function = "DATERANGE"
    output_field = DateRangeField()


def _once(name: str, *same: str, condition: Q | None = None) -> ExclusionConstraint:
    """Periods of the rows that are the same in ``same`` don't overlap."""
    period = (_Period("since", "until", RangeBoundary()), RangeOperators.OVERLAPS)
    return ExclusionConstraint(name=name, expressions=[*((s, RangeOperators.EQUAL) for s in same), period], condition=condition)


class PeriodQuerySet(RegisterQuerySet):
    def on(self, day):
        """Rows that hold on ``day``."""
        return self.filter(Q(until=None) | Q(until__gt=day), since__lte=day)

    def open(self):
        """Rows that have not ended."""
        return self.filter(until=None)


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


class Change(models.Model):
    """One line of the register's history: who did what, when, to which household or person. Append-only, and no personal data in it.

    ``data`` holds names of fields, ids of places, dates. What a change replaced is in ``Past``.
    """

    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")  # null: the command line
    act = models.CharField(max_length=30)  # people.words.ACTS
    # no foreign keys: an entry that is undone goes, and its line stays
    household = models.ForeignKey(Household, models.DO_NOTHING, null=True, blank=True, related_name="changes", db_constraint=False)
    person = models.ForeignKey(Person, models.DO_NOTHING, null=True, blank=True, related_name="changes", db_constraint=False)
    data = models.JSONField(default=dict)
    note = models.CharField(_("note"), max_length=200, blank=True)
    undoes = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="undone_by")
    path = PathField(editable=False)

    objects = RegisterQuerySet.as_manager()

    class Meta:
        verbose_name = _("change of the register")
        ordering = ["-id"]
        indexes = [PathIndex(fields=["path"], name="change_path")]

    def __str__(self) -> str:
        return f"{self.act} {self.pk}"


class Touched(models.Model):
    """Which persons a change of several concerned, besides the one it names: so that it stands on each one's page."""

    change = models.ForeignKey(Change, models.PROTECT, related_name="touched")
    person = models.ForeignKey(Person, models.DO_NOTHING, related_name="+", db_constraint=False)
    path = PathField(editable=False)

    objects = RegisterQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "change"], name="touched_once")]
        indexes = [PathIndex(fields=["path"], name="touched_path")]

    def __str__(self) -> str:
        return f"change {self.change_id} of person {self.person_id}"


class Batch(models.Model):
    """Persons a change made, many at once, by the first and last of keys that follow one another: so that it stands on each one's page."""

    change = models.ForeignKey(Change, models.PROTECT, related_name="batches")
    first = models.BigIntegerField()
    last = models.BigIntegerField()
    path = PathField(editable=False)

    objects = RegisterQuerySet.as_manager()

    class Meta:
        constraints = [models.CheckConstraint(name="batch_in_order", condition=Q(first__lte=F("last")))]
        indexes = [models.Index(fields=["first", "last"], name="batch_keys"), PathIndex(fields=["path"], name="batch_path")]

    def __str__(self) -> str:
        return f"persons {self.first} to {self.last} of change {self.change_id}"


class Past(models.Model):
    """A row as it was before a change; ``was`` is null where the change made the row. Written by a trigger; the product can't read it.

    Rows made by one statement whose keys follow one another are one line: from ``row`` to ``upto``.
    """

    change = models.ForeignKey(Change, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=40)  # the table
    row = models.BigIntegerField()
    upto = models.BigIntegerField(null=True)
    was = models.JSONField(null=True)

    class Meta:
        indexes = [models.Index(fields=["kind", "row"], name="past_row")]

    def __str__(self) -> str:
        return f"{self.kind} {self.row} before change {self.change_id}"


class ImportFile(models.Model):
    """A sheet that somebody brought for the register: where to, how far it is, how many rows came to what. No cell of it stands here.

    Its rows wait in ``ImportPiece``, sealed, for a day; this line stays, as a line of history does.
    """

    class State(models.TextChoices):
        READ = "read", pgettext_lazy("of an import", "read")
        CHECKED = "checked", pgettext_lazy("of an import", "checked")
        DONE = "done", pgettext_lazy("of an import", "entered")
        UNDONE = "undone", pgettext_lazy("of an import", "taken back")

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("brought by"))
    at = models.DateTimeField(_("brought"))
    name = models.CharField(_("file name"), max_length=100)
    place = models.ForeignKey(Place, models.PROTECT, related_name="+", verbose_name=_("place"))
    path = PathField(editable=False)
    state = models.CharField(_("state"), max_length=7, choices=State.choices, default=State.READ)
    columns = models.JSONField(default=dict)  # number of the column → field of importing.columns.COLUMNS
    rows = models.PositiveIntegerField(_("rows"))
    counts = models.JSONField(default=dict)  # state of a row → how many; "faults": code → how many
    change = models.ForeignKey(Change, models.PROTECT, null=True, blank=True, related_name="+")
    kept = models.BooleanField(default=True)  # its rows are still here

    objects = RegisterQuerySet.as_manager()

    class Meta:
        verbose_name = _("sheet for the register")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(name="import_state", condition=Q(state__in=["read", "checked", "done", "undone"])),
            models.CheckConstraint(name="import_change", condition=Q(change=None) | Q(state__in=["done", "undone"])),
        ]
        indexes = [models.Index(fields=["by", "-at"], name="import_by"), PathIndex(fields=["path"], name="import_path")]

    def __str__(self) -> str:
        return f"import {self.pk}"


class ImportPiece(models.Model):
    """Some rows of a sheet, sealed: number 0 is what stands above them, headings last. ``outcome`` says what became of each row:
    what a cell held stands there only as a word of the register's own lists."""

    file = models.ForeignKey(ImportFile, models.CASCADE, related_name="pieces")
    number = models.PositiveIntegerField()
    sealed = models.BinaryField()
    outcome = models.JSONField(null=True)  # [row, state, [what, …]]
    path = PathField(editable=False)

    objects = RegisterQuerySet.as_manager()

    class Meta:
        verbose_name = _("rows that wait")
        constraints = [models.UniqueConstraint(name="import_piece_once", fields=["file", "number"])]
        indexes = [PathIndex(fields=["path"], name="import_piece_path")]

    def __str__(self) -> str:
        return f"piece {self.number} of import {self.file_id}"


class ImportColumn(models.Model):
    """What a community chose a heading to mean: so the next sheet is understood at once. "" : nothing is taken from it."""

    place = models.ForeignKey(Place, models.CASCADE, related_name="+", verbose_name=_("place"))
    heading = models.CharField(_("heading"), max_length=40)
    field = models.CharField(_("field"), max_length=20, blank=True)

    class Meta:
        verbose_name = _("column as it was chosen")
        constraints = [models.UniqueConstraint(name="import_column_once", fields=["place", "heading"])]

    def __str__(self) -> str:
        return f"{self.heading}: {self.field}"


class Pair(models.Model):
    """Two entries that may be one person; or, settled, that are two people. Seen only where both are (a policy asks for either)."""

    # no foreign keys: an entry that is taken back goes, and with it what was said of it
    first = models.ForeignKey(Person, models.DO_NOTHING, related_name="+", db_constraint=False)
    second = models.ForeignKey(Person, models.DO_NOTHING, related_name="+", db_constraint=False)
    reasons = ArrayField(models.CharField(max_length=10))  # of likeness.REASONS
    found_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)  # said to be two people
    settled_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("pair of entries alike")
        constraints = [
            models.UniqueConstraint(name="pair_once", fields=["first", "second"]),
            models.CheckConstraint(name="pair_in_order", condition=Q(first__lt=F("second"))),
            models.CheckConstraint(
                name="pair_settled", condition=Q(settled_at=None, settled_by=None) | Q(settled_at__isnull=False, settled_by__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"persons {self.first_id} and {self.second_id}"


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

    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("asked for by"))
    at = models.DateTimeField(_("asked"))
    place = models.ForeignKey(Place, models.PROTECT, related_name="+", verbose_name=_("place"))
    path = PathField(editable=False)
    query = models.CharField(max_length=300, blank=True)  # the list's filters
    count = models.PositiveIntegerField(_("households"))  # when it was asked for
    why = models.CharField(_("what for"), max_length=200)
    wants_names = models.BooleanField(_("with whole names"), default=False)
    state = models.CharField(max_length=8, choices=State.choices, default=State.ASKED)
    names = models.BooleanField(default=False)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
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
                | Q(state="refused", decided_by__isnull=False, decided_at__isnull=False, expires_at=None, names=False, fetched=0)
                | Q(state="approved", decided_by__isnull=False, decided_at__isnull=False, expires_at__isnull=False),
            ),
            models.CheckConstraint(name="takeout_names", condition=Q(names=False) | Q(wants_names=True)),
        ]
        indexes = [PathIndex(fields=["path"], name="takeout_path"), models.Index(fields=["by", "-id"], name="takeout_by")]

    def __str__(self) -> str:
        return f"list {self.pk}"
