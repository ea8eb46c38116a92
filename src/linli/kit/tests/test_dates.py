from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.kit import dates
from linli.kit.dates import BadDate, age, read

_SIGNS = "〇一二三四五六七八九"


def chinese(n: int) -> str:
    tens, ones = divmod(n, 10)
    return ("" if not tens else "十" if tens == 1 else f"{_SIGNS[tens]}十") + (_SIGNS[ones] if ones else "")


@given(st.dates(min_value=date(1800, 1, 1), max_value=date(2200, 1, 1)))
def test_every_way_of_writing_a_day_is_that_day(day):
    year = "".join(_SIGNS[int(d)] for d in f"{day.year:04d}")
    ways = [
        day.isoformat(), f"{day:%Y%m%d}", f"{day.year}年{day.month}月{day.day}日", f"{day.year}.{day.month}.{day.day}", f"{day:%Y/%m/%d}",
        f"{year}年{chinese(day.month)}月{chinese(day.day)}日", f" {day.year} 年 {day.month} 月 {day.day} 号", f"{day.isoformat()} 00:00:00",
        "".join(chr(ord(c) + 0xFEE0) if c.isdigit() else c for c in day.isoformat()),
    ]  # fmt: skip
    assert {read(w) for w in ways} == {day}


@pytest.mark.parametrize(("said", "day"), [
    ("二〇二六年正月廿一日", date(2026, 1, 21)), ("一九九〇年元月卅日", date(1990, 1, 30)), ("一九九零年十月十日", date(1990, 10, 10)),
])  # fmt: skip
def test_old_words_are_read(said, day):
    assert read(said) == day


@pytest.mark.parametrize(("said", "what"), [
    ("", "empty"), ("去年", "shape"), ("农历三月初五", "lunar"), ("1990年腊月八日", "lunar"), ("55.3.1", "year"), ("2026-02-30", "day"),
    ("2026年十三月一日", "shape"), ("20261301", "day"), ("45123", "float"), ("2026-11", "shape"),
])  # fmt: skip
def test_each_fault_is_told_by_its_name(said, what):
    with pytest.raises(BadDate) as bad:
        read(said)
    assert bad.value.fault == what
    assert what in dates.FAULTS


@given(st.text(max_size=30))
def test_nothing_typed_breaks_it(said):
    try:
        assert isinstance(read(said), date)
    except BadDate as bad:
        assert str(bad) in dates.FAULTS  # noqa: PT017  # either is right


def test_a_spreadsheets_day_is_the_day_it_shows():
    assert dates.from_serial(45123) == date(2023, 7, 16)
    assert dates.from_serial(61.5) == date(1900, 3, 1)
    for wrong in (0, 60, 99999999):
        with pytest.raises(BadDate):
            dates.from_serial(wrong)


@given(st.dates(min_value=date(1900, 1, 1), max_value=date(2020, 1, 1)), st.integers(0, 110))
def test_one_is_a_year_older_on_ones_birthday(born, years):
    if (born.month, born.day) != (2, 29):
        birthday = born.replace(year=born.year + years)
        assert age(born, birthday) == years
        if years:
            assert age(born, birthday.fromordinal(birthday.toordinal() - 1)) == years - 1
    assert age(date(2000, 2, 29), date(2018, 2, 28)) == 17
    assert age(date(2000, 2, 29), date(2018, 3, 1)) == 18
