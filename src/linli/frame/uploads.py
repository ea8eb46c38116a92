"""What strangers send us as files: nothing is kept as it came.

Photos are decoded and written anew, so that EXIF, positions, trailing bytes and second lives as another format end here. Documents
can't be written anew; they must be what their name says, of four kinds, without macros, passwords or bombs.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any

import puremagic
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from linli.frame import upload_documents, upload_photos
from linli.frame.upload_photos import Position

MB = 1_000_000
PHOTO_CAP, DOCUMENT_CAP = 10 * MB, 20 * MB  # bytes of one file
PHOTO_MIMES = {"image/jpeg", "image/png", "image/webp", "image/heic", "image/heif"}


class UploadRefused(Exception):
    """The file can't be taken. ``message`` says why and what to do, in the user's language; ``code`` is for tests."""

    def __init__(self, message: Any, code: str, **params: Any) -> None:
        super().__init__(code)
        self.text, self.code, self.params = message, code, params

    @property
    def message(self) -> str:
        return str(self.text) % self.params if self.params else str(self.text)


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo as we wrote it: JPEG ``bytes`` with nothing but pixels, at most 1600 px on the longer side.

    ``lon``/``lat`` (WGS-84 degrees) and ``taken_at`` (aware) are what the camera said before it was stripped, or None.
    """

    bytes: bytes
    width: int
    height: int
    lon: float | None
    lat: float | None
    taken_at: datetime | None
    sha256: str
    mime: str = "image/jpeg"


@dataclass(frozen=True, slots=True)
class Document:
    """A document as it came (text files: as UTF-8), under a safe ``name`` with the extension of what it is."""

    name: str
    mime: str
    bytes: bytes
    sha256: str


