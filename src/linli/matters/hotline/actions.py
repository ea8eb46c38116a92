"""Work orders of the hotline: taken in as matters, each once, and answered back as soon as there is an answer, or the matter has ended."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linli.access.scope import require
from linli.charter.schema import Charter
from linli.charter.store import charter_in_force
from linli.frame import jobs
from linli.frame.actlog import record_act
from linli.frame.models import Job
from linli.frame.refusal import Refusal
from linli.kit import crypto
from linli.kit.discreet import plain_phone
from linli.matters.actions import raise_matter
from linli.matters.hotline.sheet import COLUMNS, Fault, Order, Sheet, orders_of, rows_of
from linli.matters.models import Channel, OrderFile, WorkOrder
from linli.matters.reporters import ReporterInfo
from linli.matters.whereabouts import Nowhere, locate
from linli.places.codes import short_name
from linli.places.models import Level, Place

NEW, KNOWN, WRONG = "new", "known", "wrong"
WORK = "matters.hotline"
KEPT = timedelta(days=1)
_ANSWERED = ("matter__flow", "matter__main__flow")  # what an answer is made of
ROW_SAYS = {
    "missing": gettext_lazy("is empty or too short"),
    "digits": gettext_lazy("lost its last digits in the spreadsheet: format the column as text and fetch the file anew"),
    "phone": gettext_lazy("is no telephone number: mend it, or leave it empty"),
    "moment": gettext_lazy("is no date"),
    "future": gettext_lazy("lies in the future"),
    "twice": gettext_lazy("stands in the file twice"),
    "long": gettext_lazy("is too long"),
}
STATES = [
    ("", gettext_lazy("all")), ("open", gettext_lazy("under way")), ("late", gettext_lazy("late by the hotline's deadline")),
    ("answer", gettext_lazy("to answer back")), ("told", gettext_lazy("answered back")),
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a row: new (with the matter's number), known already, or wrong: why, and in which field of ``sheet.COLUMNS``."""

    row: int
    order: str
    state: str
    number: str = ""
    why: str = ""
    field: str = ""


def keep_orders(*, by, name: str, sheet: Sheet, place: Place | None, now: datetime | None = None) -> OrderFile:
    """Keep what was read, and what could not be, until it is confirmed, sealed: it holds telephone numbers. Needs «matter.intake»."""
    require(by, "matter.intake", place)
    with transaction.atomic():
        kept = OrderFile.objects.create(by=by, at=now or timezone.now(), name=name[:100], place=place, orders=len(sheet.orders))
        held = {"orders": rows_of(sheet.orders), "faults": [asdict(f) for f in sheet.faults]}
        kept.sealed = crypto.seal(json.dumps(held, ensure_ascii=False), _context(kept))
        kept.save(update_fields=["sealed"])
    return kept


def _context(kept: OrderFile) -> str:
    return crypto.context(OrderFile._meta.db_table, "sealed", kept.pk)


def kept_orders(kept: OrderFile) -> list[Order]:
    """The orders of a file that waits; none once it was taken in or let go."""
    return orders_of(_held(kept)["orders"])


def kept_faults(kept: OrderFile) -> list[Fault]:
    """What could not be read of a file that waits."""
    return [Fault(**fault) for fault in _held(kept)["faults"]]


def _held(kept: OrderFile) -> dict[str, Any]:
    held = json.loads(crypto.open(kept.sealed, _context(kept))) if kept.sealed else []
    return {"orders": held, "faults": []} if isinstance(held, list) else held  # a file from before an upgrade is only its orders


def by_row(faults: Sequence[Fault]) -> list[dict[str, Any]]:
    """One line for each row that can't be used, with all that is to be mended in it."""
    rows: dict[int, list[Fault]] = {}
    for fault in faults:
        rows.setdefault(fault.row, []).append(fault)
    return [
        {"row": row, "number": some[0].number, "what": [f"{COLUMNS[f.field][0]} {ROW_SAYS[f.code]}" for f in some]}
        for row, some in rows.items()
    ]


