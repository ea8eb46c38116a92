"""Walking tours on pages: what a plan says of doors, one day after the other, what the form refuses; and who is visited is in none of it."""

from __future__ import annotations

import io
import json
from datetime import time

import pytest
from django.urls import reverse
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from linli.matters.tests.factories import LAT, LON
from linli.people import actions as register_actions
from linli.people.tests.conftest import home, register  # noqa: F401  # fixtures
from linli.people.tests.factories import TODAY, household, people_of
from linli.places.models import Facility, Place
from linli.planning.circles import FEWEST
from linli.planning.models import Study, StudyState
from linli.planning.studies import actions, doors
from linli.planning.studies.shown import Shown
from linli.planning.tests.test_studies import asked, client_of, desk, file, new_url, url  # noqa: F401  # fixtures

ASKED = {
    "period": "quarter", "days": 5, "days_a_week": 5, "a_day": 8, "least": 20, "pair_days": 4, "visit": 20.0, "begin": time(9), "end": time(17, 30), "start": "",
    "stairs": 15.0, "lift_floors": 7, "pace": 67.0, "detour": 1.3, "off_way": 300.0, "rounds": 1, "seed": 1, "datum": "wgs84", "note": "",
}  # fmt: skip


def posted(**more):
    form = {k: "" if v is None else v.strftime("%H:%M") if isinstance(v, time) else str(v) for k, v in ASKED.items()}
    return form | more


@pytest.fixture
def grid(block):
    """The second grid with two buildings: 1号楼 with two staircases of eight floors, 2号楼 of which only its 40 households are stored."""
    g = block.places["g2"]
    Place.objects.filter(level="building").delete()
    for n, households in ((1, 64), (2, 40)):
        block.places[f"b{n}"] = Place.objects.create(
            code=f"B{n}", name=f"{n}号楼", level="building", parent=g, path=f"{g.path}.B{n}", households=households, lon=LON + n / 1000, lat=LAT + 0.0025,
            valid_from="2013-01-01", is_demo=True,
        )  # fmt: skip
    for u in (1, 2):
        above = block.places["b1"]
        unit = Place.objects.create(
            code=f"B1-{u}", name=f"{u}单元", level="unit", parent=above, path=f"{above.path}.U{u}", valid_from="2013-01-01", is_demo=True
        )
        Place.objects.bulk_create(
            Place(
                code=f"B1-{u}-{floor}{door:02d}", name=f"{floor}{door:02d}", level="dwelling", parent=unit, path=f"{unit.path}.D{floor}{door}",
                valid_from="2013-01-01", is_demo=True,
            )
            for floor in range(1, 9) for door in range(1, 5)
        )  # fmt: skip
    block.station = Facility.objects.create(
        kind="station", name="服务站", place=block.c1, path=str(block.c1.path), lon=LON, lat=LAT + 0.002
    )
    block.c1 = g  # it is asked about a grid
    return block


def test_doors_are_read_by_staircase_and_floor(grid):
    lines = doors.doors(grid.c1).data.decode().splitlines()
    assert lines[0] == "id,name,unit,floor,households,must,lon,lat"
    assert len(lines) == 1 + 2 * 8 + 1
    assert lines[1].startswith("B1-1,1号楼,1单元,1,4,0,")
    assert lines[-1].startswith("B2-1,2号楼,,,40,0,")
    assert [s.name for s in doors.stations(grid.c1)] == ["服务站"]


def test_a_quarter_is_planned_day_by_day_and_comes_out_the_same_again(grid):
    start = f"{grid.station.lon},{grid.station.lat}"
    row = asked(grid, "tours", {**ASKED, "start": start})
    assert row.said == StudyState.DONE
    figures, shown = row.result["figures"], Shown(row)
    assert (figures["households"], figures["turn"], figures["visits"], figures["checked"]) == (104, 35, 104, True)
    assert figures["floors"] == 0  # eight floors have a lift, and of 2号楼 no floors are known
    assert figures["bound"] <= figures["metres"]
    assert len(shown.views) == figures["days"]
    way, months, paces, buildings, days, everything = (sheet.rows for sheet in shown.parts.sheets)
    assert sum(h["doors"] for h in way) == days[0]["visits"]
    assert sum(h["doors"] for h in everything) == sum(d["visits"] for d in days) == months[-1]["visits"] == 104
    assert {p["visits"] for p in paces if p["asked"]} == {7}
    assert {(b["name"], b["households"], b["every_month"], b["visits"]) for b in buildings} == {
        ("1号楼", 64, None, 64),
        ("2号楼", 40, None, 40),
    }
    assert sum(h["metres"] for h in way) <= days[0]["metres"]
    assert "B1-1" not in json.dumps([shown.features()])
    last = Shown(row, shown.views[-1][0])
    assert last.view != shown.view
    assert last.parts.sheets[0].title != shown.parts.sheets[0].title
    with translation.override("en"):
        assert "104 households, 0 of them each month: 104 ÷ 3 + 0 = 35 visits a month." in shown.words
    actions.run_again(None, row.pk)
    row.refresh_from_db()
    assert row.checked_same


def test_another_staircase_is_another_climb(grid):
    lift, stairs = (asked(grid, "tours", {**ASKED, "period": "week", "a_day": 40, "visit": 1.0, "lift_floors": n}) for n in (7, None))
    assert lift.result["figures"]["floors"] == 0
    assert stairs.result["figures"]["floors"] >= 2 * 14  # up and down each of the two


