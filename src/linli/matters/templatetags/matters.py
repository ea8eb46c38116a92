"""Names as people say them."""

from __future__ import annotations

from django import template

from linli.charter.store import charter_of
from linli.matters.categories import category_name
from linli.matters.models import Matter
from linli.places.codes import short_name

register = template.Library()


@register.filter
def called(name: str | None) -> str:
    """«都兰社区居委会» is 都兰社区 to whoever lives there."""
    return short_name(name or "")


@register.simple_tag
def category_of(matter: Matter) -> str:
    """The name of the matter's category, in its own charter's words."""
    return category_name(charter_of(matter.flow.charter_id), matter.category)
