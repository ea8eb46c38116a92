"""Reads about posts that are more than a filter."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth import get_user_model
from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils import timezone

from linli.bodies.guard import scope_of
from linli.bodies.models import Holding, Seat
from linli.charter.schema import Charter
from linli.charter.store import charter_in_force
from linli.places.models import Place


def _held(now: datetime | None = None) -> Exists:
    return Exists(Holding.objects.current(now).filter(seat=OuterRef("pk"), user__is_active=True))


def at_present_places(seats: QuerySet[Seat]) -> QuerySet[Seat]:
    """``seats`` without those whose place has ended: they stay for the record, and nobody is missing there."""
    return seats.filter(Q(place__valid_to=None) | Q(place__valid_to__gt=timezone.localdate()))


def seats_visible_to(user, charter: Charter) -> QuerySet[Seat]:
    """Seats of the places over which the user sees posts, of posts the charter knows."""
    return Seat.objects.filter(scope_of(user).q("post.see"), post__in=list(charter.posts))


def vacancies(path: str = "", charter: Charter | None = None, now: datetime | None = None) -> QuerySet[Seat]:
    """Seats below ``path`` (everywhere) that nobody holds now, with where their work falls (``acting``; None: nowhere, a fault to mend)."""
    charter = charter or charter_in_force()
    seats = at_present_places(Seat.objects.filter(post__in=list(charter.posts))).exclude(_held(now))
    if path:
        seats = seats.filter(path__descends=path)
    return seats.select_related("place__parent", "body", "acting__place").order_by("path", "post")


def in_state(seats: QuerySet[Seat], state: str, now: datetime | None = None) -> QuerySet[Seat]:
    """``seats`` that are "vacant", "held", or "nowhere": vacant, and nobody up the ladder does the work."""
    if state == "vacant":
        return seats.exclude(_held(now))
    if state == "held":
        return seats.filter(_held(now))
    return seats.filter(acting=None) if state == "nowhere" else seats


def naming(seats: QuerySet[Seat], words: str, now: datetime | None = None) -> QuerySet[Seat]:
    """``seats`` in whose place's, body's or holder's name every word occurs."""
    for word in words.split():
        by_holder = Exists(Holding.objects.current(now).filter(seat=OuterRef("pk"), user__name__icontains=word))
        seats = seats.filter(Q(place__name__icontains=word) | Q(body__name__icontains=word) | by_holder)
    return seats


def with_holders(seats: QuerySet[Seat], now: datetime) -> QuerySet[Seat]:
    """``seats`` with place, body and where their work is done; each has ``sitting``: the holdings of now and of later, A before B."""
    kept = Holding.objects.filter(Q(until=None) | Q(until__gt=now)).select_related("user").order_by("duty", "since")
    return seats.select_related("place", "body", "acting__place").prefetch_related(Prefetch("holdings", kept, to_attr="sitting"))


def holders(seat: Seat, now: datetime) -> list[Holding]:
    """Who sits in a seat of ``with_holders`` now."""
    return [h for h in seat.sitting if h.since <= now and h.user.is_active]  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Standing:
    """How the posts of an area stand: seats, those held, those vacant, and those whose work lies with nobody at all."""

    seats: int
    held: int
    vacant: int
    nowhere: int


def standing(seats: QuerySet[Seat], now: datetime | None = None) -> Standing:
    """One query."""
    found = seats.order_by().aggregate(
        seats=Count("pk"), held=Count("pk", filter=Q(_held(now))), nowhere=Count("pk", filter=Q(acting=None))
    )
    return Standing(found["seats"], found["held"], found["seats"] - found["held"], found["nowhere"])


def visible_people(user) -> QuerySet:
    """Accounts of those who hold or held a post within the area whose posts the user sees."""
    scope = scope_of(user)
    theirs = Holding.objects.filter(scope.q("post.see", path="seat__path"), user=OuterRef("pk"))
    return get_user_model().objects.filter(Exists(theirs))


def responsible_names(places: Iterable[Place], now: datetime | None = None) -> dict[int, str]:
    """For each of ``places`` the holders of the first post that is held over it in the charter's order. One query."""
    charter = charter_in_force()
    found: dict[int, tuple[str, list[str]]] = {}
    order = {post: rank for rank, post in enumerate(charter.posts)}
    held = Holding.objects.current(now).filter(seat__place__in=list(places), seat__post__in=order, user__is_active=True)
    rows = list(held.values_list("seat__place", "seat__post", "user__name", "duty"))
    for place, post, name, _duty in sorted(rows, key=lambda r: (order[r[1]], r[3], r[2])):
        first, names = found.setdefault(place, (post, []))
        if first == post:
            names.append(name)
    return {place: "、".join(names) for place, (_post, names) in found.items()}


def seats_of_place(place: Place, charter: Charter, now: datetime) -> list[Seat]:
    """The seats over one place, each with ``holders`` and its ``charter_post``. Two queries."""
    seats = list(with_holders(Seat.objects.filter(place=place, post__in=list(charter.posts)), now))
    for seat in seats:
        seat.holders = holders(seat, now)  # type: ignore[attr-defined]
        seat.charter_post = charter.posts[seat.post]  # type: ignore[attr-defined]
    order = {post: rank for rank, post in enumerate(charter.posts)}
    return sorted(seats, key=lambda s: order[s.post])


def blocks_own_check(charter: Charter, seat: Seat, user) -> list[Holding]:
    """What the person holds already that doesn't go together with the seat: one handles what the other checks, and nobody may check what
    they handled themselves (``not_by``). Of seats over the same place, above or below. One query."""
    apart = _kept_apart(charter)
    others = {b for a, b in apart if a == seat.post} | {a for a, b in apart if b == seat.post}
    if not others:
        return []
    held = Holding.objects.current().filter(user=user, seat__post__in=others).exclude(seat=seat).select_related("seat__place__parent")
    path = str(seat.path)
    return [h for h in held if f"{path}.".startswith(f"{h.seat.path}.") or f"{h.seat.path}.".startswith(f"{path}.")]


def _kept_apart(charter: Charter) -> set[tuple[str, str]]:
    """Pairs of posts (who takes a step, who may not then take the other) by the procedures' ``not_by``."""
    pairs = set()
    for procedure in charter.procedures.values():
        routed = {post for c in charter.leaves() if c.procedure == procedure.id for post in c.route.values()}
        for step in procedure.steps.values():
            for earlier in step.not_by:
                actor = procedure.steps[earlier].actor if earlier in procedure.steps else ""
                taking = routed if actor == "route" else {actor}
                pairs |= {(post, step.actor) for post in taking if post != step.actor}
    return pairs
