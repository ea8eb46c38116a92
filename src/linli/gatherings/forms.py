"""What staff fill in: what to convene, the plan, who came, the minutes."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from linli.access.scope import Held, scope_of
from linli.charter.schema import Charter
from linli.charter.schema import Gathering as Kind
from linli.flow.words import post_name
from linli.frame.templatetags.linli import named
from linli.frame.uploads import DocumentsField, PhotosField
from linli.gatherings.actions import Plan, Presence
from linli.gatherings.core import tidy_lines
from linli.gatherings.kinds import CONVENE, convening
from linli.gatherings.models import Attendance, Gathering
from linli.gatherings.queries import Person
from linli.places.codes import short_name
from linli.places.models import Place

_LISTS = (Attendance.State.CAME, Attendance.State.EXCUSED, Attendance.State.ABSENT)


def day_input() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


def time_input() -> forms.TimeInput:
    return forms.TimeInput(attrs={"type": "time"}, format="%H:%M")


class GroupedChoices(forms.MultipleChoiceField):
    """People to tick, by where they sit."""

    widget = forms.CheckboxSelectMultiple

    def offer(self, people: Iterable[Person], besides: Iterable[Person] = ()) -> None:
        """``besides``: those who need no tick; a program may name them all the same."""
        self.besides = {str(p.holding) for p in besides}
        self.by_group: dict[str, list[str]] = {}
        labels: dict[str, list[tuple[str, str]]] = {}
        for p in people:
            self.by_group.setdefault(p.group, []).append(str(p.holding))
            labels.setdefault(p.group, []).append((str(p.holding), f"{p.name} · {p.post}"))
        self.choices = list(labels.items())

    def valid_value(self, value: Any) -> bool:
        return value in self.besides or super().valid_value(value)


def groups(bound: forms.BoundField) -> list[tuple[str, list[Any], int]]:
    """For the template: each group's name, its boxes, how many of them are ticked."""
    boxes: dict[str, Any] = {str(w.data["value"]): w for w in bound}
    field = bound.field
    assert isinstance(field, GroupedChoices)
    found = [(name, [boxes[key] for key in keys]) for name, keys in field.by_group.items()]
    return [(name, shown, sum(bool(w.data["selected"]) for w in shown)) for name, shown in found]


