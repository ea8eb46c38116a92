"""A custodian who lives elsewhere: found by number within what one sees, shown masked, held by the database; and ends that end once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from linli.people import actions
from linli.people.models import Change, Custody, Unit
from linli.people.tests.factories import HEAD, TODAY, everything, household, people_of, refused, told

pytestmark = pytest.mark.django_db


def client_of(register, who: str) -> Client:
    client = Client()
    client.force_login(register.staff[who])
    return client


@pytest.fixture
def grandmother(register, home):
    """Lives in the other grid of the community."""
    who = told("端木问之", years=66, sex="f")
    there = household(register, register.door("G12"), (who, HEAD), by=register.head)
    return who, people_of(there)[0]


def test_a_custodian_who_lives_elsewhere_is_found_by_number_seen_masked_and_then_entered(register, home, grandmother):
    (said, person), child = grandmother, people_of(home)[2]
    client, url = client_of(register, "head"), f"/people/{child.pk}/custodian/"
    typed = {"kind": "grandparent", "since": TODAY.isoformat(), "note": "外出务工"}
    for number in (said.id_number, said.phones[0]):
        found = client.post(url, typed | {"elsewhere": number})
        page = found.content.decode()
        assert found.status_code == 200
        assert f'<option value="{person.pk}" selected>端木**' in page
        assert "端木问之" not in page
        assert number not in page
        assert 'value="外出务工"' in page
    with everything():
        assert Custody.objects.open().get(child=child).custodian_id != person.pk  # nothing is entered by looking
    assert client.post(url, typed | {"custodian": person.pk}).status_code == 302
    with everything():
        assert Custody.objects.open().get(child=child).custodian_id == person.pk
        line = Change.objects.latest("pk")
    page = client.get(f"/people/{child.pk}/").content.decode()
    assert "端木**" in page
    assert "住在别处" in page
    assert "张欣怡" in client.get(f"/people/{person.pk}/").content.decode()
    assert "监护" in client.get(f"/people/{person.pk}/").content.decode()
    assert client.post(f"/people/changes/{line.pk}/undo/", {"note": "登记错了"}).status_code == 302
    with everything():
        assert Custody.objects.get(child=child).until is None
        assert Custody.objects.get(child=child).custodian_id != person.pk


def test_whoever_cannot_see_the_custodian_is_told_only_that_there_is_one(register, home, grandmother):
    child = people_of(home)[2]
    actions.set_custodian(by=register.head, child=child, custodian=grandmother[1], kind="grandparent", since=TODAY)
    assert "端木" not in client_of(register, "worker").get(f"/people/{child.pk}/").content.decode()


@pytest.mark.parametrize("typed", ["12345", "150201200001011234", "13900000000", "端木问之"])
def test_what_finds_nobody_is_said_at_the_field_and_nothing_is_lost(register, home, typed):
    child = people_of(home)[2]
    sent = {"elsewhere": typed, "kind": "kin", "since": TODAY.isoformat()}
    answer = client_of(register, "head").post(f"/people/{child.pk}/custodian/", sent)
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"elsewhere"}
    assert answer.context["form"]["kind"].value() == "kin"


def test_nobody_outside_ones_area_no_child_and_nobody_of_the_household_is_found(register, home):
    child = people_of(home)[2]
    client, url = client_of(register, "head"), f"/people/{child.pk}/custodian/"
    far, young = told("钱多多", years=50), told("李小明", years=16)
    stranger = people_of(household(register, register.door("G21"), (far, HEAD), by=register.stranger))[0]
    teens = household(register, register.door("G12", "102"), (told("李大明", years=45), HEAD), by=register.head)
    actions.add_person(by=register.head, household=teens, told=young, living=HEAD.__class__("child"), since=TODAY)
    for number in (far.id_number, young.id_number):
        assert client.post(url, {"elsewhere": number}).status_code == 422
    for pk in (stranger.pk, people_of(teens)[1].pk, child.pk, 10**12, "x"):
        sent = {"custodian": pk, "kind": "kin", "since": TODAY.isoformat()}
        assert "custodian" in client.post(url, sent).context["form"].errors


def test_the_database_gives_custody_to_nobody_under_eighteen_and_once_to_each(register, home):
    head, _spouse, child = people_of(home)
    teens = household(
        register,
        register.door("G12", "102"),
        (told("李大明", years=45), HEAD),
        (told("李小明", years=16), HEAD.__class__("child")),
        by=register.head,
    )
    young = people_of(teens)[1]
    row = {"child": child, "kind": "kin", "since": TODAY, "path": child.path}
    with everything(), connection.cursor() as cursor:
        line = Change.objects.create(at=Change.objects.latest("pk").at, act="custody.given", data={}, path=child.path)
        cursor.execute("select set_config('linli.change', %s, true)", [str(line.pk)])
        for who, why in ((young, "custody_grown_up"), (head, "custody_once"), (child, "custody_of_another")):
            with pytest.raises(IntegrityError, match=why), transaction.atomic():
                Custody.objects.create(custodian=who, **row)


def test_no_number_is_written_beside_somebody(register, home):
    head = people_of(home)[0]
    for said in ("女儿 13912345678", "证 15020119550101123X", "座机0472-3301234"):
        with refused("number"):
            actions.join_group(by=register.worker, person=head, group="elderly-alone", since=TODAY, purpose=said)
        with refused("number"):
            actions.unmask(by=register.worker, person=head, purpose="visit", note=said)
        with refused("number"):
            actions.enter_death(by=register.worker, household=home, person=head, on=TODAY, head=people_of(home)[1], note=said)
    actions.join_group(by=register.worker, person=head, group="elderly-alone", since=TODAY, purpose="2026-11-28起每周二、四看望")


def test_an_end_is_entered_once_and_not_before_the_beginning(register, home):
    since = TODAY - timedelta(days=5)
    unit = actions.enter_unit(by=register.worker, place=register.place("G11B"), name="便民超市", kind="shop", since=since)
    head = people_of(home)[0]
    visits = actions.join_group(by=register.worker, person=head, group="elderly-alone", since=since, purpose="看望")
    client = client_of(register, "worker")
    for url in (f"/people/units/{unit.pk}/end/", f"/people/groups/{visits.pk}/end/"):
        early = client.post(url, {"on": str(since - timedelta(days=1))})
        assert early.status_code == 422
        assert "入住" not in early.content.decode()
        for wrong in ({"on": str(TODAY + timedelta(days=1))}, {"on": "昨天"}, {"on": ""}):
            assert client.post(url, wrong).status_code == 422
        ended = client.post(url, {"on": str(TODAY)})
        assert ended.status_code == 302
        for once_more in (client.post, client.get):
            again = once_more(url, {"on": str(TODAY)})
            assert again["Location"] == ended["Location"]
            assert "已经登记为结束" in client.get(again["Location"]).content.decode()
    with refused("ended"):
        actions.end_unit(by=register.worker, unit=unit, on=TODAY)
    with refused("ended"):
        actions.leave_group(by=register.worker, membership=visits, on=TODAY)
    with refused("overlaps"):
        actions.join_group(by=register.worker, person=head, group="elderly-alone", since=since, purpose="看望")
    actions.join_group(by=register.worker, person=head, group="elderly-alone", since=TODAY, purpose="看望")
    assert Unit.objects.get().until == TODAY
    with everything():
        line = Change.objects.get(act="unit.left")
    undo = f"/people/changes/{line.pk}/undo/"
    assert f'href="{undo}"' in client.get(f"/people/places/{unit.place_id}/").content.decode()
    assert client.post(undo, {"note": "还在"})["Location"] == f"/people/places/{unit.place_id}/"
    assert Unit.objects.get().until is None
