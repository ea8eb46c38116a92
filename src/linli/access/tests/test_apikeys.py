"""Keys of programs: who may make one, for what, and what ends it; and the pages where that is done."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from linli.access.apikeys import MOST, create_client_key, create_staff_key, key_of, revoke_key, visible_keys
from linli.access.models import ApiKey
from linli.bodies.models import Holding
from linli.charter.words import ABILITY
from linli.frame.models import ActLog
from linli.frame.refusal import Refusal
from linli.frame.templatetags.linli import named
from linli.matters.tests.factories import make_town

pytestmark = pytest.mark.django_db


@pytest.fixture
def town():
    return make_town()


def holding(user) -> Holding:
    return Holding.objects.select_related("seat__place").get(user=user)


def made(user, *abilities: str, **more) -> tuple[ApiKey, str]:
    given = {"name": "台账对接", "days": 30, "holding": holding(user), "abilities": abilities or ("matter.see",)} | more
    return create_staff_key(by=user, **given)


def test_the_secret_is_given_once_and_stored_nowhere(town):
    key, token = made(town.desk)
    kept = ApiKey.objects.get()
    assert token not in str(kept.__dict__)
    assert kept.digest == hashlib.sha256(token.encode()).hexdigest()
    assert token.startswith(kept.prefix)
    line = ActLog.objects.get(act="access.key.made")
    assert (line.by, line.data["name"], line.path) == (town.desk, "台账对接", str(town.s1.path))
    assert token not in str(line.data)
    assert key_of(token, "staff").pk == key.pk
    assert key_of(token, "client") is None


def test_nobody_makes_a_key_of_somebody_elses_seat_or_of_one_that_is_over(town):
    with pytest.raises(PermissionDenied):
        made(town.coordinator, holding=holding(town.desk))
    Holding.objects.filter(user=town.desk).update(until=timezone.now())
    with pytest.raises(PermissionDenied):
        made(town.desk)


@pytest.mark.parametrize("abilities", [(), ("flow.urge",), ("post.assign",), ("audit.see",), ("nonsense",)])
def test_a_key_has_no_more_than_its_post(town, abilities):
    with pytest.raises(Refusal) as refused:
        create_staff_key(by=town.desk, name="x", holding=holding(town.desk), abilities=abilities, days=1)
    assert refused.value.field == "abilities"
    assert named(ABILITY["matter.see"]) in refused.value.message  # it names what there is to choose from


@pytest.mark.parametrize(("change", "field"), [({"name": "  "}, "name"), ({"days": 0}, "days"), ({"days": 367}, "days")])
def test_a_key_has_a_name_and_an_end(town, change, field):
    with pytest.raises(Refusal) as refused:
        made(town.desk, **change)
    assert refused.value.field == field


def test_one_person_has_a_limited_number_of_keys(town):
    for _n in range(MOST):
        key, _token = made(town.desk)
    with pytest.raises(Refusal):
        made(town.desk)
    revoke_key(by=town.desk, key=key)
    assert made(town.desk)


def test_a_key_is_revoked_by_its_owner_and_by_who_appoints_there_and_by_nobody_else(town):
    key, token = made(town.desk)
    for stranger in (town.stranger, town.worker, town.auditor):
        with pytest.raises(PermissionDenied):
            revoke_key(by=stranger, key=key)
    assert key_of(token, "staff")
    revoke_key(by=town.coordinator, key=key)
    revoke_key(by=town.desk, key=key)
    assert key_of(token, "staff") is None
    assert ActLog.objects.filter(act="access.key.revoked").count() == 1
    assert ApiKey.objects.get().revoked_by == town.coordinator


def test_a_key_makes_and_revokes_no_keys(town):
    key, token = made(town.coordinator)
    program = key_of(token, "staff").made_by
    with pytest.raises(PermissionDenied):
        made(program)
    with pytest.raises(PermissionDenied):
        revoke_key(by=program, key=key)


def test_keys_are_seen_by_their_owner_and_by_who_appoints_there(town):
    key, _token = made(town.worker)
    assert {u for u in ("worker", "station", "coordinator", "district", "stranger", "desk") if key in visible_keys(town.people[u])} == {
        "worker", "station", "coordinator", "district",
    }  # fmt: skip


def test_a_key_to_hand_in_matters_is_made_by_who_appoints_over_the_whole_area(town):
    with pytest.raises(PermissionDenied):
        create_client_key(by=town.coordinator, name="小程序", place=town.d, days=30)
    with pytest.raises(Refusal):
        create_client_key(by=town.district, name="小程序", place=town.s1, days=30)
    _key, token = create_client_key(by=town.district, name="小程序", place=town.d, days=30)
    assert key_of(token, "client")
    assert key_of(token, "staff") is None


def test_a_key_is_used_by_days_and_asked_for_in_one_query(town, statements):
    _key, token = made(town.desk)
    assert ApiKey.objects.get().used_on is None
    statements.clear()
    key_of(token, "staff")
    assert len(statements) == 2
    assert ApiKey.objects.get().used_on == timezone.localdate()
    statements.clear()
    key_of(token, "staff")
    assert len(statements) == 1


def test_the_database_keeps_no_key_that_stands_on_nothing(town):
    key, _token = made(town.desk)
    for change in ({"holding": None}, {"abilities": []}, {"kind": "other"}, {"expires_at": key.made_at}, {"revoked_at": timezone.now()}):
        with pytest.raises(IntegrityError), transaction.atomic():
            ApiKey.objects.update(**change)


# --- the pages


@pytest.fixture
def signed_in(monkeypatch):
    monkeypatch.setenv("LINLI_REQUIRE_MFA", "0")


@pytest.fixture
def fresh(monkeypatch, signed_in):
    monkeypatch.setattr("allauth.account.internal.flows.reauthentication.did_recently_reauthenticate", lambda request: True)


def browser(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.usefixtures("signed_in")
def test_making_a_key_asks_for_the_password_first(town):
    response = browser(town.desk).post("/accounts/keys/new/", {"name": "x"})
    assert response.status_code == 302
    assert "/accounts/again/" in response["Location"]


@pytest.mark.usefixtures("fresh")
def test_the_page_makes_a_key_shows_it_once_and_ends_it(town):
    client = browser(town.desk)
    given = {"name": "台账对接", "acts": holding(town.desk).pk, "abilities": ["matter.see", "flow.act"], "days": 30}
    page = client.post("/accounts/keys/new/", given, follow=True)
    token = next(part.split("<")[0] for part in page.content.decode().split("<code>")[1:] if part.startswith("lk"))
    assert key_of(token, "staff")
    assert token not in client.get("/accounts/keys/").content.decode()
    key = ApiKey.objects.get()
    assert client.get(f"/accounts/keys/{key.pk}/revoke/").status_code == 200
    assert browser(town.stranger).post(f"/accounts/keys/{key.pk}/revoke/").status_code == 404
    assert client.post(f"/accounts/keys/{key.pk}/revoke/").status_code == 302
    assert key_of(token, "staff") is None


@pytest.mark.usefixtures("fresh")
def test_the_page_says_what_is_wrong_at_the_field(town):
    page = browser(town.desk).post("/accounts/keys/new/", {"name": "", "acts": "client", "abilities": ["post.assign"], "days": 900})
    assert page.status_code == 422
    assert {"name", "acts", "abilities", "days"} <= set(page.context["form"].errors)
    assert not ApiKey.objects.exists()


@pytest.mark.usefixtures("fresh")
def test_the_district_makes_a_key_to_hand_in_matters(town):
    page = browser(town.district).post("/accounts/keys/new/", {"name": "小程序", "acts": "client", "days": 30}, follow=True)
    assert page.status_code == 200, page.context["form"].errors
    assert ApiKey.objects.get().kind == "client"


@pytest.mark.usefixtures("signed_in")
def test_the_list_asks_a_constant_number_of_questions(town, django_assert_max_num_queries):
    for _n in range(10):
        made(town.desk)
    client = browser(town.district)
    client.get("/accounts/keys/")
    with django_assert_max_num_queries(12):
        assert client.get("/accounts/keys/").content.decode().count("/revoke/") == 10


def test_expired_keys_open_nothing(town):
    _key, token = made(town.desk, days=1)
    assert key_of(token, "staff", now=timezone.now() + timedelta(days=1, seconds=1)) is None
