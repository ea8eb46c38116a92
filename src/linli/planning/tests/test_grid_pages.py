"""The pages of 划分网格: what is shown, what a form sends, constant numbers of queries."""

from __future__ import annotations

import io
import json

import pytest
from django.test import Client
from django.urls import reverse
from python_calamine import CalamineWorkbook

from linli.frame.models import Job
from linli.people.models import Household
from linli.places.models import Place
from linli.planning.grids import actions
from linli.planning.grids.shown import Shown
from linli.planning.models import Alternative, State
from linli.planning.tests.test_grids import EVEN, proposed, searched

CODE = "150204006019"


def client_of(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def desk(block) -> Client:
    return client_of(block.coordinator)


def url(name: str, row: Alternative) -> str:
    return reverse(f"planning:{name}", args=[row.uid])


def test_the_page_of_a_community_shows_faults_and_alternatives_side_by_side(block, desk, django_assert_max_num_queries):
    empty = desk.get(reverse("planning:community", args=[CODE]))
    assert "450" in empty.content.decode()
    for seed in (1, 2, 3):
        searched(block, EVEN.__class__(target=360.0, tolerance=0.1, seed=seed))
    with django_assert_max_num_queries(12):
        page = desk.get(reverse("planning:community", args=[CODE])).content.decode()
    assert page.count("/plan/divisions/") >= 3
    with django_assert_max_num_queries(12):
        assert "都兰社区" in desk.get(reverse("planning:home")).content.decode()


def test_all_kept_alternatives_can_be_reached_and_the_same_division_is_said_so_once(block, desk):
    rows = [actions.start_from_present(by=block.coordinator, community=block.c1) for _n in range(8)]
    rows[2] = actions.move_building(by=block.coordinator, alternative=rows[2], seq=None, building=block.b6.code, unit=1)
    page = desk.get(reverse("planning:community", args=[CODE]))
    html = page.content.decode()
    assert all(url("alternative", row) in html for row in rows)
    assert [s.row.number for s in page.context["earlier"]] == [1, 2]
    assert html.count("与方案1相同") == 6  # all but the first and the one that was changed
    assert "与方案2相同" not in html


def test_columns_say_where_their_households_are_from_where_that_differs(block, desk):
    actions.start_from_present(by=block.coordinator, community=block.c1)
    page = desk.get(reverse("planning:community", args=[CODE]))
    assert page.context["count_now"] == ""
    rows = "楼栋,户数\n" + "".join(f"{n}号楼,60\n" for n in range(1, 13))
    actions.bring_material(by=block.coordinator, community=block.c1, kind="counts", name="户数.csv", data=rows.encode())
    page = desk.get(reverse("planning:community", args=[CODE]))
    assert page.context["count_now"] == "带入的文件 (户数.csv)"
    assert [then for _shown, then in page.context["side"]] == ["楼栋资料"]
    Place.objects.filter(pk=block.b3.pk).update(households=91)
    page = desk.get(reverse("planning:community", args=[CODE]), {"counts": "places"})
    assert page.context["count_now"]
    assert page.context["side"][0][1].startswith("按20")


def test_a_search_is_asked_for_by_form_and_run_as_a_job(block, desk):
    page = desk.get(reverse("planning:search", args=[CODE]))
    assert page.context["form"].initial["target"] == 400  # the charter's
    form = {
        "target": "360",
        "tolerance": "10",
        "stay": "1000",
        "link": "120",
        "counts": "places",
        "fixed": "",
        "seed": "1",
        "seconds": "",
        "note": "试算",
    }
    answer = desk.post(reverse("planning:search", args=[CODE]), form)
    row = Alternative.objects.get()
    assert answer.url == url("alternative", row)
    job = Job.objects.get(uid=row.job)
    assert (job.kind, job.args) == (actions.SEARCH, {"alternative": row.pk})
    waiting = desk.get(url("alternative", row)).content.decode()
    assert reverse("frame:job_cancel", args=[job.uid]) in waiting
    again = desk.post(reverse("planning:search", args=[CODE]), form)
    assert again.status_code == 422  # one at a time
    assert url("alternative", row) in again.content.decode()  # the way to the one that runs
    assert ">停止</button>" in waiting
    stop = f"{reverse('frame:job_cancel', args=[job.uid])}?next={url('alternative', row)}"
    assert stop in waiting
    assert desk.post(stop).url == url("alternative", row)
    assert desk.post(stop.replace("/plan", "//elsewhere.org")).url == reverse("frame:job", args=[job.uid])
    stopped = desk.get(url("alternative", row)).content.decode()
    assert f"?from={row.uid}" in stopped  # what was asked for isn't typed again
    initial = desk.get(f"{reverse('planning:search', args=[CODE])}?from={row.uid}").context["form"].initial
    assert (initial["note"], initial["target"], initial["tolerance"]) == ("试算", int(form["target"]), int(form["tolerance"]))
    desk.post(url("drop", row), {"seq": row.seq})
    assert not Alternative.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("target", ""),
        ("tolerance", "0"),
        ("fixed", "99号楼,第1网格\n98号楼,第1网格"),
        ("target", "100000"),
        ("seed", "x"),
        ("counts", "nothing"),
    ],
)
def test_what_is_wrong_in_the_form_is_said_at_the_field(block, desk, field, value):
    form = {"target": "360", "tolerance": "10", "stay": "1000", "link": "120", "counts": "places", "fixed": "", "seed": "1"}
    answer = desk.post(reverse("planning:search", args=[CODE]), form | {field: value})
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert field != "fixed" or "98号楼" in str(answer.context["form"].errors)  # every line that is wrong
    assert not Alternative.objects.exists()


