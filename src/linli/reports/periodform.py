"""Which days a report is of: chosen by name or freely, kept in the address."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from linli.measures.periods import Period, between, named

USUAL = "month"
NAMES = {
    "month": _("this month"), "quarter": _("this quarter"), "year": _("this year"), "last-month": _("last month"),
    "last-quarter": _("last quarter"), "last-year": _("last year"), "days": _("the days given"),
}  # fmt: skip
_WRONG = {
    "reversed": _("The last day lies before the first."),
    "ahead": _("The first day has not come yet."),
    "too_long": _("Choose at most three years."),
}


class PeriodForm(forms.Form):
    """``?period=quarter``, or ``?since=…&until=…``. What can't be understood is said at the field; the report is then of the usual period."""

    use_required_attribute = False
    period = forms.ChoiceField(label=_("Period"), choices=list(NAMES.items()), required=False)
    since = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    until = forms.DateField(
        label=pgettext_lazy("period", "To"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, data: Any, *, usual: str = USUAL, today: date | None = None) -> None:
        self.today, self.usual = today or timezone.localdate(), usual
        given = {name: data.get(name, "") for name in ("period", "since", "until")}
        if not any(given.values()):
            given["period"] = usual
        elif not given["period"]:
            given["period"] = "days"
        super().__init__(given)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("period") != "days" or self.errors:
            return cleaned
        if not (cleaned.get("since") or cleaned.get("until")):
            self.add_error("since", _("Say from which day to which, or one of the two."))
            return cleaned
        try:
            first, last = cleaned.get("since") or self.today.replace(day=1), cleaned.get("until") or self.today
            cleaned["days"] = between(first, last, self.today)
        except ValueError as error:
            self.add_error("until" if str(error) == "reversed" else "since", _WRONG[str(error)])
        return cleaned

    @property
    def chosen(self) -> Period:
        if not self.is_valid():
            return named(self.usual, self.today)
        return self.cleaned_data.get("days") or named(self.cleaned_data["period"], self.today)

    @property
    def query(self) -> dict[str, str]:
        """The choice as an address keeps it."""
        if not self.is_valid() or self.cleaned_data["period"] == self.usual:
            return {}
        if self.cleaned_data["period"] != "days":
            return {"period": self.cleaned_data["period"]}
        return {"since": self.chosen.since.isoformat(), "until": self.chosen.until.isoformat()}
