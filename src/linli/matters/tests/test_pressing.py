"""催办、督办、通报: what presses on late work, by the clock and by hand; and the notice of the month."""

import threading
from datetime import date, timedelta
from itertools import pairwise

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from linli.bodies.models import Seat
from linli.charter.schema import Duration
from linli.flow import actions as flow
from linli.flow.jobs import run_clock
from linli.flow.models import Event, Todo
from linli.flow.procedure import Event as Line
from linli.flow.procedure import Refused
from linli.flow.verify import verify
from linli.frame.refusal import Refusal
from linli.matters import actions, pressing
from linli.matters.models import Matter, Notice, Pressing
from linli.matters.notices import month_after
from linli.matters.tests.factories import START, flow_of, go, make_town, report
from linli.matters.tests.visiting import signed_in

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TWO = Duration(days=2)


def handled(town, **told):
    now = told.get("now", START)
    matter = go(report(town, **told).matter, town.desk, "accepted", now)
    return go(matter, town.desk, "dispatched", now)


def late(town, until=START + 21 * DAY, **told):
    """Rubbish with a day to go, still lying there after the whole ladder."""
    matter = handled(town, **told)
    run_clock(now=until)
    return matter


def rows(matter):
    return list(Pressing.objects.filter(flow=matter.flow_id).order_by("seq").values_list("kind", "state"))


# --- by the clock


def test_late_work_is_urged_then_supervised_then_named_once_each_however_often_the_clock_runs(town):
    matter = late(town)
    for n in range(3):
        run_clock(now=START + (21 + n) * DAY)
    assert rows(matter) == [("urge", "done"), ("supervise", "open"), ("notice", "done")]
    said = Event.objects.filter(flow=matter.flow_id, data__rung__isnull=False).order_by("seq")
    assert [(e.kind, e.data["rung"], e.role) for e in said] == [
        ("urged", "urge", "clock"), ("supervised", "supervise", "clock"), ("noticed", "notice", "clock"),
    ]  # fmt: skip
    # a day after the deadline, two working days on, three more: a weekend between
    assert [(b.at - a.at).days for a, b in pairwise(said)] == [2, 5]
    assert verify([matter.flow_id]).ok


def test_nothing_presses_on_work_on_the_ledger_and_then_the_ladder_goes_on_where_it_was(town):
    matter = handled(town)
    run_clock(now=START + 3 * DAY)  # late since Tuesday, urged on Wednesday
    assert rows(matter) == [("urge", "done")]
    flow.ask_suspension(by=town.station, flow=matter.flow_id, seq=None, until=START + 17 * DAY, reason="等设备", now=START + 3 * DAY)
    flow.decide_request(by=town.coordinator, flow=matter.flow_id, seq=None, grant=True, now=START + 3 * DAY)
    run_clock(now=START + 16 * DAY)
    assert rows(matter) == [("urge", "done")]
    run_clock(now=START + 22 * DAY)
    assert ("supervise", "open") in rows(matter)


def test_the_supervisor_stands_no_lower_than_the_work_and_is_never_the_one_responsible(town):
    matter = handled(town)
    for _ in range(3):
        flow.escalate_flow(by=town.district, flow=matter.flow_id, seq=None, reason="上交", now=START)
    run_clock(now=START + 21 * DAY)
    order = Pressing.objects.get(flow=matter.flow_id, kind="supervise")
    assert (order.seat.post, order.supervisor.post) == ("urban-management-officer", "district-coordinator")


# --- by hand


def supervised(town):
    matter = handled(town)
    flow.supervise_flow(by=town.coordinator, flow=matter.flow_id, seq=None, duration=TWO, task="今天先围起来", now=START + HOUR)
    return matter


