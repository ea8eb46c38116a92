"""Work orders of the hotline: taken in as matters, each once, and answered back when they are done."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

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
from linli.matters.hotline.sheet import Order, Sheet, orders_of, rows_of
from linli.matters.models import Channel, OrderFile, WorkOrder
from linli.matters.reporters import ReporterInfo
from linli.places.codes import short_name
from linli.places.models import Level, Place

NEW, KNOWN, WRONG = "new", "known", "wrong"
WORK = "matters.hotline"
KEPT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a row: new (with the matter's number), known already, or wrong and why."""

    row: int
    order: str
    state: str
    number: str = ""
    why: str = ""


def keep_orders(*, by, name: str, sheet: Sheet, place: Place | None, now: datetime | None = None) -> OrderFile:
    """Keep what was read until it is confirmed, sealed: it holds telephone numbers. Needs «matter.intake»."""
    require(by, "matter.intake", place)
    with transaction.atomic():
        kept = OrderFile.objects.create(by=by, at=now or timezone.now(), name=name[:100], place=place, orders=len(sheet.orders))
        kept.sealed = crypto.seal(json.dumps(rows_of(sheet.orders), ensure_ascii=False), _context(kept))
        kept.save(update_fields=["sealed"])
    return kept


def _context(kept: OrderFile) -> str:
    return crypto.context(OrderFile._meta.db_table, "sealed", kept.pk)


def kept_orders(kept: OrderFile) -> list[Order]:
    """The orders of a file that waits; none once it was taken in or let go."""
    return orders_of(json.loads(crypto.open(kept.sealed, _context(kept)))) if kept.sealed else []


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

    Where ``told`` says to stop (jobs.Cancelled), what was taken in stays, and the rest of the file waits.
    """
    orders = kept_orders(kept)
    known = dict(WorkOrder.objects.filter(number__in=[o.number for o in orders]).values_list("number", "matter__number"))
    communities = {short_name(p.name): p for p in Place.objects.current().filter(level=Level.COMMUNITY).select_related("parent")}
    charter, outcomes = charter_in_force(), []
    for done, order in enumerate(orders, start=1):
        if order.number in known:
            outcomes.append(Outcome(order.row, order.number, KNOWN, known[order.number]))
        else:
            outcomes.append(_take(by, kept, order, charter, communities, now))
        try:
            told(done)
        except jobs.Cancelled:
            break
    if len(outcomes) == len(orders):
        OrderFile.objects.filter(pk=kept.pk).update(sealed=None)
    return outcomes


def _take(by, kept: OrderFile, order: Order, charter: Charter, communities: dict[str, Place], now: datetime | None) -> Outcome:
    try:
        phone = plain_phone(order.phone) if order.phone else ""
    except ValueError:
        return Outcome(order.row, order.number, WRONG, why=_("The telephone is no number: mend it, or leave it empty."))
    community = communities.get(short_name(order.community)) if order.community else None
    if order.community and community is None:
        return Outcome(order.row, order.number, WRONG, why=_("No community here has this name."))
    try:
        with transaction.atomic():
            raised = raise_matter(
                by=by, request_id=uuid5(NAMESPACE_URL, f"linli:hotline:{order.number}"), channel=Channel.HOTLINE, text=order.text,
                title=order.title, category=category_named(charter, order.category), place=community or (None if order.address else kept.place),
                address=order.address, reporter=ReporterInfo(order.name, phone, withheld=order.withheld), now=now,
            )  # fmt: skip
            WorkOrder.objects.create(
                number=order.number, matter=raised.matter, file=kept, received_at=_aware(order.received), due_at=_aware(order.due)
            )
    except Refusal as refusal:
        if refusal.code == "nowhere" and kept.place is not None and community is None and order.address:
            return _take(by, kept, _with_address_told(order), charter, communities, now)
        return Outcome(order.row, order.number, WRONG, why=refusal.message)
    except PermissionDenied:
        return Outcome(order.row, order.number, WRONG, why=_("The place lies outside your area."))
    except IntegrityError:
        return Outcome(order.row, order.number, WRONG, why=_("Somebody else took it in at the same moment."))
    return Outcome(order.row, order.number, NEW, raised.matter.number)


def _with_address_told(order: Order) -> Order:
    """Where the address leads nowhere, it stays readable in what was told, and the place is the one chosen for such orders."""
    return replace(order, text=f"{order.text}\n{order.address}"[:4000], address="")


def _aware(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment if timezone.is_aware(moment) else timezone.make_aware(moment)


def category_named(charter: Charter, name: str) -> str:
    """The leaf with this name, in either language, or «branch/leaf», «branch-leaf»; "" for none: the desk settles it."""
    said = name.replace("/", "-").rsplit("-", 1)[-1].strip()
    return next((c.id for c in charter.leaves() if said and said in (c.name.zh, c.name.en, c.id)), "")


def answer_back(*, by, orders: QuerySet[WorkOrder], path: str, now: datetime | None = None) -> list[WorkOrder]:
    """The orders that are answered and not yet told to the hotline: marked as told, in the log of acts. Needs «matter.intake»."""
    require(by, "matter.intake")
    now = now or timezone.now()
    with transaction.atomic():
        keys = list(to_answer(orders).select_for_update(of=("self",)).values_list("pk", flat=True))
        found = list(WorkOrder.objects.filter(pk__in=keys).select_related("matter__flow").order_by("number"))
        if found:
            WorkOrder.objects.filter(pk__in=keys).update(answered_back_at=now)
            record_act(by, "matters.hotline.answered", str(len(found)), {"first": found[0].number, "last": found[-1].number}, path, now=now)
    return found


def to_answer(orders: QuerySet[WorkOrder]) -> QuerySet[WorkOrder]:
    """Those whose matter has ended, with or without an answer, and that the hotline has not been told of."""
    return orders.filter(answered_back_at=None).exclude(matter__flow__end="")
