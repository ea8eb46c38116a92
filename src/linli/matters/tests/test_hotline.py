"""The hotline's work orders: each becomes one matter, wrong rows stop no right one, and each answer is told once."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from python_calamine import CalamineWorkbook

from linli.charter.loader import find, load
from linli.flow.models import Flow
from linli.frame.jobs import Cancelled, run_job
from linli.frame.models import ActLog, Job
from linli.kit import crypto
from linli.matters import actions as matters
from linli.matters.hotline import actions
from linli.matters.hotline.actions import category_named
from linli.matters.models import Channel, Matter, OrderFile, Reporter, WorkOrder
from linli.matters.reporters import open_reporter
from linli.matters.tests.factories import go
from linli.matters.tests.test_hotline_sheet import HEAD, ROW, csv
from linli.matters.tests.visiting import signed_in, upload

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media")]


def row(number, **changed):
    said = (
        dict(zip(("number", "text", "name", "phone", "address", "community", "due", "who"), ROW, strict=True))
        | {"number": number}
        | changed
    )
    return list(said.values())


def bring(town, *rows, who=None, **more):
    """The page's way: choose the file, see what is in it, take it in; gives the client and the page after each."""
    client = signed_in(who or town.desk)
    asked = client.post(reverse("matters:hotline_import"), {"file": upload(csv(*rows), "工单.csv", "text/csv"), **more})
    assert asked.status_code == 302, asked.content.decode()
    check = client.get(asked.url)
    started = client.post(asked.url)
    for job in Job.objects.filter(state=Job.State.WAITING):
        run_job(job.pk)
    return client, check.content.decode(), started


def test_orders_become_matters_with_their_reporter_sealed_and_their_number_kept(town):
    _client, check, started = bring(town, row("A1", community="", address=""), row("A2", community=town.c1.name), place=town.g1.code)
    assert "A1" in check
    assert "13912345678" not in check
    assert reverse("frame:job", args=[Job.objects.get().uid]) == started.url
    first = WorkOrder.objects.select_related("matter__flow").get(number="A1")
    assert first.matter.channel == Channel.HOTLINE
    assert first.matter.place == town.g1
    assert first.due_at is not None
    assert open_reporter(Reporter.objects.get(matter=first.matter)).phone == "13912345678"
    assert WorkOrder.objects.count() == 2
    kept = OrderFile.objects.get()
    assert kept.sealed is None


def test_what_waits_to_be_taken_in_shows_no_telephone_in_the_database(town):
    client = signed_in(town.desk)
    client.post(reverse("matters:hotline_import"), {"file": upload(csv(row("A1")), "工单.csv", "text/csv")})
    assert b"13912345678" not in bytes(OrderFile.objects.get().sealed)


def test_the_same_order_is_taken_in_once_however_often_it_comes(town):
    bring(town, row("A1"), place=town.g1.code)
    bring(town, row("A1"), row("A2"), place=town.g1.code)
    assert sorted(WorkOrder.objects.values_list("number", flat=True)) == ["A1", "A2"]
    assert Matter.objects.filter(channel=Channel.HOTLINE).count() == 2


def test_a_file_is_taken_in_once_even_if_the_button_is_pressed_twice(town):
    client = signed_in(town.desk)
    asked = client.post(reverse("matters:hotline_import"), {"file": upload(csv(row("A1")), "工单.csv", "text/csv")})
    client.post(asked.url)
    client.post(asked.url)
    assert Job.objects.count() == 1


def test_what_was_stopped_half_way_keeps_what_was_taken_in_and_goes_on_with_the_rest(town):
    client = signed_in(town.desk)
    rows = [row(f"A{n}", community=town.c1.name, address="") for n in range(3)]
    page = client.post(reverse("matters:hotline_import"), {"file": upload(csv(*rows), "工单.csv", "text/csv")}).url
    kept = OrderFile.objects.get()

    def stop_after_one(done):
        raise Cancelled

    assert len(actions.take_orders(by=town.desk, kept=kept, told=stop_after_one)) == 1
    assert page in client.get(reverse("matters:hotline")).content.decode()
    client.post(page)
    run_job(Job.objects.get(state=Job.State.WAITING).pk)
    assert WorkOrder.objects.count() == 3
    assert page not in client.get(reverse("matters:hotline")).content.decode()


