"""A flow's row and its State, either way; and the statements that read and write them in one round trip each."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from linli.charter.schema import Procedure
from linli.flow.chain import link, salted
from linli.flow.models import Flow
from linli.flow.procedure import Duty, Event, State, todos, wake_at
from linli.flow.sql import fetch
from linli.flow.state import dump, load, text_of

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
        now = link(head, uid, number, *e.said, digest)
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
    WHERE s.id = f.owner_id AND h.user_id = %s::bigint AND h.since <= %s AND (h.until IS NULL OR h.until > %s)
      AND (%s::bigint[] IS NULL OR a.id = ANY(%s::bigint[])) LIMIT 1), (
    SELECT string_agg(s.id || ' ' || s.post, ',' ORDER BY nlevel(s.path)) FROM bodies_seat s WHERE s.path @> f.path)
FROM flow_flow f WHERE f.id = %s
"""  # noqa: S608  names of our own columns

_HOLDS = """
SELECT s.id, a.post FROM bodies_seat s JOIN bodies_seat a ON a.id = s.acting_id JOIN bodies_holding h ON h.seat_id = a.id
WHERE s.id = ANY(%s::bigint[]) AND h.user_id = %s AND h.since <= %s AND (h.until IS NULL OR h.until > %s)
  AND (%s::bigint[] IS NULL OR a.id = ANY(%s::bigint[]))
"""


def read(flow_id: int, user_id: int | None, today: datetime, only: list[int] | None = None) -> tuple[Flow, str, dict[str, int]]:
    """The flow; the post from which the account does the present owner's work at this moment ("": it doesn't); and the seats at the
    flow's place and above, by post. ``only``: of the account's seats these count (None: all). Raises Flow.DoesNotExist.
    """
    found = fetch(_READ, (user_id, today, today, only, only, flow_id))
    if not found:
        raise Flow.DoesNotExist(flow_id)
    *values, post, seats = found[0]
    values[_JSON] = json.loads(values[_JSON]) if isinstance(values[_JSON], str) else values[_JSON]
    return Flow.from_db("default", _NAMES, values), post or "", by_post(seats)


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
  FROM f, p, jsonb_to_recordset(p.j->'lines') AS u(seq int, at timestamptz, by bigint, role text, kind text, step_from text,
    step_to text, outcome text, data jsonb, texts jsonb, salt text, text_digest text, prev text, hash text)),
n AS (
  INSERT INTO flow_todo (flow_id, seat_id, role, since, due_at)
  SELECT f.id, k.seat, k.role, (p.j->>'at')::timestamptz, k.due
  FROM f, p, jsonb_to_recordset(p.j->'new') AS k(seat bigint, role text, due timestamptz))
"""

_STATE = {
    "step": "text", "end": "text", "level": "text", "owner_id": "bigint", "seq": "int", "head": "text", "kind": "text",
    "began_at": "timestamptz", "entered_at": "timestamptz", "due_at": "timestamptz", "whole_due_at": "timestamptz",
    "ended_at": "timestamptz", "overdue": "boolean", "suspended": "boolean", "escalations": "int", "wake_at": "timestamptz",
    "memory": "jsonb",
}  # fmt: skip
_FIXED = {
    "uid": "uuid", "charter_id": "bigint", "procedure": "text", "subject": "text", "subject_ref": "text", "title": "text",
    "place_id": "bigint", "path": "text", "is_demo": "boolean",
}  # fmt: skip
_ALL = _FIXED | _STATE
_READ_AS = {"head": "decode(r.head, 'hex')", "path": "r.path::ltree"}


def _record(columns: dict[str, str]) -> str:
    return "jsonb_to_record(p.j->'row') AS r(" + ", ".join(f'"{name}" {type_}' for name, type_ in columns.items()) + ")"


def _taken(columns: Iterable[str]) -> list[str]:
    return [_READ_AS.get(name, f'r."{name}"') for name in columns]


_UPDATE = f"""
WITH p AS MATERIALIZED (SELECT %s::jsonb AS j),
f AS (
  UPDATE flow_flow SET {", ".join(f'"{n}" = {v}' for n, v in zip(_STATE, _taken(_STATE), strict=True))}
  FROM p, {_record(_STATE)}
  WHERE flow_flow.id = %s AND flow_flow.seq = %s RETURNING flow_flow.id),
{_LINES},
c AS (
  UPDATE flow_todo t SET done_at = CASE WHEN k.gone THEN (p.j->>'at')::timestamptz END, due_at = CASE WHEN k.gone THEN t.due_at ELSE k.due END
  FROM f, p, jsonb_to_recordset(p.j->'old') AS k(seat bigint, role text, gone boolean, due timestamptz)
  WHERE t.flow_id = f.id AND t.done_at IS NULL AND t.seat_id = k.seat AND t.role = k.role)
SELECT id FROM f
"""  # noqa: S608  names of our own columns
_INSERT = f"""
WITH p AS MATERIALIZED (SELECT %s::jsonb AS j),
f AS (
  INSERT INTO flow_flow ({_quoted(_ALL)}) SELECT {", ".join(_taken(_ALL))} FROM p, {_record(_ALL)} RETURNING id),
{_LINES}
SELECT id FROM f
"""  # noqa: S608


def _plain(value: Any) -> Any:
    """What JSON has no form for, as text PostgreSQL reads."""
    if isinstance(value, datetime):
        return text_of(value)
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    return str(value)


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=_plain).encode


def _stored(line: Line) -> dict[str, Any]:
    kind, at, by, role, step_from, step_to, outcome, data = line.event.said
    return {
        "seq": line.seq, "at": at, "by": by, "role": role, "kind": kind, "step_from": step_from, "step_to": step_to, "outcome": outcome,
        "data": data, "texts": line.texts, "salt": line.salt, "text_digest": line.text_digest, "prev": line.prev, "hash": line.hash,
    }  # fmt: skip


def _sent(flow: Flow, columns: Iterable[str], lines: Sequence[Line], new: Iterable[Duty], old: Sequence[Any] = ()) -> str:
    return _encode(
        {
            "row": {name: getattr(flow, name) for name in columns},
            "lines": [_stored(n) for n in lines],
            "at": lines[-1].event.at,
            "new": [{"seat": d.seat, "role": d.role, "due": d.due_at} for d in new],
            "old": old,
        }
    )


def insert(flow: Flow, procedure: Procedure, state: State, lines: Sequence[Line]) -> Flow:
    """A new flow with its first line of history and its first duties."""
    put(flow, procedure, state, lines[-1].hash)
    [(flow.pk,)] = fetch(_INSERT, [_sent(flow, _ALL, lines, todos(procedure, state))])
    flow._state.adding = False
    return flow


def update(flow: Flow, procedure: Procedure, before: State, after: State, lines: Sequence[Line]) -> bool:
    """Write the state, its history and who has what to do now, all or nothing; False if somebody else was quicker."""
    had = {(d.seat, d.role): d for d in todos(procedure, before)}
    has = {(d.seat, d.role): d for d in todos(procedure, after)}
    old = [{"seat": d.seat, "role": d.role, "gone": True} for key, d in had.items() if key not in has]
    old += [{"seat": d.seat, "role": d.role, "gone": False, "due": d.due_at} for key, d in has.items() if key in had and d != had[key]]
    put(flow, procedure, after, lines[-1].hash)
    sent = _sent(flow, _STATE, lines, (d for key, d in has.items() if key not in had), old)
    return bool(fetch(_UPDATE, [sent, flow.pk, before.seq]))
