"""The desk and the field: lists, steps, acts, contacts, exports."""

from __future__ import annotations

import io
import uuid
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from linli.access.models import ReadLog
from linli.bodies.models import Seat
from linli.charter.store import charter_of
from linli.flow import actions as flow
from linli.flow.models import Flow
from linli.matters import actions
from linli.matters.models import Channel, Matter
from linli.matters.pages.listing import listing_of
from linli.matters.reporters import ReporterInfo
from linli.matters.tests.factories import flow_of, go, jpeg, photo, report
from linli.matters.tests.visiting import signed_in, told, upload
from linli.places.models import Place

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media")]
HOUR = timedelta(hours=1)


def test_the_list_filters_by_a_place_that_has_ended_and_says_where_there_is_no_such_place(town):
    there, elsewhere = report(town, place=town.g2).matter, report(town, place=town.g1).matter
    Place.objects.filter(pk=town.g2.pk).update(valid_to=timezone.localdate())
    client = signed_in(town.district)
    page = client.get(reverse("matters:list"), {"place": town.g2.code})
    assert page.context["listing"].rows == [there]
    assert f'<option value="{town.g2.code}" selected>' in page.content.decode()  # filtering once more keeps it
    page = client.get(reverse("matters:list"), {"place": "150299999999"})
    assert set(page.context["listing"].rows) == {there, elsewhere}
    assert "没有这个地方" in page.content.decode()


def test_an_outsider_gets_404_and_a_stranger_the_door(town, resident):
    matter = report(town, photos=[photo()]).matter
    row = matter.flow.attachments.get()
    pages = [reverse("matters:detail", args=[matter.number]), reverse("matters:attachment", args=[row.uid])]
    for page in pages:
        assert signed_in(town.desk).get(page).status_code == 200
        for outsider in (town.stranger, town.other_worker, town.guide, town.urban):
            assert signed_in(outsider).get(page).status_code == 404
        assert resident.get(page).status_code == 302
    for who in (town.stranger, town.guide):
        client = signed_in(who)
        assert client.post(reverse("matters:act", args=[matter.number, "note"]), {"text": "x"}).status_code == 404
        assert client.post(reverse("matters:reveal", args=[matter.number]), {"purpose": "matter"}).status_code in (403, 404)
        assert client.post(reverse("matters:step", args=[matter.number]), {"outcome": "accepted"}).status_code in (403, 404)


def test_the_counter_takes_down_a_matter_and_prints_the_slip(town):
    client = signed_in(town.counter)
    assert client.get(reverse("matters:new")).status_code == 200
    sent = client.post(
        reverse("matters:new"), told(channel="counter", place="150204006019-01", category="environment.rubbish", name="李建国")
    )
    matter, slip = Matter.objects.get(), sent["Location"]
    kept = str(client.session["once"])
    assert client.session["once"].keys() == {slip.split("/")[2]}
    shown = client.get(slip)  # nothing is sent again by going back, and the code is in no address
    assert matter.number in shown.content.decode()
    code = shown.context["slip"]["code"]
    assert code in shown.content.decode()
    assert code not in slip + kept
    assert not client.session["once"]
    again = client.get(slip)
    assert (again.status_code, code in again.content.decode()) == (410, False)
    assert signed_in(town.counter).get(slip).status_code == 410
    assert (matter.channel, matter.place, matter.raised_from.post) == (Channel.COUNTER, town.g1, "community-counter")
    # outside their community the place isn't even on the list
    refused = client.post(reverse("matters:new"), told(channel="counter", place="150204008015"))
    assert refused.status_code == 422
    assert "place" in refused.context["form"].errors


def step(client, matter, outcome, seq=None, **data):
    fields = {f"{outcome}-{name}": value for name, value in data.items()}
    seq = Matter.objects.select_related("flow").get(pk=matter.pk).flow.seq if seq is None else seq
    return client.post(reverse("matters:step", args=[matter.number]), {"outcome": outcome, "seq": seq, **fields})


