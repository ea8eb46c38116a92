"""Figures as pages show them: a number in words, what it is compared with, the records behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from urllib.parse import quote

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from linli.frame.templatetags.linli import named
from linli.measures.behind import Behind
from linli.measures.declare import measures
from linli.measures.periods import Period
from linli.measures.queries import Figure, Key


@dataclass(frozen=True, slots=True)
class Shown:
    """A figure ready for a template. ``of`` says what a share is a share of; ``change`` how it stands to the period before."""

    key: str
    label: str
    value: str
    unit: str = ""
    of: str = ""
    change: str = ""
    tone: str = "plain"
    goal: str = ""
    url: str = ""
    all_url: str = ""  # of a share: all the records, not only those that count
    raw: float | None = None


def number(value: float) -> str:
    """Whole numbers with commas between thousands, others to one place: both languages write them so."""
    return f"{int(value):,}" if value == int(value) else f"{value:,.1f}"


def link(key: str, which: str, part: str, period: Period, place: str, without: str = "") -> str:
    """The list of exactly the records that a figure counts; ``without``: see ``Behind``."""
    what = Behind(key, which, part, period.since, period.until, place, without)
    return f"{_list()}?behind={quote(str(what), safe='')}"


@cache
def _list() -> str:
    return reverse("matters:list")


def show(
    figure: Figure, before: Figure | None, period: Period, place: str, part: str = "", *, links: bool = True, without: str = ""
) -> Shown:
    """``before`` None: compare with nothing."""
    m = figure.measure
    label = str(named(m.name))
    if m.kind == "count":
        count = figure.denominator
        change = "" if before is None else _counted(count, before.denominator)
        url = link(m.key, "d", part, period, place, without) if links else ""
        return Shown(m.key, label, number(count), change=change, url=url, raw=count)
    goal = _goal(figure)
    if figure.few:
        few = _("fewer than %(least)s") % {"least": m.least}
        return Shown(m.key, label, few, goal=goal, all_url="", raw=None)
    if figure.percent is None:
        return Shown(m.key, label, "–", goal=goal)
    of = _("%(n)s of %(d)s") % {"n": number(figure.numerator), "d": number(figure.denominator)}
    change = "" if before is None else _shared(figure, before)
    tone = "warn" if figure.misses_goal else "plain"
    good, every = (link(m.key, which, part, period, place, without) if links else "" for which in "nd")
    return Shown(m.key, label, number(figure.percent), "%", of, change, tone, goal, good, every, figure.percent)


def _goal(figure: Figure) -> str:
    if figure.goal is None:
        return ""
    return f"{'≤' if figure.measure.better == 'less' else '≥'} {number(float(figure.goal) * 100)} %"


def _counted(now: int, then: int) -> str:
    if not then:
        return _("none in the period before") if now else ""
    return _("%(then)s in the period before") % {"then": number(then)} + (
        f" ({_sign(100 * (now - then) / then)}\u00a0%)" if now != then else ""
    )


def _shared(now: Figure, then: Figure) -> str:
    if then.percent is None or now.percent is None:
        return ""
    points = round(now.percent - then.percent, 1)
    said = _("%(then)s %% in the period before") % {"then": number(then.percent)}
    return said + (f" ({_sign(points)})" if points else "")


def _sign(value: float) -> str:
    return ("+" if value > 0 else "−") + number(abs(round(value, 1)))


def duration(seconds: float) -> str:
    """A length of time by the clock, to two figures."""
    if seconds < 3600:
        minutes = max(1, round(seconds / 60))
        return ngettext("%(n)s minute", "%(n)s minutes", minutes) % {"n": minutes}
    if seconds < 48 * 3600:
        return _("%(n)s hours") % {"n": number(round(seconds / 3600, 1))}
    return _("%(n)s days") % {"n": number(round(seconds / 86400, 1))}


def pick(figures: Mapping[Key, Figure], place: int, key: str, part: str = "") -> Figure:
    """A figure of ``queries.totals``; nought where it is not there."""
    return figures.get((place, key, part)) or Figure(measures()[key])
