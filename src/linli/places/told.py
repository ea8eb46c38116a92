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

from linli.places.address import number, place_names
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
    """A community or building that was told of. ``label`` names it for an address, without a dwelling; ``why`` are the words it was known by.

    ``how``: sure (community and building named, one such), likely (one such, less said), guess (one of a few).
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


def places_told(text: str, within: str = "") -> list[Told]:
    """At most three current places the text may speak of, likeliest first, only at or below the path ``within`` where given.

    Of more than three equally likely ones none is proposed. At most two queries.
    """
    said = plainly(text)
    if len(said) < 2:
        return []
    base = Place.objects.current()
    if within:
        base = base.within(within)
    communities = _communities(base, said)
    buildings = _buildings(base, said, communities)
    if len(buildings) > MOST:
        buildings = []
    if not buildings:
        return [Told(c, short_name(c.name), LIKELY if len(communities) == 1 else GUESS, (name,)) for c, name in communities[:MOST]]
    unit = _UNIT.search(said)
    tail = f"{number(unit[1])}单元" if unit else ""
    how = GUESS if len(buildings) > 1 else SURE if communities else LIKELY
    named = {str(c.path): name for c, name in communities}
    found = []
    for building, name in buildings:
        home = next((n for path, n in named.items() if str(building.path).startswith(f"{path}.")), "")
        found.append(Told(building, f"{_home(building)}{building.name}{tail}", how, tuple(w for w in (home, name, tail) if w)))
    return found


def _communities(base: QuerySet, said: str) -> list[tuple[Place, str]]:
    """Communities named in the text with the name they were known by: the longest, and those alike in length."""
    communities = base.filter(level="community").only("id", "code", "name", "level", "path", "aliases", "parent").order_by("code")
    hits = [(p, name) for p in communities if (name := max((n for n in place_names(p) if n in said), key=len, default=""))]
    longest = max((len(name) for _p, name in hits), default=0)
    return [(p, name) for p, name in hits if len(name) == longest]


def _buildings(base: QuerySet, said: str, communities: list[tuple[Place, str]]) -> list[tuple[Place, str]]:
    """Buildings whose name or other name stands in the text, only in the communities named; a name inside a longer found one gives way."""
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
    found = [(b, name) for b in close if (name := max((n for n in _known_by(b) if _stands(n, said)), key=len, default=""))]
    return [(b, n) for b, n in found if not any(n != other and n in other for _b, other in found)]


def _known_by(building: Place) -> list[str]:
    own = [building.name, *re.split(r"[\s,，、;；]+", building.aliases)]
    return [n for name in own if len(n := plainly(name)) > 1]


def _stands(name: str, said: str) -> bool:
    """Whether the name stands in the text, and not as the end of a longer number: 3号楼 is not in 13号楼."""
    return re.search((r"(?<![0-9])" if name[0].isdigit() else "") + re.escape(name), said) is not None


def _home(building: Place) -> str:
    home = building.parent.parent if building.parent and building.parent.level == "grid" else building.parent
    return short_name(home.name) if home else ""
