"""Who is visited under which group of the charter: entered with a purpose by those who visit, seen by nobody else."""

from __future__ import annotations

from datetime import date, datetime

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from linli.charter.schema import Group
from linli.charter.store import charter_in_force
from linli.frame.refusal import Conflict, Refusal
from linli.people.actions.base import changing, day_of, harmless
from linli.people.groups import groups_of
from linli.people.models import Membership, Person


def join_group(*, by, person: Person, group: str, since: date, purpose: str, note: str = "", now: datetime | None = None) -> Membership:
    """From ``since`` on ``person`` is visited under ``group``. Needs «group.edit» and a post the group names, there. Raises Refusal."""
    found = _group(by, person, group, now)
    if not (found.purpose and found.basis and found.seen_by):
        raise Refusal(_("The charter doesn't say what this group is for, so nobody can be entered."), field="group", code="unsaid")
    if not purpose.strip():
        raise Refusal(_("Say what the visits are for."), field="purpose", code="purpose")
    harmless(purpose, "purpose")
    day_of(since, born=person.born, field="since", now=now)
    with changing("group.joined", by=by, at=person, person=person, note=note, now=now):  # the line doesn't say which: others read it
        if person.died or not person.residences.open().exists():
            raise Refusal(_("Only who lives here is visited: they moved away or died."), code="gone")
        try:
            with transaction.atomic():
                return Membership.objects.create(
                    person=person, group=group, since=since, purpose=purpose.strip()[:200], by=by, path=person.path, is_demo=person.is_demo
                )
        except IntegrityError:
            until = Membership.objects.filter(person=person, group=group).order_by("-since").values_list("until", flat=True).first()
            if until:
                said = _("They were in this group until %(until)s. Choose that day or a later one.")
                raise Refusal(said, field="since", code="overlaps", params={"until": until}) from None
            raise Refusal(_("They are in this group already."), field="group", code="twice") from None


def leave_group(*, by, membership: Membership, on: date, note: str = "", now: datetime | None = None) -> None:
    """The visits under the group end: the need is no more, or they asked for it. Raises Refusal, and Conflict where they have ended already."""
    _group(by, membership.person, membership.group, now)
    day_of(on, since=membership.since, early=_("This is before %(since)s, since when they are visited."), now=now)
    with changing("group.left", by=by, at=membership.person, person=membership.person, note=note, now=now):
        row = Membership.objects.select_for_update().get(pk=membership.pk)
        if row.until is not None:
            raise Conflict(_("That it has ended is entered already."), code="ended")
        row.until = on
        row.save(update_fields=["until"])


def _group(by, person: Person, group: str, now: datetime | None) -> Group:
    known = charter_in_force().groups.get(group)
    if known is None:
        raise Refusal(_("The charter has no such group."), field="group", code="group")
    if by is not None and group not in groups_of(by, "group.edit", str(person.path)):
        raise PermissionDenied(group)
    return known
