"""What the person who raised it does, with nothing but their code; and what the desk tells them. The page has checked the code."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID, uuid4

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from linli.access.scope import require
from linli.flow.actions import reopen_as_reporter, take_as_reporter, withdraw_as_reporter
from linli.flow.words import REFUSALS
from linli.frame.refusal import Refusal, Used
from linli.frame.uploads import Photo
from linli.matters.actions.flowing import locked, told_plainly
from linli.matters.actions.joining import rate_merged, separate_all, separate_by_reporter
from linli.matters.actions.steps import room_for
from linli.matters.disputes.parties import check_texts, is_bound
from linli.matters.files import keep_files, keeping
from linli.matters.models import Matter, Word
from linli.matters.reporter_acts import goes_on, is_asked, reporter_acts

WORDS = 60
"""Messages one matter can gather from its reporter."""
BOUND_TOO = _(
    "You have come to an agreement, which binds all sides: it can't be withdrawn any more. Where you want to change it, or the others don't "
    "keep it, write a message here or tell the mediator."
)


def add_word(
    *, by=None, matter: Matter, text: str, photos: Iterable[Photo] = (), request_id: UUID | None = None, now: datetime | None = None
) -> Word:
    """A message: of the reporter (``by`` None), or of the desk or whoever handles it now to the reporter («flow.act» or «matter.intake»).

    The same ``request_id`` again is the same message; Used if it says something else. Raises Refusal when the matter has ended and the reporter adds to it.
    """
    photos, now, request_id = list(photos), now or timezone.now(), request_id or uuid4()
    if by is not None:
        _may_tell(by, matter)
    with keeping() as kept, transaction.atomic():
        matter = locked(matter)
        if found := Word.objects.filter(request_id=request_id, matter=matter).first():
            if found.text != text.strip():
                raise Used()
            return found
        if by is not None:
            check_texts(matter, {"text": text})
        if by is None and matter.flow.end and not goes_on(matter):
            raise Refusal(_("The matter has ended. Reopen it, or raise a new one."), field="text", code="ended")
        if by is None and matter.words.filter(from_reporter=True).count() >= WORDS:
            raise Refusal(_("There are too many messages on this matter. Ring the community."), field="text", code="too_many_words")
        room_for(matter.flow, len(photos))
        keep_files(kept, matter.flow, photos, by=by, step=matter.flow.step, at=now)
        return Word.objects.create(matter=matter, at=now, from_reporter=by is None, by=by, text=text.strip(), request_id=request_id)


def _may_tell(by, matter: Matter) -> None:
    try:
        require(by, "flow.act", matter, at_work=True)
    except PermissionDenied:
        require(by, "matter.intake", matter)


def rate_matter(*, matter: Matter, rating: str, reason: str = "", now: datetime | None = None) -> None:
    """The reporter's rating: ``satisfied``, or ``dissatisfied`` with the reason, which takes it up again once. The same rating again is none.

    Raises Refusal where it isn't their turn.
    """
    if matter.main_id:
        if "rate" not in reporter_acts(matter, now):
            raise Refusal(str(REFUSALS["not_reporters_turn"]), field="rating", code="not_reporters_turn")
        rate_merged(matter=matter, rating=rating, reason=reason, now=now)
        if reason.strip():
            Word.objects.create(matter=matter, at=now or timezone.now(), from_reporter=True, text=reason.strip())
        return
    with transaction.atomic(), told_plainly("rating"):
        matter = locked(matter)
        take_as_reporter(flow=matter.flow_id, seq=None, outcome=rating, texts={"reason": reason}, now=now)
        if reason.strip():
            Word.objects.create(matter=matter, at=now or timezone.now(), from_reporter=True, text=reason.strip())


def withdraw_matter(*, matter: Matter, reason: str = "", now: datetime | None = None) -> None:
    """The reporter takes it back. What others told and was merged into it goes on by itself. Raises Refusal where it has ended or
    been answered, and of a dispute once there is an agreement: that binds them too."""
    with transaction.atomic(), told_plainly("reason"):
        held = locked(matter)
        if is_bound(held):
            raise Refusal(BOUND_TOO, field="reason", code="bound")
        if not held.main_id and is_asked(held):
            raise Refusal(_("It was done and answered: say how, instead of taking it back."), field="reason", code="answered")
        if matter.main_id:
            separate_by_reporter(matter=matter, reason=reason, now=now)
        separate_all(matter=matter, now=now or timezone.now())
        withdraw_as_reporter(flow=matter.flow_id, seq=None, reason=reason, now=now)


def reopen_by_reporter(*, matter: Matter, reason: str, now: datetime | None = None) -> None:
    """It came back, or was never done: taken up again, as often and as long as the charter allows; merged, by itself. Raises Refusal."""
    if matter.main_id:
        if "reopen" not in reporter_acts(matter, now):
            raise Refusal(str(REFUSALS["not_reporters_turn"]), field="reason", code="not_reporters_turn")
        separate_by_reporter(matter=matter, reason=reason, now=now)
        return
    with transaction.atomic(), told_plainly("reason"):
        matter = locked(matter)
        reopen_as_reporter(flow=matter.flow_id, seq=None, reason=reason, now=now)
        Word.objects.create(matter=matter, at=now or timezone.now(), from_reporter=True, text=reason.strip())
