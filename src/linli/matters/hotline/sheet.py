"""The sheets in which a hotline hands over its work orders, as hotlines really make them: XLSX, XLS, or CSV in GBK or UTF-8.

Pure: bytes in, orders and faults out. No fault repeats a protected value.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

MOST = 2000  # orders in one file
HEAD_WITHIN = 10  # rows in which the line of headings is looked for: titles and notes stand above it
_EXCEL_DIGITS = 15  # of a number's digits Excel keeps no more

COLUMNS: dict[str, tuple[str, ...]] = {
    "number": ("工单编号", "工单号", "热线编号", "受理编号", "案件编号", "单号", "编号"),
    "text": ("诉求内容", "来电内容", "问题描述", "反映内容", "主要内容", "内容"),
    "title": ("诉求标题", "工单标题", "标题", "主题"),
    "name": ("来电人姓名", "诉求人姓名", "来电人", "诉求人", "联系人", "姓名"),
    "phone": ("来电号码", "联系电话", "联系方式", "手机号码", "手机", "电话"),
    "withheld": ("是否保密", "信息保密", "保密"),
    "address": ("事发地址", "诉求地址", "问题地址", "详细地址", "事发地点", "地址", "地点"),
    "community": ("所属社区", "承办社区", "社区名称", "社区"),
    "category": ("诉求类别", "事项分类", "问题分类", "诉求类型", "类别", "分类"),
    "received": ("受理时间", "来电时间", "登记时间", "派单时间"),
    "due": ("办理时限", "截止时间", "办结时限", "要求办结时间", "处理时限"),
}
"""What a column is called, in the order in which a name is looked for."""
REQUIRED = ("number", "text")
_YES = frozenset({"是", "保密", "y", "yes", "1", "true"})
_MOMENTS = (
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%d",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%Y年%m月%d日",
)


class Unreadable(Exception):
    """The file as a whole can't be used. ``code``: kind, damaged, empty, headings, too_many."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code, self.params = code, params


@dataclass(frozen=True, slots=True)
class Order:
    """One row. Times are as written: local, without a zone."""

    row: int
    number: str
    text: str
    title: str = ""
    name: str = ""
    phone: str = ""
    withheld: bool = False
    address: str = ""
    community: str = ""
    category: str = ""
    received: datetime | None = None
    due: datetime | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """A row that can't be used: ``field`` is one of COLUMNS, ``code`` says why (missing, digits, moment, twice, long)."""

    row: int
    number: str
    field: str
    code: str


@dataclass(slots=True)
class Sheet:
    orders: list[Order] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)
    """Headings nothing is taken from."""


def read_sheet(data: bytes) -> Sheet:
    """The orders of a file. Raises Unreadable; a wrong row is a Fault and stops no other."""
    rows = _rows(data)
    start, places, unused = _headings(rows)
    sheet, seen = Sheet(unused=unused), set[str]()
    for number, row in enumerate(rows[start + 1 :], start=start + 2):
        cells = {name: row[at] if at < len(row) else "" for name, at in places.items()}
        if not any(_text(c) for c in cells.values()):
            continue
        found = _order(number, cells)
        if isinstance(found, Order) and found.number in seen:
            found = Fault(number, found.number, "number", "twice")
        if isinstance(found, Fault):
            sheet.faults.append(found)
        else:
            seen.add(found.number)
            sheet.orders.append(found)
    if not sheet.orders and not sheet.faults:
        raise Unreadable("empty")
    if len(sheet.orders) + len(sheet.faults) > MOST:
        raise Unreadable("too_many", most=MOST)
    return sheet


def _rows(data: bytes) -> list[list[Any]]:
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        try:
            return CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python(skip_empty_area=False)
        except (CalamineError, IndexError, ValueError, OSError):
            raise Unreadable("damaged") from None
    if b"\0" in data[:4096]:
        raise Unreadable("kind")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = data.decode("gb18030")
        except UnicodeDecodeError:
            raise Unreadable("kind") from None
    try:
        return [list(row) for row in csv.reader(io.StringIO(text, newline=""), strict=True)]
    except csv.Error:
        raise Unreadable("damaged") from None


