"""The doors of an area as the table that ``linli plan tours`` takes: by building, staircase and floor, and how many are to be seen each month.

Behind which doors those live who are visited under a group of the charter is not in it: whoever plans need not know. What a building has of
them is told from five on; those of all other buildings are one number, spread over these buildings by their doors.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from linli.access.rls import opened
from linli.charter.store import charter_in_force
from linli.people.addresses import floor_of, natural
from linli.people.queries import with_somebody_visited
from linli.places.models import Facility, FacilityKind, Place
from linli.planning.circles import FEWEST
from linli.planning.reading import Source
from linli.planning.studies.ground import written

COLUMNS = ("id", "name", "unit", "floor", "households", "must", "lon", "lat")


@dataclass(frozen=True, slots=True)
class Landing:
    """Doors on one floor of one staircase; of a building of which only the number of households is stored, all of them."""

    building: Place
    unit: str
    floor: str
    doors: int


def landings(place: Place) -> list[Landing]:
    """All doors of the place, building by building. Two queries."""
    here = Place.objects.current().within(str(place.path))
    of: dict[int, Counter[tuple[str, str]]] = {}
    for name, parent, level, unit, above in here.filter(level="dwelling").values_list(
        "name", "parent", "parent__level", "parent__name", "parent__parent"
    ):
        building, stairs = (above, unit) if level == "unit" else (parent, "")
        of.setdefault(building, Counter())[stairs, floor_of(name)] += 1
    found = []
    for building in here.filter(level="building", lon__isnull=False).defer("shape").order_by("code"):
        floors = of.get(building.pk) or Counter({("", ""): building.households or 0})
        order = sorted(floors, key=lambda f: (natural(f[0]), natural(f[1])))
        found += [Landing(building, *floor, floors[floor]) for floor in order if floors[floor]]
    return found


def doors(place: Place) -> Source | None:
    """Households are doors: nobody's name, and nobody's group."""
    buildings = _by_building(landings(place))
    if not buildings:
        return None
    lines: list[Sequence[object]] = []
    for floors, must in zip(buildings, _musts(place, buildings), strict=True):
        of = spread(must, [f.doors for f in floors])
        for number, (f, n) in enumerate(zip(floors, of, strict=True), 1):
            b = f.building
            lines.append((f"{b.code}-{number}", b.name, f.unit, f.floor, f.doors, n, b.lon, b.lat))
    return written(pgettext("file", "Doors"), COLUMNS, lines)


def _by_building(rows: Sequence[Landing]) -> list[list[Landing]]:
    return [list(floors) for _pk, floors in groupby(rows, key=lambda r: r.building.pk)]


def _musts(place: Place, buildings: Sequence[Sequence[Landing]]) -> list[int]:
    """Doors of each building behind which somebody is visited under a group of the charter, as they may be told."""
    with opened([str(place.path)]):
        counts = with_somebody_visited([floors[0].building for floors in buildings], charter_in_force().groups, timezone.localdate())
    return told_must(counts, [sum(f.doors for f in floors) for floors in buildings])


def told_must(counts: Sequence[int], doors: Sequence[int]) -> list[int]:
    """Doors of each building to be seen each month, as they may be told: from ``FEWEST`` on as they are, the rest spread. Fewer in all count as the
    most that fewer are: no day is planned too short for them.
    """
    few = [i for i, n in enumerate(counts) if n < FEWEST]
    rest = sum(counts[i] for i in few)
    rest = FEWEST - 1 if 0 < rest < FEWEST else rest
    found = [min(n, most) for n, most in zip(counts, doors, strict=True)]
    for i, n in zip(few, spread(rest, [doors[i] for i in few], FEWEST - 1), strict=True):
        found[i] = n
    return found


def spread(number: int, sizes: Sequence[int], most: int | None = None) -> list[int]:
    """``number`` in shares like ``sizes``; none has more than its size, or ``most``."""
    found = [0] * len(sizes)
    for _one in range(number):
        open_ = [i for i, size in enumerate(sizes) if found[i] < (size if most is None else min(size, most))]
        if not open_:
            break
        found[max(open_, key=lambda i: sizes[i] / (found[i] + 1))] += 1
    return found


def told(place: Place) -> list[str]:
    """What there is of doors, in sentences."""
    buildings = _by_building(landings(place))
    if not buildings:
        return [_("No buildings with doors or households and a position are stored here: bring a file, or import them under Places.")]
    n = sum(f.doors for floors in buildings for f in floors)
    lines = [
        ngettext(
            "%(n)s door in %(buildings)s buildings is stored here.", "%(n)s doors in %(buildings)s buildings are stored here.", n
        )
        % {"n": f"{n:,}", "buildings": f"{len(buildings):,}"}
    ]  # fmt: skip
    if bare := sum(any(not f.floor for f in floors) for floors in buildings):
        lines.append(
            _("Of %(bare)s buildings the floors of their doors are not stored: their households count, without stairs.")
            % {"bare": f"{bare:,}"}
        )
    must = sum(_musts(place, buildings))
    if must:
        said = _("fewer than %(n)s") % {"n": FEWEST} if must < FEWEST else f"{must:,}"
        lines.append(
            _(
                "To be seen each month, by the groups of the charter: %(must)s. Where a building has fewer than %(few)s of them the plan doesn’t say "
                "how many: they are spread by doors, and which doors they are is nowhere in it."
            )
            % {"must": said, "few": FEWEST}
        )
    else:
        lines.append(_("Nobody who is to be seen each month is entered here under a group of the charter."))
    return lines


def stations(place: Place) -> list[Facility]:
    """Service stations of the community the place is or lies in: where a worker's day begins."""
    path = str(place.path)
    around = path.rpartition(".")[0] if place.level == "grid" else path
    rows = Facility.objects.within(around).filter(kind=FacilityKind.STATION, place__valid_to=None)
    return list(rows.order_by("name", "pk")[:20])
