"""What people are to a new head."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.people.models import Role
from linli.people.roles import YOUNGER, fits, to_new_head


@pytest.mark.parametrize(
    ("role", "was", "found"),
    [
        ("head", "spouse", "spouse"), ("head", "child", "parent"), ("head", "grandparent", "grandchild"), ("head", "unknown", "unknown"),
        ("child", "spouse", "child"), ("parent", "spouse", "parent_in_law"), ("sibling", "spouse", "unknown"), ("child", "child", "unknown"),
        ("spouse", "not_kin", "unknown"), ("child", "head", "child"),
    ],
)  # fmt: skip
def test_what_follows_is_said_and_nothing_else(role, was, found):
    assert to_new_head(role, was) == found


def test_every_role_has_an_answer_and_nobody_else_is_the_head():
    for was in set(Role) - {Role.HEAD}:
        for role in Role:
            assert to_new_head(role, was) in set(Role) - {Role.HEAD}


@given(
    role=st.sampled_from(list(Role)), born=st.dates(date(1900, 1, 1), date(2030, 1, 1)),
    head=st.dates(date(1900, 1, 1), date(2030, 1, 1)),
)  # fmt: skip
@settings(max_examples=60)
def test_by_their_births_children_are_younger_than_the_head_and_parents_older(role, born, head):
    years = YOUNGER.get(role, 0)
    if fits(role, born, head):
        assert not years or (born > head) == (years > 0)
        assert not years or abs((born - head).days) >= abs(years) * 365
    else:
        assert years
    back = {Role.CHILD: Role.PARENT, Role.PARENT: Role.CHILD, Role.GRANDCHILD: Role.GRANDPARENT, Role.GRANDPARENT: Role.GRANDCHILD}
    assert fits(role, born, head) == fits(back.get(role, role), head, born)
    assert fits(role, None, head)
    assert fits(role, born, None)


def test_twelve_years_to_the_day_are_enough_and_a_day_less_is_not():
    assert fits("child", date(2002, 3, 1), date(1990, 3, 1))
    assert not fits("child", date(2002, 2, 28), date(1990, 3, 1))
    assert not fits("grandparent", date(1970, 3, 2), date(1994, 3, 1))
