"""An address as people write it, understood as a place: «都兰社区3号楼2单元», «3#楼», «三栋».

Community, building, unit and door are read one after the other; each step narrows the one below. Exact names come first, then the
beginnings of names, then names alike by their letter groups (PostgreSQL's trigrams).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.postgres.search import TrigramWordSimilarity
from django.db.models import Q, QuerySet

from linli.places.codes import short_name
from linli.places.models import Place

EXACT, PREFIX, ALIKE = "exact", "prefix", "alike"
MOST = 8
LIKENESS = 0.45

_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")}
_BUILDING = re.compile(r"(?:第)?([0-9]{1,4}|[零一二三四五六七八九十]{1,3})[-]?([A-Za-z]?)(?:#|号院|号楼|号|栋|幢|排|座)楼?(?!社区)")
_UNIT = re.compile(r"([0-9]{1,2}|[一二三四五六七八九十]{1,3})(?:单元|门洞|门)")
_DOOR = re.compile(r"([0-9]{3,4})(?:室|号房|号)?(?![0-9])")
_NUMBER = "[0-9]{1,4}|[零一二三四五六七八九十]{1,3}"
_GRID = re.compile(rf"第?(?<![0-9零一二三四五六七八九十])({_NUMBER})号?网格")
_DASHED = re.compile(r"(?<![0-9])([0-9]{1,4})-([0-9]{1,2})-([0-9]{3,4})(?![0-9])")  # 3-2-301

_NUMBERED = re.compile(rf"(?<![0-9])({_NUMBER})(?=号|街坊|社区|小区|村|区)")

# How a name stands that says nothing of a place itself («幸福» for 幸福社区): ordinary words and roads are spelt alike.
_HAN = "\u4e00-\u9fff"
_FULL = re.compile(rf"(?:社区|小区|村|街坊|街道|镇|乡|苏木|嘎查|[居村]委会|委员会|办事处|[{_HAN}]{{2,}}[楼院所园苑厦寓里坊府城庭厂])$")
_ROAD = re.compile(r"(?:路|街|道|巷|胡同)$")
_OPEN = rf"(?:^|(?<=[^{_HAN}0-9A-Za-z])|(?<=[在于住到]))"
_LED = rf"(?:^|(?<=[^{_HAN}])|(?<=[在于住到是从去来往至我咱们家区市县旗镇乡路街道]))"
_HOUSE = rf"第?(?:{_NUMBER})[A-Za-z]?(?:#|号楼|号院|栋|幢|座|排|单元|号?网格)|[0-9]{{1,4}}-[0-9]"
_STATED = rf"{_HOUSE}|(?:{_NUMBER})(?:号|[期区院])(?![路街道巷])|社|小区|门口|院|[{_HAN}]{{1,5}}[园苑区城庭院坊里居府村寓](?:$|{_HOUSE})"
_CLOSED = r"$|[，,。；;：:（(]"
# What may come behind a short name in running text, so that it isn't the beginning of a longer word («红楼» in 红楼梦)
_BEHIND = re.compile(
    rf"$|[^{_HAN}]|[的门口旁后前边附里内外上下东西南北中顶底周和与及到这那是在一二三四五六七八九十第号单院楼没停漏堵坏不有无又被]"
    "|垃圾|路灯|电梯|暖气|自来|污水|井盖|居民|住户|小区|社区"
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place an address may mean. ``how``: exact, prefix or alike; ``score`` 0 to 1, best first; ``label`` names it from its community down."""

    place: Place
    how: str
    score: float
    label: str


@dataclass(frozen=True, slots=True)
class Parts:
    """What an address says: numbers as digits, ``rest`` the text before the building, without the grid."""

    rest: str
    building: str = ""
    unit: str = ""
    door: str = ""
    grid: str = ""


