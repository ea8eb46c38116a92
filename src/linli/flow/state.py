"""What a piece of work is at a moment, and the lines of history it is made of: plain values, no database.

An event carries the change it made (in history: ``data["set"]``, field -> value as JSON) beside the facts that explain it. ``apply`` therefore
needs no calendar, no charter and no knowledge of the rules in force then: a history written today replays under any later program.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, NamedTuple


@dataclass(frozen=True, slots=True)
class Part:
    """What an assisting seat owes a joint handling 联合办理."""

    seat: int
    due_at: datetime
    overdue: bool = False


@dataclass(frozen=True, slots=True)
class Ask:
    """Something asked of ``seat``: ``extension`` by ``length`` (a duration as text), ``suspension`` ``until`` a review date, or
    ``handover`` of the work to it, to be answered by ``until``; ``late``: it was not."""

    what: str
    seat: int
    by: int | None
    length: str = ""
    until: datetime | None = None
    late: bool = False


@dataclass(frozen=True, slots=True)
class Order:
    """A supervision under way 督办: ``seat`` supervises, ``to`` owes the answer by ``due_at``. Once ``answered`` it waits for the supervisor.

    ``seq`` is the line of history that opened it. ``by`` is the account that answered.
    """

    seq: int
    seat: int
    to: int
    due_at: datetime
    overdue: bool = False
    answered: bool = False
    by: int | None = None


_NONE: Mapping[str, Any] = MappingProxyType({})


class State(NamedTuple):
    """A piece of work at a moment. Blank before it begins; ``step`` is empty once ``end`` is set."""

    seq: int = 0  # history lines so far
    at: datetime | None = None  # of the last line
    kind: str = ""  # category
    step: str = ""
    end: str = ""
    level: str = ""  # where on the category's route it stands
    owner: int | None = None  # seat; None: the reporter's turn, or nobody's
    began_at: datetime | None = None
    entered_at: datetime | None = None
    ended_at: datetime | None = None
    due_at: datetime | None = None
    whole_due_at: datetime | None = None
    remind_at: datetime | None = None
    escalate_at: datetime | None = None
    clock: str = "working"  # of the step's deadline
    overdue: bool = False
    whole_overdue: bool = False
    escalations: int = 0
    suspended_at: datetime | None = None
    review_at: datetime | None = None  # when a suspension ends by itself
    extensions: int = 0  # granted in this stay in the step
    reopens: int = 0
    urges: int = 0  # in this stay
    told: tuple[int, ...] = ()  # seats that should know: those above late work, those it was taken from
    returns: Mapping[str, int] = _NONE  # "step.outcome" -> how often it led back
    takers: Mapping[str, int | None] = _NONE  # step -> account that took it last
    parts: tuple[Part, ...] = ()
    beside: tuple[int, ...] = ()  # seats named to work on it beside the responsible one, from step to step until others are
    ask: Ask | None = None
    rungs: int = 0  # of the ladder that presses on late work, climbed in this stay
    rung_at: datetime | None = None  # when the next one comes
    order: Order | None = None  # the supervision under way
    named: int = 0  # line of history by which it was named in a notice last; 0: not, or taken back
    transfers: int = 0  # how often it was handed to another place (older lines: or to an authority outside)
    outside: int = 0  # how often to an authority outside
    aside: Mapping[str, Any] | None = None  # where it stood when it was set aside or handed on, as JSON

    @property
    def suspended(self) -> bool:
        return self.suspended_at is not None


class Event(NamedTuple):
    """One line of history as decided: what it changes, and the facts that explain it. JSON is made of it where it is stored."""

    kind: str
    at: datetime
    by: int | None = None
    role: str = ""
    step_from: str = ""
    step_to: str = ""
    outcome: str = ""
    change: Mapping[str, Any] = _NONE  # field of State -> value
    facts: Mapping[str, Any] = _NONE  # plain JSON already

    @property
    def data(self) -> dict[str, Any]:
        """As it stands in history: ``set`` is the change as JSON, the rest explains it."""
        return {"set": dump(self.change), **self.facts}

    @property
    def said(self) -> tuple[str, datetime, int | None, str, str, str, str, dict[str, Any]]:
        """All of it that is stored."""
        return (*self[:7], self.data)

    @classmethod
    def told(cls, kind: str, at: datetime, by: int | None, role: str, step_from: str, step_to: str, outcome: str, data: Mapping) -> Event:
        """A line read back from history. Raises TypeError, ValueError or KeyError for data that no line can hold."""
        facts = dict(data)
        return cls(kind, at, by, role, step_from, step_to, outcome, load(facts.pop("set", _NONE)), facts)


def text_of(moment: datetime) -> str:
    return (moment if moment.tzinfo is UTC else moment.astimezone(UTC)).isoformat()


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _part_out(part: Part) -> dict[str, Any]:
    return {"seat": part.seat, "due": text_of(part.due_at)} | ({"overdue": True} if part.overdue else {})


def _part_in(row: Mapping[str, Any]) -> Part:
    return Part(row["seat"], datetime.fromisoformat(row["due"]), row.get("overdue", False))


def _ask_out(ask: Ask) -> dict[str, Any]:
    return {
        "what": ask.what,
        "seat": ask.seat,
        "by": ask.by,
        "length": ask.length,
        "until": text_of(ask.until) if ask.until else None,
    } | ({"late": True} if ask.late else {})


def _ask_in(row: Mapping[str, Any] | None) -> Ask | None:
    return None if row is None else Ask(row["what"], row["seat"], row["by"], row["length"], _moment(row["until"]), row.get("late", False))


def _order_out(order: Order) -> dict[str, Any]:
    said = {"seq": order.seq, "seat": order.seat, "to": order.to, "due": text_of(order.due_at), "by": order.by}
    return said | {name: True for name in ("overdue", "answered") if getattr(order, name)}


def _order_in(row: Mapping[str, Any] | None) -> Order | None:
    if row is None:
        return None
    due = datetime.fromisoformat(row["due"])
    return Order(row["seq"], row["seat"], row["to"], due, row.get("overdue", False), row.get("answered", False), row["by"])


_MOMENTS = (
    "at", "began_at", "entered_at", "ended_at", "due_at", "whole_due_at", "remind_at", "escalate_at", "suspended_at", "review_at", "rung_at"
)  # fmt: skip
_Codec = dict[str, Callable[[Any], Any]]
_OUT: _Codec = {
    **dict.fromkeys(_MOMENTS, text_of),
    "told": list,
    "beside": list,
    "returns": dict,
    "takers": dict,
    "parts": lambda parts: [_part_out(p) for p in parts],
    "ask": _ask_out,
    "order": _order_out,
    "aside": dict,
}
_IN: _Codec = {
    **dict.fromkeys(_MOMENTS, _moment),
    "told": tuple,
    "beside": tuple,
    "parts": lambda rows: tuple(_part_in(r) for r in rows),
    "ask": _ask_in,
    "order": _order_in,
}


def dump(values: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of a State as JSON."""
    return {name: out(value) if value is not None and (out := _OUT.get(name)) else value for name, value in values.items()}


def load(values: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of a State from JSON."""
    return {name: read(value) if (read := _IN.get(name)) else value for name, value in values.items()}


def apply(state: State, event: Event) -> State:
    """The state after the event. Total and pure: whatever was decided is in the event."""
    return state._replace(seq=state.seq + 1, at=event.at, **event.change)
