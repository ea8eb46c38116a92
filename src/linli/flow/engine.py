"""The shell around the rules: reads a flow (or many) in one query, lets the rules decide, writes all of it in one statement.

That statement compares ``seq``: of two people who act at once exactly one wins. The other gets ``Conflict`` with what changed, unless
what changed takes nothing from under their hands (``procedure.HARMLESS``); then their act is decided again on what is there now.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache, partial
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from linli.access.scope import keyed, scope_of
from linli.bodies.models import Seat
from linli.charter.schema import Charter, Procedure
from linli.charter.store import charter_of
from linli.flow import rows, words
from linli.flow.chain import START
from linli.flow.models import Event as EventRow
from linli.flow.models import Flow
from linli.flow.procedure import HARMLESS, Command, Event, Kind, Refused, State, World, apply, decide, tick
from linli.flow.seats import Seats
from linli.flow.subjects import reachable
from linli.flow.telling import prepare
from linli.frame import refusal
from linli.kit.calendar import Calendar, official_days

_TRIES = 4
SUPERVISE = "flow.supervise"


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
    """What the rules need of a category; "" is that of work of no category, whose steps name their posts. Raises Refused for one the charter
    doesn't have or that only groups others."""
    if not key:
        return Kind("", None, {}, charter.area.levels[0])
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

    def supervises(self, what: str) -> str:
        """The post from which the account decides on the supervision («order») or lifts the naming («notice»); "" for none.

        That is whoever does the work of the supervising seat, or has «flow.supervise» over its place or, for a naming, over that of the named
        one: no lower level undoes what a higher one ordered. Never whoever does the work of the seat that owes the answer or is named.
        """
        order = self.state.order if what == "order" else None
        pressed = order.to if order else self._named()
        if pressed is None:
            return ""
        own = self.held(pressed) or (self.held(order.seat, ability=SUPERVISE) if order else {})
        if own:
            return "" if pressed in own else next(iter(own.values()))
        path = str(Seat.objects.values_list("path", flat=True).get(pk=order.seat if order else pressed))
        return next((h.post for h in scope_of(self.by).held if SUPERVISE in h.abilities and f"{path}.".startswith(f"{h.path}.")), "")

    def _named(self) -> int | None:
        """The seat named in a notice last."""
        line = EventRow.objects.filter(flow=self.flow, seq=self.state.named, kind="noticed").first() if self.state.named else None
        return line.data["seat"] if line else None


def _world(charter: Charter, kind: Kind, flow: Flow, now: datetime, known: dict[str, int] | None = None) -> tuple[World, Seats]:
    seats = Seats(charter, str(flow.path), known)
    return World(now, calendar_of(charter), kind, seats.seat, seats.above, seats.approver, partial(reachable, flow)), seats


def _seats_of(by: Any, ability: str) -> list[int] | None:
    """The seats through which an account works: None, all it holds; by a key the key's, where it has the ability."""
    key = keyed(by)
    return None if key is None else key.own_seats(ability)


def context(flow: Flow | int, *, by: Any = None, now: datetime | None = None) -> Context:
    """Read a flow (one query). Raises Flow.DoesNotExist."""
    key = flow.pk if isinstance(flow, Flow) else flow
    found = contexts([key], by=by, now=now)
    if not found:
        raise Flow.DoesNotExist(key)
    return found[0]


def contexts(flows: Sequence[int], *, by: Any = None, now: datetime | None = None, lock: bool = False) -> list[Context]:
    """Read several flows (one query); those that are gone are left out. ``lock``: nobody else moves them until the transaction ends."""
    active = by.pk if by is not None and by.is_active else None
    moment = timezone.now()
    return [_context(r, by, now or moment) for r in rows.read(flows, active, moment, _seats_of(by, "flow.act"), lock=lock)]


def _context(read: rows.Read, by: Any, now: datetime) -> Context:
    charter, state = charter_of(read.flow.charter_id), rows.state_of(read.flow)
    world, seats = _world(charter, kind_of(charter, state.kind), read.flow, now, read.seats)
    return Context(read.flow, read.acts_as, state, charter, charter.procedures[read.flow.procedure], world, seats, by)


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
        if store([(c, events)], texts):
            return c.flow
    latest = context(flow, now=now).flow
    raise Conflict(latest, changed_since(latest, c.state.seq))


