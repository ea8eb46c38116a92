"""Reading typed values out of TOML tables, keeping every mistake with its line instead of stopping at the first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import time
from fractions import Fraction
from typing import Any

from linli.charter.problems import Problem, meant
from linli.charter.scanner import Path
from linli.charter.schema import LEVELS, Duration, Hours, Name

_DURATION = re.compile(r"(?:P([1-9]\d{0,3})D|PT([1-9]\d{0,3})H)( natural)?")
_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")
_ID = re.compile(r"[a-z][a-z0-9]*(?:[_-][a-z0-9]+)*")
ID_LENGTH = 40  # what the database keeps

KINDS = {
    bool: ("是或否（true / false）", "true or false"),
    int: ("整数", "a whole number"),
    str: ("文字", "text"),
    list: ("列表", "a list"),
    dict: ("表", "a table"),
}


@dataclass(frozen=True, slots=True)
class Spot:
    """Where something stands."""

    file: str
    line: int


@dataclass(slots=True)
class Doc:
    """One file: its data, and the line of every path in it."""

    file: str
    data: dict[str, Any]
    lines: dict[Path, int]

    def spot(self, path: Path) -> Spot:
        while path and path not in self.lines:
            path = path[:-1]
        return Spot(self.file, self.lines.get(path, 1))


@dataclass(frozen=True, slots=True)
class Cell:
    """One value and where it came from: a table merged over its parent charter's has cells from both files."""

    value: Any
    doc: Doc
    path: Path

    @property
    def spot(self) -> Spot:
        return self.doc.spot(self.path)


