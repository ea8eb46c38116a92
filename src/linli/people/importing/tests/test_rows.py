"""Reading the rows of communities' sheets: as they are, and as they should not be."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.kit import idnumber, phones
from linli.people.importing.columns import COLUMNS
from linli.people.importing.rows import FAULTS, Entry, Fault, homes_of, read_entries, read_entry

TODAY = date(2026, 11, 28)
BORN = date(1961, 5, 3)
ID = idnumber.invented(BORN, "m", 7)
PHONE = phones.invented(12345678)
ROW = {
    "name": "端木问之", "id_number": ID, "sex": "男", "born": "1961-05-03", "phone": PHONE, "role": "户主", "building": "3", "unit": "2",
    "door": "301", "tenure": "自有", "registered_at": "包头市昆都仑区", "since": "2009年3月1日",
}  # fmt: skip


def entry(**cells) -> Entry:
    found, faults = read_entry(5, ROW | cells, TODAY)
    assert faults == []
    return found


def faults(**cells) -> list[str]:
    return [f.name for f in read_entry(5, ROW | cells, TODAY)[1]]


def test_a_row_is_understood():
    found = entry()
    assert (found.name, found.id_number, found.born, found.sex, found.phones) == ("端木问之", ID, BORN, "m", (PHONE,))
    assert (found.role, found.tenure, found.registered, found.registered_at) == ("head", "own", "elsewhere", "包头市昆都仑区")
    assert (found.since, found.where) == (date(2009, 3, 1), "3号楼2单元301")


@pytest.mark.parametrize(
    ("cells", "field", "value"),
    [
        ({"name": "端 木\u3000问 之"}, "name", "端木问之"),
        ({"name": "阿依古丽·买买提"}, "name", "阿依古丽·买买提"),
        ({"name": "Anna  Maria"}, "name", "Anna Maria"),
        ({"id_number": f" {ID[:6]} {ID[6:].lower()}"}, "id_number", ID),
        ({"id_number": "", "born": 22404.0}, "born", BORN),
        ({"id_number": "", "born": "19610503"}, "born", BORN),
        ({"id_number": "", "born": "一九六一年五月三日"}, "born", BORN),
        ({"phone": f"{PHONE}、0472-5151234"}, "phones", (PHONE, "04725151234")),
        ({"phone": f"{PHONE} {PHONE}"}, "phones", (PHONE,)),
        ({"phone": float(PHONE)}, "phones", (PHONE,)),
        ({"phone": ""}, "phones", ()),
        ({"door": 301.0}, "door", "301"),
        ({"door": "301室"}, "door", "301"),
        ({"building": "3号楼"}, "where", "3号楼2单元301"),
        ({"door": "", "address": "3号楼2单元301"}, "where", "3号楼2单元301"),
        ({"role": "长子"}, "role", "child"),
        ({"role": ""}, "role", ""),
        ({"registered_at": "", "registered": "人户分离"}, "registered", "elsewhere"),
        ({"registered_at": ""}, "registered", ""),
        ({"sex": "", "born": ""}, "sex", "m"),
    ],
)
def test_what_people_type_is_understood(cells, field, value):
    assert getattr(entry(**cells), field) == value


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        ({"name": ""}, ["name.empty"]),
        ({"name": "甲" * 41}, ["name.long"]),
        ({"name": "甲1"}, ["name.digits"]),
        ({"id_number": 1.1010519491231e17}, ["id_number.float"]),
        ({"id_number": "1.10105E+17"}, ["id_number.float"]),
        ({"id_number": ID[:-1] + ("0" if ID[-1] != "0" else "1")}, ["id_number.check"]),
        ({"id_number": ID[:-2]}, ["id_number.length"]),
        ({"born": "1961-05-04"}, ["born.disagrees"]),
        ({"sex": "女"}, ["sex.disagrees"]),
        ({"sex": "？"}, ["sex.unknown"]),
        ({"id_number": "", "born": ""}, ["born.missing"]),
        ({"id_number": "", "born": "61.5.3"}, ["born.date"]),
        ({"id_number": "", "born": "2027-01-01", "since": ""}, ["born.future"]),
        ({"id_number": "", "born": "1800-01-01", "since": ""}, ["born.long_ago"]),
        ({"phone": "12345"}, ["phone.length"]),
        ({"door": "", "address": ""}, ["door.empty"]),
        ({"role": "邻居"}, ["role.unknown"]),
        ({"tenure": "说不清"}, ["tenure.unknown"]),
        ({"registered": "说不清"}, ["registered.unknown"]),
        ({"since": "2026-12-01"}, ["since.future"]),
        ({"since": "1960-01-01"}, ["since.before_birth"]),
        ({"since": "去年"}, ["since.date"]),
        ({"name": "", "sex": "？", "since": "去年"}, ["name.empty", "sex.unknown", "since.date"]),
    ],
)
def test_everything_wrong_with_a_row_is_named(cells, found):
    assert faults(**cells) == found


def test_a_number_that_stands_twice_is_taken_once_and_the_other_row_is_named():
    rows = [(2, ROW), (3, {"name": "", "door": ""}), (4, ROW | {"name": "别人"})]
    assert [r if isinstance(r, list) else r.row for r in read_entries(rows, TODAY)] == [2, [Fault(4, "number", "twice", 2)]]


def homes(*rows):
    found, wrong = homes_of([entry(**{"id_number": "", **cells}) for cells in rows])
    return [[e.name for e in h.entries] for h in found], [f.name for f in wrong]


def test_rows_of_one_dwelling_are_one_household_with_its_head_first():
    assert homes({"name": "乙", "role": "妻"}, {"name": "甲"}, {"name": "丙", "role": "", "door": "302"}) == ([["甲", "乙"], ["丙"]], [])


def test_several_heads_at_one_dwelling_are_several_households():
    rows = [{"name": "甲"}, {"name": "乙", "role": "子"}, {"name": "丙"}, {"name": "丁", "role": "妻"}]
    assert homes(*rows) == ([["甲", "乙"], ["丙", "丁"]], [])


def test_a_sheet_without_roles_lists_the_head_first():
    assert homes({"name": "甲", "role": ""}, {"name": "乙", "role": ""}) == ([["甲", "乙"]], [])


def test_a_household_with_roles_and_without_a_head_is_refused_row_by_row():
    assert homes({"name": "甲", "role": "子"}, {"name": "乙", "role": ""}) == ([], ["role.no_head", "role.no_head"])


def test_a_numbered_household_has_one_head():
    rows = [{"name": "甲", "household": "1"}, {"name": "乙", "household": "1"}, {"name": "丙", "household": "2"}]
    assert homes(*rows) == ([["丙"]], ["role.two_heads", "role.two_heads"])


CELLS = (
    st.text(max_size=12)
    | st.floats()
    | st.integers()
    | st.none()
    | st.booleans()
    | st.dates()
    | st.datetimes()
    | st.sampled_from([*ROW.values()])
)


@given(st.lists(st.dictionaries(st.sampled_from(list(COLUMNS)), CELLS), max_size=8))
def test_every_row_ends_as_an_entry_or_with_faults_that_have_a_sentence(rows):
    numbered = list(enumerate(rows, start=2))
    results = list(read_entries(numbered, TODAY))
    entries = [r for r in results if isinstance(r, Entry)]
    wrong = [f for r in results if not isinstance(r, Entry) for f in r]
    assert {f.name for f in wrong} <= set(FAULTS)
    found, refused = homes_of(entries)
    placed = sorted([e.row for h in found for e in h.entries] + [f.row for f in refused])
    assert placed == [e.row for e in entries]
    assert all(h.head.role == "head" and [e.role for e in h.entries].count("head") == 1 for h in found)
    assert {f.name for f in refused} <= set(FAULTS)


def test_neither_entries_nor_faults_show_a_value_in_a_log():
    found, wrong = read_entry(5, ROW | {"sex": "女"}, TODAY)
    assert not any(secret in repr([found, wrong]) for secret in (ID, PHONE, "端木"))
