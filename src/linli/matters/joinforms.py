"""The forms of merging, splitting, linking and handing on."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from linli.access.scope import scope_of
from linli.flow.words import TOLD
from linli.matters.acts import Situation
from linli.matters.choices import PlaceField, area_groups, bound_places, give_choices
from linli.matters.forms import CategoryField, OnceForm, ReasonForm
from linli.matters.joined import NUMBER, found_by_number, joined_to, link_label
from linli.matters.models import Link, Matter


class NumberField(forms.CharField):
    """Another matter by its number. One the user may not see is answered as one that isn't there."""

    default_error_messages = {"unknown": _("There is no matter with this number that you may see.")}

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Number of the other matter"))
        super().__init__(max_length=NUMBER, **kwargs)
        self.user: Any = None

    def clean(self, value: Any) -> Matter:
        found = found_by_number(self.user, super().clean(value))
        if found is None:
            raise ValidationError(self.error_messages["unknown"], code="unknown")
        return found


class _OtherForm(ReasonForm):
    """An act on two matters: this one, and another by its number."""

    other = NumberField()

    def __init__(self, *args: Any, situation: Situation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["other"]
        assert isinstance(field, NumberField)
        field.user = situation.user


class MergeForm(_OtherForm):
    other_seq = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)
    into = forms.ChoiceField(
        label=_("Which one goes on?"),
        choices=[("other", _("the other one: this one is merged into it")), ("this", _("this one: the other is merged into it"))],
        initial="other",
        widget=forms.RadioSelect,
    )
    field_order = ["other", "other_seq", "into", "reason"]


class LinkForm(_OtherForm):
    kind = forms.ChoiceField(
        label=_("How do they belong together?"),
        choices=[
            (Link.Kind.CAUSE.value, _("they have the same cause")),
            (Link.Kind.FOLLOW.value, _("this one follows from the other")),
            (Link.Kind.RELATED.value, _("whoever handles one should know of the other")),
        ],
        initial=Link.Kind.CAUSE.value,
        widget=forms.RadioSelect,
    )
    field_order = ["other", "kind", "reason"]


class UnlinkForm(ReasonForm):
    other = forms.ChoiceField(label=_("Link with"), widget=forms.RadioSelect)
    field_order = ["other", "reason"]

    def __init__(self, *args: Any, situation: Situation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        matter = situation.matter
        self.seen = {m.number: (link, m) for link, m in joined_to(matter, situation.user).links}
        give_choices(self, "other", [(n, f"{n} {m.title} · {link_label(link, matter)}") for n, (link, m) in self.seen.items()])
        if len(self.seen) == 1:
            self.initial["other"] = next(iter(self.seen))

    def clean_other(self) -> Matter:
        return self.seen[self.cleaned_data["other"]][1]


class SplitForm(ReasonForm, OnceForm):
    """One of several things that a matter holds."""

    text = forms.CharField(
        label=_("What this part is about"), min_length=4, max_length=4000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("In the person's own words: leave only what belongs to this part."),
    )  # fmt: skip
    title = forms.CharField(
        label=_("Title"), max_length=120, required=False, help_text=_("Left empty: the first sentence. No names or telephone numbers.")
    )
    category = CategoryField(empty=_("Choose"))
    place = PlaceField(levels=["community", "grid"])
    address = forms.CharField(label=_("Where exactly?"), max_length=200, required=False)
    attachments = forms.MultipleChoiceField(
        label=_("Files that belong to this part, too"), required=False, widget=forms.CheckboxSelectMultiple
    )
    field_order = ["request_id", "text", "title", "category", "place", "address", "attachments", "reason"]

    def __init__(self, *args: Any, situation: Situation, **kwargs: Any) -> None:
        matter = situation.matter
        told = {"text": matter.text, "place": matter.place.code, "address": matter.address}
        kwargs["initial"] = told | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)
        bound_places(self, "place", scope_of(situation.user).paths("matter.join"), empty=_("Choose"))
        self.kept = {str(a.uid): a for a in matter.flow.attachments.all()}
        if self.kept:
            give_choices(self, "attachments", [(uid, a.name) for uid, a in self.kept.items()])
        else:
            del self.fields["attachments"]

    def clean_attachments(self) -> list[int]:
        return [self.kept[uid].pk for uid in self.cleaned_data["attachments"]]


class TransferForm(ReasonForm):
    place = PlaceField(label=_("Where it belongs"), levels=["street", "community"])
    field_order = ["place", "reason"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        give_choices(self, "place", lambda: area_groups(empty=_("Choose")))


class OutsideForm(ReasonForm):
    authority = forms.CharField(
        label=_("Authority it is handed to"), max_length=100, help_text=_("Its full name; the person reads it with their code.")
    )
    told = forms.ChoiceField(
        label=_("How was the person told?"), choices=[(how, text) for (kind, how), text in TOLD.items() if kind == "told"], widget=forms.RadioSelect
    )  # fmt: skip
    field_order = ["authority", "told", "reason"]
