"""Reading sheets: as offices make them, and as no one should."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from linli.kit import sheets
from linli.kit.sheets import Unreadable, day_of, find_headings, heading_of, lost_digits, moment_of, read_rows, said_of, text_of

COLUMNS = {"name": ("居民姓名", "姓名"), "id": ("公民身份号码", "身份证号", "证件号码"), "address": ("住址", "地址")}


def workbook(*rows, merged=(), hidden=False) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    if hidden:
        book.add_worksheet("填表说明").hide()
    sheet = book.add_worksheet("台账")
    if hidden:
        sheet.activate()
        sheet.set_first_sheet()
    for n, row in enumerate(rows):
        for m, cell in enumerate(row):
            sheet.write(n, m, cell)
    for area in merged:
        sheet.merge_range(*area)
    book.close()
    return out.getvalue()


def test_a_cell_merged_downwards_says_the_same_in_each_of_its_rows():
    rows = read_rows(workbook(["地址", "姓名"], ["", "甲"], ["", "乙"], ["", "丙"], merged=[(1, 0, 2, 0, "3号楼101")]))
    assert [r[0] for r in rows[1:]] == ["3号楼101", "3号楼101", ""]


def test_a_sheet_that_is_hidden_is_passed_over():
    assert read_rows(workbook(["姓名"], ["甲"], hidden=True)) == [["姓名"], ["甲"]]


@pytest.mark.parametrize("code", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_csv_is_read_in_the_codes_offices_use(code):
    assert read_rows('姓名,地址\r\n甲,"3号楼,101"\r\n'.encode(code)) == [["姓名", "地址"], ["甲", "3号楼,101"]]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"PK\x03\x04 no workbook", "damaged"),
        (b"\xd0\xcf\x11\xe0 no workbook", "damaged"),
        (b"\x89PNG\0\0", "kind"),
        (b"\xff\xff\xff", "kind"),
        (b'"never closed', "damaged"),
    ],
)
def test_a_file_that_can_t_be_read_says_why(data, code):
    with pytest.raises(Unreadable) as refused:
        read_rows(data)
    assert refused.value.code == code


def test_a_small_file_that_unpacks_to_a_mountain_is_refused_unread(monkeypatch):
    monkeypatch.setattr(sheets, "UNPACKED", 1_000_000)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 2_000_000)
    assert len(out.getvalue()) < 10_000
    with pytest.raises(Unreadable):
        read_rows(out.getvalue())


@pytest.mark.parametrize("heading", ["姓名", "*姓名", "姓  名", "姓\n名", "姓名(必填)", "姓名\uff08必填\uff09", "姓名\uff1a", " 姓名 "])
def test_a_heading_is_known_whatever_is_put_around_it(heading):
    assert heading_of(heading) == "姓名"


def test_headings_are_found_below_titles_and_what_nobody_reads_is_named():
    rows = [["某社区居民台账", "", ""], ["", "", ""], ["序号", "证件号码", "姓 名"], ["1", "x", "甲"]]
    head = find_headings(rows, COLUMNS, ["name"])
    assert (head.start, head.places, head.unused) == (2, {"name": 2, "id": 1}, ("序号",))
    assert head.cells(["1", "x"]) == {"name": "", "id": "x"}


def test_a_missing_heading_is_named_by_its_likeliest_name():
    with pytest.raises(Unreadable) as refused:
        find_headings([["姓名", "电话"]], COLUMNS, ["name", "id", "address"])
    assert (refused.value.code, refused.value.params) == ("headings", {"missing": "公民身份号码、住址"})


def test_excel_keeps_fifteen_digits_and_what_it_shows_beyond_is_made_up():
    assert lost_digits(1.1010519491231e17)
    assert not lost_digits(13912345678.0)
    assert not lost_digits("110105194912310025")
    assert not lost_digits(150204650101001.0)  # the old form of 15 digits came through whole


@pytest.mark.parametrize(
    ("cell", "text"), [(2.0, "2"), (2.5, "2.5"), (None, ""), ("\u3000３号楼\u3000", "3号楼"), (True, "True"), ("１５０２", "1502")]
)
def test_a_cell_is_plain_text_without_what_the_keyboard_added(cell, text):
    assert text_of(cell) == text


def test_what_somebody_said_keeps_its_punctuation():
    assert said_of(" 灯坏了\uff0c没人修 ") == "灯坏了\uff0c没人修"


@pytest.mark.parametrize(
    "cell",
    [
        "1998-3-12",
        "1998/03/12",
        "1998.3.12",
        "1998年3月12日",
        "19980312",
        19980312.0,
        35866,
        35866.0,
        date(1998, 3, 12),
        "１９９８-３-１２",
    ],
)
def test_a_day_is_understood_in_every_way_it_is_written(cell):
    assert day_of(cell) == date(1998, 3, 12)


@pytest.mark.parametrize("cell", ["", None, "  "])
def test_an_empty_cell_is_no_day(cell):
    assert day_of(cell) is None


@pytest.mark.parametrize("cell", ["1998-2-30", "19981312", "下周", "1998-3", 0.5, -1, 1e12, "3/12/1998"])
def test_a_day_that_isn_t_one_is_refused_without_being_repeated(cell):
    with pytest.raises(ValueError, match=r"^moment$"):
        day_of(cell)


def test_a_moment_keeps_its_time():
    assert moment_of("2026-12-03 18:00") == datetime.fromisoformat("2026-12-03T18:00")
    assert moment_of("2026年12月3日 18:00:30") == datetime.fromisoformat("2026-12-03T18:00:30")
    assert moment_of(46359.75) == datetime.fromisoformat("2026-12-03T18:00")


@given(st.dates(date(1900, 3, 1), date(2100, 1, 1)))
def test_every_day_comes_back_however_it_is_written(day):
    for form in ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%Y%m%d"):
        assert day_of(day.strftime(form)) == day
    assert day_of((day - date(1899, 12, 30)).days) == day


@given(st.binary(max_size=600))
def test_whatever_is_sent_is_read_or_refused_in_words(data):
    try:
        rows = read_rows(data)
    except Unreadable as refused:
        code = refused.code
    else:
        code = "" if all(isinstance(row, list) for row in rows) else "no rows"
    assert code in {"", "kind", "damaged"}


def test_what_is_no_sheet_is_called_so_whatever_its_name():
    for data in (b"%PDF-1.7\n1 0 obj", b"MZ\x90 This program", b"\x89PNG\r\n", b"{\\rtf1 text}"):
        with pytest.raises(Unreadable) as found:
            read_rows(data)
        assert found.value.code == "kind"


def test_columns_may_be_set_apart_by_semicolons_and_days_be_numbers_kept_as_text():
    assert read_rows("姓名;电话\n甲;1,2".encode()) == [["姓名", "电话"], ["甲", "1,2"]]
    assert read_rows("姓名,电话\n甲,1;2".encode()) == [["姓名", "电话"], ["甲", "1;2"]]
    assert day_of("22404") == date(1961, 5, 3)
