"""Opinion boxes: when they are owed, who opens them, what becomes of each slip."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.bodies.models import Seat
from linli.charter.schema import WEEKDAYS
from linli.flow.models import Flow
from linli.frame.models import ActLog
from linli.frame.refusal import Conflict, Refusal, Used
from linli.matters.boxes import actions
from linli.matters.boxes.queries import state_of, with_figures, work_of
from linli.matters.boxes.schedule import due_days
from linli.matters.models import Box, Matter, Round
from linli.matters.reporters import ReporterInfo
from linli.matters.tests.factories import photo
from linli.matters.tests.visiting import signed_in, told

MONDAY = datetime(2026, 11, 16, 1, 0, tzinfo=UTC)  # 09:00 in Shanghai
HUNG = date(2026, 11, 13)  # the Friday before
DAY = timedelta(days=1)


def hang(town, by=None, **more) -> Box:
    given_ = {"number": "YJX-01", "name": "菜市场北门", "place": town.c1, "where": "北门东侧墙上", "hung_on": HUNG, **more}
    given_.setdefault("keeper", Seat.objects.get(post="community-counter", place=town.c1))
    return actions.hang_box(by=by or town.station, now=MONDAY, **given_)


def opened(town, box, now=MONDAY, slips=2, **more) -> Round:
    more.setdefault("second", "李老师")
    more.setdefault("request_id", uuid.uuid4())
    return actions.open_box(by=town.counter, box=box, slips=slips, opened_at=now, now=now, **more)


# --- the days


@settings(deadline=None)
@given(
    days=st.sets(st.sampled_from(WEEKDAYS), min_size=1), after=st.dates(date(2026, 1, 1), date(2026, 12, 31)), span=st.integers(0, 60),
    off=st.sets(st.integers(0, 6), max_size=6),
)  # fmt: skip
def test_rounds_are_owed_on_working_days_only_and_lose_none_by_being_asked_for_in_pieces(days, after, span, off):
    def working(day: date) -> bool:
        return day.weekday() not in off

    until = after + span * DAY
    found = due_days(days, after, until, working)
    assert found == sorted(set(found))
    assert all(after < d <= until and working(d) for d in found)
    pieces = [d for n in range(span) for d in due_days(days, after + n * DAY, after + (n + 1) * DAY, working)]
    assert pieces == found
    for n in range(1, span + 1):
        day = after + n * DAY
        if WEEKDAYS[day.weekday()] in days and working(day):
            assert day in found


def test_a_round_on_a_holiday_moves_to_the_next_working_day_and_two_that_meet_there_are_one():
    closed = {date(2026, 10, d) for d in range(1, 8)}
    found = due_days(["monday", "thursday"], date(2026, 9, 30), date(2026, 10, 12), lambda d: d not in closed and d.weekday() < 5)
    assert found == [date(2026, 10, 8), date(2026, 10, 12)]  # Thursday the 1st, Monday the 5th and Thursday the 8th are one


# --- what is owed


def test_a_box_owes_one_round_at_a_time_and_remembers_those_that_were_missed(town):
    box = hang(town)
    assert actions.owe_rounds(MONDAY) == 1
    assert actions.owe_rounds(MONDAY) == 0
    assert [r.due_on for r in work_of(town.counter)] == [date(2026, 11, 16)]
    assert not work_of(town.desk)
    assert actions.owe_rounds(MONDAY + 10 * DAY) == 3  # Thursday, Monday, Thursday
    states = {r.due_on.day: state_of(r, MONDAY + 10 * DAY) for r in box.rounds.all()}
    assert states == {16: "missed", 19: "missed", 23: "missed", 26: "waiting"}


def test_a_round_opened_on_its_day_is_on_time_and_late_after_it(town):
    box = hang(town)
    actions.owe_rounds(MONDAY)
    first = opened(town, box, slips=0)
    assert (state_of(first), first.completed_at) == ("kept", MONDAY)
    actions.owe_rounds(MONDAY + 3 * DAY)
    assert state_of(opened(town, box, MONDAY + 4 * DAY, slips=0)) == "late"
    assert state_of(opened(town, box, MONDAY + 5 * DAY, slips=0)) == "extra"
    actions.owe_rounds(MONDAY + 10 * DAY)
    late = opened(town, box, MONDAY + 7 * DAY, slips=0, request_id=uuid.uuid4())  # written down when it counted as missed already
    assert (state_of(late), late.due_on, late.missed) == ("kept", date(2026, 11, 23), False)
    found = with_figures(Box.objects.all(), date(2026, 11, 28)).get()
    assert (found.owed, found.kept) == (4, 2)


def test_a_charter_without_boxes_owes_none(town, monkeypatch):
    from dataclasses import replace

    from linli.charter.store import charter_in_force

    hang(town)
    without = replace(charter_in_force(), boxes=None)
    monkeypatch.setattr(actions, "charter_in_force", lambda: without)
    assert actions.owe_rounds(MONDAY) == 0
    with pytest.raises(Refusal):
        hang(town, number="2")


# --- opening and entering


def test_a_round_is_opened_by_two_and_once_however_often_it_is_sent(town, media):
    box = hang(town)
    actions.owe_rounds(MONDAY)
    for second in ("", town.counter.name):
        with pytest.raises(Refusal) as no:
            opened(town, box, second=second)
        assert no.value.field == "second"
    once = uuid.uuid4()
    found = opened(town, box, request_id=once, photos=[photo()], seal="0042")
    assert opened(town, box, request_id=once, seal="0042") == found
    with pytest.raises(Used):
        opened(town, box, request_id=once, seal="0042", slips=3)
    assert (Round.objects.count(), found.photos.count(), found.completed_at) == (1, 1, None)
    assert found.enter_by > MONDAY
    with pytest.raises(Refusal):
        opened(town, box, now=MONDAY, opened_at=None) if False else actions.open_box(
            by=town.counter, box=box, request_id=uuid.uuid4(), slips=1, second="李", opened_at=MONDAY + 2 * DAY, now=MONDAY
        )


def test_each_slip_becomes_a_matter_or_is_set_aside_and_the_round_is_complete_with_the_last(town):
    box = hang(town)
    round_ = opened(town, box, slips=3)
    raised = actions.enter_slip(by=town.counter, round_=round_, request_id=uuid.uuid4(), text="小区北门路灯不亮三天了", now=MONDAY)
    matter = raised.matter
    assert (matter.channel, matter.place, matter.slip.round, matter.slip.number) == ("box", town.c1, round_, 1)
    assert not hasattr(matter, "reporter")
    assert matter.raised_from.post == "community-counter"
    told_by = ReporterInfo("王秀兰", "13812345678")
    named = actions.enter_slip(
        by=town.counter, round_=round_, request_id=uuid.uuid4(), text="楼道堆物多年", reporter=told_by, now=MONDAY
    ).matter
    assert bytes(named.reporter.name_sealed) != b""
    round_.refresh_from_db()
    assert round_.completed_at is None
    with pytest.raises(Refusal):
        actions.set_aside(by=town.counter, round_=round_, aside="because")
    actions.set_aside(by=town.counter, round_=round_, aside="unreadable", now=MONDAY)
    round_.refresh_from_db()
    assert round_.completed_at == MONDAY
    with pytest.raises(Refusal) as no:
        actions.set_aside(by=town.counter, round_=round_, aside="empty")
    assert no.value.code == "all_entered"


def test_a_slip_set_aside_by_mistake_is_taken_up_again_under_its_number_and_both_stay_on_record(town):
    box = hang(town)
    round_ = opened(town, box, slips=3)
    for aside in ("empty", "unreadable", "not_ours"):
        actions.set_aside(by=town.counter, round_=round_, aside=aside, now=MONDAY)
    with pytest.raises(PermissionDenied):
        actions.take_up_slip(by=town.desk, round_=round_, number=2)
    actions.take_up_slip(by=town.counter, round_=round_, number=2, now=MONDAY + DAY)
    with pytest.raises(Refusal) as no:
        actions.take_up_slip(by=town.counter, round_=round_, number=2)
    assert no.value.code == "not_aside"
    round_.refresh_from_db()
    assert (round_.completed_at, state_of(round_, MONDAY)) == (None, "entering")
    matter = actions.enter_slip(by=town.counter, round_=round_, request_id=uuid.uuid4(), text="小区北门路灯不亮", now=MONDAY + DAY).matter
    assert matter.slip.number == 2
    round_.refresh_from_db()
    assert round_.completed_at == MONDAY + DAY
    with pytest.raises(Refusal):  # it is a matter now: that is withdrawn, not taken up
        actions.take_up_slip(by=town.counter, round_=round_, number=2)
    said = list(ActLog.objects.filter(act__startswith="matters.box.slip").order_by("pk").values_list("act", "data__slip", "data__aside"))
    assert said[-2:] == [("matters.box.slip_aside", 3, "not_ours"), ("matters.box.slip_taken_up", 2, "unreadable")]
    actions.retire_box(by=town.station, box=box, reason="拆迁", now=MONDAY + DAY)
    with pytest.raises(Refusal) as no:
        actions.take_up_slip(by=town.counter, round_=round_, number=1)
    assert no.value.code == "retired"
    with pytest.raises(Refusal) as no:
        actions.correct_slips(by=town.counter, round_=round_, slips=4)
    assert no.value.code == "retired"


def test_a_slip_set_aside_twice_by_one_form_is_set_aside_once(town):
    round_ = opened(town, hang(town), slips=2)
    actions.set_aside(by=town.counter, round_=round_, aside="empty", slip=1, now=MONDAY)
    with pytest.raises(Conflict):
        actions.set_aside(by=town.counter, round_=round_, aside="empty", slip=1, now=MONDAY)
    assert round_.entries.count() == 1
    keeper, url = signed_in(town.counter), f"/boxes/rounds/{round_.uid}/"
    assert 'name="slip" value="2"' in keeper.get(url).content.decode()
    assert "已有人先一步处理" in keeper.post(url, {"slip": 1, "aside": "empty"}, follow=True).content.decode()
    assert round_.entries.count() == 1


def test_a_slip_sent_twice_is_one(town):
    round_ = opened(town, hang(town), slips=2)
    once = uuid.uuid4()
    first = actions.enter_slip(by=town.counter, round_=round_, request_id=once, text="小区北门路灯不亮", now=MONDAY)
    again = actions.enter_slip(by=town.counter, round_=round_, request_id=once, text="小区北门路灯不亮", now=MONDAY)
    assert again.again
    assert again.matter == first.matter
    assert round_.entries.count() == 1


def test_the_number_of_slips_can_be_corrected_but_not_below_what_is_entered(town):
    round_ = opened(town, hang(town), slips=2)
    actions.set_aside(by=town.counter, round_=round_, aside="empty", now=MONDAY)
    with pytest.raises(Refusal):
        actions.correct_slips(by=town.counter, round_=round_, slips=0)
    found = actions.correct_slips(by=town.counter, round_=round_, slips=1, now=MONDAY)
    assert found.completed_at == MONDAY
    assert actions.correct_slips(by=town.counter, round_=round_, slips=2).completed_at is None
    assert ActLog.objects.filter(act="matters.box.recounted").count() == 2


def test_a_box_goes_only_when_its_slips_are_entered_and_keeps_its_record(town):
    box = hang(town)
    actions.owe_rounds(MONDAY)
    round_ = opened(town, box, slips=1)
    with pytest.raises(Refusal) as no:
        actions.retire_box(by=town.station, box=box, reason="拆迁")
    assert no.value.code == "open_round"
    actions.set_aside(by=town.counter, round_=round_, aside="empty")
    actions.owe_rounds(MONDAY + 4 * DAY)
    gone = actions.retire_box(by=town.station, box=box, reason="拆迁", now=MONDAY + 4 * DAY)
    assert gone.retired_on
    assert box.rounds.count() == 1
    with pytest.raises(Refusal):
        opened(town, box)
    assert actions.owe_rounds(MONDAY + 20 * DAY) == 0


# --- who may


@pytest.mark.parametrize("who", ["stranger", "urban", "worker", "guide", "desk", "auditor", "other_worker"])
def test_only_posts_with_the_ability_over_the_place_hang_and_open_boxes(town, who):
    box, someone = hang(town), town.people[who]
    with pytest.raises(PermissionDenied):
        hang(town, by=someone, number="2")
    with pytest.raises(PermissionDenied):
        actions.open_box(by=someone, box=box, request_id=uuid.uuid4(), slips=1, second="李老师")
    with pytest.raises(PermissionDenied):
        actions.retire_box(by=someone, box=box, reason="拆迁")
    round_ = opened(town, box)
    with pytest.raises(PermissionDenied):
        actions.enter_slip(by=someone, round_=round_, request_id=uuid.uuid4(), text="小区北门路灯不亮")


def test_what_the_rules_say_the_database_holds(town):
    box = hang(town)
    round_ = opened(town, box, slips=1)
    raised = actions.enter_slip(by=town.counter, round_=round_, request_id=uuid.uuid4(), text="小区北门路灯不亮")
    for wrong in (
        lambda: Round.objects.create(box=box),
        lambda: Round.objects.bulk_create([Round(box=box, due_on=date(2026, 1, d)) for d in (5, 8)]),
        lambda: round_.entries.filter(pk=raised.matter.slip.pk).update(aside="empty"),
        lambda: Matter.objects.filter(pk=raised.matter.pk).update(line="secretary"),
        lambda: Box.objects.filter(pk=box.pk).update(retired_on=HUNG - DAY),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            wrong()


def test_a_box_follows_its_place_and_holds_it(town):
    from django.core.exceptions import ValidationError

    from linli.matters.boxes.following import leave
    from linli.places.followers import Ending

    hang(town)
    with pytest.raises(ValidationError):
        leave(Ending(town.c1, HUNG, None))
    leave(Ending(town.c2, HUNG, None))


# --- pages


@pytest.fixture
def box(town, media):
    found = hang(town, hung_on=timezone.localdate() - 8 * DAY)
    actions.owe_rounds()
    return found


def test_the_whole_round_on_the_phone(town, box, resident):
    phone = signed_in(town.counter)
    page = phone.get("/boxes/due/").content.decode()
    assert "YJX-01" in page
    assert "意见箱" in phone.get("/phone/today/").content.decode()
    assert "YJX-01" in phone.get("/desk/").content.decode()
    sent = {"request_id": str(uuid.uuid4()), "slips": "2", "second": "", "opened_at": f"{timezone.localtime():%Y-%m-%dT%H:%M}"}
    answer = phone.post(f"/boxes/{box.pk}/open/?phone=1", sent)
    assert answer.status_code == 422
    assert answer.context["form"].errors.keys() == {"second"}
    answer = phone.post(f"/boxes/{box.pk}/open/?phone=1", sent | {"second": "李老师"})
    round_ = Round.objects.get(opened_at__isnull=False)
    assert answer["Location"] == f"/boxes/rounds/{round_.uid}/"
    url = f"/boxes/rounds/{round_.uid}/slip/?phone=1"
    assert phone.get(url).context["form"].initial["who"] == "anonymous"
    for left_as_it_stood, field in ((told(place="", who="anonymous", name="王秀兰"), "who"), (told(place="", who="named"), "name")):
        answer = phone.post(url, left_as_it_stood)
        assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])  # no name is dropped, and nobody is none
    answer = phone.post(url, told(place="", who="anonymous"))
    matter = Matter.objects.get(channel="box")
    assert (answer.status_code, hasattr(matter, "reporter")) == (302, False)
    assert matter.number in phone.get(answer["Location"]).content.decode()
    answer = phone.post(url, told(place="", who="named", name="王秀兰", phone="13812345678"), follow=True)
    assert "查询码" in answer.content.decode() or "code" in answer.content.decode()
    assert "王秀兰" not in answer.content.decode()
    round_.refresh_from_db()
    assert round_.completed_at
    detail = signed_in(town.station).get(f"/matters/{matter.number}/").content.decode()
    assert "YJX-01" in detail


def test_the_button_beside_a_slip_set_aside_takes_it_up_again(town, box):
    round_ = opened(town, box, now=timezone.now(), slips=1)
    url, keeper = f"/boxes/rounds/{round_.uid}/", signed_in(town.counter)
    keeper.post(url, {"slip": 1, "aside": "empty"})
    assert "take_up" in keeper.get(url).content.decode()
    assert "take_up" not in signed_in(town.desk).get(url).content.decode()
    assert signed_in(town.desk).post(url, {"take_up": "1"}).status_code == 403
    assert keeper.post(url, {"take_up": "7"}).status_code == 422
    assert keeper.post(url, {"take_up": "1"}).status_code == 302
    assert keeper.get(f"{url}slip/").context["n"] == 1


def test_late_rounds_are_visible_to_the_street_and_boxes_to_nobody_elsewhere(town, box):
    Round.objects.filter(missed=False).update(due_on=timezone.localdate() - DAY)
    Round.objects.filter(missed=True, due_on=timezone.localdate() - DAY).delete()
    street = signed_in(town.coordinator)
    assert [b.number for b in street.get("/boxes/?state=late").context["listing"].rows] == ["YJX-01"]
    assert [b.number for b in signed_in(town.stranger).get("/boxes/").context["listing"].rows] == []
    for path in (f"/boxes/{box.pk}/", f"/boxes/{box.pk}/notice/"):
        assert street.get(path).status_code == 200
        assert signed_in(town.stranger).get(path).status_code == 404
    assert signed_in(town.desk).get(f"/boxes/{box.pk}/open/").status_code == 403


def test_a_box_is_entered_moved_and_taken_down_by_its_forms(town, media):
    station = signed_in(town.station)
    sent = {"number": "YJX-02", "name": "社区门口", "place": town.c1.code, "where": "大门左侧", "keeper": ""}
    answer = station.post("/boxes/new/", sent)
    found = Box.objects.get()
    assert answer["Location"] == f"/boxes/{found.pk}/"
    assert found.keeper.post == "community-counter"
    assert station.post("/boxes/new/", sent).context["form"].errors.keys() == {"number"}
    elsewhere = Seat.objects.get(post="community-counter", place=town.c2)
    assert station.post(f"/boxes/{found.pk}/change/", sent | {"keeper": str(elsewhere.pk)}).status_code == 422
    station.post(f"/boxes/{found.pk}/change/", sent | {"place": town.g1.code, "where": "门卫室旁"})
    found.refresh_from_db()
    assert (found.place, found.where) == (town.g1, "门卫室旁")
    assert station.post(f"/boxes/{found.pk}/retire/", {"reason": ""}).status_code == 422
    station.post(f"/boxes/{found.pk}/retire/", {"reason": "小区改造"})
    assert [b.number for b in station.get("/boxes/").context["listing"].rows] == []
    assert [b.number for b in station.get("/boxes/?state=retired").context["listing"].rows] == ["YJX-02"]


def test_photos_of_slips_are_for_those_who_enter_them(town, box, settings):
    round_ = opened(town, box, photos=[photo()], now=timezone.now())
    url = f"/boxes/photos/{round_.photos.get().uid}/"
    assert signed_in(town.counter).get(url).status_code == 200
    assert signed_in(town.desk).get(url).status_code == 403
    assert signed_in(town.stranger).get(url).status_code == 403
    assert url not in signed_in(town.desk).get(f"/boxes/rounds/{round_.uid}/").content.decode()


def test_the_notice_leads_to_the_residents_page_of_the_community(town, box, resident):
    page = signed_in(town.counter).get(f"/boxes/{box.pk}/notice/").content.decode()
    assert f"/report/?place={town.c1.code}" in page
    assert "<svg" in page
    assert resident.get(f"/report/?place={town.c1.code}").context["form"].initial["place"] == town.c1.code
    assert "北门东侧墙上" in resident.get(reverse("matters:area", args=[town.c1.code])).content.decode()


def test_pages_of_boxes_ask_the_same_number_of_questions_however_many_there_are(town, box, django_assert_max_num_queries):
    for n in range(2, 12):
        hang(town, number=f"YJX-{n:02d}", hung_on=timezone.localdate() - 8 * DAY)
    actions.owe_rounds()
    station, counter = signed_in(town.station), signed_in(town.counter)
    round_ = opened(town, box, now=timezone.now())
    station.get("/boxes/")  # whatever is remembered after the first
    for client, path in (
        (station, "/boxes/"), (station, f"/boxes/{box.pk}/"), (counter, "/boxes/due/"), (counter, f"/boxes/rounds/{round_.uid}/"),
        (counter, f"/boxes/rounds/{round_.uid}/slip/"), (counter, f"/boxes/{box.pk}/open/"), (station, "/boxes/new/"),
    ):  # fmt: skip
        with django_assert_max_num_queries(12):
            assert client.get(path).status_code == 200


def test_matters_of_boxes_begin_their_work_like_any_other(town):
    round_ = opened(town, hang(town), slips=1)
    matter = actions.enter_slip(
        by=town.counter, round_=round_, request_id=uuid.uuid4(), text="北门垃圾堆了三天", category="environment.rubbish", now=MONDAY
    ).matter
    flow = Flow.objects.get(pk=matter.flow_id)
    assert (flow.procedure, flow.step, flow.owner.post) == ("matter", "accept", "street-desk")
