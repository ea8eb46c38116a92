"""What rooms above add to the page of a household (open matters of its building, visits) and to a resident's own page.

    from linli.people import panels
    panels.add("web/parts/household_matters.html", open_matters, order=20)

A household's panel is given the dwelling, never a person: there is no way from people to what they raised. The panel of the own page
(``add_own``) is given the link in use and its person.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from linli.places.models import Place

Facts = Callable[[HttpRequest, Place], "dict[str, Any] | None"]


@dataclass(frozen=True, slots=True)
class Panel:
    template: str
    facts: Facts
    order: int


_panels: list[Panel] = []


def add(template: str, facts: Facts, *, order: int = 50) -> None:
    """Show ``template`` on every household's page with what ``facts(request, dwelling)`` gives; nothing where it gives None."""
    if all(p.template != template for p in _panels):
        _panels.append(Panel(template, facts, order))
        _panels.sort(key=lambda p: p.order)


def of(request: HttpRequest, dwelling: Place) -> list[tuple[str, dict[str, Any]]]:
    found = [(p.template, p.facts(request, dwelling)) for p in _panels]
    return [(template, facts) for template, facts in found if facts is not None]


_own: dict[str, Callable[[Any, Any], dict[str, Any] | None]] = {}


def add_own(template: str, facts: Callable[[Any, Any], dict[str, Any] | None]) -> None:
    """Show ``template`` on everybody's own page with what ``facts(link, person)`` gives; nothing where it gives None."""
    _own[template] = facts


def of_own(link: Any, person: Any) -> list[tuple[str, dict[str, Any]]]:
    found = [(template, facts(link, person)) for template, facts in _own.items()]
    return [(template, facts) for template, facts in found if facts is not None]


Lines = Callable[[Any], list[dict[str, Any]]]
_copied: dict[str, Lines] = {}


def add_copied(name: str, lines: Lines) -> None:
    """Put what ``lines(person)`` says under ``name`` into everybody's own copy: texts in the page's language, dates as dates."""
    _copied[name] = lines


def copied(person: Any) -> dict[str, list[dict[str, Any]]]:
    return {name: lines(person) for name, lines in _copied.items()}
