"""Whom the notice of a month names: bodies and posts with the numbers of the matters they let lie, never a person."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from django.utils import timezone

from linli.charter.store import charter_of
from linli.flow.words import post_name
from linli.frame.templatetags.linli import named
from linli.matters.models import Pressing
from linli.places.codes import short_name
from linli.places.models import Place


def month_after(month: date) -> date:
    """The first day of the month after."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def lines_of(place: Place, month: date) -> list[dict[str, Any]]:
    """One line for each seat named in the area in the month, those with the most matters first. What was lifted is not in it. One query."""
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
