"""The clock: what time alone causes, whoever looks and whenever."""

from datetime import timedelta

import pytest

from linli.flow import actions as act
from linli.flow import engine
from linli.flow.jobs import run_clock
from linli.flow.models import Event, Flow
from linli.flow.procedure import Refused
from linli.flow.tests.factories import MONDAY, at_handling, kinds, open_todos
from linli.flow.words import line

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def history(flow):
    return list(Event.objects.filter(flow=flow).order_by("seq").values_list("kind", "at", "data"))


def test_late_work_climbs_the_route_and_says_why(town):
    flow = at_handling(town)  # due Thursday 18:00, a day's grace at each level
    assert run_clock(now=MONDAY + 21 * DAY) == 1
    flow.refresh_from_db()
    assert kinds(flow)[2:] == ["reminded", "overdue", "escalated", "escalated", "escalated"]
    assert (flow.level, flow.owner_id, flow.overdue, flow.escalations) == ("district", town.seat("coordinator", "D").pk, True, 3)
    first = Event.objects.filter(flow=flow, kind="escalated").order_by("seq").first()
    assert first.role == "clock"
    assert first.data["from"] == town.seat("worker", "G1").pk
    assert (first.data["to"], first.data["from_level"], first.data["level"]) == (town.seat("head", "C1").pk, "grid", "community")
    assert "站长" in line(first, flow)
    assert ("worker", "told") in open_todos(flow)
    assert Event.objects.get(flow=flow, kind="overdue").at == flow.due_at


def test_a_clock_that_slept_writes_what_one_that_watched_wrote(town):
    watched, left = at_handling(town), at_handling(town)
    for hours in range(1, 24 * 12, 5):
        run_clock_for(watched, MONDAY + timedelta(hours=hours))
    run_clock_for(watched, MONDAY + 12 * DAY)
    run_clock_for(left, MONDAY + 12 * DAY)
    assert len(history(left)) == 7
    assert history(left)[1:] == history(watched)[1:]  # the first line names the work


def run_clock_for(flow, now):
    engine.wake(flow.pk, now=now)


def test_nothing_is_due_twice(town):
    at_handling(town)
    assert run_clock(now=MONDAY + 30 * DAY) == 1
    assert run_clock(now=MONDAY + 30 * DAY) == 0


def test_silence_is_an_answer_after_its_term(town):
    flow = at_handling(town)
    for post, place, outcome, name in (
        ("worker", "G1", "done", "result"),
        ("checker", "C1", "passed", "finding"),
        ("desk", "S1", "answered", "answer"),
    ):
        flow = act.take_step(by=town.person(post, place), flow=flow, seq=None, outcome=outcome, texts={name: "好"}, now=MONDAY)
    due = flow.due_at
    run_clock(now=MONDAY + 20 * DAY)
    flow.refresh_from_db()
    assert (flow.end, flow.ended_at) == ("closed", due)
    last = Event.objects.filter(flow=flow).latest("seq")
    assert (last.outcome, last.role, last.by) == ("silent", "clock", None)


def test_work_on_the_ledger_wakes_at_its_review_date(town):
    flow = at_handling(town)
    until = MONDAY + 10 * DAY
    act.ask_suspension(by=town.person("worker", "G1"), flow=flow, seq=None, until=until, reason="等施工季", now=MONDAY)
    flow = act.decide_request(by=town.person("head", "C1"), flow=flow, seq=None, grant=True, now=MONDAY)
    assert run_clock(now=until - timedelta(minutes=1)) == 0
    assert run_clock(now=until) == 1
    flow.refresh_from_db()
    assert not flow.suspended
    assert flow.due_at > until


def test_one_flow_that_fails_holds_up_no_other(town, monkeypatch):
    bad, good = at_handling(town), at_handling(town)
    real = engine._change
    monkeypatch.setattr(engine, "_change", lambda c, *what: 1 / 0 if c.flow.pk == bad.pk else real(c, *what))
    assert run_clock(now=MONDAY + 5 * DAY) == 1
    assert "overdue" in kinds(good)
    assert "overdue" not in kinds(bad)
    monkeypatch.undo()
    assert run_clock(now=MONDAY + 5 * DAY) == 1
    assert history(bad)[1:] == history(good)[1:]


def test_an_extension_comes_too_late_even_if_the_clock_job_never_ran(town):
    flow = at_handling(town)
    from linli.charter.schema import Duration

    with pytest.raises(Refused, match="too_late"):
        act.ask_extension(by=town.person("worker", "G1"), flow=flow, seq=flow.seq, duration=Duration(days=1), reason="忙", now=flow.due_at)


def test_what_time_moved_on_is_seen_before_it_is_acted_on(town):
    flow = at_handling(town)
    with pytest.raises(act.Conflict) as conflict:
        act.take_step(by=town.person("worker", "G1"), flow=flow, seq=flow.seq, outcome="done", texts={"result": "好"}, now=MONDAY + 5 * DAY)
    assert "escalated" in [e.kind for e in conflict.value.events]
    assert conflict.value.flow.level == "community"
    assert Flow.objects.get(pk=flow.pk).level == "community"


def test_a_reminder_since_one_looked_is_no_conflict(town):
    flow = at_handling(town)
    run_clock(now=flow.due_at - timedelta(minutes=5))
    now = act.take_step(
        by=town.person("worker", "G1"),
        flow=flow,
        seq=flow.seq,
        outcome="done",
        texts={"result": "好"},
        now=flow.due_at - timedelta(minutes=1),
    )
    assert now.step == "check"
    assert kinds(flow)[2:] == ["reminded", "taken"]


def test_running_work_keeps_the_charter_it_began_under(town):
    from linli.charter.tests.factories import adopt_small

    flow = at_handling(town)
    adopt_small(head_swap='version = "1" -> version = "2"', procedure_swap='passed = "answer" -> passed = "END closed"')
    new = at_handling(town)
    assert flow.charter_id != new.charter_id
    ends = []
    for each in (flow, new):
        each = act.take_step(by=town.person("worker", "G1"), flow=each, seq=None, outcome="done", texts={"result": "好"}, now=MONDAY)
        each = act.take_step(by=town.person("checker", "C1"), flow=each, seq=None, outcome="passed", texts={"finding": "好"}, now=MONDAY)
        ends.append((each.step, each.end))
    assert ends == [("answer", ""), ("", "closed")]
