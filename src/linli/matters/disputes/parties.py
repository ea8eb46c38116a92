"""The people on the sides of a dispute: sealed on the way in, opened for one look at a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.utils.translation import gettext_lazy as _

from linli.flow.models import Flow
from linli.flow.procedure import WITHDRAWN
from linli.flow.words import procedure_of
from linli.frame.refusal import Refusal
from linli.kit import crypto
from linli.kit.discreet import IDENTITY, NAME, PHONE, indiscretions
from linli.matters.disputes import BOUND, PROCEDURE
from linli.matters.disputes.models import Party
from linli.matters.models import Matter
from linli.matters.reporters import open_reporter

_TABLE = Party._meta.db_table
FIELDS = ("name", "phone", "address")
SIDES = "甲乙丙丁戊己庚辛壬"
BINDS = _(
    "The agreement is in effect and binds the sides: nobody ends it by leaving. Where they want to change it or the court doesn't confirm "
    "it, take “mediate anew”; where it isn't kept, “not performed” at the step of performance, and the other side can go to court."
)
_SAID = {PHONE: _("a telephone number"), IDENTITY: _("an identity number"), NAME: _("a name of somebody concerned")}


@dataclass(frozen=True, slots=True)
class PartyInfo:
    """Somebody on a side, as told. An organisation's ``name`` is who speaks for it at the table, if anybody is named."""

    side: int
    name: str = ""
    phone: str = ""
    address: str = ""
    organisation: str = ""
    speaker: bool = False
    has_custodian: bool = False

    def __bool__(self) -> bool:
        return bool(self.name or self.organisation)

    def __repr__(self) -> str:  # never into a log or an error page
        return f"PartyInfo(side={self.side})"


def side_name(side: int) -> str:
    """甲方, 乙方 …: as agreements call the sides."""
    return f"{SIDES[side - 1]}方"


def is_dispute(matter: Matter) -> bool:
    return matter.flow.procedure == PROCEDURE


def is_bound(matter: Matter) -> bool:
    """Whether the sides are bound by what they agreed on: neither of them ends it by leaving."""
    return is_dispute(matter) and matter.flow.step in BOUND


def was_left(flow: Flow) -> bool:
    """Whether it ended because a side took it back or left."""
    return flow.end in {WITHDRAWN, *(s.withdrawn.removeprefix("END ") for s in procedure_of(flow).steps.values() if s.withdrawn)}


def seal_party(matter: Matter, info: PartyInfo, now: datetime) -> Party:
    """Write a party's row, sealed and bound to it."""
    with connection.cursor() as cursor:
        cursor.execute("select nextval(pg_get_serial_sequence(%s, 'id'))", [_TABLE])
        (key,) = cursor.fetchone()
    role = Party.Role.SPEAKER if info.speaker else Party.Role.PARTY
    party = Party(
        pk=key, matter=matter, side=info.side, role=role, organisation=info.organisation, has_custodian=info.has_custodian, at=now
    )
    for field in FIELDS:
        setattr(party, f"{field}_sealed", sealed_value(getattr(info, field), field, key))
    party.save(force_insert=True)
    return party


def sealed_value(text: str, field: str, row: int) -> bytes | None:
    return crypto.seal(text, crypto.context(_TABLE, f"{field}_sealed", row)) if text else None


def open_party(party: Party) -> PartyInfo:
    """What is behind the seals. Only ``actions.reveal_parties``, which logs the look first, hands it to a person."""
    name, phone, address = (_open(getattr(party, f"{f}_sealed"), f, party.pk) for f in FIELDS)
    return PartyInfo(party.side, name, phone, address, party.organisation, party.role == Party.Role.SPEAKER, party.has_custodian)


def _open(sealed: bytes | memoryview | None, field: str, row: int) -> str:
    return crypto.open(sealed, crypto.context(_TABLE, f"{field}_sealed", row)) if sealed else ""


def check_texts(matter: Matter, texts: Mapping[str, str], names: Iterable[str] = ()) -> None:
    """Refuse what would bring a name, telephone or identity number of somebody concerned into history or agreement, at its field.

    The names are compared here and shown to nobody; ``names`` are further ones, not entered yet. Only for disputes.
    """
    said = {field: text for field, text in texts.items() if text}
    if not said or not is_dispute(matter):
        return
    known = tuple(n for n in (*(_names(matter)), *names) if n)
    for field, text in said.items():
        if found := [_SAID[f] for f in indiscretions(text, known) if f in _SAID]:
            raise Refusal(
                _("Write “甲方”, “乙方” here, not who they are. Take out: %(what)s."),
                field=field, code="indiscreet", params={"what": "、".join(str(f) for f in found)},
            )  # fmt: skip


def party_names(matter: Matter) -> tuple[str, ...]:
    """Of the people on its sides, for comparing; shown to nobody. One query."""
    return tuple(name for p in matter.parties.all() if (name := _open(p.name_sealed, "name", p.pk)))


def _names(matter: Matter) -> Iterable[str]:
    yield from party_names(matter)
    reporter = getattr(matter, "reporter", None)
    if reporter is not None:
        yield open_reporter(reporter).name
