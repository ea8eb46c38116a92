"""Kinds of gathering as the charter has them, and who may convene and record: permission is a post held over a place."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from linli.access.scope import Held, scope_of
from linli.charter.schema import Charter
from linli.charter.schema import Gathering as Kind
from linli.charter.store import charter_of
from linli.flow.models import Flow
from linli.flow.queries import visible
from linli.frame.templatetags.linli import named
from linli.gatherings.models import Gathering
from linli.places.models import Place

SEE, CONVENE, RECORD = "gathering.see", "gathering.convene", "gathering.record"


def kind_of(gathering: Gathering) -> Kind | None:
    """The kind, of the charter version the gathering was planned under."""
    return charter_of(gathering.charter_id).gatherings.get(gathering.kind)


def kind_name(gathering: Gathering) -> str:
    kind = kind_of(gathering)
    return named(kind.name) if kind else gathering.kind


def _over(held: Held, path: str) -> bool:
    return path == held.path or path.startswith(f"{held.path}.")


def convening(user: Any, kind: Kind, place: Place, involved: Iterable[int] = ()) -> list[Held]:
    """The seats from which the user may convene such a gathering at ``place``: those over the place and, where the post sees only its
    own work, those of just this place. ``involved`` are seats that take part in the work it is about: each of them may."""
    path, taking_part = str(place.path), set(involved)
    return [
        h
        for h in scope_of(user).held
        if CONVENE in h.abilities
        and (not kind.posts or h.post in kind.posts)
        and (h.seat in taking_part or (_over(h, path) if h.reach == "area" else h.place == place.pk))
    ]


def kinds_to_convene(user: Any, charter: Charter, procedure: str = "") -> list[Kind]:
    """Kinds some seat of the user's may convene somewhere; with ``procedure`` those that can be about its work."""
    held = [h.post for h in scope_of(user).held if CONVENE in h.abilities]
    return [
        kind
        for kind in charter.gatherings.values()
        if any(not kind.posts or post in kind.posts for post in held) and (not procedure or procedure in kind.about)
    ]


def may(user: Any, ability: str, gathering: Gathering) -> bool:
    """Whether the user plans (``CONVENE``) or writes down (``RECORD``) this gathering: over its place, or from the seat that convened it.

    Being invited gives neither. Needs ``gathering.place`` and ``gathering.seat``.
    """
    scope = scope_of(user)
    if ability not in scope.abilities:
        return False
    own = {gathering.seat_id, gathering.seat.acting_id} & set(scope.own_seats(ability))
    if own:
        return True
    kind = kind_of(gathering)
    if ability == CONVENE and kind is not None:
        return bool(convening(user, kind, gathering.place))
    return scope.covers(ability, str(gathering.place.path))


def sees_work(user: Any, flow: Flow) -> bool:
    """Whether somebody sees the piece of work."""
    return visible(user).filter(pk=flow.pk).exists()
