"""Direct lines: past the desk to the post that is written to, which answers or has it handled."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from linli.bodies.actions import appoint, release
from linli.bodies.models import Holding, Seat
from linli.flow.jobs import run_clock
from linli.frame.refusal import Refusal
from linli.matters import actions
from linli.matters.models import Channel, Matter
from linli.matters.reporters import ReporterInfo
from linli.matters.tests.calling import caller
from linli.matters.tests.factories import START, flow_of, go, report
from linli.matters.tests.visiting import signed_in, told

TEXT = "想请书记看看老年食堂的价格,吃不起"


@pytest.fixture
def secretary(town):
    """Somebody who holds the post of 都兰社区's secretary."""
    from linli.access.models import User

    user = User.objects.create(username="secretary", name="员工书记")
    appoint(by=None, seat=Seat.objects.get(post="party-secretary", place=town.c1), user=user, since=START - timezone.timedelta(days=9))
    return user


def write(town, **more) -> Matter:
    return report(town, text=TEXT, line="secretary", category="", place=town.c1, **more).matter


def test_it_goes_to_the_secretary_of_the_community_past_the_desk(town, secretary):
    matter = write(town)
    flow = flow_of(matter)
    assert (matter.channel, matter.line) == (Channel.DIRECT, "secretary")
    assert (flow.procedure, flow.step, flow.owner.post, flow.owner.place) == ("direct", "read", "party-secretary", town.c1)
    assert flow.due_at > START


def test_the_secretary_answers_themselves(town, secretary):
    matter = write(town)
    actions.correct_matter(by=secretary, matter=matter, seq=None, category="services.question", reason="受理时定类")
    go(matter, secretary, "accepted", START)
    go(matter, secretary, "own", START)
    assert flow_of(matter).step == "answer"
    go(matter, secretary, "answered", START, texts={"answer": "下月起老人餐降到八元。"})
    event = flow_of(matter).events.get(outcome="answered")
    assert (event.role, event.by) == ("party-secretary", secretary)
    matter.refresh_from_db()
    assert matter.answer


def test_or_has_it_handled_and_sees_what_was_done(town, secretary):
    matter = write(town)
    actions.correct_matter(by=secretary, matter=matter, seq=None, category="environment.rubbish", reason="受理时定类", place=town.g1)
    go(matter, secretary, "accepted", START)
    go(matter, secretary, "dispatched", START, data={"level": "community"})
    assert flow_of(matter).owner.post == "station-head"
    go(matter, town.station, "done", START, texts={"result": "清运"})
    assert (flow_of(matter).step, flow_of(matter).owner.post) == ("check", "party-secretary")
    go(matter, secretary, "passed", START, texts={"finding": "已清运"})
    assert flow_of(matter).step == "answer"


def test_while_the_post_is_vacant_whoever_its_work_falls_to_reads_it(town, secretary):
    matter = write(town)
    with pytest.raises(Exception):  # noqa: B017  not the street's while somebody sits there
        go(matter, town.coordinator, "refused", START, texts={"reason": "x"})
    release(by=None, holding=Holding.objects.get(user=secretary))
    go(matter, town.coordinator, "refused", timezone.now(), texts={"reason": "不归社区管"})
    assert flow_of(matter).step == "decline"


def test_what_is_urgent_goes_the_urgent_way_whatever_line_it_came_by(town):
    matter = report(town, line="secretary", category="utilities.gas-smell", text="楼道里煤气味很重").matter
    assert (matter.line, flow_of(matter).procedure) == ("secretary", "urgent")


@pytest.mark.parametrize("text", ["想跟书记反映加装电梯的事。", "建议电梯里少贴广告", "感谢社区上次帮我家修好煤气灶"])
def test_a_letter_of_no_chosen_kind_stays_a_letter_unless_its_words_are_surely_of_danger(town, text):
    letter = report(town, text=text, line="secretary", category="", place=town.c1).matter
    assert flow_of(letter).procedure == "direct"
    danger = report(town, text="电梯里有人被困住了，按铃没人理", line="secretary", category="", place=town.c1).matter
    assert flow_of(danger).procedure == "urgent"


def test_whoever_withholds_their_name_in_a_letter_is_told_who_may_see_it_and_so_is_the_desk(town, secretary, resident):
    page = resident.get("/report/?line=secretary").content.decode()
    assert "只有收信的社区党委书记可以看到" in page
    assert "只有受理台可以看到" not in page
    assert "由受理台来定" not in page
    assert "只有受理台可以看到" in resident.get("/report/").content.decode()
    matter = write(town, reporter=ReporterInfo("王秀兰", "13812345678", withheld=True))
    for who in (secretary, town.desk):
        assert "隐名：只有社区党委书记可以查看" in signed_in(who).get(f"/matters/{matter.number}/").content.decode()


