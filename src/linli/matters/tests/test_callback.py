"""回访: whoever left a telephone and said nothing is rung up by somebody else; what they say counts, and counts once."""

from datetime import date, timedelta

import pytest

from linli.access.models import ReadLog
from linli.bodies.actions import appoint
from linli.bodies.models import Seat
from linli.flow import words
from linli.flow.jobs import run_clock
from linli.flow.models import Event
from linli.flow.verify import verify
from linli.frame.refusal import Refusal
from linli.matters import actions
from linli.matters.models import Matter
from linli.matters.reporters import ReporterInfo
from linli.matters.tests.factories import START, flow_of, go, report, rung
from linli.matters.tests.visiting import signed_in as visit

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def answered(town, **told):
    matter = report(town, **told).matter
    now = told.get("now", START)
    for by, outcome, texts in (
        (town.desk, "accepted", {}),
        (town.desk, "dispatched", {}),
        (town.worker, "done", {"result": "清运干净"}),
        (town.checker, "passed", {"finding": "现场干净"}),
        (town.desk, "answered", {"answer": "垃圾已清运,点位增加清运一次。"}),
    ):
        matter = go(matter, by, outcome, now, texts=texts)
    return matter


def silent(town, **told):
    """Answered, and the time for rating is over."""
    matter = answered(town, **told)
    run_clock(now=told.get("now", START) + 10 * DAY)
    return Matter.objects.select_related("flow", "place").get(pk=matter.pk)


NOW = START + 10 * DAY
AGAIN = date(2026, 11, 27)  # the next working day


def test_whoever_left_a_telephone_and_said_nothing_is_rung_up_by_somebody_who_neither_handled_nor_answered(town):
    matter = silent(town)
    assert (matter.flow.step, matter.rating, matter.flow.owner.post) == ("callback", "silent", "street-checker")
    appoint(by=None, seat=Seat.objects.get(post="street-checker", place=town.s1), user=town.desk, since=START)
    with pytest.raises(Refusal) as refused:
        go(matter, town.desk, "satisfied", NOW)
    assert refused.value.code == "same_person"
    appoint(by=None, seat=Seat.objects.get(post="street-checker", place=town.s1), user=town.auditor, since=START)
    matter = rung(matter, town.auditor, "satisfied", NOW)
    assert (matter.rating, matter.flow.end) == ("satisfied", "closed")


@pytest.mark.parametrize("told", [None, ReporterInfo("王秀兰", ""), ReporterInfo("王秀兰", "13812345678", withheld=True)])
def test_without_a_telephone_or_with_the_name_withheld_it_closes_without_a_call(town, told):
    matter = silent(town, reporter=told)
    assert (matter.flow.end, matter.rating) == ("closed", "silent")
    assert Event.objects.get(flow=matter.flow, outcome="silent").data["passed_over"] == "callback"


def test_nobody_reached_is_tried_again_and_the_third_time_closes_it(town):
    matter = silent(town)
    for n in range(3):
        assert matter.flow.step == "callback", n
        matter = go(matter, town.coordinator, "unreached", NOW + n * DAY, texts={"text": "无人接听"})
    assert (matter.flow.end, matter.rating) == ("closed", "silent")
    events = Event.objects.filter(flow=matter.flow, outcome="unreached").order_by("seq")
    assert len(events) == 3
    assert "3次都未接通" in words.line(events[2])
    assert "次数已用完" not in words.line(events[2])


def test_nobody_reached_counts_once_a_day_and_says_when_to_ring_again(town, media):
    matter = silent(town)  # on a Thursday
    go(matter, town.coordinator, "unreached", NOW, texts={"text": "无人接听"})
    for later in (timedelta(minutes=1), 8 * HOUR):
        with pytest.raises(Refusal) as refused:
            go(matter, town.coordinator, "unreached", NOW + later)
        assert (refused.value.code, refused.value.field) == ("tried_today", "text")
        assert f"{AGAIN:%Y-%m-%d}" in refused.value.message
    together = actions.take_matter_steps(by=town.coordinator, matters=[matter], outcome="unreached", now=NOW + HOUR)
    assert [no.code for no in together.values()] == ["tried_today"]
    assert flow_of(matter).memory["returns"] == {"callback.unreached": 1}
    rung(matter, town.coordinator, "satisfied", NOW + 2 * HOUR)  # whoever is reached later that day is heard


