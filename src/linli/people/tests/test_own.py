"""What is held about me: by a link from the service station, once, for a while, of nobody else; every reading on record."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from linli.access.models import ReadLog
from linli.access.readlog import verify_readlog
from linli.frame.models import ActLog
from linli.frame.refusal import Refusal
from linli.people import actions, letting_go
from linli.people.models import Handout
from linli.people.tests.factories import HEAD, everything, household, people_of
from linli.people.tests.factories import told as tell
from linli.people.told import Living

pytestmark = pytest.mark.django_db


def _opened(register, person, **more) -> Client:
    _made, token = actions.hand_out(by=register.worker, person=person, way="card", **more)
    client = Client()
    assert client.get(f"/my/open/{token}/").status_code == 200  # a look at the link doesn't use it up
    assert client.post(f"/my/open/{token}/")["Location"] == "/my/"
    return client


def test_a_resident_reads_everything_with_whole_numbers_and_the_look_is_in_the_log(register, home):
    head = people_of(home)[0]
    numbers = dict(actions.unmask(by=register.worker, person=head, purpose="visit", note="上门"))
    client = _opened(register, head)
    page = client.get("/my/").content.decode()
    for text in ("张建国", numbers["id"], numbers["phone"], "101", "上门", register.worker.name):
        assert text in page
    assert "王秀兰" not in page  # others of the household are theirs to ask
    line = ReadLog.objects.latest("pk")
    assert (line.by, line.purpose, line.subject) == (register.worker, "for_the_person", f"people.person:{head.pk}")
    assert verify_readlog().ok


def test_they_read_where_they_lived_before_and_what_was_done_there_too(register, home):
    head, *_others = people = people_of(home)
    actions.move_within(by=register.head, household=home, persons=people, to=register.door("G12", "202"), on=timezone.localdate())
    _made, token = actions.hand_out(by=register.head, person=head, way="card")
    client = Client()
    client.post(f"/my/open/{token}/")
    held = json.loads(client.get("/my/copy.json").content)
    assert len(held["homes"]) == 2
    assert len(held["changes"]) == 3  # entered in one grid; left it for, and came to, the other


def test_what_they_read_themselves_is_one_line_for_each_link_however_often_they_turn_back(register, home):
    head = people_of(home)[0]
    client = _opened(register, head)
    for _n in range(3):
        looks = json.loads(client.get("/my/copy.json").content)["looks"]
    assert len(looks) == 1
    assert looks[0]["by"].startswith("您本人")
    assert ReadLog.objects.count() == 3


def test_the_copy_comes_as_data_and_on_paper(register, home):
    head = people_of(home)[0]
    client = _opened(register, head)
    answer = client.get("/my/copy.json")
    held = json.loads(answer.content)
    assert held["name"] == "张建国"
    assert len(held["numbers"]) == 2
    assert held["homes"][0]["until"] is None
    assert held["looks"]
    assert "attachment" in answer["Content-Disposition"]
    assert "no-store" in answer["Cache-Control"]
    paper = client.get("/my/copy.pdf")
    assert paper.content.startswith(b"%PDF-")
    assert "no-store" in paper["Cache-Control"]


@pytest.mark.parametrize("what", ["used", "expired", "renewed", "invented"])
def test_a_link_that_is_used_up_expired_replaced_or_nobodys_says_the_same_and_nothing_more(register, home, what):
    head = people_of(home)[0]
    long_ago = timezone.now() - timedelta(hours=3)
    _made, token = actions.hand_out(by=register.worker, person=head, way="card", now=long_ago if what == "expired" else None)
    if what == "used":
        assert actions.open_link(token=token)
    if what == "renewed":
        actions.hand_out(by=register.worker, person=head, way="card")
    if what == "invented":
        token = "x" * 32
    client = Client()
    assert "张建国" not in client.get(f"/my/open/{token}/").content.decode()
    answer = client.post(f"/my/open/{token}/")
    text = re.sub(r"\s+", " ", answer.content.decode())
    assert answer.status_code == 404
    assert "社区服务站" in text
    assert "张" not in text
    assert "own" not in client.cookies
    assert not ReadLog.objects.exists()


def test_reading_ends_by_time_by_a_press_and_with_the_person(register, home):
    head = people_of(home)[0]
    for path in ("/my/", "/my/copy.json", "/my/copy.pdf"):
        assert "张建国" not in Client().get(path).content.decode()
    client = _opened(register, head)
    session = client.cookies["own"].value
    assert actions.reading(session).person == head.pk
    assert actions.reading(session, timezone.now() + timedelta(minutes=31)) is None
    assert actions.reading(session + "x") is None
    assert client.post("/my/end/").status_code == 200
    client.cookies["own"] = session  # put back by whoever comes to the screen next
    answer = client.get("/my/")
    assert answer.status_code == 404
    assert "张建国" not in answer.content.decode()


def test_only_who_may_see_the_numbers_hands_out_a_link_and_a_childs_goes_to_a_custodian(register):
    people = (tell("张建国", years=40, sex="m"), HEAD), (tell("张欣怡", years=9), Living("child"))
    made = household(register, None, *people)
    head, child = people_of(made)
    for outsider in (register.stranger, register.street):
        with pytest.raises(PermissionDenied):
            actions.hand_out(by=outsider, person=head, way="card")
    with pytest.raises(PermissionDenied):
        actions.hand_out(by=register.worker, person=child, way="custodian")
    for person, way in ((child, "card"), (head, "custodian"), (head, "by telephone")):
        with pytest.raises(Refusal, match="way"):
            actions.hand_out(by=register.head, person=person, way=way)
    assert actions.hand_out(by=register.head, person=child, way="custodian")


def test_the_page_at_the_station_shows_the_link_once_and_stores_only_its_digest(register, home):
    head = people_of(home)[0]
    client = Client()
    client.force_login(register.worker)
    assert f"/people/{head.pk}/handout/" in client.get(f"/people/{head.pk}/").content.decode()
    assert client.get(f"/people/{head.pk}/handout/").status_code == 200
    assert client.post(f"/people/{head.pk}/handout/", {"way": "trust me"}).status_code == 422
    page = client.post(f"/people/{head.pk}/handout/", {"way": "booklet"}).content.decode()
    token = re.search(r"/my/open/([\w-]+)/", page)[1]
    assert "<svg" in page
    with everything(), connection.cursor() as cursor:
        cursor.execute("select h::text from people_handout h")
        assert token not in str(cursor.fetchall())
    assert ActLog.objects.get(act="people.handout.made").data == {"way": "booklet"}
    stranger = Client()
    stranger.force_login(register.stranger)
    assert stranger.post(f"/people/{head.pk}/handout/", {"way": "card"}).status_code == 404


def test_links_are_rows_like_all_others_and_go_with_the_person(register, home):
    head = people_of(home)[0]
    actions.hand_out(by=register.worker, person=head, way="card")
    assert not Handout.objects.exists()  # nothing opened
    actions.move_away(by=register.worker, household=home, persons=people_of(home), on=timezone.localdate())
    with everything(), transaction.atomic():
        assert letting_go.erase([head.pk], timezone.localdate() + timedelta(days=1)) == 1
        assert not Handout.objects.filter(person=head.pk).exists()
