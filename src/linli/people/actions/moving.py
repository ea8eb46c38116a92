"""Moving: within the register or away from it, some of a household or all of it, in one step; and dying."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from linli.access.scope import require
from linli.frame.refusal import Refusal
from linli.people.actions.base import changing, day_of, locked
from linli.people.actions.entering import end_residences, head_born, in_order, move_rows, new_household, one_head
from linli.people.actions.leaving import cared_for, led_by
from linli.people.models import Change, Custody, Ended, Household, Membership, Person, Residence, Role, Touched
from linli.people.roles import to_new_head
from linli.people.told import is_adult, is_child
from linli.places.models import Place


def move_away(
    *,
    by,
    household: Household,
    persons: Sequence[Person],
    on: date,
    head: Person | None = None,
    note: str = "",
    now: datetime | None = None,
) -> None:
    """``persons`` leave the register's area, all of the household or some; ``head`` is who answers the door of those who stay.

    Where they went isn't asked. Visits under a group end with the day. Raises Refusal.
    """
    day_of(on, now=now)
    with changing("people.left", by=by, at=household, household=household, touched=persons, note=note, now=now):
        household = locked(household)
        stay = _leave(household, persons, on, Ended.LEFT)
        _next_head(stay, head, timezone.localdate(now))
        cared_for(stay, persons, timezone.localdate(now))
        Membership.objects.open().filter(person__in=persons, since__lte=on).update(until=on)


def move_within(
    *,
    by,
    household: Household,
    persons: Sequence[Person],
    to: Place,
    on: date,
    into: Household | None = None,
    roles: Mapping[int, str] | None = None,
    tenure: str = "",
    new_head: Person | None = None,
    head: Person | None = None,
    note: str = "",
    now: datetime | None = None,
) -> Household:
    """``persons`` move to the dwelling ``to``: into the household ``into`` that lives there, or as one of their own (``new_head`` its head).

    ``roles``: person → what they are to the head of the household they join, «not known» of whom none is said. By what right they live
    there is ``tenure``, or what it was. Needs «person.edit» at both ends.
    Raises Refusal. Returns the household they live in now.
    """
    day_of(on, now=now)
    if to.level != "dwelling":
        raise Refusal(_("Choose a dwelling."), field="to", code="no_dwelling")
    if into is None and to.pk == household.dwelling_id:
        raise Refusal(_("They live there already."), field="to", code="same_dwelling")
    if into is not None and into.pk == household.pk:
        raise Refusal(_("They live there already."), field="to", code="same_dwelling")
    if by is not None:
        require(by, "person.edit", to)
    target = into or new_household(to, on, came_from=household)
    data = {"from": household.dwelling_id, "to": to.pk, "household": target.pk}
    with changing(
        "people.moved", by=by, at=household, household=household, touched=persons, also=[str(to.path)], data=data, note=note, now=now
    ) as line:
        household = locked(household)
        before = {r.person_id: r for r in household.residences.open().filter(person__in=persons)}
        stay = _leave(household, persons, on, Ended.MOVED)
        _next_head(stay, head, timezone.localdate(now))
        cared_for(stay, persons, timezone.localdate(now))
        if into is None:
            target.save(force_insert=True)
        else:
            target = locked(into)
            born = head_born(target)
            for person in persons:
                in_order((roles or {}).get(person.pk, ""), person.born, born, field=f"role{person.pk}")
        _arrive(target, persons, before, on, _roles(persons, before, new_head, roles, joins=into is not None), tenure)
        _together(target, persons, timezone.localdate(now), joins=into is not None)
        move_rows(persons, target)
        _told_there(line, target, persons)
    return target


def _roles(
    persons: Sequence[Person], before: Mapping[int, Residence], new_head: Person | None, said: Mapping[int, str] | None, *, joins: bool
) -> dict[int, str]:
    """What each is to the head of the household they live in from now on."""
    if joins:
        return {p.pk: (said or {}).get(p.pk) or Role.UNKNOWN for p in persons}
    if new_head is None or new_head.pk not in before:
        heads = [p for p in persons if before[p.pk].role == Role.HEAD] or (list(persons) if len(persons) == 1 else [])
        if not heads:
            raise Refusal(_("Say who the head of the household is: one person."), field="new_head", code="one_head")
        new_head = heads[0]
    was = before[new_head.pk].role
    return {p.pk: Role.HEAD if p == new_head else to_new_head(before[p.pk].role, was) for p in persons}


def _arrive(
    target: Household, persons: Sequence[Person], before: Mapping[int, Residence], on: date, roles: Mapping[int, str], tenure: str
) -> None:
    for person in persons:
        old = before[person.pk]
        one_head(target, roles[person.pk])
        try:
            with transaction.atomic():
                Residence.objects.create(
                    person=person, household=target, role=roles[person.pk], tenure=tenure or old.tenure, registered=old.registered,
                    registered_at=old.registered_at, since=on, path=target.path, is_demo=target.is_demo,
                )  # fmt: skip
        except IntegrityError:
            raise Refusal(
                _("They lived in another household on that day. Choose a later one."), field="on", code="two_households"
            ) from None


def _together(target: Household, persons: Sequence[Person], today: date, *, joins: bool) -> None:
    """Who moves is cared for where they arrive, too; and a grown-up leads a household of their own."""
    there = list(target.residences.open().select_related("person"))
    if any(is_child(p, today) for p in persons) and not any(is_adult(r.person, today) for r in there):
        raise Refusal(_("A child under 14 needs a grown-up in the household, who has custody."), field="persons", code="child_alone")
    if not joins:
        led_by(next(r.person for r in there if r.role == Role.HEAD), persons, today, field="new_head")


def _told_there(line, target: Household, persons: Sequence[Person]) -> None:
    """The same act as it is seen from where they arrive: another line, as its place is another."""
    there = Change.objects.create(
        at=line.at, by=line.by, act="people.came", household=target, data=line.data | {"change": line.pk}, note=line.note, path=target.path
    )
    Touched.objects.bulk_create([Touched(change=there, person=p, path=target.path) for p in persons])


def enter_death(
    *, by, household: Household, person: Person, on: date, head: Person | None = None, note: str = "", now: datetime | None = None
) -> None:
    """Somebody has died: where they lived, whom they had custody of and under which groups they were visited ends with the day.

    Raises Refusal: a day to come or before they were born, or nobody left to have custody of a child (another custodian is said first).
    """
    now = now or timezone.now()
    day_of(on, born=person.born, now=now)
    with changing("person.died", by=by, at=household, household=household, person=person, note=note, now=now):
        household = locked(household)
        if wards := list(Custody.objects.open().filter(custodian=person).select_related("child")):
            for custody in wards:
                if not Custody.objects.open().filter(child=custody.child).exclude(pk=custody.pk).exists():
                    raise Refusal(_("They have custody of a child. Say first, on the child's page, who has it now."), code="custody")
                custody.until = max(on, custody.since)
                custody.save(update_fields=["until"])
        stay = _leave(household, [person], on, Ended.DIED)
        _next_head(stay, head, timezone.localdate(now))
        for model in (Membership, Custody):
            rows = model.objects.open().filter(**{"person" if model is Membership else "child": person})
            rows.filter(since__lte=on).update(until=on)
        person.died = on
        person.save(update_fields=["died"])


def _leave(household: Household, persons: Sequence[Person], on: date, why: str) -> list[Residence]:
    """End the residences; those of who stays. Raises Refusal where somebody doesn't live there."""
    living = list(household.residences.open().select_related("person"))
    leaving = {p.pk for p in persons}
    if not leaving or not leaving <= {r.person_id for r in living}:
        raise Refusal(_("Tick who it is about: people who live in this household."), field="persons", code="nobody")
    end_residences(persons, on, why)
    return [r for r in living if r.person_id not in leaving]


def _next_head(stay: Sequence[Residence], head: Person | None, today: date) -> None:
    """Where the head is gone and others stay, one of them answers the door from now on."""
    if not stay or any(r.role == Role.HEAD for r in stay):
        return
    chosen = stay[0] if len(stay) == 1 else next((r for r in stay if head is not None and r.person_id == head.pk), None)
    if chosen is None:
        raise Refusal(_("The head of the household goes and others stay: say who is the head now."), field="head", code="next_head")
    led_by(chosen.person, [r.person for r in stay], today)
    was = chosen.role
    for row in stay:
        role = Role.HEAD if row is chosen else to_new_head(row.role, was)
        if role != row.role:
            row.role = role
            row.save(update_fields=["role"])
