from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from linli.bodies.acting import ladder, refresh_acting
from linli.bodies.jobs import turn_holdings
from linli.bodies.models import Seat
from linli.bodies.queries import vacancies

pytestmark = pytest.mark.django_db


def acting(area, post, place):
    return area.seat(post, place).acting


def test_a_held_seat_does_its_own_work(area):
    area.holder("grid-worker", "G11")
    assert acting(area, "grid-worker", "G11") == area.seat("grid-worker", "G11")


def test_a_vacant_seats_work_falls_to_the_next_held_level(area):
    area.holder("street-coordinator", "S1")
    assert acting(area, "grid-worker", "G11") == area.seat("street-coordinator", "S1")
    area.holder("station-head", "C1")
    assert acting(area, "grid-worker", "G11") == area.seat("station-head", "C1")
    assert acting(area, "station-head", "C1") == area.seat("station-head", "C1")


def test_work_never_falls_into_a_neighbouring_street(area):
    area.holder("station-head", "C2")
    area.holder("street-coordinator", "S2")
    assert acting(area, "grid-worker", "G11") is None


def test_where_nobody_at_all_holds_a_seat_the_fault_is_shown(area):
    assert Seat.objects.exclude(acting=None).count() == 0
    assert vacancies("D", area.charter).count() == Seat.objects.count()


def test_a_closed_account_leaves_its_seat_vacant(area):
    user = area.holder("grid-worker", "G11")
    area.holder("station-head", "C1")
    user.is_active = False
    user.save()
    refresh_acting()
    assert acting(area, "grid-worker", "G11") == area.seat("station-head", "C1")


def test_periods_that_begin_and_end_count_from_their_minute_on(area):
    now = timezone.now()
    area.holder("station-head", "C1", since=now - timedelta(days=9))
    area.holder("grid-worker", "G11", since=now + timedelta(hours=1), until=now + timedelta(hours=2))
    own, up = area.seat("grid-worker", "G11"), area.seat("station-head", "C1")
    assert acting(area, "grid-worker", "G11") == up
    assert turn_holdings(now + timedelta(minutes=59))[0] == 0
    assert turn_holdings(now + timedelta(minutes=60))[0] == 1
    assert acting(area, "grid-worker", "G11") == own
    turn_holdings(now + timedelta(minutes=119))
    assert acting(area, "grid-worker", "G11") == own
    turn_holdings(now + timedelta(minutes=120))
    assert acting(area, "grid-worker", "G11") == up


def test_refreshing_some_seats_reaches_all_whose_ladder_leads_over_them(area):
    area.holder("district-coordinator", "D")
    head = area.holder("station-head", "C1")
    head.holdings.update(until=timezone.now())
    assert refresh_acting([area.seat("station-head", "C1")], timezone.now()) == 1 + 4  # itself, two workers, two guides
    assert acting(area, "grid-worker", "G12") == area.seat("district-coordinator", "D")


def test_a_charter_whose_ladder_goes_in_a_circle_still_ends(area):
    posts = dict(area.charter.posts)
    posts["district-coordinator"] = replace(posts["district-coordinator"], falls_to="grid-worker")
    text = replace(area.charter, posts=posts)
    assert ladder(text, "station-head") == ["station-head", "street-coordinator", "district-coordinator", "grid-worker"]
    refresh_acting(charter=text)


def test_all_seats_of_a_district_take_one_statement(area, django_assert_num_queries):
    with django_assert_num_queries(1):
        refresh_acting(charter=area.charter)


def test_vacancies_below_a_place_say_where_the_work_falls(area):
    area.holder("station-head", "C1")
    area.holder("grid-worker", "G11")
    found = {(s.post, s.place.code): s.acting.post for s in vacancies("D.S1.C1", area.charter)}
    assert found == {("grid-guide", "G11"): "station-head", ("grid-worker", "G12"): "station-head", ("grid-guide", "G12"): "station-head"}
