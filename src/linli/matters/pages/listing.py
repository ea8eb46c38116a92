"""The desk's list of matters: filters in the address, saved views, bulk acts, a spreadsheet."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from django import forms
from django.contrib import messages
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from linli.access.pages import staff
from linli.access.scope import scope_of
from linli.charter.store import charter_in_force, charter_of
from linli.flow.models import Todo
from linli.flow.queries import responsible
from linli.frame.lists import Column, Export, Filters, Listing
from linli.frame.refusal import Refusal
from linli.frame.templatetags.linli import named
from linli.matters.categories import category_name
from linli.matters.choices import PlaceField, bound_places, give_choices
from linli.matters.models import Channel, Matter
from linli.matters.pages import bulk
from linli.matters.queries import state_name
from linli.matters.search import matching
from linli.places.codes import short_name
from linli.places.models import Level


class MatterFilters(Filters):
    """What narrows the list. Dates are whole local days."""

    q = forms.CharField(label=_("Words or number"), max_length=60)
    state = forms.ChoiceField(
        label=_("State"),
        choices=[("", _("all")), ("open", _("open")), ("overdue", _("overdue")), ("hold", _("on the ledger")), ("ended", _("ended"))],
    )
    step = forms.ChoiceField(label=_("Step"))
    kind = forms.ChoiceField(label=_("Category"))
    place = PlaceField(levels=["community", "grid"])
    channel = forms.ChoiceField(label=_("How it came"), choices=[("", _("all")), *((c.value, c.label) for c in Channel)])
    since = forms.DateField(label=_("Raised from"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    until = forms.DateField(label=_("Raised to"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    mine = forms.ChoiceField(label=_("Whose work"), choices=[("", _("all")), ("1", _("mine"))])

    def __init__(self, *args, user, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        charter = charter_in_force()
        steps = {s.id: named(s.name) for p in charter.procedures.values() for s in reversed(p.steps.values())}
        if "matter" in charter.procedures:  # the names of the ordinary procedure
            steps |= {s.id: named(s.name) for s in charter.procedures["matter"].steps.values()}
        give_choices(self, "step", [("", _("all")), *steps.items()])
        tops = [c for c in charter.categories.values() if not c.parent]
        leaves: dict[str, list[tuple[str, str]]] = {}
        for leaf in charter.leaves():
            leaves.setdefault(leaf.parent, []).append((leaf.id, named(leaf.name)))
        whole = gettext("%(name)s, all")
        kinds = [
            ("", _("all")),
            ("none", _("not chosen yet")),
            *((named(t.name), [(t.id, whole % {"name": named(t.name)}), *leaves.get(t.id, [])]) for t in tops),
        ]
        give_choices(self, "kind", kinds)
        paths = scope_of(user).paths("matter.see")
        bound_places(self, "place", paths or None, empty=_("all"))

    def filter_q(self, matters: QuerySet, value: str) -> QuerySet:
        return matching(matters, value)

    def filter_state(self, matters: QuerySet, value: str) -> QuerySet:
        return matters.filter(
            {
                "open": Q(flow__end=""),
                "overdue": Q(flow__end="", flow__overdue=True),
                "hold": Q(flow__end="", flow__suspended=True),
                "ended": ~Q(flow__end=""),
            }[value]
        )

    def filter_step(self, matters: QuerySet, value: str) -> QuerySet:
        return matters.filter(flow__step=value)

    def filter_kind(self, matters: QuerySet, value: str) -> QuerySet:
        if value == "none":
            return matters.filter(category="")
        return matters.filter(Q(category=value) | Q(category__startswith=f"{value}."))

    def filter_place(self, matters: QuerySet, value) -> QuerySet:
        return matters.filter(path__descends=str(value.path))

    def filter_since(self, matters: QuerySet, value) -> QuerySet:
        return matters.filter(raised_at__gte=timezone.make_aware(datetime.combine(value, time.min)))

    def filter_until(self, matters: QuerySet, value) -> QuerySet:
        return matters.filter(raised_at__lt=timezone.make_aware(datetime.combine(value + timedelta(days=1), time.min)))

    def filter_mine(self, matters: QuerySet, value: str) -> QuerySet:
        mine = Todo.objects.filter(flow=OuterRef("flow"), done_at=None, seat__acting__in=scope_of(self.user).seats)
        return matters.filter(Exists(mine))


def _category(matter: Matter) -> str:
    return category_name(charter_of(matter.flow.charter_id), matter.category)


def _place(matter: Matter) -> str:
    """The place, a grid with its community in front."""
    place = matter.place
    return f"{short_name(place.parent.name)} {place.name}" if place.level == Level.GRID and place.parent else short_name(place.name)


SHEET = (  # what is taken out; on the screen the category stands below the title and the channel on the matter's page
    Column("number", _("Number"), link=lambda m: reverse("matters:detail", args=[m.number]), sort="raised", width=18),
    Column("title", _("Title"), width=40, template="matters/parts/title_cell.html"),
    Column("category", _("Category"), _category, width=18),
    Column("place", _("Place"), _place, width=20),
    Column("state", _("Step"), lambda m: state_name(m.flow), kind="tag"),
    Column("owner", _("Responsible"), lambda m: responsible(m.flow), width=24),
    Column("due", _("Due"), "flow.due_at", kind="time", sort="due", template="matters/parts/due_cell.html"),
    Column("channel", _("How it came"), "get_channel_display"),
    Column("raised_at", _("Raised"), kind="time", sort="raised"),
)
COLUMNS = tuple(c for c in SHEET if c.key not in ("category", "channel"))


def listing_of(request: HttpRequest) -> Listing:
    """The list as the address has it, of what the user sees. It may be taken out by those with «matter.export»."""
    scope = scope_of(request.user)
    rows = Matter.objects.visible_to(request.user).select_related("flow__owner__place", "place__parent")
    paths = scope.paths("matter.export")
    export = Export(_("Matters"), "matters.list.exported", paths[0] if paths else "") if paths else None
    return Listing(
        request, rows, page="matters:list", filters=MatterFilters(request.GET, user=request.user),
        sorts={"raised": ("-raised_at",), "due": ("flow__due_at",)}, default_sort="raised", columns=SHEET if "export" in request.POST else COLUMNS, export=export,
    )  # fmt: skip


@staff("matter.see")
def matters(request: HttpRequest) -> HttpResponseBase:
    """/matters/ : the list; POST takes it out, or begins a bulk act."""
    listing = listing_of(request)
    if listing.is_export:
        try:
            # what is taken out lies within the places over which the user takes lists out
            listing.all = listing.all.filter(path__descends=scope_of(request.user).paths("matter.export"))
            return listing.export_response()
        except Refusal as refusal:
            messages.error(request, refusal.message)
            return redirect(listing.url())
    if request.method == "POST":
        return bulk.page(request, listing)
    abilities = scope_of(request.user).abilities
    return render(
        request, "matters/list.html", {"listing": listing, "bulk": bulk.offered(abilities), "may_raise": "matter.intake" in abilities}
    )
