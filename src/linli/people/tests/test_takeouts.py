"""A list of residents goes out with a purpose, another's yes, masked, for a few days, with a watermark, each time on record."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from zipfile import ZipFile

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone
from python_calamine import CalamineWorkbook

from linli.frame.models import ActLog
from linli.frame.refusal import Refusal
from linli.people import actions
from linli.people.models import Takeout

pytestmark = pytest.mark.django_db


@pytest.fixture
def as_(register):
    def sign_in(who: str) -> Client:
        client = Client()
        client.force_login(register.staff[who])
        return client

    return sign_in


def _ask(register, **more) -> Takeout:
    return actions.ask_takeout(by=register.head, place=register.place("C1"), why="入户走访分片", count=1, **more)


def _sheet(answer) -> tuple[str, bytes]:
    data = b"".join(answer.streaming_content)
    return str(CalamineWorkbook.from_filelike(BytesIO(data)).get_sheet_by_index(0).to_python()), data


def test_from_asking_to_fetching_with_a_watermark_in_the_sheet_and_its_properties(register, home, as_):
    community = register.place("C1")
    head, district = as_("head"), as_("district")
    assert head.post(f"/people/book/?area={community.pk}", {"export": "xlsx", "why": "分片走访"})["Location"] == "/people/takeouts/"
    asked = Takeout.objects.get()
    assert (asked.count, asked.why, asked.wants_names) == (1, "分片走访", False)
    assert head.post(f"/people/takeouts/{asked.pk}/sheet/").status_code == 422  # nobody has approved it
    assert f"/people/takeouts/{asked.pk}/" in district.get("/people/takeouts/").content.decode()
    assert district.get(f"/people/takeouts/{asked.pk}/").status_code == 200
    assert district.post(f"/people/takeouts/{asked.pk}/", {"answer": "refuse"}).status_code == 422  # without a reason
    assert district.post(f"/people/takeouts/{asked.pk}/", {"answer": "approve"}).status_code == 302
    cells, data = _sheet(head.post(f"/people/takeouts/{asked.pk}/sheet/"))
    assert "张**" in cells
    assert "张建国" not in cells
    properties = ZipFile(BytesIO(data)).read("docProps/core.xml").decode()
    for text in ("员工head", "员工district", "分片走访"):
        assert text in cells
        assert text in properties
    head.post(f"/people/takeouts/{asked.pk}/sheet/")
    assert ActLog.objects.filter(act="people.book.exported", by=register.head).count() == 2
    asked.refresh_from_db()
    assert asked.fetched == 2


def test_names_stand_whole_only_where_the_approval_says_so(register, home, as_):
    for wanted, granted in ((True, True), (True, False), (False, True)):
        asked = _ask(register, names=wanted)
        actions.decide_takeout(by=register.district, takeout=asked, approve=True, names=granted)
        cells, _data = _sheet(as_("head").post(f"/people/takeouts/{asked.pk}/sheet/"))
        assert ("张建国" in cells) == (wanted and granted)


def test_nobody_approves_their_own_whatever_they_may(register, home, monkeypatch):
    asked = _ask(register)
    with pytest.raises(PermissionDenied):
        actions.decide_takeout(by=register.worker, takeout=asked, approve=True)
    Takeout.objects.filter(pk=asked.pk).update(by=register.district)
    asked.refresh_from_db()
    with pytest.raises(Refusal, match="own"):
        actions.decide_takeout(by=register.district, takeout=asked, approve=True)
    now = timezone.now()
    with pytest.raises(IntegrityError, match="takeout_four_eyes"), transaction.atomic():
        Takeout.objects.filter(pk=asked.pk).update(state="approved", decided_by=register.district, decided_at=now, expires_at=now)


def test_it_expires_is_decided_once_and_is_of_who_asked_alone(register, home, as_):
    asked = _ask(register)
    with pytest.raises(Refusal, match="reason"):
        actions.decide_takeout(by=register.district, takeout=asked, approve=False)
    actions.decide_takeout(by=register.district, takeout=asked, approve=True)
    with pytest.raises(Refusal, match="decided"):
        actions.decide_takeout(by=register.district, takeout=asked, approve=False, note="不需要")
    assert as_("other_head").post(f"/people/takeouts/{asked.pk}/sheet/").status_code == 404
    assert as_("worker").post(f"/people/takeouts/{asked.pk}/sheet/").status_code == 403
    later = timezone.now() + timedelta(days=4)
    with pytest.raises(Refusal, match="expired"):
        actions.fetch_takeout(by=register.head, takeout=asked, rows=[], columns=[], title="", now=later)
    refused = _ask(register)
    actions.decide_takeout(by=register.district, takeout=refused, approve=False, note="一网格一册即可")
    assert as_("head").post(f"/people/takeouts/{refused.pk}/sheet/").status_code == 422


def test_whoever_reads_the_logs_only_looks_and_approves_nothing(register, home, as_):
    asked = _ask(register)
    for who in ("street", "worker"):
        assert as_(who).get(f"/people/takeouts/{asked.pk}/").status_code == 403
    assert as_("worker").get("/people/takeouts/").status_code == 403
    seen = as_("street").get("/people/takeouts/").content.decode()
    assert "入户走访分片" in seen
    assert f"/people/takeouts/{asked.pk}/" not in seen
    with pytest.raises(PermissionDenied):
        actions.decide_takeout(by=register.street, takeout=asked, approve=True)


def test_who_asked_withdraws_it_while_nobody_has_decided_and_nobody_else_does(register, home, as_):
    asked = _ask(register)
    page, withdraw = f"/people/takeouts/{asked.pk}/", f"/people/takeouts/{asked.pk}/withdraw/"
    assert as_("other_head").post(withdraw).status_code == 404
    assert as_("district").post(withdraw).status_code == 403
    with pytest.raises(PermissionDenied):
        actions.withdraw_takeout(by=register.other_head, takeout=asked)
    head = as_("head")
    assert withdraw in head.get("/people/takeouts/").content.decode()
    assert head.post(withdraw)["Location"] == "/people/takeouts/"
    shown = head.get("/people/takeouts/").content.decode()
    assert "已撤回" in shown
    assert withdraw not in shown
    assert head.post(withdraw).status_code == 422
    assert ActLog.objects.get(act="people.takeout.withdrawn").by == register.head
    district = as_("district")
    assert page not in district.get("/people/takeouts/").content.decode()
    assert "已撤回" in district.get(page).content.decode()  # an address kept from before
    with pytest.raises(Refusal, match="decided"):
        actions.decide_takeout(by=register.district, takeout=asked, approve=True)
    decided = _ask(register)
    actions.decide_takeout(by=register.district, takeout=decided, approve=True)
    with pytest.raises(Refusal, match="decided"):
        actions.withdraw_takeout(by=register.head, takeout=decided)


@pytest.mark.parametrize("why", ["", "x"])
def test_without_a_purpose_nothing_is_asked_for(register, home, as_, why):
    with pytest.raises(Refusal, match="why"):
        actions.ask_takeout(by=register.head, place=register.place("C1"), why=why, count=1)
    for outsider in ("other_head", "worker"):
        with pytest.raises(PermissionDenied):
            actions.ask_takeout(by=register.staff[outsider], place=register.place("C1"), why="例会", count=1)
    assert as_("head").post("/people/book/", {"export": "xlsx", "why": why}).status_code == 422
