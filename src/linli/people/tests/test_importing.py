"""Sheets of residents: what they do to the register, what they don't, and that all of it is there or nothing is."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import override
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linli.access.rls import opened
from linli.frame.jobs import Cancelled
from linli.frame.refusal import Conflict, Refusal
from linli.kit.sheets import Unreadable, read_rows
from linli.people import actions as people
from linli.people import queries
from linli.people.importing import actions, staging
from linli.people.importing.plan import FAULTS as PLANNED
from linli.people.importing.rows import FAULTS
from linli.people.importing.words import DONE, explained
from linli.people.importing.words import FAULTS as SAID
from linli.people.models import Batch, Change, Custody, Household, ImportColumn, ImportFile, ImportPiece, Person, Residence, Secret, Touched
from linli.people.tests.factories import HEAD, TODAY, everything, people_of, told
from linli.people.tests.sheets import FAMILY, HEADINGS, bring, check, counts, enter, number, row, states, workbook
from linli.people.told import Told

pytestmark = pytest.mark.django_db
TABLES = (Household, Person, Secret, Residence, Custody)


def everybody() -> dict[str, tuple]:
    """Name → where and as what they live there now."""
    with everything():
        rows = Residence.objects.open().select_related("person", "household__dwelling")
        return {r.person.name: (r.household.dwelling.code, r.role) for r in rows}


def sizes() -> list[int]:
    with everything():
        return [m.objects.count() for m in TABLES]


def test_a_sheet_becomes_households_with_their_people(register):
    file = enter(register, workbook(*FAMILY))
    assert counts(file) == {"new": 4}
    assert everybody() == {
        "端木问之": ("G11B-1-101", "head"), "欧阳小月": ("G11B-1-101", "spouse"), "端木安": ("G11B-1-101", "child"), "司马清": ("G11B-1-102", "head"),
    }  # fmt: skip
    with everything():
        head = Person.objects.get(residences__role="head", residences__household__dwelling__code="G11B-1-101")
        child = Person.objects.get(custodies__custodian=head)
        assert child.name == "端木安"
        assert head.community == "C1"
        assert people.unmask(by=register.head, person=head, purpose="visit")[0] == ("id", number(40, "m", 1))
        line = Change.objects.get()
        assert (line.act, line.by, line.data) == ("register.imported", register.head, {"new": 4, "changed": 0})
        assert not Touched.objects.exists()  # they stand there by their keys
        assert [p.pk for p in Person.objects.all() if line in queries.history_of_person(p)] == [p.pk for p in Person.objects.all()]
        assert line in queries.history_of_household(head.residences.get().household)
        with opened(["D.S2"]):
            assert not Batch.objects.exists()
    assert sizes() == [2, 4, 8, 4, 1]


def test_more_hands_do_the_same(register, monkeypatch):
    monkeypatch.setattr("linli.kit.hands.WORTH", 1)
    file = enter(register, workbook(*FAMILY, row(5, "甲一", door="999"), row(6, "#", door="103")))
    assert states(file) == {3: "new", 4: "new", 5: "new", 6: "new", 7: "wrong: door.unknown", 8: "wrong: name.signs"}
    with everything():
        head = Person.objects.get(residences__role="head", residences__household__dwelling__code="G11B-1-101")
        assert head.name == "端木问之"
        assert people.unmask(by=register.head, person=head, purpose="visit")[0] == ("id", number(40, "m", 1))
    assert counts(enter(register, workbook(*FAMILY))) == {"same": 4}


def test_entered_twice_is_entered_once(register):
    data = workbook(*FAMILY)
    enter(register, data)
    before = sizes()
    again = enter(register, data)
    assert counts(again) == {"same": 4}
    assert again.change is None
    assert sizes() == before


def test_one_sheet_is_carried_out_once(register):
    file = enter(register, workbook(*FAMILY))
    with pytest.raises(Conflict):
        actions.carry_out(by=register.head, file=file)
    with pytest.raises(Conflict):
        actions.enter_sheet(by=register.head, file=file)


def test_a_later_sheet_changes_what_it_knows_more_of_and_lets_nobody_go(register):
    enter(register, workbook(*FAMILY))
    head = list(FAMILY[0])
    head[4] = "13912345678"
    file = check(register, workbook(head, row(9, "端木平", "父", years=70)))
    assert states(file) == {3: "changed", 4: "new"}
    with everything():
        assert [what for _row, _state, what in staging.outcomes_of(file)] == [["phone"], []]
        assert Secret.objects.filter(kind="phone").count() == 4  # not before it is entered
    actions.carry_out(by=register.head, file=file)
    assert len(everybody()) == 5
    with everything():
        assert Secret.objects.filter(kind="phone", until=None).count() == 6


def test_wrong_rows_stop_no_right_one_and_the_counts_add_up(register):
    rows = [
        *FAMILY,
        row(5, "甲一", door="201", id_number=1.10105194912310e17),
        row(6, "乙一", door="999"),
        row(7, "丙一", door="202", id_number=number(40, "m", 7)[:-2]),
        row(8, "司马清", "配偶", door="102", years=70, id_number=""),
        ["", "  ", "", "", "", "", "", "", "", "", ""],
        row(9, "丁一", "非亲属", door="102", phone="12345"),
    ]
    file = enter(register, workbook(*rows))
    assert states(file) == {
        3: "new", 4: "new", 5: "new", 6: "new", 7: "wrong: id_number.float", 8: "wrong: door.unknown", 9: "wrong: id_number.length",
        10: "wrong: born.missing", 12: "wrong: phone.length",
    }  # fmt: skip
    assert sum(file.counts[s] for s in ("new", "changed", "same", "wrong")) == file.rows == 9


def test_everything_that_can_be_wrong_has_a_sentence():
    assert {*FAULTS, *PLANNED} - set(SAID) == set()


def test_a_heading_that_may_not_be_kept_is_dropped_before_anything_is_stored(register):
    headings = [*HEADINGS[:-2], "民族", "是否党员"]
    rows = [[*r[:-2], "甲乙丙", "丁戊己"] for r in FAMILY]
    file = enter(register, workbook(*rows, headings=headings))
    with everything():
        assert staging.head_of(file).denied == ["民族", "是否党员"]
        kept = [list(staging.with_outcomes(file, lambda state, what: (str(DONE[state]), explained(state, what)), ("状态", "说明")))]
    assert "甲乙丙" not in str(kept)
    assert "丁戊己" not in str(kept)
    assert kept[0][1][-3:] == ["房号", "状态", "说明"]


def test_the_sheet_comes_back_with_what_became_of_each_row(register):
    file = enter(register, workbook(FAMILY[0], row(2, "甲一", door="999")))
    rows = list(
        actions.fetch_sheet(by=register.head, file=file, headings=("状态", "说明"), said=lambda s, w: (str(DONE[s]), explained(s, w)))
    )
    assert rows[0][:2] == ["幸福社区居民信息台账", ""]
    assert rows[1][-2:] == ["状态", "说明"]
    assert rows[2][:2] == [1, "端木问之"]
    assert [r[-2] for r in rows[2:]] == [str(DONE["new"]), str(DONE["wrong"])]
    with pytest.raises(PermissionDenied):
        list(actions.fetch_sheet(by=register.other_head, file=file, headings=("", ""), said=lambda s, w: ("", "")))


def test_the_whole_sheet_is_taken_back_while_nothing_stands_on_it(register, home):
    before = sizes(), everybody()
    head = people_of(home)[0]
    with everything():
        known = people.unmask(by=register.head, person=head, purpose="visit")[0][1]
    file = enter(register, workbook(row(1, "张建国", id_number=known, phone="13912345678"), *[r for r in FAMILY if r[8] == "102"]))
    assert counts(file) == {"changed": 1, "new": 1}
    actions.take_sheet_back(by=register.head, file=file)
    assert (sizes(), everybody()) == before
    again = enter(register, workbook(*[r for r in FAMILY if r[8] == "102"]))
    with everything():
        someone = Person.objects.get(residences__household__dwelling__code="G11B-1-102")
    people.correct_person(by=register.head, person=someone, told=Told("司马青", someone.born, someone.sex))
    with pytest.raises(Conflict):
        actions.take_sheet_back(by=register.head, file=again)
    assert len(everybody()) == 4


def test_an_address_in_another_community_is_no_dwelling_of_this_one(register):
    rows = [
        ["甲一", number(40, "m", 1), "户主", "甲社区1号楼1单元101"],
        ["乙一", number(41, "m", 2), "户主", "建华社区1号楼1单元102"],
        ["丙一", number(42, "m", 3), "户主", "幸福小区1号楼1单元201"],
        ["丁一", number(43, "m", 4), "户主", "甲街道富强路12号1号楼1单元202"],
    ]
    file = check(register, workbook(*rows, headings=["姓名", "身份证号", "与户主关系", "现住址"]))
    assert states(file) == {3: "new", 4: "wrong: door.elsewhere", 5: "wrong: door.elsewhere", 6: "new"}


def test_a_later_sheet_says_what_was_and_what_will_be(register):
    headings = ["姓名", "身份证号", "与户主关系", "居住方式", "联系电话", "现住址"]
    known = number(40, "m", 1)
    enter(register, workbook(["甲一", known, "户主", "自有", "", "1号楼1单元101"], headings=headings))
    file = check(register, workbook(["甲一", known, "户主", "租住", "13912345678", "1号楼1单元101"], headings=headings))
    with everything():
        [(_row, state, what)] = staging.outcomes_of(file)
    assert what == ["phone", "tenure:own:rented"]
    with override("en"):
        assert explained(state, what) == "telephone added、lives there by: own dwelling → rented"
    actions.carry_out(by=register.head, file=file)
    with everything():
        assert Residence.objects.get().tenure == "rented"


def test_what_a_sheet_does_not_say_is_not_known(register):
    enter(
        register,
        workbook(
            ["甲一", number(40, "m", 1), "1号楼1单元101"],
            ["乙一", number(41, "f", 2), "1号楼1单元101"],
            headings=["姓名", "身份证号", "现住址"],
        ),
    )
    with everything():
        rows = Residence.objects.order_by("pk").values_list("role", "tenure", "registered")
        assert sorted(rows) == [("head", "unknown", "unknown"), ("unknown", "unknown", "unknown")]


def test_a_week_later_it_is_too_late(register):
    file = enter(register, workbook(*FAMILY))
    with everything():
        assert actions.may_undo(register.head, file, actions.change_of(file))
        assert not actions.may_undo(register.other_head, file, actions.change_of(file))
    with pytest.raises(Refusal, match="too_late"):
        actions.take_sheet_back(by=register.head, file=file, now=timezone.now() + timedelta(days=8))


def test_stopped_in_the_middle_nothing_is_kept(register):
    file = check(register, workbook(*FAMILY))

    def stop(done):
        raise Cancelled

    before = sizes()
    with pytest.raises(Cancelled):
        actions.carry_out(by=register.head, file=file, told=stop)
    assert sizes() == before == [0] * 5
    actions.carry_out(by=register.head, file=file)
    assert sizes()[1] == 4


@pytest.mark.parametrize("at", range(2, 12, 3))
def test_broken_at_any_statement_of_the_entering_nothing_is_there(register, monkeypatch, at):
    from linli.people.importing import commit

    file = check(register, workbook(*FAMILY))
    monkeypatch.setattr(commit, "_STORE", (*commit._STORE[:at], "select 1/0"))
    with pytest.raises(Exception, match="division"), transaction.atomic():
        actions.carry_out(by=register.head, file=file)
    assert sizes() == [0] * 5
    with everything():
        assert not Change.objects.exists()
    file.refresh_from_db()
    assert file.state == "checked"


def test_what_changed_since_the_check_is_seen_and_somebody_quicker_is_no_double(register):
    file = check(register, workbook(*FAMILY))
    known = told("端木问之", id_number=FAMILY[0][2], sex="m")
    from linli.people.tests.factories import household

    household(register, register.door("G12"), (Told("端木问之", None, "m", known.id_number, ()), HEAD), by=register.head)
    actions.carry_out(by=register.head, file=file)
    assert states(file)[3] == "wrong: number.elsewhere"
    assert len(everybody()) == 2  # and 司马清


def test_who_lives_elsewhere_is_told_of_without_where(register, home):
    with everything():
        known = people.unmask(by=register.head, person=people_of(home)[0], purpose="visit")[0][1]
    file = check(register, workbook(row(1, "张建国", door="101", id_number=known, building="3")), by=register.other_head, place="C2")
    assert states(file) == {3: "wrong: number.elsewhere"}
    other = check(register, workbook(row(1, "张建军", door="101", id_number=known, building="3")), by=register.other_head, place="C2")
    assert states(other) == {3: "wrong: id_number.other_name"}


def test_who_moved_away_and_stands_in_a_sheet_is_the_person_they_were(register, home):
    head = people_of(home)[0]
    with everything():
        known = people.unmask(by=register.head, person=head, purpose="visit")[0][1]
    people.move_away(by=register.head, household=home, persons=people_of(home), on=TODAY - timedelta(days=3))
    file = enter(register, workbook(row(1, "张建国", door="101", id_number=known, building="2")))
    assert counts(file) == {"new": 1}
    assert everybody() == {"张建国": ("G12B-1-101", "head")}
    with everything():
        assert Person.objects.count() == 3
        assert str(Person.objects.get(pk=head.pk).path) == "D.S1.C1.G12.G12B.G12B_1.G12B_1_101"
        assert {str(s.path) for s in Secret.objects.filter(person=head).defer("sealed")} == {"D.S1.C1.G12.G12B.G12B_1.G12B_1_101"}
    actions.take_sheet_back(by=register.head, file=file)
    assert everybody() == {}


def test_a_dwelling_where_others_live_is_not_filled_up(register, home):
    assert states(check(register, workbook(*FAMILY)))[3] == "wrong: door.occupied"


def test_a_child_needs_a_grown_up_head(register):
    file = check(register, workbook(row(1, "端木安", years=8), row(2, "端木平", "兄弟姐妹", years=16)))
    assert states(file) == {3: "wrong: born.no_custodian", 4: "wrong: role.head_wrong"}


def test_custody_is_of_a_head_of_eighteen(register):
    file = enter(register, workbook(row(1, "端木大", years=17), row(2, "端木小", "妹", years=9, sex="女")))
    assert states(file) == {3: "new", 4: "wrong: born.no_custodian"}


def test_who_cannot_be_that_to_the_head_by_their_births_is_not_entered(register):
    first = workbook(
        row(1, "端木问之", years=40), row(2, "端木安", "子", years=31), row(3, "端木老", "父", years=44), row(4, "端木小", "子", years=20),
        row(5, "端木孙", "孙女", years=19, sex="女"), row(6, "端木亲", "其他亲属", years=31),
    )  # fmt: skip
    file = enter(register, first)
    assert states(file) == {3: "new", 4: "wrong: role.ages", 5: "wrong: role.ages", 6: "new", 7: "wrong: role.ages", 8: "new"}
    later = workbook(row(1, "端木问之", years=40), row(6, "端木亲", "子", years=31), row(9, "端木新", "父", years=30))
    assert states(check(register, later)) == {3: "same", 4: "wrong: role.ages", 5: "wrong: role.ages"}


def test_what_is_kept_about_a_child_is_changed_only_by_who_may_see_it(register):
    enter(register, workbook(*FAMILY))
    child = list(FAMILY[2])
    child[4] = "13912345678"
    assert states(check(register, workbook(FAMILY[0], child), by=register.worker, place="G11"))[4] == "wrong: born.protected"
    assert states(check(register, workbook(FAMILY[0], child)))[4] == "changed"


def test_columns_are_chosen_once_and_remembered_for_the_community(register):
    headings = [*HEADINGS]
    headings[1] = "联系人"
    file = bring(register, workbook(*FAMILY, headings=headings))
    assert "name" not in file.columns.values()
    chosen = {int(at): field for at, field in file.columns.items()} | {1: "name"}
    with pytest.raises(Refusal, match="twice"):
        actions.check_sheet(by=register.head, file=file, columns=chosen | {9: "name"})
    with pytest.raises(Refusal, match="missing"):
        actions.check_sheet(by=register.head, file=file, columns={1: "name"})
    actions.check_sheet(by=register.head, file=file, columns=chosen)
    assert ImportColumn.objects.filter(place__code="C1", heading="联系人", field="name").exists()
    assert bring(register, workbook(*FAMILY, headings=headings), by=register.worker, place="G11").columns["1"] == "name"


@pytest.mark.parametrize(
    ("data", "code"), [(b"\0\1\2", "kind"), (workbook(), "empty"), (workbook(["甲"], headings=["甲"], title=""), "headings")]
)
def test_what_is_no_sheet_is_said_to_be_none(register, data, code):
    with pytest.raises(Unreadable, match=code):
        bring(register, data)
    assert not ImportFile.objects.exists()


def test_the_outsider_brings_nothing_and_gets_nothing(register):
    for by in (register.stranger, register.guide, register.street):
        with pytest.raises(PermissionDenied):
            bring(register, workbook(*FAMILY), by=by)
    with pytest.raises(PermissionDenied):
        bring(register, workbook(*FAMILY), by=register.worker)  # a grid's worker, for the whole community
    file = check(register, workbook(*FAMILY))
    for act in (actions.enter_sheet, actions.drop_sheet, actions.undo_sheet, actions.check_sheet):
        with pytest.raises(PermissionDenied):
            act(by=register.other_head, file=file)
    with pytest.raises(PermissionDenied):
        actions.carry_out(by=register.other_head, file=file)


def test_rows_that_wait_are_sealed_opened_by_place_and_gone_after_a_day(register):
    file = check(register, workbook(*FAMILY))
    assert not ImportPiece.objects.exists()
    with opened(["D.S2"]):
        assert not ImportPiece.objects.exists()
    with everything():
        sealed = b"".join(bytes(p.sealed) for p in ImportPiece.objects.all())
    assert not any(secret.encode() in sealed for secret in ("端木问之", FAMILY[0][2], FAMILY[0][4]))
    assert actions.forget_sheets() == 0
    assert actions.forget_sheets(timezone.now() + timedelta(hours=25)) == 1
    with everything():
        assert not ImportPiece.objects.exists()
    file.refresh_from_db()
    assert not file.kept
    with pytest.raises(Refusal, match="gone"):
        actions.enter_sheet(by=register.head, file=file)


CELLS = st.sampled_from(["", " ", "甲乙", "端木 问之", "王", "张三丰", "户主", "妻", "子", "１", "1", "101", "１０２", "201室", 101.0, 3.7e17,
                         "男", "女", "1961-05-03",
                         44000.0, "去年", "13912345678", 13912345678.0, "6212345",
                         *(number(y, s, n) for y, s, n in ((40, "m", 1), (9, "f", 2), (70, "m", 3)))])  # fmt: skip


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(rows=st.lists(st.lists(CELLS, min_size=9, max_size=9), min_size=1, max_size=8), seed=st.integers(0, 99))
def test_whatever_stands_in_a_sheet_every_row_ends_somehow_and_twice_is_once(register, rows, seed):
    rng = random.Random(seed)
    good = [list(r) for r in rng.sample(FAMILY, rng.randint(0, 4))]
    mixed = [[n, *r, ""] for n, r in enumerate(rows)] + good
    rng.shuffle(mixed)
    data = workbook(*mixed)
    with transaction.atomic():
        file = enter(register, data)
        assert sum(file.counts[s] for s in ("new", "changed", "same", "wrong", "empty")) == file.rows
        assert len(states(file)) == file.rows - file.counts["empty"]
        before = sizes(), everybody()
        again = enter(register, data)
        assert not again.counts["new"]
        assert not again.counts["changed"]
        assert (sizes(), everybody()) == before
        if file.change_id:
            actions.take_sheet_back(by=register.head, file=file)
            assert sizes() == [0] * 5
        transaction.set_rollback(True)


def test_numbers_of_a_database_that_says_no_keep_nothing(register, monkeypatch):
    file = check(register, workbook(*FAMILY))
    from linli.people.importing import commit

    def refuse(*args):
        raise IntegrityError

    monkeypatch.setattr(commit, "store", refuse)
    with pytest.raises(Conflict, match="moved"):
        actions.carry_out(by=register.head, file=file)
    with connection.cursor() as cursor:
        cursor.execute("select to_regclass('new_person')")
        assert cursor.fetchone() == (None,)


def test_a_sheet_with_merged_cells_dates_as_text_and_an_older_format_is_read(register):
    rows = [["楼栋", "单元", "房号", "姓名", "出生年月", "性别", "关系", "入住时间"],
            ["1号楼", "1单元", "101室", "司马　清", "1950.3.1", "女", "户主", "2009年3月1日"],
            ["1号楼", "一单元", "１０１", "司马安", "二〇〇一年五月三日", "男", "子", ""]]  # fmt: skip
    data = "\r\n".join(",".join(r) for r in rows).encode("gb18030")
    assert read_rows(data)[0][0] == "楼栋"
    file = enter(register, data, name="台账.csv")
    assert states(file) == {2: "new", 3: "new"}
    assert everybody() == {"司马清": ("G11B-1-101", "head"), "司马安": ("G11B-1-101", "child")}
    assert states(enter(register, data)) == {2: "same", 3: "same"}
