"""What the pure core says by code, in words: what is wrong, with whom, and what to do."""

from __future__ import annotations

import math
from collections.abc import Sequence

from django.utils.translation import gettext as _

from linli.planning.task import Impossible, Miss, Task, adds_up

MENDED_BY: dict[str, tuple[str, ...]] = {
    "sites": ("number",),
    "capacity": ("number", "room"),
    "shares_of_best": ("scale",),
    "visits_days": ("a_day", "days"),
    "visits_pair": ("pair_days",),
}
"""Codes of ``Impossible`` and the options by which it can be mended."""
SHOWN = 5  # names of a part that is cut off
STRAYS = 3  # parts too far from the others, each with a line of its own


def impossible(error: Impossible, labels: Sequence[str], units: Sequence[str]) -> str:
    """Why there can be no such division. ``labels``: the sites' names, ``units``: the units', by number."""
    given = dict(error.params)
    if "node" in given:
        given["name"] = labels[given["node"]]
    if "members" in given:
        given["names"] = several([labels[i] for i in given["members"]])
    if "unit" in given:
        given["unit"] = units[given["unit"]] if given["unit"] < len(units) else given["unit"]
    text = {
        "more_units_than_buildings": _("%(units)s units of %(buildings)s sites can't be: ask for fewer units, or a larger target."),
        "more_parts_than_units": _(
            "Barriers cut the area into %(parts)s parts, but only %(units)s units are asked for. The smallest part: %(names)s. Leave a "
            "crossing open in the barriers there, or ask for a smaller target."
        ),
        "fixed_split": _("%(name)s can't be in %(unit)s: what is fixed elsewhere stands between. Free one of the fixed sites."),
        "fixed_leave_none": _(
            "So much is fixed that nothing is left for one of the %(units)s units. Free some sites or ask for fewer units."
        ),
        "fixed_more_units": _("More units have fixed sites than the %(units)s that are asked for. Ask for more units or fix fewer."),
        "nothing_kept": _("No site lies in a present unit. Is it the right file?"),
        "sites": _("There are fewer candidates than sites asked for. Ask for fewer, or give more candidates."),
        "capacity": _(
            "All sites together hold too little, or no way was found to place every building whole. Ask for more sites or more room."
        ),
        "shape": _("Buildings, candidates and their rooms don't fit together."),
        "cost": _("A distance or a number of households is missing or negative."),
        "comparisons": _("The comparisons are not whole: each pair once, each a number above 0."),
        "compared_many": _("More than 15 things can't be compared in pairs. Group them first."),
        "shares_of_best": _("Shares of the best need numbers above 0 everywhere. Choose another scale."),
        "entropy_few": _("Weights by entropy need at least two places."),
        "entropy_even": _("All places are equal in every indicator: entropy gives no weights."),
        "visits_none": _("There is nobody to visit."),
        "visits_many": _("%(visits)s visits are too many for one worker (%(most)s at most). Divide them among grids first."),
        "visits_days": _(
            "%(households)s households, %(must)s of them each month, make %(turn)s visits a month, but %(days)s days of %(each)s are only "
            "%(possible)s. At least %(faster)s a day are needed, or %(longer)s days."
        ),
        "visits_pair": _(
            "%(pairs)s visits a month are for two persons, but only %(days)s days have a second one. At least %(needed)s such days are needed."
        ),
        "visits_alone": _(
            "%(name)s can't be visited at all: the way there, the time given for it and the end of the day don't fit. Enter other times."
        ),
        "visits_time": _(
            "%(name)s finds no place on any of the %(days)s days a month: times and ways don't fit. Allow more days, longer ones, or "
            "other times."
        ),
        "together_apart": _("These are to stay together but do not touch: %(names)s. Name those between them too, or leave one out."),
        "together_fixed": _("These are to stay together but are fixed in different units: %(names)s."),
    }[error.code]
    return text % given