def test_whoever_rings_back_the_same_day_is_heard(town):
    matter = silent(town)
    go(matter, town.coordinator, "unreached", NOW)
    matter = rung(matter, town.coordinator, "dissatisfied", NOW + HOUR, texts={"reason": "又堆起来了"})
    assert matter.flow.step == "handle"


@pytest.mark.parametrize(
    "text", ["她的电话是13987654321", "证件号15020419700101001X", "住3号楼2单元301室", "王秀兰说又堆起来了", "王 秀兰不满意"]
)
def test_what_is_said_on_the_telephone_goes_into_history_without_numbers_dwellings_and_the_persons_name(town, text):
    matter = silent(town)
    actions.reveal_reporter(by=town.coordinator, matter=matter, purpose="matter", now=NOW)
    for outcome, field in (("dissatisfied", "reason"), ("explained", "reason"), ("satisfied", "text"), ("unreached", "text")):
        with pytest.raises(Refusal) as refused:
            go(matter, town.coordinator, outcome, NOW, texts={field: text})
        assert (refused.value.code, refused.value.field) == ("indiscreet", field)
    together = actions.take_matter_steps(by=town.coordinator, matters=[matter], outcome="dissatisfied", texts={"reason": text}, now=NOW)
    assert [no.code for no in together.values()] == ["indiscreet"]
    assert flow_of(matter).step == "callback"


def test_what_was_written_about_a_call_is_still_there_to_be_mended(town, media):
    matter = silent(town)
    page = visit(town.coordinator)
    page.post(f"/matters/{matter.number}/call/")
    said = {"seq": matter.flow.seq, "outcome": "dissatisfied", "dissatisfied-reason": "请打13987654321", "shown": "1"}
    answer = page.post(f"/matters/{matter.number}/call/?calls=1", said)
    assert answer.status_code == 422
    assert "请打13987654321" in answer.content.decode()
    assert "这会留在历史里，请去掉：电话号码。" in answer.content.decode()


def test_what_we_did_not_mend_is_taken_up_again_within_the_bound_of_the_rating(town):
    matter = silent(town)
    with pytest.raises(Refusal):  # never without saying what is missing
        rung(matter, town.coordinator, "dissatisfied", NOW)
    matter = rung(matter, town.coordinator, "dissatisfied", NOW, texts={"reason": "又堆起来了"})
    assert (matter.flow.step, matter.rating) == ("handle", "dissatisfied")
    for by, outcome, texts in (
        (town.worker, "done", {"result": "又清了"}), (town.checker, "passed", {"finding": "干净"}), (town.desk, "answered", {"answer": "已清"}),
    ):  # fmt: skip
        matter = go(matter, by, outcome, NOW, texts=texts)
    actions.rate_matter(matter=matter, rating="dissatisfied", reason="还是不行", now=NOW + HOUR)
    assert flow_of(matter).end == "disputed"


def test_what_nobody_here_can_change_is_explained_and_counts_as_not_satisfied(town):
    matter = rung(silent(town), town.coordinator, "explained", NOW, texts={"reason": "补偿标准由市里定"})
    assert (matter.flow.end, matter.rating) == ("explained", "dissatisfied")


def test_what_somebody_said_can_only_be_entered_once_their_number_was_looked_up(town):
    matter = silent(town)
    for outcome in ("satisfied", "dissatisfied", "explained"):
        with pytest.raises(Refusal) as refused:
            go(matter, town.coordinator, outcome, NOW, texts={"reason": "没说"})
        assert refused.value.code == "not_rung"
    assert set(actions.take_matter_steps(by=town.coordinator, matters=[matter], outcome="satisfied", now=NOW)) == {matter.flow_id}
    assert flow_of(matter).step == "callback"
    assert rung(matter, town.coordinator, "satisfied", NOW).flow.end == "closed"


