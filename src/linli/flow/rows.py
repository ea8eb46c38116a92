"""A flow's row and its State, either way; and the statements that read and write them, one or many, in one round trip each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from linli.charter.schema import Procedure
from linli.flow.chain import link, salted
from linli.flow.models import Flow
from linli.flow.procedure import Event, State, todos, wake_at
from linli.flow.state import dump, load
from linli.frame.sql import fetch

_SAME = ("seq", "kind", "step", "end", "level", "began_at", "entered_at", "ended_at", "due_at", "whole_due_at", "overdue", "escalations")
_BLANK = State()
_MEMORY = tuple(name for name in State._fields if name not in (*_SAME, "owner"))


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
    data: dict[str, Any]
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
        said = e.said
        now = link(head, uid, number, *said, digest)
        lines.append(Line(e, said[-1], number, own, salt, digest, head, now))
        head = now
    return lines


_COLUMNS = [str(f.column) for f in Flow._meta.concrete_fields]
_READ_COLUMNS = ", ".join(f'f."{name}"::text' if name == "path" else f'f."{name}"' for name in _COLUMNS)  # ltree has no binary form here
_NAMES = [f.attname for f in Flow._meta.concrete_fields]


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f'"{n}"' for n in names)


_READ = f"""
SELECT {_READ_COLUMNS}, (
    SELECT a.post FROM bodies_seat s JOIN bodies_seat a ON a.id = s.acting_id JOIN bodies_holding h ON h.seat_id = a.id
    WHERE s.id = f.owner_id AND h.user_id = %s::bigint AND h.since <= %s AND (h.until IS NULL OR h.until > %s)
      AND (%s::bigint[] IS NULL OR a.id = ANY(%s::bigint[])) LIMIT 1), (
    SELECT string_agg(s.id || ' ' || s.post, ',' ORDER BY nlevel(s.path)) FROM bodies_seat s WHERE s.path @> f.path)
FROM flow_flow f WHERE f.id = ANY(%s::bigint[]) ORDER BY f.id
"""  # noqa: S608  names of our own columns
_LOCKED = f"{_READ} FOR UPDATE OF f"  # in the order of their keys: two who take many at once never wait for each other

_HOLDS = """
SELECT s.id, a.post FROM bodies_seat s JOIN bodies_seat a ON a.id = s.acting_id JOIN bodies_holding h ON h.seat_id = a.id
WHERE s.id = ANY(%s::bigint[]) AND h.user_id = %s AND h.since <= %s AND (h.until IS NULL OR h.until > %s)
  AND (%s::bigint[] IS NULL OR a.id = ANY(%s::bigint[]))
"""


@dataclass(frozen=True, slots=True)
class Read:
    """A flow as it is now; the post from which the account does the present owner's work at this moment ("": it doesn't); and the seats at
    the flow's place and above, by post."""

    flow: Flow
    acts_as: str
    seats: dict[str, int]


def read(flow_ids: Sequence[int], user_id: int | None, today: datetime, only: list[int] | None = None, *, lock: bool = False) -> list[Read]:
    """Those of the flows that exist, by key. ``only``: of the account's seats these count (None: all). ``lock``: nobody else moves them
    until the transaction ends."""
    return [_read(*row) for row in fetch(_LOCKED if lock else _READ, (user_id, today, today, only, only, list(flow_ids)))]


def _read(*row: Any) -> Read:
    *values, post, seats = row
    return Read(Flow.from_db("default", _NAMES, values), post or "", by_post(seats))


def by_post(text: str | None) -> dict[str, int]:
    """«id post,id post» from the outermost place inward: of seats of one post the nearest stays."""
    pairs = (pair.split(" ", 1) for pair in text.split(",")) if text else ()
    return {post: int(seat) for seat, post in pairs}


def held_among(seats: Iterable[int], user_id: int, today: datetime, only: list[int] | None = None) -> dict[int, str]:
    """Of these seats, those whose work the account does at this moment, each with the post it does it from. ``only`` as in ``read``."""
    return dict(fetch(_HOLDS, (list(seats), user_id, today, today, only, only)))


# One parameter carries everything: arrays and dozens of columns cost the driver more than the server takes to unpack one JSON text.
_LINES = """
e AS (
  INSERT INTO flow_event (flow_id, seq, at, by_id, role, kind, step_from, step_to, outcome, data, texts, salt, text_digest, prev, hash)
  SELECT f.id, u.seq, u.at, u.by, u.role, u.kind, u.step_from, u.step_to, u.outcome, u.data, u.texts,
    decode(u.salt, 'hex'), decode(u.text_digest, 'hex'), decode(u.prev, 'hex'), decode(u.hash, 'hex')
  FROM p, jsonb_to_recordset(p.j->'lines') AS u(of uuid, seq int, at timestamptz, by bigint, role text, kind text, step_from text,
    step_to text, outcome text, data jsonb, texts jsonb, salt text, text_digest text, prev text, hash text) JOIN f ON f.uid = u.of),
n AS (
  INSERT INTO flow_todo (flow_id, seat_id, role, since, due_at)
  SELECT f.id, k.seat, k.role, k.at, k.due
  FROM p, jsonb_to_recordset(p.j->'new') AS k(of uuid, seat bigint, role text, at timestamptz, due timestamptz) JOIN f ON f.uid = k.of)
"""

