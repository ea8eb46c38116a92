"""The demonstration's gatherings: two months back and three weeks ahead, in the rhythm in which communities meet. Nothing names anybody.

The rows are what the actions would have written: who came, the quorum, minutes in time for most, a line of history for each act.
"""

from __future__ import annotations

import tomllib
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import Any

from django.db import transaction
from django.utils import timezone

from linli.bodies.models import Body, Holding
from linli.charter.models import CharterVersion
from linli.charter.schema import Charter
from linli.charter.schema import Gathering as Kind
from linli.charter.store import charter_of
from linli.flow.engine import calendar_of
from linli.flow.models import Flow, Todo
from linli.frame.models import ActLog
from linli.gatherings.models import Attendance, Gathering, Minutes, State
from linli.kit.calendar import Calendar
from linli.places.models import Level, Place

HERE = Path(__file__).parent
BACK, AHEAD = 60, 21  # days
# of a hundred
CALLED_OFF, EXCUSED, ABSENT, LATE, FORGOTTEN = 4, 7, 3, 6, 3
ABOUT_WORK = 12  # pieces of work looked at in each community; a part of them was met about
REASONS = ("主要参加人临时有事，改日另行通知。", "大雪天气，为安全取消。", "会场设备检修。")


@dataclass(frozen=True, slots=True)
class Sits:
    """Somebody in a seat."""

    seat: int
    user: int
    post: str
    body: int


@dataclass(slots=True)
class Made:
    """A gathering with what belongs to it, before it has keys."""

    row: Gathering
    invited: list[Attendance] = field(default_factory=list)
    minutes: list[Minutes] = field(default_factory=list)
    lines: list[tuple[datetime, int, str, dict[str, Any]]] = field(default_factory=list)


def make_gatherings(version: CharterVersion, root: Place, *, seed: int, now: datetime | None = None) -> str:
    """Fill in the gatherings of every community below ``root`` where somebody works. Returns a line that counts them."""
    now, told = now or timezone.now(), tomllib.loads((HERE / "told.toml").read_text())
    maker = _Maker(version, charter_of(version), told, now, Random(f"gatherings {seed}"))
    made = list(maker.all_of(root))
    with transaction.atomic():
        _write(made)
    states = [m.row.state for m in made]
    return f"{len(made)} gatherings, of them {states.count(State.HELD)} held, {states.count(State.CALLED_OFF)} called off"


