"""A flow's row and its State, either way; and the statements that read and write them in one round trip each."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from linli.charter.schema import Procedure
from linli.flow.chain import canonical, link, salted
from linli.flow.models import Flow
from linli.flow.procedure import Duty, Event, State, todos, wake_at
from linli.flow.sql import fetch
from linli.flow.state import dump, load

_SAME = ("seq", "kind", "step", "end", "level", "began_at", "entered_at", "ended_at", "due_at", "whole_due_at", "overdue", "escalations")
_BLANK = State()
_MEMORY = tuple(f.name for f in fields(State) if f.name not in (*_SAME, "owner"))


def state_of(flow: Flow) -> State:
    """The state a row stands for."""
    return State(owner=flow.owner_id, **{name: getattr(flow, name) for name in _SAME}, **load(flow.memory))


def memory_of(state: State) -> dict[str, Any]:
    """What has no column of its own, as JSON; only what differs from a blank state."""
    kept = ((name, getattr(state, name)) for name in _MEMORY)
    return dump({name: value for name, value in kept if value != getattr(_BLANK, name)})


def put(flow: Flow, procedure: Procedure, state: State, head: bytes) -> Flow:
    """Set the row's fields to the state."""
    for name in _SAME:
        setattr(flow, name, getattr(state, name))
    flow.owner_id = state.owner
    flow.suspended = state.suspended
    flow.wake_at = wake_at(procedure, state)
    flow.memory = memory_of(state)
    flow.head = head
    return flow


@dataclass(frozen=True, slots=True)
class Line:
    """An event as it is stored: with its place in the chain and the free texts that belong to it."""

    event: Event
    seq: int
    texts: dict[str, str] | None
    salt: bytes | None
    text_digest: bytes
    prev: bytes
    hash: bytes


def chained(uid: str, seq: int, head: bytes, events: Sequence[Event], texts: dict[str, str] | None) -> list[Line]:
    """Events as lines after the line ``seq`` whose hash is ``head``; the texts belong to the last, which is the command's."""
    lines = []
    for number, e in enumerate(events, start=seq + 1):
        own = texts if number == seq + len(events) and texts else None
        salt, digest = salted(own)
        now = link(head, uid, number, e.at, e.by, e.role, e.kind, e.step_from, e.step_to, e.outcome, e.data, digest)
        lines.append(Line(e, number, own, salt, digest, head, now))
        head = now
    return lines


_COLUMNS = [str(f.column) for f in Flow._meta.concrete_fields]
_JSON = _COLUMNS.index("memory")
_NAMES = [f.attname for f in Flow._meta.concrete_fields]


def _quoted(names: Iterable[str], prefix: str = "") -> str:
    return ", ".join(f'{prefix}"{n}"' for n in names)


_READ = f"""
SELECT {_quoted(_COLUMNS, "f.")}, (
    SELECT a.post FROM bodies_seat s JOIN bodies_seat a ON a.id = s.acting_id JOIN bodies_holding h ON h.seat_id = a.id
    WHERE s.id = f.owner_id AND h.user_id = %s::bigint AND h.since <= %s AND (h.until IS NULL OR h.until > %s) LIMIT 1)
FROM flow_flow f WHERE f.id = %s
"""  # noqa: S608  names of our own columns

_HOLDS = """
SELECT s.id, a.post FROM bodies_seat s JOIN bodies_seat a ON a.id = s.acting_id JOIN bodies_holding h ON h.seat_id = a.id
WHERE s.id = ANY(%s::bigint[]) AND h.user_id = %s AND h.since <= %s AND (h.until IS NULL OR h.until > %s)
"""


def read(flow_id: int, user_id: int | None, today: datetime) -> tuple[Flow, str]:
    """The flow, and the post from which the account does the present owner's work at this moment ("": it doesn't).

    Raises Flow.DoesNotExist.
    """
    found = fetch(_READ, (user_id, today, today, flow_id))
    if not found:
        raise Flow.DoesNotExist(flow_id)
    *values, post = found[0]
    values[_JSON] = json.loads(values[_JSON]) if isinstance(values[_JSON], str) else values[_JSON]
    return Flow.from_db("default", _NAMES, values), post or ""


def held_among(seats: Iterable[int], user_id: int, today: datetime) -> dict[int, str]:
    """Of these seats, those whose work the account does at this moment, each with the post it does it from."""
    return dict(fetch(_HOLDS, (list(seats), user_id, today, today)))


