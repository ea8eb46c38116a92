"""Reads that are more than a filter: the inbox, who is involved, the line of steps, what may be done next, history in sentences."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, Count, F, Func, OuterRef, Q, QuerySet, Subquery
from django.db.models.fields.json import KeyTextTransform
from django.utils.translation import gettext as _

from linli.access.scope import can, scope_of
from linli.bodies.models import Holding, Seat
from linli.bodies.work import OpenWork
from linli.charter.schema import Procedure
from linli.charter.store import charter_of
from linli.flow.engine import context
from linli.flow.models import Event, Flow, Todo
from linli.flow.procedure import AWAY, Offer, offers
from linli.flow.words import EVIDENCE, TOLD, TONES, end_name, post_name, procedure_of, role_name, sentence, step_name
from linli.places.queries import place_label

WORK = (Todo.Role.LEAD, Todo.Role.ASSIST, Todo.Role.ANSWER)
WORD = (Todo.Role.APPROVE, Todo.Role.TOLD)


def inbox(user: Any, roles: Iterable[str] = WORK) -> QuerySet[Todo]:
    """What the user's seats, and the vacant seats they act for, have to do now; what is due first comes first, so overdue work on top."""
    mine = Todo.objects.filter(done_at=None, seat__acting__in=scope_of(user).seats, role__in=list(roles))
    return mine.select_related("flow__place__parent", "seat__place__parent").order_by(F("due_at").asc(nulls_last=True), "pk")


def sent_on(user: Any) -> QuerySet[Flow]:
    """Open work that went through the user's hands and lies with somebody else now, the latest first."""
    seats = scope_of(user).seats
    took = Event.objects.filter(by=user, kind__in=("taken", "reassigned", "escalated", "began")).values("flow")
    mine = Todo.objects.filter(done_at=None, seat__acting__in=seats, role__in=WORK).values("flow")
    return (
        Flow.objects.filter(end="", pk__in=took)
        .exclude(pk__in=mine)
        .select_related("place__parent", "owner__place__parent")
        .order_by("-entered_at", "-pk")
    )


def open_work(seats: Collection[int]) -> dict[int, OpenWork]:
    """What lies with each of the seats now: things to do, and those of them that are overdue. One query."""
    mine = Todo.objects.filter(done_at=None, seat__in=seats, role__in=WORK).order_by()
    rows = mine.values("seat").annotate(count=Count("pk"), late=Count("pk", filter=Q(flow__overdue=True)))
    return {row["seat"]: OpenWork(row["count"], row["late"]) for row in rows}


def involved(seats: Sequence[int], prefix: str = "") -> Q:
    """Work that any of the seats takes or took part in, or does for a vacant seat. ``prefix`` leads to the flow («flow__»)."""
    return Q(_TookPart(F(f"{prefix}pk"), list(seats)))


class _TookPart(Func):
    """Of one flow. Every list and every look at a piece of work asks this, so it isn't put together from subqueries each time.
    The flow is said as a range, so that each row takes one look by the index; else all these seats ever did would be read first."""

    output_field = BooleanField()
    sql = (
        "EXISTS (SELECT 1 FROM flow_todo todo WHERE todo.flow_id >= {flow} AND todo.flow_id <= {flow} AND todo.seat_id = ANY(ARRAY("
        "SELECT seat.id FROM bodies_seat seat WHERE seat.id = ANY(%s::bigint[]) OR seat.acting_id = ANY(%s::bigint[]))))"
    )

    def __init__(self, flow: F, seats: list[int]) -> None:
        super().__init__(flow)
        self.seats = seats

    def as_sql(self, compiler: Any, connection: Any, *args: Any, **extra: Any) -> Any:
        flow, params = compiler.compile(self.get_source_expressions()[0])
        return self.sql.format(flow=flow), [*params, *params, self.seats, self.seats]


class _OneOf(Func):
    """A column is one of what a subquery gives, asked once: «column = ANY(ARRAY(…))»."""

    template = "%(expressions)s)"
    arg_joiner = " = ANY("
    output_field = BooleanField()


def involved_elsewhere(seats: Sequence[int], paths: Sequence[str], flow: str = "pk") -> Q:
    """As ``involved``, of work that lies below none of ``paths``: for seats of a small area, which have little to do elsewhere. That little
    is read first, and is one of several ways to a row by an index. ``flow`` names the flow («flow»)."""
    doing = Seat.objects.order_by().filter(Q(pk__in=seats) | Q(acting__in=seats)).values("pk")
    did = Todo.objects.filter(_OneOf(F("seat_id"), ArraySubquery(doing))).order_by().values("flow").distinct()
    return Q(_OneOf(F(flow), ArraySubquery(did.exclude(flow__path__descends=list(paths)) if paths else did)))


def visible(user: Any) -> QuerySet[Flow]:
    """Work of the places the user's posts see, and what their seats take part in."""
    return Flow.objects.filter(scope_of(user).q("matter.see", involved=involved))


def ledger(user: Any) -> QuerySet[Flow]:
    """Work on the ledger 挂账 that the user sees, with why it lies there (``why``): the next review date first."""
    asked = Event.objects.filter(flow=OuterRef("pk"), kind="suspension_asked").order_by("-seq")
    why = Subquery(asked.annotate(why=KeyTextTransform("reason", "texts")).values("why")[:1])
    return (
        visible(user)
        .filter(suspended=True)
        .annotate(why=why)
        .select_related("place__parent", "owner__place__parent")
        .order_by("wake_at", "pk")
    )


