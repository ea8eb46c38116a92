"""A small district with work in it, for the tests of the home pages: rows written directly, no actions involved."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

from django.utils import timezone

import linli
from linli.access.models import User
from linli.bodies.furnish import furnish
from linli.bodies.models import Holding, Seat
from linli.charter.models import CharterVersion
from linli.charter.store import adopt, charter_in_force, forget
from linli.flow.models import Event, Flow, Todo
from linli.matters.models import Channel, Matter
from linli.places.models import Place

CHARTERS = Path(linli.__file__).parent / "charters"


def place(code: str, name: str, level: str, parent: Place | None = None, **more) -> Place:
    path = f"{parent.path}.{code}" if parent else code
    return Place.objects.create(code=code, name=name, level=level, parent=parent, path=path, valid_from=date(2020, 1, 1), **more)


def district() -> Place:
    """青山区 with one street, two communities of two grids each, furnished with every seat of the charter; nobody sits yet."""
    adopt(CHARTERS / "qingshan", by="tests")
    forget()
    root = place("150204000000", "青山区", "district")
    street = place("150204006000", "幸福路街道", "street", root)
    for n, name in enumerate(("都兰社区", "富强路社区"), 19):
        community = place(f"1502040060{n}", name, "community", street)
        for g in (1, 2):
            place(f"1502040060{n}g{g}", f"{name}第{g}网格", "grid", community, households=400 + g)
    furnish(charter_in_force(), root)
    return root


def person(username: str, name: str = "", **more) -> User:
    user = User(username=username, name=name or username, **more)
    user.set_password("a long enough password")
    user.save()
    return user


def seat(post: str, place_name: str) -> Seat:
    return Seat.objects.get(post=post, place__name=place_name)


def sit(user: User, post: str, place_name: str, **more) -> Seat:
    """``user`` holds the post over the place since yesterday, and its work is done there."""
    held = seat(post, place_name)
    Holding.objects.create(seat=held, user=user, since=timezone.now() - timedelta(days=1), **more)
    Seat.objects.filter(pk=held.pk).update(acting=held)
    return held


def matter(number: str, title: str, where: Place, owner: Seat, *, due: datetime | None, role: str = "lead", **flow) -> Flow:
    """A matter lying with ``owner`` in the step «handle», or ended where ``end`` is given."""
    charter = charter_in_force()
    category = next(c for c in charter.leaves() if c.public)
    procedure = charter.procedures[category.procedure]
    now = timezone.now()
    step = next(s.id for s in procedure.steps.values() if s.action == "handle")
    began = flow.pop("began_at", now - timedelta(days=2))
    work = Flow.objects.create(
        charter=CharterVersion.objects.get(),
        procedure=procedure.id,
        kind=category.id,
        subject="matters.matter",
        subject_ref=number,
        title=title,
        place=where,
        path=where.path,
        step="" if flow.get("end") else step,
        level=where.level,
        owner=owner,
        began_at=began,
        entered_at=began,
        due_at=due,
        whole_due_at=flow.pop("whole_due_at", due),
        ended_at=flow.pop("ended_at", now if flow.get("end") else None),
        **flow,
    )
    Matter.objects.create(
        number=number,
        follow_digest=f"{number:>064}",
        flow=work,
        category=category.id,
        title=title,
        text=title,
        channel=Channel.WEB,
        place=where,
        path=where.path,
        raised_at=began,
    )
    Todo.objects.create(flow=work, seat=owner, role=role, since=began, due_at=due, done_at=now if work.end else None)
    return work


def line(flow: Flow, kind: str, **more) -> Event:
    """A history line as far as pages read it; its hashes are not real."""
    seq = flow.events.count() + 1
    return Event.objects.create(
        flow=flow,
        seq=seq,
        at=timezone.now(),
        kind=kind,
        role=more.pop("role", "clock"),
        text_digest=bytes(32),
        prev=bytes(32),
        hash=bytes([seq]) * 32,
        **more,
    )


def good_end() -> str:
    charter = charter_in_force()
    category = next(c for c in charter.leaves() if c.public)
    return next(e.id for e in charter.procedures[category.procedure].ends.values() if e.good)


def full_district() -> dict[str, User]:
    """A worker with late, due, deciding and sent-on work, a leader of the community, empty seats, solved matters."""
    district()
    now, hour, day = timezone.now(), timedelta(hours=1), timedelta(days=1)
    worker, head = person("worker", "李娜"), person("head", "王芳")
    grid, other = Place.objects.get(name="都兰社区第1网格"), Place.objects.get(name="都兰社区第2网格")
    mine, hers = sit(worker, "grid-worker", grid.name), sit(head, "station-head", "都兰社区")
    seat_of_other = seat("grid-worker", other.name)
    Seat.objects.filter(pk=seat_of_other.pk).update(acting=mine)
    matter("QS-2026-000101", "3号楼前路灯不亮", grid, mine, due=now - 2 * day, overdue=True)
    matter("QS-2026-000102", "小区东门雨后积水，下水井堵塞", grid, mine, due=now + 5 * hour)
    matter("QS-2026-000103", "楼道堆放杂物，影响通行", other, seat_of_other, due=now + 4 * day)
    matter("QS-2026-000104", "申请延期：外墙渗水需请物业施工", grid, mine, due=None, role="approve")
    sent = matter("QS-2026-000105", "夜间施工噪声", grid, hers, due=now + 3 * day)
    Todo.objects.create(flow=sent, seat=mine, role="lead", since=now - 2 * day, done_at=now - day)
    line(sent, "taken", by=worker, step_from="dispatch", step_to=sent.step)
    end = good_end()
    for n in range(6):
        matter(
            f"QS-2026-00020{n}",
            "已办结的诉求",
            (grid, other)[n % 2],
            mine,
            due=now,
            end=end,
            began_at=now - (n + 2) * day,
            ended_at=now - n * day,
        )
    return {"worker": worker, "head": head}
