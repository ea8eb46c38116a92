"""Which dwelling an address means, and when it means none of the user's."""

from __future__ import annotations

import pytest

from linli.people.addresses import elsewhere, is_address, parts_of, places_at, rest_of

HOME = ("富华园", "都兰社区居委会", "都兰社区", "都兰", "第一网格")
AROUND = ("青山路街道办事处", "青山路街道", "青山区")


@pytest.mark.parametrize(
    "text",
    [
        "1号楼1单元101", "都兰社区1号楼1单元101", "都兰1号楼1单元101", "都兰小区1号楼101室", "青山区都兰社区居委会1号楼", "包头市青山区1号楼101",
        "富强路12号1号楼101",
        "内蒙古自治区包头市青山区青山路街道富强路12号都兰社区幸福小区1号楼1单元101", "富华园1号楼",
        "1-1-101", "北区1号楼", "都兰社区北区3号楼", "我们小区三栋", "十二号楼二单元",
        "都兰社区第一网格1号楼",
    ],
)  # fmt: skip
def test_an_address_of_ones_own_area_is_one(text):
    assert not elsewhere(rest_of(text), HOME, AROUND)


@pytest.mark.parametrize(
    "text",
    [
        "建华社区1号楼1单元101", "幸福小区1号楼1单元101", "北京市朝阳区1号楼1单元101", "北京市朝阳区都兰社区1号楼", "昆都仑区1号楼101", "建华社区1-1-101",
        "恒大名都1号楼",
        "1号楼1单元101建华社区", "都兰东社区1号楼", "幸福路街道1号楼", "青山区建华社区1号楼", "包头市昆都仑区都兰社区1号楼",
    ],
)  # fmt: skip
def test_an_address_that_names_another_area_is_none(text):
    assert elsewhere(rest_of(text), HOME, AROUND)


def test_building_and_door_alone_are_an_address_and_no_number_is_one():
    assert parts_of("1-201") == ("1", "", "201")
    assert all(map(is_address, ("3号楼", "1-201", "3-2-301", "都兰社区3栋", "2单元301")))
    assert not any(map(is_address, ("13812345678", "0472-5151234", "110105194912310021", "王秀兰", "wxl", "单元")))


@pytest.mark.django_db
def test_a_dwelling_is_found_by_its_address_and_not_by_a_neighbours(register):
    mine = ["D.S1.C1.G11"]
    for text in ("1号楼1单元101", "甲社区1号楼1单元101", "甲街道 甲社区 1-1-101", "1-101"):
        assert [p.code for p in places_at(text, mine)] == ["G11B-1-101"], text
    for text in ("乙社区1号楼1单元101", "建华社区 1号楼1单元101", "幸福小区1号楼1单元101", "北京市朝阳区1号楼"):
        assert places_at(text, mine) == [], text
