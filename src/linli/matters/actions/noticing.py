"""通报: the notice of a month is computed from the ladder's last rung, signed by somebody who supervises, put right or withdrawn with a reason."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from linli.access.scope import require
from linli.frame.actlog import record_act
from linli.frame.refusal import Refusal
from linli.matters.actions.flowing import post_of
from linli.matters.actions.steps import check_kept
from linli.matters.models import Notice
from linli.matters.notices import lines_of, month_after
from linli.places.models import Place


def sign_notice(*, by, place: Place, month: date, remark: str = "", reason: str = "", now: datetime | None = None) -> Notice:
    """Sign the notice of an area for a month that is over, with whom it names as that stands now. Needs «flow.supervise» over the place.

    Where one is in force the new one puts it right and owes a ``reason``. Both stay: they hold no personal details. Raises PermissionDenied, Refusal.
    """
    require(by, "flow.supervise", place)
    check_kept({"remark": remark})
    now, month = now or timezone.now(), month.replace(day=1)
    if timezone.localdate(now) < month_after(month):
        raise Refusal(_("The month is not over yet."), code="month")
    with transaction.atomic():
        Place.objects.select_for_update().get(pk=place.pk)  # two who sign at once do it one after the other
        lines = lines_of(place, month)
        last = Notice.objects.filter(place=place, month=month).order_by("-edition").first()
        if last is not None and last.state == Notice.State.SIGNED:
            _close(last, by, Notice.State.REPLACED, reason, now)
        elif not lines:
            raise Refusal(_("There is nobody to name."), code="nobody")
        notice = Notice.objects.create(
            place=place, month=month, edition=last.edition + 1 if last else 1, lines=lines, remark=remark.strip(), signed_at=now, signed_by=by,
            signed_as=post_of(by, "flow.supervise", str(place.path)),
        )  # fmt: skip
        record_act(by, "matters.notice.signed", notice, {"place": place.code, "month": f"{month:%Y-%m}"}, path=str(place.path), now=now)
    return notice


def withdraw_notice(*, by, notice: Notice, reason: str, now: datetime | None = None) -> Notice:
    """Take a notice back, with the reason. Needs «flow.supervise» over its place. Raises PermissionDenied, Refusal."""
    require(by, "flow.supervise", notice.place)
    now = now or timezone.now()
    with transaction.atomic():
        kept = Notice.objects.select_for_update(of=("self",)).select_related("place").get(pk=notice.pk)
        if kept.state != Notice.State.SIGNED:
            raise Refusal(_("This notice is not in force any more."), code="not_in_force")
        _close(kept, by, Notice.State.WITHDRAWN, reason, now)
        data = {"place": kept.place.code, "month": f"{kept.month:%Y-%m}"}
        record_act(by, "matters.notice.withdrawn", kept, data, path=str(kept.place.path), now=now)
    return kept


def _close(notice: Notice, by, state: str, reason: str, now: datetime) -> None:
    if not reason.strip():
        raise Refusal(_("Say why."), field="reason", code="reason")
    check_kept({"reason": reason})
    notice.state, notice.reason, notice.closed_at, notice.closed_by = state, reason.strip(), now, by
    notice.save(update_fields=["state", "reason", "closed_at", "closed_by"])
