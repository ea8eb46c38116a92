"""The only writers of residents' own requests: asking and withdrawing, without an account, and deciding."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from linli.access.rls import opened
from linli.access.scope import can, require
from linli.charter.store import charter_in_force
from linli.flow import actions as flow_actions
from linli.flow.models import Flow
from linli.flow.words import refusal
from linli.frame.actlog import record_act
from linli.frame.refusal import Refusal
from linli.kit import crypto
from linli.people import letting_go
from linli.people.actions.base import next_ids
from linli.people.actions.entering import is_child
from linli.people.actions.handing import Opened
from linli.people.models import Change, Person, Residence, Touched
from linli.places.models import Place
from linli.rights.models import LONGEST, OwnRequest, context

Kind, Item, State = OwnRequest.Kind, OwnRequest.Item, OwnRequest.State
SUBJECT = "rights.ownrequest"
MOST_OPEN = 5
"""So many requests of one person wait at a time."""
DELETABLE = (Item.PHONE, Item.VISITS, Item.OTHER, Item.ALL)
"""Parts without which an entry still says who lives where, and the entry as a whole."""
STATES = {"agree": State.GRANTED, "return": State.RETURNED, "refuse": State.REFUSED}
TITLES = {Kind.CORRECT: _("Request to correct a resident's entry"), Kind.DELETE: _("Request to delete from a resident's entry")}
GROUND = _(
    "You live in this community. Its register of residents serves a duty of the law (Organic Law of Urban Residents' Committees art. 3; PIPL"
    " art. 13(1)(3)), and the purpose still holds (PIPL art. 47), so your entry isn't deleted. Parts that are no longer needed, such as a"
    " telephone or visits, can be ended."
)

NOT_YET = {
    False: _("Carry it out first, on the person's page; then grant it here. Nothing has been changed since they asked."),
    True: _("Say in the answer what was done."),
}


def taken() -> bool:
    """Whether the charter says how such requests are decided; else residents ask at the service station."""
    return bool(charter_in_force().own_requests.procedure)


def ask(*, link: Opened, kind: str, item: str, words: str, now: datetime | None = None) -> OwnRequest:
    """A resident's request, by the link that shows them what is held. It lies with the post of the charter from now on. Raises Refusal."""
    now, words = now or timezone.now(), words.strip()
    procedure = charter_in_force().own_requests.procedure
    if not procedure:
        raise Refusal(_("Tell your community's service station: it answers such requests itself."), code="no_procedure")
    _check(kind, item, words)
    with opened([link.path]), transaction.atomic():
        Person.objects.select_for_update().get(pk=link.person)  # one request at a time
        if OwnRequest.objects.filter(person=link.person, state=State.ASKED).count() >= MOST_OPEN:
            raise Refusal(
                _("%(most)s of your requests wait for an answer. Wait for these first."), code="too_many", params={"most": MOST_OPEN}
            )
        community = Place.objects.current().filter(level="community", path__ancestors=link.path).first()
        if community is None:
            raise Refusal(_("Tell your community's service station: it answers such requests itself."), code="no_community")
        return _made(link, community, procedure, kind, item, words, now)


def _check(kind: str, item: str, words: str) -> None:
    if kind not in Kind.values:
        raise Refusal(_("Choose what is to be done."), field="kind", code="kind")
    if item not in Item.values:
        raise Refusal(_("Choose what it is about."), field="item", code="item")
    if kind == Kind.CORRECT and item == Item.ALL:
        raise Refusal(_("Say which part is wrong: choose one of the others."), field="item", code="item")
    if kind == Kind.DELETE and item not in DELETABLE:
        raise Refusal(_("This can be corrected, or deleted with everything else; not alone."), field="item", code="item")
    if not 2 <= len(words) <= LONGEST:
        raise Refusal(_("Say it in 2 to %(most)s characters."), field="words", code="words", params={"most": LONGEST})


def _made(link: Opened, community: Place, procedure: str, kind: str, item: str, words: str, now: datetime) -> OwnRequest:
    [pk] = next_ids(OwnRequest, 1)
    demo = Person.objects.values_list("is_demo", flat=True).get(pk=link.person)
    with override("zh-hans"):  # read by staff, whatever language the resident reads
        title = str(TITLES[Kind(kind)])
    try:
        flow = flow_actions.begin_flow(
            by=None, procedure=procedure, kind="", subject=SUBJECT, subject_ref=f"{community.code}-R{pk}", title=title, place=community,
            is_demo=demo, now=now,
        )  # fmt: skip
    except flow_actions.Refused:  # no post to lie with
        raise Refusal(_("Tell your community's service station: it answers such requests itself."), code="no_seat") from None
    return OwnRequest.objects.create(
        pk=pk, person_id=link.person, kind=kind, item=item, words_sealed=crypto.seal(words, context("words_sealed", pk)), flow=flow, at=now,
        path=str(community.path),
    )  # fmt: skip


