"""What people are to a new head of their household, as far as it follows from what they were to the old one. Pure."""

from __future__ import annotations

from linli.people.models import Role

_BACK = {
    Role.SPOUSE: Role.SPOUSE, Role.CHILD: Role.PARENT, Role.PARENT: Role.CHILD, Role.CHILD_IN_LAW: Role.PARENT_IN_LAW,
    Role.PARENT_IN_LAW: Role.CHILD_IN_LAW, Role.GRANDCHILD: Role.GRANDPARENT, Role.GRANDPARENT: Role.GRANDCHILD, Role.SIBLING: Role.SIBLING,
    Role.OTHER_KIN: Role.OTHER_KIN, Role.NOT_KIN: Role.NOT_KIN,
}  # fmt: skip
_BY_MARRIAGE = {
    Role.CHILD: Role.CHILD, Role.GRANDCHILD: Role.GRANDCHILD, Role.CHILD_IN_LAW: Role.CHILD_IN_LAW, Role.PARENT: Role.PARENT_IN_LAW,
    Role.PARENT_IN_LAW: Role.PARENT,
}  # fmt: skip


def to_new_head(role: str, was: str) -> str:
    """Of somebody who was ``role`` to the old head, where the new head was ``was`` to that one; «not known» where it doesn't follow.

    A wife's husband's child is hers in the register (a stepchild is called a child, too); a son's father's brother is nobody it can say.
    """
    if was == Role.HEAD:
        return role
    if role == Role.HEAD:
        return _BACK.get(Role(was), Role.UNKNOWN)
    if was == Role.SPOUSE:
        return _BY_MARRIAGE.get(Role(role), Role.UNKNOWN)
    return Role.UNKNOWN
