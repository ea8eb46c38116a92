from datetime import UTC, datetime, timedelta

import pytest
from django.db import OperationalError
from django.test import Client, RequestFactory

from linli.frame import limits
from linli.frame.models import Tries

pytestmark = [pytest.mark.django_db, pytest.mark.urls("linli.frame.tests.site")]
NOW = datetime(2026, 3, 2, 4, 0, 1, tzinfo=UTC)


def test_the_third_try_of_two_is_told_when_to_come_back_and_gets_its_text_back():
    client = Client()
    for _ in range(2):
        assert client.post("/limited/").content == b"taken"
    response = client.post("/limited/", {"text": "楼道灯坏了"})
    assert response.status_code == 429
    assert 1 <= int(response["Retry-After"]) <= 3600
    assert "楼道灯坏了" in response.content.decode()
    assert Client(REMOTE_ADDR="10.0.0.9").post("/limited/").content == b"taken"  # somebody else


def test_reading_is_not_counted():
    for _ in range(5):
        assert Client().get("/limited/").status_code == 200
    assert not Tries.objects.exists()


def test_a_try_costs_one_statement(django_assert_num_queries):
    with django_assert_num_queries(1):
        limits.tried("x", "1.2.3.4", 60)


def test_the_address_is_stored_nowhere_and_its_hash_is_another_one_tomorrow():
    limits.tried("intake", "203.0.113.77", 3600, NOW)
    (row,) = Tries.objects.all()
    assert "203.0.113.77" not in f"{row.key} {row.window}"
    assert row.key.startswith("intake:")
    assert len(row.key) == len("intake:") + 32
    assert limits.key_of("intake", "203.0.113.77", NOW + timedelta(days=1)) != row.key
    assert limits.key_of("intake", "203.0.113.77", NOW + timedelta(hours=1)) == row.key


def test_tries_of_the_last_window_fade_out_instead_of_being_forgotten_at_its_edge():
    start = NOW.replace(minute=0, second=0)
    for _ in range(10):
        limits.tried("x", "a", 3600, start + timedelta(minutes=59))
    assert limits.tried("x", "a", 3600, start + timedelta(minutes=60)) == pytest.approx(11)
    assert limits.tried("x", "a", 3600, start + timedelta(minutes=90)) == pytest.approx(2 + 5)
    assert limits.tried("x", "a", 3600, start + timedelta(minutes=180)) == pytest.approx(1)


@pytest.mark.parametrize(
    "proxy, forwarded, remote, client",
    [
        (None, "9.9.9.9", "10.0.0.1", "10.0.0.1"),  # anybody can say so
        ("0", "9.9.9.9", "10.0.0.1", "10.0.0.1"),
        ("1", "6.6.6.6, 9.9.9.9", "10.0.0.1", "9.9.9.9"),  # what our proxy saw; the rest the client made up
        ("2", "6.6.6.6, 9.9.9.9, 10.1.1.1", "10.0.0.1", "9.9.9.9"),
        ("1", "", "10.0.0.1", "10.0.0.1"),
        ("1", "not an address", "10.0.0.1", "?"),
        (None, "", "", "?"),
        (None, "", "2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        (None, "", "::ffff:10.0.0.1", "10.0.0.1"),
    ],
)
def test_the_client_is_who_can_be_believed_to_be_one(monkeypatch, proxy, forwarded, remote, client):
    if proxy is None:
        monkeypatch.delenv("LINLI_PROXY", raising=False)
    else:
        monkeypatch.setenv("LINLI_PROXY", proxy)
    headers = {"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {}
    assert limits.client_of(RequestFactory().get("/", REMOTE_ADDR=remote, **headers)) == client


def test_when_the_count_cannot_be_kept_everybody_is_let_through(monkeypatch):
    def away(*args):
        raise OperationalError("away")

    monkeypatch.setattr(limits, "tried", away)
    assert Client().post("/limited/").status_code == 200


def test_old_counts_are_forgotten():
    limits.tried("x", "a", 60, NOW - timedelta(days=3))
    limits.tried("x", "a", 60, NOW)
    assert limits.purge_tries(NOW) == 1
    assert Tries.objects.count() == 1
