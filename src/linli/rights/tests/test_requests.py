"""A resident asks on their own page; it lies with the station head, in time, sealed; it is answered, carried out, and let go."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from linli.access import keys, retention
from linli.flow.jobs import run_clock
from linli.flow.models import Event, Flow, Todo
from linli.flow.queries import inbox
from linli.frame.models import ActLog
from linli.frame.refusal import Refusal
from linli.kit import crypto
from linli.people import actions as people_actions
from linli.people import letting_go
from linli.people.actions.handing import Opened
from linli.people.models import Change
from linli.people.tests.factories import everything, people_of
from linli.people.told import Told
from linli.rights import actions
from linli.rights.models import OwnRequest

pytestmark = pytest.mark.django_db
WORDS = "我的电话早就换了，旧号码请改掉"


def link_of(person) -> Opened:
    return Opened(0, person.pk, str(person.path), 0, "card", timezone.now())


def asked(person, kind="correct", item="phone", words=WORDS, **more) -> OwnRequest:
    return actions.ask(link=link_of(person), kind=kind, item=item, words=words, **more)


def resident(register, person) -> Client:
    _made, token = people_actions.hand_out(by=register.worker, person=person, way="card")
    client = Client()
    client.post(f"/my/open/{token}/")
    return client


def put_right(register, person) -> None:
    with everything():
        person.refresh_from_db()
    people_actions.correct_person(by=register.head, person=person, told=Told(f"{person.name}安", person.born, person.sex))


def stored(table: str) -> str:
    """Every cell of a table, as somebody with a copy of it would read it."""
    with everything(), connection.cursor() as cursor:
        cursor.execute(f"select t::text from {table} t")
        return str(cursor.fetchall())


def test_from_the_residents_page_to_the_correction_and_back(register, home, as_, django_assert_max_num_queries):
    head = people_of(home)[0]
    mine, station = resident(register, head), as_("head")
    assert "/my/ask/" in mine.get("/my/").content.decode()
    assert mine.get("/my/ask/").status_code == 200
    assert mine.post("/my/ask/", {"kind": "correct", "item": "all", "words": WORDS}).status_code == 422
    assert mine.post("/my/ask/", {"kind": "correct", "item": "phone", "words": WORDS})["Location"] == "/my/#requests"
    with everything():
        row = OwnRequest.objects.select_related("flow").get()
    page = f"/people/requests/{row.flow.subject_ref}/"
    assert WORDS in mine.get("/my/").content.decode()
    assert [t.flow_id for t in inbox(register.head)] == [row.flow_id]
    assert page in station.get("/tasks/").content.decode()
    with django_assert_max_num_queries(12):
        listed = station.get("/people/requests/").content.decode()
    assert row.flow.subject_ref in listed
    assert WORDS not in listed
    assert "张" not in listed
    with django_assert_max_num_queries(12):
        shown = station.get(page)
    assert WORDS in shown.content.decode()
    assert f"/people/{head.pk}/" in shown.content.decode()
    assert "no-store" in shown["Cache-Control"]
    assert station.post(page, {"outcome": "refuse"}).status_code == 422  # without a reason
    assert f"/people/{head.pk}/correct/" in shown.content.decode()
    assert station.post(page, {"outcome": "agree", "answer": "已核对，照改"}).status_code == 422  # nothing has been put right yet
    put_right(register, head)
    assert station.post(page, {"outcome": "agree", "answer": "已核对，照改"})["Location"] == page
    own = mine.get("/my/").content.decode()
    assert "已核对，照改" in own
    [copied] = mine.get("/my/copy.json").json()["requests"]
    assert (copied["number"], copied["words"], copied["answer"]) == (row.flow.subject_ref, WORDS, "已核对，照改")
    assert mine.get("/my/copy.pdf").content.startswith(b"%PDF-")
    assert "同意" in own
    assert not inbox(register.head).exists()
    assert ActLog.objects.get(act="rights.request.decided").by == register.head


def test_outsiders_find_nothing_and_whoever_sees_the_work_alone_reads_no_word(register, home, as_):
    head = people_of(home)[0]
    row = asked(head)
    page = f"/people/requests/{row.flow.subject_ref}/"
    for who in ("stranger", "other_head", "neighbour"):
        assert as_(who).get(page).status_code == 404
    street = as_("street").get(page)  # matters, no residents
    assert street.status_code == 200
    assert WORDS not in street.content.decode()
    assert f"/people/{head.pk}/" not in street.content.decode()
    assert as_("street").get("/people/requests/").status_code == 403
    assert row.flow.subject_ref not in as_("other_head").get("/people/requests/").content.decode()
    assert Client().get("/my/ask/").status_code == 200  # a friendly word
    assert "<textarea" not in Client().get("/my/ask/").content.decode()
    with everything():
        row.refresh_from_db()
    for by in (register.stranger, register.street, register.other_head, register.worker, register.district):
        with pytest.raises(PermissionDenied):
            actions.decide(by=by, request=row, outcome="agree")
    assert Event.objects.filter(flow=row.flow).count() == 1


def test_no_word_and_no_name_stands_in_a_row_a_title_or_the_history(register, home):
    head = people_of(home)[0]
    row = actions.decide(by=register.head, request=asked(head), outcome="refuse", answer="依据不足")
    assert (row.words, row.answer) == (WORDS, "依据不足")
    for table in ("rights_ownrequest", "flow_flow", "flow_event", "flow_todo", "frame_actlog"):
        text = stored(table)
        for canary in ("换了", "依据不足", "张建国"):
            assert canary not in text
    assert not OwnRequest.objects.exists()  # nothing opened
    with pytest.raises(IntegrityError), everything(), transaction.atomic():
        OwnRequest.objects.update(state="asked")


def test_what_is_granted_has_been_done_before_and_was_not_taken_back(register, home):
    head = people_of(home)[0]
    rows = [asked(head, "correct", "birth", "出生日期错了"), asked(head, "correct", "other", "备注里的名字错了")]
    for row, said in ((rows[0], ""), (rows[1], "")):
        with pytest.raises(Refusal, match="not_yet"):
            actions.decide(by=register.head, request=row, outcome="agree", answer=said)
    put_right(register, head)
    with everything():
        line = Change.objects.latest("pk")
    people_actions.undo(by=register.head, line=line, note="改错了")
    with pytest.raises(Refusal, match="not_yet"):
        actions.decide(by=register.head, request=rows[0], outcome="agree")
    assert actions.decide(by=register.head, request=rows[1], outcome="agree", answer="已在纸质台账上改正").state == "granted"


def test_it_is_due_in_fifteen_working_days_and_late_work_is_told_above(register, home):
    now = timezone.now()
    row = asked(people_of(home)[0], now=now)
    due = Flow.objects.get(pk=row.flow_id).due_at
    assert timedelta(days=18) < due - now < timedelta(days=45)
    run_clock(due + timedelta(minutes=1))
    assert Flow.objects.get(pk=row.flow_id).overdue
    told = Todo.objects.get(flow=row.flow_id, role="told")
    assert told.seat.post == "street-coordinator"
    row = actions.decide(by=register.head, request=row, outcome="return", answer="请写明新号码")
    assert row.state == "returned"
    with pytest.raises(Refusal, match="decided"):
        actions.decide(by=register.head, request=row, outcome="agree")


@pytest.mark.parametrize(
    ("kind", "item", "words", "code"),
    [
        ("correct", "all", WORDS, "item"), ("delete", "name", WORDS, "item"), ("erase", "name", WORDS, "kind"), ("delete", "faith", WORDS, "item"),
        ("correct", "name", " ", "words"), ("correct", "name", "长" * 1001, "words"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_said_at_the_field_and_nothing_begins(register, home, kind, item, words, code):
    with pytest.raises(Refusal, match=code):
        asked(people_of(home)[0], kind, item, words)
    assert not Flow.objects.exists()


def test_only_so_many_wait_at_a_time(register, home):
    head = people_of(home)[0]
    for _n in range(actions.MOST_OPEN):
        asked(head)
    with pytest.raises(Refusal, match="too_many"):
        asked(head)


def test_a_request_is_withdrawn_by_who_asked_while_nobody_has_decided(register, home, as_):
    head, wife, _child = people_of(home)
    row, decided = asked(head), asked(wife)
    page = f"/my/ask/{row.flow.subject_ref}/withdraw/"
    for outsider in (resident(register, wife), Client()):
        outsider.post(page)
    assert resident(register, wife).get(page).status_code == 404
    assert Client().get(page).status_code == 200  # a friendly word, and nothing else
    assert WORDS not in Client().get(page).content.decode()
    with pytest.raises(PermissionDenied):
        actions.withdraw(link=link_of(wife), request=row)
    mine = resident(register, head)
    assert page in mine.get("/my/").content.decode()
    assert WORDS in mine.get(page).content.decode()
    with everything():
        row.refresh_from_db()
    assert row.state == "asked"
    assert mine.post(page)["Location"] == "/my/#requests"
    own = mine.get("/my/").content.decode()
    assert "已撤回" in own
    assert page not in own
    assert "已不能撤回" in mine.post(page).content.decode()
    flow = Flow.objects.get(pk=row.flow_id)
    assert (flow.end, Event.objects.filter(flow=flow).latest("seq").kind) == ("withdrawn", "withdrawn")
    assert [t.flow_id for t in inbox(register.head)] == [decided.flow_id]
    station = as_("head").get(f"/people/requests/{row.flow.subject_ref}/").content.decode()
    assert "撤回" in station
    assert "<textarea" not in station
    with pytest.raises(Refusal, match="decided"):
        actions.decide(by=register.head, request=row, outcome="refuse", answer="依据不足")
    decided = actions.decide(by=register.head, request=decided, outcome="refuse", answer="依据不足")
    with pytest.raises(Refusal, match="decided"):
        actions.withdraw(link=link_of(wife), request=decided)


def test_nobody_who_lives_here_is_deleted_and_the_ground_is_said(register, home, as_):
    row = asked(people_of(home)[0], "delete", "all")
    page = f"/people/requests/{row.flow.subject_ref}/"
    shown = as_("head").get(page)
    assert [value for value, _label in shown.context["form"].fields["outcome"].choices] == ["return", "refuse"]
    assert "第四十七条" in shown.context["form"].initial["answer"]
    assert as_("head").post(page, {"outcome": "agree"}).status_code == 422
    with pytest.raises(Refusal, match="lives_here"):
        actions.decide(by=register.head, request=row, outcome="agree")
    assert Event.objects.filter(flow=row.flow).count() == 1


def test_whoever_moved_away_is_deleted_with_their_requests_and_the_flow_stays(register, home):
    head = people_of(home)[0]
    other = asked(head)
    people_actions.move_away(by=register.worker, household=home, persons=people_of(home), on=timezone.localdate())
    row = asked(head, "delete", "all", "我已经搬走，请全部删除")
    actions.decide(by=register.head, request=row, outcome="agree")
    with everything():
        assert not type(head).objects.filter(pk=head.pk).exists()
        assert not OwnRequest.objects.exists()
    assert Flow.objects.get(pk=row.flow_id).end == "granted"
    assert Flow.objects.filter(pk=other.flow_id).exists()


def test_erasing_a_person_takes_requests_along_and_what_was_answered_goes_after_its_term(register, home):
    people = people_of(home)
    open_one, decided = asked(people[0]), asked(people[1])
    put_right(register, people[1])
    actions.decide(by=register.head, request=decided, outcome="agree", now=timezone.now() - timedelta(days=4 * 366))
    assert next(g for g in retention.apply(dry=True) if g.term.id == "request").count == 1
    assert next(g for g in retention.apply() if g.term.id == "request").count == 1
    with everything():
        assert list(OwnRequest.objects.values_list("pk", flat=True)) == [open_one.pk]
    people_actions.move_away(by=register.worker, household=home, persons=people, on=timezone.localdate())
    with everything(), transaction.atomic():
        assert letting_go.erase([people[0].pk], timezone.localdate() + timedelta(days=1)) == 1
        assert not OwnRequest.objects.exists()


def test_keys_turn_with_the_words(register, home):
    row = actions.decide(by=register.head, request=asked(people_of(home)[0]), outcome="refuse", answer="依据不足")
    ring = crypto.rotate()
    for column in ("words_sealed", "answer_sealed"):
        store = keys._COLUMNS["rights.OwnRequest", column]
        with everything():
            assert sum(store.reseal(ring, 10)) == 1
    with everything():
        row = OwnRequest.objects.get(pk=row.pk)
        assert crypto.is_current(row.words_sealed)
        assert (row.words, row.answer) == (WORDS, "依据不足")


def test_without_a_procedure_in_the_charter_the_page_points_to_the_service_station(register, home, monkeypatch):
    monkeypatch.setattr("linli.rights.queries.taken", lambda: False)
    page = resident(register, people_of(home)[0]).get("/my/").content.decode()
    assert "/my/ask/" not in page
    assert "服务站" in page
