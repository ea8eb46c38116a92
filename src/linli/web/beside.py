"""What stands on a household's page about its place: open matters of the building. From the place alone, never from who raised them."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from linli.access.scope import scope_of
from linli.matters.models import Matter
from linli.matters.queries import state_name
from linli.places.models import Place

MOST = 5


def open_matters(request: HttpRequest, dwelling: Place) -> dict[str, Any] | None:
    """Open matters at the dwelling's building (a matter's place is never finer) that the reader sees anyway; None for who sees none."""
    if "matter.see" not in scope_of(request.user).abilities:
        return None
    above = [p for p in (dwelling.parent, dwelling.parent.parent if dwelling.parent else None) if p is not None]
    building = next((p for p in above if p.level == "building"), None)
    if building is None:
        return None
    rows = Matter.objects.visible_to(request.user).filter(path__descends=str(building.path), flow__end="").select_related("flow")
    found = list(rows.order_by("-raised_at", "-id")[: MOST + 1])
    return {"building": building, "matters": [{"matter": m, "state": state_name(m.flow)} for m in found[:MOST]], "more": len(found) > MOST}
