"""Supervisions 督办 in words: who asks what of whom until when, and what was said to it. What was said stands in the history alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.urls import reverse

from linli.bodies.models import Seat
from linli.charter.schema import Charter
from linli.charter.store import charter_of
from linli.flow.models import Event, Flow
from linli.flow.words import post_name, procedure_of
from linli.frame.templatetags.linli import named
from linli.matters.models import Pressing
from linli.places.queries import place_label

S, K = Pressing.State, Pressing.Kind
KINDS = ("supervised", "order_answered", "order_returned", "order_accepted", "lifted")


def seat_name(charter: Charter, seat: Seat) -> str:
    return f"{post_name(charter, seat.post)} · {place_label(seat.place)}"


def supervisions(flow: Flow, events: Sequence[Event]) -> list[dict[str, Any]]:
    """The supervisions of a matter with what was asked and answered, for its page. No query where there was none."""
    if not any(e.kind == "supervised" for e in events):
        return []
    rows = flow.pressings.filter(kind=K.SUPERVISE).select_related("seat__place__parent", "supervisor__place__parent").order_by("seq")
    return [told(p, flow, events) for p in rows]


def told(p: Pressing, flow: Flow, events: Iterable[Event]) -> dict[str, Any]:
    """One supervision in words: who asks what of whom until when, and what was said to it, from the history."""
    charter = charter_of(flow.charter_id)
    by_seq = {e.seq: e for e in events}
    opened = by_seq[p.seq]
    rung = next((r for r in procedure_of(flow).rungs if r.id == opened.data.get("rung")), None)
    requires = (opened.texts or {}).get("task", "") or (named(rung.requires) if rung and rung.requires else "")
    talk = [
        {"at": e.at, "who": str(e.by or ""), "what": e.kind, "text": "\n".join((e.texts or {}).values())}
        for e in by_seq.values()
        if e.seq > p.seq and e.data.get("order") == p.seq and e.kind != "order_overdue"
    ]
    return {
        "p": p, "who": seat_name(charter, p.seat), "by": seat_name(charter, p.supervisor) if p.supervisor else "", "requires": requires,
        "talk": talk, "opened_by": str(opened.by or ""), "open": p.state in (S.OPEN, S.ANSWERED), "url": sheet_url(flow, p),
    }  # fmt: skip


def sheet_url(flow: Flow, p: Pressing) -> str:
    return reverse("matters:supervision", args=[flow.subject_ref, p.seq])
