"""Splitting a matter that holds several things 拆分: each part becomes a matter of its own, from the same person, with its own way."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from linli.access.guard import has_demo
from linli.access.scope import require
from linli.charter.store import charter_of, version_in_force
from linli.flow import commands
from linli.flow.actions import begin_flow
from linli.flow.engine import Context, run, run_together
from linli.flow.models import Attachment
from linli.flow.procedure import Refused
from linli.frame.refusal import Refusal, Used
from linli.matters.actions.flowing import other_ended, post_of, told_plainly
from linli.matters.actions.joining import need_reason
from linli.matters.actions.raising import SUBJECT, title_of
from linli.matters.categories import leaf
from linli.matters.codes import digest, follow_code
from linli.matters.files import copy_files, keeping
from linli.matters.models import FoundBy, Matter
from linli.matters.reporters import open_reporter, seal_reporter
from linli.matters.series import take_number
from linli.places.models import Place

PARTS = 9
"""Parts that one matter can be split into: more is a mistake."""


def split_matter(
    *,
    by,
    matter: Matter,
    seq: int | None,
    request_id: UUID,
    text: str,
    category: str,
    place: Place,
    title: str = "",
    address: str = "",
    files: Collection[int] = (),
    reason: str,
    now: datetime | None = None,
) -> Matter:
    """Split one thing off: a new matter that begins its own procedure, from the same person, raised when the whole was. ``files`` of the
    whole go along as copies. The whole goes on with what remains. The same ``request_id`` again gives the same part, and with
    another text is refused (Used).

    Needs «matter.join» over the matter and the place. The person's side stays one: the page of their code lists the parts.
    """
    now = now or timezone.now()
    require(by, "matter.join", matter)
    require(by, "matter.join", place)
    need_reason(reason)
    if found := _made_before(request_id, matter, text):
        return found
    if matter.parts.count() >= PARTS:
        raise Refusal(_("It has been split into as many parts as one matter can have."), code="too_many_parts")
    charter = charter_of(version_in_force())
    kind, number = leaf(charter, category), take_number(charter.id, now)
    role = post_of(by, "matter.join", str(matter.path))

    def make(c: Context) -> commands.Command:
        if not c.state.step:
            raise Refused("ended")
        return commands.Note(by=by.pk, role=role, what="split", facts={"ref": number})

    try:
        with keeping() as kept, transaction.atomic(), told_plainly(flow=matter.flow):
            run(matter.flow_id, make, by=by, seq=seq, now=now, texts={"reason": reason.strip()})
            title = title.strip() or title_of(text)
            flow = begin_flow(
                by=by, procedure=kind.procedure, kind=kind.id, subject=SUBJECT, subject_ref=number, title=title, place=place, now=now,
                is_demo=matter.is_demo or has_demo(), role=role, split_from=matter.number,
            )  # fmt: skip
            there = place.pk == matter.place_id
            part = Matter.objects.create(
                number=number, request_id=request_id, follow_digest=digest(follow_code(request_id)), flow=flow, category=category,
                title=title, text=text.strip(), channel=matter.channel, raised_from_id=matter.raised_from_id, place=place, path=place.path,
                found_by=matter.found_by if there else FoundBy.CHOSEN, address=address.strip(), lon=matter.lon if there else None,
                lat=matter.lat if there else None, raised_at=matter.raised_at, is_public=kind.public, split_from=matter, is_demo=flow.is_demo,
            )  # fmt: skip
            if (reporter := getattr(matter, "reporter", None)) is not None:
                seal_reporter(part, open_reporter(reporter))  # sealed anew, bound to the part's row; withheld stays withheld
            copy_files(kept, Attachment.objects.filter(flow=matter.flow_id, pk__in=list(files)), flow)
    except IntegrityError:
        if found := _made_before(request_id, matter, text):
            return found  # the same form twice at the same moment: the other was first
        raise
    return part


def _made_before(request_id: UUID, matter: Matter, text: str) -> Matter | None:
    """The part this request made already. Raises Used where it said something else."""
    found = Matter.objects.filter(request_id=request_id, split_from=matter).first()
    if found is not None and found.text != text.strip():
        raise Used()
    return found


def undo_split(*, by, matter: Matter, seq: int | None, reason: str, now: datetime | None = None) -> Matter:
    """Put a part back into what it was split off, as long as nobody has dealt with it. Needs «matter.join» over both."""
    whole = matter.split_from
    if whole is None:
        raise Refusal(_("It isn't a part of another matter."), code="no_part")
    require(by, "matter.join", matter)
    require(by, "matter.join", whole)
    need_reason(reason)
    roles = {m.flow_id: post_of(by, "matter.join", str(m.path)) for m in (matter, whole)}

    def make(c: Context) -> commands.Command:
        who = {"by": by.pk, "role": roles[c.flow.pk]}
        if c.flow.pk == matter.flow_id:
            return commands.SetAside(**who, what="unsplit", end="undone", kept=False, facts={"ref": whole.number})
        if not c.state.step:
            raise other_ended("reason")
        return commands.Note(**who, what="rejoined", facts={"ref": matter.number})

    with transaction.atomic(), told_plainly("reason", flow=matter.flow):
        run_together({matter.flow_id: seq, whole.flow_id: None}, make, by=by, now=now or timezone.now(), texts={"reason": reason.strip()})
        if Matter.objects.filter(main=matter).exists():
            raise Refusal(_("Others were merged into it: separate them first."), code="has_merged")
        Matter.objects.filter(pk=matter.pk).update(is_public=False, public_decided=True)
    return Matter.objects.select_related("flow", "place").get(pk=matter.pk)
