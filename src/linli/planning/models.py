"""How communities could be divided into grids, with all that made the alternatives; and the other questions of planning with their answers."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Value, When
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from linli.charter.models import CharterVersion
from linli.flow.models import Flow
from linli.frame.models import Job
from linli.places.codes import called_at
from linli.places.ltree import PathField, PathIndex
from linli.places.models import Place, PlacedQuerySet


class Kind(models.TextChoices):
    COUNTS = "counts", _("household counts")
    BARRIERS = "barriers", _("barriers")
    WAYS = "ways", _("ways to walk along")


class Material(models.Model):
    """A file planning stands on besides what is stored: households of buildings, lines nobody walks across, or ways people walk along. A new
    one replaces it.

    ``values`` is what was read from it: building's code → households, or GeoJSON geometries (WGS-84).
    """

    place = models.ForeignKey(Place, models.PROTECT, related_name="+", verbose_name=_("community"))
    path = PathField(editable=False)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    name = models.CharField(_("file name"), max_length=100)
    sha256 = models.CharField(max_length=64)
    values = models.JSONField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("brought by"))
    at = models.DateTimeField(_("brought"))

    class Meta:
        verbose_name = _("material of a plan")
        constraints = [
            models.UniqueConstraint(fields=["place", "kind"], name="material_once"),
            models.CheckConstraint(name="material_kind", condition=Q(kind__in=[k.value for k in Kind])),
        ]

    def __str__(self) -> str:
        return self.name


class State(models.TextChoices):
    SEARCHING = "searching", pgettext_lazy("alternative", "being searched")
    FAILED = "failed", pgettext_lazy("alternative", "not possible so")
    KEPT = "kept", pgettext_lazy("alternative", "kept")
    PROPOSED = "proposed", pgettext_lazy("alternative", "proposed")
    DECLINED = "declined", pgettext_lazy("alternative", "declined")
    ADOPTED = "adopted", pgettext_lazy("alternative", "adopted")


DIVIDED = (State.KEPT, State.PROPOSED, State.DECLINED, State.ADOPTED)


class AlternativeQuerySet(PlacedQuerySet):
    def visible_to(self, user: Any):
        from linli.access.scope import scope_of

        return self.filter(scope_of(user).q("plan.see"))


class Alternative(models.Model):
    """A division of a community 方案, with the facts and options it was made from: made again it comes out the same.

    ``lab`` is each site's unit as it was searched, ``units`` their names with the code of the present grid each continues, ``moves`` what was
    moved by hand since. ``result`` holds the bound; other figures are reckoned when they are shown. ``handover`` is said when it is
    proposed: names of new grids, and who takes over from grids that end. ``seq`` is the version two people race for.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    place = models.ForeignKey(Place, models.PROTECT, related_name="+", verbose_name=_("community"))
    path = PathField(editable=False)
    number = models.PositiveIntegerField(_("number"))
    note = models.CharField(_("note"), max_length=80, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices)
    facts = models.JSONField()
    options = models.JSONField()
    digest = models.CharField(max_length=64)
    lab = models.JSONField(null=True, blank=True)
    units = models.JSONField(default=list, blank=True)
    moves = models.JSONField(default=list, blank=True)
    result = models.JSONField(default=dict, blank=True)
    problems = models.JSONField(default=list, blank=True)
    checked_at = models.DateTimeField(_("made again"), null=True, blank=True)
    checked_same = models.BooleanField(null=True, blank=True)
    job = models.UUIDField(null=True, blank=True)
    handover = models.JSONField(default=dict, blank=True)
    flow = models.OneToOneField(Flow, models.PROTECT, null=True, blank=True, related_name="+")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("made by"))
    made_at = models.DateTimeField(_("made"))
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    adopted_on = models.DateField(_("in force since"), null=True, blank=True)
    seq = models.PositiveIntegerField(default=1)
    is_demo = models.BooleanField(_("demonstration data"), default=False)

    objects = AlternativeQuerySet.as_manager()

    class Meta:
        verbose_name = _("alternative")
        ordering = ["place", "number"]
        constraints = [
            models.UniqueConstraint(fields=["place", "number"], name="alternative_number"),
            models.CheckConstraint(name="alternative_state", condition=Q(state__in=[s.value for s in State])),
            models.CheckConstraint(
                name="alternative_divided", condition=Q(state__in=["searching", "failed"], lab=None) | Q(state__in=list(DIVIDED), lab__isnull=False)
            ),
            models.CheckConstraint(
                name="alternative_adopted", condition=(Q(state="adopted") & Q(adopted_on__isnull=False)) | (~Q(state="adopted") & Q(adopted_on=None))
            ),
            models.CheckConstraint(
                name="alternative_proposed", condition=~Q(state__in=["proposed", "declined", "adopted"]) | Q(flow__isnull=False)
            ),
            models.UniqueConstraint(fields=["place"], name="alternative_one_proposed", condition=Q(state="proposed")),
        ]  # fmt: skip
        indexes = [PathIndex(fields=["path"], name="alternative_path")]

    def __str__(self) -> str:
        return f"{self.number} {self.note}".strip()


