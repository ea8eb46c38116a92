"""A site's own figures of its places as the table that ``linli plan indicators`` ranks."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from django.utils import timezone
from django.utils.translation import pgettext

from linli.charter.schema import Charter
from linli.measures import periods, queries
from linli.measures.declare import Measure, measures
from linli.places.models import Level, Place
from linli.planning.reading import Source

PERIODS = ("last-year", "year", "last-quarter", "quarter", "last-month", "month")


def rankable() -> dict[str, Measure]:
    """Measures that are one number of a place and of which it is known whether more or less is better, by name in either language."""
    known = [m for m in measures().values() if m.better and not m.split and m.depth >= len(("district", "street", "community"))]
    return {name: m for m in known for name in (m.name.zh, m.name.en)}


def usual(charter: Charter) -> list[Measure]:
    """Those the charter has goals for."""
    known = {m.key: m for m in rankable().values()}
    return [known[key] for key in charter.goals if key in known]


def places_of(place: Place, level: str) -> list[Place]:
    return list(Place.objects.current().within(str(place.path)).filter(level=level).order_by("code"))


def levels_below(place: Place) -> list[str]:
    order = list(Level.values)
    return [level for level in ("street", "community") if order.index(level) > order.index(place.level)]


def figures(place: Place, level: str, names: Sequence[str], period: str) -> Source | None:
    """Each place's figures of the period, shares in percent; what is nothing, or too little to show, is empty."""
    known = rankable()
    rows = places_of(place, level)
    chosen = [(name, known[name]) for name in names if name in known]
    if not rows or not chosen:
        return None
    days = periods.named(period, timezone.localdate())
    now, _then = queries.totals([p.pk for p in rows], [m.key for _name, m in chosen], days)
    features = [
        {
            "type": "Feature", "properties": {"id": p.code, "name": p.name, **{name: _value(now.get((p.pk, m.key, ""), queries.Figure(m))) for name, m in chosen}},
            "geometry": p.shape or ({"type": "Point", "coordinates": [p.lon, p.lat]} if p.lon is not None else None),
        }
        for p in rows
    ]  # fmt: skip
    text = json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)
    name = pgettext("file", "Figures")
    return Source(f"{name} {days.since} – {days.until}.geojson", text.encode())


def _value(figure: queries.Figure) -> Any:
    if figure.measure.kind == "count":
        return "" if figure.few else figure.denominator
    return "" if figure.percent is None else figure.percent
