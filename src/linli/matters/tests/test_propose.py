from hypothesis import given, settings
from hypothesis import strategies as st

from linli.charter.schema import Category, Name
from linli.matters.propose import propose


def leaf(key, zh, en, *words):
    return Category(id=key, name=Name(zh, en), leaf=True, words=words)


LEAVES = (
    leaf("e.rubbish", "暴露垃圾", "Rubbish left in the open", "垃圾", "垃圾堆", "没人清", "rubbish", "garbage"),
    leaf("e.drain", "下水道堵塞", "Blocked drain", "下水道", "污水", "返水", "堵", "drain"),
    leaf("f.lamp", "路灯不亮", "Street lamp out", "路灯", "灯不亮", "street lamp"),
    leaf("f.lift", "电梯故障", "Lift out of order", "电梯", "困人", "lift", "elevator"),
)


def ids(said):
    return [c.id for c in propose(said, LEAVES)]


def test_the_words_people_use_find_the_category():
    assert ids("楼下垃圾堆了三天没人清")[0] == "e.rubbish"
    assert ids("三单元下水道返水,一楼全是污水")[0] == "e.drain"
    assert ids("The street lamp at the gate is out")[0] == "f.lamp"


def test_a_longer_word_outweighs_a_shorter_one():
    assert ids("电梯里有垃圾堆没人清")[0] == "e.rubbish"


def test_nothing_is_proposed_where_nothing_points_anywhere():
    assert ids("") == []
    assert ids("想问一下办事时间") == []


def test_of_equals_the_charter_s_order_decides():
    assert ids("垃圾和路灯") == ["e.rubbish", "f.lamp"]


@settings(max_examples=60)
@given(st.text(max_size=60))
def test_any_text_gives_at_most_three_categories_and_each_once(said):
    found = ids(said)
    assert len(found) == len(set(found)) <= 3


@settings(max_examples=40)
@given(st.sampled_from(LEAVES), st.text(alphabet="甲乙丙丁 ,。", max_size=20))
def test_a_category_named_in_full_is_always_among_the_proposals(category, around):
    assert category.id in ids(around + category.name.zh + around)
