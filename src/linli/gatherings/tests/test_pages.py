"""The pages: convening, writing down, correcting, lists, sheets, panels; two at once; constant numbers of questions."""

from __future__ import annotations

import io
import uuid
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image
from python_calamine import load_workbook

from linli.frame.models import ActLog
from linli.gatherings.models import Gathering, Paper
from linli.gatherings.tests.factories import DAY, HOUR, START, held, hold, planned

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media")]


def soon(town, **more) -> Gathering:
    now = timezone.now()
    begin = timezone.localtime(now + DAY).replace(hour=9, minute=0)  # whatever the hour of the run: a meeting ends on its day
    return planned(town, now=now, starts_at=begin, ends_at=begin + HOUR, **more)


def form(**more) -> dict:
    day = timezone.localdate() + timedelta(days=3)
    given = {
        "request_id": str(uuid.uuid4()), "title": "楼道堆物整治", "day": day.isoformat(), "begin": "09:00", "until": "10:30", "where": "二楼会议室",
        "agenda": "1. 通报情况\n2. 商定办法",
    }  # fmt: skip
    return {**given, **more}


def at(name: str, row: Gathering) -> str:
    return reverse(f"gatherings:{name}", args=[row.pk])


# --- convening ------------------------------------------------------------------------------------------------------------------------


