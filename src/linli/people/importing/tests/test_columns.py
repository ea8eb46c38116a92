"""Recognising the columns of communities' sheets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.people.importing.columns import COLUMNS, find_columns, missing

HEADINGS = ["序号", "*姓  名", "居民身份证号码", "性别", "民族", "与户主关系", "楼栋", "单元", "房号", "联系方式", "备注"]


def fields(rows, remembered=None):
    _start, columns = find_columns(rows, remembered)
    return {c.heading: c.field for c in columns}


def test_columns_are_known_by_what_offices_call_them():
    start, columns = find_columns([["幸福社区居民信息台账"], [], HEADINGS, ["1", "甲"]])
    assert start == 2
    assert [c.field for c in columns] == ["", "name", "id_number", "sex", "", "role", "building", "unit", "door", "phone", ""]
    assert missing(columns) == []


def test_a_column_the_register_must_not_hold_is_never_taken_even_if_it_was_chosen_once():
    _start, columns = find_columns([["姓名", "民族", "宗教信仰", "是否上访", "房号"]], {"民族": "group", "宗教信仰": "group"})
    assert {c.heading: bool(c.denied) for c in columns} == {"姓名": False, "民族": True, "宗教信仰": True, "是否上访": True, "房号": False}
    assert not any(c.field for c in columns if c.denied)


def test_what_was_chosen_here_before_goes_first_and_nothing_is_taken_from_what_was_left_out():
    assert fields([["姓名", "联系人", "手机", "房号"]], {"联系人": "name", "姓名": ""}) == {
        "姓名": "", "联系人": "name", "手机": "phone", "房号": "door",
    }  # fmt: skip


def test_of_two_columns_for_one_field_the_likelier_is_taken():
    assert fields([["姓名", "电话", "手机号码", "地址", "现住址"]]) == {
        "姓名": "name", "电话": "", "手机号码": "phone", "地址": "", "现住址": "address",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("headings", "lacking"), [(["姓名"], ["door"]), (["房号"], ["name"]), (["身份证号"], ["name", "door"]), (["姓名", "地址"], [])]
)
def test_a_sheet_without_names_or_dwellings_is_told_so(headings, lacking):
    assert missing(find_columns([headings])[1]) == lacking


def test_no_name_stands_for_two_fields():
    names = [name for names in COLUMNS.values() for name in names]
    assert len(names) == len(set(names))


@given(st.lists(st.lists(st.text(max_size=6) | st.floats() | st.none() | st.sampled_from(HEADINGS), max_size=8), max_size=12))
def test_each_field_comes_from_one_column_at_most(rows):
    _start, columns = find_columns(rows)
    taken = [c.field for c in columns if c.field]
    assert len(taken) == len(set(taken))
