"""The list of matters as a spreadsheet, made by a worker for the key that asked for it."""

from __future__ import annotations

from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from linli.access.apikeys import acting_by
from linli.access.scope import scope_of
from linli.frame.exports import Export, taken_out, within_cap
from linli.frame.jobs import Progress, Result
from linli.frame.refusal import Refusal
from linli.matters.models import Matter
from linli.matters.pages.listing import SHEET, SORTS, MatterFilters

WORK, ABILITY = "matters.export", "matter.export"


def export_matters(progress: Progress, *, key: int, why: str, query: str) -> Result:
    """Made with what the key may see at this moment. Raises Refusal where it has ended, or for too many rows."""
    by = acting_by(key)
    if by is None:
        raise Refusal(_("The key has ended."), code="key")
    scope, asked = scope_of(by), QueryDict(query)
    if not (paths := scope.paths(ABILITY)):
        raise Refusal(_("The key has ended."), code="key")
    rows = MatterFilters(asked, user=by).apply(Matter.objects.visible_to(by).filter(path__descends=paths))
    sort = asked.get("sort", "raised")
    order = SORTS[sort.removeprefix("-")][0]
    turned = sort.startswith("-") != order.startswith("-")
    field = order.removeprefix("-")
    rows = rows.select_related("flow__owner__place", "place__parent").order_by(f"-{field}" if turned else field, "-pk" if turned else "pk")
    file, name = taken_out(
        by, why, within_cap(rows), SHEET, Export(_("Matters"), "matters.list.exported", paths[0]), query=query, now=timezone.now(),
        through=scope.through,
    )  # fmt: skip
    return Result(file=file, name=name)
