"""What a simulated matter meets: grids with their buildings, the seats along the way up, and who sits in them. Read once."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from random import Random

from linli.bodies.models import Holding, Seat
from linli.charter.schema import Charter
from linli.flow.seats import Seats
from linli.places.models import Place

RURAL = "village."  # kinds of matters that only villages have


@dataclass(frozen=True, slots=True)
class Grid:
    id: int
    path: str
    households: int
    buildings: tuple[tuple[str, float, float], ...]  # name, lon, lat

    @property
    def village(self) -> bool:
        """Whether it belongs to a village: the official code says so, at its tenth digit."""
        return any(len(label) == 12 and label[9] != "0" for label in self.path.split("."))


class Ground:
    """The district as the simulation sees it."""

    def __init__(self, charter: Charter, root: Place) -> None:
        self.charter = charter
        self.grids = _grids(root)
        self._by_label: dict[str, dict[str, int]] = defaultdict(dict)
        self._posts: dict[int, str] = {}
        self._acting: dict[int, int] = {}
        for pk, post, path, acting in Seat.objects.values_list("pk", "post", "path", "acting"):
            self._by_label[path.rpartition(".")[2]][post] = pk
            self._posts[pk] = post
            if acting:
                self._acting[pk] = acting
        self._holders: dict[int, list[int]] = defaultdict(list)
        for seat, user in Holding.objects.current().values_list("seat", "user").order_by("pk"):
            self._holders[seat].append(user)
        self._seats: dict[str, Seats] = {}

    def seats(self, path: str) -> Seats:
        """The engine's own resolver, fed from memory."""
        if path not in self._seats:
            found: dict[str, int] = {}
            for label in path.split("."):
                found |= self._by_label.get(label, {})
            self._seats[path] = Seats(self.charter, path, known=found)
        return self._seats[path]

    def who(self, seat: int, chance: Random, never: int | None = None) -> tuple[int, str] | None:
        """Somebody who does this seat's work, and the post they do it from; ``never`` is whoever handled it. None: nobody does."""
        acting = self._acting.get(seat)
        if acting is None:
            return None
        people = [user for user in self._holders[acting] if user != never]
        return (chance.choice(people), self._posts[acting]) if people else None


def _grids(root: Place) -> list[Grid]:
    buildings = defaultdict(list)
    rows = Place.objects.current().within(root.path).filter(level="building", lon__isnull=False)
    for parent, name, lon, lat in rows.values_list("parent", "name", "lon", "lat"):
        buildings[parent].append((name, lon, lat))
    grids = Place.objects.current().within(root.path).filter(level="grid").order_by("code")
    return [Grid(g.pk, str(g.path), g.households or 1, tuple(buildings[g.pk])) for g in grids]
