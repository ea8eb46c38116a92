"""What the columns of a community's sheet are: recognised by what they are usually called, chosen by whoever imports, remembered. Pure.

A column the register must not hold (``charter.denied``) is dropped before a single cell of it is kept, and named.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from linli.charter.denied import Denial, denied
from linli.kit.sheets import HEAD_WITHIN, heading_of, text_of

COLUMNS: dict[str, tuple[str, ...]] = {
    "name": ("姓名", "居民姓名", "人员姓名", "成员姓名", "人口姓名", "名字"),
    "id_number": (
        "公民身份号码",
        "身份证号",
        "身份证号码",
        "居民身份证号码",
        "身份证",
        "证件号码",
        "证件号",
        "身份号码",
        "身份证件号码",
        "公民身份证号码",
        "居民身份证号",
    ),
    "sex": ("性别",),
    "born": ("出生日期", "出生年月日", "生日", "出生年月"),
    "phone": ("联系电话", "手机号码", "手机号", "移动电话", "联系方式", "电话号码", "手机", "电话"),
    "role": ("与户主关系", "与户主的关系", "户主关系", "家庭关系", "家庭成员关系", "关系"),
    "household": ("户号", "户编号", "家庭编号", "户序号"),
    "building": ("楼栋", "楼号", "楼栋号", "栋号", "幢号", "楼幢", "楼"),
    "unit": ("单元", "单元号"),
    "door": ("房号", "门牌号", "室号", "房间号", "户室号", "门号", "门牌", "室"),
    "address": ("现住址", "现居住地址", "居住地址", "现住地址", "家庭住址", "住址", "详细地址", "家庭地址", "地址"),
    "tenure": ("居住性质", "居住方式", "住房性质", "房屋性质", "住房情况", "房屋类型"),
    "registered": ("人户情况", "户籍状态", "户籍情况", "户籍性质", "是否人户分离", "人户一致"),
    "registered_at": ("户籍地址", "户籍地", "户籍所在地", "户口所在地", "户口地址"),
    "since": ("入住日期", "入住时间", "迁入日期", "迁入时间", "居住起始日期"),
}
"""Field → its names, the likeliest first."""

WHERE = ("door", "address")
"""One of these must be there, beside the name: nobody is registered nowhere."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the sheet. ``field`` is one of ``COLUMNS`` or "" (nothing is taken from it); ``denied`` says why it may not be taken."""

    at: int
    heading: str
    field: str
    denied: Denial | None = None


def find_columns(rows: Sequence[Sequence[Any]], remembered: Mapping[str, str] | None = None) -> tuple[int, list[Column]]:
    """The row of headings (from 0), and each column that has one. ``remembered``: heading → field, as chosen here before; it goes first."""
    known = {name: field for field, names in COLUMNS.items() for name in names}
    start = max(range(min(len(rows), HEAD_WITHIN)), key=lambda n: (_known(rows[n], known, remembered or {}), -n), default=0)
    if not rows:
        return 0, []
    headings = [(at, text_of(cell)) for at, cell in enumerate(rows[start]) if text_of(cell)]
    fields = _fields([(at, heading, heading_of(heading)) for at, heading in headings], remembered or {})
    found = []
    for at, heading in headings:
        refused = denied(heading, column=True)
        found.append(Column(at, heading, "" if refused else fields.get(at, ""), refused))
    return start, found


def _known(row: Sequence[Any], known: Mapping[str, str], remembered: Mapping[str, str]) -> int:
    names = {heading_of(cell) for cell in row}
    return len({remembered.get(name, known.get(name)) for name in names if name in known or name in remembered})


def _fields(headings: Sequence[tuple[int, str, str]], remembered: Mapping[str, str]) -> dict[int, str]:
    """Column → field, each field once: as remembered, else by the likeliest name that is there."""
    fields: dict[int, str] = {}
    taken: set[str] = set()
    for at, heading, plain in headings:
        field = remembered.get(heading, remembered.get(plain))
        if field in COLUMNS and field not in taken:
            fields[at] = field
            taken.add(field)
    chosen = {plain for at, heading, plain in headings if heading in remembered or plain in remembered}
    for field, names in COLUMNS.items():
        found = next(
            (at for name in names for at, _heading, plain in headings if plain == name and at not in fields and plain not in chosen), None
        )
        if found is not None and field not in taken:
            fields[found] = field
            taken.add(field)
    return fields


def missing(columns: Sequence[Column]) -> list[str]:
    """Fields without which nothing can be imported: the name, and somewhere to live (the first of ``WHERE`` stands for either)."""
    fields = {c.field for c in columns}
    return [*(["name"] if "name" not in fields else []), *([] if fields & set(WHERE) else [WHERE[0]])]
