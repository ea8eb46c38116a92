"""Two at the same moment: one matter, one winner."""

from __future__ import annotations

import threading
import uuid

import pytest
from django.db import connection
from django.utils import timezone

from linli.frame.refusal import Conflict
from linli.matters import actions
from linli.matters.models import Matter, NumberSeries
from linli.matters.tests.factories import make_town, report

pytestmark = pytest.mark.django_db(transaction=True)


def together(*jobs):
    """Run the jobs at once, each on a connection of its own; what came of each, a result or the exception."""
    start, came = threading.Barrier(len(jobs)), [None] * len(jobs)

    def run(n, job):
        try:
            start.wait()
            came[n] = job()
        except Exception as error:
            came[n] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(n, job)) for n, job in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return came


def test_one_request_sent_many_times_at_once_is_one_matter_with_one_code():
    town, request_id = make_town(), uuid.uuid4()
    came = together(*[lambda: report(town, request_id=request_id)] * 6)
    assert len({r.matter.pk for r in came}) == 1
    assert len({r.follow_code for r in came}) == 1
    assert sum(not r.again for r in came) == 1
    assert Matter.objects.count() == 1
    assert Matter.objects.get().flow.events.count() == 1


def test_many_intakes_at_once_get_a_number_each():
    town = make_town()
    came = together(*[lambda: report(town)] * 8)
    assert len({r.matter.number for r in came}) == 8
    assert NumberSeries.objects.get().last == 8


def test_of_two_who_take_a_step_at_once_exactly_one_wins_and_the_other_is_told():
    town = make_town()
    matter = report(town, now=timezone.now()).matter
    seq = matter.flow.seq

    def take(outcome, texts):
        return lambda: actions.take_matter_step(by=town.desk, matter=matter, seq=seq, outcome=outcome, texts=texts)

    came = together(take("accepted", {}), take("refused", {"reason": "不归我们"}))
    losers = [c for c in came if isinstance(c, Conflict)]
    assert len(losers) == 1
    assert losers[0].changed
    assert sum(isinstance(c, Matter) for c in came) == 1
    assert matter.flow.events.filter(kind="taken").count() == 1
