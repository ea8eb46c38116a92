from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from linli.access.models import User
from linli.bodies import work
from linli.bodies.actions import appoint, release
from linli.bodies.models import Holding

pytestmark = pytest.mark.django_db
PASSWORD = "long enough 7"


@pytest.fixture
def head(area):
    return area.holder("station-head", "C1", since=timezone.now() - timedelta(days=30), name="李站长")


@pytest.fixture
def desk(client, head):
    client.force_login(head)
    return client


@pytest.fixture
def fresh(client, head):
    """Signed in as the head, and just asked for the password."""
    client.force_login(head)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return client


def text(response) -> str:
    return response.content.decode()


def test_the_list_shows_holders_vacancies_and_where_work_falls(desk, area):
    area.holder("grid-worker", "G11", name="王秀兰")
    page = text(desk.get("/posts/"))
    assert "王秀兰" in page
    assert "甲社区 · 站长" in page  # does the work of the vacant seats
    assert "乙一网格" not in page


def test_the_list_finds_by_state_area_post_and_name(desk, area):
    area.holder("grid-worker", "G11", name="王秀兰")
    rows = lambda query: {str(s) for s in desk.get("/posts/", query).context["listing"].rows}  # noqa: E731
    assert rows({"state": "held"}) == {"grid-worker D.S1.C1.G11", "station-head D.S1.C1"}
    assert len(rows({"state": "vacant"})) == 3
    assert rows({"q": "王秀"}) == {"grid-worker D.S1.C1.G11"}
    assert rows({"q": "甲二", "post": "grid-guide"}) == {"grid-guide D.S1.C1.G12"}
    assert rows({"area": "D.S2"}) == rows({})  # not a place of theirs: said at the field, left out


def test_every_page_asks_a_constant_number_of_questions(desk, area, django_assert_max_num_queries, count_open_work):
    for grid in ("G11", "G12"):
        area.holder("grid-worker", grid)
        area.holder("grid-guide", grid)
    seat = area.seat("station-head", "C1")
    count_open_work(lambda seats: {pk: work.OpenWork(3, 1) for pk in seats})
    for url in ("/posts/", "/posts/grids/", f"/posts/{seat.pk}/", f"/posts/people/{Holding.objects.get(seat=seat).user_id}/"):
        with django_assert_max_num_queries(12):
            assert desk.get(url).status_code == 200


def test_each_grid_is_shown_with_its_officers(desk, area):
    area.holder("grid-worker", "G11", name="王秀兰")
    page = text(desk.get("/posts/grids/"))
    assert "王秀兰" in page
    assert "网格员" in page
    assert "党建指导员" in page
    assert "乙一网格" not in page


def test_a_seat_outside_the_area_does_not_exist(desk, area):
    seat = area.seat("grid-worker", "G21")
    for name in ("seat", "appoint", "new_person"):
        assert desk.get(reverse(f"bodies:{name}", args=[seat.pk])).status_code in (302, 404)
    assert desk.get(reverse("bodies:seat", args=[seat.pk])).status_code == 404


def test_appointing_asks_for_the_password_again(desk, area):
    url = reverse("bodies:appoint", args=[area.seat("grid-worker", "G11").pk])
    response = desk.get(url)
    assert response.status_code == 302
    assert response["Location"].startswith(reverse("account_reauthenticate"))


def test_what_was_sent_goes_through_once_the_password_is_given(desk, area):
    newcomer, seat = area.user("赵敏"), area.seat("grid-worker", "G11")
    url = reverse("bodies:appoint", args=[seat.pk])
    asked = desk.post(url, {"user": newcomer.username, "duty": "A"})
    assert not Holding.objects.filter(user=newcomer).exists()
    desk.post(asked["Location"], {"password": PASSWORD, "next": url})
    assert Holding.objects.current().filter(user=newcomer, seat=seat).exists()


def test_somebody_is_appointed_by_name(fresh, area):
    newcomer, seat = area.user("赵敏"), area.seat("grid-worker", "G11")
    response = fresh.post(reverse("bodies:appoint", args=[seat.pk]), {"user": "赵敏", "duty": "A"}, follow=True)
    assert "赵敏 已任命" in text(response) or "赵敏 is appointed" in text(response)
    assert Holding.objects.current().filter(user=newcomer, seat=seat).exists()


