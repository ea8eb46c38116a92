"""Who may see which visited group: posts that the charter's group names, over their places, with the ability. No other post, whatever it may."""

from __future__ import annotations

from django.db.models import Q

from linli.access.scope import scope_of
from linli.charter.store import charter_in_force
from linli.people.models import Membership, PeriodQuerySet


def groups_of(user, ability: str, path: str) -> set[str]:
    """The groups on which a user has «group.see» or «group.edit» at ``path``."""
    held = [h for h in scope_of(user).held if ability in h.abilities and h.reach == "area" and f"{path}.".startswith(f"{h.path}.")]
    return {g.id for g in charter_in_force().groups.values() if any(h.post in g.seen_by for h in held)}


def memberships(user) -> PeriodQuerySet:
    """Memberships the user may see, within what is opened."""
    found = Q(pk__in=[])
    for h in scope_of(user).held:
        if "group.see" in h.abilities and h.reach == "area":
            known = [g.id for g in charter_in_force().groups.values() if h.post in g.seen_by]
            found |= Q(group__in=known, path__descends=h.path)
    return Membership.objects.filter(found)
