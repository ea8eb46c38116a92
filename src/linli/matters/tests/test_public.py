"""What everybody may read, and what nobody may."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linli.matters import actions
from linli.matters.reporters import ReporterInfo
from linli.matters.tests.factories import photo, report
from linli.matters.whereabouts import Position

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media")]
HOUR = timedelta(hours=1)


NAMES = st.text(alphabet="张王李赵刘陈杨黄周吴秀兰建国芳伟娜敏静强磊", min_size=2, max_size=4)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=NAMES,
    phone=st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True),
    room=st.integers(101, 2599),
    east=st.floats(0.0001, 0.0049),
    north=st.floats(0.0001, 0.0049),
)
def test_the_public_pages_show_neither_person_nor_dwelling_nor_exact_position(town, resident, name, phone, room, east, north):
    lon, lat = 109.90 + east, 40.65 + north
    secret = f"我是{name},住7号楼3单元{room}室,电话{phone},门口垃圾成堆"
    raised = report(
        town, text=secret, title="", address=f"7号楼3单元{room}室", place=None, position=Position(lon, lat), now=timezone.now(),
        reporter=ReporterInfo(name, phone), photos=[photo()],
    )  # fmt: skip
    assert raised.matter.place == town.g1
    actions.add_word(matter=raised.matter, text=f"再打{phone}")
    pages = [resident.get(f"/m/{raised.matter.number}/"), resident.get("/area/150204006019/"), resident.get("/area/150204000000/")]
    assert raised.matter.number in pages[1].content.decode()
    for page in pages:
        assert page.status_code == 200
        text = page.content.decode()
        for hidden in (
            f"我是{name}",
            phone,
            f"{room}室",
            "7号楼",
            f"{lon:.4f}",
            f"{lat:.4f}",
            raised.follow_code,
            town.g1.name,
            "垃圾成堆",
        ):
            assert hidden not in text
        assert name not in text or name in _everyday(resident)


def _everyday(resident) -> str:
    """What the page of an area without matters says anyway: a name that is an everyday word is no leak."""
    return resident.get("/area/150204008015/").content.decode()


def test_a_matter_that_is_not_public_is_not_there_for_the_public(town, resident):
    matter = report(town, now=timezone.now()).matter
    assert resident.get(f"/m/{matter.number}/").status_code == 200
    actions.decide_public(by=town.desk, matter=matter, public=False, reason="涉及个人")
    assert resident.get(f"/m/{matter.number}/").status_code == 404
    assert matter.number not in resident.get("/area/150204006019/").content.decode()
    assert resident.get("/m/QS-2026-999999/").status_code == 404


def test_only_photos_shown_on_purpose_of_public_matters_are_served_to_everybody(town, resident):
    matter = report(town, photos=[photo()]).matter
    row = matter.flow.attachments.get()
    address = reverse("matters:public_attachment", args=[matter.number, row.uid])
    assert resident.get(address).status_code == 404
    actions.show_attachment(by=town.desk, matter=matter, attachment=row, public=True)
    answer = resident.get(address)
    assert answer.status_code == 200
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "private" in answer["Cache-Control"]
    assert answer["Content-Disposition"].startswith("inline")
    assert answer["Content-Type"] == "image/jpeg"
    actions.decide_public(by=town.desk, matter=matter, public=False, reason="涉及个人")
    assert resident.get(address).status_code == 404


def test_an_area_s_numbers_lead_to_exactly_the_matters_they_count(town, resident):
    now = timezone.now()
    open_one = report(town, now=now - HOUR).matter
    done = report(town, now=now - 3 * HOUR).matter
    actions.withdraw_matter(matter=done, now=now - HOUR)
    late = report(town, now=now - timedelta(days=40)).matter
    from linli.flow.engine import wake

    wake(late.flow_id)
    page = resident.get("/area/150204006019/")
    numbers = page.context["numbers"]
    assert (numbers.raised, numbers.closed, numbers.on_time, numbers.open, numbers.overdue) == (3, 1, 1, 2, 1)
    for state, expected in (
        ("all", {open_one, done, late}),
        ("open", {open_one, late}),
        ("closed", {done}),
        ("on_time", {done}),
        ("overdue", {late}),
    ):
        listed = resident.get(page.context["links"][state]).context["listing"].rows
        assert set(listed) == expected
    assert {m.pk for m in resident.get("/area/150204006019/?days=30").context["listing"].rows} == {open_one.pk, done.pk}
    assert resident.get("/area/150204006019-01/").status_code == 404  # a grid is too small to show
    assert resident.get("/area/150204006019/?days=x&state=y&kind=z&sort=q&after=zzz").status_code == 200
