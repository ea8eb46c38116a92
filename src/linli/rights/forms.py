"""What a resident asks, and what is answered. Both are personal: the pages mark them as sensitive."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from linli.frame.lists import Filters
from linli.rights.models import LONGEST, OwnRequest


class AskForm(forms.Form):
    kind = forms.ChoiceField(label=_("What is to be done?"), widget=forms.RadioSelect, choices=OwnRequest.Kind.choices)
    item = forms.ChoiceField(label=_("Which part is it about?"), choices=[("", _("choose")), *OwnRequest.Item.choices])
    words = forms.CharField(
        label=_("In your own words"), max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 5, "autocomplete": "off"}),
        help_text=_("What is wrong, and how it should be; or what you no longer want to be kept. At most 1000 characters."),
    )  # fmt: skip


class AnswerForm(forms.Form):
    outcome = forms.ChoiceField(label=_("Decision"), widget=forms.RadioSelect)
    answer = forms.CharField(
        label=_("Answer to the resident"), max_length=LONGEST, required=False, widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "off"}),
        help_text=_("Where you refuse: why, and by which rule. They read it on their own page."),
    )  # fmt: skip

    def __init__(self, *args: Any, outcomes: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["outcome"].choices = outcomes  # type: ignore[attr-defined]


class RequestFilters(Filters):
    state = forms.ChoiceField(label=_("State"), choices=[("", _("all")), *OwnRequest.State.choices])
    kind = forms.ChoiceField(label=_("What is asked"), choices=[("", _("all")), *OwnRequest.Kind.choices])
