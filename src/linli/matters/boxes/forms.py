"""What is written down about boxes, their rounds and slips."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from linli.bodies.models import Seat
from linli.charter.store import charter_in_force
from linli.frame.lists import Filters
from linli.frame.templatetags.linli import named
from linli.frame.uploads import PhotosField
from linli.matters.boxes.queries import keeper_seats, late
from linli.matters.choices import SEAT_AT, PlaceField, bound_places, give_choices
from linli.matters.forms import CategoryField, MatterForm, OnceForm, ReasonForm, _ReporterFields
from linli.matters.models import Slip
from linli.places.codes import called_at

LOCAL = "%Y-%m-%dT%H:%M"


class BoxFilters(Filters):
    q = forms.CharField(label=_("Number, name or place"), max_length=40)
    place = PlaceField(levels=["district", "street", "community", "grid"])
    state = forms.ChoiceField(
        label=_("State"),
        choices=[("", _("hanging")), ("waits", _("to be opened")), ("late", _("late")), ("retired", _("taken down"))],
    )

    lookups = {"q": ("number__icontains", "name__icontains", "where__icontains", "place__name__icontains")}

    def __init__(self, *args: Any, within: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        bound_places(self, "place", within, empty=_("all"), wide=True)

    def filter_place(self, boxes: Any, value: Any) -> Any:
        return boxes.filter(path__descends=str(value.path))

    def filter_state(self, boxes: Any, value: str) -> Any:
        if value == "retired":
            return boxes.exclude(retired_on=None)
        return boxes.filter(late(timezone.localdate())) if value == "late" else boxes.filter(due_on__isnull=False)

    def apply(self, queryset: Any) -> Any:
        """What was taken down shows where it is asked for."""
        found = super().apply(queryset)
        return found if self.cleaned_data.get("state") == "retired" else found.filter(retired_on=None)


class KeeperField(forms.TypedChoiceField):
    """A seat that opens boxes, of those over the places below ``within``."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(label=_("Kept by"), coerce=int, empty_value=None, **kwargs)


