"""走访路线: a worker's day, week, month or quarter by the rules of visiting: whether they can be kept, what binds, and the way of each day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import time
from itertools import groupby
from math import ceil
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext, pgettext_lazy

from linli.charter.schema import Charter
from linli.frame.columns import Column
from linli.places.models import Place
from linli.planning.circles import FEWEST
from linli.planning.network import DETOUR, OFF
from linli.planning.reading import Source
from linli.planning.studies import doors
from linli.planning.studies.forms import StudyForm, datum_field, file_field, off_way_field, seed_field, ways_field
from linli.planning.studies.kinds import Answered, Kind, Mark, Role, Sheet, Shown, astray

WAY, TODAY, START, OTHER = 0, 1, 2, 5  # tones
PERIODS = (
    ("day", gettext_lazy("everybody on one day")),
    ("week", gettext_lazy("everybody within a week")),
    ("month", gettext_lazy("everybody within a month")),
    ("quarter", gettext_lazy("everybody within a quarter, some each month")),
)
DAYS = (8, 10, 12, 15, 17, 19, 21)
"""Days a month of which it is told how many visits each would take."""


class ToursForm(StudyForm):
    period = forms.ChoiceField(label=gettext_lazy("Who is seen when"), choices=PERIODS, initial="quarter", widget=forms.RadioSelect)
    days = forms.IntegerField(
        label=gettext_lazy("Days in the field each month"), min_value=1, max_value=31, help_text=gettext_lazy("Counts for a month or a quarter.")
    )  # fmt: skip
    days_a_week = forms.IntegerField(label=gettext_lazy("Days of a plan for a week"), min_value=1, max_value=7)
    a_day = forms.IntegerField(label=gettext_lazy("Visits a day at most"), min_value=1, max_value=100)
    least = forms.IntegerField(
        label=gettext_lazy("Visits a month at least"), min_value=0, max_value=2000, help_text=gettext_lazy("By the charter; 0: no such rule.")
    )  # fmt: skip
    pair_days = forms.IntegerField(
        label=gettext_lazy("Days a month with a second person"), min_value=0, max_value=31,
        help_text=gettext_lazy("Visits for two persons are made only on these."),
    )  # fmt: skip
    visit = forms.FloatField(label=gettext_lazy("Minutes of a visit"), min_value=1, max_value=240)
    begin = forms.TimeField(label=gettext_lazy("The day begins"), input_formats=["%H:%M"], widget=forms.TimeInput(attrs={"type": "time"}))
    end = forms.TimeField(label=gettext_lazy("The day is over"), input_formats=["%H:%M"], widget=forms.TimeInput(attrs={"type": "time"}))
    start = forms.ChoiceField(label=gettext_lazy("Where days begin and end"), required=False)
    stairs = forms.FloatField(label=gettext_lazy("Metres that a floor of stairs counts as"), min_value=0.1, max_value=200)
    lift_floors = forms.IntegerField(
        label=gettext_lazy("Buildings with so many floors have a lift"), min_value=2, max_value=120, required=False,
        help_text=gettext_lazy("Where a file doesn’t say. Left empty: none has one."),
    )  # fmt: skip
    pace = forms.FloatField(label=gettext_lazy("Metres walked in a minute"), min_value=20, max_value=150)
    detour = forms.FloatField(
        label=gettext_lazy("Ways are so many times longer than the straight line"), min_value=1, max_value=3,
        help_text=gettext_lazy("Counts where no network is brought. In towns 1.2 to 1.4."),
    )  # fmt: skip
    rounds = forms.IntegerField(label=gettext_lazy("Rounds of search"), min_value=1, max_value=40, initial=4)
    seed = seed_field()
    source = file_field(
        pgettext_lazy("file", "Doors"),
        gettext_lazy(
            "CSV or GeoJSON with id, position; where known name, unit, floor, lift, households, must, pair, from, until, minutes. No names of people. "
            "Left empty: the doors stored."
        ),
    )
    network = ways_field()
    off_way = off_way_field()
    datum = datum_field()

    def furnish(self, place: Place) -> None:
        there: list[tuple[str, Any]] = [(_spot((f.lon, f.lat)), f.name) for f in doors.stations(place)]
        choices = [*there, ("", gettext_lazy("the door nearest to all the others"))]
        self.fields["start"].choices = choices  # type: ignore[attr-defined]
        self.fields["start"].initial = choices[0][0]

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        begin, end = data.get("begin"), data.get("end")
        if begin and end and begin >= end:
            self.add_error("end", gettext_lazy("The day is over before it begins."))
        return data


class Tours(Kind):
    id = "tours"
    name = gettext_lazy("Walking tours")
    lede = gettext_lazy("Whether a worker can keep the rules of visiting, what pace that takes, and which way to go on each day.")
    icon = "signpost-split"
    levels = ("grid", "community")
    form = ToursForm
    roles = (Role("source", pgettext_lazy("file", "Doors")), Role("network", pgettext_lazy("file", "Ways"), needed=False))
    view = pgettext_lazy("tour", "Day")

    def usual(self, place: Place, charter: Charter) -> dict[str, Any]:
        monthly = [d.at_least for d in charter.duties.values() if (d.of, d.each, d.area) == ("household", "month", "grid")]
        return {
            "period": "quarter", "days": 19, "days_a_week": 5, "a_day": 8, "least": max((n for n in monthly if isinstance(n, int)), default=0),
            "pair_days": 4, "visit": 20.0, "begin": "09:00", "end": "17:30", "stairs": 15.0, "lift_floors": 7, "pace": 67.0, "detour": DETOUR, "off_way": OFF,
        }  # fmt: skip

    def demo_place(self, place: Place) -> Place | None:
        return (
            Place.objects.current().within(str(place.path)).filter(level="grid", children__children__level="unit").order_by("code").first()
        )

    def demo(self, place: Place, charter: Charter) -> dict[str, Any]:
        stations = doors.stations(place)
        return {
            **self.usual(place, charter), "a_day": 12, "begin": time(9), "end": time(17, 30), "rounds": 1, "seed": 1, "datum": "wgs84",
            "start": _spot((stations[0].lon, stations[0].lat)) if stations else "", "note": "一名网格员一个季度的走访",
        }  # fmt: skip

    def has(self, place: Place) -> list[str]:
        return doors.told(place)

    def own(self, place: Place, role: str, data: Mapping[str, Any]) -> Source | None:
        return doors.doors(place) if role == "source" else None

    def options(self, data: Mapping[str, Any]) -> dict[str, Any]:
        names = (
            "period", "days", "days_a_week", "a_day", "least", "pair_days", "visit", "stairs", "lift_floors", "pace", "detour", "off_way", "rounds", "seed", "datum",
        )  # fmt: skip
        start = [float(part) for part in data["start"].split(",")] if data.get("start") else None
        return {"begin": _minutes(data["begin"]), "end": _minutes(data["end"]), "start": start, **{name: data[name] for name in names}}

    def initial(self, options: Mapping[str, Any]) -> dict[str, Any]:
        start = _spot(options["start"]) if options["start"] else ""
        return {**options, "begin": _clock(options["begin"]), "end": _clock(options["end"]), "start": start}

    def told(self, name: str, value: Any) -> Any:
        return _clock(value) if name in ("begin", "end") else ", ".join(f"{part:.5f}" for part in value) if name == "start" else value

    def views(self, features: Sequence[Mapping[str, Any]]) -> list[tuple[str, Any]]:
        return [(_key(f["properties"]), _day(f["properties"])) for f in features]

    def shown(self, answered: Answered) -> Shown:
        days = [f["properties"] for f in answered.features]
        today = next(f for f in answered.features if _key(f["properties"]) == answered.view)
        pace = answered.options["pace"]
        halts = _halts(today, pace)
        of_months = answered.options["period"] in ("month", "quarter")
        sheets = [
            Sheet(_("The way of the day: %(day)s") % {"day": _day(today["properties"])}, _HALTS, halts),
            Sheet(_("What it takes"), _MONTHS, _months(days)),
            *([Sheet(_("How many visits a day would do"), _PACES, _paces(answered))] if of_months else []),
            Sheet(pgettext("tour", "Buildings"), _BUILDINGS, answered.rows),
            Sheet(_("Day by day"), _DAYS, days),
            *astray(answered.figures),
            Sheet(_("All stops of all days"), (*_OF_DAY, *_HALTS), [{**f["properties"], **h} for f in answered.features for h in _halts(f, pace)], long=True),
        ]  # fmt: skip
        legend = [(WAY, _("the way")), (START, _("Start and end")), (TODAY, _("visited that day")), (OTHER, _("on other days"))]
        return Shown(sheets, _marks(answered, today, halts), legend)


# --- form values --------------------------------------------------------------------------------------------------------------------------


def _spot(at: Sequence[float]) -> str:
    return f"{at[0]},{at[1]}"


def _minutes(at: time) -> float:
    return 60.0 * at.hour + at.minute


def _clock(minutes: float) -> str:
    return f"{int(minutes) // 60:02d}:{int(minutes) % 60:02d}"


# --- days ---------------------------------------------------------------------------------------------------------------------------------


def _key(day: Mapping[str, Any]) -> str:
    return f"{day['month']}-{day['day']}"


def _day(day: Mapping[str, Any]) -> str:
    return _("month %(month)s, week %(week)s, day %(day)s") % {name: day[name] for name in ("month", "week", "day")}


def _halts(feature: Mapping[str, Any], pace: float) -> list[dict[str, Any]]:
    """The stops of a day one after the other, those on one staircase as one."""
    placed = zip(feature["properties"]["stops"], feature["geometry"]["coordinates"][1:-1], strict=True)
    found: list[dict[str, Any]] = []
    for (name, unit, at), group in groupby(placed, key=lambda s: (s[0]["name"], s[0]["unit"], tuple(s[1]))):
        stops = [stop for stop, _at in group]
        metres = sum(s["metres"] for s in stops)
        found.append(
            {
                "order": len(found) + 1, "name": name, "unit": unit, "at": at, "mark": _spot(at), "doors": len(stops), "floors": _floors(stops),
                "reached": stops[0]["reached"], "walk": round(metres / pace, 1), "metres": metres,
            }
        )  # fmt: skip
    return found


def _floors(stops: Sequence[Mapping[str, Any]]) -> str:
    """Floors in the order in which they are come to, each with its doors where there are several."""
    runs = [(floor, len(list(group))) for floor, group in groupby(s["floor"] for s in stops)]
    return _(", ").join(f"{floor} (×{n})" if n > 1 else floor for floor, n in runs if floor)


def _months(days: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Days, visits and minutes of each month, and of all of them together."""
    months = [(str(month), list(group)) for month, group in groupby(days, key=lambda d: d["month"])]
    if len(months) > 1:
        months.append((_("All"), list(days)))
    return [
        {
            "month": month, "days": len(of), "visits": sum(d["visits"] for d in of), "two": sum(d["two_persons"] for d in of),
            "minutes": round(sum(d["minutes"] for d in of) / len(of)), "walking": round(sum(d["walking_minutes"] for d in of) / len(of)),
            "longest": max(d["minutes"] for d in of),
        }
        for month, of in months
    ]  # fmt: skip


