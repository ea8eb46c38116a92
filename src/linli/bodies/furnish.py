"""Bodies and seats, made for every place the charter's posts are held over."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction

from linli.bodies.acting import refresh_acting
from linli.bodies.models import Body, Seat
from linli.charter import schema
from linli.places.models import Place


@dataclass(frozen=True, slots=True)
class Furnished:
    """How many bodies and seats were made, and how many seats now have their work done elsewhere."""

    bodies: int
    seats: int
    moved: int


def furnish(charter: schema.Charter, root_place: Place) -> Furnished:
    """Make what is missing below ``root_place``; run it again after places or the charter changed. Nothing is ever taken away.

    A body stands at every place of its level (or only at those of its ``places``); a seat at every place of its post's level that
    lies at or below a place where the post's body stands.
    """
    wanted = {b.level for b in charter.bodies.values()} | {p.level for p in charter.posts.values()}
    places = defaultdict(list)
    for place in (
        Place.objects.current().within(root_place.path).filter(level__in=wanted).only("pk", "code", "name", "level", "path", "is_demo")
    ):
        places[place.level].append(place)
    with transaction.atomic():
        before = Body.objects.count(), Seat.objects.count()
        for body in charter.bodies.values():
            Body.objects.bulk_create(_bodies(body, places[body.level]), ignore_conflicts=True, batch_size=2000)
        standing: defaultdict[str, dict[str, int]] = defaultdict(dict)
        for made in Body.objects.filter(place__path__descends=root_place.path).select_related("place").only("pk", "key", "place__path"):
            standing[made.key][str(made.place.path)] = made.pk
        for post in charter.posts.values():
            Seat.objects.bulk_create(_seats(post, places[post.level], standing[post.body]), ignore_conflicts=True, batch_size=2000)
        moved = refresh_acting(charter=charter)
        return Furnished(Body.objects.count() - before[0], Seat.objects.count() - before[1], moved)


def _bodies(body: schema.Body, places: Iterable[Place]) -> list[Body]:
    return [
        Body(key=body.id, name=name_at(place.name, body.name.zh), place=place, is_demo=place.is_demo)
        for place in places
        if not body.places or place.code in body.places
    ]


def _seats(post: schema.Post, places: Iterable[Place], standing: dict[str, int]) -> list[Seat]:
    made = []
    for place in places:
        body = nearest(str(place.path), standing)
        if body:
            made.append(Seat(post=post.id, body_id=body, place=place, path=place.path))
    return made


def nearest(path: str, standing: dict[str, int]) -> int | None:
    """The body at ``path`` or at the nearest place above it."""
    while path:
        if path in standing:
            return standing[path]
        path = path.rpartition(".")[0]
    return None


_OFFICES = ("居民委员会", "村民委员会", "居委会", "村委会", "办事处")  # official lists name a place after its office


def name_at(place: str, body: str) -> str:
    """A body's name at a place, what they share said once: 都兰社区 + 社区服务站 is 都兰社区服务站, and so from 都兰社区居委会."""
    for office in _OFFICES:
        place = place.removesuffix(office)
    for size in range(min(len(place), len(body)), 0, -1):
        if place.endswith(body[:size]):
            return place + body[size:]
    return place + body