class StudyState(models.TextChoices):
    WORKING = "working", pgettext_lazy("study", "under way")
    DONE = "done", pgettext_lazy("study", "done")
    FAILED = "failed", pgettext_lazy("study", "not possible so")
    STOPPED = "stopped", pgettext_lazy("study", "stopped")


class StudyQuerySet(PlacedQuerySet):
    def visible_to(self, user: Any):
        from linli.access.scope import scope_of

        return self.filter(scope_of(user).q("plan.see"))

    def with_state(self):
        """``said``: its state now. One whose job is no longer there has stopped: somebody ended it while it waited, or its worker died."""
        live = Job.objects.filter(uid=OuterRef("job"), state__in=[Job.State.WAITING, Job.State.RUNNING])
        stopped = When(Q(state=StudyState.WORKING) & ~Exists(live), then=Value(StudyState.STOPPED.value))
        return self.annotate(said=Case(stopped, default=F("state"), output_field=models.CharField(choices=StudyState.choices)))


class Study(models.Model):
    """A question of planning 测算 and its answer, with all that it was made from: asked again it comes out the same.

    ``kind`` names one of ``planning.studies.kinds``. ``options`` and ``files`` are what was asked, ``charter`` the version whose norms stood in
    the form. ``result``: ``figures``, ``words`` by language, ``features``, ``rows``.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(_("kind"), max_length=20)
    place = models.ForeignKey(Place, models.PROTECT, related_name="+", verbose_name=_("place"))
    path = PathField(editable=False)
    note = models.CharField(_("note"), max_length=80, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=StudyState.choices)
    options = models.JSONField()
    charter = models.ForeignKey(CharterVersion, models.PROTECT, related_name="+", verbose_name=_("charter version"))
    digest = models.CharField(max_length=64)
    result = models.JSONField(null=True, blank=True)
    problems = models.JSONField(default=list, blank=True)
    checked_at = models.DateTimeField(_("made again"), null=True, blank=True)
    checked_same = models.BooleanField(null=True, blank=True)
    former = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("made from")
    )  # asked again with other values
    job = models.UUIDField(null=True, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("made by"))
    made_at = models.DateTimeField(_("made"))
    is_demo = models.BooleanField(_("demonstration data"), default=False)

    objects = StudyQuerySet.as_manager()

    class Meta:
        verbose_name = _("study")
        ordering = ["-made_at", "-id"]
        constraints = [
            models.CheckConstraint(name="study_state", condition=Q(state__in=[s.value for s in StudyState])),
            models.CheckConstraint(name="study_kind", condition=~Q(kind="")),
            models.CheckConstraint(
                name="study_result", condition=Q(state="done", result__isnull=False) | (~Q(state="done") & Q(result__isnull=True))
            ),
        ]
        indexes = [PathIndex(fields=["path"], name="study_path"), models.Index(fields=["-made_at", "-id"], name="study_made")]

    def __str__(self) -> str:
        return self.note or f"{self.kind} {self.pk}"

    @property
    def called(self) -> str:
        """What its place is called: a grid with its community, which is to be joined (``place__parent``)."""
        at = self.place
        return called_at(at.name, at.level, at.parent.name if at.level == "grid" and at.parent else None)


class StudyFile(models.Model):
    """A file that a study was made from. ``own``: written from what is stored here, not brought by anybody."""

    study = models.ForeignKey(Study, models.CASCADE, related_name="files")
    role = models.CharField(max_length=20)
    name = models.CharField(_("file name"), max_length=100)
    own = models.BooleanField(default=False)
    sha256 = models.CharField(max_length=64)
    data = models.BinaryField()

    class Meta:
        verbose_name = _("file of a study")
        constraints = [models.UniqueConstraint(fields=["study", "role"], name="study_file_once")]

    def __str__(self) -> str:
        return self.name
