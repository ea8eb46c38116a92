"""What residents and staff fill in."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from linli.access.models import Purpose
from linli.charter.store import charter_in_force
from linli.frame.templatetags.linli import named
from linli.frame.uploads import DocumentsField, PhotosField
from linli.kit.coordinates import DATUMS
from linli.kit.discreet import is_mobile, plain_phone
from linli.matters.choices import PlaceField, bound_places, category_groups, community_groups, give_choices
from linli.matters.models import Channel
from linli.matters.reporters import ReporterInfo
from linli.matters.whereabouts import Nowhere, Position
from linli.outbox.config import is_on

PHOTOS = 6


class CategoryField(forms.ChoiceField):
    """A leaf category of the charter in force, grouped under its branch."""

    def __init__(self, *, empty: Any = "", **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Kind of matter"))
        super().__init__(choices=lambda: category_groups(empty=empty), **kwargs)
        self.error_messages["invalid_choice"] = _("Choose a category from the list.")


class _Degrees(forms.FloatField):
    """What a phone told of its position. Nobody can mend a number they don't see: one that is none is as good as not told, unless ``strict``."""

    widget = forms.HiddenInput
    strict = False

    def __init__(self, most: int) -> None:
        super().__init__(required=False, min_value=-most, max_value=most)

    def clean(self, value: Any) -> float | None:
        try:
            return super().clean(value)
        except ValidationError:
            if self.strict:
                raise
            return None


class MatterForm(forms.Form):
    """What every way of raising a matter has in common. ``request_id`` makes a second sending the same matter.

    ``by_program``: a program sent it, which is told what its position lacks.
    """

    request_id = forms.UUIDField(widget=forms.HiddenInput)
    text = forms.CharField(
        label=_("What happened?"),
        min_length=4,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("In your own words: what, where exactly, since when."),
        error_messages={
            "required": _("Tell us what happened."),
            "min_length": _("Tell us a little more: at least %(limit_value)d characters."),
        },
    )
    photos = PhotosField(
        max_count=PHOTOS, required=False, help_text=_("Up to 6. Hidden details such as the place and the telephone are removed.")
    )
    category = CategoryField(required=False)
    lon = _Degrees(180)
    lat = _Degrees(90)
    datum = forms.ChoiceField(required=False, choices=[(d, d) for d in DATUMS], widget=forms.HiddenInput)
    address = forms.CharField(
        label=_("Where exactly?"),
        max_length=200,
        required=False,
        help_text=_("For example: north gate of Block 5, or beside the lamp at the school."),
    )

    def __init__(self, *args: Any, by_program: bool = False, **kwargs: Any) -> None:
        kwargs["initial"] = {"request_id": uuid.uuid4()} | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)
        self.by_program = by_program
        for name in ("lon", "lat"):
            self.fields[name].strict = by_program  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if self.by_program and not self.errors.keys() & {"lon", "lat"} and (data.get("lon") is None) != (data.get("lat") is None):
            missing = "lon" if data.get("lon") is None else "lat"
            self.add_error(missing, ValidationError(_("lon and lat go together."), code="required"))
        lon, lat = data.pop("lon", None), data.pop("lat", None)
        datum = data.pop("datum", "") or "wgs84"
        # from a page, half a position or one off the globe is none: the address and the community remain
        data["position"] = Position(lon, lat, datum) if lon is not None and lat is not None else None
        return data