def test_counts_of_the_register_are_numbers_and_few_are_not_told(block, desk):
    page = desk.get(reverse("planning:community", args=[CODE]) + "?counts=register")
    assert page.context["found"].counts == "register"
    assert page.context["found"].households == Household.objects.count() == 0
    row = searched(block)
    row.facts["counts"]["few"] = [block.b1.code]
    row.save()
    assert desk.get(url("alternative", row)).context["sites"][0]["households"] == "少于5户"


def test_an_alternative_has_map_table_form_and_downloads(block, desk, django_assert_max_num_queries):
    row = searched(block)
    with django_assert_max_num_queries(12):
        page = desk.get(url("alternative", row))
    assert page.status_code == 200
    assert "约每800户一名副主任" in page.content.decode()
    assert all(row_name in page.content.decode().partition("可以这样搭配：")[2].partition("</")[0] for row_name in Shown(row).names)
    shapes = json.loads(desk.get(url("shapes", row)).content)
    assert {f["properties"].get("level", "building") for f in shapes["features"]} == {"grid", "building"}
    taken = json.loads(desk.get(url("geojson", row)).content)
    assert taken["linli"]["digest"] == row.digest
    assert sum(f["properties"]["households"] for f in taken["features"]) == 720
    assert "<svg" in desk.get(url("print", row)).content.decode()
    paper = desk.get(url("pdf", row))
    assert paper["Content-Type"] == "application/pdf"
    assert paper.content.startswith(b"%PDF")
    sheet = desk.post(url("sheet", row), {"why": "例会"})
    rows = CalamineWorkbook.from_filelike(io.BytesIO(b"".join(sheet.streaming_content))).get_sheet_by_index(0).to_python()
    assert any("12号楼" in r for r in rows)


def test_a_building_is_moved_by_form_without_script(block, desk):
    row = searched(block)
    desk.post(url("move", row), {"seq": row.seq, "building": block.b5.code, "unit": "1"})
    row.refresh_from_db()
    assert row.moves == [[block.b5.code, 1]]
    beside = desk.get(url("alternative", row)).content.decode().partition('id="by-hand"')[2].partition("</section>")[0]
    assert "2个网格" in beside  # figures and faults beside the form, where one lands
    assert "允许" in beside or "所填条件" in beside
    assert desk.post(url("move", row), {"seq": row.seq, "building": "nothing", "unit": "1"}).status_code == 422
    assert desk.post(url("move", row), {"seq": 1, "building": block.b5.code, "unit": "0"}).status_code == 409
    desk.post(url("undo", row), {"seq": row.seq})
    row.refresh_from_db()
    assert row.moves == []


