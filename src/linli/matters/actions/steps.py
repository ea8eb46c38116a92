"""Taking the steps of a matter: the engine's moves with what a matter owes besides them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from linli.charter.store import charter_of
from linli.flow.actions import reopen_flow, take_step, take_steps
from linli.frame.refusal import Refusal
from linli.frame.uploads import Document, Photo
from linli.matters.actions.flowing import told_plainly
from linli.matters.discreet import DWELLING, IDENTITY, NAME, PHONE, indiscretions
from linli.matters.files import MOST, keep_files, keeping
from linli.matters.models import Matter
from linli.matters.reporters import open_reporter

FOLLOWS = ("answered", "satisfied", "dissatisfied", "silent")
"""Outcomes after which the database writes the answer or the rating into the matter's own row."""
_SAID = {
    PHONE: _("a telephone number"),
    IDENTITY: _("an identity number"),
    DWELLING: _("a dwelling"),
    NAME: _("the name of the person who raised it"),
}


def take_matter_step(
    *,
    by,
    matter: Matter,
    seq: int | None,
    outcome: str,
    texts: Mapping[str, str] | None = None,
    photos: Iterable[Photo] = (),
    documents: Iterable[Document] = (),
    show_photos: bool = False,
    data: Mapping[str, Any] | None = None,
    now: datetime | None = None,
) -> Matter:
    """Take the present step. ``seq`` is the work as the person saw it; ``show_photos`` lets the public see the photos of this step.

    What this room adds to the engine's rules: a matter is accepted only with its category settled, and an answer that becomes public
    holds no telephone, identity number, dwelling or the reporter's name. Raises PermissionDenied, Refusal, Conflict; then nothing is stored.
    """
    now, photos, documents = now or timezone.now(), list(photos), list(documents)
    matter = Matter.objects.select_related("flow", "place").defer("place__shape").get(pk=matter.pk)
    flow = matter.flow
    _owes_nothing(matter, outcome, texts)
    with keeping() as kept, told_plainly(flow=flow):
        if photos or documents:
            with transaction.atomic():
                room_for(flow, len(photos) + len(documents))
                keep_files(kept, flow, photos, documents, by=by, step=flow.step, public=show_photos and matter.is_public, at=now)
                matter.flow = take_step(by=by, flow=flow, seq=seq, outcome=outcome, texts=texts, data=data, now=now)
        else:  # one statement, which is a transaction by itself
            matter.flow = take_step(by=by, flow=flow, seq=seq, outcome=outcome, texts=texts, data=data, now=now)
    if outcome in FOLLOWS:
        matter.refresh_from_db(fields=["answer", "answered_at", "rating"])
    return matter


def take_matter_steps(
    *, by, matters: Sequence[Matter], outcome: str, texts: Mapping[str, str] | None = None, now: datetime | None = None
) -> dict[int, Exception]:
    """As ``take_matter_step``, for many in one act. Gives, by the key of its work, each that could not be done and the exception that says why."""
    refused: dict[int, Exception] = {}
    for matter in matters:
        try:
            _owes_nothing(matter, outcome, texts)
        except Refusal as refusal:
            refused[matter.flow_id] = refusal
    flows = [m.flow_id for m in matters if m.flow_id not in refused]
    return refused | take_steps(by=by, flows=flows, outcome=outcome, texts=texts, now=now or timezone.now())


def _owes_nothing(matter: Matter, outcome: str, texts: Mapping[str, str] | None) -> None:
    step = charter_of(matter.flow.charter_id).procedures[matter.flow.procedure].steps.get(matter.flow.step)
    if step and step.action == "accept" and outcome == "accepted" and not matter.category:
        raise Refusal(_("Choose the category first: it decides who handles it and until when."), field="category", code="no_category")
    if outcome == "answered":
        check_discreet(matter, (texts or {}).get("answer", ""), "answer")


def reopen_matter(*, by, matter: Matter, seq: int | None, reason: str, now: datetime | None = None) -> None:
    """The desk takes an ended matter up again, as often and as long as the charter allows. Needs «matter.intake»."""
    with told_plainly("reason"):
        reopen_flow(by=by, flow=matter.flow_id, seq=seq, reason=reason, now=now)


def check_discreet(matter: Matter, text: str, field: str) -> None:
    """Refuse a text that would become public with personal details in it. The reporter's name is compared here and shown to nobody."""
    if not matter.is_public:
        return
    reporter = getattr(matter, "reporter", None)
    name = open_reporter(reporter).name if reporter else ""
    if found := indiscretions(text, (name,) if name else ()):
        raise Refusal(
            _("This text becomes public. Take out: %(what)s."),
            field=field,
            code="indiscreet",
            params={"what": "、".join(str(_SAID[f]) for f in found)},
        )


def room_for(flow, more: int) -> None:
    if flow.attachments.count() + more > MOST:
        raise Refusal(_("A matter holds at most %(most)s files."), field="photos", code="too_many_files", params={"most": MOST})