def number(text: str) -> str:
    """Digits of a number written either way: 十二 is 12."""
    if text.isdigit() and text.isascii():
        return str(int(text))
    tens, ten, ones = text.partition("十")
    if ten:
        return str((_DIGITS.get(tens, 1) if tens else 1) * 10 + (_DIGITS.get(ones, 0) if ones else 0))
    return "".join(str(_DIGITS[c]) for c in text if c in _DIGITS)


def spelled(digits: str) -> str:
    """A number below a hundred as it is spelt: 12 is 十二; "" for any other."""
    if not (digits.isdigit() and digits.isascii() and 0 < int(digits) < 100):
        return ""
    signs = "零一二三四五六七八九"
    tens, ones = divmod(int(digits), 10)
    ten = "" if not tens else "十" if tens == 1 else f"{signs[tens]}十"
    return ten + (signs[ones] if ones else "")


def parts(text: str) -> Parts:
    """Take an address apart. Full-width signs, spaces and commas don't matter."""
    plain = re.sub(r"[\s,，。、;；]+", "", unicodedata.normalize("NFKC", text))[:200]
    grid = ""
    if told := _GRID.search(plain):  # first: «4号网格» is no building
        plain, grid = plain[: told.start()] + plain[told.end() :], number(told[1])
    if dashed := _DASHED.search(plain):
        building, unit, door = (str(int(n)) for n in dashed.groups())
        return Parts(plain[: dashed.start()], building, unit, door, grid)
    entrance = _UNIT.search(plain)
    house = _BUILDING.search(plain, 0, entrance.start() if entrance else len(plain))
    if house and not entrance and _DOOR.fullmatch(house[0]) and house[0].endswith("号"):
        house = None  # «301号» alone is a door
    end = entrance.end() if entrance else house.end() if house else 0
    behind = _DOOR.search(plain, end) if end else None
    start = house.start() if house else entrance.start() if entrance else len(plain)
    numbered = (number(house[1]) + house[2].upper()) if house else ""
    return Parts(plain[:start], numbered, number(entrance[1]) if entrance else "", behind[1] if behind else "", grid)


def find_place(text: str, within: str = "") -> list[Candidate]:
    """Up to eight current places an address may mean, best first, only at or below the path ``within`` where given. At most 6 queries."""
    said = parts(text)
    if not (said.rest or said.building or said.grid):
        return []
    base = Place.objects.current()
    if within:
        base = base.within(within)
    areas, grids = _areas(base, said, text)
    if not (areas or within or not said.rest):
        grids = []  # whose grid it is was said, and isn't known
    if said.building and (areas or within or not said.rest):
        found = _buildings(base, said, areas)
        ours = [f for f in found if any(f[0].path.startswith(f"{g.path}.") for g in grids)]
        if found and (len(grids) != 1 or found[0][1] == EXACT):
            return _inside(base, said, ours or found)
    if len(grids) == 1:
        best = max((score for _place, score in areas), default=1.0)
        return [Candidate(grids[0], EXACT if best == 1 else PREFIX, best, grid_label(grids[0]))]
    if areas:
        best = max(score for _place, score in areas)
        return [Candidate(p, EXACT if s == 1 else PREFIX, s, p.name) for p, s in areas if s == best][:MOST]
    return _alike(base, text if said.grid else said.rest or text)


def numbered_grids(numbers: Iterable[str]) -> Q:
    """Grids whose name has one of these numbers, however it is written there: «第四网格», «4号网格», «都兰社区第04网格»."""
    wanted = "|".join(form for n in numbers for form in (n, spelled(n)) if form)
    return Q(level="grid", name__regex=rf"(^|[^0-9零一二三四五六七八九十])0*({wanted})号?网格$")


def grid_numbers(text: str) -> dict[str, str]:
    """The numbers of grids a text speaks of, with the words it says them in."""
    return {number(m[1]): m[0] for m in _GRID.finditer(text)}


