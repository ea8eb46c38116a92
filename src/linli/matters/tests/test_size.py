"""What a page asks the database hangs neither on how much there is nor on how much of it one sees: every statement counted as it is sent."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from linli.bodies.models import Seat
from linli.flow.models import Flow
from linli.frame.sql import Joined
from linli.matters.models import Matter, Reporter
from linli.matters.tests.calling import caller
from linli.matters.tests.factories import go, report
from linli.matters.tests.visiting import signed_in
from linli.measures.actions import compute_measures
from linli.places.queries import AS_CALLED

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media")]
FEW, MANY = 4, 30
LISTS = ("", "?state=open", "?state=overdue", "?state=open&sort=due", "?kind=environment", "?q=垃圾", "?step=accept", "?mine=1")


def more(town, count):
    now = timezone.now()
    for n in range(count):
        raised = report(town, now=now - timedelta(days=n % 9, hours=1), place=town.places["g1" if n % 2 else "g2"])
        if n % 3:
            go(raised.matter, town.desk, "accepted", now)
    compute_measures(now=now)
    return raised.matter


def asked(client, statements, address):
    assert client.get(address).status_code == 200, address  # what a process reads once
    statements.clear()
    assert client.get(address).status_code == 200
    return counted(statements)


def counted(statements):
    """Without what a process asks once in so many seconds, whatever is asked of it, and without the count of a list that goes beyond a page:
    a list that doesn't is counted already."""
    return len(
        [
            sql
            for sql in statements
            if "SAVEPOINT" not in sql
            and "COUNT(*) FROM (SELECT" not in sql
            and "charter_charterinforce" not in sql
            and "is_demo" not in sql.split("FROM")[-1]
        ]
    )


def pages(who, matter):
    lists = [f"/matters/{query}" for query in LISTS]
    situations = [f"/situation/1502040{code}/{period}" for code in ("00000", "06000", "06019") for period in ("", "?period=year")]
    return {
        "desk": ["/tasks/", f"/matters/{matter.number}/", *lists],
        "worker": ["/tasks/", *lists],
        "district": [f"/matters/{matter.number}/", *lists, *situations],
    }[who]


@pytest.mark.parametrize("who", ["desk", "worker", "district"])
def test_the_same_number_of_questions_over_few_and_over_many(town, statements, who):
    matter = more(town, FEW)
    client = signed_in(town.people[who])
    few = {page: asked(client, statements, page) for page in pages(who, matter)}
    more(town, MANY)
    assert {page: asked(client, statements, page) for page in pages(who, matter)} == few


def test_the_interface_asks_as_much_of_a_wide_key_as_of_a_narrow_one(town, statements):
    more(town, FEW)
    keys = [caller(town.people[who]) for who in ("desk", "district", "worker")]

    def counts():
        found = []
        for key in keys:
            for query in ("", "&state=open", "&sort=due"):
                key.get(f"/matters?limit=20{query}")
                statements.clear()
                assert len(key.get(f"/matters?limit=20{query}").json()["items"]) > 0
                found.append(counted(statements))
        return found

    few = counts()
    more(town, MANY)
    assert counts() == few
    assert set(few) == {2}  # who asks, and the page: the promise is six


def test_what_one_statement_joins_is_what_django_reads(town):
    named, nameless = report(town).matter, report(town, reporter=None).matter
    joined = Joined(Matter, place=AS_CALLED, flow=Joined(Flow, owner=Joined(Seat)), reporter=Joined(Reporter, only=("withheld",)))
    rows = {m.pk: m for m in joined.where("r.id = ANY(%s::bigint[])", [[named.pk, nameless.pk]])}
    ours, theirs = rows[named.pk], Matter.objects.select_related("flow__owner").get(pk=named.pk)
    assert (ours.place, ours.flow.owner, hasattr(ours, "reporter"), hasattr(rows[nameless.pk], "reporter")) == (
        theirs.place, theirs.flow.owner, True, False,
    )  # fmt: skip
    for one, other in ((ours, theirs), (ours.flow, theirs.flow)):
        for field in one._meta.concrete_fields:
            assert getattr(one, field.attname) == getattr(other, field.attname), field.name
    assert ours.place.shape == theirs.place.shape  # left out, and read when it is asked for
