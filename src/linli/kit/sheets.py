"""Sheets as offices really keep them: XLSX, XLS, or CSV in GBK or UTF-8, with titles above the headings and cells merged downwards.

Pure: bytes in, rows out. What a cell says is understood here (full-width signs, numbers typed as numbers, dates as text or as Excel counts
them); what it means is the reader's business. No error repeats what a cell held.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from linli.kit import dates

HEAD_WITHIN = 10
"""Rows in which the line of headings is looked for: titles and notes stand above it."""
UNPACKED = 600_000_000
"""Bytes a workbook may unpack to: 200,000 rows of 12 columns need a quarter of it."""
KEPT_DIGITS = 15
"""Of a number's digits Excel keeps no more; what it then shows of an ID number is made up."""

_NO_TEXT = (b"%PDF", b"MZ", b"\x7fELF", b"{\\rtf", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"Rar!", b"7z\xbc\xaf")
_SERIAL = re.compile(r"[0-9]{5}(\.[0-9]+)?", re.ASCII)
_PACKED = 10_000_000  # from here on a number is a date written without signs: 20090301
_TIME = re.compile(r"[T\s]+(?P<h>\d{1,2}):(?P<min>\d{2})(?::(?P<s>\d{2})(?:\.\d+)?)?$", re.ASCII)


class Unreadable(Exception):
    """The file as a whole can't be used. ``code``: kind, damaged, empty, headings, too_many."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code, self.params = code, params


Rows = list[list[Any]]


@dataclass(frozen=True, slots=True)
class Headed:
    """A sheet with its headings found. ``start`` is the row of headings, counted from 0; ``places`` what → column."""

    start: int
    places: Mapping[str, int]
    unused: tuple[str, ...]

    def cells(self, row: Sequence[Any]) -> dict[str, Any]:
        """What a row below says, by what; "" where the row is too short."""
        return {what: row[at] if at < len(row) else "" for what, at in self.places.items()}


def read_rows(data: bytes) -> Rows:
    """The rows of the first sheet that shows. A merged cell says the same in each of its rows. Raises Unreadable."""
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return _workbook(data)
    if data.startswith(_NO_TEXT) or b"\0" in data[:4096]:
        raise Unreadable("kind")
    text = _decoded(data)
    try:
        return [list(row) for row in csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)]
    except csv.Error:
        raise Unreadable("damaged") from None


def _workbook(data: bytes) -> Rows:
    try:
        _weigh(data)
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        shown = [s.name for s in book.sheets_metadata if s.typ == SheetTypeEnum.WorkSheet and s.visible == SheetVisibleEnum.Visible]
        sheet = book.get_sheet_by_name(shown[0])
        return _spread(sheet.to_python(skip_empty_area=False), sheet)
    except (CalamineError, IndexError, ValueError, OSError, zipfile.BadZipFile):
        raise Unreadable("damaged") from None


def _weigh(data: bytes) -> None:
    """A small file that unpacks to more than the machine holds is refused before it is unpacked."""
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(e.file_size for e in archive.infolist()) > UNPACKED:
                raise Unreadable("damaged")


def _spread(rows: Rows, sheet: CalamineSheet) -> Rows:
    for (top, left), (bottom, _right) in sheet.merged_cell_ranges or ():
        for n in range(top + 1, min(bottom + 1, len(rows))):
            if left < len(rows[n]) and rows[n][left] == "":
                rows[n][left] = rows[top][left]
    return rows


def _delimiter(text: str) -> str:
    """What sets the columns apart: the comma, or what programs of other countries and copies from tables put in its place."""
    head = "\n".join(text[:20_000].splitlines()[:HEAD_WITHIN])
    return max(",;\t", key=head.count)


def _decoded(data: bytes) -> str:
    for code in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(code)
        except UnicodeDecodeError:
            continue
    raise Unreadable("kind")


def find_headings(rows: Sequence[Sequence[Any]], columns: Mapping[str, Sequence[str]], required: Sequence[str]) -> Headed:
    """The row that names most of ``columns`` (what → its names, the likeliest first). Raises Unreadable("headings") naming what is missing."""
    best: tuple[int, dict[str, int]] = (0, {})
    for n, row in enumerate(rows[:HEAD_WITHIN]):
        found = _columns([heading_of(c) for c in row], columns)
        if len(found) > len(best[1]):
            best = n, found
    start, places = best
    if missing := [columns[what][0] for what in required if what not in places]:
        raise Unreadable("headings", missing="、".join(missing))
    used = set(places.values())
    return Headed(start, places, tuple(h for n, c in enumerate(rows[start]) if n not in used and (h := text_of(c))))


def _columns(headings: Sequence[str], columns: Mapping[str, Sequence[str]]) -> dict[str, int]:
    return {what: headings.index(name) for what, names in columns.items() if (name := next((n for n in names if n in headings), None))}


def heading_of(cell: Any) -> str:
    """A heading without what is put around it: "*姓  名" is "姓名", "办理时限(工作日)" is "办理时限"."""
    return re.sub(r"[\s*]+|[:(].*$", "", text_of(cell), flags=re.DOTALL)


def text_of(cell: Any) -> str:
    """A cell as plain text: full-width signs narrowed, numbers without ".0", no spaces around."""
    if isinstance(cell, str):
        return cell.strip() if cell.isascii() else unicodedata.normalize("NFKC", cell).strip()
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return unicodedata.normalize("NFKC", str(cell)).strip() if cell is not None else ""


def said_of(cell: Any) -> str:
    """What somebody said: as it was written, Chinese punctuation included."""
    return str(cell).strip() if isinstance(cell, str) else text_of(cell)


def lost_digits(cell: Any) -> bool:
    """Whether Excel has kept a number instead of its digits, and so not all of them."""
    return isinstance(cell, int | float) and not isinstance(cell, bool) and abs(cell) >= 10**KEPT_DIGITS


def moment_of(cell: Any) -> datetime | None:
    """The moment a cell names, local, without a zone; None where it is empty. Raises ValueError, without the value."""
    if isinstance(cell, datetime):
        return cell
    if isinstance(cell, date):
        return datetime(cell.year, cell.month, cell.day)  # noqa: DTZ001  local, as written
    text = text_of(cell)
    if not text:
        return None
    try:
        if isinstance(cell, float | int) and not isinstance(cell, bool) and cell < _PACKED:  # a date that Excel shows as a number
            return datetime.combine(dates.from_serial(cell), time()) + timedelta(days=cell % 1)
        if _SERIAL.fullmatch(text):  # the same, kept as text
            return datetime.combine(dates.from_serial(float(text)), time()) + timedelta(days=float(text) % 1)
        told = _TIME.search(text)
        hour, minute, second = (int(told[part] or 0) for part in ("h", "min", "s")) if told else (0, 0, 0)
        return datetime.combine(dates.read(text[: told.start()] if told else text), time(hour, minute, second))
    except ValueError:
        raise ValueError("moment") from None


def day_of(cell: Any) -> date | None:
    """The day a cell names; None where it is empty. Raises ValueError, without the value."""
    moment = moment_of(cell)
    return moment.date() if moment else None