def missed(miss: Miss, task: Task, unit: str, labels: Sequence[str]) -> str:
    """Why a unit is outside its band, and what to do."""
    values = {
        "unit": unit, **band(task.low, task.high), "households": number(miss.households),
        "name": labels[miss.node], "names": several([labels[i] for i in miss.members]),
    }  # fmt: skip
    text = {
        "too_large": _(
            "%(name)s alone has %(households)s households, more than the %(high)s a unit may have. Enter its entrances one by "
            "one, or raise target or tolerance."
        ),
        "beside_too_large": _(
            "%(unit)s: %(name)s nearby has %(households)s households, more than a unit may have; too few are left beside it."
        ),
        "cut_off": _(
            "%(names)s are cut off from the rest; their %(households)s households make no units of %(low)s to %(high)s. Leave a "
            "crossing open in the barriers there, or raise the tolerance."
        ),
        "not_found": _(
            "%(unit)s (%(names)s): %(households)s households; no division with every unit between %(low)s and %(high)s was found. Give more "
            "time, raise the tolerance, or try another seed."
        ),
    }[miss.code]
    return text % values


def overfull(name: str, households: float, task: Task) -> str:
    """That what is fixed in a unit is more than it may have, and what to do."""
    said = _(
        "%(unit)s: what is fixed there has %(households)s households, more than the %(high)s a unit may have. Free some of it, or raise target or "
        "tolerance."
    )
    return said % {"unit": unit(name), "households": number(households), **band(task.low, task.high)}


def tight(task: Task) -> str:
    """That the mean leaves units little room in their band, with what to do; nothing where it leaves enough."""
    mean, middle, most = float(task.w.sum()) / task.k, (task.low + task.high) / 2, (task.high - task.low) / 2
    off = abs(mean - middle)
    if most - off > most / 2:
        return ""
    return _(
        "A unit has %(mean)s households on average, %(room)s from the edge of %(low)s to %(high)s: little to spare. Ask for %(k)s units, so that "
        "the tolerance is of their mean, or for a tolerance of %(percent)s %%."
    ) % {
        **band(task.low, task.high), "mean": number(mean), "room": number(most - off), "k": task.k,
        "percent": math.ceil(100 * (off + most * mean / middle) / middle - 1e-6),
    }  # fmt: skip


def no_sum(task: Task, common: int) -> str:
    """That every building's households are a multiple of ``common`` and units within the band can't be made of such, with what would do."""
    said = _(
        "Every building has a multiple of %(common)s households: no whole buildings add up to %(k)s units of %(low)s to %(high)s. By this sum "
        "alone, units within their tolerance can be: %(units)s; or %(k)s units with a tolerance of %(percent)s %%."
    )
    whole, middle, off = float(task.w.sum()), (task.low + task.high) / 2, (task.high - task.low) / (task.high + task.low)

    def possible(k: int) -> bool:
        mean = whole / k
        return adds_up(whole, common, k, (1 - off) * mean, (1 + off) * mean)

    fewer = next((k for k in range(task.k, 0, -1) if possible(k)), 1)
    more = next((k for k in range(task.k + 1, task.n + 1) if possible(k)), 0)
    percent = next((p for p in range(100) if adds_up(whole, common, task.k, (1 - p / 100) * middle, (1 + p / 100) * middle)), 100)
    units = _(", ").join(str(k) for k in (fewer, more) if k)
    return said % {**band(task.low, task.high), "common": common, "k": task.k, "units": units, "percent": percent}


def number(value: float) -> str:
    """A number as it is read: whole where it is, else one decimal."""
    return f"{value:,.0f}" if abs(value - round(value)) < 0.05 else f"{value:,.1f}"


def unit(name: str) -> str:
    """What a unit is called in a sentence: one that only has a number is a unit of that number."""
    return _("Unit %(name)s") % {"name": name} if name.isdigit() else name


def lowest(bound: float) -> str:
    """A bound from below that is not more than it is: rounded down."""
    return f"{math.floor(10 * bound + 1e-6) / 10:,.1f}"