class _SomewhereForm(MatterForm):
    """The place by whatever the person has: a choice, a position, words, a photo that knows. Nothing at all is said with the rest."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["place"].sometimes = True  # type: ignore[attr-defined]  # needed without a position: not called optional

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if not any(data.get(told) for told in ("place", "position", "address", "photos")) and not {"place", "photos"} & self.errors.keys():
            self.add_error("place", ValidationError(str(Nowhere()), code="nowhere"))
        return data


class _ReporterFields(forms.Form):
    """Who tells it: optional, checked, and dropped where it is to be anonymous."""

    name = forms.CharField(
        label=_("Your name"), max_length=40, required=False, widget=forms.TextInput(attrs={"autocomplete": "name", "data-draft-never": ""})
    )
    phone = forms.CharField(
        label=_("Your telephone"),
        max_length=20,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel", "data-draft-never": ""}),
        help_text=_("Only for this matter. It is stored encrypted; each look at it is recorded."),
    )
    who = forms.ChoiceField(
        label=_("Who may see your name"),
        initial="named",
        widget=forms.RadioSelect,
        choices=[
            ("named", _("Those who handle it may see my name and telephone")),
            ("withheld", _("Only the intake desk may see them")),
            ("anonymous", _("Nobody: keep no name and no telephone")),
        ],
    )

    by_sms = forms.BooleanField(
        label=_("Tell me by text message"),
        required=False,
        help_text=_("When it is accepted, answered and ended. The messages hold the number only."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not is_on("sms"):
            del self.fields["by_sms"]

    def clean_phone(self) -> str:
        typed = self.cleaned_data["phone"].strip()
        if not typed:
            return ""
        try:
            return plain_phone(typed)
        except ValueError:
            raise ValidationError(
                _("This is not a telephone number. Write 11 digits, or area code and number; or leave it empty."), code="phone"
            ) from None

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("by_sms") and data.get("who") == "anonymous":
            self.add_error("by_sms", ValidationError(_("No telephone is kept then, so nothing can be sent to it."), code="anonymous"))
        elif data.get("by_sms") and "phone" in data and not is_mobile(data["phone"]):
            self.add_error("phone", ValidationError(_("A mobile number is needed for text messages: 11 digits."), code="mobile"))
        return data

    def reporter(self) -> ReporterInfo | None:
        data = self.cleaned_data
        if data["who"] == "anonymous":
            return None
        by_sms = bool(data.get("by_sms"))
        return ReporterInfo(data["name"].strip(), data["phone"], withheld=data["who"] == "withheld", by_sms=by_sms) or None


class LineField(forms.ChoiceField):
    """A direct line of the charter in force."""

    default_error_messages = {"invalid_choice": _("There is no such direct line any more. Raise it as an ordinary matter.")}

    def __init__(self, *, empty: Any = "", **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Direct line"))
        super().__init__(
            choices=lambda: [("", empty), *((x.id, named(x.name)) for x in charter_in_force().lines.values())], required=False, **kwargs
        )


class ReportForm(_ReporterFields, _SomewhereForm):
    """The residents' page: text first, everything else optional, the place by whatever the person has."""

    place = PlaceField(
        label=_("Community"), levels=["community"], required=False, help_text=_("Not needed if you let your phone's position be used."),
    )  # fmt: skip
    line = LineField(widget=forms.HiddenInput)

    field_order = [
        "request_id",
        "line",
        "lon",
        "lat",
        "datum",
        "text",
        "category",
        "place",
        "address",
        "photos",
        "name",
        "phone",
        "by_sms",
        "who",
    ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        give_choices(self, "place", lambda: community_groups(empty=_("Choose your community")))
        self.fields["category"] = CategoryField(
            required=False, empty=_("I don't know"), help_text=_("If you are not sure, leave it: the desk will choose.")
        )
        charter = charter_in_force()
        if line := charter.lines.get(str(self["line"].value() or "")):
            self._written_to(named(charter.post_of(line).name))

    def _written_to(self, post: str) -> None:
        """A letter: what the desk does with other matters is its reader's."""
        who = self.fields["who"]
        assert isinstance(who, forms.ChoiceField)
        withheld = _("Only whoever the letter is to may see them: %(post)s") % {"post": post}
        who.choices = [(value, withheld if value == "withheld" else label) for value, label in type(self).base_fields["who"].choices]  # type: ignore[attr-defined]
        self.fields["category"].help_text = _("If you are not sure, leave it: whoever reads it will choose.")


class CounterForm(_ReporterFields, MatterForm):
    """The intake desk writes down what somebody tells at the counter or on the telephone."""

    channel = forms.ChoiceField(
        label=_("How it came"), choices=[(c.value, c.label) for c in (Channel.COUNTER, Channel.PHONE)], widget=forms.RadioSelect
    )
    title = forms.CharField(
        label=_("Title"), max_length=120, required=False, help_text=_("Left empty: the first sentence. No names or telephone numbers.")
    )
    place = PlaceField(levels=["community", "grid"], help_text=_("The grid if it is known, else the community."))
    documents = DocumentsField(required=False, max_count=3)
    line = LineField(empty=_("none: for the desk"), help_text=_("For somebody who wants to be read by this post itself."))
    field_order = [
        "request_id", "lon", "lat", "datum", "channel", "line", "text", "title", "category", "place", "address", "photos", "documents",
        "name", "phone", "by_sms", "who",
    ]  # fmt: skip

    def __init__(self, *args: Any, within: list[str], **kwargs: Any) -> None:
        kwargs["initial"] = {"channel": Channel.COUNTER.value} | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)
        self.fields["category"] = CategoryField(empty=_("Choose"), required=False)
        bound_places(self, "place", within, empty=_("Choose"))
        if not charter_in_force().lines:
            del self.fields["line"]
        # here somebody else writes for them
        said = {
            "text": _("What the person tells"),
            "name": _("Name of the person"),
            "phone": _("Telephone of the person"),
            "who": _("Who may see the name"),
            "by_sms": _("The person wants to be told by text message"),
        }
        for name, label in said.items():
            if name in self.fields:
                self.fields[name].label = label
        self.fields["text"].help_text = _("Their words: what, where exactly, since when.")
        who = self.fields["who"]
        assert isinstance(who, forms.ChoiceField)
        who.choices = [
            ("named", _("those who handle it")),
            ("withheld", _("only the intake desk, or whoever a letter is to (name withheld)")),
            ("anonymous", _("nobody (anonymous)")),
        ]