def read_areas(rows: QuerySet) -> list[Place]:
    """The places with what is asked of them, grids with their community where that is among them. One query."""
    places = list(rows.only("id", "code", "name", "level", "path", "aliases", "parent").order_by("code"))
    grids = [p for p in places if p.level == "grid"]
    known = {p.pk: p for p in places} if grids else {}
    for grid in grids:
        if grid.parent_id in known:
            grid.parent = known[grid.parent_id]
    return places


def grid_label(grid: Place) -> str:
    """A grid with its community. Needs ``parent``."""
    home = short_name(grid.parent.name) if grid.parent else ""
    return grid.name if home and home in grid.name else f"{home}{grid.name}"


def alike(text: str) -> str:
    """The text with the numbers in names of areas written one way: 青山路五号社区 is 青山路5号社区."""
    return _NUMBERED.sub(lambda m: number(m[1]), text)


def spread(text: str) -> str:
    """The text with commas for the spaces between words, which part them as well as a comma does."""
    return re.sub(r"(?<=[^\W\d_])\s+(?=[^\W\d_])", "，", unicodedata.normalize("NFKC", text).strip())


def named_in(names: Iterable[str], *texts: str) -> list[str]:
    """The names of an area that stand in one of the texts, which are ``alike``. One with its 社区 or 村 does so anywhere. A bare one stands
    where a name can, and before what says a place: «幸福3号楼», «住在幸福，» but neither «幸福路1号» nor «幸福的一天»."""
    return [name for name in names if (told := alike(name)) and any(told in text and _area_stands(told, text) for text in texts)]


def _area_stands(name: str, text: str) -> bool:
    found = re.escape(name)
    if name[0].isdigit():
        found = f"(?<![0-9]){found}"
    if _FULL.search(name):
        return re.search(found, text) is not None
    if _ROAD.search(name):  # its numbers are those of the road
        return re.search(rf"{_LED}{found}(?:{_HOUSE}|社|小区)", text) is not None
    return re.search(rf"{_LED}{found}(?:{_STATED})|{_OPEN}{found}(?:{_CLOSED})", text) is not None


def runs_on(name: str, behind: str) -> bool:
    """Whether a building's name is only the beginning of a longer word. Told of short ones and those that don't end as a place's name does."""
    return not (_FULL.search(name) or any(c.isdigit() for c in name) or _BEHIND.match(behind))


def place_names(place: Place) -> list[str]:
    """What a place is called: its name, that without its last word, its other names; two signs at least."""
    own = [place.name, short_name(place.name), *re.split(r"[\s,，、;；]+", place.aliases)]
    stem = short_name(place.name).removesuffix("社区")
    return [n for n in (*own, stem) if len(n) >= 2]


def _areas(base: QuerySet, said: Parts, text: str) -> tuple[list[tuple[Place, float]], list[Place]]:
    """Communities and streets whose name or alias is in the text (1), or begins with it (0.8); and in them the grids of the number told.

    One query for both."""
    rest = said.rest
    if not (rest or said.grid):
        return [], []
    wanted = Q(level__in=["community", "street"])
    places = read_areas(base.filter(wanted | numbered_grids([said.grid]) if said.grid else wanted))
    areas = _named(places, rest, text) if rest else []
    grids = [p for p in places if p.level == "grid" and (not areas or any(p.path.startswith(f"{a.path}.") for a, _score in areas))]
    return areas, grids


def _named(places: list[Place], rest: str, text: str) -> list[tuple[Place, float]]:
    said = (alike(rest), alike(spread(text[:200])))
    named: dict[str, list[tuple[int, Place]]] = {"community": [], "street": []}
    begun: list[tuple[Place, float]] = []
    for place in places:
        if place.level not in named:
            continue
        names = place_names(place)
        if hit := max((len(n) for n in named_in(names, *said)), default=0):
            named[place.level].append((hit, place))
        elif len(rest) >= 2 and any(n.startswith(rest) for n in names):
            begun.append((place, 0.8))
    for hits in named.values():  # 青山路街道都兰社区: the finer one
        if hits:
            longest = max(hit for hit, _place in hits)
            return [(place, 1.0) for hit, place in hits if hit == longest]
    return begun


