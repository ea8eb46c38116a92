"""Pages of the opinion boxes: the register at the desk, the round on the phone, the notice that hangs beside the box."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from linli.access.pages import staff
from linli.access.scope import can, scope_of
from linli.bodies.models import Seat
from linli.charter.explain import boxes_sentence
from linli.charter.store import charter_in_force
from linli.charter.words import WEEKDAY
from linli.flow.words import post_name
from linli.frame import menu
from linli.frame.context import face_of
from linli.frame.lists import Column, Export, Listing
from linli.frame.once import show_once
from linli.frame.refusal import Conflict, Refusal
from linli.frame.squares import square
from linli.frame.templatetags.linli import named
from linli.matters.boxes import actions
from linli.matters.boxes.forms import AsideForm, BoxFilters, BoxForm, CountForm, OpenForm, RetireForm, SlipForm, TakeUpForm
from linli.matters.boxes.queries import is_late, next_slip, state_of, work_of
from linli.matters.boxes.reach import SEE, boxes_of, kept_box, kept_round, managed_box, paths_of, seen_box, seen_matters, seen_round
from linli.matters.models import Box, Round, RoundPhoto
from linli.matters.queries import community_of, state_name
from linli.matters.slips import slip_of
from linli.places.queries import place_label

STATES = {
    "waiting": (_("to be opened"), "warn"), "missed": (_("missed"), "late"), "entering": (_("slips to be entered"), "info"),
    "kept": (_("opened on the day"), "good"), "late": (_("opened late"), "warn"), "extra": (_("opened besides"), "plain"),
}  # fmt: skip


def keeper_name(seat: Seat) -> str:
    """The post and its place, as seats are called elsewhere."""
    return f"{post_name(charter_in_force(), seat.post)} · {place_label(seat.place)}"


def _share(box: Any) -> str:
    return f"{box.kept} / {box.owed}" if box.owed else ""


def _due(box: Any) -> str:
    return f"{box.due_on:%Y-%m-%d}" if box.due_on else ""


COLUMNS = (
    Column("number", _("Box number"), link=lambda b: reverse("matters:box", args=[b.pk]), sort="number", width=14),
    Column("name", pgettext_lazy("box", "Name"), width=24),
    Column("place", _("Place"), "place.name", width=20),
    Column("where", _("Where it hangs"), width=30),
    Column("keeper", _("Kept by"), lambda b: keeper_name(b.keeper), width=24),
    Column("due_on", _("To be opened on"), _due, sort="due", template="matters/boxes/due_cell.html"),
    Column("opened_last", _("Last opened"), kind="time", sort="opened"),
    Column("kept", _("Rounds on time"), _share),
    Column("slips", _("Slips"), kind="number"),
    Column("matters", _("Matters"), kind="number"),
)
SHOWN = tuple(c for c in COLUMNS if c.key not in ("where", "keeper"))


@staff(*SEE)
def boxes(request: HttpRequest) -> HttpResponseBase:
    """/boxes/ : the register: what is owed, what is late, what the year was like."""
    paths = scope_of(request.user).paths("matter.export")
    listing = Listing(
        request, boxes_of(request.user), page="matters:boxes", filters=BoxFilters(request.GET, within=paths_of(request.user)), size=50,
        sorts={"number": ("number",), "due": ("due_on",), "opened": ("-opened_last",)}, default_sort="number",
        columns=COLUMNS if "export" in request.POST else SHOWN, export=Export(_("Opinion boxes"), "matters.boxes.exported", paths[0]) if paths else None,
    )  # fmt: skip
    if listing.is_export:
        return listing.taken_out(path__descends=paths)
    charter = charter_in_force()
    context = {"listing": listing, "may_manage": can(request.user, actions.MANAGE), "rule": boxes_sentence(charter, request.LANGUAGE_CODE)}  # type: ignore[attr-defined]
    return render(request, "matters/boxes/list.html", context)


@staff(*SEE)
def box(request: HttpRequest, pk: int) -> HttpResponse:
    """/boxes/<pk>/ : one box: where it hangs, who keeps it, its rounds."""
    found = seen_box(request.user, pk)
    acting = found.keeper.acting
    stands_in = keeper_name(acting) if acting and acting.pk != found.keeper_id else ""
    facts = [
        {"term": _("Where it hangs"), "value": found.where},
        {"term": _("Place"), "value": found.place.name},
        {
            "term": _("Kept by"),
            "value": keeper_name(found.keeper),
            "help": _("vacant: done by %(seat)s") % {"seat": stands_in} if stands_in else "",
        },
        {"term": _("Hung on"), "value": f"{found.hung_on:%Y-%m-%d}"},
        *([{"term": _("Taken down on"), "value": f"{found.retired_on:%Y-%m-%d}"}] if found.retired_on else []),
    ]
    figures: Any = found
    records = f"{reverse('matters:list')}?box={found.pk}" if "matter.see" in scope_of(request.user).abilities else ""
    stats = [
        {"label": _("Rounds on time, in a year"), "value": _share(found) or "–", "url": "#rounds", "tone": "plain"},
        {"label": _("Slips in a year"), "value": figures.slips, "url": "#rounds", "tone": "plain"},
        {"label": _("Matters in a year"), "value": figures.matters, "url": records, "tone": "plain"},
    ]
    rounds = list(found.rounds.select_related("opened_by").prefetch_related("entries").order_by("-pk")[:60])
    context = {
        "box": found, "facts": facts, "stats": stats, "rounds": [_row(r) for r in rounds],
        "may_manage": can(request.user, actions.MANAGE, found) and not found.retired_on,
        "may_keep": can(request.user, actions.KEEP, found) and not found.retired_on,
    }  # fmt: skip
    return render(request, "matters/boxes/box.html", context)


def _row(round_: Round) -> dict[str, Any]:
    said, tone = STATES[state_of(round_)]
    return {"round": round_, "state": said, "tone": tone, "entered": len(round_.entries.all()), "late": is_late(round_)}


@staff(actions.MANAGE)
@never_cache
def hang(request: HttpRequest) -> HttpResponse:
    """/boxes/new/"""
    return _edit(request, None)


@staff(actions.MANAGE)
@never_cache
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """/boxes/<pk>/change/ : put right, or hang it elsewhere."""
    return _edit(request, managed_box(request.user, pk))


def _edit(request: HttpRequest, found: Box | None) -> HttpResponse:
    initial: dict[str, Any] = {}
    if found is not None:
        initial = {"number": found.number, "name": found.name, "place": found.place.code, "where": found.where, "keeper": found.keeper_id}
    form = BoxForm(request.POST or None, initial=initial, within=scope_of(request.user).paths(actions.MANAGE))
    if request.method == "POST" and form.is_valid():
        try:
            if found is None:
                made = actions.hang_box(by=request.user, **form.cleaned_data)
                messages.success(request, gettext("The box is entered. Print its notice and hang it beside it."))
            else:
                made = actions.change_box(by=request.user, box=found, **form.cleaned_data)
                messages.success(request, gettext("Changed."))
        except Refusal as refusal:
            refusal.onto(form)
        else:
            return redirect("matters:box", made.pk)
    return render(request, "matters/boxes/form.html", {"form": form, "box": found}, status=422 if form.is_bound else 200)


@staff(actions.MANAGE)
@never_cache
def retire(request: HttpRequest, pk: int) -> HttpResponse:
    """/boxes/<pk>/retire/ : asks once more, with the reason."""
    found = managed_box(request.user, pk)
    form = RetireForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            actions.retire_box(by=request.user, box=found, reason=form.cleaned_data["reason"])
        except Refusal as refusal:
            refusal.onto(form)
        else:
            messages.success(request, gettext("Taken down. Its rounds and matters stay on record."))
            return redirect("matters:box", found.pk)
    return render(request, "matters/boxes/retire.html", {"box": found, "form": form}, status=422 if form.is_bound else 200)


@staff(*SEE)
def notice(request: HttpRequest, pk: int) -> HttpResponse:
    """/boxes/<pk>/notice/ : the sheet that hangs beside the box, with the way to the residents' page."""
    found = seen_box(request.user, pk)
    community = community_of(found.place)
    link = request.build_absolute_uri(f"{reverse('matters:report')}?place={community.code if community else ''}")
    charter = charter_in_force()
    days = [WEEKDAY[d] for d in charter.boxes.days] if charter.boxes else []
    context = {
        "box": found, "community": community, "qr": square(link), "link": link, "days": "、".join(str(named(d)) for d in days),
        "org": menu.area_name(), "back_url": reverse("matters:box", args=[found.pk]),
    }  # fmt: skip
    return render(request, "matters/boxes/notice.html", context)


