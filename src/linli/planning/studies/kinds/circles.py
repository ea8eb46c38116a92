"""15分钟生活圈: who can walk to which kinds of facilities in time, and who is left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext, pgettext_lazy

from linli.charter.schema import Charter
from linli.frame.columns import Column
from linli.places.models import Place
from linli.planning.circles import FEWEST, MINUTES, PACE
from linli.planning.cli.circles import KNOWN_OF, kind_name
from linli.planning.network import DETOUR, OFF
from linli.planning.reading import Source
from linli.planning.studies import ground
from linli.planning.studies.forms import StudyForm, datum_field, file_field, off_way_field, ways_field
from linli.planning.studies.kinds import Answered, Kind, Mark, Role, Sheet, Shown, astray

USUAL = ("station", "room", "clinic", "canteen", "school", "fitness", "playground", "green", "toilet")
"""What a circle is made of where the site has some of it."""
REACHED, ONE, MORE = 1, 2, 4  # tones


class CirclesForm(StudyForm):
    kinds = forms.MultipleChoiceField(
        label=gettext_lazy("Kinds of facilities"), widget=forms.CheckboxSelectMultiple, required=False,
        help_text=gettext_lazy("Of those stored here; in brackets how many there are in the area and within 5 km. Of a file all kinds are taken."),
    )  # fmt: skip
    minutes = forms.FloatField(label=gettext_lazy("Minutes on foot"), min_value=1, max_value=120)
    pace = forms.FloatField(label=gettext_lazy("Metres walked in a minute"), min_value=20, max_value=150)
    detour = forms.FloatField(
        label=gettext_lazy("Ways are so many times longer than the straight line"), min_value=1, max_value=3,
        help_text=gettext_lazy("Counts where no network is brought. In towns 1.2 to 1.4."),
    )  # fmt: skip
    elderly = forms.BooleanField(
        label=gettext_lazy("Count households with somebody of 60 or older by the register"), required=False,
        help_text=gettext_lazy("Only counts of 5 and more are shown."),
    )  # fmt: skip
    source = file_field(
        pgettext_lazy("file", "Buildings"),
        gettext_lazy(
            "CSV or GeoJSON with id or name, households, position; where known residents, elderly. Left empty: the buildings stored."
        ),
    )
    facilities = file_field(
        pgettext_lazy("file", "Facilities"), gettext_lazy("CSV or GeoJSON with kind, name, position. Left empty: the facilities stored.")
    )
    network = ways_field()
    off_way = off_way_field()
    datum = datum_field()

    def furnish(self, place: Place) -> None:
        self.fields["kinds"].choices, there = ground.kind_choices(place)  # type: ignore[attr-defined]
        self.fields["kinds"].initial = [k for k in USUAL if k in there]

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if not data.get("kinds") and not data.get("facilities") and "facilities" not in self.kept and "kinds" not in self.errors:
            self.add_error("kinds", gettext_lazy("Choose at least one kind, or bring a file of facilities."))
        return data


class Circles(Kind):
    id = "circles"
    name = gettext_lazy("15-minute circle")
    lede = gettext_lazy("How many households reach each kind of facility on foot in time, and who is left out.")
    icon = "geo-alt"
    form = CirclesForm
    roles = (
        Role("source", pgettext_lazy("file", "Buildings")),
        Role("facilities", pgettext_lazy("file", "Facilities")),
        Role("network", pgettext_lazy("file", "Ways"), needed=False),
    )
    example = "community"

    def usual(self, place: Place, charter: Charter) -> dict[str, Any]:
        return {"minutes": MINUTES, "pace": PACE, "detour": DETOUR, "off_way": OFF, "elderly": True, "datum": "wgs84"}

    def demo(self, place: Place, charter: Charter) -> dict[str, Any]:
        return {
            **self.usual(place, charter),
            "kinds": ["station", "room", "clinic", "canteen", "school"],
            "minutes": 10.0,
            "note": "十分钟便民圈",
        }

    def has(self, place: Place) -> list[str]:
        return ground.told_buildings(place)

    def own(self, place: Place, role: str, data: Mapping[str, Any]) -> Source | None:
        if role == "source":
            return ground.buildings(place, elderly=bool(data.get("elderly")))
        return ground.facilities(place, data.get("kinds") or ()) if role == "facilities" else None

    def options(self, data: Mapping[str, Any]) -> dict[str, Any]:
        kinds = "" if "facilities" in data["brought"] else ",".join(data["kinds"])
        return {"kinds": kinds, **{k: data[k] for k in ("minutes", "pace", "detour", "off_way", "datum")}}

    def initial(self, options: Mapping[str, Any]) -> dict[str, Any]:
        return {**options, "kinds": options["kinds"].split(",")}

    def told(self, name: str, value: Any) -> Any:
        return _missing(value.split(",")) if name == "kinds" else value

    def changed(self, before: Answered, now: Answered) -> list[str]:
        """The share of households in time of each kind, where it is another than it was."""
        stood = {k["kind"]: k["share_of_households"] for k in before.figures["kinds"]}
        lines = []
        for kind in now.figures["kinds"]:
            was = stood.get(kind["kind"])
            if was is not None and was != kind["share_of_households"]:
                values = {"kind": kind_name(kind["kind"]), "before": f"{100 * was:.1f}", "now": f"{100 * kind['share_of_households']:.1f}"}
                lines.append(_("%(kind)s: %(before)s %% of the households in time then, %(now)s %% now.") % values)
        return lines or [_("As many households are in time as then.")]

    def shown(self, answered: Answered) -> Shown:
        missed = [f for f in answered.features if f["properties"]["missing"]]
        missed.sort(key=lambda f: (-len(f["properties"]["missing"]), -f["properties"]["households"]))
        sheets = [
            Sheet(_("Kinds of facilities"), _KINDS, answered.figures["kinds"]),
            Sheet(
                _("Buildings that are left out"), _columns(answered), [_row(f) for f in missed],
                _("Nobody: from every building each kind is reached in time."),
            ),
            *astray(answered.figures),
        ]  # fmt: skip
        legend = [(REACHED, _("everything in time")), (ONE, _("one kind is too far")), (MORE, _("several kinds are too far"))]
        return Shown(sheets, [_mark(f) for f in answered.features], legend)


def _out(row: Mapping[str, Any]) -> str | int:
    """Households with an elderly person that are left out; few are not told, and what isn't known is not taken for none."""
    n, known = row["elderly_households_left_out"], row.get(KNOWN_OF)
    if known == 0:
        return pgettext("elderly", "not known")
    said = _("fewer than %(n)s") % {"n": FEWEST} if n is None else n
    if known is None:
        return said
    return _("%(n)s (%(known)s of %(all)s buildings)") % {"n": said, "known": known, "all": row["buildings_left_out"]}


