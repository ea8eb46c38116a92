import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.places.actions import import_geojson
from linli.places.address import ALIKE, EXACT, PREFIX, Parts, find_place, parts, spelled
from linli.places.models import Place
from linli.places.tests.factories import DAY, building, collection, grid, make_tree, square


@pytest.fixture
def tree(db):
    tree = make_tree()
    here = {"units": 3, "floors": 6, "dwellings": 2}
    import_geojson(
        collection(
            grid("第一网格", square(109.86, 40.66)),
            grid("第一网格", square(109.87, 40.66), community="150204006023"),
            building("3号楼", 109.861, 40.661, **here), building("13号楼", 109.8611, 40.661), building("3号楼", 109.871, 40.661, **here),
            building("富华园5号楼", 109.8612, 40.661), building("老干部楼", 109.8613, 40.661, aliases="红楼"),
        ),
        by=None, valid_from=DAY,
    )  # fmt: skip
    return tree


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("都兰社区3号楼2单元", Parts("都兰社区", "3", "2")),
        ("都兰社区三号楼二单元301室", Parts("都兰社区", "3", "2", "301")),
        ("都兰 ３＃楼 ２单元 ３０１", Parts("都兰", "3", "2", "301")),
        ("都兰社区3-2-301", Parts("都兰社区", "3", "2", "301")),
        ("都兰十二栋", Parts("都兰", "12")),
        ("幸福路街道", Parts("幸福路街道")),
        ("都兰社区第四网格", Parts("都兰社区", grid="4")),
        ("都兰社区4号网格三号楼", Parts("都兰社区", "3", grid="4")),
        ("都兰社区十四网格3-2-301", Parts("都兰社区", "3", "2", "301", "14")),
        ("五号社区第二网格", Parts("五号社区", grid="2")),
    ],
)
def test_an_address_is_taken_apart(text, wanted):
    assert parts(text) == wanted


@pytest.mark.parametrize(
    ("text", "label", "level"),
    [
        ("都兰社区3号楼2单元", "都兰社区3号楼2单元", "unit"),
        ("都兰社区3号楼2单元302", "都兰社区3号楼2单元302", "dwelling"),
        ("青山路街道都兰社区三号楼", "都兰社区3号楼", "building"),
        ("北新3栋", "北新社区3号楼", "building"),
        ("都兰社区富华园5号楼", "都兰社区富华园5号楼", "building"),
        ("都兰社区", "都兰社区居委会", "community"),
        ("都兰社区3号楼9单元", "都兰社区3号楼", "building"),
    ],
)
def test_the_place_meant_comes_first(tree, text, label, level, django_assert_max_num_queries):
    with django_assert_max_num_queries(6):
        found = find_place(text)
    assert (found[0].label, found[0].place.level, found[0].how) == (label, level, EXACT)
    assert len(found) == 1


def test_the_area_narrows_what_is_meant(tree):
    assert len(find_place("3号楼")) == 2
    assert [c.label for c in find_place("3号楼", within=str(tree["beixin"].path))] == ["北新社区3号楼"]


def test_a_beginning_and_a_likeness_come_after_exact_names(tree):
    assert [c.how for c in find_place("都兰社")] == [EXACT]  # 都兰 is in it
    assert [c.how for c in find_place("都兰社区1号楼")] == [PREFIX]  # 13号楼
    assert find_place("老干部娄")[0].how == ALIKE
    assert find_place("火星基地") == []


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("都兰社区第一网格", "都兰社区第一网格"),
        ("都兰社区一网格", "都兰社区第一网格"),
        ("都兰1网格", "都兰社区第一网格"),
        ("北新社区 第１网格 北门", "北新社区第一网格"),
        ("都兰社区1号网格", "都兰社区第一网格"),
        ("都兰社区第01网格", "都兰社区第一网格"),
        ("都兰社区第一网格3号楼", "都兰社区3号楼"),
        ("都兰社区第一网格99号楼", "都兰社区第一网格"),
        ("都兰社区第十一网格", "都兰社区居委会"),
        ("都兰社区第二网格", "都兰社区居委会"),
    ],
)
def test_a_grid_is_meant_by_its_number_within_its_community(tree, text, label, django_assert_max_num_queries):
    with django_assert_max_num_queries(3):
        found = find_place(text)
    assert [(c.label, c.how) for c in found] == [(label, EXACT)]


def test_a_grid_alone_is_meant_only_where_its_community_is_known(tree):
    assert not any(c.how == EXACT for c in find_place("第一网格"))
    assert not any(c.how == EXACT for c in find_place("火星社区第一网格"))
    assert [c.label for c in find_place("第一网格", within=str(tree["beixin"].path))] == ["北新社区第一网格"]


@pytest.mark.parametrize("name", ["第04网格", "四号网格", "都兰社区第四网格", "4网格"])
def test_a_grid_is_found_however_its_own_number_is_written(tree, name):
    Place.objects.filter(level="grid", parent=tree["dulan"]).update(name=name)
    for text in ("都兰社区第四网格", "都兰4网格"):
        assert [c.place.name for c in find_place(text)] == [name]
    assert [c.place.level for c in find_place("都兰社区第十四网格")] == ["community"]


def test_an_ended_building_is_not_meant(tree):
    Place.objects.filter(name="13号楼").update(valid_to="2025-02-01")
    assert [c.place.level for c in find_place("都兰社区13号楼")] == ["community"]


@settings(max_examples=100)
@given(st.text(max_size=60))
def test_any_text_is_taken_apart(text):
    said = parts(text)
    assert said.building == "" or said.building[0].isascii()


def test_another_name_means_its_own_number_however_it_is_written(tree):
    Place.objects.filter(name="老干部楼").update(aliases="红楼、富华园15号楼")
    Place.objects.filter(name="13号楼").update(name="七号楼")
    assert [c.place.level for c in find_place("都兰社区5号楼")] == ["community"]  # not the one called 15
    for told in ("都兰社区富华园15号楼", "都兰社区十五号楼", "都兰富华园十五栋"):
        assert [c.place.name for c in find_place(told)] == ["老干部楼"], told
    assert [c.place.name for c in find_place("都兰社区7号楼")] == ["七号楼"]
    assert (spelled("7"), spelled("10"), spelled("12"), spelled("40"), spelled("105"), spelled("5A")) == (
        "七",
        "十",
        "十二",
        "四十",
        "",
        "",
    )
