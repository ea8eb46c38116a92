"""Names as people say them."""

from __future__ import annotations

from django import template

from linli.charter.store import charter_of
from linli.matters.categories import category_name
from linli.matters.models import Matter
from linli.matters.queries import state_name
from linli.places.codes import short_name
from linli.places.queries import place_label

register = template.Library()


@register.filter
def called(name: str | None) -> str:
    """«都兰社区居委会» is 都兰社区 to whoever lives there."""
    return short_name(name or "")


@register.simple_tag
def category_of(matter: Matter) -> str:
    """The name of the matter's category, in its own charter's words."""
    return category_name(charter_of(matter.flow.charter_id), matter.category)


@register.simple_tag
def place_of(matter: Matter) -> str:
    """Where the matter is, a grid with its community."""
    return place_label(matter.place)


@register.simple_tag
def state_of(matter: Matter) -> str:
    """Where the matter stands."""
    return state_name(matter.flow)
