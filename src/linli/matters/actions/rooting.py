"""Raising why something keeps coming to a place: one matter, with those it is about as its grounds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from linli.access.scope import require
from linli.frame.refusal import Refusal
from linli.matters.actions.raising import Raised, raise_matter
from linli.matters.actions.steps import check_kept
from linli.matters.models import Channel, Matter
from linli.matters.whereabouts import Position


def raise_root_cause(
    *,
    by,
    matter: Matter,
    grounds: Sequence[Matter],
    request_id: UUID,
    title: str,
    text: str,
    category: str = "",
    now: datetime | None = None,
) -> Raised:
    """Raise the root cause of ``grounds``, ``matter`` among them, at its place. Needs «matter.report» there and sight of all of them.

    The same ``request_id`` again is the same matter. Raises PermissionDenied; Refusal where a ground is of another kind or place.
    """
    require(by, "matter.report", matter)
    chosen = {g.pk: g for g in (matter, *grounds)}
    seen = set(Matter.objects.visible_to(by).filter(pk__in=chosen).values_list("pk", flat=True))
    if seen != set(chosen) or any((g.place_id, g.category) != (matter.place_id, matter.category) for g in chosen.values()):
        raise Refusal(_("Choose from the matters listed here."), field="grounds", code="grounds")
    check_kept({"title": title, "text": text}, list(chosen))
    position = Position(matter.lon, matter.lat) if matter.lon is not None and matter.lat is not None else None
    return raise_matter(
        by=by, request_id=request_id, channel=Channel.FIELD, text=text, category=category or matter.category, title=title, place=matter.place,
        position=position, address=matter.address, grounds=chosen.values(), now=now,
    )  # fmt: skip
