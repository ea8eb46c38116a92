"""The charter's categories as this room needs them. A matter is read with the charter its work began under."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linli.charter.schema import Category, Charter
from linli.charter.store import charter_in_force, charter_of
from linli.frame.refusal import Refusal
from linli.frame.templatetags.linli import named
from linli.matters.models import Matter


def leaf(charter: Charter, key: str) -> Category:
    """The leaf category ``key``. Raises Refusal at the field where the charter has no such leaf."""
    category = charter.categories.get(key)
    if category is None or not category.leaf:
        raise Refusal(gettext_lazy("Choose a category from the list."), field="category", code="no_category")
    return category


def of_kind(key: str) -> Q:
    """Matters of a category and of any below it. A leaf has none below, and asked for alone its index gives the newest first."""
    category = charter_in_force().categories.get(key)
    return Q(category=key) if category and category.leaf else Q(category=key) | Q(category__startswith=f"{key}.")


def category_of(matter: Matter) -> Category | None:
    """The matter's category in its own charter; None while it waits to be chosen."""
    return charter_of(matter.flow.charter_id).categories.get(matter.category)


def category_name(charter: Charter, key: str, *, whole: bool = False) -> str:
    """What the category is called in the reader's language; with its branch in front where ``whole``."""
    category = charter.categories.get(key)
    if category is None:
        return key or _("not chosen yet")
    branch = charter.categories.get(category.parent) if whole else None
    return f"{named(branch.name)} · {named(category.name)}" if branch else named(category.name)


def grouped(charter: Charter, only: Iterable[str] | None = None) -> list[tuple[str, list[tuple[str, str]]]]:
    """Leaves under their branches, as a select shows them: ``[(branch name, [(key, name), …]), …]`` in the charter's order."""
    wanted = None if only is None else set(only)
    groups: dict[str, list[tuple[str, str]]] = {}
    for category in charter.leaves():
        if wanted is None or category.id in wanted:
            top = charter.categories.get(category.parent)
            groups.setdefault(named(top.name) if top else "", []).append((category.id, named(category.name)))
    return list(groups.items())
