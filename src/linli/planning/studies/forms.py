"""What is asked for where a study is made: what all kinds have in common. Each kind adds its own fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from linli.places.models import Place
from linli.planning.reading import Source

MOST_BYTES = 10_000_000
DATUMS = (("wgs84", _("WGS-84 (satellite navigation)")), ("gcj02", _("GCJ-02 (Chinese web maps)")))


def plain(value: Any) -> Any:
    """A whole number without its «.0»."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


class StudyForm(forms.Form):
    """Files stand under the names of the kind's roles. ``kept``: names of the files of the study it is made from, by role.

    A browser doesn't send files again with a form that came back. So that what was meant of a file isn't worked out from what is stored instead,
    ``sent`` names the files that came, the page says them as «expected», and the first time one of them is missing that is an error.
    """

    note = forms.CharField(label=_("Note"), max_length=80, required=False, help_text=_("What it is for, to find it again."))

    def __init__(self, *args: Any, place: Place, kept: Mapping[str, str] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial = {name: plain(value) for name, value in self.initial.items()}
        self.kept = dict(kept or {})
        self.furnish(place)
        self.sent = [name for name, field in self.fields.items() if isinstance(field, forms.FileField) and self.files.get(name)]
        for name, field in self.fields.items():
            if isinstance(field, forms.FileField) and name in self.kept:
                field.help_text = _("Kept from the study before: %(name)s. Another file replaces it.") % {"name": self.kept[name]}
            if name in self.sent:  # seen where the form comes back
                field.help_text = _("Choose %(name)s again: a browser doesn’t send it twice.") % {"name": str(self.files[name])[:60]}
        self.order_fields([n for n in self.fields if n != "note"])

    def furnish(self, place: Place) -> None:
        """Fill in what can be chosen at this place."""

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        expected = self.data.getlist("expected") if hasattr(self.data, "getlist") else []
        for name in [n for n in expected if n in self.fields and n not in self.sent]:
            self.add_error(name, _("The file isn’t here any more. Choose it again; or go on without it, with what stands at the field."))
        for name, field in self.fields.items():
            file = data.get(name)
            if isinstance(field, forms.FileField) and file and file.size > MOST_BYTES:
                self.add_error(name, _("The file is larger than 10 MB."))
        return data

    def typed(self) -> dict[str, Any]:
        """What stands in the fields as it was sent, unjudged."""
        return {
            name: field.widget.value_from_datadict(self.data, self.files, name)
            for name, field in self.fields.items()
            if not isinstance(field, forms.FileField)
        }

    def brought(self) -> dict[str, Source]:
        """The files that were sent, by role. Once: reading empties them."""
        found = {name: self.cleaned_data.get(name) for name, field in self.fields.items() if isinstance(field, forms.FileField)}
        return {name: Source(file.name[:100], file.read()) for name, file in found.items() if file}


def file_field(label: Any, help_text: Any = "", accept: str = ".csv,.json,.geojson") -> forms.FileField:
    return forms.FileField(label=label, help_text=help_text, required=False, widget=forms.ClearableFileInput(attrs={"accept": accept}))


def ways_field() -> forms.FileField:
    """The network people walk along, for the role «network»."""
    return file_field(
        pgettext_lazy("file", "Ways"),
        _("GeoJSON lines that people walk along, joined at their ends, or an OpenStreetMap file (.osm.pbf). Left empty: straight lines."),
        ".json,.geojson,.pbf,.osm",
    )


def off_way_field() -> forms.FloatField:
    return forms.FloatField(
        label=_("Farthest from a way (m)"), min_value=10, max_value=100_000,
        help_text=_("Where ways are brought: to and from what lies farther from any of them the straight line counts, and it is named."),
    )  # fmt: skip


def datum_field() -> forms.ChoiceField:
    return forms.ChoiceField(label=_("Coordinates of the files"), choices=DATUMS, initial="wgs84")


def seed_field() -> forms.IntegerField:
    return forms.IntegerField(
        label=_("Seed"), min_value=0, max_value=999_999, initial=1, help_text=_("The same seed gives the same answer again; another one perhaps another.")
    )  # fmt: skip