def seats_involved(flow: Flow) -> set[int]:
    """See ``Flow.seats_involved``."""
    return flow.seats_involved()


def responsible(flow: Flow) -> str:
    """Post and place of the responsible seat; the reporter where it is their turn; empty once ended. ``owner__place__parent`` joined."""
    if flow.end:
        return ""
    if flow.owner is None:
        return _("the person who raised it") if procedure_of(flow).steps[flow.step].actor == "reporter" else _("nobody")
    return f"{post_name(charter_of(flow.charter_id), flow.owner.post)} · {place_label(flow.owner.place)}"


def holders(flow: Flow) -> list[str]:
    """Who does the responsible seat's work today. One query."""
    rows = (
        Holding.objects.current().filter(seat__acts_for=flow.owner_id, user__is_active=True).select_related("user") if flow.owner_id else ()
    )
    return [str(h.user) for h in rows]


def main_way(procedure: Procedure, start: str) -> list[str]:
    """The steps from ``start`` on where everything goes well: each step's first wired outcome."""
    way: list[str] = []
    while start in procedure.steps and start not in way:
        way.append(start)
        start = next(iter(procedure.steps[start].on.values()))
    return way


def steps_line(flow: Flow, events: Sequence[Event] | None = None) -> list[dict[str, Any]]:
    """Steps done, the present one with who and until when, and those ahead if all goes well, for ``frame/parts/steps.html``.

    ``events`` are the history lines in order, if the caller has them (with ``by`` joined); otherwise one query.
    """
    procedure = procedure_of(flow)
    if events is None:
        events = list(flow.events.filter(kind__in=("taken", "withdrawn", "reopened")).order_by("seq").select_related("by"))
    line: list[dict[str, Any]] = []
    for e in events:
        if e.kind == "taken":
            who = str(e.by) if e.by else role_name(charter_of(flow.charter_id), e.role)
            line.append({"name": step_name(procedure, e.step_from), "state": "done", "who": who, "at": e.at})
    if flow.end:
        return [*line, {"name": end_name(procedure, flow.end), "state": "done", "at": flow.ended_at}]
    now = {"name": step_name(procedure, flow.step), "state": "now", "who": responsible(flow), "due": flow.due_at, "hold": flow.suspended}
    ahead = main_way(procedure, flow.step)[1:]
    return [*line, now, *({"name": step_name(procedure, s), "state": "next"} for s in ahead)]


@dataclass(frozen=True, slots=True)
class Next:
    """What a user may do with a piece of work now: the outcomes of the present step, and other acts by the name of their action."""

    offers: tuple[Offer, ...]
    help: Any  # the charter's help text for the step, or None
    acts: tuple[str, ...]


def next_acts(flow: Flow, user: Any) -> Next:
    """What the rules and the user's posts allow now. The actions ask again; this keeps from offering what would be refused."""
    c = context(flow, by=user)
    s, step = c.state, c.procedure.steps.get(c.state.step)
    leads = bool(c.acts_as) and can(user, "flow.act")
    live, free = (None if s.suspended else step), s.ask is None
    ask_mine = (
        s.ask is not None
        and s.ask.by != user.pk
        and (bool(c.held(s.ask.seat, ability="flow.approve")) or can(user, "flow.approve", c.flow))
    )
    allowed = {
        "decide_request": live is not None and ask_mine,
        "recall_request": live is not None and leads and not free,
        "finish_part": live is not None and bool(s.parts) and bool(c.held(*(x.seat for x in s.parts))),
        "ask_extension": live is not None and leads and free and live.extensions > s.extensions and s.due_at is not None and s.due_at > c.world.now,
        "ask_suspension": live is not None and leads and free and live.suspend,
        "resume_flow": s.suspended and (leads or can(user, "flow.approve", c.flow)),
        "join_bodies": live is not None and leads and live.joint and can(user, "flow.join"),
        "urge_flow": live is not None and s.owner is not None and not leads and can(user, "flow.urge", c.flow),
        "reassign_flow": live is not None and live.actor != "reporter" and can(user, "flow.assign", c.flow),
        "escalate_flow": live is not None and s.owner is not None and (leads or can(user, "flow.assign", c.flow)),
        "reclassify_flow": live is not None and can(user, "matter.intake", c.flow),
        "reopen_flow": bool(s.end) and s.end not in AWAY and bool(c.procedure.reopen) and s.reopens < c.procedure.reopens and can(user, "matter.intake", c.flow),
        "note_flow": bool(c.acts_as) or can(user, "flow.act", c.flow),
    }  # fmt: skip
    open_now = offers(c.procedure, s) if leads else ()
    return Next(open_now, step.help if step else None, tuple(name for name, ok in allowed.items() if ok))


def history(flow: Flow, events: Sequence[Event] | None = None, known: Container[str] = ()) -> list[dict[str, Any]]:
    """History in sentences, oldest first, for ``frame/parts/history.html``. One query, or none with ``events`` (``by`` joined). Other work
    is named where its number is ``known`` to the reader."""
    charter = charter_of(flow.charter_id)
    rows = flow.events.order_by("seq").select_related("by") if events is None else events
    return [
        {
            "at": e.at,
            "what": sentence(e, flow, known),
            "who": str(e.by) if e.by else "",
            "role": role_name(charter, e.role) if e.role else "",
            "key": e.data.get("key", ""),
            "tone": TONES.get(e.kind, "good" if e.step_to.startswith("END ") else "plain"),
            "texts": [{"label": EVIDENCE.get(name, name), "text": TOLD.get((name, text), text)} for name, text in (e.texts or {}).items()],
        }
        for e in rows
    ]
