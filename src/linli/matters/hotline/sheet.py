"""The sheets in which a hotline hands over its work orders, as hotlines really make them: XLSX, XLS, or CSV in GBK or UTF-8.

Pure: bytes in, orders and faults out. No fault repeats a protected value.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from linli.kit.discreet import is_phone
from linli.kit.sheets import Unreadable, find_headings, lost_digits, moment_of, read_rows, said_of, text_of

__all__ = ["COLUMNS", "MOST", "Fault", "Order", "Sheet", "Unreadable", "orders_of", "read_sheet", "rows_of"]

MOST = 2000  # orders in one file
SKEW = timedelta(minutes=10)  # by so much another system's clock may be ahead

COLUMNS: dict[str, tuple[str, ...]] = {
    "number": ("工单编号", "工单号", "热线编号", "受理编号", "案件编号", "单号", "编号"),
    "text": ("诉求内容", "来电内容", "问题描述", "反映内容", "主要内容", "内容"),
    "title": ("诉求标题", "工单标题", "标题", "主题"),
    "name": ("来电人姓名", "诉求人姓名", "来电人", "诉求人", "联系人", "姓名"),
    "phone": ("来电号码", "联系电话", "诉求人电话", "联系方式", "手机号码", "手机", "电话"),
    "withheld": ("是否保密", "信息保密", "保密", "隐名"),
    "address": ("事发地址", "诉求地址", "问题地址", "详细地址", "事发地点", "具体位置", "地址", "地点", "位置"),
    "community": ("所属社区", "承办社区", "社区名称", "社区"),
    "category": ("诉求类别", "事项分类", "问题分类", "诉求类型", "类别", "分类"),
    "received": ("受理时间", "来电时间", "登记时间", "派单时间", "热线受理时间"),
    "due": ("办理时限", "办理期限", "截止时间", "办结时限", "要求办结时间", "处理时限", "热线时限"),
}
"""What a column is called, in the order in which a name is looked for; our own words for it among them. The intake guide lists them all."""
REQUIRED = ("number", "text")
_OPEN = frozenset({"", "否", "不", "无", "不保密", "不隐名", "不需要", "不需保密", "公开", "n", "no", "0", "false"})
"""What says that a name needn't be withheld; anything else in that column withholds it: who asked for it must not depend on a spelling."""


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
    """A cell for which its row can't be used: ``field`` is one of COLUMNS, ``code`` says why (missing, digits, phone, moment, future,
    twice, long)."""

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

    @property
    def wrong(self) -> int:
        """How many rows can't be used."""
        return len({f.row for f in self.faults})


def read_sheet(data: bytes, now: datetime | None = None) -> Sheet:
    """The orders of a file. Raises Unreadable; a wrong row is its Faults and stops no other. ``now``, local and without a zone: what the
    hotline received later than that is wrong."""
    rows = read_rows(data)
    head = find_headings(rows, COLUMNS, REQUIRED)
    sheet, seen = Sheet(unused=list(head.unused)), set[str]()
    for number, row in enumerate(rows[head.start + 1 :], start=head.start + 2):
        cells = head.cells(row)
        if not any(text_of(c) for c in cells.values()):
            continue
        found = _order(number, cells, now)
        if isinstance(found, Order) and found.number in seen:
            found = [Fault(number, found.number, "number", "twice")]
        if isinstance(found, list):
            sheet.faults += found
        else:
            seen.add(found.number)
            sheet.orders.append(found)
    if not sheet.orders and not sheet.faults:
        raise Unreadable("empty")
    if len(sheet.orders) + sheet.wrong > MOST:
        raise Unreadable("too_many", most=MOST)
    return sheet


def _order(row: int, cells: dict[str, Any], now: datetime | None) -> Order | list[Fault]:
    """The order of a row, or all that is wrong with it."""
    number, text = text_of(cells["number"]), said_of(cells["text"])
    found = [(name, code) for name, code in (("number", _wrong_number(cells["number"], number)), ("text", _wrong_text(text))) if code]
    phone = text_of(cells.get("phone", ""))
    if phone and not is_phone(phone):
        found.append(("phone", "phone"))
    moments: dict[str, datetime | None] = {}
    for name in ("received", "due"):
        try:
            moments[name] = moment_of(cells.get(name))
        except ValueError:
            found.append((name, "moment"))
    if now and (received := moments.get("received")) and received > now + SKEW:
        found.append(("received", "future"))
    if found:
        return [Fault(row, number[:40], name, code) for name, code in found]
    return Order(
        row, number, text, said_of(cells.get("title", ""))[:120], text_of(cells.get("name", ""))[:40], phone,
        text_of(cells.get("withheld", "")).lower() not in _OPEN, said_of(cells.get("address", ""))[:200], text_of(cells.get("community", "")),
        text_of(cells.get("category", "")), **moments,
    )  # fmt: skip


def _wrong_number(cell: Any, number: str) -> str:
    if not number:
        return "missing"
    if lost_digits(cell):
        return "digits"
    return "long" if len(number) > 40 or not number.isprintable() else ""


def _wrong_text(text: str) -> str:
    return "missing" if len(text) < 4 else "long" if len(text) > 4000 else ""


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
