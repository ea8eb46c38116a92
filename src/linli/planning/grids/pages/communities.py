"""A community's division as it is, its alternatives side by side, and looking for another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import Count, Max, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from linli.access.pages import staff
from linli.access.scope import can, scope_of
from linli.charter.store import charter_in_force
from linli.frame.columns import Column
from linli.frame.lists import Filters, Listing
from linli.frame.models import Job
from linli.frame.refusal import Refusal
from linli.places.models import Place
from linli.places.pages import map_facts, with_base_map
from linli.planning.grids import actions
from linli.planning.grids.actions import PLAN, SEE, Unplannable
from linli.planning.grids.forms import COUNTS, MaterialForm, SearchForm, asked_before, usual
from linli.planning.grids.reading import Standing, read_fixed, standing
from linli.planning.models import DIVIDED, Alternative, Kind, State

COMPARED = 6
DECIDED = (State.ADOPTED, State.DECLINED)


def seen(request: HttpRequest, code: str, ability: str = SEE) -> Place:
    """A community whose division the user may see, or plan. Anything else answers 404."""
    found = Place.objects.current().filter(code=code, level="community").select_related("parent").first()
    if found is None or not can(request.user, ability, found):
        raise Http404
    return found


class CommunityFilters(Filters):
    q = forms.CharField(label=_("Name or code"), max_length=60)

    def filter_q(self, places: QuerySet, value: str) -> QuerySet:
        return places.filter(Q(name__icontains=value) | Q(code__startswith=value))


def _size(p: Any) -> str:
    return "–" if p.least is None else f"{p.least:,} – {p.most:,}"


COLUMNS = (
    Column("name", _("Community"), link=lambda p: reverse("planning:community", args=[p.code]), sort="name"),
    Column("street", _("Street"), "parent.name"),
    Column("grids", _("Grids"), kind="number", sort="grids"),
    Column("size", _("Households of a grid"), _size),
    Column("kept", _("Alternatives"), kind="number"),
    Column("proposed", _("State"), lambda p: gettext("proposed") if p.waiting else "", kind="tag"),
)


@staff(SEE)
@never_cache
def home(request: HttpRequest) -> HttpResponse:
    """/plan/grids/ : the communities whose division one may see."""
    paths = scope_of(request.user).paths(SEE)
    rows = Place.objects.current().filter(level="community", path__descends=paths) if paths else Place.objects.none()
    grids = Place.objects.current().filter(parent=OuterRef("pk"), level="grid").order_by().values("parent")
    mine = Alternative.objects.filter(place=OuterRef("pk")).order_by().values("place")
    rows = rows.select_related("parent").defer("shape").annotate(
        grids=Coalesce(Subquery(grids.annotate(n=Count("pk")).values("n")), 0),
        least=Subquery(grids.annotate(n=Min("households")).values("n")), most=Subquery(grids.annotate(n=Max("households")).values("n")),
        kept=Coalesce(Subquery(mine.filter(state=State.KEPT).annotate(n=Count("pk")).values("n")), 0),
        waiting=Coalesce(Subquery(mine.filter(state=State.PROPOSED).annotate(n=Count("pk")).values("n")), 0),
    )  # fmt: skip
    listing = Listing(
        request, rows.order_by(), page="planning:home", filters=CommunityFilters, columns=COLUMNS, default_sort="code",
        sorts={"code": ("code",), "name": ("name",), "grids": ("-grids",)},
    )  # fmt: skip
    return render(request, "planning/home.html", {"listing": listing})


@staff(SEE)
@never_cache
def community(request: HttpRequest, code: str) -> HttpResponse:
    """/plan/grids/<code>/ : the present division with its faults, alternatives beside it, what was adopted before."""
    from linli.planning.grids.measuring import faults
    from linli.planning.grids.shown import Shown, compared, mark_same, measured_present, norms, stale

    place, charter = seen(request, code), charter_in_force()
    found = standing(place, charter, request.GET.get("counts", ""))
    present = measured_present(found, charter)
    wrong = faults(present, norms(charter), {g.name: g.vacant for g in found.grids}) if not found.uncounted else []
    by_grid = _uncounted(found)
    for fault in wrong:
        by_grid.setdefault(fault.grid, []).append(fault.text)
    all_ = Alternative.objects.filter(place=place).select_related("made_by", "flow").order_by("-number")
    rows = list(all_.exclude(state__in=DECIDED))
    past = list(all_.filter(state__in=DECIDED)[:60])
    jobs = [a.job for a in rows if a.state == State.SEARCHING and a.job]
    going = set(Job.objects.filter(uid__in=jobs, state__in=["waiting", "running"]).values_list("uid", flat=True))
    kept = [Shown(a) for a in reversed([a for a in rows if a.state in (State.KEPT, State.PROPOSED)])]
    side = kept[-COMPARED:]
    mark_same(kept)
    now, then = _counted(found, side)
    facts = {
        "place": place, "found": found, "present": present, "norms": norms(charter), "may_plan": can(request.user, PLAN, place),
        "may_edit": can(request.user, "place.edit", place),
        "grids": [(u, g, by_grid.get(u.name, [])) for u, g in zip(present.units, found.grids, strict=True)], "faults": len(wrong),
        "side": list(zip(side, then, strict=True)), "earlier": kept[:-COMPARED], "count_now": now,
        "lines": compared(present, charter, side) if side else [], "count_words": COUNTS[found.counts],
        "others": [(a, a.job in going) for a in rows if a.state in (State.SEARCHING, State.FAILED)],
        "past": past, "material_form": MaterialForm(),
        "uncounted": _some(found.uncounted), "nowhere": _some(found.nowhere), "odd": _some([*found.overlapping(), *found.astray()]),
        "stale": {a.pk for a in rows if stale(a, found)},
        "counts": [(k, w) for k, w in COUNTS.items() if k != "file" or Kind.COUNTS in found.materials],
        "map": map_facts("grid", place.code) if any(g.shape for g in found.grids) else None,
    }  # fmt: skip
    return with_base_map(render(request, "planning/community.html", facts))


def _counted(found: Standing, side: Sequence[Any]) -> tuple[str, list[str]]:
    """Where the households of today and of each alternative are from, where that isn't the same for all; "" where it need not be said."""
    said = [_source(s.row.facts["counts"]["from"], s.row.facts["counts"]["file"]) for s in side]
    today = _source(found.counts, found.file)
    if any(one != today for one in said):
        return today, said
    now = {b.code: b.households for b in found.buildings}
    other = [any(now.get(s[0], s[2]) != s[2] for s in one.row.facts["sites"]) for one in side]
    day = gettext("as counted on %(day)s")
    then = [day % {"day": f"{timezone.localtime(one.row.made_at):%Y-%m-%d}"} if o else "" for one, o in zip(side, other, strict=True)]
    return (gettext("as counted now") if any(other) else ""), then


