"""People and rooms on pages: the site's own communities, posts and matters; what is typed and brought; what the form refuses."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone, translation

from linli.charter.store import charter_in_force
from linli.matters.models import Course
from linli.matters.tests.factories import report
from linli.places.models import Place
from linli.planning.models import Study, StudyState
from linli.planning.studies import actions, office
from linli.planning.studies.kinds import kinds
from linli.planning.studies.shown import Shown
from linli.planning.tests.test_studies import asked, desk, file, new_url, url  # noqa: F401  # fixtures


def data(block, **more):
    usual = kinds()["staff"].usual(block.c1, charter_in_force())
    return {**usual, "foresee": False, "rooms": "都兰社区，600", "posts": "", "days": 40, "note": ""} | more


def form(block, **more):
    return {k: v if isinstance(v, list) else "" if v in (None, False) else str(v) for k, v in data(block).items()} | more


@pytest.fixture
def year(block):
    """Thirty-two matters of rubbish in the first grid within the last two months, each handled in half an hour but for two that were late."""
    now = timezone.now()
    flows = [report(block, text=f"第{n}次，垃圾没清").matter.flow for n in range(32)]
    Course.objects.all().delete()
    Course.objects.bulk_create(
        Course(
            flow=flow, place=block.g1, areas=[block.d.pk, block.s1.pk, block.c1.pk, block.g1.pk], category="environment.rubbish", channel="web",
            raised_at=now - timedelta(days=60 - n), late_at=now if n < 2 else None, ended="good", ended_at=now, stays={"handle": [1800.0, now.isoformat()]},
        )
        for n, flow in enumerate(flows)
    )  # fmt: skip
    return now


def test_people_and_rooms_are_counted_and_held_to_the_charters_norms(block):
    row = asked(block, "staff", data(block))
    assert row.said == StudyState.DONE
    (found,) = row.result["rows"]
    assert (found["households"], found["staff_needed"], found["chairs_needed"], found["space_needed"]) == (720, 3, 1, 1000)
    holders = {h for h in ("worker", "station") if block.people[h]}
    assert found["staff"] >= len(holders) - 1
    assert (found["space"], found["space_short"], found["chairs"]) == (600, 400, 0)
    shown = Shown(row)
    with translation.override("en"):
        assert any("Missing: 1 vice-chairs, 400 m²." in line for line in shown.words)
    with translation.override("zh-hans"):
        assert any("400平方米" in line for line in shown.words)
    assert shown.parts.sheets[0].rows[0]["name"] == "都兰社区"
    actions.run_again(None, row.pk)
    row.refresh_from_db()
    assert row.checked_same


def test_a_community_with_an_outline_is_coloured_by_what_is_missing(block):
    Place.objects.filter(pk=block.c1.pk).update(shape=block.g1.shape, households=2300)
    shown = Shown(asked(block, "staff", data(block, rooms="都兰社区, 1640")))
    ((mark, body),) = shown.drawn
    assert (mark.tone, body.geom_type) == (4, "Polygon")
    assert shown.result["rows"][0]["space_short"] == 10


def test_what_came_last_year_is_foreseen_with_the_people_there_are(block, year):
    found = office.past(block.c1)
    assert (found.count, [(post, g.late) for (_branch, _limit, post, _days), g in found.groups.items()]) == (32, [("grid-worker", 2)])
    counted = office.people_of(block.c1, found, charter_in_force())
    name = next(iter(counted))
    row = asked(block, "staff", data(block, foresee=True, posts=f"{name}，1"))
    assert row.said == StudyState.DONE
    foreseen = row.result["figures"]["foreseen"]
    (post,), (kind,) = foreseen["posts"], foreseen["kinds"]
    assert (post["people"], kind["minutes"], kind["kept"], kind["took"]) == (1, 30.0, 0.9375, 0.01)
    assert post["duties"] == 10.26  # 400 households in 13 weeks, 20 minutes each, are more than a day
    assert kind["a_day"] == pytest.approx(32 / found.days, abs=1e-3)
    assert kind["in_time"] > 0.9
    assert len(Shown(row).parts.sheets) == 3


def test_with_too_little_to_go_by_it_is_said_at_the_box(block, desk):  # noqa: F811
    answer = desk.post(new_url("staff", block.c1), form(block, foresee="on"))
    assert "foresee" in answer.context["form"].errors
    assert not Study.objects.exists()


def test_it_is_asked_by_form_and_tables_are_brought(block, year, desk, django_assert_max_num_queries):  # noqa: F811
    with django_assert_max_num_queries(12):
        page = desk.get(new_url("staff", block.c1))
    assert "都兰社区," in page.content.decode()
    files = {
        "source": file("社区.csv", "社区,户数,工作人员\n甲,3530,10\n"),
        "space": file("用房.csv", "社区,面积\n甲,900\n"),
        "people": file("岗位.csv", "岗位,在岗人数\n窗口,2\n"),
        "work": file("工作.csv", "事项,岗位,每日件数,每件分钟,时限工作日\n证明,窗口,20,12,1\n"),
    }
    sent = desk.post(new_url("staff", block.c1), form(block, rooms="", **files))
    row = Study.objects.get()
    assert sent.url == url("", row)
    actions.run_study(None, row.pk)
    with django_assert_max_num_queries(12):
        page = desk.get(url("", row)).content.decode()
    assert "窗口" in page
    assert Study.objects.get().result["rows"][0]["space_short"] == 2250 - 900
    assert not row.files.filter(own=True).exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("rooms", "都兰社区 600"), ("rooms", "别处，600"), ("rooms", "都兰社区,5\n都兰社区,6"), ("chair", "-1"), ("space_each", "0"), ("goal", "100"),
        ("workers", ["king"]), ("posts", "国王,2"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_the_form_is_said_at_the_field(block, year, desk, field, value):  # noqa: F811
    answer = desk.post(new_url("staff", block.c1), form(block) | {field: value})
    assert field in answer.context["form"].errors
    assert not Study.objects.exists()


def test_a_post_to_which_matters_come_and_that_is_left_out_is_not_one_with_nobody(block, year, desk):  # noqa: F811
    page = desk.get(new_url("staff", block.c1)).context["form"]
    assert "working days" in str(page.fields["foresee"].help_text) or "个工作日" in str(page.fields["foresee"].help_text)
    name = page.fields["posts"].initial.split(",")[0]
    answer = desk.post(new_url("staff", block.c1), form(block, foresee="on", posts=""))
    assert name in str(answer.context["form"].errors["posts"])
    assert desk.post(new_url("staff", block.c1), form(block, foresee="on", posts=f"{name},0")).status_code == 302


def test_a_community_nobody_knows_is_named_by_its_row(block, desk):  # noqa: F811
    answer = desk.post(new_url("staff", block.c1), form(block, space=file("r.csv", "社区,面积\n乙,900\n")))
    assert "乙" in " ".join(answer.context["problems"])
