"""A resident's matter from first word to closing, as the charter of Qingshan has it."""

from __future__ import annotations

import uuid
from datetime import timedelta
from importlib import import_module

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.utils import translation

from linli.access.models import ReadLog
from linli.bodies.actions import appoint
from linli.bodies.models import Seat
from linli.flow.engine import wake
from linli.flow.models import Flow
from linli.flow.queries import history
from linli.frame.refusal import Conflict, Refusal
from linli.kit.discreet import indiscretions
from linli.matters import actions
from linli.matters.codes import digest, follow_code
from linli.matters.models import Channel, FoundBy, Matter, Reporter, Word
from linli.matters.queries import area_numbers, by_code, moves_of, plain_steps, state_name
from linli.matters.reporters import ReporterInfo, open_reporter
from linli.matters.tests.factories import START, flow_of, go, photo, report
from linli.matters.whereabouts import Position
from linli.places.queries import place_label

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def to_handling(town, **told):
    matter = report(town, **told).matter
    matter = go(matter, town.desk, "accepted", START + HOUR / 6)
    return go(matter, town.desk, "dispatched", START + HOUR / 3)


def to_rating(town, **told):
    matter = to_handling(town, **told)
    matter = go(matter, town.worker, "done", START + HOUR, texts={"result": "已清运并冲洗地面"}, photos=[photo()])
    matter = go(matter, town.checker, "passed", START + 2 * HOUR, texts={"finding": "现场已干净"})
    return go(matter, town.desk, "answered", START + 3 * HOUR, texts={"answer": "垃圾已清运,地面已冲洗,感谢您的反映。"})


@pytest.mark.parametrize("told", ["楼道灯坏了,电话13812345678", "我叫小王0472-3612345,楼道灯坏了", "身份证15020419900101123X的低保还没办"])
def test_a_title_made_from_what_was_told_holds_no_number_of_anybody(town, told):
    matter = report(town, text=told).matter
    assert not indiscretions(matter.title)
    assert matter.text == told


def test_a_matter_goes_from_first_word_to_closing_is_public_and_counted(town):
    raised = report(town)
    matter = raised.matter
    assert matter.number == "QS-2026-000001"
    assert (matter.place, matter.found_by) == (town.g1, FoundBy.CHOSEN)
    assert matter.title == "5号楼北门垃圾堆了三天没人清,发臭"
    matter = to_rating(town)
    assert flow_of(matter).step == "rate"
    assert matter.answer == "垃圾已清运,地面已冲洗,感谢您的反映。"
    assert matter.answered_at == START + 3 * HOUR
    actions.rate_matter(matter=matter, rating="satisfied", now=START + 4 * HOUR)
    matter = Matter.objects.select_related("flow").get(pk=matter.pk)
    assert (matter.flow.end, matter.rating) == ("closed", "satisfied")
    assert matter.is_public
    numbers = area_numbers(Matter.objects.for_public().filter(path__descends=str(town.c1.path)))
    assert (numbers.raised, numbers.closed, numbers.on_time, numbers.open) == (2, 1, 1, 1)
    assert numbers.median == 4 * HOUR
    assert [s["state"] for s in plain_steps(matter.flow, moves_of(matter.flow))] == ["done"] * 7


def test_a_retried_intake_is_the_same_matter_with_the_same_code(town):
    request_id = uuid.uuid4()
    first = report(town, request_id=request_id)
    again = report(town, request_id=request_id, text="换了一句话也不算新的")
    assert not first.again
    assert again.again
    assert again.matter == first.matter
    assert again.follow_code == first.follow_code == follow_code(request_id)
    assert again.matter.text == first.matter.text
    assert Matter.objects.count() == 1


def test_only_the_digest_of_the_code_is_stored_and_the_code_opens_the_matter(town):
    raised = report(town)
    assert raised.matter.follow_digest == digest(raised.follow_code)
    assert by_code(raised.follow_code.lower().replace("-", " ")) == raised.matter
    assert by_code(raised.follow_code[:-1] + ("2" if raised.follow_code[-1] != "2" else "3")) is None
    with connection.cursor() as cursor:
        cursor.execute("select matters_matter::text from matters_matter")
        row = cursor.fetchone()[0]
    assert raised.follow_code not in row
    assert raised.follow_code.replace("-", "") not in row


