"""My work today: what is due, what waits for my word, what I sent on, how my area stands, which of its seats are empty.

Work is found by the inbox rule: open duties of the seats I hold and of those whose work falls to mine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.utils import timezone

from linli.access.scope import Scope, scope_of
from linli.bodies.models import Seat
from linli.bodies.queries import vacancies
from linli.charter.schema import Charter
from linli.charter.store import NoCharter, charter_in_force, charter_of
from linli.flow.models import Flow, Todo
from linli.flow.queries import WORD, WORK, inbox, responsible, sent_on
from linli.flow.subjects import url_of
from linli.flow.words import post_name, procedure_of, step_name
from linli.matters.boxes.queries import is_late, work_of
from linli.places.models import Level, Place
from linli.places.queries import place_label
from linli.web import areas
from linli.web.areas import Area

SHOWN = 12
SENT = 6


@dataclass(frozen=True, slots=True)
class Item:
    """One piece of work as the lists of this page show it."""

    ref: str
    title: str
    url: str
    step: str
    place: str
    due: datetime | None
    hold: bool
    role: str = ""
    since: datetime | None = None
    for_seat: str = ""  # whose seat it is, when it fell to me


@dataclass(frozen=True, slots=True)
class Vacancy:
    """An empty seat of my area, and where its work is done meanwhile (None: by nobody)."""

    post: Any
    place: str
    body: str
    done_by: Any
    done_at: str


@dataclass(frozen=True, slots=True)
class Today:
    due: Sequence[Item] = ()
    due_count: int = 0
    late_count: int = 0
    waits: Sequence[Item] = ()
    waits_count: int = 0
    sent: Sequence[Item] = ()
    areas: Sequence[Area] = ()
    vacant: Sequence[Vacancy] = field(default_factory=tuple)
    vacant_count: int = 0
    rounds: Sequence[Any] = ()  # opinion boxes that are mine to open, and slips to be entered


def of(user, now: datetime | None = None) -> Today:
    """Everything of the desk's first page: ten queries whatever the amount of work."""
    now, scope = now or timezone.now(), scope_of(user)
    due, waits = inbox(user, WORK), inbox(user, WORD)
    running = Q(flow__suspended=False, due_at__lt=now)
    counts = due.order_by().aggregate(due=Count("pk"), late=Count("pk", running))
    vacant, vacant_count = _vacant(scope)
    shown_waits = _items(waits, scope)
    return Today(
        _items(due, scope),
        counts["due"],
        counts["late"],
        shown_waits,
        waits.order_by().count() if len(shown_waits) == SHOWN else len(shown_waits),
        [_item(f, due=f.due_at, since=f.entered_at, for_seat=responsible(f)) for f in sent_on(user)[:SENT]],
        areas.of(scope, now),
        vacant,
        vacant_count,
        [{"round": r, "late": is_late(r, now)} for r in work_of(user)[:SHOWN]],
    )


def _items(todos: QuerySet[Todo], scope: Scope) -> list[Item]:
    own = set(scope.seats)
    return [
        _item(t.flow, due=t.due_at, role=t.get_role_display(), since=t.since, for_seat="" if t.seat_id in own else _seat(t))
        for t in todos[:SHOWN]
    ]


def _item(flow: Flow, *, due: datetime | None, role: str = "", since: datetime | None = None, for_seat: str = "") -> Item:
    step = step_name(procedure_of(flow), flow.step)
    return Item(flow.subject_ref, flow.title, url_of(flow), step, place_label(flow.place), due, flow.suspended, role, since, for_seat)


def _seat(todo: Todo) -> str:
    """The seat a piece of work fell from."""
    return f"{post_name(charter_of(todo.flow.charter_id), todo.seat.post)} · {place_label(todo.seat.place)}"


def _vacant(scope: Scope) -> tuple[list[Vacancy], int]:
    if not (paths := scope.paths("post.see")):
        return [], 0
    charter = _charter()
    if charter is None:
        return [], 0
    empty = vacancies(charter=charter).filter(path__descends=paths)
    rows = list(empty.order_by(F("acting").asc(nulls_first=True), "path", "post")[:6])
    found = [
        Vacancy(
            _post(charter, s.post),
            place_label(s.place),
            s.body.name,
            _post(charter, s.acting.post) if s.acting else None,
            s.acting.place.name if s.acting else "",
        )
        for s in rows
    ]
    return found, empty.count() if len(rows) == 6 else len(rows)


# names ------------------------------------------------------------------------------------------------------------------------------


def _charter() -> Charter | None:
    try:
        return charter_in_force()
    except NoCharter:
        return None


def _post(charter: Charter | None, post: str) -> Any:
    return charter.posts[post].name if charter and post in charter.posts else post


# the phone --------------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Grid:
    """A grid one holds a post over."""

    place: Place
    community: str
    open: int
    overdue: int
    seats: Sequence[tuple[Any, str]]  # post, who holds it ("" when empty)
    serves: bool = False  # whether its households are theirs to see


def grids_of(user, now: datetime | None = None) -> list[Grid]:
    """The grids below the places held, at most thirty, with their open work and who works there. Three queries."""
    scope = scope_of(user)
    if not scope.held:
        return []
    places = list(
        Place.objects.current()
        .filter(level=Level.GRID, path__descends=[h.path for h in scope.held])
        .select_related("parent")
        .order_by("code")[:30]
    )
    now = now or timezone.now()
    ids = [p.pk for p in places]
    open_now = Flow.objects.filter(place__in=ids, end="").values("place")
    counted = open_now.annotate(open=Count("pk"), late=Count("pk", Q(overdue=True))).values_list("place", "open", "late")
    work = {place: (n, late) for place, n, late in counted}
    charter, who = _charter(), _holders(ids, now)
    return [
        Grid(
            p,
            p.parent.name if p.parent else "",
            *work.get(p.pk, (0, 0)),
            [(_post(charter, post), name) for post, name in who.get(p.pk, [])],
            scope.covers("person.see", str(p.path)),
        )
        for p in places
    ]


def _holders(places: list[int], now: datetime) -> dict[int, list[tuple[str, str]]]:
    rows = (
        Seat.objects.filter(place__in=places)
        .annotate(holding=Count("holdings"))
        .filter(Q(holdings=None) | Q(holdings__until=None) | Q(holdings__until__gt=now))
        .order_by("place", "post")
        .values_list("place", "post", "holdings__user__name")
    )
    found: dict[int, list[tuple[str, str]]] = {}
    for place, post, name in rows:
        found.setdefault(place, []).append((post, name or ""))
    return found
