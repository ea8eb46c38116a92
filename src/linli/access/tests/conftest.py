import pytest


@pytest.fixture
def area(db, monkeypatch):
    """A small furnished district; see ``bodies.tests.factories``."""
    from linli.bodies.tests import factories

    return factories.district(monkeypatch)


@pytest.fixture
def keyring(tmp_path, monkeypatch):
    """A keyring of this test's own."""
    from linli.kit import crypto

    monkeypatch.setenv("LINLI_KEYRING", str(tmp_path / "keys.json"))
    return crypto.new_keyring()


@pytest.fixture(autouse=True)
def _no_counted_tries(db):
    """Tries at signing in are counted in the cache; each test begins at none."""
    from django.core.cache import cache

    from linli.access import guard

    cache.clear()
    guard.forget()


@pytest.fixture(autouse=True)
def _second_factor(monkeypatch):
    """As a deployment has it; the rest of the tests run without."""
    monkeypatch.setenv("LINLI_REQUIRE_MFA", "1")
