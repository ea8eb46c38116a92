"""What is asked for where grids are planned."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from linli.charter.schema import Charter, fraction
from linli.planning.grids.reading import FILE, PLACES, REGISTER, Standing
from linli.planning.grids.values import Options
from linli.planning.models import Alternative, Kind
from linli.planning.network import OFF

COUNTS = {PLACES: _("of the buildings, as stored"), REGISTER: _("that live there by the register"), FILE: _("of the file that was brought")}


class SearchForm(forms.Form):
    """How a division is to be looked for; what the charter says stands in it from the start."""

    target = forms.IntegerField(label=_("Households of a grid"), min_value=10, max_value=10_000, required=False)
    units = forms.IntegerField(
        label=_("Or: number of grids"),
        min_value=1,
        max_value=300,
        required=False,
        help_text=_("Filled in, it counts instead of the households."),
    )
    tolerance = forms.IntegerField(
        label=_("Tolerance in percent"), min_value=1, max_value=90, help_text=_("Of the households of a grid; of their mean where the number of grids is said."),
    )  # fmt: skip
    stay = forms.IntegerField(
        label=_("Keep what is"), min_value=0, max_value=100_000,
        help_text=_("Metres of walking that a household's coming to another grid counts as. The more, the fewer households change; 0: they don't matter."),
    )  # fmt: skip
    link = forms.IntegerField(
        label=_("Neighbours at most so many metres apart"),
        min_value=10,
        max_value=2000,
        help_text=_("A grid hangs together from neighbour to neighbour."),
    )
    counts = forms.ChoiceField(label=_("Households"))
    fixed = forms.CharField(
        label=_("Fixed"), widget=forms.Textarea(attrs={"rows": 3}), required=False, max_length=20_000,
        help_text=_("A line for each building that must be in a grid: its name, a comma, the grid's name."),
    )  # fmt: skip
    seed = forms.IntegerField(
        label=_("Seed"),
        min_value=1,
        max_value=999_999,
        help_text=_("The same seed gives the same division again; another one perhaps another alternative."),
    )
    seconds = forms.IntegerField(
        label=_("Search for so many seconds"),
        min_value=1,
        max_value=600,
        required=False,
        help_text=_("Left empty: three rounds, which is usually enough."),
    )
    note = forms.CharField(label=_("Note"), max_length=80, required=False)
    anyway = forms.BooleanField(label=_("Keep the best there is even if some grids miss the tolerance"), required=False)

    def __init__(self, *args: Any, found: Standing, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = [k for k in COUNTS if k != FILE or Kind.COUNTS in found.materials]
        self.fields["counts"].choices = [(k, COUNTS[k]) for k in kinds]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not data.get("units") and not data.get("target") and "target" not in self.errors and "units" not in self.errors:
            self.add_error("target", _("Say how many households a grid should have, or how many grids there should be."))
        return data

    @property
    def options(self) -> Options:
        d = self.cleaned_data
        return Options(
            target=None if d["units"] else float(d["target"]), units=d["units"] or None, tolerance=d["tolerance"] / 100, around="target",
            link=d["link"], off_way=int(OFF), stay=d["stay"], seed=d["seed"], seconds=d["seconds"] or None, anyway=d["anyway"],
        )  # fmt: skip


def usual(charter: Charter, counts: str, seed: int = 1) -> dict[str, Any]:
    """What the charter lets a search begin with."""
    d = charter.dividing
    return {
        "target": charter.area.grid_households, "tolerance": round(100 * fraction(d.tolerance)), "stay": d.stay, "link": d.link, "counts": counts, "seed": seed,
    }  # fmt: skip


def asked_before(row: Alternative) -> dict[str, Any]:
    """What was asked for when an alternative was searched, as the form says it."""
    names = {s[0]: s[1] for s in row.facts["sites"]}
    options = Options(**row.options)
    return {
        "target": options.target and int(options.target), "units": options.units, "tolerance": round(100 * options.tolerance), "stay": options.stay,
        "link": options.link, "counts": row.facts["counts"]["from"], "seed": options.seed, "seconds": options.seconds, "note": row.note,
        "fixed": "\n".join(f"{names[code]}, {grid}" for code, grid in (row.facts.get("fixed") or {}).items()), "anyway": options.anyway,
    }  # fmt: skip


class MaterialForm(forms.Form):
    kind = forms.ChoiceField(label=_("It holds"), choices=Kind.choices)
    file = forms.FileField(
        label=_("File"),
        help_text=_(
            "Household counts: CSV, XLSX or GeoJSON with the building's name or code and its households. Barriers: GeoJSON lines or areas, WGS-84. "
            "Ways: GeoJSON lines joined at their ends, or an OpenStreetMap file (.osm.pbf)."
        ),
    )


class MoveForm(forms.Form):
    """Where one building goes. ``seq``: what was seen."""

    seq = forms.IntegerField(widget=forms.HiddenInput)
    building = forms.ChoiceField(label=_("Building"))
    unit = forms.TypedChoiceField(label=_("To the grid"), coerce=int)

    def __init__(self, *args: Any, buildings: Sequence[tuple[str, str]], units: Sequence[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["building"].choices = list(buildings)  # type: ignore[attr-defined]
        self.fields["unit"].choices = list(units)  # type: ignore[attr-defined]


class ProposeForm(forms.Form):
    """Names of new grids and who takes over from those that end. ``faulty``: something is wrong with the division, and the reason is needed."""

    seq = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, fresh: Sequence[tuple[int, str]], leaving: Sequence[Any], units: Sequence[str], faulty: bool = False, **kwargs: Any
    ) -> None:  # fmt: skip
        super().__init__(*args, **kwargs)
        for unit, name in fresh:
            self.fields[f"name_{unit}"] = forms.CharField(label=_("Name of a new grid"), max_length=100, initial=name)
        for one in leaving:
            self.fields[f"successor_{one.code}"] = forms.TypedChoiceField(
                label=_("%(name)s ends: open work that is bound to no building goes to") % {"name": one.name}, coerce=int, choices=list(enumerate(units)),
                initial=one.heir,
            )  # fmt: skip
        self.fields["reason"] = forms.CharField(
            label=_("Why this one"), widget=forms.Textarea(attrs={"rows": 3}), max_length=1000, required=faulty,
            error_messages={"required": _("Say why it is proposed although something is wrong with it.")},
            help_text=_("Something is wrong with this division: say why it is proposed all the same. Whoever decides reads it.") if faulty else "",
        )  # fmt: skip

    @property
    def names(self) -> dict[int, str]:
        return {int(k.removeprefix("name_")): v for k, v in self.cleaned_data.items() if k.startswith("name_")}

    @property
    def successors(self) -> dict[str, int]:
        return {k.removeprefix("successor_"): v for k, v in self.cleaned_data.items() if k.startswith("successor_")}


class DecideForm(forms.Form):
    seq = forms.IntegerField(widget=forms.HiddenInput)
    outcome = forms.ChoiceField(label=_("Decision"), widget=forms.RadioSelect)
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 3}), max_length=1000, required=False)

    def __init__(self, *args: Any, outcomes: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["outcome"].choices = list(outcomes)  # type: ignore[attr-defined]