def test_a_file_whose_worker_died_can_be_taken_in_again(town):
    client = signed_in(town.desk)
    page = client.post(reverse("matters:hotline_import"), {"file": upload(csv(row("A1")), "工单.csv", "text/csv")}).url
    client.post(page)
    assert client.get(page).url == reverse("frame:job", args=[Job.objects.get().uid])
    Job.objects.update(state=Job.State.FAILED, ended_at=timezone.now())
    client.post(page)
    assert Job.objects.filter(state=Job.State.WAITING).count() == 1


def test_a_file_nobody_takes_in_is_forgotten_after_a_day(town):
    signed_in(town.desk).post(reverse("matters:hotline_import"), {"file": upload(csv(row("A1")), "工单.csv", "text/csv")})
    assert actions.forget_files() == 0
    assert actions.forget_files(timezone.now() + timedelta(days=1, minutes=1)) == 1
    assert OrderFile.objects.get().sealed is None


def test_what_would_not_be_taken_in_is_told_before_anything_is(town):
    """A telephone that is none, a community nobody knows, an address that leads nowhere: by row, and not counted as new."""
    rows = csv(
        row("A1"), row("A2", phone="138"), row("A3", community="火星社区"), row("A4", community="", address="不知道哪条街的尽头"),
    )  # fmt: skip
    client = signed_in(town.desk)
    page = client.post(reverse("matters:hotline_import"), {"file": upload(rows, "工单.csv", "text/csv")}).url
    html = client.get(page).content.decode()
    assert "新工单1件" in html
    assert "不是电话号码" in html
    assert "有2件不会受理" in html
    assert [f["number"] for f in client.get(page).context["lost"]] == ["A3", "A4"]


def test_a_row_without_community_and_address_is_told_to_name_one_of_them_before_it_is_taken_in_and_after(town):
    rows = csv(row("A1", community="", address=""), row("A2", community="", address="不知道哪条街的尽头"))
    client = signed_in(town.desk)
    page = client.post(reverse("matters:hotline_import"), {"file": upload(rows, "工单.csv", "text/csv")}).url
    said = ["没有社区，也没有地址：请在工单里写明社区名称或地址。", "地址对应不到本区域的地点，请写明社区。"]
    assert [f["what"] for f in client.get(page).context["lost"]] == [[words] for words in said]
    assert [o.why for o in actions.take_orders(by=town.desk, kept=OrderFile.objects.get())] == said


def test_the_result_names_each_row_s_fate_and_no_person(town):
    bring(town, row("A1"), row("A2", phone="12"), row("A3", community="火星社区"), place=town.g1.code)
    job = Job.objects.get()
    rows = CalamineWorkbook.from_filelike(io.BytesIO(job.result.read())).get_sheet_by_index(0).to_python()
    told = {r[1]: r[2] for r in rows if str(r[1]).startswith("A")}
    assert told == {"A1": "已受理", "A2": "未受理", "A3": "未受理"}
    assert not any("端木" in str(c) or "139" in str(c) for r in rows for c in r)
    assert WorkOrder.objects.count() == 1


def test_an_order_whose_address_leads_nowhere_goes_where_the_desk_said_and_keeps_its_words(town):
    bring(town, row("A1", community="", address="不知道哪条街的尽头"), place=town.g1.code)
    matter = WorkOrder.objects.get().matter
    assert matter.place == town.g1
    assert "不知道哪条街的尽头" in matter.text
    bring(town, row("A2", community="", address="不知道哪条街的尽头"))
    assert not WorkOrder.objects.filter(number="A2").exists()


def test_a_desk_takes_in_nothing_outside_its_area(town):
    bring(town, row("A1", community=town.c9.name, address=""))
    assert not WorkOrder.objects.exists()


