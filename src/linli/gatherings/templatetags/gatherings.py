"""What a gathering's kind is called, and its state, where a list draws its own cells."""

from __future__ import annotations

from django import template

from linli.gatherings.kinds import kind_name
from linli.gatherings.models import Gathering
from linli.gatherings.shown import Row, row

register = template.Library()


@register.simple_tag
def kind_of(gathering: Gathering) -> str:
    return kind_name(gathering)


@register.simple_tag
def row_of(gathering: Gathering) -> Row:
    return row(gathering)
