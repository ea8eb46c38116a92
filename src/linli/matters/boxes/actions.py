"""The only writers of boxes, their rounds and slips. Permission first, one transaction, one line in the log of acts or the matter's history."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from linli.access.guard import has_demo
from linli.access.scope import require
from linli.bodies.models import Seat
from linli.charter.schema import Boxes
from linli.charter.store import NoCharter, charter_in_force
from linli.flow.engine import calendar_of
from linli.frame.actlog import record_act
from linli.frame.refusal import Conflict, Refusal, Used
from linli.frame.uploads import Photo
from linli.matters.actions import Raised, raise_matter
from linli.matters.boxes.queries import keeper_seats, next_slip
from linli.matters.boxes.schedule import due_days
from linli.matters.models import Box, Channel, Round, RoundPhoto, Slip
from linli.matters.reporters import ReporterInfo
from linli.matters.whereabouts import Position
from linli.places.models import Place

MANAGE, KEEP = "box.manage", "box.keep"
LATEST = timedelta(days=31)  # so long after the opening it can still be written down
MOST = 500  # slips of one round


def rules() -> Boxes:
    """How the charter in force has boxes kept. Raises Refusal where it has none."""
    if (boxes := charter_in_force().boxes) is None:
        raise Refusal(_("The charter in force has no opinion boxes."), code="no_boxes")
    return boxes


# --- boxes -------------------------------------------------------------------------------------------------------------------------------


def hang_box(
    *, by, number: str, name: str, place: Place, where: str, keeper: Seat, hung_on: date | None = None, is_demo: bool = False,
    now: datetime | None = None,
) -> Box:  # fmt: skip
    """A box more. It is owed its first round on the first of the charter's days after ``hung_on``. Needs «box.manage» over the place.

    Raises PermissionDenied; Refusal at the field for a number that is taken, or a seat that can't keep it.
    """
    require(by, MANAGE, place)
    rules()
    now = now or timezone.now()
    box = Box(hung_on=hung_on or timezone.localdate(now), is_demo=is_demo or has_demo())
    _fill(box, number, name, place, where, keeper)
    return _saved(by, box, "matters.box.hung", _facts(box), now)


def change_box(
    *, by, box: Box, number: str, name: str, place: Place, where: str, keeper: Seat, now: datetime | None = None
) -> Box:  # fmt: skip
    """Put a box right, or move it. Needs «box.manage» where it hung and where it is to hang. Its rounds and slips stay its own."""
    require(by, MANAGE, box)
    require(by, MANAGE, place)
    with transaction.atomic():
        box = _locked(box)
        before = _facts(box)
        _fill(box, number, name, place, where, keeper)
        after = _facts(box)
        changed = {k: [before[k], after[k]] for k in after if before[k] != after[k]}
        return _saved(by, box, "matters.box.changed", changed, now or timezone.now()) if changed else box


def retire_box(*, by, box: Box, reason: str, now: datetime | None = None) -> Box:
    """Take a box down for good. Refused while slips of it wait to be entered; a round that is owed falls away."""
    require(by, MANAGE, box)
    if not reason.strip():
        raise Refusal(_("Say why."), field="reason", code="reason")
    now = now or timezone.now()
    with transaction.atomic():
        box = _locked(box)
        if box.rounds.filter(opened_at__isnull=False, completed_at=None).exists():
            raise Refusal(_("Slips of this box wait to be entered. Enter them first."), code="open_round")
        box.rounds.filter(opened_at=None, missed=False).delete()
        box.retired_on = timezone.localdate(now)
        return _saved(by, box, "matters.box.retired", {"number": box.number, "reason": reason.strip()}, now)


def _fill(box: Box, number: str, name: str, place: Place, where: str, keeper: Seat) -> None:
    if keeper.pk not in {s.pk for s in keeper_seats(place)}:
        raise Refusal(_("Choose a post of this place that opens boxes."), field="keeper", code="keeper")
    box.number, box.name, box.place, box.path = number.strip(), name.strip(), place, str(place.path)
    box.where, box.keeper = where.strip(), keeper


def _facts(box: Box) -> dict[str, str]:
    return {
        "number": box.number, "name": box.name, "place": box.place.code, "where": box.where, "keeper": f"{box.keeper.post} {box.keeper_id}",
    }  # fmt: skip


def _saved(by, box: Box, act: str, data: dict, now: datetime) -> Box:
    try:
        with transaction.atomic():
            box.save()
            record_act(by, act, box, data, str(box.path), now=now)
    except IntegrityError:
        raise Refusal(_("There is a box with this number already."), field="number", code="number") from None
    return box


def _locked(box: Box) -> Box:
    box = Box.objects.select_for_update(of=("self",)).select_related("place", "keeper").get(pk=box.pk)
    if box.retired_on is not None:
        raise Refusal(_("This box has been taken down."), code="retired")
    return box


# --- rounds ------------------------------------------------------------------------------------------------------------------------------


def owe_rounds(now: datetime | None = None) -> int:
    """Write down which boxes are to be opened by today; a round that nobody came to before the next was owed is missed. Returns how many."""
    now = now or timezone.now()
    try:
        charter = charter_in_force()
    except NoCharter:
        return 0
    if (kept := charter.boxes) is None:
        return 0
    calendar, today, made = calendar_of(charter), timezone.localdate(now), 0
    for box in Box.objects.hanging().annotate(last=Max("rounds__due_on")):
        days = due_days(kept.days, box.last or box.hung_on, today, calendar.is_working_day)  # type: ignore[attr-defined]
        if not days:
            continue
        with transaction.atomic():
            if Box.objects.hanging().select_for_update(of=("self",)).filter(pk=box.pk).first() is None:
                continue
            box.rounds.filter(opened_at=None, missed=False).update(missed=True)
            rounds = [Round(box=box, due_on=day, missed=day != days[-1]) for day in days]
            made += len(Round.objects.bulk_create(rounds, ignore_conflicts=True))
    return made


def open_box(
    *, by, box: Box, request_id: UUID, slips: int, opened_at: datetime | None = None, second: str = "", seal: str = "", note: str = "",
    photos: Iterable[Photo] = (), now: datetime | None = None,
) -> Round:  # fmt: skip
    """A box was opened: by whom, how many slips lay in it. Needs «box.keep» over it. The same ``request_id`` again is the same round,
    and with something else said of it is refused (Used).

    It settles the latest round owed by the day it was opened, even one that counts as missed by now; where that has been kept, it is one
    more. A box without slips is complete at once. Raises PermissionDenied; Refusal at the field.
    """
    require(by, KEEP, box)
    now = now or timezone.now()
    if found := Round.objects.filter(request_id=request_id).first():
        return _the_same(found, box, slips, opened_at, second, seal, note)
    kept, opened_at = rules(), opened_at or now
    _check_opening(by, kept, opened_at, second, slips, now)
    names: list[str] = []
    try:
        with transaction.atomic():
            box = _locked(box)
            found = _owed(box, timezone.localdate(opened_at)) or Round(box=box)
            found.request_id, found.missed = request_id, False
            found.opened_at, found.opened_by, found.second = opened_at, by, second.strip()
            found.slips, found.seal, found.note = slips, seal.strip(), note.strip()
            found.enter_by = calendar_of(charter_in_force()).add(opened_at, kept.within)
            found.completed_at = None if slips else opened_at
            found.save()
            for photo in photos:
                row = RoundPhoto(round=found, mime=photo.mime)
                row.file.save(f"{uuid.uuid4().hex}.jpg", ContentFile(photo.bytes), save=False)
                names.append(str(row.file.name))
                row.save()
            record_act(by, "matters.box.opened", box, {"number": box.number, "slips": slips, "due": found.due_on}, str(box.path), now=now)
    except BaseException as error:
        for name in names:
            RoundPhoto._meta.get_field("file").storage.delete(name)  # type: ignore[union-attr]
        if isinstance(error, IntegrityError) and (again := Round.objects.filter(request_id=request_id).first()):
            return _the_same(again, box, slips, opened_at, second, seal, note)  # the same form twice at the same moment
        raise
    return found


def _the_same(found: Round, box: Box, slips: int, opened_at: datetime | None, second: str, seal: str, note: str) -> Round:
    """The round written down before, if the same is said of it again. Raises Used."""
    said = (box.pk, slips, opened_at or found.opened_at, second.strip(), seal.strip(), note.strip())
    if said != (found.box_id, found.slips, found.opened_at, found.second, found.seal, found.note):
        raise Used()
    return found


def _check_opening(by, kept: Boxes, opened_at: datetime, second: str, slips: int, now: datetime) -> None:
    if not now - LATEST <= opened_at <= now + timedelta(minutes=5):
        raise Refusal(_("The opening lies in the future, or more than a month back."), field="opened_at", code="opened_at")
    if kept.persons > 1 and len(second.strip()) < 2:
        raise Refusal(
            _("Boxes are opened by %(n)s people: write who else was there."), field="second", code="second", params={"n": kept.persons}
        )
    if "".join(second.split()) == "".join(by.get_full_name().split()):
        raise Refusal(_("That is you. Who else was there?"), field="second", code="second")
    if not 0 <= slips <= MOST:
        raise Refusal(_("Between 0 and %(most)s."), field="slips", code="slips", params={"most": MOST})


def _owed(box: Box, day: date) -> Round | None:
    """The latest round owed by that day, if nobody has opened it yet."""
    last = box.rounds.filter(due_on__lte=day).order_by("-due_on").first()
    return last if last is not None and last.opened_at is None else None


def correct_slips(*, by, round_: Round, slips: int, now: datetime | None = None) -> Round:
    """Another number of slips than was counted at the box; never fewer than are entered already, nor more once the box is taken down:
    nobody is reminded of a slip that would wait there."""
    require(by, KEEP, round_.box)
    now = now or timezone.now()
    with transaction.atomic():
        found = _open_round(round_)
        entered = found.entries.count()
        if found.box.retired_on is not None and slips > entered:
            raise Refusal(_("This box has been taken down."), field="slips", code="retired")
        if not entered <= slips <= MOST:
            raise Refusal(_("%(n)s are entered already."), field="slips", code="slips", params={"n": entered})
        if slips != found.slips:
            record_act(
                by, "matters.box.recounted", found.box, {"slips": [found.slips, slips], "due": found.due_on}, str(found.box.path), now=now
            )
            found.slips = slips
            found.completed_at = now if entered == slips else None
            found.save(update_fields=["slips", "completed_at"])
    return found


def _open_round(round_: Round) -> Round:
    """The round as it is now, held until the transaction ends. Raises Refusal where nobody has opened the box yet."""
    found = Round.objects.select_for_update(of=("self",)).select_related("box__place", "box__keeper").get(pk=round_.pk)
    if found.opened_at is None:
        raise Refusal(_("Write down first that the box was opened."), code="not_opened")
    return found


def enter_slip(
    *, by, round_: Round, request_id: UUID, text: str, category: str = "", title: str = "", place: Place | None = None,
    position: Position | None = None, address: str = "", photos: Iterable[Photo] = (), reporter: ReporterInfo | None = None,
    now: datetime | None = None,
) -> Raised:  # fmt: skip
    """A slip becomes a matter, anonymous unless it says who wrote it. Needs «box.keep» over the box. The place is the box's where none is told.

    The same ``request_id`` again is the same slip. Raises PermissionDenied, Refusal: every slip of the round is entered already.
    """
    require(by, KEEP, round_.box)
    now = now or timezone.now()
    with transaction.atomic():
        found = _open_round(round_)
        if (slip := Slip.objects.filter(matter__request_id=request_id).first()) and slip.round_id != found.pk:
            raise PermissionDenied("another round's")
        number = 0 if slip else _next(found)
        raised = raise_matter(
            by=by, request_id=request_id, channel=Channel.BOX, text=text, category=category, title=title, place=place or found.box.place,
            position=position, address=address, photos=photos, reporter=reporter, now=now, is_demo=found.box.is_demo,
        )  # fmt: skip
        if slip is None:
            if raised.again:
                raise PermissionDenied("not a slip")
            Slip.objects.create(round=found, number=number, matter=raised.matter, at=now, by=by)
            _complete(found, now)
    return raised


def set_aside(*, by, round_: Round, aside: str, note: str = "", slip: int | None = None, now: datetime | None = None) -> Slip:
    """A slip from which nothing can be made: empty, unreadable, not for us. Needs «box.keep» over the box.

    ``slip``: the number of the one it is said of; Conflict where that isn't the next any more, so that a retry loses none. Raises Refusal besides.
    """
    require(by, KEEP, round_.box)
    if aside not in Slip.Aside.values:
        raise Refusal(_("Say why it is set aside."), field="aside", code="aside")
    now = now or timezone.now()
    with transaction.atomic():
        found = _open_round(round_)
        if slip is not None and slip != next_slip(found):
            raise Conflict(_("Somebody else was quicker. See what changed, then decide again."), code="not_next")
        row = Slip.objects.create(round=found, number=_next(found), aside=aside, note=note.strip(), at=now, by=by)
        record_act(by, "matters.box.slip_aside", found.box, _said(row), str(found.box.path), now=now)
        _complete(found, now)
    return row


def take_up_slip(*, by, round_: Round, number: int, now: datetime | None = None) -> None:
    """A slip was set aside by mistake: it waits to be entered again, under its number. Needs «box.keep» over the box.

    Not once the box is taken down: nobody is reminded of a slip that would wait there. Raises PermissionDenied, Refusal.
    """
    require(by, KEEP, round_.box)
    now = now or timezone.now()
    with transaction.atomic():
        found = _open_round(round_)
        if found.box.retired_on is not None:
            raise Refusal(_("This box has been taken down."), code="retired")
        slip = found.entries.filter(number=number, matter=None).first()
        if slip is None:
            raise Refusal(_("This slip is not set aside any more. Look at the round as it is now."), code="not_aside")
        record_act(by, "matters.box.slip_taken_up", found.box, _said(slip), str(found.box.path), now=now)
        slip.delete()
        found.completed_at = None
        found.save(update_fields=["completed_at"])


def _said(slip: Slip) -> dict[str, object]:
    return {"slip": slip.number, "aside": slip.aside, "due": slip.round.due_on}


def _next(round_: Round) -> int:
    if (number := next_slip(round_)) is None:
        raise Refusal(
            _("Every slip of this round is entered. If there was one more, correct the number of slips first."), code="all_entered"
        )
    return number


def _complete(round_: Round, now: datetime) -> None:
    if round_.entries.count() == round_.slips:
        round_.completed_at = now
        round_.save(update_fields=["completed_at"])
