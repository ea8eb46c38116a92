"""Following a matter instead of raising it again: one tap on the public page, or the desk's note that somebody told the same."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from linli.access.scope import require
from linli.flow import commands
from linli.flow.engine import run
from linli.frame.refusal import Refusal, Used
from linli.matters.actions.flowing import locked, post_of
from linli.matters.actions.steps import check_kept
from linli.matters.codes import FOLLOWER, digest, follow_code
from linli.matters.models import Follower, Matter


def follow_matter(*, matter: Matter, request_id: UUID, now: datetime | None = None) -> str:
    """Somebody follows a public matter. Returns their code; the same request again gives the same. Nothing about them is kept.

    Raises Refusal where the matter is not public or its work is over: there is nothing to follow then.
    """
    now = now or timezone.now()
    with transaction.atomic():
        matter = locked(matter)
        if not matter.is_public or matter.flow.end:
            raise Refusal(_("This matter can't be followed any more."), code="not_followed")
        return _followed(matter, request_id, now, voice=False)


def add_voice(*, by, matter: Matter, request_id: UUID, text: str, now: datetime | None = None) -> str:
    """Somebody else told the desk the same: noted in the history, without their person, and they get a code to follow it with.

    Needs «matter.intake». Raises PermissionDenied; Refusal where the work is over, or where the text holds a person or a dwelling;
    Used where the request said something else before.
    """
    now = now or timezone.now()
    require(by, "matter.intake", matter)
    check_kept({"text": text}, [matter.pk])
    with transaction.atomic():
        matter = locked(matter)
        if matter.flow.end:
            raise Refusal(_("This has ended. Raise it anew."), field="text", code="ended")
        if Follower.objects.filter(request_id=request_id).exists():
            if not matter.flow.events.filter(texts__voice=text.strip()).exists():
                raise Used()
        else:
            role = post_of(by, "matter.intake", str(matter.path))
            run(matter.flow_id, lambda c: commands.Note(by=by.pk, role=role), by=by, now=now, texts={"voice": text.strip()})
        return _followed(matter, request_id, now, voice=True)


def _followed(matter: Matter, request_id: UUID, now: datetime, *, voice: bool) -> str:
    code = follow_code(request_id, FOLLOWER)
    told = {"matter": matter, "follow_digest": digest(code), "since": timezone.localdate(now), "voice": voice}
    kept, _made = Follower.objects.get_or_create(request_id=request_id, defaults=told)
    if kept.matter_id != matter.pk:
        raise Used()
    return code


def stop_following(*, follower: Follower) -> None:
    """The holder of the code no longer follows: nothing is left of it."""
    follower.delete()
