"""The area page 态势: everything on it, read in a constant number of queries and made ready for the template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from linli.charter.store import charter_in_force
from linli.flow.words import LEVELS as LEVEL_NAMES
from linli.frame.templatetags.linli import named
from linli.matters.categories import category_name
from linli.matters.models import Channel
from linli.matters.pages.listing import AGE_NAMES
from linli.matters.parts import UNKNOWN, part_name, step_names
from linli.measures import queries
from linli.measures.declare import measures
from linli.measures.periods import Period
from linli.measures.queries import Figure, Key
from linli.places.codes import short_name
from linli.places.models import Level, Place
from linli.reports.backlog import Backlog, Open, backlog
from linli.reports.reading import BELOW, COUNTS, HEADLINE, OF_PLACES, TRENDS, Counted, counted, is_gone, places_below, rest_of
from linli.reports.shown import Shown, duration, link, number, pick, show

AREAS = (Level.DISTRICT, Level.STREET, Level.COMMUNITY)
CATEGORIES, POSTS = 12, 8
CLASSES = 5  # tones of the map
APART = 0.025  # of the greatest value: figures nearer to each other than this share a tone

COLUMNS = {  # of the table of places: what it can be sorted and the map coloured by
    "raised": None, "open": _("Open now"), "overdue": _("Overdue now"), "closing": None, "on_time": None, "satisfied": None, "late": None,
}  # fmt: skip


def column_name(key: str) -> str:
    return str(COLUMNS[key] or named(measures()[key].name))


@dataclass(slots=True)
class Row:
    """A line of a table: a name with a link, cells, and what the map needs of it."""

    name: str
    url: str = ""
    cells: list[Shown] = field(default_factory=list)
    id: int = 0
    tone: int | None = None
    said: str = ""  # what the map says of it
    sort: float | None = None
    gone: bool = False  # a place that has ended: not on the map
    page: bool = False  # the link is to the page of an area, else to a list of matters


@dataclass(frozen=True, slots=True)
class Trend:
    """A chart and its table: columns are measures, rows are the buckets of the period."""

    id: str
    title: str
    unit: str
    heads: Sequence[str]
    rows: Sequence[tuple[str, Sequence[Shown]]]


@dataclass(frozen=True, slots=True)
class Hot:
    """A kind of matter in a place that is more frequent than the season lets expect."""

    place: str
    kind: str
    count: int
    expected: str
    change: str
    url: str


@dataclass(slots=True)
class Situation:
    place: Place
    period: Period
    at: datetime | None  # the figures' moment; None: never counted
    headline: Sequence[Shown] = ()
    counts: Sequence[Shown] = ()
    now: Sequence[Shown] = ()
    places: Sequence[Row] = ()
    place_level: str = ""
    colour: str = ""
    legend: Sequence[tuple[int, str]] = ()
    trends: Sequence[Trend] = ()
    ages: Sequence[Row] = ()
    late_steps: Sequence[Row] = ()
    late_posts: Sequence[Row] = ()
    times: Sequence[tuple[Shown, str, str]] = ()
    escalated: Sequence[Shown] = ()
    channels: Sequence[Shown] = ()
    categories: Sequence[tuple[Shown, Shown]] = ()
    hot: Sequence[Hot] = ()
    hot_years: int = 0


def situation(place: Place, period: Period, now: datetime, *, colour: str = "raised", sort: str = "") -> Situation:
    """At most six queries: the places below, the figures, the trend, what is open, what is hot, and when it was all counted."""
    below = places_below(place)
    figures = counted(place, below, period, now)
    whole, before = figures.whole, figures.before
    lying = backlog(str(place.path), now)
    found = Situation(place, period, figures.at)
    found.headline = [_shown(place, k, whole, before, period) for k in HEADLINE]
    found.counts = [_shown(place, k, whole, before, period) for k in COUNTS]
    found.now = _now(place, lying)
    found.place_level = str(Level(BELOW[Level(place.level)]).label)
    found.colour = colour if colour in COLUMNS else "raised"
    rows = [_place_row(p, whole, lying, period, found.colour) for p in below]
    rows = [r for r in rows if not r.gone or any(f.raw for f in r.cells)]  # of what has ended, only where something happened
    found.places, found.legend = _toned(_sorted(rows, sort))
    if rows and (rest := _rest_row(place, below, whole, lying, period)):
        found.places = [*found.places, rest]
    found.trends = _trends(place, figures)
    found.ages = [_open_row(place, str(label), lying.by.get("age", {}).get(k, Open()), age=k) for k, label in AGE_NAMES.items()]
    found.late_steps = _late_steps(place, lying)
    found.late_posts = _late_posts(place, lying)
    found.times = _times(place, whole, period)
    found.escalated = [
        _part(place, "escalated", k, whole, before, period) for k in reversed(LEVEL_NAMES) if k in ("district", "street", "community")
    ]
    found.channels = [_part(place, "channel", str(k), whole, before, period) for k in Channel.values]
    found.categories = _categories(place, whole, before, period)
    found.hot, found.hot_years = _hot(figures), figures.hot_years
    return found


def _shown(place: Place, key: str, now: Mapping[Key, Figure], then: Mapping[Key, Figure], period: Period) -> Shown:
    return show(pick(now, place.pk, key), pick(then, place.pk, key), period, place.code)


def _part(place: Place, key: str, part: str, now: Mapping[Key, Figure], then: Mapping[Key, Figure], period: Period) -> Shown:
    figure = pick(now, place.pk, key, part)
    before = pick(then, place.pk, key, part)
    count = figure.denominator
    shown = show(
        Figure(measures()["raised"], count, count), Figure(measures()["raised"], 0, before.denominator), period, place.code, links=False
    )
    return Shown(key, part_name(key, part), shown.value, change=shown.change, url=link(key, "d", part, period, place.code), raw=count)


def matters_url(**query: str) -> str:
    return f"{reverse('matters:list')}?{urlencode(query)}"


def _now(place: Place, lying: Backlog) -> list[Shown]:
    o = lying.all
    return [
        Shown("open", str(_("Open now")), number(o.count), url=matters_url(state="open", place=place.code), raw=o.count),
        Shown("overdue", str(_("Overdue now")), number(o.late), tone="late" if o.late else "good", goal="0",
              url=matters_url(state="overdue", place=place.code), raw=o.late),
        Shown("hold", str(_("On the ledger now")), number(o.shelved), url=matters_url(state="hold", place=place.code), raw=o.shelved),
    ]  # fmt: skip


def _place_row(p: Place, figures: Mapping[Key, Figure], lying: Backlog, period: Period, colour: str) -> Row:
    cells = _cells(p, figures, lying, period)
    gone = is_gone(p)
    page = p.level in AREAS and not gone
    url = reverse("reports:area", args=[p.code]) if page else matters_url(place=p.code)
    chosen = cells[colour]
    said = f"{column_name(colour)} {chosen.value}{chosen.unit}"
    return Row(short_name(p.name), url, list(cells.values()), p.pk, None, said, chosen.raw, gone, page)


def _rest_row(place: Place, below: Sequence[Place], figures: Mapping[Key, Figure], lying: Backlog, period: Period) -> Row | None:
    """What lies in the area itself, where it is not known in which of those below: without it the rows would not add up. Not on the map."""
    rest, level = rest_of(place, below, figures), BELOW[Level(place.level)]
    if not any(key in OF_PLACES for _where, key, _part in rest) and str(place.path) not in lying.by.get("place", {}):
        return None
    cells = _cells(place, rest, lying, period, str(level))
    return Row(str(UNKNOWN[level]), matters_url(place=place.code, unknown=str(level)), list(cells.values()))


def _cells(p: Place, figures: Mapping[Key, Figure], lying: Backlog, period: Period, unknown: str = "") -> dict[str, Shown]:
    """Its figures in the order of ``COLUMNS``; ``unknown``: the level of which nothing is known."""
    o = lying.by.get("place", {}).get(str(p.path), Open())
    cells = {k: show(pick(figures, p.pk, k), None, period, p.code, without=unknown) for k in COLUMNS if COLUMNS[k] is None}
    asked = {"place": p.code} | ({"unknown": unknown} if unknown else {})
    cells["open"] = Shown("open", "", number(o.count), url=matters_url(state="open", **asked), raw=o.count)
    cells["overdue"] = Shown(
        "overdue", "", number(o.late), url=matters_url(state="overdue", **asked), tone="late" if o.late else "plain", raw=o.late
    )
    return {k: cells[k] for k in COLUMNS}


def _sorted(rows: list[Row], sort: str) -> list[Row]:
    """By a column of the table, «-name» from the most down; what has no value comes last. Otherwise in the order of their codes."""
    name = sort.removeprefix("-")
    if name not in COLUMNS:
        return rows
    at, sign = list(COLUMNS).index(name), -1 if sort.startswith("-") else 1
    return sorted(rows, key=lambda r: (r.cells[at].raw is None, sign * (r.cells[at].raw or 0)))


def _toned(rows: list[Row]) -> tuple[list[Row], list[tuple[int, str]]]:
    """Each row its tone on the map, from its place among the values that occur; and the legend. The nearer they lie, the fewer tones."""
    values = sorted({r.sort for r in rows if r.sort is not None and not r.gone})
    if not values:
        return rows, []
    apart = (values[-1] - values[0]) / (APART * max(map(abs, values)) or 1)
    count = max(1, min(CLASSES, len(values), ceil(apart)))
    cut = [values[len(values) * n // count : len(values) * (n + 1) // count] for n in range(count)]
    step = (CLASSES - 1) / max(1, count - 1)
    tones = {v: round(n * step) for n, some in enumerate(cut) for v in some}
    for row in rows:
        row.tone = tones.get(row.sort) if row.sort is not None and not row.gone else None
    return rows, [(round(n * step), number(s[0]) if s[0] == s[-1] else f"{number(s[0])} – {number(s[-1])}") for n, s in enumerate(cut)]


def _trends(place: Place, figures: Counted) -> list[Trend]:
    period = figures.period
    trends = []
    for n, keys in enumerate(TRENDS):
        rows = []
        for at, (first, last) in enumerate(figures.buckets):
            label = (
                first.strftime("%m-%d")
                if period.bucket == "day"
                else f"{first:%m-%d} – {last:%m-%d}"
                if period.bucket == "week"
                else f"{first:%Y-%m}"
            )
            rows.append((label, [show(figures.trend[k][at], None, Period(first, last), place.code) for k in keys]))
        title = _("Raised, closed, late") if n == 0 else _("Rates")
        trends.append(Trend(f"trend-{n}", str(title), "" if n == 0 else "%", [str(named(measures()[k].name)) for k in keys], rows))
    return trends


def _open_row(place: Place, name: str, o: Open, **query: str) -> Row:
    base = {"place": place.code} | query
    return Row(
        name, matters_url(state="open", **base),
        [Shown("open", "", number(o.count), url=matters_url(state="open", **base), raw=o.count),
         Shown("overdue", "", number(o.late), url=matters_url(state="overdue", **base), tone="late" if o.late else "plain", raw=o.late)],
    )  # fmt: skip


def _late_steps(place: Place, lying: Backlog) -> list[Row]:
    steps = lying.by.get("step", {})
    names = step_names()
    ordered = [*(s for s in names if s in steps), *(s for s in steps if s not in names)]
    return [_open_row(place, names.get(s, s), steps[s], step=s) for s in ordered]


def _late_posts(place: Place, lying: Backlog) -> list[Row]:
    """Posts, never the people in them: which post is behind is a matter of how the work is laid out."""
    posts = charter_in_force().posts
    found = sorted(lying.by.get("post", {}).items(), key=lambda item: (-item[1].late, -item[1].count, item[0]))
    names = {p: str(named(posts[p].name)) if p in posts else p for p, _o in found} | {"none": str(_("whoever raised it, or nobody"))}
    return [_open_row(place, names[p], o, post=p) for p, o in found[:POSTS]]


def _times(place: Place, figures: Mapping[Key, Figure], period: Period) -> list[tuple[Shown, str, str]]:
    names = step_names()
    found = {t.step: t for t in queries.times(place.pk, "step", figures)}
    ordered = [*(s for s in names if s in found), *(s for s in found if s not in names)]
    return [
        (Shown("step", names.get(s, s), number(found[s].count), url=link("step", "d", s, period, place.code)),
         duration(found[s].median), duration(found[s].p90))
        for s in ordered
    ]  # fmt: skip


def _categories(place: Place, now: Mapping[Key, Figure], then: Mapping[Key, Figure], period: Period) -> list[tuple[Shown, Shown]]:
    """The most frequent kinds of matter, each with how many of it were ever late."""
    parts = [(f.denominator, part) for (where, key, part), f in now.items() if where == place.pk and key == "kind"]
    found = []
    for _count, part in sorted(parts, key=lambda x: (-x[0], x[1]))[:CATEGORIES]:
        late = now[place.pk, "kind", part].numerator
        url = link("kind", "n", part, period, place.code)
        found.append((_part(place, "kind", part, now, then, period), Shown("late", "", number(late), url=url, raw=late)))
    return found


def _hot(figures: Counted) -> list[Hot]:
    charter = charter_in_force()
    window = Period(queries.hot.windows(figures.period.until)[0][0], figures.period.until)
    return [
        Hot(
            short_name(s.name), category_name(charter, s.part), s.heat.count, number(round(s.heat.expected, 1)),
            f"{number(round(s.heat.change, 1))} ×" if s.heat.change else "–", link("kind", "d", s.part, window, s.code),
        )
        for s in figures.hot
    ]  # fmt: skip


def hot_window(period: Period) -> dict[str, Any]:
    return {"since": queries.hot.windows(period.until)[0][0], "until": period.until}
