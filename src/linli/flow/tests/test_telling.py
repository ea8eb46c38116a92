"""Rooms above are told of each line of history with the transaction that writes it."""

from __future__ import annotations

import pytest
from django.db import transaction

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
    telling.add(subject, lambda told: lines.extend((flow.seq, e.kind) for flow, events in told for e in events))
    return lines


def test_each_line_is_told_once_with_the_work_as_it_is_afterwards(town, told):
    flow = at_handling(town)
    assert [kind for _seq, kind in told] == list(Event.objects.filter(flow=flow).order_by("seq").values_list("kind", flat=True))
    assert told[-1][0] == flow.seq


def test_work_about_something_else_is_told_to_nobody(town, told):
    telling._listeners["other.thing"] = telling._listeners.pop(next(iter(telling._listeners)))
    at_handling(town)
    assert told == []


def test_a_listener_that_breaks_undoes_the_act(town, told):
    flow = at_handling(town)

    def broken(told):
        raise ZeroDivisionError

    telling.add(flow.subject, broken)
    before = Event.objects.count()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        note_flow(by=town.person("worker", "G1"), flow=flow, text="看过了")
    assert Event.objects.count() == before
