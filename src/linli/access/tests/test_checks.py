import os

import psycopg
import pytest

from linli.access import checks
from linli.access.models import User

pytestmark = pytest.mark.django_db


def test_the_role_the_product_runs_under_can_read_and_write_rows_and_no_more():
    assert checks.role_findings() == []


def test_running_as_the_owner_of_the_tables_is_found(monkeypatch):
    with psycopg.connect(os.environ["LINLI_TEST_OWNER_URL"]) as owner:
        monkeypatch.setattr(checks, "connection", owner)
        found = " ".join(checks.role_findings())
    assert "owns the tables" in found
    assert "superuser" not in found


def test_running_as_a_superuser_is_found(monkeypatch):
    url = os.environ["LINLI_TEST_OWNER_URL"].replace("linli_owner", "postgres")
    with psycopg.connect(url) as mighty:
        monkeypatch.setattr(checks, "connection", mighty)
        found = " ".join(checks.role_findings())
    assert "is a superuser" in found


def test_a_missing_keyring_is_found_with_the_mend(monkeypatch, tmp_path):
    monkeypatch.setenv("LINLI_KEYRING", str(tmp_path / "none.json"))
    assert "linli keys init" in checks.key_findings()[0]


def test_demonstration_accounts_beside_real_ones_are_found():
    User.objects.create(username="demo", name="示例", is_demo=True)
    assert checks.demo_findings() == []
    User.objects.create(username="real", name="真人")
    assert "accounts" in checks.demo_findings()[0]
