"""重复诉求: places where the same kind of matter keeps coming, and raising why."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override
from django.views.decorators.cache import never_cache

from linli.access.pages import staff
from linli.access.scope import scope_of
from linli.charter.store import charter_in_force
from linli.frame.exports import Export, export_rows
from linli.frame.lists import Column, Filters
from linli.frame.refusal import Refusal
from linli.frame.templatetags.linli import named
from linli.matters import actions
from linli.matters.categories import category_name
from linli.matters.choices import PlaceField, bound_places, give_choices
from linli.matters.forms import CategoryField, OnceForm
from linli.matters.models import Matter
from linli.matters.pages.desk import seen_by
from linli.matters.pages.tabs import tabs
from linli.matters.queries import state_name
from linli.matters.recurring import MOST, before, causes_of, described, recurring_kinds, recurring_places
from linli.measures.declare import LEVELS
from linli.measures.queries import counted_at
from linli.places.codes import short_name

DAYS = {"30": 30, "90": 90, "180": 180, "365": 365}


class RecurringFilters(Filters):
    place = PlaceField(levels=LEVELS)
    kind = forms.ChoiceField(label=gettext_lazy("Category"))
    days = forms.ChoiceField(
        label=gettext_lazy("Last one within"),
        choices=[
            ("", gettext_lazy("90 days")),
            ("30", gettext_lazy("30 days")),
            ("180", gettext_lazy("180 days")),
            ("365", gettext_lazy("a year")),
        ],
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        charter = charter_in_force()
        kinds = [(k, named(charter.categories[k].name)) for k in recurring_kinds(charter)]
        give_choices(self, "kind", [("", gettext_lazy("all")), *kinds])
        bound_places(self, "place", scope_of(user).paths("matter.see") or None, empty=gettext_lazy("all"), wide=True)

    def filter_place(self, rows: Any, value: Any) -> Any:
        return rows.filter(path__descends=str(value.path))

    def filter_kind(self, rows: Any, value: str) -> Any:
        return rows.filter(category=value)

    def filter_days(self, rows: Any, value: str) -> Any:
        return rows  # the page asks for it


def days_of(filters: RecurringFilters) -> int:
    """How many days back the last one may have come."""
    return DAYS.get(filters.cleaned_data.get("days", ""), 90)


COLUMNS = (
    Column("place", gettext_lazy("Place"), lambda r: r["where"], width=30),
    Column("kind", gettext_lazy("Category"), lambda r: r["kind"], width=24),
    Column("most", gettext_lazy("Of the kind there"), lambda r: r["most"], kind="number"),
    Column("last", gettext_lazy("Last raised"), lambda r: r["last"], kind="time"),
    Column("root", gettext_lazy("Root cause"), lambda r: "、".join(n for n, _seen in r["roots"]), width=20),
)


@staff("matter.see")
@never_cache
def recurring(request: HttpRequest) -> HttpResponseBase:
    """/matters/recurring/ : where the same kind came as often as the charter calls recurring, of what the user sees."""
    filters = RecurringFilters(request.GET, user=request.user)
    matters = filters.apply(Matter.objects.visible_to(request.user))
    lines = _lines(request.user, list(recurring_places(matters, timezone.localdate() - timedelta(days=days_of(filters)))))
    paths = scope_of(request.user).paths("matter.export")
    if request.method == "POST" and paths:
        try:
            export = Export(_("Recurring matters"), "matters.recurring.exported", paths[0])
            own = [r for r in lines if any(r["path"] == p or r["path"].startswith(f"{p}.") for p in paths)]
            return export_rows(request, own, COLUMNS, export, query=request.GET.urlencode())
        except Refusal as refusal:
            messages.error(request, refusal.message)
            return redirect(request.get_full_path())
    rule = charter_in_force().recurring
    facts = {
        "filters": filters, "lines": lines, "tabs": tabs(request), "rule": rule, "may_export": bool(paths), "at": counted_at("matters"),
        "full": len(lines) == MOST, "may_root": "matter.report" in scope_of(request.user).abilities,
    }  # fmt: skip
    return render(request, "matters/recurring.html", facts)


def _lines(user: Any, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows with their names and links."""
    charter = charter_in_force()
    for r in described(user, rows):
        grid = r["place__level"] == "grid" and r["place__parent__name"]
        r["where"] = f"{short_name(r['place__parent__name'])} · {r['place__name']}" if grid else short_name(r["place__name"])
        r["kind"] = category_name(charter, r["category"])
        r["url"] = f"{reverse('matters:list')}?{urlencode({'again': r['peak_number']})}"
    return rows


class RootForm(OnceForm):
    """Why it keeps coming: one matter, with those it is about as its grounds."""

    title = forms.CharField(label=gettext_lazy("Title"), max_length=120)
    text = forms.CharField(
        label=gettext_lazy("Why does it keep coming, and what should be done for good?"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    category = CategoryField(
        required=True, empty=gettext_lazy("Choose"), help_text=gettext_lazy("It decides who handles the matter and until when.")
    )
    grounds = forms.MultipleChoiceField(label=gettext_lazy("About these matters"), required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, found: list[Matter], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        give_choices(self, "grounds", [(m.number, f"{m.number} {m.title} · {timezone.localtime(m.raised_at):%Y-%m-%d}") for m in found])
        self.initial.setdefault("grounds", [m.number for m in found])


def title_of(matter: Matter) -> str:
    """What a root cause is called until somebody says it better, in the place's language, whoever asks."""
    with override(settings.LANGUAGE_CODE):
        return str(_("Keeps coming: %(title)s") % {"title": matter.title})[:120]


@staff("matter.report")
@never_cache
def root(request: HttpRequest, number: str) -> HttpResponse:
    """/matters/<number>/root-cause/ : raise why this keeps coming, with the earlier ones here that the user sees."""
    matter = seen_by(request, number)
    so_far, found = before(matter, request.user)
    if so_far is None or not so_far.earlier:
        messages.error(request, _("Nothing of its kind came before it here."))
        return redirect("matters:detail", number=number)
    initial = {"title": title_of(matter), "category": matter.category}
    form = RootForm(request.POST or None, found=found, initial=initial)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        chosen = [m for m in found if m.number in data["grounds"]]
        try:
            made = actions.raise_root_cause(
                by=request.user, matter=matter, grounds=chosen, request_id=data["request_id"] or uuid.uuid4(), title=data["title"],
                text=data["text"], category=data["category"],
            )  # fmt: skip
        except Refusal as refusal:
            refusal.onto(form)
        else:
            messages.success(request, _("Raised: %(number)s.") % {"number": made.matter.number})
            return redirect("matters:detail", number=made.matter.number)
    raised = [(m, state_name(m.flow)) for m in causes_of(matter, request.user).select_related("flow")[:10]]
    facts = {"matter": matter, "form": form, "here": so_far, "hidden": len(so_far.earlier) - len(found), "raised": raised}
    return render(request, "matters/root.html", facts, status=422 if form.is_bound else 200)
