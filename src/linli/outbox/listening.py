"""Whether anybody listens at all: asked at every step of every matter, so a process remembers it for a moment."""

from __future__ import annotations

import time

from linli.outbox.models import Subscription

KEPT = 10.0
"""Seconds after which another process notices the very first subscription of a deployment, or the last one's end."""

_known: tuple[float, bool] = (float("-inf"), False)


def anybody_listens() -> bool:
    """No query but once in ``KEPT`` seconds. Who listens to what is asked of the table each time, where anybody does."""
    global _known
    when, answer = _known
    if time.monotonic() - when > KEPT:
        answer = Subscription.objects.filter(active=True).exists()
        _known = (time.monotonic(), answer)
    return answer


def forget() -> None:
    """Look again at the next question: a subscription was made, paused or let go on."""
    global _known
    _known = (float("-inf"), False)
