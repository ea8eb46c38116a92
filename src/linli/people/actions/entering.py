"""Entering households and people: at a dwelling, into a household, by birth, and taking over who is registered elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from linli.access.rls import opened
from linli.access.scope import require, scope_of
from linli.charter.store import charter_in_force
from linli.frame.refusal import Refusal
from linli.people import likeness, queries
from linli.people.actions.base import changing, day_of, locked, next_ids, touch
from linli.people.actions.leaving import homes_of, taken_from
from linli.people.addresses import whole_address
from linli.people.fields import AGES
from linli.people.following import community_of
from linli.people.models import Custody, Ended, Household, Membership, Pair, Person, Residence, Role, Secret
from linli.people.names import query, sought
from linli.people.roles import fits
from linli.people.told import Living, Told, blinds, is_adult, is_child, new_person, new_secret, values
from linli.places.ltree import label
from linli.places.models import Place

Entry = tuple[Told, Living]


def enter_household(
    *,
    by,
    dwelling: Place,
    people: Sequence[Entry],
    since: date,
    take_over: bool = False,
    another: bool | None = None,
    note: str = "",
    now: datetime | None = None,
) -> Household:
    """A new household at a dwelling, with its people at once; the one whose role is head answers the door.

    Raises Refusal: nobody or no head, a day to come, somebody who is in the register already (``known``), or lives elsewhere in it
    (``elsewhere``, unless ``take_over``), or is like somebody who is (``alike``, where ``another`` is False). True: they were
    said to be somebody else, which is remembered; None: nobody was asked.
    """
    if dwelling.level != "dwelling":
        raise Refusal(_("Choose a dwelling."), field="dwelling", code="no_dwelling")
    if sum(living.role == Role.HEAD for _told, living in people) != 1:
        raise Refusal(_("Say who the head of the household is: one person."), code="one_head")
    head = next(told for told, living in people if living.role == Role.HEAD)
    day_of(since, born=head.born, field="since", now=now)
    numbers: dict[str, int] = {}
    for n, (told, living) in enumerate(people):
        in_order(living.role, told.born, head.born, n)
        if told.id_number and (first := numbers.setdefault(told.id_number, n)) != n:
            raise Refusal(
                _("Person %(n)s of this form has the same number. Compare with the cards."), field="id_number", code="twice",
                params={"row": str(n), "n": first + 1},
            )  # fmt: skip
    if by is not None:  # before anybody is looked for
        require(by, "person.edit", dwelling)
    known = [_known(told, dwelling, take_over, n) for n, (told, _living) in enumerate(people)]
    alike = [_alike(by, told, dwelling, known[n], n, another) for n, (told, _living) in enumerate(people)]
    household = new_household(dwelling, since)
    with changing("household.entered", by=by, at=dwelling, household=household, also=_paths(known), note=note, now=now) as line:
        left = homes_of(known)
        household.save(force_insert=True)
        made = [_live(household, told, living, since, person, now) for (told, living), person in zip(people, known, strict=True)]
        taken_from(line, left, timezone.localdate(now), {p.pk: n for n, p in enumerate(known) if p})
        _custody(household, made, since)
        touch(line, made)
        _two_people(by, zip(made, alike, strict=True), line.at)
    return household


def new_household(dwelling: Place, since: date, came_from: Household | None = None) -> Household:
    """The row with its key, not stored yet: the line of the act names it."""
    (pk,) = next_ids(Household, 1)
    return Household(pk=pk, dwelling=dwelling, path=str(dwelling.path), since=since, came_from=came_from, is_demo=dwelling.is_demo)


def add_person(
    *,
    by,
    household: Household,
    told: Told,
    living: Living,
    since: date,
    take_over: bool = False,
    another: bool | None = None,
    note: str = "",
    now: datetime | None = None,
) -> Person:
    """One more person in a household. Raises Refusal as ``enter_household``, and where it has a head already."""
    day_of(since, since=household.since, born=told.born, field="since", now=now)
    if by is not None:
        require(by, "person.edit", household)
    known = _known(told, household, take_over, None)
    alike = _alike(by, told, household.dwelling, known, None, another)
    with changing("person.entered", by=by, at=household, household=household, also=_paths([known]), note=note, now=now) as line:
        household = locked(household)
        one_head(household, living.role)
        in_order(living.role, told.born, head_born(household))
        left = homes_of([known])
        person = _live(household, told, living, since, known, now)
        taken_from(line, left, timezone.localdate(now), {})
        _custody(household, [person], since)
        touch(line, [person])
        _two_people(by, [(person, alike)], line.at)
    return person


def enter_birth(
    *, by, household: Household, told: Told, living: Living, custodian: Person, kind: str, now: datetime | None = None
) -> Person:
    """A child born into a household: lives there from the day of birth, in the custody of ``custodian``. Raises Refusal."""
    if told.born is None:
        raise Refusal(_("Say when the child was born."), field="born", code="no_birth")
    day_of(told.born, since=household.since, field="born", now=now)
    if by is not None:
        require(by, "person.edit", household)
    custodian_of(told.born, custodian, kind, timezone.localdate(now))
    known = _known(told, household, False, None)
    with changing("person.born", by=by, at=household, household=household, note="", now=now) as line:
        household = locked(household)
        in_order(living.role, told.born, head_born(household))
        person = _live(household, told, living, told.born, known, now)
        Custody.objects.create(
            child=person, custodian=custodian, kind=kind, since=told.born, path=household.path, is_demo=household.is_demo
        )
        touch(line, [person, custodian])
    return person


def head_born(household: Household) -> date | None:
    """When the head of a household was born, as far as there is one and it is known."""
    return household.residences.filter(until=None, role=Role.HEAD).values_list("person__born", flat=True).first()


def one_head(household: Household, role: str) -> None:
    if role == Role.HEAD and household.residences.filter(until=None, role=Role.HEAD).exists():
        raise Refusal(_("The household has a head already."), field="role", code="one_head")


def in_order(role: str, born: date | None, head_born: date | None, row: int | None = None, *, field: str = "role") -> None:
    """Raises Refusal where somebody can't be this to the head by their births."""
    if not fits(role, born, head_born):
        raise Refusal(AGES, field=field, code="born_order", params={"row": "" if row is None else str(row)})