class BoxForm(forms.Form):
    number = forms.CharField(label=_("Box number"), max_length=20, help_text=_("As it stands on the box, for example YJX-03."))
    name = forms.CharField(
        label=pgettext_lazy("box", "Name"), max_length=40, help_text=_("For example: north gate of the vegetable market.")
    )
    place = PlaceField(levels=["community", "grid"])
    where = forms.CharField(label=_("Where it hangs"), max_length=120, help_text=_("So that a stranger finds it."))
    keeper = KeeperField(help_text=_("Whose work it is to open it. While the post is vacant, it falls to whoever stands in."))

    def __init__(self, *args: Any, within: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        bound_places(self, "place", within, empty=_("Choose"))
        charter = charter_in_force()
        usual = charter.boxes.keeper if charter.boxes else ""
        posts = [p.id for p in charter.posts.values() if "box.keep" in p.abilities]
        rows = (
            Seat.objects.filter(post__in=posts, path__descends=within or [""]).order_by("path", "post").values_list("pk", "post", *SEAT_AT)
        )
        seats = [(pk, f"{named(charter.posts[post].name)} · {called_at(*at)}") for pk, post, *at in rows[:600]]
        choices: list[tuple[Any, Any]] = [
            ("", _("the nearest %(post)s") % {"post": named(charter.posts[usual].name)} if usual else _("Choose"))
        ]
        give_choices(self, "keeper", [*choices, *seats])
        self.fields["keeper"].required = False

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        place = data.get("place")
        if place is None or "keeper" in self.errors:
            return data
        seats = keeper_seats(place)
        found = next((s for s in seats if data["keeper"] in (None, s.pk)), None)
        if found is None:
            told = _("This post doesn't open boxes of that place.") if seats else _("No post opens boxes there.")
            self.add_error("keeper", forms.ValidationError(told, code="keeper"))
        data["keeper"] = found
        return data


class OpenForm(OnceForm):
    """A round, written down beside the box; the time is the phone's where it had no signal."""

    slips = forms.IntegerField(label=_("How many slips lay in it?"), min_value=0, max_value=500)
    second = forms.CharField(label=_("Who opened it with you?"), max_length=40)
    opened_at = forms.DateTimeField(
        label=_("Opened at"), input_formats=[LOCAL, "%Y-%m-%dT%H:%M:%S"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=LOCAL), help_text=_("Change it if you write this down later."),
    )  # fmt: skip
    seal = forms.CharField(label=_("Number of the new seal"), max_length=40, required=False)
    photos = PhotosField(
        required=False, max_count=6, label=_("Photos of the slips"), help_text=_("Only those who enter the slips see them.")
    )
    note = forms.CharField(
        label=_("Note"), max_length=200, required=False, help_text=_("Lock broken, box moved: what somebody should know.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["initial"] = {"opened_at": timezone.localtime()} | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)
        boxes = charter_in_force().boxes
        self.fields["second"].required = bool(boxes and boxes.persons > 1)


class SlipForm(_ReporterFields, MatterForm):
    """What one slip says, as it is written on it. Nobody's name unless it stands there."""

    title = forms.CharField(
        label=_("Title"), max_length=120, required=False, help_text=_("Left empty: the first sentence. No names or telephone numbers.")
    )
    place = PlaceField(levels=["community", "grid"], required=False)
    field_order = [
        "request_id",
        "lon",
        "lat",
        "datum",
        "text",
        "title",
        "category",
        "place",
        "address",
        "photos",
        "who",
        "name",
        "phone",
        "by_sms",
    ]

    def __init__(self, *args: Any, within: list[str], here: str, **kwargs: Any) -> None:
        kwargs["initial"] = {"who": "anonymous"} | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)
        self.fields["category"] = CategoryField(empty=_("Left to the desk"), required=False)
        bound_places(self, "place", within, empty=here)
        said = {
            "text": _("What the slip says"), "name": _("Name on the slip"), "phone": _("Telephone on the slip"),
            "who": _("Does it say who wrote it?"), "by_sms": _("The person wants to be told by text message"),
        }  # fmt: skip
        for name, label in said.items():
            if name in self.fields:
                self.fields[name].label = label
        self.fields["text"].help_text = _("Word for word, without names and telephone numbers: they go below.")
        give_choices(
            self, "who",
            [("anonymous", _("no: it stays anonymous")), ("named", _("yes: those who handle it may see it")),
             ("withheld", _("yes: only the intake desk may see it"))],
        )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """What was copied from the slip is not dropped because a choice was left as it stood, nor is nobody called somebody."""
        data = super().clean() or self.cleaned_data
        given = bool(data.get("name") or data.get("phone"))
        if given and data.get("who") == "anonymous":
            told = _("A name or telephone is filled in below: choose who may see it, or take it out.")
            self.add_error("who", forms.ValidationError(told, code="dropped"))
        elif not given and data.get("who") in ("named", "withheld") and "phone" not in self.errors:
            told = _("Fill in the name or telephone that stands on the slip, or leave it anonymous.")
            self.add_error("name", forms.ValidationError(told, code="nobody"))
        return data


class AsideForm(forms.Form):
    """Said of one slip by its number: sent twice, it sets no second one aside."""

    slip = forms.IntegerField(label=_("Number of the slip"), min_value=1, max_value=500, widget=forms.HiddenInput)
    aside = forms.ChoiceField(label=_("Why"), choices=Slip.Aside.choices, widget=forms.RadioSelect)
    note = forms.CharField(label=_("Note"), max_length=200, required=False)


class TakeUpForm(forms.Form):
    """The button beside a slip that was set aside."""

    take_up = forms.IntegerField(min_value=1, max_value=500)


class CountForm(forms.Form):
    slips = forms.IntegerField(label=_("Slips"), min_value=0, max_value=500)


class RetireForm(ReasonForm):
    """Why a box is taken down."""
