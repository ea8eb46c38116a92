"""Entering, moving, dying, correcting, taking back: what holds afterwards, and who may not."""

from __future__ import annotations

import os
from datetime import timedelta

import psycopg
import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, IntegrityError, connection, transaction

from linli.frame.refusal import Conflict, Refusal
from linli.people import actions
from linli.people.actions.base import changing
from linli.people.models import Change, Custody, Household, Membership, Person, Residence, Secret, Touched, Unit
from linli.people.tests.factories import CHILD, HEAD, SPOUSE, TODAY, everything, household, lives, people_of, refused, told
from linli.people.told import Living, Told

pytestmark = pytest.mark.django_db


# --- entering


def test_a_household_is_entered_with_its_people_at_once(register, home):
    with everything():
        rows = list(home.residences.select_related("person").order_by("pk"))
        assert [r.role for r in rows] == ["head", "spouse", "child"]
        assert [r.person.name for r in rows] == ["张建国", "王秀兰", "张欣怡"]
        assert {str(p.path) for p in Person.objects.all()} == {"D.S1.C1.G11.G11B.G11B_1.G11B_1_101"}
        assert {p.community for p in Person.objects.all()} == {"C1"}
        line = Change.objects.get()
        assert (line.act, line.by, line.household_id) == ("household.entered", register.worker, home.pk)
        assert Touched.objects.count() == 3


def test_a_child_is_in_the_custody_of_the_head_until_another_is_said(register, home):
    head, spouse, child = people_of(home)
    with everything():
        assert Custody.objects.get().custodian_id == head.pk
    actions.set_custodian(by=register.head, child=child, custodian=spouse, kind="parent", since=TODAY)
    with everything():
        assert Custody.objects.open().get().custodian_id == spouse.pk
        assert Custody.objects.count() == 2


def test_a_child_alone_is_refused(register):
    with refused("no_custodian"):
        household(register, None, (told("张欣", years=9), HEAD))
    with everything():
        assert not Household.objects.exists()
        assert not Person.objects.exists()


def test_one_head_is_said_and_no_day_to_come(register):
    with refused("one_head"):
        household(register, None, (told("王丽"), SPOUSE))
    with refused("future"):
        household(register, since=TODAY + timedelta(days=1))


def test_the_same_number_is_the_same_person_and_is_not_entered_twice(register, home):
    known = told("李明", years=30, sex="m")
    person = actions.add_person(by=register.worker, household=home, told=known, living=Living("not_kin"), since=TODAY - timedelta(days=9))
    with refused("known"):
        actions.add_person(by=register.worker, household=home, told=known, living=Living("not_kin"), since=TODAY)
    with refused("other_name"):
        actions.add_person(
            by=register.worker, household=home, told=told("王强", id_number=known.id_number), living=Living("not_kin"), since=TODAY
        )
    there = household(register, register.door("G21"), (told("周斌"), HEAD), by=register.stranger)
    with refused("elsewhere"):
        actions.add_person(by=register.stranger, household=there, told=known, living=Living("not_kin"), since=TODAY)
    again = actions.add_person(by=register.stranger, household=there, told=known, living=Living("not_kin"), since=TODAY, take_over=True)
    assert again.pk == person.pk
    assert lives(person) == "G21B-1-101"
    with everything():
        assert str(Person.objects.get(pk=person.pk).path).startswith("D.S2.C2")
        assert {str(s.path)[:7] for s in Secret.objects.filter(person=person).defer("sealed")} == {"D.S2.C2"}


def test_who_moved_away_and_comes_back_is_the_person_they_were(register, home):
    known = told("李明", years=30, sex="m")
    person = actions.add_person(by=register.worker, household=home, told=known, living=Living("not_kin"), since=TODAY - timedelta(days=9))
    actions.move_away(by=register.worker, household=home, persons=[person], on=TODAY - timedelta(days=5))
    assert lives(person) == ""
    back = actions.add_person(by=register.worker, household=home, told=known, living=Living("not_kin"), since=TODAY)
    assert back.pk == person.pk


