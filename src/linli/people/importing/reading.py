"""Rows as they wait, opened and understood. Knows no database: further processes do it (``kit.hands``), each with the keys at hand."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from datetime import date
from operator import attrgetter
from typing import NamedTuple

import orjson

from linli.kit import crypto
from linli.kit.hands import mapped
from linli.people.importing.rows import Entry, Fault, once_each, read_row
from linli.people.names import is_name, plain

Read = Entry | list[Fault]


class Piece(NamedTuple):
    """Some rows, sealed. ``first``: number of their first as a spreadsheet counts; ``columns``: number of the column, its field."""

    first: int
    sealed: bytes
    context: str
    columns: tuple[tuple[int, str], ...]
    today: date


def read(pieces: Iterable[Piece], count: int) -> Generator[Read, None, None]:
    """Each row that says anything, in order, by so many hands."""
    found = (Entry(*one) if isinstance(one, tuple) else one for some in mapped(reader, pieces, count) for one in some)
    return once_each(found)


_told = attrgetter(*Entry.__slots__)  # plain values go from one process to another in a third of the time


def reader() -> Callable[[Piece], list[tuple | list[Fault]]]:
    ring = crypto.load_keyring()

    def understood(row: int, cells: dict, today: date) -> tuple | list[Fault] | None:
        found = read_row(row, cells, today)
        if not isinstance(found, Entry):
            return found
        found.name = plain(found.name)
        return _told(found) if is_name(found.name) else [Fault(row, "name", "signs")]

    def read(piece: Piece) -> list[tuple | list[Fault]]:
        rows = orjson.loads(crypto.open(piece.sealed, piece.context, ring))
        cells = ({field: row[at] for at, field in piece.columns if at < len(row)} for row in rows)
        return [found for n, row in enumerate(cells, piece.first) if (found := understood(n, row, piece.today)) is not None]

    return read
