"""`linli keys`: make the keyring, list and rotate keys, seal stored values anew, and check that every value opens."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TextIO

from django.apps import apps
from django.db import models, transaction

from linli.access.privileges import readable
from linli.kit import crypto

Found = Callable[[Any, str, crypto.Keyring], Mapping[str, Any]]
"""From a row and its opened value: the columns by which the value is found, computed with the keyring's index key."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What ``check_columns`` found in one column."""

    column: str
    good: int
    unknown: int  # sealed with a key the keyring doesn't hold
    damaged: int  # changed, or moved from another row


class Store(Protocol):
    """A place where sealed values lie: ``Sealed`` is a column of them, ``SealedWithin`` a column of JSON that holds some."""

    def count(self) -> dict[bytes, int]:
        """How many values each key sealed, by the key's id."""

    def reseal(self, ring: crypto.Keyring, batch: int) -> Iterator[int]:
        """Seal with the current key what another sealed, a batch a transaction; after each, how many rows it was."""

    def check(self, ring: crypto.Keyring) -> Checked:
        """Open every value, showing none."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A column of sealed values. ``context`` gives what a row's value is bound to, from the row's primary key and its model."""

    model: str  # "matters.Reporter"
    column: str
    context: Callable[[models.Model], str]
    found_by: Found | None = None

    def __str__(self) -> str:
        return f"{self.model}.{self.column}"

    @property
    def _rows(self) -> models.QuerySet:
        head = models.Func(models.F(self.column), 2, 4, function="SUBSTRING", output_field=models.BinaryField())
        rows = apps.get_model(self.model)._base_manager.exclude(**{self.column: None}).annotate(_key=head)
        return rows if self.found_by else rows.only(self.column)

    def count(self) -> dict[bytes, int]:
        found = self._rows.order_by().values("_key").annotate(n=models.Count("pk"))
        return {bytes(line["_key"]): line["n"] for line in found}

    def reseal(self, ring: crypto.Keyring, batch: int) -> Iterator[int]:
        after, done = 0, 0
        while True:
            with transaction.atomic():
                # the rows are locked, so an intake or an erasure of the same moment waits for this batch or comes first
                found = self._rows.filter(pk__gt=after).exclude(_key=ring.current.id).order_by("pk").select_for_update()
                group = list(found[:batch])
                if not group:
                    return
                after, changed = group[-1].pk, {self.column}
                for row in group:
                    changed |= self._turn(row, ring)
                apps.get_model(self.model)._base_manager.bulk_update(group, sorted(changed))
            done += len(group)
            yield done

    def _turn(self, row: models.Model, ring: crypto.Keyring) -> set[str]:
        """Seal one row's value anew, in memory. Gives the names of the columns by which it is found, computed anew, too."""
        place = self.context(row)
        text = crypto.open(getattr(row, self.column), place, ring)
        setattr(row, self.column, crypto.seal(text, place, ring))
        found = self.found_by(row, text, ring) if self.found_by else {}
        for name, value in found.items():
            setattr(row, name, value)
        return set(found)

    def check(self, ring: crypto.Keyring) -> Checked:
        rows = self._rows.iterator(chunk_size=2000)
        return _checked(str(self), ((getattr(row, self.column), self.context(row)) for row in rows), ring)


@dataclass(frozen=True, slots=True)
class SealedWithin:
    """Sealed values in hex inside a column of JSON: ``contexts`` gives, from the row, each value's name and what it is bound to.

    ``found_by`` is asked for each of them, with the row and the value's name before the text.
    """

    model: str
    column: str
    contexts: Callable[[Any], Mapping[str, str]]
    found_by: Callable[[Any, str, str, crypto.Keyring], Mapping[str, Any]] | None = None

    def __str__(self) -> str:
        return f"{self.model}.{self.column}"

    @property
    def _rows(self) -> models.QuerySet:
        return apps.get_model(self.model)._base_manager.exclude(**{f"{self.column}__isnull": True})

    def _values(self, row: models.Model) -> Iterator[tuple[str, bytes, str]]:
        held = getattr(row, self.column) or {}
        for name, place in self.contexts(row).items():
            if held.get(name):
                yield name, bytes.fromhex(held[name].removeprefix(_HEX)), place

    def count(self) -> dict[bytes, int]:
        found: dict[bytes, int] = {}
        for row in self._rows.iterator(chunk_size=2000):
            for _name, value, _place in self._values(row):
                found[crypto.key_id(value)] = found.get(crypto.key_id(value), 0) + 1
        return found

    def reseal(self, ring: crypto.Keyring, batch: int) -> Iterator[int]:
        after, done = 0, 0
        while True:
            with transaction.atomic():
                group = list(self._rows.filter(pk__gt=after).order_by("pk").select_for_update()[:batch])
                if not group:
                    return
                after = group[-1].pk
                turned = [row for row in group if self._turn(row, ring)]
                apps.get_model(self.model)._base_manager.bulk_update(turned, [self.column])
            done += len(turned)
            yield done

    def _turn(self, row: models.Model, ring: crypto.Keyring) -> bool:
        held, turned = getattr(row, self.column), False
        for name, value, place in list(self._values(row)):
            if crypto.is_current(value, ring):
                continue
            text = crypto.open(value, place, ring)
            mark = _HEX if held[name].startswith(_HEX) else ""
            held[name] = mark + crypto.seal(text, place, ring).hex()
            held.update(self.found_by(row, name, text, ring) if self.found_by else {})
            turned = True
        return turned

    def check(self, ring: crypto.Keyring) -> Checked:
        rows = self._rows.iterator(chunk_size=2000)
        return _checked(str(self), ((value, place) for row in rows for _name, value, place in self._values(row)), ring)


