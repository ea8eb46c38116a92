"""Lists as spreadsheets: every one says who took it, when and why, in the sheet, on each printed page and in the log of acts."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import xlsxwriter
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from linli.frame.actlog import record_act
from linli.frame.columns import Column
from linli.frame.refusal import Refusal

MIME = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ROWS = 5000  # more needs a second person's approval; ``EXPORT_ROWS`` in the settings overrides
_TRIGGERS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # full-width ones work in East Asian Excel


@dataclass(frozen=True, slots=True)
class Export:
    """That a list may be taken out: ``title`` heads the sheet, ``act`` and ``path`` (the place it covers) go into the log of acts."""

    title: Any
    act: str  # dotted: matters.list.exported
    path: str = ""


def row_cap() -> int:
    return int(getattr(settings, "EXPORT_ROWS", ROWS))


def export_xlsx(
    request: HttpRequest, rows: QuerySet, columns: Sequence[Column], export: Export, *, query: str = "", now: datetime | None = None
) -> FileResponse:
    """A download of ``rows`` in their order. The POST names ``why`` (2 to 200 signs: «例会» says enough).

    Raises Refusal: ``why`` missing, or more rows than one person may take out alone.
    """
    return export_rows(request, within_cap(rows), columns, export, query=query, now=now)


def within_cap(rows: QuerySet) -> Iterable[Any]:
    """The rows, if one person may take out so many alone. Raises Refusal."""
    cap = row_cap()
    if rows.order_by().values("pk")[: cap + 1].count() > cap:
        raise Refusal(
            _("The list has more than %(cap)s rows. So many need a second person's approval, which is not yet offered: narrow the list."),
            code="too_many_rows",
            params={"cap": cap},
        )
    return rows[:cap].iterator(chunk_size=1000)


def export_rows(
    request: HttpRequest, rows: Iterable[Any], columns: Sequence[Column], export: Export, *, query: str = "", now: datetime | None = None
) -> FileResponse:
    """As ``export_xlsx``, of rows that are no records but made of them (figures), and as many as they are. Raises Refusal (``why``)."""
    now, why = now or timezone.now(), purpose_of(request.POST.get("why", ""))
    file, name = taken_out(request.user, why, rows, columns, export, query=query, now=now)
    response = FileResponse(file, as_attachment=True, filename=name, content_type=MIME)
    response["Cache-Control"] = "no-store"
    return response


def purpose_of(text: str) -> str:
    """What a list is for, as it is written down. Raises Refusal."""
    why = " ".join(text.split())
    if not 2 <= len(why) <= 200 or not why.isprintable():
        raise Refusal(_("Say what the list is for, in 2 to 200 characters."), field="why", code="why")
    return why


def taken_out(
    by: Any, why: str, rows: Iterable[Any], columns: Sequence[Column], export: Export, *, query: str = "", now: datetime, through: str = ""
) -> tuple[Any, str]:
    """The sheet, open at its beginning, and its name. Who took it out, and ``through`` which key, stands in the log and on the sheet."""
    columns = [c for c in columns if c.export]
    about = {"why": why, "query": query, "columns": [c.key for c in columns], **({"key": through} if through else {})}
    # the log line and the rows are of one moment, and no line is left when the sheet can't be made
    with transaction.atomic():
        line = record_act(by, export.act, query[:100] or "-", about, export.path, now=now)
        stamp = _stamp(by, f"{why} [{through}]" if through else why, now, line.pk)
        file = write_sheet(rows, columns, title=str(export.title), stamp=stamp, now=now)
    return file, f"{export.title}-{timezone.localtime(now):%Y%m%d-%H%M}.xlsx"


def _stamp(user: Any, why: str, now: datetime, number: int) -> str:
    """The watermark line."""
    values = {
        "who": user.get_full_name() or user.get_username(),
        "when": f"{timezone.localtime(now):%Y-%m-%d %H:%M}",
        "why": why,
        "number": number,
    }
    return gettext("Taken out by %(who)s on %(when)s for: %(why)s. Record %(number)s. Internal; do not pass on.") % values


def write_sheet(rows: Iterable[Any], columns: Sequence[Column], *, title: str, stamp: str, now: datetime) -> Any:
    """An open file at its beginning, already without a name on disk. One row is in memory at a time."""
    folder = tempfile.mkdtemp(prefix="linli-export-")
    path = Path(folder) / "sheet.xlsx"
    try:
        book = xlsxwriter.Workbook(
            path,
            {
                "constant_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
                "tmpdir": folder,
            },
        )
        book.set_properties({"title": title, "comments": stamp, "created": timezone.make_naive(now)})
        _fill(book, rows, columns, title, stamp)
        book.close()
        return path.open("rb")
    finally:
        for left in Path(folder).iterdir():
            left.unlink()
        os.rmdir(folder)


def _fill(book: Any, rows: Iterable[Any], columns: Sequence[Column], title: str, stamp: str) -> None:
    sheet = book.add_worksheet()
    styles = {
        "head": book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}),
        "title": book.add_format({"bold": True, "font_size": 14}),
        "stamp": book.add_format({"font_color": "#8a1f11"}),
        "text": book.add_format({"text_wrap": True, "valign": "top"}),
        "quoted": book.add_format({"text_wrap": True, "valign": "top", "quote_prefix": True}),
        "date": book.add_format({"num_format": "yyyy-mm-dd", "valign": "top"}),
        "time": book.add_format({"num_format": "yyyy-mm-dd hh:mm", "valign": "top"}),
    }
    for i, column in enumerate(columns):
        sheet.set_column(i, i, column.width)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(2)
    sheet.freeze_panes(3, 0)
    sheet.set_header(f"&C{_printed(title)}")
    sheet.set_footer(f"&L&8{_printed(stamp)}&R&8&P/&N")
    _write(sheet, 0, 0, title, styles | {"text": styles["title"]})
    _write(sheet, 1, 0, stamp, styles | {"text": styles["stamp"]})
    for i, column in enumerate(columns):
        _write(sheet, 2, i, str(column.title), styles | {"text": styles["head"]})
    for r, row in enumerate(rows, 3):
        for i, column in enumerate(columns):
            value = column.of(row)
            _write(
                sheet, r, i, timezone.localtime(value).date() if column.kind == "date" and isinstance(value, datetime) else value, styles
            )


def _printed(text: str) -> str:
    """For a printed header or footer: Excel takes 255 signs in all, and "&" begins a command."""
    return text[:110].replace("&", "&&")


def _write(sheet: Any, row: int, column: int, value: Any, styles: dict[str, Any]) -> None:
    """One cell as what it is. Text is written as text, never as formula or link; text that could wake up as a formula when somebody
    edits the cell or saves the sheet as CSV is marked with Excel's own quote prefix, so that it reads unchanged."""
    if value is None or value == "":
        return
    if isinstance(value, bool):
        value = gettext("yes") if value else gettext("no")
    if isinstance(value, datetime):
        sheet.write_datetime(row, column, timezone.make_naive(value) if timezone.is_aware(value) else value, styles["time"])
    elif hasattr(value, "isoformat"):
        sheet.write_datetime(row, column, value, styles["date"])
    elif isinstance(value, int | float | Decimal):
        sheet.write_number(row, column, value)
    else:
        text = str(value)[:32_767]
        sheet.write_string(row, column, text, styles["quoted" if text.startswith(_TRIGGERS) else "text"])
