import pytest


@pytest.fixture
def town(db):
    """See ``matters.tests.factories``."""
    from linli.matters.tests.factories import make_town

    return make_town()
