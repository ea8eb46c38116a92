"""The desk's list of matters: filters in the address, saved views, bulk acts, a spreadsheet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import partial
from typing import Any

from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from linli.access.pages import staff
from linli.access.scope import scope_of
from linli.bodies.models import Seat
from linli.charter.store import charter_in_force, charter_of
from linli.flow.models import Flow, Todo
from linli.flow.queries import responsible
from linli.frame.lists import COUNTED, Column, Export, Filters, Listing
from linli.frame.sql import Joined
from linli.frame.templatetags.linli import named
from linli.matters.categories import category_name, of_kind
from linli.matters.choices import PlaceField, bound_places, give_choices
from linli.matters.forms import LineField
from linli.matters.models import Channel, Matter
from linli.matters.pages import bulk
from linli.matters.pages.tabs import tabs
from linli.matters.parts import UNKNOWN, part_name
from linli.matters.queries import CLOSED, state_name, was_late
from linli.matters.recurring import here
from linli.matters.search import matching
from linli.measures import behind
from linli.measures.declare import LEVELS, measures
from linli.places.codes import short_name
from linli.places.models import Place
from linli.places.queries import AS_LABELLED, place_label

AGES = {  # natural days since the work on it began, which is when it was raised: more than … and up to …
    "1": (0, 1), "3": (1, 3), "7": (3, 7), "15": (7, 15), "more": (15, None),
}  # fmt: skip
AGE_NAMES = {
    "1": _("up to 1 day"), "3": _("1 to 3 days"), "7": _("3 to 7 days"), "15": _("7 to 15 days"), "more": _("more than 15 days"),
}  # fmt: skip


def age_q(key: str, now: datetime) -> Q:
    """Matters of an age, counted by the calendar on the wall."""
    over, most = AGES[key]
    found = Q(flow__began_at__lt=now - timedelta(days=over)) if over else Q()
    return found & Q(flow__began_at__gte=now - timedelta(days=most)) if most else found


class BehindField(forms.Field):
    """The records of a figure (``measures.behind``), chosen by following its link, not by hand."""

    widget = forms.HiddenInput
    default_error_messages = {"unknown": _("This figure isn't known any more. Choose the filters by hand.")}

    def to_python(self, value: Any) -> Figured | None:
        if not value:
            return None
        found = behind.read(str(value))
        place = Place.objects.filter(code=found.place, level__in=LEVELS).order_by("-valid_from").first() if found else None
        if found is None or place is None:
            raise forms.ValidationError(self.error_messages["unknown"], code="unknown")
        return Figured(found, place)


@dataclass(frozen=True, slots=True)
class Figured:
    """A figure as the list's chip says it."""

    what: behind.Behind
    place: Place

    def __str__(self) -> str:
        m, days = self.what, f"{self.what.since} – {self.what.until}"
        parts = [
            named(measures()[m.measure].name),
            part_name(m.measure, m.part),
            short_name(self.place.name),
            str(UNKNOWN.get(self.what.without, "")),
            days,
        ]
        if measures()[m.measure].kind == "share":
            parts.insert(1, str({"n": _("counted"), "d": _("all of them"), "m": _("not counted")}[m.which]))
        return " · ".join(p for p in parts if p)


@dataclass(frozen=True, slots=True)
class Again:
    """A matter, and those of its kind that came before it at its place."""

    matter: Matter
    earlier: list[int]

    def __str__(self) -> str:
        return gettext("%(number)s and those of its kind before it at its place") % {"number": self.matter.number}


def _steps() -> list[Any]:
    charter = charter_in_force()
    steps = {s.id: named(s.name) for p in charter.procedures.values() for s in reversed(p.steps.values())}
    if "matter" in charter.procedures:  # the names of the ordinary procedure
        steps |= {s.id: named(s.name) for s in charter.procedures["matter"].steps.values()}
    return [("", _("all")), *steps.items()]


def _posts() -> list[Any]:
    posts = [(p.id, named(p.name)) for p in charter_in_force().posts.values() if "flow.act" in p.abilities]
    return [("", _("all")), ("none", _("nobody")), *posts]


def _kinds() -> list[Any]:
    """The branches with their leaves; what is empty waits to be chosen."""
    charter = charter_in_force()
    leaves: dict[str, list[tuple[str, str]]] = {}
    for leaf in charter.leaves():
        leaves.setdefault(leaf.parent, []).append((leaf.id, named(leaf.name)))
    whole = gettext("%(name)s, all")
    tops = [c for c in charter.categories.values() if not c.parent]
    return [
        ("", _("all")),
        ("none", _("not chosen yet")),
        *((named(t.name), [(t.id, whole % {"name": named(t.name)}), *leaves.get(t.id, [])]) for t in tops),
    ]


