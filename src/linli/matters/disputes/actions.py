"""The only writers of what a mediation keeps. Permission first, one transaction, one line of history, and never a name in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from linli.access.readlog import look
from linli.access.scope import can, require
from linli.bodies.models import Holding
from linli.charter.store import charter_of
from linli.flow import commands
from linli.flow.actions import name_beside, withdraw_flow
from linli.flow.engine import run
from linli.frame.refusal import Refusal
from linli.matters.actions.flowing import locked, post_of
from linli.matters.disputes import MEDIATE, PERFORMED
from linli.matters.disputes.committees import committee_of
from linli.matters.disputes.models import SIDES, Agreement, Enquiry, Mediator, Obligation, Party
from linli.matters.disputes.parties import BINDS, FIELDS, PartyInfo, check_texts, is_bound, is_dispute, open_party, seal_party, side_name
from linli.matters.disputes.rights import answering_seat, answers, may_enter_parties, may_look
from linli.matters.disputes.rules import agreement_of, is_concluded
from linli.matters.disputes.terms import apply_by
from linli.matters.models import Matter

MOST_PARTIES, MOST_OBLIGATIONS = 30, 60
FARTHEST = timedelta(days=3653)  # ten years
NOTHING_OWED = _("Say at least one thing that is to be done, by whom and by when.")


@dataclass(frozen=True, slots=True)
class Owed:
    """What a side has to do by when, as it is agreed on."""

    side: int
    what: str
    due_on: date


def add_party(*, by, matter: Matter, info: PartyInfo, now: datetime | None = None) -> Party:
    """Enter somebody on a side. For the intake desk and whoever answers for the dispute, while it runs and no agreement binds the
    sides there are."""
    now = now or timezone.now()
    with transaction.atomic():
        matter = _writing(by, matter, parties=True)
        if is_bound(matter):
            raise Refusal(_("There is an agreement between the sides: they stay as they are."), code="agreed")
        _check_party(matter, info)
        party = seal_party(matter, info, now)
        _note(by, matter, {"dispute": "party_added", "side": side_name(info.side)}, now)
    return party


def add_parties(*, by, matter: Matter, infos: Sequence[PartyInfo], now: datetime | None = None) -> None:
    """The sides as they are told when the dispute is taken down: all of them or none, and once, however often the form is sent."""
    with transaction.atomic():
        if infos and not matter.parties.exists():
            for info in infos:
                add_party(by=by, matter=matter, info=info, now=now)


def _check_party(matter: Matter, info: PartyInfo) -> None:
    if not 1 <= info.side <= SIDES:
        raise Refusal(_("Choose a side."), field="side", code="side")
    if info.side > 1 and not matter.parties.filter(side=info.side - 1).exists():
        raise Refusal(_("Enter %(side)s first.") % {"side": side_name(info.side - 1)}, field="side", code="order")
    if not info:
        raise Refusal(_("Enter a name, or the name of an organisation."), field="name", code="nobody")
    if info.has_custodian and (info.organisation or info.speaker):
        raise Refusal(_("Only a person who is a party has a custodian."), field="has_custodian", code="custodian")
    if any(open_party(p) == info for p in matter.parties.filter(side=info.side)):
        raise Refusal(_("They are entered already."), field="name", code="twice")
    if matter.parties.count() >= MOST_PARTIES:
        raise Refusal(_("A dispute has at most %(most)s people."), code="too_many", params={"most": MOST_PARTIES})


def remove_party(*, by, matter: Matter, party: Party, now: datetime | None = None) -> None:
    """Take somebody out who was entered wrongly: nothing is left of them. Not once an agreement names their side."""
    now = now or timezone.now()
    with transaction.atomic():
        matter = _writing(by, matter, parties=True)
        if matter.agreements.exists():
            raise Refusal(_("There is an agreement between the sides: they stay as they are."), code="agreed")
        _erase(Party.objects.filter(pk=party.pk, matter=matter))
        _note(by, matter, {"dispute": "party_removed", "side": side_name(party.side)}, now)


def _erase(parties) -> int:
    with connection.cursor() as cursor:
        cursor.execute("select set_config('linli.reporter_act', 'erase', true)")
        gone, _rows = parties.delete()
        cursor.execute("select set_config('linli.reporter_act', '', true)")
    return gone


def reveal_parties(*, by, matter: Matter, purpose: str, note: str = "", now: datetime | None = None) -> list[tuple[Party, PartyInfo]]:
    """Who the sides are, for a purpose of the closed list. Each look is written down, one line for each of them, before anything is opened.

    For those who take part in the work and the intake desk it came to. Raises PermissionDenied, Refusal for an unknown purpose.
    """
    require(by, "matter.contact", matter)
    if not may_look(by, matter):
        raise PermissionDenied("parties")
    with transaction.atomic():
        parties = list(matter.parties.all())
        for party in parties:
            look(by=by, subject=f"matters.party:{party.pk}", fields=FIELDS, purpose=purpose, note=note, path=str(matter.path), now=now)
        return [(party, open_party(party)) for party in parties]


def name_mediators(*, by, matter: Matter, holdings: Sequence[Holding], now: datetime | None = None) -> None:
    """Who mediates, the leading one first: they see the dispute and have it to do. Whoever was named before and isn't now no longer does. An
    agreement keeps who mediated it."""
    now = now or timezone.now()
    with transaction.atomic():
        matter = _writing(by, matter)
        if not holdings:
            raise Refusal(_("Name at least one."), field="mediators", code="nobody")
        matter.mediators.all().delete()
        Mediator.objects.bulk_create([Mediator(matter=matter, seat_id=h.seat_id, user_id=h.user_id) for h in holdings])
        names = [str(h.user) for h in holdings]
        matter.agreements.filter(replaced_on=None, mediators=[]).update(mediators=names)  # entered before anybody was named
        said = {"dispute": "mediators", "mediators": "、".join(names)}
        seats = [h.seat_id for h in holdings]
        matter.flow = name_beside(by=by, role=_role(by, matter), flow=matter.flow_id, seats=seats, texts=said, now=now)


def leave(*, by, matter: Matter, seq: int | None, reason: str, now: datetime | None = None) -> None:
    """A side no longer wishes it, told to whoever answers for it: as ``withdraw_flow``. Not once they have agreed: that binds."""
    with transaction.atomic():
        matter = locked(matter)
        withdraw_flow(by=by, flow=matter.flow_id, seq=seq, reason=reason, now=now)
        if is_bound(matter):  # last: whether they may at all comes first
            raise Refusal(BINDS, field="reason", code="bound")


def enter_agreement(
    *, by, matter: Matter, form: str, facts: str, responsibilities: str, terms: str, obligations: Sequence[Owed], signed_on: date,
    effective_on: date | None = None, now: datetime | None = None,
) -> Agreement:  # fmt: skip
    """What the sides agreed on, once signed (or said, where they want nothing written). Another one takes its place only while it is
    mediated. ``effective_on`` None: the day it was signed on. Raises PermissionDenied, Refusal at the field."""
    now = now or timezone.now()
    today, effective_on = timezone.localdate(now), effective_on or signed_on
    with transaction.atomic():
        matter = _writing(by, matter)
        seat = answering_seat(matter)
        if matter.flow.step != MEDIATE or seat is None:
            raise Refusal(_("An agreement is entered while it is mediated. To change one, choose to mediate anew."), code="not_mediating")
        sides = set(matter.parties.values_list("side", flat=True))
        _check_agreement(sides, obligations, _taken_in(matter), signed_on, effective_on, today)
        check_texts(matter, {"facts": facts, "responsibilities": responsibilities, "terms": terms})
        check_texts(matter, {"obligations": "\n".join(o.what for o in obligations)})
        matter.agreements.filter(replaced_on=None).update(replaced_on=effective_on)
        committee = committee_of(charter_of(matter.flow.charter_id), matter.flow.kind, seat)
        agreement = Agreement.objects.create(
            matter=matter, number=matter.agreements.count() + 1, form=form, facts=facts.strip(), responsibilities=responsibilities.strip(),
            terms=terms.strip(), signed_on=signed_on, effective_on=effective_on, apply_by=apply_by(effective_on), committee=committee,
            mediators=[str(m.user) for m in matter.mediators.select_related("user")], by=by, at=now,
        )  # fmt: skip
        Obligation.objects.bulk_create(
            [Obligation(agreement=agreement, side=o.side, what=o.what.strip(), due_on=o.due_on) for o in obligations]
        )
        _note(by, matter, {"dispute": "agreement"}, now)
    return agreement


def _taken_in(matter: Matter) -> date:
    accepted = matter.flow.events.filter(outcome="accepted").order_by("seq").values_list("at", flat=True).first()
    return timezone.localdate(accepted or matter.raised_at)


def _check_agreement(sides: set[int], obligations: Sequence[Owed], since: date, signed_on: date, effective_on: date, today: date) -> None:
    if len(sides) < 2:
        raise Refusal(_("Enter who the sides are first: at least two."), code="no_sides")
    if signed_on < since:
        raise Refusal(_("Not before the dispute was taken in, on %(day)s."), field="signed_on", code="early", params={"day": since})
    if signed_on > today:
        raise Refusal(_("This day has not come yet."), field="signed_on", code="future")
    if effective_on < signed_on or effective_on > today:
        raise Refusal(
            _("It takes effect when it is signed, or later; and not before that day has come."), field="effective_on", code="effect"
        )
    if not obligations:
        raise Refusal(NOTHING_OWED, field="obligations", code="nothing")
    if len(obligations) > MOST_OBLIGATIONS:
        raise Refusal(_("At most %(most)s things."), field="obligations", code="too_many", params={"most": MOST_OBLIGATIONS})
    for o in obligations:
        if o.side not in sides:
            raise Refusal(
                _("Nobody is entered on the side %(side)s."), field="obligations", code="side", params={"side": side_name(o.side)}
            )
        if o.due_on < signed_on:
            raise Refusal(_("What is done at once is due on the day of signing, not before."), field="obligations", code="due")
        if o.due_on > today + FARTHEST:
            raise Refusal(_("At most ten years ahead."), field="obligations", code="far")


def perform_obligation(*, by, matter: Matter, obligation: Obligation, performed_on: date | None, now: datetime | None = None) -> None:
    """Note that a thing was done, or (None) that it was noted wrongly."""
    now = now or timezone.now()
    with transaction.atomic():
        matter = _writing(by, matter, ended=True)
        found = Obligation.objects.select_for_update(of=("self",)).select_related("agreement")
        current = found.filter(pk=obligation.pk, agreement__matter=matter, agreement__replaced_on=None).first()
        if current is None:
            raise Refusal(_("Another agreement has taken the place of this one."), code="replaced")
        if performed_on is None and matter.flow.end == PERFORMED:
            raise Refusal(
                _("It ended as performed. Where something turns out not to be done, have it taken up again (whoever raised it can, too, with "
                  "the follow-up code), or write a remark."),
                code="ended_performed",
            )  # fmt: skip
        if performed_on is not None and performed_on > timezone.localdate(now):
            raise Refusal(_("This day has not come yet."), field="performed_on", code="future")
        if performed_on is not None and performed_on < current.agreement.signed_on:
            raise Refusal(_("Not before the agreement was signed."), field="performed_on", code="early")
        current.performed_on = performed_on
        current.save(update_fields=["performed_on"])
        what = "performed" if performed_on else "not_performed"
        _note(by, matter, {"dispute": what, "text": f"{side_name(current.side)}: {current.what}"}, now)


def note_application(*, by, matter: Matter, applied_on: date, court: str, now: datetime | None = None) -> None:
    """The sides have jointly asked the court to confirm the agreement: within 30 days of the day it took effect, or not at all."""
    now = now or timezone.now()
    with transaction.atomic():
        matter, agreement = _agreed(by, matter)
        if applied_on > timezone.localdate(now):
            raise Refusal(_("This day has not come yet."), field="applied_on", code="future")
        if not agreement.effective_on <= applied_on <= agreement.apply_by:
            raise Refusal(
                _("The court can be asked from %(since)s to %(until)s, thirty days from the day the agreement took effect."),
                field="applied_on", code="thirty_days", params={"since": agreement.effective_on, "until": agreement.apply_by},
            )  # fmt: skip
        if len(court.strip()) < 2:
            raise Refusal(_("Say which court."), field="court", code="court")
        check_texts(matter, {"court": court})
        if agreement.decision:
            raise Refusal(_("The court has decided already."), code="decided")
        agreement.applied_on, agreement.court = applied_on, court.strip()
        agreement.save(update_fields=["applied_on", "court"])
        _note(by, matter, {"dispute": "applied"}, now)


def note_decision(*, by, matter: Matter, decided_on: date, decision: str, now: datetime | None = None) -> None:
    """What the court decided on the agreement."""
    now = now or timezone.now()
    with transaction.atomic():
        matter, agreement = _agreed(by, matter)
        if agreement.applied_on is None:
            raise Refusal(_("Enter first when the court was asked, and which."), field="decided_on", code="not_applied")
        if not agreement.applied_on <= decided_on <= timezone.localdate(now):
            raise Refusal(_("A day from the application to today."), field="decided_on", code="day")
        agreement.decided_on, agreement.decision = decided_on, decision
        agreement.save(update_fields=["decided_on", "decision"])
        _note(by, matter, {"dispute": decision}, now)


def note_enquiry(*, by, matter: Matter, on: date, found: str, note: str = "", now: datetime | None = None) -> Enquiry:
    """The mediator asked how the agreement is kept."""
    now = now or timezone.now()
    with transaction.atomic():
        matter, agreement = _agreed(by, matter)
        if not agreement.effective_on <= on <= timezone.localdate(now):
            raise Refusal(_("A day from the agreement to today."), field="on", code="day")
        late = agreement.obligations.filter(due_on__lte=on).filter(Q(performed_on=None) | Q(performed_on__gt=on)).count()
        if found == Enquiry.Found.ALL and late:
            raise Refusal(
                _("Of what was due by that day %(count)s is not entered as done. Enter what was done first, or choose “done in part”."),
                field="found", code="not_all", params={"count": late},
            )  # fmt: skip
        check_texts(matter, {"note": note})
        enquiry = Enquiry.objects.create(agreement=agreement, on=on, found=found, note=note.strip(), by=by, at=now)
        _note(by, matter, {"dispute": f"found_{found}"} | ({"text": note} if note.strip() else {}), now)
    return enquiry


def _agreed(by, matter: Matter) -> tuple[Matter, Agreement]:
    matter = _writing(by, matter, ended=True)
    agreement = agreement_of(matter)
    if agreement is None:
        raise Refusal(_("Enter first what was agreed on."), code="no_agreement")
    if not is_concluded(matter, agreement):
        raise Refusal(_("First take the step “agreement reached”; court and enquiries come after it."), code="not_concluded")
    return matter, agreement


def _writing(by, matter: Matter, *, parties: bool = False, ended: bool = False) -> Matter:
    """The dispute, held, if ``by`` may write to it. Raises PermissionDenied, Refusal."""
    matter = locked(matter)
    if not is_dispute(matter):
        raise Refusal(_("This is no dispute that is mediated."), code="no_dispute")
    seat = answering_seat(matter)
    if not (may_enter_parties(by, matter, seat) if parties else answers(by, seat)):
        raise PermissionDenied("dispute")
    if matter.flow.end and not ended:
        raise Refusal(_("This has ended. Look at it as it is now."), code="ended")
    return matter


def _note(by, matter: Matter, texts: dict[str, str], now: datetime) -> None:
    role = _role(by, matter)
    matter.flow = run(matter.flow_id, lambda c: commands.Note(by=by.pk, role=role), by=by, now=now, texts=texts)


def _role(by, matter: Matter) -> str:
    """The post it is done from."""
    return post_of(by, "flow.act" if can(by, "flow.act", matter) else "matter.intake", str(matter.path))
