"""What staff enter about a person, as values; and the sealed rows made of it. Nothing here shows a value in its ``repr``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from linli.kit import crypto, idnumber, phones
from linli.kit.dates import age
from linli.people import names
from linli.people.models import Person, Registered, Role, Secret, Tenure

SECRETS = Secret._meta.db_table
CHILD = 14
"""Under this age somebody else decides about their data (PIPL art. 31)."""
GROWN_UP = 18
"""From this age on somebody can have custody of a child (Civil Code art. 17)."""


@dataclass(frozen=True, slots=True)
class Told:
    """A person as told: name, birth, sex; identity number and telephones in their one form, "" and () for none."""

    name: str
    born: date | None = None
    sex: str = ""
    id_number: str = ""
    phones: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return "Told(…)"


@dataclass(frozen=True, slots=True)
class Living:
    """How somebody lives in a household."""

    role: str = Role.UNKNOWN
    tenure: str = Tenure.UNKNOWN
    registered: str = Registered.UNKNOWN
    registered_at: str = ""


def new_person(told: Told, pk: int, *, path: str, community: str, is_demo: bool = False, ring: crypto.Keyring | None = None) -> Person:
    """The row, not stored yet."""
    return Person(
        pk=pk, name_sealed=names.seal(told.name, pk, ring), tokens=names.tokens(told.name, ring), sex=told.sex, born=told.born,
        community=community, path=path, is_demo=is_demo,
    )  # fmt: skip


def new_secret(
    person_id: int, kind: str, value: str, pk: int, *, path: str, since: datetime, is_demo: bool = False, ring: crypto.Keyring | None = None
) -> Secret:
    """The row, not stored yet: sealed, its masked form sealed too, and by what it is found."""
    shown = idnumber.masked(value) if kind == Secret.Kind.ID else phones.masked(value)
    return Secret(
        pk=pk, person_id=person_id, kind=kind, sealed=crypto.seal(value, crypto.context(SECRETS, "sealed", pk), ring),
        shown=crypto.seal(shown, crypto.context(SECRETS, "shown", pk), ring), blind=blind(kind, value, ring), since=since, path=path,
        is_demo=is_demo,
    )  # fmt: skip


def blind(kind: str, value: str, ring: crypto.Keyring | None = None) -> bytes:
    """By what an exact value is found, whoever's it is: as it is stored now."""
    return crypto.blind_index(value, f"people.{kind}", ring)


def blinds(kind: str, value: str) -> list[bytes]:
    """Everything an exact value may be stored as: more than one while the key of the index is being turned."""
    return crypto.blind_indexes(value, f"people.{kind}")


def shown(secret: Secret) -> str:
    """The masked form: 1502***********21X, 138****5678."""
    return crypto.open(secret.shown, crypto.context(SECRETS, "shown", secret.pk))


def opened(pk: int, sealed: bytes | memoryview) -> str:
    """The value behind the seal, once ``linli_people_reveal`` has given it out."""
    return crypto.open(sealed, crypto.context(SECRETS, "sealed", pk))


def values(told: Told) -> Iterable[tuple[str, str]]:
    """Kind and value of each protected number."""
    if told.id_number:
        yield Secret.Kind.ID, told.id_number
    for phone in dict.fromkeys(told.phones):
        yield Secret.Kind.PHONE, phone


def is_child(person: Person, today: date) -> bool:
    """Under 14, as far as is known."""
    return person.died is None and person.born is not None and age(person.born, today) < CHILD


def is_adult(person: Person, today: date) -> bool:
    """18 or more, or nobody knows."""
    return person.born is None or age(person.born, today) >= GROWN_UP
