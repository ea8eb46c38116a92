"""Carrying messages out: written with what they tell, each by one worker at a time, in order where order counts, and never lost."""

from __future__ import annotations

import threading
import time
from collections import Counter
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, connections, transaction
from django.test import TestCase
from django.utils import timezone

from linli.access.models import User
from linli.outbox import actions, jobs, seals, worker
from linli.outbox.adapters.files import File
from linli.outbox.config import config
from linli.outbox.delivery import Outcome, Result, State
from linli.outbox.models import Attempt, Message, Subscription
from linli.outbox.queries import counts, findings
from linli.outbox.sending import About, Note, enqueue
from linli.outbox.tests.receiver import receiving, slow
from linli.outbox.worker import claim, record, run

PHONE = "13812345678"


@pytest.fixture
def system(town, receiver) -> Subscription:
    row, _secret = actions.add_subscription(
        by=town.district, name="城管", url=receiver.url, topics=["matter.ended"], place=town.d
    )  # fmt: skip
    return row


def write(system: Subscription, ref: str = "A", *, now=None, **more) -> Message:
    note = Note("webhook", "matter.ended", About("matters.matter", ref, str(system.path)), {"n": ref}, subscription=system.pk, **more)
    with transaction.atomic():
        enqueue([note], now=now)
    return Message.objects.get(uid=note.uid)


def sms(town, ref: str = "A") -> Message:
    note = Note("sms", "matters.answered", About("matters.matter", ref, str(town.g1.path)), {"number": ref}, to=PHONE)
    with transaction.atomic():
        enqueue([note])
    return Message.objects.get(uid=note.uid)


def again(message: Message) -> Message:
    message.refresh_from_db()
    return message


def due(message: Message) -> None:
    """Its time has come."""
    Message.objects.filter(pk=message.pk).update(due_at=timezone.now() - timedelta(seconds=1))


# --- written with what it tells


def test_outside_of_a_transaction_nothing_can_be_written(transactional_db, outbox):
    with pytest.raises(transaction.TransactionManagementError):
        enqueue([Note("sms", "matters.answered", About("x", "1", "D"), {"number": "1"})])


def test_what_is_rolled_back_is_never_said(system):
    def act() -> None:
        with transaction.atomic():
            write(system)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        act()
    assert not Message.objects.exists()


def test_the_same_uid_is_the_same_message(system):
    first = write(system)
    write(system, uid=first.uid)
    assert Message.objects.count() == 1


def test_a_channel_that_is_off_writes_nothing(town, outbox):
    outbox('[sms]\nadapter = "off"')
    with transaction.atomic():
        assert enqueue([Note("sms", "matters.answered", About("x", "1", "D"), {"number": "1"}, to=PHONE)]) == 0
    assert not Message.objects.exists()


def test_a_recipient_is_sealed_and_opens_only_in_its_own_row(town):
    one, two = sms(town, "A"), sms(town, "B")
    assert PHONE.encode() not in bytes(one.address_sealed)
    assert seals.unseal(one, "address_sealed") == PHONE
    two.address_sealed = one.address_sealed
    with pytest.raises(Exception, match="moved here from another row"):
        seals.unseal(two, "address_sealed")


def test_workers_are_told_after_the_transaction(system):
    from procrastinate.contrib.django.models import ProcrastinateJob

    with TestCase.captureOnCommitCallbacks(execute=True):
        write(system)
        write(system, "B")
        assert not ProcrastinateJob.objects.filter(task_name="outbox.deliver").exists()
    assert ProcrastinateJob.objects.filter(task_name="outbox.deliver").count() == 1


# --- the states, as the database holds them


@pytest.mark.parametrize(
    "change",
    [
        {"state": "sending"},
        {"state": "delivered"},
        {"state": "given_up", "ended_at": timezone.now(), "due_at": None},
        {"state": "nonsense"},
        {"state": "dead", "due_at": None, "ended_at": timezone.now()},
        {"channel": "sms"},
        {"stripped_at": timezone.now()},
    ],
)
def test_the_database_refuses_states_that_make_no_sense(system, change):
    message = write(system)
    with pytest.raises(IntegrityError), transaction.atomic():
        Message.objects.filter(pk=message.pk).update(**change)


