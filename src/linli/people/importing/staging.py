"""The rows of a sheet while they wait: sealed, in pieces, for a day. What the register must not hold is dropped before anything is kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import orjson
from django.db import connection
from django.db.models import TextField
from django.db.models.functions import Cast

from linli.access.rls import opened
from linli.kit import crypto
from linli.kit.sheets import Rows, Unreadable, text_of
from linli.people.actions.base import next_ids
from linli.people.bulk import store
from linli.people.importing.columns import COLUMNS, Column, find_columns
from linli.people.importing.reading import Piece
from linli.people.models import ImportFile, ImportPiece

MOST = 200_000
"""Rows of one sheet: a street's."""
PIECE = 2000


@dataclass(frozen=True, slots=True)
class Read:
    """A sheet as it may be kept. ``above``: what stands over the rows, headings last; ``denied``: headings of columns that were dropped."""

    above: Rows
    rows: Rows
    columns: list[Column]
    denied: list[str]

    def __repr__(self) -> str:
        return f"Read({len(self.rows)} rows)"


def understood(rows: Rows, remembered: dict[str, str] | None = None) -> Read:
    """Find the headings and drop, of every row, the columns that may not be kept. Raises Unreadable: empty, headings, too_many."""
    start, columns = find_columns(rows[:50], remembered)
    below = [row for row in rows[start + 1 :] if any(cell != "" and cell is not None for cell in row)]
    if not any(c.field for c in columns):
        raise Unreadable("headings", missing="、".join((COLUMNS["name"][0], COLUMNS["door"][0])))
    if not below:
        raise Unreadable("empty")
    if len(below) > MOST:
        raise Unreadable("too_many", most=MOST)
    denied = [c for c in columns if c.denied]
    gone = {c.at for c in denied}
    if gone:
        for row in rows:
            for at in sorted(gone, reverse=True):
                del row[at : at + 1]
    columns = [Column(c.at - sum(at < c.at for at in gone), c.heading, c.field) for c in columns if c.at not in gone]
    return Read(rows[: start + 1], rows[start + 1 :], columns, [c.heading for c in denied])


def keep(file: ImportFile, read: Read) -> None:
    """Seal the rows into pieces. Inside the transaction that makes the file, with its place opened."""
    head = {"above": read.above, "columns": [[c.at, c.heading] for c in read.columns], "denied": read.denied}
    pieces = [head, *(read.rows[n : n + PIECE] for n in range(0, len(read.rows), PIECE))]
    ids = next_ids(ImportPiece, len(pieces))
    texts = ((_text(piece), _bound(pk)) for piece, pk in zip(pieces, ids, strict=True))
    rows = ((pk, file.pk, n, sealed, str(file.path)) for n, (pk, sealed) in enumerate(zip(ids, crypto.seal_many(texts), strict=True)))
    store(ImportPiece, ("id", "file_id", "number", "sealed", "path"), rows)


def _text(piece: Any) -> str:
    return orjson.dumps(piece, default=_plain, option=orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_NON_STR_KEYS).decode()


def _plain(cell: Any) -> str:
    """Days and moments as text that is read again as what they were."""
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d %H:%M:%S}" if (cell.hour, cell.minute, cell.second) != (0, 0, 0) else f"{cell:%Y-%m-%d}"
    return f"{cell:%Y-%m-%d}" if isinstance(cell, date) else str(cell)


@dataclass(frozen=True, slots=True)
class Head:
    above: Rows
    columns: list[tuple[int, str]]
    denied: list[str]

    @property
    def width(self) -> int:
        return max((len(row) for row in self.above), default=0)


def head_of(file: ImportFile) -> Head:
    """What stands above the rows. Raises ImportPiece.DoesNotExist once they are gone."""
    found = _opened(ImportPiece.objects.get(file=file, number=0))
    return Head(found["above"], [(at, heading) for at, heading in found["columns"]], found["denied"])


