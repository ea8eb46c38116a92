import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.access.scope import can, scope_of
from linli.bodies import work
from linli.bodies.actions import appoint, hand_over, may_fill, most_at_once, release
from linli.bodies.models import Holding
from linli.frame.models import ActLog
from linli.frame.refusal import Conflict, Refusal

pytestmark = pytest.mark.django_db


@pytest.fixture
def head(area):
    return area.holder("station-head", "C1", since=timezone.now() - timedelta(days=30))


def test_who_is_appointed_can_at_once_do_what_the_post_does(area, head):
    user = area.user()
    assert not can(user, "matter.see", area.places["G11"])
    appoint(by=head, seat=area.seat("grid-worker", "G11"), user=user)
    assert can(user, "matter.see", area.places["G11"])
    assert not can(user, "matter.see", area.places["G12"])


def test_appointing_leaves_one_line_in_the_log(area, head):
    appoint(by=head, seat=area.seat("grid-worker", "G11"), user=area.user(), note="新到岗")
    line = ActLog.objects.get(act="bodies.holding.given")
    assert (line.by_id, line.path, line.data["note"]) == (head.pk, "D.S1.C1.G11", "新到岗")


def test_nobody_appoints_outside_their_area(area, head):
    with pytest.raises(PermissionDenied):
        appoint(by=head, seat=area.seat("grid-worker", "G21"), user=area.user())
    assert Holding.objects.count() == 1


def test_nobody_appoints_to_a_post_that_may_do_more_than_they(area, head):
    stronger = replace(area.charter.posts["grid-worker"], id="grid-worker", abilities=("matter.contact",))
    area.charter.posts["grid-worker"] = stronger
    assert not may_fill(head, area.seat("grid-worker", "G11"))
    with pytest.raises(PermissionDenied):
        appoint(by=head, seat=area.seat("grid-worker", "G11"), user=head)


def test_a_worker_appoints_nobody(area):
    worker = area.holder("grid-worker", "G11")
    with pytest.raises(PermissionDenied):
        appoint(by=worker, seat=area.seat("grid-guide", "G11"), user=worker)


def test_holding_the_same_post_twice_at_once_is_refused_with_the_dates(area, head):
    user, seat = area.user("王秀兰"), area.seat("grid-worker", "G11")
    area.charter.posts["grid-worker"] = replace(area.charter.posts["grid-worker"], seats=(1, 3))
    appoint(by=head, seat=seat, user=user)
    with pytest.raises(Refusal) as refused:
        appoint(by=head, seat=seat, user=user, since=timezone.now() + timedelta(days=3))
    assert refused.value.field == "user"
    assert "王秀兰" in refused.value.message
    assert f"{timezone.localdate():%Y-%m-%d}" in refused.value.message


def test_no_more_people_than_the_charter_has_places(area, head):
    seat = area.seat("grid-worker", "G11")
    appoint(by=head, seat=seat, user=area.user())
    with pytest.raises(Refusal) as refused:
        appoint(by=head, seat=seat, user=area.user())
    assert refused.value.code == "full"
    assert "1" in refused.value.message


def test_the_next_holder_may_be_named_before_the_present_one_leaves(area, head):
    seat, now = area.seat("grid-worker", "G11"), timezone.now()
    appoint(by=head, seat=seat, user=area.user(), until=now + timedelta(days=10))
    appoint(by=head, seat=seat, user=area.user(), since=now + timedelta(days=10))
    assert seat.holdings.count() == 2


@pytest.mark.parametrize(
    "since, until, field",
    [(timedelta(days=-2), None, "since"), (timedelta(days=2), timedelta(days=1), "until"), (timedelta(days=2), timedelta(days=2), "until")],
)
def test_impossible_periods_are_refused_at_their_field(area, head, since, until, field):
    now = timezone.now()
    with pytest.raises(Refusal) as refused:
        appoint(by=head, seat=area.seat("grid-worker", "G11"), user=area.user(), since=now + since, until=until and now + until, now=now)
    assert refused.value.field == field


def test_a_closed_account_gets_no_post(area, head):
    with pytest.raises(Refusal) as refused:
        appoint(by=head, seat=area.seat("grid-worker", "G11"), user=area.user(is_active=False))
    assert refused.value.field == "user"


