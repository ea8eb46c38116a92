import json
from datetime import date, datetime, timedelta
from importlib import import_module

import pytest
from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone, translation

from linli.frame.models import ActLog
from linli.places import lookup
from linli.places.actions import import_geojson
from linli.places.models import Facility, Place
from linli.places.tests.factories import DAY, building, collection, grid, make_tree, square

pytestmark = pytest.mark.django_db
guard = import_module("linli.access.scope")  # by name: rooms don't import upwards
held: dict = {}


@pytest.fixture
def tree():
    tree = make_tree()
    outline = {"type": "Feature", "geometry": square(109.86, 40.66, 0.004), "properties": {"level": "community", "code": "150204006019"}}
    text = collection(
        outline, grid("第一网格", square(109.86, 40.66), households=398), grid("第二网格", square(109.862, 40.66)),
        grid("第一网格", square(109.87, 40.66), community="150204006023"), building("3号楼", 109.861, 40.661, units=2, floors=6, dwellings=2),
    )  # fmt: skip
    assert import_geojson(text, by=None, valid_from=DAY).applied
    lookup.forget()
    return tree | {"grid": Place.objects.get(code="150204006019001")}


@pytest.fixture
def desk(tree, client):
    """The client of somebody who may see and change the street's places."""
    return sign_in(client, tree["street"])


def sign_in(client, place, abilities=("place.see", "place.edit")):
    """Somebody new, just signed in, with ``abilities`` over ``place``."""
    user = get_user_model().objects.create_user(username=f"u{len(held)}", password="a long password", name="王芳")
    client.force_login(user)
    client.post(reverse("account_reauthenticate"), {"password": "a long password"})  # dangerous acts ask for it
    held[user.pk] = guard.Scope((guard.Held(1, "p", place.pk, str(place.path), frozenset(abilities), "area", "A"),))
    return client


@pytest.fixture(autouse=True)
def _posts(monkeypatch):
    """Posts are the business of a floor above: what they cover is handed in here."""
    monkeypatch.setattr(guard, "_read", lambda user: held.get(user.pk, guard.Scope()))
    yield
    held.clear()


def test_the_tree_shows_ones_own_area_only(desk, tree, django_assert_max_num_queries):
    with django_assert_max_num_queries(12):
        page = desk.get(reverse("places:home"))
    text = page.content.decode()
    assert page.status_code == 200
    assert "都兰社区居委会" in text
    assert "青山路街道" in text
    assert ">青山区<" not in text
    assert "3号楼" not in text
    assert "3号楼" in desk.get(reverse("places:home"), {"q": "3号"}).content.decode()


def test_a_place_that_has_ended_is_found_by_name_and_by_code(desk, tree):
    Place.objects.filter(pk=tree["grid"].pk).update(valid_to=DAY + timedelta(days=1))
    for text in ("第一网格", tree["grid"].code):
        page = desk.get(reverse("places:home"), {"q": text})
        assert [(line.place.pk, line.gone) for line in page.context["lines"] if line.gone] == [(tree["grid"].pk, True)]
        assert "已撤销" in page.content.decode()


def test_english_reads_as_well(desk):
    with translation.override("en"):
        page = desk.get(reverse("places:home"), headers={"accept-language": "en"}).content.decode()
    assert "Households" in page
    assert "Import a file" in page


def test_a_place_shows_what_is_below_it_and_its_history(desk, tree, django_assert_max_num_queries):
    for n in range(30):
        Facility.objects.create(kind="lamp", name=f"{n}号路灯", place=tree["grid"], path=tree["grid"].path, lon=109.861, lat=40.661)
    place = Place.objects.current().get(code="150204006019")
    with django_assert_max_num_queries(12):
        page = desk.get(reverse("places:place", args=[place.pk])).content.decode()
    assert "第一网格" in page
    assert "398" in page
    assert 'data-shapes="/places/shapes.json?level=grid&amp;within=150204006019"' in page


def test_outside_ones_area_a_place_answers_404(client, tree):
    desk = sign_in(client, tree["dulan"])
    assert desk.get(reverse("places:place", args=[tree["beixin"].pk])).status_code == 404
    assert desk.get(reverse("places:place", args=[tree["street"].pk])).status_code == 404
    assert desk.get(reverse("places:change", args=[tree["beixin"].pk])).status_code == 404


