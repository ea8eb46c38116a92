"""The list of disputes: by kind, committee, stage, and what runs out. It knows nobody: no column, filter or search is of a person."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from linli.access.pages import staff
from linli.access.scope import scope_of
from linli.charter.store import charter_in_force
from linli.frame.columns import Column
from linli.frame.lists import Export, Filters, Listing
from linli.frame.templatetags.linli import named
from linli.matters.choices import PlaceField, bound_places, give_choices
from linli.matters.disputes import BODY, PROCEDURE
from linli.matters.disputes.models import Agreement, Obligation
from linli.matters.models import Matter
from linli.matters.pages.listing import category_of_row
from linli.matters.queries import state_name
from linli.measures.declare import LEVELS
from linli.places.queries import place_label

SOON = timedelta(days=7)


class DisputeFilters(Filters):
    number = forms.CharField(label=_("Number"), max_length=24)
    kind = forms.ChoiceField(label=_("Kind"))
    place = PlaceField(levels=LEVELS)
    committee = forms.ChoiceField(label=_("Committee"))
    stage = forms.ChoiceField(label=_("Stage"))
    due = forms.ChoiceField(
        label=_("What runs out"),
        choices=[
            ("", _("all")), ("overdue", _("step overdue")), ("confirmation", _("7 days or fewer to ask the court")),
            ("obligations", _("something agreed on is overdue")), ("receipt", _("a receipt is due")),
        ],
    )  # fmt: skip

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        charter = charter_in_force()
        kinds = [(c.id, named(c.name)) for c in charter.leaves() if c.procedure == PROCEDURE]
        give_choices(self, "kind", [("", _("all")), *kinds])
        posts = [(p.id, named(p.name)) for p in charter.posts.values() if charter.bodies[p.body].kind == BODY]
        give_choices(self, "committee", [("", _("all")), *posts, ("other", _("others"))])
        p = charter.procedures.get(PROCEDURE)
        steps = [(s.id, named(s.name)) for s in p.steps.values()] if p else []
        ends = [(f"end-{e.id}", named(e.name)) for e in p.ends.values()] if p else []
        give_choices(self, "stage", [("", _("all")), ("open", _("open")), *steps, *ends, ("end-withdrawn", _("Withdrawn"))])
        bound_places(self, "place", scope_of(user).paths("matter.see") or None, empty=_("all"), wide=True)
        self.committees = [post for post, _name in posts]

    def filter_number(self, matters: QuerySet, value: str) -> QuerySet:
        return matters.filter(number__startswith=value.strip().upper())

    def filter_kind(self, matters: QuerySet, value: str) -> QuerySet:
        return matters.filter(category=value)

    def filter_place(self, matters: QuerySet, value: Any) -> QuerySet:
        return matters.filter(path__descends=str(value.path))

    def filter_committee(self, matters: QuerySet, value: str) -> QuerySet:
        if value == "other":
            return matters.filter(flow__owner__isnull=False).exclude(flow__owner__post__in=self.committees)
        return matters.filter(flow__owner__post=value)

    def filter_stage(self, matters: QuerySet, value: str) -> QuerySet:
        if value == "open":
            return matters.filter(flow__end="")
        return matters.filter(flow__end=value[4:]) if value.startswith("end-") else matters.filter(flow__step=value)

    def filter_due(self, matters: QuerySet, value: str) -> QuerySet:
        today = timezone.localdate()
        in_force = Agreement.objects.filter(matter=OuterRef("pk"), replaced_on=None)
        if value == "overdue":
            return matters.filter(flow__end="", flow__overdue=True)
        if value == "confirmation":
            return matters.filter(Exists(in_force.filter(applied_on=None, apply_by__gte=today, apply_by__lte=today + SOON)), flow__end="")
        if value == "obligations":
            late = Obligation.objects.filter(
                agreement__matter=OuterRef("pk"), agreement__replaced_on=None, performed_on=None, due_on__lt=today
            )
            return matters.filter(Exists(late), flow__end="")
        return matters.filter(flow__end="", flow__memory__ask__what="handover")


def _agreed(field: str) -> Subquery:
    return Subquery(Agreement.objects.filter(matter=OuterRef("pk"), replaced_on=None).values(field)[:1])


def disputes_of(user: Any) -> QuerySet[Matter]:
    """The disputes the user sees, with the days that matter."""
    next_due = Obligation.objects.filter(
        agreement__matter=OuterRef("pk"), agreement__replaced_on=None, agreement__matter__flow__end="", performed_on=None
    )
    rows = Matter.objects.visible_to(user).filter(flow__procedure=PROCEDURE)
    return rows.select_related("flow__owner__body", "place__parent").annotate(
        effective_on=_agreed("effective_on"), apply_by=_agreed("apply_by"), applied_on=_agreed("applied_on"),
        next_due=Subquery(next_due.order_by("due_on").values("due_on")[:1]),
    )  # fmt: skip


def _committee(matter: Matter) -> str:
    return matter.flow.owner.body.name if matter.flow.owner else ""


SHEET = (  # what is taken out; the screen has no room for all of it
    Column("number", _("Number"), link=lambda m: reverse("matters:detail", args=[m.number]), sort="raised", width=18),
    Column("category", _("Kind"), category_of_row, width=18),
    Column("place", _("Place"), lambda m: place_label(m.place), width=20),
    Column("committee", _("Committee"), _committee, width=28),
    Column("state", _("Stage"), lambda m: state_name(m.flow), kind="tag"),
    Column("due", _("Due"), "flow.due_at", kind="time", sort="due", template="matters/parts/due_cell.html"),
    Column("effective_on", _("Agreed on"), kind="date"),
    Column("apply_by", _("Confirmation until"), lambda m: None if m.applied_on else m.apply_by, kind="date", sort="confirm"),
    Column("next_due", _("Next thing due"), kind="date", sort="owed"),
    Column("raised_at", _("Raised"), kind="time", sort="raised"),
)


COLUMNS = tuple(c for c in SHEET if c.key not in ("effective_on", "raised_at"))


@staff("matter.see")
def disputes(request: HttpRequest) -> HttpResponseBase:
    """/matters/disputes/ : the list; POST takes it out, without titles: what people called their quarrel can name somebody."""
    scope = scope_of(request.user)
    paths = scope.paths("matter.export")
    listing = Listing(
        request, disputes_of(request.user), page="matters:disputes", filters=DisputeFilters(request.GET, user=request.user),
        columns=SHEET if "export" in request.POST else COLUMNS,
        default_sort="raised",
        sorts={"raised": ("-raised_at",), "due": ("flow__due_at",), "confirm": ("apply_by",), "owed": ("next_due",)},
        export=Export(_("Disputes"), "matters.disputes.exported", paths[0]) if paths else None,
    )  # fmt: skip
    if listing.is_export:
        return listing.taken_out(path__descends=paths)
    takes_down = "matter.intake" in scope.abilities
    context = {"listing": listing, "may_raise": takes_down, "may_report": not takes_down and "matter.report" in scope.abilities}
    return render(request, "matters/disputes/list.html", context)
