"""One matter at the desk: what it is, where it stands, who is responsible until when, what to do next."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeGuard
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from linli.access.pages import staff
from linli.access.scope import scope_of
from linli.flow import words
from linli.flow.models import Attachment, Event, Flow
from linli.flow.moves import NO
from linli.flow.queries import history, holders, responsible, steps_line
from linli.frame import panels
from linli.frame.context import face_of
from linli.frame.once import show_once
from linli.frame.refusal import Conflict, Refusal
from linli.frame.templatetags.linli import named
from linli.matters import actions
from linli.matters.actforms import FORMS, StepForm
from linli.matters.actions.flowing import told_plainly
from linli.matters.acts import MINE, Situation, act_of, acts_for, may_erase, may_reveal, used_up
from linli.matters.categories import category_name
from linli.matters.disputes.actions import add_parties
from linli.matters.disputes.forms import CounterWithSides
from linli.matters.disputes.panel import panel, seat_said
from linli.matters.disputes.rights import without_texts
from linli.matters.doing import FollowCode, do, take
from linli.matters.forms import RevealForm
from linli.matters.joined import counting, known_numbers, link_label
from linli.matters.models import Ground, Matter, Word
from linli.matters.pages.choosing import CHOOSE, choosing, preset
from linli.matters.queries import state_name
from linli.matters.recurring import here
from linli.matters.slips import slip_of, voice_slip_of
from linli.matters.supervision import supervisions
from linli.places.queries import place_label

MACHINE = re.compile(r"[A-Za-z0-9_.:-]*")  # what was chosen, not written
SENT_BACK = NO | {"dissatisfied"}
BACK = {"reopened", "transferred", "sent_back", "unmerged", "came_back"}
ASKED = {f"{what}_{came}" for what in ("extension", "suspension", "handover") for came in ("asked", "refused", "recalled", "granted")} | {
    "suspended"
}
SEEN = "seq"  # the hidden field that says which state of the work the person had before them


def seen_by(request: HttpRequest, number: str) -> Matter:
    """The matter, if the user may see it; 404 otherwise, whether or not there is such a number."""
    rows = counting(Matter.objects.visible_to(request.user)).select_related(
        "flow__owner__place__parent",
        "flow__owner__acting",
        "place__parent",
        "reporter",
        "raised_from__place__parent",
        "main__flow",
        "slip__round__box",
        "order",
    )
    found = rows.filter(number=number).first()
    if found is None:
        raise Http404
    return found


@staff("matter.see", "matter.report")
@never_cache
def detail(request: HttpRequest, number: str) -> HttpResponse:
    """/matters/<number>/ : all of it."""
    return page(request, seen_by(request, number))


def page(
    request: HttpRequest, matter: Matter, *, status: int = 200, bound: StepForm | None = None, opened: Any = None, **more: Any
) -> HttpResponse:
    """The page of a matter, with a step's form as it was sent where it could not be taken, and the sides of a dispute just looked up."""
    situation = Situation(matter, request.user)
    flow, work = matter.flow, situation.work
    charter = work.charter
    events = list(flow.events.select_related("by").order_by("seq"))
    forms_ = [StepForm(situation=situation, offer=o) for o in situation.offers]
    if bound is not None:
        forms_ = [bound if f.offer.outcome == bound.offer.outcome else f for f in forms_] or [bound]
    joined = situation.joined
    group = {flow.pk: matter, **{m.flow_id: m for m in joined.merged}}
    files, told = _by_matter(group)
    known, acts = known_numbers(events, request.user, joined), acts_for(situation)
    dispute = panel(situation, events, opened)
    if dispute is not None and not dispute["reads"]:
        without_texts(events)
    context = {
        "matter": matter,
        "flow": flow,
        "joined": joined,
        "links": [(link_label(link, matter), m) for link, m in joined.links],
        "category": charter.categories.get(matter.category),
        "category_name": category_name(charter, matter.category, whole=True),
        "line_name": named(charter.lines[matter.line].name) if matter.line in charter.lines else "",
        "state": state_name(flow),
        "steps": steps_line(flow, events),
        "step": situation.step,
        "came_back": [found for found in (_came_back(flow, events, known), _refused(flow, events)) if found],
        "rated_by": _rated_by(events),
        "supervisions": supervisions(flow, events),
        "here": _here(matter),
        "may_root": situation.may("matter.report"),
        "grounds": _grounds(matter),
        "step_forms": [
            {"form": f, "label": words.outcome_name(situation.step, f.offer.outcome), "outcome": f.offer.outcome} for f in forms_
        ],
        "bound": bound,
        "responsible": responsible(flow),
        "hotline_due": _hotline_due(matter),
        "raised_from": place_label(matter.raised_from.place) if matter.raised_from else "",
        "holders": holders(flow),
        "parts": _parts(situation, events),
        "ask": _ask(situation, events),
        "acts": acts,
        "used_up": used_up(situation),
        "mine": [a for a in acts if a.name in MINE],
        "may_reveal": may_reveal(situation),
        "may_erase": may_erase(situation),
        "reveal_form": RevealForm(),
        "parties_form": RevealForm(auto_id="id_parties_%s"),
        "d": dispute,
        "has_reporter": getattr(matter, "reporter", None) is not None,
        "withheld": bool(getattr(matter, "reporter", None) and matter.reporter.withheld),
        "reader": words.post_name(charter, situation.work.procedure.steps[situation.work.procedure.start].actor) if matter.line else "",
        "files": files[matter.pk],
        "merged": [(m, files[m.pk], told[m.pk]) for m in joined.merged],
        "may_publish": situation.may("matter.publish"),
        "words": told[matter.pk],
        "history": history(flow, events, known),
        "face": face_of(request),
        "panels": panels.of("flow", request, flow),
        **more,
    }
    return render(request, "matters/detail.html", context, status=status)


