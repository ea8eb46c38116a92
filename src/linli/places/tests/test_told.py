"""A place told of in running text: found however its number is written, never finer than a building."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.places.actions import import_geojson
from linli.places.address import EXACT, alike, find_place, named_in
from linli.places.models import Place
from linli.places.tests.factories import DAY, building, collection, grid, make_tree, square
from linli.places.told import GUESS, LIKELY, SURE, places_told, plainly, without_dwelling


@pytest.fixture
def tree(db):
    tree = make_tree()
    import_geojson(
        collection(
            grid("第一网格", square(109.86, 40.66)), grid("第一网格", square(109.87, 40.66), community="150204006023"),
            building("3号楼", 109.861, 40.661), building("13栋", 109.8611, 40.661), building("3号楼", 109.871, 40.661),
            building("富华园5号楼", 109.8612, 40.661), building("老干部楼", 109.8613, 40.661, aliases="红楼，干休所"),
            building("先锋道18号", 109.8614, 40.661),
        ),
        by=None, valid_from=DAY,
    )  # fmt: skip
    return tree


@pytest.mark.parametrize(
    ("text", "label", "how"),
    [
        ("都兰社区三号楼的楼道灯不亮了", "都兰社区3号楼", SURE),
        ("我是都兰 ３＃楼 二单元的，下水堵了", "都兰社区3号楼2单元", SURE),
        ("都兰社区3-2-301漏水", "都兰社区3号楼2单元", SURE),
        ("富华园五栋门口垃圾成堆", "都兰社区富华园5号楼", LIKELY),
        ("红楼后头的路灯坏了", "都兰社区老干部楼", LIKELY),
        ("先锋道18号门前车堵死了", "都兰社区先锋道18号", LIKELY),
        ("十三号楼底下", "都兰社区13栋", LIKELY),
        ("北新社区健身器材坏了", "北新社区", LIKELY),
        ("北新社区第一网格的健身器材坏了", "北新社区第一网格", SURE),
        ("都兰1网格路灯不亮", "都兰社区第一网格", SURE),
        ("都兰社区一网格三号楼没水", "都兰社区3号楼", SURE),
        ("都兰社区第九网格没水", "都兰社区", LIKELY),
    ],
)
def test_the_place_meant_is_proposed_with_why(tree, text, label, how, django_assert_max_num_queries):
    with django_assert_max_num_queries(2):
        found = places_told(text)
    assert [(t.label, t.how) for t in found] == [(label, how)]
    assert found[0].why


def test_two_of_a_name_are_guesses_and_the_area_settles_it(tree):
    assert [(t.label, t.how) for t in places_told("三号楼没水")] == [("都兰社区3号楼", GUESS), ("北新社区3号楼", GUESS)]
    assert [t.label for t in places_told("三号楼没水", within=str(tree["beixin"].path))] == ["北新社区3号楼"]


def test_a_grid_is_known_by_its_community_only(tree):
    assert places_told("第一网格没水") == []
    [told] = places_told("第一网格没水", within=str(tree["beixin"].path))
    assert (told.label, told.how, told.why) == ("北新社区第一网格", LIKELY, ("第一网格",))
    assert places_told("都兰社区一网格没水")[0].why == ("都兰社区", "一网格")


def test_dates_and_amounts_are_no_buildings(tree):
    assert places_told("8月3号停的水，交了13块，3个人，等了3天") == []
    assert places_told("") == places_told("3") == []


def test_an_ended_name_means_nothing(tree):
    Place.objects.filter(name="老干部楼").update(valid_to="2025-02-01")
    assert places_told("红楼后头的路灯坏了") == []


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("都兰社区3号楼2单元301室漏水", "都兰社区3号楼2单元漏水"),
        ("3号楼2单元 5层 502,暖气不热", "3号楼2单元 ,暖气不热"),
        ("我家3-2-301没水", "我家3号楼2单元没水"),
        ("302室天天吵", "天天吵"),
        ("3号楼2015年盖的，补了1200元", "3号楼2015年盖的，补了1200元"),
        ("日期2026-03-05的账单", "日期2026-03-05的账单"),
    ],
)
def test_the_number_of_a_dwelling_is_left_out(text, left):
    assert without_dwelling(text) == left


@settings(max_examples=100)
@given(st.text(max_size=60))
def test_any_text_is_read(text):
    assert not any(c.isspace() for c in plainly(text))
    assert without_dwelling(without_dwelling(text)) == without_dwelling(text)


# --- a bare name stands only where a name can ---------------------------------------------------------------------------------------------


@pytest.fixture
def plain_words(tree):
    """Communities whose names are ordinary words or roads."""
    for n, name in enumerate(("幸福社区", "光明社区", "阳光社区居委会", "繁荣社区", "青山路五号社区居委会", "文化路社区"), 31):
        code = f"1502040060{n}"
        Place.objects.create(
            code=code, name=name, level="community", parent=tree["street"], path=f"{tree['street'].path}.{code}", valid_from=DAY
        )
    return tree


@pytest.mark.parametrize(
    "text",
    [
        "幸福路1号路灯不亮",
        "幸福路垃圾没人清",
        "幸福街道上没灯",
        "幸福大街9号门前",
        "幸福的一天",
        "我们幸福，路灯也亮了",
        "在幸福路上",
        "光明磊落的人也要路灯",
        "今天阳光很好，繁荣的市场",
        "天天 阳光很好",
        "文化路1号路灯不亮",
        "文化路，路灯不亮",
        "青山路15号社区没水",
        "我在看红楼梦，路灯不亮",
    ],
)
def test_ordinary_words_and_roads_are_no_places(plain_words, text):
    assert places_told(text) == []
    assert not [c for c in find_place(text) if c.how == EXACT]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("幸福社区的路灯不亮", "幸福社区"),
        ("我家幸福3栋没水", "幸福社区"),
        ("幸福小区门口垃圾没人清", "幸福社区"),
        ("路灯不亮，在幸福", "幸福社区"),
        ("幸福，路灯不亮", "幸福社区"),
        ("幸福 路灯不亮", "幸福社区"),
        ("青山路街道光明十二号楼楼道灯", "光明社区"),
        ("住在阳光2-1-301", "阳光社区居委会"),
        ("文化路3号楼没水", "文化路社区"),
        ("文化路社区没水", "文化路社区"),
        ("青山路5号社区没水", "青山路五号社区居委会"),
        ("青山路五号社区没水", "青山路五号社区居委会"),
        ("青山路 ５号社区没水", "青山路五号社区居委会"),
    ],
)
def test_a_bare_name_is_known_where_it_stands_as_one(plain_words, text, name):
    [told] = [t for t in places_told(text) if t.place.level == "community"]
    assert (told.place.name, told.how) == (name, LIKELY)


@pytest.mark.parametrize("text", ["红楼", "红楼没水", "红楼的灯", "在红楼，灯坏了", "红楼2单元漏水", "红楼垃圾没人清", "老干部楼漏水"])
def test_another_name_of_a_building_is_known_before_what_is_said_of_it(tree, text):
    assert [t.place.name for t in places_told(text)] == ["老干部楼"]


@settings(max_examples=200)
@given(
    st.sampled_from(["幸福", "光明", "八一", "五号"]),
    st.text("在的路街道巷号楼一五1 ，梦好", max_size=6),
    st.text("路街道巷的好梦", min_size=1, max_size=4),
)
def test_before_a_road_or_an_ordinary_word_no_bare_name_stands(name, before, after):
    assert named_in([name], f"{before}{name}{after}") == []
    assert named_in([f"{name}社区"], alike(f"在{name}社区{after}")) == [f"{name}社区"]
