from collections import Counter

import pytest
from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError
from django.urls import reverse

from linli.access import demo, guard
from linli.access.accounts import create_admin
from linli.access.models import User
from linli.access.scope import can
from linli.bodies.models import Holding, Seat
from linli.places.models import Place

pytestmark = pytest.mark.django_db


@pytest.fixture
def qingshan(db, monkeypatch):
    """Two streets of the shipped charter with two communities of five grids each, furnished."""
    from datetime import date

    from django.utils import timezone

    from linli.bodies.furnish import furnish
    from linli.charter.loader import find, load, sources
    from linli.charter.models import CharterInForce, CharterVersion

    folder = find("qingshan")
    charter = load(folder)
    root = Place.objects.create(
        code=charter.area.root, name="青山区", level="district", path="R", valid_from=date(2020, 1, 1), is_demo=True
    )
    for s in "12":
        street = Place.objects.create(
            code=f"s{s}", name=f"街道{s}", level="street", parent=root, path=f"R.s{s}", valid_from=date(2020, 1, 1)
        )
        for c in "12":
            code = f"s{s}c{c}"
            town = Place.objects.create(
                code=code, name=f"社区{s}{c}", level="community", parent=street, path=f"{street.path}.{code}", valid_from=date(2020, 1, 1)
            )
            for g in range(5):
                Place.objects.create(
                    code=f"{code}g{g}",
                    name=f"网格{g}",
                    level="grid",
                    parent=town,
                    path=f"{town.path}.{code}g{g}",
                    valid_from=date(2020, 1, 1),
                )
    now = timezone.now()
    version = CharterVersion.objects.create(
        key="qingshan", version=charter.version, sha256=charter.sha256, source=sources(folder), adopted_at=now
    )
    CharterInForce.objects.create(charter=version, from_when=now, decided_at=now)
    furnish(charter, root)
    return charter


def test_every_grid_worker_serves_at_the_station_first(qingshan):
    demo.make_staff(qingshan, seed=1)
    for holding in Holding.objects.current().filter(seat__post="grid-worker").select_related("seat"):
        first = Holding.objects.current().get(user=holding.user, duty="A")
        assert (holding.duty, first.seat.post) == ("B", "community-counter")
        assert str(holding.seat.path).startswith(str(first.seat.path))


def test_there_is_one_chair_or_vice_chair_for_800_households(qingshan):
    demo.make_staff(qingshan, seed=1)
    chairs = Holding.objects.current().filter(seat__post__in=demo.CHAIRS, seat__place__code="s1c1")
    assert chairs.count() == 3  # 5 grids of 400
    voices = Counter(
        Holding.objects.current().filter(seat__post="grid-voice", seat__place__parent__code="s1c1").values_list("user", flat=True)
    )
    assert set(voices) == set(chairs.values_list("user", flat=True))
    assert max(voices.values()) == 2


def test_no_seat_has_more_people_than_the_charter_allows(qingshan):
    demo.make_staff(qingshan, seed=1)
    for (post, _seat), n in Counter(Holding.objects.current().values_list("seat__post", "seat")).items():
        assert n <= qingshan.posts[post].seats[1]


def test_some_seats_are_vacant_and_their_work_still_lies_with_somebody(qingshan):
    made = demo.make_staff(qingshan, seed=3)
    assert made.vacant > 0
    assert not Seat.objects.filter(post__in=list(qingshan.posts), acting=None).exists()


def test_what_is_said_to_be_made_is_what_stands_in_post_today(qingshan):
    made = demo.make_staff(qingshan, seed=3)
    assert (made.people, made.holdings) == (User.objects.filter(is_active=True).count(), Holding.objects.current().count())
    assert Holding.objects.count() > made.holdings


def test_the_same_seed_makes_the_same_people(qingshan):
    from django.db import transaction

    def once():
        with transaction.atomic():
            demo.make_staff(qingshan, seed=5)
            made = list(
                Holding.objects.order_by("seat", "user__username", "duty").values_list("seat", "user__username", "user__name", "duty")
            )
            transaction.set_rollback(True)
        return made

    assert once() == once()


