"""A place from what somebody tells in their own words: «咱们富华园三号楼二单元门口», «3# 楼道灯», «红楼后头». Proposed, never decided.

Numbers are read however they are written (三号楼, ３＃, 3栋). A building's other names («红楼») hold for as long as its row in the tree does.
The number of a dwelling is recognised so that it can be left out: a matter's place is never finer than its building.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL

from linli.places.address import (
    alike,
    grid_label,
    grid_numbers,
    named_in,
    number,
    numbered_grids,
    place_names,
    read_areas,
    runs_on,
    spread,
)
from linli.places.codes import short_name
from linli.places.models import Place

SURE, LIKELY, GUESS = "sure", "likely", "guess"
MOST = 3
_READ = 40
_NUMBER = "[0-9]{1,4}|[零一二三四五六七八九十]{1,3}"
# in running text a bare «5号» is as often a date: only what can be nothing but a building
_BUILDING = re.compile(rf"(?:第)?(?<![0-9])({_NUMBER})([A-Za-z]?)(?:#楼?|号楼|栋楼?|幢楼?|号院|座楼?)")
_UNIT = re.compile(rf"(?<![0-9])({_NUMBER})(?:单元|门洞)")
_ENDINGS = ("号楼", "栋", "幢", "号院", "座")
# a door behind its building or unit, a room named as one, and 3-2-301
_DOOR = re.compile(
    r"((?:单元|门洞|号楼|[栋幢座#])[\s,，]*)(?:[0-9]{1,2}(?:层|楼)[\s,，]*)?[0-9]{3,4}(?![0-9年块元米度])(?:室|号房|号|户)?|(?<![0-9])[0-9]{2,4}(?:室|号房)"
)
_DASHED = re.compile(r"(?<![0-9-])([0-9]{1,4})-([0-9]{1,2})-([0-9]{3,4})(?![0-9-])")


@dataclass(frozen=True, slots=True)
class Told:
    """A community, grid or building that was told of. ``label`` names it for an address, without a dwelling; ``why`` are the words it was known by.

    ``how``: sure (community and building or grid named, one such), likely (one such, less said), guess (one of a few).
    """

    place: Place
    label: str
    how: str
    why: tuple[str, ...]


def plainly(text: str) -> str:
    """The text with every building's number written one way: «3号楼»."""
    plain = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))[:400]
    plain = _DASHED.sub(lambda m: f"{int(m[1])}号楼{int(m[2])}单元", plain)
    return _BUILDING.sub(lambda m: f"{number(m[1])}{m[2].upper()}号楼", plain)


def without_dwelling(text: str) -> str:
    """The text without the number of a dwelling: building and unit stay, the door goes."""
    text = _DASHED.sub(lambda m: f"{int(m[1])}号楼{int(m[2])}单元", text)
    return _DOOR.sub(lambda m: m[1] or "", text)


def places_told(text: str, within: str = "", here: str = "") -> list[Told]:
    """At most three current places the text may speak of, likeliest first, only at or below the path ``within`` where given; only at or
    below ``here``, where the person is, unless the text names a community.

    Of more than three equally likely ones none is proposed. At most two queries.
    """
    said = plainly(text)
    if len(said) < 2:
        return []
    base = Place.objects.current()
    if within:
        base = base.within(within)
    numbers = grid_numbers(said)
    parted = plainly(spread(text))
    communities, grids = _areas(base, (said, parted), numbers)
    if here and not communities:
        base, within = base.within(here), within or here
        grids = [g for g in grids if f"{g.path}.".startswith(f"{here}.")]
    if not (communities or within):
        grids = []  # every community has a first one
    buildings = _buildings(base, (said, parted), communities)
    if ours := [(b, n) for b, n in buildings if any(str(b.path).startswith(f"{g.path}.") for g in grids)]:
        buildings = ours
    if len(buildings) > MOST:
        buildings = []
    if not buildings and 0 < len(grids) <= MOST:
        how = GUESS if len(grids) > 1 else SURE if communities else LIKELY
        return [Told(g, grid_label(g), how, tuple(w for w in (_in(g, communities), _said_as(g, numbers)) if w)) for g in grids]
    if not buildings:
        return [Told(c, short_name(c.name), LIKELY if len(communities) == 1 else GUESS, (name,)) for c, name in communities[:MOST]]
    unit = _UNIT.search(said)
    tail = f"{number(unit[1])}单元" if unit else ""
    how = GUESS if len(buildings) > 1 else SURE if communities else LIKELY
    found = []
    for building, name in buildings:
        why = (_in(building, communities), name, tail)
        found.append(Told(building, f"{_home(building)}{building.name}{tail}", how, tuple(w for w in why if w)))
    return found


