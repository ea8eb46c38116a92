"""History is whole, and whoever changes it is found out, even the owner of the database."""

import os
from datetime import timedelta

import psycopg
import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from linli.access.readlog import look, verify_readlog
from linli.flow import actions as act
from linli.flow.heads import publish_daily_head
from linli.flow.models import DailyHead, Event
from linli.flow.tests.factories import MONDAY, at_handling, district, to_the_end
from linli.flow.verify import verify

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def flow(transactional_db):
    town = district()
    other = at_handling(town)
    act.note_flow(by=town.person("worker", "G1"), flow=other, text="备注", now=MONDAY)
    ended = to_the_end(town, at_handling(town), MONDAY)
    ended.town, ended.other = town, other
    return ended


def as_owner(statement):
    """What only the owner of the tables can do: switch the triggers off and change what has been written."""
    with psycopg.connect(os.environ["LINLI_TEST_OWNER_URL"], autocommit=True) as owner:
        owner.execute("alter table flow_event disable trigger user")
        owner.execute("alter table flow_dailyhead disable trigger user")
        done = owner.execute(statement)
        owner.execute("alter table flow_event enable trigger user")
        owner.execute("alter table flow_dailyhead enable trigger user")
        return done.rowcount


def test_what_was_lived_through_verifies(flow):
    publish_daily_head()
    report = verify()
    assert report.ok, str(report)
    assert (report.flows, report.events, report.days) == (2, 9, 1)


TAMPERED = {
    "who did it": ("update flow_event set by_id = null where flow_id={ended} and seq=3", "line 3 was changed"),
    "when": ("update flow_event set at = at + interval '1 hour' where flow_id={ended} and seq=3", "line 3 was changed"),
    "the outcome": ("update flow_event set outcome='return' where flow_id={ended} and seq=3", "line 3 was changed"),
    "what it decided": ("""update flow_event set data = data || '{{"owner": 99}}' where flow_id={ended} and seq=2""", "line 2 was changed"),
    "a text": ("""update flow_event set texts='{{"result":"别的"}}' where flow_id={ended} and seq=3""", "a text of line 3 was changed"),
    "a text added": (
        """update flow_event set texts='{{"result":"别的"}}' where flow_id={ended} and seq=2""",
        "a text of line 2 lost its seal",
    ),
    "a line taken out": ("delete from flow_event where flow_id={ended} and seq=3", "line 3 is missing"),
    "the last line taken out": ("delete from flow_event where flow_id={ended} and seq=6", "its last line is missing or was added by hand"),
    "all lines taken out": ("delete from flow_event where flow_id={ended}", "has no history"),
    "a line moved to another flow": (
        "update flow_event set flow_id={ended}, seq=7 where flow_id={other} and seq=3",
        "line 7 doesn't follow the line before it",
    ),
    "the state": ("update flow_flow set overdue=true where id={ended}", "its state is not what its history says"),
    "the deadline": ("update flow_flow set due_at = due_at + interval '9 days' where id={other}", "its state is not what its history says"),
    "the clock": ("update flow_flow set wake_at = null where id={other}", "its clock is not what its history says"),
    "somebody's duty": ("delete from flow_todo where flow_id={other} and done_at is null", "what is to do is not what its history says"),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_tampering_is_found(flow, what):
    statement, fault = TAMPERED[what]
    assert as_owner(statement.format(ended=flow.pk, other=flow.other.pk)) > 0
    report = verify()
    assert fault in [f for _, f in report.faults], str(report)


def test_a_forged_chain_is_found_by_the_published_head(flow):
    """An owner who hashes everything anew gets past the chain, not past what was published."""
    from linli.flow.chain import link

    publish_daily_head()
    last = Event.objects.get(flow=flow, seq=6)
    said = (last.kind, last.at, last.by_id, last.role, last.step_from, last.step_to, "dissatisfied", last.data)
    forged = link(bytes(last.prev), str(flow.uid), 6, *said, bytes(last.text_digest)).hex()
    as_owner(f"update flow_event set outcome='dissatisfied', hash='\\x{forged}' where id={last.pk}")
    as_owner(f"update flow_flow set head='\\x{forged}' where id={flow.pk}")
    assert [w for w, f in verify().faults] == [str(DailyHead.objects.get().day)]


def test_a_changed_or_missing_head_is_found(flow):
    from linli.flow.heads import day_of

    first = publish_daily_head(now=MONDAY + timedelta(days=1))
    act.note_flow(by=flow.town.person("worker", "G1"), flow=flow.other, text="又记", now=MONDAY)
    publish_daily_head(now=MONDAY + timedelta(days=2))
    assert first.day == day_of(MONDAY)
    assert verify().ok
    as_owner("update flow_dailyhead set events = 99")
    assert len(verify().faults) == 2
    as_owner(f"delete from flow_dailyhead where id={first.pk}")
    assert not verify().ok


def test_the_published_head_covers_the_log_of_looks(flow):
    """Lines cut off its end leave a chain that is whole; what was published says how far it went."""
    by = flow.town.person("worker", "G1")
    for subject in ("people.person:1", "people.person:2"):
        look(by=by, subject=subject, fields=["id"], purpose="visit", path="D")
    head = publish_daily_head(now=MONDAY + timedelta(days=1))
    assert (head.looks, verify().ok) == (2, True)
    look(by=by, subject="people.person:3", fields=["id"], purpose="visit", path="D")
    assert publish_daily_head(now=MONDAY + timedelta(days=2)).looks == 1
    assert verify().ok
    as_owner(f"update flow_dailyhead set last_look = null, looks = 0 where id={head.pk}")
    assert [w for w, _f in verify().faults] == [str(head.day), str(DailyHead.objects.latest("day").day)]
    as_owner(f"update flow_dailyhead set last_look = {head.last_look}, looks = 2 where id={head.pk}")
    with psycopg.connect(os.environ["LINLI_TEST_OWNER_URL"], autocommit=True) as owner:
        owner.execute("alter table access_readlog disable trigger user")
        owner.execute("delete from access_readlog where id > %s", [head.last_look])
        owner.execute("alter table access_readlog enable trigger user")
    assert verify_readlog().ok
    assert [w for w, _f in verify().faults] == [str(DailyHead.objects.latest("day").day)]


def test_a_day_is_published_once_and_only_when_it_is_over(flow):
    now = MONDAY + timedelta(days=1)
    first = publish_daily_head(now=now)
    act.note_flow(by=flow.town.person("worker", "G1"), flow=flow.other, text="又记", now=MONDAY)
    assert publish_daily_head(now=now).pk == first.pk
    with pytest.raises(ValueError, match="not over"):
        publish_daily_head(day=MONDAY.date(), now=MONDAY)


@pytest.mark.parametrize(
    "statement",
    [
        "update flow_event set role='x'",
        "update flow_event set texts=null",
        "delete from flow_event",
        "update flow_dailyhead set flows=1",
        "delete from flow_dailyhead",
    ],
)
def test_the_product_itself_can_only_add_to_history(flow, statement):
    publish_daily_head()
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_the_product_cannot_empty_history(flow):
    with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("truncate flow_event cascade")


def erase(what, flow, seq):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("set local linli.erasing = 'yes'")
        cursor.execute(f"update flow_event set {what} where flow_id=%s and seq=%s", [flow.pk, seq])


def test_a_text_is_erased_on_request_and_the_chain_stays_whole(flow):
    erase("texts=null, salt=null", flow, 3)
    report = verify()
    assert report.ok, str(report)
    assert report.erased == 1
    with pytest.raises(IntegrityError):
        erase("texts=null, salt=null, role='x'", flow, 4)