def test_a_name_that_two_people_have_asks_for_the_sign_in_name(fresh, area):
    one, two = area.user("赵敏"), area.user("赵敏")
    response = fresh.post(reverse("bodies:appoint", args=[area.seat("grid-worker", "G11").pk]), {"user": "赵敏", "duty": "A"})
    assert response.status_code == 422
    assert one.username in text(response)
    assert two.username in text(response)


def test_an_overlap_is_said_at_the_field_and_the_rest_is_kept(fresh, area, head):
    user, seat = area.user("赵敏"), area.seat("grid-worker", "G11")
    appoint(by=head, seat=seat, user=user)
    response = fresh.post(reverse("bodies:appoint", args=[seat.pk]), {"user": user.username, "duty": "B", "note": "借调三个月"})
    assert response.status_code == 422
    assert "借调三个月" in text(response)
    assert "user" in response.context["form"].errors


def test_handing_over_says_how_much_work_moves(fresh, area, head, count_open_work):
    seat = area.seat("grid-worker", "G11")
    holding = appoint(by=head, seat=seat, user=area.user())
    heir = area.user("赵敏")
    count_open_work(lambda seats: {seat.pk: work.OpenWork(5, 2)})
    page = text(fresh.get(reverse("bodies:hand_over", args=[holding.pk])))
    assert "5" in page
    fresh.post(reverse("bodies:hand_over", args=[holding.pk]), {"to_user": heir.username})
    assert Holding.objects.current().get(seat=seat).user == heir


def test_whoever_is_second_is_told_that_somebody_was_first(fresh, area, head):
    holding = appoint(by=head, seat=area.seat("grid-worker", "G11"), user=area.user())
    release(by=head, holding=holding)
    response = fresh.post(reverse("bodies:release", args=[holding.pk]), {})
    assert response.status_code == 409


def test_releasing_on_a_last_day_lets_that_day_count(fresh, area, head):
    holding = appoint(by=head, seat=area.seat("grid-worker", "G11"), user=area.user())
    last = timezone.localdate() + timedelta(days=4)
    fresh.post(reverse("bodies:release", args=[holding.pk]), {"when": last.isoformat()})
    holding.refresh_from_db()
    assert timezone.localtime(holding.until - timedelta(seconds=1)).date() == last


def test_who_leaves_a_post_is_refused_at_the_next_request_and_signed_out(client, area, head):
    worker = area.holder("station-head", "C2")
    client.post(reverse("account_login"), {"login": worker.username, "password": PASSWORD})
    assert client.get("/posts/").status_code == 200
    release(by=None, holding=worker.holdings.get())
    response = client.get("/posts/")
    assert (response.status_code, reverse("account_login") in response.get("Location", "")) == (302, True)


def test_who_leaves_by_the_calendar_is_refused_though_no_job_ran(client, area):
    worker = area.holder("station-head", "C2")
    client.force_login(worker)
    assert client.get("/posts/").status_code == 200
    worker.holdings.update(until=timezone.now())
    assert client.get("/posts/").status_code == 403


def test_a_new_account_comes_with_a_post_and_a_password_shown_once(fresh, area, client):
    seat = area.seat("grid-worker", "G11")
    response = fresh.post(
        reverse("bodies:new_person", args=[seat.pk]), {"name": "赵敏", "username": "zhaomin", "phone_last4": "5678", "duty": "A"}, follow=True
    )  # fmt: skip
    password, user = response.context["password"], User.objects.get(username="zhaomin")
    assert password in text(response)
    assert "no-store" in response["Cache-Control"]
    assert user.check_password(password)
    assert user.must_change_password
    assert Holding.objects.current().get(user=user).seat == seat
    assert password not in text(fresh.get(reverse("bodies:person", args=[user.pk])))


