import pytest


@pytest.fixture
def area(db, monkeypatch):
    """A small furnished district; see ``bodies.tests.factories``."""
    from linli.bodies.tests import factories

    return factories.district(monkeypatch)
