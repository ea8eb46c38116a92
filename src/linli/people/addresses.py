"""Dwellings from what people write: «3号楼2单元301», «3-2-301», «都兰社区 12 栋 1502 室». Only within the places given."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django.utils import timezone

from linli.frame.sql import Joined
from linli.people.models import Household
from linli.places.address import number, place_names
from linli.places.codes import short_name
from linli.places.models import Place
from linli.places.queries import AS_CALLED, CURRENT
from linli.places.told import places_told

MOST = 20
_N = "[0-9]{1,4}|[零一二三四五六七八九十]{1,3}"
_DASHED = re.compile(r"(?<![0-9])([0-9]{1,4})[-—–－/]([0-9]{1,2})[-—–－/]([0-9]{2,4})(?![0-9])")
_PAIR = re.compile(r"(?<![0-9])([0-9]{1,3})[-—–－/]([0-9]{3,4})(?![0-9])")  # 1-201: the building and the door
_BUILDING = re.compile(rf"({_N})\s*(?:号楼|[栋幢座排#]|号院|楼)")
_UNIT = re.compile(rf"({_N})\s*(?:单元|门洞)")
_DOOR = re.compile(r"([0-9]{1,4})\s*(?:室|号房|户|号)?$")
# what an address may say besides its dwelling without naming another area
_ROAD = re.compile(r"[\u4e00-\u9fff]{1,8}?(?:大街|大道|路|街(?![道坊])|巷|胡同)(?!社区|小区|街[道坊]|村)(?:[0-9]+号)?")
_PROVINCE = re.compile(r"[\u4e00-\u9fff]{2,8}?(?:省|自治区|市)")
_IDLE = re.compile(
    r"社区|小区|街道|办事处|[居村]委会|[东南西北中][区院]|[一二三四五六七八九十][期区]|附近|门口|地址|单元|号楼|[号楼室户层院第]"
)
_SOFT = re.compile(r"[咱我]们|[的在住家本]")
_OTHER = re.compile(r"[\u4e00-\u9fff](?:社区|街道|镇|乡|[居村]委会)|市[\u4e00-\u9fff]{1,6}[区县旗]")
_KINDS = ("号楼", "栋", "幢", "座", "排", "号院")


def places_at(text: str, within: Sequence[str]) -> list[Place]:
    """The dwellings the text means; where it names no door, the buildings. At most 20, none where nothing fits or another area is named."""
    plain = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))[:100]
    if not plain or not within:
        return []
    building, unit, door = parts_of(plain)
    if building:
        found = _within("r.level = 'building' and r.name = any(%s)", [[f"{building}{kind}" for kind in _KINDS]], within, 200)
    else:
        told = [t.place.pk for path in within[:3] for t in places_told(plain, path) if t.place.level == "building"]
        found = _within("r.id = any(%s)", [told], within, 200)
    buildings = _of_community(found, plain)
    if not door or not buildings:
        return buildings[:MOST]
    doors, asked = "r.level = 'dwelling' and r.name = %s and r_parent.parent_id = any(%s)", [door, [b.pk for b in buildings]]
    if unit:
        return _within(f"{doors} and r_parent.name = %s", [*asked, f"{unit}单元"], within, MOST)
    return _within(doors, asked, within, MOST)


# a door, its unit, its building, and the areas above that an address may name
_UP = Joined(Place, only=(*AS_CALLED.names, "aliases"))
for _area in range(5):
    _UP = Joined(Place, only=_UP.names, parent=_UP)


def _within(condition: str, asked: list[Any], within: Sequence[str], most: int) -> list[Place]:
    today = timezone.localdate()
    placed = f"{condition} and {CURRENT} and r.path <@ any(%s::text[]::ltree[]) order by r.path limit {most}"
    return _UP.where(placed, [*asked, today, today, list(within)])


def parts_of(plain: str) -> tuple[str, str, str]:
    """Numbers of building, unit and door, "" where not said."""
    if dashed := _DASHED.search(plain):
        return str(int(dashed[1])), str(int(dashed[2])), dashed[3]
    building, unit = _BUILDING.search(plain), _UNIT.search(plain)
    if not building and not unit and (pair := _PAIR.search(plain)):
        return str(int(pair[1])), "", pair[2]
    tail = plain[max(m.end() for m in (building, unit) if m) :] if building or unit else plain
    door = _DOOR.search(tail)
    return str(number(building[1])) if building else "", str(number(unit[1])) if unit else "", door[1] if door else ""


def is_address(text: str) -> bool:
    """Whether something that was typed is an address and no name and no number: it has a digit, and a building, a unit or a door."""
    plain = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))
    return any(c.isdigit() for c in plain) and any(p.search(plain) for p in (_DASHED, _PAIR, _BUILDING, _UNIT))


def _of_community(buildings: list[Place], plain: str) -> list[Place]:
    """Those of the community that is named, where one is; none of those beside an area that is none of theirs."""
    rest = rest_of(plain)
    here = [b for b in buildings if not elsewhere(rest, *called(b))]
    named = [b for b in here if (home := community_above(b)) and short_name(home.name) in plain]
    return named or here


def rest_of(plain: str) -> str:
    """What an address says besides building, unit and door: «都兰社区富华园»."""
    for pattern in (_DASHED, _PAIR, _BUILDING, _UNIT):
        plain = pattern.sub(" ", plain, count=1)
    return _DOOR.sub(" ", plain).strip()


def called(building: Place) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names by which an address may say where a building stands: its own, its grid's and community's; and those of the areas around."""
    home = [rest_of(name) for name in (building.name, *re.split(r"[\s,\uff0c\u3001;\uff1b]+", building.aliases))]
    around: list[str] = []
    here = building.parent
    while here is not None:
        (home if here.level in ("grid", "community") else around).extend(place_names(here))
        here = here.parent
    return tuple(n for n in home if n), tuple(around)