def test_leaving_a_post_takes_what_it_could_do_and_nothing_else(area, head):
    user = area.user()
    first = appoint(by=head, seat=area.seat("grid-worker", "G11"), user=user)
    appoint(by=head, seat=area.seat("grid-worker", "G12"), user=user, duty="B")
    release(by=head, holding=first)
    assert scope_of(user).paths("flow.act") == ["D.S1.C1.G12"]


def test_a_seat_that_was_left_has_its_work_done_one_level_up(area, head):
    user, seat = area.user(), area.seat("grid-worker", "G11")
    holding = appoint(by=head, seat=seat, user=user)
    seat.refresh_from_db()
    assert seat.acting == seat
    release(by=head, holding=holding)
    seat.refresh_from_db()
    assert seat.acting == area.seat("station-head", "C1")


def test_a_holding_ends_once(area, head):
    holding = appoint(by=head, seat=area.seat("grid-worker", "G11"), user=area.user())
    release(by=head, holding=holding)
    with pytest.raises(Conflict):
        release(by=head, holding=holding)
    with pytest.raises(Conflict):
        hand_over(by=head, holding=holding, to_user=area.user())


def test_a_leaving_can_be_set_for_later_and_brought_forward(area, head):
    now = timezone.now()
    holding = appoint(by=head, seat=area.seat("grid-worker", "G11"), user=area.user())
    holding = release(by=head, holding=holding, when=now + timedelta(days=9))
    holding = release(by=head, holding=holding, when=now + timedelta(days=2))
    assert holding.until == now + timedelta(days=2)
    with pytest.raises(Refusal):
        release(by=head, holding=holding, when=now + timedelta(days=5))


def test_handing_over_leaves_no_instant_without_a_holder(area, head):
    one, two, seat = area.user(), area.user(), area.seat("grid-worker", "G11")
    old = appoint(by=head, seat=seat, user=one, duty="B")
    new = hand_over(by=head, holding=old, to_user=two, note="调岗")
    old.refresh_from_db()
    assert old.until == new.since
    assert (new.user, new.duty) == (two, "B")
    assert not scope_of(one).held
    seat.refresh_from_db()
    assert seat.acting == seat


def test_the_log_says_how_much_open_work_moved_along(area, head, count_open_work):
    seat = area.seat("grid-worker", "G11")
    holding = appoint(by=head, seat=seat, user=area.user())
    count_open_work(lambda seats: {seat.pk: work.OpenWork(7, 2)})
    hand_over(by=head, holding=holding, to_user=area.user())
    assert ActLog.objects.get(act="bodies.holding.handed_over").data["open"] == 7


def test_a_handover_that_is_refused_changes_nothing(area, head):
    holding = appoint(by=head, seat=area.seat("grid-worker", "G11"), user=area.user())
    with pytest.raises(Refusal):
        hand_over(by=head, holding=holding, to_user=area.user(is_active=False))
    holding.refresh_from_db()
    assert holding.until is None


@pytest.mark.django_db(transaction=True)
def test_of_two_people_handing_over_at_once_exactly_one_succeeds(monkeypatch):
    from linli.bodies.tests import factories

    area = factories.district(monkeypatch)
    head = area.holder("station-head", "C1")
    holding = appoint(by=head, seat=area.seat("grid-worker", "G11"), user=area.user())
    heirs, start, done = [area.user(), area.user()], threading.Barrier(2), []

    def run(heir):
        start.wait()
        try:
            hand_over(by=head, holding=holding, to_user=heir)
            done.append("over")
        except Conflict as conflict:
            done.append(conflict.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[heir]) for heir in heirs]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert sorted(done) == ["ended", "over"]
    assert Holding.objects.current().filter(seat__post="grid-worker").count() == 1


_days = st.integers(min_value=0, max_value=12)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(_days, _days | st.none()), max_size=8))
def test_the_count_of_places_taken_is_that_of_the_fullest_day(periods):
    now = timezone.now()
    moments = [(now + timedelta(days=a), None if b is None else now + timedelta(days=b)) for a, b in periods]
    by_day = [sum(a <= day and (b is None or day < b) for a, b in periods) for day in range(14)]
    assert most_at_once(moments) == max(by_day)