def test_what_has_arrived_stays_arrived_whoever_writes(system):
    message = write(system)
    run()
    assert again(message).state == State.DELIVERED
    for state in ("waiting", "sending", "dead", "retry"):
        ended = None if state != "dead" else timezone.now()
        with pytest.raises(IntegrityError), transaction.atomic():
            Message.objects.filter(pk=message.pk).update(state=state, ended_at=ended, due_at=timezone.now() if ended is None else None)


# --- delivered


def test_a_message_arrives_once_and_its_attempt_is_noted(system, receiver):
    message = write(system)
    assert run() == 1
    assert again(message).state == State.DELIVERED
    assert receiver.taken == [str(message.uid)]
    line = Attempt.objects.get()
    assert (line.number, line.result, line.status, line.error) == (1, "delivered", 204, "")
    assert run() == 0


def test_a_persons_address_goes_the_moment_the_message_has(town, tmp_path):
    message = sms(town)
    run()
    assert again(message).state == State.KEPT
    assert message.address_sealed is None
    assert PHONE not in (tmp_path / "outbox" / "sms.jsonl").read_text()
    assert "A" in (tmp_path / "outbox" / "sms.jsonl").read_text()


def test_a_failure_is_tried_again_later_with_the_same_uid(system, receiver):
    answers = [500, 503, 204]
    receiver.answer = lambda asked: answers.pop(0)
    message = write(system)
    run()
    assert again(message).state == State.RETRY
    assert message.due_at > timezone.now()
    for _ in range(2):
        due(message)
        run()
    assert again(message).state == State.DELIVERED
    assert [a.uid for a in receiver.asked] == [str(message.uid)] * 3
    assert [a.headers["linli-attempt"] for a in receiver.asked] == ["1", "2", "3"]
    assert list(Attempt.objects.values_list("number", "result", "status")) == [(1, "again", 500), (2, "again", 503), (3, "delivered", 204)]


def test_after_the_last_attempt_it_is_dead_and_seen(system, receiver):
    receiver.answer = lambda asked: 500
    message = write(system)
    for _ in range(4):
        due(message)
        run()
    assert again(message).state == State.DEAD
    assert len(receiver.asked) == 4
    assert any("1 messages could not be delivered" in said for said in findings())


def test_a_refusal_is_dead_at_once_and_a_person_can_have_it_tried_again(town, system, receiver):
    receiver.answer = lambda asked: 404
    message = write(system)
    run()
    assert again(message).state == State.DEAD
    receiver.answer = lambda asked: 200
    assert actions.retry_messages(by=town.stranger, ids=[message.pk]) == 0
    assert actions.retry_messages(by=town.district, ids=[message.pk]) == 1
    run()
    assert again(message).state == State.DELIVERED
    assert message.tried == 2
    assert list(Attempt.objects.values_list("number", "result")) == [(1, "never"), (2, "delivered")]


# --- leases


def test_a_message_whose_worker_died_is_taken_up_again_with_the_same_uid(system, receiver):
    message = write(system)
    taken = claim(8, Counter(), config())
    assert [c.message.pk for c in taken] == [message.pk]
    receiver.serve(_asked(message))  # it was sent, and the worker died before it could say so
    assert claim(8, Counter(), config()) == []
    due(message)  # the lease is over
    run()
    assert again(message).state == State.DELIVERED
    assert receiver.taken == [str(message.uid)]
    assert list(Attempt.objects.values_list("number", "result")) == [(1, "lost"), (2, "delivered")]


def _asked(message: Message):
    from linli.outbox.tests.receiver import Asked

    return Asked("POST", "/", {"linli-delivery": str(message.uid)}, b"")


