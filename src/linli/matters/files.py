"""Photos and documents of a matter: cleaned before they come here, kept with the work, shown only through views that ask."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime

from django.core.files.base import ContentFile

from linli.flow.models import Attachment, Flow
from linli.frame.files import keeping
from linli.frame.uploads import Document, Photo

__all__ = ["MOST", "copy_files", "keep_files", "keeping"]

MOST = 40
"""Files one matter can gather: more is a mistake or mischief."""


def copy_files(kept: list[Attachment], files: Iterable[Attachment], flow: Flow) -> None:
    """Give another piece of work copies of these files: each stays with its own, whatever becomes of the other."""
    for number, one in enumerate(files, 1):
        row = Attachment(
            flow=flow, step=flow.step, kind=one.kind, name=f"photo-{number}.jpg" if one.kind == Attachment.Kind.PHOTO else one.name,
            mime=one.mime, size=one.size, sha256=one.sha256, width=one.width, height=one.height, at=one.at, by_id=one.by_id,
        )  # fmt: skip
        with one.file.open("rb") as content:
            row.file.save(f"{uuid.uuid4().hex}.{str(one.file.name).rpartition('.')[2]}", ContentFile(content.read()), save=False)
        kept.append(row)
        row.save()


def keep_files(
    kept: list[Attachment],
    flow: Flow,
    photos: Iterable[Photo] = (),
    documents: Iterable[Document] = (),
    *,
    by=None,
    step: str = "",
    public: bool = False,
    at: datetime,
) -> list[Attachment]:
    """Store cleaned files with ``flow`` and note them in ``kept``. Names say nothing of the sender: a photo is «photo-3.jpg»."""
    made = []
    number = flow.attachments.filter(kind=Attachment.Kind.PHOTO).count() if photos else 0
    for photo in photos:
        number += 1
        row = Attachment(
            kind=Attachment.Kind.PHOTO, name=f"photo-{number}.jpg", mime=photo.mime, size=len(photo.bytes), sha256=photo.sha256,
            width=photo.width, height=photo.height,
        )  # fmt: skip
        made.append((row, photo.bytes, "jpg"))
    for document in documents:
        row = Attachment(
            kind=Attachment.Kind.DOCUMENT, name=document.name, mime=document.mime, size=len(document.bytes), sha256=document.sha256
        )
        made.append((row, document.bytes, document.name.rpartition(".")[2]))
    for row, content, ending in made:
        row.flow, row.step, row.by, row.at, row.public = flow, step, by, at, public
        row.file.save(f"{uuid.uuid4().hex}.{ending}", ContentFile(content), save=False)
        kept.append(row)
        row.save()
    return [row for row, _content, _ending in made]