def of_person(person: int) -> QuerySet[OwnRequest]:
    """Theirs, and those of entries that were made one with theirs."""
    same = Person.objects.filter(Q(pk=person) | Q(merged_into=person)).values("pk")
    return OwnRequest.objects.filter(person__in=same)


def withdraw(*, link: Opened, request: OwnRequest, now: datetime | None = None) -> OwnRequest:
    """Take one's own request back while nobody has decided it. Raises PermissionDenied where it is somebody else's, Refusal."""
    now = now or timezone.now()
    with opened([link.path]), transaction.atomic():
        row = of_person(link.person).select_for_update(of=("self",)).filter(pk=request.pk).first()
        if row is None:
            raise PermissionDenied("not theirs")
        if row.state != State.ASKED:
            raise Refusal(_("This has been decided already."), code="decided")
        try:
            flow_actions.withdraw_as_reporter(flow=row.flow_id, seq=None, now=now)
        except flow_actions.Refused as refused:
            raise Refusal(refusal(refused, Flow.objects.get(pk=row.flow_id)), code=refused.code) from None
        row.state, row.decided_at = State.WITHDRAWN, now
        row.save(update_fields=["state", "decided_at"])
    return row


def decide(*, by: Any, request: OwnRequest, outcome: str, answer: str = "", now: datetime | None = None) -> OwnRequest:
    """Answer a request: «agree», «refuse», or «return» where more has to be said; the last two take a reason.

    Needs «person.edit» over its community, and that its step lies with ``by``.

    What is granted has been done: a part is corrected or ended in the register first, and what the register can't show is said in the answer.
    Granting that everything is deleted deletes it, this request included; nobody who lives in the register is. Raises PermissionDenied, Refusal.
    """
    require(by, "person.edit", request)
    now, answer, grant = now or timezone.now(), answer.strip(), outcome == "agree"
    if outcome not in STATES:
        raise Refusal(_("Choose an answer."), field="outcome", code="outcome")
    if not grant and len(answer) < 2:
        raise Refusal(_("Say why: by which rule it is refused, or what is missing."), field="answer", code="reason")
    if len(answer) > LONGEST:
        raise Refusal(_("Say it in 2 to %(most)s characters."), field="answer", code="long", params={"most": LONGEST})
    with opened([str(request.path)]), transaction.atomic():
        row = OwnRequest.objects.select_for_update(of=("self",)).get(pk=request.pk)
        if row.state != State.ASKED:
            raise Refusal(_("This has been decided already."), code="decided")
        person = Person.objects.filter(pk=row.person_id).first()
        if person and is_child(person, timezone.localdate(now)) and not can(by, "person.minor", person):
            raise PermissionDenied("person.minor")
        if grant and row.item == Item.ALL and lives_here(row.person_id):
            raise Refusal(GROUND, field="outcome", code="lives_here")
        if grant and not _done(row, answer):
            raise Refusal(NOT_YET[row.item == Item.OTHER], field="answer" if row.item == Item.OTHER else "outcome", code="not_yet")
        _take(by, row.flow_id, outcome, now)
        row.state, row.decided_at, row.decided_by = STATES[outcome], now, by
        row.answer_sealed = crypto.seal(answer, context("answer_sealed", row.pk)) if answer else None
        row.save()
        data = {"kind": row.kind, "item": row.item, "state": row.state, "flow": row.flow_id}
        record_act(by, "rights.request.decided", row, data, now=now)
        if grant and row.item == Item.ALL and letting_go.erase([row.person_id], timezone.localdate(now) + timedelta(days=1)) == 0:
            raise Refusal(_("This entry can't be deleted: it isn't in your places, or another entry was made one with it."), code="stays")
    return row


def _done(row: OwnRequest, answer: str) -> bool:
    """Whether anything of the person was changed since they asked, and stands; of what the register doesn't hold, whether it is said."""
    if row.item == Item.ALL:
        return True  # done by granting
    if row.item == Item.OTHER:
        return len(answer) >= 2
    touched = Q(person_id=row.person_id) | Q(pk__in=Touched.objects.filter(person_id=row.person_id).values("change"))
    return Change.objects.filter(touched, at__gte=row.at, undone_by=None, undoes=None).exists()


def lives_here(person: int) -> bool:
    return Residence.objects.open().filter(person=person).exists()


def _take(by: Any, flow: int, outcome: str, now: datetime) -> None:
    texts = {} if outcome == "agree" else {"reason": gettext("It stands in the answer to the resident.")}  # sealed there
    try:
        flow_actions.take_step(by=by, flow=flow, seq=None, outcome=outcome, texts=texts, now=now)
    except flow_actions.Refused as refused:
        raise Refusal(refusal(refused, Flow.objects.get(pk=flow)), code=refused.code) from None


def forget(before: date, apply: bool) -> int:
    """Requests decided before the day; what is still open stays."""
    roots = [str(p) for p in Place.objects.filter(parent=None).values_list("path", flat=True)]
    with opened(roots):
        rows = OwnRequest.objects.filter(decided_at__date__lt=before)
        return rows.delete()[0] if apply else rows.count()