def _buildings(base: QuerySet, said: Parts, areas: list[tuple[Place, float]]) -> list[tuple[Place, str, float]]:
    tails = ("号楼", "栋", "幢", "排", "号院", "号", "座")
    names = [f"{said.building}{tail}" for tail in tails]
    spelt = spelled(said.building)  # «五号楼», where the place itself is stored so
    names += [f"{spelt}{tail}" for tail in tails] if spelt else []
    rows = base.filter(level="building").select_related("parent__parent")
    if areas:
        rows = rows.filter(path__descends=[str(p.path) for p, _score in areas])
    estate = _estate(said.rest, areas)
    wanted = Q(name__in=[*names, *(f"{estate}{n}" for n in names)]) if estate else Q(name__in=names)
    for name in (f"{said.building}号楼", f"{spelt}号楼") if spelt else (f"{said.building}号楼",):
        wanted |= Q(aliases__contains=name)
    exact = [(b, EXACT, 1.0) for b in rows.filter(wanted).order_by("code")[: MOST * 4] if b.name in names or _meant(b, said, estate)][:MOST]
    if exact:
        return exact
    return [(b, PREFIX, 0.7) for b in rows.filter(name__startswith=said.building).order_by("code")[:MOST]]


def _meant(building: Place, said: Parts, estate: str) -> bool:
    """Whether its own or another of its names has the number itself, not only its last digit («15号楼» for «5号楼»); and the estate, if told."""
    called = [parts(name) for name in (building.name, *re.split(r"[\s,，、;；]+", building.aliases)) if name]
    same = [c for c in called if c.building == said.building]
    return any(c.rest == estate or not estate or not c.rest for c in same)


def _estate(rest: str, areas: list[tuple[Place, float]]) -> str:
    """What stands between the community and the building: the name of an estate, «富华园»."""
    for place, _score in areas:
        for name in sorted(place_names(place), key=len, reverse=True):
            for told, written in ((name, rest), (alike(name), alike(rest))):
                if told in written:
                    return written.split(told, 1)[1]
    return rest


def _inside(base: QuerySet, said: Parts, buildings: list[tuple[Place, str, float]]) -> list[Candidate]:
    """Down to the unit and the door where the address says so and they are stored."""
    found = []
    deeper: dict[int, Place] = {}
    if said.unit or said.door:
        units = {
            u.pk: u
            for u in base.filter(level="unit", parent__in=[b.pk for b, _how, _score in buildings])
            if not said.unit or u.name == f"{said.unit}单元"
        }
        for unit in units.values():
            if said.unit:
                deeper[unit.parent_id] = unit  # type: ignore[index]
        if said.door:
            for door in base.filter(level="dwelling", name=said.door, parent__in=list(units)).order_by("code"):
                deeper[units[door.parent_id].parent_id] = door  # type: ignore[index]
    for building, how, score in buildings:
        place = deeper.get(building.pk, building)
        found.append(Candidate(place, how, score, _label(building, place, said)))
    return found


def _label(building: Place, place: Place, said: Parts) -> str:
    home = building.parent.parent if building.parent and building.parent.level == "grid" else building.parent
    words = [short_name(home.name) if home else "", building.name]
    if place.level in ("unit", "dwelling") and said.unit:
        words.append(f"{said.unit}单元")
    if place.level == "dwelling":
        words.append(place.name)
    return "".join(words)


def _alike(base: QuerySet, text: str) -> list[Candidate]:
    """Names alike by trigrams, for misspelt or half-remembered ones."""
    rows = base.exclude(level__in=["unit", "dwelling"]).annotate(likeness=TrigramWordSimilarity(text[:60], "name"))
    close = rows.filter(likeness__gte=LIKENESS).order_by("-likeness", "code").defer("shape")[:MOST]
    return [Candidate(p, ALIKE, round(float(p.likeness), 3), p.name) for p in close]
