"""Boxes of the demonstration: one at each community, opened as people do, mostly on the day; what came by them lay in them."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, time, timedelta
from random import Random

from django.utils import timezone

from linli.bodies.models import Holding, Seat
from linli.charter.models import CharterVersion
from linli.charter.store import charter_of
from linli.flow.engine import calendar_of
from linli.matters.boxes.schedule import due_days
from linli.matters.models import Box, Channel, Matter, Round, Slip
from linli.places.models import Level, Place

SPOTS = (
    ("便民服务大厅", "服务大厅门口左侧墙上"), ("菜市场北门", "菜市场北门岗亭旁"), ("小区大门", "大门内公告栏右侧"),
    ("老年活动室", "活动室门外走廊"), ("文化广场", "广场宣传栏背面"),
)  # fmt: skip
LATE, MISSED, BLANK = 8, 4, 12  # of a hundred: opened the day after, not at all, with an empty slip in it
SECONDS = ("居民代表赵淑珍", "居民代表孙建国", "楼长李桂兰", "楼长王德顺")


def make_boxes(version: CharterVersion, root: Place, *, days: int, seed: int, now: datetime | None = None) -> str:
    """A box at each community below ``root`` and its rounds of ``days``. Returns a line that counts them."""
    now, chance, charter = now or timezone.now(), Random(f"boxes {seed}"), charter_of(version)
    if charter.boxes is None:
        return "none"
    today = timezone.localdate(now)
    hung = today - timedelta(days=days)
    owed = due_days(charter.boxes.days, hung, today, calendar_of(charter).is_working_day)
    keepers = {s.place_id: s for s in Seat.objects.filter(post=charter.boxes.keeper)}
    holders: dict[int, list[int]] = defaultdict(list)
    for seat, user in Holding.objects.current(now).filter(seat__in=keepers.values()).values_list("seat", "user").order_by("pk"):
        holders[seat].append(user)
    slips = _slips()
    counts = {"boxes": 0, "rounds": 0, "slips": 0}
    for n, place in enumerate(Place.objects.current().within(root.path).filter(level=Level.COMMUNITY).order_by("code"), 1):
        keeper = keepers.get(place.pk)
        people = holders.get(keeper.pk, []) if keeper else []
        if keeper is None or not people:
            continue
        name, where = SPOTS[n % len(SPOTS)]
        box = Box.objects.create(
            number=f"YJX-{n:03d}", name=name, place=place, path=str(place.path), where=where, keeper=keeper, hung_on=hung, is_demo=True
        )
        counts["boxes"] += 1
        _rounds(box, owed, slips.get(str(place.path), []), people, chance, now, counts)
    return ", ".join(f"{n} {what}" for what, n in counts.items())


def _slips() -> dict[str, list[Matter]]:
    """What came by boxes, by the path of its community, oldest first."""
    found: dict[str, list[Matter]] = defaultdict(list)
    for matter in Matter.objects.filter(channel=Channel.BOX, is_demo=True).order_by("raised_at"):
        found[str(matter.path).rpartition(".")[0]].append(matter)
    return found


def _rounds(
    box: Box, owed: list[date], matters: list[Matter], people: list[int], chance: Random, now: datetime, counts: dict[str, int]
) -> None:
    today = timezone.localdate(now)
    by_day: dict[date | None, list[Matter]] = defaultdict(list)
    for matter in matters:
        raised = timezone.localdate(matter.raised_at)
        by_day[max((d for d in owed if d <= raised), default=None)].append(matter)
    for day in [None, *owed]:
        lay = by_day.get(day, [])
        if day is None and not lay:
            continue
        round_ = _round(box, day, lay, people, chance, today)
        round_.save()
        counts["rounds"] += 1
        if round_.opened_at is None or round_.opened_by_id is None:
            continue
        by = round_.opened_by_id
        rows = [Slip(round=round_, number=i, matter=m, at=m.raised_at, by_id=by) for i, m in enumerate(lay, 1)]
        if (round_.slips or 0) > len(lay):
            rows.append(Slip(round=round_, number=len(lay) + 1, aside=Slip.Aside.EMPTY, at=round_.opened_at, by_id=by))
        Slip.objects.bulk_create(rows)
        counts["slips"] += len(rows)


def _round(box: Box, day: date | None, lay: list[Matter], people: list[int], chance: Random, today: date) -> Round:
    """Opened a little before its first slip was entered; without slips, on the day, the day after, or not at all. Today's still waits."""
    round_ = Round(box=box, due_on=day)
    opened = lay[0].raised_at - timedelta(minutes=12) if lay else None
    luck = chance.random() * 100
    if opened is None and day is not None and day < today and luck >= MISSED:
        later = 1 if luck < MISSED + LATE else 0
        opened = timezone.make_aware(datetime.combine(day + timedelta(days=later), time(9, chance.randrange(60))))
        opened = None if timezone.localdate(opened) >= today else opened
    if opened is None:
        round_.missed = day is not None and day < today
        return round_
    round_.opened_at, round_.opened_by_id, round_.second = opened, chance.choice(people), chance.choice(SECONDS)
    round_.slips = len(lay) + (chance.random() * 100 < BLANK)
    round_.enter_by = opened + timedelta(days=1)
    round_.completed_at = max([opened, *(m.raised_at for m in lay)])
    return round_
