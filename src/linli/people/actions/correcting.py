"""Putting right what was entered wrong, and what follows from life: another number, another head, another custodian."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from linli.access.rls import opened
from linli.access.scope import require
from linli.frame.refusal import Refusal
from linli.people import names
from linli.people.actions.base import changing, day_of, touch
from linli.people.actions.entering import add_secrets, custodian_of, head_born, in_order, one_head
from linli.people.actions.leaving import led_by
from linli.people.models import Custody, Household, Person, Residence, Role, Secret
from linli.people.roles import to_new_head
from linli.people.told import Living, Told, blinds, is_adult


def correct_person(
    *,
    by,
    person: Person,
    told: Told,
    new_id: bool = False,
    drop_phones: Iterable[Secret] = (),
    note: str = "",
    now: datetime | None = None,
) -> list[str]:
    """Name, birth, sex; with ``new_id`` the identity number, too ("" takes it away); ``told.phones`` are added, ``drop_phones`` end.

    Returns the names of what changed; nothing changed, no line. Raises Refusal.
    """
    if by is not None:  # before anything is looked at
        require(by, "person.edit", person)
    with opened([str(person.path)]):
        return _correct(by, person, told, new_id, list(drop_phones), note, now or timezone.now())


def _correct(by, person: Person, told: Told, new_id: bool, dropped: list[Secret], note: str, now: datetime) -> list[str]:
    pairs = (("name", person.name, told.name), ("born", person.born, told.born), ("sex", person.sex, told.sex))
    changed = [field for field, before, after in pairs if before != after]
    numbers = list(person.secrets.filter(until=None).defer("sealed"))
    old_id = next((s for s in numbers if s.kind == Secret.Kind.ID), None)
    if new_id and (bytes(old_id.blind) if old_id else b"") not in (blinds("id", told.id_number) if told.id_number else [b""]):
        changed.append("id")
    known = {bytes(s.blind) for s in numbers if s.kind == Secret.Kind.PHONE}
    added = [("phone", p) for p in dict.fromkeys(told.phones) if known.isdisjoint(blinds("phone", p))]
    if added or dropped:
        changed.append("phone")
    if not changed:
        return []
    _fits(told, person)
    if old_id is not None and not new_id and {"born", "sex"} & set(changed):
        raise Refusal(
            _("Birth and sex follow from the identity number that is registered. Choose “another number” and copy it from the card as well."),
            field="born" if "born" in changed else "sex", code="number_disagrees",
        )  # fmt: skip
    with changing("person.corrected", by=by, at=person, person=person, data={"fields": changed}, note=note, now=now):
        if "name" in changed:
            person.name_sealed, person.tokens = names.seal(told.name, person.pk), names.tokens(told.name)
        person.born, person.sex = told.born, told.sex
        person.save(update_fields=["name_sealed", "tokens", "born", "sex"])
        if "id" in changed:
            dropped += [old_id] if old_id else []
            added += [("id", told.id_number)] if told.id_number else []
        for secret in dropped:
            secret.until = max(now, secret.since)
            secret.save(update_fields=["until"])
        add_secrets(person, added, now)
    return changed


def _fits(told: Told, person: Person) -> None:
    if told.born and person.died and told.born > person.died:
        raise Refusal(_("This is after the day of death."), field="born", code="after_death")
    lives = person.residences.open().select_related("household").first()
    if lives is None or told.born == person.born:
        return
    if lives.role != Role.HEAD:
        return in_order(lives.role, told.born, head_born(lives.household), field="born")
    for row in lives.household.residences.open().exclude(pk=lives.pk).select_related("person"):
        in_order(row.role, row.person.born, told.born, field="born")


def correct_residence(*, by, residence: Residence, living: Living, since: date, note: str = "", now: datetime | None = None) -> None:
    """How and since when somebody lives in a household. A new head takes the place of the old one. Raises Refusal."""
    household = residence.household
    day_of(since, since=household.since, born=residence.person.born, field="since", now=now)
    with changing("residence.corrected", by=by, at=residence, household=household, person=residence.person, note=note, now=now) as line:
        head = household.residences.open().filter(role=Role.HEAD).exclude(pk=residence.pk).select_related("person").first()
        if head is not None and living.role != residence.role:
            in_order(living.role, residence.person.born, head.person.born)
        if living.role == Role.HEAD and head is not None:
            touch(line, _new_head(household, residence))
        elif residence.role == Role.HEAD and living.role != Role.HEAD:
            raise Refusal(
                _("Say on another person's page that they are the head; then this one no longer is."), field="role", code="one_head"
            )
        else:
            one_head(household, living.role) if living.role != residence.role else None
        residence.role, residence.tenure = living.role, living.tenure
        residence.registered, residence.registered_at, residence.since = living.registered, living.registered_at, since
        try:
            with transaction.atomic():
                residence.save(update_fields=["role", "tenure", "registered", "registered_at", "since"])
        except IntegrityError:
            raise Refusal(
                _("They lived in another household on that day. Choose a later one."), field="since", code="two_households"
            ) from None


def _new_head(household: Household, chosen: Residence) -> list[Person]:
    """The others are to the new head what follows from what they were to the old one, else it isn't known. Gives whom that changed."""
    others = list(household.residences.open().exclude(pk=chosen.pk).select_related("person"))
    led_by(chosen.person, [r.person for r in others], timezone.localdate(), field="role")
    changed = []
    for row in others:
        role = to_new_head(row.role, chosen.role)
        if role != row.role:
            row.role = role
            row.save(update_fields=["role"])
            changed.append(row.person)
    return changed


def set_custodian(*, by, child: Person, custodian: Person, kind: str, since: date, note: str = "", now: datetime | None = None) -> Custody:
    """Somebody has custody of a child from a day on, wherever ``by`` may see them live; who had it until then no longer has. Raises Refusal."""
    now = now or timezone.now()
    if by is not None:
        require(by, "person.see", custodian)
    day_of(since, born=child.born, field="since", now=now)
    today = timezone.localdate(now)
    if is_adult(child, today) and child.born:
        raise Refusal(_("Nobody has custody of a grown-up here."), code="grown_up")
    if custodian.pk == child.pk:
        raise Refusal(_("Choose a grown-up."), field="custodian", code="no_custodian")
    custodian_of(child.born, custodian, kind, today)
    with changing("custody.given", by=by, at=child, person=child, touched=[custodian], note=note, now=now):
        for old in Custody.objects.open().filter(child=child):
            old.until = max(since, old.since)
            old.save(update_fields=["until"])
        return Custody.objects.create(child=child, custodian=custodian, kind=kind, since=since, path=child.path, is_demo=child.is_demo)