def test_a_supervision_opened_by_hand_is_answered_sent_back_and_accepted(town):
    matter = supervised(town)
    assert Todo.objects.get(flow=matter.flow_id, role="answer", done_at=None).seat.post == "grid-worker"
    flow.answer_order(by=town.worker, flow=matter.flow_id, seq=None, answer="围好了", now=START + 2 * HOUR)
    assert Todo.objects.get(flow=matter.flow_id, role="approve", done_at=None).seat.post == "street-coordinator"
    flow.decide_order(by=town.coordinator, flow=matter.flow_id, seq=None, duration=TWO, reason="没有照片", now=START + 3 * HOUR)
    assert rows(matter) == [("supervise", "open")]
    flow.answer_order(by=town.worker, flow=matter.flow_id, seq=None, answer="附照片", now=START + 4 * HOUR)
    flow.decide_order(by=town.coordinator, flow=matter.flow_id, seq=None, now=START + 5 * HOUR)
    assert rows(matter) == [("supervise", "accepted")]
    assert not Todo.objects.filter(flow=matter.flow_id, role__in=["answer", "approve"], done_at=None).exists()
    assert flow_of(matter).owner.post == "grid-worker"  # who handles it never changed
    assert verify([matter.flow_id]).ok


def test_one_at_a_time_never_over_own_work_and_never_without_a_word(town):
    matter = supervised(town)
    with pytest.raises(Refused, match="supervised"):
        flow.supervise_flow(by=town.coordinator, flow=matter.flow_id, seq=None, duration=TWO, task="再来", now=START + 2 * HOUR)
    with pytest.raises(Refused, match="evidence"):
        flow.supervise_flow(by=town.coordinator, flow=matter.flow_id, seq=None, duration=TWO, task=" ", now=START)
    with pytest.raises(Refused, match="order_open"):
        flow.decide_order(by=town.coordinator, flow=matter.flow_id, seq=None, now=START + 2 * HOUR)
    own = handled(town)
    seat = Seat.objects.get(post="street-coordinator", place=town.s1)
    for _ in range(2):
        flow.escalate_flow(by=town.district, flow=own.flow_id, seq=None, reason="上交", now=START)
    assert flow_of(own).owner == seat
    with pytest.raises(Refused, match="own_work"):
        flow.supervise_flow(by=town.coordinator, flow=own.flow_id, seq=None, duration=TWO, task="x", now=START)


def test_it_goes_with_the_work_and_ends_with_it(town):
    matter = supervised(town)
    flow.escalate_flow(by=town.worker, flow=matter.flow_id, seq=None, reason="需要车", now=START + 2 * HOUR)
    assert Pressing.objects.get(flow=matter.flow_id, kind="supervise").seat.post == "station-head"
    assert Todo.objects.get(flow=matter.flow_id, role="answer", done_at=None).seat.post == "station-head"
    actions.withdraw_matter(matter=matter, now=START + 3 * HOUR)
    assert rows(matter) == [("supervise", "ended")]
    assert verify([matter.flow_id]).ok


@pytest.mark.parametrize("answered", [False, True])
def test_it_ends_with_work_that_is_merged_and_goes_on_with_it_when_that_is_separated(town, answered):
    matter, main = supervised(town), handled(town)
    if answered:
        flow.answer_order(by=town.worker, flow=matter.flow_id, seq=None, answer="围好了", now=START + 2 * HOUR)
    actions.merge_matter(by=town.desk, matter=matter, main=main, seq=None, reason="同一处", now=START + 3 * HOUR)
    assert rows(matter) == [("supervise", "ended")]
    matter = Matter.objects.select_related("flow", "place", "main__flow").get(pk=matter.pk)
    actions.separate_matter(by=town.desk, matter=matter, seq=None, reason="不是同一处", now=START + 4 * HOUR)
    assert rows(matter) == [("supervise", "answered" if answered else "open")]
    assert Pressing.objects.get(flow=matter.flow_id, kind="supervise").closed_seq is None
    waits = "approve" if answered else "answer"
    assert Todo.objects.filter(flow=matter.flow_id, role=waits, done_at=None).count() == 1
    if not answered:
        flow.answer_order(by=town.worker, flow=matter.flow_id, seq=None, answer="围好了", now=START + 5 * HOUR)
    flow.decide_order(by=town.coordinator, flow=matter.flow_id, seq=None, now=START + 6 * HOUR)
    assert rows(matter) == [("supervise", "accepted")]
    assert verify([matter.flow_id]).ok


