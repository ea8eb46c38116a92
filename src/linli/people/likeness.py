"""Who may be in the register twice. The same identity number is the same person and two numbers are two people; for the rest,
the same name and birth, the same telephone, or the same birth at the same dwelling make a pair that somebody looks at. Only in what is
opened (``access.rls``); a family's common telephone says nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from linli.people import names, queries
from linli.people.models import Pair, Person, Residence, Secret
from linli.people.told import Told, blinds
from linli.places.models import Place

REASONS: Mapping[str, Any] = {
    "name": _("same name and date of birth"),
    "phone": _("same telephone"),
    "dwelling": _("same date of birth at the same dwelling"),
}
SHARED = 6
"""A telephone that more people than these have is an office's."""

# Into tables of the transaction's own first: of what row-level security lets through, the planner guesses too little, and would compare
# everybody with everybody.
_GATHER = (
    """create temp table entry on commit drop as
select p.id, p.born, p.tokens, h.dwelling_id,
  exists (select 1 from people_secret s where s.person_id = p.id and s.kind = 'id' and s.until is null) as numbered
from people_person p
left join people_residence r on r.person_id = p.id and r.until is null
left join people_household h on h.id = r.household_id
where p.merged_into_id is null and p.died is null""",
    """create temp table entry_phone on commit drop as
select s.person_id, s.blind, count(*) over (partition by s.blind) as n from people_secret s where s.kind = 'phone' and s.until is null""",
    "delete from entry_phone where n = 1 or n > %(shared)s",
    "analyze entry",
    "analyze entry_phone",
)
_FIND = """
with alike as (
  select a.id as a, b.id as b, 'name' as reason from entry a join entry b on b.born = a.born and b.tokens = a.tokens and b.id > a.id
  union all
  select a.id, b.id, 'phone' from entry_phone p join entry_phone q on q.blind = p.blind and q.person_id > p.person_id
    join entry a on a.id = p.person_id join entry b on b.id = q.person_id
   where a.dwelling_id is distinct from b.dwelling_id
  union all
  select a.id, b.id, 'dwelling' from entry a join entry b on b.dwelling_id = a.dwelling_id and b.born = a.born and b.id > a.id
), pair as (
  select a, b, array_agg(distinct reason order by reason) as reasons from alike group by a, b
)
insert into people_pair (first_id, second_id, reasons, found_at)
  select p.a, p.b, p.reasons, %(now)s from pair p join entry x on x.id = p.a join entry y on y.id = p.b where not (x.numbered and y.numbered)
on conflict (first_id, second_id) do update set reasons = excluded.reasons, found_at = excluded.found_at
  where people_pair.settled_at is null and people_pair.reasons <> excluded.reasons
"""


def find_pairs(now: datetime | None = None) -> int:
    """Note pairs within what is opened; what was said to be two people is never asked again. Returns how many are new or otherwise alike."""
    with connection.cursor() as cursor:
        for sql in _GATHER:
            cursor.execute(sql, {"shared": SHARED})
        cursor.execute(_FIND, {"now": now or timezone.now()})
        count = cursor.rowcount
        cursor.execute("drop table entry, entry_phone")
    return count


def alike(told: Told, dwelling: Place) -> list[tuple[Person, list[str]]]:
    """People who may be the one that is told of, as something is entered at ``dwelling``; who has the same number isn't among them."""
    found: dict[int, set[str]] = defaultdict(set)
    here = Residence.objects.open().filter(household__dwelling=dwelling)
    if told.born:
        called = queries.named(names.sought(names.query(told.name)), "")
        for pk in Person.objects.filter(pk__in=called, born=told.born).values_list("pk", flat=True):
            found[pk].add("name")
        for pk in here.filter(person__born=told.born).values_list("person_id", flat=True):
            found[pk].add("dwelling")
    if told.phones:
        having_it = [b for phone in told.phones for b in blinds("phone", phone)]
        with_it = Secret.objects.filter(kind="phone", until=None, blind__in=having_it).exclude(person__in=here.values("person"))
        having = list(with_it.values_list("person_id", flat=True)[: SHARED + 1])
        for pk in having if len(having) <= SHARED else ():
            found[pk].add("phone")
    if not found:
        return []
    people = Person.objects.filter(pk__in=found, merged_into=None, died=None)
    if told.id_number:
        people = people.exclude(pk__in=Secret.objects.filter(kind="id", until=None, person__in=list(found)).values("person"))
    return [(person, sorted(found[person.pk])) for person in people.order_by("pk")[:5]]


def open_pairs(most: int) -> list[Pair]:
    """The newest pairs nobody has settled, with their people. Row-level security leaves those of whom both are opened and stand for themselves."""
    pairs = list(Pair.objects.filter(settled_at=None).order_by("-found_at", "-id")[:most])
    with_people(pairs)
    return pairs


def with_people(pairs: Iterable[Pair]) -> None:
    """Load who they are: apart, as a join under row-level security looks at everybody."""
    pairs = list(pairs)
    people = Person.objects.in_bulk({pk for pair in pairs for pk in (pair.first_id, pair.second_id)})
    for pair in pairs:
        pair.first, pair.second = people[pair.first_id], people[pair.second_id]
