"""What the closed loop looks like, through the real acts: a place where the same keeps coming, somebody to ring up, a post in the notice.

Chance alone gives a large demonstration all of these and a small one perhaps none.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from random import Random

from django.utils import timezone

from linli.access.models import User
from linli.bodies.models import Holding
from linli.flow.jobs import run_clock
from linli.matters import actions
from linli.matters.models import Channel, Matter
from linli.matters.notices import lines_of
from linli.matters.reporters import ReporterInfo
from linli.places.models import Place

KIND = "environment.rubbish"
TEXT = "垃圾点旁边又堆了一大堆生活垃圾，两天没人清，发臭。"
TIMES = (40, 24, 16)  # days ago; the last is answered, and whoever told of it has said nothing since
_TEXTS: Mapping[str, Mapping[str, str]] = {
    "accepted": {}, "dispatched": {}, "done": {"result": "已组织清运，地面冲洗干净。"}, "passed": {"finding": "现场查看，已清理干净。"},
    "answered": {"answer": "垃圾已清运，点位增加一次清运。"},
}  # fmt: skip


def close_the_loop(root: Place, *, seed: int, now: datetime | None = None) -> str:
    """In one grid: three matters of a kind, the last waiting for a call; one left lying last month, named in its notice."""
    now, chance = now or timezone.now(), Random(f"closing {seed}")
    grid = _shown(root)
    if grid is None:
        return ""
    for ago in TIMES:
        told = timezone.localtime(now - timedelta(days=ago)).replace(hour=9, minute=0, second=0, microsecond=0)
        matter = _handled(_raised(grid, told, chance), list(_TEXTS), told)
        if ago != TIMES[-1] and matter.flow.step == "rate":
            actions.rate_matter(matter=matter, rating="satisfied", now=told + timedelta(hours=6))
    month = (timezone.localdate(now).replace(day=1) - timedelta(days=1)).replace(day=1)
    began = timezone.make_aware(datetime(month.year, month.month, 2, 9))  # noqa: DTZ001  made aware here
    _handled(_raised(grid, began, chance), ["accepted", "dispatched"], began)
    run_clock(now=now)  # what time alone has caused since
    return f"{len(TIMES) + 1} of a kind at one place" + (", last month's notice signed" if _sign(root, month, now) else "")


def _shown(root: Place) -> Place | None:
    """The grid of the worker whose sign-in is there to try; the first one where there is none."""
    held = (
        Holding.objects.current()
        .filter(user__username="grid", user__is_demo=True, seat__post="grid-worker")
        .select_related("seat__place")
        .first()
    )
    return held.seat.place if held else Place.objects.current().within(root.path).filter(level="grid").order_by("code").first()


def _raised(grid: Place, at: datetime, chance: Random) -> Matter:
    person = ReporterInfo("欧阳试用", f"100{chance.randrange(10**8):08d}", by_sms=True)  # no mobile number begins with 100
    return actions.raise_matter(
        request_id=uuid.UUID(int=chance.getrandbits(128), version=4), channel=Channel.WEB, text=TEXT, category=KIND, place=grid,
        reporter=person, now=at, is_demo=True,
    ).matter  # fmt: skip


def _handled(matter: Matter, outcomes: list[str], at: datetime) -> Matter:
    """Taken through these steps within a morning, each by somebody who may."""
    for n, outcome in enumerate(outcomes, 1):
        by = _whose(matter)
        if by is None:  # a vacant post: it lies where it is
            break
        when = at + timedelta(minutes=20 * n)
        matter = actions.take_matter_step(by=by, matter=matter, seq=None, outcome=outcome, texts=dict(_TEXTS[outcome]), now=when)
        matter = Matter.objects.select_related("flow", "place").get(pk=matter.pk)
    return matter


def _whose(matter: Matter) -> User | None:
    """Somebody who does the work of the responsible seat and didn't handle it."""
    owner = matter.flow.owner
    if owner is None:
        return None
    handled = matter.flow.memory.get("takers", {}).get("handle")
    held = Holding.objects.current().filter(seat=owner.acting_id).exclude(user=handled).select_related("user").order_by("pk").first()
    return held.user if held else None


def _sign(root: Place, month: date, now: datetime) -> bool:
    """The district's notice of last month, where its coordinator has somebody to name."""
    seat = Holding.objects.current(now).filter(seat__post="district-coordinator", seat__place=root).select_related("user").first()
    if seat is None or not lines_of(root, month):
        return False
    actions.sign_notice(by=seat.user, place=root, month=month, remark="请列入通报的单位和岗位三个工作日内书面说明。", now=now)
    return True
