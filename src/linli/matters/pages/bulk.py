"""Acts on several matters at once, from the desk's list: asks once more with what it will change, does it in one go, says what it could not."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from linli.access.models import User
from linli.access.scope import scope_of
from linli.bodies.models import Seat
from linli.charter.schema import Step
from linli.charter.store import charter_in_force, charter_of
from linli.flow import actions as flow
from linli.flow import words
from linli.flow.moves import by_hand, needs_of
from linli.frame.lists import Listing, selected_ids
from linli.frame.refusal import Refusal
from linli.frame.templatetags.linli import named
from linli.matters.actforms import LONG
from linli.matters.actions import merge_matter, take_matter_steps
from linli.matters.actions.flowing import refusal_of
from linli.matters.actions.steps import check_kept
from linli.matters.choices import SEAT_AT, give_choices
from linli.matters.forms import ReasonForm
from linli.matters.models import Matter
from linli.places.codes import called_at
from linli.places.queries import place_label

ACTS: tuple[dict[str, Any], ...] = (
    {"value": "step", "label": _("Take the same step"), "needs": "flow.act"},
    {"value": "urge", "label": _("Urge"), "needs": "flow.urge"},
    {"value": "reassign", "label": _("Move to another seat"), "needs": "flow.assign"},
    {"value": "merge", "label": _("Merge into one"), "needs": "matter.join"},
)
_FILES = {"photo", "document"}


def offered(abilities: Collection[str]) -> list[dict[str, Any]]:
    return [act for act in ACTS if act["needs"] in abilities]


# Each form asks what its act needs to know; ``do`` gives those it could not be done on, by the key of their work.


class UrgeForm(ReasonForm):
    def __init__(self, *args: Any, user: User, chosen: Sequence[Matter], **kwargs: Any) -> None:
        super().__init__(*args, required=False, label=_("What should happen?"), **kwargs)

    def do(self, by: User, chosen: Sequence[Matter]) -> dict[int, Exception]:
        return flow.urge_flows(by=by, flows=_works(chosen), reason=self.cleaned_data["reason"])


class ReassignForm(ReasonForm):
    seat = forms.TypedChoiceField(label=pgettext_lazy("post", "To"), coerce=int, empty_value=None)
    field_order = ["seat", "reason"]

    def __init__(self, *args: Any, user: User, chosen: Sequence[Matter], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        charter = charter_in_force()
        able = {p.id: named(p.name) for p in charter.posts.values() if "flow.act" in p.abilities}
        seats = Seat.objects.filter(post__in=able, path__descends=scope_of(user).paths("flow.assign")).order_by("path", "post")
        rows = seats.values_list("pk", "post", *SEAT_AT)[:600]
        give_choices(self, "seat", [("", _("Choose")), *((pk, f"{able[post]} · {called_at(*at)}") for pk, post, *at in rows)])

    def do(self, by: User, chosen: Sequence[Matter]) -> dict[int, Exception]:
        data = self.cleaned_data
        return flow.reassign_flows(by=by, flows=_works(chosen), seat=data["seat"], reason=data["reason"])


class SameStepForm(forms.Form):
    """One outcome for matters that stand in the same step: forty reports of one burst pipe get one answer."""

    outcome = forms.ChoiceField(label=_("Outcome"), widget=forms.RadioSelect)
    text = forms.CharField(label=_("What to write"), required=False, max_length=2000, widget=LONG)

    def __init__(self, *args: Any, user: User, chosen: Sequence[Matter], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.step = _common_step(chosen)
        self.outcomes = [o for o in by_hand(self.step) if not _FILES & set(needs_of(self.step, o))]
        if not self.outcomes:
            raise Refusal(_("This step needs photos or papers of each matter: take it one by one."), code="not_together")
        give_choices(self, "outcome", [(o, words.outcome_name(self.step, o)) for o in self.outcomes])
        self.initial.setdefault("outcome", self.outcomes[0])
        self.fields["text"].required = all(needs_of(self.step, o) for o in self.outcomes)
        if any(m.is_public for m in chosen):
            self.fields["text"].help_text = _("An answer can be read by everybody. No names, telephone numbers or dwellings.")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if (outcome := data.get("outcome")) and needs_of(self.step, outcome) and not data.get("text", "").strip():
            said = words.EVIDENCE.get(needs_of(self.step, outcome)[0])
            self.add_error("text", gettext("Needed here: %(what)s.") % {"what": said})
        return data

    def do(self, by: User, chosen: Sequence[Matter]) -> dict[int, Exception]:
        outcome, text = self.cleaned_data["outcome"], self.cleaned_data["text"]
        wanted = needs_of(self.step, outcome) or tuple(n.rstrip("?") for n in self.step.needs if n.rstrip("?") not in _FILES) or ("reason",)
        return take_matter_steps(by=by, matters=chosen, outcome=outcome, texts=dict.fromkeys(wanted, text))


class MergeForm(ReasonForm):
    """Which of the chosen goes on; all others are merged into it, the earliest raised being proposed."""

    main = forms.TypedChoiceField(label=_("Which one goes on?"), coerce=int, empty_value=None, widget=forms.RadioSelect)
    field_order = ["main", "reason"]

    def __init__(self, *args: Any, user: User, chosen: Sequence[Matter], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        running = [m for m in chosen if not m.flow.end]
        if len(chosen) < 2 or not running:
            raise Refusal(_("Choose at least two matters, one of them under way."), code="not_together")
        give_choices(self, "main", [(m.pk, f"{m.number} {m.title} · {place_label(m.place)}") for m in running])
        self.initial.setdefault("main", min(running, key=lambda m: (m.raised_at, m.pk)).pk)

    def do(self, by: User, chosen: Sequence[Matter]) -> dict[int, Exception]:
        main = next(m for m in chosen if m.pk == self.cleaned_data["main"])
        refused: dict[int, Exception] = {}
        for one in chosen:
            if one.pk != main.pk:
                try:
                    merge_matter(by=by, matter=one, main=main, seq=None, reason=self.cleaned_data["reason"])
                except (Refusal, PermissionDenied) as no:
                    refused[one.flow_id] = no
        return refused


FORMS: dict[str, type[Any]] = {"step": SameStepForm, "urge": UrgeForm, "reassign": ReassignForm, "merge": MergeForm}


def _common_step(chosen: Sequence[Matter]) -> Step:
    """The step in which all of them stand: of one name, with the same outcomes and the same evidence, also in two procedures. Raises Refusal."""
    steps = [charter_of(m.flow.charter_id).procedures[m.flow.procedure].steps.get(m.flow.step) for m in chosen]
    if not (step := steps[0]) or any(other is None or _asks(other) != _asks(step) for other in steps):
        raise Refusal(_("Choose matters that stand in the same step: the filter “Step” helps."), code="not_together")
    return step


def _asks(step: Step) -> tuple[Any, ...]:
    return step.id, step.action, by_hand(step), step.needs


def _works(chosen: Sequence[Matter]) -> list[int]:
    return [m.flow_id for m in chosen]


def page(request: HttpRequest, listing: Listing) -> HttpResponse:
    """First asks once more, with what it will change; then does it and says what could not be done."""
    act = next((a for a in ACTS if a["value"] == request.POST.get("act", "")), None)
    if act is None or act["needs"] not in scope_of(request.user).abilities:
        raise PermissionDenied(request.POST.get("act", ""))
    by = cast(User, request.user)
    confirmed = request.POST.get("confirmed") == "1"
    try:
        keys = selected_ids(request, listing.chosen)
        chosen = list(Matter.objects.select_related("flow", "place__parent", "reporter").filter(pk__in=keys).order_by("-raised_at"))
        form = FORMS[act["value"]](*((request.POST,) if confirmed else ()), user=by, chosen=chosen)
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return redirect(listing.url())
    if confirmed and form.is_valid() and _discreet(form, chosen):
        refused = form.do(by, chosen)
        _tell(request, [m for m in chosen if m.pk != form.cleaned_data.get("main")], refused)
        return redirect(listing.url())
    context = {"act": act, "chosen": chosen, "form": form, "back_url": listing.url(), "action_url": listing.url()}
    return render(request, "matters/bulk.html", context, status=422 if confirmed else 200)


def _discreet(form: Any, chosen: Sequence[Matter]) -> bool:
    """Whether the reason can stay in the history of all of them; if not, the form says why."""
    try:
        check_kept({"reason": form.cleaned_data.get("reason") or ""}, [m.pk for m in chosen])
    except Refusal as refusal:
        refusal.onto(form)
        return False
    return True


def _tell(request: HttpRequest, chosen: Sequence[Matter], refused: dict[int, Exception]) -> None:
    if done := len(chosen) - len(refused):
        messages.success(request, ngettext("Done for one matter.", "Done for %(n)s matters.", done) % {"n": done})
    lines = [_line(m, refused[m.flow_id]) for m in chosen if m.flow_id in refused]
    for line in lines[:10]:
        messages.warning(request, line)
    if len(lines) > 10:
        messages.warning(request, gettext("And %(n)s more that could not be done.") % {"n": len(lines) - 10})


def _line(matter: Matter, no: Exception) -> str:
    if isinstance(no, PermissionDenied):
        return gettext("%(number)s: not yours to change.") % {"number": matter.number}
    return f"{matter.number}: {refusal_of(no, flow=matter.flow).message}"