class ChooseForm(forms.Form):
    """What to convene and for which place: the rest of the form follows from both."""

    kind = forms.ChoiceField(label=_("What is convened"))
    place = forms.ChoiceField(label=_("For which place"))

    def __init__(
        self,
        *args: Any,
        user: Any,
        charter: Charter,
        kinds: Sequence[Kind],
        places: Iterable[Place],
        involved: Iterable[int] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.user, self.charter, self.involved = user, charter, tuple(involved)
        self._places = {p.code: p for p in places}
        _choices(self, "kind", [(k.id, named(k.name)) for k in kinds])
        _choices(self, "place", [(p.code, short_name(p.name)) for p in self._places.values()])

    @property
    def nothing(self) -> bool:
        """Whether there is nothing to choose from."""
        return not all(field.choices for field in self.fields.values() if isinstance(field, forms.ChoiceField))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        kind, place = self.charter.gatherings.get(data.get("kind", "")), self._places.get(data.get("place", ""))
        if kind and place:
            if place.level not in kind.levels:
                self.add_error("place", _("This kind of gathering isn't held for such a place."))
                return data
            data |= {"kind": kind, "place": place, "seats": convening(self.user, kind, place, self.involved)}
            if not data["seats"]:
                self.add_error("kind", _("None of your posts convenes this kind of gathering there."))
        return data


def places_to_convene(user: Any, levels: Iterable[str]) -> list[Place]:
    """Places of these levels for which some seat of the user's may convene something. One query."""
    held = [h for h in scope_of(user).held if CONVENE in h.abilities]
    over, own = [h.path for h in held if h.reach == "area"], [h.place for h in held]
    places = Place.objects.current().filter(level__in=list(levels)).defer("shape").order_by("path")
    return list(places.filter(path__descends=over) | places.filter(pk__in=own) if over else places.filter(pk__in=own))


def _choices(form: forms.BaseForm, name: str, choices: Any) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = choices


class PlanForm(forms.Form):
    """A gathering to come. Members of the body that meets, and whoever convenes it, are invited without being ticked."""

    request_id = forms.UUIDField(widget=forms.HiddenInput)
    seat = forms.ChoiceField(label=_("Convened as"))
    title = forms.CharField(label=_("Title"), max_length=120, help_text=_("What it is about. Name no residents."))
    day = forms.DateField(label=_("Day"), widget=day_input())
    begin = forms.TimeField(label=_("Begins"), widget=time_input())
    until = forms.TimeField(label=_("Ends"), widget=time_input())
    where = forms.CharField(label=_("Venue"), max_length=120, help_text=_("Room or spot, as people find it."))
    agenda = forms.CharField(
        label=_("Agenda"), max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 4}), help_text=_("One item a line.")
    )
    invite = GroupedChoices(label=_("Who is invited"), required=False)
    anyway = forms.BooleanField(label=_("Plan it at this time all the same"), required=False)

    def __init__(
        self,
        *args: Any,
        charter: Charter,
        kind: Kind,
        seats: Sequence[Held] = (),
        people: Sequence[Person],
        user: Any = None,
        **kwargs: Any,
    ) -> None:
        kwargs["initial"] = {"request_id": uuid.uuid4()} | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)
        self.always = [p for p in people if p.always(user)]
        always = {p.user for p in self.always}
        self._invite.offer((p for p in people if p.user not in always), self.always)
        if kind.agenda:
            self.fields["agenda"].required = True
        if seats:
            names = dict(Place.objects.filter(pk__in=[h.place for h in seats]).values_list("pk", "name"))
            _choices(self, "seat", [(str(h.seat), f"{post_name(charter, h.post)} · {short_name(names[h.place])}") for h in seats])
        else:
            del self.fields["seat"], self.fields["request_id"]
        if len(seats) == 1:
            self.fields["seat"].widget = forms.HiddenInput()
            self.initial["seat"] = str(seats[0].seat)

    @property
    def _invite(self) -> GroupedChoices:
        field = self.fields["invite"]
        assert isinstance(field, GroupedChoices)
        return field

    @property
    def groups(self) -> list[tuple[str, list[Any], int]]:
        return groups(self["invite"])

    @property
    def clashes(self) -> bool:
        """Whether somebody was found to be invited elsewhere: then it can be planned all the same."""
        return "anyway" in self.errors or bool(self.data.get("anyway"))

    def clean_agenda(self) -> list[str]:
        items = tidy_lines(self.cleaned_data["agenda"])
        if len(items) > 30 or any(len(item) > 200 for item in items):
            raise forms.ValidationError(_("At most 30 items of at most 200 characters each."))
        return items

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("begin") and data.get("until") and data["until"] <= data["begin"]:
            self.add_error("until", _("It has to end after it begins."))
        return data

    def plan(self) -> Plan:
        """What was filled in, as the actions take it."""
        data = self.cleaned_data
        starts, ends = (timezone.make_aware(datetime.combine(data["day"], data[name])) for name in ("begin", "until"))
        return Plan(data["title"], data["where"], starts, ends, tuple(data["agenda"]), frozenset(int(h) for h in data["invite"]))


def plan_initial(gathering: Gathering, people: Iterable[Person]) -> dict[str, Any]:
    """A planned gathering as the form shows it."""
    start, end = timezone.localtime(gathering.starts_at), timezone.localtime(gathering.ends_at)
    invited = set(gathering.attendance.values_list("user", flat=True))
    return {
        "title": gathering.title, "where": gathering.where, "day": start.date(), "begin": start.time(), "until": end.time(),
        "agenda": "\n".join(gathering.agenda), "invite": [str(p.holding) for p in people if p.user in invited],
    }  # fmt: skip


