"""合村并居: neighbouring villages merged into units within township borders; how far it is to the centre, who gains and who loses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from linli.charter.schema import Charter
from linli.frame.columns import Column
from linli.places.models import Place
from linli.planning.partition import ROUNDS
from linli.planning.reading import Source
from linli.planning.studies import ground
from linli.planning.studies.forms import StudyForm, datum_field, file_field, off_way_field, seed_field, ways_field
from linli.planning.studies.kinds import Answered, Kind, Mark, Role, Sheet, Shown, astray

PER = 5
"""Villages of a unit: what Zhucheng began with."""
LINK = 4200
"""Metres at most between neighbouring villages."""
OFF = 2000
"""Metres from the nearest way beyond which a village is not joined to it."""
TONES = 6


class VillagesForm(StudyForm):
    only = forms.ChoiceField(
        label=gettext_lazy("Of what is stored"), required=False,
        choices=[("villages", gettext_lazy("villages only")), ("all", gettext_lazy("villages and residents’ communities"))],
    )  # fmt: skip
    per = forms.IntegerField(label=gettext_lazy("Villages of a unit"), min_value=1, max_value=100, required=False)
    target = forms.IntegerField(label=gettext_lazy("Or: households of a unit"), min_value=10, max_value=100_000, required=False)
    units = forms.IntegerField(
        label=gettext_lazy("Or: units in all"), min_value=1, max_value=5000, required=False,
        help_text=gettext_lazy("Shared out among the townships by households. Fill in one of the three."),
    )  # fmt: skip
    tolerance = forms.IntegerField(
        label=gettext_lazy("Tolerance in percent"),
        min_value=1,
        max_value=90,
        help_text=gettext_lazy("Of the households of a unit; of their mean in the township where villages or units are said."),
    )
    anyway = forms.BooleanField(label=gettext_lazy("Show the best there is even if some units miss the tolerance"), required=False)
    link = forms.IntegerField(label=gettext_lazy("Neighbouring villages at most so many metres apart"), min_value=100, max_value=50_000)
    customs = forms.CharField(
        label=gettext_lazy("Columns in which villages of a unit should be alike"), max_length=200, required=False,
        help_text=gettext_lazy("Columns of the file, with commas between: surname shares, dialect, market town, irrigation."),
    )  # fmt: skip
    customs_metres = forms.IntegerField(
        label=gettext_lazy("Metres that one standard deviation of customs counts as"), min_value=1, max_value=100_000, initial=1000
    )
    stay = forms.IntegerField(
        label=gettext_lazy("Metres that leaving the present unit counts as"), min_value=0, max_value=100_000, initial=1000,
        help_text=gettext_lazy("For each household, where present units are brought."),
    )  # fmt: skip
    rounds = forms.IntegerField(label=gettext_lazy("Rounds of search"), min_value=1, max_value=40, initial=ROUNDS)
    seed = seed_field()
    source = file_field(
        pgettext_lazy("file", "Villages"),
        gettext_lazy("CSV or GeoJSON with id, name, households, township, position. Left empty: the villages stored, in their townships."),
    )
    network = ways_field()
    off_way = off_way_field()
    barriers = file_field(pgettext_lazy("file", "Barriers"), gettext_lazy("GeoJSON lines or areas that no unit crosses."))
    keep = file_field(
        pgettext_lazy("file", "Present units"),
        gettext_lazy("Outlines as GeoJSON, or a CSV with id and unit. As few as possible leave theirs."),
    )
    fixed = file_field(pgettext_lazy("file", "Fixed villages"), gettext_lazy("CSV with id and unit: these must be there."))
    datum = datum_field()

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        said = [name for name in ("per", "target", "units") if data.get(name)]
        if len(said) != 1 and not {"per", "target", "units"} & set(self.errors):
            self.add_error(said[1] if said else "per", gettext_lazy("Fill in one of the three: villages, households, or units in all."))
        return data


class Villages(Kind):
    id = "villages"
    name = gettext_lazy("Village merging")
    lede = gettext_lazy(
        "Which neighbouring villages make a unit within their township, how far it is to its centre, who gains and who loses."
    )
    icon = "sign-merge-right"
    levels = ("city", "district", "street")
    form = VillagesForm
    roles = (
        Role("source", pgettext_lazy("file", "Villages")),
        Role("network", pgettext_lazy("file", "Ways"), needed=False),
        Role("barriers", pgettext_lazy("file", "Barriers"), needed=False),
        Role("keep", pgettext_lazy("file", "Present units"), needed=False),
        Role("fixed", pgettext_lazy("file", "Fixed villages"), needed=False),
    )
    example = "zhucheng"
    demo_user = "district"

    def usual(self, place: Place, charter: Charter) -> dict[str, Any]:
        return {"only": "villages", "per": PER, "tolerance": 10, "link": LINK, "off_way": OFF}

    def demo(self, place: Place, charter: Charter) -> dict[str, Any]:
        return {
            **self.usual(place, charter), "target": None, "units": None, "tolerance": 20, "anyway": True, "customs": "", "customs_metres": 1000,
            "stay": 1000, "rounds": 4, "seed": 1, "datum": "wgs84", "note": "约五村一社区",
        }  # fmt: skip

    def has(self, place: Place) -> list[str]:
        return ground.told_villages(place)

    def own(self, place: Place, role: str, data: Mapping[str, Any]) -> Source | None:
        return ground.villages(place, only=data.get("only") != "all") if role == "source" else None

    def options(self, data: Mapping[str, Any]) -> dict[str, Any]:
        names = ("per", "target", "units", "anyway", "link", "off_way", "customs", "customs_metres", "stay", "rounds", "seed", "datum")
        customs = data["customs"].replace("\uff0c", ",").replace("\u3001", ",")
        return {
            **{name: data[name] for name in names},
            "tolerance": data["tolerance"] / 100,
            "around": "target",
            "customs": customs,
            "seconds": None,
            "prove": 0.0,
        }

    def initial(self, options: Mapping[str, Any]) -> dict[str, Any]:
        found = {name: value for name, value in options.items() if name not in ("seconds", "prove", "around")}
        return {**found, "tolerance": round(100 * options["tolerance"])}

    def told(self, name: str, value: Any) -> Any:
        return round(100 * value) if name == "tolerance" else (_("yes") if value else _("no")) if name == "anyway" else value

    def shown(self, answered: Answered) -> Shown:
        units = [{**f["properties"], "mark": f"u{n}"} for n, f in enumerate(answered.features)]
        villages = [{**v, "to": u["middle_name"], "township": u["community"]} for u in units for v in u["villages"]]
        villages.sort(key=lambda v: v["metres_before"] - v["metres"])
        sheets = [
            Sheet(_("Units"), _UNITS, units),
            Sheet(_("By township"), _TOWNSHIPS, _townships(units)),
            Sheet(_("Villages, those whose way grows most first"), _VILLAGES, villages),
            *astray(answered.figures),
        ]
        marks = [
            Mark(u["mark"], f["geometry"], u["middle_name"], _size(u), n % TONES, label=len(units) <= 60)
            for n, (u, f) in enumerate(zip(units, answered.features, strict=True))
            if f["geometry"]
        ]
        return Shown(sheets, marks, pale=True)


def _size(unit: Mapping[str, Any]) -> str:
    villages = ngettext("%(n)s village", "%(n)s villages", len(unit["sites"])) % {"n": len(unit["sites"])}
    households = ngettext("%(n)s household", "%(n)s households", unit["households"]) % {"n": f"{unit['households']:,}"}
    return f"{villages}, {households}"


def _townships(units: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Units, villages, households and the mean way of each township."""
    found: dict[str, dict[str, Any]] = {}
    for unit in units:
        row = found.setdefault(
            unit["community"], {"township": unit["community"], "units": 0, "villages": 0, "households": 0, "walked": 0.0}
        )
        row["units"] += 1
        row["villages"] += len(unit["sites"])
        row["households"] += unit["households"]
        row["walked"] += unit["households"] * unit["metres_mean"]
    return [{**row, "mean": round(row["walked"] / max(1, row["households"]))} for row in found.values()]