# --- rounds: on the phone, or at the counter's PC ---------------------------------------------------------------------------------------


@staff(actions.KEEP)
@never_cache
def due(request: HttpRequest) -> HttpResponse:
    """/boxes/due/ : the boxes that are mine to open, and the slips that wait to be entered."""
    rounds = work_of(request.user)
    cards = [{"round": r, "late": is_late(r), "left": (r.slips or 0) - r.entered} for r in rounds]  # type: ignore[attr-defined]
    boxes_ = Box.objects.hanging().filter(keeper__acting__in=scope_of(request.user).seats).select_related("place").order_by("number")
    waiting = {r.box_id for r in rounds}
    return render(request, "matters/boxes/due.html", {"cards": cards, "others": [b for b in boxes_[:50] if b.pk not in waiting]})


@staff(actions.KEEP)
@never_cache
def open_(request: HttpRequest, pk: int) -> HttpResponse:
    """/boxes/<pk>/open/ : write down that the box was opened."""
    found = kept_box(request.user, pk)
    form = OpenForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data | {"request_id": form.cleaned_data["request_id"] or form.initial["request_id"]}
        try:
            round_ = actions.open_box(by=request.user, box=found, **data)
        except Refusal as refusal:
            refusal.onto(form)
        else:
            n = round_.slips or 0
            said = ngettext("Saved on the server: %(n)s slip.", "Saved on the server: %(n)s slips.", n) % {"n": n}
            messages.success(request, said)
            return redirect("matters:box_round", round_.uid)
    return render(
        request, "matters/boxes/open.html", {"form": form, "box": found, "face": face_of(request)}, status=422 if form.is_bound else 200
    )


