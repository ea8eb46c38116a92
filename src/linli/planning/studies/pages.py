"""Pages of all kinds of studies: those there are, asking for one, the answer."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from linli.access.pages import staff
from linli.access.scope import can, scope_of
from linli.charter.store import charter_in_force
from linli.frame.columns import Column
from linli.frame.lists import Filters, Listing
from linli.frame.models import Job
from linli.frame.refusal import Refusal
from linli.places.models import Place
from linli.places.pages import with_base_map
from linli.planning.models import Study, StudyState
from linli.planning.studies import actions
from linli.planning.studies.actions import PLAN, SEE, Unanswerable
from linli.planning.studies.kinds import Kind, kinds
from linli.planning.studies.shown import Shown

MOST_PLACES = 2000


class StudyFilters(Filters):
    q = forms.CharField(label=_("Note or place"), max_length=60)
    kind = forms.ChoiceField(label=_("Kind"))
    said = forms.ChoiceField(label=_("State"), choices=[("", _("any")), *StudyState.choices])
    mine = forms.BooleanField(label=_("Only mine"))

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.fields["kind"].choices = [("", _("any")), *((k.id, k.name) for k in kinds().values())]  # type: ignore[attr-defined]

    def filter_q(self, rows: QuerySet, value: str) -> QuerySet:
        return rows.filter(Q(note__icontains=value) | Q(place__name__icontains=value) | Q(place__code__startswith=value))

    def filter_mine(self, rows: QuerySet, value: bool) -> QuerySet:
        return rows.filter(made_by=self.user)


def _name(row: Study) -> str:
    return str(kinds()[row.kind].name)


COLUMNS = (
    Column("kind", _("Study"), _name, link=lambda s: reverse("planning:study", args=[s.uid]), width=20),
    Column("place", _("Place"), "called", sort="place", width=20),
    Column("note", _("Note"), width=24),
    Column("said", _("State"), lambda s: str(StudyState(s.said).label), kind="tag", width=12),
    Column("made", _("Asked"), "made_at", kind="time", sort="made"),
    Column("by", _("Asked by"), lambda s: str(s.made_by or "")),
)


@staff(SEE)
@never_cache
def home(request: HttpRequest) -> HttpResponse:
    """/plan/studies/ : what can be asked, and what was."""
    rows = Study.objects.visible_to(request.user).with_state().filter(kind__in=list(kinds()))
    rows = rows.select_related("place__parent", "made_by").defer("result", "options", "problems")
    listing = Listing(
        request, rows.order_by(), page="planning:studies", filters=StudyFilters(request.GET, user=request.user), columns=COLUMNS, default_sort="made",
        sorts={"made": ("-made_at",), "place": ("place__name",)},
    )  # fmt: skip
    return render(request, "planning/studies.html", {"listing": listing, "kinds": kinds().values() if can(request.user, PLAN) else ()})


# --- asking -----------------------------------------------------------------------------------------------------------------------------


def _kind(name: str) -> Kind:
    found = kinds().get(name)
    if found is None:
        raise Http404
    return found


def _places(user: Any, kind: Kind) -> list[Place]:
    """Where the user may ask this, outermost first."""
    paths = scope_of(user).paths(PLAN)
    rows = Place.objects.current().filter(level__in=kind.levels, path__descends=paths) if paths else Place.objects.none()
    rows = rows.select_related("parent").only("code", "name", "level", "path", "parent__name", "parent__level")
    return list(rows.order_by("path")[:MOST_PLACES])


def _earlier(request: HttpRequest, kind: Kind) -> Study | None:
    """The study whose values and files the form begins with."""
    said = request.POST.get("from") or request.GET.get("from") or ""
    try:
        found = Study.objects.visible_to(request.user).filter(uid=UUID(said), kind=kind.id).select_related("place").defer("result").first()
    except ValueError:
        return None
    return found


@staff(PLAN)
@never_cache
def new(request: HttpRequest, kind: str) -> HttpResponse:
    """/plan/studies/new/<kind>/?place=…[&from=…] : say what is wanted; it is worked out as a job."""
    asked, places = _kind(kind), _places(request.user, _kind(kind))
    earlier = _earlier(request, asked)
    wanted = request.GET.get("place") or (earlier.place.code if earlier else "")
    code = next((p.code for p in places if p.code == wanted), places[0].code if places else "")
    if wanted and wanted != code:
        raise Http404
    place = Place.objects.current().filter(code=code, level__in=asked.levels).defer("shape").first()
    if place is None:
        return render(request, "planning/study_new.html", {"kind": asked, "places": [], "place": None})
    initial = asked.usual(place, charter_in_force())
    if earlier:
        initial |= asked.initial(earlier.options) | {"note": earlier.note}
    kept = dict(earlier.files.filter(own=False).values_list("role", "name")) if earlier else {}
    form = asked.form(request.POST or None, request.FILES or None, place=place, kept=kept, initial=initial)
    problems: list[str] = []
    if "look" in request.POST:  # only to see what follows from what is filled in
        looked, form = form, asked.form(place=place, kept=kept, initial=form.typed())
        form.sent = looked.sent
    elif request.method == "POST" and form.is_valid():
        try:
            study = actions.ask_study(
                by=request.user, kind=asked, place=place, data=form.cleaned_data, brought=form.brought(), earlier=earlier
            )
            return redirect("planning:study", study.uid)
        except Unanswerable as refused:
            problems = refused.problems
        except Refusal as refusal:
            refusal.onto(form)
    facts = {
        "kind": asked, "places": places, "place": place, "form": form, "problems": problems, "has": asked.has(place), "earlier": earlier,
        "example": asked.example,
    }  # fmt: skip
    return render(request, "planning/study_new.html", facts, status=422 if form.is_bound else 200)


# --- the answer -------------------------------------------------------------------------------------------------------------------------


def seen(request: HttpRequest, uid: Any, ability: str = SEE) -> Study:
    """A study of a place the user plans for, or whose plans they may see. Anything else answers 404."""
    rows = Study.objects.with_state().filter(kind__in=list(kinds())).select_related("place__parent", "made_by", "charter")
    row = get_object_or_404(rows.defer("charter__source"), uid=uid)
    if not can(request.user, ability, row):
        raise Http404
    return row


def shown_to(user: Any, row: Study, view: str = "") -> Shown:
    """With the study it was made from, if the user may see that."""
    former = Study.objects.select_related("place").filter(pk=row.former_id).first() if row.former_id else None
    return Shown(row, view, former if former and can(user, SEE, former) else None)


@staff(SEE)
@never_cache
def show(request: HttpRequest, uid: Any) -> HttpResponse:
    """/plan/studies/<uid>/ : the answer, or how far it is."""
    row = seen(request, uid)
    shown = shown_to(request.user, row, request.GET.get("view", ""))
    facts: dict[str, Any] = {
        "row": row, "shown": shown, "kind": shown.kind, "place": row.place, "may_plan": can(request.user, PLAN, row),
        "may_drop": actions.may_drop(request.user, row),
    }  # fmt: skip
    if not shown.done:
        job = Job.objects.filter(uid=row.job).first() if row.job else None
        going = job is not None and job.state in (Job.State.WAITING, Job.State.RUNNING)
        facts |= {
            "job": _told(job, reverse("planning:study", args=[row.uid])) if going and job else None,
            "mine": job is not None and job.by_id == request.user.pk,
        }
        return render(request, "planning/study_waiting.html", facts)
    tones = "" if shown.parts.pale else "strong"
    facts["map"] = {"shapes": reverse("planning:study_shapes", args=[row.uid]) + shown.query, "tones": tones} if shown.parts.marks else None
    return with_base_map(render(request, "planning/study.html", facts))


def _told(job: Job, back: str) -> dict[str, Any]:
    return {
        "title": job.title, "state": job.state, "done": job.done, "total": job.total, "message": job.message,
        "cancel_url": "" if job.cancel else f"{reverse('frame:job_cancel', args=[job.uid])}?next={back}",
    }  # fmt: skip


@staff(PLAN)
@require_POST
def again(request: HttpRequest, uid: Any) -> HttpResponse:
    """/plan/studies/<uid>/again/ : make it again and see whether it comes out the same."""
    row = seen(request, uid, PLAN)
    try:
        job = actions.start_again(by=request.user, study=row)
        return redirect(f"{reverse('frame:job', args=[job.uid])}?next={reverse('planning:study', args=[row.uid])}")
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return redirect("planning:study", row.uid)


@staff(PLAN)
@require_POST
def drop(request: HttpRequest, uid: Any) -> HttpResponse:
    """/plan/studies/<uid>/drop/ : one's own study is forgotten."""
    row = seen(request, uid, PLAN)
    try:
        actions.drop_study(by=request.user, study=row)
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return redirect("planning:study", row.uid)
    messages.success(request, gettext("The study was dropped."))
    return redirect("planning:studies")