class MatterFilters(Filters):
    """What narrows the list. Dates are whole local days."""

    q = forms.CharField(label=_("Words or number"), max_length=60)
    state = forms.ChoiceField(
        label=_("State"),
        choices=[
            ("", _("all")),
            ("open", _("open")),
            ("overdue", _("overdue")),
            ("hold", _("on the ledger")),
            ("ended", _("ended")),
            ("closed", _("closed")),
            ("on_time", _("closed in time")),
            ("merged", _("merged into another")),
        ],
    )
    step = forms.ChoiceField(label=_("Step"))
    kind = forms.ChoiceField(label=_("Category"))
    place = PlaceField(levels=LEVELS, ended=True)
    unknown = forms.ChoiceField(label=_("Place"), choices=[("", _("all")), *UNKNOWN.items()], widget=forms.HiddenInput)
    age = forms.ChoiceField(label=_("Open for"), choices=[("", _("all")), *AGE_NAMES.items()])
    post = forms.ChoiceField(label=_("Responsible"))
    channel = forms.ChoiceField(label=_("How it came"), choices=[("", _("all")), *((c.value, c.label) for c in Channel)])
    line = LineField(empty=_("all"))
    box = forms.IntegerField(label=_("Opinion box"), widget=forms.HiddenInput, min_value=1, max_value=2**62)
    since = forms.DateField(label=_("Raised from"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    until = forms.DateField(label=_("Raised to"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    behind = BehindField(label=_("Figure"))
    again = forms.CharField(label=_("Recurring"), max_length=40, widget=forms.HiddenInput)
    mine = forms.ChoiceField(label=_("Whose work"), choices=[("", _("all")), ("1", _("mine"))])

    def __init__(self, *args, user, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        if not charter_in_force().lines:
            self.fields.pop("line", None)
        for name, choices in (("step", _steps), ("post", _posts), ("kind", _kinds)):
            if name in self.fields:
                give_choices(self, name, choices)
        if "place" in self.fields:
            bound_places(self, "place", scope_of(user).paths("matter.see") or None, empty=_("all"), wide=True)
            usual: Any = self.fields["place"]
            give_choices(self, "place", partial(self._with_ended, usual.choices))

    def _with_ended(self, usual: Any) -> list[Any]:
        """The places of today and, where one that has ended is asked for, that one, so that the form keeps it."""
        groups = list(usual)
        asked = self.cleaned_data.get("place") if self.is_bound and self.errors is not None else None
        if asked is None or any(asked.code == code for _name, some in groups if isinstance(some, list | tuple) for code, _said in some):
            return groups
        return [*groups, (gettext("ended places"), [(asked.code, place_label(asked))])]

    def clean_again(self) -> Again | None:
        """Only a matter the user sees: what kind another is of, and where, is not to be found out by asking."""
        number = self.cleaned_data["again"]
        if not number:
            return None
        matter = Matter.objects.visible_to(self.user).select_related("flow").filter(number=number).first()
        found = here(matter) if matter else None
        if matter is None or found is None:
            raise forms.ValidationError(BehindField.default_error_messages["unknown"], code="unknown")
        return Again(matter, found.earlier)

    @property
    def under_way(self) -> bool:
        """Whether only open matters are asked for."""
        asked = self.cleaned_data if self.is_bound and self.errors is not None else {}
        return asked.get("state") in ("open", "overdue", "hold") or any(asked.get(name) for name in ("step", "age", "post"))

    def filter_q(self, matters: QuerySet, value: str) -> QuerySet:
        return matching(matters, value)

    def filter_state(self, matters: QuerySet, value: str) -> QuerySet:
        return matters.filter(
            {
                "open": Q(flow__end=""),
                "overdue": Q(flow__end="", flow__overdue=True),
                "hold": Q(flow__end="", flow__suspended=True),
                "ended": ~Q(flow__end=""),
                "closed": CLOSED,
                "on_time": CLOSED & ~was_late(),
                "merged": Q(main__isnull=False),
            }[value]
        )

    def filter_step(self, matters: QuerySet, value: str) -> QuerySet:
        return matters.filter(flow__step=value, flow__end="")

    def filter_kind(self, matters: QuerySet, value: str) -> QuerySet:
        if value == "none":
            return matters.filter(category="")
        return matters.filter(of_kind(value))

    def filter_place(self, matters: QuerySet, value) -> QuerySet:
        return matters.filter(path__descends=str(value.path))

    def filter_unknown(self, matters: QuerySet, value: str) -> QuerySet:
        return matters.filter(place__level__in=LEVELS[: LEVELS.index(value)])

    def filter_box(self, matters: QuerySet, value: int) -> QuerySet:
        return matters.filter(slip__round__box=value)

    def filter_age(self, matters: QuerySet, value: str) -> QuerySet:
        return matters.filter(age_q(value, timezone.now()), flow__end="")

    def filter_post(self, matters: QuerySet, value: str) -> QuerySet:
        return matters.filter(flow__owner=None, flow__end="") if value == "none" else matters.filter(flow__owner__post=value, flow__end="")

    def filter_behind(self, matters: QuerySet, value: Figured) -> QuerySet:
        sql, params = behind.records(value.what, value.place.pk)
        return matters.filter(flow__in=RawSQL(sql, params))  # noqa: S611  # made of declarations; what is asked for is bound

    def filter_again(self, matters: QuerySet, value: Again) -> QuerySet:
        return matters.filter(pk__in=[value.matter.pk, *value.earlier])

    def filter_since(self, matters: QuerySet, value) -> QuerySet:
        return matters.filter(raised_at__gte=timezone.make_aware(datetime.combine(value, time.min)))

    def filter_until(self, matters: QuerySet, value) -> QuerySet:
        return matters.filter(raised_at__lt=timezone.make_aware(datetime.combine(value + timedelta(days=1), time.min)))

    def filter_mine(self, matters: QuerySet, value: str) -> QuerySet:
        mine = Todo.objects.filter(flow=OuterRef("flow"), done_at=None, seat__acting__in=scope_of(self.user).seats)
        return matters.filter(Exists(mine))


def category_of_row(matter: Matter) -> str:
    return category_name(charter_of(matter.flow.charter_id), matter.category)


SORTS = {"raised": ("-raised_at",), "due": ("flow__due_at",)}
SHEET = (  # what is taken out; on the screen the category stands below the title and the channel on the matter's page
    Column("number", _("Number"), link=lambda m: reverse("matters:detail", args=[m.number]), sort="raised", width=18),
    Column("title", _("Title"), width=40, template="matters/parts/title_cell.html"),
    Column("category", _("Category"), category_of_row, width=18),
    Column("place", _("Place"), lambda m: place_label(m.place), width=20),
    Column("state", _("Step"), lambda m: state_name(m.flow), kind="tag"),
    Column("owner", _("Responsible"), lambda m: responsible(m.flow), width=24),
    Column("due", _("Due"), "flow.due_at", kind="time", sort="due", template="matters/parts/due_cell.html"),
    Column("channel", _("How it came"), "get_channel_display"),
    Column("raised_at", _("Raised"), kind="time", sort="raised"),
)
COLUMNS = tuple(c for c in SHEET if c.key not in ("category", "channel"))


_LISTED = Joined(
    Matter, only=("number", "title", "category", "channel", "place_id", "path", "raised_at", "flow_id"), place=AS_LABELLED,
    flow=Joined(Flow, owner=Joined(Seat, place=AS_LABELLED)),
)  # fmt: skip
_FIGURE = 100_000  # rows counted where a figure led here: it wants to be found again


def listing_of(request: HttpRequest) -> Listing:
    """The list as the address has it, of what the user sees. It may be taken out by those with «matter.export»."""
    scope = scope_of(request.user)
    rows = Matter.objects.visible_to(request.user).select_related("flow__owner__place__parent", "place__parent")
    paths = scope.paths("matter.export")
    export = Export(_("Matters"), "matters.list.exported", paths[0] if paths else "") if paths else None
    filters = MatterFilters(request.GET, user=request.user)
    listing = Listing(
        request, rows, page="matters:list", filters=filters, surely=Matter.objects.of_wide_area(request.user, under_way=filters.under_way),
        sorts=SORTS, default_sort="raised", columns=SHEET if "export" in request.POST else COLUMNS, export=export,
        whole=_LISTED, counted=_FIGURE if request.GET.get("behind") else COUNTED,
    )  # fmt: skip
    if "place" in filters.errors:
        listing.say(_("There is no such place in your area: this is the list of all places."))
    return listing


@staff("matter.see")
def matters(request: HttpRequest) -> HttpResponseBase:
    """/matters/ : the list; POST takes it out, or begins a bulk act."""
    listing = listing_of(request)
    if listing.is_export:
        return listing.taken_out(path__descends=scope_of(request.user).paths("matter.export"))
    if request.method == "POST":
        return bulk.page(request, listing)
    abilities = scope_of(request.user).abilities
    return render(
        request,
        "matters/list.html",
        {
            "listing": listing,
            "tabs": tabs(request),
            "bulk": bulk.offered(abilities),
            "may_raise": "matter.intake" in abilities,
            "lines": bool(charter_in_force().lines),
        },
    )
