"""What staff enter about places."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from linli.places.csvfile import MAX_BYTES
from linli.places.models import Place

DATUMS = (("wgs84", _("WGS-84 or CGCS2000 (GPS, Tianditu)")), ("gcj02", _("GCJ-02 (Amap, Tencent)")))


class FileForm(forms.Form):
    """A file to check. Nothing is saved by sending it."""

    kind = forms.ChoiceField(
        label=_("What it holds"), widget=forms.RadioSelect, initial="csv",
        choices=[("csv", _("Official places (CSV: code, name, level, parent)")), ("geojson", _("Outlines, grids, buildings, facilities (GeoJSON)"))],
    )  # fmt: skip
    file = forms.FileField(label=_("File"), help_text=_("Up to 20 MB. CSV in UTF-8 or GBK."))
    datum = forms.ChoiceField(label=_("Coordinates of a GeoJSON file"), choices=DATUMS, initial="wgs84")
    valid_from = forms.DateField(
        label=_("Holds from"), initial=timezone.localdate, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > MAX_BYTES:
            raise forms.ValidationError(_("The file is larger than 20 MB. Split it."))
        return file


class ShapeField(forms.CharField):
    """A GeoJSON geometry pasted as text; what is inside is judged by the action."""

    widget = forms.Textarea(attrs={"rows": 6, "spellcheck": "false"})

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 1_000_000)
        super().__init__(**kwargs)

    def clean(self, value):
        text = super().clean(value)
        if not text:
            return None
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            raise forms.ValidationError(_("It is not GeoJSON. Paste a geometry with its braces.")) from None
        if isinstance(found, dict) and found.get("type") == "FeatureCollection" and len(found.get("features") or []) == 1:
            found = found["features"][0]
        return found.get("geometry") if isinstance(found, dict) and found.get("type") == "Feature" else found


def _day() -> forms.DateField:
    return forms.DateField(
        label=_("Holds from"), initial=timezone.localdate, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text=_("Until the day before, everything shows the place as it was."),
    )  # fmt: skip


COUNTED = _("As many as they are known to have, lived in or not. Those who live there are counted in the register.")


class ChangeForm(forms.Form):
    """Changes to one place. An empty shape leaves the stored one."""

    name = forms.CharField(label=pgettext_lazy("place", "Name"), max_length=100)
    aliases = forms.CharField(
        label=_("Also called"), max_length=200, required=False, help_text=_("Separated by commas; addresses are found by them.")
    )
    households = forms.IntegerField(
        label=_("Households of the buildings"), min_value=0, max_value=10_000_000, required=False, help_text=COUNTED
    )
    shape = ShapeField(label=_("New outline (GeoJSON)"), required=False, help_text=_("Leave empty to keep the outline."))
    datum = forms.ChoiceField(label=_("Coordinates of the outline"), choices=DATUMS, initial="wgs84")
    valid_from = _day()

    def __init__(self, *args: Any, place: Place, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"name": place.name, "aliases": place.aliases, "households": place.households})
        super().__init__(*args, **kwargs)
        if place.level in ("unit", "dwelling"):
            del self.fields["shape"], self.fields["datum"]


class GridForm(forms.Form):
    name = forms.CharField(label=pgettext_lazy("place", "Name"), max_length=100)
    households = forms.IntegerField(
        label=_("Households of the buildings"), min_value=0, max_value=100_000, required=False, help_text=COUNTED
    )
    shape = ShapeField(label=_("Outline (GeoJSON)"))
    datum = forms.ChoiceField(label=_("Coordinates of the outline"), choices=DATUMS, initial="wgs84")
    valid_from = _day()


class BuildingForm(forms.Form):
    """A building with its units and dwellings in one step."""

    name = forms.CharField(label=pgettext_lazy("place", "Name"), max_length=100, help_text=_("As it stands on the wall: 3号楼."))
    aliases = forms.CharField(label=_("Also called"), max_length=200, required=False)
    units = forms.IntegerField(label=_("Units (staircases)"), min_value=0, max_value=50, initial=0)
    floors = forms.IntegerField(label=_("Floors"), min_value=0, max_value=120, initial=0)
    dwellings = forms.IntegerField(label=_("Dwellings on a floor of a unit"), min_value=0, max_value=40, initial=0)
    lon = forms.FloatField(label=_("Longitude"), required=False, min_value=-180, max_value=180)
    lat = forms.FloatField(label=_("Latitude"), required=False, min_value=-90, max_value=90)
    datum = forms.ChoiceField(label=_("Coordinates"), choices=DATUMS, initial="wgs84")


class EndForm(forms.Form):
    on = forms.DateField(
        label=_("No longer holds from"), initial=timezone.localdate, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    reason = forms.CharField(label=_("Reason"), max_length=200)