def test_the_name_and_telephone_are_nowhere_readable_in_the_database(town):
    report(town)
    with connection.cursor() as cursor:
        for table in ("matters_matter", "matters_reporter", "flow_flow", "flow_event", "matters_word"):
            cursor.execute(f"select coalesce(string_agg(t::text, ' '), '') from {table} t")
            text = cursor.fetchone()[0]
            assert "王秀兰" not in text
            assert "王秀兰".encode().hex() not in text
            assert "13812345678" not in text
            assert b"13812345678".hex() not in text
    assert open_reporter(Reporter.objects.get()) == ReporterInfo("王秀兰", "13812345678")


def test_nobody_told_means_no_reporter_at_all(town):
    assert not Reporter.objects.filter(matter=report(town, reporter=None).matter).exists()
    assert not Reporter.objects.filter(matter=report(town, reporter=ReporterInfo("", "", True)).matter).exists()


# --- where ---------------------------------------------------------------------------------------------------------------------------


def test_a_grid_chosen_settles_the_place_even_against_the_position(town):
    matter = report(town, place=town.g2, position=Position(*town.point("g1"))).matter
    assert (matter.place, matter.found_by) == (town.g2, FoundBy.CHOSEN)
    assert (matter.lon, matter.lat) == town.point("g1")


def test_a_position_finds_its_grid_also_within_the_community_chosen(town):
    matter = report(town, place=None, position=Position(*town.point("g2"))).matter
    assert (matter.place, matter.found_by) == (town.g2, FoundBy.POSITION)
    matter = report(town, place=town.c1, position=Position(*town.point("g2"))).matter
    assert (matter.place, matter.found_by) == (town.g2, FoundBy.POSITION)


def test_a_position_outside_the_community_chosen_does_not_overrule_it(town):
    matter = report(town, place=town.c1, position=Position(*town.point("g9"))).matter
    assert (matter.place, matter.found_by) == (town.c1, FoundBy.COMMUNITY)


def test_a_position_a_journey_away_is_the_persons_and_is_not_kept(town):
    matter = report(town, place=town.c1, position=Position(116.4, 39.9)).matter
    assert (matter.place, matter.found_by, matter.lon, matter.lat) == (town.c1, FoundBy.COMMUNITY, None, None)


def test_a_position_in_gcj_02_is_converted_at_the_edge(town):
    from linli.kit.coordinates import wgs84_to_gcj02

    lon, lat = town.point("g1")
    matter = report(town, place=None, position=Position(*wgs84_to_gcj02(lon, lat), datum="gcj02")).matter
    assert matter.place == town.g1
    assert (matter.lon, matter.lat) == pytest.approx((lon, lat), abs=1e-6)


def test_the_position_of_a_photo_is_read_before_it_is_stripped(town):
    from dataclasses import replace

    lon, lat = town.point("g2")
    matter = report(town, place=None, photos=[replace(photo(), lon=lon, lat=lat)]).matter
    assert (matter.place, matter.found_by) == (town.g2, FoundBy.PHOTO)


def test_an_address_that_means_one_place_finds_it(town):
    matter = report(town, place=None, address="都兰社区").matter
    assert (matter.place, matter.found_by) == (town.c1, FoundBy.ADDRESS)


def test_without_anything_that_leads_to_a_place_nothing_is_saved(town):
    with pytest.raises(Refusal) as refused:
        report(town, place=None, position=Position(10.0, 10.0))
    assert refused.value.field == "place"
    assert not Matter.objects.exists()


# --- rules ---------------------------------------------------------------------------------------------------------------------------


def test_a_resident_need_not_know_the_category_but_it_is_settled_when_the_desk_accepts(town):
    matter = report(town, category="").matter
    assert matter.category == ""
    assert not matter.is_public
    with pytest.raises(Refusal) as refused:
        go(matter, town.desk, "accepted", START + HOUR)
    assert refused.value.field == "category"
    matter = actions.correct_matter(
        by=town.desk, matter=matter, seq=None, category="environment.rubbish", reason="按内容归类", now=START + HOUR
    )
    assert matter.is_public
    assert go(matter, town.desk, "accepted", START + HOUR).flow.step == "dispatch"


def test_words_that_point_to_a_danger_take_the_urgent_way_at_once(town):
    from linli.charter.store import charter_in_force

    urgent = next(c for c in charter_in_force().leaves() if c.procedure == "urgent")
    matter = report(town, category="", text=f"{urgent.name.zh}!快来人").matter
    assert flow_of(matter).procedure == "urgent"


def test_an_unknown_or_grouping_category_is_refused_at_its_field(town):
    for category in ("environment", "nonsense", "a.b.c"):
        with pytest.raises(Refusal) as refused:
            report(town, category=category)
        assert refused.value.field == "category"
    assert not Matter.objects.exists()


