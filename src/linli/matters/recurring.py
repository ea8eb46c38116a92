"""The same kind of matter at the same place again and again 重复诉求: seen from places and kinds alone, never from who raised it.

The place is the grid and, where both positions are known, no further off in it than the kind's ``near``. Kinds without ``near``, and those
kept off the public pages, are not looked for: what another of their matters would say is about people, not about a place. How many came
before a matter is counted with the measures, in one read of the index on place, category and time for each; pages read what was counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from typing import Any, NamedTuple

from django.contrib.postgres.aggregates import ArrayAgg
from django.db import connection
from django.db.models import Count, F, Max, QuerySet
from django.utils import timezone

from linli.charter.schema import Charter
from linli.charter.store import charter_of
from linli.matters.models import Ground, Matter

EARLIER = """
o.place_id = m.place_id and o.category = m.category and o.main_id is null and (o.raised_at, o.id) < (m.raised_at, m.id)
  and o.raised_at >= m.raised_at - k.days * interval '1 day'
  and coalesce(sqrt(((o.lon - m.lon) * cos(radians(m.lat))) ^ 2 + (o.lat - m.lat) ^ 2) * 111195 <= k.near, true)
  and not exists (select from matters_ground g where g.root_id in (o.id, m.id))"""
"""Matters ``o`` of the kind at the place of ``m`` before it, by the rule ``k`` (near, days); what was merged into another is that one. Why
something keeps coming is no further time that it came."""


class Rule(NamedTuple):
    """When a kind recurs: ``times`` within ``near`` metres and ``days``."""

    near: int
    days: int
    times: int


def recurring_kinds(charter: Charter) -> dict[str, Rule]:
    """The kinds that are looked for, each with its rule."""
    usual = charter.recurring
    return {c.id: Rule(c.near, usual.days, c.repeats or usual.times) for c in charter.leaves() if c.near and c.public}


def rule_of(matter: Matter) -> Rule | None:
    """The rule of the matter's kind, in the charter it was raised under; None where it is not looked for."""
    return recurring_kinds(charter_of(matter.flow.charter_id)).get(matter.category)


MOST = 200

_HERE = f"""
select o.id, o.raised_at from matters_matter m cross join (values (%s::float8, %s::int)) as k(near, days)
join matters_matter o on {EARLIER} where m.id = %s order by o.raised_at desc limit {MOST}
"""  # noqa: S608  # a condition of our own


_EACH = f"""
select m.id, array_agg(o.id order by o.raised_at desc)
from unnest(%s::bigint[], %s::float8[], %s::int[]) as k(id, near, days) join matters_matter m on m.id = k.id
join matters_matter o on {EARLIER} group by m.id
"""  # noqa: S608  # a condition of our own


class Here(NamedTuple):
    """The matters of a kind at a place before one of them, newest first: keys, and when the first was raised."""

    rule: Rule
    earlier: list[int]
    since: datetime | None

    @property
    def number(self) -> int:
        """Which one of its kind at the place it is."""
        return len(self.earlier) + 1

    @property
    def recurs(self) -> bool:
        return self.number >= self.rule.times


def here(matter: Matter) -> Here | None:
    """What came before it at its place. One query; none where its kind is not looked for."""
    rule = rule_of(matter)
    if rule is None:
        return None
    with connection.cursor() as cursor:
        cursor.execute(_HERE, [rule.near, rule.days, matter.pk])
        rows = cursor.fetchall()
    return Here(rule, [pk for pk, _at in rows], rows[-1][1] if rows else None)


def earlier_each(matters: Iterable[Matter]) -> dict[int, list[int]]:
    """Of each the keys of those of its kind that came before it at its place, newest first, as ``here`` finds them. One query."""
    rules = {m.pk: rule for m in matters if (rule := rule_of(m))}
    with connection.cursor() as cursor:
        cursor.execute(_EACH, [list(rules), [r.near for r in rules.values()], [r.days for r in rules.values()]])
        return {pk: earlier[:MOST] for pk, earlier in cursor.fetchall()}