def test_the_whole_way_can_be_gone_on_the_pages(town, resident):
    resident.post(reverse("matters:report"), told(category=""))
    matter = Matter.objects.get()
    desk, worker, checker = (signed_in(town.people[p]) for p in ("desk", "worker", "checker"))
    assert step(desk, matter, "accepted").status_code == 422  # the category is still to be chosen
    assert step(desk, matter, "accepted", category="environment.rubbish").status_code == 302
    assert step(desk, matter, "dispatched", level="").status_code == 302
    matter.refresh_from_db()
    assert matter.category == "environment.rubbish"
    head = signed_in(town.station)  # no grid was known: the community's post has it
    owner = matter.flow.owner
    client = head if owner.post != "grid-worker" else worker
    if owner.post not in ("station-head", "grid-worker"):  # hygiene chair is vacant here: their work is done by the next up
        client = signed_in(owner.acting.holdings.first().user)
    missing = step(client, matter, "done", result="")
    assert missing.status_code == 422
    assert step(client, matter, "done", result="已清运", photos=upload(jpeg()), show_photos="on").status_code == 302
    assert step(checker, matter, "passed", finding="干净").status_code == 302
    refused = step(desk, matter, "answered", answer="请拨13812345678")
    assert refused.status_code == 422
    assert "13812345678" in refused.content.decode()
    assert step(desk, matter, "answered", answer="垃圾已清运。").status_code == 302
    public = resident.get(f"/m/{matter.number}/").content.decode()
    assert "垃圾已清运。" in public
    assert "photo" in public or "/file/" in public


def test_whoever_is_second_gets_409_with_what_changed_and_their_text(town):
    matter = report(town).matter
    seq = matter.flow.seq
    first, second = signed_in(town.desk), signed_in(town.desk)
    assert step(first, matter, "accepted", seq=seq, category="environment.rubbish").status_code == 302
    late = step(second, matter, "refused", seq=seq, reason="我以为不归我们管")
    assert late.status_code == 409
    text = late.content.decode()
    assert "我以为不归我们管" in text
    assert "派遣" in text
    matter.refresh_from_db()
    assert matter.flow.step == "dispatch"


ACT_DATA = {
    "note": {"text": "已电话联系"},
    "ask": {"text": "请问具体在几号楼?"},
    "urge": {"reason": "请尽快"},
    "correct": {"title": "北门垃圾", "category": "environment.bins", "place": "150204006019-02", "address": "北门", "reason": "更正"},
    "public": {"public": "no", "reason": "涉及个人"},
    "escalate": {"reason": "需要街道协调"},
}


@pytest.mark.parametrize(
    ("who", "name"),
    [("worker", "note"), ("worker", "ask"), ("coordinator", "urge"), ("desk", "correct"), ("desk", "public"), ("worker", "escalate")],
)
def test_each_act_has_its_page_its_errors_and_its_effect(town, who, name):
    matter = report(town, now=timezone.now()).matter
    for outcome in ("accepted", "dispatched"):
        go(matter, town.desk, outcome, timezone.now())
    client, address = signed_in(town.people[who]), reverse("matters:act", args=[matter.number, name])
    before = Matter.objects.get(pk=matter.pk).flow.seq
    assert client.get(address).status_code == 200
    if name != "urge":
        assert client.post(address, {"seq": before}).status_code == 422
    assert Matter.objects.get(pk=matter.pk).flow.seq == before
    assert client.post(address, {"seq": before, "request_id": str(uuid.uuid4()), **ACT_DATA[name]}).status_code == 302
    matter = Matter.objects.get(pk=matter.pk)
    assert matter.words.exists() if name == "ask" else matter.flow.seq > before


