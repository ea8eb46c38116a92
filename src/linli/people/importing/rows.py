"""What a row of a community's sheet says, or what is wrong with it. Pure: cells in, entries and faults out; no fault repeats a value.

A wrong row never stops a right one. Where the sheet says the same thing twice (birth and sex beside the identity number) both must agree.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from itertools import pairwise
from typing import Any

from linli.kit import idnumber, phones
from linli.kit.dates import long_ago
from linli.kit.sheets import day_of, lost_digits, said_of, text_of

NAME = 40
PLACE = 60
FAULTS = (
    "name.empty", "name.long", "name.digits", "name.signs", "door.empty", "sex.unknown", "sex.disagrees", "born.missing", "born.disagrees", "born.future",
    "born.long_ago", "born.date", "since.date", "since.future", "since.before_birth", "role.unknown", "role.two_heads", "role.no_head", "tenure.unknown",
    "registered.unknown", "row.twice", "number.twice",
    *(f"id_number.{code}" for code in idnumber.FAULTS), *(f"phone.{code}" for code in phones.FAULTS),
)  # fmt: skip
"""Everything that can be wrong with a row, ``field.code``. Who shows it to a person has a sentence for each."""

ROLES: dict[str, tuple[str, ...]] = {
    "head": ("户主", "本人", "本人(户主)", "户主本人"),
    "spouse": ("配偶", "妻", "妻子", "夫", "丈夫", "夫妻", "爱人"),
    "child": (
        "子",
        "女",
        "子女",
        "儿子",
        "女儿",
        "长子",
        "次子",
        "三子",
        "长女",
        "次女",
        "三女",
        "独生子",
        "独生女",
        "养子",
        "养女",
        "继子",
        "继女",
    ),
    "child_in_law": ("儿媳", "媳妇", "女婿", "儿媳妇", "长媳", "次媳"),
    "grandchild": ("孙子", "孙女", "外孙", "外孙女", "孙", "孙子女", "外孙子", "外孙子女", "重孙", "曾孙"),
    "parent": ("父", "母", "父亲", "母亲", "父母", "继父", "继母", "养父", "养母"),
    "parent_in_law": ("岳父", "岳母", "公公", "婆婆", "公婆", "岳父母"),
    "grandparent": ("祖父", "祖母", "爷爷", "奶奶", "外祖父", "外祖母", "姥爷", "姥姥", "外公", "外婆", "祖父母"),
    "sibling": ("兄", "弟", "姐", "妹", "哥哥", "弟弟", "姐姐", "妹妹", "兄弟", "姐妹", "兄弟姐妹", "兄妹", "姐弟"),
    "other_kin": (
        "侄子",
        "侄女",
        "外甥",
        "外甥女",
        "叔",
        "伯",
        "姑",
        "舅",
        "姨",
        "其他亲属",
        "亲属",
        "其他亲戚",
        "嫂",
        "弟媳",
        "姐夫",
        "妹夫",
    ),
    "not_kin": ("非亲属", "租户", "租客", "保姆", "朋友", "同事", "合租", "其他", "集体户成员"),
    "unknown": ("不详", "未知", "不清楚"),
}
TENURES: dict[str, tuple[str, ...]] = {
    "own": ("自有", "自住", "自有产权", "自购", "自有住房", "产权房", "自建", "商品房", "业主"),
    "rented": ("租", "租住", "租赁", "出租", "租房", "承租", "公租房", "廉租房", "租户"),
    "lodging": ("借住", "寄住", "借居", "暂住", "寄居", "投靠"),
    "employer": ("单位", "单位宿舍", "宿舍", "单位住房", "公房", "集体宿舍"),
    "other": ("其他", "其它"),
    "unknown": ("不详", "未知", "不清楚"),
}
REGISTERED: dict[str, tuple[str, ...]] = {
    "here": ("一致", "人户一致", "人户合一", "本地", "本社区", "户在人在", "常住", "常住户籍", "户籍", "本地户籍"),
    "elsewhere": ("分离", "人户分离", "外地", "外来", "人在户不在", "流动", "流动人口", "外地户籍", "非本地", "外来人口"),
    "unknown": ("不详", "未知", "不清楚"),
}
SEXES: dict[str, tuple[str, ...]] = {"m": ("男", "男性", "m"), "f": ("女", "女性", "f")}


def _by_word(words: Mapping[str, Sequence[str]]) -> dict[str, str]:
    return {name: what for what, names in words.items() for name in names}


_ROLES, _TENURES, _REGISTERED, _SEXES = map(_by_word, (ROLES, TENURES, REGISTERED, SEXES))


@dataclass(slots=True)
class Entry:
    """One row, understood. ``where``: building, unit and door as far as the sheet says them apart, and the address as a text.

    ``household`` ties rows together where the sheet numbers its households. ``role`` is "" where the sheet has no such column.
    """

    row: int
    name: str
    id_number: str
    born: date | None
    sex: str
    phones: tuple[str, ...]
    role: str
    household: str
    building: str
    unit: str
    door: str
    address: str
    tenure: str
    registered: str
    registered_at: str
    since: date | None

    @property
    def where(self) -> str:
        """The dwelling in one line, as an address is looked up."""
        if self.door and not self.building and not self.unit:
            return self.door
        parts = [self.building and _with(self.building, "号楼"), self.unit and _with(self.unit, "单元"), self.door]
        return "".join(p for p in parts if p) if self.door else self.address

    def __repr__(self) -> str:  # never into a log
        return f"Entry(row={self.row})"


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a row can't be used. ``other``: the row it stands against, where there is one. ``row`` counts as spreadsheets do, from 1."""

    row: int
    field: str
    code: str
    other: int = 0

    @property
    def name(self) -> str:
        return f"{self.field}.{self.code}"


