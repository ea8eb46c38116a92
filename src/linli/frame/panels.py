"""What rooms show on each other's pages without knowing each other: the page has a slot, the room registers a panel for it.

    panels.add("flow", "gatherings/parts/of_flow.html", of_flow)      # in a room's AppConfig.ready

    panels.of("flow", request, flow)                                  # in the page's view; each is included with ``panel``

Slots: ``flow``, the page of a piece of work (the thing is its flow); ``today`` and ``phone``, what waits for somebody today, at the desk and
on the telephone (no thing).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

Facts = Callable[[HttpRequest, Any], "dict[str, Any] | None"]


@dataclass(frozen=True, slots=True)
class Panel:
    template: str
    facts: Facts
    order: int


_slots: dict[str, list[Panel]] = {"flow": [], "today": [], "phone": []}


def add(slot: str, template: str, facts: Facts, *, order: int = 50) -> None:
    """Show ``template`` in the slot with what ``facts(request, thing)`` gives as ``panel``; nothing where it gives None.

    ``facts`` asks the database a constant number of questions, and shows nobody more than they see elsewhere.
    """
    known = _slots[slot]
    if all(p.template != template for p in known):
        known.append(Panel(template, facts, order))
        known.sort(key=lambda p: p.order)


def of(slot: str, request: HttpRequest, thing: Any = None) -> list[tuple[str, dict[str, Any]]]:
    """The panels of a slot that have something to show: template and facts of each."""
    found = [(p.template, p.facts(request, thing)) for p in _slots[slot]]
    return [(template, facts) for template, facts in found if facts is not None]