_UNITS = (
    Column("middle", gettext_lazy("Centre"), lambda u: u["middle_name"], width=20),
    Column("township", gettext_lazy("Township"), lambda u: u["community"], width=16),
    Column("villages", gettext_lazy("Villages"), lambda u: len(u["sites"]), kind="number", width=10),
    Column("households", gettext_lazy("Households"), lambda u: u["households"], kind="number", width=12),
    Column("mean", gettext_lazy("Mean way to the centre (m)"), lambda u: round(u["metres_mean"]), kind="number", width=16),
    Column("farthest", gettext_lazy("Farthest (m)"), lambda u: round(u["metres_farthest"]), kind="number", width=14),
    Column("names", gettext_lazy("Its villages"), lambda u: _(", ").join(v["name"] for v in u["villages"]), width=60),
)
_TOWNSHIPS = (
    Column("township", gettext_lazy("Township"), lambda r: r["township"] or _("All"), width=16),
    Column("villages", gettext_lazy("Villages"), lambda r: r["villages"], kind="number", width=10),
    Column("units", gettext_lazy("Units"), lambda r: r["units"], kind="number", width=10),
    Column("households", gettext_lazy("Households"), lambda r: r["households"], kind="number", width=12),
    Column("mean", gettext_lazy("Mean way to the centre (m)"), lambda r: r["mean"], kind="number", width=16),
)
_VILLAGES = (
    Column("name", gettext_lazy("Village"), lambda v: v["name"], width=18),
    Column("township", gettext_lazy("Township"), lambda v: v["township"], width=16),
    Column("households", gettext_lazy("Households"), lambda v: v["households"], kind="number", width=12),
    Column("to", gettext_lazy("Centre"), lambda v: v["to"], width=18),
    Column("before", gettext_lazy("Way today (m)"), lambda v: v["metres_before"], kind="number", width=12),
    Column("metres", gettext_lazy("Way then (m)"), lambda v: v["metres"], kind="number", width=12),
)


KIND = Villages()