def plain_door(name: str) -> str:
    """301 of «301室»."""
    return name if name.isascii() else re.sub(r"(室|号房|房|户)$", "", name)


@lru_cache(maxsize=50_000)  # a sheet says few days, and each of them often
def _day_of(text: str) -> date | None:
    return day_of(text)


def _with(number: str, kind: str) -> str:
    return f"{number}{kind}" if number.isdigit() else number


def read_row(number: int, cells: Mapping[str, Any], today: date) -> Entry | list[Fault] | None:
    """A row (field → cell) as an entry or with all its faults; None where it is empty."""
    reader = _Row(number, cells, today)
    if not any(reader.texts.values()):
        return None
    entry = reader.entry()
    return reader.faults or entry


def once_each(found: Iterable[Entry | list[Fault]]) -> Generator[Entry | list[Fault], None, None]:
    """Of several with one number the first is meant; the others are faults."""
    numbers: dict[str, int] = {}
    for one in found:
        if isinstance(one, Entry) and one.id_number:
            first = numbers.setdefault(one.id_number, one.row)
            if first != one.row:
                yield [Fault(one.row, "number", "twice", first)]
                continue
        yield one


def read_entries(rows: Iterable[tuple[int, Mapping[str, Any]]], today: date) -> Iterator[Entry | list[Fault]]:
    """Each row (number, field → cell) as an entry or with all its faults, in order. Empty rows give nothing."""
    found = (read_row(number, cells, today) for number, cells in rows)
    return once_each(one for one in found if one is not None)


def read_entry(row: int, cells: Mapping[str, Any], today: date) -> tuple[Entry, list[Fault]]:
    """What a row says, and everything that is wrong with it."""
    reader = _Row(row, cells, today)
    return reader.entry(), reader.faults


