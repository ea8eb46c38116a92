"""The pages of a dispute: who sees what, what a mistake looks like, and that nothing leads from a person here."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from linli.access.models import ReadLog
from linli.bodies.models import Holding, Seat
from linli.flow import actions as flow
from linli.flow.models import Flow
from linli.frame.refusal import Refusal
from linli.gatherings import actions as gatherings
from linli.matters import actions as matters
from linli.matters.disputes import actions
from linli.matters.disputes.models import Party
from linli.matters.disputes.rules import still_holds
from linli.matters.disputes.tests.factories import DAY, SECRET, agree, agreed, at_consent, go, mediating, name_them, performing, raised
from linli.matters.models import Matter
from linli.matters.tests.calling import caller
from linli.matters.tests.factories import START, report
from linli.measures.actions import compute_measures

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media")]
NAMES = SECRET
LATER = START + timedelta(days=2)


def client(user):
    made = Client()
    made.force_login(user)
    return made


def at(matter, name="detail", *more):
    return reverse(f"matters:{name}", args=[matter.number, *more])


def said(response):
    return b"".join(response.streaming_content if response.streaming else [response.content])


def test_the_page_shows_sides_without_names_and_names_only_to_a_look_with_a_purpose(town):
    matter = agreed(town)
    mediator = client(town.mediator)
    page = mediator.get(at(matter))
    assert page.status_code == 200
    assert "和平物业公司" in page.content.decode()
    assert not [s for s in NAMES if s in page.content.decode()]
    assert mediator.post(at(matter, "dispute_reveal"), {}).status_code == 422
    looks = ReadLog.objects.count()
    shown = mediator.post(at(matter, "dispute_reveal"), {"purpose": "matter"}).content.decode()
    assert all(s in shown for s in NAMES)
    assert ReadLog.objects.count() == looks + 2
    assert set(ReadLog.objects.values_list("fields", flat=True)) == {"address,name,phone"}
    assert not [s for s in NAMES if s in mediator.get(at(matter)).content.decode()]


def test_having_the_place_is_not_enough_to_see_who_the_sides_are(town):
    """The grid worker and the checker see the dispute of their grid, and not who is in it; whoever handed it over still may."""
    matter = mediating(town)
    for who in ("worker", "checker"):
        page = client(town.people[who]).get(at(matter))
        assert page.status_code == 200
        assert reverse("matters:dispute_reveal", args=[matter.number]) not in page.content.decode()
        assert client(town.people[who]).post(at(matter, "dispute_reveal"), {"purpose": "matter"}).status_code == 403
    assert client(town.desk).post(at(matter, "dispute_reveal"), {"purpose": "matter"}).status_code == 200


def test_what_was_agreed_on_is_read_by_who_takes_part_took_it_in_or_supervises(town):
    """The auditor, the checker and the grid worker see that there is an agreement, and its day; no page, history or interface says more."""
    matter = performing(town)
    first = matter.agreements.get().obligations.first()
    actions.perform_obligation(by=town.mediator, matter=matter, obligation=first, performed_on=DAY, now=LATER)
    actions.note_enquiry(by=town.mediator, matter=matter, on=DAY, found="part", note="吊顶已修好", now=LATER)
    texts = ("泡坏甲方吊顶", "恢复门禁", "吊顶已修好")
    reading, others = ("mediator", "desk", "coordinator", "district"), ("auditor", "checker", "worker", "station")
    for who in (*reading, *others):
        user, reads = town.people[who], who in reading
        page = client(user).get(at(matter))
        assert page.status_code == 200, who
        assert "2026-11-16" in page.content.decode(), who
        assert [t in page.content.decode() for t in texts] == [reads] * 3, who
        told = caller(user).get(f"/matters/{matter.number}/dispute").json()
        assert told["reads"] is reads, who
        assert told["agreement"]["effective_on"] == str(DAY), who
        for source in (told, caller(user).get(f"/matters/{matter.number}/history").json()):
            assert [t in str(source) for t in texts[1:]] == [reads] * 2, who


@pytest.mark.parametrize("who", ["elsewhere", "stranger", "other_worker", "justice", "street_mediator"])
def test_the_outsider_finds_nothing(town, who):
    """No page, list, sheet, figure, paper or history; a mediator without a part in it is an outsider too."""
    matter = performing(town)
    compute_measures()
    one = client(town.people[who])
    today = timezone.localdate()
    agreement = matter.agreements.get()
    for url in (
        at(matter), at(matter, "dispute_enter", "enquiry"), at(matter, "dispute_print", "agreement"), at(matter, "dispute_print", "cover"),
        at(matter, "dispute_receipt", 3),
    ):  # fmt: skip
        assert one.get(url).status_code in (403, 404), url
    for url in (
        at(matter, "dispute_reveal"), at(matter, "dispute_remove", matter.parties.first().pk),
        at(matter, "dispute_perform", agreement.obligations.first().pk),
    ):  # fmt: skip
        assert one.post(url, {"purpose": "matter"}).status_code in (403, 404), url
    listed = one.get(reverse("matters:disputes"))
    assert listed.status_code == 200
    assert matter.number not in listed.content.decode()
    behind = f"disputes,d,,{today - timedelta(days=900)},{today + timedelta(days=400)},150204006000"
    assert matter.number not in one.get(reverse("matters:list"), {"behind": behind}).content.decode()
    assert one.get("/situation/150204006000/disputes/").status_code in (403, 404) or who in ("district",)


def test_mediators_see_what_has_come_to_them_and_no_more(town):
    mine = mediating(town)
    other = report(town, category="disputes.property", place=town.g9).matter
    page = client(town.mediator).get(reverse("matters:disputes")).content.decode()
    assert mine.number in page
    assert other.number not in page


def test_whoever_is_named_as_mediator_finds_the_dispute_and_has_it_to_do_as_long_as_they_are_named(town):
    matter = mediating(town)
    named, own = (Holding.objects.get(user=u) for u in (town.street_mediator, town.mediator))
    there = client(town.street_mediator)
    todo = reverse("flow:inbox")
    assert there.get(at(matter)).status_code == 404
    actions.name_mediators(by=town.mediator, matter=matter, holdings=[named, own])
    page = there.get(at(matter))
    assert page.status_code == 200
    assert "查看当事人" in page.content.decode()
    assert NAMES[0] in there.post(at(matter, "dispute_reveal"), {"purpose": "matter"}).content.decode()
    assert matter.number in there.get(todo).content.decode()
    assert matter.number in there.get(reverse("matters:disputes")).content.decode()
    assert named.seat_id in matter.flow.seats_involved()  # who can be invited to a session about it
    assert there.get(at(matter, "dispute_enter", "agreement")).status_code == 403  # the committee that answers for it writes
    agree(town, matter)
    go(matter, town.mediator, "agree", START + timedelta(hours=3), result="双方谈妥")
    assert matter.number in there.get(todo).content.decode()
    actions.name_mediators(by=town.mediator, matter=matter, holdings=[own])
    assert there.get(at(matter)).status_code == 404
    assert matter.number not in there.get(todo).content.decode()
    assert not matter.flow.todos.filter(seat=named.seat_id).exists()
    assert [t.role for t in matter.flow.todos.filter(seat=own.seat_id, done_at=None)] == ["lead"]


def test_whoever_mediated_still_sees_the_dispute_once_it_has_ended_and_has_nothing_to_do(town):
    matter = mediating(town)
    actions.name_mediators(by=town.mediator, matter=matter, holdings=[Holding.objects.get(user=town.street_mediator)])
    go(matter, town.mediator, "refuse", START + timedelta(hours=3), reason="谈不拢")
    go(matter, town.mediator, "answered", START + timedelta(hours=4), answer="可以向人民法院起诉")
    there = client(town.street_mediator)
    assert there.get(at(matter)).status_code == 200
    assert matter.number not in there.get(reverse("flow:inbox")).content.decode()


def test_those_named_before_a_handover_are_the_senders_and_have_nothing_more_to_do(town):
    matter = mediating(town)
    name_them(matter, town.property_mediator, town.mediator, by=town.mediator)
    there = client(town.property_mediator)
    assert matter.number in there.get(reverse("flow:inbox")).content.decode()
    to = Seat.objects.get(post="street-mediator", place=town.places["s1"])
    flow.ask_handover(by=town.mediator, flow=matter.flow_id, seq=None, seat=to.pk, reason="请街道调解", now=LATER)
    flow.decide_request(by=town.street_mediator, flow=matter.flow_id, seq=None, grant=True, now=LATER)
    assert there.get(at(matter)).status_code == 200
    assert matter.number not in there.get(reverse("flow:inbox")).content.decode()


def test_what_is_written_about_a_session_names_nobody_concerned(town):
    matter = mediating(town)
    now = timezone.now()
    chair = Seat.objects.get(post="mediation-chair", place=town.places["c1"])
    about = {
        "by": town.mediator,
        "kind": "mediation",
        "seat": chair,
        "place": town.c1,
        "flow": Flow.objects.get(pk=matter.flow_id),
        "now": now,
    }

    def plan(title):
        return gatherings.Plan(title, "社区会议室", now - timedelta(hours=2), now - timedelta(hours=1))

    with pytest.raises(Refusal, match="indiscreet"):
        gatherings.plan_gathering(request_id=uuid4(), plan=plan(f"调解{SECRET[0]}的纠纷"), **about)
    row = gatherings.plan_gathering(request_id=uuid4(), plan=plan("调解会"), **about)
    presence = gatherings.Presence({})
    for given in ({"text": f"{SECRET[1]}不肯赔钱"}, {"text": "谈了两个小时", "result": f"{SECRET[0]} 愿意补交"}):
        with pytest.raises(Refusal, match="indiscreet"):
            gatherings.hold_gathering(by=town.mediator, gathering=row, seq=None, presence=presence, now=now, **given)
    held = gatherings.hold_gathering(by=town.mediator, gathering=row, seq=None, presence=presence, text="乙方不肯赔钱", now=now)
    with pytest.raises(Refusal, match="indiscreet"):
        gatherings.correct_minutes(
            by=town.mediator, gathering=held, seq=None, text="乙方愿意赔", result="", reason=f"{SECRET[1]}改口", now=now
        )


def test_the_court_is_written_without_who_asks_it(town):
    matter = agreed(town)
    with pytest.raises(Refusal, match="indiscreet"):
        actions.note_application(by=town.mediator, matter=matter, applied_on=DAY, court=f"青山区人民法院，当事人{SECRET[0]}", now=LATER)


def test_a_new_agreement_begins_with_what_the_old_one_says_and_is_still_owed(town):
    matter = agreed(town)
    done = matter.agreements.get().obligations.get(what="恢复门禁")
    actions.perform_obligation(by=town.mediator, matter=matter, obligation=done, performed_on=DAY, now=LATER)
    go(matter, town.mediator, "return", LATER, reason="双方要改期限")
    page = client(town.mediator).get(at(matter, "dispute_enter", "agreement")).content.decode()
    assert "乙方承担主要责任" in page
    assert "补交半年物业费" in page
    assert "恢复门禁" not in page


def test_whoever_was_asked_to_take_a_dispute_over_sees_nothing_of_it_once_that_was_taken_back(town):
    matter = mediating(town)
    to = Seat.objects.get(post="street-mediator", place=town.places["s1"])
    there = client(town.street_mediator)
    flow.ask_handover(by=town.mediator, flow=matter.flow_id, seq=None, seat=to.pk, reason="请街道调解", now=LATER)
    assert there.get(at(matter)).status_code == 200
    flow.recall_request(by=town.mediator, flow=matter.flow_id, seq=None, now=LATER + timedelta(hours=1))
    assert there.get(at(matter)).status_code == 404
    asked = matter.flow.events.get(kind="handover_asked")
    receipt = client(town.mediator).get(at(matter, "dispute_receipt", asked.seq)).content.decode()
    assert receipt.count(str(town.mediator)) == 1  # who handed it over, and nobody received it


def test_there_is_no_way_from_a_person_to_a_dispute(town):
    """No search finds a name, a telephone or an organisation; no column of the list or the sheet holds one."""
    matter = performing(town)
    desk = client(town.desk)
    for text in (*NAMES, "和平物业公司"):
        for name, field in (("matters:list", "q"), ("matters:disputes", "number"), ("matters:disputes", "q")):
            assert matter.number not in desk.get(reverse(name), {field: text}).content.decode() or (
                field == "q" and name == "matters:disputes"
            )
    sheet = desk.post(reverse("matters:disputes"), {"export": "xlsx", "why": "季度汇总"})
    assert sheet.status_code == 200
    from python_calamine import CalamineWorkbook

    rows = CalamineWorkbook.from_filelike(__import__("io").BytesIO(said(sheet))).get_sheet_by_index(0).to_python()
    text = str(rows)
    assert matter.number in text
    assert not [s for s in (*NAMES, "和平物业公司", matter.title) if s in text]
    fields = {f.name for f in Party._meta.get_fields()}
    assert not fields & {"name_index", "phone_index", "person"}
    assert not Party._meta.indexes


def test_the_list_is_narrowed_by_kind_committee_stage_and_what_runs_out(town):
    first, second = agreed(town), at_consent(town, category="neighbours.space")
    matters.take_matter_step(by=town.voice, matter=second, seq=None, outcome="agree", now=START + timedelta(hours=1))
    agreement = first.agreements.get()
    desk = client(town.desk)

    def found(**query):
        page = desk.get(reverse("matters:disputes"), query).content.decode()
        return {m.number for m in (first, second) if f"/matters/{m.number}/" in page}

    assert found() == {first.number, second.number}
    assert found(kind="neighbours.space") == {second.number}
    assert found(stage="confirm") == {first.number}
    assert found(committee="mediation-chair") == {first.number}
    assert found(committee="other") == {second.number}  # the grid's voice officer
    assert found(due="confirmation") == set()
    assert found(due="obligations") == (set() if timezone.localdate() <= agreement.obligations.first().due_on else {first.number})
    flow.ask_handover(
        by=town.voice, flow=second.flow_id, seq=None, seat=Seat.objects.get(post="street-mediator", place=town.s1).pk, reason="请街道调解"
    )
    assert found(due="receipt") == {second.number}
    assert desk.get(reverse("matters:disputes"), {"kind": "nonsense", "stage": "x", "due": "y"}).status_code == 200


def test_nothing_is_due_any_more_of_a_dispute_that_has_ended(town):
    matter = performing(town)
    due = f"{DAY + timedelta(days=3):%Y-%m-%d}"
    mediator = client(town.mediator)
    assert due in mediator.get(reverse("matters:disputes")).content.decode()
    flow.take_step(
        by=town.mediator, flow=matter.flow_id, seq=None, outcome="refuse", texts={"finding": "没有付", "reason": "不付"}, now=LATER
    )
    assert due in mediator.get(reverse("matters:disputes")).content.decode()
    flow.take_step(by=town.mediator, flow=matter.flow_id, seq=None, outcome="answered", texts={"answer": "可以向法院起诉。"}, now=LATER)
    page = mediator.get(reverse("matters:disputes")).content.decode()
    assert matter.number in page
    assert due not in page


def test_the_counter_enters_the_sides_with_the_dispute(town):
    counter = client(town.counter)
    form = counter.get(reverse("matters:new"))
    assert form.status_code == 200
    told = {
        "request_id": "0d8f1f0e-7c58-4c39-9a61-0d5f5f2d9a11", "channel": "phone", "text": "楼上漏水泡了我家吊顶，找他不认", "place": "150204006019",
        "name": "周小满", "phone": "13812345678", "who": "named", "teller": "on", "other_name": "吴大明", "other_phone": "13912345678",
    }  # fmt: skip
    wrong = counter.post(reverse("matters:new"), {**told, "category": "environment.rubbish"})
    assert wrong.status_code == 422
    assert not Matter.objects.exists()
    wrong = counter.post(reverse("matters:new"), {**told, "category": "neighbours.leak", "other_phone": "12"})
    assert wrong.status_code == 422
    assert counter.post(reverse("matters:new"), {**told, "category": "neighbours.leak"}).status_code == 302
    assert counter.post(reverse("matters:new"), {**told, "category": "neighbours.leak"}).status_code == 302  # sent twice
    matter = Matter.objects.get()
    assert [p.side for p in matter.parties.all()] == [1, 2]
    assert not matter.is_public


def test_an_agreement_is_entered_on_its_page_with_mistakes_at_their_fields(town):
    matter = mediating(town)
    mediator, url = client(town.mediator), at(matter, "dispute_enter", "agreement")
    assert mediator.get(url).status_code == 200
    day = str(timezone.localdate())
    told = {"form": "written", "facts": "卫生间漏水", "signed_on": day, "side_1": "2", "what_1": "修好漏点", "due_1": day}
    for change, words in (({"due_1": ""}, "谁、做什么"), ({"facts": "孙玉梅家漏水"}, "甲方"), ({"signed_on": "2099-01-01"}, "还没有到")):
        page = mediator.post(url, told | change)
        assert page.status_code == 422
        assert words in page.content.decode()
    assert not matter.agreements.exists()
    assert mediator.post(url, told).status_code == 302
    assert matter.agreements.get().obligations.get().what == "修好漏点"
    assert client(town.desk).get(url).status_code == 403


def test_every_entry_has_its_page_and_is_done(town):
    matter = mediating(town)
    agree(town, matter, signed_on=timezone.localdate(), now=timezone.now())
    mediator = client(town.mediator)
    day = str(timezone.localdate())
    entries = {
        "party": {"side": "3", "name": "郑三"}, "mediators": None, "application": {"applied_on": day, "court": "青山区人民法院"},
        "decision": {"decided_on": day, "decision": "confirmed"}, "enquiry": {"on": day, "found": "part"},
    }  # fmt: skip
    for name, told in entries.items():
        if name == "application":
            assert mediator.get(at(matter, "dispute_enter", name)).status_code == 403
            assert at(matter, "dispute_enter", name) not in mediator.get(at(matter)).content.decode()
            matters.take_matter_step(by=town.mediator, matter=matter, seq=None, outcome="agree", texts={"result": "谈妥"})
            assert at(matter, "dispute_enter", name) in mediator.get(at(matter)).content.decode()
        page = mediator.get(at(matter, "dispute_enter", name))
        assert page.status_code == 200, name
        if told is None:
            first, leading = list(page.context["form"].holdings.values())[:2]
            told = {"mediators": [first.pk, leading.pk], "lead": leading.pk}
        assert mediator.post(at(matter, "dispute_enter", name), {}).status_code == 422, name
        assert mediator.post(at(matter, "dispute_enter", name), told).status_code == 302, name
    assert [m.user for m in matter.mediators.all()] == [leading.user, first.user]
    assert mediator.get(at(matter, "dispute_enter", "nonsense")).status_code == 404
    obligation = matter.agreements.get().obligations.first()
    url = at(matter, "dispute_perform", obligation.pk)
    assert mediator.post(url, {"performed_on": "nonsense"}).status_code == 302
    obligation.refresh_from_db()
    assert obligation.performed_on is None
    mediator.post(url, {"performed_on": day})
    obligation.refresh_from_db()
    assert str(obligation.performed_on) == day
    mediator.post(url, {"undo": "1"})
    obligation.refresh_from_db()
    assert obligation.performed_on is None
    assert mediator.get(at(matter)).status_code == 200


def test_a_handover_and_its_receipt_are_done_on_the_pages_of_every_matter(town):
    matter = mediating(town)
    mediator, street = client(town.mediator), client(town.street_mediator)
    to = Seat.objects.get(post="street-mediator", place=town.s1)
    assert mediator.get(at(matter, "act", "handover")).status_code == 200
    assert mediator.post(at(matter, "act", "handover"), {"seat": to.pk, "reason": f"{SECRET[0]}的事", "seq": ""}).status_code == 422
    assert mediator.post(at(matter, "act", "handover"), {"seat": to.pk, "reason": "请街道调解，材料三份", "seq": ""}).status_code == 302
    page = street.get(at(matter))
    assert page.status_code == 200
    assert at(matter, "act", "decide") in page.content.decode()
    assert at(matter, "act", "recall") not in page.content.decode()
    assert street.get(at(matter, "act", "recall")).status_code == 403
    waiting = mediator.get(at(matter)).content.decode()
    assert f"将移交给{to.body.name} · " in waiting
    assert at(matter, "act", "recall") in waiting
    back = mediator.post(at(matter, "act", "recall"), {"reason": "", "seq": ""}, follow=True).content.decode()
    assert "已由移交方收回" in back
    assert at(matter, "act", "decide") not in street.get(at(matter)).content.decode()
    assert mediator.post(at(matter, "act", "handover"), {"seat": to.pk, "reason": "请街道调解，材料三份", "seq": ""}).status_code == 302
    assert street.post(at(matter, "act", "decide"), {"grant": "no", "reason": ""}).status_code == 422
    assert "材料不全" in sent_back_and_handed_over_again(mediator, street, matter, to)
    taken = street.post(at(matter, "act", "decide"), {"grant": "yes", "reason": ""}, follow=True)
    assert "已签收" in taken.content.decode()
    asked = matter.flow.events.filter(kind="handover_asked").latest("seq")
    for one in (mediator, street):
        receipt = one.get(at(matter, "dispute_receipt", asked.seq))
        assert receipt.status_code == 200
        assert "材料三份" in receipt.content.decode()
    assert mediator.get(at(matter, "dispute_receipt", 1)).status_code == 404
    kept = mediator.get(at(matter))  # the sender keeps its sight of it, and leaves the talk to who has it now
    assert kept.status_code == 200
    assert at(matter, "act", "ask") not in kept.content.decode()
    assert mediator.get(at(matter, "act", "ask")).status_code == 403
    with pytest.raises(PermissionDenied):
        matters.add_word(by=town.mediator, matter=matter, text="请您再来一趟")
    assert at(matter, "act", "ask") in street.get(at(matter)).content.decode()
    assert "请指定现在由谁调解" not in street.get(at(matter)).content.decode()
    matter.mediators.create(seat=Seat.objects.get(post="mediation-chair", place=town.c1), user=town.mediator)
    assert "请指定现在由谁调解" in street.get(at(matter)).content.decode()
    assert "请指定现在由谁调解" not in mediator.get(at(matter)).content.decode()
    assert street.get(at(matter, "act", "leave")).status_code == 200


def sent_back_and_handed_over_again(mediator, street, matter, to):
    """The handover is sent back, and made once more: what the sender reads in between, at the step."""
    street.post(at(matter, "act", "decide"), {"grant": "no", "reason": "材料不全"})
    turn = mediator.get(at(matter)).content.decode().partition('aria-labelledby="next-title"')[2]
    mediator.post(at(matter, "act", "handover"), {"seat": to.pk, "reason": "请街道调解，材料三份", "seq": ""})
    return turn[: turn.index("<form")]


def test_whoever_is_called_in_finds_their_task_and_its_button_on_the_page(town):
    matter, justice = mediating(town), client(town.justice)
    seat = Seat.objects.get(post="justice-officer", place=town.d)
    joined = client(town.mediator).post(at(matter, "act", "join"), {"seats": [seat.pk], "task": "派律师到场释法", "days": "1", "seq": ""})
    assert joined.status_code == 302
    page = justice.get(at(matter))
    assert [a.name for a in page.context["mine"]] == ["part"]
    assert [p["task"] for p in page.context["parts"]] == ["派律师到场释法"]


def test_a_no_that_leads_where_yes_leads_is_no_warning(town):
    matter = agreed(town)
    assert client(town.mediator).get(at(matter)).context["came_back"] == []
    flow.take_step(by=town.mediator, flow=matter.flow_id, seq=None, outcome="refuse", texts={"reason": "都不需要"}, now=timezone.now())
    assert client(town.mediator).get(at(matter)).context["came_back"] == []
    sent_back = mediating(town)
    flow.take_step(by=town.mediator, flow=sent_back.flow_id, seq=None, outcome="refuse", texts={"reason": "分歧太大"}, now=timezone.now())
    assert [c["why"] for c in client(town.mediator).get(at(sent_back)).context["came_back"]] == ["分歧太大"]


def test_whoever_raised_it_is_told_that_mediation_ended_because_a_side_no_longer_wishes_it(town):
    made = report(town, category="disputes.property", text="门禁卡被停了，物业不给开")
    assert "不再愿意调解" not in Client().get(f"/f/{made.follow_code}/").content.decode()
    flow.withdraw_flow(by=town.district, flow=made.matter.flow_id, seq=None, reason="乙方不想谈了", now=START)
    page = Client().get(f"/f/{made.follow_code}/").content.decode()
    assert "不再愿意调解" in page
    assert "此前达成的协议仍然有效" not in page  # there never was one


def test_an_agreement_that_was_reached_still_holds_where_a_side_leaves_what_is_mediated_anew(town):
    matter = go(agreed(town), town.mediator, "return", LATER, reason="双方要改期限")
    actions.leave(by=town.mediator, matter=matter, seq=None, reason="乙方不想谈了", now=LATER)
    assert still_holds(Matter.objects.select_related("flow").get(pk=matter.pk))


def test_whoever_raised_it_reads_where_it_stands_and_nobody_else_in_it(town):
    made = report(town, category="disputes.property", text="门禁卡被停了，物业不给开")
    matter = made.matter
    for info in (actions.PartyInfo(1, SECRET[0]), actions.PartyInfo(2, SECRET[1], SECRET[3])):
        actions.add_party(by=town.desk, matter=matter, info=info, now=START)
    page = Client().get(f"/f/{made.follow_code}/").content.decode()
    assert "您反映的纠纷已经登记" in page
    assert not [s for s in SECRET if s in page]
    assert Client().get(f"/m/{matter.number}/").status_code == 404


def test_a_page_asks_the_database_no_more_than_any_other(town, django_assert_max_num_queries):
    matter = agreed(town)
    mediator, desk = client(town.mediator), client(town.desk)
    for one, url in (
        (mediator, at(matter)), (mediator, at(matter, "dispute_print", "agreement")), (mediator, at(matter, "dispute_print", "cover")),
        (mediator, at(matter, "dispute_enter", "enquiry")),
        (desk, reverse("matters:disputes")), (desk, reverse("matters:new")), (mediator, at(matter, "dispute_enter", "mediators")),
    ):  # fmt: skip
        one.get(url)
        with django_assert_max_num_queries(12):
            assert one.get(url).status_code == 200, url


def test_the_figures_say_what_was_settled_where_and_show_no_share_of_a_few(town):
    from linli.measures.declare import measures
    from linli.measures.models import Value

    matter = performing(town)
    compute_measures()
    community = {v.measure: (v.numerator, v.denominator) for v in Value.objects.filter(place=town.c1)}
    for key in ("disputes", "dispute_accepted", "mediated", "mediation_success", "settled_community", "settled_street", "settled_within"):
        assert community[key] == (1, 1), key
    page = client(town.desk).get("/situation/150204006000/disputes/", {"since": "2026-11-01", "until": "2026-11-28"})
    assert page.status_code == 200
    assert measures()["mediation_success"].least == 5
    text = page.content.decode()
    assert "少于" in text or "不足" in text
    assert "mediation_success,n" not in text
    assert (
        matter.number
        in client(town.desk).get(reverse("matters:list"), {"behind": "disputes,d,,2026-11-01,2026-11-28,150204006000"}).content.decode()
    )


def test_the_page_says_why_nobody_leaves_what_was_agreed_on_and_the_reporters_does_not_offer_it(town):
    made = report(town, category="disputes.property", text="门禁卡被停，双方各说各的理")
    for n, name in enumerate(SECRET[:2], 1):
        actions.add_party(by=town.desk, matter=made.matter, info=actions.PartyInfo(n, name), now=START)
    mediator, follow = client(town.mediator), f"/f/{made.follow_code}/"
    for who, outcome in ((town.desk, "accepted"), (town.mediator, "agree")):
        matters.take_matter_step(by=who, matter=made.matter, seq=None, outcome=outcome, now=START)
    assert at(made.matter, "act", "leave") in mediator.get(at(made.matter)).content.decode()
    assert "撤回诉求" in Client().get(follow).content.decode()
    name_them(made.matter, town.mediator)
    agree(town, made.matter)
    matters.take_matter_step(by=town.mediator, matter=made.matter, seq=None, outcome="agree", texts={"result": "谈妥"}, now=START)
    page = mediator.get(at(made.matter)).content.decode()
    assert at(made.matter, "act", "leave") not in page
    assert "协议已生效" in page
    assert mediator.get(at(made.matter, "act", "leave")).status_code == 302
    assert client(town.worker).get(at(made.matter, "act", "leave")).status_code == 403
    assert "撤回诉求" not in Client().get(follow).content.decode()
    late = Client().post(f"{follow}withdraw/", {"reason": "不想付了"})
    assert late.status_code == 422
    assert "对各方都有约束力" in late.content.decode()


def test_no_end_takes_a_dispute_with_an_agreement_out_of_those_to_be_performed(town):
    """Neither one that was withdrawn when that still could be, nor one mediated anew in vain: the agreement holds, unless the court refused it."""
    from linli.measures.models import Value

    def anew(**more):
        matter = agreed(town)
        matter.agreements.update(**more)
        matters.take_matter_step(by=town.mediator, matter=matter, seq=None, outcome="return", texts={"reason": "要改"}, now=LATER)
        return matter

    for matter in (agreed(town), performing(town), anew(), mediating(town)):
        flow.withdraw_flow(by=town.mediator, flow=matter.flow_id, seq=None, reason="不谈了", now=LATER)
    refused = anew(applied_on=DAY, court="青山区人民法院", decided_on=DAY, decision="refused")
    flow.withdraw_flow(by=town.mediator, flow=refused.flow_id, seq=None, reason="不谈了", now=LATER)
    done = performing(town)
    done.agreements.get().obligations.update(performed_on=DAY)
    matters.take_matter_step(by=town.mediator, matter=done, seq=None, outcome="agree", texts={"finding": "都做到了"}, now=LATER)
    matters.reopen_matter(by=town.desk, matter=done, seq=None, reason="又吵起来了", now=LATER)
    flow.withdraw_flow(by=town.mediator, flow=done.flow_id, seq=None, reason="不谈了", now=LATER)
    compute_measures()
    found = Value.objects.filter(place=town.c1, measure="performance").values_list("numerator", "denominator")
    assert [sum(x) for x in zip(*found, strict=True)] == [1, 4]


def test_a_mediation_that_a_side_left_counts_as_one_without_an_agreement_and_one_that_never_began_does_not(town):
    from linli.measures.models import Run, Value

    for matter in (mediating(town), raised(town), agreed(town)):
        flow.withdraw_flow(by=town.district, flow=matter.flow_id, seq=None, reason="不谈了", now=START + timedelta(days=4))
    for _again in range(2):  # counted anew after an upgrade, nothing counts twice
        compute_measures()
        found = Value.objects.filter(place=town.c1, measure="mediation_success").values_list("numerator", "denominator")
        assert [sum(x) for x in zip(*found, strict=True)] == [1, 2]
        Run.objects.filter(source="disputes").update(upto=0)


def test_the_history_says_in_words_what_was_done_about_a_dispute(town):
    matter = agreed(town)
    page = client(town.mediator).get(at(matter)).content.decode()
    assert "登记了一名当事人" in page
    assert "登记了协议" in page
    assert "party_added" not in page
