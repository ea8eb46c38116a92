"""Proposals as a page shows them: the category's name, how sure, in words. A person decides; nothing is ever filled in.

In words only: of what is called likely three in four are right (docs/benchmarks.md), which a percentage near 100 would hide.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from linli.charter.schema import Category
from linli.charter.store import charter_of, version_in_force
from linli.matters.suggest.keeping import model_of

SURE = {"likely": _("likely"), "perhaps": _("perhaps"), "faint": _("a guess")}


@dataclass(frozen=True, slots=True)
class Proposed:
    """``level``: likely, perhaps or faint."""

    category: Category
    level: str

    @property
    def sure(self) -> Any:
        return SURE[self.level]


def proposed(said: str) -> list[Proposed]:
    """What the text could be about under the charter in force, likeliest first, at most three."""
    version = version_in_force()
    categories = charter_of(version).categories
    return [Proposed(categories[s.category], s.level) for s in model_of(version).propose(said)]
