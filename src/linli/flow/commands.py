"""What may be asked of a piece of work, and what the rules ask of the world: plain values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from linli.charter.schema import Duration
from linli.kit.calendar import Calendar


class Refused(Exception):
    """The rules don't allow it. ``code`` is one of a closed list (``flow.words.REFUSALS`` says each in words)."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


@dataclass(frozen=True, slots=True)
class Found:
    """A seat, and why this one: ``fallen_from`` names the post that has no seat here and whose work falls to this one."""

    seat: int
    post: str
    level: str
    fallen_from: str = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """What the charter says of a category: its time limit and, by level, whose work it is."""

    id: str
    limit: Duration | None = None
    route: Mapping[str, str] = field(default_factory=dict)
    start_level: str = "grid"


def _nobody(_: Any) -> Found | None:
    return None


def _no_telephone() -> bool:
    return False


class World(NamedTuple):
    """What the rules ask of the world at the moment of a decision. ``seat`` finds a post's seat for this work's place; ``above`` and
    ``approver`` go up from a seat: who is told when its work is late, and who decides on what it asks for. ``reachable``: whether whoever
    raised it can be rung up; only asked where the work comes to a call-back."""

    now: datetime
    calendar: Calendar
    kind: Kind
    seat: Callable[[str], Found | None] = _nobody
    above: Callable[[int], Found | None] = _nobody
    approver: Callable[[int], Found | None] = _nobody
    reachable: Callable[[], bool] = _no_telephone


@dataclass(slots=True, kw_only=True)  # made once for each act: not frozen, which would cost more than the rules
class Command:
    """Something somebody wants. ``by`` is the account (None: the reporter), ``role`` the post acted from."""

    by: int | None = None
    role: str = ""


@dataclass(slots=True, kw_only=True)
class Begin(Command):
    facts: Mapping[str, Any] = field(default_factory=dict)  # what it is about, for the first line of history


@dataclass(slots=True, kw_only=True)
class Take(Command):
    """Take the present step. ``evidence`` names what is at hand; a dispatch may name the level, or the seat, it goes to."""

    outcome: str
    evidence: frozenset[str] = frozenset()
    level: str = ""
    seat: Found | None = None
    until: datetime | None = None  # the day agreed on, for a next step whose time is that (``within = "agreed"``)
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Urge(Command):
    pass


@dataclass(slots=True, kw_only=True)
class AskExtension(Command):
    duration: Duration


@dataclass(slots=True, kw_only=True)
class AskSuspension(Command):
    until: datetime


@dataclass(slots=True, kw_only=True)
class AskHandover(Command):
    """Hand the work over to another body's seat 移交: it takes it over or sends it back."""

    seat: Found


@dataclass(slots=True, kw_only=True)
class DecideRequest(Command):
    """``seat`` is the one that was asked, where the work is to be handed over to it."""

    grant: bool
    seat: Found | None = None


@dataclass(slots=True, kw_only=True)
class RecallRequest(Command):
    """Whoever is responsible no longer asks for it."""


@dataclass(slots=True, kw_only=True)
class Resume(Command):
    pass


@dataclass(slots=True, kw_only=True)
class Join(Command):
    seats: tuple[Found, ...]
    duration: Duration


@dataclass(slots=True, kw_only=True)
class FinishPart(Command):
    seat: int


@dataclass(slots=True, kw_only=True)
class Reassign(Command):
    """To another seat of the same level. ``level`` is the present owner's; None where there is no owner to compare with."""

    seat: Found
    level: str | None


@dataclass(slots=True, kw_only=True)
class Escalate(Command):
    pass


@dataclass(slots=True, kw_only=True)
class Reclassify(Command):
    kind: Kind


@dataclass(slots=True, kw_only=True)
class Withdraw(Command):
    pass


@dataclass(slots=True, kw_only=True)
class Reopen(Command):
    pass


@dataclass(slots=True, kw_only=True)
class Supervise(Command):
    """Open a supervision 督办 before the ladder does. ``seat`` supervises; the answer is due after ``duration``."""

    seat: int
    duration: Duration


@dataclass(slots=True, kw_only=True)
class AnswerOrder(Command):
    """What the responsible seat says to a supervision."""


@dataclass(slots=True, kw_only=True)
class DecideOrder(Command):
    """The supervisor accepts the answer, or sends it back with a new deadline (``duration``)."""

    duration: Duration | None = None


@dataclass(slots=True, kw_only=True)
class Lift(Command):
    """Take back a supervision («order») or the naming in a notice («notice»)."""

    what: str


@dataclass(slots=True, kw_only=True)
class Note(Command):
    """A line of history that changes nothing but, where it names them, who works on it ``beside`` the responsible seat. ``what`` is its kind,
    one of ``procedure.NOTES``."""

    what: str = "noted"
    beside: tuple[int, ...] | None = None  # None: as it is
    outcome: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class SetAside(Command):
    """The work stops as ``end``, one of ``procedure.ENDS``, but isn't done. ``kept``: it can be taken back and goes on where it stood."""

    what: str
    end: str
    kept: bool = True
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class TakeBack(Command):
    """What was set aside, or handed to another place that has done nothing with it, goes on where it stood."""

    what: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Transfer(Command):
    """The work begins again at another place; the world is the new place's. Until somebody there takes a step it can be sent back."""

    facts: Mapping[str, Any] = field(default_factory=dict)