@staff(*SEE)
@never_cache
def round_(request: HttpRequest, uid: Any) -> HttpResponse:
    """/boxes/rounds/<uid>/ : a round, and what became of each slip; POST sets one aside or takes it up again, or corrects their number."""
    found = seen_round(request.user, uid)
    may = can(request.user, actions.KEEP, found.box)
    forms: dict[str, Any] = {"aside": AsideForm(initial={"slip": next_slip(found)}), "count": CountForm(initial={"slips": found.slips})}
    if request.method == "POST":
        if not may:
            raise PermissionDenied(actions.KEEP)
        which = "count" if "slips" in request.POST else "take_up" if "take_up" in request.POST else "aside"
        forms[which] = form = FORMS[which](request.POST)
        if form.is_valid():
            try:
                DO[which](request, found, form.cleaned_data)
            except Conflict as conflict:
                messages.error(request, conflict.message)
            except Refusal as refusal:
                refusal.onto(form)
                return _round_page(request, found, may, forms, 422)
            return redirect("matters:box_round", found.uid)
        return _round_page(request, found, may, forms, 422)
    return _round_page(request, found, may, forms, 200)


def _set_aside(request: HttpRequest, found: Round, data: dict[str, Any]) -> None:
    slip = actions.set_aside(by=request.user, round_=found, **data)
    messages.success(request, gettext("Slip %(n)s is set aside: %(why)s.") % {"n": slip.number, "why": slip.get_aside_display()})


def _recount(request: HttpRequest, found: Round, data: dict[str, Any]) -> None:
    actions.correct_slips(by=request.user, round_=found, **data)
    messages.success(request, gettext("Corrected."))