def test_who_comes_back_after_the_lease_is_not_listened_to(system):
    message = write(system)
    [mine] = claim(8, Counter(), config())
    due(message)
    [theirs] = claim(8, Counter(), config())
    assert not record(mine, Outcome(Result.NEVER, 404), 5, config())
    assert record(theirs, Outcome(Result.DELIVERED, 200), 5, config())
    assert again(message).state == State.DELIVERED


def test_a_message_that_kills_its_worker_each_time_is_dead_in_the_end(system):
    message = write(system)
    for _ in range(4):
        assert claim(8, Counter(), config())
        due(message)
    assert claim(8, Counter(), config()) == []
    assert again(message).state == State.DEAD
    assert list(Attempt.objects.values_list("number", "result")) == [(n, "lost") for n in range(1, 5)]


# --- order


def test_a_later_state_of_one_matter_never_overtakes_an_earlier_one(system, receiver):
    receiver.answer = lambda asked: 500 if len(receiver.asked) < 3 else 204
    first, second, other = write(system, "A"), write(system, "A"), write(system, "B")
    run()
    assert again(second).state == State.WAITING
    assert again(second).due_at >= again(first).due_at
    for _ in range(4):
        for m in (first, other):
            if again(m).state == State.RETRY:
                due(m)
        run()
    assert again(second).state == State.DELIVERED
    mine = [uid for uid in receiver.taken if uid != str(other.uid)]
    assert mine == [str(first.uid), str(second.uid)]


def test_what_is_dead_holds_up_nothing(system, receiver):
    first, second = write(system, "A"), write(system, "A")
    receiver.answer = lambda asked: 404 if asked.uid == str(first.uid) else 204
    run()
    assert again(first).state == State.DEAD
    assert again(second).state == State.DELIVERED


def test_nothing_is_looked_for_again_at_once_where_all_wait_for_one_another(system, receiver):
    receiver.answer = lambda asked: 500
    first = write(system, "A")
    run()
    later = timezone.now() + timedelta(hours=1)
    Message.objects.filter(pk=first.pk).update(due_at=later)
    write(system, "A")  # due now, but behind the first
    assert worker.next_due(timezone.now()) == later


def test_each_retry_is_looked_at_when_it_is_due_though_a_later_one_was_looked_ahead_for_first(system):
    from procrastinate.contrib.django.models import ProcrastinateJob

    now = timezone.now()
    for seconds in (50, 20, 90):
        Message.objects.filter(pk=write(system, str(seconds)).pk).update(due_at=now + timedelta(seconds=seconds))
        for _again in range(2):
            jobs._look_again(now)
    looks = ProcrastinateJob.objects.filter(queueing_lock__startswith="outbox.later").values_list("scheduled_at", flat=True)
    assert sorted(round((at - now).total_seconds()) for at in looks) == [17, 47]  # the third is found by the sweep of its minute


def test_a_slow_receiver_holds_up_nobody_else(town, system, receiver):
    receiver.answer = slow(0.4)
    with receiving() as quick:
        other, _ = actions.add_subscription(by=town.district, name="园林", url=quick.url, topics=["matter.ended"], place=town.d)
        for n in range(16):  # the slow one's come first, and would take all the slots
            write(system, f"S{n}")
        for n in range(16):
            write(other, f"Q{n}")
        behind: list[int] = []
        quick.answer = lambda asked: (behind.append(len(receiver.asked)), 204)[1]
        run(seconds=30)
    assert len(quick.taken) == len(behind) == 16
    assert max(behind) < 16  # the quick one had all of its before the slow one was even asked for all
    assert receiver.at_once <= worker.SHARE


# --- held, given up, forgotten


def test_paused_nothing_goes_and_what_waits_goes_when_it_goes_on(town, system, receiver):
    message = write(system)
    actions.pause_subscription(by=town.district, subscription=system, pause=True)
    assert again(message).is_held
    assert run() == 0
    with pytest.raises(actions.Refusal):
        actions.send_test(by=town.district, subscription=system)
    actions.pause_subscription(by=town.district, subscription=system, pause=False)
    run()
    assert again(message).state == State.DELIVERED


