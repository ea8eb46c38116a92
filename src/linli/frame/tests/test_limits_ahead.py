"""Tries counted ahead: never more than allowed, and most of them without the database."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from linli.frame import limits

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)


@pytest.fixture
def clock(monkeypatch):
    now = [NOON]
    monkeypatch.setattr(limits.timezone, "now", lambda: now[0])
    return now


def let_through(tries: int, count: int, share: int) -> int:
    return sum(limits.within_ahead("t", "key", count=count, seconds=60, share=share) for _ in range(tries))


@pytest.mark.parametrize(("count", "share"), [(10, 1), (100, 7), (100, 50), (30, 50)])
def test_as_many_as_allowed_and_no_more(clock, count, share):
    assert let_through(3 * count, count, share) == count


def test_most_tries_ask_the_database_nothing(clock, django_assert_num_queries):
    with django_assert_num_queries(2):
        assert let_through(100, 1000, 50) == 100


def test_what_another_process_counted_counts(clock):
    assert let_through(60, 100, 10) == 60
    limits.forget()  # another process, which knows nothing of the first
    assert let_through(60, 100, 10) == 40


def test_who_is_refused_may_try_again_when_time_has_passed(clock):
    assert let_through(50, 20, 5) == 20
    clock[0] = datetime(2026, 3, 2, 4, 2, tzinfo=UTC)  # two windows on
    assert let_through(50, 20, 5) == 20


def test_what_threads_count_at_the_same_moment_is_lost_to_none(clock, monkeypatch):
    counted, through = limits.tried, []

    def at_the_same_moment(*args, **kwargs):
        monkeypatch.setattr(limits, "tried", counted)
        through.extend(limits.within_ahead("t", "key", count=100, seconds=60, share=10) for _ in range(3))
        now = counted(*args, **kwargs)
        monkeypatch.setattr(limits, "tried", at_the_same_moment)
        return now

    monkeypatch.setattr(limits, "tried", at_the_same_moment)
    through += [limits.within_ahead("t", "key", count=100, seconds=60, share=10) for _ in range(200)]
    assert sum(through) == 100
