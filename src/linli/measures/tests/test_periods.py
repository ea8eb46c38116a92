"""Periods: every day once, and compared with as much of the one before."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.measures.periods import NAMES, Period, between, buckets, named, pieces

days = st.dates(date(2015, 1, 1), date(2040, 12, 31))


@pytest.mark.parametrize(
    ("name", "since", "until", "before"),
    [
        ("month", date(2026, 3, 1), date(2026, 3, 30), (date(2026, 2, 1), date(2026, 2, 28))),
        ("quarter", date(2026, 1, 1), date(2026, 3, 30), (date(2025, 10, 1), date(2025, 12, 28))),
        ("year", date(2026, 1, 1), date(2026, 3, 30), (date(2025, 1, 1), date(2025, 3, 30))),
        ("last-month", date(2026, 2, 1), date(2026, 2, 28), (date(2026, 1, 1), date(2026, 1, 31))),
        ("last-quarter", date(2025, 10, 1), date(2025, 12, 31), (date(2025, 7, 1), date(2025, 9, 30))),
        ("last-year", date(2025, 1, 1), date(2025, 12, 31), (date(2024, 1, 1), date(2024, 12, 31))),
    ],
)
def test_a_named_period_and_what_it_is_compared_with(name, since, until, before):
    period = named(name, date(2026, 3, 30))
    assert (period.since, period.until) == (since, until)
    assert (period.before.since, period.before.until) == before


@given(days, st.sampled_from(NAMES))
def test_the_period_before_ends_before_it_and_is_no_longer(today, name):
    period = named(name, today)
    assert period.since <= period.until <= today
    assert period.before.until < period.since
    if not name.startswith("last-"):
        assert period.before.days <= period.days


@given(days, st.integers(0, 1000))
def test_the_buckets_of_a_trend_hold_every_day_once(since, length):
    period = Period(since, since + timedelta(days=length))
    found = [day for start, end in buckets(period) for day in range(start.toordinal(), end.toordinal() + 1)]
    assert found == list(range(period.since.toordinal(), period.until.toordinal() + 1))
    assert len(list(buckets(period))) <= 40


@given(days, st.integers(0, 1000))
def test_the_pieces_of_a_period_hold_every_day_once(since, length):
    period = Period(since, since + timedelta(days=length))
    cut = pieces(period)
    found = [day for first, last in cut.days for day in range(first.toordinal(), last.toordinal() + 1)]
    month = cut.months[0] if cut.months else None
    while cut.months and month <= cut.months[1]:
        following = (month + timedelta(days=32)).replace(day=1)
        found += range(month.toordinal(), following.toordinal())
        month = following
    assert sorted(found) == list(range(period.since.toordinal(), period.until.toordinal() + 1))
    assert sum((last - first).days + 1 for first, last in cut.days) <= 60


def test_days_chosen_freely():
    today = date(2026, 3, 30)
    assert between(date(2026, 3, 2), date(2026, 4, 9), today) == Period(date(2026, 3, 2), today)
    assert between(date(2026, 3, 2), date(2026, 3, 4), today).before == Period(date(2026, 2, 27), date(2026, 3, 1))
    for since, until, why in (
        (date(2026, 3, 3), date(2026, 3, 2), "reversed"),
        (date(2026, 4, 1), date(2026, 4, 2), "ahead"),
        (date(2020, 1, 1), today, "too_long"),
    ):
        with pytest.raises(ValueError, match=why):
            between(since, until, today)