def _headings(rows: Sequence[Sequence[Any]]) -> tuple[int, dict[str, int], list[str]]:
    """The row of headings, the columns by what they hold, and the headings left over."""
    best: tuple[int, dict[str, int]] = (0, {})
    for n, row in enumerate(rows[:HEAD_WITHIN]):
        found = _columns([_heading(c) for c in row])
        if len(found) > len(best[1]):
            best = n, found
    start, places = best
    if missing := [COLUMNS[name][0] for name in REQUIRED if name not in places]:
        raise Unreadable("headings", missing="、".join(missing))
    used = set(places.values())
    return start, places, [h for n, c in enumerate(rows[start]) if n not in used and (h := _text(c))]


def _columns(headings: Sequence[str]) -> dict[str, int]:
    return {what: headings.index(name) for what, names in COLUMNS.items() if (name := next((n for n in names if n in headings), None))}


def _heading(cell: Any) -> str:
    return re.sub(r"[\s*：:（(].*$", "", _text(cell))


def _text(cell: Any) -> str:
    """A cell as plain text: full-width signs narrowed, numbers without «.0», no spaces around."""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return unicodedata.normalize("NFKC", str(cell)).strip() if cell is not None else ""


def _said(cell: Any) -> str:
    """What somebody said: as it was written, Chinese punctuation included."""
    return str(cell).strip() if isinstance(cell, str) else _text(cell)


def _order(row: int, cells: dict[str, Any]) -> Order | Fault:
    number = _text(cells["number"])
    if not number:
        return Fault(row, "", "number", "missing")
    if isinstance(cells["number"], int | float) and len(number) > _EXCEL_DIGITS:
        return Fault(row, number, "number", "digits")
    if len(number) > 40 or not number.isprintable():
        return Fault(row, number[:40], "number", "long")
    text = _said(cells["text"])
    if len(text) < 4:
        return Fault(row, number, "text", "missing")
    if len(text) > 4000:
        return Fault(row, number, "text", "long")
    moments: dict[str, datetime | None] = {}
    for name in ("received", "due"):
        try:
            moments[name] = _moment(cells.get(name))
        except ValueError:
            return Fault(row, number, name, "moment")
    return Order(
        row, number, text, _said(cells.get("title", ""))[:120], _text(cells.get("name", ""))[:40], _text(cells.get("phone", "")),
        _text(cells.get("withheld", "")).lower() in _YES, _said(cells.get("address", ""))[:200], _text(cells.get("community", "")),
        _text(cells.get("category", "")), **moments,
    )  # fmt: skip


def _moment(cell: Any) -> datetime | None:
    if isinstance(cell, datetime):
        return cell
    if isinstance(cell, date):
        return datetime(cell.year, cell.month, cell.day)  # noqa: DTZ001  local, as written
    if isinstance(cell, int | float):  # a date that Excel shows as a number: days since 1899-12-30
        if not 1 <= cell < 100_000:
            raise ValueError(cell)
        return datetime(1899, 12, 30) + timedelta(days=cell)  # noqa: DTZ001
    text = _text(cell)
    for form in _MOMENTS if text else ():
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007  local, as written
        except ValueError:
            continue
    if text:
        raise ValueError(text)
    return None


def rows_of(orders: Iterable[Order]) -> list[dict[str, Any]]:
    """Orders as JSON; ``orders_of`` reads them back."""
    return [
        {name: value.isoformat() if isinstance(value := getattr(o, name), datetime) else value for name in Order.__dataclass_fields__}
        for o in orders
    ]


def orders_of(rows: Iterable[dict[str, Any]]) -> list[Order]:
    def times(row: dict[str, Any]) -> dict[str, Any]:
        return row | {name: datetime.fromisoformat(row[name]) if row[name] else None for name in ("received", "due")}

    return [Order(**times(row)) for row in rows]