def test_a_birth_lives_there_from_its_day_in_somebodys_custody(register, home):
    mother = people_of(home)[1]
    born = TODAY - timedelta(days=3)
    child = actions.enter_birth(
        by=register.worker, household=home, told=Told("张诗涵", born, "f"), living=CHILD, custodian=mother, kind="parent"
    )
    with everything():
        row = Residence.objects.get(person=child)
        assert (row.since, row.role) == (born, "child")
        assert Custody.objects.get(child=child).custodian_id == mother.pk


# --- moving and dying


def test_all_move_within_in_one_step(register, home):
    people = people_of(home)
    made = actions.move_within(by=register.worker, household=home, persons=people, to=register.door("G11", "202"), on=TODAY)
    assert {lives(p) for p in people} == {"G11B-1-202"}
    with everything():
        old = Household.objects.get(pk=home.pk)
        assert old.until == TODAY
        assert made.came_from_id == old.pk
        assert {r.role for r in made.residences.all()} == {"head", "spouse", "child"}
        assert {r.ended for r in old.residences.all()} == {"moved"}
        assert sorted(Change.objects.values_list("act", flat=True)) == ["household.entered", "people.came", "people.moved"]


def test_some_join_another_household(register, home):
    other = household(register, register.door("G11", "102"), (told("赵红", years=70), HEAD))
    spouse = people_of(home)[1]
    with everything():
        row = Residence.objects.open().select_related("household", "person").get(person=spouse)
    actions.correct_residence(by=register.worker, residence=row, living=Living("spouse", "rented", "elsewhere", "包头市"), since=row.since)
    actions.move_within(
        by=register.worker, household=home, persons=[spouse], to=other.dwelling, into=other, roles={spouse.pk: "child"}, on=TODAY
    )
    assert lives(spouse) == "G11B-1-102"
    with everything():
        lives_now, before = Residence.objects.open().get(person=spouse), Residence.objects.get(person=spouse, household=home)
        assert lives_now.role == "child"
        how = ("tenure", "registered", "registered_at")
        assert [getattr(lives_now, n) for n in how] == [getattr(before, n) for n in how] == ["rented", "elsewhere", "包头市"]
        assert Household.objects.get(pk=home.pk).until is None


def test_nobody_moves_where_the_mover_may_not_enter(register, home):
    with pytest.raises(PermissionDenied):
        actions.move_within(by=register.worker, household=home, persons=people_of(home), to=register.door("G21"), on=TODAY)
    assert {lives(p) for p in people_of(home)} == {"G11B-1-101"}


def test_the_head_goes_and_another_answers_the_door(register, home):
    head, spouse, child = people_of(home)
    extra = actions.add_person(
        by=register.worker, household=home, told=told("张福生", years=70, sex="m"), living=Living("parent"), since=TODAY
    )
    with refused("next_head"):
        actions.move_away(by=register.worker, household=home, persons=[head], on=TODAY)
    assert lives(head) != ""
    with refused("head_young"):
        actions.move_away(by=register.worker, household=home, persons=[head], on=TODAY, head=child)
    with refused("custody"):
        actions.move_away(by=register.worker, household=home, persons=[head], on=TODAY, head=spouse)
    actions.set_custodian(by=register.head, child=child, custodian=spouse, kind="parent", since=TODAY)
    actions.move_away(by=register.worker, household=home, persons=[head], on=TODAY, head=spouse)
    with everything():
        roles = dict(Residence.objects.open().filter(household=home).values_list("person", "role"))
    assert roles[spouse.pk] == "head"
    assert (roles[extra.pk], roles[child.pk]) == ("parent_in_law", "child")


def test_a_move_leaves_no_child_without_a_grown_up(register, home):
    head, spouse, child = people_of(home)
    for away in (
        lambda: actions.move_away(by=register.worker, household=home, persons=[head, spouse], on=TODAY, head=child),
        lambda: actions.move_within(
            by=register.worker, household=home, persons=[child], to=register.door("G11", "202"), on=TODAY, new_head=child
        ),
        lambda: actions.move_within(
            by=register.worker, household=home, persons=[head, spouse], to=register.door("G11", "202"), on=TODAY, head=child
        ),
    ):
        with refused("child_alone"):
            away()
    with refused("head_young"):
        actions.move_within(
            by=register.worker, household=home, persons=[head, spouse, child], to=register.door("G11", "202"), on=TODAY, new_head=child
        )
    assert {lives(p) for p in (head, spouse, child)} == {"G11B-1-101"}