def _source(kind: str, file: str) -> str:
    return f"{COUNTS[kind]} ({file})" if file else str(COUNTS[kind])


def _uncounted(found: Standing) -> dict[str, list[str]]:
    """By grid, how many of its buildings nobody knows the households of."""
    bare = Counter(b.grid for b in found.buildings if b.households is None)
    return {grid: [gettext("%(n)s of its buildings have no number of households.") % {"n": n}] for grid, n in bare.items()}


def _some(lines: Sequence[str], most: int = 12) -> list[str]:
    """The first of them, and how many more there are."""
    left = len(lines) - most
    return [*lines[:most], gettext("… and %(n)s more") % {"n": left}] if left > 0 else list(lines)


def _earlier(request: HttpRequest, place: Place) -> Alternative | None:
    """The alternative of this community whose values the form begins with."""
    try:
        uid = UUID(request.GET.get("from", ""))
    except ValueError:
        return None
    return Alternative.objects.filter(place=place, uid=uid).first()


@staff(PLAN)
@never_cache
def search(request: HttpRequest, code: str) -> HttpResponse:
    """/plan/grids/<code>/search/ : say what is wanted; it is looked for as a job."""
    place, charter = seen(request, code, PLAN), charter_in_force()
    found = standing(place, charter, request.GET.get("counts", ""))
    seed = Alternative.objects.filter(place=place, state__in=DIVIDED).count() + 1
    earlier = _earlier(request, place)
    initial = usual(charter, found.counts, seed) | (asked_before(earlier) if earlier else {})
    form = SearchForm(request.POST or None, found=found, initial=initial)
    problems: list[str] = []
    running = None
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            fixed = read_fixed(data["fixed"], found.buildings, found.grids)
            made = actions.start_search(
                by=request.user, community=place, options=form.options, counts=data["counts"], fixed=fixed, note=data["note"]
            )
            return redirect("planning:alternative", made.uid)
        except Refusal as refusal:
            refusal.onto(form)
            problems = getattr(refusal, "problems", [])
            running = Alternative.objects.filter(place=place, state=State.SEARCHING).last() if refusal.code == "searching" else None
    facts = {"place": place, "form": form, "found": found, "problems": problems, "running": running}
    return render(request, "planning/search.html", facts, status=422 if form.is_bound else 200)


@staff(PLAN)
@never_cache
def from_present(request: HttpRequest, code: str) -> HttpResponse:
    """/plan/grids/<code>/present/ : an alternative that is the present division, to be changed by hand."""
    place = seen(request, code, PLAN)
    if request.method == "POST":
        try:
            made = actions.start_from_present(by=request.user, community=place)
            return redirect("planning:alternative", made.uid)
        except Refusal as refusal:
            for said in [refusal.message, *getattr(refusal, "problems", [])]:
                messages.error(request, said)
    return redirect("planning:community", code)


@staff(PLAN)
@never_cache
def material(request: HttpRequest, code: str) -> HttpResponse:
    """/plan/grids/<code>/material/ : bring household counts or barriers, or let them go."""
    place = seen(request, code, PLAN)
    if kind := request.POST.get("drop"):
        actions.drop_material(by=request.user, community=place, kind=kind)
        return redirect("planning:community", code)
    form = MaterialForm(request.POST or None, request.FILES or None)
    problems: list[str] = []
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            if file.size > actions.MOST_BYTES:
                raise Refusal(_("The file is larger than 10 MB."), field="file")
            kept = actions.bring_material(
                by=request.user, community=place, kind=form.cleaned_data["kind"], name=file.name, data=file.read()
            )
            messages.success(request, gettext("Kept: %(name)s.") % {"name": kept.name})
            return redirect("planning:community", code)
        except Unplannable as refused:
            problems = refused.problems
            form.add_error("file", _("Nothing of the file was kept. Mend what stands below first."))
        except Refusal as refusal:
            refusal.onto(form)
    facts = {"place": place, "form": form, "problems": problems}
    return render(request, "planning/material.html", facts, status=422 if form.is_bound else 200)
