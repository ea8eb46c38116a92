import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.kit import crypto
from linli.people import names


@pytest.fixture(scope="module")
def ring(tmp_path_factory):
    return crypto.new_keyring(tmp_path_factory.mktemp("keys") / "keys.json")


@pytest.mark.parametrize(
    "typed",
    [
        "王",
        "王秀",
        "王秀兰",
        "秀兰",
        "wang",
        "wangxiu",
        "wangxiulan",
        "xiulan",
        "wx",
        "wxl",
        "xl",
        "Wang Xiu Lan",
        "ＷＸＬ",
        "wáng xiù lán",
    ],
)
def test_a_name_is_found_by_signs_sound_and_initials(typed):
    assert names.query(typed) in names.keys("王秀兰")


@pytest.mark.parametrize(("name", "typed"), [
    ("单晓敏", "shanxiaomin"), ("曾国强", "zgq"), ("仇丽", "qiuli"), ("吕丽", "lvli"), ("吕丽", "lüli"), ("欧阳娜", "na"), ("欧阳娜娜", "娜娜"),
    ("买买提·艾力", "艾力"), ("买买提·艾力", "aili"), ("乐嘉", "yuejia"), ("乐嘉", "lejia"), ("John Smith", "smith"), ("解文博", "xiewenbo"),
])  # fmt: skip
def test_names_that_are_read_otherwise_are_found_too(name, typed):
    assert names.query(typed) in names.keys(names.plain(name))


def test_a_long_name_of_many_readings_is_read_in_no_time():
    assert len(names.readings("王" * names.LONGEST)) == 8  # there are two to the fiftieth


def test_one_letter_finds_nobody_and_other_names_are_not_found():
    assert "w" not in names.keys("王秀兰")
    assert names.query("李秀兰") not in names.keys("王秀兰")


@pytest.mark.parametrize(("name", "shown"), [
    ("王秀兰", "王**"), ("王丽", "王*"), ("欧阳娜娜", "欧阳**"), ("买买提·艾力", "买*****"), ("John Smith", "J******"), ("", ""),
])  # fmt: skip
def test_lists_show_the_surname_and_no_more(name, shown):
    assert names.masked(name) == shown


@given(st.text(alphabet=st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=2, max_size=6))
def test_every_name_is_found_by_itself_and_its_keys_are_few(name):
    found = names.keys(names.plain(name))
    assert names.query(name) in found
    assert len(found) < 12 * 8


@given(st.text(max_size=30))
def test_nothing_typed_breaks_it(text):
    plain = names.plain(text)
    names.keys(plain)
    names.masked(plain)
    names.query(text)


@pytest.mark.parametrize(
    ("name", "good"), [("王秀兰", True), ("王", False), ("王2", False), ("A·B", True), ("张<b>", False), ("买买提·艾力", True), ("", False)]
)
def test_what_can_be_a_name(name, good):
    assert names.is_name(names.plain(name)) is good


def test_a_token_says_nothing_without_the_key(ring, tmp_path):
    other = crypto.new_keyring(tmp_path / "other.json")
    assert names.token("王秀兰", ring) != names.token("王秀兰", other)
    assert -(1 << 63) <= names.token("王秀兰", ring) < 1 << 63
