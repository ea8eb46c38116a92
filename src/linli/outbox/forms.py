"""What is typed and chosen about messages and subscriptions."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from linli.bodies.models import Body
from linli.frame.lists import Filters
from linli.outbox.delivery import State
from linli.outbox.events import Topic
from linli.outbox.models import Channel, Message, Subscription
from linli.places.models import Place

LEVELS = ("district", "street", "community", "grid")


class MessageFilters(Filters):
    """By state, channel, receiver, and the number of what it is about or a part of it."""

    q = forms.CharField(label=_("Number"), max_length=40)
    state = forms.ChoiceField(
        label=_("State"),
        choices=[
            ("", _("all")),
            ("open", _("under way")),
            ("fresh", _("waiting or being sent")),
            *((s.value, s.label) for s in Message.State),
        ],
    )
    channel = forms.ChoiceField(label=_("Channel"), choices=[("", _("all")), *((c.value, c.label) for c in Channel)])
    subscription = forms.ChoiceField(label=_("Subscription"))

    lookups = {"q": "subject_ref__icontains"}

    def __init__(self, *args: Any, subscriptions: QuerySet[Subscription], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = [(str(pk), name) for pk, name in subscriptions.order_by("name").values_list("pk", "name")]
        self.fields["subscription"].choices = [("", _("all")), *found]  # type: ignore[attr-defined]

    def filter_state(self, messages: QuerySet, value: str) -> QuerySet:
        if value == "open":
            return messages.filter(ended_at=None)
        return messages.filter(state__in=[State.WAITING, State.SENDING] if value == "fresh" else [value])


class _System(forms.Form):
    """A system of a department: its name and address, and the events it is told of."""

    name = forms.CharField(
        label=_("Name of the subscription"),
        max_length=60,
        help_text=_("Whose system it is and what for, such as: Urban management, work orders."),
    )
    url = forms.CharField(
        label=_("Address (URL)"), max_length=500, widget=forms.URLInput(attrs={"placeholder": "https://", "autocomplete": "off"}),
        help_text=_("Messages are sent here by HTTP POST. No user name or password in it: each message is signed instead."),
    )  # fmt: skip
    topics = forms.MultipleChoiceField(
        label=_("Is told when a matter is"), choices=Topic.choices, widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one event from the list.")},
    )  # fmt: skip

    def clean_name(self) -> str:
        name = " ".join(self.cleaned_data["name"].split())
        if not name.isprintable():
            raise ValidationError(_("Write the name in one line."), code="name")
        return name


class SubscriptionForm(_System):
    """As it is filled in on the page."""

    place = forms.ChoiceField(label=_("Matters of"), help_text=_("Of this place and everything below it."))
    body = forms.ChoiceField(
        label=_("Only those that came to"), required=False,
        help_text=_("A department's system is told only of matters its department has or had a part in. Leave it empty only where the system "
                    "serves the whole area."),
    )  # fmt: skip

    def __init__(self, *args: Any, paths: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.places = Place.objects.current().filter(level__in=LEVELS, path__descends=paths or [""])
        indent = {level: "\u3000" * n for n, level in enumerate(LEVELS)}
        found = list(self.places.order_by("path").values_list("pk", "level", "name"))
        top = min((LEVELS.index(level) for _pk, level, _name in found), default=0)
        rows = [(str(pk), indent[level][top:] + name) for pk, level, name in found]
        self.fields["place"].choices = rows  # type: ignore[attr-defined]
        self.bodies = Body.objects.filter(place__path__descends=paths or [""], place__level__in=("district", "street"))
        named = [
            (str(pk), f"{place} · {name}")
            for pk, name, place in self.bodies.order_by("place__path", "name").values_list("pk", "name", "place__name")
        ]
        self.fields["body"].choices = [("", _("all of the place, whoever has them")), *named]  # type: ignore[attr-defined]

    def clean_place(self) -> Place:
        return self.places.get(pk=int(self.cleaned_data["place"]))

    def clean_body(self) -> Body | None:
        chosen = self.cleaned_data["body"]
        return self.bodies.get(pk=int(chosen)) if chosen else None


class SubscriptionData(_System):
    """As a program sends it: the place by its code, the body by its key in the charter."""

    place = forms.CharField(label=_("Matters of"), max_length=40, help_text=_("The code of a place; everything below it is meant, too."))
    body = forms.CharField(
        label=_("Only those that came to"),
        max_length=40,
        required=False,
        help_text=_("The key of a body in the charter; empty: all of the place."),
    )
    active = forms.NullBooleanField(label=_("active"))

    def __init__(self, *args: Any, paths: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.paths = paths or [""]

    def clean_place(self) -> Place:
        code = self.cleaned_data["place"]
        found = Place.objects.current().filter(level__in=LEVELS, path__descends=self.paths, code=code).first()
        if found is None:
            raise ValidationError(_("There is no such place in the area of the key."), code="place")
        return found

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        key, place = data.get("body"), data.get("place")
        data["body"] = None
        if key and place is not None:
            rows = Body.objects.filter(key=key, place__path__ancestors=str(place.path)) | Body.objects.filter(
                key=key, place__path__descends=str(place.path)
            )
            data["body"] = (
                rows.filter(place__path__descends=self.paths, place__level__in=("district", "street")).order_by("-place__path").first()
            )
            if data["body"] is None:
                self.add_error("body", ValidationError(_("There is no such body in the area of the key."), code="body"))
        return data


class GiveUpForm(forms.Form):
    """Why it will not be sent."""

    reason = forms.CharField(
        label=_("Reason"), min_length=2, max_length=200, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("It stays with the message. No name, no telephone number."),
    )  # fmt: skip
