"""The pages: what each shows to whom, how entries are taken and refused, and how often they ask the database."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from linli.kit import idnumber, phones
from linli.people import actions
from linli.people.models import Change, Household, Membership, Person, Residence, Takeout, Unit
from linli.people.tests.factories import CHILD, HEAD, TODAY, everything, household, people_of, told
from linli.people.told import Living, Told

pytestmark = pytest.mark.django_db


@pytest.fixture
def visit(register):
    """A client for one of the staff, by name."""

    def of(who: str) -> Client:
        client = Client()
        client.force_login(register.staff[who])
        return client

    return of


def text(response, status: int = 200) -> str:
    assert response.status_code == status, response.content.decode()[:2000]
    return response.content.decode()


def addresses(register, home) -> list[str]:
    head, _spouse, child = people_of(home)
    row = actions.join_group(by=register.worker, person=head, group="elderly-alone", since=TODAY, purpose="看望")
    unit = actions.enter_unit(by=register.worker, place=register.place("G11B"), name="便民超市", kind="shop", since=TODAY)
    with everything():
        line = Change.objects.latest("pk")
    door, building, grid = register.door(), register.place("G11B"), register.place("G11")
    return [
        f"/people/places/{building.pk}/", f"/people/places/{grid.pk}/", f"/people/places/{building.pk}/unit/", f"/people/units/{unit.pk}/end/",
        f"/people/dwellings/{door.pk}/?all=1", f"/people/dwellings/{door.pk}/new/", f"/people/households/{home.pk}/", f"/people/households/{home.pk}/add/",
        f"/people/households/{home.pk}/birth/", f"/people/households/{home.pk}/move/", f"/people/households/{home.pk}/death/", f"/people/{head.pk}/",
        f"/people/{head.pk}/correct/", f"/people/{head.pk}/residence/", f"/people/{child.pk}/", f"/people/{head.pk}/groups/",
        f"/people/groups/{row.pk}/end/", f"/people/changes/{line.pk}/undo/", f"/people/book/{grid.pk}/print/",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("who", "status"),
    [("worker", 200), ("head", 200), ("neighbour", 404), ("stranger", 404), ("other_head", 404), ("guide", 403), ("street", 403)],
)
def test_inside_outside_and_other_grid(register, home, visit, who, status):
    client = visit(who)
    for url in addresses(register, home):
        assert client.get(url).status_code == status, url
    head = people_of(home)[0]
    assert client.post(f"/people/{head.pk}/numbers/", {"purpose": "visit"}).status_code == status


@pytest.mark.parametrize("who", ["neighbour", "stranger", "other_head"])
def test_lists_counts_searches_and_exports_end_at_ones_area(register, home, visit, who):
    client = visit(who)
    spouse = people_of(home)[1]
    grid = register.place("G11")
    number = told("钱多多", years=50)
    actions.add_person(by=register.worker, household=home, told=number, living=Living("not_kin"), since=TODAY)
    for page in ("/people/", "/people/book/", f"/people/book/?area={grid.pk}"):
        said = text(client.get(page))
        assert "张**" not in said
        assert f"/people/households/{home.pk}/" not in said
    for typed in ({"what": "wxl"}, {"what": "王秀兰"}, {"what": number.id_number}, {"what": number.phones[0]}):
        answer = client.post("/people/", typed)
        assert answer.status_code == 302
        said = text(client.get(answer["Location"]))
        assert f"/people/{spouse.pk}/" not in said
        assert "钱" not in said
    assert "/people/dwellings/" not in text(client.post("/people/", {"address": "1号楼1单元101"}), 422)
    client.post(f"/people/book/?area={grid.pk}", {"export": "xlsx", "why": "例会"})
    assert not Takeout.objects.filter(place=grid).exists()


@pytest.mark.parametrize("typed", ["王秀兰", "王", "秀兰", "wangxiulan", "wxl", "WXL"])
def test_people_are_found_by_name_sound_and_initials_masked(register, home, visit, typed):
    client = visit("worker")
    answer = client.post("/people/", {"what": typed})
    assert typed not in answer["Location"]
    said = text(client.get(answer["Location"]))
    assert "王**" in said
    assert "王秀兰" not in said
    assert "1号楼1单元101" in said


def test_children_are_in_no_list(register, home, visit):
    client = visit("head")
    said = text(client.get(client.post("/people/", {"what": "张欣怡"})["Location"]))
    assert "没有" in said or "Nobody" in said
    child = people_of(home)[2]
    page = text(client.get(f"/people/households/{home.pk}/"))
    assert "张欣怡" in page
    assert str(child.born.year) not in page.split("张欣怡")[1].split("</tr>")[0]


def test_a_number_leads_to_the_person_and_a_telephone_to_those_who_share_it(register, home, visit):
    known = told("李明", years=30, sex="m")
    person = actions.add_person(by=register.worker, household=home, told=known, living=Living("not_kin"), since=TODAY)
    client = visit("worker")
    answer = client.post("/people/", {"what": f" {known.id_number.lower()} "})
    assert answer["Location"] == f"/people/{person.pk}/"
    said = text(client.get(client.post("/people/", {"what": known.phones[0]})["Location"]))
    assert "李*" in said
    assert known.phones[0] not in said


@pytest.mark.parametrize(("typed", "field"), [
    ({"what": "11010519491231002"}, "what"), ({"what": "110105194912310021"}, "what"), ({"what": "x"}, "what"), ({"address": "99号楼9单元999"}, "address"),
    ({}, ""), ({"what": "王", "address": "1号楼"}, ""), ({"what": "1201234567890"}, "what"),
])  # fmt: skip
def test_what_cannot_be_looked_for_is_said_at_the_field(register, home, visit, typed, field):
    answer = visit("worker").post("/people/", typed)
    assert answer.status_code == 422
    assert (field or "__all__") in answer.context["form"].errors


def test_an_address_leads_to_the_household_or_the_empty_dwelling(register, home, visit):
    client = visit("worker")
    for typed in ("1号楼1单元101", "1-1-101", "一号楼一单元101室", "甲社区1栋1单元 101"):
        assert client.post("/people/", {"address": typed})["Location"] == f"/people/households/{home.pk}/", typed
    assert client.post("/people/", {"address": "1-1-102"})["Location"] == f"/people/dwellings/{register.door('G11', '102').pk}/"
    assert client.post("/people/", {"address": "1号楼"})["Location"] == f"/people/places/{register.place('G11B').pk}/"
    assert client.get(f"/people/dwellings/{register.door().pk}/")["Location"] == f"/people/households/{home.pk}/"


def test_the_persons_page_is_masked_until_a_purpose_is_said(register, home, visit):
    client = visit("worker")
    head = people_of(home)[0]
    page = text(client.get(f"/people/{head.pk}/"))
    assert "张建国" in page
    assert "0000***********" in page
    assert "154****" in page
    assert client.post(f"/people/{head.pk}/numbers/", {}).status_code == 422
    page = text(client.post(f"/people/{head.pk}/numbers/", {"purpose": "application"}))
    assert "000000" in page
    assert "no-store" in client.post(f"/people/{head.pk}/numbers/", {"purpose": "application"})["Cache-Control"]
    looks = visit("district").get("/logs/looks/")
    assert f"no. {head.pk}" in looks.content.decode() or f"{head.pk} 号" in looks.content.decode()


def test_what_is_protected_of_a_child_is_for_those_who_may(register, home, visit):
    child = people_of(home)[2]
    page = text(visit("worker").get(f"/people/{child.pk}/"))
    assert str(child.born.year) not in page
    assert "张建国" not in page
    assert visit("worker").get(f"/people/{child.pk}/correct/").status_code == 403
    assert "张建国" in text(visit("head").get(f"/people/{child.pk}/"))


def test_a_group_is_on_the_persons_page_for_the_posts_it_names_and_nowhere_else(register, home, visit):
    head = people_of(home)[0]
    client = visit("head")
    answer = client.post(f"/people/{head.pk}/groups/", {"group": "head-only", "since": TODAY.isoformat(), "purpose": "低保申请"})
    assert answer.status_code == 302
    assert "困难家庭" in text(client.get(f"/people/{head.pk}/"))
    assert "困难家庭" not in text(visit("worker").get(f"/people/{head.pk}/"))
    for page in (
        f"/people/households/{home.pk}/",
        "/people/book/",
        "/people/",
        f"/people/places/{register.place('G11B').pk}/",
        f"/people/book/{register.place('G11').pk}/print/",
    ):
        said = text(client.get(page))
        assert "困难家庭" not in said
        assert "低保申请" not in said
    with everything():
        row = Membership.objects.get()
    assert visit("worker").get(f"/people/groups/{row.pk}/end/").status_code == 404
    assert client.post(f"/people/groups/{row.pk}/end/", {"on": TODAY.isoformat()}).status_code == 302


# --- entering


def entry(n: int, **given: str) -> dict[str, str]:
    return {f"p{n}-{name}": value for name, value in given.items()}


def test_a_household_is_entered_on_one_page(register, visit):
    client = visit("worker")
    url = f"/people/dwellings/{register.door().pk}/new/"
    assert "p3-name" in text(client.get(url))
    more = text(client.post(url, {"rows": "4", "more": "1", **entry(0, name="李明"), "since": "2020-01-01"}))
    assert 'value="李明"' in more
    assert "p5-name" in more
    number = idnumber.invented(TODAY - timedelta(days=15000), "m", 3)
    typed = {
        "rows": "4", "since": "2020-01-01",
        **entry(0, name="李 明", id_number=number, role="head", tenure="own", registered="here", phone=phones.invented(7)),
        **entry(1, name="赵红", born="1985年3月1日", sex="f", role="spouse", registered="elsewhere", registered_at="山西大同"),
    }  # fmt: skip
    answer = client.post(url, typed)
    with everything():
        made = Household.objects.get()
        rows = list(made.residences.select_related("person").order_by("pk"))
    assert answer["Location"] == f"/people/households/{made.pk}/"
    assert [(r.person.name, r.role, r.registered_at) for r in rows] == [("李明", "head", ""), ("赵红", "spouse", "山西大同")]
    assert rows[0].person.sex == "m"


@pytest.mark.parametrize(("wrong", "row", "field"), [
    ({"id_number": "110105194912310021"}, 0, "id_number"), ({"id_number": "110105491231002"}, 0, "id_number"), ({"born": "1949-02-30", "id_number": ""}, 0, "born"),
    ({"phone": "12012345678"}, 0, "phone"), ({"name": "王2"}, 0, "name"), ({"sex": "f"}, 0, "sex"), ({"born": "1950-01-01"}, 0, "born"), ({"name": ""}, 0, "name"),
    ({"registered_at": "山西"}, 0, "registered_at"), ({"id_number": "", "sex": "m"}, 0, "born"),
])  # fmt: skip
def test_what_is_wrong_is_said_at_the_field_and_nothing_is_saved(register, visit, wrong, row, field):
    good = {
        "name": "李明",
        "id_number": idnumber.invented(TODAY - timedelta(days=15000), "m", 3),
        "role": "head",
        "tenure": "own",
        "registered": "here",
    }
    typed = {
        "rows": "2",
        "since": "2020-01-01",
        **entry(0, **(good | wrong)),
        **entry(1, name="赵红", born="1985-03-01", sex="f", role="spouse"),
    }
    answer = visit("worker").post(f"/people/dwellings/{register.door().pk}/new/", typed)
    assert answer.status_code == 422
    assert field in answer.context["rows"][row].errors
    with everything():
        assert not Person.objects.exists()


def test_somebody_registered_elsewhere_is_taken_over_on_purpose(register, home, visit):
    known = told("李明", years=30, sex="m")
    household(register, register.door("G21"), (known, HEAD), by=register.stranger)
    typed = {
        "name": "李明",
        "id_number": known.id_number,
        "role": "not_kin",
        "tenure": "own",
        "registered": "here",
        "since": TODAY.isoformat(),
    }
    client = visit("worker")
    answer = client.post(f"/people/households/{home.pk}/add/", typed)
    assert "id_number" in answer.context["form"].errors
    assert "乙" not in answer.context["form"].errors["id_number"][0]  # where they live isn't told
    assert client.post(f"/people/households/{home.pk}/add/", typed | {"take_over": "on"}).status_code == 302
    assert "李明" in text(client.get(f"/people/households/{home.pk}/"))


def test_birth_move_death_and_undo_by_hand(register, home, visit):
    client = visit("worker")
    head, spouse, child = people_of(home)
    birth = {
        "name": "张诗涵",
        "born": TODAY.isoformat(),
        "sex": "f",
        "custodian": str(spouse.pk),
        "kind": "parent",
        "role": "child",
        "registered": "here",
    }
    assert client.post(f"/people/households/{home.pk}/birth/", birth).status_code == 302
    move = {
        "persons": [str(spouse.pk), str(people_of(home)[3].pk)],
        "on": TODAY.isoformat(),
        "where": "within",
        "to": "1号楼1单元202",
        "join": "own",
        "tenure": "rented",
        "new_head": str(spouse.pk),
    }
    alone = client.post(f"/people/households/{home.pk}/move/", move | {"persons": [str(spouse.pk)]})
    assert alone.status_code == 422  # she has custody of the child born today
    assert client.post(f"/people/households/{home.pk}/move/", move | {"to": "7号楼7单元707"}).context["form"].errors["to"]
    assert client.post(f"/people/households/{home.pk}/move/", move | {"to": ""}).context["form"].errors["to"]
    answer = client.post(f"/people/households/{home.pk}/move/", move)
    page = text(client.get(answer["Location"]))
    assert "1号楼1单元202" in page
    assert "王秀兰" in page
    with everything():
        line = Change.objects.get(act="people.moved")
    assert f"/people/changes/{line.pk}/undo/" in text(client.get(f"/people/households/{home.pk}/"))
    assert client.post(f"/people/changes/{line.pk}/undo/", {}).status_code == 422
    assert client.post(f"/people/changes/{line.pk}/undo/", {"note": "选错房号"}).status_code == 302
    with everything():
        assert Residence.objects.open().get(person=spouse).household_id == home.pk
    death = {"person": str(spouse.pk), "on": TODAY.isoformat()}
    answer = client.post(f"/people/households/{home.pk}/death/", death)
    assert answer.status_code == 422  # she has custody of the child born today
    away = {"persons": [str(p.pk) for p in people_of(home)], "on": TODAY.isoformat(), "where": "away", "join": "own", "tenure": "own"}
    assert client.post(f"/people/households/{home.pk}/move/", away).status_code == 302
    assert "张建国" in text(client.get(f"/people/households/{home.pk}/"))  # among those who lived there
    assert child.pk
    assert head.pk


def test_correcting_by_hand(register, home, visit):
    client = visit("worker")
    spouse = people_of(home)[1]
    given = {"name": "王秀岚", "born": spouse.born.isoformat(), "sex": "f", "id_act": "keep"}
    assert client.post(f"/people/{spouse.pk}/correct/", given).status_code == 302
    assert "王秀岚" in text(client.get(f"/people/{spouse.pk}/"))
    wrong = client.post(f"/people/{spouse.pk}/correct/", given | {"id_number": idnumber.invented(spouse.born, "f", 77)})
    assert "id_act" in wrong.context["form"].errors
    wrong = client.post(f"/people/{spouse.pk}/correct/", given | {"id_act": "new", "id_number": idnumber.invented(spouse.born, "m", 77)})
    assert "sex" in wrong.context["form"].errors


@pytest.mark.parametrize("day", ["0001-01-01", "1800-05-03"])
def test_a_day_nobody_lives_to_remember_is_refused(register, home, visit, day):
    client = visit("worker")
    spouse = people_of(home)[1]
    given = {"name": "王秀兰", "born": day, "sex": "f", "id_act": "keep"}
    assert "born" in client.post(f"/people/{spouse.pk}/correct/", given).context["form"].errors
    head = people_of(home)[0]
    custody = {"custodian": str(head.pk), "kind": "kin", "since": TODAY.isoformat()}
    assert client.post(f"/people/{spouse.pk}/custodian/", custody).status_code == 422  # a grown-up


def test_a_search_understands_an_address_and_says_what_is_wrong_with_a_number(register, home, visit):
    client = visit("worker")
    answer = client.post("/people/", {"what": "1号楼1单元101"})
    assert answer["Location"] == f"/people/households/{home.pk}/"  # the only one there
    assert "18" in str(client.post("/people/", {"what": "11010519491231002"}).context["form"].errors["what"])
    said = text(client.post("/people/", {}), 422)
    assert "Nothing was looked for" in said or "尚未查找" in said


def test_a_unit_by_hand(register, visit):
    client = visit("worker")
    building = register.place("G11B")
    assert (
        client.post(f"/people/places/{building.pk}/unit/", {"name": "便民超市", "kind": "shop", "since": TODAY.isoformat()}).status_code
        == 302
    )
    assert "便民超市" in text(client.get(f"/people/places/{building.pk}/"))
    assert client.post(f"/people/units/{Unit.objects.get().pk}/end/", {"on": TODAY.isoformat()}).status_code == 302


def test_empty_places_say_what_to_do(register, visit):
    client = visit("worker")
    for url in (
        "/people/book/",
        f"/people/dwellings/{register.door().pk}/",
        f"/people/places/{register.place('G11B').pk}/",
        f"/people/book/{register.place('G11').pk}/print/",
    ):
        text(client.get(url))
    assert "empty" in text(client.get("/people/book/"))


def test_each_page_asks_the_database_the_same_few_questions_however_much_there_is(register, home, visit, django_assert_max_num_queries):
    for n, door in enumerate(("102", "201", "202")):
        household(register, register.door("G11", door), (told("赵红", years=60 + n), HEAD), (told("赵小小", years=20), CHILD))
    client = visit("worker")
    head = people_of(home)[0]
    client.get("/people/")
    for url in (
        "/people/", "/people/book/", f"/people/places/{register.place('G11B').pk}/", f"/people/places/{register.place('G11').pk}/",
        f"/people/households/{home.pk}/", f"/people/{head.pk}/", f"/people/book/{register.place('G11').pk}/print/", f"/people/dwellings/{register.door().pk}/?all=1",
        client.post("/people/", {"what": "zh"})["Location"],
    ):  # fmt: skip
        with django_assert_max_num_queries(15):  # 12, and two savepoints and a closing that only a test has
            text(client.get(url))


def test_the_other_end_of_a_move_keeps_nobody_else_in_sight(register, home, visit):
    """Who moved to another community is seen there, and here only as having lived here."""
    spouse = people_of(home)[1]
    there = household(register, register.door("G21"), (told("周斌", years=50), HEAD), by=register.stranger)
    actions.add_person(by=None, household=there, told=Told("王秀兰", spouse.born, "f"), living=Living("other_kin"), since=TODAY)
    page = text(visit("worker").get(f"/people/households/{home.pk}/"))
    assert "周斌" not in page


def test_everything_that_is_wrong_is_said_at_once_and_nothing_is_chosen_for_anybody(register, home, visit):
    worker = visit("worker")
    new = f"/people/dwellings/{register.door('G11', '202').pk}/new/"
    for name in ("p0-tenure", "p0-registered"):
        assert f'name="{name}"' in worker.get(new).content.decode()
    assert [row["tenure"].value() for row in worker.get(new).context["rows"]] == ["unknown"] * 4
    said = text(worker.post(new, {"rows": "4", "since": str(TODAY), "p0-name": "王大明", "p0-role": "head", "p2-phone": "123"}), 422)
    assert 'href="#id_p0-born"' in said
    assert 'href="#id_p2-phone"' in said
    assert "第 3 人 · 电话" in said
    here = f"/people/households/{home.pk}"
    assert set(worker.post(f"{here}/birth/", {}).context["form"].errors) == {
        "name", "born", "sex", "custodian", "kind", "role", "registered",
    }  # fmt: skip
    away = {"persons": [people_of(home)[1].pk], "on": str(TODAY), "where": "away", "to": "3-2-301", "join": "own"}
    assert set(worker.post(f"{here}/move/", away).context["form"].errors) == {"to"}
    joins = worker.post(f"/people/{people_of(home)[0].pk}/groups/", {"since": str(TODAY), "purpose": "看望"})
    assert set(joins.context["form"].errors) == {"group"}
