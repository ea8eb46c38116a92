"""What rooms above add to a place's page and to its rows: who is responsible, open matters. They register here when they start.

from linli.places import panels
panels.add("bodies/parts/place_seats.html", seats_of_place, order=10)
panels.responsible = responsible_names
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from linli.charter.store import NoCharter
from linli.places.models import Place

Facts = Callable[[HttpRequest, Place], "dict[str, Any] | None"]


@dataclass(frozen=True, slots=True)
class Panel:
    template: str
    facts: Facts
    order: int


_panels: list[Panel] = []

responsible: Callable[[Iterable[Place]], dict[int, str]] | None = None
"""Names of who is responsible, by place id, for a page of places in at most two queries. Set by the room that knows."""


def add(template: str, facts: Facts, *, order: int = 50) -> None:
    """Show ``template`` on every place's page with what ``facts(request, place)`` gives; nothing where it gives None."""
    if all(p.template != template for p in _panels):
        _panels.append(Panel(template, facts, order))
        _panels.sort(key=lambda p: p.order)


def of(request: HttpRequest, place: Place) -> list[tuple[str, dict[str, Any]]]:
    """What the rooms above have to show about a place; nothing before a charter says who does what."""
    try:
        found = [(p.template, p.facts(request, place)) for p in _panels]
    except NoCharter:
        return []
    return [(template, facts) for template, facts in found if facts is not None]


def responsible_for(places: Iterable[Place]) -> dict[int, str] | None:
    """Names of who is responsible by place id; None where nobody can say yet."""
    if responsible is None:
        return None
    try:
        return responsible(places)
    except NoCharter:
        return None