def test_it_is_lifted_with_a_reason_and_so_is_a_naming(town):
    matter = late(town)
    with pytest.raises(Refused):
        flow.lift_pressure(by=town.coordinator, flow=matter.flow_id, seq=None, what="order", reason=" ")
    for what in ("order", "notice"):
        flow.lift_pressure(by=town.district, flow=matter.flow_id, seq=None, what=what, reason="施工受阻", now=START + 21 * DAY)
    assert rows(matter) == [("urge", "done"), ("supervise", "lifted"), ("notice", "lifted")]


@pytest.mark.parametrize("who", ["worker", "station", "stranger", "auditor", "other_worker"])
def test_nobody_else_supervises_or_lifts(town, who):
    matter = supervised(town)
    other = handled(town)
    with pytest.raises(PermissionDenied):
        flow.supervise_flow(by=town.people[who], flow=other.flow_id, seq=None, duration=TWO, task="x", now=START + HOUR)
    with pytest.raises(PermissionDenied):
        flow.lift_pressure(by=town.people[who], flow=matter.flow_id, seq=None, what="order", reason="x", now=START + HOUR)
    if who != "worker":
        with pytest.raises(PermissionDenied):
            flow.answer_order(by=town.people[who], flow=matter.flow_id, seq=None, answer="x", now=START + HOUR)


def test_no_lower_level_undoes_what_a_higher_one_ordered_and_nobody_what_presses_on_themselves(town):
    """The district supervises the street's coordinator: neither they nor the street lift it, judge the answer, or take a bureau's naming back."""
    matter = handled(town)
    flow.escalate_flow(by=town.coordinator, flow=matter.flow_id, seq=None, reason="需要街道", now=START + HOUR)
    flow.escalate_flow(by=town.coordinator, flow=matter.flow_id, seq=None, reason="需要街道", now=START + HOUR)
    owner = flow_of(matter).owner
    flow.supervise_flow(by=town.district, flow=matter.flow_id, seq=None, duration=TWO, task="说明原因", now=START + HOUR)
    assert owner.path == town.s1.path
    named = late(town)
    assert Pressing.objects.get(flow=named.flow_id, kind="notice").seat.path == town.d.path  # it had climbed to a bureau of the district
    for pressed, what in ((matter, "order"), (named, "notice")):
        with pytest.raises(PermissionDenied):
            flow.lift_pressure(by=town.coordinator, flow=pressed.flow_id, seq=None, what=what, reason="x", now=START + 2 * HOUR)
        flow.lift_pressure(by=town.district, flow=pressed.flow_id, seq=None, what=what, reason="已另行安排", now=START + 3 * HOUR)


def decide_on(matter):
    last = matter.flow.events.order_by("-seq").first()
    return Line.told(last.kind, last.at, last.by_id, last.role, last.step_from, last.step_to, last.outcome, last.data)


def test_taking_a_step_costs_no_more_where_nothing_presses(town, django_assert_num_queries):
    matter = handled(town)
    taken = decide_on(matter)
    with django_assert_num_queries(0):
        assert pressing.tell([(matter.flow, [taken])]) is None


# --- the notice


MONTH, AFTER = date(2026, 11, 1), START + 20 * DAY


def test_a_notice_names_bodies_and_posts_stays_as_it_was_signed_and_is_put_right_or_withdrawn_with_a_reason(town):
    matter = late(town, until=START + 12 * DAY)
    notice = actions.sign_notice(by=town.coordinator, place=town.s1, month=MONTH, now=AFTER)
    [line] = notice.lines
    assert line["numbers"] == [matter.number]
    assert not any(user.name in str(notice.lines) for user in town.people.values())
    with pytest.raises(IntegrityError), transaction.atomic():
        Notice.objects.filter(pk=notice.pk).update(lines=[])
    with pytest.raises(Refusal) as refused:
        actions.sign_notice(by=town.coordinator, place=town.s1, month=MONTH, now=AFTER)
    assert refused.value.field == "reason"
    flow.lift_pressure(by=town.district, flow=matter.flow_id, seq=None, what="notice", reason="认定有误", now=AFTER)
    again = actions.sign_notice(by=town.coordinator, place=town.s1, month=MONTH, reason="认定有误", now=AFTER)
    notice.refresh_from_db()
    assert (notice.state, again.state, again.edition, again.lines) == ("replaced", "signed", 2, [])
    actions.withdraw_notice(by=town.district, notice=again, reason="无人通报", now=AFTER)
    with pytest.raises(Refusal):
        actions.withdraw_notice(by=town.district, notice=again, reason="再来", now=AFTER)


