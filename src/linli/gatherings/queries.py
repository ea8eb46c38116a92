"""Reads that are more than a filter: who can be invited, who is invited twice at a time, what waits for somebody."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet

from linli.access.scope import scope_of
from linli.bodies.models import Body, Holding
from linli.charter.schema import Charter
from linli.charter.schema import Gathering as Kind
from linli.flow.models import Flow
from linli.flow.words import post_name
from linli.gatherings import core
from linli.gatherings.kinds import RECORD, kind_of
from linli.gatherings.models import Attendance, Gathering, State
from linli.places.codes import short_name
from linli.places.models import Level, Place

SOON = timedelta(days=7)


# --- who can be invited ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can be invited: by the seat they hold. ``member``: of the body that meets."""

    holding: int
    seat: int
    user: int
    name: str
    post: str
    group: str
    member: bool

    def always(self, user: Any) -> bool:
        """Whether they are invited without being chosen, where ``user`` (None: nobody) convenes."""
        return self.member or (user is not None and self.user == user.pk)


def body_at(kind: Kind, place: Place) -> Body | None:
    """The body that meets, where the kind says one."""
    return Body.objects.filter(key=kind.body, place=place).first() if kind.body else None


def people(charter: Charter, place: Place, body: Body | None, flow: Flow | None, now: datetime) -> list[Person]:
    """Who can be invited to a gathering at ``place``, each once, members of ``body`` first: holders of seats of the place, of those it
    lies in and of those just below it; about a piece of work, of the seats that take part in it or whose posts see it. At most two queries.
    """
    seats = Q(seat__path__ancestors=str(place.path)) | Q(seat__place__parent=place)
    if body is not None:
        seats |= Q(seat__body=body)
    if flow is not None:
        seeing = [p.id for p in charter.posts.values() if "matter.see" in p.abilities and p.reach == "area"]
        taking_part = flow.seats_involved()
        seats = Q(seat__in=taking_part) | Q(seat__path__ancestors=str(flow.path), seat__post__in=seeing)
    held = Holding.objects.current(now).filter(seats, user__is_active=True, seat__post__in=list(charter.posts))
    rows = held.select_related("seat__place__parent", "user").order_by("pk")
    return _each_once(charter, place, body, rows)


def _each_once(charter: Charter, place: Place, body: Body | None, rows: Iterable[Holding]) -> list[Person]:
    """Sorted: members first, then the place itself, those below, those above; a person of several seats by the first of these."""
    order = {post: n for n, post in enumerate(charter.posts)}
    depth = str(place.path).count(".")

    def rank(h: Holding) -> tuple:
        below = str(h.seat.path).count(".") - depth
        member = body is not None and h.seat.body_id == body.pk
        # A duty before B duty: whom people know by their first post
        return (not member, (0, below) if below >= 0 else (1, -below), h.duty, str(h.seat.path), order[h.seat.post], h.pk)

    found: dict[int, Person] = {}
    for h in sorted(rows, key=rank):
        member = body is not None and h.seat.body_id == body.pk
        group = body.name if member and body else _group(h.seat.place)
        found.setdefault(h.user_id, Person(h.pk, h.seat_id, h.user_id, str(h.user), post_name(charter, h.seat.post), group, member))
    return list(found.values())


def _group(place: Place) -> str:
    name = short_name(place.name)
    return f"{short_name(place.parent.name)} {name}" if place.level == Level.GRID and place.parent else name


def clashes(
    users: Collection[int], starts_at: datetime, ends_at: datetime, *, but: int | None = None
) -> dict[str, list[tuple[datetime, datetime]]]:
    """Who of ``users`` is invited elsewhere at that time: name -> the times. What else it is, nobody is told here. One query."""
    rows = Attendance.objects.filter(
        user__in=users, gathering__state=State.PLANNED, gathering__starts_at__lt=ends_at, gathering__ends_at__gt=starts_at
    ).exclude(state=Attendance.State.EXCUSED)
    if but is not None:
        rows = rows.exclude(gathering=but)
    found: dict[str, list[tuple[datetime, datetime]]] = {}
    for row in rows.select_related("gathering", "user").order_by("user__name", "gathering__starts_at"):
        found.setdefault(str(row.user), []).append((row.gathering.starts_at, row.gathering.ends_at))
    return found


# --- one gathering --------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Turnout:
    """How many came of those who count."""

    members: int
    came: int
    needed: int
    met: bool


def turnout(kind: Kind | None, members: int | None, came: int | None) -> Turnout | None:
    """How a body's attendance stands against what the charter asks; None where it asks nothing or nothing is counted yet."""
    if kind is None or kind.quorum is None or members is None or came is None:
        return None
    share, more = Fraction(kind.quorum.share), kind.quorum.more
    return Turnout(members, came, core.needed(members, share, more=more), core.met(members, came, share, more=more))


def turnout_of(gathering: Gathering) -> Turnout | None:
    return turnout(kind_of(gathering), gathering.members, gathering.members_came)


def counted(rows: QuerySet[Gathering]) -> QuerySet[Gathering]:
    """``rows`` with how many staff and members are invited (``n_invited``) and came (``n_came``)."""
    came = Q(attendance__state=Attendance.State.CAME)
    return rows.annotate(n_invited=Count("attendance"), n_came=Count("attendance", filter=came))


def with_people(rows: QuerySet[Gathering]) -> QuerySet[Gathering]:
    """``rows`` with who is invited, as ``invited``."""
    invited = Attendance.objects.select_related("seat__place", "user").order_by("-member", "pk")
    return rows.prefetch_related(Prefetch("attendance", invited, to_attr="invited"))


# --- what waits for somebody ----------------------------------------------------------------------------------------------------------


def mine(user: Any, now: datetime) -> QuerySet[Gathering]:
    """Gatherings to come, or going on, that the user is invited to; those of who held a seat of theirs before, too: an invitation
    stays with the seat. None whose work the user doesn't see."""
    seats = scope_of(user).seats
    still = Holding.objects.current(now).filter(seat=OuterRef("seat"), user=OuterRef("user"))
    handed_on = Q(seat__in=seats) & ~Exists(still)
    invited = Attendance.objects.filter(Q(user=user, seat__in=seats) | handed_on).exclude(state=Attendance.State.EXCUSED)
    rows = Gathering.objects.visible_to(user).filter(state=State.PLANNED, ends_at__gte=now, pk__in=invited.values("gathering"))
    return rows.select_related("place").order_by("starts_at", "pk")


def to_write_down(user: Any, now: datetime) -> QuerySet[Gathering]:
    """What a seat of the user's convened, or a vacant one whose work falls to them, and still has to be written down."""
    seats = scope_of(user).own_seats(RECORD)
    rows = Gathering.objects.visible_to(user).unwritten(now).filter(Q(seat__in=seats) | Q(seat__acting__in=seats))
    return rows.select_related("place").order_by("ends_at", "pk")


def of_flow(user: Any, flow: Flow) -> QuerySet[Gathering]:
    """Gatherings about a piece of work that the user sees, the latest first."""
    return Gathering.objects.visible_to(user).filter(flow=flow).order_by("-starts_at", "-pk")


def users_of(holdings: Iterable[Person]) -> dict[int, Any]:
    """The accounts behind people, by id."""
    return get_user_model().objects.in_bulk({p.user for p in holdings})