def _take_up(request: HttpRequest, found: Round, data: dict[str, Any]) -> None:
    actions.take_up_slip(by=request.user, round_=found, number=data["take_up"])
    messages.success(request, gettext("Slip %(n)s waits to be entered again.") % {"n": data["take_up"]})


FORMS: dict[str, type[Form]] = {"aside": AsideForm, "count": CountForm, "take_up": TakeUpForm}
DO: dict[str, Callable[[HttpRequest, Round, dict[str, Any]], None]] = {"aside": _set_aside, "count": _recount, "take_up": _take_up}


def _round_page(request: HttpRequest, found: Round, may: bool, forms: dict[str, Any], status: int) -> HttpResponse:
    entries = list(found.entries.select_related("matter__flow", "by"))
    visible = seen_matters(request.user, [e.matter_id for e in entries if e.matter_id])
    left = (found.slips or 0) - len(entries)
    said, tone = STATES[state_of(found)]
    context = {
        "round": found, "box": found.box, "left": left, "state": said, "tone": tone, "late": is_late(found), "face": face_of(request),
        "entries": [{"slip": e, "state": state_name(e.matter.flow) if e.matter else "", "seen": e.matter_id in visible} for e in entries],
        "may": may and found.opened_at is not None, "photos": list(found.photos.all()) if may else [],
        "aside_form": forms["aside"], "count_form": forms["count"], "take_up_form": forms.get("take_up"),
        "may_take_up": may and found.box.retired_on is None,
    }  # fmt: skip
    return render(request, "matters/boxes/round.html", context, status=status)


@staff(actions.KEEP)
@never_cache
def slip(request: HttpRequest, uid: Any) -> HttpResponse:
    """/boxes/rounds/<uid>/slip/ : the next slip becomes a matter."""
    found = kept_round(request.user, uid)
    form = SlipForm(
        request.POST or None, request.FILES or None, within=scope_of(request.user).paths(actions.KEEP),
        here=_("where the box hangs: %(place)s") % {"place": found.box.place.name},
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            raised = actions.enter_slip(
                by=request.user, round_=found, request_id=data["request_id"], text=data["text"], category=data["category"], title=data["title"],
                place=data["place"], position=data["position"], address=data["address"], photos=data["photos"], reporter=form.reporter(),
            )  # fmt: skip
        except Refusal as refusal:
            refusal.onto(form)
        else:
            if form.reporter():  # somebody can be given it
                link = request.build_absolute_uri(reverse("matters:follow_code", args=[raised.follow_code]))
                done: dict[str, Any] = {
                    "number": raised.matter.number, "slip": slip_of(raised.matter, raised.follow_code, link),
                    "round": {"pk": found.pk, "uid": found.uid}, "face": face_of(request),
                }  # fmt: skip
                return show_once(request, "matters/boxes/slip_done.html", done)
            messages.success(request, gettext("Saved on the server: %(number)s.") % {"number": raised.matter.number})
            return redirect("matters:box_round", found.uid)
    n = next_slip(found)
    if request.method == "GET" and n is None:
        messages.info(request, gettext("Every slip of this round is entered. If there was one more, correct the number of slips first."))
        return redirect("matters:box_round", found.uid)
    context = {
        "form": form,
        "round": found,
        "box": found.box,
        "n": n or found.slips,
        "face": face_of(request),
    }
    return render(request, "matters/boxes/slip.html", context, status=422 if form.is_bound else 200)


@staff(actions.KEEP)
def photo(request: HttpRequest, uid: Any) -> HttpResponseBase:
    """/boxes/photos/<uid>/ : the slips as they lay in the box, for those who enter them."""
    keeps = Box.objects.filter(scope_of(request.user).q(actions.KEEP)).values("pk")
    found = RoundPhoto.objects.filter(uid=uid, round__box__in=keeps).first()
    if found is None:
        raise Http404
    try:
        file = found.file.open("rb")
    except FileNotFoundError:
        raise Http404 from None
    response = FileResponse(file, content_type=found.mime)
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, max-age=3600"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
