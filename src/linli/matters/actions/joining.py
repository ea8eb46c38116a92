"""Merging matters about the same thing 并案, and separating them again.

The merged one stops: no deadline, nothing to do, its page points to the main one. Its reporter keeps their code and follows the main one
with it. Separated again it goes on where it stood; its deadlines move by the time it lay merged, for that time was nobody's here.
"""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from linli.access.scope import require
from linli.flow import commands
from linli.flow.actions import REPORTER
from linli.flow.engine import Context, run, run_together
from linli.frame.refusal import Refusal
from linli.matters.actions.flowing import other_ended, post_of, told_plainly
from linli.matters.actions.steps import refuse_indiscreet
from linli.matters.joined import may_merge
from linli.matters.models import Matter


def merge_matter(
    *, by, matter: Matter, main: Matter, seq: int | None, main_seq: int | None = None, reason: str, now: datetime | None = None
) -> Matter:
    """Merge ``matter`` into ``main``: both under way, about the same thing, handled alike. Those merged into it before come along.

    Needs «matter.join» over both. Raises PermissionDenied, Refusal, Conflict; then nothing is stored.
    """
    now = now or timezone.now()
    require(by, "matter.join", matter)
    require(by, "matter.join", main)
    need_reason(reason)
    if main.pk == matter.pk:
        raise Refusal(_("This is the same matter."), field="other", code="same_matter")
    if not may_merge(matter, main):
        raise Refusal(_("That one is handled in another way: link the two instead."), field="other", code="other_procedure")
    roles = {m.flow_id: post_of(by, "matter.join", str(m.path)) for m in (matter, main)}

    def make(c: Context) -> commands.Command:
        if c.flow.pk == matter.flow_id:
            return commands.SetAside(by=by.pk, role=roles[c.flow.pk], what="merged", end="merged", facts={"ref": main.number})
        if not c.state.step:
            raise other_ended("other")
        return commands.Note(by=by.pk, role=roles[c.flow.pk], what="absorbed", facts={"ref": matter.number})

    seen = {matter.flow_id: seq, main.flow_id: main_seq}
    with transaction.atomic(), told_plainly("other", flow=matter.flow):
        run_together(seen, make, by=by, now=now, texts={"reason": reason.strip()})
        # whoever merges holds both pieces of work from here on: nobody else moves these rows
        main.refresh_from_db()
        if main.answer:
            refuse_indiscreet(main.answer, [matter.pk, main.pk], "other")
        Matter.objects.filter(main=matter).update(main=main)
        Matter.objects.filter(pk=matter.pk).update(main=main, merged_into=main, answer=main.answer, answered_at=main.answered_at, rating="")
    return Matter.objects.select_related("flow", "place").get(pk=matter.pk)


def separate_matter(*, by, matter: Matter, seq: int | None, reason: str, now: datetime | None = None) -> Matter:
    """Undo a merging, as long as the main one is under way. Needs «matter.join» over the merged one."""
    require(by, "matter.join", matter)
    need_reason(reason)
    role = post_of(by, "matter.join", str(matter.path))
    return _separate(matter, seq, reason, now or timezone.now(), by=by, role=role, late=False)


def separate_by_reporter(*, matter: Matter, reason: str, now: datetime | None = None) -> Matter:
    """The answer to the main one doesn't do for whoever raised this one: it goes on by itself. The caller has checked that this is them."""
    return _separate(matter, None, reason, now or timezone.now(), role=REPORTER, late=True)


def separate_all(*, matter: Matter, now: datetime) -> None:
    """Whoever raised the main one takes it back: what others told goes on by itself."""
    for merged in Matter.objects.filter(merged_into=matter).select_related("flow", "main").order_by("pk"):
        _separate(merged, None, "", now, role="system", late=True)


def _separate(matter: Matter, seq: int | None, reason: str, now: datetime, *, by=None, role: str, late: bool) -> Matter:
    main = matter.main
    if main is None:
        raise Refusal(_("It isn't merged into another matter."), code="not_merged")

    def make(c: Context) -> commands.Command:
        who = by.pk if by else None
        if c.flow.pk == matter.flow_id:
            return commands.TakeBack(by=who, role=role, what="unmerged", facts={"ref": main.number})
        if not c.state.step and not late:
            raise other_ended("reason")
        return commands.Note(by=who, role=role, what="released", facts={"ref": matter.number})

    with transaction.atomic(), told_plainly("reason", flow=matter.flow):
        texts = {"reason": reason.strip()} if reason.strip() else None
        run_together({matter.flow_id: seq, main.flow_id: None}, make, by=by, now=now, texts=texts)
        answer, answered_at, rating = _said_before(matter)
        Matter.objects.filter(pk=matter.pk).update(main=None, merged_into=None, answer=answer, answered_at=answered_at, rating=rating)
        with connection.cursor() as cursor:
            cursor.execute(_TAKE_ALONG, [matter.pk, matter.pk])
    return Matter.objects.select_related("flow", "place").get(pk=matter.pk)


# those that were merged into it before it was merged itself stay with it
_TAKE_ALONG = """
with recursive below as (
  select id from matters_matter where merged_into_id = %s
  union select m.id from matters_matter m join below b on m.merged_into_id = b.id
) update matters_matter set main_id = %s where id in (select id from below)
"""


def _said_before(matter: Matter) -> tuple[str, datetime | None, str]:
    """Answer and rating of its own, from before it was merged: what its history says."""
    lines = list(matter.flow.events.filter(kind="taken", outcome__in=("answered", *_RATINGS)).order_by("-seq"))
    answered = next((e for e in lines if e.outcome == "answered"), None)
    answer = (answered.texts or {}).get("answer", "") if answered else ""
    rating = _RATINGS.get(lines[0].outcome, "") if lines else ""  # one from before the answer was of another
    return answer, answered.at if answered and answer else None, rating


_RATINGS = {"satisfied": "satisfied", "dissatisfied": "dissatisfied", "explained": "dissatisfied", "silent": "silent"}
"""What the person's row says of a rating, by the outcome in the history."""


def rate_merged(*, matter: Matter, rating: str, reason: str = "", now: datetime | None = None) -> None:
    """The rating of somebody whose matter was merged, of the answer to the main one. Not satisfied, theirs is taken up by itself."""
    if rating != "satisfied":
        need_reason(reason)
        separate_by_reporter(matter=matter, reason=reason, now=now)
        return
    number = matter.main.number if matter.main else ""
    with transaction.atomic(), told_plainly("rating"):
        run(
            matter.flow_id,
            lambda c: commands.Note(role=REPORTER, what="rated_with", outcome="satisfied", facts={"ref": number}),
            now=now,
        )
        Matter.objects.filter(pk=matter.pk, main__isnull=False).update(rating="satisfied")


def need_reason(reason: str) -> None:
    if not reason.strip():
        raise Refusal(_("Say why."), field="reason", code="reason")
