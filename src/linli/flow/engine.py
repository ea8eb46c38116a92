"""The shell around the rules: reads a flow in one query, lets the rules decide, writes all of it in one statement.

That statement compares ``seq``: of two people who act at once exactly one wins. The other gets ``Conflict`` with what changed, unless
what changed takes nothing from under their hands (``procedure.HARMLESS``); then their act is decided again on what is there now.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from linli.access.scope import keyed
from linli.charter.schema import Charter, Procedure
from linli.charter.store import charter_of
from linli.flow import rows, words
from linli.flow.chain import START
from linli.flow.models import Event as EventRow
from linli.flow.models import Flow
from linli.flow.procedure import HARMLESS, Command, Event, Kind, Refused, State, World, apply, decide, tick
from linli.flow.seats import Seats
from linli.frame import refusal
from linli.kit.calendar import Calendar, official_days

_TRIES = 4


class Conflict(refusal.Conflict):
    """Somebody else was quicker. ``events`` are the lines of history since the caller last looked, oldest first; ``flow`` is as it is now."""

    def __init__(self, flow: Flow, events: list[EventRow]) -> None:
        said = [words.line(e, flow) for e in events]
        super().__init__(_("Somebody else was quicker. See what changed, then decide again."), changed=said)
        self.flow = flow
        self.events = events


@lru_cache(maxsize=64)
def _calendar(sha256: str, hours: tuple[Any, ...]) -> Calendar:
    return Calendar(hours, official_days(*_more_days()))


def _more_days() -> list[Any]:
    """The deployer's own official days: ``official_days.csv`` in the data folder."""
    from linli.conf.home import Home

    path = Home().data / "official_days.csv"
    return [path] if path.exists() else []


def calendar_of(charter: Charter) -> Calendar:
    """Working time as the charter's office hours and the official days make it."""
    return _calendar(charter.sha256, charter.hours)


def kind_of(charter: Charter, key: str) -> Kind:
    """What the rules need of a category. Raises Refused for one the charter doesn't have or that only groups others."""
    category = charter.categories.get(key)
    if category is None or not category.leaf:
        raise Refused("no_such_kind", kind=key)
    return Kind(key, category.within, category.route, category.start_level)


@dataclass(frozen=True, slots=True)
class Context:
    """A flow as it is now, with what the rules need to know around it."""

    flow: Flow
    acts_as: str  # the post from which the account does the owner's work; "": it doesn't
    state: State
    charter: Charter
    procedure: Procedure
    world: World
    seats: Seats
    by: Any

    def held(self, *seats: int, ability: str = "flow.act") -> dict[int, str]:
        """Of these seats, those whose work the account does now, with the post it does it from. A key does it with ``ability`` only."""
        if self.by is None or not self.by.is_active:
            return {}
        return rows.held_among(seats, self.by.pk, timezone.now(), _seats_of(self.by, ability))


def _world(charter: Charter, kind: Kind, path: str, now: datetime, known: dict[str, int] | None = None) -> tuple[World, Seats]:
    seats = Seats(charter, path, known)
    return World(now, calendar_of(charter), kind, seats.seat, seats.above, seats.approver), seats


def _seats_of(by: Any, ability: str) -> list[int] | None:
    """The seats through which an account works: None, all it holds; by a key the key's, where it has the ability."""
    key = keyed(by)
    return None if key is None else key.own_seats(ability)


def context(flow: Flow | int, *, by: Any = None, now: datetime | None = None) -> Context:
    """Read a flow (one query). Raises Flow.DoesNotExist."""
    active = by.pk if by is not None and by.is_active else None
    row, acts_as, known = rows.read(flow.pk if isinstance(flow, Flow) else flow, active, timezone.now(), _seats_of(by, "flow.act"))
    charter = charter_of(row.charter_id)
    state = rows.state_of(row)
    world, seats = _world(charter, kind_of(charter, state.kind), str(row.path), now or timezone.now(), known)
    return Context(row, acts_as, state, charter, charter.procedures[row.procedure], world, seats, by)


def changed_since(flow: Flow, seq: int) -> list[EventRow]:
    return list(EventRow.objects.filter(flow_id=flow.pk, seq__gt=seq).order_by("seq").select_related("by"))


def _check_seen(flow: Flow, seq: int | None) -> None:
    if seq is None or seq == flow.seq:
        return
    events = changed_since(flow, seq)
    if seq > flow.seq or any(e.kind not in HARMLESS for e in events):
        raise Conflict(flow, events)


def run(
    flow: Flow | int,
    make: Callable[[Context], Command],
    *,
    by: Any = None,
    seq: int | None = None,
    now: datetime | None = None,
    texts: Mapping[str, str] | None = None,
) -> Flow:
    """Decide and store one act. ``make`` checks the permission on what is there now and gives the command.

    ``seq`` is what the person had before them (None: they act on whatever is there). Raises Refused, Conflict, PermissionDenied.
    """
    for _try in range(_TRIES):
        c = context(flow, by=by, now=now)
        _check_seen(c.flow, seq)
        command = make(c)
        events = decide(c.procedure, c.state, command, c.world)
        if seq is not None and any(e.kind not in HARMLESS for e in events[:-1]):
            # time has moved the work on, only the clock has not come round to writing it: it must be seen before it is acted on
            wake(c.flow.pk, now=c.world.now)
            latest = context(flow, now=now).flow
            raise Conflict(latest, changed_since(latest, seq))
        if store(c, events, texts):
            return c.flow
    latest = context(flow, now=now).flow
    raise Conflict(latest, changed_since(latest, c.state.seq))


def store(c: Context, events: tuple[Event, ...], texts: Mapping[str, str] | None = None) -> bool:
    """Write decided events; False if somebody else was quicker."""
    after = c.state
    events = through(events, c.by)
    for e in events:
        after = apply(after, e)
    lines = rows.chained(str(c.flow.uid), c.state.seq, bytes(c.flow.head), events, dict(texts) if texts else None)
    return rows.update(c.flow, c.procedure, c.state, after, lines)


def through(events: tuple[Event, ...], by: Any, key: str = "") -> tuple[Event, ...]:
    """The last line is the command's: where a program gave it, by a key of ``by`` or by ``key``, the line says which."""
    acting = keyed(by)
    name = acting.through if acting is not None else key
    return (*events[:-1], events[-1]._replace(data={**events[-1].data, "key": name})) if name else events


def wake(flow: Flow | int, *, now: datetime | None = None) -> int:
    """Write down what time alone has caused. Returns how many lines of history that made."""
    for _try in range(_TRIES):
        c = context(flow, now=now)
        events = tick(c.procedure, c.state, c.world)
        if not events or store(c, events):
            return len(events)
    return 0


def begin(
    flow: Flow, charter: Charter, command: Command, now: datetime, texts: Mapping[str, str] | None, *, by: Any = None, key: str = ""
) -> Flow:
    """Store a new flow with its first line of history. ``flow`` carries charter, procedure, kind, subject, title, place and path."""
    procedure = charter.procedures.get(flow.procedure)
    if procedure is None:
        raise Refused("no_such_procedure", procedure=flow.procedure)
    world, _ = _world(charter, kind_of(charter, flow.kind), str(flow.path), now)
    events = through(decide(procedure, State(), command, world), by, key)
    lines = rows.chained(str(flow.uid), 0, START, events, dict(texts) if texts else None)
    return rows.insert(flow, procedure, apply(State(), events[0]), lines)