_STATE = {
    "step": "text", "end": "text", "level": "text", "owner_id": "bigint", "seq": "int", "head": "text", "kind": "text",
    "entered_at": "timestamptz", "due_at": "timestamptz", "whole_due_at": "timestamptz", "ended_at": "timestamptz", "overdue": "boolean",
    "suspended": "boolean", "escalations": "int", "wake_at": "timestamptz", "memory": "jsonb",
}  # fmt: skip
_FIXED = {
    "uid": "uuid", "charter_id": "bigint", "procedure": "text", "subject": "text", "subject_ref": "text", "title": "text",
    "place_id": "bigint", "path": "text", "is_demo": "boolean", "began_at": "timestamptz",
}  # fmt: skip
_ALL = _FIXED | _STATE
_READ_AS = {"head": "decode(r.head, 'hex')", "path": "r.path::ltree"}


def _record(columns: dict[str, str]) -> str:
    return "jsonb_to_recordset(p.j->'flows') AS r(" + ", ".join(f'"{name}" {type_}' for name, type_ in columns.items()) + ")"


def _taken(columns: Iterable[str]) -> list[str]:
    return [_READ_AS.get(name, f'r."{name}"') for name in columns]


# The keys are given once more as arrays, and «+ 0» keeps the planner from going by the seat: of what a JSON text holds it knows nothing, and
# would read the whole table, or all that a seat has open.
_UPDATE = f"""
WITH p AS MATERIALIZED (SELECT %s::jsonb AS j),
f AS (
  UPDATE flow_flow SET {", ".join(f'"{n}" = {v}' for n, v in zip(_STATE, _taken(_STATE), strict=True))}
  FROM p, {_record({"id": "bigint", "was": "int"} | _STATE)}
  WHERE flow_flow.id = ANY(%s::bigint[]) AND flow_flow.id = r.id AND flow_flow.seq = r.was RETURNING flow_flow.id, flow_flow.uid),
{_LINES},
c AS (
  UPDATE flow_todo t SET done_at = CASE WHEN k.gone THEN k.at END, due_at = CASE WHEN k.gone THEN t.due_at ELSE k.due END
  FROM p, jsonb_to_recordset(p.j->'old') AS k(of uuid, seat bigint, role text, gone boolean, at timestamptz, due timestamptz) JOIN f ON f.uid = k.of
  WHERE t.flow_id = ANY(%s::bigint[]) AND t.flow_id = f.id AND t.done_at IS NULL AND t.seat_id + 0 = k.seat AND t.role = k.role)
SELECT id FROM f
"""  # noqa: S608  names of our own columns
_INSERT = f"""
WITH p AS MATERIALIZED (SELECT %s::jsonb AS j),
f AS (
  INSERT INTO flow_flow ({_quoted(_ALL)}) SELECT {", ".join(_taken(_ALL))} FROM p, {_record(_ALL)} RETURNING id, uid),
{_LINES}
SELECT id FROM f
"""  # noqa: S608


def _plain(value: Any) -> Any:
    """What JSON has no form for, as text PostgreSQL reads."""
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    return str(value)


def _encode(value: Any) -> str:
    return orjson.dumps(value, default=_plain).decode()


def _stored(uid: str, line: Line) -> dict[str, Any]:
    e = line.event
    return {
        "of": uid, "seq": line.seq, "at": e.at, "by": e.by, "role": e.role, "kind": e.kind, "step_from": e.step_from, "step_to": e.step_to,
        "outcome": e.outcome, "data": line.data, "texts": line.texts, "salt": line.salt, "text_digest": line.text_digest, "prev": line.prev,
        "hash": line.hash,
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Change:
    """What an act makes of a flow: the state before and after it, and its lines of history. The row of ``flow`` is set to ``after``."""

    flow: Flow
    procedure: Procedure
    before: State
    after: State
    lines: list[Line]


def _sent(changes: Sequence[Change], columns: Iterable[str]) -> str:
    sent: dict[str, list[dict[str, Any]]] = {"flows": [], "lines": [], "new": [], "old": []}
    for change in changes:
        flow, uid, at = put(change.flow, change.procedure, change.after, change.lines[-1].hash), str(change.flow.uid), change.after.at
        sent["flows"].append({"id": flow.pk, "was": change.before.seq} | {name: getattr(flow, name) for name in columns})
        sent["lines"] += [_stored(uid, line) for line in change.lines]
        had = {(d.seat, d.role): d for d in todos(change.procedure, change.before)}
        has = {(d.seat, d.role): d for d in todos(change.procedure, change.after)}
        for key, d in has.items():
            if d != (before := had.get(key)):
                sent["old" if before else "new"].append(
                    {"of": uid, "seat": d.seat, "role": d.role, "gone": False, "at": at, "due": d.due_at}
                )
        sent["old"] += [{"of": uid, "seat": seat, "role": role, "gone": True, "at": at} for seat, role in had if (seat, role) not in has]
    return _encode(sent)


def insert(change: Change) -> Flow:
    """A new flow with its first line of history and its first duties."""
    [(change.flow.pk,)] = fetch(_INSERT, [_sent([change], _ALL)])
    change.flow._state.adding = False
    return change.flow


def update(changes: Sequence[Change]) -> set[int]:
    """Write states, histories and who has what to do now: each flow all or nothing. Gives the keys of those that were written; the
    others somebody else had moved meanwhile."""
    keys = [change.flow.pk for change in changes]
    return {key for (key,) in fetch(_UPDATE, [_sent(changes, _STATE), keys, keys])}