def _paces(answered: Answered) -> list[dict[str, Any]]:
    """How many visits a day each number of days a month would take, and how long such a day would be."""
    f = answered.figures
    asked, needed = answered.options["days"], max(f["turn"], min(f["least"], f["households"]))
    each = f["minutes"] / f["visits"]
    return [
        {"days": days, "asked": days == asked, "visits": ceil(needed / days), "minutes": round(each * ceil(needed / days))}
        for days in sorted({*DAYS, asked})
    ]


def _marks(answered: Answered, today: Mapping[str, Any], halts: Sequence[Mapping[str, Any]]) -> list[Mark]:
    line = [at for at, _same in groupby(today["geometry"]["coordinates"])]
    here: dict[str, list[Mapping[str, Any]]] = {}
    for halt in halts:
        here.setdefault(halt["mark"], []).append(halt)
    marks = [
        Mark(f"b{n}", _point((r["lon"], r["lat"])), r["name"], _doors(r["households"]), OTHER) for n, r in enumerate(answered.rows)
    ]  # fmt: skip
    if len(line) > 1:
        said = _("%(metres)s m, stairs among them") % {"metres": f"{today['properties']['metres']:,}"}
        marks.append(Mark("way", {"type": "LineString", "coordinates": line}, _day(today["properties"]), said, WAY))
    marks.append(Mark("start", _point(line[0]), _("Start and end"), "", START, large=True))
    for mark, of in here.items():
        said = _("%(doors)s, reached at %(at)s") % {"doors": _doors(sum(h["doors"] for h in of)), "at": of[0]["reached"]}
        name = f"{_orders([h['order'] for h in of])} · {of[0]['name']}"
        marks.append(Mark(mark, _point(of[0]["at"]), name, said, TODAY, large=True, label=True))
    return marks