def _in(place: Place, communities: list[tuple[Place, str]]) -> str:
    """The name by which the community was known that the place lies in."""
    return next((name for c, name in communities if str(place.path).startswith(f"{c.path}.")), "")


def _said_as(grid: Place, numbers: dict[str, str]) -> str:
    """The words that told the grid's number."""
    return next((numbers[n] for n in grid_numbers(grid.name) if n in numbers), "")


def _areas(base: QuerySet, said: tuple[str, str], numbers: dict[str, str]) -> tuple[list[tuple[Place, str]], list[Place]]:
    """Communities named in the text with the name they were known by: the longest, and those alike in length; and the grids of these
    ``numbers`` in them, of all where none is named. One query for both."""
    wanted = Q(level="community")
    places = read_areas(base.filter(wanted | numbered_grids(numbers) if numbers else wanted))
    communities = [p for p in places if p.level == "community"]
    texts = [alike(s) for s in said]
    hits = [(p, name) for p in communities if (name := max(named_in(place_names(p), *texts), key=len, default=""))]
    longest = max((len(name) for _p, name in hits), default=0)
    named = [(p, name) for p, name in hits if len(name) == longest]
    return named, [p for p in places if p.level == "grid" and (not named or _in(p, named))]


def _buildings(base: QuerySet, texts: tuple[str, str], communities: list[tuple[Place, str]]) -> list[tuple[Place, str]]:
    """Buildings whose name or other name stands in the text, only in the communities named; a name inside a longer found one gives way."""
    said = texts[0]
    rows = base.filter(level="building").select_related("parent__parent")
    if communities:
        rows = rows.filter(path__descends=[str(p.path) for p, _name in communities])
    numbers = [f"{m[0]}" for m in re.finditer(r"(?<![0-9])[0-9]{1,4}[A-Z]?(?=号楼)", said)]
    wanted = Q(name__in=[f"{n}{e}" for n in numbers for e in _ENDINGS]) | Q(
        pk__in=RawSQL(
            "select b.id from places_place b where b.level = 'building' and b.valid_to is null and (position(b.name in %s) > 0"
            " or (b.aliases <> '' and exists (select 1 from regexp_split_to_table(b.aliases, '[[:space:],，、;；]+') as a(n)"
            " where length(a.n) > 1 and position(a.n in %s) > 0)))",
            [said, said],
        )
    )
    close = rows.filter(wanted).order_by("code")[:_READ]
    found = [(b, name) for b in close if (name := max((n for n in _known_by(b) if _stands(n, *texts)), key=len, default=""))]
    return [(b, n) for b, n in found if not any(n != other and n in other for _b, other in found)]


def _known_by(building: Place) -> list[str]:
    own = [building.name, *re.split(r"[\s,，、;；]+", building.aliases)]
    return [n for name in own if len(n := plainly(name)) > 1]


def _stands(name: str, *texts: str) -> bool:
    """Whether the name stands in one of the texts: not as the end of a longer number (3号楼 is not in 13号楼) nor as the beginning of a
    longer word (红楼 is not in 红楼梦)."""
    found = re.compile((r"(?<![0-9])" if name[0].isdigit() else "") + re.escape(name))
    return any(not runs_on(name, text[m.end() :]) for text in texts for m in found.finditer(text))


def _home(building: Place) -> str:
    home = building.parent.parent if building.parent and building.parent.level == "grid" else building.parent
    return short_name(home.name) if home else ""
