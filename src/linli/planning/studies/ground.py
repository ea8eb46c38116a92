"""What a site has stored to plan with, written as the files that ``linli plan`` takes: a study made of it is made again from its files."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.db.models import Count, Max, Min, Q, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from linli.access.rls import opened
from linli.kit.coordinates import LocalMetres
from linli.people.queries import counted, with_somebody_born_by
from linli.places.codes import short_name
from linli.places.models import Facility, FacilityKind, Place
from linli.planning.reading import Source

ELDERLY = 60
"""Years from which somebody is elderly (Law on the Protection of the Rights and Interests of the Elderly, article 2)."""
AROUND = 5000.0
"""Metres around an area in which facilities still count: people walk across borders."""
VILLAGE = r"^\d{9}[23]"
"""Official codes of villagers' committees end in 200 to 399, those of residents' committees in 001 to 199."""


def buildings_of(place: Place) -> QuerySet[Place]:
    """Buildings of the place that stand somewhere and of which it is known how many households they have."""
    rows = Place.objects.current().within(str(place.path)).filter(level="building", households__isnull=False, lon__isnull=False)
    return rows.defer("shape").order_by("code")


def buildings(place: Place, *, elderly: bool = False, today: date | None = None) -> Source | None:
    """Buildings with their households as stored; with the households in which somebody elderly lives by the register."""
    rows = list(buildings_of(place))
    if not rows:
        return None
    columns = ["id", "name", "households", "lon", "lat"]
    names = _full_names(place, rows)
    lines: list[list[Any]] = [[p.code, name, p.households, p.lon, p.lat] for p, name in zip(rows, names, strict=True)]
    if elderly:
        day = today or timezone.localdate()
        with opened([str(place.path)]):
            old = with_somebody_born_by(rows, _years_before(day, ELDERLY))
            living = {c.place.pk: c.households for c in counted(rows)}
        columns.append("elderly")  # empty where nobody is registered: then it isn't known
        lines = [[*line, min(n, p.households or 0) if n or living.get(p.pk) else ""] for line, n, p in zip(lines, old, rows, strict=True)]
    return written(pgettext("file", "Buildings"), columns, lines)


def _full_names(place: Place, rows: Sequence[Place]) -> list[str]:
    """Buildings' names; above a community with the community's before them, for there are many «1号楼»."""
    if place.level not in ("district", "street"):
        return [p.name for p in rows]
    communities = Place.objects.current().within(str(place.path)).filter(level="community").values_list("path", "name")
    by_path = {str(path): short_name(name) for path, name in communities}
    depth = {path.count(".") for path in by_path}

    def above(path: str) -> str:
        parts = path.split(".")
        return next((by_path[key] for d in depth if (key := ".".join(parts[: d + 1])) in by_path), "")

    return [f"{above(str(p.path))} {p.name}".strip() for p in rows]


def _years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # the 29th of February
        return day.replace(year=day.year - years, day=28)


def facilities_of(place: Place) -> QuerySet[Facility]:
    """Facilities in the area and near it; those of places that ended are gone."""
    rows = Facility.objects.filter(place__valid_to=None)
    box = _box(place)
    if box is None:
        return rows.within(str(place.path))
    west, south, east, north = box
    return rows.filter(lon__gte=west, lon__lte=east, lat__gte=south, lat__lte=north)


def _box(place: Place) -> tuple[float, float, float, float] | None:
    """West, south, east and north of the area's buildings, and ``AROUND`` beyond."""
    found = buildings_of(place).order_by().aggregate(west=Min("lon"), east=Max("lon"), south=Min("lat"), north=Max("lat"))
    if found["west"] is None:
        return None
    flat = LocalMetres((found["west"] + found["east"]) / 2, (found["south"] + found["north"]) / 2)
    left, bottom = flat.to_metres(found["west"], found["south"])
    right, top = flat.to_metres(found["east"], found["north"])
    west, south = flat.to_degrees(left - AROUND, bottom - AROUND)
    east, north = flat.to_degrees(right + AROUND, top + AROUND)
    return float(west), float(south), float(east), float(north)


def kind_choices(place: Place) -> tuple[list[tuple[str, str]], list[str]]:
    """Every kind of facility that has a name, with how many stand in the area and near it; and those of which any do, the rarest first."""
    there = dict(facilities_of(place).order_by().values_list("kind").annotate(n=Count("pk")).order_by("n", "kind"))
    return [(k.value, f"{k.label} ({there.get(k.value, 0)})") for k in FacilityKind if k != FacilityKind.OTHER], list(there)


def facilities(place: Place, kinds: Iterable[str]) -> Source | None:
    rows = facilities_of(place).filter(kind__in=list(kinds)).order_by("kind", "name", "pk")
    lines = [[f.kind, f.name, f.lon, f.lat] for f in rows]
    return written(pgettext("file", "Facilities"), ["kind", "name", "lon", "lat"], lines) if lines else None


def villages_of(place: Place, *, only: bool = True) -> QuerySet[Place]:
    """Villages of the place (``only``), or all its communities, that stand somewhere and have households."""
    rows = Place.objects.current().within(str(place.path)).filter(level="community", households__gt=0, lon__isnull=False)
    if only:
        rows = rows.filter(code__regex=VILLAGE)
    return rows.select_related("parent").defer("shape").order_by("code")


def villages(place: Place, *, only: bool = True) -> Source | None:
    lines = [
        [p.code, short_name(p.name), p.households, p.parent.name if p.parent else "", p.lon, p.lat] for p in villages_of(place, only=only)
    ]
    return written(pgettext("file", "Villages"), ["id", "name", "households", "township", "lon", "lat"], lines) if lines else None


def written(name: Any, columns: Sequence[str], lines: Iterable[Sequence[Any]]) -> Source:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(lines)
    return Source(f"{name}.csv", out.getvalue().encode())


def told_buildings(place: Place) -> list[str]:
    """What there is of buildings, in sentences. One query."""
    ready = Q(households__isnull=False, lon__isnull=False)
    rows = Place.objects.current().within(str(place.path)).filter(level="building").order_by()
    found = rows.aggregate(n=Count("pk", filter=ready), living=Sum("households", filter=ready), bare=Count("pk", filter=~ready))
    if not found["n"]:
        return [_("No buildings with position and households are stored here: bring a file, or import them under Places.")]
    values = {k: f"{n or 0:,}" for k, n in found.items()}
    said = [_("%(n)s buildings with %(living)s households are stored here.") % values]
    if found["bare"]:
        said.append(_("%(bare)s more have no position or no number of households and are left out.") % values)
    return said


def told_villages(place: Place) -> list[str]:
    """What there is of villages and communities, in a sentence."""
    found = villages_of(place, only=False).order_by().aggregate(
        n=Count("pk"), villages=Count("pk", filter=Q(code__regex=VILLAGE)), living=Sum("households", filter=Q(code__regex=VILLAGE))
    )  # fmt: skip
    if not found["n"]:
        return [_("No villages with position and households are stored here: bring a file, or import them under Places.")]
    said = _("%(villages)s villages with %(living)s households, and %(others)s residents’ communities, are stored here.")
    return [
        said
        % {"villages": f"{found['villages']:,}", "living": f"{found['living'] or 0:,}", "others": f"{found['n'] - found['villages']:,}"}
    ]
