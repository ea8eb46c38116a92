"""What the outside is told of a matter: every step, in the same transaction, and nothing that names anybody."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import translation

from linli.bodies.models import Body
from linli.charter.store import charter_of
from linli.flow import actions as flow_actions
from linli.flow.jobs import run_clock
from linli.kit import crypto
from linli.matters import actions, messages
from linli.matters.models import Matter, Reporter
from linli.matters.reporters import ReporterInfo
from linli.matters.tests.factories import START, go, report
from linli.matters.tests.visiting import signed_in, told
from linli.outbox import actions as outbox_actions
from linli.outbox import seals, texts
from linli.outbox.events import Topic
from linli.outbox.models import Message

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
NAME, PHONE = "欧阳静好", "13987654321"
SECRETS = (NAME, PHONE, "垃圾", "3号楼2单元501", "北门", "109.9", "40.6")


@pytest.fixture
def home(tmp_path, monkeypatch, settings):
    monkeypatch.setenv("LINLI_DATA", str(tmp_path))
    monkeypatch.setenv("LINLI_REQUIRE_MFA", "0")
    settings.MEDIA_ROOT = tmp_path / "media"
    crypto.new_keyring()
    return tmp_path


@pytest.fixture
def town(db, home):
    from linli.matters.tests.factories import make_town

    return make_town()


@pytest.fixture
def system(town):
    """A system that is told of everything in the district."""
    return _system(town, "全部", town.d)


def _system(town, name, place, topics=tuple(Topic.values), body=None):
    by = town.district
    return outbox_actions.add_subscription(by=by, name=name, url="https://example.org/x", topics=topics, place=place, body=body)[0]


def _raised(town, by_sms=True, withheld=False, **more):
    told = {"text": "3号楼2单元501门口的垃圾没人清", "address": "北门", "place": town.g1, "category": "environment.rubbish"}
    return report(town, **told | more, reporter=ReporterInfo(NAME, PHONE, withheld=withheld, by_sms=by_sms)).matter


def _answered(town, matter, now=START):
    """To the rating."""
    matter = go(matter, town.desk, "accepted", now + HOUR)
    matter = go(matter, town.desk, "dispatched", now + HOUR, data={"level": "grid"})
    matter = go(matter, town.worker, "done", now + 2 * HOUR, texts={"result": "清了"})
    matter = go(matter, town.checker, "passed", now + 3 * HOUR, texts={"finding": "看了"})
    return go(matter, town.desk, "answered", now + 4 * HOUR, texts={"answer": "已经清走,请看看。"})


def _topics(**which):
    return list(Message.objects.filter(**which).order_by("pk").values_list("topic", flat=True))


# --- systems


def test_a_system_is_told_of_each_step_in_its_order(town, system):
    matter = _answered(town, _raised(town))
    actions.rate_matter(matter=matter, rating="satisfied", now=START + 5 * HOUR)
    actions.reopen_by_reporter(matter=matter, reason="又堆了", now=START + 6 * HOUR)
    assert _topics(channel="webhook") == [
        Topic.RAISED, Topic.ACCEPTED, Topic.DISPATCHED, Topic.MOVED, Topic.MOVED, Topic.ANSWERED, Topic.ENDED, Topic.REOPENED,
    ]  # fmt: skip
    said = list(Message.objects.filter(channel="webhook").order_by("pk").values_list("values", flat=True))
    assert [v["seq"] for v in said] == sorted(v["seq"] for v in said)
    assert [v["outcome"] for v in said] == ["", "accepted", "dispatched", "done", "passed", "answered", "satisfied", ""]
    assert said[-2]["end"] == "closed"
    assert said[-2]["step"] is None
    assert len({m.lane for m in Message.objects.filter(channel="webhook")}) == 1


def test_lateness_and_escalation_are_told(town, system):
    matter = go(_raised(town), town.desk, "accepted", START + HOUR)
    go(matter, town.desk, "dispatched", START + HOUR, data={"level": "grid"})
    run_clock(START + timedelta(days=20))
    assert {Topic.OVERDUE, Topic.ESCALATED} <= set(_topics(channel="webhook"))


def test_no_payload_names_anybody_or_anything_somebody_wrote(town, system):
    matter = _answered(town, _raised(town, place=town.g1))
    actions.rate_matter(matter=matter, rating="dissatisfied", reason="垃圾还在3号楼2单元501", now=START + 5 * HOUR)
    said = json.dumps(list(Message.objects.values_list("values", flat=True)), ensure_ascii=False)
    assert matter.number in said
    assert not [s for s in SECRETS if s in said.replace("environment.rubbish", "").replace(_category_name(matter), "")]


def _category_name(matter):
    return charter_of(matter.flow.charter_id).categories["environment.rubbish"].name.zh


def test_the_fields_of_a_payload_are_a_closed_list(town, system):
    _raised(town)
    values = Message.objects.get(channel="webhook").values
    assert set(values) == {
        "version", "seq", "at", "number", "category", "place", "step", "outcome", "end", "raised_at", "due_at", "ended_at", "overdue",
        "escalations", "links",
    }  # fmt: skip
    assert values["place"] == town.g1.code


def test_a_building_is_told_as_its_grid_wherever_the_tree_of_places_begins(town, system):
    from datetime import date

    from linli.places.models import Place

    since = date(2013, 1, 1)
    province = Place.objects.create(code="150000000000", name="内蒙古自治区", level="province", path="150000000000", valid_from=since)
    path = f"{province.path}.{town.g1.path}"
    grid = Place.objects.create(code="tree-g1", name="第一网格", level="grid", parent=town.c1, path=path, valid_from=since)
    building = Place.objects.create(code="tree-b1", name="3号楼", level="building", parent=grid, path=f"{path}.B1", valid_from=since)
    assert [p.code for p in messages.told_place(str(building.path))[:1]] == [grid.code]
    assert [p.code for p in messages.told_place(str(town.c1.path))[:1]] == [town.c1.code]


def test_a_system_of_another_street_is_told_nothing(town):
    _system(town, "别的街道", town.s2)
    _answered(town, _raised(town))
    assert not Message.objects.filter(channel="webhook").exists()


def test_a_system_gets_only_the_events_it_asked_for(town):
    _system(town, "只要办结", town.d, [Topic.ENDED])
    matter = _answered(town, _raised(town))
    actions.rate_matter(matter=matter, rating="satisfied", now=START + 5 * HOUR)
    assert _topics(channel="webhook") == [Topic.ENDED]


def test_a_departments_system_is_told_from_when_the_matter_comes_to_it(town):
    _system(town, "城管", town.d, body=Body.objects.get(key="urban-management"))
    _system(town, "园林", town.d, body=Body.objects.get(key="parks"))
    matter = go(_raised(town), town.desk, "accepted", START + HOUR)
    go(matter, town.desk, "dispatched", START + HOUR, data={"level": "district"})
    found = Message.objects.filter(channel="webhook").values_list("subscription__name", "topic")
    assert list(found) == [("城管", Topic.DISPATCHED)]


def test_what_is_undone_is_told_to_nobody(town, system):
    matter = _raised(town)
    before = Message.objects.count()
    sid = transaction.savepoint()
    go(matter, town.desk, "accepted", START + HOUR)
    assert Message.objects.count() > before
    transaction.savepoint_rollback(sid)
    assert Message.objects.count() == before


def test_a_step_asks_nothing_more_where_nobody_listens_and_one_question_where_somebody_might(town, statements):
    def asked(matter, outcome, **more):
        statements.clear()
        flow_actions.take_step(by=town.desk, flow=matter.flow_id, seq=None, outcome=outcome, now=START + HOUR, **more)
        return ["write" if sql.startswith("INSERT") else "read" for sql in statements if "outbox_" in sql or "matters_reporter" in sql]

    def both(matter):
        return asked(matter, "accepted"), asked(matter, "dispatched", data={"level": "grid"})

    messages.anybody_listens()  # a process asks it once in ten seconds
    assert both(_raised(town, by_sms=False)) == (["read"], [])  # the reporter might have asked to be told of the acceptance
    _system(town, "别处", town.s2)
    assert both(_raised(town, by_sms=False)) == (["read"], ["read"])
    _system(town, "此处", town.d)
    assert both(_raised(town)) == (["read", "write"], ["read", "write"])


# --- the reporter


def test_who_asked_for_it_is_told_three_times_and_never_of_what_they_did_themselves(town):
    matter = _answered(town, _raised(town))
    actions.rate_matter(matter=matter, rating="satisfied", now=START + 5 * HOUR)
    assert _topics(channel="sms") == [messages.TAKEN_IN, messages.ANSWERED]
    silent = _answered(town, _raised(town, withheld=True))  # nobody rings them up
    run_clock(START + timedelta(days=40))
    assert _topics(channel="sms", subject_ref=silent.number) == [messages.TAKEN_IN, messages.ANSWERED, messages.ENDED]
    message = Message.objects.filter(subject_ref=silent.number).first()
    assert seals.unseal(message, "address_sealed") == PHONE
    assert message.values == {"number": silent.number}


@pytest.mark.parametrize("reporter", [None, ReporterInfo(NAME, PHONE), ReporterInfo(NAME, "", by_sms=True)])
def test_who_did_not_ask_or_left_no_telephone_is_told_nothing(town, reporter):
    _answered(town, report(town, reporter=reporter, category="environment.rubbish").matter)
    assert not Message.objects.exists()


def test_a_telephone_alone_has_nobody_flooded(town):
    _raised(town)
    assert not Message.objects.exists()


def test_who_is_erased_is_told_no_more(town):
    matter = go(_raised(town), town.desk, "accepted", START + HOUR)
    actions.erase_reporter(by=town.desk, matter=matter, reason="本人要求")
    assert not Message.objects.filter(ended_at=None).exists()
    assert not Message.objects.exclude(address_sealed=None).exists()
    go(matter, town.desk, "dispatched", START + HOUR, data={"level": "grid"})
    assert Message.objects.count() == 1


def test_a_seal_that_does_not_open_holds_up_no_work(town, monkeypatch):
    matter = _raised(town)

    def closed(*args, **kwargs):
        raise crypto.UnknownKey("no")

    monkeypatch.setattr(crypto, "open", closed)
    assert go(matter, town.desk, "accepted", START + HOUR).flow.step == "dispatch"
    assert not Message.objects.exists()


@pytest.mark.parametrize("key", [messages.TAKEN_IN, messages.ANSWERED, messages.ENDED])
def test_a_text_is_one_message_in_the_sites_language_and_holds_no_code(town, key):
    number = "ABCD-2026-000123"  # the longest there are
    _title, text = texts.written(key, {"number": number})
    assert len(text) <= texts.LONGEST
    assert number in text
    assert any("\u4e00" <= c <= "\u9fff" for c in text)
    with translation.override("en"):
        assert texts.written(key, {"number": number})[1] == text  # whoever's page it is
    assert settings.LANGUAGE_CODE == "zh-hans"


def test_whether_they_are_told_never_changes_afterwards(town):
    from django.db import IntegrityError

    _raised(town)
    with pytest.raises(IntegrityError), transaction.atomic():
        Reporter.objects.update(by_sms=False)


# --- the forms


def test_a_resident_ticks_the_box_and_is_told(town, resident):
    sent = resident.post(reverse("matters:report"), told(name=NAME, phone=PHONE, by_sms="on"))
    assert sent.status_code == 302
    assert Reporter.objects.get().by_sms


WRONG = [
    ({"by_sms": "on", "phone": ""}, "接收短信要填手机号码"),
    ({"by_sms": "on", "phone": "0472-5551234"}, "接收短信要填手机号码"),
    ({"by_sms": "on", "phone": PHONE, "who": "anonymous"}, "选了匿名就不保存电话"),
]


@pytest.mark.parametrize(("wrong", "said"), WRONG)
def test_a_box_ticked_without_a_mobile_number_is_said_at_the_field(town, resident, wrong, said):
    page = resident.post(reverse("matters:report"), told(**wrong))
    assert page.status_code == 422
    assert said in page.content.decode()
    assert not Reporter.objects.exists()


def test_the_counter_writes_it_down_too(town):
    desk = signed_in(town.counter)
    page = desk.get(reverse("matters:new")).content.decode()
    assert "本人要求短信告知进展" in page
    form = {
        "request_id": uuid.uuid4(), "channel": "counter", "text": "垃圾没人清", "place": town.g1.code, "name": NAME, "phone": PHONE,
        "by_sms": "on", "who": "named",
    }  # fmt: skip
    assert desk.post(reverse("matters:new"), form).status_code in (200, 302)
    assert Reporter.objects.get().by_sms


def test_with_the_channel_off_nobody_is_offered_it(town, resident, home):
    (home / "outbox.toml").write_text('[sms]\nadapter = "off"')
    assert 'name="by_sms"' not in resident.get(reverse("matters:report")).content.decode()
    assert 'name="by_sms"' not in signed_in(town.counter).get(reverse("matters:new")).content.decode()
    resident.post(reverse("matters:report"), told(name=NAME, phone=PHONE, by_sms="on"))
    assert not Reporter.objects.get().by_sms


# --- merged


def test_whoever_raised_the_merged_one_is_told_of_it_and_of_the_answer_under_their_own_number(town):
    main, one = _raised(town), _raised(town)
    actions.merge_matter(by=town.desk, matter=one, main=main, seq=None, reason="同一处", now=START + HOUR / 2)
    matter = _answered(town, main)
    actions.rate_matter(matter=matter, rating="satisfied", now=START + 5 * HOUR)
    said = list(Message.objects.filter(channel="sms").order_by("pk").values_list("topic", "subject_ref", "values__number"))
    own = [(topic, ref) for topic, ref, number in said if number == one.number]
    assert own == [("matters.merged", one.number), ("matters.answered", one.number)]
    assert [topic for topic, _ref, number in said if number == main.number] == ["matters.taken_in", "matters.answered"]


def test_separated_and_handed_on_they_are_told_too_and_of_an_undone_part_nothing(town):
    main, one = _raised(town), _raised(town)
    actions.merge_matter(by=town.desk, matter=one, main=main, seq=None, reason="同一处", now=START + HOUR)
    actions.separate_matter(by=town.desk, matter=Matter.objects.get(pk=one.pk), seq=None, reason="不是", now=START + HOUR)
    actions.hand_out_matter(by=town.desk, matter=one, seq=None, authority="市水务局", told="page", reason="市管", now=START + HOUR)
    part = actions.split_matter(
        by=town.desk, matter=main, seq=None, request_id=uuid.uuid4(), text="路灯不亮", category="facilities.streetlamp", place=town.g1,
        reason="两件事", now=START + HOUR,
    )  # fmt: skip
    actions.undo_split(by=town.desk, matter=part, seq=None, reason="一件事", now=START + HOUR)
    assert _topics(channel="sms") == ["matters.merged", "matters.separated", "matters.elsewhere"]
