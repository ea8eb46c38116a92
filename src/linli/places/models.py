"""The area tree: official places by their 12-digit codes, grids with shapes, buildings, units, dwellings, facilities."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeBoundary, RangeOperators
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Exists, Func, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from linli.places.ltree import PathField, PathIndex


class Level(models.TextChoices):
    PROVINCE = "province", _("province")
    CITY = "city", _("city")
    DISTRICT = "district", _("district or county")
    STREET = "street", _("street or township")
    COMMUNITY = "community", _("community")
    GRID = "grid", _("grid")
    BUILDING = "building", _("building")
    UNIT = "unit", _("unit")
    DWELLING = "dwelling", _("dwelling")


class PlacedQuerySet(models.QuerySet):
    """Rows that have to do with a place. Places that come with them come without their outlines: these are long, and who draws one asks for it."""

    def select_related(self, *fields):
        rows = super().select_related(*fields)
        return rows.defer(*_outlines(rows.model, rows.query.select_related))


def _outlines(model: type[models.Model], related: Any, way: str = "") -> Iterator[str]:
    """Where outlines would come along, as «defer» names them."""
    for name, further in related.items() if isinstance(related, dict) else ():
        other: Any = model._meta.get_field(name).related_model
        if other is Place:
            yield f"{way}{name}__shape"
        yield from _outlines(other, further, f"{way}{name}__")


class AreaQuerySet(PlacedQuerySet):
    """Rows that lie somewhere in the area tree."""

    def within(self, path: str):
        """``path`` itself and everything below it: one index range over the ltree."""
        return self.filter(path__descends=path)

    def visible_to(self, user):
        from linli.places.guard import scope_of

        return self.filter(scope_of(user).q("place.see"))


class PlaceQuerySet(AreaQuerySet):
    def current(self, day=None):
        """Places valid on ``day`` (today in Asia/Shanghai by default)."""
        from django.utils import timezone

        day = day or timezone.localdate()
        return self.filter(Q(valid_to=None) | Q(valid_to__gt=day), valid_from__lte=day)

    def gone(self, day=None):
        """Places that have ended and that nothing follows, as they were last."""
        from django.utils import timezone

        day = day or timezone.localdate()
        later = Place.objects.filter(code=OuterRef("code"), valid_from__gt=OuterRef("valid_from"), valid_from__lte=day)
        return self.filter(~Exists(later), valid_to__lte=day)


class _Period(Func):
    function = "DATERANGE"
    output_field = DateRangeField()


class Place(models.Model):
    """A node of the area tree. A place that is renamed or redrawn ends and another begins; nothing is overwritten.

    ``path`` is the ltree of labels from the root, the label being the code with other signs than letters and digits as "_".
    ``shape`` is a GeoJSON Polygon or MultiPolygon, ``lon``/``lat`` a point inside, all WGS-84.
    """

    code = models.CharField(_("code"), max_length=40)
    name = models.CharField(_("name"), max_length=100)
    level = models.CharField(_("level"), max_length=12, choices=Level.choices)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("belongs to"))
    path = PathField(_("path"), editable=False)
    households = models.PositiveIntegerField(_("households"), null=True, blank=True)
    shape = models.JSONField(_("shape"), null=True, blank=True)
    lon = models.FloatField(_("longitude"), null=True, blank=True)
    lat = models.FloatField(_("latitude"), null=True, blank=True)
    aliases = models.CharField(_("also called"), max_length=200, blank=True)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)  # first day it no longer holds
    is_demo = models.BooleanField(_("demonstration data"), default=False)

    objects = PlaceQuerySet.as_manager()

    class Meta:
        verbose_name = _("place")
        ordering = ["code"]
        constraints = [
            ExclusionConstraint(
                name="place_code_once_a_day",
                expressions=[
                    ("code", RangeOperators.EQUAL),
                    (_Period("valid_from", "valid_to", RangeBoundary()), RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(name="place_period", condition=Q(valid_to=None) | Q(valid_to__gt=models.F("valid_from"))),
            models.CheckConstraint(
                name="place_point",
                condition=Q(lon=None, lat=None) | Q(lon__gte=-180, lon__lte=180, lat__gte=-90, lat__lte=90),
            ),
        ]
        indexes = [
            models.Index(fields=["level", "code"], name="place_level_code"),
            models.Index(fields=["parent"], name="place_parent"),
            models.Index(fields=["code"], name="place_code"),
            PathIndex(fields=["path"], name="place_path"),
            # which areas lie in another, without all their dwellings
            PathIndex(fields=["path"], name="place_area", condition=Q(level__in=["district", "street", "community", "grid"])),
            # units and dwellings («2单元», «301») are found below their building, never by likeness
            GinIndex(
                OpClass("name", "gin_trgm_ops"),
                OpClass("aliases", "gin_trgm_ops"),
                name="place_likeness",
                condition=~Q(level__in=["unit", "dwelling"]),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class FacilityKind(models.TextChoices):
    """What a facility is: things of public use and where services are given. Nothing that watches people."""

    STATION = "station", _("community service station")
    ROOM = "room", _("activity room")
    CLINIC = "clinic", _("clinic")
    CANTEEN = "canteen", _("canteen for the elderly")
    SCHOOL = "school", _("school or kindergarten")
    LAMP = "lamp", _("street lamp")
    WASTE = "waste", _("waste sorting point")
    HYDRANT = "hydrant", _("hydrant")
    MANHOLE = "manhole", _("manhole cover")
    BENCH = "bench", _("bench")
    FITNESS = "fitness", _("fitness equipment")
    PLAYGROUND = "playground", _("playground")
    PARKING = "parking", _("bicycle shed or parking")
    CHARGING = "charging", _("charging point")
    TOILET = "toilet", _("public toilet")
    NOTICEBOARD = "noticeboard", _("notice board")
    GREEN = "green", _("green space")
    OTHER = "other", _("other facility")


class Facility(models.Model):
    """A thing of use in a place: a lamp, a bench, a hydrant, a clinic."""

    kind = models.CharField(_("kind"), max_length=40, choices=FacilityKind.choices)
    name = models.CharField(_("name"), max_length=100)
    place = models.ForeignKey(Place, models.PROTECT, related_name="facilities", verbose_name=_("place"))
    path = PathField(editable=False)  # copied from the place: scoped in one index
    lon = models.FloatField(_("longitude"))
    lat = models.FloatField(_("latitude"))
    note = models.CharField(_("note"), max_length=200, blank=True)
    is_demo = models.BooleanField(_("demonstration data"), default=False)

    objects = AreaQuerySet.as_manager()

    class Meta:
        verbose_name = _("facility")
        ordering = ["kind", "name", "id"]
        indexes = [PathIndex(fields=["path"], name="facility_path")]

    def __str__(self) -> str:
        return self.name


class Geography(models.Model):
    """One row: a number that grows whenever shapes change, so that each process knows its point index is old.

    ``version`` is never used twice, not even after a rollback or a restored backup: it follows the database's clock (microseconds).
    """

    id = models.SmallIntegerField(primary_key=True, default=1)
    version = models.BigIntegerField(default=1)

    class Meta:
        constraints = [models.CheckConstraint(name="geography_one_row", condition=Q(id=1))]

    def __str__(self) -> str:
        return str(self.version)
