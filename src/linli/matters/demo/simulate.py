"""``days`` of a district's matters up to now: arrivals as cities see them, work by the real rules, written by COPY.

Nothing here is real but the places and the charter; every row says ``is_demo``.
"""

from __future__ import annotations

import json
import tomllib
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random

from django.db import connection, transaction
from django.utils import timezone

from linli.bodies.models import Seat
from linli.charter.models import CharterVersion
from linli.charter.schema import WEEKDAYS, Category, Charter
from linli.charter.schema import Line as DirectLine
from linli.charter.store import charter_of
from linli.flow.chain import canonical
from linli.flow.engine import calendar_of, kind_of
from linli.flow.models import Event, Flow
from linli.flow.models import Todo as TodoRow
from linli.flow.procedure import Event as Line
from linli.flow.procedure import wake_at
from linli.flow.rows import memory_of
from linli.kit import crypto
from linli.matters import pressing
from linli.matters.codes import digest, follow_code
from linli.matters.demo.ground import RURAL, Grid, Ground
from linli.matters.demo.in_hand import TRIES, Held, in_hand
from linli.matters.demo.mediations import Kept
from linli.matters.demo.story import Story
from linli.matters.disputes import MEDIATE, PROCEDURE
from linli.matters.disputes.committees import committee_of
from linli.matters.disputes.models import Party
from linli.matters.models import Matter, NumberSeries, Pressing, Reporter
from linli.matters.series import initials
from linli.matters.situations import situations
from linli.places.models import Place

HERE = Path(__file__).parent
PER_THOUSAND_HOUSEHOLDS = 1.0  # matters a day; large cities' hotlines alone take several
_BY_HOUR = (1, 0, 0, 0, 0, 1, 4, 9, 14, 15, 13, 9, 6, 7, 11, 11, 9, 8, 8, 9, 8, 5, 3, 2)
_BY_WEEKDAY = (1.25, 1.15, 1.05, 1.0, 1.0, 0.7, 0.6)
_CHANNELS = {"web": 43, "counter": 24, "hotline": 9, "phone": 3, "field": 17, "box": 8, "direct": 3}
_ANONYMOUS, _WITHHELD = 30, 15  # of a hundred on the residents' page
_UNSIGNED = 85  # of a hundred slips in a box


def _opened(charter: Charter, day: datetime) -> bool:
    """Whether boxes are opened on that day: what lies in them is entered then."""
    return charter.boxes is not None and WEEKDAYS[day.weekday()] in charter.boxes.days


@dataclass(slots=True)
class Arrival:
    """A matter about to be told."""

    at: datetime
    grid: Grid
    situation: dict
    channel: str
    held: Held | None = None  # where it still lies


def make_matters(version: CharterVersion, root: Place, *, days: int, seed: int, now: datetime | None = None) -> str:
    """Fill in ``days`` of matters below ``root``. Returns a line that counts them."""
    now, chance = now or timezone.now(), Random(f"matters {seed}")
    charter = charter_of(version)
    ground = Ground(charter, root)
    waiting = (Arrival(*told) for told in in_hand(ground, charter, now, chance))
    arrivals = sorted([*_arrivals(ground, charter, days, now, chance), *waiting], key=lambda a: a.at)
    names = tomllib.loads((HERE / "names.toml").read_text())
    writer = _Writer(version, charter, ground, names, chance)
    with transaction.atomic():
        counts = writer.write(arrivals, now)
    return ", ".join(f"{count} {what}" for what, count in counts.items())


def _arrivals(ground: Ground, charter: Charter, days: int, now: datetime, chance: Random) -> Iterator[Arrival]:
    told = [s for s in situations() if s["category"] in charter.categories]
    weights = [g.households for g in ground.grids]
    mean = sum(weights) / 1000 * PER_THOUSAND_HOUSEHOLDS
    today = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    for back in range(days, -1, -1):
        day = today - timedelta(days=back)
        season = [s for s in told if not s.get("season") or day.month in s["season"]]
        in_town = [s for s in season if not s["category"].startswith(RURAL)]
        count = round(chance.gauss(mean * _BY_WEEKDAY[day.weekday()], (mean + 1) ** 0.5))
        for _ in range(max(0, count)):
            hour = chance.choices(range(24), _BY_HOUR)[0]
            at = day + timedelta(hours=hour, seconds=chance.randrange(3600))
            if at < now:
                [grid] = chance.choices(ground.grids, weights)
                heard = season if grid.village else in_town
                [situation] = chance.choices(heard, [s.get("weight", 1) for s in heard])
                [channel] = chance.choices(list(_CHANNELS), list(_CHANNELS.values()))
                if not 8 <= hour < 18 or (channel == "box" and not _opened(charter, day)):
                    channel = "web"
                yield Arrival(at, grid, situation, channel)


