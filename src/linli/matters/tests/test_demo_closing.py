"""The demonstration shows the closed loop, however small it is."""

from datetime import timedelta

import pytest
from django.utils import timezone

from linli.charter.store import version_in_force
from linli.flow.models import Flow
from linli.matters.demo.closing import close_the_loop
from linli.matters.demo.hotline import make_orders
from linli.matters.demo.outside import connect, hang_up
from linli.matters.models import Channel, Course, Matter, Notice, WorkOrder
from linli.matters.tests.factories import report
from linli.measures.actions import compute_measures

pytestmark = pytest.mark.django_db


def test_the_smallest_demonstration_holds_what_recurs_a_call_to_make_and_a_notice(town):
    said = close_the_loop(town.d, seed=1)
    compute_measures()
    assert "notice signed" in said
    assert Course.objects.filter(recurs=True).exists()
    assert Flow.objects.get(step="callback").owner.post == "street-checker"
    month = timezone.localdate().replace(day=1)
    assert Notice.objects.get().month == (
        month.replace(year=month.year - 1, month=12) if month.month == 1 else month.replace(month=month.month - 1)
    )
    assert not Matter.objects.filter(is_demo=False).exists()


def test_what_came_by_the_hotline_has_its_work_order_and_what_closed_since_this_morning_waits_to_be_answered(town):
    now = timezone.now()
    long_ago = now - timedelta(days=9)
    open_, done, fresh = (report(town, now=long_ago, channel=Channel.HOTLINE, by=town.desk).matter for _n in range(3))
    report(town, now=long_ago)
    Matter.objects.update(is_demo=True)
    for matter, ended in ((done, long_ago + timedelta(days=2)), (fresh, now)):
        Flow.objects.filter(pk=matter.flow_id).update(
            end="closed", step="", ended_at=ended, owner=None, due_at=None, whole_due_at=None, wake_at=None
        )
    assert make_orders(version_in_force(), town.d, seed=1, now=now) == "3 work orders, 1 of them answered back"
    assert [o.answered_back_at is not None for o in WorkOrder.objects.order_by("matter")] == [m == done for m in (open_, done, fresh)]
    assert make_orders(version_in_force(), town.d, seed=1, now=now).startswith("0")  # each has one


def test_the_demonstration_shows_keys_nobody_knows_and_a_system_that_refused_a_message(town):
    from linli.access.models import ApiKey
    from linli.outbox.models import Message

    connect(town.d)
    close_the_loop(town.d, seed=1)
    assert "1 of them undeliverable" in hang_up(town.d)
    assert ApiKey.objects.count() == 3
    told = Message.objects.filter(subscription__active=False)
    assert (told.filter(state="dead").count(), told.filter(state="waiting", due_at=None).count() > 3) == (1, True)
    assert Message.objects.filter(channel="sms", state="waiting").exists()
    assert not Message.objects.filter(
        channel="webhook", state="waiting", due_at__isnull=False
    ).exists()  # nothing leaves for a system that isn't there