@dataclass
class Table:
    """A TOML table being read. Every ``take`` notes its key as known; ``close`` reports the keys nobody asked for."""

    cells: dict[str, Cell]
    spot: Spot
    problems: list[Problem]
    asked: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, doc: Doc, problems: list[Problem], path: Path = (), data: dict | None = None) -> Table:
        data = doc.data if data is None else data
        return cls({k: Cell(v, doc, (*path, k)) for k, v in data.items()}, doc.spot(path), problems)

    def over(self, parent: Table) -> Table:
        """This table laid over an inherited one: the keys it names replace the parent's."""
        return Table({**parent.cells, **self.cells}, self.spot, self.problems)

    # -- saying what is wrong

    def say(self, slug: str, spot: Spot, zh: str, en: str) -> None:
        self.problems.append(Problem(slug, spot.file, spot.line, zh, en))

    def close(self) -> None:
        """Report every key that no reader asked for, with the nearest known one."""
        for key, cell in self.cells.items():
            if key not in self.asked:
                zh, en = meant(key, self.asked)
                self.say("unknown-key", cell.spot, f"不认识的键“{key}”。{zh}", f'Unknown key "{key}". {en}')

    # -- taking values

    def take(self, key: str, kind: type, *, required: bool = False) -> Cell | None:
        """The cell under ``key`` if it is there and of ``kind``."""
        self.asked.append(key)
        cell = self.cells.get(key)
        if cell is None:
            if required:
                self.say("missing", self.spot, f"缺少“{key}”，请补上。", f'"{key}" is missing: add it.')
            return None
        return cell if self.fits(cell, kind, key) else None

    def fits(self, cell: Cell, kind: type, key: str) -> bool:
        if isinstance(cell.value, kind) and (kind is bool or not isinstance(cell.value, bool)):
            return True
        if not isinstance(cell.value, float):  # floats are reported once for the whole file
            zh, en = KINDS[kind]
            self.say(
                "wrong-type", cell.spot, f"“{key}”应为{zh}，现为 {show(cell.value)}。", f'"{key}" has to be {en}, not {show(cell.value)}.'
            )
        return False

    def text(self, key: str, default: str = "", *, required: bool = False) -> str:
        cell = self.take(key, str, required=required)
        if cell is None:
            return default
        if required and not cell.value.strip():
            self.say("empty", cell.spot, f"“{key}”不能为空。", f'"{key}" can\'t be empty.')
        return cell.value.strip()

    def flag(self, key: str, default: bool) -> bool:
        cell = self.take(key, bool)
        return default if cell is None else cell.value

    def count(self, key: str, default: int = 0, *, required: bool = False, least: int = 0) -> int:
        cell = self.take(key, int, required=required)
        if cell is None:
            return default
        if cell.value < least:
            self.say("too-small", cell.spot, f"“{key}”不能小于 {least}。", f'"{key}" can\'t be less than {least}.')
        return cell.value

    def choice(self, key: str, known: Iterable[str], default: str = "", *, required: bool = False) -> str:
        cell = self.take(key, str, required=required)
        if cell is None:
            return default
        self.one_of(key, cell.value, known, cell.spot)
        return cell.value

    def one_of(self, key: str, word: str, known: Iterable[str], spot: Spot) -> None:
        known = list(known)
        if word not in known:
            zh, en = meant(word, known)
            slug = "unknown-level" if known == list(LEVELS) else f"unknown-{key}"
            self.say(slug, spot, f"“{key}”不认识“{word}”。{zh}", f'"{key}" doesn\'t know "{word}". {en}')

    def strings(self, key: str) -> tuple[str, ...]:
        return tuple(value for value, _ in self.strings_at(key))

    def strings_at(self, key: str) -> list[tuple[str, Spot]]:
        """The texts of a list with the line of each."""
        cell = self.take(key, list)
        found = []
        for i, value in enumerate(cell.value if cell else ()):
            item = Cell(value, cell.doc, (*cell.path, i))  # type: ignore[union-attr]
            if self.fits(item, str, f"{key}[{i}]"):
                found.append((value, item.spot))
        return found

    def mapping(self, key: str, *, required: bool = False) -> dict[str, str]:
        """A table of texts."""
        return {k: c.value for k, c in self.mapping_at(key, required=required)}

    def mapping_at(self, key: str, *, required: bool = False) -> list[tuple[str, Cell]]:
        cell = self.take(key, dict, required=required)
        if cell is None:
            return []
        cells = ((k, Cell(v, cell.doc, (*cell.path, k))) for k, v in cell.value.items())
        return [(k, c) for k, c in cells if self.fits(c, str, f"{key}.{k}")]

    def name(self, key: str = "name", *, required: bool = True) -> Name | None:
        """``{ zh = "…", en = "…" }``; both have to be there."""
        cell = self.take(key, dict, required=required)
        if cell is None:
            return Name("", "") if required else None
        table = Table.of(cell.doc, self.problems, cell.path, cell.value)
        found = Name(table.text("zh", required=True), table.text("en", required=True))
        table.close()
        return found

    def names(self, key: str) -> dict[str, Name]:
        """A table of names: ``{ agree = { zh = "…", en = "…" } }``."""
        cell = self.take(key, dict)
        if cell is None:
            return {}
        table = Table.of(cell.doc, self.problems, cell.path, cell.value)
        return {word: name for word in cell.value if (name := table.name(word)) is not None}

    def named(self) -> Name:
        return self.name() or Name("", "")

    def id(self, key: str = "id", pattern: re.Pattern[str] = _ID, longest: int = ID_LENGTH) -> str:
        cell = self.take(key, str, required=True)
        if cell is None:
            return ""
        if not pattern.fullmatch(cell.value) or len(cell.value) > longest:
            self.say(
                "bad-id",
                cell.spot,
                f"编号“{cell.value}”只能用小写字母、数字、“-”和“_”，以字母开头，最长 {longest} 个字符。",
                f'"{cell.value}": an id is lower-case letters, digits, "-" and "_", begins with a letter and has at most {longest} signs.',
            )
        return cell.value

    def duration(self, key: str, *, required: bool = False, words: tuple[str, ...] = ()) -> Duration | str | None:
        """``PnD`` or ``PTnH``, with `` natural`` behind it where nights and holidays count; or one of ``words``."""
        cell = self.take(key, str, required=required)
        if cell is None:
            return None
        if cell.value in words:
            return cell.value
        if match := _DURATION.fullmatch(cell.value):
            return Duration(int(match[1] or 0), int(match[2] or 0), "natural" if match[3] else "working")
        also_zh = "".join(f"，或 “{w}”" for w in words)
        also_en = "".join(f', or "{w}"' for w in words)
        self.say(
            "bad-duration",
            cell.spot,
            f"“{key}”的时限“{cell.value}”写法不对：工作日写“P3D”，工作小时写“PT4H”，节假日照算加“ natural”{also_zh}。",
            f'"{key}" = "{cell.value}" is no duration: write "P3D" for working days, "PT4H" for working hours, '
            f'with " natural" behind it where holidays count{also_en}.',
        )
        return None

    def span(self, key: str, *, required: bool = False) -> Duration | None:
        found = self.duration(key, required=required)
        return found if isinstance(found, Duration) else None

    def hours(self, key: str) -> tuple[Hours, ...]:
        found = []
        for value, spot in self.strings_at(key):
            if (m := _HOURS.fullmatch(value)) and (m[3] != "24" or m[4] == "00"):
                end = time(23, 59, 59, 999999) if m[3] == "24" else time(int(m[3]), int(m[4]))
                found.append(Hours(time(int(m[1]), int(m[2])), end))
            else:
                self.say(
                    "bad-hours", spot, f"“{value}”不是时段，应写“08:30-12:00”。", f'"{value}" is no stretch of hours: write "08:30-12:00".'
                )
        return tuple(found)

    def tables(self, key: str) -> Iterator[Table]:
        """The tables of ``[[key]]``."""
        cell = self.take(key, list)
        for i, value in enumerate(cell.value if cell else ()):
            item = Cell(value, cell.doc, (*cell.path, i))  # type: ignore[union-attr]
            if self.fits(item, dict, f"{key}[{i}]"):
                yield Table.of(item.doc, self.problems, item.path, value)

    def table(self, key: str, *, required: bool = False) -> Table | None:
        cell = self.take(key, dict, required=required)
        return Table.of(cell.doc, self.problems, cell.path, cell.value) if cell else None


def floats(doc: Doc, problems: list[Problem]) -> None:
    """Report every float: 0.66 isn't two thirds, and a limit that is nearly right is wrong."""
    for path, value in _walk((), doc.data):
        if isinstance(value, float):
            exact = Fraction(value).limit_denominator(12) if value == value and abs(value) < 1e9 else "2/3"
            spot = doc.spot(path)
            problems.append(
                Problem(
                    "float",
                    spot.file,
                    spot.line,
                    f"{value} 是小数，说不准界限：比例写成文字分数“{exact}”，数量写整数。",
                    f'{value} is a float and can\'t say a limit exactly: write a share as text, "{exact}", a count as a whole number.',
                )
            )


def _walk(path: Path, value: Any) -> Iterator[tuple[Path, Any]]:
    if isinstance(value, dict):
        for k, v in value.items():
            yield from _walk((*path, k), v)
    elif isinstance(value, list):
        for i, v in enumerate(value):
            yield from _walk((*path, i), v)
    else:
        yield path, value


def show(value: Any) -> str:
    """A value as it would stand in the file, cut short."""
    text = {True: "true", False: "false"}[value] if isinstance(value, bool) else f'"{value}"' if isinstance(value, str) else str(value)
    return text if len(text) <= 40 else f"{text[:39]}…"
