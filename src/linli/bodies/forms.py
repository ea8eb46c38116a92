"""What is typed to fill posts."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django import forms
from django.contrib.auth import get_user_model
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from linli.bodies import queries
from linli.bodies.models import Duty, Holding, Seat
from linli.charter.schema import Charter
from linli.frame.lists import Filters
from linli.frame.templatetags.linli import named
from linli.places.models import Place


class SeatFilters(Filters):
    """The list of posts: by area, post, state, and words in names."""

    q = forms.CharField(label=_("Search"), max_length=60, help_text=_("of a place, a body or a holder"))
    area = forms.ChoiceField(label=_("Area"))
    post = forms.ChoiceField(label=_("Post"))
    state = forms.ChoiceField(
        label=_("State"),
        choices=[("", _("any")), ("held", _("held")), ("vacant", _("vacant")), ("nowhere", _("work lies with nobody"))],
    )

    def __init__(self, data, *, places: QuerySet[Place], charter: Charter, now: datetime) -> None:
        super().__init__(data)
        self.now = now
        found = places.filter(level__in=["district", "street", "community"]).order_by("path").values_list("path", "level", "name")
        indent = {"district": "", "street": "\u3000", "community": "\u3000\u3000"}
        self.fields["area"].choices = [("", _("all")), *((str(path), f"{indent[level]}{name}") for path, level, name in found)]  # type: ignore[attr-defined]
        self.fields["post"].choices = [("", _("any")), *((p.id, named(p.name)) for p in charter.posts.values())]  # type: ignore[attr-defined]

    def filter_q(self, seats: QuerySet[Seat], value: str) -> QuerySet[Seat]:
        return queries.naming(seats, value, self.now)

    def filter_area(self, seats: QuerySet[Seat], value: str) -> QuerySet[Seat]:
        return seats.filter(path__descends=value)

    def filter_state(self, seats: QuerySet[Seat], value: str) -> QuerySet[Seat]:
        return queries.in_state(seats, value, self.now)


class DayField(forms.DateField):
    """A day, meant from its beginning; today means from now on."""

    widget = forms.DateInput(attrs={"type": "date"})


def moment(day: date | None, now: datetime) -> datetime | None:
    """When a day named in a form begins: midnight in Asia/Shanghai, or now for today."""
    if day is None or day == timezone.localdate(now):
        return None if day is None else now
    return timezone.make_aware(datetime.combine(day, time()))


def end_of(day: date | None) -> datetime | None:
    """The midnight after ``day``: a last day counts in full."""
    return None if day is None else timezone.make_aware(datetime.combine(day + timedelta(days=1), time()))


class SomebodyField(forms.CharField):
    """An account by its sign-in name, or by its holder's name where only one has it."""

    def __init__(self, **kwargs) -> None:
        super().__init__(max_length=150, **{"label": _("Who"), "help_text": _("Sign-in name, or the full name."), **kwargs})

    def clean(self, value):
        text = super().clean(value)
        if not text:
            return None
        users = get_user_model().objects
        if (found := users.filter(username=text).first()) is not None:
            return found
        same = list(users.filter(name=text, is_active=True).order_by("username")[:6])
        if not same:
            raise forms.ValidationError(_("Nobody by this name has an account."), code="nobody")
        if len(same) > 1:
            names = "、".join(u.username for u in same)
            raise forms.ValidationError(
                _("Several people have this name. Type the sign-in name: %(names)s"), code="several", params={"names": names}
            )
        return same[0]


class AppointForm(forms.Form):
    user = SomebodyField()
    duty = forms.ChoiceField(label=_("Duty"), choices=Duty.choices, initial=Duty.A, widget=forms.RadioSelect)
    since = DayField(label=_("From"), required=False, help_text=_("Empty: from now on."))
    until = DayField(label=_("Last day"), required=False, help_text=_("Empty: until further notice."))
    note = forms.CharField(label=_("Note"), max_length=200, required=False)


class ReleaseForm(forms.Form):
    when = DayField(label=_("Last day"), required=False, help_text=_("Empty: at once. Access ends the same minute."))
    note = forms.CharField(label=_("Reason"), max_length=200, required=False)


class HandOverForm(forms.Form):
    to_user = SomebodyField(label=_("To whom"))
    when = DayField(label=_("From"), required=False, help_text=_("Empty: at once."))
    note = forms.CharField(label=_("Reason"), max_length=200, required=False)


class PersonForm(forms.Form):
    """A new account with its first post."""

    name = forms.CharField(label=_("Full name"), max_length=60)
    username = forms.CharField(
        label=_("Sign-in name"), max_length=150, help_text=_("Letters, digits and . _ - only; it can't be changed later.")
    )
    phone_last4 = forms.RegexField(
        r"^\d{4}$", label=_("Last four digits of the phone"), required=False, help_text=_("To tell people of the same name apart.")
    )
    duty = forms.ChoiceField(label=_("Duty"), choices=Duty.choices, initial=Duty.A, widget=forms.RadioSelect)


def is_over(holding: Holding, now: datetime) -> bool:
    return holding.until is not None and holding.until <= now


class GridFilters(Filters):
    """The list of grids: by a name."""

    q = forms.CharField(label=_("Search"), max_length=60, help_text=_("of a grid, its community or an officer"))

    def filter_q(self, grids: QuerySet[Place], value: str) -> QuerySet[Place]:
        officer = Exists(Holding.objects.current().filter(seat__place=OuterRef("pk"), user__name__icontains=value))
        return grids.filter(Q(name__icontains=value) | Q(parent__name__icontains=value) | officer)