class PresenceForm(forms.Form):
    """Who came: each of the invited, others of staff besides, residents and others as counts, the sides as present or not."""

    besides = GroupedChoices(label=_("Came without being invited"), required=False)
    sides = forms.MultipleChoiceField(label=_("Sides that were present"), required=False, widget=forms.CheckboxSelectMultiple)
    residents = forms.IntegerField(
        label=_("Residents who came"), min_value=0, max_value=100_000, initial=0, help_text=_("The number only; no list of names is kept.")
    )
    others = forms.IntegerField(
        label=_("Others who came"), min_value=0, max_value=100_000, initial=0, help_text=_("Guests, partner units.")
    )

    def __init__(self, *args: Any, gathering: Gathering, kind: Kind, charter: Charter, people: Sequence[Person], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.gathering = gathering
        self.invited = list(gathering.attendance.select_related("seat__place", "user").order_by("-member", "pk"))
        held = gathering.state != "planned"
        own: dict[str, forms.Field] = {}
        for one in self.invited:
            own[f"a{one.pk}"] = forms.ChoiceField(
                label=f"{one.user} · {post_name(charter, one.seat.post)}",
                choices=[(s.value, s.label) for s in _LISTS],
                initial=one.state if held else Attendance.State.CAME,
                widget=forms.RadioSelect,
            )
        self.fields = {**own, **self.fields}
        have = {one.user_id for one in self.invited}
        besides = self.fields["besides"]
        assert isinstance(besides, GroupedChoices)
        besides.offer(p for p in people if p.user not in have)
        if kind.sides:
            _choices(self, "sides", [(s.id, named(s.name)) for s in kind.sides])
        else:
            del self.fields["sides"]
        if held:
            for name in ("residents", "others", "sides"):
                if name in self.fields:
                    self.fields[name].initial = getattr(gathering, name)

    @property
    def each(self) -> list[forms.BoundField]:
        return [self[f"a{one.pk}"] for one in self.invited]

    @property
    def groups(self) -> list[tuple[str, list[Any], int]]:
        return groups(self["besides"])

    def presence(self) -> Presence:
        data = self.cleaned_data
        return Presence(
            came={one.pk: data[f"a{one.pk}"] for one in self.invited},
            besides=frozenset(int(h) for h in data["besides"]),
            residents=data["residents"],
            others=data["others"],
            sides=frozenset(data.get("sides", ())),
        )


class _Said(forms.Form):
    text = forms.CharField(
        label=_("Minutes"), max_length=10_000, required=False, widget=forms.Textarea(attrs={"rows": 10}),
        help_text=_("What was said and decided. Name no residents and no numbers of theirs: write “a resident of the building”."),
    )  # fmt: skip
    result = forms.CharField(
        label=_("Result"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("In a sentence or two."),
    )  # fmt: skip

    def about(self, kind: Kind, public: bool) -> None:
        if public:
            self.fields["result"].help_text = _("In a sentence or two. Residents read it.")
        if kind.minutes is None:
            self.fields["text"].help_text = _("This kind needs no minutes; write them where there is something to keep.")


class HoldForm(PresenceForm, _Said):
    """It took place: who came and, if they are there already, minutes and result."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.about(kwargs["kind"], self.gathering.public)


def _reason(label: Any) -> forms.CharField:
    return forms.CharField(label=label, min_length=2, max_length=200)


class RecountForm(PresenceForm):
    """Who came, corrected."""

    reason = _reason(_("Why it is corrected"))


class MinutesForm(_Said):
    """The minutes afterwards."""

    def __init__(self, *args: Any, kind: Kind, public: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.about(kind, public)


class CorrectForm(MinutesForm):
    """The minutes corrected: the earlier ones stay beside it."""

    reason = _reason(_("Why it is corrected"))


class CallOffForm(forms.Form):
    """It won't take place."""

    reason = _reason(_("Reason"))


class PapersForm(forms.Form):
    """The sheet people signed, what was handed out."""

    photos = PhotosField(
        max_count=6, required=False, help_text=_("Up to 6. Hidden details such as the place and the telephone are removed.")
    )
    documents = DocumentsField(max_count=5, required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not self.errors and not data.get("photos") and not data.get("documents"):
            raise forms.ValidationError(_("Choose at least one file."))
        return data
