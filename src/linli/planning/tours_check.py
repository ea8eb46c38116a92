"""Proves of tours that they keep every rule, from households and rules alone: shares nothing with the search."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from linli.planning.tours import Day, Homes, Rules

SLACK = 1e-6


def broken(homes: Homes, rules: Rules, days: Sequence[Day], metres: float) -> list[str]:
    """What is not as it must be, each with where; nothing where all rules are kept."""
    found: list[str] = []
    seen = Counter(h for day in days for h in day.homes)
    by_month = {m: Counter(h for d in days if d.month == m for h in d.homes) for m in range(1, rules.months + 1)}
    for h in range(homes.n):
        wanted = rules.months if homes.must[h] else 1
        if seen[h] != wanted:
            found.append(f"household {h}: {seen[h]} visits, not {wanted}")
        if homes.must[h]:
            found += [f"household {h}: {c[h]} visits in month {m}" for m, c in by_month.items() if c[h] != 1]
    for m in by_month:
        own = [d for d in days if d.month == m]
        if len(own) > rules.days:
            found.append(f"month {m}: {len(own)} days")
        if sum(len(d.homes) for d in own) < min(rules.least, sum(seen.values()) // rules.months):
            found.append(f"month {m}: fewer visits than the least")
        if sum(d.pair for d in own) > rules.pair_days:
            found.append(f"month {m}: too many days with a second person")
        if len({d.week for d in own}) < min(rules.weeks, len(own)) or not all(d.homes for d in own):
            found.append(f"month {m}: a week without a day, or a day without a visit")
    walked = 0.0
    for d in days:
        name = f"month {d.month} day {d.day}"
        if len(d.homes) > rules.a_day:
            found.append(f"{name}: {len(d.homes)} visits")
        if not d.pair and any(homes.pair[h] for h in d.homes):
            found.append(f"{name}: a visit for two persons by one")
        now, at = rules.begin, 0
        for h, told in zip(d.homes, d.reached, strict=True):
            leg = round(float(homes.far[at, h + 1]))
            walked += leg
            now = max(now + leg / rules.pace, float(homes.opens[h]))
            if now > homes.closes[h] + SLACK:
                found.append(f"{name}: household {h} after its time")
            if abs(now - told) > SLACK:
                found.append(f"{name}: household {h} is said to be reached when it isn't")
            now += float(homes.stays[h])
            at = h + 1
        if d.homes:
            leg = round(float(homes.far[at, 0]))
            walked += leg
            now += leg / rules.pace
        if now > rules.end + SLACK:
            found.append(f"{name}: longer than the day")
    if abs(walked - metres) > SLACK:
        found.append(f"{walked} metres, not {metres}")
    return found