def test_extension_and_ledger_are_asked_for_by_the_handler_and_decided_above(town):
    matter = report(town, now=timezone.now()).matter
    for outcome in ("accepted", "dispatched"):
        go(matter, town.desk, outcome, timezone.now())
    worker, head = signed_in(town.worker), signed_in(town.coordinator)
    seq = Matter.objects.get(pk=matter.pk).flow.seq
    ask = reverse("matters:act", args=[matter.number, "extend"])
    assert worker.post(ask, {"seq": seq, "days": "2", "reason": "等配件"}).status_code == 302
    decide = reverse("matters:act", args=[matter.number, "decide"])
    assert worker.get(decide).status_code == 403
    shown = head.get(decide)
    assert shown.status_code == 200
    assert shown.context["ask"]["why"]
    before = Matter.objects.get(pk=matter.pk).flow.due_at
    assert head.post(decide, {"seq": seq + 1, "grant": "no"}).status_code == 422
    assert head.post(decide, {"seq": seq + 1, "grant": "yes", "reason": ""}).status_code == 302
    assert Matter.objects.get(pk=matter.pk).flow.due_at > before


def in_handling(town):
    matter = report(town, now=timezone.now()).matter
    for outcome in ("accepted", "dispatched"):
        go(matter, town.desk, outcome, timezone.now())
    return Matter.objects.get(pk=matter.pk)


def at_answer(town, **told):
    """Handled and checked: what is left is the answer, the intake desk's."""
    matter = report(town, now=timezone.now(), **told).matter
    go(matter, town.desk, "accepted", timezone.now())
    go(matter, town.desk, "dispatched", timezone.now())
    go(matter, town.worker, "done", timezone.now(), texts={"result": "清走了"})
    go(matter, town.checker, "passed", timezone.now(), texts={"finding": "干净了"})
    return Matter.objects.get(pk=matter.pk)


def do(who, matter, name, **data):
    """One act as its page sends it, on the work as it is now."""
    seq = Matter.objects.select_related("flow").get(pk=matter.pk).flow.seq
    return signed_in(who).post(reverse("matters:act", args=[matter.number, name]), {"seq": seq, **data})


def test_others_are_called_in_do_their_part_and_the_responsible_post_stays(town):
    matter = in_handling(town)
    assert do(town.worker, matter, "join", seats=[], task="", days="").status_code == 403  # a grid worker calls nobody in
    actions.take_matter_step(by=town.worker, matter=matter, seq=None, outcome="return", texts={"reason": "要城管"})
    go(matter, town.desk, "dispatched", timezone.now(), data={"level": "district"})
    seat = Seat.objects.get(post="community-checker", place=town.c1)
    assert do(town.urban, matter, "join", seats=[seat.pk], task="", days="1").status_code == 422
    assert do(town.urban, matter, "join", seats=[seat.pk], task="到场指认", days="1").status_code == 302
    assert "community-checker" in Matter.objects.get(pk=matter.pk).flow.events.last().data["posts"]
    assert signed_in(town.checker).get(reverse("matters:detail", args=[matter.number])).context["parts"]
    assert do(town.checker, matter, "part", result="已指认", photos=upload(jpeg())).status_code == 302
    matter = Matter.objects.get(pk=matter.pk)
    assert matter.flow.owner.post == "urban-management-officer"
    assert matter.flow.attachments.count() == 1


def test_work_rests_on_the_ledger_until_it_is_taken_off(town):
    matter = in_handling(town)
    until = (timezone.localdate() + timedelta(days=30)).isoformat()
    assert do(town.worker, matter, "suspend", until="2020-01-01", reason="等开春").status_code == 422
    assert do(town.worker, matter, "suspend", until=until, reason="等开春").status_code == 302
    assert do(town.worker, matter, "decide", grant="yes").status_code == 403  # never whoever asked
    assert do(town.coordinator, matter, "decide", grant="yes").status_code == 302
    assert Matter.objects.get(pk=matter.pk).flow.suspended
    client = signed_in(town.worker)
    assert client.get(reverse("matters:detail", args=[matter.number])).status_code == 200
    assert do(town.worker, matter, "resume", reason="开春了").status_code == 302
    assert not Matter.objects.get(pk=matter.pk).flow.suspended


