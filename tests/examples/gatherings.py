"""Meetings and activities."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.core.files.base import ContentFile
from django.utils import timezone

from linli.gatherings.doing import ACTS
from tests.examples.base import Example, example


def _gathering(world, *, held: bool = False):
    """A gathering of the street's communities, planned or held, convened by the street's coordinator, about nothing in particular."""
    from linli.gatherings.actions import Plan, Presence, hold_gathering, plan_gathering
    from linli.gatherings.models import Gathering

    found = Gathering.objects.filter(title="试", state="held" if held else "planned").first()
    if found is None:
        by, now = world.visitors["street-coordinator inside"].user, timezone.now()
        when = now - timedelta(hours=3) if held else now + timedelta(days=1)
        found = plan_gathering(
            by=by, request_id=uuid.uuid4(), kind="training", seat=world.seat("street-coordinator", "S1"), place=world.places["S1"],
            plan=Plan("试", "二楼", when, when + timedelta(hours=1)), now=when - timedelta(hours=1),
        )  # fmt: skip
        if held:
            found = hold_gathering(by=by, gathering=found, seq=None, presence=Presence({}), text="试", now=now)
    return found


def _to_gathering(ability: str, *, held: bool = False):
    """An act of planning or writing down: found by those who see it, refused to those who may not."""

    def make(world):
        row = _gathering(world, held=held)
        mine = (row.seat_id,)
        return Example(
            {"pk": row.pk},
            path="S1",
            ability="gathering.see",
            involved=mine,
            refused=lambda v: ability != "gathering.see" and not world.covers(v, ability, "S1"),
        )

    return make


for _name in ("detail", "sheet", "ics"):
    example(f"gatherings:{_name}")(_to_gathering("gathering.see"))
example("gatherings:print")(_to_gathering("gathering.see", held=True))
for _name in ("change", "call_off"):
    example(f"gatherings:{_name}")(_to_gathering("gathering.convene"))
for _name in ("hold", "papers"):
    example(f"gatherings:{_name}")(_to_gathering("gathering.record"))
for _name in ("recount", "minutes"):
    example(f"gatherings:{_name}")(_to_gathering("gathering.record", held=True))


for _name in ("get", *ACTS):
    example(f"api:{_name}_gathering")(lambda world: Example({"id": _gathering(world).pk}))
example("api:get_paper")(lambda world: Example({"id": _gathering(world).pk, "uid": uuid.uuid4()}))


@example("gatherings:paper")
def _(world):
    from linli.gatherings.models import Paper

    row, by = _gathering(world), world.visitors["street-coordinator inside"].user
    paper = Paper.objects.filter(gathering=row).first()
    if paper is None:
        paper = Paper(gathering=row, kind="document", name="试.txt", mime="text/plain", size=1, sha256="0" * 64, at=timezone.now(), by=by)
        paper.file.save("t.txt", ContentFile(b"x"))
    return Example({"uid": paper.uid}, path="S1", ability="gathering.see", involved=(row.seat_id,))


@example("gatherings:public")
def _(world):
    return Example({"code": world.places["C1"].code})
