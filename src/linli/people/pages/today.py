"""Among what waits today, at the desk and on the telephone: who of one's households was entered elsewhere by somebody else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Count
from django.http import HttpRequest
from django.utils import timezone

from linli.access.rls import opened
from linli.access.scope import scope_of
from linli.people.actions.base import UNDO_DAYS
from linli.people.addresses import whole_address
from linli.people.models import Change

UP = "household__dwelling__parent__parent__parent__parent"
SHOWN = 10


def taken_elsewhere(request: HttpRequest, _thing: Any) -> dict[str, Any] | None:
    """Households somebody was taken over from, for a week: so long who did it can take it back. No names: they are the other place's now."""
    paths = scope_of(request.user).paths("person.edit")
    if not paths:
        return None
    with opened(paths, savepoint=False):
        lines = (
            Change.objects.filter(act="people.taken", at__gte=timezone.now() - timedelta(days=UNDO_DAYS), undone_by=None)
            .exclude(by=request.user.pk)
            .annotate(people=Count("touched"))
            .select_related("by", UP)
            .order_by("-at")[:SHOWN]
        )
        rows = [{"line": line, "address": whole_address(line.household.dwelling)} for line in lines if line.household]
    return {"rows": rows, "days": UNDO_DAYS} if rows else None
