"""Reads about posts that are more than a filter."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from linli.bodies.models import Holding, Seat
from linli.bodies.work import OpenWork, open_work
from linli.charter.schema import Charter, Post
from linli.charter.store import charter_in_force


def _held(now: datetime | None = None) -> Exists:
    return Exists(Holding.objects.current(now).filter(seat=OuterRef("pk"), user__is_active=True))


def seats_visible_to(user, charter: Charter) -> QuerySet[Seat]:
    """Seats of the places over which the user sees posts, of posts the charter knows."""
    from linli.access.scope import scope_of

    return Seat.objects.filter(scope_of(user).q("post.see"), post__in=list(charter.posts))


def vacancies(path: str = "", charter: Charter | None = None, now: datetime | None = None) -> QuerySet[Seat]:
    """Seats below ``path`` (everywhere) that nobody holds now, with where their work falls (``acting``; None: nowhere, a fault to mend)."""
    charter = charter or charter_in_force()
    seats = Seat.objects.filter(post__in=list(charter.posts)).exclude(_held(now))
    if path:
        seats = seats.filter(path__descends=path)
    return seats.select_related("place", "body", "acting__place").order_by("path", "post")


def search(
    seats: QuerySet[Seat], *, path: str = "", post: str = "", state: str = "", words: str = "", now: datetime | None = None
) -> QuerySet[Seat]:
    """``seats`` narrowed to a place and below, a post, "vacant" or "held", and words in the place's, body's or holder's name."""
    if path:
        seats = seats.filter(path__descends=path)
    if post:
        seats = seats.filter(post=post)
    if state == "vacant":
        seats = seats.exclude(_held(now))
    elif state == "held":
        seats = seats.filter(_held(now))
    elif state == "nowhere":
        seats = seats.filter(acting=None)
    for word in words.split():
        by_holder = Exists(Holding.objects.current(now).filter(seat=OuterRef("pk"), user__name__icontains=word))
        seats = seats.filter(Q(place__name__icontains=word) | Q(body__name__icontains=word) | by_holder)
    return seats


@dataclass(slots=True)
class SeatLine:
    """A seat as a list shows it: its post, who holds it, where its work falls while nobody does, what lies with it."""

    seat: Seat
    post: Post
    holders: list[Holding] = field(default_factory=list)
    coming: list[Holding] = field(default_factory=list)
    falls_on: Seat | None = None
    falls_post: Post | None = None
    work: OpenWork | None = None

    @property
    def vacant(self) -> bool:
        return not self.holders


def lines(seats: Iterable[Seat], charter: Charter, now: datetime) -> list[SeatLine]:
    """The lines of ``seats`` (with place, body and acting place selected), in their order. Two queries for any number of them."""
    chosen = list(seats)
    made = {s.pk: SeatLine(s, charter.posts[s.post]) for s in chosen}
    for h in (
        Holding.objects.filter(seat__in=made).filter(Q(until=None) | Q(until__gt=now)).select_related("user").order_by("duty", "since")
    ):
        line = made[h.seat_id]
        (line.holders if h.since <= now and h.user.is_active else line.coming).append(h)
    counted = open_work(list(made))
    for line in made.values():
        line.work = counted.get(line.seat.pk)
        if line.vacant and line.seat.acting_id and line.seat.acting_id != line.seat.pk:
            line.falls_on = line.seat.acting
            line.falls_post = charter.posts.get(line.seat.acting.post)
    return list(made.values())


def visible_people(user) -> QuerySet:
    """Accounts of those who hold or held a post within the area whose posts the user sees, and of those they made who hold none yet."""
    from django.contrib.auth import get_user_model

    from linli.access.scope import scope_of

    scope = scope_of(user)
    theirs = Holding.objects.filter(user=OuterRef("pk")).filter(scope.q("post.see", path="seat__path"))
    seen = Q(Exists(theirs))
    return get_user_model().objects.filter(seen)