def test_a_notice_is_signed_by_whoever_supervises_the_area_after_the_month_and_not_for_nobody(town):
    late(town, until=START + 12 * DAY)
    for who in ("station", "stranger", "auditor", "worker"):
        with pytest.raises(PermissionDenied):
            actions.sign_notice(by=town.people[who], place=town.s1, month=MONTH, now=AFTER)
    with pytest.raises(Refusal) as refused:
        actions.sign_notice(by=town.coordinator, place=town.s1, month=MONTH, now=START + 12 * DAY)
    assert refused.value.code == "month"
    with pytest.raises(Refusal) as refused:
        actions.sign_notice(by=town.district, place=town.s2, month=MONTH, now=AFTER)
    assert refused.value.code == "nobody"


# --- pages


def test_pages_show_what_presses_to_those_who_see_the_work_and_to_nobody_else(town, media):
    matter = late(town, until=START + 12 * DAY)
    order = Pressing.objects.get(flow=matter.flow_id, kind="supervise")
    sheet, area = f"/matters/{matter.number}/supervision/{order.seq}/", f"/matters/notices/{town.s1.code}/2026-11/"
    page = signed_in(town.coordinator)
    assert page.get("/matters/pressed/").content.decode().count(matter.number) >= 3
    assert "书面说明为什么超期" in page.get(sheet).content.decode()
    assert matter.number in page.get(area).content.decode()
    assert "书面说明为什么超期" in page.get(f"/matters/{matter.number}/").content.decode()
    outsider = signed_in(town.stranger)
    assert matter.number not in outsider.get("/matters/pressed/").content.decode()
    assert [outsider.get(p).status_code for p in (sheet, area)] == [404, 404]
    actions.sign_notice(by=town.coordinator, place=town.s1, month=MONTH, now=AFTER)
    assert matter.number in signed_in(town.urban).get(area).content.decode()  # named posts can read it, whatever their reach
    assert outsider.get(area).status_code == 404


def test_a_month_that_has_not_come_has_no_notice_and_the_running_one_only_a_draft(town, media):
    page, running = signed_in(town.coordinator), timezone.localdate().replace(day=1)
    area = f"/matters/notices/{town.s1.code}/{running:%Y-%m}/"
    assert "这个月过完才能签发" in page.get(area).content.decode()
    assert page.post(area, {"act": "sign"}).status_code == 422
    assert not Notice.objects.exists()
    assert page.get(f"/matters/notices/{town.s1.code}/{month_after(running):%Y-%m}/").status_code == 404


def test_a_notice_put_right_keeps_its_remark_and_a_withdrawn_one_says_so_to_those_who_read_it(town, media):
    late(town, until=START + 12 * DAY)
    area = f"/matters/notices/{town.s1.code}/2026-11/"
    notice = actions.sign_notice(by=town.coordinator, place=town.s1, month=MONTH, remark="三日内书面说明", now=AFTER)
    assert signed_in(town.coordinator).get(area).context["forms"]["sign"].initial["remark"] == "三日内书面说明"
    actions.withdraw_notice(by=town.coordinator, notice=notice, reason="重算", now=AFTER)
    page = signed_in(town.urban).get(area).content.decode()
    assert "已撤回，这个月没有有效的通报" in page
    assert "草稿" not in page