def test_who_handled_a_matter_does_not_check_it(town):
    matter = to_handling(town)
    matter = go(matter, town.worker, "done", START + HOUR, texts={"result": "好了"})
    with pytest.raises(PermissionDenied):
        go(matter, town.worker, "passed", START + 2 * HOUR, texts={"finding": "看过了"})
    # nor when they hold the checker's post as well
    appoint(by=None, seat=Seat.objects.get(post="community-checker", place=town.c1), user=town.worker, since=START - HOUR)
    with pytest.raises(Refusal) as refused:
        go(matter, town.worker, "passed", START + 2 * HOUR, texts={"finding": "看过了"})
    assert refused.value.code == "same_person"
    assert flow_of(matter).step == "check"


def test_the_answer_of_a_public_matter_holds_no_personal_details(town):
    matter = to_handling(town)
    matter = go(matter, town.worker, "done", START + HOUR, texts={"result": "好了"})
    matter = go(matter, town.checker, "passed", START + 2 * HOUR, texts={"finding": "好"})
    for answer in ("王秀兰您好,已清运", "已到3号楼2单元501室说明", "有事请拨13900001111"):
        with pytest.raises(Refusal) as refused:
            go(matter, town.desk, "answered", START + 3 * HOUR, texts={"answer": answer})
        assert refused.value.field == "answer"
    matter = Matter.objects.get(pk=matter.pk)
    assert matter.answer == ""
    assert go(matter, town.desk, "answered", START + 3 * HOUR, texts={"answer": "已清运"}).answer == "已清运"


def test_a_matter_that_is_not_public_may_be_answered_with_details(town):
    matter = to_handling(town)
    matter = actions.decide_public(by=town.desk, matter=matter, public=False, reason="涉及个人", now=START + HOUR)
    matter = go(matter, town.worker, "done", START + HOUR, texts={"result": "好了"})
    matter = go(matter, town.checker, "passed", START + 2 * HOUR, texts={"finding": "好"})
    assert go(matter, town.desk, "answered", START + 3 * HOUR, texts={"answer": "请拨13900001111"}).answer


def test_a_rating_that_never_comes_is_recorded_as_silence(town):
    matter = to_rating(town)
    wake(matter.flow_id, now=START + timedelta(days=30))
    matter = Matter.objects.select_related("flow").get(pk=matter.pk)
    assert (matter.rating, matter.flow.step) == ("silent", "callback")  # they left a telephone


def test_dissatisfaction_takes_it_up_again_and_is_heard(town):
    matter = to_rating(town)
    actions.rate_matter(matter=matter, rating="dissatisfied", reason="又堆起来了", now=START + 4 * HOUR)
    matter = Matter.objects.select_related("flow").get(pk=matter.pk)
    assert (matter.flow.step, matter.rating) == ("handle", "dissatisfied")
    assert matter.words.get().text == "又堆起来了"


def test_a_new_answer_has_no_rating_yet_whatever_was_said_of_the_one_before(town, client):
    matter = to_rating(town)
    actions.rate_matter(matter=matter, rating="dissatisfied", reason="又堆起来了", now=START + 4 * HOUR)
    matter = Matter.objects.select_related("flow").get(pk=matter.pk)
    go(matter, town.worker, "done", START + 5 * HOUR, texts={"result": "又清了一遍"})
    go(matter, town.checker, "passed", START + 6 * HOUR, texts={"finding": "干净"})
    go(matter, town.desk, "answered", START + 7 * HOUR, texts={"answer": "又清了一遍。"})
    matter = Matter.objects.select_related("flow").get(pk=matter.pk)
    assert (matter.flow.step, matter.rating) == ("rate", "")
    client.force_login(town.desk)
    for page in (f"/matters/{matter.number}/", f"/m/{matter.number}/"):
        text = client.get(page, headers={"accept-language": "en"}).content.decode()
        assert "又清了一遍。" in text
        assert "ot satisfied</dd>" not in text
        assert "Rating:" not in text

    Matter.objects.filter(pk=matter.pk).update(rating="dissatisfied")  # as it was left before
    with connection.cursor() as cursor:
        cursor.execute(import_module("linli.matters.migrations.0020_rated_anew").REPAIR)
    assert Matter.objects.get(pk=matter.pk).rating == ""


def test_only_the_reporter_s_turn_takes_a_rating(town):
    matter = to_handling(town)
    with pytest.raises(Refusal):
        actions.rate_matter(matter=matter, rating="satisfied", now=START + HOUR)