@lru_cache(maxsize=10_000)
def elsewhere(rest: str, home: tuple[str, ...], around: tuple[str, ...]) -> bool:
    """Whether an address names another community, estate or city than those of a dwelling (``called``). ``rest`` as ``rest_of`` gives it.

    Beside its community an estate may be named that nobody wrote down; without it, what is no road is another place.
    """
    at_home = above = False
    for name in sorted({*home, *around}, key=len, reverse=True):
        if name in rest:
            rest = rest.replace(name, " ")
            at_home, above = at_home or name in home, above or name in around
    if at_home:
        return _OTHER.search(rest) is not None
    rest = _SOFT.sub(" ", _ROAD.sub(" ", _PROVINCE.sub(" ", rest) if above else rest))
    return _OTHER.search(rest) is not None or re.search("[\u4e00-\u9fff]{2}", _IDLE.sub("", rest)) is not None


def community_above(place: Place) -> Place | None:
    """Up from a place whose ``parent__parent…`` is loaded."""
    here: Place | None = place
    while here is not None and here.level != "community":
        here = here.parent
    return here


def address(dwelling: Place) -> str:
    """3号楼2单元301: building to door. Loads nothing where ``parent__parent`` is loaded."""
    parts = []
    here: Place | None = dwelling
    while here is not None and here.level in ("dwelling", "unit", "building"):
        parts.append(here.name)
        here = here.parent
    return "".join(reversed(parts))


def address_of(household: Household) -> str:
    return address(household.dwelling)


def whole_address(dwelling: Place) -> str:
    """都兰社区 3号楼2单元301: from the community down; the grid says nothing to a reader."""
    home = community_above(dwelling)
    return f"{short_name(home.name)} {address(dwelling)}" if home else address(dwelling)


def floor_of(door: str) -> str:
    """301 is on floor 3, 1502 on 15; "" where the number doesn't say."""
    return str(int(door[:-2])) if door.isascii() and door.isdigit() and len(door) >= 3 else ""


def natural(text: str) -> tuple:
    """Sorts 2号楼 before 10号楼."""
    return tuple((0, int(p), "") if p.isdigit() else (1, 0, p) for p in re.findall(r"[0-9]+|[^0-9]+", text))
