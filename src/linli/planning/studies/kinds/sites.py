"""设施选址: where the next facilities should stand, with what no choice can beat."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from linli.charter.schema import Charter
from linli.frame.columns import Column
from linli.places.models import FacilityKind, Place
from linli.planning.circles import MINUTES, PACE
from linli.planning.network import DETOUR, OFF
from linli.planning.reading import Source
from linli.planning.studies import ground
from linli.planning.studies.forms import StudyForm, datum_field, file_field, off_way_field, seed_field, ways_field
from linli.planning.studies.kinds import Answered, Kind, Mark, Role, Sheet, Shown, astray

STANDING, NEW, FAR, NEAR = 0, 1, 4, 5  # tones
GOALS = (
    ("walk", gettext_lazy("the fewest metres to walk in all")),
    ("reach", gettext_lazy("the most households within the time")),
    ("room", gettext_lazy("the fewest metres, and room for everybody")),
)


class SitesForm(StudyForm):
    facility = forms.ChoiceField(
        label=gettext_lazy("What is to be placed"), required=False,
        help_text=gettext_lazy("Those that stand already stay and serve on; in brackets how many there are in the area and within 5 km."),
    )  # fmt: skip
    number = forms.IntegerField(label=gettext_lazy("New sites"), min_value=1, max_value=200, initial=1)
    goal = forms.ChoiceField(label=gettext_lazy("What counts"), choices=GOALS, initial="walk", widget=forms.RadioSelect)
    room = forms.IntegerField(
        label=gettext_lazy("Households a site has room for"), min_value=1, max_value=1_000_000, required=False,
        help_text=gettext_lazy("Where room counts; a column “room” of a file goes before it."),
    )  # fmt: skip
    minutes = forms.FloatField(label=gettext_lazy("Minutes on foot"), min_value=1, max_value=120)
    pace = forms.FloatField(label=gettext_lazy("Metres walked in a minute"), min_value=20, max_value=150)
    detour = forms.FloatField(
        label=gettext_lazy("Ways are so many times longer than the straight line"), min_value=1, max_value=3,
        help_text=gettext_lazy("Counts where no network is brought. In towns 1.2 to 1.4."),
    )  # fmt: skip
    seconds = forms.IntegerField(
        label=gettext_lazy("Search for so many seconds at most"), min_value=1, max_value=300, initial=20,
        help_text=gettext_lazy("It ends before where the best is proven."),
    )  # fmt: skip
    seed = seed_field()
    source = file_field(
        pgettext_lazy("file", "Buildings"),
        gettext_lazy("CSV or GeoJSON with id or name, households, position. Left empty: the buildings stored."),
    )
    standing = file_field(
        pgettext_lazy("file", "Sites that stand"),
        gettext_lazy("CSV or GeoJSON with name, position, where known room. Left empty: the facilities stored of the kind chosen."),
    )
    candidates = file_field(
        pgettext_lazy("file", "Where a site may be"),
        gettext_lazy("CSV or GeoJSON with name, position, where known room. Left empty: at any building."),
    )
    network = ways_field()
    off_way = off_way_field()
    datum = datum_field()

    def furnish(self, place: Place) -> None:
        kinds, _there = ground.kind_choices(place)
        self.fields["facility"].choices = [("", gettext_lazy("something new: none stands yet")), *kinds]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        brought = data.get("candidates") or "candidates" in self.kept
        if data.get("goal") == "room" and not data.get("room") and not brought and "room" not in self.errors:
            self.add_error("room", gettext_lazy("Say how many households a site has room for."))
        return data


class Sites(Kind):
    id = "sites"
    name = gettext_lazy("Siting of facilities")
    lede = gettext_lazy("Where the next facilities should stand, how far everybody walks then, and how near to the best that is.")
    icon = "building"
    form = SitesForm
    roles = (
        Role("source", pgettext_lazy("file", "Buildings")),
        Role("standing", pgettext_lazy("file", "Sites that stand"), needed=False),
        Role("candidates", pgettext_lazy("file", "Where a site may be"), needed=False),
        Role("network", pgettext_lazy("file", "Ways"), needed=False),
    )
    example = "community"

    def usual(self, place: Place, charter: Charter) -> dict[str, Any]:
        return {"minutes": MINUTES, "pace": PACE, "detour": DETOUR, "off_way": OFF}

    def demo(self, place: Place, charter: Charter) -> dict[str, Any]:
        return {
            **self.usual(place, charter), "facility": "canteen", "number": 3, "goal": "walk", "room": None, "seconds": 5, "seed": 1, "datum": "wgs84",
            "minutes": 10.0, "note": "老年食堂再建三处",
        }  # fmt: skip

    def has(self, place: Place) -> list[str]:
        return ground.told_buildings(place)

    def own(self, place: Place, role: str, data: Mapping[str, Any]) -> Source | None:
        if role == "source":
            return ground.buildings(place)
        return ground.facilities(place, [data["facility"]]) if role == "standing" and data.get("facility") else None

    def options(self, data: Mapping[str, Any]) -> dict[str, Any]:
        names = ("facility", "number", "goal", "room", "minutes", "pace", "detour", "off_way", "seconds", "seed", "datum")
        return {"tries": None, **{name: data[name] for name in names}}

    def initial(self, options: Mapping[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in options.items() if name != "tries"}

    def told(self, name: str, value: Any) -> Any:
        return FacilityKind(value).label if name == "facility" else value

    def again(self, options: Mapping[str, Any], figures: Mapping[str, Any]) -> dict[str, Any]:
        return {**options, "tries": figures["tries"]}

    def changed(self, before: Answered, now: Answered) -> list[str]:
        """How far people walk and how many are in time, then and now."""
        values = {
            "sites": now.figures["sites"], "sites_before": before.figures["sites"], "mean": f"{now.figures['mean_metres']:,}",
            "mean_before": f"{before.figures['mean_metres']:,}", "reached": f"{now.figures['within_reach']:,}",
            "reached_before": f"{before.figures['within_reach']:,}",
        }  # fmt: skip
        return [
            _("Then: %(sites_before)s sites, %(mean_before)s m on average, %(reached_before)s households in time.") % values,
            _("Now: %(sites)s sites, %(mean)s m on average, %(reached)s households in time.") % values,
        ]

    def shown(self, answered: Answered) -> Shown:
        serving = [
            f for f in answered.features if f["properties"]["households"] or not f["properties"]["standing"]
        ]  # those near it may serve nobody here
        sites = [{**f["properties"], "mark": f"s{n}"} for n, f in enumerate(serving)]
        sites.sort(key=lambda s: s["standing"])
        most = answered.options["minutes"] * answered.options["pace"]
        buildings = sorted(answered.rows, key=lambda r: -r["metres"])
        sheets = [
            Sheet(_("Sites that serve somebody here"), _SITES, sites),
            Sheet(_("Before and after"), _COMPARED, _compared(answered)),
            Sheet(_("Buildings and their site"), _BUILDINGS, buildings),
            *astray(answered.figures),
        ]
        spots = [
            Mark(f"b{n}", {"type": "Point", "coordinates": [r["lon"], r["lat"]]}, r["name"], _to(r), NEAR if r["metres"] <= most else FAR)
            for n, r in enumerate(answered.rows)
        ]
        large = [
            Mark(f"s{n}", f["geometry"], f["properties"]["name"], _serves(f["properties"]), STANDING if f["properties"]["standing"] else NEW, large=True)
            for n, f in enumerate(serving)
        ]  # fmt: skip
        legend = [(NEW, _("new site")), (STANDING, _("stands already")), (NEAR, _("building in time")), (FAR, _("building too far"))]
        return Shown(sheets, [*spots, *large], legend)


def _households(n: int) -> str:
    return ngettext("%(n)s household", "%(n)s households", n) % {"n": f"{n:,}"}


def _serves(site: Mapping[str, Any]) -> str:
    return _("serves %(households)s") % {"households": _households(site["households"])}


def _to(row: Mapping[str, Any]) -> str:
    return _("%(households)s, %(metres)s m to %(site)s") % {
        "households": _households(row["households"]),
        "metres": f"{row['metres']:,}",
        "site": row["site"],
    }


def _compared(answered: Answered) -> list[dict[str, Any]]:
    f = answered.figures
    return [
        {"what": _("Mean walk (m)"), "before": f["mean_metres_before"], "after": f["mean_metres"]},
        {"what": _("Households in time"), "before": f["within_reach_before"], "after": f["within_reach"]},
        {"what": _("Sites"), "before": f["sites"] - f["new"], "after": f["sites"]},
    ]


_SITES = (
    Column("name", gettext_lazy("Site"), lambda s: s["name"], width=22),
    Column("standing", gettext_lazy("State"), lambda s: _("stands already") if s["standing"] else _("new site"), width=14),
    Column("households", gettext_lazy("Households served"), lambda s: s["households"], kind="number", width=14),
    Column("mean", gettext_lazy("Mean walk (m)"), lambda s: s["metres_mean"], kind="number", width=14),
)
_COMPARED = (
    Column("what", gettext_lazy("Figure"), lambda r: r["what"], width=24),
    Column("before", gettext_lazy("Today"), lambda r: r["before"], kind="number"),
    Column("after", gettext_lazy("Then"), lambda r: r["after"], kind="number"),
)
_BUILDINGS = (
    Column("name", gettext_lazy("Building"), lambda r: r["name"], width=18),
    Column("households", gettext_lazy("Households"), lambda r: r["households"], kind="number", width=12),
    Column("site", gettext_lazy("Nearest site"), lambda r: r["site"], width=22),
    Column("metres", gettext_lazy("Walk (m)"), lambda r: r["metres"], kind="number", width=12),
)


KIND = Sites()