def test_work_moves_to_another_seat_one_or_several_at_a_time(town):
    one, two = in_handling(town), in_handling(town)
    seat = Seat.objects.get(post="grid-worker", place=town.g2)
    elsewhere = Seat.objects.get(post="grid-worker", place=town.g9)
    assert do(town.station, one, "reassign", seat=elsewhere.pk, reason="休假").status_code == 422  # not within their community
    assert do(town.station, one, "reassign", seat=seat.pk, reason="休假").status_code == 302
    assert Matter.objects.get(pk=one.pk).flow.owner == seat
    fields = {"act": "reassign", "selected": [one.pk, two.pk], "confirmed": "1", "seat": seat.pk, "reason": "休假"}
    done = signed_in(town.station).post(reverse("matters:list"), fields, follow=True)
    assert Matter.objects.get(pk=two.pk).flow.owner == seat
    assert one.number in done.content.decode()  # it is there already: said, and no obstacle to the other


def test_the_desk_takes_an_ended_matter_up_again(town):
    matter = in_handling(town)
    actions.withdraw_matter(matter=matter)
    assert do(town.worker, matter, "reopen", reason="又来了").status_code == 403
    assert do(town.desk, matter, "reopen", reason="").status_code == 422
    assert do(town.desk, matter, "reopen", reason="居民来电又反映").status_code == 302
    assert Matter.objects.get(pk=matter.pk).flow.step == "dispatch"


def test_files_are_added_to_the_present_step_and_a_bad_one_is_refused(town):
    matter = in_handling(town)
    assert do(town.worker, matter, "attach").status_code == 422
    bad = do(town.worker, matter, "attach", documents=upload(b"MZ" + bytes(200), "a.exe", "application/octet-stream"))
    assert bad.status_code == 422
    assert do(town.worker, matter, "attach", documents=upload("清运记录".encode(), "记录.txt", "text/plain")).status_code == 302
    row = matter.flow.attachments.get()
    answer = signed_in(town.worker).get(reverse("matters:attachment", args=[row.uid]))
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["Content-Type"] == "application/octet-stream"
    assert "sandbox" in answer["Content-Security-Policy"]


def test_the_contact_shows_once_for_a_purpose_and_is_logged(town):
    matter = report(town).matter
    desk, page = signed_in(town.desk), reverse("matters:detail", args=[matter.number])
    for client in (desk, signed_in(town.auditor)):
        assert "13812345678" not in client.get(page).content.decode()
    assert desk.post(reverse("matters:reveal", args=[matter.number]), {"purpose": "because"}).status_code == 422
    assert not ReadLog.objects.exists()
    shown = desk.post(reverse("matters:reveal", args=[matter.number]), {"purpose": "matter"})
    assert "13812345678" in shown.content.decode()
    assert "no-store" in shown["Cache-Control"]
    assert ReadLog.objects.count() == 1
    assert "13812345678" not in desk.get(page).content.decode()
    assert signed_in(town.auditor).post(reverse("matters:reveal", args=[matter.number]), {"purpose": "matter"}).status_code == 403


def test_the_log_of_looks_calls_the_matter_by_its_number_and_the_fields_by_their_names(town):
    matter = report(town).matter
    actions.reveal_reporter(by=town.desk, matter=matter, purpose="matter")
    client, page = signed_in(town.auditor), reverse("access:looks")
    shown = client.get(page).content.decode()
    assert f"诉求 {matter.number} 的诉求人" in shown
    assert "姓名、电话" in shown
    assert "matters.reporter" not in shown
    english = client.get(page, headers={"accept-language": "en"}).content.decode()
    assert f"Reporter of matter {matter.number}" in english
    assert "name, telephone" in english
    assert len(client.get(page, {"subject": matter.number}).context["listing"].rows) == 1
    assert not client.get(page, {"subject": "QS-1999-000001"}).context["listing"].rows