def test_what_has_ended_is_answered_back_once_as_a_sheet(town):
    client, *_ = bring(
        town, row("A1", community=town.c1.name, address=""), row("A2", community=town.c1.name, address=""), place=town.g1.code
    )
    matter = WorkOrder.objects.get(number="A1").matter
    matters.withdraw_matter(matter=matter)
    page = client.get(reverse("matters:hotline"), {"state": "answer"}).content.decode()
    assert ">A1<" in page
    assert ">A2<" not in page  # the page's own random signs hold an A2 now and then
    sheet = client.post(reverse("matters:hotline_answers"))
    rows = CalamineWorkbook.from_filelike(io.BytesIO(b"".join(sheet.streaming_content))).get_sheet_by_index(0).to_python()
    assert [r[0] for r in rows if r[0] in ("A1", "A2")] == ["A1"]
    assert WorkOrder.objects.get(number="A1").answered_back_at
    assert client.post(reverse("matters:hotline_answers")).status_code == 302
    assert ActLog.objects.filter(act="matters.hotline.answered").count() == 1


def answered(matter, town, answer="清运干净了。"):
    """Taken from where it stands to its answer, which waits to be rated."""
    ways = {
        "accept": (town.desk, "accepted", {}),
        "dispatch": (town.desk, "dispatched", {}),
        "handle": (town.worker, "done", {"result": "清运干净"}),
        "check": (town.checker, "passed", {"finding": "现场干净"}),
        "answer": (town.desk, "answered", {"answer": answer}),
    }
    while way := ways.get(matter.flow.step):
        matter = go(matter, way[0], way[1], timezone.now(), texts=way[2])
    return matter


def test_an_answer_is_told_before_anybody_has_rated_it_and_an_answer_given_anew_is_told_anew(town):
    bring(town, row("A1", community="", address="", text="5号楼北门垃圾堆了三天没人清"), place=town.g1.code)
    order = WorkOrder.objects.get()
    matters.correct_matter(by=town.desk, matter=order.matter, seq=None, reason="定类", category="environment.rubbish")
    matter = answered(order.matter, town)
    assert not matter.flow.end
    assert [o.number for o in actions.answer_back(by=town.desk, orders=WorkOrder.objects.all(), path=town.c1.path)] == ["A1"]
    assert actions.answer_back(by=town.desk, orders=WorkOrder.objects.all(), path=town.c1.path) == []
    matters.rate_matter(matter=matter, rating="dissatisfied", reason="又堆起来了")
    assert not actions.to_answer(WorkOrder.objects.all()).exists()
    answered(Matter.objects.select_related("flow").get(), town, "又清运一次，增设了一个桶。")
    [again] = actions.answer_back(by=town.desk, orders=WorkOrder.objects.all(), path=town.c1.path)
    assert again.matter.answer == "又清运一次，增设了一个桶。"


def sheet_of(response):
    """The rows of a sheet of answers, by order."""
    rows = CalamineWorkbook.from_filelike(io.BytesIO(b"".join(response.streaming_content))).get_sheet_by_index(0).to_python()
    head = next(n for n, row in enumerate(rows) if row[0] == "工单编号")
    return {row[0]: dict(zip(rows[head], row, strict=True)) for row in rows[head + 1 :] if row[0]}


def test_what_ended_without_an_answer_says_how_and_when_and_of_a_dispute_nobody(town):
    client, *_ = bring(town, *(row(f"A{n}", community=town.c1.name, address="") for n in range(4)), place=town.g1.code)
    withdrawn, performed, left, merged = (WorkOrder.objects.get(number=f"A{n}").matter for n in range(4))
    matters.withdraw_matter(matter=withdrawn)
    Matter.objects.filter(pk=merged.pk).update(main=withdrawn, merged_into=withdrawn)
    now = timezone.now()
    for matter, procedure, end in ((performed, "mediation", "performed"), (left, "mediation", "terminated"), (merged, "matter", "merged")):
        Flow.objects.filter(pk=matter.flow_id).update(procedure=procedure, step="", end=end, ended_at=now, owner=None, wake_at=None)
    told = sheet_of(client.post(reverse("matters:hotline_answers")))
    assert {n: r["答复内容"] for n, r in told.items()} == {
        "A0": "诉求人已撤回，本件办结。",
        "A1": "您反映的纠纷经调解达成协议，结果：已履行。",
        "A2": "您反映的纠纷调解已结束，结果：调解终止。您可以向人民法院起诉，或者依法申请仲裁、行政处理。",
        "A3": "诉求人已撤回，本件办结。",  # as the one it was merged into
    }
    assert all(r["答复时间"] and r["办结时间"] for r in told.values())


