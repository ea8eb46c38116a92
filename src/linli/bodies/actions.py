"""Who sits where is changed here and nowhere else: appointing, releasing, handing over. Open work stays with its seat."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from linli.bodies.acting import refresh_acting
from linli.bodies.furnish import furnish
from linli.bodies.guard import require, scope_of
from linli.bodies.models import Duty, Holding, Seat
from linli.bodies.work import open_work
from linli.charter.schema import CONFIDED, Post
from linli.charter.store import charter_in_force
from linli.frame.actlog import record_act
from linli.frame.refusal import Conflict, Refusal

__all__ = ["appoint", "furnish", "hand_over", "may_fill", "refresh_acting", "release", "vacate"]

_GRACE = timedelta(minutes=5)  # between filling in the form and sending it


def may_fill(by, seat: Seat) -> bool:
    """Whether ``by`` may appoint to ``seat``: within their area, and only to a post that can nothing they can't do there themselves."""
    try:
        _require_fill(by, seat)
    except PermissionDenied:
        return False
    return True


def appoint(
    *,
    by,
    seat: Seat,
    user,
    duty: str = Duty.A,
    since: datetime | None = None,
    until: datetime | None = None,
    note: str = "",
    now: datetime | None = None,
) -> Holding:
    """Give ``seat`` to ``user`` from ``since`` (now) until ``until`` (open). ``by`` None is the command line.

    Raises PermissionDenied outside one's area or above one's own abilities; Refusal where the account is closed, the period is
    impossible, the person sits there already, or all places of the seat are taken.
    """
    now = now or timezone.now()
    _require_fill(by, seat, user)
    with transaction.atomic():
        seat = _locked(seat)
        holding = _give(by, seat, user, duty, since or now, until, note, now)
        refresh_acting([seat], now)
        record_act(by, "bodies.holding.given", seat, _told(holding), str(seat.path), now=now)
    _forget(user)
    return holding


def release(*, by, holding: Holding, when: datetime | None = None, note: str = "", now: datetime | None = None) -> Holding:
    """End ``holding`` at ``when`` (now). Access ends with it; who holds nothing any more is signed out everywhere.

    Raises PermissionDenied; Refusal where it has ended already or ``when`` is before now.
    """
    now = now or timezone.now()
    require(by, "post.assign", holding.seat) if by is not None else None
    with transaction.atomic():
        seat = _locked(holding.seat)
        holding = _end(by, holding, when or now, note, now)
        refresh_acting([seat], now)
        record_act(by, "bodies.holding.ended", seat, _told(holding), str(seat.path), now=now)
        sign_out_leavers([holding.user_id], now)
    _forget(holding.user)
    return holding


def hand_over(
    *, by, holding: Holding, to_user, duty: str = "", when: datetime | None = None, note: str = "", now: datetime | None = None
) -> Holding:
    """End ``holding`` and give its seat to ``to_user`` at the same instant, in one transaction. Returns the new holding.

    The seat's open work stays with the seat: nothing is moved, and the new holder finds all of it. Two people handing over the same
    holding at once: one succeeds, the other gets the Conflict that it has ended.
    """
    now = now or timezone.now()
    _require_fill(by, holding.seat, to_user)
    with transaction.atomic():
        seat = _locked(holding.seat)
        at = when or now
        old = _end(by, holding, at, note, now)
        new = _give(by, seat, to_user, duty or old.duty, at, None, note, now)
        refresh_acting([seat], now)
        told = {"from": old.user_id, "to": new.user_id, "at": at, "note": note}
        counted = open_work([seat.pk]).get(seat.pk)
        if counted:
            told["open"] = counted.open
        record_act(by, "bodies.holding.handed_over", seat, told, str(seat.path), now=now)
        sign_out_leavers([old.user_id], now)
    _forget(old.user)
    _forget(to_user)
    return new


def vacate(*, by, seats: Iterable[Seat], when: datetime, note: str = "", now: datetime | None = None) -> int:
    """Everybody leaves ``seats`` at ``when``: the place they were held over is no more. Returns how many holdings ended.

    Asks nobody: whoever may end the place may do this, and the place's own act stands in the log beside each holding's.
    """
    now = now or timezone.now()
    with transaction.atomic():
        staying = Q(until=None) | Q(until__gt=max(when, now))
        holdings = list(Holding.objects.filter(staying, seat__in=[s.pk for s in seats]).select_related("seat", "user").order_by("pk"))
        for seen in holdings:
            seat = _locked(seen.seat)
            holding = _end(by, seen, max(when, now), note, now)
            record_act(by, "bodies.holding.ended", seat, _told(holding), str(seat.path), now=now)
        refresh_acting([h.seat for h in holdings], now)
        sign_out_leavers({h.user_id for h in holdings}, now)
    for holding in holdings:
        _forget(holding.user)
    return len(holdings)


