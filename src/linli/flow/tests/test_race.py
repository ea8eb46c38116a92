"""Two people at once, on a real server in real threads."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction

from linli.flow import actions as act
from linli.flow.jobs import run_clock
from linli.flow.models import Event, Flow
from linli.flow.procedure import Refused
from linli.flow.tests.factories import MONDAY, at_handling, district, kinds

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*acts):
    """Run each in a thread of its own, started together; their results, or what they raised."""
    results, start = [None] * len(acts), threading.Barrier(len(acts))

    def go(number, one):
        try:
            start.wait()
            results[number] = one()
        except Exception as error:
            results[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=go, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_of_two_people_at_once_exactly_one_wins_and_the_other_learns_what_changed():
    town = district()
    worker = town.person("worker", "G1")
    for _ in range(15):
        flow = at_handling(town)

        def take(outcome, text, flow=flow):
            return lambda: act.take_step(by=worker, flow=flow.pk, seq=flow.seq, outcome=outcome, texts={text: "x"}, now=MONDAY)

        results = at_once(take("done", "result"), take("return", "reason"))
        won = [r for r in results if isinstance(r, Flow)]
        lost = [r for r in results if isinstance(r, act.Conflict)]
        assert (len(won), len(lost)) == (1, 1), results
        assert [e.kind for e in lost[0].events] == ["taken"]
        assert lost[0].flow.seq == flow.seq + 1
        assert lost[0].changed
        assert kinds(flow) == ["began", "taken", "taken"]


def test_inside_a_transaction_of_the_caller_the_loser_leaves_nothing_behind():
    town = district()
    flow = at_handling(town)

    def act_in_transaction(title):
        def go():
            with transaction.atomic():
                Flow.objects.filter(pk=town_flow).update(title=title)
                return act.take_step(
                    by=town.person("worker", "G1"), flow=flow.pk, seq=flow.seq, outcome="done", texts={"result": title}, now=MONDAY
                )

        return go

    town_flow = flow.pk
    results = at_once(act_in_transaction("甲"), act_in_transaction("乙"))
    won = [r for r in results if isinstance(r, Flow)]
    assert len(won) == 1
    assert sum(isinstance(r, act.Conflict) for r in results) == 1
    stored = Flow.objects.get(pk=flow.pk)
    assert stored.title == Event.objects.get(flow=flow, outcome="done").texts["result"]


def test_notes_of_many_people_at_once_are_all_kept():
    town = district()
    flow = at_handling(town)
    people = [town.person(*p.split()) for p in ("worker G1", "head C1", "desk S1")]
    results = at_once(*(lambda p=p: act.note_flow(by=p, flow=flow.pk, text="记", now=MONDAY) for p in people))
    assert all(isinstance(r, Flow) for r in results), results
    assert kinds(flow) == ["began", "taken", "noted", "noted", "noted"]


def test_two_clocks_at_once_write_nothing_twice():
    town = district()
    flows = [at_handling(town) for _ in range(6)]
    late = MONDAY + timedelta(days=5)
    results = at_once(*(lambda: run_clock(now=late) for _ in range(3)))
    assert sum(results) == 6, results
    for flow in flows:
        assert kinds(flow) == ["began", "taken", "reminded", "overdue", "escalated"]


def test_a_refused_act_stores_nothing():
    town = district()
    flow = at_handling(town)
    with pytest.raises(Refused):
        act.take_step(by=town.person("worker", "G1"), flow=flow, seq=None, outcome="done", now=MONDAY)
    assert Flow.objects.get(pk=flow.pk).seq == flow.seq == Event.objects.filter(flow=flow).count()
