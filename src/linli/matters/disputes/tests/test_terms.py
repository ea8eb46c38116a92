"""The thirty days, around every kind of day; and when performance is asked for."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from linli.matters.disputes.terms import CONFIRMATION_DAYS, apply_by, end_of, next_enquiry

DAYS = st.dates(date(2000, 1, 1), date(2100, 1, 1))


@given(DAYS)
def test_the_court_can_be_asked_on_thirty_days_after_the_agreement_took_effect_and_not_on_the_next(effective_on):
    """The day itself doesn't count; holidays, months' ends and leap days change nothing."""
    last = apply_by(effective_on)
    assert (last - effective_on).days == CONFIRMATION_DAYS == 30
    within = [effective_on + timedelta(days=n) for n in range(1, 31)]
    assert within[-1] == last
    assert len(within) == 30


@given(DAYS)
def test_the_last_day_is_over_when_the_next_begins_in_china(day):
    over = end_of(day)
    assert over.astimezone(ZoneInfo("Asia/Shanghai")).date() == day + timedelta(days=1)
    assert (over - timedelta(microseconds=1)).astimezone(ZoneInfo("Asia/Shanghai")).date() == day


@given(st.lists(DAYS, max_size=6), st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_performance_is_asked_for_on_the_next_day_due_and_never_in_the_past(due, now):
    asked = next_enquiry(due, now)
    assert asked > now
    ahead = [d for d in due if end_of(d) > now]
    assert asked == (end_of(min(ahead)) if ahead else now + timedelta(days=7))


def test_a_leap_day_and_the_turn_of_the_year():
    assert apply_by(date(2028, 1, 30)) == date(2028, 2, 29)
    assert apply_by(date(2026, 12, 10)) == date(2027, 1, 9)