def drop_orders(*, by, kept: OrderFile) -> None:
    """Let a file go without taking anything from it. For whoever brought it."""
    if kept.by_id != by.pk:
        raise PermissionDenied("not yours")
    OrderFile.objects.filter(pk=kept.pk).update(sealed=None)


def under_way(kept: OrderFile) -> Job | None:
    """The job that takes the file in now."""
    return Job.objects.filter(kind=WORK, args__file=kept.pk, state__in=(Job.State.WAITING, Job.State.RUNNING)).first()


def waiting_files(by) -> QuerySet[OrderFile]:
    """Files the user brought from which not everything is taken in yet."""
    return OrderFile.objects.filter(by=by, sealed__isnull=False).order_by("-at")


def forget_files(now: datetime | None = None) -> int:
    """Let go what nobody took in within a day. Returns how many files."""
    return OrderFile.objects.filter(sealed__isnull=False, at__lt=(now or timezone.now()) - KEPT).update(sealed=None)


def start_intake(*, by, kept: OrderFile) -> Job:
    """Take the orders in, as a job with progress; again where it was stopped or broke off. Raises PermissionDenied, Refusal."""
    require(by, "matter.intake", kept.place)
    if kept.by_id != by.pk:
        raise PermissionDenied("not yours")
    with transaction.atomic():
        kept = OrderFile.objects.select_for_update().get(pk=kept.pk)
        if not kept.sealed or under_way(kept):
            raise Refusal(_("This file has been taken in already."), code="again")
        return jobs.start(WORK, by=by, title=_("Work orders: %(name)s") % {"name": kept.name}, args={"file": kept.pk}, total=kept.orders)


def take_orders(*, by, kept: OrderFile, told: Callable[[int], object] = lambda done: None, now: datetime | None = None) -> list[Outcome]:
    """Raise a matter for each order that is not here yet. Each row stands for itself; the same order is never taken in twice.

    Where ``told`` says to stop (jobs.Cancelled), what was taken in stays, and the rest of the file waits. ``unread_rows`` are the others.
    """
    orders = kept_orders(kept)
    known = dict(WorkOrder.objects.filter(number__in=[o.number for o in orders]).values_list("number", "matter__number"))
    desk, outcomes = _Desk(by, kept.place, kept, now), []
    for done, order in enumerate(orders, start=1):
        if order.number in known:
            outcomes.append(Outcome(order.row, order.number, KNOWN, known[order.number]))
        else:
            outcomes.append(desk.take(order))
        try:
            told(done)
        except jobs.Cancelled:
            break
    if len(outcomes) == len(orders):
        OrderFile.objects.filter(pk=kept.pk).update(sealed=None)
    return outcomes


def unread_rows(kept: OrderFile) -> list[Outcome]:
    """The rows of a file that could not be read, with all that is to be mended in each; to be asked for before it is taken in."""
    return [Outcome(r["row"], r["number"], WRONG, why="；".join(r["what"])) for r in by_row(kept_faults(kept))]


def take_order(*, by, order: Order, place: Place | None = None, now: datetime | None = None) -> Outcome:
    """One order, handed in by the hotline's own system: taken in, known already, or wrong, with the field. ``place`` is where it goes
    whose address leads nowhere. Needs «hotline.exchange» or «matter.intake» at its place."""
    if found := WorkOrder.objects.filter(number=order.number).values_list("matter__number", flat=True).first():
        return Outcome(order.row, order.number, KNOWN, found)
    return _Desk(by, place, None, now).take(order)


NO_COMMUNITY = gettext_lazy("No community here has this name.")
NO_PLACE = gettext_lazy("Neither a community nor an address: write a community's name or an address into the order.")
LOOKED_UP = 300  # places looked up while somebody waits


def without_place(kept: OrderFile, orders: Sequence[Order]) -> list[dict[str, Any]]:
    """Of the first orders those that would not be taken in, because they name no place known here: row, number, why."""
    desk = _Desk(kept.by, kept.place, None, None)
    return [{"row": o.row, "number": o.number, "what": [why]} for o in orders[:LOOKED_UP] if (why := desk.why_not(o))]


