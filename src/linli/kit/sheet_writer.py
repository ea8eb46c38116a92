"""An XLSX of plain rows, made as a stream: hundreds of thousands of rows in seconds, in little memory, and in no file on the way.

For sheets that are given back to whoever brought them; lists with widths, headings and watermarks are ``frame.exports``. Text is written
as text, never as formula or link; what could wake up as a formula elsewhere is marked with Excel's own quote prefix. Pure.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Sequence
from typing import IO, Any

_TRIGGERS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_LONGEST = 32_767  # of a cell's text
_BATCH = 2000
_REMEMBERED = 20_000

_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_RELATIONS = f"{_PACKAGE}/relationships"
_PARTS = {
    "[Content_Types].xml": f"""<Types xmlns="{_PACKAGE}/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Override PartName="/xl/workbook.xml" ContentType="{_KIND}.sheet.main+xml"/>
<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_KIND}.worksheet+xml"/>
<Override PartName="/xl/styles.xml" ContentType="{_KIND}.styles+xml"/></Types>""",
    "_rels/.rels": f"""<Relationships xmlns="{_RELATIONS}">
<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>""",
    "xl/workbook.xml": f"""<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">
<sheets><sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>""",
    "xl/_rels/workbook.xml.rels": f"""<Relationships xmlns="{_RELATIONS}">
<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>
<Relationship Id="rId2" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>""",
    "xl/styles.xml": f"""<styleSheet xmlns="{_MAIN}"><fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>
<fills count="1"><fill><patternFill patternType="none"/></fill></fills><borders count="1"><border/></borders>
<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="2">
<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>
<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" quotePrefix="1"/></cellXfs></styleSheet>""",
}


def write_rows(out: IO[bytes], rows: Iterable[Sequence[Any]]) -> None:
    """Write ``rows`` as the one sheet of a workbook into ``out``. Cells: text, numbers, None; anything else as its text."""
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, text in _PARTS.items():
            archive.writestr(name, _XML + text)
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            sheet.write(f'{_XML}<worksheet xmlns="{_MAIN}"><sheetData>'.encode())
            batch: list[str] = []
            told = _Told()
            for row in rows:
                batch.append("<row>" + "".join([told[c] if c.__class__ is str else _cell(c) for c in row]) + "</row>")
                if len(batch) >= _BATCH:
                    sheet.write("".join(batch).encode())
                    batch.clear()
            sheet.write(("".join(batch) + "</sheetData></worksheet>").encode())


class _Told(dict[str, str]):
    """Text → its cell: a sheet says most of what it says again and again."""

    def __missing__(self, text: str) -> str:
        cell = _cell(text)
        if len(self) < _REMEMBERED:
            self[text] = cell
        return cell


def _cell(value: Any) -> str:
    if value is None or value == "":
        return "<c/>"
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e15:
        return f"<c><v>{value!r}</v></c>"
    text = value if isinstance(value, str) else str(value)
    if text.isalnum() and len(text) <= _LONGEST:  # most cells need none of what follows
        return f'<c t="inlineStr"><is><t>{text}</t></is></c>'
    style = ' s="1"' if text.startswith(_TRIGGERS) else ""
    text = _UNWRITABLE.sub("", text[:_LONGEST]).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")
    return f'<c{style} t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'
