"""A place that is renamed, redrawn, moved or ended, seen from the posts over it."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from linli.access.scope import can, scope_of
from linli.bodies import work
from linli.bodies.furnish import furnish
from linli.bodies.models import Body, Holding, Seat
from linli.bodies.queries import vacancies
from linli.frame.models import ActLog
from linli.places import followers
from linli.places.actions import change_place, end_place
from linli.places.models import Place

pytestmark = pytest.mark.django_db


def fresh(user):
    """The user as the next request reads them."""
    return type(user).objects.get(pk=user.pk)


@pytest.fixture
def worker(area):
    return area.holder("grid-worker", "G11")


def test_the_posts_of_a_renamed_place_move_to_the_row_that_follows(area, worker):
    head = area.holder("station-head", "C1")
    seat = area.seat("station-head", "C1")
    new, _warnings = change_place(area.places["C1"], by=None, name="新甲社区")
    assert new.pk != area.places["C1"].pk
    seat.refresh_from_db()
    assert (seat.place_id, str(seat.path)) == (new.pk, "D.S1.C1")
    assert [h.user_id for h in seat.holdings.current()] == [head.pk]
    assert can(fresh(head), "post.assign", Place.objects.get(code="G11"))
    assert not Seat.objects.filter(place=area.places["C1"]).exists()
    made = furnish(area.charter, area.places["D"])
    assert (made.bodies, made.seats) == (0, 0)  # nothing is missing afterwards


def test_a_body_is_called_after_the_new_name_unless_it_has_one_of_its_own(area):
    station = Body.objects.get(key="station", place=area.places["C1"])
    own = Body.objects.get(key="station", place=area.places["C2"])
    assert station.name == "甲社区服务站"
    Body.objects.filter(pk=own.pk).update(name="邻里之家")
    change_place(area.places["C1"], by=None, name="新甲社区")
    change_place(area.places["C2"], by=None, name="新乙社区")
    station.refresh_from_db()
    own.refresh_from_db()
    assert (station.name, own.name) == ("新甲社区服务站", "邻里之家")


def test_with_a_moved_place_everybody_below_it_moves_and_is_answered_for_by_the_new_street(area, worker):
    old_lead, new_lead = area.holder("street-coordinator", "S1"), area.holder("street-coordinator", "S2")
    vacant = area.seat("grid-worker", "G12")
    assert vacant.acting == area.seat("street-coordinator", "S1")
    change_place(area.places["C1"], by=None, parent=area.places["S2"])
    vacant.refresh_from_db()
    assert (str(vacant.path), vacant.acting) == ("D.S2.C1.G12", area.seat("street-coordinator", "S2"))
    assert scope_of(fresh(worker)).paths("matter.see") == ["D.S2.C1.G11"]
    grid = Place.objects.get(code="G11")
    assert can(fresh(new_lead), "matter.see", grid)
    assert not can(fresh(old_lead), "matter.see", grid)


def test_a_seat_of_a_body_higher_up_joins_the_body_it_now_lies_under(area, monkeypatch):
    seat = area.seat("station-head", "C1")
    old, new = (Body.objects.get(key="street-office", place=area.places[s]) for s in ("S1", "S2"))
    Seat.objects.filter(pk=seat.pk).update(body=old)
    change_place(area.places["C1"], by=None, parent=area.places["S2"])
    seat.refresh_from_db()
    assert seat.body == new


def test_a_place_corrected_on_the_day_it_began_takes_its_posts_along_too(area, worker):
    Place.objects.filter(code="C1").update(valid_from=timezone.localdate())
    change_place(area.places["C1"], by=None, name="新甲社区", parent=area.places["S2"])
    assert str(area.seat("grid-worker", "G11").path) == "D.S2.C1.G11"
    assert Body.objects.get(key="station", place=area.places["C1"]).name == "新甲社区服务站"


def test_a_change_can_t_be_entered_before_its_day(area):
    with pytest.raises(ValidationError, match=r"lies ahead|尚未到"):
        change_place(area.places["C1"], by=None, name="新甲社区", valid_from=timezone.localdate() + timedelta(days=1))
    assert Place.objects.get(code="C1").name == "甲社区"


def test_with_its_place_a_post_ends_and_access_the_same_minute(area, worker):
    end_place(area.places["G11"], by=None)
    holding = Holding.objects.get(user=worker)
    assert holding.until <= timezone.now()
    assert not scope_of(fresh(worker)).held
    assert ActLog.objects.filter(act="bodies.holding.ended", by=None).count() == 1
    assert "G11" not in {s.place.code for s in vacancies("D", area.charter)}
    assert "G12" in {s.place.code for s in vacancies("D", area.charter)}


def test_a_place_that_ends_later_keeps_its_people_until_then(area, worker):
    day = timezone.localdate() + timedelta(days=30)
    end_place(area.places["G11"], by=None, on=day)
    until = timezone.localtime(Holding.objects.get(user=worker).until)
    assert (until.date(), until.hour, until.minute) == (day, 0, 0)
    assert can(fresh(worker), "matter.see", area.places["G11"])
    assert "G11" in {s.place.code for s in vacancies("D", area.charter) if s.post == "grid-guide"}


def test_a_place_with_open_work_can_t_end_and_nothing_of_it_is_saved(area, worker, count_open_work):
    seat = area.seat("grid-worker", "G11")
    count_open_work(lambda seats: {seat.pk: work.OpenWork(3, 1)} if seat.pk in seats else {})
    with pytest.raises(ValidationError, match="3"):
        end_place(area.places["G11"], by=None)
    assert Place.objects.get(code="G11").valid_to is None
    assert Holding.objects.get(user=worker).until is None


def test_a_follower_that_fails_takes_the_whole_change_back(area, worker, monkeypatch):
    def refuse(change):
        raise ValidationError("not now")

    monkeypatch.setattr(followers, "_replaced", [*followers._replaced, refuse])
    with pytest.raises(ValidationError, match="not now"), transaction.atomic():
        change_place(area.places["C1"], by=None, name="新甲社区")
    assert area.seat("grid-worker", "G11").place == Place.objects.get(code="G11")
    assert Place.objects.filter(code="C1").count() == 1
    assert area.seat("station-head", "C1").place.name == "甲社区"


def test_a_place_without_posts_ends_without_asking(area):
    house = Place.objects.create(
        code="H1", level="building", name="1号楼", parent=area.places["G11"], path="D.S1.C1.G11.H1", valid_from=date(2020, 1, 1)
    )
    assert end_place(house, by=None).valid_to == timezone.localdate()