def _orders(numbers: Sequence[int]) -> str:
    """1–3 where they follow one another, else 1, 4."""
    first, last = numbers[0], numbers[-1]
    whole = len(numbers) == last - first + 1
    return _(", ").join(map(str, numbers)) if not whole else f"{first}–{last}" if last > first else str(first)


def _point(at: Sequence[float]) -> dict[str, Any]:
    return {"type": "Point", "coordinates": list(at)}


def _doors(n: int) -> str:
    return ngettext("%(n)s door", "%(n)s doors", n) % {"n": f"{n:,}"}


def _every_month(row: Mapping[str, Any]) -> str | int:
    return _("fewer than %(n)s") % {"n": FEWEST} if row["every_month"] is None else row["every_month"]


_HALTS = (
    Column("order", pgettext_lazy("tour", "Order"), lambda h: h["order"], kind="number", width=8),
    Column("building", gettext_lazy("Building"), lambda h: f"{h['name']} {h['unit']}".strip(), width=22),
    Column("floors", pgettext_lazy("tour", "Floors"), lambda h: h["floors"] or "–", width=18),
    Column("doors", pgettext_lazy("tour", "Doors"), lambda h: h["doors"], kind="number", width=8),
    Column("reached", pgettext_lazy("tour", "Arrival"), lambda h: h["reached"], kind="number", width=10),
    Column("walk", gettext_lazy("Minutes on the way"), lambda h: h["walk"], kind="number", width=12),
)
_OF_DAY = (
    Column("month", pgettext_lazy("tour", "Month"), lambda d: d["month"], kind="number", width=8),
    Column("week", pgettext_lazy("tour", "Week"), lambda d: d["week"], kind="number", width=8),
    Column("day", gettext_lazy("Day of the month’s tours"), lambda d: d["day"], kind="number", width=8),
)
_DAYS = (
    Column("what", pgettext_lazy("tour", "Day"), _day, width=24),
    Column("two", gettext_lazy("Two persons"), lambda d: _("yes") if d["two_persons"] else "–", width=10),
    Column("visits", pgettext_lazy("tour", "Visits"), lambda d: d["visits"], kind="number", width=8),
    Column("metres", pgettext_lazy("tour", "Metres"), lambda d: d["metres"], kind="number", width=10),
    Column("walking", gettext_lazy("Minutes on the way"), lambda d: d["walking_minutes"], kind="number", width=12),
    Column("minutes", gettext_lazy("Minutes in all"), lambda d: d["minutes"], kind="number", width=12),
    Column("back", gettext_lazy("Back at"), lambda d: d["back"], kind="number", width=10),
)
_MONTHS = (
    Column("month", pgettext_lazy("tour", "Month"), lambda m: m["month"], width=10),
    Column("days", pgettext_lazy("tour", "Days"), lambda m: m["days"], kind="number", width=8),
    Column("two", gettext_lazy("of them with two persons"), lambda m: m["two"], kind="number", width=12),
    Column("visits", pgettext_lazy("tour", "Visits"), lambda m: m["visits"], kind="number", width=8),
    Column("minutes", gettext_lazy("Minutes a day"), lambda m: m["minutes"], kind="number", width=12),
    Column("walking", gettext_lazy("of them on the way"), lambda m: m["walking"], kind="number", width=12),
    Column("longest", gettext_lazy("Longest day (minutes)"), lambda m: m["longest"], kind="number", width=14),
)
_PACES = (
    Column("days", gettext_lazy("Days a month"), lambda r: r["days"], width=12),
    Column("visits", gettext_lazy("Visits a day"), lambda r: r["visits"], kind="number", width=12),
    Column("minutes", gettext_lazy("About so many minutes a day"), lambda r: r["minutes"], kind="number", width=16),
    Column("asked", gettext_lazy("As asked"), lambda r: _("yes") if r["asked"] else "–", width=10),
)
_BUILDINGS = (
    Column("name", gettext_lazy("Building"), lambda r: r["name"], width=18),
    Column("doors", pgettext_lazy("tour", "Doors"), lambda r: r["households"], kind="number", width=10),
    Column("must", gettext_lazy("of them each month"), _every_month, kind="number", width=14),
    Column("visits", gettext_lazy("Visits in all"), lambda r: r["visits"], kind="number", width=12),
)


KIND = Tours()