def run_each(
    flows: Sequence[int],
    make: Callable[[Context], Command],
    *,
    by: Any = None,
    now: datetime | None = None,
    texts: Mapping[str, str] | None = None,
) -> dict[int, Exception]:
    """The same act on many flows, on whatever is there: two statements and one commit for all of them.

    Each stands for itself. Gives those on which it could not be done, with the Refused, PermissionDenied or DoesNotExist that says why.
    """
    refused: dict[int, Exception] = {}
    decided: list[Decided] = []
    with transaction.atomic():
        found = contexts(flows, by=by, now=now, lock=True)
        for c in found:
            try:
                decided.append((c, decide(c.procedure, c.state, make(c), c.world)))
            except (Refused, PermissionDenied) as no:
                refused[c.flow.pk] = no
        store(decided, texts)
    there = {c.flow.pk for c in found}
    return refused | {key: Flow.DoesNotExist(key) for key in flows if key not in there}


def run_together(
    seen: Mapping[int, int | None],
    make: Callable[[Context], Command],
    *,
    by: Any = None,
    now: datetime | None = None,
    texts: Mapping[str, str] | None = None,
) -> dict[int, Flow]:
    """One act on several flows: all of it or nothing. ``seen``: each flow's ``seq`` as ``run`` takes it. Raises as ``run``."""
    for key in Flow.objects.filter(pk__in=list(seen), wake_at__lte=now or timezone.now()).values_list("pk", flat=True):
        wake(key, now=now)  # what time has caused is there to be seen before anybody acts on it
    with transaction.atomic():
        found = contexts(list(seen), by=by, now=now, lock=True)
        if gone := set(seen) - {c.flow.pk for c in found}:
            raise Flow.DoesNotExist(gone.pop())
        for c in found:
            _check_seen(c.flow, seen[c.flow.pk])
        store([(c, decide(c.procedure, c.state, make(c), c.world)) for c in found], texts)
    return {c.flow.pk: c.flow for c in found}


Decided = tuple[Context, tuple[Event, ...]]


def store(decided: Sequence[Decided], texts: Mapping[str, str] | None = None) -> set[int]:
    """Write what was decided. Gives the keys of the flows that were written; the others somebody else had moved meanwhile."""
    if not decided:
        return set()
    changes = [_change(c, events, texts) for c, events in decided]
    tell = prepare([(c.flow, events) for c, events in decided])
    if tell is None:
        return rows.update(changes)
    with transaction.atomic(savepoint=False):
        written = rows.update(changes)
        tell([(change.flow, [line.event for line in change.lines]) for change in changes if change.flow.pk in written])
    return written


def _change(c: Context, events: tuple[Event, ...], texts: Mapping[str, str] | None) -> rows.Change:
    after = c.state
    events = through(events, c.by)
    for e in events:
        after = apply(after, e)
    lines = rows.chained(str(c.flow.uid), c.state.seq, bytes(c.flow.head), events, dict(texts) if texts else None)
    return rows.Change(c.flow, c.procedure, c.state, after, lines)


def through(events: tuple[Event, ...], by: Any, key: str = "") -> tuple[Event, ...]:
    """The last line is the command's: where a program gave it, by a key of ``by`` or by ``key``, the line says which."""
    acting = keyed(by)
    name = acting.through if acting is not None else key
    return (*events[:-1], events[-1]._replace(facts={**events[-1].facts, "key": name})) if name else events


def wake(flow: Flow | int, *, now: datetime | None = None) -> int:
    """Write down what time alone has caused. Returns how many lines of history that made."""
    for _try in range(_TRIES):
        c = context(flow, now=now)
        events = tick(c.procedure, c.state, c.world)
        if not events or store([(c, events)]):
            return len(events)
    return 0


def wake_each(flows: Sequence[int], *, now: datetime) -> set[int]:
    """As ``wake``, for many in two statements. The caller holds their locks. Gives the keys of those that moved."""
    found = ((c, tick(c.procedure, c.state, c.world)) for c in contexts(flows, now=now))
    return store([(c, events) for c, events in found if events])


def begin(
    flow: Flow, charter: Charter, command: Command, now: datetime, texts: Mapping[str, str] | None, *, by: Any = None, key: str = ""
) -> Flow:
    """Store a new flow with its first line of history. ``flow`` carries charter, procedure, kind, subject, title, place and path."""
    procedure = charter.procedures.get(flow.procedure)
    if procedure is None:
        raise Refused("no_such_procedure", procedure=flow.procedure)
    world, _ = _world(charter, kind_of(charter, flow.kind), flow, now)
    events = through(decide(procedure, State(), command, world), by, key)
    lines = rows.chained(str(flow.uid), 0, START, events, dict(texts) if texts else None)
    tell = prepare([(flow, events)])
    if tell is None:
        return rows.insert(rows.Change(flow, procedure, State(), apply(State(), events[0]), lines))
    with transaction.atomic(savepoint=False):
        rows.insert(rows.Change(flow, procedure, State(), apply(State(), events[0]), lines))
        tell([(flow, events)])
    return flow
