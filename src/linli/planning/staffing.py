"""Staff and space against norms 人员与用房, and what a number of people can keep up with. Pure.

The norms are the sources' own: 124 staff for 34,000 households and 102,000 people, a vice-chair for 800 households, 1,000 m² and 50 m² more
for every full 100 households over 1,000.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil


@dataclass(frozen=True, slots=True)
class Norms:
    """Households or residents of one worker (whichever asks for more; 0: not looked at), households of a vice-chair, m² of space."""

    households: float = 34_000 / 124
    residents: float = 102_000 / 124
    chair: float = 800.0
    space: float = 1_000.0
    space_until: float = 1_000.0
    space_more: float = 50.0
    space_each: float = 100.0


@dataclass(frozen=True, slots=True)
class Community:
    name: str
    households: int
    residents: int = 0
    staff: int | None = None  # None: not told
    chairs: int | None = None
    space: float | None = None


@dataclass(frozen=True, slots=True)
class Needed:
    """What the norms ask for in one community, and what is missing (None where nobody told what there is)."""

    staff: int
    chairs: int
    space: float
    staff_short: int | None
    chairs_short: int | None
    space_short: float | None


def needed(community: Community, norms: Norms) -> Needed:
    households, residents = community.households, community.residents
    staff = max(_up(households, norms.households), _up(residents, norms.residents))
    chairs = _up(households, norms.chair)
    over = max(0.0, households - norms.space_until)
    space = norms.space + norms.space_more * int(over // norms.space_each) if households else 0.0
    return Needed(
        staff, chairs, space, _short(staff, community.staff), _short(chairs, community.chairs),
        None if community.space is None else max(0.0, space - community.space),
    )  # fmt: skip


def _up(count: float, norm: float) -> int:
    return ceil(count / norm - 1e-9) if norm else 0


def _short(wanted: int, there: int | None) -> int | None:
    return None if there is None else max(0, wanted - there)
