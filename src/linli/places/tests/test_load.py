from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.frame.models import ActLog
from linli.places import csvfile
from linli.places.actions import load_places
from linli.places.codes import level_of, short_name
from linli.places.models import Place
from linli.places.tests.factories import make_tree

HEAD = "code,name,level,parent\n"
DISTRICT = HEAD + "150204000000,青山区,district,\n150204006000,青山路街道,street,150204000000\n"
DULAN = "150204006019,都兰社区居委会,community,150204006000\n"
BEIXIN = "150204006023,北新社区居委会,community,150204006000\n"
QINGSHAN = Path(__file__).parents[1] / "data" / "150204-qingshan.csv"


def load(text: str | bytes, day: date = date(2025, 1, 1), **more):
    return load_places(text, valid_from=day, **more)


@pytest.mark.django_db
def test_the_official_tree_of_qingshan_loads_whole(django_assert_max_num_queries):
    with django_assert_max_num_queries(16):
        report = load_places(QINGSHAN)
    assert report.applied
    assert report.counts == {"new": 92}
    dulan = Place.objects.get(code="150204006019")
    assert dulan.path == "150000000000.150200000000.150204000000.150204006000.150204006019"
    assert load_places(QINGSHAN).unchanged == 92
    line = ActLog.objects.get()
    assert (line.act, line.path, line.data["counts"]) == ("places.file.loaded", "150000000000", {"new": 92})


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk"])
@pytest.mark.django_db
def test_every_usual_encoding_is_read(encoding):
    assert load((DISTRICT + DULAN).encode(encoding)).ok
    assert Place.objects.get(code="150204006019").name == "都兰社区居委会"


@pytest.mark.parametrize(
    ("row", "number", "field", "says"),
    [
        ("15020400601,都兰社区居委会,community,150204006000\n", 4, "code", "12"),
        ("1.50204E+11,都兰社区居委会,community,150204006000\n", 4, "code", "1.50204E+11"),
        ("150204006019,,community,150204006000\n", 4, "name", ""),
        ("150204006019,都兰社区居委会,street,150204000000\n", 4, "level", "150204006019"),
        ("150204006019,都兰社区居委会,hamlet,150204006000\n", 4, "level", "hamlet"),
        ("150204006019,都兰社区居委会,community,150204009000\n", 4, "parent", "150204009000"),
        ("150204006019,都兰社区居委会,community,\n", 4, "parent", ""),
        ("150204006019,都兰社区居委会,community,150204006023\n" + BEIXIN, 4, "parent", "community"),
        (DULAN + DULAN, 5, "code", "4"),
    ],
)
@pytest.mark.django_db
def test_a_bad_row_is_named_and_nothing_is_saved(row, number, field, says):
    report = load(DISTRICT + row)
    assert [(p.number, p.field) for p in report.problems] == [(number, field)]
    assert says in report.problems[0].message
    assert not report.applied
    assert not Place.objects.exists()
    assert not ActLog.objects.exists()


def test_a_circle_of_parents_is_found():
    rows = [
        csvfile.Row(2, "150204006000", "甲", "street", "150204006019"),
        csvfile.Row(3, "150204006019", "乙", "community", "150204006000"),
        csvfile.Row(4, "150204006020", "丙", "community", "150204006000"),
    ]
    assert csvfile._circles({r.code: r for r in rows}) == {"150204006000", "150204006019"}
    assert {p.number for p in csvfile.check(rows, {})} == {2, 3}


@pytest.mark.parametrize(
    "text", [b"\xff\xfeh\x00", b"PK\x03\x04\x00\x00", b"", b"a,b,c\n1,2,3\n", HEAD.encode(), b'code,name,level,parent\n"1,2']
)
@pytest.mark.django_db
def test_what_is_no_such_file_is_refused(text):
    report = load(text)
    assert not report.ok
    assert not Place.objects.exists()


@pytest.mark.django_db
def test_all_bad_rows_are_named_at_once():
    report = load(DISTRICT + "1,甲,community,150204006000\n2,,hamlet,x\n")
    assert [(p.number, p.field) for p in report.problems] == [(4, "code"), (5, "code"), (5, "level"), (5, "name"), (5, "parent")]