_HISTORY = """
e AS (
  INSERT INTO flow_event (flow_id, seq, at, by_id, role, kind, step_from, step_to, outcome, data, texts, salt, text_digest, prev, hash)
  SELECT f.id, u.seq, u.at, u.by_id, u.role, u.kind, u.step_from, u.step_to, u.outcome, u.data::jsonb, u.texts::jsonb,
    u.salt, u.text_digest, u.prev, u.hash
  FROM f, unnest(%s::int[], %s::timestamptz[], %s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[],
    %s::text[], %s::text[], %s::bytea[], %s::bytea[], %s::bytea[], %s::bytea[])
    AS u(seq, at, by_id, role, kind, step_from, step_to, outcome, data, texts, salt, text_digest, prev, hash)),
n AS (
  INSERT INTO flow_todo (flow_id, seat_id, role, since, due_at)
  SELECT f.id, k.seat, k.role, %s::timestamptz, k.due FROM f, unnest(%s::bigint[], %s::text[], %s::timestamptz[]) AS k(seat, role, due))
"""

_STATE = {
    "step": "text", "end": "text", "level": "text", "owner_id": "bigint", "seq": "int", "head": "bytea", "kind": "text",
    "began_at": "timestamptz", "entered_at": "timestamptz", "due_at": "timestamptz", "whole_due_at": "timestamptz",
    "ended_at": "timestamptz", "overdue": "boolean", "suspended": "boolean", "escalations": "int", "wake_at": "timestamptz",
    "memory": "jsonb",
}  # fmt: skip
_UPDATE = f"""
WITH f AS (
  UPDATE flow_flow SET {", ".join(f'"{name}" = %s::{type_}' for name, type_ in _STATE.items())}
  WHERE id = %s AND seq = %s RETURNING id),
{_HISTORY},
c AS (
  UPDATE flow_todo t SET done_at = %s::timestamptz FROM f, unnest(%s::bigint[], %s::text[]) AS k(seat, role)
  WHERE t.flow_id = f.id AND t.done_at IS NULL AND t.seat_id = k.seat AND t.role = k.role),
d AS (
  UPDATE flow_todo t SET due_at = k.due FROM f, unnest(%s::bigint[], %s::text[], %s::timestamptz[]) AS k(seat, role, due)
  WHERE t.flow_id = f.id AND t.done_at IS NULL AND t.seat_id = k.seat AND t.role = k.role)
SELECT id FROM f
"""  # noqa: S608

_FIXED = {
    "uid": "uuid", "charter_id": "bigint", "procedure": "text", "subject": "text", "subject_ref": "text", "title": "text",
    "place_id": "bigint", "path": "text::ltree", "is_demo": "boolean",
}  # fmt: skip
_ALL = _FIXED | _STATE
_INSERT = f"""
WITH f AS (
  INSERT INTO flow_flow ({_quoted(_ALL)}) VALUES ({", ".join(f"%s::{type_}" for type_ in _ALL.values())}) RETURNING id),
{_HISTORY}
SELECT id FROM f
"""  # noqa: S608


def _json(value: Any) -> str:
    return canonical(value).decode()


def _values(flow: Flow, names: Iterable[str]) -> list[Any]:
    return [_json(flow.memory) if name == "memory" else getattr(flow, name) for name in names]


def _history(lines: Sequence[Line], new: Iterable[Duty]) -> list[Any]:
    events = [(n.seq, e.at, e.by, e.role, e.kind, e.step_from, e.step_to, e.outcome, _json(e.data)) for n in lines for e in [n.event]]
    chain = [(_json(n.texts) if n.texts else None, n.salt, n.text_digest, n.prev, n.hash) for n in lines]
    duties = [(d.seat, d.role, d.due_at) for d in new]
    return [*_turned(events, 9), *_turned(chain, 5), lines[-1].event.at, *_turned(duties, 3)]


def _turned(rows: Sequence[Sequence[Any]], width: int) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(width)]


def insert(flow: Flow, procedure: Procedure, state: State, lines: Sequence[Line]) -> Flow:
    """A new flow with its first line of history and its first duties."""
    put(flow, procedure, state, lines[-1].hash)
    [(flow.pk,)] = fetch(_INSERT, [*_values(flow, _ALL), *_history(lines, todos(procedure, state))])
    flow._state.adding = False
    return flow


def update(flow: Flow, procedure: Procedure, before: State, after: State, lines: Sequence[Line]) -> bool:
    """Write the state, its history and who has what to do now, all or nothing; False if somebody else was quicker."""
    old = {(d.seat, d.role): d for d in todos(procedure, before)}
    new = {(d.seat, d.role): d for d in todos(procedure, after)}
    gone = [key for key in old if key not in new]
    moved = [(*key, d.due_at) for key, d in new.items() if key in old and d != old[key]]
    put(flow, procedure, after, lines[-1].hash)
    params = [*_values(flow, _STATE), flow.pk, before.seq, *_history(lines, (d for key, d in new.items() if key not in old))]
    return bool(fetch(_UPDATE, [*params, lines[-1].event.at, *_turned(gone, 2), *_turned(moved, 3)]))
