"""Where is it? A grid chosen, a position, a photo's position, an address, or only the community: the surest that leads anywhere."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from linli.kit.coordinates import to_wgs84
from linli.matters.models import FoundBy
from linli.places.address import find_place
from linli.places.lookup import grid_at, index, nearest_grid
from linli.places.models import Level, Place

_FINE = {Level.GRID, Level.BUILDING, Level.UNIT, Level.DWELLING}
_KNOWN = _FINE | {Level.COMMUNITY}
FAR = 20_000.0  # metres from the nearest grid


@dataclass(frozen=True, slots=True)
class Position:
    """Degrees, as a phone or a photo gave them, and their datum: wgs84 or gcj02."""

    lon: float
    lat: float
    datum: str = "wgs84"

    def wgs84(self) -> tuple[float, float] | None:
        """The position in WGS-84, or None where the numbers are none."""
        try:
            return to_wgs84(self.lon, self.lat, self.datum)
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where a matter is: the grid, or the community where no grid was found; the exact position where one was given."""

    place: Place
    found_by: FoundBy
    lon: float | None = None
    lat: float | None = None


class Nowhere(Exception):
    """Nothing that was told leads to a place of the area; the message says what would, at ``field``."""

    def __init__(self, position: bool = False, address: bool = False) -> None:
        """What was told all the same: a ``position`` where no grid of the area is, an ``address`` nobody understands."""
        said, self.field = _("Choose the community, or let your phone's position be used."), "place"
        self.to_program = _("Name the community.")
        if position:
            said, self.to_program = (
                _("The position lies outside this area. Choose the community."),
                _("The position lies outside this area."),
            )
        elif address:
            said, self.field = _("The address leads to no place of this area: choose the community."), "address"
            self.to_program = _("The address leads to no place of this area: name the community.")
        super().__init__(said)


def locate(
    *, place: Place | None = None, position: Position | None = None, photo: Position | None = None, address: str = ""
) -> Whereabouts:
    """The place of a matter. ``place`` is what a person chose: a grid settles it, a community (or street) only bounds the search.

    A position outside the chosen place is kept as what was told but doesn't overrule the choice: people report from the bus home.
    Raises Nowhere.
    """
    point = _near(position.wgs84() if position else None)
    photo_point = _near(photo.wgs84() if photo else None)
    lon, lat = point or photo_point or (None, None)
    if place is not None and place.level in _FINE:
        return Whereabouts(grid_of(place), FoundBy.CHOSEN, lon, lat)
    for found_by, at in ((FoundBy.POSITION, point), (FoundBy.PHOTO, photo_point)):
        grid = _grid(*at) if at else None
        if at and grid and (place is None or _inside(grid, place)):
            return Whereabouts(grid, found_by, *at)
    if address and (found := _by_address(address, place)):
        return Whereabouts(grid_of(found), FoundBy.ADDRESS, lon, lat)
    if place is not None:
        return Whereabouts(place, FoundBy.COMMUNITY, lon, lat)
    raise Nowhere(position is not None, bool(address))


def community_at(position: Position | None) -> Place | None:
    """The community a position lies in, by its grid."""
    at = position.wgs84() if position else None
    grid = _grid(*at) if at else None
    return grid.parent if grid else None


def _near(at: tuple[float, float] | None) -> tuple[float, float] | None:
    """A position that can be the matter's. One a journey away is the person's, and isn't kept; without grid shapes nobody can tell."""
    return at if at is None or not len(index()) or nearest_grid(*at, FAR) else None


def _grid(lon: float, lat: float) -> Place | None:
    found = grid_at(lon, lat)
    return Place.objects.select_related("parent").filter(pk=found).first() if found else None


def _by_address(address: str, within: Place | None) -> Place | None:
    """The place the address means, if it means exactly one: a guess between two grids is left to the desk."""
    found = [c for c in find_place(address, within=str(within.path) if within else "") if c.how == "exact" and c.place.level in _KNOWN]
    if not found:
        return None
    best = found[0]
    rivals = [c for c in found[1:] if c.score >= best.score and not _inside(best.place, c.place) and not _inside(c.place, best.place)]
    return None if rivals else best.place


def _inside(inner: Place, outer: Place) -> bool:
    return inner.path == outer.path or inner.path.startswith(f"{outer.path}.")


def grid_of(place: Place) -> Place:
    """Work is done by grid: a building, unit or dwelling is its grid's (and a dwelling is no matter's place)."""
    while place.level in _FINE and place.level != Level.GRID and place.parent is not None:
        place = place.parent
    return place