_CUSTODIANS = {Custody.Kind.PARENT: Role.CHILD, Custody.Kind.GRANDPARENT: Role.GRANDCHILD}


def custodian_of(born: date | None, custodian: Person, kind: str, today: date) -> None:
    """Raises Refusal for a custodian who is a child or dead, or can't be what they are said to be by their births."""
    if custodian.died or not is_adult(custodian, today):
        raise Refusal(_("Choose a grown-up."), field="custodian", code="no_custodian")
    if not fits(_CUSTODIANS.get(kind, ""), born, custodian.born):  # type: ignore[call-overload]  # a kind is its own word
        raise Refusal(
            _("By their births they can't be this to the child: a parent is at least 12 years older, a grandparent 24."),
            field="kind", code="custodian_born",
        )  # fmt: skip


# ---------------------------------------------------------------------------------------------------------------- who it may be


def _known(told: Told, at, take_over: bool, row: int | None) -> Person | None:
    """Who has this identity number already, anywhere in the district: the same number is the same person.

    Looked for beyond the user's own places, and told of only what the number in their hands says already: that it is registered.
    """
    if not told.id_number:
        return None
    with opened([root_path()]):
        secret = (
            Secret.objects.filter(kind="id", until=None, blind__in=blinds("id", told.id_number))
            .select_related("person")
            .defer("sealed")
            .first()
        )
        if secret is None:
            return None
        person = secret.person
        lives = person.residences.open().select_related("household__dwelling").first()
        params = {"row": "" if row is None else str(row)}
        if person.died:
            raise Refusal(_("Whoever has this number is entered as dead."), field="id_number", code="dead", params=params)
        if set(sought(query(told.name))).isdisjoint(person.tokens):
            raise Refusal(
                _("This number is registered under another name. Check both."), field="id_number", code="other_name", params=params
            )
        if lives is None:
            return person
        if lives.household.path == getattr(at, "path", None):
            raise Refusal(_("This person is registered at this dwelling already."), field="id_number", code="known", params=params)
        if not take_over:
            raise Refusal(
                _("This person is registered at another dwelling. Tick “take over” if they have moved here from there."),
                field="id_number", code="elsewhere", params=params,
            )  # fmt: skip
        return person


Alike = list[tuple[Person, list[str]]]


def _alike(by, told: Told, dwelling: Place, known: Person | None, row: int | None, another: bool | None) -> Alike:
    """Who of the user's places may be the one that is told of. Raises Refusal with them, and where to look, unless it was said to be another."""
    if known is not None or another is None or by is None:
        return []
    with opened(scope_of(by).paths("person.see")):
        found = likeness.alike(told, dwelling)
        if not found or another:
            return found
        queries.with_homes(p for p, _reasons in found)
        said = "\N{FULLWIDTH SEMICOLON}".join(_who(person, reasons) for person, reasons in found)
    raise Refusal(
        _("Perhaps registered already: %(who)s. Look there first; where it is somebody else, tick it below."), field="another", code="alike",
        params={"who": said, "row": "" if row is None else str(row)},
    )  # fmt: skip