class _Writer:
    """Plays each arrival and lays its rows into the tables."""

    def __init__(self, version: CharterVersion, charter: Charter, ground: Ground, names: dict, chance: Random) -> None:
        self.version, self.charter, self.ground, self.chance = version, charter, ground, chance
        self.names = names
        self.calendar = calendar_of(charter)
        self.flows: list[tuple] = []
        self.events: list[tuple] = []
        self.todos: list[tuple] = []
        self.matters: list[tuple] = []
        self.reporters: list[tuple] = []
        self.pressed: list[tuple[Flow, list[Line]]] = []
        self.series: Counter[str] = Counter()
        self.kept = Kept(names, Random(f"mediations {chance.random()}"))
        self.seats = {seat.pk: seat for seat in Seat.objects.select_related("body")}
        self.committee = cache(lambda seat, kind: committee_of(charter, kind, self.seats[seat]))

    def write(self, arrivals: list[Arrival], now: datetime) -> dict[str, int]:
        keys = zip(_reserve(Flow, len(arrivals)), _reserve(Matter, len(arrivals)), arrivals, strict=True)
        for flow_id, matter_id, arrival in keys:
            self._one(flow_id, matter_id, arrival, now)
        _copy(Flow, _FLOW, self.flows)
        _copy(Event, _EVENT, self.events)
        _copy(TodoRow, _TODO, self.todos)
        _copy(Matter, _MATTER, self.matters)
        _copy(Reporter, _REPORTER, self.reporters)
        pressing.follow(self.pressed)
        kept = self.kept.write(_reserve(Party, len(self.kept.parties)))
        NumberSeries.objects.bulk_create([NumberSeries(prefix=p, last=n) for p, n in self.series.items()])
        ended = sum(1 for f in self.flows if f[_FLOW.index("end")])
        return {
            "matters": len(self.matters),
            "of them ended": ended,
            "lines of history": len(self.events),
            "urged and supervised": Pressing.objects.count(),
        } | kept

    def _one(self, flow_id: int, matter_id: int, a: Arrival, now: datetime) -> None:
        category = self.charter.categories[a.situation["category"]]
        direct = self._line(a, category)
        procedure = self.charter.procedures[direct.procedure if direct and not category.urgent else category.procedure]
        request_id, uid = uuid.UUID(int=self.chance.getrandbits(128), version=4), uuid.UUID(int=self.chance.getrandbits(128), version=4)
        seats = self.ground.seats(a.grid.path)
        raised_from, by, role = self._raiser(a, seats)
        told, withheld = self._tells(a)
        for _ in range(TRIES if a.held else 1):
            story = Story(self.ground, procedure, kind_of(self.charter, category.id), seats, self.calendar, uid, a.situation, self.chance)
            story.rings, story.held = told and not withheld, a.held
            story.play(a.at, now, by, role)
            if story.at_held:
                break
        number = self._number(a.at)
        s = story.state
        title = a.situation["title"]
        self.flows.append((
            flow_id, uid, self.version.pk, procedure.id, category.id, "matters.matter", number, title, a.grid.id, a.grid.path, s.step, s.end,
            s.level, s.owner, s.seq, story.lines[-1].hash, s.began_at, s.entered_at, s.due_at, s.whole_due_at, s.ended_at, s.overdue,
            s.suspended, s.escalations, wake_at(procedure, s), canonical(memory_of(s)).decode(), True,
        ))  # fmt: skip
        for line in story.lines:
            e = line.event
            self.events.append((
                flow_id, line.seq, e.at, e.by, e.role, e.kind, e.step_from, e.step_to, e.outcome, canonical(line.data).decode(),
                json.dumps(line.texts, ensure_ascii=False) if line.texts else None, line.salt, line.text_digest, line.prev, line.hash,
            ))  # fmt: skip
        self.todos += [(flow_id, t.seat, t.role, t.since, t.due_at, t.done_at) for t in story.todos]
        address, lon, lat = self._where(a)
        self.matters.append((
            matter_id, number, request_id, digest(follow_code(request_id)), flow_id, category.id, title, a.situation["text"], a.channel,
            direct.id if direct else "", raised_from, a.grid.id, a.grid.path, "position" if lon else "chosen", address, lon, lat, a.at, category.public,
            False, story.answer, story.answered_at, story.rating, True,
        ))  # fmt: skip
        if told:
            self._reporter(matter_id, withheld)
        if any(line.event.kind in pressing.OPENS for line in story.lines):
            self.pressed.append((Flow(pk=flow_id, seq=s.seq), [line.event for line in story.lines]))
        if procedure.id == PROCEDURE:
            last = story.taken.get(MEDIATE, (None, "", None, None))[3]
            self.kept.add(matter_id, category.id, a.situation, a.at, story.taken, self.committee(last, category.id) if last else "")

    def _line(self, a: Arrival, category: Category) -> DirectLine | None:
        """The direct line it came by; where the charter has none for it, it came by the residents' page."""
        if a.channel != "direct":
            return None
        found = next((line for line in self.charter.lines.values() if category in self.charter.taken_by(line)), None)
        a.channel = "direct" if found else "web"
        return found

    def _raiser(self, a: Arrival, seats) -> tuple[int | None, int | None, str]:
        """Seat, account and post that raised it; nobody's on the residents' page."""
        post = {
            "counter": "community-counter",
            "phone": "street-desk",
            "hotline": "street-desk",
            "field": "grid-worker",
            "box": "community-counter",
        }.get(a.channel)
        found = seats.seat(post) if post in self.charter.posts else None
        who = self.ground.who(found.seat, self.chance) if found else None
        if not found or not who:
            a.channel = "direct" if a.channel == "direct" else "web"
            return None, None, "reporter"
        return found.seat, who[0], who[1]

    def _number(self, at: datetime) -> str:
        prefix = f"{initials(self.charter.id)}-{timezone.localtime(at).year}"
        self.series[prefix] += 1
        return f"{prefix}-{self.series[prefix]:06d}"

    def _where(self, a: Arrival) -> tuple[str, float | None, float | None]:
        if not a.grid.buildings:
            return "", None, None
        name, lon, lat = self.chance.choice(a.grid.buildings)
        place = a.situation.get("address", "{building}").format(building=name, unit=f"{self.chance.randint(1, 4)}单元")
        return place, round(lon + self.chance.gauss(0, 1.5e-4), 6), round(lat + self.chance.gauss(0, 1.2e-4), 6)

    def _tells(self, a: Arrival) -> tuple[bool, bool]:
        """Whether whoever raised it said who they are, and whether they want it withheld."""
        unsigned = a.channel == "box" and self.chance.random() * 100 < _UNSIGNED
        anonymous = unsigned or a.channel == "field" or (a.channel == "web" and self.chance.random() * 100 < _ANONYMOUS)
        return not anonymous, self.chance.random() * 100 < _WITHHELD

    def _reporter(self, matter_id: int, withheld: bool) -> None:
        name = self.chance.choices(self.names["surnames"], self.names["surname_weights"])[0] + self.chance.choice(self.names["given"])
        phone = f"100{self.chance.randrange(10**8):08d}"  # no mobile number begins with 100
        table = Reporter._meta.db_table
        sealed = [crypto.seal(t, crypto.context(table, c, matter_id)) for t, c in ((name, "name_sealed"), (phone, "phone_sealed"))]
        self.reporters.append((matter_id, *sealed, withheld))