class _Maker:
    def __init__(self, version: CharterVersion, charter: Charter, told: dict[str, Any], now: datetime, chance: Random) -> None:
        self.version, self.charter, self.told, self.now, self.chance = version, charter, told, now, chance
        self.calendar: Calendar = calendar_of(charter)

    def all_of(self, root: Place) -> Iterator[Made]:
        sits = _sitting(root, self.now)
        bodies = {(key, place): pk for pk, key, place in Body.objects.values_list("pk", "key", "place")}
        grids = defaultdict(list)
        for pk, parent in Place.objects.current().within(str(root.path)).filter(level=Level.GRID).values_list("pk", "parent"):
            grids[parent].append(pk)
        work = self._work(root)
        for place in Place.objects.current().within(str(root.path)).filter(level=Level.COMMUNITY).defer("shape").order_by("path"):
            if place.pk not in grids:  # not drawn yet, so nothing goes on in it
                continue
            here = [*sits[place.pk], *(s for g in grids[place.pk] for s in sits[g])]
            for rhythm in self.told["rhythm"]:
                kind = self.charter.gatherings.get(rhythm["kind"])
                if kind is not None:
                    body = bodies.get((kind.body, place.pk)) if kind.body else None
                    yield from self._in_rhythm(rhythm, kind, place, here, body)
            yield from self._about_work(place, here, work[str(place.path)])

    def _in_rhythm(self, rhythm: dict[str, Any], kind: Kind, place: Place, here: list[Sits], body: int | None) -> Iterator[Made]:
        convener = next((s for s in here if s.post == rhythm["by"]), None)
        if convener is None:
            return
        invited = _once([convener, *(s for s in here if s.body == body or s.post in rhythm["posts"])])
        day = timezone.localdate(self.now) - timedelta(days=BACK)
        day += timedelta(days=(rhythm["day"] - day.weekday()) % 7) + timedelta(weeks=self.chance.randrange(rhythm["every"]))
        told = self.chance.sample(rhythm["told"], len(rhythm["told"]))
        for n in range(99):
            at = day + timedelta(weeks=n * rhythm["every"])
            if at > timezone.localdate(self.now) + timedelta(days=AHEAD):
                return
            if rhythm["day"] < 5 and not self.calendar.is_working_day(at):
                continue
            said = rhythm | told[n % len(told)]
            yield self._one(kind, place, convener, invited, said, *self._span(at, rhythm["begin"], rhythm["minutes"]), body=body)

    def _span(self, day: date, begin: str, minutes: int) -> tuple[datetime, datetime]:
        starts = timezone.make_aware(datetime.combine(day, time.fromisoformat(begin)))
        return starts, starts + timedelta(minutes=minutes)

    def _work(self, root: Place) -> dict[str, list[tuple[Flow, set[int]]]]:
        """Work that began in these two months, by community, with the seats that take part in it."""
        flows = Flow.objects.filter(path__descends=str(root.path), is_demo=True, began_at__gte=self.now - timedelta(days=BACK - 10))
        rows = list(flows.order_by("pk"))
        seats: dict[int, set[int]] = defaultdict(set)
        for flow, seat in Todo.objects.filter(flow__in=[f.pk for f in rows], seat__acting__isnull=False).values_list(
            "flow", "seat__acting"
        ):
            seats[flow].add(seat or 0)
        levels = self.charter.area.levels
        depth = str(root.path).count(".") + 1 + levels.index(Level.COMMUNITY) - levels.index(root.level)
        found: dict[str, list[tuple[Flow, set[int]]]] = defaultdict(list)
        for f in rows:
            found[".".join(str(f.path).split(".")[:depth])].append((f, seats[f.pk]))
        return found

    def _about_work(self, place: Place, here: list[Sits], work: list[tuple[Flow, set[int]]]) -> Iterator[Made]:
        convener = next((s for s in here if s.post == "station-head"), None)
        seeing = [s for s in here if s.post in ("station-head", "committee-chair", "party-secretary")]
        if convener is None:
            return
        taken: set[datetime] = set()
        for flow, seats in self.chance.sample(work, min(ABOUT_WORK, len(work))):
            said = self.chance.choice(self.told["work"])
            kind = self.charter.gatherings.get(said["kind"])
            if kind is None or flow.procedure not in kind.about or flow.kind.partition(".")[0] not in self.told["met_about"]:
                continue
            day = timezone.localdate(flow.began_at) + timedelta(days=self.chance.randint(1, 3))
            while not self.calendar.is_working_day(day):
                day += timedelta(days=1)
            invited = _once([convener, *(s for s in here if s.seat in seats), *self.chance.sample(seeing, min(2, len(seeing)))])
            said = said | self.chance.choice(said["told"]) | {"title": f"{flow.title}{said['title']}"[:120], "residents": [0, 2]}
            starts, ends = self._span(day, self.chance.choice(("10:30", "11:20", "16:40")), said["minutes"])
            if starts not in taken and (flow.ended_at is None or ends < flow.ended_at):
                taken.add(starts)
                yield self._one(kind, place, convener, invited, said, starts, ends, flow=flow)

    def _one(
        self, kind: Kind, place: Place, convener: Sits, invited: list[Sits], said: dict[str, Any], starts: datetime, ends: datetime, *,
        body: int | None = None, flow: Flow | None = None,
    ) -> Made:  # fmt: skip
        planned = self.calendar.later(starts - timedelta(days=self.chance.randint(3, 8)), timedelta(minutes=self.chance.randint(5, 300)))
        if flow is not None:
            planned = max(planned, flow.began_at + timedelta(hours=2))
        row = Gathering(
            uid=uuid.UUID(int=self.chance.getrandbits(128), version=4), charter=self.version, kind=kind.id, title=said["title"], place=place,
            path=str(flow.path if flow else place.path), where=said["where"], starts_at=starts, ends_at=ends, seat_id=convener.seat, body_id=body,
            flow=flow, agenda=list(said["agenda"]), public=kind.public, made_at=min(planned, self.now - timedelta(minutes=3)), is_demo=True,
            minutes_due_at=self.calendar.add(ends, kind.minutes) if kind.minutes else None,
        )  # fmt: skip
        made = Made(row, [Attendance(seat_id=s.seat, user_id=s.user, member=body is not None and s.body == body) for s in invited])
        data = {"kind": kind.id, "starts_at": starts.isoformat(), "invited": len(invited), "seq": 1}
        made.lines.append((row.made_at, convener.user, "planned", data))
        written = ends + timedelta(minutes=self.chance.randint(10, 90))
        if self._of_a_hundred(CALLED_OFF) and starts - timedelta(hours=3) < self.now:
            self._call_off(made, convener, max(row.made_at, starts - timedelta(hours=3)))
        elif written < self.now and not self._of_a_hundred(FORGOTTEN):
            self._hold(made, kind, convener, said, written)
        return made

    def _call_off(self, made: Made, convener: Sits, at: datetime) -> None:
        made.row.state, made.row.reason, made.row.seq = State.CALLED_OFF, self.chance.choice(REASONS), 2
        made.lines.append((at, convener.user, "called_off", {"starts_at": made.row.starts_at.isoformat(), "seq": 2}))

    def _hold(self, made: Made, kind: Kind, convener: Sits, said: dict[str, Any], at: datetime) -> None:
        row = made.row
        for one in made.invited:
            luck = self.chance.random() * 100
            away = one.user_id != convener.user and luck < EXCUSED + ABSENT
            one.state = Attendance.State.CAME if not away else Attendance.State.EXCUSED if luck < EXCUSED else Attendance.State.ABSENT
        came = [a for a in made.invited if a.state == Attendance.State.CAME]
        row.state, row.seq = State.HELD, 2
        row.residents, row.others = self.chance.randint(*said["residents"]), self.chance.choice((0, 0, 0, 1, 2))
        row.sides = [s.id for s in kind.sides]
        if row.body_id is not None:
            row.members, row.members_came = sum(a.member for a in made.invited), sum(a.member for a in came)
        counts = {"came": len(came), "residents": row.residents, "others": row.others, "seq": 2}
        made.lines.append((at, convener.user, "held", counts))
        written = at if kind.minutes is None or self.chance.random() < 0.5 else self._later(row, at)
        if written < self.now:
            made.minutes.append(
                Minutes(number=1, text=said.get("text", ""), result=said.get("result", ""), at=written, by_id=convener.user)
            )
            row.written_at = written
            if written != at:
                row.seq = 3
                made.lines.append((written, convener.user, "written", {"seq": 3}))

    def _later(self, row: Gathering, at: datetime) -> datetime:
        """When somebody gets round to the minutes: within their time for most."""
        assert row.minutes_due_at is not None
        share = self.chance.uniform(1.1, 2.5) if self._of_a_hundred(LATE) else self.chance.uniform(0.1, 0.9)
        return self.calendar.later(at, self.calendar.between(row.ends_at, row.minutes_due_at) * share)

    def _of_a_hundred(self, share: int) -> bool:
        return self.chance.random() * 100 < share


