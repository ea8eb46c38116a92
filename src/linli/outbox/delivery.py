"""The rules of delivery. Plain Python on plain values: no database, no clock, no network of its own.

``after`` says what a message is after an attempt. Everything that is tried again is tried again a bounded number of times, with pauses
that grow, spread by the message's own number so that a receiver that comes back is not met by all of them in one second.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

PAUSES: tuple[float, ...] = (10, 30, 120, 600, 1800, 3600, 7200, 14400, 28800, 43200, 43200)
"""Seconds before the second, third … attempt: twelve attempts in about forty hours, so that a weekend's repair is not too late."""

SPREAD = 0.2
"""By how much of itself a pause is made longer at most."""

LONGEST = 86_400.0
"""Seconds a receiver can ask us to wait (Retry-After)."""


class State(StrEnum):
    """Where a message is. The first three are under way, the last three are for good."""

    WAITING = "waiting"
    SENDING = "sending"
    RETRY = "retry"
    DEAD = "dead"
    DELIVERED = "delivered"
    KEPT = "kept"  # written down on this machine, by a way that leads nowhere else: nobody was told
    GIVEN_UP = "given_up"


OPEN = (State.WAITING, State.SENDING, State.RETRY)
ENDED = (State.DEAD, State.DELIVERED, State.KEPT, State.GIVEN_UP)

MOVES: dict[State, frozenset[State]] = {
    State.WAITING: frozenset({State.SENDING, State.GIVEN_UP}),
    State.SENDING: frozenset({State.SENDING, State.WAITING, State.RETRY, State.DEAD, State.DELIVERED, State.KEPT, State.GIVEN_UP}),
    State.RETRY: frozenset({State.SENDING, State.WAITING, State.GIVEN_UP}),
    State.DEAD: frozenset({State.WAITING, State.GIVEN_UP}),
    State.DELIVERED: frozenset(),
    State.KEPT: frozenset(),
    State.GIVEN_UP: frozenset(),
}
"""What may follow what; the database holds the same in a trigger (migration 0002)."""


class Result(StrEnum):
    """What came of one attempt."""

    DELIVERED = "delivered"
    KEPT = "kept"  # written down here and sent nowhere
    AGAIN = "again"  # may succeed another time
    NEVER = "never"  # would fail each time: a person has to look at it
    LOST = "lost"  # the worker died, or was cut off, before it could say


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a receiver answered. ``error`` is a class of errors («ReadTimeout», «code 40003»), never a text somebody wrote."""

    result: Result
    status: int | None = None
    error: str = ""
    wait: float | None = None  # seconds it asked us to wait


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the message is now, and when it is tried next (None: not by itself)."""

    state: State
    due_at: datetime | None = None


def most(pauses: Sequence[float] = PAUSES) -> int:
    """Attempts before a message is dead."""
    return len(pauses) + 1


def pause(attempt: int, uid: UUID, pauses: Sequence[float] = PAUSES, wait: float | None = None) -> timedelta:
    """How long to wait after the ``attempt``-th attempt (from 1) failed. At least what the receiver asked for, within a day."""
    share = ((uid.int >> 16) ^ (attempt * 0x9E3779B1)) % 1000 / 1000
    seconds = pauses[attempt - 1] * (1 + SPREAD * share)
    return timedelta(seconds=max(seconds, min(wait or 0.0, LONGEST)))


def after(outcome: Outcome, attempt: int, now: datetime, uid: UUID, pauses: Sequence[float] = PAUSES) -> Verdict:
    """What becomes of a message whose ``attempt``-th attempt (from 1) ended so."""
    if outcome.result is Result.DELIVERED:
        return Verdict(State.DELIVERED)
    if outcome.result is Result.KEPT:
        return Verdict(State.KEPT)
    if outcome.result is Result.NEVER or attempt >= most(pauses):
        return Verdict(State.DEAD)
    return Verdict(State.RETRY, now + pause(attempt, uid, pauses, outcome.wait))


AGAIN_STATUS = frozenset({408, 425, 429})
"""Of the 4xx, those that speak of the moment and not of the request (RFC 9110, 8470, 6585)."""


def of_status(status: int, wait: float | None = None) -> Outcome:
    """What an HTTP status means: 2xx is delivered; 5xx, 408, 425 and 429 are tried again; any other would be the same the next time."""
    if 200 <= status < 300:
        return Outcome(Result.DELIVERED, status)
    if status >= 500 or status in AGAIN_STATUS:
        return Outcome(Result.AGAIN, status, wait=wait)
    return Outcome(Result.NEVER, status, "Redirected" if 300 <= status < 400 else "")
