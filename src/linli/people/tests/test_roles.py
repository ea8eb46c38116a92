"""What people are to a new head."""

from __future__ import annotations

import pytest

from linli.people.models import Role
from linli.people.roles import to_new_head


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
