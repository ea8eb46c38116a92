"""Taking a list of households out: asked for with a purpose, or withdrawn; answered by a second person, fetched for a few days, each time on record."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from linli.access.scope import require
from linli.frame.actlog import record_act
from linli.frame.columns import Column
from linli.frame.exports import Export, purpose_of, row_cap, taken_out
from linli.frame.refusal import Refusal
from linli.people.actions.base import harmless
from linli.people.models import Takeout
from linli.places.models import Place

FETCHED = timedelta(days=3)
"""So long a list that was approved can be fetched."""


def ask_takeout(*, by, place: Place, why: str, count: int, query: str = "", names: bool = False, now: datetime | None = None) -> Takeout:
    """Ask for a list of ``count`` households of a place. Needs «person.export» there. Raises Refusal: no purpose, nobody, too many."""
    require(by, "person.export", place)
    why = purpose_of(why)
    harmless(why, "why")
    if not 0 < count <= row_cap():
        raise Refusal(_("A list has between 1 and %(most)s households: choose another area."), code="count", params={"most": row_cap()})
    now = now or timezone.now()
    with transaction.atomic():
        made = Takeout.objects.create(
            by=by, at=now, place=place, path=str(place.path), query=query[:300], count=count, why=why, wants_names=names
        )
        record_act(by, "people.takeout.asked", made, {"why": why, "households": count, "names": names}, now=now)
    return made


def decide_takeout(
    *, by, takeout: Takeout, approve: bool, names: bool = False, note: str = "", now: datetime | None = None
) -> Takeout:  # fmt: skip
    """Say yes or no to somebody else's list; ``names``: with whole names, where they were asked for. Needs «person.approve» over its place.

    Whoever decides need not see residents, and sees none. Raises PermissionDenied, Refusal (one's own, decided already, no reason).
    """
    require(by, "person.approve", takeout)
    if takeout.by_id == by.pk:
        raise Refusal(_("This is your own list: somebody else decides on it."), code="own")
    harmless(note, "note")
    if not approve and not note.strip():
        raise Refusal(_("Say why."), field="note", code="reason")
    now = now or timezone.now()
    with transaction.atomic():
        found = Takeout.objects.select_for_update().get(pk=takeout.pk)
        if found.state != Takeout.State.ASKED:
            raise Refusal(_("This has been decided or withdrawn already."), code="decided")
        found.state = Takeout.State.APPROVED if approve else Takeout.State.REFUSED
        found.names = approve and names and found.wants_names
        found.decided_by, found.decided_at, found.note = by, now, note.strip()[:200]
        found.expires_at = now + FETCHED if approve else None
        found.save()
        record_act(by, f"people.takeout.{found.state}", found, {"names": found.names, "asked_by": found.by_id}, now=now)
    return found


def withdraw_takeout(*, by, takeout: Takeout, now: datetime | None = None) -> Takeout:
    """Take one's own asking back while nobody has decided it. Raises PermissionDenied, Refusal."""
    require(by, "person.export", takeout)
    if takeout.by_id != by.pk:
        raise PermissionDenied("not yours")
    now = now or timezone.now()
    with transaction.atomic():
        found = Takeout.objects.select_for_update().get(pk=takeout.pk)
        if found.state != Takeout.State.ASKED:
            raise Refusal(_("This has been decided already."), code="decided")
        found.state, found.decided_at = Takeout.State.WITHDRAWN, now
        found.save(update_fields=["state", "decided_at"])
        record_act(by, "people.takeout.withdrawn", found, now=now)
    return found


def fetch_takeout(
    *, by, takeout: Takeout, rows: Iterable[Any], columns: Sequence[Column], title: str, now: datetime | None = None
) -> tuple[Any, str]:  # fmt: skip
    """The sheet, open at its beginning, and its name: who, when, what for, who approved, and the number of the record stand in it.

    Only for who asked, while they may take lists out there, and before it expires. Raises PermissionDenied, Refusal.
    """
    require(by, "person.export", takeout)
    now = now or timezone.now()
    with transaction.atomic():
        found = Takeout.objects.select_for_update(of=("self",)).select_related("decided_by").get(pk=takeout.pk)
        if found.by_id != by.pk or found.state != Takeout.State.APPROVED or found.decided_by is None:
            raise Refusal(_("Only who asked for a list can fetch it, once somebody else has approved it."), code="not_approved")
        if found.expires_at is None or found.expires_at <= now:
            raise Refusal(_("The time to fetch this list is over. Ask for it again."), code="expired")
        found.fetched += 1
        found.save(update_fields=["fetched"])
        through = gettext("list %(n)s, approved by %(who)s") % {"n": found.pk, "who": found.decided_by.name}
        export = Export(title, "people.book.exported", str(found.path))
        return taken_out(by, found.why, rows, columns, export, query=found.query, now=now, through=through)
