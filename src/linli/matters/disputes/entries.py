"""What is entered about a dispute besides its steps: for each thing its form, what is done with it, and who may. Pages and the interface for
programs offer the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from linli.bodies.models import Holding
from linli.flow.engine import context
from linli.matters.disputes import BODY, MEDIATE, actions
from linli.matters.disputes.forms import (
    AgreementForm,
    ApplicationForm,
    DecisionForm,
    EnquiryForm,
    MediatorsForm,
    PartyForm,
    written_before,
)
from linli.matters.disputes.models import Agreement
from linli.matters.disputes.parties import is_bound
from linli.matters.disputes.rights import answering_seat, answers, may_enter_parties
from linli.matters.disputes.rules import agreement_of, is_concluded
from linli.matters.models import Matter


@dataclass(frozen=True, slots=True)
class Entry:
    """Something to enter: its form for a dispute, what is done with it, and what is said then."""

    title: Any
    form: Callable[[Matter, dict[str, Any]], Any]
    do: Callable[[Any, Matter, Any], object]
    said: Any
    help: Any = ""
    parties: bool = False  # the counter may, too
    needs: Callable[[Matter, Agreement | None], bool] = lambda matter, agreement: not matter.flow.end
    said_of: Callable[[Any], Any] | None = None  # from its form, where it says something else

    def told(self, form: Any) -> str:
        """What is said once it is done."""
        return str(self.said_of(form) or self.said) if self.said_of else str(self.said)


def candidates(matter: Matter) -> list[Holding]:
    """Who could mediate: whoever holds a seat of the body that answers for it, or of a mediation committee over its place."""
    seat, charter = answering_seat(matter), context(matter.flow_id).charter
    posts = [p.id for p in charter.posts.values() if charter.bodies[p.body].kind == BODY]
    held = Holding.objects.current().filter(user__is_active=True).select_related("user", "seat__body").order_by("-seat__path", "since")
    over = list(held.filter(seat__post__in=posts, seat__path__ancestors=str(matter.path))[:60])
    own = list(held.filter(seat__acting=seat.acting_id)) if seat else []
    return list({h.user_id: h for h in (*over, *own)}.values())


def _mediators(matter: Matter, given: dict[str, Any]) -> MediatorsForm:
    holdings = candidates(matter)
    named = list(matter.mediators.values_list("user", flat=True))
    initial = {
        "mediators": [h.pk for h in holdings if h.user_id in named],
        "lead": next((h.pk for h in holdings if named[:1] == [h.user_id]), None),
    }
    return MediatorsForm(holdings=holdings, initial=initial, **given)


def _agreement(matter: Matter, given: dict[str, Any]) -> AgreementForm:
    sides = sorted(set(matter.parties.values_list("side", flat=True)))
    return AgreementForm(sides=sides, initial=written_before(agreement_of(matter)), **given)


def _plain(form: type[forms.Form]) -> Callable[[Matter, dict[str, Any]], Any]:
    return lambda matter, given: form(**given)


def _agreed(by: Any, matter: Matter, form: Any) -> None:
    data = {n: form.cleaned_data[n] for n in ("form", "facts", "responsibilities", "terms", "signed_on", "effective_on")}
    actions.enter_agreement(by=by, matter=matter, obligations=form.obligations, **data)


def _written_down(form: Any) -> Any:
    return _("The oral agreement is written down. Now take the step.") if form.cleaned_data["form"] == Agreement.Form.ORAL else None


def _concluded(matter: Matter, agreement: Agreement | None) -> bool:
    return agreement is not None and is_concluded(matter, agreement)


ENTRIES: dict[str, Entry] = {
    "party": Entry(
        _("Enter somebody on a side"), _plain(PartyForm), lambda by, m, f: actions.add_party(by=by, matter=m, info=f.info),
        _("Entered."), parties=True, needs=lambda matter, agreement: not is_bound(matter),
    ),
    "mediators": Entry(
        _("Name the mediators"), _mediators, lambda by, m, f: actions.name_mediators(by=by, matter=m, holdings=f.chosen),
        _("Named."),
    ),
    "agreement": Entry(
        _("Enter the agreement"), _agreement, _agreed, _("The agreement is entered. Print it, have it signed, then take the step."),
        _("What all sides agreed on of their own will. It binds them once it is in effect."),
        needs=lambda matter, agreement: matter.flow.step == MEDIATE, said_of=_written_down,
    ),
    "application": Entry(
        _("The court has been asked"), _plain(ApplicationForm),
        lambda by, m, f: actions.note_application(by=by, matter=m, **f.cleaned_data), _("Entered."),
        _("The sides ask the court together, within 30 days of the day the agreement took effect."), needs=_concluded,
    ),
    "decision": Entry(
        _("The court has decided"), _plain(DecisionForm), lambda by, m, f: actions.note_decision(by=by, matter=m, **f.cleaned_data),
        _("Entered."), needs=lambda matter, agreement: agreement is not None and agreement.applied_on is not None and is_concluded(matter, agreement),
    ),
    "enquiry": Entry(
        _("Asked how it is kept"), _plain(EnquiryForm),
        lambda by, m, f: actions.note_enquiry(by=by, matter=m, **f.cleaned_data), _("Entered."), needs=_concluded,
    ),
}  # fmt: skip


def may_enter(user: Any, matter: Matter, entry: Entry) -> bool:
    """Whether it is the user's to enter, and the dispute has come so far."""
    seat = answering_seat(matter)
    allowed = may_enter_parties(user, matter, seat) if entry.parties else answers(user, seat)
    return allowed and entry.needs(matter, agreement_of(matter))
