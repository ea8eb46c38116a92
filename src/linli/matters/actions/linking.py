"""Linking two matters that belong together without being the same 关联: both stay what they are."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from linli.access.scope import can, require
from linli.flow import commands
from linli.flow.engine import Context, run_together
from linli.frame.refusal import Refusal
from linli.matters.actions.flowing import post_of, told_plainly
from linli.matters.actions.joining import need_reason
from linli.matters.models import Link, Matter

LINKS = 20
"""Links one matter can have: what has more is a subject for a list, not for see-also."""


def link_matters(*, by, matter: Matter, other: Matter, kind: str, reason: str, now: datetime | None = None) -> Link:
    """Link the two; of a follow-up ``matter`` is the later one. Needs «matter.join» over ``matter`` and sight of the other."""
    require(by, "matter.join", matter)
    need_reason(reason)
    if matter.pk == other.pk:
        raise Refusal(_("This is the same matter."), field="other", code="same_matter")
    with transaction.atomic(), told_plainly():
        _noted(by, matter, other, "linked", {"reason": reason.strip(), "link": kind}, now)
        if _between(matter, other):
            raise Refusal(_("The two are linked already."), field="other", code="linked")
        if any(Link.objects.filter(Q(one=m) | Q(other=m)).count() >= LINKS for m in (matter, other)):
            raise Refusal(_("One of the two has as many links as a matter can have."), field="other", code="too_many_links")
        return Link.objects.create(one=matter, other=other, kind=kind)


def unlink_matters(*, by, matter: Matter, other: Matter, reason: str, now: datetime | None = None) -> None:
    """Take the link off again. Needs «matter.join» over either of the two."""
    if not can(by, "matter.join", matter) and not can(by, "matter.join", other):
        raise PermissionDenied("matter.join")
    need_reason(reason)
    with transaction.atomic(), told_plainly():
        _noted(by, matter, other, "unlinked", {"reason": reason.strip()}, now)
        found = _between(matter, other)
        if found is None:
            raise Refusal(_("The two are not linked any more."), field="other", code="not_linked")
        found.delete()


def _between(one: Matter, other: Matter) -> Link | None:
    return Link.objects.filter(Q(one=one, other=other) | Q(one=other, other=one)).first()


def _noted(by, matter: Matter, other: Matter, what: str, texts: dict[str, str], now: datetime | None) -> None:
    """A line in the history of both; whoever links the two at the same moment waits here."""
    of = {matter.flow_id: (matter, other), other.flow_id: (other, matter)}

    def make(c: Context) -> commands.Command:
        here, there = of[c.flow.pk]
        return commands.Note(by=by.pk, role=post_of(by, "matter.join", str(here.path)), what=what, facts={"ref": there.number})

    run_together(dict.fromkeys(of), make, by=by, now=now or timezone.now(), texts=texts)
