"""Reads about boxes: who can keep one, what is owed, what the year was like."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

from django.db.models import Count, Exists, F, IntegerField, Max, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from linli.access.scope import scope_of
from linli.bodies.models import Seat
from linli.charter.store import charter_in_force
from linli.matters.models import Box, Round, Slip
from linli.places.models import Place

YEAR = timedelta(days=365)

WAITS = Q(opened_at=None, missed=False)
OWED = Q(due_on__isnull=False)
KEPT = Q(opened_at__date__lte=F("due_on"))


def keeper_seats(place: Place) -> list[Seat]:
    """Seats at the place or above it whose post opens boxes, the charter's usual one and the nearest first. One query."""
    charter = charter_in_force()
    posts = [p.id for p in charter.posts.values() if "box.keep" in p.abilities]
    usual = charter.boxes.keeper if charter.boxes else ""
    rows = Seat.objects.filter(post__in=posts, path__ancestors=str(place.path)).select_related("place__parent")
    return sorted(rows, key=lambda s: (s.post != usual, -str(s.path).count("."), s.post))


def with_figures(boxes: QuerySet[Box], today: date) -> QuerySet[Box]:
    """Boxes with what is owed of each (``due_on``), when it was last opened, and the figures of a year."""
    rounds = Round.objects.filter(box=OuterRef("pk")).order_by().values("box")
    year = rounds.filter(Q(due_on__gt=today - YEAR) | Q(opened_at__date__gt=today - YEAR))
    matters = Slip.objects.filter(round__box=OuterRef("pk"), round__opened_at__date__gt=today - YEAR, matter__isnull=False).order_by()
    return boxes.annotate(
        due_on=Subquery(rounds.filter(WAITS).annotate(x=Max("due_on")).values("x")),
        opened_last=Subquery(rounds.annotate(x=Max("opened_at")).values("x")),
        owed=_n(year.filter(OWED, due_on__lt=today), Count("pk")),
        kept=_n(year.filter(OWED & KEPT, due_on__lt=today), Count("pk")),
        slips=_n(year, Sum("slips")),
        matters=_n(matters.values("round__box"), Count("pk")),
        entering=Exists(Round.objects.filter(box=OuterRef("pk"), opened_at__isnull=False, completed_at=None)),
    )


def _n(rows: QuerySet, what: Any) -> Coalesce:
    return Coalesce(Subquery(rows.annotate(x=what).values("x"), output_field=IntegerField()), 0)


def late(today: date) -> Q:
    """Boxes whose round is late: still to be opened after its day, or with slips that should have been entered by now."""
    waiting = Round.objects.filter(WAITS, box=OuterRef("pk"), due_on__lt=today)
    entering = Round.objects.filter(box=OuterRef("pk"), opened_at__isnull=False, completed_at=None, enter_by__lt=timezone.now())
    return Q(Exists(waiting)) | Q(Exists(entering))


def work_of(user, now: datetime | None = None) -> list[Round]:
    """Rounds that are the user's to keep: to be opened, or with slips to be entered; the most urgent first. One query."""
    seats = scope_of(user).own_seats("box.keep")
    if not seats:
        return []
    mine = Round.objects.filter(WAITS | Q(opened_at__isnull=False, completed_at=None), box__keeper__acting__in=seats, box__retired_on=None)
    rows = mine.select_related("box__place").annotate(entered=Count("entries")).order_by(Coalesce("due_on", "opened_at__date"), "pk")
    return list(rows[:50])


def next_slip(round_: Round) -> int | None:
    """The lowest number no slip of the round has; None once every slip is entered or set aside. One query."""
    taken = set(round_.entries.values_list("number", flat=True))
    return next(n for n in count(1) if n not in taken) if len(taken) < (round_.slips or 0) else None


def is_late(round_: Round, now: datetime | None = None) -> bool:
    """Whether the round is behind: not opened on its day, or not entered in time."""
    now = now or timezone.now()
    if round_.opened_at is None:
        return not round_.missed and bool(round_.due_on and round_.due_on < timezone.localdate(now))
    return round_.completed_at is None and bool(round_.enter_by and round_.enter_by < now)


def state_of(round_: Round, now: datetime | None = None) -> str:
    """waiting, missed, entering, kept, late (opened after its day), extra (opened besides)."""
    if round_.opened_at is None:
        return "missed" if round_.missed else "waiting"
    if round_.completed_at is None:
        return "entering"
    if round_.due_on is None:
        return "extra"
    return "kept" if timezone.localdate(round_.opened_at) <= round_.due_on else "late"
