"""What is hot: the score says more when more happens, less when more was to be expected, and nothing of what is rare."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from linli.measures.hot import BEFORE, LEAST, WINDOW, heat, windows

counts, bases, spans = st.integers(0, 10_000), st.integers(0, 10_000), st.sampled_from([1, 2, 3])


@given(counts, bases, spans)
def test_more_is_hotter(count, base, span):
    assert heat(count + 1, base, span).score > heat(count, base, span).score


@given(counts, bases, spans)
def test_what_was_to_be_expected_cools(count, base, span):
    assert heat(count, base + 1, span).score < heat(count, base, span).score or count == 0


@given(st.integers(0, 1000), spans)
def test_as_many_as_expected_score_nothing(count, span):
    assert heat(count, count * span, span).score == 0


@given(st.integers(0, LEAST - 1), bases, spans)
def test_a_handful_is_never_hot(count, base, span):
    assert not heat(count, base, span).hot


@given(st.integers(1, 1000))
def test_the_same_share_more_weighs_more_where_there_is_more(count):
    assert heat(20 * count, 20 * count, 2).score > heat(2 * count, 2 * count, 2).score


@given(st.dates(date(2010, 1, 1), date(2040, 1, 1)))
def test_windows_are_whole_weeks_one_after_the_other(until):
    (since, end), (start, before), former = windows(until)
    assert end == until
    assert (end - since).days + 1 == WINDOW
    assert (since - before).days == 1
    assert (before - start).days + 1 == BEFORE
    for first, last in former:
        assert (last - first).days + 1 == WINDOW
        assert last.weekday() == until.weekday()
        assert last < start