def test_what_is_answered_and_waits_to_be_rated_is_called_answered(town):
    client, *_ = bring(town, row("A1", community="", address="", text="5号楼北门垃圾堆了三天没人清"), place=town.g1.code)
    order = WorkOrder.objects.get()
    matters.correct_matter(by=town.desk, matter=order.matter, seq=None, reason="定类", category="environment.rubbish")
    answered(order.matter, town)
    told = sheet_of(client.post(reverse("matters:hotline_answers")))["A1"]
    assert (told["办理结果"], told["答复内容"], told["办结时间"]) == ("已答复", "清运干净了。", "")
    assert told["答复时间"]


def test_a_sheet_of_answers_that_was_lost_is_fetched_again_by_its_day_and_nothing_is_marked_anew(town):
    client, *_ = bring(town, *(row(f"A{n}", community=town.c1.name, address="") for n in range(3)), place=town.g1.code)
    page = reverse("matters:hotline")
    assert "重新下载" not in client.get(page).content.decode()  # nothing to fetch again yet
    for order in WorkOrder.objects.exclude(number="A2"):
        matters.withdraw_matter(matter=order.matter)
    first = sheet_of(client.post(reverse("matters:hotline_answers")))
    told_at = list(WorkOrder.objects.order_by("number").values_list("answered_back_at", flat=True))
    today = timezone.localdate()
    assert f'value="{today:%Y-%m-%d}"' in client.get(page).content.decode()
    for _n in range(2):
        assert sheet_of(client.post(reverse("matters:hotline_answers"), {"day": today.isoformat()})) == first
    assert list(first) == ["A0", "A1"]
    assert list(WorkOrder.objects.order_by("number").values_list("answered_back_at", flat=True)) == told_at
    assert ActLog.objects.filter(act="matters.hotline.fetched_again").count() == 2
    for day, said in (((today - timedelta(days=1)).isoformat(), "这一天没有回复过热线"), ("昨天", "昨天")):
        wrong = client.post(reverse("matters:hotline_answers"), {"day": day})
        assert wrong.status_code == 422
        assert said in wrong.content.decode()
    for who, status in ((town.auditor, 403), (town.stranger, 422)):
        assert signed_in(who).post(reverse("matters:hotline_answers"), {"day": today.isoformat()}).status_code == status


def test_what_is_late_by_the_hotlines_own_deadline_is_marked_and_found(town):
    soon, past = timezone.localtime() + timedelta(hours=1), timezone.localtime() - timedelta(days=3)
    bring(
        town, row("A1", community=town.c1.name, address="", due=f"{past:%Y-%m-%d %H:%M}"),
        row("A2", community=town.c1.name, address="", due=f"{soon:%Y-%m-%d %H:%M}"),
        row("A3", community=town.c1.name, address="", due=f"{timezone.localtime() + timedelta(days=60):%Y-%m-%d %H:%M}"), place=town.g1.code,
    )  # fmt: skip
    client = signed_in(town.desk)
    assert "due-late" in client.get(reverse("matters:hotline")).content.decode()
    late = client.get(reverse("matters:hotline"), {"state": "late"}).content.decode()
    assert ("A1" in late, "A2" in late, "A3" in late) == (True, False, False)
    shown = {o.number: client.get(reverse("matters:detail", args=[o.matter.number])).content.decode() for o in WorkOrder.objects.all()}
    assert {n: "热线时限" in html for n, html in shown.items()} == {"A1": True, "A2": True, "A3": False}
    matters.withdraw_matter(matter=WorkOrder.objects.get(number="A1").matter)
    actions.answer_back(by=town.desk, orders=WorkOrder.objects.all(), path=town.c1.path)
    assert list(actions.in_state(WorkOrder.objects.all(), "late")) == []


