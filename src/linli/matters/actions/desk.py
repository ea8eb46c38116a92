"""What the desk does with a matter besides its steps: put it right, look up who told it, decide what is public, add files."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from linli.access.readlog import look
from linli.access.scope import require
from linli.charter.store import charter_of
from linli.flow import commands
from linli.flow.actions import reclassify_flow
from linli.flow.engine import Context, run
from linli.flow.models import Attachment, Flow
from linli.frame.actlog import record_act
from linli.frame.refusal import Refusal
from linli.frame.uploads import Document, Photo
from linli.matters.actions.flowing import locked, post_of, told_plainly
from linli.matters.actions.raising import SUBJECT
from linli.matters.actions.steps import check_discreet, check_kept, room_for
from linli.matters.categories import leaf
from linli.matters.disputes import PROCEDURE
from linli.matters.disputes.parties import is_dispute
from linli.matters.disputes.rights import may_know
from linli.matters.files import keep_files, keeping
from linli.matters.models import FoundBy, Matter, Reporter
from linli.matters.reporters import ReporterInfo, open_reporter, subject_of
from linli.outbox.actions import forget_recipient
from linli.places.models import Place
from linli.places.queries import place_label


def correct_matter(
    *,
    by,
    matter: Matter,
    seq: int | None,
    reason: str,
    category: str | None = None,
    place: Place | None = None,
    title: str | None = None,
    address: str | None = None,
    now: datetime | None = None,
) -> Matter:
    """Put category, place, title or address right; what is None or unchanged stays. Needs «matter.intake», at the new place too.

    A new category has its own route and time limit from now on; a new place has its own seats, and the work moves to them.
    """
    now = now or timezone.now()
    require(by, "matter.intake", matter)
    if place is not None and place.pk != matter.place_id:
        require(by, "matter.intake", place)
    with transaction.atomic(), told_plainly("category"):
        matter = locked(matter)
        if place is not None and place.pk != matter.place_id:
            seq = _move(by, matter, place, seq, reason, now)
        if category and category != matter.category:
            seq = _reclassify(by, matter, category, seq, reason, now)
        _rename(by, matter, title, address, reason, now)
        matter.save()
    return matter


def _reclassify(by, matter: Matter, category: str, seq: int | None, reason: str, now: datetime) -> int | None:
    charter = charter_of(matter.flow.charter_id)
    kind = leaf(charter, category)
    old, new = charter.procedures[matter.flow.procedure], charter.procedures[kind.procedure]
    if old.id != new.id and matter.flow.step == old.start == new.start:
        # at the door it turns out to be work of another procedure, such as a dispute; further on it goes its way to the end
        Flow.objects.filter(pk=matter.flow_id).update(procedure=new.id)
    if matter.flow.kind != category:
        matter.flow = reclassify_flow(by=by, flow=matter.flow_id, seq=seq, kind=category, reason=reason, now=now)
        seq = matter.flow.seq
    matter.category = category
    if kind.procedure == PROCEDURE:  # whatever was decided before anybody saw that it is a dispute
        matter.is_public = matter.public_decided = False
    elif not matter.public_decided:
        matter.is_public = kind.public
    return seq


def _move(by, matter: Matter, place: Place, seq: int | None, reason: str, now: datetime) -> int:
    """The matter, its work and whoever is responsible go to the new place. Earlier seats keep their sight of it."""
    before = place_label(matter.place)
    Flow.objects.filter(pk=matter.flow_id).update(place=place, path=place.path)

    def make(c: Context) -> commands.Command:
        role = post_of(by, "matter.intake", str(place.path))
        owner = c.seats.post_of(c.state.owner) if c.state.owner else ""
        found = c.seats.seat(owner) if owner else None
        if found is None or found.seat == c.state.owner:
            return commands.Note(by=by.pk, role=role)
        return commands.Reassign(by=by.pk, role=role, seat=found, level=None)

    texts = {"reason": reason, "place": f"{before} → {place_label(place)}"}
    matter.flow = run(matter.flow_id, make, by=by, seq=seq, now=now, texts=texts)
    matter.place, matter.path, matter.found_by = place, place.path, FoundBy.CHOSEN
    return matter.flow.seq


def _rename(by, matter: Matter, title: str | None, address: str | None, reason: str, now: datetime) -> None:
    changed = {}
    for name, new in (("title", title), ("address", address)):
        if new is not None and new.strip() != getattr(matter, name):
            changed[name] = getattr(matter, name)
            setattr(matter, name, new.strip())
    if not changed:
        return
    if "title" in changed:
        Flow.objects.filter(pk=matter.flow_id).update(title=matter.title)
    texts = {"reason": reason} | {f"{name}_was": was for name, was in changed.items() if was}
    _note(by, matter, "matter.intake", texts, now)


def _note(by, matter: Matter, ability: str, texts: dict[str, str], now: datetime) -> None:
    """A line in the history by somebody whose right to it has been asked."""
    role = post_of(by, ability, str(matter.path))
    matter.flow = run(
        matter.flow_id, lambda c: commands.Note(by=by.pk, role=role), by=by, now=now, texts={k: v for k, v in texts.items() if v}
    )


def reveal_reporter(*, by, matter: Matter, purpose: str, note: str = "", now: datetime | None = None) -> ReporterInfo | None:
    """Name and telephone of whoever raised it, for a purpose of the closed list; None where nobody was told.

    The look is written down in the same transaction, before the value is opened. Needs «matter.contact»; and more where the name is
    withheld or it is a dispute (``disputes.rights.may_know``). Raises PermissionDenied, Refusal for an unknown purpose.
    """
    require(by, "matter.contact", matter)
    with transaction.atomic():
        reporter = Reporter.objects.filter(matter=matter).first()
        if reporter is None:
            return None
        if not may_know(by, matter, reporter):
            raise PermissionDenied("name withheld")
        look(
            by=by, subject=subject_of(matter), fields=["name", "phone"], purpose=purpose, note=note, path=str(matter.path),
            now=now,
        )  # fmt: skip
        return open_reporter(reporter)


def decide_public(*, by, matter: Matter, public: bool, reason: str, now: datetime | None = None) -> Matter:
    """Show a matter on the public pages, or take it off them, whatever its category says. Needs «matter.publish»."""
    require(by, "matter.publish", matter)
    if not reason.strip():
        raise Refusal(_("Say why."), field="reason", code="reason")
    with transaction.atomic():
        matter = locked(matter)
        if public and is_dispute(matter):
            raise Refusal(_("Disputes are never shown to the public."), field="public", code="dispute")
        if public and not matter.category:
            raise Refusal(_("Choose the category first."), field="public", code="no_category")
        matter.is_public, matter.public_decided = public, True
        if public and matter.answer:
            check_discreet(matter, matter.answer, "public")
        matter.save(update_fields=["is_public", "public_decided"])
        _note(by, matter, "matter.publish", {"reason": reason, "public": "yes" if public else "no"}, now or timezone.now())
    return matter


def attach(
    *, by, matter: Matter, photos: Iterable[Photo] = (), documents: Iterable[Document] = (), now: datetime | None = None
) -> list[Attachment]:
    """Add photos and documents to the present step. For those who report or handle: «matter.report» or «flow.act» on the matter."""
    photos, documents = list(photos), list(documents)
    try:
        require(by, "flow.act", matter)
    except PermissionDenied:
        require(by, "matter.report", matter)
    with keeping() as kept, transaction.atomic():
        matter = locked(matter)
        room_for(matter.flow, len(photos) + len(documents))
        return keep_files(kept, matter.flow, photos, documents, by=by, step=matter.flow.step, at=now or timezone.now())


def show_attachment(*, by, matter: Matter, attachment: Attachment, public: bool, now: datetime | None = None) -> None:
    """Let the public see one photo of a public matter, or no longer. Needs «matter.publish»."""
    require(by, "matter.publish", matter)
    if attachment.flow_id != matter.flow_id or attachment.kind != Attachment.Kind.PHOTO:
        raise Refusal(_("Only photos of this matter can be shown."), code="not_a_photo")
    with transaction.atomic():
        attachment.public = public
        attachment.save(update_fields=["public"])
        text = {"photo": attachment.name, "public": "yes" if public else "no"}
        _note(by, matter, "matter.publish", text, now or timezone.now())


def _of_the_same_person(matter: Matter) -> list[Matter]:
    """What the matter was split off, and the parts split off either, as far as somebody is still known behind them."""
    family, found = {matter.pk}, {matter.pk}
    while found:
        near = Q(split_from__in=found) | Q(parts__in=found)
        found = set(Matter.objects.filter(near).values_list("pk", flat=True)) - family
        family |= found
    rows = Matter.objects.filter(pk__in=family - {matter.pk}, reporter__isnull=False)
    return list(rows.select_related("flow", "place").order_by("pk"))


def _may_forget(by, matter: Matter, reason: str) -> None:
    """The reason goes into the history: it must not bring back what is erased."""
    reporter = Reporter.objects.filter(matter=matter).first()
    if reporter is not None and not may_know(by, matter, reporter):
        raise PermissionDenied("name withheld")
    if not reason.strip():
        raise Refusal(_("Say why."), field="reason", code="reason")
    check_kept({"reason": reason}, [matter.pk])


def erase_reporter(*, by, matter: Matter, reason: str, now: datetime | None = None) -> bool:
    """Forget who raised it, for good: on their lawful request or when the keeping time is over. The matter stays, as an anonymous one.

    ``by`` None is the job or the command line. A person needs «matter.contact» and «matter.intake»; where the name is withheld they sit
    at the intake desk. It stands in the history and the log of acts, without a word of what is gone. Returns whether there was anybody
    to forget. Raises PermissionDenied, Refusal without a reason or with a telephone number in it.
    """
    if by is not None:
        require(by, "matter.contact", matter)
        require(by, "matter.intake", matter)
        _may_forget(by, matter, reason)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("select set_config('linli.reporter_act', 'erase', true)")
        gone, _rows = Reporter.objects.filter(matter=matter).delete()
        forget_recipient(subject=SUBJECT, ref=matter.number, now=now)
        # the same person told the parts of one matter: they are sealed there, too
        for other in _of_the_same_person(matter):
            Reporter.objects.filter(matter=other).delete()
            forget_recipient(subject=SUBJECT, ref=other.number, now=now)
            if by is not None:
                _note(by, other, "matter.intake", {"reason": reason, "erased": "reporter"}, now or timezone.now())
        if gone and by is not None:
            _note(by, matter, "matter.intake", {"reason": reason, "erased": "reporter"}, now or timezone.now())
            record_act(by, "matters.reporter.erased", matter, {"number": matter.number}, now=now)
        with connection.cursor() as cursor:
            cursor.execute("select set_config('linli.reporter_act', '', true)")
    return bool(gone)
