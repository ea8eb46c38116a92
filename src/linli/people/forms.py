"""The register's forms. Nothing typed here goes into an address or a log; the pages mark it as sensitive."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from linli.access.models import Purpose
from linli.frame.lists import Filters
from linli.frame.templatetags.linli import named
from linli.kit.dates import age
from linli.people import names
from linli.people.addresses import whole_address
from linli.people.fields import DayField, IdField, NameField, PhoneField
from linli.people.models import Custody, Handout, Person, Registered, Residence, Role, Sex, Tenure, UnitKind
from linli.people.told import Living, Told

MOST_ROWS = 12


def today() -> str:
    return timezone.localdate().isoformat()


class ToldForm(forms.Form):
    """A person as told. Birth and sex follow from the identity number; without one they are asked."""

    name = NameField()
    id_number = IdField(required=False, help_text=_("Birth and sex are taken from it."))
    born = DayField(
        label=_("Date of birth"), required=False, help_text=_("Needed where there is no number: 1949-12-31, 19491231 or 1949年12月31日"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "short"}),
    )  # fmt: skip
    sex = forms.ChoiceField(
        label=_("Sex"),
        choices=[("", _("as the number says")), *Sex.choices],
        required=False,
        help_text=_("Needed where there is no number."),
    )
    phone = PhoneField(required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        number, born, sex = data.get("id_number"), data.get("born"), data.get("sex")
        if number is not None:
            if born and born != number.born:
                self.add_error(
                    "born", ValidationError(_("The identity number says %(born)s. Put right what is wrong."), params={"born": number.born})
                )
            if sex and sex != number.sex:
                self.add_error("sex", _("The identity number says otherwise. Put right what is wrong."))
            data["born"], data["sex"] = born or number.born, sex or number.sex
        elif "id_number" not in self.errors:
            if born is None and "born" not in self.errors:
                self.add_error("born", _("Without an identity number say when they were born."))
            if not sex:
                self.add_error("sex", _("Without an identity number choose the sex."))
        if data.get("born") and data["born"] > timezone.localdate():
            self.add_error("born", _("This day is still to come."))
        return data

    def told(self) -> Told:
        data = self.cleaned_data
        number = data.get("id_number")
        return Told(data["name"], data["born"], data["sex"], number.text if number else "", (data["phone"],) if data.get("phone") else ())


class LivingForm(forms.Form):
    """How somebody lives in a household. What nobody chose is not known, or asked for: nothing is made up."""

    role = forms.ChoiceField(label=_("To the head"), choices=[("", _("choose")), *Role.choices])
    tenure = forms.ChoiceField(label=_("Lives there by"), choices=Tenure.choices, initial=Tenure.UNKNOWN)
    registered = forms.ChoiceField(label=_("Household registration"), choices=Registered.choices, initial=Registered.UNKNOWN)
    registered_at = forms.CharField(
        label=_("Registered at"), max_length=60, required=False, help_text=_("Where it lies elsewhere: province, city and district are enough."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "short"}),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("registered") != Registered.ELSEWHERE and data.get("registered_at"):
            self.add_error(
                "registered_at", _("Only where the registration lies elsewhere. Choose “registered elsewhere”, or leave this empty.")
            )
        return data

    def living(self) -> Living:
        data = self.cleaned_data
        return Living(data["role"], data["tenure"], data["registered"], data.get("registered_at", ""))


class SinceForm(forms.Form):
    since = DayField(label=_("Lives there since"), initial=today)
    take_over = forms.BooleanField(
        label=_("Take over whoever is registered at another dwelling"), required=False,
        help_text=_("Tick it when the register says so and they have moved here: where they lived ends on this day."),
    )  # fmt: skip
    another = forms.BooleanField(label=_("It is somebody else than who is registered alike"), required=False)
    note = forms.CharField(label=_("Note"), max_length=200, required=False)


class PersonRow(ToldForm, LivingForm):
    """One person of a new household; a row without a name is left out."""

    field_order = ["name", "role", "id_number", "born", "sex", "phone", "tenure", "registered", "registered_at"]

    def __init__(self, *args: Any, first: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.first = first
        if first:
            self.fields["role"].initial = Role.HEAD
            role = self.fields["role"]
            assert isinstance(role, forms.ChoiceField)
            role.choices = [(Role.HEAD.value, Role.HEAD.label)]
        else:
            role = self.fields["role"]
            assert isinstance(role, forms.ChoiceField)
            role.choices = [("", _("choose")), *(c for c in Role.choices if c[0] != Role.HEAD)]
            for name in ("name", "role", "tenure", "registered"):
                self.fields[name].required = False

    @property
    def is_blank(self) -> bool:
        return not self.first and not any(self.data.get(self.add_prefix(n), "").strip() for n in ("name", "id_number", "born", "phone"))

    def clean(self) -> dict[str, Any]:
        if self.is_blank:
            return self.cleaned_data
        data = super().clean()
        if not self.first:
            if not data.get("name") and "name" not in self.errors:
                self.add_error("name", _("Enter the name."))
            if not data.get("role") and "role" not in self.errors:
                self.add_error("role", _("Say what they are to the head of the household."))
        data["tenure"] = data.get("tenure") or Tenure.UNKNOWN
        data["registered"] = data.get("registered") or Registered.UNKNOWN
        return data


def person_rows(data: Any, count: int) -> list[PersonRow]:
    return [PersonRow(data, prefix=f"p{n}", first=n == 0) for n in range(count)]


class AddForm(ToldForm, LivingForm, SinceForm):
    field_order = [
        "name",
        "id_number",
        "born",
        "sex",
        "phone",
        "role",
        "tenure",
        "registered",
        "registered_at",
        "since",
        "take_over",
        "another",
        "note",
    ]


def _people(residences: Iterable[Residence]) -> list[tuple[str, str]]:
    return [(str(r.person_id), f"{r.person.name}（{r.get_role_display()}）") for r in residences]


class BirthForm(ToldForm):
    field_order = ["name", "born", "sex", "id_number", "custodian", "kind", "role", "registered"]
    custodian = forms.ChoiceField(label=_("Custodian"))
    kind = forms.ChoiceField(label=_("Custodian is"), choices=[("", _("choose")), *Custody.Kind.choices])
    role = forms.ChoiceField(
        label=_("To the head"),
        choices=[
            ("", _("choose")),
            *((r.value, r.label) for r in (Role.CHILD, Role.GRANDCHILD, Role.OTHER_KIN, Role.NOT_KIN, Role.UNKNOWN)),
        ],
    )
    registered = forms.ChoiceField(label=_("Household registration"), choices=Registered.choices, initial=Registered.UNKNOWN)

    def __init__(self, *args: Any, adults: Sequence[Residence], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["phone"]
        self.fields["custodian"].choices = [("", _("choose")), *_people(adults)]  # type: ignore[attr-defined]


class MoveForm(forms.Form):
    """Who goes where, when; and who answers the door of those who stay and of those who go."""

    persons = forms.MultipleChoiceField(label=_("Who moves?"), widget=forms.CheckboxSelectMultiple)
    on = DayField(label=_("On"), initial=today)
    where = forms.ChoiceField(
        label=_("Where to?"), widget=forms.RadioSelect,
        choices=[("within", _("to another dwelling of my area")), ("away", _("away: out of the area I serve"))],
    )  # fmt: skip
    to = forms.CharField(
        label=_("New dwelling"), max_length=60, required=False, help_text=_("Within the area: 3号楼2单元301, or 3-2-301; with the community where it is another."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "short"}),
    )  # fmt: skip
    join = forms.ChoiceField(
        label=_("There they live"), choices=[("own", _("as a household of their own")), ("join", _("with the household that lives there"))],
    )  # fmt: skip
    tenure = forms.ChoiceField(label=_("Live there by"), required=False, choices=[("", _("as where they lived")), *Tenure.choices])
    new_head = forms.ChoiceField(
        label=_("Head of those who move"), required=False, help_text=_("Only where they are a household of their own.")
    )
    head = forms.ChoiceField(label=_("Head of those who stay"), required=False, help_text=_("Only where the head moves and others stay."))
    note = forms.CharField(label=_("Note"), max_length=200, required=False)

    def __init__(self, *args: Any, living: Sequence[Residence], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = _people(living)
        self.fields["persons"].choices = people  # type: ignore[attr-defined]
        self.fields["persons"].initial = [pk for pk, _name in people]
        for name in ("new_head", "head"):
            self.fields[name].choices = [("", _("choose")), *people]  # type: ignore[attr-defined]
        self.living = living
        for n, row in enumerate(living):
            self.fields[f"role{row.person_id}"] = forms.ChoiceField(
                label=_("To the head there: %(name)s") % {"name": row.person.name}, required=False,
                choices=[("", _("choose")), *(c for c in Role.choices if c[0] != Role.HEAD)],
                help_text="" if n else _("Only where they join a household."),
            )  # fmt: skip
        self.order_fields(["persons", "on", "where", "to", "join", *(f"role{r.person_id}" for r in living)])

    def roles(self) -> dict[int, str]:
        """What each of those who move is to the head of the household they join."""
        moving = self.cleaned_data["persons"]
        return {r.person_id: self.cleaned_data[f"role{r.person_id}"] for r in self.living if str(r.person_id) in moving}

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("where") == "away" and data.get("to"):
            self.add_error("to", _("They go away: leave this empty, or choose “to another dwelling of my area”."))
        if data.get("where") == "within":
            if not data.get("to"):
                self.add_error("to", _("Say which dwelling they move to."))
            for pk in data.get("persons", ()) if data.get("join") == "join" else ():
                if not data.get(f"role{pk}"):
                    self.add_error(f"role{pk}", _("Say what they are to the head of that household."))
        return data


class DeathForm(forms.Form):
    person = forms.ChoiceField(label=_("Who died?"))
    on = DayField(label=_("Day of death"))
    head = forms.ChoiceField(label=_("Head of those who stay"), required=False, help_text=_("Only where the head died and others stay."))
    note = forms.CharField(label=_("Note"), max_length=200, required=False)

    def __init__(self, *args: Any, living: Sequence[Residence], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = _people(living)
        self.fields["person"].choices = [("", _("choose")), *people]  # type: ignore[attr-defined]
        self.fields["head"].choices = [("", _("choose")), *people]  # type: ignore[attr-defined]


class CorrectForm(ToldForm):
    """What is known stands in it, but for numbers: these are written anew or left alone."""

    field_order = ["name", "born", "sex", "id_act", "id_number", "phone", "drop", "note"]
    id_act = forms.ChoiceField(
        label=_("Identity number"), choices=[("keep", _("leave as it is")), ("new", _("another number")), ("none", _("take away"))],
    )  # fmt: skip
    drop = forms.MultipleChoiceField(label=_("Telephones that no longer hold"), required=False, widget=forms.CheckboxSelectMultiple)
    note = forms.CharField(label=_("Note"), max_length=200, required=False)

    def __init__(self, *args: Any, phones: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["id_number"].label = _("New identity number")
        self.fields["id_number"].help_text = ""
        self.fields["phone"].label = _("Further telephone")
        self.fields["born"].help_text, self.fields["sex"].help_text = _("1949-12-31, 19491231 or 1949年12月31日"), ""
        self.fields["sex"].choices = [("", _("not known")), *Sex.choices]  # type: ignore[attr-defined]
        if phones:
            self.fields["drop"].choices = phones  # type: ignore[attr-defined]
        else:
            del self.fields["drop"]

    def clean(self) -> dict[str, Any]:
        data = forms.Form.clean(self) or {}
        act, number = data.get("id_act"), data.get("id_number")
        if act == "new":
            if number is None and "id_number" not in self.errors:
                self.add_error("id_number", _("Enter the identity number."))
            elif number is not None:
                if data.get("born") and data["born"] != number.born:
                    self.add_error(
                        "born",
                        ValidationError(_("The identity number says %(born)s. Put right what is wrong."), params={"born": number.born}),
                    )
                if data.get("sex") and data["sex"] != number.sex:
                    self.add_error("sex", _("The identity number says otherwise. Put right what is wrong."))
                data["born"], data["sex"] = data.get("born") or number.born, data.get("sex") or number.sex
        elif number is not None:
            self.add_error("id_act", _("Choose “another number”, or leave the number empty."))
        if data.get("born") and data["born"] > timezone.localdate():
            self.add_error("born", _("This day is still to come."))
        return data


class ResidenceForm(LivingForm):
    since = DayField(label=_("Lives there since"))
    note = forms.CharField(label=_("Note"), max_length=200, required=False)


class CustodyForm(forms.Form):
    """Who lives with the child, and who was found elsewhere, are to be chosen from; a number that is typed only finds."""

    custodian = forms.ChoiceField(label=_("Custodian"))
    elsewhere = forms.CharField(
        label=_("Somebody who lives elsewhere"), max_length=40, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("Their whole identity number or telephone. Who is found in your area can then be chosen above."),
    )  # fmt: skip
    kind = forms.ChoiceField(label=_("Custodian is"), choices=[("", _("choose")), *Custody.Kind.choices])
    since = DayField(label=_("Since"), initial=today)
    note = forms.CharField(label=_("Note"), max_length=200, required=False)

    def __init__(self, *args: Any, adults: Sequence[Residence], found: Sequence[Person] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", _("choose")), *_people(adults), *((str(p.pk), _elsewhere(p)) for p in found)]
        self.fields["custodian"].choices = choices  # type: ignore[attr-defined]


def _elsewhere(person: Any) -> str:
    """王** · male · 66 years · 都兰社区 3号楼2单元301: as lists show somebody."""
    years = _("%(n)s years") % {"n": age(person.born, timezone.localdate())} if person.born else ""
    home = whole_address(person.lives.household.dwelling) if person.lives else ""
    return " · ".join(str(said) for said in (person.masked_name, person.get_sex_display(), years, home) if said)


class GroupForm(forms.Form):
    group = forms.ChoiceField(label=_("Group"))
    since = DayField(label=_("Since"), initial=today)
    purpose = forms.CharField(
        label=_("What the visits are for"), max_length=200, help_text=_("For this person: what they need. The posts that visit read it.")
    )
    note = forms.CharField(label=_("Note"), max_length=200, required=False)

    def __init__(self, *args: Any, groups: Sequence[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["group"].choices = [("", _("choose")), *((g.id, named(g.name)) for g in groups)]  # type: ignore[attr-defined]


class EndForm(forms.Form):
    on = DayField(label=_("Ends on"), initial=today)
    note = forms.CharField(label=_("Note"), max_length=200, required=False)


class UnitForm(forms.Form):
    name = forms.CharField(
        label=_("Name of the unit"), max_length=100, min_length=2, widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"min_length": _("Write the whole name, as it stands on the sign.")},
    )  # fmt: skip
    kind = forms.ChoiceField(label=pgettext_lazy("of a unit", "Kind"), choices=UnitKind.choices)
    since = DayField(label=_("Since"), initial=today)


class UndoForm(forms.Form):
    note = forms.CharField(label=_("Reason"), max_length=200)


class UnmaskForm(forms.Form):
    """Without a purpose the numbers stay sealed."""

    purpose = forms.ChoiceField(
        label=_("What do you need it for?"), widget=forms.RadioSelect,
        choices=[(p.value, p.label) for p in Purpose if p is not Purpose.IMPORT_CHECK],
    )  # fmt: skip
    note = forms.CharField(label=_("Note"), max_length=200, required=False)


class HandoutForm(forms.Form):
    """How it was checked who somebody is: a closed list."""

    way = forms.ChoiceField(label=_("How did you check who it is?"), widget=forms.RadioSelect, choices=Handout.Way.choices)


class DecideForm(forms.Form):
    """What a second person says to a list that somebody wants to take out."""

    answer = forms.ChoiceField(
        label=_("Your answer"), widget=forms.RadioSelect, choices=[("approve", _("Approve: it can be fetched for three days")), ("refuse", _("Refuse"))]
    )  # fmt: skip
    names = forms.BooleanField(label=_("With whole names"), required=False, help_text=_("They were asked for. Without, names stay masked."))
    note = forms.CharField(label=_("Note"), max_length=200, required=False, help_text=_("Needed where you refuse."))

    def __init__(self, *args: Any, names: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not names:
            del self.fields["names"]


class SearchForm(forms.Form):
    """One box for names, sounds, initials, numbers; one for addresses. Posted: nothing of it stands in an address."""

    what = forms.CharField(
        label=_("Name, telephone or identity number"), max_length=60, required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "short"}), help_text=_("王秀兰, wangxiulan or wxl; numbers whole."),
    )  # fmt: skip
    address = forms.CharField(
        label=_("or address"), max_length=60, required=False, widget=forms.TextInput(attrs={"autocomplete": "off", "class": "short"}),
        help_text=_("3号楼2单元301, or 3-2-301"),
    )  # fmt: skip
    near = forms.ChoiceField(label=_("In"), required=False)

    def __init__(self, *args: Any, communities: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if len(communities) > 1:
            self.fields["near"].choices = [*communities, ("", _("everywhere I may look"))]  # type: ignore[attr-defined]
        else:
            del self.fields["near"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        what = data.get("what", "")
        if bool(what) == bool(data.get("address")):
            raise ValidationError(_("Fill in one of the two: whom, or where."), code="one")
        if what and not any(c.isdigit() for c in what) and len(names.query(what)) < (1 if not names.query(what).isascii() else 2):
            self.add_error("what", _("Write a sign of the name, or at least two letters of how it sounds."))
        return data


class BookFilters(Filters):
    area = forms.TypedChoiceField(label=_("Area"), coerce=int)
    building = forms.CharField(label=_("Building"), max_length=20)
    tenure = forms.ChoiceField(label=_("Lives there by"), choices=[("", _("all")), *Tenure.choices])
    registration = forms.ChoiceField(
        label=_("Registration"),
        choices=[("", _("all")), ("elsewhere", _("somebody is registered elsewhere")), ("here", _("all are registered here"))],
    )

    lookups = {"building": "dwelling__parent__parent__name", "tenure": "tenure"}

    def __init__(self, *args: Any, areas: Sequence[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["area"].choices = areas  # type: ignore[attr-defined]

    def filter_area(self, queryset, value):
        return queryset  # the page reads no more than this area to begin with

    def filter_building(self, queryset, value):
        from django.db.models import Q

        text = value.strip()
        exact = [f"{text}{k}" for k in ("号楼", "栋", "幢", "排", "座", "号院")] if text.isdigit() else [text]
        return queryset.filter(Q(dwelling__parent__parent__name__in=exact) | Q(dwelling__parent__name__in=exact))

    def filter_registration(self, queryset, value):
        return queryset.filter(from_elsewhere__gt=0) if value == "elsewhere" else queryset.filter(from_elsewhere=0)