@pytest.mark.django_db
def test_a_renamed_place_ends_and_another_begins():
    load(DISTRICT + DULAN)
    old = Place.objects.get(code="150204006019")
    child = Place.objects.create(
        code="150204006019001", name="第一网格", level="grid", parent=old, path=old.path + ".g", valid_from=old.valid_from
    )
    report = load(DISTRICT + DULAN.replace("都兰社区", "新都兰社区"), date(2025, 7, 1))
    assert [str(c.what) for c in report.changes] == ["renamed"]
    assert (report.changes[0].before, report.changes[0].after) == ("都兰社区居委会", "新都兰社区居委会")
    before, after = Place.objects.filter(code="150204006019").order_by("valid_from")
    assert (before.name, before.valid_to) == ("都兰社区居委会", date(2025, 7, 1))
    assert (after.name, after.valid_from, after.valid_to, after.path) == ("新都兰社区居委会", date(2025, 7, 1), None, before.path)
    child.refresh_from_db()
    assert child.parent == after
    assert Place.objects.current(date(2025, 6, 30)).get(code="150204006019").name == "都兰社区居委会"


@pytest.mark.django_db
def test_a_moved_place_takes_what_is_below_along():
    load(DISTRICT + "150204007000,自由路街道,street,150204000000\n" + DULAN)
    place = Place.objects.get(code="150204006019")
    path = f"{place.path}.150204006019001"
    child = Place.objects.create(
        code="150204006019001", name="第一网格", level="grid", parent=place, path=path, valid_from=place.valid_from
    )
    report = load(HEAD + "150204006019,都兰社区居委会,community,150204007000\n", date(2025, 7, 1))
    assert report.counts == {"moved": 1}
    child.refresh_from_db()
    assert child.path == "150204000000.150204007000.150204006019.150204006019001"
    assert child.parent.valid_from == date(2025, 7, 1)


@pytest.mark.django_db
def test_missing_places_are_reported_and_left_alone_unless_asked():
    load(DISTRICT + DULAN + BEIXIN)
    report = load(DISTRICT + DULAN, date(2025, 7, 1))
    assert [c.code for c in report.missing] == ["150204006023"]
    assert "文件中没有 150204006023" in str(report)  # as linli places load prints it
    assert Place.objects.get(code="150204006023").valid_to is None
    report = load(DISTRICT + DULAN, date(2025, 7, 1), end_missing=True)
    assert report.counts == {"ended": 1}
    assert Place.objects.get(code="150204006023").valid_to == date(2025, 7, 1)


@pytest.mark.django_db
def test_a_dry_run_shows_the_difference_and_saves_nothing():
    report = load(DISTRICT + DULAN, dry_run=True)
    assert report.ok
    assert not report.applied
    assert report.counts == {"new": 3}
    assert not Place.objects.exists()


@pytest.mark.django_db
def test_a_later_change_is_not_overwritten_from_the_past():
    load(DISTRICT + DULAN)
    load(DISTRICT + DULAN.replace("都兰", "新都兰"), date(2025, 7, 1))
    report = load(DISTRICT + DULAN.replace("都兰", "老都兰"), date(2025, 3, 1))
    assert [p.field for p in report.problems] == ["code"]
    assert "2025" in report.problems[0].message


@pytest.mark.django_db
def test_on_the_day_it_began_a_name_is_corrected_in_place():
    load(DISTRICT + DULAN)
    load(DISTRICT + DULAN.replace("都兰", "新都兰"))
    assert Place.objects.get(code="150204006019").name == "新都兰社区居委会"


@pytest.mark.django_db
def test_staff_without_the_post_change_nothing():
    make_tree()

    class Stranger:
        is_authenticated = False
        pk = None

    report = load(
        HEAD + BEIXIN.replace("北新", "新北新") + "150204006027,朝阳社区居委会,community,150204006000\n", date(2025, 7, 1), by=Stranger()
    )
    assert [(p.number, p.field) for p in report.problems] == [(2, "code"), (3, "code")]
    assert Place.objects.count() == 4


@settings(max_examples=60)
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data):
    rows, problems, _failed = csvfile.read(data)
    assert rows or problems


@settings(max_examples=60)
@given(st.from_regex(r"[0-9]{12}", fullmatch=True))
def test_every_code_has_one_level(code):
    level = level_of(code)
    assert level == "community" or code.endswith("000")


def test_short_names():
    assert [short_name(n) for n in ("都兰社区居委会", "昌福村村委会", "青山路街道办事处", "色气湾村委会", "青福镇")] == [
        "都兰社区", "昌福村", "青山路街道", "色气湾村", "青福镇",
    ]  # fmt: skip
