import pytest


@pytest.fixture
def town(db):
    from linli.gatherings.tests.factories import make_town

    return make_town()


@pytest.fixture
def media(settings, tmp_path, monkeypatch):
    """Files go to a folder of the test's own; the second factor has tests of its own."""
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setenv("LINLI_REQUIRE_MFA", "0")
