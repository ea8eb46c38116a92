"""Reading the hotline's sheets: as hotlines make them, and as no one should."""

from __future__ import annotations

import io
from datetime import datetime
from pathlib import Path

import pytest
import xlsxwriter
from django.utils.translation import gettext, override
from hypothesis import given
from hypothesis import strategies as st

import linli
from linli.matters.api.hotline import OrderForm
from linli.matters.hotline.pages import LIST
from linli.matters.hotline.sheet import COLUMNS, MOST, Unreadable, orders_of, read_sheet, rows_of

WHEN = datetime.fromisoformat("2026-12-03T18:00")
HEAD = ["工单编号", "诉求内容", "来电人", "联系电话", "事发地址", "所属社区", "办理时限(工作日)", "处理人"]
ROW = [
    "JB2026112800123",
    "三号楼北门垃圾堆了三天没人清",
    "端木问之",
    "13912345678",
    "都兰社区3号楼",
    "都兰社区",
    "2026-12-03 18:00",
    "小王",
]


def csv(*rows, head=HEAD, code="gb18030") -> bytes:
    return "\r\n".join(",".join(map(str, r)) for r in (head, *rows)).encode(code)


def xlsx(*rows, above=()) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "default_date_format": "yyyy-mm-dd hh:mm"})
    sheet = book.add_worksheet()
    for n, row in enumerate([*above, *rows]):
        for m, cell in enumerate(row):
            sheet.write(n, m, cell)
    book.close()
    return out.getvalue()


@pytest.mark.parametrize("code", ["gb18030", "utf-8-sig", "utf-8"])
def test_a_csv_is_read_in_the_codes_offices_use(code):
    [order] = read_sheet(csv(ROW, code=code)).orders
    assert (order.number, order.text, order.name, order.phone) == tuple(ROW[:4])
    assert (order.address, order.community, order.due) == ("都兰社区3号楼", "都兰社区", WHEN)


@pytest.mark.parametrize(
    ("said", "withheld"),
    [("是", True), ("保密", True), ("来电人要求保密", True), ("√", True), ("否", False), ("", False), ("不保密", False)],
)
def test_whoever_may_have_asked_for_it_has_their_name_withheld_however_that_is_spelt(said, withheld):
    [order] = read_sheet(csv([*ROW, said], head=[*HEAD, "是否保密"])).orders
    assert order.withheld is withheld


def test_a_workbook_is_read_below_its_title_with_dates_as_excel_keeps_them():
    row = [*ROW[:6], WHEN, "小王"]
    sheet = read_sheet(xlsx(HEAD, row, above=[["青山区热线工单"], []]))
    assert sheet.orders[0].due == WHEN
    assert sheet.orders[0].row == 4
    assert sheet.unused == ["处理人"]


def test_our_own_words_for_a_column_are_understood_where_they_head_one():
    """What the interface, the page of work orders and the page of a file call it."""
    with override("zh-hans"):
        own = {name: str(f.label) for name, f in OrderForm.base_fields.items() if name != "place"}
        page = {str(c.title) for c in LIST if c.key in ("number", "title", "due_at")} | {gettext("What was told"), gettext("Where")}
    assert {name for name, words in own.items() if words not in COLUMNS[name]} == set()
    assert page <= {words for names in COLUMNS.values() for words in names}
    heads = list(own.values())
    sheet = read_sheet(csv(["JB1", "垃圾堆了三天没人清", *[""] * (len(heads) - 2)], head=heads))
    assert (sheet.unused, [o.number for o in sheet.orders]) == ([], ["JB1"])


def test_the_guide_lists_every_name_of_a_column_that_is_understood():
    guide = (Path(linli.__file__).parents[2] / "docs" / "guides" / "intake.md").read_text()
    rows = [line.split("|")[2].strip() for line in guide.splitlines() if line.startswith("| ")]
    assert [tuple(r.split("、")) for r in rows if r.split("、")[0] in {names[0] for names in COLUMNS.values()}] == list(COLUMNS.values())


def test_full_width_signs_and_numbers_typed_as_numbers_are_understood():
    row = ["ＪＢ００１", "楼道灯坏了好几天", "端木问之", 13912345678, "", "", "", ""]
    [order] = read_sheet(xlsx(HEAD, row)).orders
    assert (order.number, order.phone) == ("JB001", "13912345678")


def test_each_wrong_row_is_named_and_stops_no_other():
    rows = [
        ROW,
        ["", *ROW[1:]],
        ["A2", "短", *ROW[2:]],
        ["A3", *ROW[1:6], "下周吧", ""],
        [ROW[0], *ROW[1:]],
        ["A4", *ROW[1:]],
    ]
    sheet = read_sheet(csv(*rows))
    assert [o.number for o in sheet.orders] == [ROW[0], "A4"]
    assert [(f.row, f.field, f.code) for f in sheet.faults] == [
        (3, "number", "missing"),
        (4, "text", "missing"),
        (5, "due", "moment"),
        (6, "number", "twice"),
    ]
    assert not any("139" in str(f) or "端木" in str(f) for f in sheet.faults)


def test_all_that_is_wrong_in_a_row_is_named_at_once_and_the_row_counted_once():
    sheet = read_sheet(csv(["", "短", *ROW[2:6], "下周吧", ""], ["A9", *ROW[1:]]))
    assert [(f.row, f.field, f.code) for f in sheet.faults] == [(2, "number", "missing"), (2, "text", "missing"), (2, "due", "moment")]
    assert (sheet.wrong, [o.number for o in sheet.orders]) == (1, ["A9"])


def test_what_was_received_later_than_now_is_wrong_but_for_a_clock_that_is_ahead():
    head = [*HEAD, "受理时间"]
    rows = [[f"A{n}", *ROW[1:], when] for n, when in enumerate(["2026-12-01 09:00", "2026-12-01 09:05", "2026-12-02", ""])]
    sheet = read_sheet(csv(*rows, head=head), datetime.fromisoformat("2026-12-01T09:00"))
    assert [(f.row, f.field, f.code) for f in sheet.faults] == [(4, "received", "future")]
    assert [o.number for o in sheet.orders] == ["A0", "A1", "A3"]


def test_a_number_that_lost_its_digits_in_excel_is_refused():
    [fault] = read_sheet(xlsx(HEAD, [20261128001234567890, *ROW[1:]])).faults
    assert (fault.field, fault.code) == ("number", "digits")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "headings"),
        (csv(head=["姓名", "电话"]), "headings"),
        (csv(), "empty"),
        (b"PK\x03\x04 no workbook", "damaged"),
        (b"\xd0\xcf\x11\xe0 no workbook", "damaged"),
        (b"\x89PNG\0\0", "kind"),
        (csv(*([f"A{n}", *ROW[1:]] for n in range(MOST + 1))), "too_many"),
    ],
)
def test_a_file_that_can_t_be_used_says_why(data, code):
    with pytest.raises(Unreadable) as refused:
        read_sheet(data)
    assert refused.value.code == code


@given(st.binary(max_size=400) | st.text(max_size=200).map(lambda t: csv([t, t, t]) if t.isprintable() else t.encode()))
def test_whatever_is_sent_is_read_or_refused_in_words(data):
    try:
        sheet = read_sheet(data)
    except Unreadable:
        return
    assert len({o.number for o in sheet.orders}) == len(sheet.orders)


def test_orders_survive_being_kept():
    orders = read_sheet(csv(ROW)).orders
    assert orders_of(rows_of(orders)) == orders