def test_what_was_on_its_way_when_it_was_paused_is_held_at_its_next_attempt(town, system, receiver):
    message = write(system)
    claim(8, Counter(), config())
    actions.pause_subscription(by=town.district, subscription=system, pause=True)
    due(message)
    assert run() == 0
    assert again(message).is_held


@pytest.mark.parametrize("outcome", [Outcome(Result.AGAIN, 503), Outcome(Result.NEVER, 404), None], ids=["again", "never", "lost"])
def test_what_was_on_its_way_when_its_system_was_taken_off_is_given_up_with_it(town, system, receiver, outcome):
    message = write(system)
    [held] = claim(8, Counter(), config())
    actions.remove_subscription(by=town.district, subscription=system)
    if outcome:
        assert record(held, outcome, 10, config())
    else:
        due(message)
        assert run() == 0
    assert (again(message).state, message.reason, message.due_at) == (State.GIVEN_UP, "removed", None)
    assert message.ended_at


def test_given_up_for_a_reason_and_for_good(town, system):
    message, person = write(system), sms(town, "B")
    with pytest.raises(actions.Refusal):
        actions.give_up_messages(by=town.district, ids=[message.pk], reason=" ")
    assert actions.give_up_messages(by=town.stranger, ids=[message.pk], reason="不再需要") == 0
    assert actions.give_up_messages(by=town.district, ids=[message.pk, person.pk], reason="不再需要") == 2
    assert again(person).address_sealed is None
    assert (again(message).state, message.reason) == (State.GIVEN_UP, "不再需要")
    assert run() == 0
    assert actions.retry_messages(by=town.district, ids=[message.pk]) == 0


def test_one_that_is_being_sent_cant_be_given_up(town, system):
    message = write(system)
    claim(8, Counter(), config())
    assert actions.give_up_messages(by=town.district, ids=[message.pk], reason="不再需要") == 0


def test_who_is_forgotten_gets_nothing_more(town):
    one, other = sms(town, "A"), sms(town, "B")
    with transaction.atomic():
        assert actions.forget_recipient(subject="matters.matter", ref="A") == 1
    assert (again(one).state, one.address_sealed) == (State.GIVEN_UP, None)
    assert again(other).address_sealed is not None


# --- secrets and rotation


def test_a_secret_is_sealed_and_a_rotation_signs_with_both_for_a_day(town, system, receiver):
    from linli.outbox.signing import verify

    old = seals.unseal(system, "secret_sealed")
    row, new = actions.rotate_secret(by=town.district, subscription=system)
    assert new != old
    assert new.encode() not in bytes(row.secret_sealed)
    write(system)
    run()
    asked, now = receiver.asked[0], int(time.time())
    assert verify(asked.headers["linli-signature"], asked.body, {system.key: old}, now)
    assert verify(asked.headers["linli-signature"], asked.body, {row.key: new}, now)
    Subscription.objects.update(old_until=timezone.now() - timedelta(seconds=1))
    write(system)
    run()
    asked = receiver.asked[1]
    assert not verify(asked.headers["linli-signature"], asked.body, {system.key: old}, now)
    assert verify(asked.headers["linli-signature"], asked.body, {row.key: new}, now)


def test_keys_of_the_deployment_rotate_over_what_is_sealed_here(town, system):
    from linli.access.keys import check_columns, reseal
    from linli.kit import crypto

    message = sms(town)
    secret = seals.unseal(system, "secret_sealed")
    actions.rotate_secret(by=town.district, subscription=system)
    crypto.rotate()
    assert reseal() >= 3
    system.refresh_from_db()
    assert seals.unseal(system, "old_secret_sealed") == secret
    assert seals.unseal(again(message), "address_sealed") == PHONE
    assert all(not c.damaged and not c.unknown for c in check_columns())


# --- retention


