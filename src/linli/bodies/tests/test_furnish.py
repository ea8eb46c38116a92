from dataclasses import replace
from datetime import date

import pytest

from linli.bodies.furnish import furnish, name_at
from linli.bodies.models import Body, Seat
from linli.places.models import Place

pytestmark = pytest.mark.django_db


def test_every_place_of_a_posts_level_gets_its_seat(area):
    assert Seat.objects.filter(post="grid-worker").count() == 4
    assert Seat.objects.filter(post="station-head").count() == 2
    assert Seat.objects.filter(post="parks-officer").count() == 1


def test_a_grids_seat_belongs_to_the_body_of_its_community(area):
    assert area.seat("grid-worker", "G21").body == Body.objects.get(key="station", place=area.places["C2"])


def test_furnishing_again_makes_nothing(area):
    assert furnish(area.charter, area.places["D"]) == type(furnish(area.charter, area.places["D"]))(0, 0, 0)


def test_a_place_that_is_added_is_furnished_and_the_rest_left_alone(area):
    worker = area.holder("grid-worker", "G11")
    Place.objects.create(code="G13", level="grid", name="甲三", parent=area.places["C1"], path="D.S1.C1.G13", valid_from=date(2020, 1, 1))
    made = furnish(area.charter, area.places["D"])
    assert (made.bodies, made.seats) == (0, 2)
    assert worker.holdings.count() == 1


def test_a_body_with_named_places_stands_only_there(area):
    station = replace(area.charter.bodies["station"], id="pilot", places=("C2",))
    post = replace(area.charter.posts["grid-worker"], id="pilot-worker", body="pilot")
    text = replace(area.charter, bodies={**area.charter.bodies, "pilot": station}, posts={**area.charter.posts, "pilot-worker": post})
    furnish(text, area.places["D"])
    assert list(Body.objects.filter(key="pilot").values_list("place__code", flat=True)) == ["C2"]
    assert set(Seat.objects.filter(post="pilot-worker").values_list("place__code", flat=True)) == {"G21", "G22"}


def test_one_community_can_be_furnished_by_itself(area):
    Seat.objects.all().delete()
    Body.objects.all().delete()
    assert furnish(area.charter, area.places["C1"]).bodies == 1
    assert set(Seat.objects.values_list("place__code", flat=True)) == {"C1", "G11", "G12"}


def test_what_place_and_body_share_is_said_once():
    assert name_at("都兰社区", "社区服务站") == "都兰社区服务站"
    assert name_at("青山区", "区城市管理局") == "青山区城市管理局"
    assert name_at("青山区", "园林绿化中心") == "青山区园林绿化中心"
    assert name_at("青山区", "青山区社会管理指挥中心") == "青山区社会管理指挥中心"
    assert name_at("北嘉社区居委会", "社区管理服务站") == "北嘉社区管理服务站"
    assert name_at("北嘉社区居委会", "社区居委会") == "北嘉社区居委会"
    assert name_at("先锋道街道办事处", "街道办事处") == "先锋道街道办事处"
