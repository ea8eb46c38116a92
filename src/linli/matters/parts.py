"""What the parts are called into which the measures of this room are split: channels, categories, levels, steps."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from linli.charter.store import charter_in_force
from linli.flow.words import LEVELS
from linli.frame.templatetags.linli import named
from linli.matters.categories import category_name
from linli.matters.models import Channel

UNKNOWN = {"street": _("street not known"), "community": _("community not known"), "grid": _("grid not known")}
"""What lies in an area and in none of those of a level below it, by that level."""


def part_name(measure: str, part: str) -> str:
    """A part's name in the reader's language; what the charter in force no longer knows stays as it is written."""
    if measure == "channel":
        return str(dict(Channel.choices).get(part, part))
    if measure in ("escalated", "settled_level"):
        return str(LEVELS.get(part, part))
    if measure in ("kind", "dispute_kind"):
        return category_name(charter_in_force(), part)
    if measure == "step":
        return step_names().get(part, part)
    return part


def step_names() -> dict[str, str]:
    """Steps of all procedures in force, in their order; where two are called differently, as the ordinary procedure has it."""
    procedures = charter_in_force().procedures
    found: dict[str, str] = {}
    for p in [*(p for p in procedures.values() if p.id == "matter"), *procedures.values()]:
        for step in p.steps.values():
            found.setdefault(step.id, named(step.name))
    return found
