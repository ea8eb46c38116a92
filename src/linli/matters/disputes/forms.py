"""What is filled in about a dispute."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from linli.bodies.models import Holding
from linli.charter.store import charter_in_force
from linli.kit.discreet import plain_phone
from linli.matters.choices import give_choices
from linli.matters.disputes import PROCEDURE
from linli.matters.disputes.actions import NOTHING_OWED, Owed
from linli.matters.disputes.models import Agreement, Enquiry
from linli.matters.disputes.parties import SIDES, PartyInfo, side_name
from linli.matters.forms import CounterForm

ROWS = 10
_NEVER = {"data-draft-never": "", "autocomplete": "off"}


def day(label: Any, **kwargs: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **kwargs)


def _long(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


def _phone(typed: str) -> str:
    """As it is stored; "" for none. Raises ValidationError."""
    if not typed.strip():
        return ""
    try:
        return plain_phone(typed.strip())
    except ValueError:
        raise ValidationError(
            _("This is not a telephone number. Write 11 digits, or area code and number; or leave it empty."), code="phone"
        ) from None


class PartyForm(forms.Form):
    """Somebody on a side."""

    side = forms.TypedChoiceField(label=_("Side"), coerce=int, choices=[(n, side_name(n)) for n in range(1, len(SIDES) + 1)])
    organisation = forms.CharField(
        label=_("Organisation"), max_length=100, required=False, help_text=_("Left empty for a person. Its name is not hidden.")
    )
    name = forms.CharField(
        label=_("Name"), max_length=40, required=False, widget=forms.TextInput(attrs=_NEVER),
        help_text=_("Of the person, or of who speaks for the organisation. Stored encrypted; each look at it is recorded."),
    )  # fmt: skip
    phone = forms.CharField(
        label=_("Telephone"), max_length=20, required=False, widget=forms.TextInput(attrs={**_NEVER, "inputmode": "tel"})
    )
    address = forms.CharField(label=_("Address"), max_length=120, required=False, widget=forms.TextInput(attrs=_NEVER))
    speaker = forms.BooleanField(label=_("Speaks for this side and is no party"), required=False)
    has_custodian = forms.BooleanField(
        label=_("Has a custodian"), required=False,
        help_text=_("For a minor, or an adult somebody else acts for: enter the custodian as who speaks for the side. Nothing more is kept about it."),
    )  # fmt: skip

    def clean_phone(self) -> str:
        return _phone(self.cleaned_data["phone"])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not self.errors and not data["name"].strip() and not data["organisation"].strip():
            self.add_error("name", ValidationError(_("Enter a name, or the name of an organisation."), code="nobody"))
        return data

    @property
    def info(self) -> PartyInfo:
        d = self.cleaned_data
        name, phone, address, organisation = (d[n].strip() for n in ("name", "phone", "address", "organisation"))
        return PartyInfo(d["side"], name, phone, address, organisation, d["speaker"], d["has_custodian"])


class SidesFields(forms.Form):
    """The sides of a dispute, entered with the matter at the counter or on the telephone. All of it may stay empty."""

    teller = forms.BooleanField(
        label=_("This person is a side of the dispute"), required=False, help_text=_("Their name and telephone go in as 甲方 too.")
    )
    other_organisation = forms.CharField(label=_("The other side: organisation"), max_length=100, required=False)
    other_name = forms.CharField(
        label=_("The other side: name"), max_length=40, required=False, widget=forms.TextInput(attrs=_NEVER),
        help_text=_("Stored encrypted; only those who mediate may look, and each look is recorded."),
    )  # fmt: skip
    other_phone = forms.CharField(
        label=_("The other side: telephone"), max_length=20, required=False, widget=forms.TextInput(attrs={**_NEVER, "inputmode": "tel"})
    )
    other_address = forms.CharField(
        label=_("The other side: address"), max_length=120, required=False, widget=forms.TextInput(attrs=_NEVER)
    )

    def clean_other_phone(self) -> str:
        return _phone(self.cleaned_data["other_phone"])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        told = data.get("teller") or any(data.get(f"other_{n}") for n in ("organisation", "name", "phone", "address"))
        category = charter_in_force().categories.get(data.get("category") or "")
        if told and (category is None or category.procedure != PROCEDURE):
            self.add_error(
                "category", ValidationError(_("Sides are entered for disputes: choose which kind of dispute it is."), code="no_dispute")
            )
        if (
            told
            and not (data.get("other_name") or data.get("other_organisation"))
            and (data.get("other_phone") or data.get("other_address"))
        ):
            self.add_error("other_name", ValidationError(_("Enter a name, or the name of an organisation."), code="nobody"))
        if data.get("teller") and not data.get("name"):
            self.add_error("name", ValidationError(_("Enter the name of the person."), code="nobody"))
        return data

    def parties(self) -> list[PartyInfo]:
        d = self.cleaned_data
        found = [PartyInfo(1, d["name"].strip(), d["phone"])] if d["teller"] else []
        other = PartyInfo(2, *(d[f"other_{n}"].strip() for n in ("name", "phone", "address", "organisation")))
        return [*found, *([other] if other else [])]


class CounterWithSides(SidesFields, CounterForm):
    """What the desk takes down, with the sides where it is a dispute."""


class MediatorsForm(forms.Form):
    mediators = forms.TypedMultipleChoiceField(
        label=_("Mediators"), coerce=int, widget=forms.CheckboxSelectMultiple, help_text=_("The sides may choose."),
    )  # fmt: skip
    lead = forms.TypedChoiceField(
        label=_("Who leads"), coerce=int, empty_value=None, required=False, help_text=_("Left empty: the first of those chosen.")
    )

    def __init__(self, *args: Any, holdings: Sequence[Holding], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.holdings = {h.pk: h for h in holdings}
        people = [(h.pk, f"{h.user} · {h.seat.body.name}") for h in holdings]
        give_choices(self, "mediators", people)
        give_choices(self, "lead", [("", "–"), *people])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("lead") and "mediators" in data and data["lead"] not in data["mediators"]:
            self.add_error("lead", ValidationError(_("Choose one of the mediators ticked above."), code="not_named"))
        return data

    @property
    def chosen(self) -> list[Holding]:
        """The leading one first."""
        lead = self.cleaned_data["lead"]
        keys = dict.fromkeys([*([lead] if lead else []), *self.cleaned_data["mediators"]])
        return [self.holdings[pk] for pk in keys]


class AgreementForm(forms.Form):
    """What was agreed on: «甲方», «乙方» throughout; names are put in where it is printed."""

    form = forms.ChoiceField(
        label=_("Form"), choices=Agreement.Form.choices, widget=forms.RadioSelect, initial=Agreement.Form.WRITTEN.value,
        help_text=_("Where the sides want nothing written, write down here what they agreed on by word of mouth."),
    )  # fmt: skip
    facts = forms.CharField(
        label=_("What happened and what is disputed"), max_length=2000, widget=_long(4), help_text=_("Write 甲方, 乙方; no names.")
    )
    responsibilities = forms.CharField(label=_("Who answers for what"), max_length=1000, required=False, widget=_long(3))
    terms = forms.CharField(
        label=_("What is agreed on besides"), max_length=2000, required=False, widget=_long(3),
        help_text=_("How it is to be done, and what holds besides the things listed below."),
    )  # fmt: skip
    signed_on = day(_("Signed on"))
    effective_on = day(
        _("In effect from"), required=False,
        help_text=_("Left empty: the day of signing. Written, it takes effect once all sides and mediators have signed and it is sealed."),
    )  # fmt: skip

    def __init__(self, *args: Any, sides: Sequence[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("signed_on", timezone.localdate())
        choices = [("", "–"), *((n, side_name(n)) for n in sides)]
        for n in range(1, ROWS + 1):
            self.fields[f"side_{n}"] = forms.TypedChoiceField(
                label=_("Which side"), coerce=int, empty_value=None, choices=choices, required=False
            )
            self.fields[f"what_{n}"] = forms.CharField(label=_("What is to be done"), max_length=300, required=False)
            self.fields[f"due_{n}"] = day(_("By"), required=False)

    @property
    def rows(self) -> list[tuple[int, Any, Any, Any]]:
        return [(n, self[f"side_{n}"], self[f"what_{n}"], self[f"due_{n}"]) for n in range(1, ROWS + 1)]

    @property
    def many(self) -> bool:
        """Whether more lines are filled in than stand open."""
        return any(field.value() for n, *fields in self.rows if n > 4 for field in fields)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        for n in range(1, ROWS + 1):
            names = (f"side_{n}", f"what_{n}", f"due_{n}")
            given = [name for name in names if data.get(name)]
            for name in names:
                if given and not data.get(name) and name not in self.errors:
                    self.add_error(name, ValidationError(_("Say who does what by when."), code="required"))
        if not any(data.get(f"what_{n}") or self.errors.keys() & {f"side_{n}", f"what_{n}", f"due_{n}"} for n in range(1, ROWS + 1)):
            self.add_error("what_1", ValidationError(NOTHING_OWED, code="nothing"))
        return data

    @property
    def obligations(self) -> list[Owed]:
        d = self.cleaned_data
        return [Owed(d[f"side_{n}"], d[f"what_{n}"], d[f"due_{n}"]) for n in range(1, ROWS + 1) if d.get(f"what_{n}")]


def written_before(agreement: Agreement | None) -> dict[str, Any]:
    """What a new agreement begins with: what the one it takes the place of says, but for its days and what of it has been done."""
    if agreement is None:
        return {}
    initial: dict[str, Any] = {name: getattr(agreement, name) for name in ("form", "facts", "responsibilities", "terms")}
    for n, owed in enumerate(agreement.obligations.filter(performed_on=None)[:ROWS], 1):
        initial |= {f"side_{n}": owed.side, f"what_{n}": owed.what, f"due_{n}": owed.due_on}
    return initial


class PerformedForm(forms.Form):
    performed_on = day(_("Done on"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("performed_on", timezone.localdate())


class ApplicationForm(forms.Form):
    applied_on = day(_("Applied for on"))
    court = forms.CharField(label=_("Court"), max_length=80)


class DecisionForm(forms.Form):
    decided_on = day(_("Decided on"))
    decision = forms.ChoiceField(label=_("Decision"), choices=Agreement.Decision.choices, widget=forms.RadioSelect)


class EnquiryForm(forms.Form):
    on = day(_("Asked on"))
    found = forms.ChoiceField(label=_("What was found"), choices=Enquiry.Found.choices, widget=forms.RadioSelect)
    note = forms.CharField(label=_("Note"), max_length=500, required=False, widget=_long(2), help_text=_("Write 甲方, 乙方; no names."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("on", timezone.localdate())
