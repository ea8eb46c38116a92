"""Codes of places: official ones of 12 digits for province to community, the product's own below.

The official code (GB/T 2260 and the statistics bureau's division codes) says its level by its trailing zeros. A grid adds three digits to
its community's code (15 digits, as GB/T 30428 numbers unit grids); a building adds ``-B`` and four digits to its community's,
so that it keeps its code when grids are redrawn; units and dwellings add theirs to the building's.
"""

from __future__ import annotations

import re

OFFICIAL = ("province", "city", "district", "street", "community")
LEVELS = (*OFFICIAL, "grid", "building", "unit", "dwelling")
RANK = {level: n for n, level in enumerate(LEVELS)}

_TWELVE = re.compile(r"[0-9]{12}", re.ASCII)
_GRID = re.compile(r"[0-9]{15}", re.ASCII)
_OWN = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]{0,27}", re.ASCII)  # units and dwellings add up to 12 signs to it


def is_official(code: str) -> bool:
    return _TWELVE.fullmatch(code) is not None


def level_of(code: str) -> str:
    """The level an official code stands for, by its trailing zeros. Raises ValueError where it isn't 12 digits."""
    if not is_official(code):
        raise ValueError(code)
    for level, kept in (("province", 2), ("city", 4), ("district", 6), ("street", 9)):
        if code[kept:] == "0" * (12 - kept):
            return level
    return "community"


def is_grid(code: str) -> bool:
    return _GRID.fullmatch(code) is not None


def is_own(code: str) -> bool:
    """A code of the product's or a site's own: letters, digits and dashes, at most 28."""
    return _OWN.fullmatch(code) is not None


def grid_code(community: str, number: int) -> str:
    """The code of a community's grid ``number`` (1 to 999)."""
    if not 1 <= number <= 999:
        raise ValueError(f"a community numbers its grids 1 to 999, not {number}")
    return f"{community}{number:03d}"


def building_code(community: str, number: int) -> str:
    return f"{community}-B{number:04d}"


def called_at(name: str, level: str, parent: str | None) -> str:
    """What a place is called where others stand beside it: a grid with its community, for every community has a first grid."""
    return f"{short_name(parent)} {name}" if level == "grid" and parent else short_name(name)


def short_name(name: str) -> str:
    """What people call a place: «都兰社区居委会» is 都兰社区, «青山路街道办事处» 青山路街道."""
    for tail in ("社区居民委员会", "社区居委会"):
        if name.endswith(tail) and len(name) > len(tail):
            return name[: -len(tail)] + "社区"
    for tail in ("村民委员会", "村委会"):
        if name.endswith(tail) and len(name) > len(tail):
            stem = name[: -len(tail)]
            return stem if stem.endswith("村") else stem + "村"
    for tail in ("居民委员会", "居委会", "街道办事处", "办事处"):
        if name.endswith(tail) and len(name) > len(tail):
            return name[: -len(tail)] + ("街道" if tail == "街道办事处" else "")
    return name