def test_a_household_somebody_is_taken_over_from_keeps_its_head_and_its_childrens_custodian_and_says_so(register):
    head, spouse = told("周斌", years=44, sex="m"), told("吴芳", years=43)
    there = household(
        register, register.door("G21"), (head, HEAD), (spouse, SPOUSE), (Told("周小", TODAY - timedelta(days=2000), "f"), CHILD),
        by=register.stranger,
    )  # fmt: skip
    first, second, child = people_of(there)
    since = TODAY - timedelta(days=3)

    def take(*people):
        return actions.enter_household(by=register.worker, dwelling=register.door(), people=people, since=since, take_over=True)

    with refused("head_elsewhere"):
        take((head, HEAD))
    actions.set_custodian(by=register.other_head, child=child, custodian=second, kind="parent", since=since)
    with refused("custody_elsewhere"):
        take((spouse, HEAD))
    assert {lives(p) for p in (first, second, child)} == {"G21B-1-101"}
    actions.set_custodian(by=register.other_head, child=child, custodian=first, kind="parent", since=since)
    take((spouse, HEAD))
    assert lives(second) == "G11B-1-101"
    with everything():
        line = Change.objects.get(household_id=there.pk, act="people.taken")
        assert (line.by, str(line.path), list(line.touched.values_list("person_id", flat=True))) == (
            register.worker, str(there.path), [second.pk],
        )  # fmt: skip
        entered = Change.objects.get(pk=line.data["change"])
    actions.undo(by=register.worker, line=entered)
    assert lives(second) == "G21B-1-101"
    with everything():
        assert Change.objects.get(undoes=line).household_id == there.pk


def test_a_whole_household_is_taken_over_at_once(register):
    head, spouse = told("周斌", years=44, sex="m"), told("吴芳", years=43)
    there = household(register, register.door("G21"), (head, HEAD), (spouse, SPOUSE), by=register.stranger)
    actions.enter_household(
        by=register.worker, dwelling=register.door(), people=[(head, HEAD), (spouse, SPOUSE)], since=TODAY, take_over=True
    )
    with everything():
        assert Household.objects.get(pk=there.pk).until == TODAY
        assert Change.objects.filter(household_id=there.pk, act="people.taken").count() == 1


def test_a_death_ends_what_a_life_holds(register, home):
    head, spouse, child = people_of(home)
    actions.join_group(by=register.worker, person=head, group="elderly-alone", since=TODAY - timedelta(days=50), purpose="看望")
    with refused("custody"):
        actions.enter_death(by=register.worker, household=home, person=head, on=TODAY, head=spouse)
    actions.set_custodian(by=register.head, child=child, custodian=spouse, kind="parent", since=TODAY)
    actions.enter_death(by=register.worker, household=home, person=head, on=TODAY, head=spouse)
    with everything():
        assert Person.objects.get(pk=head.pk).died == TODAY
        assert Residence.objects.get(person=head).ended == "died"
        assert not Membership.objects.open().exists()
    with refused("nobody"):
        actions.enter_death(by=register.worker, household=home, person=head, on=TODAY)
    actions.move_away(by=register.worker, household=home, persons=[spouse, child], on=TODAY)
    with pytest.raises(Conflict):
        actions.move_away(by=register.worker, household=home, persons=[spouse], on=TODAY)


def test_the_database_lets_nobody_live_in_two_households(register, home):
    head = people_of(home)[0]
    other = household(register, register.door("G11", "102"), (told("赵红"), HEAD))
    living = {"household": other, "role": "not_kin", "tenure": "own", "registered": "here", "path": other.path}
    for since, until in ((10, None), (10, 5), (home_days := (TODAY - home.since).days + 5, home_days - 10)):
        ended = {"until": TODAY - timedelta(days=until), "ended": "left"} if until else {}
        with everything(), pytest.raises(IntegrityError, match="residence_one_"), transaction.atomic():
            Residence.objects.create(person=head, since=TODAY - timedelta(days=since), **living, **ended)
    with everything():
        before = {"since": home.since - timedelta(days=9), "until": home.since, "ended": "left"}
        ended_row = Residence.objects.create(person=head, **living, **before)
    with everything(), pytest.raises(IntegrityError, match="residence_one_"), transaction.atomic():
        Residence.objects.create(person=head, **living, **before)
    with everything(), pytest.raises(IntegrityError, match="residence_one_household"), changing("x", by=None, at=other):
        Residence.objects.filter(pk=ended_row.pk).update(until=home.since + timedelta(days=1))
    with everything():
        nobody = Person.objects.create(name_sealed=b"x", tokens=[], community="C1", path=home.path)
    with everything(), pytest.raises(IntegrityError, match="residence_one_head"), transaction.atomic():
        Residence.objects.create(
            person=nobody, household=home, role="head", tenure="own", registered="here", since=home.since, path=home.path
        )