def test_the_list_filters_searches_and_never_leaves_the_user_s_area(town):
    here = report(town).matter
    lamp = report(town, text="路灯不亮已经两周", category="environment.noise", place=town.g2).matter
    report(town, place=town.g9, text="建华社区的垃圾")
    client, page = signed_in(town.desk), reverse("matters:list")

    def listed(**query):
        return set(client.get(page, query).context["listing"].rows)

    assert listed() == {here, lamp}
    assert listed(q="路灯") == {lamp}
    assert listed(q="垃圾 北门") == {here}
    assert listed(q=lamp.number) == {lamp}
    assert listed(kind="environment") == {here, lamp}
    assert listed(kind="environment.noise") == {lamp}
    assert listed(place="150204006019-02") == {lamp}
    assert listed(place="150204008015") == {here, lamp}  # not theirs: said at the field, and left out
    assert listed(state="ended") == set()
    assert listed(step="accept", mine="1") == {here, lamp}
    assert listed(channel="field") == set()
    assert listed(since="2026-11-17") == set()
    assert listed(since="nonsense", sort="nonsense", after="nonsense") == {here, lamp}
    assert {m.place for m in signed_in(town.stranger).get(page).context["listing"].rows} == {town.g9}


def test_a_long_list_counts_its_area_first_and_everything_where_that_is_little(town, rf):
    """Also what lies elsewhere and was raised from one's post; and whoever lies in a wide area is seen by it."""
    for text in ("北门垃圾", "南门垃圾", "西门垃圾"):
        report(town, text=text)
    elsewhere = report(town, place=town.g9, text="别处的垃圾没人清").matter
    Matter.objects.filter(pk=elsewhere.pk).update(raised_from=Seat.objects.get(post="street-desk", place=town.s1))
    for user in (town.desk, town.district, town.coordinator):
        seen = set(Matter.objects.visible_to(user))
        for under_way in (False, True):
            assert set(Matter.objects.of_wide_area(user, under_way=under_way)) <= seen

    def count(**query):
        request = rf.get("/matters/", query)
        request.user = town.desk
        listing = listing_of(request)
        listing.size, listing.counted = 1, many
        return str(listing.count)

    for query in ({}, {"state": "open"}, {"q": "垃圾"}):
        many = 2
        assert count(**query) == "2+"
        many = 3
        assert count(**query) == "3+"  # three of the street, and one elsewhere
        many = 9
        assert count(**query) == "4"


def test_words_of_two_signs_use_the_index(town):
    from django.db import connection

    from linli.matters.search import matching

    report(town)
    with connection.cursor() as cursor:
        cursor.execute("set local enable_seqscan = off")
        plan = matching(Matter.objects.order_by(), "垃圾").explain()
    assert "matter_words" in plan


def test_several_are_urged_at_once_after_asking_and_what_can_t_be_is_said(town):
    one, two = report(town).matter, report(town).matter
    actions.withdraw_matter(matter=two)
    client, page = signed_in(town.coordinator), reverse("matters:list")
    ask = client.post(page, {"act": "urge", "selected": [one.pk, two.pk]})
    assert ask.status_code == 200
    assert one.number in ask.content.decode()
    assert not one.flow.events.filter(kind="urged").exists()
    done = client.post(page, {"act": "urge", "selected": [one.pk, two.pk], "confirmed": "1", "reason": "请尽快"}, follow=True)
    assert one.flow.events.filter(kind="urged", by=town.coordinator).count() == 1
    assert two.number in done.content.decode()
    assert signed_in(town.auditor).post(page, {"act": "urge", "selected": [one.pk], "confirmed": "1"}).status_code == 403