def sign_out_leavers(users: Iterable[int], now: datetime | None = None) -> int:
    """End every session of those among ``users`` who hold no post now. Returns how many sessions."""
    from allauth.usersessions.models import UserSession
    from django.contrib.sessions.models import Session

    holding = set(Holding.objects.current(now).filter(user__in=list(users)).values_list("user", flat=True))
    gone = UserSession.objects.filter(user__in=[u for u in users if u not in holding])
    keys = list(gone.values_list("session_key", flat=True))
    if keys:
        Session.objects.filter(session_key__in=keys).delete()
        gone.delete()
    return len(keys)


# ------------------------------------------------------------------------------------------------------------------ inside


def _require_fill(by, seat: Seat, user=None) -> None:
    if by is None:
        return
    require(by, "post.assign", seat)
    scope, post = scope_of(by), _post(seat)
    lacking = {ability for ability in post.abilities if not scope.covers(ability, str(seat.path))}
    if lacking - CONFIDED:
        raise PermissionDenied(_("Only somebody who may do everything this post may do can appoint to it."))
    if lacking and user == by:
        raise PermissionDenied(_("Nobody appoints themselves to a post that reads residents' data."))


def _post(seat: Seat) -> Post:
    post = charter_in_force().posts.get(seat.post)
    if post is None:
        raise Refusal(_("The charter in force no longer has this post."))
    return post


def _locked(seat: Seat) -> Seat:
    """Whoever changes a seat's holders holds its row: the number of holders is counted by one at a time."""
    return Seat.objects.select_for_update(of=("self",)).select_related("place", "body").get(pk=seat.pk)


def _give(by, seat: Seat, user, duty: str, since: datetime, until: datetime | None, note: str, now: datetime) -> Holding:
    if duty not in Duty.values:
        raise Refusal(_("Choose A or B."), field="duty")
    if not user.is_active:
        raise Refusal(_("This account is closed."), field="user")
    if by is not None and since < now - _GRACE:
        raise Refusal(_("A post can't be given for time that has passed."), field="since")
    if until is not None and until <= since:
        raise Refusal(_("The end comes before the beginning."), field="until")
    same = [h for h in seat.holdings.filter(user=user) if _overlap(h.since, h.until, since, until)]
    if same:
        raise Refusal(_already(user, same[0]), field="user")
    most = _post(seat).seats[1]
    others = [(h.since, h.until) for h in seat.holdings.all() if _overlap(h.since, h.until, since, until)]
    if most_at_once([*others, (since, until)]) > most:
        raise Refusal(
            _("All %(most)d places of this post are taken in that time. Release somebody first, or hand over."),
            code="full",
            params={"most": most},
        )
    with _said_plainly(user):
        return Holding.objects.create(seat=seat, user=user, duty=duty, since=since, until=until, given_by=by, note=note[:200])


def _end(by, seen: Holding, when: datetime, note: str, now: datetime) -> Holding:
    """``seen`` is the holding as the caller read it: whoever changed it meanwhile was first."""
    holding = Holding.objects.select_for_update(of=("self",)).select_related("user", "seat").get(pk=seen.pk)
    if holding.until != seen.until or (holding.until is not None and holding.until <= now):
        raise Conflict(_("This holding was changed or has ended already; somebody else was first."), code="ended")
    if by is not None and when < now - _GRACE:
        raise Refusal(_("A post can't be left in time that has passed."), field="when")
    if holding.until is not None and when > holding.until:
        raise Refusal(_("It ends before that anyway."), field="when")
    holding.until = max(when, holding.since)
    holding.ended_by = by
    if note:
        holding.note = note[:200]
    holding.save(update_fields=["until", "ended_by", "note"])
    return holding


def most_at_once(periods: Iterable[tuple[datetime, datetime | None]]) -> int:
    """The most of the half-open ``periods`` (None: open) that hold at one instant."""
    turns = []
    for since, until in periods:
        if until is None or until > since:
            turns.append((since, 1))
            if until is not None:
                turns.append((until, -1))
    best = now = 0
    for _at, change in sorted(turns):  # an end sorts before a beginning of the same instant
        now += change
        best = max(best, now)
    return best


def _overlap(a: datetime, a_end: datetime | None, b: datetime, b_end: datetime | None) -> bool:
    if a_end is not None and a_end <= a:
        return False
    return (a_end is None or b < a_end) and (b_end is None or a < b_end)


def _already(user, holding: Holding) -> str:
    since = date_format(timezone.localtime(holding.since), "Y-m-d")
    if holding.until is None:
        return _("%(name)s holds this post already, since %(since)s.") % {"name": user.name, "since": since}
    until = date_format(timezone.localtime(holding.until), "Y-m-d")
    return _("%(name)s holds this post already, from %(since)s to %(until)s.") % {"name": user.name, "since": since, "until": until}


@contextmanager
def _said_plainly(user):
    """The database has the last word on overlaps; its word is passed on as ours."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if "holding_once" not in str(error):
            raise
        raise Refusal(_("%(name)s holds this post already in that time.") % {"name": user.name}, field="user") from None


def _told(holding: Holding) -> dict:
    return {
        "holding": holding.pk,
        "user": holding.user_id,
        "duty": holding.duty,
        "since": holding.since,
        "until": holding.until,
        "note": holding.note,
    }


def _forget(user) -> None:
    """The scope kept on this user object is old now."""
    user.__dict__.pop("_linli_scope", None)
