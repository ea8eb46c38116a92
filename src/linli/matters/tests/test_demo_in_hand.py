"""Whoever signs in to the demonstration finds work of their own, whatever the day and hour it was made."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from linli.access.demo import SIGNINS, make_staff
from linli.bodies.models import Holding
from linli.charter.store import charter_of, version_in_force
from linli.flow.models import Event, Flow
from linli.matters.demo.in_hand import IN_HAND
from linli.matters.demo.simulate import make_matters
from linli.matters.disputes.models import Agreement
from linli.matters.tests import factories
from linli.places.models import Place

pytestmark = pytest.mark.django_db
LOCAL = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def staffed(db, monkeypatch):
    """The district of the town, with the demonstration's staff in its posts."""
    monkeypatch.setattr(factories, "POSTS", {})
    root = factories.make_town().d
    Place.objects.update(is_demo=True)
    make_staff(charter_of(version_in_force()), seed=1)
    return root


@pytest.mark.parametrize(
    "made",
    [
        datetime(2026, 11, 30, 0, 50, tzinfo=LOCAL),  # the small hours of a Monday
        datetime(2026, 11, 28, 15, tzinfo=LOCAL),  # a Saturday
        datetime(2026, 12, 2, 23, 59, tzinfo=LOCAL),
        datetime(2026, 10, 7, 9, tzinfo=LOCAL),  # the last day of the long holiday
        datetime(2027, 1, 1, 0, 0, tzinfo=LOCAL),
    ],
)
def test_who_signs_in_to_the_demonstration_finds_work(staffed, made):
    make_matters(version_in_force(), staffed, days=0, seed=1, now=made)
    for procedure, step, post, _days in IN_HAND:
        mine = Flow.objects.filter(procedure=procedure, step=step)
        if post:
            held = Holding.objects.filter(seat__post=post)
            mine = mine.filter(owner__in=(held.filter(user__username=SIGNINS[post][0]) if post in SIGNINS else held).values("seat"))
        assert mine.exists(), (step, post)
    assert Event.objects.filter(kind="handover_asked").exists()
    assert Agreement.objects.filter(by__username=SIGNINS["mediation-chair"][0]).exists()


def test_nobody_is_rung_up_in_the_very_moment_the_time_for_rating_is_over(staffed):
    make_matters(version_in_force(), staffed, days=120, seed=1, now=datetime(2026, 12, 2, 15, tzinfo=LOCAL))
    entered = dict(Event.objects.filter(outcome="silent", step_to="callback").values_list("flow", "at"))
    rung = Event.objects.filter(flow__in=entered, step_from="callback", kind="taken").exclude(role="reporter").order_by("seq")
    waited = [at - entered[flow] for flow, at in rung.values_list("flow", "at") if at >= entered[flow]]
    assert waited
    assert min(waited) >= timedelta(minutes=1)
