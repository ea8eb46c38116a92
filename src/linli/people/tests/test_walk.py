"""Whatever is entered, moved, corrected and taken back, in whatever order: the register stays whole."""

from __future__ import annotations

import itertools
import random
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linli.frame.refusal import Refusal
from linli.people import actions
from linli.people.models import Change, Custody, Household, Membership, Person, Residence, Secret
from linli.people.tests.factories import CHILD, HEAD, TODAY, everything, household, people_of, told
from linli.people.told import Living, Told

pytestmark = pytest.mark.django_db
DOORS = [("G11", door) for door in ("101", "102", "201", "202")] + [("G12", "101")]
ACTS = ("enter", "add", "take_over", "birth", "away", "within", "join", "death", "group", "undo", "undo", "correct")


class _Undone(Exception):
    """Ends an example: nothing of it is kept."""


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(acts=st.lists(st.sampled_from(ACTS), min_size=4, max_size=14), seed=st.integers(0, 10_000))
def test_the_register_stays_whole(register, acts, seed):
    rng = random.Random(seed)
    known: list[Told] = []
    try:
        with transaction.atomic():
            household(register, register.door("G11", "101"), since=TODAY - timedelta(days=40))
            for act in acts:
                try:
                    with transaction.atomic():
                        _do(register, rng, act, known)
                except (Refusal, PermissionDenied):
                    pass  # refused: nothing of it happened
                _whole()
            raise _Undone
    except _Undone:
        pass


def _do(register, rng: random.Random, act: str, known: list[Told]) -> None:
    by = register.head  # serves the whole community
    with everything():
        homes = list(Household.objects.open().select_related("dwelling").order_by("pk"))
        lines = list(Change.objects.order_by("-pk")[:4])
    door = register.door(*rng.choice(DOORS))
    on = TODAY - timedelta(days=rng.randrange(30))
    someone = told(rng.choice(["李明", "赵红", "周斌"]), years=rng.randrange(20, 80), sex=rng.choice("mf"))
    if act == "enter" or not homes:
        known.append(someone)
        actions.enter_household(by=by, dwelling=door, people=[(someone, HEAD)], since=on)
        return
    home = rng.choice(homes)
    people = people_of(home)
    some = rng.sample(people, rng.randint(1, len(people)))
    head = rng.choice(people)
    match act:
        case "add":
            known.append(someone)
            actions.add_person(by=by, household=home, told=someone, living=Living(rng.choice(["not_kin", "head", "parent"])), since=on)
        case "take_over" if known:
            actions.add_person(by=by, household=home, told=rng.choice(known), living=Living("not_kin"), since=on, take_over=True)
        case "birth":
            actions.enter_birth(by=by, household=home, told=Told("王欣欣", on, "f"), living=CHILD, custodian=head, kind="parent")
        case "away":
            actions.move_away(by=by, household=home, persons=some, on=on, head=head)
        case "within":
            actions.move_within(by=by, household=home, persons=some, to=door, on=on, head=head, new_head=some[0])
        case "join":
            into = rng.choice(homes)
            actions.move_within(
                by=by, household=home, persons=some, to=into.dwelling, into=into, roles={p.pk: "not_kin" for p in some}, on=on, head=head
            )
        case "death":
            actions.enter_death(by=by, household=home, person=some[0], on=on, head=head)
        case "group":
            actions.join_group(by=by, person=some[0], group="elderly-alone", since=on, purpose="看望")
        case "undo":
            with everything():
                actions.undo(by=by, line=rng.choice(lines), note="录错")
        case "correct":
            actions.correct_person(by=by, person=some[0], told=Told("王明明", some[0].born, some[0].sex, "", ("13812345678",)))


def _whole() -> None:
    with everything():
        households = {h.pk: h for h in Household.objects.all()}
        residences = list(Residence.objects.select_related("person").order_by("person", "since", "pk"))
        for one, two in itertools.pairwise(residences):
            if one.person_id == two.person_id:
                assert one.until is not None, "two households at a time"
                assert one.until <= two.since, "two households at a time"
        living = [r for r in residences if r.until is None]
        for home in households.values():
            inside = [r for r in living if r.household_id == home.pk]
            assert (home.until is None) == bool(inside), "a household is open while somebody lives in it"
            assert sum(r.role == "head" for r in inside) == bool(inside), "somebody answers the door"
        for row in living:
            home = households[row.household_id]
            assert str(row.path) == str(home.path) == str(row.person.path), "rows lie where people live"
            assert row.person.died is None
            assert row.person.name
        homes = {r.person_id: str(r.path) for r in living}
        for model in (Secret, Membership):
            rows = model.objects.filter(until=None).defer("sealed") if model is Secret else model.objects.filter(until=None)
            assert all(str(r.path) == homes[r.person_id] for r in rows if r.person_id in homes)
        open_custody = set(Custody.objects.open().values_list("child", flat=True))
        for person in Person.objects.filter(pk__in=homes):
            if person.born and (TODAY - person.born).days < 13 * 365:
                assert person.pk in open_custody, "a child has a custodian"
