import threading

import pytest
from django.db import DatabaseError, connection, transaction

from linli.access.looks import visible_looks
from linli.access.models import ReadLog
from linli.access.readlog import look, verify_readlog
from linli.frame.models import ActLog
from linli.frame.refusal import Refusal

pytestmark = pytest.mark.django_db


@pytest.fixture
def auditor(area):
    return area.holder("district-coordinator", "D", is_demo=True)


def _look(by, n=1, **changes):
    return look(
        **{"by": by, "subject": f"matters.reporter:{n}", "fields": ["phone", "name"], "purpose": "matter", "path": "D.S1.C1", **changes}
    )


def test_each_look_follows_from_the_one_before(auditor):
    lines = [_look(auditor, n) for n in range(3)]
    assert bytes(lines[0].prev) == bytes(32)
    assert [bytes(line.prev) for line in lines[1:]] == [bytes(line.hash) for line in lines[:-1]]
    report = verify_readlog()
    assert (report.ok, report.lines, report.head) == (True, 3, bytes(lines[-1].hash))
    assert lines[0].fields == "name,phone"


def test_a_look_without_a_purpose_of_the_list_is_refused(auditor):
    with pytest.raises(Refusal) as refused:
        _look(auditor, purpose="curiosity")
    assert refused.value.field == "purpose"
    assert not ReadLog.objects.exists()


def test_where_the_line_cannot_be_written_the_value_is_not_shown(auditor):
    shown = []

    def read():
        with transaction.atomic():
            _look(auditor, fields=[])
            shown.append("13812345678")

    with pytest.raises(ValueError, match="no field"):
        read()
    assert not shown


@pytest.mark.parametrize("change", ["update access_readlog set note = 'x'", "delete from access_readlog"])
def test_a_line_never_changes_and_never_goes(auditor, change):
    _look(auditor)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)
    assert verify_readlog().lines == 1


@pytest.mark.parametrize("change", ["update frame_actlog set act = 'x'", "delete from frame_actlog"])
def test_the_log_of_acts_is_append_only_too(auditor, area, change):
    from linli.bodies.actions import appoint

    appoint(by=None, seat=area.seat("grid-worker", "G11"), user=auditor)
    assert ActLog.objects.exists()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)


@pytest.mark.parametrize(
    "change",
    [
        "update access_readlog set note = 'changed' where id = (select min(id) + 1 from access_readlog)",
        "delete from access_readlog where id = (select min(id) + 1 from access_readlog)",
        "update access_readlog set path = 'D' where id = (select max(id) from access_readlog)",
    ],
)
def test_whoever_gets_past_the_trigger_is_found_out(auditor, change):
    for n in range(4):
        _look(auditor, n)
    with connection.cursor() as cursor:  # a temporary table of the same name goes before the real one, and has no trigger
        cursor.execute("create temp table access_readlog as select * from public.access_readlog")
        assert verify_readlog().ok
        cursor.execute(change)
    assert not verify_readlog().ok
    assert "does not follow" in str(verify_readlog())


@pytest.mark.django_db(transaction=True)
def test_many_looking_at_once_make_one_chain(monkeypatch):
    from linli.bodies.tests import factories

    area = factories.district(monkeypatch)
    users = [area.user() for _ in range(4)]

    def run(user):
        for n in range(5):
            _look(user, n)
        connection.close()

    threads = [threading.Thread(target=run, args=[user]) for user in users]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    report = verify_readlog()
    assert (report.ok, report.lines) == (True, 20)


def test_auditors_see_the_looks_of_their_area_and_those_of_no_place_from_the_top(area, auditor, django_assert_max_num_queries, client):
    from dataclasses import replace

    area.charter.posts["street-coordinator"] = replace(
        area.charter.posts["street-coordinator"], abilities=(*area.charter.posts["street-coordinator"].abilities, "audit.see")
    )
    street = area.holder("street-coordinator", "S1", is_demo=True)
    here, there, nowhere = _look(auditor, 1), _look(auditor, 2, path="D.S2.C2"), _look(auditor, 3, path="")
    assert set(visible_looks(street)) == {here}
    assert set(visible_looks(auditor)) == {here, there, nowhere}
    client.force_login(auditor)
    with django_assert_max_num_queries(12):
        page = client.get("/logs/looks/", {"purpose": "matter", "who": auditor.name})
    assert "matters.reporter:2" in page.content.decode()
    assert client.get("/logs/looks/", {"purpose": "visit"}).context["listing"].rows == []
    words = client.get("/logs/looks/").content.decode()
    assert ">至<" in words.replace("\n", "").replace(" ", "")  # not 派给: the same English word of another room