def test_who_may_only_look_changes_nothing(client, tree):
    desk = sign_in(client, tree["street"], ("place.see",))
    for name in ("change", "end"):
        assert desk.post(reverse(f"places:{name}", args=[tree["dulan"].pk]), {"name": "x"}).status_code == 403
    assert desk.get(reverse("places:import")).status_code == 403


def test_the_map_page_has_its_table(desk, django_assert_max_num_queries):
    with django_assert_max_num_queries(12):
        page = desk.get(reverse("places:map"), {"within": "150204006019", "level": "grid"}).content.decode()
    assert "data-map" in page
    assert page.count("<tr data-id=") == 2


def test_a_name_is_changed_from_a_day_on(desk, tree):
    values = {"name": "都兰新社区", "aliases": "", "households": "", "shape": "", "datum": "wgs84", "valid_from": "2025-07-01"}
    page = desk.post(reverse("places:change", args=[Place.objects.current().get(code="150204006019").pk]), values)
    assert page.status_code == 302
    names = list(Place.objects.filter(code="150204006019").order_by("valid_from").values_list("name", "valid_from"))
    assert names == [("都兰社区居委会", DAY), ("都兰新社区", date(2025, 7, 1))]
    line = ActLog.objects.get(act="places.place.changed")
    assert line.data["before"]["name"] == "都兰社区居委会"
    assert line.by is not None


def test_a_bad_outline_is_told_at_its_field(desk, tree):
    overlapping = json.dumps(square(109.8615, 40.66))
    values = {"name": "第三网格", "households": "", "shape": overlapping, "datum": "wgs84", "valid_from": "2025-07-01"}
    page = desk.post(reverse("places:draw_grid", args=[Place.objects.current().get(code="150204006019").pk]), values)
    assert page.status_code == 422
    assert "第一网格" in page.context["form"].errors["shape"][0] + page.context["form"].errors["shape"][1]
    assert Place.objects.filter(name="第三网格").count() == 0


def test_a_building_is_added_with_its_dwellings(desk, tree):
    values = {
        "name": "4号楼",
        "aliases": "",
        "units": 2,
        "floors": 6,
        "dwellings": 2,
        "lon": "109.8612",
        "lat": "40.6612",
        "datum": "wgs84",
    }
    page = desk.post(reverse("places:add_building", args=[tree["grid"].pk]), values)
    assert page.status_code == 302
    house = Place.objects.get(name="4号楼")
    assert (house.households, house.code) == (24, "150204006019-B0002")
    assert Place.objects.within(str(house.path)).filter(level="dwelling").count() == 24


def test_a_place_with_something_below_it_is_not_ended(desk, tree):
    pk = Place.objects.current().get(code="150204006019").pk
    page = desk.post(reverse("places:end", args=[pk]), {"on": "2025-07-01", "reason": "合并"})
    assert page.status_code == 422
    assert desk.post(reverse("places:end", args=[tree["beixin"].pk]), {"on": "2025-07-01", "reason": ""}).status_code == 422
    assert Place.objects.get(pk=pk).valid_to is None


def upload(desk, text, kind="csv"):
    values = {"kind": kind, "file": SimpleUploadedFile("places.csv", text.encode()), "datum": "wgs84", "valid_from": "2025-07-01"}
    return desk.post(reverse("places:import"), values)


ROWS = "code,name,level,parent\n150204006019,新都兰社区居委会,community,150204006000\n"


def test_browsers_are_given_dates_as_they_read_them(desk, tree):
    for where in (
        reverse("places:import"),
        reverse("places:end", args=[tree["beixin"].pk]),
        reverse("places:change", args=[tree["beixin"].pk]),
    ):
        assert f'value="{timezone.localdate():%Y-%m-%d}"' in desk.get(where).content.decode()


def test_a_file_is_checked_shown_and_confirmed(desk, tree):
    page = upload(desk, ROWS)
    assert page.status_code == 302
    check = desk.get(page["Location"])
    assert check.context["report"].counts == {"renamed": 1}
    assert Place.objects.current().get(code="150204006019").name == "都兰社区居委会"
    wrong = desk.post(page["Location"], {"digest": "0" * 64})
    assert wrong.status_code == 409
    done = desk.post(page["Location"], {"digest": check.context["report"].digest})
    assert done.status_code == 302
    assert Place.objects.current().get(code="150204006019").name == "新都兰社区居委会"
    assert desk.get(page["Location"]).status_code == 302  # used up


