"""What people can be to the head of their household by their births, and are to a new head as far as that follows. Pure."""

from __future__ import annotations

from datetime import date

from linli.kit.dates import age
from linli.people.models import Role

YOUNGER = {Role.CHILD: 12, Role.GRANDCHILD: 24, Role.PARENT: -12, Role.GRANDPARENT: -24}
"""At least so many years younger than the head; below nothing, so many older. Of others the births say nothing."""

_BACK = {
    Role.SPOUSE: Role.SPOUSE, Role.CHILD: Role.PARENT, Role.PARENT: Role.CHILD, Role.CHILD_IN_LAW: Role.PARENT_IN_LAW,
    Role.PARENT_IN_LAW: Role.CHILD_IN_LAW, Role.GRANDCHILD: Role.GRANDPARENT, Role.GRANDPARENT: Role.GRANDCHILD, Role.SIBLING: Role.SIBLING,
    Role.OTHER_KIN: Role.OTHER_KIN, Role.NOT_KIN: Role.NOT_KIN,
}  # fmt: skip
_BY_MARRIAGE = {
    Role.CHILD: Role.CHILD, Role.GRANDCHILD: Role.GRANDCHILD, Role.CHILD_IN_LAW: Role.CHILD_IN_LAW, Role.PARENT: Role.PARENT_IN_LAW,
    Role.PARENT_IN_LAW: Role.PARENT,
}  # fmt: skip


def fits(role: str, born: date | None, head_born: date | None) -> bool:
    """Whether somebody born then can be this to a head born then, as far as both births are known."""
    years = YOUNGER.get(role)  # type: ignore[call-overload]  # a role is its own word
    if years is None or born is None or head_born is None:
        return True
    older, younger = (head_born, born) if years > 0 else (born, head_born)
    return age(older, younger) >= abs(years)


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