def test_it_is_asked_by_form_and_taken_along_with_the_day_chosen(grid, desk, django_assert_max_num_queries):  # noqa: F811
    with django_assert_max_num_queries(14):  # three of them are the savepoint of the test's own transaction
        form = desk.get(new_url("tours", grid.c1))
    initial = form.context["form"].initial
    assert (initial["least"], initial["begin"], initial["a_day"]) == (80, "09:00", 8)
    assert "服务站" in form.content.decode()
    start = f"{grid.station.lon},{grid.station.lat}"
    assert desk.post(new_url("tours", grid.c1), posted(period="week", a_day="25", start=start)).status_code == 302
    row = Study.objects.get()
    actions.run_study(None, row.pk)
    row.refresh_from_db()
    view = Shown(row).views[1][0]
    with django_assert_max_num_queries(12):
        page = desk.get(url("", row) + f"?view={view}")
    assert f'<option value="{view}" selected>' in page.content.decode()
    assert f"shapes/?view={view}" in page.content.decode()
    shapes = json.loads(desk.get(url("shapes", row) + f"?view={view}").content)
    assert {"way", "start"} <= {f["properties"]["id"] for f in shapes["features"]}
    assert {f["geometry"]["type"] for f in shapes["features"]} == {"Polygon"}
    assert desk.get(url("", row) + "?view=9-9").status_code == 200
    assert "<svg" in desk.get(url("print", row) + f"?view={view}").content.decode()
    assert desk.get(url("pdf", row)).content.startswith(b"%PDF")
    number = len(Shown(row).parts.sheets) - 1
    sheet = desk.post(url("sheet", row), {"why": "例会", "table": str(number), "view": view})
    rows = CalamineWorkbook.from_filelike(io.BytesIO(b"".join(sheet.streaming_content))).get_sheet_by_index(0).to_python()
    assert any("1号楼 2单元" in r for r in rows)
    again = desk.get(f"{reverse('planning:study_new', args=['tours'])}?from={row.uid}").context["form"].initial
    assert (again["period"], again["begin"], again["end"], again["start"]) == ("week", "09:00", "17:30", start)


@pytest.mark.parametrize(
    ("field", "value"), [("period", "year"), ("days", "0"), ("begin", "x"), ("end", "08:00"), ("pace", ""), ("start", "0,0")]
)
def test_what_is_wrong_in_the_form_is_said_at_the_field(grid, desk, field, value):  # noqa: F811
    answer = desk.post(new_url("tours", grid.c1), posted(**{field: value}))
    assert field in answer.context["form"].errors
    assert not Study.objects.exists()


def test_rules_that_cannot_be_kept_say_what_pace_would_do(grid, desk):  # noqa: F811
    answer = desk.post(new_url("tours", grid.c1), posted(days="4"))
    assert answer.status_code == 422
    assert "35" in " ".join(answer.context["problems"])
    assert not Study.objects.exists()
    late = asked(grid, "tours", {**ASKED, "end": time(9, 30), "visit": 20.0})
    assert late.said == StudyState.FAILED
    assert late.problems


def test_a_table_of_ones_own_serves_with_two_persons_and_times(grid, desk):  # noqa: F811
    text = "编号,经度,纬度,户数,必访,双人,楼层,最早,最晚\n" + "".join(
        f"H{n},{109.87 + n / 3000},40.65,3,{n},{'是' if n == 1 else ''},2,{'10:00' if n == 2 else ''},\n" for n in range(4)
    )
    assert desk.post(new_url("tours", grid.c1), posted(source=file("各户.csv", text))).status_code == 302
    row = Study.objects.get()
    actions.run_study(None, row.pk)
    row.refresh_from_db()
    assert (row.result["figures"]["households"], row.result["figures"]["every_month"]) == (12, 6)
    assert all(r["every_month"] is None for r in row.result["rows"])
    wrong = desk.post(new_url("tours", grid.c1), posted(source=file("各户.csv", text.replace("10:00", "上午"))))
    assert "H2" in " ".join(wrong.context["problems"])


# --- nobody can be read from it ------------------------------------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 40)), min_size=1, max_size=12))
def test_no_plan_tells_how_many_of_a_building_are_visited_where_they_are_few(buildings):
    sizes = [size for _n, size in buildings]
    counts = [min(n, size) for n, size in buildings]
    found = doors.told_must(counts, sizes)
    few = [i for i, n in enumerate(counts) if n < FEWEST]
    rest = sum(counts[i] for i in few)
    assert all(found[i] == counts[i] for i in range(len(counts)) if i not in few)
    assert all(found[i] < FEWEST and found[i] <= sizes[i] for i in few)
    assert sum(found[i] for i in few) == rest or 0 < rest < FEWEST
    again = list(counts)  # whoever of the few is visited where, the same is told
    for k, i in enumerate(few):
        again[i] = counts[few[k - 1]]
    assert doors.told_must(again, sizes) == found


def test_the_file_holds_numbers_of_doors_and_neither_names_nor_groups(register, home, monkeypatch):  # noqa: F811
    """One door of four is visited: fewer than five, which count as four."""
    register.place("G11B").__class__.objects.filter(code="G11B").update(lon=LON, lat=LAT)
    person = people_of(home)[0]
    register_actions.join_group(by=register.worker, person=person, group="elderly-alone", since=TODAY, purpose="看望")
    household(register, register.door(door="202"))
    grid = register.place("G11")
    text = doors.doors(grid).data.decode()
    assert text.splitlines()[1:] == [f"G11B-{f},1号楼,1单元,{f},2,2,{LON},{LAT}" for f in (1, 2)]
    with translation.override("en"):
        assert "fewer than 5" in " ".join(doors.told(grid))
    assert not any(word in text for word in ("张建国", "elderly", "看望"))


def test_the_outsider_finds_nothing(grid):
    row = asked(grid, "tours", ASKED)
    stranger = client_of(grid.people["stranger"])
    assert stranger.get(url("", row)).status_code == 403
    assert stranger.get(new_url("tours", grid.c1)).status_code == 403