def described(user: Any, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows of ``recurring_places`` with what the user may know of each. At most six queries.

    ``most`` is looked up anew, by the matters that the link leads to, and ``seen`` says how many of them are the user's to see; ``number``
    and ``path`` are of the newest, ``peak_number`` of the one before which most came; ``roots``: numbers of causes raised, whether seen.
    """
    wanted = {pk for r in rows for pk in (r["newest"], r["peak"])}
    known = Matter.objects.filter(pk__in=wanted).select_related("flow").only("number", "path", "place_id", "category", "flow__charter_id")
    numbered = {m.pk: m for m in known}
    earlier = earlier_each(numbered[r["peak"]] for r in rows)
    counted = {pk for r in rows for pk in (r["peak"], *earlier.get(r["peak"], []))}
    shown = _seen(user, counted)
    roots = _roots(user, {r["place"] for r in rows})
    for r in rows:
        those, newest = [r["peak"], *earlier.get(r["peak"], [])], numbered[r["newest"]]
        r["most"], r["seen"] = len(those), len(shown.intersection(those))
        r["number"], r["path"], r["peak_number"] = newest.number, str(newest.path), numbered[r["peak"]].number
        r["roots"] = roots.get((r["place"], r["category"]), [])
    return rows


def _seen(user: Any, keys: set[int]) -> set[int]:
    return set(Matter.objects.visible_to(user).filter(pk__in=keys).values_list("pk", flat=True)) if keys else set()


def _roots(user: Any, places: set[int]) -> dict[tuple[int, str], list[tuple[str, bool]]]:
    """By place and kind the causes raised, the newest first: number, and whether the user sees it. Two queries."""
    pairs = Matter.objects.filter(roots__isnull=False, place__in=places).values_list(
        "place", "category", "roots__root", "roots__root__number"
    )
    numbers: dict[tuple[int, str], dict[int, str]] = {}
    for place, category, root, number in pairs.order_by("-roots__root").distinct()[: 4 * MOST] if places else ():
        numbers.setdefault((place, category), {})[root] = number
    visible = _seen(user, {pk for found in numbers.values() for pk in found})
    return {key: [(number, pk in visible) for pk, number in found.items()] for key, found in numbers.items()}


def before(matter: Matter, user: Any) -> tuple[Here | None, list[Matter]]:
    """What came before it at its place, and those of them the user sees, the newest first: the grounds of a root cause. Two queries."""
    found = here(matter)
    if found is None or not found.earlier:
        return found, []
    return found, list(Matter.objects.visible_to(user).filter(pk__in=found.earlier).order_by("-raised_at")[:50])


def causes_of(matter: Matter, user: Any) -> QuerySet[Matter]:
    """The causes raised of what keeps coming there, of the matter's kind, that the user sees; the newest first."""
    raised = Ground.objects.filter(matter__place=matter.place_id, matter__category=matter.category).values("root")
    return Matter.objects.visible_to(user).filter(pk__in=raised).order_by("-pk")


def recurring_places(matters: QuerySet[Matter], since: date, *, most: int = MOST) -> Sequence[dict[str, Any]]:
    """Places and kinds of which one recurred since that day, the most frequent first: how many at most at once, and which of them came
    last of these (``peak``), how many of them since, the last of them. Read from what was counted, by the index on those that recur. One query."""
    rows = matters.filter(flow__course__recurs=True, flow__course__raised_at__gte=timezone.make_aware(datetime.combine(since, time.min)))
    found = rows.order_by().values("place", "place__code", "place__name", "place__level", "place__parent__name", "category")
    found = found.annotate(
        most=Max(F("flow__course__again")) + 1, count=Count("pk"), last=Max("raised_at"), newest=Max("pk"),
        peaks=ArrayAgg("pk", order_by=("-flow__course__again", "-raised_at", "-pk")),
    )  # fmt: skip
    return [dict(row) | {"peak": row["peaks"][0]} for row in found.order_by("-most", "-count", "place__code", "category")[:most]]