def pieces_of(file: ImportFile) -> Iterator[tuple[int, int, Rows]]:
    """Each piece: its number, the number of its first row as a spreadsheet counts (from 1), its rows."""
    with opened([str(file.path)]):
        first = len(head_of(file).above) + 1
        numbers = list(ImportPiece.objects.filter(file=file, number__gt=0).order_by("number").values_list("number", flat=True))
    for number in numbers:
        with opened([str(file.path)]):
            rows = _opened(ImportPiece.objects.get(file=file, number=number))
        yield number, first, rows
        first += len(rows)


def waiting(file: ImportFile, today: date) -> Iterator[Piece]:
    """The pieces as they wait, to be read by the columns that were chosen."""
    with opened([str(file.path)]):
        first = len(head_of(file).above) + 1
        count = ImportPiece.objects.filter(file=file, number__gt=0).count()
    for number in range(1, count + 1):
        with opened([str(file.path)]):
            piece = ImportPiece.objects.only("sealed").get(file=file, number=number)
        yield Piece(first + (number - 1) * PIECE, bytes(piece.sealed), _bound(piece.pk), tuple(_chosen(file)), today)


def first_cells(file: ImportFile, most: int) -> list[dict[str, Any]]:
    """The first rows that say anything. With the file's place opened."""
    rows, chosen = _opened(ImportPiece.objects.get(file=file, number=1)), _chosen(file)
    said = [row for row in rows if any(text_of(cell) for cell in row)][:most]
    return [{field: row[at] for at, field in chosen if at < len(row)} for row in said]


def _chosen(file: ImportFile) -> list[tuple[int, str]]:
    return [(int(at), field) for at, field in file.columns.items() if field]


def _opened(piece: ImportPiece) -> Any:
    return orjson.loads(crypto.open(piece.sealed, _bound(piece.pk)))


def _bound(pk: int) -> str:
    return crypto.context(ImportPiece._meta.db_table, "sealed", pk)


def note_outcomes(file: ImportFile, outcomes: dict[int, list[Any]]) -> None:
    """Write beside each piece what became of its rows. Inside a transaction in which the file's place is opened."""
    first = len(head_of(file).above) + 1
    lines = []
    for number in range(1, -(-(max(outcomes, default=first) - first + 1) // PIECE) + 1):
        begin = first + (number - 1) * PIECE
        rows = [[n, *outcomes[n]] for n in range(begin, begin + PIECE) if n in outcomes]
        lines.append((number, orjson.dumps(rows).decode()))
    with connection.cursor() as cursor:
        cursor.execute(
            "update people_importpiece p set outcome = w.outcome::jsonb from unnest(%s::int[], %s::text[]) as w(number, outcome)"
            " where p.file_id = %s and p.number = w.number",
            [[n for n, _rows in lines], [rows for _n, rows in lines], file.pk],
        )


def outcomes_of(file: ImportFile) -> Iterator[tuple[int, str, list[Any]]]:
    """(row, state, what) of every row that says something, in order. With the file's place opened."""
    for rows in ImportPiece.objects.filter(file=file, number__gt=0).order_by("number").values_list("outcome", flat=True):
        yield from ((row, state, what) for row, state, what in rows or ())


def with_outcomes(file: ImportFile, said: Any, headings: Sequence[str]) -> Iterator[list[Any]]:
    """The sheet as it came (what was dropped stays dropped) with two columns behind it. ``said(state, what)``: their two texts."""
    with opened([str(file.path)]):
        head = head_of(file)
    width = head.width
    for n, row in enumerate(head.above):
        yield [*row, *headings] if n == len(head.above) - 1 else row
    for number, first, rows in pieces_of(file):
        with opened([str(file.path)]):
            kept = ImportPiece.objects.filter(file=file, number=number).values_list(Cast("outcome", TextField()), flat=True).get()
        became = {row: (state, what) for row, state, what in orjson.loads(kept or "[]")}
        plain = dict[str, tuple[str, str]]()  # state → what is said of rows of which there is nothing more to say: of most
        for n, row in enumerate(rows, first):
            texts: Iterable[str] = ()
            if n in became:
                state, what = became[n]
                texts = said(state, what) if what else plain.get(state) or plain.setdefault(state, said(state, what))
            yield [*row, *[""] * (width - len(row)), *texts] if texts else row


def filled(rows: Rows) -> int:
    """How many rows say anything."""
    return sum(any(text_of(cell) for cell in row) for row in rows)
