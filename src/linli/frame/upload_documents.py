"""What a document is, by its bytes, and whether it may be taken. No Django here."""

from __future__ import annotations

import io
import re
import zipfile

MIMES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "txt": "text/plain",
}
ENTRIES, UNPACKED, RATIO = 2_000, 100_000_000, 100  # of a zip container: entries, bytes, bytes out per byte in


class Refused(Exception):
    """``code``: kind, name, locked, macros, bomb, damaged."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def examine(data: bytes, sniffed: set[str]) -> tuple[str, bytes]:
    """The kind and the bytes to keep. ``sniffed`` are the MIME types the magic numbers allow. Raises Refused."""
    if data.startswith(b"%PDF-"):
        _pdf(data)
        return _agreed("pdf", sniffed), data
    if data.startswith(b"PK\x03\x04"):
        return _agreed(_office(data), sniffed), data
    if data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):  # a locked .docx is one of these; so is an old .doc
        raise Refused("locked" if b"E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k" in data else "kind")
    return "txt", _text(data)


def _agreed(kind: str, sniffed: set[str]) -> str:
    if MIMES[kind] not in sniffed:
        raise Refused("kind")
    return kind


_PROGRAM = re.compile(rb"/(JavaScript|Launch|RichMedia|EmbeddedFile)\b")


def _pdf(data: bytes) -> None:
    if b"%%EOF" not in data[-2048:] or b"startxref" not in data[-4096:]:
        raise Refused("damaged")
    if re.search(rb"/Encrypt\b", data):  # in the trailer or the cross-reference stream's own dictionary, neither ever compressed
        raise Refused("locked")
    if _PROGRAM.search(data):
        raise Refused("macros")


_MAIN = {"word/document.xml": "docx", "xl/workbook.xml": "xlsx"}
_PROGRAMS = re.compile(r"(vbaproject|vbadata|activex|oleobject)|\.(exe|dll|js|vbs|ps1|bat|cmd|scr|hta|lnk|jar)$", re.IGNORECASE)


def _office(data: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            _weigh(entries, len(data))
            names = [e.filename for e in entries]
            if any(n.startswith(("/", "\\")) or ".." in re.split(r"[\\/]", n) for n in names) or len(set(names)) < len(names):
                raise Refused("damaged")
            if any(e.flag_bits & 0x1 for e in entries):
                raise Refused("locked")
            if any(_PROGRAMS.search(n) for n in names):
                raise Refused("macros")
            kinds = {kind for name, kind in _MAIN.items() if name in names}
            if len(kinds) != 1 or "[Content_Types].xml" not in names:
                raise Refused("kind")
            for entry in entries:
                _walk(archive, entry)
            return kinds.pop()
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, ValueError, RuntimeError, zipfile.zlib.error):  # type: ignore[attr-defined]
        raise Refused("damaged") from None


def _weigh(entries: list[zipfile.ZipInfo], packed: int) -> None:
    """By what the container declares; ``_walk`` then holds it to that."""
    unpacked = sum(e.file_size for e in entries)
    if len(entries) > ENTRIES or unpacked > UNPACKED:
        raise Refused("bomb")
    if unpacked > 10_000_000 and unpacked > RATIO * packed:  # small files of blank cells do compress that well
        raise Refused("bomb")


_FOREIGN = re.compile(
    rb'(attachedTemplate|oleObject|frame|subDocument)"[^>]*TargetMode="External"|TargetMode="External"[^>]*(attachedTemplate|oleObject)'
)


def _walk(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    """Unpack one entry to nowhere: one that lies about its size or sum is damaged; XML with a document type or foreign templates goes."""
    with archive.open(entry) as file:
        xml = entry.filename.lower().endswith((".xml", ".rels"))
        head = file.read(65_536)
        if xml and (b"<!DOCTYPE" in head or b"<!ENTITY" in head):
            raise Refused("bomb")
        rest = head
        while rest:
            if xml and (_FOREIGN.search(rest) or b"macroEnabled" in rest):
                raise Refused("macros")
            rest = file.read(1_048_576)


_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f]")


def _text(data: bytes) -> bytes:
    """As UTF-8; Windows editors still write GB 18030."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if _CONTROL.search(text):
            break
        return text.encode()
    raise Refused("kind")
