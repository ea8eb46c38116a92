"""Which sheet, for where; and what its columns stand for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from linli.people.importing.columns import COLUMNS
from linli.people.importing.words import COLUMN_NAMES
from linli.places.models import Place

MAX_BYTES = 20_000_000
FILE_SAYS = {
    "kind": _("This is neither a spreadsheet nor a CSV in UTF-8 or GBK."),
    "damaged": _("The file can't be opened: it is damaged or locked with a password."),
    "empty": _("There are no rows below the headings of the first sheet."),
    "headings": _("No line of headings was found. Name at least these columns: %(missing)s."),
    "too_many": _("At most %(most)s rows at a time. Split the file."),
}


class SheetForm(forms.Form):
    place = forms.TypedChoiceField(label=_("Area"), coerce=int)
    file = forms.FileField(
        label=_("File"), help_text=_("XLSX, XLS or CSV, up to 20 MB and 200,000 rows; the first sheet that shows. Its columns are chosen next."),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.xls,.csv"}),
    )  # fmt: skip

    def __init__(self, *args: Any, areas: Sequence[tuple[Place, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.areas = {place.pk: place for place, _name in areas}
        self.fields["place"].choices = [(place.pk, name) for place, name in areas]  # type: ignore[attr-defined]

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MAX_BYTES:
            raise forms.ValidationError(_("The file is larger than 20 MB. Split it."), code="too_large")
        return file


class ColumnsForm(forms.Form):
    """A field for each column of the sheet: what it stands for."""

    def __init__(self, *args: Any, columns: Sequence[tuple[int, str]], chosen: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", _("nothing is taken from it")), *((f, COLUMN_NAMES[f]) for f in COLUMNS)]
        for at, heading in columns:
            initial = chosen.get(str(at), "")
            self.fields[f"column{at}"] = forms.ChoiceField(label=heading, choices=choices, required=False, initial=initial)

    def columns(self) -> dict[int, str]:
        return {int(name.removeprefix("column")): field for name, field in self.cleaned_data.items()}
