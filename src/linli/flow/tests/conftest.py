import pytest


@pytest.fixture
def town(db):
    """A small district, everybody seated; see ``flow.tests.factories``."""
    from linli.flow.tests import factories

    return factories.district()