def _hotline_due(matter: Matter) -> datetime | None:
    """The hotline's own deadline, until it has been answered back: where it comes before that of the present step, or is over."""
    order, due = getattr(matter, "order", None), matter.flow.due_at
    if order is None or order.due_at is None or order.answered_back_at is not None:
        return None
    return order.due_at if due is None or order.due_at < max(due, timezone.now()) else None


def _by_matter(group: dict[int, Matter]) -> tuple[dict[int, list[Attachment]], dict[int, list[Word]]]:
    """Files and messages of these matters, given by their work. Two queries, however many they are."""
    files: dict[int, list[Attachment]] = {m.pk: [] for m in group.values()}
    told: dict[int, list[Word]] = {m.pk: [] for m in group.values()}
    for a in Attachment.objects.filter(flow__in=list(group)).select_related("by").order_by("pk"):
        files[group[a.flow_id].pk].append(a)
    for w in Word.objects.filter(matter__in=list(told)).select_related("by").order_by("at", "pk"):
        told[w.matter_id].append(w)
    return files, told


def _grounds(matter: Matter) -> list[Ground]:
    """Root causes the matter is a ground of, or its own grounds. One query, or none where ``counting`` found nothing."""
    if not getattr(matter, "has_grounds", True):
        return []
    return list(Ground.objects.filter(Q(root=matter) | Q(matter=matter)).select_related("root", "matter")[:60])


def _came_back(flow: Flow, events: Sequence[Event], known: set[str]) -> dict[str, str] | None:
    """Why the work stands in this step once more: what whoever sent it back said, and what they wrote. ``known``: as for ``words.sentence``."""
    last = next((e for e in reversed(events) if e.kind == "taken" or e.kind in BACK), None)
    if flow.end or last is None or last.step_to != flow.step or not (last.kind in BACK or _is_no(flow, last)):
        return None
    return {"what": words.sentence(last, flow, known), "why": "\n".join((last.texts or {}).values())}


def _is_no(flow: Flow, taken: Event) -> bool:
    """Whether it came here because a step was answered with no: not where yes leads here as well."""
    step = words.procedure_of(flow).steps.get(taken.step_from)
    yes = {to for outcome, to in step.on.items() if outcome not in SENT_BACK} if step else set()
    return taken.outcome in SENT_BACK and taken.step_to not in yes


def _refused(flow: Flow, events: Sequence[Event]) -> dict[str, str] | None:
    """What was asked for last in this step, where it was refused, and why."""
    last = next((e for e in reversed(events) if e.kind == "taken" or e.kind in BACK or e.kind in ASKED), None)
    if last is None or not last.kind.endswith("_refused"):
        return None
    return {"what": words.sentence(last, flow), "why": "\n".join((last.texts or {}).values())}


def _here(matter: Matter) -> dict[str, Any] | None:
    """Which one of its kind at its place it is, where that recurs, and the list of them. One query."""
    found = here(matter)
    if found is None or not found.recurs or found.since is None:
        return None
    since = timezone.localdate(found.since)
    return {"number": found.number, "since": since, "url": f"{reverse('matters:list')}?{urlencode({'again': matter.number})}"}


def _rated_by(events: Sequence[Event]) -> str:
    """Whether the rating is the person's own or was told when they were rung up."""
    last = next((e for e in reversed(events) if e.outcome in ("satisfied", "dissatisfied", "explained", "silent")), None)
    if last is None or last.outcome == "silent":
        return ""
    return _("their own") if last.role == "reporter" else _("when called back")


