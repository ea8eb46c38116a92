"""The demonstration's gatherings: the same each time, within the rules, with honest counts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction

from linli.frame.models import ActLog
from linli.gatherings.demo.make import AHEAD, BACK, make_gatherings
from linli.gatherings.models import Attendance, Gathering, State
from linli.gatherings.tests.factories import DAY, START
from linli.gatherings.words import history, lines_of
from linli.kit.discreet import indiscretions

pytestmark = pytest.mark.django_db
KEPT = ("uid", "kind", "title", "starts_at", "state", "residents", "members_came", "written_at")


def made(town, seed: int) -> list[tuple]:
    """What a seed makes, undone again."""
    with transaction.atomic():
        make_gatherings(town.version, town.places["d"], seed=seed, now=START)
        found = list(Gathering.objects.order_by("pk").values_list(*KEPT))
        transaction.set_rollback(True)
    return found


def test_the_same_seed_makes_the_same_gatherings_and_another_others(town):
    once = made(town, 7)
    assert len(once) > 20
    assert made(town, 7) == once
    assert made(town, 8) != once


def test_what_is_made_keeps_the_rules_and_counts_honestly(town):
    flow = town.matter("g1")
    type(flow).objects.update(is_demo=True)
    said = make_gatherings(town.version, town.places["d"], seed=1, now=START + DAY)
    rows = list(Gathering.objects.all())
    assert said.startswith(f"{len(rows)} gatherings")
    assert {g.kind for g in rows} >= {"work-meeting", "residents-council", "party-meeting", "legal-education", "volunteering"}
    for g in rows:
        assert timedelta(days=-BACK - 1) < g.starts_at - START < timedelta(days=AHEAD + 2)
        assert g.is_demo
        assert g.made_at < g.starts_at or g.made_at < START + DAY
        if g.state == State.HELD:
            assert g.ends_at < START + DAY
        if g.members is not None:
            came = g.attendance.filter(member=True, state=Attendance.State.CAME).count()
            assert (g.members, g.members_came) == (g.attendance.filter(member=True).count(), came)
        assert (g.written_at is not None) == g.minutes.exists()
        texts = [g.title, g.where, *g.agenda, *(t for m in g.minutes.all() for t in (m.text, m.result))]
        assert not any(indiscretions(t) for t in texts)
        assert all(line["what"] for line in history(lines_of(g)))
    assert ActLog.objects.filter(act="gatherings.gathering.planned").count() == len(rows)
