"""Deadlines in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.template import engines
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from linli.frame.due import describe, span

NOW = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("due", "options", "state", "words"),
    [
        (NOW + 5 * DAY, {}, "later", "5 days left"),
        (NOW + 23 * HOUR, {}, "soon", "23 hours left"),
        (NOW - 3 * DAY, {}, "late", "overdue by 3 days"),
        (NOW, {"done": NOW - HOUR}, "kept", "in time"),
        (NOW, {"done": NOW}, "kept", "in time"),
        (NOW, {"done": NOW + 30 * HOUR}, "missed", "30 hours late"),
        (NOW - DAY, {"hold": True}, "hold", "on the ledger"),
        (None, {}, "none", ""),
    ],
)
def test_a_deadline_says_how_it_stands(due, options, state, words):
    with translation.override("en"):
        found = describe(due, now=NOW, **options)
    assert (found.state, found.words) == (state, words)


@given(st.timedeltas(min_value=-timedelta(days=400), max_value=timedelta(days=400)))
def test_late_is_exactly_when_the_instant_has_passed(delta):
    assert (describe(NOW + delta, now=NOW).state == "late") == (delta < timedelta(0))


@given(st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=4000)))
def test_a_span_never_claims_more_than_passed_nor_less_than_half_of_it(length):
    with translation.override("en"):
        number, unit = span(length).split()
    size = {"minute": timedelta(minutes=1), "hour": HOUR, "day": DAY}[unit.rstrip("s")] * int(number)
    assert size <= max(length, timedelta(minutes=1))
    assert size * 2 > length


def test_the_template_gives_the_exact_time_beside_the_words():
    template = engines["django"].from_string('{% include "frame/parts/deadline.html" with due=due now=now %}')
    html = template.render({"due": NOW - 3 * DAY, "now": NOW})
    assert 'datetime="2026-02-28T17:00:00+08:00"' in html
    assert "2026-02-28 17:00" in html
    assert "due-late" in html


def test_no_deadline_is_said_in_words():
    with translation.override("en"):
        html = engines["django"].from_string('{% include "frame/parts/deadline.html" with due=None %}').render({})
    assert "no deadline" in html
