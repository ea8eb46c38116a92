"""Rooms above are told of each line of history with the transaction that writes it."""

from __future__ import annotations

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from linli.flow import telling
from linli.flow.actions import note_flow
from linli.flow.models import Event
from linli.flow.tests.factories import at_handling

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(monkeypatch, town):
    lines: list[tuple[int, str]] = []
    subject = at_handling(town).subject
    monkeypatch.setattr(telling, "_listeners", {})
    write = lambda told: lines.extend((flow.seq, e.kind) for flow, events in told for e in events)  # noqa: E731
    telling.add(subject, lambda about_to: write)
    return lines


def test_each_line_is_told_once_with_the_work_as_it_is_afterwards(town, told):
    flow = at_handling(town)
    assert [kind for _seq, kind in told] == list(Event.objects.filter(flow=flow).order_by("seq").values_list("kind", flat=True))
    assert told[-1][0] == flow.seq


def test_work_about_something_else_is_told_to_nobody(town, told):
    telling._listeners["other.thing"] = telling._listeners.pop(next(iter(telling._listeners)))
    at_handling(town)
    assert told == []


def test_where_nobody_is_to_be_told_an_act_is_one_statement(town, told):
    flow = at_handling(town)
    telling._listeners[flow.subject] = [lambda about_to: None]
    with CaptureQueriesContext(connection) as asked:
        note_flow(by=town.person("worker", "G1"), flow=flow, text="看过了")
    assert not [q for q in asked.captured_queries if "SAVEPOINT" in q["sql"]]


def test_a_listener_that_breaks_undoes_the_act(town, told):
    flow = at_handling(town)

    def broken(written):
        raise ZeroDivisionError

    telling.add(flow.subject, lambda about_to: broken)
    before = Event.objects.count()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        note_flow(by=town.person("worker", "G1"), flow=flow, text="看过了")
    assert Event.objects.count() == before