@pytest.mark.parametrize("username, why", [("user1", "taken"), ("zhao min", "signs"), ("", "empty")])
def test_a_new_account_that_cannot_be_made_leaves_nothing(fresh, area, username, why):
    before = User.objects.count()
    response = fresh.post(
        reverse("bodies:new_person", args=[area.seat("grid-worker", "G11").pk]), {"name": "赵敏", "username": username, "duty": "A"}
    )
    assert response.status_code == 422, why
    assert response.context["form"].errors["username"]
    assert User.objects.count() == before


def test_a_person_is_shown_with_the_posts_of_my_area_only(desk, area):
    user = area.holder("grid-worker", "G11", name="赵敏")
    Holding.objects.create(seat=area.seat("grid-worker", "G21"), user=user, since=timezone.now())
    page = text(desk.get(reverse("bodies:person", args=[user.pk])))
    assert "甲一网格" in page
    assert "乙一网格" not in page


def test_a_person_of_another_area_does_not_exist(desk, area):
    user = area.holder("grid-worker", "G21")
    assert desk.get(reverse("bodies:person", args=[user.pk])).status_code == 404


def test_closing_an_account_ends_it_everywhere(fresh, area, client):
    from django.test import Client

    user = area.holder("grid-worker", "G11")
    theirs = Client()
    theirs.post(reverse("account_login"), {"login": user.username, "password": PASSWORD})
    fresh.post(reverse("bodies:person_act", args=[user.pk, "close"]))
    assert theirs.get("/posts/").status_code == 302
    assert area.seat("grid-worker", "G11").acting == area.seat("station-head", "C1")
    fresh.post(reverse("bodies:person_act", args=[user.pk, "open"]))
    assert area.seat("grid-worker", "G11").acting == area.seat("grid-worker", "G11")


def test_nobody_closes_their_own_account(fresh, head):
    fresh.post(reverse("bodies:person_act", args=[head.pk, "close"]))
    head.refresh_from_db()
    assert head.is_active


def test_an_account_with_more_power_cannot_be_set_back_from_below(fresh, area, head):
    """A station head would otherwise become the district by giving its coordinator a new password."""
    boss = area.holder("district-coordinator", "D")
    Holding.objects.create(seat=area.seat("grid-worker", "G11"), user=boss, since=timezone.now(), duty="B")
    assert fresh.get(reverse("bodies:person", args=[boss.pk])).status_code == 200
    assert fresh.post(reverse("bodies:person_act", args=[boss.pk, "password"])).status_code == 403
    boss.refresh_from_db()
    assert boss.check_password(PASSWORD)


def test_the_list_can_be_taken_out_with_a_reason(desk, area):
    area.holder("grid-worker", "G11", name="王秀兰")
    response = desk.post("/posts/", {"export": "xlsx", "why": "通讯录核对"})
    assert response.status_code == 200
    assert "spreadsheetml" in response["Content-Type"]


def test_the_page_of_a_place_names_its_posts_and_who_holds_them(desk, area):
    area.holder("grid-worker", "G11", name="王秀兰")
    page = text(desk.get(reverse("places:place", args=[area.places["G11"].pk])))
    assert "王秀兰" in page
    assert "空缺" in page  # its other posts


def test_who_would_check_their_own_work_is_said_before_it_is_done(fresh, area, head, monkeypatch):
    seat, user = area.seat("grid-worker", "G11"), area.user("赵敏")
    held = appoint(by=head, seat=area.seat("station-head", "C1"), user=user)
    monkeypatch.setattr("linli.bodies.queries._kept_apart", lambda charter: {("grid-worker", "station-head")})
    url, data = reverse("bodies:appoint", args=[seat.pk]), {"user": user.username, "duty": "A"}
    page = fresh.post(url, data)
    assert page.status_code == 422
    assert [p.name for p in [held.seat.place] if p.name in page.context["both"][0]]
    assert not Holding.objects.current().filter(seat=seat, user=user).exists()
    assert fresh.post(url, data | {"knowing": "1"}).status_code == 302
    assert Holding.objects.current().filter(seat=seat, user=user).exists()


def test_the_shipped_charters_keep_handling_and_checking_apart():
    from linli.bodies.queries import _kept_apart
    from linli.charter.loader import find, load

    pairs = _kept_apart(load(find("qingshan")))
    assert ("grid-worker", "community-checker") in pairs
    assert ("street-desk", "community-checker") not in pairs
