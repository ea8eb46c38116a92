"""What belongs together: the matters merged with one, its parts, its links; each only for those who may see it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Exists, F, Func, OuterRef, Q, QuerySet, Subquery

from linli.charter.store import charter_of
from linli.flow import words
from linli.flow.models import Event
from linli.flow.procedure import UNDONE
from linli.matters.models import Ground, Link, Matter

NUMBER = 24  # signs at most


def found_by_number(user: Any, typed: str) -> Matter | None:
    """A matter by the number somebody typed. One they may not see is as good as none."""
    number = "".join(typed.split()).upper()
    if not number or len(number) > NUMBER or "\0" in number:
        return None
    rows = Matter.objects.visible_to(user).select_related("flow__owner__place__parent", "place__parent")
    return rows.filter(number=number).first()


def known_numbers(events: Iterable[Event], user: Any, joined: Joined | None = None) -> set[str]:
    """Of the matters these lines of history speak of, the numbers of those the user may see. One query where ``joined`` doesn't say it."""
    said, seen = words.refs(events), {m.number for m in joined.seen} if joined else set()
    if unknown := said - seen:
        seen |= set(Matter.objects.visible_to(user).filter(number__in=unknown).values_list("number", flat=True))
    return said & seen


@dataclass(slots=True)
class Joined:
    """What belongs to a matter, as far as somebody may see it. ``voices``: how many were merged into it, seen or not."""

    main: Matter | None = None
    whole: Matter | None = None
    merged: list[Matter] = field(default_factory=list)
    parts: list[Matter] = field(default_factory=list)
    links: list[tuple[Link, Matter]] = field(default_factory=list)
    voices: int = 0

    @property
    def seen(self) -> list[Matter]:
        """All of them."""
        one = [m for m in (self.main, self.whole) if m is not None]
        return [*one, *self.merged, *self.parts, *(m for _link, m in self.links)]

    @property
    def unseen(self) -> int:
        return self.voices - len(self.merged)

    def __bool__(self) -> bool:
        return bool(self.seen or self.voices)


def counting(matters: QuerySet[Matter]) -> QuerySet[Matter]:
    """With how many were merged into each and split off it, and whether it is linked or among the grounds of one: what isn't there is then
    not asked for."""
    of = Matter.objects.order_by().annotate(n=Func(F("pk"), function="count")).values("n")
    return matters.annotate(
        n_merged=Subquery(of.filter(main=OuterRef("pk"))),
        n_parts=Subquery(of.filter(split_from=OuterRef("pk"))),
        has_links=Exists(Link.objects.filter(Q(one=OuterRef("pk")) | Q(other=OuterRef("pk")))),
        has_grounds=Exists(Ground.objects.filter(Q(root=OuterRef("pk")) | Q(matter=OuterRef("pk")))),
    )


def joined_to(matter: Matter, user: Any) -> Joined:
    """All that belongs to the matter and that the user may see. Two queries, the second only where there is something; where the matter
    doesn't come from ``counting`` three."""
    links = list(Link.objects.filter(Q(one=matter) | Q(other=matter)).order_by("pk")) if getattr(matter, "has_links", True) else []
    ends = {ln.pk: ln.other_id if ln.one_id == matter.pk else ln.one_id for ln in links}
    counted: int | None = getattr(matter, "n_merged", None)
    voices = matter.merged.count() if counted is None else counted
    if counted is not None and not (voices or getattr(matter, "n_parts", 0) or links or matter.main_id or matter.split_from_id):
        return Joined()
    near = Q(main=matter) | Q(split_from=matter) | Q(pk__in=[matter.main_id, matter.split_from_id, *ends.values()])
    rows = Matter.objects.visible_to(user).filter(near).select_related("flow", "place__parent").order_by("raised_at", "pk")
    seen = {m.pk: m for m in rows}
    return Joined(
        main=seen.get(matter.main_id or 0),
        whole=seen.get(matter.split_from_id or 0),
        merged=[m for m in seen.values() if m.main_id == matter.pk],
        parts=[m for m in seen.values() if m.split_from_id == matter.pk and m.flow.end != UNDONE],
        links=[(ln, seen[ends[ln.pk]]) for ln in links if ends[ln.pk] in seen],
        voices=voices,
    )


def link_label(link: Link, matter: Matter) -> str:
    """What the other one is, seen from ``matter``."""
    from django.utils.translation import pgettext

    if link.kind == Link.Kind.CAUSE:
        return pgettext("link", "Same cause")
    if link.kind == Link.Kind.RELATED:
        return pgettext("link", "Related")
    return pgettext("link", "Follow-up of") if link.one_id == matter.pk else pgettext("link", "Its follow-up")


def may_merge(one: Matter, into: Matter) -> bool:
    """Whether the charter lets matters of the one's procedure be merged into the other's: the same, or one that its own names."""
    procedure = charter_of(one.flow.charter_id).procedures[one.flow.procedure]
    return into.flow.procedure in (procedure.id, *procedure.merges)
