"""Form fields for what people are asked: identity numbers, telephones, dates, names. Each says at the field what is wrong and how to mend it."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from linli.kit import dates, idnumber, phones
from linli.people import names

ID_FAULTS = {
    "empty": _("Enter the identity number."),
    "signs": _("An identity number has digits only, and at its end perhaps an X."),
    "length": _("An identity number has 18 signs; this has another number of them."),
    "old": _("This is an old number of 15 digits, which are no longer valid. Copy the number of 18 signs from the card."),
    "check": _("A digit is wrong or two are changed over: the last sign doesn't fit the others. Compare with the card."),
    "date": _("The seventh to fourteenth digits are no date of birth. Compare with the card."),
    "future": _("The date of birth in this number is still to come. Compare with the card."),
    "float": _("A spreadsheet has shortened this number and its last digits are lost. Copy it from the card."),
}
PHONE_FAULTS = {
    "empty": _("Enter a telephone number."),
    "signs": _("A telephone number has digits only; one number in one field."),
    "length": _("A telephone number has 7 to 12 digits."),
    "mobile": _("No mobile number begins like this: the second digit is 3 to 9."),
    "shape": _("This is no mobile number (11 digits) and no fixed one (with its area code, or 7 to 8 digits)."),
    "float": _("A spreadsheet has shortened this number. Enter it anew."),
}
DATE_FAULTS = {
    "empty": _("Enter a date."),
    "shape": _("Enter a date as 2026-11-28 or 2026年11月28日."),
    "lunar": _("This is a day of the lunar calendar. Enter the day of the solar calendar that stands in the papers."),
    "year": _("Write the year with four digits."),
    "day": _("There is no such day."),
    "float": _("This is a number of a spreadsheet, no date. Enter a date as 2026-11-28."),
}
AGES = _(
    "By their births they can't be this to the head: a child is at least 12 years younger, a grandchild 24; a parent and a grandparent are as much"
    " older. Put right what is wrong; a stepchild closer in age is another relative."
)
LONG_AGO = _("This is more than 130 years ago. Compare with the papers.")


class NameField(forms.CharField):
    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Name"))
        kwargs.setdefault("max_length", names.LONGEST)
        kwargs.setdefault("widget", forms.TextInput(attrs={"autocomplete": "off", "class": "short"}))
        super().__init__(**kwargs)

    def clean(self, value: Any) -> str:
        text = names.plain(super().clean(value))
        if text and not names.is_name(text):
            raise ValidationError(_("A name has at least two letters, and no digits or signs."), code="name")
        return text


class IdField(forms.CharField):
    """Gives ``idnumber.IdNumber`` or None."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Identity number"))
        kwargs.setdefault(
            "widget", forms.TextInput(attrs={"autocomplete": "off", "class": "short", "inputmode": "text", "spellcheck": "false"})
        )
        super().__init__(max_length=40, **kwargs)

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        try:
            return idnumber.read(text, timezone.localdate())
        except idnumber.BadIdNumber as bad:
            raise ValidationError(ID_FAULTS[bad.fault], code=bad.fault) from None


class PhoneField(forms.CharField):
    """Gives the number's digits, or ""."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Telephone"))
        kwargs.setdefault("widget", forms.TextInput(attrs={"autocomplete": "off", "class": "short", "inputmode": "tel"}))
        super().__init__(max_length=40, **kwargs)

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        if not text:
            return ""
        try:
            return phones.read(text)
        except phones.BadPhone as bad:
            raise ValidationError(PHONE_FAULTS[bad.fault], code=bad.fault) from None


def number_of(said: str) -> tuple[str, str]:
    """Kind (of ``Secret.Kind``) and one form of what looks like an identity number (a digit too few or too many is still one) or a telephone.

    Raises ValidationError.
    """
    digits = idnumber.plain(said)
    return ("id", IdField().clean(digits).text) if len(digits) >= 15 else ("phone", PhoneField().clean(said))


class DayField(forms.CharField):
    """A day as people write it; gives a ``date`` or None. The browser's calendar where there is one."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
        super().__init__(max_length=30, **kwargs)

    def clean(self, value: Any) -> date | None:  # type: ignore[override]
        text = super().clean(value)
        if not text:
            return None
        try:
            day = dates.read(text)
        except dates.BadDate as bad:
            raise ValidationError(DATE_FAULTS[bad.fault], code=bad.fault) from None
        if dates.long_ago(day, timezone.localdate()):
            raise ValidationError(LONG_AGO, code="long_ago")
        return day
