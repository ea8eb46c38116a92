import pytest


@pytest.fixture
def area(db, monkeypatch):
    """A small furnished district; see ``bodies.tests.factories``."""
    from linli.bodies.tests import factories

    return factories.district(monkeypatch)


@pytest.fixture
def count_open_work(monkeypatch):
    """Say how much work is open, in the flow room's place: ``count_open_work(lambda seats: {seat id: OpenWork})``."""
    from linli.bodies import work

    return lambda counter: monkeypatch.setattr(work, "_counter", counter)
