"""A town with mediators: of the community, of the street, of the trade, and one elsewhere."""

import pytest


@pytest.fixture
def town(db):
    from linli.matters.disputes.tests.factories import make_disputing_town

    return make_disputing_town()


@pytest.fixture
def media(settings, tmp_path, monkeypatch):
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setenv("LINLI_REQUIRE_MFA", "0")
