"""Which boxes and rounds somebody reaches, on pages and by keys alike: what they don't see isn't there, what isn't theirs to do is refused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone

from linli.access.scope import can, scope_of
from linli.matters.boxes.actions import KEEP, MANAGE
from linli.matters.boxes.queries import with_figures
from linli.matters.models import Box, Matter, Round

SEE = ("matter.see", KEEP, MANAGE)


def paths_of(user: Any) -> list[str]:
    """Places whose boxes they see: what a list can be asked for."""
    scope = scope_of(user)
    return [p for ability in SEE for p in scope.paths(ability)]


def boxes_of(user: Any) -> QuerySet[Box]:
    """The boxes they see, with the figures of a year."""
    return with_figures(Box.objects.visible_to(user), timezone.localdate()).select_related("place__parent", "keeper__place__parent")


def seen_box(user: Any, pk: int) -> Box:
    """Raises Http404."""
    return get_object_or_404(boxes_of(user).select_related("keeper__acting__place__parent"), pk=pk)


def managed_box(user: Any, pk: int) -> Box:
    """Raises Http404, PermissionDenied."""
    return _able(user, MANAGE, seen_box(user, pk))


def kept_box(user: Any, pk: int) -> Box:
    """Without figures: nobody who opens a box looks at them. Raises Http404, PermissionDenied."""
    return _able(user, KEEP, get_object_or_404(Box.objects.visible_to(user).select_related("place", "keeper"), pk=pk))


def _able(user: Any, ability: str, box: Box) -> Box:
    if not can(user, ability, box):
        raise PermissionDenied(ability)
    return box


def seen_round(user: Any, uid: UUID) -> Round:
    """Raises Http404."""
    rows = Round.objects.filter(box__in=Box.objects.visible_to(user).values("pk"))
    return get_object_or_404(rows.select_related("box__place__parent", "box__keeper", "opened_by"), uid=uid)


def kept_round(user: Any, uid: UUID) -> Round:
    """Raises Http404, PermissionDenied."""
    found = seen_round(user, uid)
    _able(user, KEEP, found.box)
    return found


def seen_matters(user: Any, matters: Sequence[int]) -> set[int]:
    """Of the matters that slips became, those the user sees."""
    return set(Matter.objects.visible_to(user).filter(pk__in=matters).values_list("pk", flat=True)) if matters else set()
