import pytest


@pytest.fixture
def town(db):
    from linli.matters.tests.factories import make_town

    return make_town()
