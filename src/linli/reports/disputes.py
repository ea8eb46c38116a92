"""How mediation stands in an area: how many disputes, how many came to an agreement and on which level, how many were kept to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _

from linli.access.pages import staff
from linli.access.scope import can
from linli.charter.store import charter_in_force
from linli.flow.words import LEVELS as LEVEL_NAMES
from linli.frame.columns import Column
from linli.frame.exports import Export, export_rows
from linli.frame.refusal import Refusal
from linli.frame.templatetags.linli import named
from linli.matters.categories import category_name
from linli.matters.disputes.measures import FEW, MEASURES
from linli.measures import queries
from linli.measures.declare import measures
from linli.measures.periods import Period
from linli.measures.queries import Figure, Key
from linli.places.codes import short_name
from linli.places.models import Level, Place
from linli.reports.pages import area_seen, areas_above
from linli.reports.periodform import PeriodForm
from linli.reports.reading import BELOW
from linli.reports.shown import Shown, link, number, pick, show

RATES = ("mediation_success", "settled_community", "settled_street", "settled_within", "performance")
COUNTS = ("disputes", "dispute_accepted", "mediated", "handed_over", "confirmation_asked", "confirmed")
OF_PLACES = ("disputes", "mediation_success", "settled_community", "settled_street")
HEADS = ("grid", "community", "street", "district")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of dispute: how many came to a result, how many of them to an agreement. ``few``: fewer than five, or not told apart so that no
    such number follows from the others."""

    name: str
    few: bool
    concluded: int
    agreed: int
    url: str
    agreed_url: str

    @property
    def percent(self) -> int:
        return round(100 * self.agreed / self.concluded) if self.concluded else 0


@dataclass(slots=True)
class Mediation:
    """The page, ready for its template."""

    at: datetime | None
    rates: list[Shown]
    counts: list[Shown]
    levels: list[tuple[str, str, str]]
    kinds: list[Kind]
    places: list[tuple[str, str, list[Shown]]] = field(default_factory=list)


def mediation(place: Place, period: Period) -> Mediation:
    """Three queries: the places below, the figures, and when they were counted."""
    below = list(Place.objects.current().filter(parent=place, level=BELOW[Level(place.level)]).defer("shape").order_by("code"))
    keys = [*RATES, *COUNTS, "settled_level", "dispute_kind"]
    now, then = queries.totals([place.pk], keys, period, more=([p.pk for p in below], OF_PLACES))

    def shown(p: Place, key: str, before: bool = True) -> Shown:
        return show(pick(now, p.pk, key), pick(then, p.pk, key) if before else None, period, p.code)

    levels = [(str(LEVEL_NAMES[x]), pick(now, place.pk, "settled_level", x).denominator, x) for x in HEADS]
    return Mediation(
        queries.counted_at("disputes"),
        [shown(place, key) for key in RATES],
        [shown(place, key) for key in COUNTS],
        [(name, number(n), link("settled_level", "d", x, period, place.code)) for name, n, x in levels],
        kinds(place, now, period),
        [(short_name(p.name), p.code, [shown(p, key, False) for key in OF_PLACES]) for p in below],
    )


def kinds(place: Place, now: dict[Key, Figure], period: Period) -> list[Kind]:
    """Those with a result, the most frequent first."""
    charter = charter_in_force()
    found = [
        Kind(
            category_name(charter, part), figure.denominator < FEW, figure.denominator, figure.numerator,
            link("dispute_kind", "d", part, period, place.code), link("dispute_kind", "n", part, period, place.code),
        )
        for (where, key, part), figure in now.items()
        if where == place.pk and key == "dispute_kind"
    ]  # fmt: skip
    return sorted(underivable(found), key=lambda k: (k.few, -k.concluded if not k.few else 0, k.name))


def underivable(found: list[Kind]) -> list[Kind]:
    """Not told apart are at least two kinds, of five disputes or more together: the total less those that are told gives no small number."""
    hidden, told = [k for k in found if k.few], sorted((k for k in found if not k.few), key=lambda k: k.concluded, reverse=True)
    while hidden and told and (len(hidden) < 2 or sum(k.concluded for k in hidden) < FEW):
        hidden.append(replace(told.pop(), few=True))
    return [*told, *hidden]


@dataclass(frozen=True, slots=True)
class Line:
    """One figure in the spreadsheet."""

    figure: str
    part: str
    count: int | str | None
    of: int | None
    percent: float | None


COLUMNS = (
    Column("figure", _("Figure"), width=24),
    Column("part", _("Of it"), width=24),
    Column("count", _("Number of disputes"), width=18),
    Column("of", _("Out of"), kind="number"),
    Column("percent", _("Per cent"), kind="number"),
)


def lines(place: Place, period: Period) -> Iterator[Line]:
    """As the page has it: what is too little to show there isn't taken out either."""
    now, _then = queries.totals([place.pk], [*RATES, *COUNTS, "settled_level", "dispute_kind"], period)
    few = _("fewer than %(least)s") % {"least": FEW}
    for key in COUNTS:
        yield Line(str(named(measures()[key].name)), "", pick(now, place.pk, key).denominator, None, None)
    for key in RATES:
        f = pick(now, place.pk, key)
        yield Line(str(named(f.measure.name)), "", few if f.few else f.numerator, None if f.few else f.denominator, f.percent)
    for level in HEADS:
        name = str(named(measures()["settled_level"].name))
        yield Line(name, str(LEVEL_NAMES[level]), pick(now, place.pk, "settled_level", level).denominator, None, None)
    apart = _("fewer than %(least)s, or not told apart") % {"least": FEW}
    for kind in kinds(place, now, period):
        name = str(named(measures()["dispute_kind"].name))
        yield Line(name, kind.name, apart, None, None) if kind.few else Line(name, kind.name, kind.agreed, kind.concluded, kind.percent)


@staff("measure.see")
def disputes(request: HttpRequest, code: str) -> HttpResponseBase:
    """/situation/<code>/disputes/ : 调解情况, for the screen, for paper, as a spreadsheet."""
    place = area_seen(request, code)
    form = PeriodForm(request.GET, usual="quarter")
    period = form.chosen
    may_export = can(request.user, "matter.export", place)
    if request.method == "POST":
        if not may_export:
            raise Http404
        export = Export(_("Mediation in %(place)s") % {"place": short_name(place.name)}, "reports.disputes.exported", str(place.path))
        try:
            return export_rows(request, list(lines(place, period)), COLUMNS, export, query=request.GET.urlencode())
        except Refusal as refusal:
            messages.error(request, refusal.message)
            return redirect(request.get_full_path())
    facts: dict[str, Any] = {
        "place": place, "place_name": short_name(place.name), "above": areas_above(request, place), "form": form, "period": period,
        "m": mediation(place, period), "heads": [str(named(measures()[k].name)) for k in OF_PLACES], "may_export": may_export,
        "linked": can(request.user, "matter.see", place), "meanings": [(named(m.name), named(m.meaning)) for m in MEASURES],
        "few": FEW, "open_below": place.level != Level.COMMUNITY,
    }  # fmt: skip
    return render(request, "reports/disputes.html", facts)