class _Desk:
    """Takes orders in, one by one, for whoever brought them."""

    def __init__(self, by, place: Place | None, file: OrderFile | None, now: datetime | None) -> None:
        self.by, self.place, self.file, self.now = by, place, file, now
        rows = Place.objects.current().filter(level=Level.COMMUNITY).select_related("parent")
        self.communities = {key: p for p in rows for key in (p.code, short_name(p.name))}
        self.charter = charter_in_force()

    def community(self, order: Order) -> Place | None:
        return (self.communities.get(order.community) or self.communities.get(short_name(order.community))) if order.community else None

    def why_not(self, order: Order) -> str:
        """Why it would not be taken in for want of a place; "" where there is one."""
        if order.community:
            return "" if self.community(order) else str(NO_COMMUNITY)
        if self.place is not None:
            return ""
        if not order.address:
            return str(NO_PLACE)
        try:
            locate(address=order.address)
        except Nowhere as nowhere:
            return nowhere.to_program
        return ""

    def take(self, order: Order) -> Outcome:
        def wrong(why: str, field: str = "") -> Outcome:
            return Outcome(order.row, order.number, WRONG, why=why, field=field)

        try:
            phone = plain_phone(order.phone) if order.phone else ""
        except ValueError:
            return wrong(_("The telephone is no number: mend it, or leave it empty."), "phone")
        community = self.community(order)
        if order.community and community is None:
            return wrong(str(NO_COMMUNITY), "community")
        if not (community or order.address or self.place):
            return wrong(str(NO_PLACE), "address")
        try:
            with transaction.atomic():
                raised = raise_matter(
                    by=self.by, request_id=uuid5(NAMESPACE_URL, f"linli:hotline:{order.number}"), channel=Channel.HOTLINE, text=order.text,
                    title=order.title, category=category_named(self.charter, order.category),
                    place=community or (None if order.address else self.place),
                    address=order.address, reporter=ReporterInfo(order.name, phone, withheld=order.withheld), now=self.now,
                )  # fmt: skip
                WorkOrder.objects.create(
                    number=order.number, matter=raised.matter, file=self.file, received_at=_aware(order.received), due_at=_aware(order.due)
                )
        except Refusal as refusal:
            if refusal.code == "nowhere" and self.place is not None and community is None and order.address:
                return self.take(_with_address_told(order))
            return wrong(refusal.message, {"place": "address"}.get(refusal.field, refusal.field))
        except PermissionDenied:
            return wrong(_("The place lies outside your area."), "community" if community else "address")
        except IntegrityError:
            if found := WorkOrder.objects.filter(number=order.number).values_list("matter__number", flat=True).first():
                return Outcome(order.row, order.number, KNOWN, found)
            return wrong(_("Somebody else took it in at the same moment."))
        return Outcome(order.row, order.number, NEW, raised.matter.number)


def _with_address_told(order: Order) -> Order:
    """Where the address leads nowhere, it stays readable in what was told, and the place is the one chosen for such orders."""
    return replace(order, text=f"{order.text}\n{order.address}"[:4000], address="")


