import io

import pytest
from allauth.mfa.models import Authenticator
from django.db import connection, models

from linli.access import keys
from linli.kit import crypto

pytestmark = pytest.mark.django_db


class Secret(models.Model):
    """A table of sealed values, made for these tests as a temporary one."""

    name_sealed = models.BinaryField(null=True)

    class Meta:
        app_label = "access_tests"
        managed = False
        db_table = "access_tests_secret"

    def __str__(self) -> str:
        return str(self.pk)


@pytest.fixture
def secrets(db, keyring, monkeypatch):
    monkeypatch.setattr(keys, "_COLUMNS", {})
    monkeypatch.setattr(keys.apps, "get_model", lambda name: Secret)
    keys.sealed("access_tests.Secret", "name_sealed")
    with connection.cursor() as cursor:
        cursor.execute("create temp table access_tests_secret (id bigserial primary key, name_sealed bytea)")
    made = [Secret.objects.create() for _i in range(7)]
    for row in made[:6]:
        row.name_sealed = crypto.seal(f"人{row.pk}", crypto.context("access_tests_secret", "name_sealed", row.pk))
        row.save()
    return made


def _open(row) -> str:
    row.refresh_from_db()
    return crypto.open(row.name_sealed, crypto.context("access_tests_secret", "name_sealed", row.pk))


def test_rotating_seals_every_value_with_the_new_key_and_changes_none(secrets):
    before = [bytes(r.name_sealed) for r in secrets[:6]]
    out = io.StringIO()
    assert keys.rotate(out) == 0
    assert [_open(r) for r in secrets[:6]] == [f"人{r.pk}" for r in secrets[:6]]
    assert all(crypto.is_current(r.name_sealed) for r in secrets[:6])
    assert all(bytes(r.name_sealed) != b for r, b in zip(secrets[:6], before, strict=True))
    assert secrets[6].name_sealed is None
    assert "6 values" in out.getvalue()


def test_a_rotation_that_was_stopped_is_finished_by_running_it_again(secrets, monkeypatch):
    real, count = crypto.seal, []

    def stops(text, context, ring=None):
        count.append(1)
        if len(count) == 4:
            raise KeyboardInterrupt
        return real(text, context, ring)

    crypto.rotate()
    monkeypatch.setattr(crypto, "seal", stops)
    with pytest.raises(KeyboardInterrupt):
        keys.reseal(batch=2)
    monkeypatch.setattr(crypto, "seal", real)
    states = [crypto.is_current(r.name_sealed) for r in Secret.objects.exclude(name_sealed=None).order_by("pk")]
    assert states == [True, True, False, False, False, False]
    current = crypto.load_keyring().current
    keys.rotate(io.StringIO())
    assert crypto.load_keyring().current == current  # it went on, and made no third key
    assert [_open(r) for r in secrets[:6]] == [f"人{r.pk}" for r in secrets[:6]]


def test_the_list_says_how_many_values_each_key_sealed(secrets):
    crypto.rotate()
    keys.reseal(batch=100)
    assert [(k.values, k.current) for k in keys.known_keys()] == [(0, False), (6, True)]


def test_the_check_counts_what_does_not_open_and_shows_nothing(secrets, tmp_path, monkeypatch):
    one, two = secrets[0], secrets[1]
    Secret.objects.filter(pk=one.pk).update(name_sealed=two.name_sealed)  # moved from another row
    out = io.StringIO()
    assert keys.check(out) == 1
    assert "5 open, 0 with an unknown key, 1 damaged" in out.getvalue()
    assert "人" not in out.getvalue()
    monkeypatch.setenv("LINLI_KEYRING", str(tmp_path / "other.json"))
    crypto.new_keyring()
    assert [(c.good, c.unknown) for c in keys.check_columns()] == [(0, 6)]


def test_the_secret_of_a_second_factor_is_sealed(keyring, area):
    from linli.access.adapter import MFAAdapter

    hidden = MFAAdapter().encrypt("JBSWY3DPEHPK3PXP")
    assert "JBSWY3DP" not in hidden
    assert MFAAdapter().decrypt(hidden) == "JBSWY3DPEHPK3PXP"
    assert Authenticator.objects.count() == 0