def test_a_remark_or_reason_of_a_notice_with_somebodys_number_is_refused_at_its_field_and_kept_in_the_form(town, media):
    late(town, until=START + 12 * DAY)
    for text in ("请张三回电13987654321", "3号楼2单元301室的老人"):
        with pytest.raises(Refusal) as refused:
            actions.sign_notice(by=town.coordinator, place=town.s1, month=MONTH, remark=text, now=AFTER)
        assert (refused.value.code, refused.value.field) == ("indiscreet", "remark")
    assert not Notice.objects.exists()
    notice = actions.sign_notice(by=town.coordinator, place=town.s1, month=MONTH, remark="三日内书面说明", now=AFTER)
    for act in (
        lambda: actions.sign_notice(by=town.coordinator, place=town.s1, month=MONTH, reason="问13987654321", now=AFTER),
        lambda: actions.withdraw_notice(by=town.coordinator, notice=notice, reason="问13987654321", now=AFTER),
    ):
        with pytest.raises(Refusal) as refused:
            act()
        assert (refused.value.code, refused.value.field) == ("indiscreet", "reason")
    area = f"/matters/notices/{town.s1.code}/2026-11/"
    page = signed_in(town.coordinator).post(area, {"act": "withdraw", "withdraw-reason": "问13987654321"})
    assert page.status_code == 422
    assert "问13987654321" in page.content.decode()
    assert Notice.objects.get().state == "signed"


def test_the_answer_to_a_supervision_holds_no_number_dwelling_or_name_of_whoever_raised_it(town, media):
    matter = handled(town, now=timezone.now())
    flow.supervise_flow(by=town.coordinator, flow=matter.flow_id, seq=None, duration=Duration(days=1), task="什么时候办完")
    for text in ("已联系13987654321", "王秀兰家已清", "3号楼2单元301室已清"):
        page = signed_in(town.worker).post(f"/matters/{matter.number}/act/account/", {"answer": text})
        assert page.status_code == 422
        assert text in page.content.decode()
        assert "这会留在历史里，请去掉：" in page.content.decode()
    assert not flow_of(matter).memory["order"].get("answered")
    actions.answer_supervision(by=town.worker, matter=matter, seq=None, answer="已经清完")


def test_the_forms_open_answer_judge_and_lift_a_supervision(town, media):
    matter = handled(town, now=timezone.now())

    def post(who, act, **data):
        return signed_in(town.people[who]).post(f"/matters/{matter.number}/act/{act}/", data).status_code

    assert post("coordinator", "supervise", task="", days=1) == 422
    assert post("coordinator", "supervise", task="今天答复", days=1) == 302
    assert post("worker", "account", answer="正在清") == 302
    assert post("coordinator", "judge", accept="no", days=1, reason="") == 422
    assert post("coordinator", "judge", accept="no", days=1, reason="不清楚") == 302
    assert post("worker", "judge", accept="yes") == 403
    assert post("coordinator", "lift", what="order", reason="已处理") == 302
    assert rows(matter) == [("supervise", "lifted")]


# --- at once


@pytest.mark.django_db(transaction=True)
def test_the_clock_and_whoever_finishes_at_the_same_moment_never_contradict_each_other():
    town = make_town()
    for _ in range(6):
        matter, results, barrier = handled(town), [None, None], threading.Barrier(2)
        run_clock(now=START + 2 * DAY)  # late already; the rung is next
        now = START + 5 * DAY

        def both(number, act, barrier=barrier, results=results):
            barrier.wait()
            try:
                results[number] = act()
            except Exception as error:
                results[number] = error
            finally:
                connection.close()

        owner = flow_of(matter).owner
        by = {"grid-worker": town.worker, "station-head": town.station, "street-coordinator": town.coordinator}[owner.post]
        threads = [
            threading.Thread(target=both, args=(0, lambda now=now: run_clock(now=now))),
            threading.Thread(target=both, args=(1, lambda m=matter, b=by, n=now: go(m, b, "done", n, texts={"result": "清了"}))),
        ]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        rungs = [e.data["rung"] for e in Event.objects.filter(flow=matter.flow_id, data__rung__isnull=False).order_by("seq")]
        assert len(rungs) == len(set(rungs))
        done = Event.objects.filter(flow=matter.flow_id, outcome="done")
        assert len(done) == (0 if isinstance(results[1], Exception) else 1), results
        assert verify([matter.flow_id]).ok
        assert Pressing.objects.filter(flow=matter.flow_id).count() == len(rungs)
