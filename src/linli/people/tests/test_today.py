"""Whose people were entered elsewhere by somebody else is told of it, and nobody else is."""

from __future__ import annotations

import pytest
from django.test import Client

from linli.people import actions
from linli.people.models import Change
from linli.people.tests.factories import HEAD, TODAY, everything, household, told

pytestmark = pytest.mark.django_db
TOLD = "已由他人登记到别处"


@pytest.fixture
def as_(register):
    def sign_in(who: str) -> Client:
        client = Client()
        client.force_login(register.staff[who])
        return client

    return sign_in


@pytest.fixture
def moved(register):
    """周斌 of G21, entered at G11 by the worker there."""
    known = told("周斌", years=44, sex="m")
    left = household(register, register.door("G21"), (known, HEAD), by=register.stranger)
    there = actions.enter_household(by=register.worker, dwelling=register.door(), people=[(known, HEAD)], since=TODAY, take_over=True)
    return left, there


def test_the_grid_and_the_station_somebody_left_are_told_for_a_week_and_nobody_else_is(register, as_, moved, monkeypatch):
    left, _there = moved
    for who in ("stranger", "other_head"):
        for page in ("/people/", "/phone/today/"):
            said = as_(who).get(page).content.decode()
            assert TOLD in said
            assert f"/people/households/{left.pk}/" in said
            assert "员工worker" in said
            assert "周斌" not in said
    for outsider in ("worker", "neighbour", "head", "district"):
        assert TOLD not in as_(outsider).get("/people/").content.decode()
    monkeypatch.setattr("linli.people.pages.today.UNDO_DAYS", 0)
    assert TOLD not in as_("stranger").get("/people/").content.decode()


def test_what_was_taken_back_is_no_longer_told(register, as_, moved):
    _left, there = moved
    with everything():
        line = Change.objects.get(household_id=there.pk, act="household.entered")
    actions.undo(by=register.worker, line=line, note="登记错了")
    assert TOLD not in as_("stranger").get("/people/").content.decode()