def test_rows_that_could_not_be_read_stand_in_the_result_with_the_others_in_their_order(town):
    ahead = f"{timezone.localtime() + timedelta(days=1):%Y-%m-%d %H:%M}"
    head = [*HEAD, "受理时间"]
    rows = [
        [*row("A1", community=town.c1.name, address=""), ""],
        [*row("A2", text="短"), ""],
        [*row("A3", community="火星社区"), ""],
        [*row("A4"), ahead],
        [*row("A5", community="", address="不知道哪条街的尽头"), ""],
    ]
    client = signed_in(town.desk)
    asked = client.post(reverse("matters:hotline_import"), {"file": upload(csv(*rows, head=head), "工单.csv", "text/csv")})
    assert "受理时间 在未来" in client.get(asked.url).content.decode()
    client.post(asked.url)
    run_job(Job.objects.get().pk)
    job = Job.objects.get()
    told = CalamineWorkbook.from_filelike(io.BytesIO(job.result.read())).get_sheet_by_index(0).to_python()
    fates = [(r[1], r[2], r[4]) for r in told if str(r[1]).startswith("A")]
    assert [(number, state) for number, state, _why in fates] == [
        ("A1", "已受理"), ("A2", "未受理"), ("A3", "未受理"), ("A4", "未受理"), ("A5", "未受理"),
    ]  # fmt: skip
    assert fates[1][2].startswith("诉求内容")
    assert fates[3][2] == "受理时间 在未来"
    assert fates[4][2] == "地址对应不到本区域的地点，请写明社区。"
    assert "手机" not in str(told)
    assert "1" in job.message
    assert "4" in job.message


def test_a_file_kept_before_an_upgrade_is_taken_in_after_it(town):
    bring(town, row("A1", community=town.c1.name, address=""))
    kept = OrderFile.objects.get()
    kept.sealed = crypto.seal("[]", crypto.context(OrderFile._meta.db_table, "sealed", kept.pk))
    assert (actions.kept_orders(kept), actions.kept_faults(kept)) == ([], [])


def test_an_outsider_sees_and_answers_none_of_it(town):
    bring(town, row("A1", community=town.c1.name, address=""), place=town.g1.code)
    matters.withdraw_matter(matter=WorkOrder.objects.get().matter)
    assert actions.to_answer(WorkOrder.objects.all()).count() == 1
    asked = OrderFile.objects.create(by=town.desk, at=timezone.now(), name="x", orders=0)
    other = signed_in(town.auditor)
    for page in ("matters:hotline", "matters:hotline_import"):
        assert other.get(reverse(page)).status_code == 403
    for who in (town.station, town.worker):
        assert signed_in(who).get(reverse("matters:hotline_check", args=[asked.uid])).status_code in (403, 404)


def test_a_bad_file_is_refused_at_its_field(town):
    page = signed_in(town.desk).post(reverse("matters:hotline_import"), {"file": upload(b"\x89PNG\0\0", "a.xlsx")})
    assert page.status_code == 422
    assert "GBK" in page.content.decode()
    assert not OrderFile.objects.exists()


def test_a_file_can_be_let_go(town):
    client = signed_in(town.desk)
    asked = client.post(reverse("matters:hotline_import"), {"file": upload(csv(row("A1")), "工单.csv", "text/csv")})
    client.post(asked.url, {"drop": "1"})
    assert OrderFile.objects.get().sealed is None
    assert client.get(asked.url).status_code == 302
    assert not Job.objects.exists()


def test_the_matter_of_an_order_goes_the_ordinary_way(town):
    bring(town, row("A1", community=town.c1.name, address="", text="5号楼北门垃圾堆了三天没人清"), place=town.g1.code)
    matter = WorkOrder.objects.get().matter
    assert matter.flow.step == "accept"
    with pytest.raises(Exception, match="no_category"):
        go(matter, town.desk, "accepted", timezone.now())


def test_a_kind_of_matter_is_known_by_its_name_its_id_or_the_end_of_a_branch_and_else_left_to_the_desk():
    charter = load(find("qingshan"))
    leaf = next(c for c in charter.leaves() if "-" in c.id)
    for said in (leaf.id, leaf.name.zh, leaf.name.en, f"上级类别/{leaf.name.zh}", f"上级类别-{leaf.name.zh}"):
        assert category_named(charter, said) == leaf.id, said
    assert category_named(charter, "zzz.nope") == ""
    assert category_named(charter, "") == ""