def _aware(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment if timezone.is_aware(moment) else timezone.make_aware(moment)


def category_named(charter: Charter, name: str) -> str:
    """The leaf with this name, in either language, or «branch/leaf», «branch-leaf»; "" for none: the desk settles it."""
    whole = name.strip()
    for said in (whole, re.split(r"[/-]", whole)[-1].strip()):  # ids have hyphens of their own
        if found := next((c.id for c in charter.leaves() if said and said in (c.name.zh, c.name.en, c.id)), ""):
            return found
    return ""


def answer_back(*, by, orders: QuerySet[WorkOrder], path: str, now: datetime | None = None) -> list[WorkOrder]:
    """The orders that are answered and not yet told to the hotline: marked as told, in the log of acts. Needs «matter.intake»."""
    require(by, "matter.intake")
    now = now or timezone.now()
    with transaction.atomic():
        keys = list(to_answer(orders).select_for_update(of=("self",)).values_list("pk", flat=True))
        found = list(WorkOrder.objects.filter(pk__in=keys).select_related(*_ANSWERED).order_by("number"))
        if found:
            WorkOrder.objects.filter(pk__in=keys).update(answered_back_at=now)
            record_act(by, "matters.hotline.answered", str(len(found)), {"first": found[0].number, "last": found[-1].number}, path, now=now)
    return found


def answered_back(*, by, orders: QuerySet[WorkOrder], day: date, path: str, now: datetime | None = None) -> list[WorkOrder]:
    """What was told the hotline on a day, once more: a file that was lost. Marks nothing; in the log of acts. Needs «matter.intake».

    Raises Refusal, at the field «day», where nothing was.
    """
    require(by, "matter.intake")
    since = timezone.make_aware(datetime.combine(day, time()))
    told = orders.filter(answered_back_at__gte=since, answered_back_at__lt=since + timedelta(days=1))
    with transaction.atomic():
        found = list(told.select_related(*_ANSWERED).order_by("number"))
        if not found:
            raise Refusal(_("Nothing was answered back on this day."), field="day", code="nothing")
        record_act(by, "matters.hotline.fetched_again", str(len(found)), {"day": day.isoformat()}, path, now=now)
    return found


def in_state(orders: QuerySet[WorkOrder], state: str, now: datetime | None = None) -> QuerySet[WorkOrder]:
    """Those ``open`` (under way), to ``answer`` back, ``told`` (answered back), or ``late``: not answered back by the hotline's own deadline."""
    if state == "answer":
        return to_answer(orders)
    if state == "late":
        return orders.filter(answered_back_at=None, due_at__lt=now or timezone.now())
    if state == "open":  # merged, as the matter it was merged into
        return orders.filter(Q(matter__flow__end="") | Q(matter__main__flow__end=""))
    return orders.filter(answered_back_at__isnull=False)


def to_answer(orders: QuerySet[WorkOrder]) -> QuerySet[WorkOrder]:
    """Those whose answer the hotline has not been told, though how people rate it is still awaited; and those that ended without one.

    Merged, the main matter's answer is theirs. An answer given anew is to be told anew (trigger ``order_answered_anew``).
    """
    return orders.filter(answered_back_at=None).exclude(Q(matter__flow__end="") | Q(matter__main__flow__end=""), matter__answer="")


def acknowledge(*, by, orders: QuerySet[WorkOrder], numbers: Sequence[str], path: str, now: datetime | None = None) -> list[WorkOrder]:
    """The hotline's system has these answers: each is told once, and told again changes nothing. Needs «hotline.exchange».

    Raises Refusal, at the field «orders», for one that isn't there or is still without an answer; then none is marked.
    """
    require(by, "hotline.exchange")
    now = now or timezone.now()
    with transaction.atomic():
        keys = list(orders.filter(number__in=numbers).order_by("pk").select_for_update(of=("self",)).values_list("pk", flat=True))
        found = list(WorkOrder.objects.filter(pk__in=keys).select_related("matter__flow").order_by("number"))
        if missing := set(numbers) - {o.number for o in found}:
            raise Refusal(_("There is no work order %(number)s."), field="orders", code="unknown", params={"number": min(missing)})
        fresh, answered = [o for o in found if o.answered_back_at is None], set(to_answer(orders.filter(pk__in=keys)))
        if still := next((o for o in fresh if o not in answered), None):
            raise Refusal(_("Work order %(number)s has no answer yet."), field="orders", code="open", params={"number": still.number})
        if fresh:
            WorkOrder.objects.filter(pk__in=[o.pk for o in fresh]).update(answered_back_at=now)
            about = {"first": fresh[0].number, "last": fresh[-1].number}
            record_act(by, "matters.hotline.answered", str(len(fresh)), about, path, now=now)
            for order in fresh:
                order.answered_back_at = now
    return found
