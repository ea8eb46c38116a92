"""What the printed sheets of a dispute say: the agreement, the application to the court, the cover of the file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from linli.bodies.models import Seat
from linli.charter.store import charter_of
from linli.flow.models import Event
from linli.flow.words import end_name, procedure_of
from linli.matters.categories import category_name
from linli.matters.disputes import MEDIATE
from linli.matters.disputes.committees import committee_of
from linli.matters.disputes.models import Agreement, Obligation, Party
from linli.matters.disputes.panel import ASKED, RECALLED
from linli.matters.disputes.parties import PartyInfo, side_name
from linli.matters.models import Matter


def sheet(
    matter: Matter, agreement: Agreement | None, seat: Seat | None, opened: Sequence[tuple[Party, PartyInfo]] | None, *, whole: bool
) -> dict[str, Any]:
    """Everything the templates need; the people as blanks where they were not looked up. ``whole``: with what lies in the file."""
    pairs = opened if opened is not None else [(p, None) for p in matter.parties.all()]
    people: list[dict[str, Any]] = [
        {"party": p, "side": side_name(p.side), "info": info}
        for p, info in pairs
        # an agreement is between those there were when it was written down; who came in for the next one is not in it
        if agreement is None or p.at <= agreement.at
    ]
    obligations = list(agreement.obligations.all()) if agreement else []
    charter = charter_of(matter.flow.charter_id)
    return {
        "kind": category_name(charter, matter.category or matter.flow.kind),
        "committee": agreement.committee if agreement else committee_of(charter, matter.flow.kind, seat) if seat else "",
        "mediators": agreement.mediators if agreement else [str(m.user) for m in matter.mediators.select_related("user")],
        "people": people,
        "agreement": agreement,
        "paper_number": f"{matter.number}-{agreement.number}" if agreement else matter.number,
        "obligations": [{"row": o, "side": side_name(o.side)} for o in obligations],
        "copies": len({p["party"].side for p in people}) + 1,
        "ended": end_name(procedure_of(matter.flow), matter.flow.end) if matter.flow.end else "",
        **(_file(matter, agreement, obligations) if whole else {}),
    }


def _file(matter: Matter, agreement: Agreement | None, obligations: Sequence[Obligation]) -> dict[str, Any]:
    lines = list(matter.flow.events.only("flow", "kind", "at", "step_from", "step_to", "outcome").order_by("seq"))
    kinds = [line.kind for line in lines]
    handed = kinds.count(ASKED) - kinds.count(RECALLED)
    return {
        "days": _days(matter, lines, agreement),
        "contents": contents(
            agreement, obligations, matter.flow.attachments.count(), handed, agreement.enquiries.count() if agreement else 0
        ),
    }


def _days(matter: Matter, lines: Sequence[Event], agreement: Agreement | None) -> dict[str, date | None] | None:
    """From when it was mediated until it was signed or given up; open while it is under way. None where mediation never began."""
    begun = next((line for line in lines if line.step_to == MEDIATE), None)
    if begun is None:
        return None
    last = next((line for line in reversed(lines) if line.step_from == MEDIATE and line.step_to not in (MEDIATE, "")), None)
    since = timezone.localdate(begun.at)
    if last is None or matter.flow.step == MEDIATE:
        return {"since": since, "until": None}
    return {"since": since, "until": agreement.signed_on if agreement and last.outcome == "agree" else timezone.localdate(last.at)}


def contents(agreement: Agreement | None, obligations: Sequence[Obligation], files: int, handed: int, enquiries: int) -> list[str]:
    """The papers of the file, in the order they are bound, as far as they are known of: what is not here is not listed."""
    found = [_("Application or record of acceptance"), _("Notice of rights and duties")]
    found += [_("Evidence (%(n)s)") % {"n": files}] if files else []
    found.append(_("Records of mediation"))
    found += [_("Handovers and their receipts (%(n)s)") % {"n": handed}] if handed else []
    if agreement:
        written = agreement.form == Agreement.Form.WRITTEN
        found.append(_("Mediation agreement") if written else _("Record of an oral mediation agreement"))
        found += [_("Application to the court and what the court wrote")] if agreement.applied_on else []
        found += [_("Proof of performance")] if any(o.performed_on for o in obligations) else []
        found += [_("Records of asking (%(n)s)") % {"n": enquiries}] if enquiries else []
    return [*found, _("Remarks on the file")]