def test_the_reporter_withdraws_and_reopens_within_the_term(town):
    matter = report(town).matter
    actions.withdraw_matter(matter=matter, reason="已经清了", now=START + HOUR)
    matter = Matter.objects.select_related("flow").get(pk=matter.pk)
    assert matter.flow.end == "withdrawn"
    assert state_name(matter.flow)
    with pytest.raises(Refusal):
        actions.add_word(matter=matter, text="再说一句", now=START + 2 * HOUR)
    actions.reopen_by_reporter(matter=matter, reason="又来了", now=START + 2 * HOUR)
    assert flow_of(matter).step == "dispatch"
    with pytest.raises(Refusal):
        actions.reopen_by_reporter(matter=matter, reason="还没完", now=START + 3 * HOUR)


def test_a_message_sent_twice_is_one_message(town):
    matter, once = report(town).matter, uuid.uuid4()
    for _ in range(2):
        actions.add_word(matter=matter, text="补充:北门", request_id=once, photos=[photo()], now=START)
    assert Word.objects.count() == 1
    assert matter.flow.attachments.count() == 1


def test_of_two_who_act_at_once_the_second_is_told_what_changed(town):
    matter = report(town).matter
    seen = matter.flow.seq
    go(matter, town.desk, "accepted", START + HOUR / 6)
    with pytest.raises(Conflict) as conflict:
        actions.take_matter_step(by=town.desk, matter=matter, seq=seen, outcome="refused", texts={"reason": "不归我们"}, now=START + HOUR)
    assert conflict.value.changed
    assert flow_of(matter).step == "dispatch"


