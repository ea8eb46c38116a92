"""Whom the notice of a month concerns, and whom it names: bodies and posts with the numbers of the matters they let lie, never a person."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet
from django.utils import timezone

from linli.access.scope import can, scope_of
from linli.charter.store import charter_of
from linli.flow.words import post_name
from linli.frame.templatetags.linli import named
from linli.matters.models import Notice, Pressing
from linli.places.codes import short_name
from linli.places.models import Level, Place

AREAS = (Level.DISTRICT, Level.STREET)
_MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")


def areas_of(user: Any) -> QuerySet[Place]:
    """Areas whose notices concern somebody: those their seats lie in, and those below them."""
    found = Q(pk__in=[])
    for held in scope_of(user).held:
        if "matter.see" in held.abilities:
            found |= Q(path__descends=[held.path]) | Q(path__ancestors=held.path)
    return Place.objects.current().filter(found, level__in=AREAS).defer("shape")


class Noticed(NamedTuple):
    """The notices of an area for a month: ``editions`` the latest first, ``draft`` whom it would name now, for those who sign."""

    place: Place
    month: date
    signs: bool
    editions: list[Notice]
    draft: list[dict[str, Any]]

    @property
    def current(self) -> Notice | None:
        """The one in force."""
        return next((n for n in self.editions if n.state == Notice.State.SIGNED), None)

    @property
    def over(self) -> bool:
        return timezone.localdate() >= month_after(self.month)


def noticed(user: Any, code: str, month: str) -> Noticed | None:
    """What the user may know of it; None for areas and months that don't concern them, and where nothing was signed for who doesn't sign."""
    parsed = _MONTH.fullmatch(month)
    place = areas_of(user).filter(code=code).first() if parsed and "\0" not in code else None
    if place is None or parsed is None:
        return None
    first = date(int(parsed[1]), int(parsed[2]), 1)
    if first > timezone.localdate():  # nobody is named in a month that hasn't come
        return None
    signs = can(user, "flow.supervise", place)
    editions = list(Notice.objects.filter(place=place, month=first).select_related("signed_by", "closed_by").order_by("-edition"))
    return Noticed(place, first, signs, editions, lines_of(place, first) if signs else []) if signs or editions else None


def month_after(month: date) -> date:
    """The first day of the month after."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def lines_of(place: Place, month: date) -> list[dict[str, Any]]:
    """One line for each seat named over work of the area in the month, those with the most matters first. What was lifted is not in it. One query."""
    rows = Pressing.objects.filter(
        kind=Pressing.Kind.NOTICE, state=Pressing.State.DONE, at__gte=_midnight(month), at__lt=_midnight(month_after(month)),
        flow__path__descends=str(place.path),
    ).select_related("flow", "seat__place").order_by("at")  # fmt: skip
    found: dict[int, dict[str, Any]] = {}
    for p in rows:
        line = found.get(p.seat_id) or _line(p)
        if p.flow.subject_ref not in line["numbers"]:
            line["numbers"].append(p.flow.subject_ref)
        found[p.seat_id] = line
    return sorted(found.values(), key=lambda line: (-len(line["numbers"]), line["body"], line["place"], line["post"]))


def _line(p: Pressing) -> dict[str, Any]:
    """Names as the charter has them now: a notice that is signed keeps them."""
    charter = charter_of(p.flow.charter_id)
    post = charter.posts.get(p.seat.post)
    body = named(charter.bodies[post.body].name) if post and post.body in charter.bodies else ""
    return {"body": body, "post": post_name(charter, p.seat.post), "place": short_name(p.seat.place.name), "numbers": []}
