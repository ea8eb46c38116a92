"""What the page of a community shows of its division."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from linli.access.scope import can
from linli.places.models import Place
from linli.planning.grids.actions import SEE


def division_of(request: HttpRequest, place: Place) -> dict[str, Any] | None:
    """The way to the page of its grids, for those who may see it."""
    if place.level != "community" or place.valid_to or not can(request.user, SEE, place):
        return None
    return {"code": place.code}