def test_a_refused_step_leaves_no_photo_behind(town, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    matter = to_handling(town)
    with pytest.raises(Refusal):
        go(matter, town.worker, "done", START + HOUR, photos=[photo()])  # the result is missing
    assert not matter.flow.attachments.exists()
    assert not [p for p in tmp_path.rglob("*") if p.is_file()]


def test_staff_raise_only_through_their_own_channels(town):
    with pytest.raises(PermissionDenied):
        report(town, by=town.worker, channel=Channel.COUNTER)
    with pytest.raises(PermissionDenied):
        report(town, by=None, channel=Channel.FIELD)
    with pytest.raises(PermissionDenied):
        report(town, by=town.desk, channel=Channel.WEB)
    with pytest.raises(PermissionDenied):
        report(town, by=town.counter, channel=Channel.COUNTER, place=town.g9)  # another community's
    matter = report(town, by=town.worker, channel=Channel.FIELD).matter
    assert matter.raised_from.post == "grid-worker"
    assert flow_of(matter).events.get().role == "grid-worker"


def test_a_correction_of_the_place_moves_the_work_to_the_seats_there(town):
    matter = to_handling(town)
    assert flow_of(matter).owner.place == town.g1
    actions.correct_matter(by=town.desk, matter=matter, seq=None, place=town.g2, reason="实为第二网格", now=START + HOUR)
    matter = Matter.objects.get(pk=matter.pk)
    assert (matter.place, str(matter.path)) == (town.g2, str(town.g2.path))
    assert flow_of(matter).owner.place == town.g2
    assert Matter.objects.visible_to(town.worker2).filter(pk=matter.pk).exists()


def test_a_correction_is_told_in_names_not_in_codes(town):
    matter = report(town).matter
    actions.correct_matter(
        by=town.desk, matter=matter, seq=None, place=town.g2, title="垃圾三天没清", reason="实为第二网格", now=START + HOUR
    )
    told = [t for line in history(Flow.objects.get(pk=matter.flow_id)) for t in line["texts"]]
    assert f"{place_label(town.g1)} → {place_label(town.g2)}" in [t["text"] for t in told]
    with translation.override("zh-hans"):
        assert {"地点", "原标题", "理由"} <= {str(t["label"]) for t in told}


def test_a_correction_needs_the_intake_ability_at_both_places(town):
    matter = report(town).matter
    with pytest.raises(PermissionDenied):
        actions.correct_matter(by=town.worker, matter=matter, seq=None, title="新题目", reason="x")
    with pytest.raises(PermissionDenied):
        actions.correct_matter(by=town.desk, matter=matter, seq=None, place=town.g9, reason="x")
    matter = actions.correct_matter(by=town.desk, matter=matter, seq=None, title="北门垃圾", reason="说得清楚些", now=START)
    assert matter.title == flow_of(matter).title == "北门垃圾"


# --- who sees whom -------------------------------------------------------------------------------------------------------------------

MATRIX = [  # who, sees the matter, sees a named reporter, sees a withheld one
    ("worker", True, True, False),
    ("counter", True, True, False),
    ("station", True, True, False),
    ("checker", True, True, False),
    ("guide", False, False, False),
    ("desk", True, True, True),
    ("coordinator", True, True, False),
    ("district", True, True, False),
    ("auditor", True, False, False),
    ("urban", False, False, False),
    ("stranger", False, False, False),
    ("other_worker", False, False, False),
]


@pytest.mark.parametrize(("who", "matter_seen", "named", "withheld"), MATRIX)
def test_who_may_see_the_matter_and_the_person_behind_it(town, who, matter_seen, named, withheld):
    user = town.people[who]
    for is_withheld, allowed in ((False, named), (True, withheld)):
        matter = report(town, reporter=ReporterInfo("王秀兰", "13812345678", is_withheld)).matter
        assert Matter.objects.visible_to(user).filter(pk=matter.pk).exists() == matter_seen
        if allowed:
            assert actions.reveal_reporter(by=user, matter=matter, purpose="matter").name == "王秀兰"
        else:
            with pytest.raises(PermissionDenied):
                actions.reveal_reporter(by=user, matter=matter, purpose="matter")
    assert ReadLog.objects.count() == named + withheld


def test_each_look_at_the_reporter_is_written_down_before_the_value_leaves(town, monkeypatch):
    matter = report(town).matter
    actions.reveal_reporter(by=town.desk, matter=matter, purpose="matter", note="回电核实")
    line = ReadLog.objects.get()
    assert (line.by, line.subject, line.fields, line.purpose) == (town.desk, f"matters.reporter:{matter.pk}", "name,phone", "matter")
    monkeypatch.setattr("linli.matters.actions.desk.look", lambda **_: (_ for _ in ()).throw(RuntimeError("log full")))
    with pytest.raises(RuntimeError):
        actions.reveal_reporter(by=town.desk, matter=matter, purpose="matter")


def test_a_look_without_a_purpose_of_the_list_shows_nothing(town):
    matter = report(town).matter
    with pytest.raises(Refusal):
        actions.reveal_reporter(by=town.desk, matter=matter, purpose="curiosity")
    assert not ReadLog.objects.exists()


def test_a_party_guide_sees_what_they_raised_themselves_and_nothing_else(town):
    theirs = report(town, by=town.guide, channel=Channel.FIELD).matter
    report(town)
    assert list(Matter.objects.visible_to(town.guide)) == [theirs]


def test_a_department_sees_a_matter_once_work_on_it_has_come_to_them(town):
    matter = report(town).matter
    matter = go(matter, town.desk, "accepted", START + HOUR / 6)
    assert not Matter.objects.visible_to(town.urban).exists()
    go(matter, town.desk, "dispatched", START + HOUR / 3, data={"level": "district"})
    assert list(Matter.objects.visible_to(town.urban)) == [matter]


# --- what the database itself forbids --------------------------------------------------------------------------------------------------


def test_a_reporter_is_neither_changed_nor_deleted_by_accident(town):
    matter = report(town).matter
    for statement in (
        "update matters_reporter set withheld = true",
        "delete from matters_reporter",
        "update matters_reporter set name_sealed = null",
    ):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert Reporter.objects.filter(matter=matter).exists()


def test_keys_can_be_rotated_under_the_guard(town):
    from linli.access.keys import check_columns, reseal
    from linli.kit import crypto

    report(town)
    crypto.rotate()
    assert reseal() == 2
    found = [c for c in check_columns() if str(c.column).startswith("matters.Reporter")]
    assert [(c.good, c.unknown, c.damaged) for c in found] == [(1, 0, 0)] * 2
    assert open_reporter(Reporter.objects.get()).name == "王秀兰"


def test_erasing_the_reporter_leaves_an_anonymous_matter(town):
    matter = report(town).matter
    assert actions.erase_reporter(by=town.desk, matter=matter, reason="本人要求删除")
    assert not Reporter.objects.exists()
    assert not actions.erase_reporter(by=town.desk, matter=matter, reason="再删一次")
    assert Matter.objects.filter(pk=matter.pk).exists()


def test_number_request_and_time_of_a_matter_never_change(town):
    matter = report(town).matter
    for change in ({"number": "QS-2026-999999"}, {"request_id": uuid.uuid4()}, {"channel": "phone"}, {"raised_at": START - HOUR}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Matter.objects.filter(pk=matter.pk).update(**change)


def test_what_was_said_stays_said(town):
    actions.add_word(matter=report(town).matter, text="补充", now=START)
    with pytest.raises(IntegrityError), transaction.atomic():
        Word.objects.update(text="别的")
    with pytest.raises(IntegrityError), transaction.atomic():
        Word.objects.all().delete()
