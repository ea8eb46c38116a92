"""Finished studies to look at in the demonstration: what each kind makes of the demonstration's own places. Seconds in all."""

from __future__ import annotations

from typing import Any

from linli.bodies.models import Holding
from linli.charter.store import charter_of
from linli.frame.refusal import Refusal
from linli.planning.studies.actions import PLAN, ask_study
from linli.planning.studies.kinds import kinds


def make_studies(version: Any) -> str:
    """One of each kind that says how, asked by who plans for a street or the district. Says what was made; "" where nothing could be."""
    charter = charter_of(version)
    planners = [p.id for p in charter.posts.values() if PLAN in p.abilities]
    made = []
    for kind in kinds().values():
        holdings = Holding.objects.current().filter(seat__post__in=planners, user__username=kind.demo_user)
        holding = holdings.select_related("user", "seat__place").order_by("seat__path").first()
        if holding is None:
            continue
        place = kind.demo_place(holding.seat.place)
        data = kind.demo(place, charter) if place else None
        if place is None or data is None:
            continue
        try:
            ask_study(by=holding.user, kind=kind, place=place, data=data, at_once=True)
        except Refusal:  # nothing is stored there for it
            continue
        made.append(kind.id)
    return ", ".join(made)
