"""Rules on duties: numbers that contradict each other or can't be reached, with the arithmetic."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from linli.charter.problems import meant
from linli.charter.rules.base import CHARTER, Finding, depth, error, warning
from linli.charter.schema import Charter, Duty, Name

# how many whole periods of one kind lie in one of another; a month has four whole weeks, a quarter thirteen
WITHIN = {
    ("day", "week"): 5, ("day", "month"): 20, ("day", "quarter"): 60, ("day", "year"): 240,
    ("week", "month"): 4, ("week", "quarter"): 13, ("week", "year"): 52,
    ("month", "quarter"): 3, ("month", "year"): 12, ("quarter", "year"): 4,
}  # fmt: skip
WORKDAYS = {"day": 1, "week": 5, "month": 20, "quarter": 60, "year": 240}  # at least

PERIOD = {
    "day": Name("每天", "a day"), "week": Name("每周", "a week"), "month": Name("每月", "a month"),
    "quarter": Name("每季度", "a quarter"), "year": Name("每年", "a year"),
}  # fmt: skip


def duties(charter: Charter) -> Iterator[Finding]:
    for duty in charter.duties.values():
        yield from _known(charter, duty)
        yield from _possible(charter, duty)
    for short in shortfalls(charter):
        yield warning(
            f"duty-short:{short.low.id}",
            CHARTER,
            f"“{short.low.name.zh}”达不到“{short.high.name.zh}”：{short.sum()}。"
            f"要达到，{PERIOD[short.low.each].zh}至少 ⌈{short.goal}/{short.times}⌉ = {short.needed} 户。",
            f'"{short.low.name.en}" does not meet "{short.high.name.en}": {short.sum()}. '
            f"It takes at least ⌈{short.goal}/{short.times}⌉ = {short.needed} households {PERIOD[short.low.each].en}.",
            "duty",
            short.low.id,
            "at_least",
        )


@dataclass(frozen=True, slots=True)
class Shortfall:
    """A duty that, kept to the letter, still misses another of the same post."""

    low: Duty  # the shorter period
    high: Duty  # the longer one it misses
    count: int  # households each shorter period
    times: int  # shorter periods in a longer one
    goal: int  # households the longer period asks for

    @property
    def needed(self) -> int:
        return ceil(self.goal / self.times)

    def sum(self) -> str:
        return f"{self.count} × {self.times} = {self.count * self.times} < {self.goal}"


def households(charter: Charter, duty: Duty) -> int | None:
    """How many households the duty asks for in its area each period; None where the area's size isn't in the charter."""
    if isinstance(duty.at_least, int):
        return duty.at_least
    if duty.area != "grid":
        return None
    return charter.area.grid_households if duty.at_least == "all" else ceil(Fraction(duty.at_least) * charter.area.grid_households)


def shortfalls(charter: Charter) -> list[Shortfall]:
    """For each household duty the longer duty of the same post it misses by most, if any."""
    visits = [d for d in charter.duties.values() if d.of == "household"]
    found = []
    for low in visits:
        missed = [s for high in visits if (s := _against(charter, low, high))]
        if missed:
            found.append(max(missed, key=lambda s: s.goal - s.count * s.times))
    return found


def _against(charter: Charter, low: Duty, high: Duty) -> Shortfall | None:
    times = WITHIN.get((low.each, high.each))
    if not times or low.post != high.post or low.area != high.area:
        return None
    count, goal = households(charter, low), households(charter, high)
    if count is None or goal is None or count * times >= goal:
        return None
    return Shortfall(low, high, count, times, goal)


def _known(charter: Charter, duty: Duty) -> Iterator[Finding]:
    post = charter.posts.get(duty.post)
    if post is None:
        zh, en = meant(duty.post, charter.posts)
        yield error(
            f"duty-post:{duty.id}",
            CHARTER,
            f"职责“{duty.id}”的岗位“{duty.post}”不存在。{zh}",
            f'Duty "{duty.id}": there is no post "{duty.post}". {en}',
            "duty",
            duty.id,
            "post",
        )
    elif depth(duty.area) < depth(post.level):
        yield error(
            f"duty-area:{duty.id}",
            CHARTER,
            f"职责“{duty.id}”要管整个“{duty.area}”，岗位“{post.id}”却只在“{post.level}”一级。",
            f'Duty "{duty.id}" asks for a whole {duty.area}, but the post "{post.id}" is held over a {post.level}.',
            "duty",
            duty.id,
            "area",
        )


def _possible(charter: Charter, duty: Duty) -> Iterator[Finding]:
    """More than there is: more days than the period has, more households than the grid."""
    at = ("duty", duty.id, "at_least")
    if duty.of == "worker-day":
        most = WORKDAYS.get(duty.each, 0)
        if not isinstance(duty.at_least, int):
            yield error(
                f"duty-days:{duty.id}",
                CHARTER,
                f"职责“{duty.id}”按天计，“at_least”应为天数。",
                f'Duty "{duty.id}" counts days: "at_least" has to be a number of days.',
                *at,
            )
        elif duty.at_least > most:
            yield error(
                f"duty-days:{duty.id}",
                CHARTER,
                f"职责“{duty.name.zh}”：{PERIOD[duty.each].zh}要 {duty.at_least} 天，工作日只有 {most} 天。",
                f'Duty "{duty.name.en}": {duty.at_least} days {PERIOD[duty.each].en}, of which only {most} are working days.',
                *at,
            )
    elif isinstance(duty.at_least, int) and duty.area == "grid" and duty.at_least > charter.area.grid_households:
        size = charter.area.grid_households
        yield warning(
            f"duty-more:{duty.id}",
            CHARTER,
            f"职责“{duty.name.zh}”：{PERIOD[duty.each].zh}要 {duty.at_least} 户，一个网格只有 {size} 户。",
            f'Duty "{duty.name.en}": {duty.at_least} households {PERIOD[duty.each].en}, but a grid has {size}.',
            *at,
        )
