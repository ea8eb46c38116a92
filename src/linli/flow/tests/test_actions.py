"""What people do to work, and what the engine makes of it."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied

from linli.charter.schema import Duration
from linli.flow import actions as act
from linli.flow.models import Event, Flow, Todo
from linli.flow.procedure import Refused
from linli.flow.rows import state_of
from linli.flow.tests.factories import MONDAY, at_handling, kinds, open_todos, to_the_end

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def test_a_matter_goes_from_first_word_to_closing(town):
    flow = at_handling(town)
    assert (flow.step, flow.owner_id, flow.level) == ("handle", town.seat("worker", "G1").pk, "grid")
    flow = to_the_end(town, flow, MONDAY + HOUR)
    flow.refresh_from_db()
    assert (flow.step, flow.end, flow.wake_at) == ("", "closed", None)
    assert kinds(flow) == ["began", "taken", "taken", "taken", "taken", "taken"]
    assert not Todo.objects.filter(flow=flow, done_at=None).exists()
    assert flow.seats_involved() == {town.seat(*s.split()).pk for s in ("worker G1", "checker C1", "desk S1")}


def test_what_is_returned_is_what_is_stored(town):
    flow = at_handling(town)
    stored = Flow.objects.get(pk=flow.pk)
    for field in Flow._meta.concrete_fields:
        ours, theirs = getattr(flow, field.attname), getattr(stored, field.attname)
        assert (bytes(ours), bytes(theirs)) if isinstance(theirs, memoryview | bytes) else (ours, theirs)
        assert ours == theirs or bytes(ours) == bytes(theirs), field.name
    assert state_of(flow) == state_of(stored)


def test_only_who_does_the_seats_work_takes_its_step(town):
    flow = at_handling(town)
    for other in ("worker G2", "head C1", "desk S1", "coordinator D"):
        with pytest.raises(PermissionDenied):
            act.take_step(by=town.person(*other.split()), flow=flow, seq=None, outcome="done", texts={"result": "修好"}, now=MONDAY)
    assert act.take_step(by=town.person("worker", "G1"), flow=flow, seq=None, outcome="done", texts={"result": "修好"}, now=MONDAY)


def test_evidence_is_asked_for_and_a_no_needs_its_reason(town):
    flow = at_handling(town)
    worker = town.person("worker", "G1")
    with pytest.raises(Refused) as refused:
        act.take_step(by=worker, flow=flow, seq=None, outcome="done", texts={"result": "  "}, now=MONDAY)
    assert (refused.value.code, refused.value.params) == ("evidence", {"missing": ("result",)})
    with pytest.raises(Refused) as refused:
        act.take_step(by=worker, flow=flow, seq=None, outcome="return", texts={"result": "x"}, now=MONDAY)
    assert refused.value.params == {"missing": ("reason",)}
    assert kinds(flow) == ["began", "taken"]


def test_an_extension_is_asked_before_the_time_is_up_and_decided_above(town):
    flow = at_handling(town)
    worker, head = town.person("worker", "G1"), town.person("head", "C1")
    due = flow.due_at
    flow = act.ask_extension(by=worker, flow=flow, seq=flow.seq, duration=Duration(days=2), reason="等配件", now=MONDAY + HOUR)
    assert open_todos(flow) == {("worker", "lead"), ("head", "approve")}
    with pytest.raises(PermissionDenied):
        act.decide_request(by=worker, flow=flow, seq=flow.seq, grant=True, now=MONDAY + HOUR)
    flow = act.decide_request(by=head, flow=flow, seq=flow.seq, grant=True, now=MONDAY + HOUR)
    assert flow.due_at - due == timedelta(days=4)  # Thursday to Monday, two working days
    assert open_todos(flow) == {("worker", "lead")}
    with pytest.raises(Refused, match="extensions_used"):
        act.ask_extension(by=worker, flow=flow, seq=flow.seq, duration=Duration(days=2), reason="再等", now=MONDAY + HOUR)


def test_work_on_the_ledger_sleeps_and_its_deadlines_move_by_that_time(town):
    flow = at_handling(town)
    worker, head = town.person("worker", "G1"), town.person("head", "C1")
    until = MONDAY + timedelta(days=21)
    flow = act.ask_suspension(by=worker, flow=flow, seq=None, until=until, reason="冬季不能施工", now=MONDAY)
    due = flow.due_at
    flow = act.decide_request(by=head, flow=flow, seq=None, grant=True, now=MONDAY)
    assert flow.suspended
    assert flow.wake_at == until
    with pytest.raises(Refused, match="suspended"):
        act.take_step(by=worker, flow=flow, seq=None, outcome="done", texts={"result": "修好"}, now=MONDAY + HOUR)
    flow = act.resume_flow(by=worker, flow=flow, seq=None, now=MONDAY + timedelta(days=7))
    assert not flow.suspended
    assert flow.due_at == due + timedelta(days=7)


def test_joint_handling_has_a_lead_and_assisting_seats_with_their_own_deadlines(town):
    flow = at_handling(town, kind="quiet.noise")
    head, officer = town.person("head", "C1"), town.person("officer", "D")
    flow = act.join_bodies(
        by=head, flow=flow, seq=None, seats=[town.seat("officer", "D").pk], duration=Duration(days=2), task="现场测噪", now=MONDAY
    )
    assert open_todos(flow) == {("head", "lead"), ("officer", "assist")}
    with pytest.raises(Refused, match="parts_open"):
        act.take_step(by=head, flow=flow, seq=None, outcome="done", texts={"result": "调解好了"}, now=MONDAY)
    with pytest.raises(PermissionDenied):
        act.finish_part(by=head, flow=flow, seq=None, result="测了", now=MONDAY)
    flow = act.finish_part(by=officer, flow=flow, seq=None, result="测了", now=MONDAY)
    flow = act.take_step(by=head, flow=flow, seq=None, outcome="done", texts={"result": "调解好了"}, now=MONDAY)
    assert flow.step == "check"
    assert "task" in Event.objects.get(flow=flow, kind="joined").texts


def test_urging_moving_and_reclassifying(town):
    flow = at_handling(town)
    with pytest.raises(PermissionDenied):
        act.urge_flow(by=town.person("head", "C2"), flow=flow, seq=None, now=MONDAY)
    flow = act.urge_flow(by=town.person("head", "C1"), flow=flow, seq=None, reason="居民等了三天", now=MONDAY)
    assert state_of(flow).urges == 1
    head = town.person("head", "C1")
    with pytest.raises(Refused, match="other_level"):
        act.reassign_flow(by=head, flow=flow, seq=None, seat=town.seat("head", "C1").pk, reason="x", now=MONDAY)
    with pytest.raises(PermissionDenied):
        act.reassign_flow(by=head, flow=flow, seq=None, seat=town.seat("worker", "G3").pk, reason="x", now=MONDAY)
    flow = act.reassign_flow(by=head, flow=flow, seq=None, seat=town.seat("worker", "G2").pk, reason="顶班", now=MONDAY)
    assert flow.owner_id == town.seat("worker", "G2").pk
    flow = act.reclassify_flow(by=town.person("desk", "S1"), flow=flow, seq=None, kind="quiet.noise", reason="是噪声", now=MONDAY)
    assert (flow.kind, flow.level, flow.owner_id) == ("quiet.noise", "community", head_seat(town))


def head_seat(town):
    return town.seat("head", "C1").pk


def test_a_vacant_seats_work_is_done_where_it_falls_and_nothing_is_rewritten(db):
    from linli.flow.tests.factories import district

    town = district(vacant=("worker G1",))
    flow = at_handling(town)
    assert flow.owner_id == town.seat("worker", "G1").pk
    flow = act.take_step(by=town.person("head", "C1"), flow=flow, seq=None, outcome="done", texts={"result": "修好"}, now=MONDAY)
    assert Event.objects.get(flow=flow, outcome="done").role == "head"


def test_whoever_handled_it_may_not_check_it(town):
    from linli.bodies.actions import refresh_acting
    from linli.bodies.models import Holding

    worker = town.person("worker", "G1")
    Holding.objects.create(seat=town.seat("checker", "C1"), user=worker, since=MONDAY)
    refresh_acting()
    flow = at_handling(town)
    flow = act.take_step(by=worker, flow=flow, seq=None, outcome="done", texts={"result": "修好"}, now=MONDAY)
    with pytest.raises(Refused) as refused:
        act.take_step(by=worker, flow=flow, seq=None, outcome="passed", texts={"finding": "亮了"}, now=MONDAY)
    assert (refused.value.code, refused.value.params) == ("same_person", {"step": "handle"})


def test_ended_work_is_reopened_once_and_only_for_a_while(town):
    flow = to_the_end(town, at_handling(town), MONDAY)
    with pytest.raises(Refused, match="reopen_late"):
        act.reopen_as_reporter(flow=flow, seq=None, reason="又坏了", now=MONDAY + timedelta(days=60))
    flow = act.reopen_as_reporter(flow=flow, seq=None, reason="又坏了", now=MONDAY + timedelta(days=7))
    assert (flow.step, flow.end) == ("handle", "")
    flow = act.withdraw_as_reporter(flow=flow, seq=None, now=MONDAY + timedelta(days=8))
    assert flow.end == "withdrawn"
    with pytest.raises(Refused, match="reopens_used"):
        act.reopen_flow(by=town.person("desk", "S1"), flow=flow, seq=None, reason="误撤", now=MONDAY + timedelta(days=8))


def test_notes_are_for_those_who_take_part_or_have_the_area(town):
    flow = to_the_end(town, at_handling(town), MONDAY)
    act.note_flow(by=town.person("head", "C1"), flow=flow, text="回访过")
    with pytest.raises(PermissionDenied):
        act.note_flow(by=town.person("head", "C2"), flow=flow, text="路过")


def test_leaving_a_post_ends_its_work_at_once(town):
    from linli.bodies.models import Holding

    flow = at_handling(town)
    worker = town.person("worker", "G1")
    Holding.objects.filter(user=worker).update(until=MONDAY)
    with pytest.raises(PermissionDenied):
        act.take_step(by=worker, flow=flow, seq=None, outcome="done", texts={"result": "修好"}, now=MONDAY)