def test_matters_in_the_same_step_get_one_answer_in_one_act(town):
    burst = [at_answer(town) for _ in range(3)]
    client, page = signed_in(town.desk), reverse("matters:list")
    fields = {"act": "step", "selected": [m.pk for m in burst]}
    ask = client.post(page, fields)
    assert ask.status_code == 200
    assert 'value="answered"' in ask.content.decode()
    empty = client.post(page, fields | {"confirmed": "1", "outcome": "answered", "text": " "})
    assert empty.status_code == 422
    assert not Matter.objects.filter(answer__gt="").exists()
    done = client.post(page, fields | {"confirmed": "1", "outcome": "answered", "text": "主管道已更换，今晚恢复供水。"}, follow=True)
    assert done.status_code == 200
    assert set(Matter.objects.filter(pk__in=[m.pk for m in burst]).values_list("answer", flat=True)) == {"主管道已更换，今晚恢复供水。"}


def test_an_answer_for_many_names_nobody_and_what_stands_in_its_way_is_said_for_each(town):
    told, silent = at_answer(town, reporter=ReporterInfo("端木问之", "13912345678")), at_answer(town)
    fields = {
        "act": "step",
        "selected": [told.pk, silent.pk],
        "confirmed": "1",
        "outcome": "answered",
        "text": "已告知端木问之，管道修好了。",
    }
    done = signed_in(town.desk).post(reverse("matters:list"), fields, follow=True).content.decode()
    assert told.number in done
    assert Matter.objects.get(pk=told.pk).answer == ""
    assert Matter.objects.get(pk=silent.pk).answer


def test_work_that_came_back_says_why_where_it_is_acted_on(town):
    matter = in_handling(town)
    go(matter, town.worker, "return", timezone.now(), texts={"reason": "产权属供热公司"})
    page = signed_in(town.desk).get(reverse("matters:detail", args=[matter.number])).content.decode()
    turn = page[page.index('aria-labelledby="next-title"') :]
    assert "产权属供热公司" in turn[: turn.index("<form")]


def test_what_lies_on_the_ledger_says_when_it_is_looked_at_again(town):
    matter = in_handling(town)
    until = timezone.localtime(timezone.now() + timedelta(days=30)).replace(hour=9, minute=0, second=0, microsecond=0)
    flow.ask_suspension(by=town.worker, flow=matter.flow_id, seq=None, until=until, reason="等供暖季后施工")
    flow.decide_request(by=town.coordinator, flow=matter.flow_id, seq=None, grant=True)
    page = signed_in(town.station).get(reverse("matters:detail", args=[matter.number])).content.decode()
    assert f"{until:%Y-%m-%d} 复查" in page


def test_only_matters_in_the_same_step_are_stepped_together(town):
    one, two = at_answer(town), in_handling(town)
    page = signed_in(town.desk).post(reverse("matters:list"), {"act": "step", "selected": [one.pk, two.pk]}, follow=True)
    assert page.redirect_chain
    assert "同一" in page.content.decode()


def test_a_step_for_many_by_somebody_else_s_desk_moves_none(town):
    burst = [at_answer(town) for _ in range(2)]
    fields = {"act": "step", "selected": [m.pk for m in burst], "confirmed": "1", "outcome": "answered", "text": "好了"}
    for other in (town.coordinator, town.auditor):
        signed_in(other).post(reverse("matters:list"), fields)
        assert not Matter.objects.filter(answer__gt="").exists()


def test_the_list_is_taken_out_with_a_watermark_by_those_who_may(town):
    import zipfile

    report(town)
    page = reverse("matters:list")
    answer = signed_in(town.desk).post(page, {"export": "xlsx", "why": "月度例会材料"})
    content = b"".join(answer.streaming_content)
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        sheet = "".join(book.read(n).decode() for n in book.namelist() if n.endswith(".xml"))
    assert "月度例会材料" in sheet
    assert "员工desk" in sheet
    assert "13812345678" not in sheet
    assert "王秀兰" not in sheet
    assert signed_in(town.worker).post(page, {"export": "xlsx", "why": "月度例会材料"}).status_code == 403


