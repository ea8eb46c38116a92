"""Units in a building: a shop opens, a company goes."""

from __future__ import annotations

from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from linli.frame.refusal import Conflict, Refusal
from linli.people.actions.base import changing, day_of
from linli.people.models import Unit
from linli.places.models import Place


def enter_unit(*, by, place: Place, name: str, kind: str, since: date, now: datetime | None = None) -> Unit:
    """A unit in a building (or a unit or dwelling of one). Needs «person.edit» there. Raises Refusal."""
    day_of(since, field="since", now=now)
    if place.level not in ("building", "unit", "dwelling"):
        raise Refusal(_("Choose a building."), field="place", code="no_building")
    with changing("unit.entered", by=by, at=place, data={"place": place.pk, "name": name}, now=now):
        try:
            with transaction.atomic():
                return Unit.objects.create(name=name.strip(), kind=kind, place=place, path=place.path, since=since, is_demo=place.is_demo)
        except IntegrityError:
            raise Refusal(_("A unit of this name is entered here already."), field="name", code="twice") from None


def end_unit(*, by, unit: Unit, on: date, now: datetime | None = None) -> None:
    """It is no longer there. Raises Refusal, and Conflict where that is entered already."""
    day_of(on, since=unit.since, early=_("This is before %(since)s, since when it is here."), now=now)
    with changing("unit.left", by=by, at=unit, data={"place": unit.place_id, "name": unit.name}, now=now):
        row = Unit.objects.select_for_update().get(pk=unit.pk)
        if row.until is not None:
            raise Conflict(_("That it has ended is entered already."), code="ended")
        row.until = on
        row.save(update_fields=["until"])
