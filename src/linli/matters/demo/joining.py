"""A few demonstration matters merged, split, linked and handed on, through the real acts: what these look like can be seen at once."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime
from random import Random

from django.utils import timezone

from linli.access.models import User
from linli.bodies.models import Holding
from linli.matters import actions
from linli.matters.models import Matter
from linli.places.models import Level, Place

STREETS = 3  # in so many streets
_OPEN = ("handle", "dispatch")


def join_some(root: Place, *, seed: int, now: datetime | None = None) -> str:
    """In some streets: two pairs merged, one matter split, one link, one handed to the next street, one outside. Returns a line that counts."""
    now, chance = now or timezone.now(), Random(f"joining {seed}")
    counts: dict[str, int] = defaultdict(int)
    for street in Place.objects.current().within(root.path).filter(level=Level.STREET).order_by("code")[:STREETS]:
        held = Holding.objects.current().filter(seat__post="street-desk", seat__place=street).order_by("pk").first()
        if held is not None:
            _in_street(street, held.user, now, chance, counts)
    return ", ".join(f"{n} {what}" for what, n in counts.items())


def _in_street(street: Place, by: User, now: datetime, chance: Random, counts: dict[str, int]) -> None:
    rows = Matter.objects.filter(path__descends=str(street.path), flow__end="", flow__step__in=_OPEN, flow__suspended=False)
    rows = rows.filter(flow__procedure="matter", is_public=True).select_related("flow", "place__parent", "reporter")
    found = list(rows.order_by("-raised_at", "-pk")[:400])
    pairs = _pairs(found, lambda m: (m.category, m.place.parent_id)) or _pairs(found, lambda m: m.category)
    taken = {m.pk for pair in pairs for m in pair}
    for later, first in pairs:
        actions.merge_matter(by=by, matter=later, main=first, seq=None, reason="核对过，两件说的是同一件事。", now=now)
        counts["merged"] += 1
    rest = [m for m in found if m.pk not in taken]
    chance.shuffle(rest)
    if len(rest) < 5:
        return
    split, one, other, moved, out = rest[:5]
    actions.split_matter(
        by=by, matter=split, seq=None, request_id=uuid.UUID(int=chance.getrandbits(128), version=4), text="另外，楼前的路灯也不亮，晚上看不清路。",
        category="facilities.streetlamp", place=split.place, reason="一件诉求说了两件事，分开办理。", now=now,
    )  # fmt: skip
    counts["split"] += 1
    actions.link_matters(by=by, matter=one, other=other, kind="related", reason="同一小区，办理时可一并查看。", now=now)
    counts["linked"] += 1
    there = Place.objects.current().filter(level=Level.STREET).exclude(pk=street.pk).order_by("code").first()
    if there is not None:
        actions.transfer_matter(by=by, matter=moved, seq=None, place=there, reason="经核对，地点在相邻街道。", now=now)
        counts["handed to another street"] += 1
    actions.hand_out_matter(by=by, matter=out, seq=None, authority="市级主管部门", told="page", reason="属于市级管理范围。", now=now)
    counts["handed to an authority outside"] += 1


def _pairs(matters: Sequence[Matter], key: Callable[[Matter], object]) -> list[list[Matter]]:
    """Two pairs at most of matters with one key, the later first."""
    alike: dict[object, list[Matter]] = defaultdict(list)
    for m in matters:
        alike[key(m)].append(m)
    return [same[:2] for same in alike.values() if len(same) > 1][:2]