def test_the_field_worker_reports_in_one_form_and_sees_their_work(town):
    client = signed_in(town.worker)
    assert client.get(reverse("matters:phone_report")).status_code == 200
    lon, lat = town.point("g1")
    sent = client.post(
        reverse("matters:phone_report"),
        {"request_id": str(uuid.uuid4()), "text": "楼道成堆的垃圾没人清", "lon": lon, "lat": lat, "photos": upload(jpeg())},
        follow=True,
    )
    assert sent.status_code == 200
    matter = Matter.objects.get()
    assert matter.place == town.g1
    assert matter.channel == Channel.FIELD
    assert matter.number in sent.content.decode()
    refused = client.post(reverse("matters:phone_report"), {"request_id": str(uuid.uuid4()), "text": "楼道垃圾成堆"})
    assert refused.status_code == 422
    assert "place" in refused.context["form"].errors


def test_a_step_that_asks_the_same_in_two_procedures_is_one_step_for_many(town):
    urgent = next(c for c in charter_of(town.version).leaves() if c.procedure == "urgent")
    told = report(town, now=timezone.now(), category=urgent.id).matter
    Flow.objects.filter(pk=told.flow_id).update(step="answer")
    page = signed_in(town.desk).post(reverse("matters:list"), {"act": "step", "selected": [at_answer(town).pk, told.pk]})
    assert page.status_code == 200
    procedures = charter_of(town.version).procedures
    assert procedures["urgent"].steps["answer"] != procedures["matter"].steps["answer"]  # help or time limit differ, what is asked doesn't


TOLD = "联系王秀兰13812345678，住3号楼2单元301"


@pytest.mark.parametrize(
    ("who", "act", "data", "field"),
    [
        ("desk", "note", {}, "text"),
        ("coordinator", "urge", {}, "reason"),
        ("coordinator", "supervise", {"days": 1}, "task"),
        ("desk", "public", {"public": "no"}, "reason"),
        ("worker", "suspend", {"until": "2027-01-04"}, "reason"),
    ],
)
def test_what_stays_in_the_history_of_a_matter_holds_nobodys_name_number_or_dwelling(town, media, who, act, data, field):
    matter = report(town, reporter=ReporterInfo("王秀兰", "13812345678"), now=timezone.now()).matter
    for outcome in ("accepted", "dispatched"):
        matter = go(matter, town.desk, outcome, timezone.now())
    before = flow_of(matter).seq
    page, address = signed_in(town.people[who]), f"/matters/{matter.number}/act/{act}/"
    for text in (TOLD, "王秀兰又来电", "住3号楼2单元301的也说", "电话13812345678"):
        refused = page.post(address, {**data, field: text})
        assert refused.status_code == 422, refused.content.decode()
        assert text in refused.content.decode()
        assert "这会留在历史里，请去掉" in refused.content.decode()
    assert flow_of(matter).seq == before
    assert page.post(address, {**data, field: "配件明天到货，当天修复"}).status_code == 302


def test_the_reason_of_several_at_once_holds_no_personal_details_either(town, media):
    found = [report(town, now=timezone.now()).matter for _ in range(2)]
    chosen = {"act": "urge", "confirmed": "1", "selected": [m.pk for m in found]}
    refused = signed_in(town.coordinator).post("/matters/", chosen | {"reason": TOLD})
    assert refused.status_code == 422
    assert "这会留在历史里，请去掉" in refused.content.decode()
    assert {flow_of(m).seq for m in found} == {1}


def test_an_act_done_already_says_that_it_can_t_be_done_now_and_not_that_it_is_another_post_s(town, media):
    matter = report(town, now=timezone.now()).matter
    for outcome in ("accepted", "dispatched"):
        matter = go(matter, town.desk, outcome, timezone.now())
    page, address = signed_in(town.coordinator), f"/matters/{matter.number}/act/supervise/"
    assert page.post(address, {"task": "今天答复", "days": 1}).status_code == 302
    again = page.get(address, follow=True)
    assert again.redirect_chain[-1][0] == f"/matters/{matter.number}/"
    assert "现在不能" in again.content.decode()
    assert signed_in(town.worker).get(address).status_code == 403