def test_errors_are_shown_by_row_and_nothing_can_be_confirmed(desk, tree):
    page = upload(desk, ROWS + "12,坏,community,150204006000\n")
    check = desk.get(page["Location"])
    assert check.status_code == 422
    assert [p.number for p in check.context["report"].problems] == [3]
    assert desk.post(page["Location"], {"digest": check.context["report"].digest}).status_code == 422
    assert Place.objects.current().get(code="150204006019").name == "都兰社区居委会"


def test_rows_outside_ones_area_are_refused(client, tree):
    desk = sign_in(client, tree["beixin"])
    check = desk.get(upload(desk, ROWS)["Location"])
    assert [(p.number, p.field) for p in check.context["report"].problems] == [(2, "code")]


def test_another_users_file_can_t_be_seen(desk, tree, client):
    where = upload(desk, ROWS)["Location"]
    other = sign_in(client, tree["street"])
    assert other.get(where)["Location"] == reverse("places:import")


def test_the_export_holds_ones_area(client, tree):
    desk = sign_in(client, tree["beixin"])
    page = desk.get(reverse("places:export"), {"level": "grid"})
    assert [f["properties"]["code"] for f in json.loads(page.content)["features"]] == ["150204006023001"]
    assert "attachment" in page["Content-Disposition"]
    assert desk.get(reverse("places:export"), {"within": "150204006019"}).status_code == 404


def test_anybody_may_ask_which_grid_a_position_is_in(client, tree):
    found = client.get(reverse("places:locate"), {"lon": "109.861", "lat": "40.661"}).json()
    assert (found["grid"]["code"], found["community"]["name"], found["exact"]) == ("150204006019001", "都兰社区居委会", True)
    near = client.get(reverse("places:locate"), {"lon": "109.8595", "lat": "40.661"}).json()
    assert (near["grid"]["code"], near["exact"]) == ("150204006019001", False)
    assert 30 < near["metres"] < 60
    assert client.get(reverse("places:locate"), {"lon": "109.7", "lat": "40.661"}).json()["grid"] is None
    for bad in (
        {},
        {"lon": "x", "lat": "1"},
        {"lon": "200", "lat": "1"},
        {"lon": "nan", "lat": "1"},
        {"lon": "1", "lat": "1", "datum": "bd09"},
    ):
        assert client.get(reverse("places:locate"), bad).status_code == 400


def test_asking_too_often_is_stopped(client, tree):
    codes = [client.get(reverse("places:locate"), {"lon": "109.861", "lat": "40.661"}).status_code for _ in range(125)]
    assert codes[0] == 200
    assert codes[-1] == 429


def test_shapes_are_sent_once_until_they_change(client, tree, django_assert_num_queries):
    page = client.get(reverse("places:shapes"), {"level": "grid", "within": "150204006019"})
    assert [f["properties"]["name"] for f in page.json()["features"]] == ["第一网格", "第二网格"]
    with django_assert_num_queries(1):
        again = client.get(reverse("places:shapes"), {"level": "grid", "within": "150204006019"}, headers={"if-none-match": page["ETag"]})
    assert again.status_code == 304
    import_geojson(collection(grid("第三网格", square(109.86, 40.662))), by=None, valid_from=DAY)
    changed = client.get(reverse("places:shapes"), {"level": "grid", "within": "150204006019"}, headers={"if-none-match": page["ETag"]})
    assert len(changed.json()["features"]) == 3


def test_buildings_are_drawn_for_staff_of_the_area_only(client, tree):
    where = reverse("places:shapes")
    assert client.get(where, {"level": "building", "within": "150204006019"}).status_code == 404
    assert client.get(where, {"level": "dwelling"}).status_code == 404
    desk = sign_in(client, tree["dulan"])
    assert len(desk.get(where, {"level": "building", "within": "150204006019"}).json()["features"]) == 1
    assert desk.get(where, {"level": "building", "within": "150204006023"}).status_code == 404


def test_times_are_days_in_china():
    assert timezone.localdate(datetime.fromisoformat("2025-06-30T16:30:00+00:00")) == date(2025, 7, 1)


def test_whose_posts_cover_no_places_is_told_so_and_not_to_load_a_file(desk, tree):
    held.update(
        {user: guard.Scope((guard.Held(1, "p", tree["street"].pk, "nowhere", frozenset({"place.see"}), "area", "A"),)) for user in held}
    )
    page = desk.get(reverse("places:home")).content.decode()
    assert "您的岗位不管辖区" in page
    assert "CSV" not in page
