"""One act on many pieces of work: the same as one by one, in two statements; each stands for itself."""

import pytest
from django.core.exceptions import PermissionDenied

from linli.flow import actions as act
from linli.flow.engine import run_each
from linli.flow.jobs import run_clock
from linli.flow.models import Event, Flow, Todo
from linli.flow.procedure import Refused
from linli.flow.tests.factories import MONDAY, at_handling, kinds, open_todos
from linli.flow.tests.test_clock import DAY
from linli.flow.tests.test_race import at_once, district
from linli.flow.verify import verify

pytestmark = pytest.mark.django_db


def said(flow):
    return list(
        Event.objects.filter(flow=flow).order_by("seq").values("kind", "by", "role", "step_from", "step_to", "outcome", "data", "texts")
    )


def test_many_in_one_act_leave_the_same_as_one_by_one(town):
    worker = town.person("worker", "G1")
    alone = at_handling(town)
    together = [at_handling(town) for _ in range(3)]
    act.take_step(by=worker, flow=alone, seq=alone.seq, outcome="done", texts={"result": "修好"}, now=MONDAY)
    assert act.take_steps(by=worker, flows=[f.pk for f in together], outcome="done", texts={"result": "修好"}, now=MONDAY) == {}
    for flow in together:
        assert said(flow)[1:] == said(alone)[1:]
        assert open_todos(flow) == open_todos(alone)
    assert verify().ok


def test_many_in_one_act_take_two_statements_however_many(town, django_assert_num_queries):
    from linli.flow import rows

    flows = [at_handling(town).pk for _ in range(7)]
    worker, counted = town.person("worker", "G1"), []
    real = rows.fetch
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rows, "fetch", lambda *given: counted.append(1) or real(*given))
        with django_assert_num_queries(2):  # the savepoint of the test's own transaction
            assert act.take_steps(by=worker, flows=flows, outcome="done", texts={"result": "好"}, now=MONDAY) == {}
    assert len(counted) == 2


def test_what_one_refuses_holds_up_no_other(town):
    mine, other = at_handling(town), at_handling(town, place="G2")
    ended = act.withdraw_as_reporter(flow=at_handling(town), seq=None, now=MONDAY)
    keys = [mine.pk, ended.pk, other.pk, 999_999]
    refused = act.take_steps(by=town.person("worker", "G1"), flows=keys, outcome="done", texts={"result": "好"}, now=MONDAY)
    assert set(refused) == {ended.pk, other.pk, 999_999}
    assert isinstance(refused[other.pk], PermissionDenied)
    assert isinstance(refused[999_999], Flow.DoesNotExist)
    mine.refresh_from_db()
    assert mine.step == "check"
    assert kinds(other) == ["began", "taken"]


def test_an_outsider_moves_none_of_them(town):
    flows = [at_handling(town).pk for _ in range(2)]
    outsider = town.person("worker", "G3")
    for refused in (
        act.take_steps(by=outsider, flows=flows, outcome="done", texts={"result": "好"}, now=MONDAY),
        act.urge_flows(by=outsider, flows=flows, now=MONDAY),
        act.reassign_flows(by=outsider, flows=flows, seat=town.seat("worker", "G2").pk, reason="忙", now=MONDAY),
    ):
        assert {type(no) for no in refused.values()} == {PermissionDenied}
        assert set(refused) == set(flows)
    assert not Event.objects.filter(flow__in=flows).exclude(kind__in=("began", "taken")).exists()


def test_what_breaks_on_the_way_leaves_nothing_of_any(town, monkeypatch):
    flows = [at_handling(town) for _ in range(2)]
    monkeypatch.setattr("linli.flow.rows.todos", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        act.urge_flows(by=town.person("coordinator", "D"), flows=[f.pk for f in flows], now=MONDAY)
    monkeypatch.undo()
    assert [kinds(f) for f in flows] == [["began", "taken"]] * 2


def test_no_flow_at_all_is_no_act(town):
    assert run_each([], lambda c: 1 / 0) == {}


def test_the_clock_wakes_many_as_it_wakes_one(town):
    flows = [at_handling(town) for _ in range(5)]
    assert run_clock(now=MONDAY + 5 * DAY) == 5
    assert len({tuple(kinds(f)) for f in flows}) == 1
    assert "overdue" in kinds(flows[0])
    assert verify().ok


@pytest.mark.django_db(transaction=True)
def test_of_two_people_who_take_the_same_many_each_is_moved_once():
    town = district()
    worker = town.person("worker", "G1")
    flows = [at_handling(town).pk for _ in range(20)]

    def take(keys):
        return lambda: act.take_steps(by=worker, flows=keys, outcome="done", texts={"result": "好"}, now=MONDAY)

    first, second = at_once(take(flows), take(flows[::-1]))
    assert sorted([len(first), len(second)]) == [0, 20]
    assert {type(no) for no in {**first, **second}.values()} <= {Refused, PermissionDenied}
    assert Todo.objects.filter(flow__in=flows, done_at=None).count() == 20
    assert verify().ok