def _two_people(by, pairs: Iterable[tuple[Person, Alike]], now: datetime) -> None:
    """Whoever enters said it: these are two people, and nobody is asked again."""
    rows = [
        Pair(first_id=min(p.pk, o.pk), second_id=max(p.pk, o.pk), reasons=reasons, found_at=now, settled_at=now, settled_by=by)
        for p, alike in pairs
        for o, reasons in alike
        if o.pk != p.pk
    ]
    if rows:
        with opened(scope_of(by).paths("person.see")):  # both halves of a pair
            Pair.objects.bulk_create(rows, ignore_conflicts=True)


def _who(person, reasons: Sequence[str]) -> str:
    where = whole_address(person.lives.household.dwelling) if person.lives else ""
    return " ".join(filter(None, (person.masked_name, where, "\u3001".join(str(likeness.REASONS[r]) for r in reasons))))


def root_path() -> str:
    """The path of the charter's whole area."""
    code = charter_in_force().area.root
    return Place.objects.current().filter(code=code).values_list("path", flat=True).first() or label(code)


def _paths(known: Sequence[Person | None]) -> list[str]:
    return [str(p.path) for p in known if p is not None]


def _live(household: Household, told: Told, living: Living, since: date, known: Person | None, now: datetime | None) -> Person:
    """A residence of somebody new, or of somebody who was known and comes here from where they lived."""
    now = now or timezone.now()
    person = settle(known, household, since, now) if known else _new(household, told, now)
    try:
        with transaction.atomic():
            Residence.objects.create(
                person=person, household=household, role=living.role, tenure=living.tenure, registered=living.registered,
                registered_at=living.registered_at, since=max(since, person.born or since), path=household.path, is_demo=household.is_demo,
            )  # fmt: skip
    except IntegrityError:
        raise Refusal(_("They lived in another household on that day. Choose a later one."), field="since", code="two_households") from None
    return person


def _new(household: Household, told: Told, now: datetime) -> Person:
    path = str(household.path)
    (pk,) = next_ids(Person, 1)
    person = new_person(told, pk, path=path, community=community_of(household.dwelling), is_demo=household.is_demo)
    person.save(force_insert=True)
    add_secrets(person, values(told), now)
    return person


def add_secrets(person: Person, found, now: datetime) -> None:
    """Store protected numbers of a person. Raises Refusal where the identity number is somebody else's."""
    found = list(found)
    rows = [
        new_secret(person.pk, kind, value, pk, path=str(person.path), since=now, is_demo=person.is_demo)
        for (kind, value), pk in zip(found, next_ids(Secret, len(found)), strict=True)
    ]
    try:
        with transaction.atomic():
            for row in rows:
                row.save(force_insert=True)
    except IntegrityError:
        raise Refusal(_("This number is registered already."), field="id_number", code="known") from None


def settle(person: Person, household: Household, on: date, now: datetime) -> Person:
    """Somebody known goes over to a household: where they live ends on that day, and their rows move with them."""
    end_residences([person], on, Ended.MOVED)
    move_rows([person], household)
    return person


def end_residences(persons: Sequence[Person], on: date, why: str) -> None:
    """End where they live. Raises Refusal where they came to live there after that day. A household nobody is left in ends, too."""
    rows = list(Residence.objects.open().filter(person__in=persons).select_related("household"))
    for row in rows:
        if row.since > on:
            raise Refusal(
                _("This is before %(since)s, when they came to live there."), field="on", code="too_early", params={"since": row.since}
            )
    for row in rows:
        row.until, row.ended = on, why
        row.save(update_fields=["until", "ended"])
    for household in {r.household for r in rows}:
        if not household.residences.open().exists():
            household.until = max(on, household.since)
            household.save(update_fields=["until"])


def move_rows(persons: Sequence[Person], household: Household) -> None:
    """Everything that follows a person lies from now on where they live."""
    ids, path = [p.pk for p in persons], str(household.path)
    Person.objects.filter(pk__in=ids).update(path=path, community=community_of(household.dwelling))
    for model in (Secret, Membership):
        model.objects.filter(person__in=ids).update(path=path)
    Custody.objects.filter(child__in=ids).update(path=path)
    for person in persons:
        person.path = path


def _custody(household: Household, made: Sequence[Person], since: date) -> None:
    """A child under 14 is in somebody's custody: of the head of the household until another is said on the child's page."""
    head = household.residences.open().filter(role=Role.HEAD).select_related("person").first()
    for person in made:
        if not is_child(person, timezone.localdate()) or Custody.objects.open().filter(child=person).exists():
            continue
        if head is None or head.person_id == person.pk or not is_adult(head.person, timezone.localdate()):
            raise Refusal(_("A child under 14 needs a grown-up in the household, who has custody."), code="no_custodian")
        role = household.residences.open().filter(person=person).values_list("role", flat=True).first()
        kind = {"child": "parent", "grandchild": "grandparent"}.get(role or "", "kin")
        Custody.objects.create(
            child=person, custodian=head.person, kind=kind, since=max(since, person.born or since), path=household.path,
            is_demo=household.is_demo,
        )  # fmt: skip