def test_a_gathering_is_convened_in_two_pages(town):
    client = town.signed_in("station")
    first = client.get(reverse("gatherings:new"))
    assert first.status_code == 200
    kinds = [k for k, _label in first.context["form"].fields["kind"].choices]
    assert "joint-meeting" in kinds
    assert "residents-council" not in kinds  # the committee's chair convenes that
    url = f"{reverse('gatherings:new')}?kind=joint-meeting&place=150204006019"
    page = client.get(url)
    assert "员工worker" in page.content.decode()
    sent = client.post(url, form(seat=town.seats["station"].pk, invite=held(town, "c1", "worker", "counter")))
    assert sent.status_code == 302
    row = Gathering.objects.get()
    assert sent["Location"] == at("detail", row)
    assert row.agenda == ["通报情况", "商定办法"]
    assert row.attendance.count() == 3
    assert "楼道堆物整治" in client.get(at("detail", row)).content.decode()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"until": "08:00"}, "until"),
        ({"day": "2020-01-01"}, "day"),
        ({"title": ""}, "title"),
        ({"title": "联系13812345678"}, "title"),
        ({"agenda": ""}, "agenda"),
        ({"invite": ["1"]}, "invite"),
        ({"begin": "25:00"}, "begin"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_saved(town, wrong, field):
    url = f"{reverse('gatherings:new')}?kind=joint-meeting&place=150204006019"
    answer = town.signed_in("station").post(url, form(seat=town.seats["station"].pk, **wrong))
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert not Gathering.objects.exists()


@pytest.mark.parametrize(
    "query",
    [
        "?kind=nonsense&place=150204006019",
        "?kind=site-meeting&place=150204000000",
        "?kind=joint-meeting&place=150204008015",
        "?kind=joint-meeting",
    ],
)
def test_what_can_not_be_chosen_is_refused_on_the_first_page(town, query):
    answer = town.signed_in("station").get(reverse("gatherings:new") + query)
    assert answer.status_code == 422
    assert answer.context["form"].errors


def test_a_clash_is_warned_of_and_can_be_overruled(town):
    client = town.signed_in("station")
    url = f"{reverse('gatherings:new')}?kind=joint-meeting&place=150204006019"
    data = form(seat=town.seats["station"].pk, invite=held(town, "c1", "worker"))
    client.post(url, data)
    again = form(seat=town.seats["station"].pk, invite=held(town, "c1", "worker"))
    warned = client.post(url, again)
    assert warned.status_code == 422
    assert "员工worker" in warned.content.decode()
    assert 'name="anyway"' in warned.content.decode()
    assert client.post(url, {**again, "anyway": "on"}).status_code == 302
    assert Gathering.objects.count() == 2


def test_a_gathering_about_a_matter_is_convened_from_its_page(town):
    from linli.matters.actions import raise_matter

    raised = raise_matter(
        request_id=uuid.uuid4(), channel="web", text="5号楼北门垃圾堆了三天没人清", category="environment.rubbish", place=town.places["g1"]
    )
    number = raised.matter.number
    client = town.signed_in("station")
    page = client.get(reverse("matters:detail", args=[number])).content.decode()
    assert f"{reverse('gatherings:new')}?about={number}" in page
    first = client.get(f"{reverse('gatherings:new')}?about={number}")
    assert {k for k, _label in first.context["form"].fields["kind"].choices} == {"joint-meeting", "site-meeting"}
    url = f"{reverse('gatherings:new')}?about={number}&kind=site-meeting&place=150204006019"
    assert client.post(url, form(seat=town.seats["station"].pk)).status_code == 302
    row = Gathering.objects.get()
    assert row.flow == raised.matter.flow
    assert row.title in client.get(reverse("matters:detail", args=[number])).content.decode()
    # the worker of the grid sees the matter and its gatherings, and convenes none
    seen = town.signed_in("worker").get(reverse("matters:detail", args=[number])).content.decode()
    assert row.title in seen
    assert "?about=" not in seen
    ics = client.get(at("ics", row)).content.decode()
    assert row.title not in ics
    assert number in ics
    assert client.get(f"{reverse('gatherings:new')}?about=QS-2026-999999").status_code == 404
    assert town.signed_in("stranger").get(f"{reverse('gatherings:new')}?about={number}").status_code == 404


def test_a_plan_is_changed_and_called_off_on_its_pages(town):
    row = soon(town, invite=("worker",))
    client = town.signed_in("station")
    page = client.get(at("change", row))
    assert page.context["form"].initial["invite"]
    sent = client.post(at("change", row), form(seq=1, title="改了题目", invite=held(town, "c1", "station", "counter")))
    assert sent.status_code == 302
    row.refresh_from_db()
    assert (row.title, row.seq) == ("改了题目", 2)
    assert client.post(at("call_off", row), {"seq": 2, "reason": ""}).status_code == 422
    assert client.post(at("call_off", row), {"seq": 2, "reason": "停电"}).status_code == 302
    text = client.get(at("detail", row)).content.decode()
    assert "停电" in text
    assert at("change", row) not in text
    assert client.get(at("change", row)).status_code == 302  # shown as it is now


def test_of_two_who_change_it_the_second_gets_409_with_what_they_wrote(town):
    row = soon(town)
    first, second = town.signed_in("station"), town.signed_in("district")
    assert first.post(at("change", row), form(seq=1, title="先改的", invite=held(town, "c1", "station"))).status_code == 302
    late = second.post(at("change", row), form(seq=1, title="后改的题目"))
    assert late.status_code == 409
    text = late.content.decode()
    assert "后改的题目" in text
    assert "先改的" in text
    assert first.post(at("call_off", row), {"seq": 2, "reason": "停电"}).status_code == 302
    assert second.post(at("change", row), form(seq=2, title="又改")).status_code == 409


# --- writing it down ------------------------------------------------------------------------------------------------------------------


def presence(client, row, page="hold", **more) -> dict:
    fields = client.get(at(page, row)).context["form"].invited
    return {"seq": row.seq, "residents": "12", "others": "0", **{f"a{a.pk}": "came" for a in fields}, **more}


def test_it_is_written_down_with_minutes_or_later_and_corrected(town):
    row = planned(town, kind="residents-council", by="chair", invite=("station",))
    client = town.signed_in("chair")
    data = presence(client, row)
    assert client.post(at("hold", row), {**data, "residents": "-1"}).status_code == 422
    assert client.post(at("hold", row), data).status_code == 302
    row.refresh_from_db()
    assert (row.state, row.residents, row.members, row.members_came, row.written_at) == ("held", 12, 4, 4, None)
    text = client.get(at("detail", row)).content.decode()
    assert "应到 4 人，实到 4 人，要求至少 3 人" in text
    assert client.post(at("minutes", row), {"seq": row.seq, "text": "", "result": "x"}).status_code == 422
    assert client.post(at("minutes", row), {"seq": row.seq, "text": "逐项议了", "result": "选定东门"}).status_code == 302
    row.refresh_from_db()
    assert client.get(at("minutes", row)).context["form"].initial["text"] == "逐项议了"
    assert (
        client.post(at("minutes", row), {"seq": row.seq, "text": "逐项议了,有两点补充", "result": "选定东门", "reason": "漏记"}).status_code
        == 302
    )
    text = client.get(at("detail", row)).content.decode()
    assert "有两点补充" in text
    assert "漏记" in text
    row.refresh_from_db()
    data = presence(client, row, "recount", residents="13", reason="漏点一人")
    assert client.post(at("recount", row), data).status_code == 302
    assert "漏点一人" in client.get(at("detail", row)).content.decode()
    printed = client.get(at("print", row)).content.decode()
    assert "有两点补充" in printed


def test_papers_are_kept_and_given_only_to_those_who_see_it(town):
    row = planned(town)
    Image.new("RGB", (64, 48), "red").save(file := io.BytesIO(), "JPEG")
    photo = SimpleUploadedFile("sheet.jpg", file.getvalue(), "image/jpeg")
    client = town.signed_in("station")
    assert client.post(at("papers", row), {"seq": 1}).status_code == 422
    assert client.post(at("papers", row), {"seq": 1, "photos": photo}).status_code == 302
    url = reverse("gatherings:paper", args=[Paper.objects.get().uid])
    assert client.get(url).status_code == 200
    assert town.signed_in("vice").get(url).status_code == 200
    for outsider in ("stranger", "worker", "urban"):
        assert town.signed_in(outsider).get(url).status_code == 404


# --- lists ----------------------------------------------------------------------------------------------------------------------------


def test_the_list_filters_and_is_taken_out_with_its_counts(town):
    row = hold(
        town,
        planned(town, kind="residents-council", by="chair"),
        "chair",
        "vice",
        "voice",
        by="chair",
        residents=3,
        text="议了",
        result="定了",
    )
    other = soon(town, title="另一次")
    client = town.signed_in("desk")
    base = reverse("gatherings:list")
    month = f"{timezone.localtime(row.starts_at):%Y-%m}"
    for query, found in (
        ("?q=另一次", {other.pk}), ("?kind=residents-council", {row.pk}), ("?state=held", {row.pk}), ("?state=unwritten", set()),
        ("?place=150204006019", {row.pk, other.pk}), (f"?month={month}&state=held", {row.pk}), ("?month=2026-13", {row.pk, other.pk}), ("?mine=1", set()),
    ):  # fmt: skip
        assert {r.pk for r in client.get(base + query).context["listing"].rows} == found, query
    taken = client.post(base, {"export": "xlsx", "why": "例会"})
    [_title, _stamp, head, *lines] = load_workbook(io.BytesIO(b"".join(taken.streaming_content))).get_sheet_by_index(0).to_python()
    line = next(dict(zip(head, row, strict=True)) for row in lines if row[1] == "楼道堆物整治")
    assert (line["邀请人数"], line["到会人数"], line["到会居民数"]) == (4, 3, "少于5人")
    assert "应到 4 人" in line["到会人数要求"]
    assert ActLog.objects.filter(act="gatherings.list.exported").count() == 1
    refused = town.signed_in("chair").post(base, {"export": "xlsx", "why": "例会"})
    assert refused.status_code == 200  # no export is offered to a post that takes no lists out: the list as it is
    assert ActLog.objects.filter(act="gatherings.list.exported").count() == 1


def test_the_month_is_shown_as_a_calendar_and_as_a_table(town):
    row = planned(town, starts_at=START + DAY, ends_at=START + DAY + HOUR)
    client = town.signed_in("station")
    page = client.get(f"{reverse('gatherings:calendar')}?month=2026-11")
    days = {d.day.day: d for week in page.context["weeks"] for d in week if d.inside}
    assert [r.gathering for r in days[17].rows] == [row]
    assert len(days) == 30
    assert page.content.decode().count(row.title) >= 2
    for odd in ("?month=2026-00", "?month=1", "?month=9999-99", "?month=2000-01", "?place=x"):
        assert client.get(reverse("gatherings:calendar") + odd).status_code == 200


def test_what_waits_is_on_the_home_page_of_desk_and_telephone(town):
    row = soon(town, invite=("worker",))
    owed = planned(town, title="上月的会", starts_at=START + DAY, ends_at=START + DAY + HOUR)
    desk = town.signed_in("station").get(reverse("web:desk")).content.decode()
    assert row.title in desk
    assert owed.title in desk
    worker = town.signed_in("worker")
    phone = worker.get(reverse("matters:phone_today")).content.decode()
    assert f'href="{at("detail", row)}"' in phone
    assert owed.title not in phone
    assert "phone-tabs" in worker.get(at("detail", row)).content.decode()  # the frame it was opened from


def test_who_convenes_nothing_is_not_offered_to(town):
    client = town.signed_in("auditor")
    for page in ("list", "calendar"):
        assert reverse("gatherings:new") not in client.get(reverse(f"gatherings:{page}")).content.decode()
    assert client.get(reverse("gatherings:new")).status_code == 403


# --- constant numbers of questions ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("many", [1, 30])
def test_every_page_asks_a_constant_number_of_questions(town, many, django_assert_max_num_queries):
    flow = town.matter("g1")
    rows = [
        soon(town, title=f"第{n}次", anyway=True, invite=("worker", "counter", "voice"), flow=flow if n % 2 else None) for n in range(many)
    ]
    done = hold(
        town,
        planned(town, kind="residents-council", by="chair", invite=("station",), anyway=True),
        "station",
        "chair",
        by="chair",
        text="议了",
    )
    client = town.signed_in("station")
    base = reverse("gatherings:list")
    pages = [
        base, f"{base}?mine=1&state=planned&q=第", reverse("gatherings:calendar"), reverse("gatherings:new"), reverse("web:desk"),
        f"{reverse('gatherings:new')}?kind=joint-meeting&place=150204006019", *(at(n, rows[0]) for n in ("detail", "change", "call_off", "sheet", "ics", "papers")),
        *(at(n, done) for n in ("detail", "recount", "minutes", "print")), f"{at('detail', rows[-1])}?phone=1",
    ]  # fmt: skip
    for page in pages:
        client.get(page)
        with django_assert_max_num_queries(12, info=page):
            assert client.get(page).status_code in (200, 403), page
    chair = town.signed_in("chair")
    chair.get(at("recount", done))
    with django_assert_max_num_queries(12):
        assert chair.get(at("recount", done)).status_code == 200
    with django_assert_max_num_queries(6):
        assert Client().get(reverse("gatherings:public", args=["150204006019"])).status_code == 200