def within(gap: float, digits: int = 1) -> str:
    """A gap in percent that is not more than is said: rounded up."""
    return f"{math.ceil(100 * gap * 10**digits - 1e-6) / 10**digits:.{digits}f}"


def band(low: float, high: float) -> dict[str, str]:
    """The least and the most households that are within."""
    return {"low": number(math.ceil(low - 1e-6)), "high": number(math.floor(high + 1e-6))}


def several(names: Sequence[str]) -> str:
    shown = _(", ").join(names[:SHOWN])
    return shown if len(names) <= SHOWN else _("%(names)s and %(n)s more") % {"names": shown, "n": len(names) - SHOWN}


def strays(parts: Sequence[tuple[Sequence[str], float]], link: float) -> list[str]:
    """That these hang together with the rest only by links longer than neighbours may have, and what can be done: the farthest one by one."""
    one = _("%(names)s: %(metres)s m to the nearest other place, farther than neighbours may be (%(link)s m); they count as joined to it.")
    rest = _("%(n)s more parts lie farther from the nearest other place than neighbours may be and count as joined to it: %(names)s.")
    lines = [one % {"names": several(names), "metres": number(math.ceil(far)), "link": number(link)} for names, far in parts[:STRAYS]]
    if more := parts[STRAYS:]:
        lines.append(rest % {"n": number(len(more)), "names": several([name for names, _far in more for name in names])})
    return [*lines, _("Check where they stand, divide them by themselves, or allow longer links.")] if lines else []


def astray(names: Sequence[str], looked_at: int, off: float, detour: float) -> list[str]:
    """That these lie too far from any way, and what was done; nothing where none does."""
    said = _(
        "%(n)s of %(all)s places lie more than %(metres)s m from any way: to and from them the straight line times %(detour)s counts: %(names)s."
    )
    values = {"n": number(len(names)), "all": number(looked_at), "metres": number(off), "detour": detour, "names": several(names)}
    return [said % values] if names else []


def unjoined(names: Sequence[str], looked_at: int, detour: float) -> list[str]:
    """That ways lead from these to no more than half of the others, and what was done; nothing where they lead everywhere."""
    said = _(
        "%(n)s of %(all)s places are joined by the ways to no more than half of the others: where no way leads, the straight line times %(detour)s "
        "counts: %(names)s. Ways are joined where they share a point."
    )
    values = {"n": number(len(names)), "all": number(looked_at), "detour": detour, "names": several(names)}
    return [said % values] if names else []


def elsewhere(away: float) -> str:
    """That ways lie too far from everything to be those of the place."""
    return _("These ways are %(km)s km away. Is it the right area, and are the coordinates the right ones?") % {
        "km": number(round(away / 1000))
    }


def barriers_elsewhere(away: float) -> str:
    return _("These barriers are %(km)s km away. Is it the right area, and are the coordinates the right ones?") % {
        "km": number(round(away / 1000))
    }


def borderless(names: Sequence[str], looked_at: int) -> list[str]:
    """That these say no township, so that no border was kept among them; nothing where all say theirs."""
    if not names:
        return []
    if len(names) == looked_at:
        return [_("No village says its township: no township’s border was kept.")]
    said = _("%(n)s of %(all)s villages say no township and were divided among themselves, without any border: %(names)s.")
    return [said % {"n": number(len(names)), "all": number(looked_at), "names": several(names)}]


def in_chairs(norm: float, chairs: Sequence[Sequence[int]]) -> str:
    """How many vice-chairs there would be, and for how many of them two grids."""
    pairs = sum(len(of) == 2 for of in chairs)
    said = _(
        "One vice-chair for about %(norm)s households: %(pairs)s pairs of neighbouring grids and %(single)s single ones, %(chairs)s in all."
    )
    return said % {"norm": number(norm), "pairs": pairs, "single": len(chairs) - pairs, "chairs": len(chairs)}
