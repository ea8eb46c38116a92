"""Who may stand in the register twice: found, made one and taken back, or said to be two for good; seen by nobody outside."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.utils import timezone

from linli.access.rls import opened
from linli.frame.refusal import Conflict, Refusal
from linli.people import actions, likeness
from linli.people.importing import staging
from linli.people.models import Change, Custody, Membership, Pair, Person, Residence, Secret
from linli.people.tests.factories import HEAD, TODAY, everything, household, people_of, told
from linli.people.tests.sheets import check, workbook
from linli.people.told import Living, Told

pytestmark = pytest.mark.django_db
PHONE = "13912345678"


@pytest.fixture
def twice(register, home):
    """张建国 of door 101 once more at G12, without a number but with another telephone, visited there. Gives both."""
    with everything():
        head = people_of(home)[0]
        again = Told("张建国", head.born, "", "", (PHONE,))
    other = household(register, register.door("G12"), (again, HEAD), by=register.head)
    (gone,) = people_of(other)
    actions.join_group(by=register.head, person=gone, group="elderly-alone", since=TODAY, purpose="看望")
    return head, gone


def find(path: str = "D") -> int:
    with opened([path]):
        return likeness.find_pairs()


def pair() -> Pair:
    with everything():
        found = Pair.objects.get()
        likeness.with_people([found])
        return found


def everything_of(*persons) -> list:
    with everything():
        return [
            sorted(m.objects.filter(person__in=persons).values_list(*fields))
            for m, fields in (
                (Residence, ("person", "household", "role", "since", "until")), (Secret, ("person", "kind", "path", "until")),
                (Membership, ("person", "group", "until")),
            )
        ] + sorted(Custody.objects.values_list("child", "custodian", "until"))  # fmt: skip


def test_who_stands_there_twice_is_found_once_and_only_where_both_are_seen(register, twice):
    assert find() == 1
    assert find() == 0
    assert [(p.first_id, p.second_id, p.reasons) for p in [pair()]] == [(*sorted(p.pk for p in twice), ["name"])]
    for path in ("D.S2", "D.S1.C1.G11", "D.S1.C1.G12"):
        with opened([path]):
            assert not Pair.objects.exists()
    assert not Pair.objects.exists()


def test_two_numbers_are_two_people_and_a_familys_telephone_says_nothing(register, home):
    one = told("李明", years=30, sex="m", phone=PHONE)
    actions.add_person(by=register.worker, household=home, told=one, living=Living("not_kin"), since=TODAY)
    family = Told("李丽", told(years=8).born, "f", "", (PHONE,))
    actions.add_person(by=register.worker, household=home, told=family, living=Living("not_kin"), since=TODAY)
    other = told("李明", sex="m", id_number=told(years=31, sex="m").id_number)
    actions.add_person(
        by=register.worker, household=home, told=Told("李明", one.born, "m", other.id_number), living=Living("not_kin"), since=TODAY
    )
    assert find() == 0


def test_made_one_what_only_the_other_knew_goes_over_and_all_of_it_comes_back(register, twice):
    head, gone = twice
    find()
    before = everything_of(head, gone)
    with pytest.raises(Refusal, match="head"):
        actions.merge_persons(by=register.head, keep=gone, gone=head)  # others live with him
    line = actions.merge_persons(by=register.head, keep=head, gone=gone, note="同一人")
    with everything():
        assert Person.objects.get(pk=gone.pk).merged_into_id == head.pk
        assert not Residence.objects.open().filter(person=gone).exists()
        assert Secret.objects.filter(person=head, until=None).count() == 3
        assert {str(p) for p in Secret.objects.filter(person=head).values_list("path", flat=True)} == {str(head.path)}
        assert Membership.objects.open().get().person_id == head.pk
        assert not likeness.open_pairs(9)
    assert ("phone", PHONE) in actions.unmask(by=register.head, person=head, purpose="visit")
    with pytest.raises(Conflict):
        actions.merge_persons(by=register.head, keep=head, gone=gone)
    actions.undo(by=register.head, line=line)
    assert everything_of(head, gone) == before
    with everything():
        assert len(likeness.open_pairs(9)) == 1


def test_an_identity_number_goes_over_and_two_of_them_do_not(register, home, twice):
    head, _gone = twice
    wife = people_of(home)[1]
    with pytest.raises(Refusal, match="two_numbers"):
        actions.merge_persons(by=register.head, keep=head, gone=wife)
    with everything():
        mine = actions.unmask(by=register.head, person=wife, purpose="visit")[0]
    other = household(register, register.door("G12", "102"), (Told("王秀兰", wife.born, "f"), HEAD), by=register.head)
    (again,) = people_of(other)
    actions.merge_persons(by=register.head, keep=again, gone=wife)
    assert actions.unmask(by=register.head, person=again, purpose="visit")[0] == mine


def test_who_moved_away_and_was_entered_anew_lives_where_the_new_entry_does(register, home):
    head = people_of(home)[0]
    actions.move_away(by=register.head, household=home, persons=people_of(home), on=TODAY)
    other = household(register, register.door("G12"), (Told("张建国", head.born, "m"), HEAD), by=register.head)
    (again,) = people_of(other)
    actions.merge_persons(by=register.head, keep=head, gone=again)
    with everything():
        lives = Residence.objects.open().get(person=head)
        assert (lives.household_id, lives.role) == (other.pk, "head")
        assert Person.objects.get(pk=head.pk).path == other.path


def test_said_to_be_two_they_are_never_asked_about_again(register, twice):
    find()
    actions.settle_pair(by=register.head, pair=pair())
    assert find() == 0
    with everything():
        assert not likeness.open_pairs(9)
    with pytest.raises(Conflict):
        actions.settle_pair(by=register.head, pair=pair())


def test_the_outsider_neither_merges_nor_settles(register, twice):
    head, gone = twice
    find()
    found = pair()
    for by in (register.worker, register.neighbour, register.stranger, register.other_head, register.guide):
        with pytest.raises(PermissionDenied):
            actions.merge_persons(by=by, keep=head, gone=gone)
        with pytest.raises(PermissionDenied):
            actions.settle_pair(by=by, pair=found)


def test_an_entry_that_is_like_another_is_asked_about_first(register, home):
    head = people_of(home)[0]
    again = Told("张建国", head.born, "m")
    with pytest.raises(Refusal) as refused:
        actions.enter_household(by=register.head, dwelling=register.door("G12", "102"), people=[(again, HEAD)], since=TODAY, another=False)
    assert refused.value.code == "alike"
    assert "张**" in refused.value.message
    client = Client()
    client.force_login(register.head)
    form = {"p0-name": "张建国", "p0-role": "head", "p0-born": head.born.isoformat(), "p0-sex": "m", "p0-tenure": "own", "p0-registered": "here",
            "since": TODAY.isoformat(), "rows": "4"}  # fmt: skip
    url = f"/people/dwellings/{register.door('G12', '201').pk}/new/"
    answer = client.post(url, form)
    assert answer.status_code == 422
    assert "张**" in answer.content.decode()
    assert client.post(url, form | {"another": "on"}).status_code == 302


def test_a_sheet_says_who_may_be_registered_already_within_its_own_place(register, home):
    head = people_of(home)[0]
    data = workbook([1, "张建国", "", "男", "", "户主", "2", "1", "101", "", "", head.born.isoformat()],
                    headings=["序号", "姓名", "身份证号", "性别", "联系电话", "与户主关系", "楼栋", "单元", "房号", "民族", "备注", "出生日期"])  # fmt: skip
    file = check(register, data)
    with everything():
        assert list(staging.outcomes_of(file)) == [(3, "new", ["alike.name"])]
    file = check(register, data, place="G12")  # who lives in G11 is none of this grid's business
    with everything():
        assert list(staging.outcomes_of(file)) == [(3, "new", [])]


def test_the_pages(register, twice, django_assert_max_num_queries):
    head, gone = twice
    client = Client()
    client.force_login(register.head)
    assert client.post("/people/duplicates/").status_code == 302
    with django_assert_max_num_queries(12):
        listed = client.get("/people/duplicates/").content.decode()
    assert "张**" in listed
    assert "张建国" not in listed
    url = f"/people/duplicates/{pair().pk}/"
    with django_assert_max_num_queries(12):
        assert "139****5678" in client.get(url).content.decode()
    for who, status in (("worker", 404), ("other_head", 404), ("stranger", 404), ("guide", 403), ("street", 403)):
        other = Client()
        other.force_login(register.staff[who])
        assert other.get(url).status_code == status, who
        assert other.post(url, {"keep": head.pk}).status_code == status, who
    assert client.post(url, {"keep": "0"}).status_code == 422
    assert client.post(url, {"keep": head.pk})["Location"] == f"/people/{head.pk}/"
    assert client.get(url).status_code == 404
    assert f"/people/{head.pk}/" in client.get(f"/people/{gone.pk}/").content.decode()
    with everything():
        line = Change.objects.get(act="people.merged")
    client.post(f"/people/changes/{line.pk}/undo/", {"note": "不是一人"})
    assert client.post(url, {"different": "1"}).status_code == 302
    with everything():
        assert Pair.objects.get().settled_by == register.head
        assert Pair.objects.get().settled_at <= timezone.now()


def test_who_was_said_to_be_somebody_else_at_entry_is_not_asked_about_again(register, home):
    head = people_of(home)[0]
    alike = Told("张建国", head.born, "m")
    made = actions.add_person(by=register.worker, household=home, told=alike, living=Living("not_kin"), since=TODAY, another=True)
    with everything():
        likeness.find_pairs()
        pair = Pair.objects.get(first=min(head.pk, made.pk), second=max(head.pk, made.pk))
        assert pair.settled_by == register.worker


def test_a_number_that_stands_on_a_form_twice_is_named_with_its_row(register):
    one = told("周斌")
    with pytest.raises(Refusal, match="twice") as found:
        household(register, None, (one, HEAD), (Told("周彬", one.born, "f", one.id_number), Living("sibling")))
    assert (found.value.params["row"], found.value.params["n"]) == ("1", 1)
