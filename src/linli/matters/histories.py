"""A matter's history as ``frame/parts/history.html`` shows it to staff."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from linli.charter.store import charter_of
from linli.flow import words
from linli.flow.models import Event, Flow


def lines_of(flow: Flow, events: Iterable[Event]) -> list[dict[str, Any]]:
    """One line an event, newest last: when, what, who and as what, and what they wrote. No query where ``by`` is selected."""
    charter = charter_of(flow.charter_id)
    return [
        {
            "at": e.at,
            "what": words.sentence(e, flow),
            "who": str(e.by) if e.by else "",
            "role": words.role_name(charter, e.role),
            "tone": words.TONES.get(e.kind, "plain"),
            "texts": [{"label": words.EVIDENCE.get(name, ""), "text": text} for name, text in (e.texts or {}).items()],
        }
        for e in events
    ]
