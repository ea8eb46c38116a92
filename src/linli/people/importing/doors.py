"""Which dwelling a row of a sheet means, among the tens of thousands of an area: all of them read once, then looked up."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache

from linli.people.addresses import elsewhere, parts_of, rest_of
from linli.people.importing.rows import Entry, plain_door
from linli.places.address import place_names
from linli.places.models import Place

Door = tuple[int, str, str, bool]
"""Key of the dwelling, its path, the code of its community, whether it is demonstration data."""


class NoDoor(Exception):
    """``code``: unknown, several that fit, or elsewhere: the address names another area."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Doors:
    """The dwellings at or below a place. ``find`` raises NoDoor."""

    def __init__(self, place: Place) -> None:
        path = str(place.path)
        above = Place.objects.current().exclude(level__in=["building", "unit", "dwelling"]).order_by("path")
        around = [*above.filter(path__ancestors=path).exclude(path=path), *above.filter(path__descends=path).defer("shape")]
        self._homes = {str(p.path): p.code for p in around if p.level == "community"}
        self._names = {str(p.path): place_names(p) for p in around if p.level in ("community", "grid")}
        self._around = {str(p.path): place_names(p) for p in around if str(p.path) not in self._names}
        self._estates = _estates(path)
        self._by: dict[tuple[str, str], list[tuple[str, Door]]] = defaultdict(list)  # building and door: each with its unit
        self._called_so: dict[str, list[Door]] = defaultdict(list)  # the door alone
        # no caches of the methods: they would hold what holds them, and a sheet's work is never looked through for circles
        self._communities: dict[str, str] = {}
        self._called: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {}
        rows = Place.objects.current().filter(level="dwelling", path__descends=path).values_list(
            "pk", "path", "name", "is_demo", "parent__name", "parent__level", "parent__parent__name"
        )  # fmt: skip
        for pk, where, name, is_demo, parent, level, above_it in rows.iterator(chunk_size=5000):
            building, unit = (above_it, parent) if level == "unit" else (parent, "")
            self._add(
                _number(building), _number(unit), _door(plain_door(name)), (pk, where, self._community(where.rsplit(".", 1)[0]), is_demo)
            )

    def _add(self, building: str, unit: str, name: str, door: Door) -> None:
        self._by[building, name].append((unit, door))
        self._called_so[name].append(door)

    def _community(self, path: str) -> str:
        if path not in self._communities:
            self._communities[path] = next((code for known, code in self._homes.items() if f"{path}.".startswith(f"{known}.")), "")
        return self._communities[path]

    def find(self, entry: Entry) -> Door:
        said = (_number(entry.building), _number(entry.unit), _door(entry.door)) if entry.door else parts_of(_plain(entry.address))
        found = self._fitting(*said)
        if len(found) > 1 and entry.address:
            found = [d for d in found if self._named(d, entry.address)] or found
        if len(found) != 1:
            raise NoDoor("several" if found else "unknown")
        if entry.address and elsewhere(rest_of(_plain(entry.address)), *self._names_above(found[0][1].rsplit(".", 1)[0])):
            raise NoDoor("elsewhere")
        return found[0]

    def _fitting(self, building: str, unit: str, name: str) -> Sequence[Door]:
        if not name:
            return ()
        if not building and not unit:
            return self._called_so.get(name, ())
        return [door for its, door in self._by.get((building, name), ()) if not unit or its == unit]

    def _names_above(self, path: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Names of what lies above a path: those of building, grid and community, and those of the areas around (``addresses.called``)."""
        if path not in self._called:
            home, around = (
                tuple(n for above, names in known for n in names if f"{path}.".startswith(f"{above}."))
                for known in ([*self._names.items(), *self._estates.items()], self._around.items())
            )
            self._called[path] = home, around
        return self._called[path]

    def _named(self, door: Door, text: str) -> bool:
        """Whether the address names the dwelling's community or grid."""
        return any(n in text for path, names in self._names.items() if door[1].startswith(f"{path}.") for n in names)


def _plain(text: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))


def _estates(path: str) -> dict[str, list[str]]:
    """Path of a building → by which names of estates it is known, where it is: «富华园» of «富华园3号楼»."""
    rows = Place.objects.current().filter(level="building", path__descends=path).values_list("path", "name", "aliases")
    found = (
        (where, [n for said in (name, *re.split(r"[\s,\uff0c\u3001;\uff1b]+", aliases)) if (n := rest_of(_plain(said)))])
        for where, name, aliases in rows
    )
    return {where: names for where, names in found if names}


@lru_cache(maxsize=10_000)
def _number(name: str) -> str:
    """«3号楼», «三栋», «3» and «03» are 3; a name without a number is itself."""
    plain = _plain(name or "")
    building, unit, _door = parts_of(f"{plain}号楼" if plain.isdigit() else plain)
    return building or unit or plain.upper()


@lru_cache(maxsize=50_000)
def _door(name: str) -> str:
    return name.lstrip("0") or name if name.isdigit() else name