def test_proposing_and_deciding_by_the_pages(block, desk):
    row = searched(block, EVEN.__class__(target=None, units=3, tolerance=0.4))
    page = desk.get(url("propose", row))
    assert "name_2" in page.context["form"].fields
    bad = desk.post(url("propose", row), {"seq": row.seq, "name_2": "第1网格", "reason": "更均衡"})
    assert bad.context["form"].errors["name_2"]
    desk.post(url("propose", row), {"seq": row.seq, "name_2": "新网格", "reason": "更均衡"})
    row.refresh_from_db()
    assert row.state == State.PROPOSED
    assert desk.get(url("decide", row)).status_code == 403  # whoever proposed it
    assert client_of(block.station).get(url("decide", row)).status_code == 403
    district = client_of(block.district)
    assert f"/plan/divisions/{row.uid}/" in district.get(reverse("flow:inbox")).content.decode()
    assert district.post(url("decide", row), {"seq": row.seq, "outcome": "refuse", "reason": ""}).context["form"].errors["reason"]
    district.post(url("decide", row), {"seq": row.seq, "outcome": "agree", "reason": ""})
    row.refresh_from_db()
    assert row.state == State.ADOPTED
    assert "新网格" in desk.get(reverse("planning:community", args=[CODE])).content.decode()
    page = district.get(url("alternative", row)).content.decode()
    assert "施行后的变化" in page
    assert "换到与原来不同的网格" in page
    assert "leaving" not in desk.get(url("geojson", row)).content.decode()  # who left is not for taking along
    assert district.get(url("decide", row)).status_code == 302


def test_what_is_wrong_stands_on_the_way_to_the_decision_and_on_paper(block, desk):
    row = searched(block)
    row = actions.move_building(by=block.coordinator, alternative=row, seq=row.seq, building=block.b12.code, unit=0)
    said = "不连片"
    assert said in desk.get(url("alternative", row)).content.decode()
    page = desk.get(url("propose", row)).content.decode()
    assert said in page
    assert "换到与现在不同的网格" in page
    refused = desk.post(url("propose", row), {"seq": row.seq, "reason": ""})
    assert refused.context["form"].errors["reason"]
    desk.post(url("propose", row), {"seq": row.seq, "reason": "同一物业管理"})
    page = client_of(block.district).get(url("decide", row)).content.decode()
    assert said in page
    assert "同一物业管理" in page
    assert "换到与现在不同的网格" in page
    assert said in desk.get(url("print", row)).content.decode()


def test_the_proposer_finds_the_way_back_on_the_page_and_nobody_else_does(block, desk):
    row = proposed(block)
    for user in (block.district, block.station):
        assert url("withdraw", row) not in client_of(user).get(url("alternative", row)).content.decode()
    assert "撤回上报" in desk.get(url("alternative", row)).content.decode()
    desk.post(url("withdraw", row), {"seq": row.seq})
    row.refresh_from_db()
    assert row.state == State.KEPT
    page = desk.get(url("alternative", row)).content.decode()
    assert "上报已撤回" in page
    assert url("propose", row) in page
    assert url("drop", row) in page


def test_the_station_looks_and_the_outsider_finds_nothing(block):
    row = proposed(block)
    station, stranger, worker = (client_of(block.people[name]) for name in ("station", "stranger", "worker"))
    assert station.get(url("alternative", row)).status_code == 200
    assert station.get(reverse("planning:search", args=[CODE])).status_code == 403
    assert stranger.get(url("alternative", row)).status_code == 403
    assert worker.get(reverse("planning:community", args=[CODE])).status_code == 403
    assert client_of(block.people["auditor"]).get(url("alternative", row)).status_code == 200
    assert client_of(block.people["urban"]).get(reverse("planning:home")).status_code == 403


@pytest.mark.parametrize("who", ["station", "auditor"])
def test_who_only_looks_is_told_of_nothing_they_can_do(block, who):
    """What is looked for, brought and begun is for planners: neither a button nor a sentence asks others to do it."""
    Place.objects.filter(pk=block.b3.pk).update(households=None)
    page = reverse("planning:community", args=[CODE])
    planned, looked = (client_of(user).get(page).content.decode() for user in (block.coordinator, block.people[who]))
    for asked in ("可计算划分方案", "请用文件带入户数", reverse("planning:search", args=[CODE]), reverse("planning:material", args=[CODE])):
        assert asked in planned
        assert asked not in looked
    assert "还没有方案" in looked
    Place.objects.filter(pk=block.b3.pk).update(households=900)
    row = actions.start_from_present(by=block.coordinator, community=block.c1)
    Alternative.objects.filter(pk=row.pk).update(state=State.FAILED, lab=None, problems=["3号楼"])
    assert "再算" in client_of(block.coordinator).get(url("alternative", row)).content.decode()
    assert "再算" not in client_of(block.people[who]).get(url("alternative", row)).content.decode()