def _parts(situation: Situation, events: Sequence[Event]) -> list[dict[str, Any]]:
    """Assisting parts still open: whose, until when, and what was asked of them."""
    parts = situation.work.state.parts
    if not parts:
        return []
    from linli.bodies.models import Seat

    seats = {s.pk: s for s in Seat.objects.filter(pk__in=[p.seat for p in parts]).select_related("place__parent")}
    charter = situation.work.charter
    return [
        {
            "who": f"{words.post_name(charter, seats[p.seat].post)} · {place_label(seats[p.seat].place)}",
            "due": p.due_at,
            "task": next(
                ((e.texts or {}).get("task", "") for e in reversed(events) if e.kind == "joined" and p.seat in e.data["seats"]), ""
            ),
        }
        for p in parts
        if p.seat in seats
    ]


def _ask(situation: Situation, events: Sequence[Event] | None = None) -> dict[str, Any] | None:
    """What is asked, and who asked it why. No query with ``events`` (``by`` joined), else one; one more for a handover."""
    ask = situation.work.state.ask
    if ask is None:
        return None
    kind = f"{ask.what}_asked"
    newest = (
        reversed(events) if events is not None else situation.matter.flow.events.filter(kind=kind).select_related("by").order_by("-seq")[:1]
    )
    asked = next((e for e in newest if e.kind == kind), None)
    reason = (asked.texts or {}).get("reason", "") if asked else ""
    why = [_("%(who)s: “%(said)s”") % {"who": asked.by or "", "said": reason}] if asked and reason else []
    what = {
        "extension": lambda: _("More time is asked for"),
        "suspension": lambda: _("It is asked to put this on the ledger"),
        "handover": lambda: _("It is to be handed over to %(seat)s; the receipt is due") % {"seat": seat_said(situation, ask.seat)},
    }[ask.what]()
    until = words.duration(ask.length) if ask.length else words.moment(ask.until) if ask.until else ""
    return {"what": what, "until": until, "why": why}


# --- the step ------------------------------------------------------------------------------------------------------------------------


