"""Working time: what the official calendar says, and what holds for any start and any length."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.kit.calendar import CHINA, Calendar, CalendarError, official_days, read_days


@dataclass(frozen=True)
class Duration:
    days: int = 0
    hours: int = 0
    clock: str = "working"


@dataclass(frozen=True)
class Hours:
    start: time
    end: time


CALENDAR = Calendar([Hours(time(8, 30), time(12)), Hours(time(14, 30), time(18))], official_days())
A_DAY = timedelta(hours=7)

moments = st.datetimes(datetime(2023, 1, 1), datetime(2029, 1, 1), timezones=st.just(CHINA))  # noqa: DTZ001  hypothesis adds the zone
hours = st.integers(1, 400)
days = st.integers(1, 120)


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=CHINA)


def local(moment):
    return moment.astimezone(CHINA).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("start", "span", "end"),
    [
        ("2026-03-02 09:00", Duration(days=1), "2026-03-03 18:00"),  # the day of start isn't counted (Civil Code art. 201)
        ("2026-03-06 17:00", Duration(days=1), "2026-03-09 18:00"),  # over a weekend
        ("2026-03-07 11:00", Duration(days=1), "2026-03-09 18:00"),  # from a Saturday
        ("2026-09-30 09:00", Duration(days=1), "2026-10-08 18:00"),  # over the National Day holidays
        ("2026-10-08 09:00", Duration(days=2), "2026-10-10 18:00"),  # Saturday the 10th is worked
        ("2026-02-13 09:00", Duration(days=1), "2026-02-14 18:00"),  # Saturday before the Spring Festival is worked
        ("2026-02-14 17:00", Duration(hours=2), "2026-02-24 09:30"),
        ("2026-03-02 11:00", Duration(hours=2), "2026-03-02 15:30"),  # over lunch
        ("2026-03-02 10:00", Duration(hours=2), "2026-03-02 12:00"),  # ends when the morning ends, not when the afternoon begins
        ("2026-03-02 20:00", Duration(hours=1), "2026-03-03 09:30"),
        ("2026-03-06 17:00", Duration(hours=3, clock="natural"), "2026-03-06 20:00"),
        ("2026-03-06 17:00", Duration(days=2, clock="natural"), "2026-03-09 00:00"),  # 24:00 of Sunday
        ("2025-01-26 12:30", Duration(hours=1), "2025-01-26 15:30"),  # a Sunday that is worked
    ],
)
def test_deadlines_by_the_official_calendar(start, span, end):
    assert local(CALENDAR.add(at(start), span)) == end


@pytest.mark.parametrize(("year", "off", "worked"), [(2024, 115, 251), (2025, 117, 248), (2026, 117, 248)])
def test_a_years_working_days_are_what_the_notices_make_them(year, off, worked):
    days = [date(year, 1, 1) + timedelta(n) for n in range((date(year + 1, 1, 1) - date(year, 1, 1)).days)]
    working = sum(CALENDAR.is_working_day(d) for d in days)
    assert (len(days) - working, working) == (off, worked)


def test_each_holiday_has_the_days_the_state_council_gave_it():
    """Days off by the notices 国办发明电〔2023〕7号, 〔2024〕12号, 〔2025〕7号."""
    days = official_days()
    found = {}
    for ordinal in days.off:
        key = (date.fromordinal(ordinal).year, days.names[ordinal])
        found[key] = found.get(key, 0) + 1
    assert found == {
        (2024, "元旦"): 1, (2024, "春节"): 8, (2024, "清明节"): 3, (2024, "劳动节"): 5, (2024, "端午节"): 1, (2024, "中秋节"): 3, (2024, "国庆节"): 7,
        (2025, "元旦"): 1, (2025, "春节"): 8, (2025, "清明节"): 3, (2025, "劳动节"): 5, (2025, "端午节"): 3, (2025, "国庆节、中秋节"): 8,
        (2026, "元旦"): 3, (2026, "春节"): 9, (2026, "清明节"): 3, (2026, "劳动节"): 5, (2026, "端午节"): 3, (2026, "中秋节"): 3, (2026, "国庆节"): 7,
    }  # fmt: skip
    assert all(date.fromordinal(o).weekday() >= 5 for o in days.work)
    assert {y: sum(date.fromordinal(o).year == y for o in days.work) for y in days.years} == {2024: 8, 2025: 5, 2026: 6}


def test_a_year_without_a_notice_is_monday_to_friday_and_says_so():
    assert CALENDAR.covered(2026)
    assert not CALENDAR.covered(2031)
    assert CALENDAR.is_working_day(date(2031, 10, 1))  # a Wednesday
    assert not CALENDAR.is_working_day(date(2031, 10, 4))


def test_a_deployer_adds_a_year_and_mends_one(tmp_path):
    file = tmp_path / "days.csv"
    file.write_text("first,last,kind,name,notice\n2027-01-01,2027-01-03,off,元旦,x\n2026-12-31,2026-12-31,off,试,x\n", encoding="utf-8")
    mended = Calendar([Hours(time(9), time(17))], official_days(file))
    assert mended.covered(2027)
    assert not mended.is_working_day(date(2027, 1, 1))
    assert mended.is_working_day(date(2026, 10, 1))  # the whole year is the file's
    assert mended.name_of(date(2027, 1, 2)) == "元旦"


@pytest.mark.parametrize(
    ("text", "say"),
    [
        ("day,kind\n", "first line must be"),
        ("first,last,kind,name\n2026-13-01,2026-12-02,off,x\n", "line 2: write days as"),
        ("first,last,kind,name\n2026-10-01,2026-09-02,off,x\n", "line 2: last must follow first"),
        ("first,last,kind,name\n2026-10-01,2026-10-02,holiday,x\n", "line 2: kind must be off or work"),
        ("first,last,kind,name\n2026-10-01,2026-10-02,off,x\n2026-10-02,2026-10-02,work,x\n", "line 3: 2026-10-02 is already"),
    ],
)
def test_a_bad_file_says_where_and_what(tmp_path, text, say):
    file = tmp_path / "days.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(CalendarError, match=say):
        read_days(file)


@given(moments, st.one_of(st.builds(Duration, days=days), st.builds(Duration, hours=hours)))
def test_a_deadline_lies_ahead_and_in_working_time(start, span):
    end = CALENDAR.add(start, span)
    assert end > start
    assert CALENDAR.is_working(end)
    assert end.tzinfo is UTC


@given(moments, moments, st.one_of(st.builds(Duration, days=days), st.builds(Duration, hours=hours)))
def test_who_starts_later_is_not_due_earlier(one, other, span):
    first, second = sorted((one, other))
    assert CALENDAR.add(first, span) <= CALENDAR.add(second, span)


@given(moments, hours, hours)
def test_hours_add_up(start, a, b):
    assert CALENDAR.add(CALENDAR.add(start, Duration(hours=a)), Duration(hours=b)) == CALENDAR.add(start, Duration(hours=a + b))


@given(moments, days, days)
def test_days_add_up(start, a, b):
    assert CALENDAR.add(CALENDAR.add(start, Duration(days=a)), Duration(days=b)) == CALENDAR.add(start, Duration(days=a + b))


@given(moments, hours)
def test_between_start_and_deadline_lie_the_hours_given(start, length):
    assert CALENDAR.between(start, CALENDAR.add(start, Duration(hours=length))) == timedelta(hours=length)


@given(moments, st.timedeltas(timedelta(0), timedelta(days=90)))
def test_later_is_the_inverse_of_between(start, working):
    assert CALENDAR.between(start, CALENDAR.later(start, working)) == working


@given(moments, st.one_of(st.builds(Duration, days=days), st.builds(Duration, hours=hours)))
def test_four_fifths_of_the_working_time_leave_one_fifth(start, span):
    due = CALENDAR.add(start, span)
    remind = CALENDAR.share(start, due, Fraction(4, 5))
    assert start <= remind <= due
    whole, used = CALENDAR.between(start, due), CALENDAR.between(start, remind)
    assert abs(used - whole * 4 / 5) <= timedelta(microseconds=1)


@given(
    moments,
    st.one_of(st.builds(Duration, days=days, clock=st.sampled_from(["working", "natural"])), st.builds(Duration, hours=hours)),
    st.sampled_from([Fraction(4, 5), Fraction(1, 3)]),
)
def test_a_term_is_its_end_and_its_share_at_once(start, span, part):
    due = CALENDAR.add(start, span)
    assert CALENDAR.term(start, span, part) == (due, CALENDAR.share(start, due, part, span.clock))


@given(st.dates(date(2023, 6, 1), date(2028, 6, 1)), st.integers(1, 60))
@settings(max_examples=60)
def test_counting_in_closed_form_is_counting_day_by_day(day, count):
    end, left = day, count
    while left:
        end += timedelta(1)
        left -= CALENDAR.is_working_day(end)
    assert CALENDAR.add(datetime.combine(day, time(10), CHINA), Duration(days=count)) == datetime.combine(end, time(18), CHINA)
    span = CALENDAR.between(datetime.combine(day, time(0), CHINA), datetime.combine(end, time(0), CHINA))
    assert span == A_DAY * sum(CALENDAR.is_working_day(day + timedelta(n)) for n in range((end - day).days))


def test_far_deadlines_take_no_longer_than_near_ones():
    """No walking through days: ten thousand working days ahead is a handful of steps."""
    asked = 0
    calendar = Calendar([Hours(time(9), time(17))], official_days())
    real = Calendar._count

    class Counting(Calendar):
        __slots__ = ()

        def _count(self, ordinal):
            nonlocal asked
            asked += 1
            return real(self, ordinal)

    counting = Counting([Hours(time(9), time(17))], official_days())
    end = counting.add(at("2026-03-02 09:00"), Duration(days=10_000))
    assert end == calendar.add(at("2026-03-02 09:00"), Duration(days=10_000))
    assert asked < 12


def test_nothing_is_not_a_length_and_a_time_needs_its_zone():
    with pytest.raises(ValueError, match="length"):
        CALENDAR.add(at("2026-03-02 09:00"), Duration())
    with pytest.raises(ValueError, match="zone"):
        CALENDAR.add(datetime(2026, 3, 2, 9), Duration(days=1))  # noqa: DTZ001


@pytest.mark.parametrize("bad", [[], [Hours(time(9), time(9))], [Hours(time(9), time(12)), Hours(time(11), time(15))]])
def test_hours_that_make_no_day_are_refused(bad):
    with pytest.raises(CalendarError):
        Calendar(bad)
