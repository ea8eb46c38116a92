"""When places change, the register follows; and a dwelling doesn't end while somebody lives in it."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import connection
from django.utils.translation import gettext_lazy as _

from linli.access.rls import opened
from linli.people.models import (
    Batch,
    Change,
    Custody,
    Handout,
    Household,
    ImportFile,
    ImportPiece,
    Membership,
    Takeout,
    Touched,
    Unit,
)
from linli.places.followers import Ending, Succession, carry
from linli.places.ltree import rebase
from linli.places.models import Place

SCOPED = (Membership, Custody, Change, Touched, Batch, ImportFile, ImportPiece, Handout)

# What has no index of places of its own is reached by way of its household, which has moved already: residences, those who live or lived
# in them last, their numbers.
_BEHIND = (
    """create temp table moved_with on commit drop as
select r.id, r.person_id, r.path as was, h.path from people_household h join people_residence r on r.household_id = h.id and r.path <> h.path
 where h.path <@ %(to)s::ltree""",
    "update people_residence r set path = m.path from moved_with m where r.id = m.id",
    "update people_secret s set path = m.path from moved_with m where s.person_id = m.person_id and s.path = m.was",
    "update people_person p set path = m.path, community = coalesce(nullif(%(home)s, ''), p.community) from moved_with m"
    " where p.id = m.person_id and p.path = m.was",
    "drop table moved_with",
)


def take_over(change: Succession) -> None:
    """Rows at a place go over to the one that follows it; where it moved, everything below it moves."""
    with opened([change.old_path, str(change.place.path)]):
        if change.place.pk != change.old_id:
            with connection.cursor() as cursor:
                cursor.execute("select set_config('linli.places_follow', 'yes', true)")
            Household.objects.filter(dwelling=change.old_id).update(dwelling=change.place)
            Unit.objects.filter(place=change.old_id).update(place=change.place)
            with connection.cursor() as cursor:
                cursor.execute("select set_config('linli.places_follow', '', true)")
        carry(Takeout, change)
        if not change.moved:
            return
        for model in (Household, Unit, *SCOPED):
            rebase(model, change.old_path, str(change.place.path))
        with connection.cursor() as cursor:
            for sql in _BEHIND:
                cursor.execute(sql, {"to": str(change.place.path), "home": community_of(change.place)})


def community_of(place: Place) -> str:
    """The code of the community a place lies in; "" above communities."""
    above = Place.objects.filter(path__ancestors=str(place.path), level="community").order_by("-valid_from")
    return above.values_list("code", flat=True).first() or ""


def refuse_ending(what: Ending) -> None:
    """Nothing is to be lost sight of: first the people move, then the place ends."""
    path = str(what.place.path)
    with opened([path]):
        if Household.objects.open().filter(path__descends=path).exists():
            raise ValidationError(_("Households are registered there. Enter first where they moved."), code="inhabited")


def real_people() -> bool:
    """Whether anybody in the register is no demonstration: asked of the database itself, beyond what is opened."""
    with connection.cursor() as cursor:
        cursor.execute("select linli_people_real()")
        return bool(cursor.fetchone()[0])