def _seen_seq(request: HttpRequest) -> int | None:
    text = request.POST.get(SEEN, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def landed(request: HttpRequest, number: str) -> HttpResponse:
    return redirect("matters:calls") if request.GET.get("calls") else redirect("matters:detail", number)


@staff("flow.act")
@require_POST
def step(request: HttpRequest, number: str) -> HttpResponse:
    """/matters/<number>/step/ : take the present step. 409 with what changed when somebody was quicker."""
    matter = seen_by(request, number)
    found = taken(request, matter, Situation(matter, request.user))
    return found if isinstance(found, HttpResponse) else page(request, seen_by(request, number), status=422, bound=found)


def taken(request: HttpRequest, matter: Matter, situation: Situation) -> HttpResponse | StepForm:
    """Take the present step as it was sent: the answer, or the form that says what is wrong with it."""
    outcome, seq = request.POST.get("outcome", ""), _seen_seq(request)
    offer = next((o for o in situation.offers if o.outcome == outcome), None)
    if offer is None:
        if shown := moved_on(request, matter, situation):
            return shown
        raise PermissionDenied(outcome)
    form = StepForm(request.POST, request.FILES, situation=situation, offer=offer)
    if form.is_valid():
        try:
            take(request.user, matter, seq, outcome, form)
        except Conflict as conflict:
            return page(request, seen_by(request, matter.number), status=409, conflict=conflict.changed, yours=_typed(request))
        except Refusal as refusal:
            refusal.onto(form)
        else:
            messages.success(request, _("Done: %(what)s.") % {"what": words.outcome_name(situation.step, outcome)})
            return landed(request, matter.number)
    elif shown := moved_on(request, matter, situation):
        return shown
    return form


def moved_on(request: HttpRequest, matter: Matter, situation: Situation) -> HttpResponse | None:
    """Of what was sent about work that has moved since: the page with what changed, and what the person had written; None where it hasn't."""
    seq = _seen_seq(request)
    if request.method != "POST" or not overtaken(seq, situation):
        return None
    return page(request, matter, status=409, conflict=_changes(matter, seq), yours=_typed(request))


def overtaken(seq: int | None, situation: Situation) -> TypeGuard[int]:
    """Whether the work has moved since the person saw it. What no longer fits into a form then is no mistake of theirs."""
    return seq is not None and seq != situation.work.flow.seq


def _changes(matter: Matter, seq: int) -> list[str]:
    events = matter.flow.events.filter(seq__gt=seq).order_by("seq").select_related("by")
    return [words.line(e, matter.flow) for e in events]


def _typed(request: HttpRequest) -> list[dict[str, str]]:
    """What the person had written, to copy: nothing of it is lost."""
    known = {SEEN, "outcome", "csrfmiddlewaretoken", "request_id"}
    names = {name: name.rpartition("-")[2] for name in request.POST if name not in known}
    return [
        {"label": str(words.EVIDENCE.get(short, short)), "text": request.POST[name]}
        for name, short in names.items()
        if not MACHINE.fullmatch(request.POST[name].strip())
    ]


# --- what can be done besides it -----------------------------------------------------------------------------------------------------


@staff()
@never_cache
def act(request: HttpRequest, number: str, name: str) -> HttpResponse:
    """/matters/<number>/act/<name>/ : the page behind each button: its form, and doing it."""
    matter = seen_by(request, number)
    situation = Situation(matter, request.user)
    chosen = act_of(name, situation)
    if chosen is None:
        raise Http404
    seq = _seen_seq(request)
    if not chosen.offered(situation):
        if shown := moved_on(request, matter, situation):
            return shown
        if not chosen.able(situation):
            raise PermissionDenied(name)
        messages.warning(request, _("“%(act)s” can't be done any more, or not now. This is how it stands.") % {"act": chosen.label})
        return landed(request, number)
    given = {"data": request.POST, "files": request.FILES} if request.method == "POST" else {}
    form = FORMS[name](situation, given)
    if name in CHOOSE:
        preset(request, form)
    if request.method == "POST" and form.is_valid():
        try:
            with told_plainly(flow=matter.flow):
                said = do(name, request.user, matter, seq, form.cleaned_data)
        except Conflict as conflict:
            return page(request, seen_by(request, number), status=409, conflict=conflict.changed, yours=_typed(request))
        except Refusal as refusal:
            refusal.onto(form)
        else:
            if isinstance(said, FollowCode):
                link = request.build_absolute_uri(reverse("matters:watching", args=[said]))
                return show_once(request, "matters/voice_done.html", {"number": number, "slip": voice_slip_of(matter, said, link)})
            messages.success(request, said)
            return landed(request, number)
    elif shown := moved_on(request, matter, situation):
        return shown
    context = {
        "matter": matter, "act": chosen, "form": form, "seq": situation.work.flow.seq if request.method == "GET" else seq,
        "ask": _ask(situation) if name == "decide" else None, "choose": choosing(request, situation, form) if name in CHOOSE else None,
        "face": face_of(request),
    }  # fmt: skip
    return render(request, "matters/act.html", context, status=422 if form.is_bound else 200)


@staff("matter.contact")
@never_cache
@require_POST
def reveal(request: HttpRequest, number: str) -> HttpResponse:
    """/matters/<number>/contact/ : the reporter's name and telephone, for a purpose, once; the look is in the log before they show."""
    matter = seen_by(request, number)
    form = RevealForm(request.POST)
    if not form.is_valid():
        return page(request, matter, status=422, reveal_form=form)
    try:
        found = actions.reveal_reporter(
            by=request.user, matter=matter, purpose=form.cleaned_data["purpose"], note=form.cleaned_data["note"]
        )
    except Refusal as refusal:
        refusal.onto(form)
        return page(request, matter, status=422, reveal_form=form)
    return page(request, matter, contact=found)


@staff("matter.publish")
@require_POST
def show(request: HttpRequest, number: str, uid: Any) -> HttpResponse:
    """/matters/<number>/show/<uid>/ : a photo becomes visible to the public, or no longer."""
    matter = seen_by(request, number)
    attachment = matter.flow.attachments.filter(uid=uid).first()
    if attachment is None:
        raise Http404
    public = request.POST.get("public") == "yes"
    actions.show_attachment(by=request.user, matter=matter, attachment=attachment, public=public)
    messages.success(request, _("The photo is shown to the public.") if public else _("The photo is no longer shown."))
    return landed(request, number)


# --- the counter ---------------------------------------------------------------------------------------------------------------------


@staff("matter.intake")
@never_cache
def new(request: HttpRequest) -> HttpResponse:
    """/matters/new/ : somebody at the counter or on the telephone tells something."""
    within = scope_of(request.user).paths("matter.intake")
    form: forms.Form = CounterWithSides(request.POST or None, request.FILES or None, within=within)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            raised = actions.raise_matter(
                by=request.user, request_id=data["request_id"], channel=data["channel"], text=data["text"], category=data["category"],
                title=data["title"], place=data["place"], position=data["position"], address=data["address"], photos=data["photos"],
                documents=data["documents"], line=data.get("line", ""), reporter=form.reporter(),  # type: ignore[attr-defined]
            )  # fmt: skip
            add_parties(by=request.user, matter=raised.matter, infos=form.parties())  # type: ignore[attr-defined]
        except Refusal as refusal:
            refusal.onto(form)
        else:
            link = request.build_absolute_uri(reverse("matters:follow_code", args=[raised.follow_code]))
            context = {"number": raised.matter.number, "slip": slip_of(raised.matter, raised.follow_code, link)}
            return show_once(request, "matters/counter_done.html", context)
    return render(request, "matters/new.html", {"form": form}, status=422 if form.is_bound else 200)