_FLOW = (
    "id", "uid", "charter_id", "procedure", "kind", "subject", "subject_ref", "title", "place_id", "path", "step", "end", "level", "owner_id",
    "seq", "head", "began_at", "entered_at", "due_at", "whole_due_at", "ended_at", "overdue", "suspended", "escalations", "wake_at", "memory",
    "is_demo",
)  # fmt: skip
_EVENT = (
    "flow_id", "seq", "at", "by_id", "role", "kind", "step_from", "step_to", "outcome", "data", "texts", "salt", "text_digest", "prev", "hash",
)  # fmt: skip
_TODO = ("flow_id", "seat_id", "role", "since", "due_at", "done_at")
_MATTER = (
    "id", "number", "request_id", "follow_digest", "flow_id", "category", "title", "text", "channel", "line", "raised_from_id", "place_id", "path",
    "found_by", "address", "lon", "lat", "raised_at", "is_public", "public_decided", "answer", "answered_at", "rating", "is_demo",
)  # fmt: skip
_REPORTER = ("matter_id", "name_sealed", "phone_sealed", "withheld")


def _reserve(model, count: int) -> list[int]:
    """Set ``count`` keys of the table aside."""
    with connection.cursor() as cursor:
        cursor.execute("select nextval(pg_get_serial_sequence(%s, 'id')) from generate_series(1, %s)", [model._meta.db_table, count])
        return [key for (key,) in cursor.fetchall()]


def _copy(model, columns: Iterable[str], rows: list[tuple]) -> None:
    names = ", ".join(f'"{c}"' for c in columns)
    with connection.cursor() as cursor, cursor.copy(f"copy {model._meta.db_table} ({names}) from stdin") as copy:
        for row in rows:
            copy.write_row(row)
