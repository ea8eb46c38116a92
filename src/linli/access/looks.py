"""Who looked at residents' protected fields, when, at which, and what for: for the auditors of the area."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from linli.access import records
from linli.access.models import Purpose, ReadLog
from linli.access.pages import staff
from linli.access.scope import scope_of
from linli.charter.store import charter_in_force
from linli.frame.columns import Column
from linli.frame.lists import Filters, Listing
from linli.places.models import Place


class LookFilters(Filters):
    """By person, purpose, record and day."""

    who = forms.CharField(label=_("Who"), max_length=60)
    purpose = forms.ChoiceField(label=_("What for"), choices=[("", _("any")), *Purpose.choices])
    subject = forms.CharField(label=_("Record"), max_length=80)
    since = forms.DateField(label=_("From"), widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=pgettext_lazy("day", "To"), widget=forms.DateInput(attrs={"type": "date"}))

    lookups = {"who": ("by__name__icontains", "by__username"), "subject": ("record_name__icontains", "subject__icontains")}

    def filter_since(self, queryset: QuerySet, value) -> QuerySet:
        return queryset.filter(at__gte=_midnight(value))

    def filter_until(self, queryset: QuerySet, value) -> QuerySet:
        return queryset.filter(at__lt=_midnight(value + timedelta(days=1)))


def _midnight(day) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


COLUMNS = (
    Column("at", _("When"), kind="time", sort="at", width=18),
    Column("by", _("Who"), value="by.name", sort="who"),
    Column("subject", _("Record"), value=records.record, width=32),
    Column("fields", _("Fields"), value=records.fields, width=28),
    Column("purpose", _("What for"), value="get_purpose_display", kind="tag"),
    Column("note", _("Note"), width=40),
)


def visible_looks(user) -> QuerySet[ReadLog]:
    """Lines of the area the user audits; who audits the charter's whole area sees also those that belong to no place."""
    scope = scope_of(user)
    root = Place.objects.current().filter(code=charter_in_force().area.root).values_list("path", flat=True).first()
    if root and scope.covers("audit.see", str(root)):
        return ReadLog.objects.all()
    return ReadLog.objects.filter(scope.q("audit.see"))


@staff("audit.see")
def looks(request: HttpRequest) -> HttpResponse:
    listing = Listing(
        request,
        records.with_names(visible_looks(request.user)).select_related("by"),
        page="access:looks",
        filters=LookFilters,
        sorts={"at": ("-at",), "who": ("by__name",)},
        default_sort="at",
        columns=COLUMNS,
        size=50,
    )
    return render(request, "access/looks.html", {"listing": listing})