def test_whoever_is_about_to_be_rung_can_still_say_it_themselves(town):
    matter = silent(town)
    actions.rate_matter(matter=matter, rating="satisfied", now=NOW)
    assert flow_of(matter).end == "closed"
    assert Event.objects.get(flow=matter.flow_id, outcome="satisfied").role == "reporter"


def test_once_their_person_is_erased_nobody_rings(town):
    matter = answered(town)
    actions.erase_reporter(by=None, matter=matter, reason="期满")
    run_clock(now=NOW)
    assert flow_of(matter).end == "closed"


def test_history_is_whole_after_all_of_it(town):
    matter = silent(town)
    go(matter, town.coordinator, "unreached", NOW)
    assert verify([matter.flow_id]).ok


# --- pages ---------------------------------------------------------------------------------------------------------------------------


def test_the_list_shows_who_is_to_be_rung_and_not_to_the_next_street(town, media):
    matter = silent(town)
    html = visit(town.coordinator).get("/matters/calls/").content.decode()
    assert matter.number in html
    assert "13812345678" not in html
    assert matter.number not in visit(town.stranger).get("/matters/calls/").content.decode()
    assert matter.number in visit(town.coordinator).get("/matters/calls/?phone=1").content.decode()


def test_the_number_shows_once_and_the_look_is_in_the_log(town, media):
    matter = silent(town)
    page = visit(town.coordinator)
    html = page.get(f"/matters/{matter.number}/call/").content.decode()
    assert "13812345678" not in html
    assert "清运干净" in html
    assert page.post(f"/matters/{matter.number}/call/").content.decode().count("tel:13812345678") == 1
    assert ReadLog.objects.filter(by=town.coordinator, purpose="matter").count() == 1
    assert visit(town.stranger).get(f"/matters/{matter.number}/call/").status_code == 404


def test_the_result_is_written_on_the_page_and_leads_back_to_the_list(town, media):
    matter = silent(town)
    response = visit(town.coordinator).post(
        f"/matters/{matter.number}/call/?calls=1", {"seq": matter.flow.seq, "outcome": "unreached", "unreached-text": "无人接听"}
    )
    assert (response.status_code, response.url) == (302, "/matters/calls/")
    assert flow_of(matter).memory["returns"] == {"callback.unreached": 1}


def test_a_mistake_leaves_one_on_the_page_of_the_call_with_the_number_and_what_was_written(town, media):
    matter = silent(town)
    page, said = visit(town.coordinator), {"seq": matter.flow.seq, "outcome": "dissatisfied", "dissatisfied-reason": ""}
    unheard = page.post(f"/matters/{matter.number}/call/?calls=1", said | {"dissatisfied-reason": "没清干净"})
    assert unheard.status_code == 422
    assert "没清干净" in unheard.content.decode()
    assert "tel:13812345678" not in unheard.content.decode()
    page.post(f"/matters/{matter.number}/call/")
    wrong = page.post(f"/matters/{matter.number}/call/?calls=1", said | {"shown": "1"})
    assert wrong.status_code == 422
    assert "tel:13812345678" in wrong.content.decode()
    assert ReadLog.objects.filter(by=town.coordinator).count() == 2
    assert page.post(f"/matters/{matter.number}/call/?calls=1", said | {"dissatisfied-reason": "没清干净"}).status_code == 302


def test_what_was_written_in_a_second_tab_after_somebody_ended_the_call_is_shown_with_what_changed(town, media):
    matter = silent(town)
    page, said = visit(town.coordinator), {"seq": matter.flow.seq, "outcome": "dissatisfied", "dissatisfied-reason": "又堆起来了"}
    page.post(f"/matters/{matter.number}/call/")
    assert page.post(f"/matters/{matter.number}/call/?calls=1", said).status_code == 302
    second = page.post(f"/matters/{matter.number}/call/?calls=1", said | {"dissatisfied-reason": "楼道里也有，写了很长一段"})
    assert second.status_code == 409
    assert "楼道里也有，写了很长一段" in second.content.decode()
