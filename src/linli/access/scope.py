"""The two questions, and nothing else: ``can(user, ability, thing)`` and ``scope_of(user).q(ability)``. Both read holdings."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.utils import timezone

from linli.bodies.models import Holding, Seat
from linli.charter.schema import WHATEVER_REACH, WHILE_AT_WORK
from linli.charter.store import NoCharter, charter_in_force
from linli.frame.sql import Joined
from linli.places.models import Place


@dataclass(frozen=True, slots=True)
class Held:
    """One seat the user holds now."""

    seat: int
    post: str
    place: int
    path: str
    abilities: frozenset[str]
    reach: str
    duty: str
    at: str = ""  # what the place is called


@dataclass(frozen=True, slots=True)
class Scope:
    """What a user holds at this moment. Empty for strangers, leavers and people whose posts the charter no longer knows."""

    held: tuple[Held, ...] = ()
    through: str = ""  # the name of the key a program acts by; "": the user in person

    @property
    def seats(self) -> list[int]:
        return [h.seat for h in self.held]

    @property
    def abilities(self) -> frozenset[str]:
        return frozenset().union(*(h.abilities for h in self.held))

    def paths(self, ability: str) -> list[str]:
        """Places over which the ability holds in full."""
        return [h.path for h in self.held if ability in h.abilities and (h.reach == "area" or ability in WHATEVER_REACH)]

    def own_seats(self, ability: str) -> list[int]:
        """Seats with the ability: it reaches the work they take part in wherever that lies, for work is moved between areas."""
        return [h.seat for h in self.held if ability in h.abilities]

    def q(self, ability: str, path: str = "path", involved: Callable[[list[int]], Q] | None = None) -> Q:
        """The rows on which the user has ``ability``: those below a held place, and those ``involved(seats)`` selects."""
        found = Q(pk__in=[])
        if paths := self.paths(ability):
            found |= Q(**{f"{path}__descends": paths})
        if involved and (seats := self.own_seats(ability)):
            found |= involved(seats)
        return found

    def covers(self, ability: str, path: str, involved: Iterable[int] = ()) -> bool:
        """Whether the ability holds at ``path``, or through one of the seats ``involved``."""
        if any(path == p or path.startswith(f"{p}.") for p in self.paths(ability)):
            return True
        return bool(set(self.own_seats(ability)) & set(involved))


def through_key(user, name: str, held: Held | None) -> None:
    """From here on this user object acts by a key: through the one seat ``held`` (None: through none) and its abilities, and no more."""
    user._linli_scope = Scope((held,) if held else (), name)


def keyed(user) -> Scope | None:
    """The scope of a user object that acts by a key; None for somebody in person. Asks the database nothing."""
    kept = getattr(user, "_linli_scope", None)
    return kept if kept is not None and kept.through else None


def scope_of(user) -> Scope:
    """The user's scope, read once per request (kept on the user object)."""
    if not getattr(user, "is_authenticated", False) or not user.is_active:
        return Scope()
    kept = getattr(user, "_linli_scope", None)
    if kept is None:
        kept = user._linli_scope = _read(user)
    return kept


_HELD = Joined(
    Holding, only=("duty", "seat_id"), seat=Joined(Seat, only=("post", "place_id", "path"), place=Joined(Place, only=("name",)))
)  # fmt: skip


def _read(user) -> Scope:
    try:
        posts = charter_in_force().posts
    except NoCharter:
        return Scope()
    now = timezone.now()
    return Scope(
        tuple(
            Held(h.seat_id, post.id, h.seat.place_id, h.seat.path, frozenset(post.abilities), post.reach, h.duty, h.seat.place.name)
            for h in _HELD.where(
                "r.user_id = %s and r.since <= %s and (r.until is null or r.until > %s) order by r.since desc", [user.pk, now, now]
            )
            if (post := posts.get(h.seat.post))
        )
    )


def can(user, ability: str, thing=None, *, at_work: bool = False) -> bool:
    """Whether the user has ``ability`` on ``thing`` (anything with a ``path``; its ``seats_involved()`` counts too, or of
    these ``seats_at_work()``), or anywhere. ``at_work``: only those at work count, with whatever ability."""
    scope = scope_of(user)
    if thing is None:
        return ability in scope.abilities
    if scope.covers(ability, str(thing.path)):
        return True
    involved = getattr(thing, "seats_at_work" if at_work or ability in WHILE_AT_WORK else "seats_involved", None)
    return involved is not None and bool(scope.own_seats(ability)) and scope.covers(ability, str(thing.path), involved())


def require(user, ability: str, thing=None, *, at_work: bool = False) -> None:
    """The first line of every action. Raises PermissionDenied."""
    if not can(user, ability, thing, at_work=at_work):
        raise PermissionDenied(ability)
