"""What the page of a place shows of planning."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from linli.access.scope import can
from linli.places.models import Place
from linli.planning.grids.actions import SEE


def division_of(request: HttpRequest, place: Place) -> dict[str, Any] | None:
    """The way to the page of its grids and to the studies about it, for those who may see them."""
    if place.level not in ("district", "street", "community") or place.valid_to or not can(request.user, SEE, place):
        return None
    return {"code": place.code, "divided": place.level == "community"}
