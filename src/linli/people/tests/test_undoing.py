"""Taking back: what an act did is undone, rows and all, unless something stands on it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from linli.frame.refusal import Conflict
from linli.people import actions
from linli.people.models import Change, Custody, Household, Membership, Person, Residence, Secret
from linli.people.tests.factories import CHILD, HEAD, TODAY, everything, household, people_of, refused, told
from linli.people.told import Living, Told

pytestmark = pytest.mark.django_db


def test_an_act_is_taken_back_with_all_it_did(register, home):
    people = people_of(home)
    before = _picture()
    actions.move_within(by=register.worker, household=home, persons=people, to=register.door("G11", "202"), on=TODAY)
    assert _picture() != before
    with everything():
        line = Change.objects.get(act="people.moved")
        actions.undo(by=register.worker, line=line, note="选错了房号")
    assert _picture() == before
    with everything():
        assert Change.objects.filter(undoes=line, act="undone").exists()
        with pytest.raises(Conflict, match="undone"):
            actions.undo(by=register.worker, line=line, note="再一次")


@pytest.mark.parametrize("act", ["away", "death", "correct", "group", "birth", "add", "take_over"])
def test_every_act_can_be_taken_back(register, home, act):
    people = people_of(home)
    known = told("李明", years=30, sex="m")
    away = household(register, register.door("G12"), (known, HEAD), by=register.neighbour)
    before = _picture()
    last = _last()
    match act:
        case "away":
            actions.move_away(by=register.worker, household=home, persons=people[2:], on=TODAY)
        case "death":
            actions.enter_death(by=register.worker, household=home, person=people[1], on=TODAY)
        case "correct":
            actions.correct_person(
                by=register.worker,
                person=people[1],
                told=Told("王芳芳", people[1].born, "f", told().id_number, ("13812345678",)),
                new_id=True,
            )
        case "group":
            actions.join_group(by=register.worker, person=people[0], group="elderly-alone", since=TODAY, purpose="看望")
        case "birth":
            actions.enter_birth(
                by=register.worker, household=home, told=Told("张诗涵", TODAY, "f"), living=CHILD, custodian=people[1], kind="parent"
            )
        case "add":
            actions.add_person(by=register.worker, household=home, told=told("赵红"), living=Living("not_kin"), since=TODAY)
        case "take_over":
            actions.add_person(by=register.worker, household=home, told=known, living=Living("not_kin"), since=TODAY, take_over=True)
            with everything():
                assert Household.objects.get(pk=away.pk).until == TODAY
    assert _picture() != before
    with everything():
        actions.undo(by=register.worker, line=Change.objects.filter(pk__gt=last).earliest("pk"), note="录错")
    assert _picture() == before


def test_what_something_later_stands_on_is_not_taken_back(register, home):
    people = people_of(home)
    actions.move_away(by=register.worker, household=home, persons=people, on=TODAY)
    with everything():
        first = Change.objects.get(act="household.entered")
        with pytest.raises(Conflict, match="built_on"):
            actions.undo(by=register.worker, line=first, note="录错")
        with refused("too_late"):
            actions.undo(by=register.worker, line=first, note="录错", now=timezone.now() + timedelta(days=8))
    assert len(people) == 3


def test_nobody_comes_back_into_a_household_that_has_ended(register, home):
    head, spouse, child = people_of(home)
    actions.move_away(by=register.worker, household=home, persons=[spouse], on=TODAY - timedelta(days=2))
    with everything():
        went = Change.objects.latest("pk")
    actions.move_away(by=register.worker, household=home, persons=[head, child], on=TODAY)
    with everything(), pytest.raises(Conflict, match="built_on"):
        actions.undo(by=register.worker, line=went)


def test_the_whole_entry_can_be_taken_back_while_nothing_stands_on_it(register, home):
    with everything():
        actions.undo(by=register.worker, line=Change.objects.get(), note="录错")
        assert not Household.objects.exists()
        assert not Person.objects.exists()
        assert Change.objects.count() == 2


def _picture() -> dict:
    """Everything the register says, but for its history."""
    with everything():
        shown = {}
        for model in (Household, Person, Residence, Membership, Custody):
            shown[model.__name__] = sorted(map(str, (list(row) for row in model.objects.values_list())))
        shown["Secret"] = sorted(map(str, Secret.objects.values_list("id", "person", "kind", "blind", "until", "path")))
        return shown


def _last() -> int:
    with everything():
        return Change.objects.latest("pk").pk


def test_entering_a_household_is_not_taken_back_once_somebody_else_came_into_it(register):
    first = household(register, register.door("G11", "101"))
    other = household(register, register.door("G11", "102"))
    with everything():
        entered = Change.objects.get(household_id=other.pk, act="household.entered")
    someone = told("周斌", years=40)
    actions.enter_household(by=register.head, dwelling=register.door("G11", "201"), people=[(someone, HEAD)], since=TODAY)
    actions.add_person(by=register.head, household=other, told=someone, living=Living("not_kin"), since=TODAY, take_over=True)
    with everything(), pytest.raises(Conflict, match="built_on"):
        actions.undo(by=register.head, line=entered)
    with everything():
        assert Household.objects.filter(pk__in=[first.pk, other.pk]).count() == 2