def _sitting(root: Place, now: datetime) -> dict[int, list[Sits]]:
    """Who sits in the seats below ``root``, by place, A duty before B duty. One query."""
    rows = Holding.objects.current(now).filter(seat__path__descends=str(root.path), user__is_active=True).order_by("duty", "pk")
    found: dict[int, list[Sits]] = defaultdict(list)
    for seat, user, post, body, place in rows.values_list("seat", "user", "seat__post", "seat__body", "seat__place"):
        found[place].append(Sits(seat, user, post, body))
    return found


def _once(sits: Iterable[Sits]) -> list[Sits]:
    """Each person once, by the first of their seats."""
    found: dict[int, Sits] = {}
    for s in sits:
        found.setdefault(s.user, s)
    return list(found.values())


def _write(made: list[Made]) -> None:
    Gathering.objects.bulk_create([m.row for m in made], batch_size=1000)
    for m in made:
        for one in m.invited:
            one.gathering = m.row
        for text in m.minutes:
            text.gathering = m.row
    Attendance.objects.bulk_create([a for m in made for a in m.invited], batch_size=2000)
    Minutes.objects.bulk_create([x for m in made for x in m.minutes], batch_size=2000)
    ActLog.objects.bulk_create(
        [
            ActLog(
                at=at,
                by_id=by,
                act=f"gatherings.gathering.{act}",
                subject=f"gatherings.gathering:{m.row.pk}",
                data=data,
                path=str(m.row.path),
            )
            for m in made
            for at, by, act, data in m.lines
        ],
        batch_size=2000,
    )