class PhoneReportForm(_SomewhereForm):
    """A field worker's report: photo, a line of text, one tap."""

    place = PlaceField(levels=["community", "grid"], required=False)
    field_order = ["request_id", "lon", "lat", "datum", "photos", "text", "category", "place", "address"]

    def __init__(self, *args: Any, within: list[str] | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].widget.attrs["rows"] = 3
        self.fields["text"].help_text = ""
        self.fields["category"] = CategoryField(required=False, empty=_("Left to the desk"))
        bound_places(self, "place", within, empty=_("From the position"))


class FollowForm(forms.Form):
    """Number and code, as they stand on the slip."""

    number = forms.CharField(
        label=_("Number"), max_length=24, widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "QS-2026-000123"})
    )
    code = forms.CharField(
        label=_("Follow-up code"), max_length=30, widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
        help_text=_("Twelve letters and digits. Small or capital letters, with or without dashes."),
    )  # fmt: skip

    def clean_number(self) -> str:
        return "".join(self.cleaned_data["number"].split()).upper()


class OnceForm(forms.Form):
    """One sending is one thing done, however often it is retried."""

    request_id = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["initial"] = {"request_id": uuid.uuid4()} | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)


class WordForm(OnceForm):
    """The reporter adds something, or the desk asks something back."""

    text = forms.CharField(label=_("Message"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))
    photos = PhotosField(required=False, max_count=3)


class AskForm(OnceForm):
    text = forms.CharField(
        label=_("Question or message to the reporter"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("They read it with their follow-up code. No names of other people."),
    )  # fmt: skip


class VoiceForm(OnceForm):
    """Somebody else tells the same."""

    text = forms.CharField(
        label=_("What this person tells"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("It goes into the history: what is new in it, without name, telephone number or dwelling."),
    )  # fmt: skip


class RateForm(forms.Form):
    rating = forms.ChoiceField(
        label=_("How was it done?"), widget=forms.RadioSelect,
        choices=[("satisfied", _("Satisfied")), ("dissatisfied", _("Not satisfied: take it up again"))],
    )  # fmt: skip
    reason = forms.CharField(
        label=_("What is missing?"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Needed if you are not satisfied."),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("rating") == "dissatisfied" and not data.get("reason", "").strip():
            self.add_error("reason", ValidationError(_("Say what is missing, so that it can be mended."), code="required"))
        return data


class ReasonForm(forms.Form):
    """Any act that owes a reason."""

    reason = forms.CharField(label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, required: bool = True, label: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = required
        if label:
            self.fields["reason"].label = label


class EraseForm(ReasonForm):
    """Why somebody is forgotten: on record for good, so without a word of whom."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].help_text = _("It stays in the history: no name, no telephone number, no dwelling.")


class RevealForm(forms.Form):
    """Why the reporter's name and telephone are needed: without a purpose they stay sealed."""

    purpose = forms.ChoiceField(
        label=_("What do you need it for?"), widget=forms.RadioSelect,
        choices=[(Purpose.MATTER.value, _("to ask or tell the person about this matter")), (Purpose.CORRECTION.value, _("to correct what they told")),
                 (Purpose.FOR_THE_PERSON.value, _("the person asks what is kept about them"))],
    )  # fmt: skip
    note = forms.CharField(label=_("Note"), max_length=200, required=False)


class CorrectForm(forms.Form):
    """The desk puts right what kind of thing it is and where."""

    title = forms.CharField(label=_("Title"), max_length=120)
    category = CategoryField(required=True, empty=_("Choose"))
    place = PlaceField(levels=["community", "grid"])
    address = forms.CharField(label=_("Where exactly?"), max_length=200, required=False)

    def __init__(self, *args: Any, within: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        bound_places(self, "place", within)


class PublicForm(ReasonForm):
    public = forms.ChoiceField(
        label=_("On the public pages"), widget=forms.RadioSelect,
        choices=[("yes", _("shown: kind, community, step, dates and answer")), ("no", _("not shown"))],
    )  # fmt: skip
    field_order = ["public", "reason"]
