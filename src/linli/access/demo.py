"""Demonstration staff: every post of the charter filled with people who don't exist, some posts vacant on purpose.

AB岗 as in the source: whoever serves at the station's counter (A) looks after a grid besides (B). The residents' committee has one
chair or vice-chair for 800 households, each the voice officer of about two grids; the chairs of the other committees guide grids.
"""

from __future__ import annotations

import random
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import cycle
from math import ceil
from pathlib import Path

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy

from linli import __file__ as _package
from linli.access.guard import guard_demo
from linli.access.models import User
from linli.bodies.acting import refresh_acting
from linli.bodies.models import Duty, Holding, Seat
from linli.bodies.queries import vacancies
from linli.charter.schema import Charter
from linli.charter.store import NoCharter, charter_in_force
from linli.frame.actlog import record_act
from linli.frame.templatetags.linli import named
from linli.places.models import Place

PASSWORD = "linli-qingshan"  # noqa: S105  # of every demonstration sign-in; it opens nothing but demonstration data
NAMES = Path(_package).parent / "matters" / "demo" / "names.toml"

COUNTER, WORKER, VOICE, GUIDE = "community-counter", "grid-worker", "grid-voice", "grid-guide"
CHAIRS = ("committee-chair", "committee-vice-chair")
HOUSEHOLDS_A_CHAIR = 800

# sign-in name of the first holder of a post, and what to try with it
SIGNINS = {
    "district-coordinator": ("district", gettext_lazy("the whole district: what is late and where, extensions, posts")),
    "street-coordinator": ("street", gettext_lazy("one street: urge, decide on extensions, appoint")),
    "street-desk": ("desk", gettext_lazy("the intake desk: take in, accept, dispatch, answer")),
    "party-secretary": ("party", gettext_lazy("a community's party secretary: what comes up from below")),
    "station-head": ("station", gettext_lazy("a community station: hand over a post, assign work")),
    "mediation-chair": ("mediator", gettext_lazy("a community's mediator: both sides, the agreement, handing over")),
    "committee-chair": ("chair", gettext_lazy("the residents' committee: handle what its grids raise")),
    "community-checker": ("check", gettext_lazy("go and look whether it was really done")),
    "street-checker": ("caller", gettext_lazy("ring up those who left a telephone and did not rate the answer")),
    "grid-worker": ("grid", gettext_lazy("one grid: report with a photo, handle what is due today")),
    "urban-management-officer": ("city", gettext_lazy("a department: only the work that came to it")),
    "auditor": ("audit", gettext_lazy("reads everything that was done, changes nothing")),
}


@dataclass(frozen=True, slots=True)
class Staffed:
    """What ``make_staff`` made, counted as the pages count: those in post today, without those who have left."""

    people: int
    holdings: int
    vacant: int

    def __str__(self) -> str:
        return f"{self.people} people in {self.holdings} posts, {self.vacant} posts vacant"


@dataclass(frozen=True, slots=True)
class SignIn:
    """One demonstration sign-in, as the start page and ``linli demo --signins`` print it."""

    username: str
    name: str
    post: str
    place: str
    what_to_try: str

    def __iter__(self) -> Iterator[str]:
        return iter((self.username, self.name, self.post, self.place, self.what_to_try))


@dataclass
class _Staff:
    """People and holdings on their way into the database."""

    rng: random.Random
    now: datetime
    names: Iterator[str]
    password: str
    people: list[User] = field(default_factory=list)
    sits: list[tuple[Seat, int, str, datetime, datetime | None]] = field(
        default_factory=list
    )  # seat, index of a person, duty, since, until
    numbers: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def person(self, post: str, *, active: bool = True) -> int:
        self.numbers[post] += 1
        first = self.numbers[post] == 1 and post in SIGNINS and active
        username = SIGNINS[post][0] if first else f"{post}-{self.numbers[post]:04d}"
        user = User(username=username, name=next(self.names), password=self.password, is_demo=True, is_active=active)
        user.phone_last4 = f"{self.rng.randrange(10_000):04d}"
        self.people.append(user)
        return len(self.people) - 1

    def sit(self, seat: Seat, person: int, duty: str = Duty.A) -> None:
        self.sits.append((seat, person, duty, self.now - timedelta(days=400 + self.rng.randrange(900)), None))

    def sat(self, seat: Seat) -> None:
        """Somebody who held the seat once and has left."""
        left = self.now - timedelta(days=1400 + self.rng.randrange(300))
        since = left - timedelta(days=300 + self.rng.randrange(700))
        self.sits.append((seat, self.person(seat.post, active=False), Duty.A, since, left))


def make_staff(charter: Charter, *, seed: int, now: datetime | None = None, names: Path = NAMES) -> Staffed:
    """Fill the seats that are there (``furnish`` first). The same seed gives the same people. Raises guard.RealData over real data."""
    guard_demo()
    rng = random.Random(seed)  # not a secret
    staff = _Staff(rng, now or timezone.now(), _names(rng, names), make_password(PASSWORD))
    seats = Seat.objects.filter(post__in=list(charter.posts)).select_related("place").order_by("path", "post")
    towns: dict[str, dict[str, list[Seat]]] = defaultdict(lambda: defaultdict(list))
    for seat in seats:
        path = str(seat.path)
        level = charter.posts[seat.post].level
        town = path.rpartition(".")[0] if level == "grid" else path
        towns[town][seat.post].append(seat)
    for number, path in enumerate(_fullest_first(towns)):
        _staff_town(staff, charter, towns[path], spare=number > 3)
    return _write(staff, charter)


