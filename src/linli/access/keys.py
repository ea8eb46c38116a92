"""`linli keys`: make the keyring, list and rotate keys, seal stored values anew, and check that every value opens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from django.apps import apps
from django.db import models, transaction

from linli.access.privileges import readable
from linli.kit import crypto


@dataclass(frozen=True, slots=True)
class Sealed:
    """A column of sealed values. ``context`` gives what a row's value is bound to, from the row's primary key and its model."""

    model: str  # "matters.Reporter"
    column: str
    context: Callable[[models.Model], str]

    def __str__(self) -> str:
        return f"{self.model}.{self.column}"


_COLUMNS: dict[tuple[str, str], Sealed] = {}


def sealed(model: str, column: str, context: Callable[[models.Model], str] | None = None) -> None:
    """Register a sealed column, in ``AppConfig.ready``: ``sealed("matters.Reporter", "name_sealed")``.

    Without ``context`` a value is bound to "table|column|primary key".
    """
    _COLUMNS[model, column] = Sealed(model, column, context or _by_pk(column))


def _by_pk(column: str) -> Callable[[models.Model], str]:
    return lambda row: crypto.context(row._meta.db_table, column, row.pk)


def columns() -> list[Sealed]:
    """The sealed columns this role may read: as the owner of the tables all of them, as the product those it opens without a log."""
    return [c for c in _COLUMNS.values() if readable(apps.get_model(c.model)._meta.db_table, c.column)]


@dataclass(frozen=True, slots=True)
class KeyLine:
    """One key as listed: its id, when it was made, whether it seals now, how many stored values still need it."""

    id: str
    made: str
    current: bool
    values: int


def known_keys() -> list[KeyLine]:
    """The keyring's keys, newest last, with how many stored values each sealed."""
    ring = crypto.load_keyring()
    used = dict.fromkeys(ring.keys, 0)
    for column in columns():
        for key, count in _count(column).items():
            used[key] = used.get(key, 0) + count
    return [KeyLine(k.id.hex(), k.made, k.id == ring.current.id, used[k.id]) for k in ring.keys.values()]


def reseal(*, batch: int = 500, told: Callable[[Sealed, int], object] | None = None) -> int:
    """Seal with the current key what an older one sealed, ``batch`` rows a transaction. Stopped at any moment, running it again goes on.

    Raises crypto.UnknownKey or crypto.Damaged at a value that doesn't open; what came before stays done.
    """
    ring = crypto.load_keyring()
    total = 0
    for column in columns():
        done = 0
        for done in _reseal(column, ring, batch):
            if told:
                told(column, done)
        total += done
    return total


def _reseal(column: Sealed, ring: crypto.Keyring, batch: int) -> Iterator[int]:
    rows = apps.get_model(column.model)._base_manager
    after, done = 0, 0
    while True:
        with transaction.atomic():
            # the rows are locked, so an intake or an erasure of the same moment waits for this batch or comes first
            group = list(
                rows.filter(pk__gt=after).exclude(**{column.column: None}).only(column.column).order_by("pk").select_for_update()[:batch]
            )
            if not group:
                return
            after = group[-1].pk
            old = [row for row in group if not crypto.is_current(getattr(row, column.column), ring)]
            for row in old:
                place = column.context(row)
                setattr(row, column.column, crypto.seal(crypto.open(getattr(row, column.column), place, ring), place, ring))
            rows.bulk_update(old, [column.column])
        done += len(old)
        yield done


@dataclass(frozen=True, slots=True)
class Checked:
    """What ``check_columns`` found in one column."""

    column: str
    good: int
    unknown: int  # sealed with a key the keyring doesn't hold
    damaged: int  # changed, or moved from another row


def check_columns() -> list[Checked]:
    """Open every sealed value, showing none. Raises crypto.NoKeyring or BadKeyring."""
    ring = crypto.load_keyring()
    return [_check(column, ring) for column in columns()]


def _check(column: Sealed, ring: crypto.Keyring) -> Checked:
    good = unknown = damaged = 0
    for row in apps.get_model(column.model)._base_manager.exclude(**{column.column: None}).only(column.column).iterator(chunk_size=2000):
        try:
            crypto.open(getattr(row, column.column), column.context(row), ring)
            good += 1
        except crypto.UnknownKey:
            unknown += 1
        except crypto.Damaged:
            damaged += 1
    return Checked(str(column), good, unknown, damaged)


def _count(column: Sealed) -> dict[bytes, int]:
    """How many values each key sealed, by the first bytes of each, counted in the database."""
    head = models.Func(models.F(column.column), 2, 4, function="SUBSTRING", output_field=models.BinaryField())
    rows = apps.get_model(column.model)._base_manager.exclude(**{column.column: None})
    found = rows.annotate(_key=head).order_by().values("_key").annotate(n=models.Count("pk"))
    return {bytes(line["_key"]): line["n"] for line in found}


# ------------------------------------------------------------------------------------------------------------- the command


def init(path: Path | None = None) -> str:
    """``linli keys init``: make the keyring and say so. Raises crypto.BadKeyring where there is one."""
    ring = crypto.new_keyring(path)
    return (
        f"Keyring {crypto.path_of(path)} made, key {ring.current.id.hex()}. Keep a copy apart from the backups: either alone is worthless."
    )


def list_keys(out: TextIO) -> int:
    """``linli keys list``."""
    for key in known_keys():
        out.write(f"{key.id}  made {key.made}  {key.values} values{'  current' if key.current else ''}\n")
    return 0


def rotate(out: TextIO) -> int:
    """``linli keys rotate``: a new key, then everything sealed anew under it.

    A rotation that was stopped is finished first instead of beginning another.
    """
    waiting = sum(k.values for k in known_keys() if not k.current)
    ring = crypto.load_keyring() if waiting else crypto.rotate()
    out.write(f"{'Going on with' if waiting else 'New'} key {ring.current.id.hex()}\n")
    done = reseal(told=lambda column, n: out.write(f"  {column}: {n}\n"))
    out.write(f"{done} values sealed anew. The old keys stay in the keyring: backups made before need them.\n")
    return 0


def check(out: TextIO) -> int:
    """``linli keys check``: 1 where a value doesn't open."""
    bad = 0
    for column in check_columns():
        out.write(f"{column.column}: {column.good} open, {column.unknown} with an unknown key, {column.damaged} damaged\n")
        bad += column.unknown + column.damaged
    return int(bad > 0)
