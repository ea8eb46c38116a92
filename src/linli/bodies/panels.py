"""What a place's page shows of this room: the posts over it and who holds them."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from linli.bodies import queries
from linli.bodies.guard import can
from linli.charter.store import charter_in_force
from linli.places.models import Place


def seats_panel(request: HttpRequest, place: Place) -> dict[str, Any] | None:
    """The seats of a place; None for those who don't see posts there, and where there are none."""
    if not can(request.user, "post.see", place):
        return None
    seats = queries.seats_of_place(place, charter_in_force(), timezone.now())
    return {"seats": seats} if seats else None