def _fullest_first(towns: dict[str, dict[str, list[Seat]]]) -> list[str]:
    """Places in the order of their staffing: the sign-ins to try lie where dwellings are, or else grids, however small the demonstration."""
    homes = set(
        Place.objects.current()
        .filter(level="dwelling")
        .order_by()
        .values_list("parent__parent__parent__parent__path", flat=True)
        .distinct()
    )
    drawn = [f"{path}." for path, posts in towns.items() if WORKER in posts]
    lived_in = [f"{path}." for path in map(str, homes)]

    def within(path: str, there: list[str]) -> bool:
        return any(d.startswith(f"{path}.") for d in there)

    return sorted(towns, key=lambda path: (not within(path, lived_in), not within(path, drawn)))


def _staff_town(staff: _Staff, charter: Charter, town: dict[str, list[Seat]], *, spare: bool) -> None:
    """One place and its grids. ``spare``: seats may stay vacant here, so that the first community shows a complete one."""
    held: dict[str, list[int]] = defaultdict(list)
    grids = len(town.get(WORKER, ()))
    for post, seats in town.items():
        if post in (WORKER, VOICE, GUIDE):
            continue
        for seat in seats:
            for _i in range(_wanted(staff, charter, seat, grids, spare)):
                person = staff.person(post)
                staff.sit(seat, person)
                held[post].append(person)
            if staff.rng.random() < 0.1:
                staff.sat(seat)
    _staff_grids(staff, town, held, spare)


def _wanted(staff: _Staff, charter: Charter, seat: Seat, grids: int, spare: bool) -> int:
    """How many people sit in a seat, within what the charter allows; now and then nobody."""
    fewest, most = charter.posts[seat.post].seats
    if spare and seat.post != COUNTER and charter.posts[seat.post].falls_to and staff.rng.random() < 0.04:
        return 0
    if seat.post == COUNTER:
        return max(fewest, min(most, grids))
    if seat.post == CHAIRS[1]:
        households = grids * charter.area.grid_households
        return max(fewest, min(most, ceil(households / HOUSEHOLDS_A_CHAIR) - 1))
    return fewest


def _staff_grids(staff: _Staff, town: dict[str, list[Seat]], held: dict[str, list[int]], spare: bool) -> None:
    chairs = [p for post in CHAIRS for p in held[post]]
    guides = [p for post, people in held.items() if post.endswith("-chair") and post not in CHAIRS for p in people] or chairs
    for post, pool in ((WORKER, held[COUNTER]), (VOICE, chairs), (GUIDE, guides)):
        turn = cycle(pool) if pool else None
        for number, seat in enumerate(town.get(post, ())):
            if spare and staff.rng.random() < (0.05 if post == WORKER else 0.02):
                continue
            if post == WORKER and number >= len(pool):  # more grids than places at the counter: a worker of the grid alone
                staff.sit(seat, staff.person(WORKER))
            elif turn:
                person = next(turn)
                if post == WORKER and not staff.numbers[WORKER]:
                    staff.numbers[WORKER] = 1
                    staff.people[person].username = SIGNINS[WORKER][0]
                staff.sit(seat, person, Duty.B)
            else:
                staff.sit(seat, staff.person(post))
            if post == WORKER and staff.rng.random() < 0.15:
                staff.sat(seat)


def _write(staff: _Staff, charter: Charter) -> Staffed:
    with transaction.atomic():
        people = User.objects.bulk_create(staff.people, batch_size=1000)
        holdings = [Holding(seat=seat, user=people[who], duty=duty, since=a, until=b) for seat, who, duty, a, b in staff.sits]
        Holding.objects.bulk_create(holdings, batch_size=2000)
        refresh_acting(now=staff.now, charter=charter)
        held = sum(h.until is None for h in holdings)
        made = Staffed(sum(p.is_active for p in people), held, vacancies(charter=charter, now=staff.now).count())
        record_act(None, "access.demo.staffed", "access.user", {"people": made.people, "holdings": made.holdings}, now=staff.now)
    return made


def _names(rng: random.Random, path: Path) -> Iterator[str]:
    """Surnames as common as they are, given names evenly; a name comes twice only when there are no others left."""
    with path.open("rb") as file:
        given_by = tomllib.load(file)
    surnames, weights, given = given_by["surnames"], given_by["surname_weights"], given_by["given"]
    used: set[str] = set()
    while True:
        name = rng.choices(surnames, weights)[0] + rng.choice(given)
        if name not in used or len(used) > len(surnames) * len(given) / 3:
            used.add(name)
            yield name


def demo_signins() -> list[SignIn]:
    """The sign-ins worth trying, from the district down; empty where there is no demonstration data."""
    try:
        charter = charter_in_force()
    except NoCharter:
        return []
    chosen = {username: (post, what) for post, (username, what) in SIGNINS.items()}
    found = Holding.objects.current().filter(user__is_demo=True, user__username__in=chosen).select_related("user", "seat__place")
    rows = {}
    for holding in found:
        post, what = chosen[holding.user.username]
        if holding.seat.post == post and post in charter.posts:
            place = holding.seat.place.name
            rows[post] = SignIn(holding.user.username, holding.user.name, named(charter.posts[post].name), place, str(what))
    return [rows[post] for post in SIGNINS if post in rows]