_KINDS = (
    Column("kind", gettext_lazy("Kind"), lambda r: kind_name(r["kind"]), width=22),
    Column("sites", gettext_lazy("Sites"), lambda r: r["sites"], kind="number", width=10),
    Column("share", gettext_lazy("Households in time (%)"), lambda r: round(100 * r["share_of_households"], 1), kind="number", width=14),
    Column("out", gettext_lazy("Households left out"), lambda r: r["households_left_out"], kind="number", width=14),
    Column("elderly", gettext_lazy("of them with somebody elderly"), _out, kind="number", width=16),
    Column("buildings", gettext_lazy("Buildings left out"), lambda r: r["buildings_left_out"], kind="number", width=14),
)


def _columns(answered: Answered) -> list[Column]:
    """Building, households, what is too far, and the minutes to each kind."""
    kinds = [k["kind"] for k in answered.figures["kinds"]]
    return [
        Column("name", _("Building"), lambda r: r["name"], width=18),
        Column("households", _("Households"), lambda r: r["households"], kind="number", width=10),
        Column("missing", _("Too far"), lambda r: _missing(r["missing"]), width=30),
        *(
            Column(f"m{n}", _("%(kind)s (minutes)") % {"kind": kind_name(k)}, _minutes(k), kind="number", width=12)
            for n, k in enumerate(kinds)
        ),
    ]


def _minutes(kind: str) -> Any:
    return lambda r: r["minutes"][kind] if r["minutes"].get(kind) is not None else pgettext("minutes", "farther")


def _missing(kinds: list[str]) -> str:
    return _(", ").join(kind_name(k) for k in kinds)


def _row(feature: Mapping[str, Any]) -> dict[str, Any]:
    return {**feature["properties"], "mark": feature["properties"]["id"]}


def _mark(feature: Mapping[str, Any]) -> Mark:
    p = feature["properties"]
    tone = REACHED if not p["missing"] else ONE if len(p["missing"]) == 1 else MORE
    households = ngettext("%(n)s household", "%(n)s households", p["households"]) % {"n": p["households"]}
    said = (
        _("%(households)s; too far: %(kinds)s") % {"households": households, "kinds": _missing(p["missing"])}
        if p["missing"]
        else households
    )
    return Mark(p["id"], feature["geometry"], p["name"], said, tone)


KIND = Circles()