def test_what_was_delivered_is_stripped_after_its_time_and_the_count_stays(town, system, outbox):
    message, young, person = write(system), write(system, "B"), sms(town, "C")
    run()
    long_ago = timezone.now() - timedelta(days=31)
    Message.objects.filter(pk=message.pk).update(ended_at=long_ago)
    Message.objects.filter(pk=person.pk).update(ended_at=long_ago)
    assert jobs.strip_old() == 2
    assert (again(message).values, message.tried, message.state) == ({}, 1, State.DELIVERED)
    assert again(young).values != {}
    assert Attempt.objects.count() == 1
    assert jobs.strip_old() == 0


def test_what_stayed_dead_for_so_long_is_given_up_and_stripped(town, receiver, outbox, monkeypatch):
    monkeypatch.setattr(File, "send", lambda self, parcel: Outcome(Result.NEVER, 404))
    message = sms(town)
    run()
    assert again(message).state == State.DEAD
    assert message.address_sealed is not None
    Message.objects.update(ended_at=timezone.now() - timedelta(days=31))
    assert jobs.strip_old() == 1
    assert (again(message).state, message.address_sealed, message.reason) == (State.GIVEN_UP, None, "keep_days")


# --- an adapter or a configuration that breaks


def test_an_adapter_that_breaks_is_an_attempt_that_failed(system, monkeypatch):
    from linli.outbox.adapters.webhook import Webhook

    monkeypatch.setattr(Webhook, "send", lambda self, parcel: 1 / 0)
    message = write(system)
    run()
    assert again(message).state == State.RETRY
    assert Attempt.objects.get().error == "ZeroDivisionError"


def test_a_configuration_that_cant_be_read_loses_nothing(system, outbox, receiver):
    from linli.outbox.tests.conftest import CONFIG

    message = write(system)
    outbox("nonsense")
    assert run() == 0
    assert findings()
    outbox(CONFIG + "\n")
    run()
    assert again(message).state == State.DELIVERED


def test_a_claim_reads_the_index_and_nothing_else(system):
    for n in range(3):
        write(system, f"R{n}")
    with connection.cursor() as cursor:
        cursor.execute("set local enable_seqscan = off")
        sql, params = worker.claimable(timezone.now()).order_by("due_at", "pk")[:8].query.sql_with_params()
        cursor.execute(f"explain {sql}", params)
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "message_due" in plan
    assert "message_lane" in plan
    assert "Seq Scan" not in plan


def test_counts_name_every_state(system):
    write(system)
    assert counts(Message.objects.all()) == {"waiting": 1, "sending": 0, "retry": 0, "dead": 0, "delivered": 0, "kept": 0, "given_up": 0}


def test_acts_are_on_record_without_a_secret_or_an_address(town, system):
    from linli.frame.models import ActLog

    _row, secret = actions.rotate_secret(by=town.district, subscription=system)
    message = sms(town)
    actions.give_up_messages(by=town.district, ids=[message.pk], reason="不再需要")
    said = {line.act: str(line.data) for line in ActLog.objects.filter(act__startswith="outbox.")}
    assert set(said) == {"outbox.subscription.added", "outbox.secret.rotated", "outbox.message.given_up"}
    assert not any(secret in text or PHONE in text for text in said.values())


# --- two workers


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_never_send_one_message_at_the_same_time(outbox):
    from linli.matters.tests.factories import make_town

    town, claims, lock = make_town(), Counter(), threading.Lock()
    with receiving(slow(0.02)) as receiver:
        system, _ = actions.add_subscription(
            by=User.objects.get(pk=town.district.pk), name="城管", url=receiver.url, topics=["matter.ended"], place=town.d
        )
        for n in range(40):
            write(system, f"R{n}")
        conf = config()

        def work() -> None:
            try:
                for _ in range(40):
                    for c in claim(4, Counter(), conf):
                        with lock:
                            claims[c.message.pk] += 1
                        outcome, took = worker.carry(worker.parcel_of(c, timezone.now()), conf)
                        assert record(c, outcome, took, conf)
            finally:
                connections.close_all()

        threads = [threading.Thread(target=work) for _ in range(2)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
    assert set(claims.values()) == {1}
    assert len(claims) == len(receiver.asked) == 40
    assert not Message.objects.exclude(state=State.DELIVERED).exists()
