"""Bodies and seats follow the places they stand at: a renamed or moved place keeps its posts, their holders and their work."""

from __future__ import annotations

from datetime import datetime, time

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.bodies.acting import refresh_acting
from linli.bodies.actions import vacate
from linli.bodies.furnish import name_at, nearest
from linli.bodies.models import Body, Seat
from linli.bodies.work import open_work
from linli.charter.store import NoCharter, charter_in_force
from linli.places.followers import Ending, Succession, carry


def take_over(change: Succession) -> None:
    """Seats and bodies of a place move to the row that follows it; where it moved, those of everything below move along."""
    carry(Seat, change)
    Body.objects.filter(place=change.old_id).update(place=change.place)
    if change.place.name != change.old_name:
        _rename(change)
    if change.moved:
        seats = Seat.objects.filter(path__descends=str(change.place.path)).select_related("body__place")
        _join_bodies_above(seats)
        _look_up_the_new_ladder(seats)


def leave(ending: Ending) -> None:
    """Whoever held a post over the place leaves it that day. Raises ValidationError while work is open with one of its seats."""
    seats = list(Seat.objects.filter(place=ending.place))
    if not seats:
        return
    if left := sum(work.open for work in open_work([s.pk for s in seats]).values()):
        raise ValidationError(
            _("Open things with the posts of %(name)s: %(count)s. Have them finished or moved first.")
            % {"count": left, "name": ending.place.name}
        )
    midnight = timezone.make_aware(datetime.combine(ending.day, time()))
    vacate(by=ending.by, seats=seats, when=midnight, note=_("The place has ended."))


def _rename(change: Succession) -> None:
    """A body named after its place is named after the new name; one with a name of its own keeps it."""
    try:
        kinds = charter_in_force().bodies
    except NoCharter:
        return
    for body in Body.objects.filter(place=change.place):
        if (kind := kinds.get(body.key)) and body.name == name_at(change.old_name, kind.name.zh):
            body.name = name_at(change.place.name, kind.name.zh)
            body.save(update_fields=["name"])


def _join_bodies_above(seats: QuerySet[Seat]) -> None:
    """A seat of a body that stands higher up belongs to the body of that kind it now lies under. Where there is none it stays."""
    away = [s for s in seats if not f"{s.path}.".startswith(f"{s.body.place.path}.")]
    standing: dict[str, dict[str, int]] = {}
    for body in Body.objects.filter(key__in={s.body.key for s in away}).select_related("place"):
        standing.setdefault(body.key, {})[str(body.place.path)] = body.pk
    for seat in away:
        if found := nearest(str(seat.path), standing[seat.body.key]):
            seat.body_id = found
    Seat.objects.bulk_update(away, ["body"], batch_size=2000)


def _look_up_the_new_ladder(seats: QuerySet[Seat]) -> None:
    try:
        refresh_acting(seats)
    except NoCharter:
        return
