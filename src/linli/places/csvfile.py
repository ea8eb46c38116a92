"""Reading and checking a CSV of official places, before anything is stored: ``code,name,level,parent``, UTF-8 or GBK."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

from django.utils.translation import gettext as _

from linli.places.codes import OFFICIAL, RANK, is_official, level_of
from linli.places.reports import Problem

MAX_BYTES = 20_000_000
MAX_ROWS = 100_000
MAX_NAME = 100

_HEADINGS = {
    "code": ("code", "代码", "编码", "区划代码", "统计用区划代码"),
    "name": ("name", "名称"),
    "level": ("level", "级别", "层级"),
    "parent": ("parent", "上级", "上级代码"),
    "households": ("households", "户数"),
    "aliases": ("aliases", "别名"),
}
_LEVEL_WORDS = {
    "省": "province", "自治区": "province", "市": "city", "盟": "city", "区": "district", "县": "district", "区县": "district",
    "街道": "street", "镇": "street", "乡": "street", "乡镇": "street", "社区": "community", "村": "community",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the file. ``number`` is the spreadsheet's; ``households`` and ``aliases`` are None where the file has no such column."""

    number: int
    code: str
    name: str
    level: str
    parent: str
    households: int | None = None
    aliases: str | None = None


def decode(data: bytes) -> str | Problem:
    """The text of a file saved as UTF-8 (with or without BOM) or GBK/GB18030."""
    if len(data) > MAX_BYTES:
        return Problem(None, "", _("It is larger than %(mb)s MB. Split it by district.") % {"mb": MAX_BYTES // 1_000_000})
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in data:
        return Problem(None, "", _("It is not a CSV text in UTF-8 or GBK. In the spreadsheet choose «Save as», «CSV UTF-8»."))
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return Problem(None, "", _("It is not a CSV text in UTF-8 or GBK. In the spreadsheet choose «Save as», «CSV UTF-8»."))


def read(data: bytes) -> tuple[list[Row], list[Problem], set[str]]:
    """The rows of a file, what is wrong in each by itself, and the codes of rows that are wrong."""
    text = decode(data)
    if isinstance(text, Problem):
        return [], [text], set()
    heading, _newline, _rest = text.partition("\n")
    reader = csv.reader(io.StringIO(text), delimiter="\t" if "\t" in heading and "," not in heading else ",", strict=True)
    try:
        columns, missing = _columns(next(reader, []))
        if missing:
            message = _("It needs the columns code, name, level, parent in its first row; missing: %(missing)s.")
            return [], [Problem(1, ", ".join(missing), message % {"missing": ", ".join(missing)})], set()
        return _rows(reader, columns)
    except csv.Error as error:
        message = _("The line can't be read as CSV (%(error)s). Look for a stray quote mark.")
        return [], [Problem(reader.line_num, "", message % {"error": error})], set()


def _columns(heading: list[str]) -> tuple[dict[str, int], list[str]]:
    names = [h.strip().lower() for h in heading]
    columns = {key: names.index(word) for key, words in _HEADINGS.items() for word in words if word in names}
    return columns, [key for key in ("code", "name", "level", "parent") if key not in columns]


def _rows(reader, columns: dict[str, int]) -> tuple[list[Row], list[Problem], set[str]]:
    rows: list[Row] = []
    failed: set[str] = set()
    problems: list[Problem] = []
    for line in reader:
        number = reader.line_num
        if not any(cell.strip() for cell in line):
            continue
        if len(rows) + len(problems) >= MAX_ROWS:
            problems.append(Problem(None, "", _("It has more than %(n)s rows. Split it by district.") % {"n": MAX_ROWS}))
            break
        cells = {key: line[at].strip() if at < len(line) else "" for key, at in columns.items()}
        row, wrong = _row(number, cells)
        problems.extend(wrong)
        if row:
            rows.append(row)
        else:
            failed.add(cells["code"])
    if not rows and not problems:
        problems.append(Problem(None, "", _("It has no rows below the heading.")))
    return rows, problems, failed


def _row(number: int, cells: dict[str, str]) -> tuple[Row | None, list[Problem]]:
    code, name = cells["code"], cells["name"]
    level = _LEVEL_WORDS.get(cells["level"], cells["level"].lower())
    wrong: list[Problem] = []

    def bad(field: str, message: str, **values) -> None:
        wrong.append(Problem(number, field, message % values if values else message, name))

    if not is_official(code):
        if "e+" in code.lower():
            bad(
                "code",
                _("«%(code)s» was turned into a number by the spreadsheet. Format the column as text and enter the code again."),
                code=code,
            )
        else:
            bad("code", _("«%(code)s» is not a code of 12 digits. Enter the official code in full, zeros included."), code=code[:40])
    if not name:
        bad("name", _("The name is empty. Enter the official name."))
    elif len(name) > MAX_NAME:
        bad("name", _("The name is longer than %(n)s characters. Shorten it."), n=MAX_NAME)
    if level not in OFFICIAL:
        bad(
            "level",
            _("«%(level)s» is no level of official places. Enter one of: %(levels)s."),
            level=level[:40],
            levels=", ".join(OFFICIAL),
        )
    elif is_official(code) and level != level_of(code):
        bad(
            "level",
            _("The code %(code)s is that of a %(expected)s by its zeros, the row says %(level)s. Mend the one that is wrong."),
            code=code, expected=level_of(code), level=level,
        )  # fmt: skip
    if cells["parent"] and not is_official(cells["parent"]):
        bad("parent", _("«%(code)s» is not a code of 12 digits. Enter the code of the place it belongs to."), code=cells["parent"][:40])
    households = _count(cells.get("households"))
    if households is _BAD:
        bad("households", _("«%(value)s» is not a number of households. Enter a whole number, 0 or more."), value=cells["households"][:20])
    if wrong:
        return None, wrong
    return Row(number, code, name, level, cells["parent"], households, cells.get("aliases")), []  # type: ignore[arg-type]


_BAD = object()


def _count(text: str | None):
    if not text:
        return None
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else _BAD


def check(rows: list[Row], stored: dict[str, str], failed: set[str] = frozenset()) -> list[Problem]:  # type: ignore[assignment]
    """What is wrong between rows: duplicates, missing parents, levels out of order, cycles.

    ``stored`` maps the codes of current places to their levels; ``failed`` are codes of rows already reported, whose children are not
    blamed for it as well.
    """
    problems: list[Problem] = []
    first: dict[str, Row] = {}
    for row in rows:
        if earlier := first.get(row.code):
            message = _("The code %(code)s is already in row %(row)s. Remove one of the two.")
            problems.append(Problem(row.number, "code", message % {"code": row.code, "row": earlier.number}, row.name))
        else:
            first[row.code] = row
    in_circle = _circles(first)
    top = min((RANK[row.level] for row in rows), default=0)
    told = ((row, _parent_wrong(row, first, stored, failed, in_circle, top)) for row in first.values())
    return problems + [Problem(row.number, "parent", message, row.name) for row, message in told if message]


def _parent_wrong(row: Row, rows: dict[str, Row], stored: dict[str, str], failed: set[str], in_circle: set[str], top: int) -> str:
    if row.code in in_circle:
        return _("%(code)s belongs to itself by way of %(parent)s. Enter the parent one level up.") % {
            "code": row.code,
            "parent": row.parent,
        }
    if not row.parent:
        if RANK[row.level] == top or row.code in stored:
            return ""
        return _("The parent is empty. Enter the code of the place it belongs to.")
    level = rows[row.parent].level if row.parent in rows else stored.get(row.parent)
    if level is None:
        if row.parent in failed:
            return ""
        message = _("The place %(code)s is neither in the file nor stored. Add its row, or mend the code.")
        return message % {"code": row.parent}
    if RANK[level] >= RANK[row.level]:
        message = _("A %(level)s can't belong to a %(parent)s. Enter the code of a place further up.")
        return message % {"level": row.level, "parent": level}
    return ""


def _circles(rows: dict[str, Row]) -> set[str]:
    """Codes on a circle of parents."""
    done: set[str] = set()
    found: set[str] = set()
    for start in rows:
        trail: dict[str, int] = {}
        code = start
        while code in rows and code not in done and code not in trail:
            trail[code] = len(trail)
            code = rows[code].parent
        if code in trail:
            found.update(c for c, at in trail.items() if at >= trail[code])
        done.update(trail)
    return found