_HEX = "\\x"  # how PostgreSQL writes bytes in JSON


def _checked(name: str, values: Iterator[tuple[bytes, str]], ring: crypto.Keyring) -> Checked:
    good = unknown = damaged = 0
    for value, place in values:
        try:
            crypto.open(value, place, ring)
            good += 1
        except crypto.UnknownKey:
            unknown += 1
        except crypto.Damaged:
            damaged += 1
    return Checked(name, good, unknown, damaged)


_COLUMNS: dict[tuple[str, str], Sealed | SealedWithin] = {}


def sealed(model: str, column: str, context: Callable[[models.Model], str] | None = None, *, found_by: Found | None = None) -> None:
    """Register a sealed column, in ``AppConfig.ready``: ``sealed("matters.Reporter", "name_sealed")``.

    Without ``context`` a value is bound to "table|column|primary key". ``found_by`` computes the columns the value is found by.
    """
    _COLUMNS[model, column] = Sealed(model, column, context or _by_pk(column), found_by)


def sealed_within(store: SealedWithin) -> None:
    """Register a column of JSON with sealed values in it."""
    _COLUMNS[store.model, store.column] = store


def _by_pk(column: str) -> Callable[[models.Model], str]:
    return lambda row: crypto.context(row._meta.db_table, column, row.pk)


def columns() -> list[Sealed | SealedWithin]:
    """The sealed columns this role may read: as the owner of the tables all of them, as the product those it opens without a log."""
    return [c for c in _COLUMNS.values() if readable(apps.get_model(c.model)._meta.db_table, c.column)]


@dataclass(frozen=True, slots=True)
class KeyLine:
    """One key as listed: its id, what it seals with, when it was made, whether it seals now, how many stored values still need it."""

    id: str
    cipher: str
    made: str
    current: bool
    values: int


def known_keys() -> list[KeyLine]:
    """The keyring's keys, newest last, with how many stored values each sealed."""
    ring = crypto.load_keyring()
    used = dict.fromkeys(ring.keys, 0)
    for column in columns():
        for key, count in column.count().items():
            used[key] = used.get(key, 0) + count
    return [KeyLine(k.id.hex(), k.cipher, k.made, k.id == ring.current.id, used[k.id]) for k in ring.keys.values()]


def reseal(*, batch: int = 500, told: Callable[[Any, int], object] | None = None) -> int:
    """Seal with the current key what an older one sealed, ``batch`` rows a transaction, and compute anew by what it is found.

    Stopped at any moment, running it again goes on: what is sealed with the current key is done. Raises crypto.UnknownKey or
    crypto.Damaged at a value that doesn't open; what came before stays done.
    """
    ring = crypto.load_keyring()
    total = 0
    for column in columns():
        done = 0
        for done in column.reseal(ring, batch):
            if told:
                told(column, done)
        total += done
    return total


def check_columns() -> list[Checked]:
    """Open every sealed value, showing none. Raises crypto.NoKeyring or BadKeyring."""
    ring = crypto.load_keyring()
    return [column.check(ring) for column in columns()]


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
        out.write(f"{key.id}  {key.cipher}  made {key.made}  {key.values} values{'  current' if key.current else ''}\n")
    return 0


def rotate(out: TextIO, *, index: bool = False, cipher: str = "") -> int:
    """``linli keys rotate``: a new key, then everything sealed anew under it; with ``index`` another key of the index, too.

    A rotation that was stopped is finished first instead of beginning another.
    """
    waiting = sum(k.values for k in known_keys() if not k.current) or crypto.load_keyring().former is not None
    ring = crypto.load_keyring() if waiting else crypto.rotate(index=index, cipher=cipher)
    out.write(f"{'Going on with' if waiting else 'New'} key {ring.current.id.hex()}\n")
    done = reseal(told=lambda column, n: out.write(f"  {column}: {n}\n"))
    if len(columns()) == len(_COLUMNS) and not any(k.values for k in known_keys() if not k.current):
        crypto.drop_former()
    out.write(f"{done} values sealed anew. The old keys stay in the keyring: backups made before need them.\n")
    if waiting and (index or cipher):
        out.write("What was asked for besides has not begun: this finished the rotation before. Run it again.\n")
    return 0


def check(out: TextIO) -> int:
    """``linli keys check``: 1 where a value doesn't open."""
    bad = 0
    for column in check_columns():
        out.write(f"{column.column}: {column.good} open, {column.unknown} with an unknown key, {column.damaged} damaged\n")
        bad += column.unknown + column.damaged
    return int(bad > 0)
