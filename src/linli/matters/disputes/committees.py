"""Whose seal an agreement bears."""

from __future__ import annotations

from linli.bodies.models import Seat
from linli.charter.schema import Charter
from linli.matters.disputes import BODY


def committee_of(charter: Charter, kind: str, seat: Seat) -> str:
    """The people's mediation committee of a dispute of the category ``kind`` that ``seat`` (its body joined) answers for: its seal is what the
    agreement bears, never the residents' committee's (People's Mediation Law, art. 29, 31). Of a seat that is of none it is the nearest of the
    category's route; where there is none, such as for a department, the seat's own body. One query for those."""
    bodies, posts = charter.bodies, charter.posts
    if seat.body.key in bodies and bodies[seat.body.key].kind == BODY:
        return seat.body.name
    category = charter.categories.get(kind)
    route = [p for p in category.route.values() if p in posts and bodies[posts[p].body].kind == BODY] if category else []
    near = Seat.objects.filter(post__in=route, path__ancestors=str(seat.path)).order_by("-path").values_list("body__name", flat=True)
    return near.first() or seat.body.name
