"""The person behind a matter: sealed on the way in, opened for one look at a time."""

from __future__ import annotations

from dataclasses import dataclass

from linli.access.scope import scope_of
from linli.bodies.models import Seat
from linli.charter.store import charter_of
from linli.flow.models import Flow
from linli.kit import crypto
from linli.matters.models import Matter, Reporter

_TABLE = Reporter._meta.db_table


@dataclass(frozen=True, slots=True)
class ReporterInfo:
    """Name and telephone as told, either may be empty. ``withheld``: from everybody but the intake desk. ``by_sms``: they want to be
    told by text message, which needs a telephone."""

    name: str = ""
    phone: str = ""
    withheld: bool = False
    by_sms: bool = False

    def __bool__(self) -> bool:
        return bool(self.name or self.phone)

    def __repr__(self) -> str:  # never into a log or an error page
        return f"ReporterInfo(withheld={self.withheld})"


def at_intake_desk(user, matter: Matter) -> bool:
    """Whether the user sits at the intake desk this matter came to: the post that takes its procedure's first step, or acts for it.

    Not merely anyone who can take matters in: a name withheld is withheld from the counter's own grid workers too.
    """
    procedure = charter_of(matter.flow.charter_id).procedures[matter.flow.procedure]
    desk = Seat.objects.filter(post=procedure.steps[procedure.start].actor, path__ancestors=str(matter.path))
    return desk.filter(acting__in=scope_of(user).seats).exists()


def can_be_rung(flow: Flow) -> bool:
    """Whether whoever raised it left a telephone and did not withhold their name: nobody else is called back."""
    return Reporter.objects.filter(matter__flow=flow.pk, withheld=False, phone_sealed__isnull=False).exists()


def seal_reporter(matter: Matter, info: ReporterInfo | None) -> Reporter | None:
    """Write the reporter's row, sealed and bound to it. Nobody told: no row, and the matter is anonymous."""
    if not info:
        return None
    return Reporter.objects.create(
        matter=matter,
        name_sealed=_seal(info.name, "name_sealed", matter.pk),
        phone_sealed=_seal(info.phone, "phone_sealed", matter.pk),
        withheld=info.withheld,
        by_sms=info.by_sms and bool(info.phone),
    )


def open_reporter(reporter: Reporter) -> ReporterInfo:
    """What is behind the seal. Only ``actions.reveal_reporter``, which logs the look first, hands it to a person."""
    return ReporterInfo(
        _open(reporter.name_sealed, "name_sealed", reporter.pk),
        _open(reporter.phone_sealed, "phone_sealed", reporter.pk),
        reporter.withheld,
        reporter.by_sms,
    )


def _seal(text: str, column: str, row: int) -> bytes | None:
    return crypto.seal(text, crypto.context(_TABLE, column, row)) if text else None


def _open(sealed: bytes | memoryview | None, column: str, row: int) -> str:
    return crypto.open(sealed, crypto.context(_TABLE, column, row)) if sealed else ""
