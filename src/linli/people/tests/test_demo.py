"""Demonstration residents: nobody of them exists, the same seed gives the same, and every rule of the register holds for them."""

from __future__ import annotations

import random
from datetime import date

import pytest

from linli.access.guard import RealData
from linli.access.models import User
from linli.charter.store import charter_in_force
from linli.kit import idnumber
from linli.kit.dates import age
from linli.people import told
from linli.people.demo.make import make_people
from linli.people.demo.shapes import GIVEN, Names, homes
from linli.people.models import Custody, Household, Person, Residence, Secret
from linli.people.tests.factories import everything
from linli.people.told import CHILD

TODAY = date(2026, 11, 28)


def some(seed: int, count: int = 2000):
    rng = random.Random(seed)
    made = homes(rng, Names(rng, ["王", "李"], [2, 1]), TODAY)
    return [next(made) for _n in range(count)]


def test_households_could_be():
    found = some(1)
    lived = [h for h in found if h is not None]
    assert 0.04 < 1 - len(lived) / len(found) < 0.13
    sizes = [len(h.people) for h in lived]
    assert 2.0 < sum(sizes) / len(sizes) < 3.0  # a city's: 2.6 in the census of 2020
    for home in lived:
        assert [p.role for p in home.people].count("head") == 1
        head = home.people[0]
        assert age(head.born, TODAY) >= 18
        for person in home.people:
            assert person.born < TODAY
            if person.role == "child":
                assert (person.born - head.born).days > 15 * 365
        if min(age(p.born, TODAY) for p in home.people) < CHILD:
            assert len(home.people) > 1
    assert {g for h in lived for _n, g in h.groups} == {"elderly-alone", "elderly-80", "infants", "disabled", "veterans", "hardship"}


def test_the_same_seed_gives_the_same_and_another_others():
    assert some(3, 50) == some(3, 50)
    assert some(3, 50) != some(4, 50)


def test_given_names_are_told_for_each_sex_and_time():
    assert all(len(names.split()) > 10 for names in GIVEN.values())


@pytest.mark.django_db
def test_they_are_stored_marked_sealed_and_found(register):
    User.objects.update(is_demo=True)
    district = register.place("D")
    made = make_people(charter_in_force(), district, communities=2, seed=2)
    with everything():
        assert Household.objects.count() == made.households
        people = list(Person.objects.all())
        assert len(people) == made.people
        assert all(p.is_demo for p in people)
        assert all(p.name for p in people)
        assert Residence.objects.filter(role="head").count() == made.households
        children = [p for p in people if age(p.born, TODAY) < CHILD - 1]
        assert {c.pk for c in children} <= set(Custody.objects.values_list("child", flat=True))
        masks = [told.shown(s) for s in Secret.objects.filter(kind="id").defer("sealed")]
        assert all(m.startswith("0000") for m in masks)
        assert all(told.shown(s).startswith("154") for s in Secret.objects.filter(kind="phone").defer("sealed"))


@pytest.mark.django_db
def test_never_over_real_people(register, home):
    with pytest.raises(RealData):
        make_people(charter_in_force(), register.place("D"))
    assert idnumber.NOBODY == "000000"
