"""Two entries of one person become one, in one act that can be taken back; and two people who look alike stay two, for good."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from linli.access.rls import opened
from linli.access.scope import require
from linli.frame.refusal import Conflict, Refusal
from linli.people.actions.base import changing
from linli.people.actions.entering import end_residences, move_rows
from linli.people.models import Change, Custody, Ended, Membership, Pair, Person, Residence, Role, Secret
from linli.people.told import is_child


def merge_persons(*, by, keep: Person, gone: Person, note: str = "", now: datetime | None = None) -> Change:
    """``gone`` was an entry of the same person as ``keep``: what only it has goes over, and it points to ``keep`` from now on.

    Needs «person.edit» where both live, and «person.minor» for a child. Raises Refusal: the same entry, two identity numbers, or ``gone`` the
    head of a household in which others live; Conflict where one of them was merged meanwhile.
    """
    now = now or timezone.now()
    today = timezone.localdate(now)
    for person in (keep, gone):
        if by is not None:
            require(by, "person.edit", person)
            if is_child(person, today):
                require(by, "person.minor", person)
    if keep.pk == gone.pk:
        raise Refusal(_("Choose two entries."), code="same")
    with changing("people.merged", by=by, at=keep, person=keep, touched=[gone], also=[str(gone.path)], note=note, now=now) as line:
        people = {p.pk: p for p in Person.objects.select_for_update().filter(pk__in=[keep.pk, gone.pk]).order_by("pk")}
        if len(people) < 2 or any(p.merged_into_id for p in people.values()):
            raise Conflict(_("One of the two was merged meanwhile. Look at the page again."), code="merged")
        keep, gone = people[keep.pk], people[gone.pk]
        if keep.died or gone.died:
            raise Refusal(_("One of the two is entered as dead."), code="dead")
        _home(keep, gone, today)
        _numbers(keep, gone, now)
        _visits(keep, gone, today)
        _custody(keep, gone, today)
        keep.sex, keep.born = keep.sex or gone.sex, keep.born or gone.born
        keep.save(update_fields=["sex", "born"])
        gone.merged_into = keep
        gone.save(update_fields=["merged_into"])
    return line


def _home(keep: Person, gone: Person, today) -> None:
    """Where ``keep`` lives counts; where they live nowhere, they live where ``gone`` did."""
    lives = Residence.objects.open().select_related("household__dwelling").filter(person=gone).first()
    if lives is None:
        return
    others = lives.household.residences.open().exclude(person__in=[gone, keep]).exists()
    goes_on = not Residence.objects.open().filter(person=keep).exists()
    if lives.role == Role.HEAD and others and not goes_on:
        raise Refusal(
            _("They are the head of a household in which others live. Say first on another person's page that they are the head."),
            code="head",
        )
    if not goes_on:
        end_residences([gone], max(today, lives.since), Ended.MOVED)
        return
    last = keep.residences.order_by("-until").values_list("until", flat=True).first()
    since = max(lives.since, last) if last else lives.since
    household, living = lives.household, (lives.role, lives.tenure, lives.registered, lives.registered_at)
    lives.until, lives.ended = max(since, lives.since), Ended.MOVED  # not by end_residences: the household goes on
    lives.save(update_fields=["until", "ended"])
    role, tenure, registered, registered_at = living
    try:
        with transaction.atomic():
            Residence.objects.create(
                person=keep, household=household, role=role, tenure=tenure, registered=registered, registered_at=registered_at, since=since,
                path=household.path, is_demo=household.is_demo,
            )  # fmt: skip
    except IntegrityError:
        raise Refusal(_("They lived in another household on that day. Choose a later one."), code="two_households") from None
    move_rows([keep], household)


def _numbers(keep: Person, gone: Person, now: datetime) -> None:
    """An identity number ``keep`` lacks goes over, and telephones it lacks. The same row goes: what it holds is sealed, and stays so."""
    rows = list(gone.secrets.filter(until=None).defer("sealed"))
    has = list(keep.secrets.filter(until=None).defer("sealed"))
    if any(s.kind == "id" for s in rows) and any(s.kind == "id" for s in has):
        raise Refusal(_("Both have an identity number, and they differ: these are two people."), code="two_numbers")
    known = {bytes(s.blind) for s in has}
    for secret in rows:
        if bytes(secret.blind) in known:
            Secret.objects.filter(pk=secret.pk).update(until=max(now, secret.since))
        else:
            with connection.cursor() as cursor:
                cursor.execute("select linli_people_hand_over(%s, %s)", [secret.pk, keep.pk])


def _visits(keep: Person, gone: Person, today) -> None:
    groups = set(Membership.objects.open().filter(person=keep).values_list("group", flat=True))
    for row in Membership.objects.open().filter(person=gone):
        row.until = max(today, row.since)
        row.save(update_fields=["until"])
        if row.group not in groups:
            since = max(today, row.since)
            last = Membership.objects.filter(person=keep, group=row.group).order_by("-until").values_list("until", flat=True).first()
            Membership.objects.create(
                person=keep, group=row.group, since=max(since, last) if last else since, purpose=row.purpose, by=row.by, path=keep.path,
                is_demo=keep.is_demo,
            )  # fmt: skip


def _custody(keep: Person, gone: Person, today) -> None:
    """Children ``gone`` had custody of are in that of ``keep``; a child's own custodian stays where there is one."""
    for row in Custody.objects.open().filter(custodian=gone).exclude(child=keep):
        row.until = max(today, row.since)
        row.save(update_fields=["until"])
        if not Custody.objects.open().filter(child=row.child_id, custodian=keep).exists():
            Custody.objects.create(child=row.child, custodian=keep, kind=row.kind, since=row.until, path=row.path, is_demo=row.is_demo)
    held = Custody.objects.open().filter(child=keep).exists()
    for row in Custody.objects.open().filter(child=gone).select_related("custodian"):
        row.until = max(today, row.since)
        row.save(update_fields=["until"])
        if not held and row.custodian_id != keep.pk:
            Custody.objects.create(
                child=keep, custodian=row.custodian, kind=row.kind, since=row.until, path=keep.path, is_demo=keep.is_demo
            )


def settle_pair(*, by, pair: Pair, now: datetime | None = None) -> None:
    """These are two people: remembered, and never asked again. Needs «person.edit» where both live. Raises Conflict."""
    for person in (pair.first, pair.second):
        require(by, "person.edit", person)
    with opened([str(pair.first.path), str(pair.second.path)]):
        if not Pair.objects.filter(pk=pair.pk, settled_at=None).update(settled_at=now or timezone.now(), settled_by=by):
            raise Conflict(_("Somebody has settled this already."), code="settled")
