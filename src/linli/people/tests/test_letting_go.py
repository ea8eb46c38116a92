"""What has been kept for its time goes, whole and without a copy; who lives here stays, whatever asks."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from linli.access import retention
from linli.frame.models import ActLog
from linli.people import actions, letting_go
from linli.people.models import Change, Custody, Household, Membership, Person, Residence, Secret, Touched
from linli.people.tests.factories import HEAD, everything, household, people_of
from linli.people.tests.factories import told as tell
from linli.people.told import Living, Told

pytestmark = pytest.mark.django_db
TODAY = date.today()  # noqa: DTZ011  # as the database counts


def _left(register, years: float):
    """A couple that came long ago and moved away ``years`` ago, with a note in the history."""
    people = (tell("赵大", years=70, sex="m"), HEAD), (tell("钱二", years=68), Living("spouse"))
    made = household(register, register.door("G11", "202"), *people, since=TODAY - timedelta(days=8 * 365))
    gone = people_of(made)
    actions.join_group(by=register.worker, person=gone[0], group="elderly-alone", since=made.since, purpose="看望")
    actions.correct_person(by=register.worker, person=gone[1], told=Told("钱贰", gone[1].born, "f"), note="听邻居说的")
    actions.move_away(by=register.worker, household=made, persons=gone, on=TODAY - timedelta(days=int(years * 365.25) + 2))
    return made, gone


def _counts(**given) -> dict[str, int]:
    return {gone.term.id: gone.count for gone in retention.apply(**given) if gone.count}


def test_five_years_after_moving_away_nothing_of_a_person_is_left_and_the_log_says_how_many(register, home):
    made, gone = _left(register, 5)
    counts = _counts(dry=True)
    assert counts["person"] == 2
    assert counts["number"] == 4
    with everything():
        assert Person.objects.filter(pk__in=[p.pk for p in gone]).count() == 2
    retention.apply()
    assert _counts(dry=True) == {}
    line = ActLog.objects.get(act=retention.ACT)
    assert line.data["person"] == 2
    with everything():
        ids = [p.pk for p in gone]
        assert not Person.objects.filter(pk__in=ids).exists()
        for model in (Secret, Residence, Membership, Touched):
            assert not model.objects.filter(person__in=ids).exists()
        assert not Household.objects.filter(pk=made.pk).exists()
        assert not Change.objects.filter(note="听邻居说的").exists()
        assert Person.objects.count() == 3  # those who live here
        assert Residence.objects.filter(household=home).count() == 3


def test_after_a_year_the_numbers_go_and_the_person_stays(register, home):
    _made, gone = _left(register, 1)
    assert _counts()["number"] == 4
    assert _counts() == {}
    with everything():
        assert not Secret.objects.filter(person__in=gone).exists()
        assert Person.objects.filter(pk__in=[p.pk for p in gone]).count() == 2
        assert Secret.objects.count() == 4  # of the couple that lives here


def test_custody_ends_a_year_after_the_fourteenth_birthday(register):
    child = Told("张欣怡", TODAY - timedelta(days=int(15.1 * 365.25)), "f")
    made = household(register, None, (tell("张建国", years=42, sex="m"), HEAD), (child, Living("child")), since=TODAY - timedelta(days=300))
    father, grown = people_of(made)
    with everything(), actions.base.changing("custody.given", by=None, at=grown, person=grown):
        Custody.objects.create(child=grown, custodian=father, kind="parent", since=TODAY - timedelta(days=200), path=grown.path)
    assert _counts(dry=True) == {"custody": 1}
    _counts()
    with everything():
        assert not Custody.objects.exists()


def test_the_database_erases_nobody_who_lives_here_and_nothing_by_a_statement_of_the_products(register, home):
    head = people_of(home)[0]
    actions.join_group(by=register.worker, person=head, group="elderly-alone", since=home.since, purpose="看望")
    with everything():
        assert letting_go.erase([head.pk], date(2099, 1, 1)) == 0
        for table in ("membership", "residence", "person"):
            with pytest.raises(DatabaseError, match="own functions"):
                _run(f"select set_config('linli.people_act', 'erase', true); delete from people_{table}")
        with pytest.raises(DatabaseError, match="so soon"):
            _run("select linli_people_forget('number', current_date, true)")


def _run(sql: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


def test_whoever_moved_away_elsewhere_in_the_tree_is_not_erased_from_here(register, home):
    _made, gone = _left(register, 5)
    from linli.access.rls import opened

    with opened(["D.S2"]):
        assert letting_go.erase([p.pk for p in gone], TODAY) == 0
