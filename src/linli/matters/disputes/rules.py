"""What a mediation owes at its steps besides what the engine asks for, and by when its next step is due."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from linli.charter.schema import Step
from linli.frame.refusal import Refusal
from linli.matters.disputes import CONFIRM, MEDIATE, PERFORM
from linli.matters.disputes.models import Agreement
from linli.matters.disputes.parties import check_texts, is_bound
from linli.matters.disputes.terms import end_of, next_enquiry
from linli.matters.models import Matter

TOGETHER = frozenset({"accept", "decline"})
"""Steps that many disputes may take in one act: the others each have sides or an agreement of their own."""


def agreement_of(matter: Matter) -> Agreement | None:
    """The agreement in force."""
    return matter.agreements.filter(replaced_on=None).first()


def is_concluded(matter: Matter, agreement: Agreement) -> bool:
    """Whether the agreement has left the table: what comes after it (court, enquiries) is entered from then on. Of a dispute that has ended:
    whether it was said to be reached after it was entered."""
    if not matter.flow.end:
        return is_bound(matter)
    return matter.flow.events.filter(step_from=MEDIATE, outcome="agree", at__gte=agreement.at).exists()


def still_holds(matter: Matter) -> bool:
    """Whether the sides of a dispute that has ended are bound by what they agreed on: it was reached, and no court refused it."""
    agreement = agreement_of(matter)
    return agreement is not None and agreement.decision != Agreement.Decision.REFUSED and is_concluded(matter, agreement)


def before_step(
    matter: Matter, step: Step, outcome: str, texts: Mapping[str, str], until: datetime | None, now: datetime
) -> datetime | None:
    """Raise Refusal where something is missing; give by when the step that follows is due, where that is agreed on (``until``: as chosen)."""
    check_texts(matter, texts)
    yes = outcome == "agree"
    if step.id == "consent" and yes and len(set(matter.parties.values_list("side", flat=True))) < 2:
        raise Refusal(_("Enter who the sides are first: at least two."), code="no_sides")
    if step.id not in (MEDIATE, CONFIRM, PERFORM):
        return until
    agreement = agreement_of(matter)
    if agreement is None:
        if step.id == MEDIATE and not yes:
            return until
        raise Refusal(_("Enter first what was agreed on."), code="no_agreement")
    if step.id == MEDIATE and yes and agreement.at < matter.flow.entered_at:
        raise Refusal(_("It is mediated anew: enter what was agreed on now. The agreement from before doesn't do."), code="old_agreement")
    if step.id == MEDIATE and yes and not agreement.mediators:
        raise Refusal(_("Name the mediators first: they sign the agreement, or write down the oral one."), code="no_mediators")
    if step.id == CONFIRM and yes and agreement.applied_on is None:
        raise Refusal(_("Enter first when the court was asked, and which."), code="not_applied")
    if step.id == CONFIRM and outcome == "refuse" and agreement.applied_on is not None:
        raise Refusal(
            _("The court was asked on %(day)s: choose that confirmation was applied for."),
            code="applied",
            params={"day": agreement.applied_on},
        )
    due = list(agreement.obligations.filter(performed_on=None).values_list("due_on", flat=True))
    if step.id == PERFORM and yes and due:
        raise Refusal(_("Not everything has been done yet: %(count)s left."), code="not_performed", params={"count": len(due)})
    target = step.on.get(outcome)
    if target == CONFIRM:
        return end_of(agreement.apply_by)
    return (until or next_enquiry(due, now)) if target == PERFORM else until