def _read(file: IO[bytes] | bytes, cap: int) -> bytes:
    """The bytes, refused before reading where the size is known, and never more than ``cap`` of them in memory."""
    size = len(file) if isinstance(file, bytes) else getattr(file, "size", None)
    if size is None or size <= cap:
        if isinstance(file, bytes):
            data = file
        else:
            if hasattr(file, "seek"):
                file.seek(0)
            data = file.read(cap + 1)
        size = len(data)
    if size > cap:
        raise UploadRefused(_("The file is larger than %(mb)s MB."), "too_large", mb=cap // MB)
    if not data:
        raise UploadRefused(_("The file is empty. Choose it again."), "empty")
    return data


def _sniffed(data: bytes) -> set[str]:
    """The MIME types the first bytes allow."""
    try:
        return {match.mime_type for match in puremagic.magic_string(data)}
    except (puremagic.PureError, ValueError):
        return set()


def clean_photo(file: IO[bytes] | bytes) -> Photo:
    """A JPEG, PNG, WebP or HEIC of up to 10 MB and 50 megapixels, decoded and written anew. Raises UploadRefused."""
    data = _read(file, PHOTO_CAP)
    if not _sniffed(data) & PHOTO_MIMES:
        raise UploadRefused(_("This is not a photo we can read. Send a JPEG, PNG, WebP or HEIC picture."), "kind")
    try:
        pixels = upload_photos.decode(data)
    except upload_photos.TooManyPixels:
        raise UploadRefused(_("The picture has more than %(mp)s million pixels."), "pixels", mp=upload_photos.PIXELS // 1_000_000) from None
    except upload_photos.Unreadable:
        raise UploadRefused(_("The picture is damaged or incomplete. Take or choose it again."), "damaged") from None
    written = upload_photos.write(pixels.image)
    where: Position = pixels.position or (None, None)
    width, height = pixels.image.size
    return Photo(written, width, height, *where, pixels.taken_at, hashlib.sha256(written).hexdigest())


_REASONS = {
    "kind": _("Send a PDF, Word (.docx), Excel (.xlsx) or text file."),
    "name": _("The file's name ends differently from what it is. Save it again as PDF, .docx, .xlsx or .txt."),
    "locked": _("The file is locked with a password. Save it without one and send it again."),
    "macros": _("The file contains macros or programs. Save it without them and send it again."),
    "bomb": _("The file unpacks to far more than it should. It can't be taken."),
    "damaged": _("The file is damaged or incomplete. Choose it again."),
}


def clean_document(file: IO[bytes] | bytes, name: str = "") -> Document:
    """A PDF, DOCX, XLSX or TXT of up to 20 MB. ``name`` defaults to the upload's own. Raises UploadRefused."""
    data = _read(file, DOCUMENT_CAP)
    name = name or getattr(file, "name", "") or ""
    try:
        kind, data = upload_documents.examine(data, _sniffed(data))
        name = safe_name(name, kind)
    except upload_documents.Refused as refused:
        raise UploadRefused(_REASONS[refused.code], refused.code) from None
    return Document(name, upload_documents.MIMES[kind], data, hashlib.sha256(data).hexdigest())


_UNSAFE = re.compile(r'[\\/:*?"<>|%#&;$`\'\s]+')


def safe_name(name: str, kind: str) -> str:
    """The name without folders, control and direction signs or shell characters, at most 80 long, ending in ``.kind``.

    Raises upload_documents.Refused("name") where the name claims another kind.
    """
    base = re.split(r"[\\/]", name)[-1]
    base = "".join(c for c in unicodedata.normalize("NFC", base) if unicodedata.category(c)[0] != "C")
    stem, dot, claimed = base.rpartition(".")
    if dot and claimed.lower() != kind:
        raise upload_documents.Refused("name")
    stem = _UNSAFE.sub("_", stem if dot else base).strip("._ ")[: 79 - len(kind)]
    return f"{stem or 'document'}.{kind}"


class _Several(forms.ClearableFileInput):
    allow_multiple_selected = True

    def value_from_datadict(self, data, files, name):
        return files.getlist(name) if hasattr(files, "getlist") else files.get(name, [])

    def value_omitted_from_data(self, data, files, name):
        return name not in files


class _FilesField(forms.Field, ABC):
    """Several files in one input; every bad one is named, none is half taken."""

    widget = _Several
    accept = ""
    default_error_messages = {
        "too_many": _("At most %(max)s files."),
        "file": _("File %(n)s: %(why)s"),
    }

    def __init__(self, *, max_count: int, **kwargs: Any) -> None:
        self.max_count = max_count
        super().__init__(**kwargs)
        self.widget.attrs.setdefault("accept", self.accept)

    @abstractmethod
    def one(self, file: Any) -> Any:
        """One file, checked. Raises UploadRefused."""

    def clean(self, value: Any) -> list[Any]:
        files = [f for f in (value if isinstance(value, list | tuple) else [value]) if f is not None]
        if self.required and not files:
            raise ValidationError(self.error_messages["required"], code="required")
        if len(files) > self.max_count:  # before any of them is decoded
            raise ValidationError(self.error_messages["too_many"], code="too_many", params={"max": self.max_count})
        cleaned, errors = [], []
        for n, file in enumerate(files, 1):
            try:
                cleaned.append(self.one(file))
            except UploadRefused as refused:
                text = refused.message
                if len(files) > 1:
                    text = str(self.error_messages["file"]) % {"n": n, "why": text}
                errors.append(ValidationError(text, code=refused.code))
        if errors:
            raise ValidationError(errors)
        return cleaned

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(data)


class PhotosField(_FilesField):
    """Up to ``max_count`` photos; cleans to ``list[Photo]``."""

    accept = "image/jpeg,image/png,image/webp,image/heic,image/heif"

    def __init__(self, *, max_count: int = 6, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Photos"))
        super().__init__(max_count=max_count, **kwargs)

    def one(self, file: Any) -> Photo:
        return clean_photo(file)


class DocumentsField(_FilesField):
    """Up to ``max_count`` documents; cleans to ``list[Document]``."""

    accept = ".pdf,.docx,.xlsx,.txt"

    def __init__(self, *, max_count: int = 5, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Documents"))
        super().__init__(max_count=max_count, **kwargs)

    def one(self, file: Any) -> Document:
        return clean_document(file)


__all__ = ["Document", "DocumentsField", "Photo", "PhotosField", "UploadRefused", "clean_document", "clean_photo", "safe_name"]