def test_every_sign_in_works_and_says_what_to_try(qingshan, client):
    demo.make_staff(qingshan, seed=1)
    rows = demo.demo_signins()
    assert [r.username for r in rows] == [
        "district",
        "street",
        "desk",
        "party",
        "station",
        "mediator",
        "chair",
        "check",
        "caller",
        "grid",
        "city",
        "audit",
    ]
    for row in rows:
        assert authenticate(None, username=row.username, password=demo.PASSWORD), row
        assert all(row)
    response = client.post(reverse("account_login"), {"login": "district", "password": demo.PASSWORD})
    assert response["Location"] == "/desk/"


def test_the_sign_ins_lie_where_the_grids_are(qingshan):
    Seat.objects.filter(place__level="grid", path__startswith="R.s1.").delete()
    demo.make_staff(qingshan, seed=1)
    held = Holding.objects.current().filter(user__username__in=["street", "desk", "station", "check", "grid"]).select_related("seat")
    assert {h.user.username for h in held if str(h.seat.path).startswith("R.s2")} == {"street", "desk", "station", "check", "grid"}
    assert {str(h.seat.path).split(".")[2] for h in held if h.seat.path.count(".") > 1} == {"s2c1"}


def test_the_district_coordinator_can_everything_and_the_grid_worker_only_in_the_grid(qingshan):
    demo.make_staff(qingshan, seed=1)
    boss, worker = User.objects.get(username="district"), User.objects.get(username="grid")
    elsewhere = Place.objects.get(code="s2c2g4")
    assert can(boss, "post.assign", elsewhere)
    assert can(worker, "flow.act")
    assert not can(worker, "flow.act", elsewhere)


def test_demonstration_staff_is_refused_over_a_real_account(qingshan):
    User.objects.create_user("real", name="真人", password="long enough 7")
    with pytest.raises(guard.RealData):
        demo.make_staff(qingshan, seed=1)
    assert not User.objects.filter(is_demo=True).exists()


def test_demonstration_sign_ins_are_locked_as_soon_as_anything_is_real(qingshan, client):
    demo.make_staff(qingshan, seed=1)
    User.objects.create_user("real", name="真人", password="long enough 7")
    response = client.post(reverse("account_login"), {"login": "district", "password": demo.PASSWORD})
    assert response.status_code == 200
    assert response.context["form"].non_field_errors()
    assert client.get("/posts/").status_code == 302


def test_one_who_is_signed_in_already_is_locked_out_too(qingshan, client):
    demo.make_staff(qingshan, seed=1)
    client.post(reverse("account_login"), {"login": "district", "password": demo.PASSWORD})
    assert client.get("/posts/").status_code == 200
    guard.forget()  # at most ten seconds later
    User.objects.create_user("real", name="真人", password="long enough 7")
    assert client.get("/posts/").status_code == 302


def test_what_a_room_calls_real_locks_them_too(qingshan, monkeypatch):
    monkeypatch.setitem(guard._REAL, "matters", lambda: True)
    with pytest.raises(guard.RealData, match="matters"):
        demo.make_staff(qingshan, seed=1)


def test_loaded_places_are_no_real_data(qingshan):
    assert Place.objects.filter(is_demo=False).exists()
    assert guard.real_data() == []


def test_without_demonstration_data_no_account_exists_until_the_first_is_made(qingshan):
    assert not User.objects.exists()
    admin = create_admin("first", "第一人", "long enough 7")
    assert can(admin, "post.assign", Place.objects.get(code=qingshan.area.root))
    assert Holding.objects.get(user=admin).seat.post == "district-coordinator"


def test_the_first_account_is_refused_beside_demonstration_data(qingshan):
    demo.make_staff(qingshan, seed=1)
    with pytest.raises(ValidationError):
        create_admin("first", "第一人", "long enough 7")


@pytest.mark.parametrize(
    "wrong", [{"place": "nowhere"}, {"post": "king"}, {"place": "s1", "post": "grid-worker"}, {"password": "short"}, {"username": "a b"}]
)
def test_a_first_account_that_cannot_be_made_leaves_nothing(qingshan, wrong):
    given = {"username": "first", "name": "第一人", "password": "long enough 7", **wrong}
    with pytest.raises(ValidationError):
        create_admin(**given)
    assert not User.objects.exists()