@pytest.mark.django_db(transaction=True)
def test_two_who_enter_where_one_person_lives_wait_for_each_other(register, home):
    """An ended period and an open one are held apart by no index, so the second waits for the first, and then sees it."""
    head = people_of(home)[0]
    actions.move_away(by=register.worker, household=home, persons=people_of(home), on=TODAY - timedelta(days=20))
    enter = (
        "insert into people_residence (person_id, household_id, role, tenure, registered, registered_at, since, until, ended, path, is_demo)"
        " values (%s, %s, 'not_kin', 'own', 'here', '', %s, %s, %s, %s, false)"
    )
    day = [TODAY - timedelta(days=n) for n in range(20)]
    where = str(home.path)
    url = os.environ["LINLI_TEST_OWNER_URL"]
    with psycopg.connect(url) as first, psycopg.connect(url) as second:
        first.execute(enter, [head.pk, home.pk, day[15], day[2], "left", where])
        second.execute("set lock_timeout = '200ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            second.execute(enter, [head.pk, home.pk, day[10], None, "", where])
        second.rollback()
        first.commit()
        with pytest.raises(psycopg.errors.ExclusionViolation, match="residence_one_household"):
            second.execute(enter, [head.pk, home.pk, day[10], None, "", where])
        second.rollback()
        second.execute(enter, [head.pk, home.pk, day[2], None, "", where])


# --- correcting


def test_what_is_corrected_is_kept_as_it_was_and_found_by_the_new_name(register, home):
    spouse = people_of(home)[1]
    assert actions.correct_person(by=register.worker, person=spouse, told=Told("王秀岚", spouse.born, "f")) == ["name"]
    assert actions.correct_person(by=register.worker, person=spouse, told=Told("王秀岚", spouse.born, "f")) == []
    with everything():
        person = Person.objects.get(pk=spouse.pk)
        assert person.name == "王秀岚"
        assert Change.objects.filter(act="person.corrected").get().data == {"fields": ["name"]}


def test_a_number_that_changes_ends_and_another_begins(register, home):
    spouse = people_of(home)[1]
    new = told("王秀兰")
    actions.correct_person(by=register.worker, person=spouse, told=Told("王秀兰", spouse.born, "f", new.id_number), new_id=True)
    with everything():
        rows = list(Secret.objects.filter(person=spouse, kind="id").defer("sealed").order_by("pk"))
        assert [r.until is None for r in rows] == [False, True]


def test_another_head_takes_the_place_of_the_old_one(register, home):
    head, spouse, _child = people_of(home)
    with everything():
        row = Residence.objects.open().select_related("household", "person").get(person=spouse)
    actions.correct_residence(by=register.worker, residence=row, living=Living("head"), since=row.since)
    with everything():
        roles = dict(Residence.objects.open().values_list("person", "role"))
    assert (roles[head.pk], roles[spouse.pk]) == ("spouse", "head")


def test_birth_and_sex_do_not_part_from_the_number_that_is_registered(register, home):
    spouse = people_of(home)[1]
    for other in (Told("王秀兰", spouse.born - timedelta(days=1), "f"), Told("王秀兰", spouse.born, "m")):
        with refused("number_disagrees"):
            actions.correct_person(by=register.worker, person=spouse, told=other)
    child = people_of(home)[2]  # who has no number
    assert actions.correct_person(by=register.head, person=child, told=Told("张欣怡", child.born - timedelta(days=1), "f")) == ["born"]


def test_no_day_lies_before_a_birth_and_no_child_is_older_than_whose_child_it_is(register, home):
    _head, spouse, child = people_of(home)
    with refused("before_birth"):
        actions.set_custodian(by=register.head, child=child, custodian=spouse, kind="parent", since=child.born - timedelta(days=1))
    with refused("before_birth"):
        household(register, register.door("G11", "102"), (told("周斌", years=20), HEAD), since=TODAY - timedelta(days=9000))
    with refused("born_order"):
        household(register, register.door("G11", "102"), (told("周斌", years=40), HEAD), (told("周大", years=60), CHILD))
    with refused("born_order"):
        actions.add_person(by=register.worker, household=home, told=told("张小", years=20), living=Living("parent"), since=TODAY)
    with everything():
        row = Residence.objects.open().select_related("household", "person").get(person=spouse)
    with refused("born_order"):
        actions.correct_residence(by=register.worker, residence=row, living=Living("parent"), since=row.since)
    with refused("born_order"):  # ten years between them
        household(register, register.door("G11", "102"), (told("周斌", years=40), HEAD), (told("周大", years=30), CHILD))
    with refused("born_order"):
        actions.correct_person(by=register.head, person=child, told=Told("张欣怡", TODAY - timedelta(days=35 * 366), "f"))
    alone = household(register, register.door("G12"), (told("吴芳", years=12 + 25), HEAD), by=register.neighbour)
    with refused("born_order"):
        actions.move_within(
            by=register.head, household=home, persons=[spouse], to=register.door("G12"), on=TODAY, into=alone, roles={spouse.pk: "child"}
        )
    sister = actions.add_person(by=register.head, household=home, told=told("张大", years=19), living=CHILD, since=TODAY)
    with refused("custodian_born"):
        actions.set_custodian(by=register.head, child=child, custodian=sister, kind="parent", since=TODAY)
    with refused("no_custodian"):
        actions.enter_birth(by=register.worker, household=home, told=Told("张新", TODAY, "m"), living=CHILD, custodian=child, kind="kin")
    family = household(
        register, register.door("G11", "102"), (told("周斌", years=40), HEAD), (Told("周小", TODAY - timedelta(days=3), "f"), CHILD)
    )
    with everything():
        assert set(family.residences.values_list("since", flat=True)) == {family.since, TODAY - timedelta(days=3)}


def test_a_grown_up_has_no_custodian_and_who_is_gone_is_not_visited(register, home):
    head, spouse, _child = people_of(home)
    with refused("grown_up"):
        actions.set_custodian(by=register.head, child=head, custodian=spouse, kind="kin", since=TODAY)
    actions.move_away(by=register.worker, household=home, persons=[spouse], on=TODAY)
    with refused("gone"):
        actions.join_group(by=register.worker, person=spouse, group="elderly-alone", since=TODAY, purpose="看望")


def test_the_register_refuses_changes_that_leave_no_trace(register, home):
    with everything(), pytest.raises(IntegrityError, match="no change is open"), transaction.atomic():
        Person.objects.update(sex="m")
    with everything(), pytest.raises(DatabaseError, match="own functions only"), transaction.atomic():
        Residence.objects.all().delete()
    with everything(), pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        Change.objects.update(act="x")


# --- groups


@pytest.mark.parametrize("said", ["此人信教", "上访户，常来", "列为重点人员"])
def test_no_note_and_no_purpose_says_of_anybody_what_may_not_be_kept(register, home, said):
    head = people_of(home)[0]
    with pytest.raises(Refusal, match="denied"):
        actions.join_group(by=register.worker, person=head, group="elderly-alone", since=TODAY - timedelta(days=50), purpose=said)
    with pytest.raises(Refusal, match="denied"):
        actions.move_away(by=register.worker, household=home, persons=people_of(home), on=TODAY, note=said)
    with everything():
        assert not Change.objects.exclude(act="household.entered").exists()


def test_a_group_is_entered_by_those_it_names_with_a_purpose(register, home):
    head = people_of(home)[0]
    since = TODAY - timedelta(days=3)
    row = actions.join_group(by=register.worker, person=head, group="elderly-alone", since=since, purpose="每周看望")
    assert (row.by, row.purpose) == (register.worker, "每周看望")
    with refused("twice"):
        actions.join_group(by=register.head, person=head, group="elderly-alone", since=since, purpose="再看望")
    with refused("purpose"):
        actions.join_group(by=register.head, person=head, group="head-only", since=since, purpose=" ")
    for by, group in (
        (register.worker, "head-only"),
        (register.neighbour, "elderly-alone"),
        (register.stranger, "elderly-alone"),
        (register.head, "unsaid"),
    ):
        with pytest.raises(PermissionDenied):
            actions.join_group(by=by, person=head, group=group, since=since, purpose="看望")
    actions.leave_group(by=register.head, membership=row, on=TODAY)
    with everything():
        assert Membership.objects.get().until == TODAY
        lines = Change.objects.filter(act__startswith="group.")
        assert {str(line.data) + line.note for line in lines} == {"{}"}  # the history, which others read, doesn't say which group


# --- taking back


# --- units, places, who may not


def test_a_unit_is_entered_in_a_building_and_goes(register):
    building = register.place("G11B")
    unit = actions.enter_unit(by=register.worker, place=building, name="便民超市", kind="shop", since=TODAY - timedelta(days=5))
    with refused("twice"):
        actions.enter_unit(by=register.worker, place=building, name="便民超市", kind="shop", since=TODAY)
    actions.end_unit(by=register.worker, unit=unit, on=TODAY)
    assert Unit.objects.get().until == TODAY


@pytest.mark.parametrize("who", ["neighbour", "stranger", "other_head", "guide", "street", "district"])
def test_nobody_else_changes_anything(register, home, who):
    by = register.staff[who]
    people = people_of(home)
    for act in (
        lambda: actions.enter_household(by=by, dwelling=register.door("G11", "202"), people=[(told(), HEAD)], since=TODAY),
        lambda: actions.add_person(by=by, household=home, told=told(), living=Living(), since=TODAY),
        lambda: actions.enter_birth(
            by=by, household=home, told=Told("张三三", TODAY, "m"), living=CHILD, custodian=people[0], kind="parent"
        ),
        lambda: actions.move_away(by=by, household=home, persons=people, on=TODAY),
        lambda: actions.move_within(by=by, household=home, persons=people, to=register.door("G11", "202"), on=TODAY),
        lambda: actions.enter_death(by=by, household=home, person=people[1], on=TODAY),
        lambda: actions.correct_person(by=by, person=people[1], told=Told("王芳", people[1].born, "f")),
        lambda: actions.set_custodian(by=by, child=people[2], custodian=people[1], kind="parent", since=TODAY),
        lambda: actions.join_group(by=by, person=people[0], group="elderly-alone", since=TODAY, purpose="看望"),
        lambda: actions.unmask(by=by, person=people[0], purpose="visit"),
        lambda: actions.enter_unit(by=by, place=register.place("G11B"), name="超市", kind="shop", since=TODAY),
    ):
        with pytest.raises(PermissionDenied):
            act()


def test_the_register_follows_a_renamed_place_and_keeps_an_inhabited_one(register, home):
    from django.core.exceptions import ValidationError

    from linli.places.followers import Ending, Succession, tell_ended, tell_replaced

    door = register.door()
    with pytest.raises(ValidationError), transaction.atomic():
        tell_ended(Ending(door, TODAY, None))
    new = Place_again(door)
    tell_replaced(Succession(new, door.pk, door.name, str(door.path), TODAY))
    with everything():
        assert Household.objects.get(pk=home.pk).dwelling_id == new.pk
        assert {str(r.path) for r in Residence.objects.all()} == {str(new.path)}
        assert {str(p.path) for p in Person.objects.all()} == {str(new.path)}


def Place_again(door):  # noqa: N802
    from linli.places.models import Place

    Place.objects.filter(pk=door.pk).update(valid_to=TODAY)
    return Place.objects.create(code=door.code, name="101甲", level="dwelling", parent=door.parent, path=f"{door.path}x", valid_from=TODAY)


def test_the_role_of_the_tests_is_no_superuser_and_owns_nothing():
    from linli.access.checks import role_findings

    with connection.cursor() as cursor:
        cursor.execute("select current_user, rolsuper, rolbypassrls from pg_roles where rolname = current_user")
        assert cursor.fetchone() == ("linli_app", False, False)
    assert role_findings() == []
