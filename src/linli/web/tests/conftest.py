"""The small district, and those who look at it. Models are imported inside: this file is read before Django is set up."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _forget_the_area():
    """Each test reads the name of its own area."""
    from linli.web import standing

    standing._area = (0.0, "", "")
    yield
    standing._area = (0.0, "", "")


@pytest.fixture
def people(db):
    from linli.web.tests.factories import full_district

    return full_district()


@pytest.fixture
def worker(people, client):
    client.force_login(people["worker"])
    return client