def test_a_name_withheld_is_withheld_from_the_desk_too(town, secretary):
    matter = write(town, reporter=ReporterInfo("王秀兰", "13812345678", withheld=True))
    from django.core.exceptions import PermissionDenied

    with pytest.raises(PermissionDenied):
        actions.reveal_reporter(by=town.desk, matter=matter, purpose="matter")
    assert actions.reveal_reporter(by=secretary, matter=matter, purpose="matter").name == "王秀兰"


def test_a_line_that_is_not_there_or_not_for_the_kind_is_refused_at_its_field(town, monkeypatch):
    with pytest.raises(Refusal) as no:
        report(town, line="mayor")
    assert no.value.field == "line"
    from dataclasses import replace

    from linli.charter.store import charter_of
    from linli.matters.actions import raising

    narrow = charter_of(town.version)
    narrow = replace(narrow, lines={"secretary": replace(narrow.lines["secretary"], categories=("services",))})
    monkeypatch.setattr(raising, "charter_of", lambda v: narrow)
    with pytest.raises(Refusal) as no:
        report(town, line="secretary")
    assert no.value.field == "category"
    assert report(town, line="secretary", category="services.question").matter.line == "secretary"


def test_residents_find_the_line_and_write_by_it(town, media, resident):
    page = resident.get("/lines/").content.decode()
    assert "书记直通车" in page
    assert "每周三" in page
    assert "网格员、受理台、核查员" in page  # nobody writes about one of them in the belief that these can't read it
    assert "/lines/" in resident.get("/").content.decode()
    form = resident.get(f"/report/?line=secretary&place={town.c1.code}")
    assert form.context["form"].initial["line"] == "secretary"
    assert "书记直通车" in form.content.decode()
    assert "网格员、受理台、核查员" in form.content.decode()
    sent = told(line="secretary", place=town.c1.code)
    answer = resident.post("/report/", sent)
    matter = Matter.objects.get()
    assert (answer.status_code, matter.line) == (302, "secretary")
    assert resident.get("/report/?line=mayor").status_code == 200
    assert resident.post("/report/", told(line="mayor")).status_code == 422


def test_the_counter_takes_one_down_for_the_line_and_so_does_a_program(town, media):
    sent = told(channel="counter", who="anonymous", line="secretary", place=town.c1.code)
    assert signed_in(town.counter).post("/matters/new/", sent).status_code == 302
    matter = Matter.objects.get()
    assert (matter.channel, matter.line, matter.raised_from.post) == ("direct", "secretary", "community-counter")
    api = caller(town.counter)
    made = api.post("/matters", {"text": TEXT, "line": "secretary", "place": town.c1.code, "who": "anonymous"}, key=str(uuid.uuid4()))
    assert made.status_code == 201
    assert api.get(f"/matters/{made.json()['number']}").json()["line"] == "secretary"


def test_lines_are_counted_apart(town, secretary, media):
    write(town, now=timezone.now())
    report(town, now=timezone.now())
    desk = signed_in(secretary)
    page = desk.get("/matters/lines/")
    assert [line["numbers"].raised for line in page.context["lines"]] == [1]
    assert [m.line for m in desk.get(page.context["lines"][0]["all_url"]).context["listing"].rows] == ["secretary"]
    assert signed_in(town.stranger).get("/matters/lines/").context["lines"][0]["numbers"].raised == 0
    assert "书记直通车" in desk.get(f"/matters/{Matter.objects.get(line='secretary').number}/").content.decode()


def test_each_number_of_a_line_opens_exactly_the_matters_it_counts(town, secretary, media):
    began = timezone.now() - timedelta(days=45)
    refused, timely, late, _open = [write(town, now=began) for _ in range(4)]
    go(refused, secretary, "refused", began, texts={"reason": "不归社区管"})
    go(refused, secretary, "answered", began, texts={"answer": "请向街道反映。"})
    for matter, at in ((timely, began), (late, began + timedelta(days=20))):
        run_clock(now=at)
        actions.correct_matter(by=secretary, matter=matter, seq=None, category="services.question", reason="受理时定类", now=at)
        for outcome, texts in (("accepted", {}), ("own", {}), ("answered", {"answer": "下月起降价。"})):
            go(matter, secretary, outcome, at, texts=texts)
    run_clock(now=began + timedelta(days=44))
    desk = signed_in(secretary)
    (line,) = desk.get("/matters/lines/").context["lines"]
    numbers = line["numbers"]
    for count, url in (
        (numbers.raised, "all_url"), (numbers.open, "open_url"), (numbers.overdue, "late_url"), (numbers.closed, "closed_url"),
        (numbers.on_time, "on_time_url"),
    ):  # fmt: skip
        assert len(desk.get(line[url]).context["listing"].lines) == count, url
    assert (numbers.raised, numbers.open, numbers.overdue, numbers.closed, numbers.on_time) == (4, 1, 1, 3, 2)


def test_the_charter_page_tells_of_lines_and_boxes(town, media):
    page = signed_in(town.station).get("/charter/").content.decode()
    assert "书记直通车" in page
    assert "每周一、周四开箱" in page