class _Row:
    __slots__ = ("cells", "faults", "row", "texts", "today")

    def __init__(self, row: int, cells: Mapping[str, Any], today: date) -> None:
        self.row, self.cells, self.today = row, cells, today
        self.texts = {field: cell.strip() if cell.__class__ is str and cell.isascii() else text_of(cell) for field, cell in cells.items()}
        self.faults: list[Fault] = []

    def entry(self) -> Entry:
        name, id_number, text = self.name(), self.id_number(), self.text
        born, sex = self.birth_and_sex(id_number)
        return Entry(
            self.row, name, id_number.text if id_number else "", born, sex, self.phones(), self.one_of("role", _ROLES), text("household"),
            text("building"), text("unit"), self.door(), self.said("address")[:200], self.one_of("tenure", _TENURES),
            self.registered(), self.said("registered_at")[:PLACE], self.since(born),
        )  # fmt: skip

    def fault(self, field: str, code: str) -> None:
        self.faults.append(Fault(self.row, field, code))

    def text(self, field: str) -> str:
        return self.texts.get(field, "")

    def said(self, field: str) -> str:
        return said_of(self.cells.get(field))

    def name(self) -> str:
        """Without the spaces that make two signs as wide as three; the dot of names translated from other tongues stays."""
        name = self.text("name")
        if name.isalpha() and len(name) <= NAME:  # most are
            return name
        name = re.sub(r"\s+", " ", name)
        name = re.sub(r"(?<![A-Za-z]) | (?![A-Za-z])", "", name)
        if not name:
            self.fault("name", "empty")
        elif len(name) > NAME:
            self.fault("name", "long")
        elif any(c.isdigit() for c in name):
            self.fault("name", "digits")
        return name

    def id_number(self) -> idnumber.IdNumber | None:
        text = self.text("id_number")
        if not text:
            return None
        if lost_digits(self.cells["id_number"]):
            self.fault("id_number", "float")
            return None
        try:
            return idnumber.read(text, self.today)
        except idnumber.BadIdNumber as bad:
            self.fault("id_number", bad.fault)
            return None

    def birth_and_sex(self, id_number: idnumber.IdNumber | None) -> tuple[date | None, str]:
        born, sex = self.day("born"), self.one_of("sex", _SEXES)
        if born and born > self.today:
            self.fault("born", "future")
        elif born and long_ago(born, self.today):
            self.fault("born", "long_ago")
        if id_number is None:
            if born is None and not self.text("born") and not self.text("id_number"):
                self.fault("born", "missing")
            return born, sex
        if born and born != id_number.born:
            self.fault("born", "disagrees")
        if sex and sex != id_number.sex:
            self.fault("sex", "disagrees")
        return id_number.born, id_number.sex

    def day(self, field: str) -> date | None:
        cell = self.cells.get(field)
        if cell is None or cell == "":
            return None
        try:
            return _day_of(cell) if isinstance(cell, str) else day_of(cell)
        except ValueError:
            self.fault(field, "date")
            return None

    def since(self, born: date | None) -> date | None:
        since = self.day("since")
        if since and since > self.today:
            self.fault("since", "future")
        elif since and born and since < born:
            self.fault("since", "before_birth")
        return since

    def phones(self) -> tuple[str, ...]:
        """One or several, however they are set apart."""
        text = self.text("phone")
        if not text:
            return ()
        if phones.is_mobile(text):
            return (text,)
        if lost_digits(self.cells["phone"]):
            self.fault("phone", "float")
            return ()
        found = []
        for part in re.split(r"[,、;/|\n]+|\s+(?=1[3-9]\d{9})", text):
            if not part.strip():
                continue
            try:
                found.append(phones.read(part))
            except phones.BadPhone as bad:
                self.fault("phone", bad.fault)
        return tuple(dict.fromkeys(found))

    def door(self) -> str:
        door = self.text("door")
        if not door and not self.text("address"):
            self.fault("door", "empty")
        return plain_door(door)

    def one_of(self, field: str, words: Mapping[str, str]) -> str:
        said = self.text(field)
        if not said:
            return ""
        found = words.get(said) or words.get(re.sub(r"\s+", "", said).lower(), "")
        if not found:
            self.fault(field, "unknown")
        return found

    def registered(self) -> str:
        """Said outright, or by saying where else."""
        said = self.one_of("registered", _REGISTERED)
        if said or self.text("registered"):
            return said
        return "elsewhere" if self.text("registered_at") else ""


@dataclass(frozen=True, slots=True)
class Home:
    """Rows that are one household: the head first."""

    entries: tuple[Entry, ...]

    @property
    def head(self) -> Entry:
        return self.entries[0]


def homes_of(entries: Sequence[Entry]) -> tuple[list[Home], list[Fault]]:
    """Entries as households: those with one household number at one dwelling, or else those of one dwelling.

    Where nobody has a role the first row is the head, as in sheets that list the head first and have no such column. Several heads at one
    dwelling are several households, each with the rows below its head, unless numbers say otherwise; a household of which rows have roles
    and none is the head can't be entered.
    """
    grouped: dict[tuple[str, str], list[Entry]] = {}
    for entry in entries:
        grouped.setdefault((entry.where, entry.household), []).append(entry)
    homes, faults = [], []
    for (_where, number), members in grouped.items():
        for part in [members] if number else _by_heads(members):
            heads = [e for e in part if e.role == "head"]
            if not heads and not any(e.role for e in part):
                homes.append(Home((replace(part[0], role="head"), *part[1:])))
            elif len(heads) == 1:
                homes.append(Home((heads[0], *(e for e in part if e is not heads[0]))))
            elif heads:
                faults += [Fault(e.row, "role", "two_heads", heads[0].row) for e in part if e is not heads[0]]
                faults.append(Fault(heads[0].row, "role", "two_heads", heads[1].row))
            else:
                faults += [Fault(e.row, "role", "no_head") for e in part]
    return homes, faults


def _by_heads(members: list[Entry]) -> list[list[Entry]]:
    """Rows of one dwelling, begun anew at each head; what stands above the first head goes with it."""
    heads = [n for n, e in enumerate(members) if e.role == "head"]
    if len(heads) < 2:
        return [members]
    starts = [0, *heads[1:], len(members)]
    return [members[a:b] for a, b in pairwise(starts)]
