"""Files that rooms keep with their records: taken away again where the act fails, and given out only by views that have asked first."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.http import FileResponse, Http404
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header


@contextmanager
def keeping() -> Iterator[list[Any]]:
    """Files written inside a transaction: should it fail, they are taken away again. Wrap it around the transaction.

    Rows with a ``file`` are noted in the list as soon as it is written.
    """
    kept: list[Any] = []
    try:
        yield kept
    except BaseException:
        for row in kept:
            row.file.storage.delete(str(row.file.name))
        raise


def served(row: Any) -> HttpResponseBase:
    """The file of a row (``file``, ``name``, ``mime``, ``kind``): photos in the page, documents only as downloads; never guessed at,
    never kept by a shared cache."""
    try:
        file = row.file.open("rb")
    except FileNotFoundError:
        raise Http404 from None
    photo = row.kind == "photo"
    response = FileResponse(file, content_type=row.mime if photo else "application/octet-stream")
    response["Content-Disposition"] = content_disposition_header(not photo, row.name) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, max-age=3600"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
